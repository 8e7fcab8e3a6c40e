// GET /v1/users/{userId}/grants
import { query } from '../../shared/http/operation.ts';
import { visibleGrants } from '../../shared/http/operations/personal.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { grantsAnswer } from '../../shared/http/operations/views.ts';

export const handler = query('getUserGrants', {
  alsoRead: userKeys,
  run: async (context) => {
    const { access } = await loadUser(context.view, context.input.params.userId);
    return grantsAnswer(visibleGrants(context, access));
  },
});
