// What a change of a directory's run takes away and gives, by single losses and in numbers. The plan of a run and the run
// itself count by the same functions, so that what was planned can be compared with what was done.
import { type GroupId, type GroupRef, groupOf, type UserId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { Access, GroupRecord } from '../book/records.ts';
import type { Change } from '../change.ts';
import type { Numbers, PlannedLoss } from '../directory.ts';
import { isPotentialHolder } from '../keeper/keeper.ts';

/** Something that somebody loses: `user` or `group` says who, and `from` the group that loses this member. */
interface Loss {
  readonly loss: PlannedLoss['loss'];
  readonly user?: UserId | undefined;
  readonly group?: GroupId | undefined;
  readonly from?: GroupId | undefined;
  /** Users within `group` whom `from` loses with it. */
  readonly members?: number | undefined;
}

export const noNumbers: Numbers = { users: 0, groups: 0, enabled: 0, memberships: 0, nestings: 0 };

export const plus = (a: Numbers, b: Numbers): Numbers => ({
  users: a.users + b.users,
  groups: a.groups + b.groups,
  enabled: a.enabled + b.enabled,
  memberships: a.memberships + b.memberships,
  nestings: a.nestings + b.nestings,
});

const isAlive = (access: Access | undefined): access is Access => access !== undefined && access.state !== 'deleted';

/** The groups, among those that are alive in the book, of which the first user is a member and the second is not. */
const groupsOnlyOf = (book: Book, one: Access, other: Access | undefined): GroupId[] => {
  const others = new Set([...(other?.groups ?? [])].map(groupOf));
  return [...one.groups].filter((ref) => book.isLive(ref) && !others.has(groupOf(ref))).map(groupOf);
};

/** The parents, among those that are alive in the book, that the first record names and the second does not. */
const parentsOnlyOf = (book: Book, one: GroupRecord, other: GroupRecord | undefined): GroupId[] => {
  const others = new Set([...(other?.parents ?? [])].map(groupOf));
  return [...one.parents].filter((ref: GroupRef) => book.isLive(ref) && !others.has(groupOf(ref))).map(groupOf);
};

/**
 * What a change takes away.
 * @param book the book before the change
 */
export const lossesOf = (book: Book, change: Pick<Change, 'book' | 'users'>): Loss[] => [
  ...change.users.flatMap(({ before, after }): Loss[] => {
    if (!isAlive(before)) return [];
    const user = before.id;
    if (!isAlive(after) || after.life !== before.life) return [{ loss: 'user-deleted', user }];
    const disabled = before.state === 'active' && after.state !== 'active';
    const left = groupsOnlyOf(book, before, after);
    return [
      ...(disabled ? [{ loss: 'user-disabled', user } as const] : []),
      ...left.map((from) => ({ loss: 'membership-ended', user, from }) as const),
    ];
  }),
  ...change.book.flatMap((after): Loss[] => {
    if (after.kind !== 'group') return [];
    const before = book.groups.get(after.id);
    if (!before) return [];
    const group = before.id;
    if (after.deleted || after.life !== before.life) return [{ loss: 'group-deleted', group }];
    return parentsOnlyOf(book, before, after).map((from) => ({ loss: 'nesting-ended', group, from }));
  }),
];

/**
 * The numbers of what a change gives.
 * @param book the book before the change
 * @param granted the book in which everything that the run gives is done
 */
export const gainsOf = (book: Book, granted: Book, change: Pick<Change, 'book' | 'users'>): Numbers => {
  let gained = noNumbers;
  const gain = (more: Partial<Numbers>) => {
    gained = plus(gained, { ...noNumbers, ...more });
  };
  for (const { before, after } of change.users) {
    if (!isAlive(after)) continue;
    const was = isAlive(before) && before.life === after.life ? before : undefined;
    gain({
      users: was ? 0 : 1,
      enabled: was && was.state !== 'active' && after.state === 'active' ? 1 : 0,
      memberships: groupsOnlyOf(granted, after, was).length,
    });
  }
  for (const after of change.book) {
    if (after.kind !== 'group' || after.deleted) continue;
    const before = book.groups.get(after.id);
    const was = before?.life === after.life ? before : undefined;
    gain({ groups: was ? 0 : 1, nestings: parentsOnlyOf(granted, after, was).length });
  }
  return gained;
};

/** How many members single groups lose. */
export const byGroupOf = (losses: readonly Loss[]): Map<GroupId, number> => {
  const counts = new Map<GroupId, number>();
  for (const { from, members = 0 } of losses) if (from) counts.set(from, (counts.get(from) ?? 0) + 1 + members);
  return counts;
};

/** What losses come to in numbers. */
export const numbersOf = (losses: readonly Loss[]): Numbers => {
  const count = (kind: Loss['loss']) => losses.filter(({ loss }) => loss === kind).length;
  return {
    users: count('user-deleted'),
    groups: count('group-deleted'),
    enabled: count('user-disabled'),
    memberships: count('membership-ended'),
    nestings: count('nesting-ended'),
  };
};

/**
 * True for an active person who manages access rights, or would with a proven sign-in. The people of a directory count
 * before their first sign-in, because the directory gave them the right already.
 */
export const managesAccess = (book: Book, access: Access | undefined): boolean =>
  access?.kind === 'person' && access.state === 'active' && isPotentialHolder(book, access);
