// DELETE /v1/drafts/{draftId}
import { deleteDraft } from '../../shared/domain/plan/drafts.ts';
import { currentDraft, draftKeys, loadDraft } from '../../shared/http/changes/drafts.ts';
import { define, mutation } from '../../shared/http/operation.ts';

const definition = define('deleteDraft', {
  along: draftKeys,
  current: currentDraft,
  plan: async ({ unit, by, input }) => deleteDraft(await loadDraft(unit, by, input.params.draftId)),
});

export const handler = mutation(definition);
