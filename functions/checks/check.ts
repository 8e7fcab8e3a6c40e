// POST /v1/check
import { bookFor, checked, mayBeOld, needKnown, subjectKeys, subjectOf } from '../../shared/http/checks.ts';
import { query } from '../../shared/http/operation.ts';

export const handler = query('check', {
  bounded: ({ input, token }) => mayBeOld(token, input.body.consistency),
  along: ({ input, tenant }) => subjectKeys(tenant, [input.body]),
  run: async ({ unit, book, by, input }) => {
    needKnown(book, input.body);
    const access = await subjectOf(unit, by, input.body);
    return {
      body: { ...checked(bookFor(book, by, input.body), access, input.body), version: book.version, asOf: unit.asOf },
    };
  },
});
