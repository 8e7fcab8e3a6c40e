// DELETE /v1/users/{userId}/sessions
import { endSessions } from '../../shared/domain/plan/sessions.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { needOwn } from '../../shared/http/operations/sessions.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { openSessions } from '../../shared/store/sessions.ts';

const definition = define('endSessions', {
  alsoRead: userKeys,
  plan: async ({ view, by, input, runtime, tenant }) => {
    needOwn(by, input.params.userId);
    const { access } = await loadUser(view, input.params.userId);
    return endSessions(access, await openSessions(runtime.store.db, tenant, access));
  },
});

export const handler = mutation(definition);
