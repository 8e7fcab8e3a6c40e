// The direct members of a role, in chunks: what plans for roles and the restoration of users share.
import type { ChangeAction } from '../base/actions.ts';
import { type GroupRef, groupOf, type UserRef, userOf } from '../base/ids.ts';
import { withinQuota } from '../base/quotas.ts';
import { isMember, memberCount, membershipCount, type Role } from '../book/book.ts';
import type { BookRecord, MembersRecord } from '../book/records.ts';
import { type Change, noChange, type World } from '../change.ts';

/** Members per chunk item: few enough that adding one costs little, many enough that 5,000 fit one transaction. */
const chunkSize = 500;

/** Number of a role's direct members after the change. */
export interface MemberCounts {
  readonly users: number;
  readonly groups: number;
}

/** Removes and adds users chunk by chunk; returns only the chunks that change. */
const rechunked = (role: Role, remove: ReadonlySet<UserRef>, add: readonly UserRef[]): MembersRecord[] => {
  const chunks = role.chunks.map((chunk) => ({ chunk, users: new Set(chunk.users), changed: false }));
  for (const one of chunks) for (const ref of remove) if (one.users.delete(ref)) one.changed = true;
  let at = 0;
  for (const ref of add) {
    while (at < chunks.length && (chunks[at] as (typeof chunks)[0]).users.size >= chunkSize) at += 1;
    if (at === chunks.length) {
      const chunk: MembersRecord = { kind: 'members', rev: 0, role: role.record.id, chunk: at, users: new Set() };
      chunks.push({ chunk, users: new Set(), changed: true });
    }
    const one = chunks[at] as (typeof chunks)[0];
    one.users.add(ref);
    one.changed = true;
  }
  return chunks.filter((one) => one.changed).map((one) => ({ ...one.chunk, users: one.users }));
};

/** The change of a role's direct members, users and groups. @throws Refusal quota-exceeded */
export const memberChange = (
  world: World,
  role: Role,
  change: { add: UserRef[]; remove: UserRef[]; groups: Set<GroupRef> },
  action: ChangeAction,
): Change<MemberCounts> => {
  const { record } = role;
  const gone = new Set(change.remove);
  const joining = change.add.filter((ref) => gone.has(ref) || !isMember(role, ref));
  const leaving = change.remove.filter((ref) => isMember(role, ref));
  const groupsIn = [...change.groups].filter((ref) => !record.groups.has(ref));
  const groupsOut = [...record.groups].filter((ref) => !change.groups.has(ref));
  const count = memberCount(role) + joining.length - leaving.length;
  const summary = { users: count, groups: change.groups.size };
  if (joining.length + leaving.length + groupsIn.length + groupsOut.length === 0) return noChange(summary);
  if (joining.length > 0) {
    withinQuota('membersPerRole', count);
    withinQuota('memberships', membershipCount(world.book) + joining.length - leaving.length);
  }
  if (groupsIn.length > 0) withinQuota('groupsPerRole', change.groups.size);
  const records: BookRecord[] = rechunked(role, new Set(leaving), joining);
  // Whoever leaves by an ended life may stay by the present one.
  const stays = new Set(change.add.map(userOf));
  const out = [...new Set(leaving.map(userOf))].filter((id) => !stays.has(id));
  if (groupsIn.length + groupsOut.length > 0) records.push({ ...record, groups: change.groups });
  return {
    book: records,
    users: [],
    side: [],
    audit: {
      action,
      target: record.id,
      also: [...new Set([...[...leaving, ...joining].map(userOf), ...[...groupsIn, ...groupsOut].map(groupOf)])],
      ...(out.length + groupsOut.length > 0 && { before: { members: [...out, ...groupsOut.map(groupOf)] } }),
      ...(joining.length + groupsIn.length > 0 && {
        after: {
          members: [...joining.map(userOf), ...groupsIn.map(groupOf)],
          // They name the life that has joined: a user may end and come again before the change is written.
          ...(joining.length > 0 && { revs: joining.map((ref) => world.users.get(userOf(ref))?.rev ?? 0) }),
        },
      }),
    },
    result: summary,
  };
};

/** Puts one user into a role. @throws Refusal quota-exceeded */
export const withMember = (world: World, role: Role, ref: UserRef): readonly BookRecord[] =>
  memberChange(
    world,
    role,
    { add: [ref], remove: [], groups: role.record.groups as Set<GroupRef> },
    'role.members.added',
  ).book;
