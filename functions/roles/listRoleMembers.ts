// GET /v1/roles/{roleId}/members
import { groupOf, isId, userRef } from '../../shared/domain/base/ids.ts';
import type { Access } from '../../shared/domain/book/records.ts';
import { roleOf } from '../../shared/domain/plan/roles.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { groupMember, memberIdsOf, membersOwn, usersAsMembers } from '../../shared/http/operations/members.ts';
import { sorted } from '../../shared/http/operations/pages.ts';
import { readAlong } from '../../shared/store/lists.ts';

export const handler = query('listRoleMembers', {
  run: async (context) => {
    const { book, input, tenant, runtime } = context;
    const role = roleOf(book, input.params.roleId);
    const asked = pageInput(context, { ...input.query, role: role.record.id });
    const { users } = memberIdsOf(role);
    const refs = new Set(role.chunks.flatMap((chunk) => [...chunk.users]));
    const isMember = ({ id, life }: Access) => refs.has(userRef(id, life));
    const groups = [...role.record.groups].filter((ref) => book.isLive(ref)).map(groupOf);
    // Groups come first, because group ids start with g and user ids with u.
    const ids = sorted([...groups, ...users], (id) => id, asked.after);
    const members = readAlong(ids, asked.limit, async (some) => {
      const wanted = some.filter((id) => isId('user', id));
      const found = await usersAsMembers(runtime.store.db, book, tenant, wanted, isMember);
      return some.map((id) => (isId('group', id) ? groupMember(book, id) : found[wanted.indexOf(id)]));
    });
    return { ...(await pageAnswer(context, asked, members)), own: membersOwn(role) };
  },
});
