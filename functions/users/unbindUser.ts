// DELETE /v1/users/{userId}/identity
import { unbindUser } from '../../shared/domain/plan/sign-ins.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';

export const definition = define('unbindUser', {
  alsoRead: userKeys,
  plan: async ({ view, world, input }) => {
    const { profile } = await loadUser(view, input.params.userId);
    return unbindUser(world, input.params.userId, profile);
  },
});

export const handler = mutation(definition);
