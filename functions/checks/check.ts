// POST /v1/check

import { query } from '../../shared/http/operation.ts';
import { mayBeOld, needKnown, respondent, subjectKeys } from '../../shared/http/operations/checks.ts';
import { sessionLook } from '../../shared/http/operations/sessions.ts';

export const handler = query('check', {
  bounded: ({ input, token }) => mayBeOld(token, input.body.consistency),
  along: ({ input: { body }, tenant }) => [...subjectKeys(tenant, [body]), ...sessionLook(tenant, body.session)],
  run: async ({ unit, book, by, input: { body } }) => {
    needKnown(book, body);
    const answer = await respondent(unit, by, body.session);
    return { body: { ...(await answer(body)), version: book.version, asOf: unit.asOf } };
  },
});
