// POST /v1/drafts/{draftId}/preview
import { draftSubmission } from '../../shared/http/changes/drafts.ts';
import { rehearsal } from '../../shared/http/mutation.ts';
import { mutations } from '../mutations.ts';

export const handler = rehearsal('previewDraft', (call) =>
  draftSubmission(call, call.input.params.draftId, undefined, mutations),
);
