// GET /v1/groups
import { sortForm } from '../../shared/domain/base/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { sorted } from '../../shared/http/operations/pages.ts';
import { groupView } from '../../shared/http/operations/views.ts';

export const handler = query('listGroups', {
  run: (context) => {
    const { book, input } = context;
    const asked = pageInput(context, input.query);
    const prefix = sortForm(input.query.name?.trim() ?? '');
    const groups = [...book.groups.values()].filter((group) => sortForm(group.name).startsWith(prefix));
    const listed = sorted(groups, ({ name, id }) => `${sortForm(name)} ${id}`, asked.after);
    return pageAnswer(context, asked, listed, { show: (group) => groupView(book, group) });
  },
});
