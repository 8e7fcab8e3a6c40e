// POST /v1/sessions
import { startSession } from '../../shared/domain/plan/sessions.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { askedSubject, subjectKeys } from '../../shared/http/operations/checks.ts';
import { needOwnLogOn, sessionView } from '../../shared/http/operations/sessions.ts';
import { openSessions } from '../../shared/store/sessions.ts';

const definition = define('createSession', {
  alsoRead: ({ input, tenant }) => subjectKeys(tenant, [input.body]),
  plan: async ({ view, world, by, input, tools, runtime, tenant }) => {
    const access = await askedSubject(view, by, input.body);
    needOwnLogOn(by, access);
    const open = access ? await openSessions(runtime.store.db, tenant, access) : [];
    return startSession(world, access, { seconds: input.body.seconds, open: open.length }, tools);
  },
  answer: (session, { book }) => ({ body: sessionView(book, session) }),
});

export const handler = mutation(definition);
