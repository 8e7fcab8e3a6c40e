// GET /v1/directory/sources
import { sortForm } from '../../shared/domain/base/names.ts';
import { sourceFields } from '../../shared/domain/book/sources.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { sorted } from '../../shared/http/operations/pages.ts';

export const handler = query('listSources', {
  run: (context) => {
    const asked = pageInput(context, context.input.query);
    const sources = sorted(context.book.sources.values(), ({ name, id }) => `${sortForm(name)} ${id}`, asked.after);
    return pageAnswer(context, asked, sources, { show: sourceFields });
  },
});
