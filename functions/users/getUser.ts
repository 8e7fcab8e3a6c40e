// GET /v1/users/{userId}
import { query } from '../../shared/http/operation.ts';
import { loadUser, objectOf, userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getUser', {
  alsoRead: userKeys,
  run: async ({ view, book, input }) => {
    const user = await loadUser(view, input.params.userId);
    const { body, own } = userAnswer(user, { book });
    const object = user.access.state === 'disabled' ? await objectOf(view, user.access) : undefined;
    return { body: { ...body, ...(object && { directoryState: object.enabled ? 'active' : 'disabled' }) }, own };
  },
});
