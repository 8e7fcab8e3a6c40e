// POST /v1/check/batch
import {
  bookFor,
  checked,
  mayBeOld,
  meetSubjects,
  needKnown,
  subjectKeys,
  subjectOf,
} from '../../shared/http/checks.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('checkBatch', {
  bounded: ({ input, token }) => mayBeOld(token, input.body.consistency),
  along: ({ input, tenant }) => subjectKeys(tenant, input.body.checks),
  run: async ({ unit, book, by, input }) => {
    input.body.checks.forEach((question, i) => {
      needKnown(book, question, `/checks/${i}`);
    });
    await meetSubjects(unit, input.body.checks);
    const results = [];
    for (const question of input.body.checks)
      results.push(checked(bookFor(book, by, question), await subjectOf(unit, by, question), question));
    return { body: { results, version: book.version, asOf: unit.asOf } };
  },
});
