// POST /v1/explain
import { branchesOf } from '../../shared/domain/deciding/ways.ts';
import { query } from '../../shared/http/operation.ts';
import { askedSubject, bookFor, checked, needKnown, subjectKeys } from '../../shared/http/operations/checks.ts';
import { endingOf, graphView } from '../../shared/http/operations/explaining.ts';

export const handler = query('explain', {
  alsoRead: ({ input, tenant }) => subjectKeys(tenant, [input.body]),
  run: async (context) => {
    const { view, by, input } = context;
    needKnown(context.book, input.body);
    const book = bookFor(context.book, by, input.body);
    const access = await askedSubject(view, by, input.body);
    const branches = access ? branchesOf(book, access, input.body) : [];
    const graph = graphView(book, access, branches, by.keeper);
    // Only keepers are told how to end the right, because only they can.
    const ending =
      by.keeper && access && branches.length > 0 ? await endingOf(context, by, access, branches) : undefined;
    return {
      body: {
        ...checked(book, access, input.body),
        graph,
        ...(ending && { ending }),
        version: book.version,
        asOf: view.asOf,
      },
    };
  },
});
