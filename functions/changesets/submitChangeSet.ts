// POST /v1/change-sets
import { submissionOf } from '../../shared/http/changes/change-set.ts';
import { combination } from '../../shared/http/mutation.ts';
import { mutations } from '../mutations.ts';

export const handler = combination('submitChangeSet', (call) => submissionOf(call, call.input.body, mutations));
