// GET /v1/users/{userId}/sessions
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { sorted } from '../../shared/http/operations/pages.ts';
import { needOwn, sessionView } from '../../shared/http/operations/sessions.ts';
import { loadUser, userKeys } from '../../shared/http/operations/users.ts';
import { openSessions } from '../../shared/store/sessions.ts';

export const handler = query('listSessions', {
  alsoRead: userKeys,
  run: async (context) => {
    const { view, book, by, input, runtime, tenant } = context;
    const { userId } = input.params;
    const asked = pageInput(context, { ...input.query, userId });
    needOwn(by, userId);
    const { access } = await loadUser(view, userId);
    const open = await openSessions(runtime.store.db, tenant, access);
    const listed = sorted(open, ({ id }) => id, asked.after);
    return pageAnswer(context, asked, listed, { show: (session) => sessionView(book, session) });
  },
});
