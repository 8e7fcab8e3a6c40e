// POST /v1/drafts/{draftId}/submit
import { draftSubmission } from '../../shared/http/changes/drafts.ts';
import { combination } from '../../shared/http/mutation.ts';
import { mutations } from '../mutations.ts';

export const handler = combination('submitDraft', (call) =>
  draftSubmission(call, call.input.params.draftId, call.input.body.digest, mutations),
);
