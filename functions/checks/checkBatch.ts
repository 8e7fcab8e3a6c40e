// POST /v1/check/batch

import { query } from '../../shared/http/operation.ts';
import { mayBeOld, meetSubjects, needKnown, respondent, subjectKeys } from '../../shared/http/operations/checks.ts';
import { sessionLook } from '../../shared/http/operations/sessions.ts';

export const handler = query('checkBatch', {
  bounded: ({ input, token }) => mayBeOld(token, input.body.consistency),
  alsoRead: ({ input: { body }, tenant }) => [
    ...subjectKeys(tenant, body.checks),
    ...sessionLook(tenant, body.session),
  ],
  run: async ({ view, book, by, input }) => {
    const { checks, session } = input.body;
    checks.forEach((question, i) => {
      needKnown(book, question, `/checks/${i}`);
    });
    await meetSubjects(view, checks);
    const answer = await respondent(view, by, session, checks.length);
    const results = [];
    for (const [i, question] of checks.entries()) results.push(await answer(question, `/checks/${i}`));
    return { body: { results, version: book.version, asOf: view.asOf } };
  },
});
