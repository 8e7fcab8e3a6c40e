// DELETE /v1/tenants/{tenantId}/recovery
import { cancelRecovery } from '../../shared/domain/plan/recovery.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { namedTenant, recoveryKeys, storedRecovery } from '../../shared/http/operations/recovery.ts';

const definition = define('cancelRecovery', {
  tenant: namedTenant,
  alsoRead: recoveryKeys,
  plan: async ({ view }) => cancelRecovery(view.head, await storedRecovery(view)),
});

export const handler = mutation(definition);
