// GET /v1/policies/{policyId}
import { query } from '../../shared/http/operation.ts';
import { policyFor } from '../../shared/http/operations/policies.ts';
import { policyView } from '../../shared/http/operations/views.ts';

export const handler = query('getPolicy', {
  run: ({ view, by, input }) => {
    const own = policyView(policyFor(view, by, input.params.policyId));
    return { body: own, own };
  },
});
