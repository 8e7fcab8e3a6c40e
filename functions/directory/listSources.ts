// GET /v1/directory/sources
import { sortForm } from '../../shared/domain/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfSorted } from '../../shared/http/pages.ts';
import { sourceView } from '../../shared/http/views.ts';

export const handler = query('listSources', {
  run: (context) => {
    const { limit, after, filter } = pageInput(context, context.input.query);
    const sources = context.book.sources.values();
    const page = pageOfSorted(sources, (source) => `${sortForm(source.name)} ${source.id}`, limit, after);
    return pageAnswer(context, filter, page.items.map(sourceView), page.next);
  },
});
