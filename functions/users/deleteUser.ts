// DELETE /v1/users/{userId}
import { deleteUser } from '../../shared/domain/plan/users.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { currentUser, loadUser, objectOf, userKeys } from '../../shared/http/operations/users.ts';

export const definition = define('deleteUser', {
  alsoRead: userKeys,
  current: currentUser,
  plan: async ({ view, world, input, tools }) => {
    const { access, profile } = await loadUser(view, input.params.userId);
    return deleteUser(world, input.params.userId, profile, tools.now, await objectOf(view, access));
  },
});

export const handler = mutation(definition);
