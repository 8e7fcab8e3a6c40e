// GET /v1/groups/{groupId}/members
import { groupOf, groupRef } from '../../shared/domain/ids.ts';
import { groupIn } from '../../shared/http/groups.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfStreams, streamsOf } from '../../shared/store/candidates.ts';
import { usersById } from '../../shared/store/lists.ts';

export const handler = query('listGroupMembers', {
  run: async (context) => {
    const { book, input, tenant, runtime } = context;
    const group = groupIn(book, input.params.groupId);
    const { limit, after, filter } = pageInput(context, { ...input.query, group: group.id });
    const ref = groupRef(group.id, group.life);
    const all = input.query.effective === 'true';
    const within = all ? [...book.descendants([ref])] : [ref];
    const page = await pageOfStreams(
      runtime.store.db,
      tenant,
      streamsOf(book, [], within, []),
      () => true,
      limit,
      after,
    );
    const users = await usersById(
      runtime.store.db,
      tenant,
      page.items.map((access) => access.id),
    );
    // Groups come with the first page: they are in memory, and few.
    const groups = after === undefined ? (all ? within.filter((one) => one !== ref) : book.children(ref)) : [];
    const items = [
      ...groups.map(groupOf).map((id) => ({ id, type: 'group', name: book.groups.get(id)?.name })),
      ...users.map(({ access, profile }) => ({ id: access.id, type: 'user', name: profile.name, state: access.state })),
    ];
    return pageAnswer(context, filter, items, page.next);
  },
});
