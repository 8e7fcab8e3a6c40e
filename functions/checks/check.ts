// POST /v1/check

import { query } from '../../shared/http/operation.ts';
import { mayBeOld, needKnown, respondent, subjectKeys } from '../../shared/http/operations/checks.ts';
import { sessionLook } from '../../shared/http/operations/sessions.ts';

export const handler = query('check', {
  bounded: ({ input, token }) => mayBeOld(token, input.body.consistency),
  alsoRead: ({ input: { body }, tenant }) => [...subjectKeys(tenant, [body]), ...sessionLook(tenant, body.session)],
  run: async ({ view, book, by, input: { body } }) => {
    needKnown(book, body);
    const answer = await respondent(view, by, body.session);
    return { body: { ...(await answer(body)), version: book.version, asOf: view.asOf } };
  },
});
