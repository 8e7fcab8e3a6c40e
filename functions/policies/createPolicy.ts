// POST /v1/policies
import { createPolicy } from '../../shared/domain/plan/policies.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { needPolicyRight } from '../../shared/http/operations/policies.ts';
import { policyView } from '../../shared/http/operations/views.ts';

export const definition = define('createPolicy', {
  // Checked here and not in the plan, so that a replayed request is authorised too.
  by: (by, { view }) => {
    needPolicyRight(view, by);
    return by;
  },
  plan: ({ world, input, tools }) => createPolicy(world, input.body, tools),
  answer: (policy) => ({ body: policyView(policy), own: policyView(policy) }),
});

export const handler = mutation(definition);
