// Finds where a change may give a user a permission that few should hold (FP-10). Only records that the change touches
// are examined, so the cost does not grow with the size of the book.
import { type GroupRef, groupRef, type RoleId, type UserId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { GrantSet, MembersRecord } from '../book/records.ts';
import type { Change } from '../change.ts';
import { memberMoves } from './effect-on-things.ts';

/** Users that a change may have made holders of a permission, besides the users whose own items it changes. */
export interface Reached {
  /** Users who become direct members of a role. */
  readonly joined: readonly UserId[];
  readonly roles: readonly RoleId[];
  readonly groups: readonly GroupRef[];
  /** True when own grants begin to count, because the tenant got the permission's feature. */
  readonly personal: boolean;
}

/** True when the set grants the permission by name. A grant of everything does not count. */
export const namesIt = (grants: GrantSet, permission: string): boolean => {
  for (const grant of grants) if (grant.permission === permission) return true;
  return false;
};

/** True when membership of the group gives, directly or by nesting, a role that names the permission. */
const leads = (book: Book, ref: GroupRef, permission: string): boolean =>
  [...book.ancestors(ref)].some((group) =>
    book.rolesOfGroup(group).some(({ record }) => namesIt(record.grants, permission)),
  );

/** Returns `undefined` when the change cannot give any user the permission by name. */
export const reachedBy = (before: Book, after: Book, change: Change, permission: string): Reached | undefined => {
  const roles = new Set<RoleId>();
  const groups = new Set<GroupRef>();
  let personal = false;
  const chunks: MembersRecord[] = [];
  for (const record of change.book) {
    if (record.kind === 'role') {
      const [was, is] = [before.roles.get(record.id)?.record, after.roles.get(record.id)?.record];
      if (!is || !namesIt(is.grants, permission)) continue;
      if (!was || JSON.stringify(was.grants) !== JSON.stringify(is.grants)) roles.add(record.id);
      else for (const ref of is.groups) if (!was.groups.has(ref)) groups.add(ref);
    } else if (record.kind === 'members') {
      if (namesIt(after.roles.get(record.role)?.record.grants ?? [], permission)) chunks.push(record);
    } else if (record.kind === 'group') {
      const [was, is] = [before.groups.get(record.id), after.groups.get(record.id)];
      const isNested = is && (was?.life !== is.life || [...is.parents].some((ref) => !was?.parents.has(ref)));
      if (isNested && leads(after, groupRef(is.id, is.life), permission)) groups.add(groupRef(is.id, is.life));
    } else if (record.kind === 'tenant') {
      const feature = after.catalogue.permission.get(permission)?.feature;
      if (!feature || before.tenant.features.has(feature) || !after.tenant.features.has(feature)) continue;
      personal = true;
      for (const { record: role } of after.roles.values()) if (namesIt(role.grants, permission)) roles.add(role.id);
    }
  }
  const { joined } = memberMoves(before, chunks);
  const all = { joined, roles: [...roles], groups: [...groups], personal };
  if (personal || joined.length + roles.size + groups.size > 0) return all;
  // The users whose own items change are left: they hold it by name through own grants, or through a role that names it.
  const isNamed =
    change.users.some((user) => namesIt(user.after.personal, permission)) ||
    (change.users.length > 0 && [...after.roles.values()].some(({ record }) => namesIt(record.grants, permission)));
  return isNamed ? all : undefined;
};
