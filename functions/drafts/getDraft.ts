// GET /v1/drafts/{draftId}
import { draftAnswer, draftKeys, loadDraft } from '../../shared/http/changes/drafts.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('getDraft', {
  along: draftKeys,
  run: async ({ unit, by, input }) => draftAnswer(await loadDraft(unit, by, input.params.draftId)),
});
