// POST /v1/sessions
import { startSession } from '../../shared/domain/plan/sessions.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { subjectKeys, subjectOf } from '../../shared/http/operations/checks.ts';
import { needOwnLogOn, sessionView } from '../../shared/http/operations/sessions.ts';
import { openSessions } from '../../shared/store/sessions.ts';

const definition = define('createSession', {
  along: ({ input, tenant }) => subjectKeys(tenant, [input.body]),
  plan: async ({ unit, world, by, input, tools, runtime, tenant }) => {
    const access = await subjectOf(unit, by, input.body);
    needOwnLogOn(by, access);
    const open = access ? await openSessions(runtime.store.db, tenant, access) : [];
    return startSession(world, access, { seconds: input.body.seconds, open: open.length }, tools);
  },
  answer: (session, { book }) => ({ body: sessionView(book, session) }),
});

export const handler = mutation(definition);
