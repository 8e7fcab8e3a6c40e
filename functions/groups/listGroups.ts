// GET /v1/groups
import { sortForm } from '../../shared/domain/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfSorted } from '../../shared/http/pages.ts';
import { groupView } from '../../shared/http/views.ts';

export const handler = query('listGroups', {
  run: (context) => {
    const { book, input } = context;
    const { limit, after, filter } = pageInput(context, input.query);
    const prefix = sortForm(input.query.name?.trim() ?? '');
    const groups = [...book.groups.values()].filter((group) => sortForm(group.name).startsWith(prefix));
    const page = pageOfSorted(groups, (group) => `${sortForm(group.name)} ${group.id}`, limit, after);
    return pageAnswer(
      context,
      filter,
      page.items.map((group) => groupView(book, group)),
      page.next,
    );
  },
});
