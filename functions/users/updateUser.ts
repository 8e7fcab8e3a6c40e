// PATCH /v1/users/{userId}
import { updateUser } from '../../shared/domain/plan/users.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { currentUser, loadUser, objectOf, userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

export const definition = define('updateUser', {
  alsoRead: userKeys,
  current: currentUser,
  plan: async ({ view, world, input: { params, body } }) => {
    const { access, profile } = await loadUser(view, params.userId);
    const enables = body.state === 'active' && access.state === 'disabled';
    return updateUser(world, params.userId, profile, body, enables ? await objectOf(view, access) : undefined);
  },
  answer: (user, { book, input }) => {
    const { body, own } = userAnswer(user, { book });
    const isOff = input.body.state === 'active' && user.access.state === 'disabled';
    return { body: { ...body, ...(isOff && { warnings: ['disabled-by-directory'] }) }, own };
  },
});

export const handler = mutation(definition);
