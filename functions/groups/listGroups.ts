// GET /v1/groups
import { sortForm } from '../../shared/domain/base/names.ts';
import { namedAnswer, query } from '../../shared/http/operation.ts';
import { groupView } from '../../shared/http/operations/views.ts';

export const handler = query('listGroups', {
  run: (context) => {
    const { book, input } = context;
    const prefix = sortForm(input.query.name?.trim() ?? '');
    const groups = [...book.groups.values()].filter((group) => sortForm(group.name).startsWith(prefix));
    return namedAnswer(context, input.query, groups, {
      named: (group) => group,
      show: (group) => groupView(book, group),
    });
  },
});
