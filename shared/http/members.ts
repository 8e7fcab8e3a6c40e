// The members of a role as a resource.
import type { Book, Role } from '../domain/book.ts';
import { groupOf, type UserId, userOf } from '../domain/ids.ts';
import { confersKeeper } from '../domain/keeper.ts';

/** Ids of the direct members: groups and users. */
export const memberIdsOf = ({ record, chunks }: Role) => ({
  groups: [...record.groups].map(groupOf).sort(),
  users: [...new Set(chunks.flatMap((chunk) => [...chunk.users].map(userOf)))].sort() as UserId[],
});

/** What the ETag of the members is over. */
export const membersOwn = (role: Role) => memberIdsOf(role);

/** Warns of groups in a role that lets manage access rights, to which the directory cannot add people (no way up). */
export const undelegated = (book: Book, role: Role) => {
  if (!confersKeeper(book, role.record.grants)) return {};
  const unmarked = memberIdsOf(role).groups.filter((id) => book.groups.get(id)?.confersAccessManagement === false);
  return unmarked.length > 0 ? { warnings: unmarked.map((id) => `group-not-delegated:${id}`) } : {};
};
