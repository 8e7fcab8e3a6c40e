// GET /v1/groups
import { fold } from '../../shared/domain/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfSorted } from '../../shared/http/pages.ts';
import { groupView } from '../../shared/http/views.ts';

export const handler = query('listGroups', {
  run: (context) => {
    const { book, input } = context;
    const { limit, after, filter } = pageInput(context, input.query);
    const prefix = fold(input.query.name?.trim() ?? '');
    const groups = [...book.groups.values()].filter((group) => fold(group.name).startsWith(prefix));
    const page = pageOfSorted(groups, (group) => `${fold(group.name)} ${group.id}`, limit, after);
    return pageAnswer(
      context,
      filter,
      page.items.map((group) => groupView(book, group)),
      page.next,
    );
  },
});
