// POST /v1/tenants/{tenantId}/recovery/approval
import { approveRecovery } from '../../shared/domain/plan/recovery.ts';
import type { Recovery } from '../../shared/domain/recovery.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { approverOf, namedTenant, recoveryKeys, storedRecovery } from '../../shared/http/operations/recovery.ts';
import { recoveryView } from '../../shared/http/operations/views.ts';

const definition = define('approveRecovery', {
  tenant: namedTenant,
  alsoRead: recoveryKeys,
  plan: async (context) => {
    const { view, runtime, input, tools } = context;
    const stored = await storedRecovery(view);
    return approveRecovery(view.head, stored, input.body, approverOf(context), tools.now, runtime.recoveryDelay);
  },
  answer: (recovery) => ({ body: recoveryView(recovery as Recovery) }),
});

export const handler = mutation(definition);
