// GET /v1/users/{userId}
import { query } from '../../shared/http/operation.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getUser', {
  alsoRead: userKeys,
  run: async ({ view, input }) => userAnswer(await loadUser(view, input.params.userId)),
});
