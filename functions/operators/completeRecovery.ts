// POST /v1/tenants/{tenantId}/recovery/invitation
import { completeRecovery } from '../../shared/domain/plan/recovery.ts';
import { namedUser } from '../../shared/domain/recovery.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { invitationOf } from '../../shared/http/operations/invitations.ts';
import { namedTenant, recoveryKeys, storedRecovery } from '../../shared/http/operations/recovery.ts';
import { loadUser } from '../../shared/http/operations/users.ts';

const definition = define('completeRecovery', {
  tenant: namedTenant,
  alsoRead: recoveryKeys,
  by: (by) => ({ ...by, exempt: { recovers: true } }),
  plan: async ({ view, world, tools }) => {
    const stored = await storedRecovery(view);
    const user = stored && namedUser(stored.person);
    const profile = user && (await loadUser(view, user)).profile;
    return completeRecovery(world, { head: view.head, stored, profile, tools, invitationOf });
  },
  answer: ({ user, text, expires }) => ({
    body: { user, invitation: text, expiresAt: new Date(expires).toISOString() },
  }),
});

export const handler = mutation(definition);
