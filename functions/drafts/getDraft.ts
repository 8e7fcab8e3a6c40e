// GET /v1/drafts/{draftId}
import { draftAnswer, draftKeys, loadDraft } from '../../shared/http/changes/drafts.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('getDraft', {
  alsoRead: draftKeys,
  run: async ({ view, by, input }) => draftAnswer(await loadDraft(view, by, input.params.draftId)),
});
