// DELETE /v1/users/{userId}/identity
import { unbindUser } from '../../shared/domain/plan/users.ts';
import { mutation } from '../../shared/http/operation.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';

export const handler = mutation('unbindUser', {
  along: userKeys,
  plan: async ({ unit, world, input }) => {
    const { profile } = await loadUser(unit, input.params.userId);
    return unbindUser(world, input.params.userId, profile);
  },
});
