// GET /v1/users
import { sortForm } from '../../shared/domain/names.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { userView } from '../../shared/http/views.ts';
import { listUsers } from '../../shared/store/lists.ts';

export const handler = query('listUsers', {
  run: async (context) => {
    const { limit, after, filter } = pageInput(context, context.input.query);
    const { name, state, source, kind } = context.input.query;
    const page = await listUsers(
      context.runtime.store.db,
      context.tenant,
      {
        prefix: name && sortForm(name.trim()),
        keep: ({ access }) =>
          (state ?? access.state) === access.state &&
          (source ?? access.source) === access.source &&
          (kind ?? access.kind) === access.kind,
      },
      limit,
      after,
    );
    const items = page.items.map(userView);
    return pageAnswer(context, filter, items, page.next);
  },
});
