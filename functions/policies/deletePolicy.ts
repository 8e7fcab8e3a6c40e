// DELETE /v1/policies/{policyId}
import { deletePolicy } from '../../shared/domain/plan/policies.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { needPolicyRight, policyFor } from '../../shared/http/operations/policies.ts';
import { policyView } from '../../shared/http/operations/views.ts';

export const definition = define('deletePolicy', {
  current: ({ view, by, input }) => policyView(policyFor(view, by, input.params.policyId)),
  plan: ({ view, by, world, input }) => {
    needPolicyRight(view, by);
    return deletePolicy(world, input.params.policyId);
  },
});

export const handler = mutation(definition);
