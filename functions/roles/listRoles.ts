// GET /v1/roles
import { sortForm } from '../../shared/domain/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfSorted } from '../../shared/http/pages.ts';
import { roleView } from '../../shared/http/views.ts';

export const handler = query('listRoles', {
  run: (context) => {
    const { limit, after, filter } = pageInput(context, context.input.query);
    const page = pageOfSorted(
      context.book.roles.values(),
      (r) => `${sortForm(r.record.name)} ${r.record.id}`,
      limit,
      after,
    );
    return pageAnswer(context, filter, page.items.map(roleView), page.next);
  },
});
