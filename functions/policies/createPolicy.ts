// POST /v1/policies
import { createPolicy } from '../../shared/domain/plan/tenant.ts';
import { mutation } from '../../shared/http/operation.ts';
import { needPolicyRight } from '../../shared/http/policies.ts';
import { policyView } from '../../shared/http/views.ts';

export const handler = mutation('createPolicy', {
  plan: ({ unit, by, world, input, tools }) => {
    needPolicyRight(unit, by);
    return createPolicy(world, input.body, tools);
  },
  answer: (policy) => ({ body: policyView(policy), own: policyView(policy) }),
});
