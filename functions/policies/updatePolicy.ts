// PATCH /v1/policies/{policyId}
import { updatePolicy } from '../../shared/domain/plan/policies.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { needPolicyRight, policyFor } from '../../shared/http/operations/policies.ts';
import { policyView } from '../../shared/http/operations/views.ts';

export const definition = define('updatePolicy', {
  current: ({ view, by, input }) => policyView(policyFor(view, by, input.params.policyId)),
  plan: ({ view, by, world, input }) => {
    needPolicyRight(view, by, input.params.policyId);
    // Renaming needs the right for the whole account: names are unique there, so a refusal as taken would reveal a
    // policy that the administrator of one policy may not see.
    if (input.body.name !== undefined) needPolicyRight(view, by);
    return updatePolicy(world, input.params.policyId, input.body);
  },
  answer: (policy) => ({ body: policyView(policy), own: policyView(policy) }),
});

export const handler = mutation(definition);
