// DELETE /v1/users/{userId}
import { deleteUser } from '../../shared/domain/plan/users.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { currentUser, loadUser, userKeys } from '../../shared/http/operations/users.ts';

export const definition = define('deleteUser', {
  along: userKeys,
  current: currentUser,
  plan: async ({ unit, world, input }) => {
    const { profile } = await loadUser(unit, input.params.userId);
    return deleteUser(world, input.params.userId, profile);
  },
});

export const handler = mutation(definition);
