// DELETE /v1/tenant/recovery
import { cancelRecovery } from '../../shared/domain/plan/recovery.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { storedRecovery } from '../../shared/http/operations/recovery.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('cancelOwnRecovery', {
  alsoRead: ({ tenant }) => [keys.recovery(tenant)],
  plan: async ({ view }) => cancelRecovery(view.head, await storedRecovery(view)),
});

export const handler = mutation(definition);
