// POST /v1/tenants/{tenantId}/recovery
import { requestRecovery } from '../../shared/domain/plan/recovery.ts';
import { namedUser, type Recovery } from '../../shared/domain/recovery.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { approverOf, namedTenant, recoveryKeys, storedRecovery } from '../../shared/http/operations/recovery.ts';
import { recoveryView } from '../../shared/http/operations/views.ts';

const definition = define('requestRecovery', {
  tenant: namedTenant,
  alsoRead: recoveryKeys,
  plan: async (context) => {
    const { view, world, input, tools } = context;
    const user = namedUser(input.body.person);
    if (user) await view.users([user]);
    const stored = await storedRecovery(view);
    return requestRecovery(world, view.head, stored, input.body, approverOf(context), tools.now);
  },
  answer: (recovery) => ({ body: recoveryView(recovery as Recovery) }),
});

export const handler = mutation(definition);
