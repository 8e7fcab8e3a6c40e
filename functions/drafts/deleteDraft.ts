// DELETE /v1/drafts/{draftId}
import { deleteDraft } from '../../shared/domain/plan/drafts.ts';
import { currentDraft, draftKeys, loadDraft } from '../../shared/http/changes/drafts.ts';
import { define, mutation } from '../../shared/http/mutation.ts';

const definition = define('deleteDraft', {
  alsoRead: draftKeys,
  current: currentDraft,
  plan: async ({ view, by, input }) => deleteDraft(await loadDraft(view, by, input.params.draftId)),
});

export const handler = mutation(definition);
