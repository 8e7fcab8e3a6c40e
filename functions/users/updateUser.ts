// PATCH /v1/users/{userId}
import { updateUser } from '../../shared/domain/plan/users.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { currentUser, loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('updateUser', {
  alsoRead: userKeys,
  current: currentUser,
  plan: async ({ view, world, input }) => {
    const { profile } = await loadUser(view, input.params.userId);
    return updateUser(world, input.params.userId, profile, input.body);
  },
  answer: userAnswer,
});

export const handler = mutation(definition);
