// GET /v1/users/{userId}
import { query } from '../../shared/http/operation.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { userAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getUser', {
  along: userKeys,
  run: async ({ unit, input }) => userAnswer(await loadUser(unit, input.params.userId)),
});
