// GET /v1/users
import { sortForm } from '../../shared/domain/base/names.ts';
import { originOf } from '../../shared/domain/book/sources.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { userView } from '../../shared/http/operations/views.ts';
import { listUsers } from '../../shared/store/lists.ts';

export const handler = query('listUsers', {
  run: async (context) => {
    const asked = pageInput(context, context.input.query);
    const { name, state, source, kind } = context.input.query;
    const users = listUsers(
      context.runtime.store.db,
      context.tenant,
      {
        prefix: name && sortForm(name.trim()),
        keep: ({ access }) =>
          (state ?? access.state) === access.state &&
          (source === undefined || source === originOf(context.book, access)) &&
          (kind ?? access.kind) === access.kind,
      },
      asked.limit,
      asked.after,
    );
    return pageAnswer(context, asked, users, { show: (user) => userView(context.book, user) });
  },
});
