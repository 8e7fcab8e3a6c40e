// GET /v1/roles/{roleId}/members
import { groupOf, isId, type UserId } from '../../shared/domain/ids.ts';
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { memberIdsOf, membersOwn } from '../../shared/http/members.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { pageOfSorted } from '../../shared/http/pages.ts';
import { usersById } from '../../shared/store/lists.ts';

export const handler = query('listRoleMembers', {
  run: async (context) => {
    const { book, input, tenant, runtime } = context;
    const role = roleOf(book, input.params.roleId);
    const { limit, after, filter } = pageInput(context, { ...input.query, role: role.record.id });
    const { groups, users } = memberIdsOf(role);
    // Group ids start with g and user ids with u, so groups come first.
    const page = pageOfSorted([...groups, ...users], (id) => id, limit, after);
    const read = await usersById(
      runtime.store.db,
      tenant,
      page.items.filter((id): id is UserId => isId('user', id)),
    );
    const items = [
      ...groups
        .filter(
          (id) => page.items.includes(id) && [...role.record.groups].some((r) => groupOf(r) === id && book.isLive(r)),
        )
        .map((id) => ({ id, type: 'group', name: book.groups.get(id)?.name })),
      ...read.map(({ access, profile }) => ({ id: access.id, type: 'user', name: profile.name, state: access.state })),
    ];
    return { ...pageAnswer(context, filter, items, page.next), own: membersOwn(role) };
  },
});
