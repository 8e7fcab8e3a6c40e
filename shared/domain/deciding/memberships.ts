// The roles and groups of a user, direct ones and through groups of any depth, each with the shortest way to it.
import { type GroupRef, userRef } from '../base/ids.ts';
import type { Book, Role } from '../book/book.ts';
import type { Access } from '../book/records.ts';

/** The live groups that a user is in, each with the group below it on the way; a group of the user's own has none below. */
type Ways = ReadonlyMap<GroupRef, GroupRef | undefined>;

/**
 * The groups of a user, nearest first. A search in breadth and in the order of ids finds the shortest way to each, and
 * among equally long ones the first by its text, as explanations do. Its cost follows from the groups above the user.
 */
export const groupWays = (book: Book, access: Access): Ways => {
  const ways = new Map<GroupRef, GroupRef | undefined>();
  for (const ref of [...access.groups].sort()) if (book.isLive(ref)) ways.set(ref, undefined);
  for (const ref of ways.keys())
    for (const parent of book.parents(ref).sort()) if (!ways.has(parent)) ways.set(parent, ref);
  return ways;
};

/** One role of a user. */
interface RoleHeld {
  readonly role: Role;
  /** The user is a direct member. */
  readonly direct: boolean;
  /** The groups from one of the user's own to a member group of the role; made when asked, because they may be long. */
  readonly through: () => GroupRef[];
}

/** The roles of a user (CT-19, CT-81), whether or not they grant anything. */
export const roleWays = (book: Book, access: Access): RoleHeld[] => {
  const found = new Map<Role, GroupRef | undefined>();
  for (const role of book.rolesOfUser(userRef(access.id, access.life))) found.set(role, undefined);
  const ways = groupWays(book, access);
  for (const ref of ways.keys()) for (const role of book.rolesOfGroup(ref)) if (!found.has(role)) found.set(role, ref);
  return [...found].map(([role, top]) => ({
    role,
    direct: top === undefined,
    through: () => {
      const groups: GroupRef[] = [];
      for (let at = top; at !== undefined; at = ways.get(at)) groups.push(at);
      return groups.reverse();
    },
  }));
};
