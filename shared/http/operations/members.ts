// The members of roles and groups, as the API shows them.

import { type GroupId, groupOf, type TenantId, type UserId, userOf } from '../../domain/base/ids.ts';
import type { Book, Role } from '../../domain/book/book.ts';
import type { Access } from '../../domain/book/records.ts';
import { originOf } from '../../domain/book/sources.ts';
import { confersKeeper } from '../../domain/keeper/keeper.ts';
import type { Db } from '../../store/db.ts';
import { usersById } from '../../store/lists.ts';

/** Ids of the direct members: groups and users. */
export const memberIdsOf = ({ record, chunks }: Role) => ({
  groups: [...record.groups].map(groupOf).sort(),
  users: [...new Set(chunks.flatMap((chunk) => [...chunk.users].map(userOf)))].sort() as UserId[],
});

/** The fields from which the ETag of a role's members is made. */
export const membersOwn = (role: Role) => memberIdsOf(role);

/**
 * Warnings about unmarked groups in a role with the keeper permission. The directory cannot add people to them,
 * because it makes keepers only through groups that are marked for it.
 */
export const undelegated = (book: Book, role: Role) => {
  if (!confersKeeper(book, role.record.grants)) return {};
  const unmarked = memberIdsOf(role).groups.filter((id) => book.groups.get(id)?.confersAccessManagement === false);
  return unmarked.length > 0 ? { warnings: unmarked.map((id) => `group-not-delegated:${id}`) } : {};
};

export const groupMember = (book: Book, id: GroupId) => ({ id, type: 'group', name: book.groups.get(id)?.name });

/**
 * Users in the form of listed members, in the order of `ids`. `undefined` stands for a deleted user, and for a user whom
 * `isMember` does not admit, such as a user in another life than the one that a role names.
 */
export const usersAsMembers = async (
  db: Db,
  book: Book,
  tenant: TenantId,
  ids: readonly UserId[],
  isMember: (access: Access) => boolean = () => true,
  more: (access: Access) => object = () => ({}),
) => {
  const users = new Map((await usersById(db, tenant, ids)).map((user) => [user.access.id, user]));
  return ids.map((id) => {
    const user = users.get(id);
    if (!user || !isMember(user.access)) return undefined;
    const { access, profile } = user;
    const source = originOf(book, access);
    return { id, type: 'user', name: profile.name, state: access.state, source, ...more(access) };
  });
};
