// GET /v1/directory/sources
import { sourceFields } from '../../shared/domain/book/sources.ts';
import { namedAnswer, query } from '../../shared/http/operation.ts';

export const handler = query('listSources', {
  run: (context) =>
    namedAnswer(context, context.input.query, context.book.sources.values(), {
      named: (source) => source,
      show: sourceFields,
    }),
});
