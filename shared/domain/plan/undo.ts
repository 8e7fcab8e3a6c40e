// Plans that put back what a run took away. Each compares with the present state: what is there again, or is gone for
// another reason, stays as it is.
import { type GroupId, groupOf, groupRef, type UserId } from '../base/ids.ts';
import { withinQuota } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import { joinedBy } from '../book/origins.ts';
import type { BookRecord, GroupRecord, SourceRecord } from '../book/records.ts';
import { type AccessChange, type Change, type IdsAndTime, noChange, type SideWrite, type World } from '../change.ts';
import { type DirectoryGroup, type DirectoryUser, dnDigest, isSuspended, type Pointer } from '../directory.ts';
import { ceasing } from '../session.ts';
import type { Undo } from '../undo.ts';
import { taken } from './directory-names.ts';

type Of<K extends Undo['kind']> = Extract<Undo, { readonly kind: K }>;
type SourceId = SourceRecord['id'];

/** Groups within an ended group that are noted. */
const mostChildren = 1_000;

/** What a change of a run takes away, without the members of its groups. */
export const undoOf = (book: Book, { book: records, users, side }: Change): Undo[] => {
  const all: Undo[] = [];
  for (const after of records) {
    const stored = after.kind === 'group' ? book.groups.get(after.id) : undefined;
    if (!stored || after.kind !== 'group' || after.life !== stored.life) continue;
    const ref = groupRef(stored.id, stored.life);
    if (after.deleted) {
      const { id, name, confersAccessManagement } = stored;
      const object = side.flatMap((one) =>
        one.kind === 'object' && one.before?.kind === 'group' && one.before.id === id && !one.after ? [one.before] : [],
      )[0];
      all.push({
        kind: 'group',
        id,
        name,
        confersAccessManagement,
        parents: [...stored.parents],
        children: book.children(ref).slice(0, mostChildren),
        roles: book.rolesOfGroup(ref).map(({ record }) => record.id),
        ...(object && { object }),
        members: [],
      });
      continue;
    }
    const cut = [...stored.parents].filter((parent) => !after.parents.has(parent) && book.isLive(parent));
    if (cut.length > 0) all.push({ kind: 'nesting', child: ref, parents: cut });
  }
  for (const { before, after } of users) {
    if (!before || before.state === 'deleted' || before.life !== after.life) continue;
    const { id, life } = before;
    if (after.state === 'deleted') {
      all.push({ kind: 'user', id, life });
      continue;
    }
    if (before.state === 'active' && after.state !== 'active') all.push({ kind: 'state', id, life });
    const left = [...before.groups].filter((ref) => !after.groups.has(ref) && book.isLive(ref));
    if (left.length > 0) all.push({ kind: 'memberships', id, life, groups: left });
  }
  return all;
};

/** The reference of the group as it is now; `undefined` for one that is gone. */
const present = (book: Book, id: GroupId) => {
  const group = book.groups.get(id);
  return group && groupRef(id, group.life);
};

/** A group that a run has ended, in a new life: its name, its mark, its place among groups, and its roles. */
export const groupBack = (
  { book }: World,
  source: SourceId,
  undo: Of<'group'>,
  stored: { readonly object: DirectoryGroup | undefined; readonly pointer: Pointer | undefined },
  tools: IdsAndTime,
): Change<undefined> => {
  if (book.groups.has(undo.id)) return noChange(undefined);
  const { id, name, confersAccessManagement, object: kept } = undo;
  withinQuota('groups', book.groups.size + 1);
  const before = book.records.get(`group#${id}`);
  const life = tools.ids.life();
  const ref = groupRef(id, life);
  const group: GroupRecord = {
    kind: 'group',
    rev: before?.rev ?? 0,
    id,
    life,
    name,
    source,
    parents: new Set(undo.parents.flatMap((one) => present(book, groupOf(one)) ?? [])),
    confersAccessManagement,
    deleted: false,
  };
  const children = undo.children.flatMap((one): GroupRecord[] => {
    const child = book.isLive(one) ? book.groups.get(groupOf(one)) : undefined;
    return child ? [{ ...child, parents: new Set([...child.parents, ref]) }] : [];
  });
  const roles = undo.roles.flatMap((one): BookRecord[] => {
    const role = book.roles.get(one)?.record;
    return role ? [{ ...role, groups: new Set([...role.groups, ref]) }] : [];
  });
  const side: SideWrite[] = [];
  if (kept && !stored.object) {
    side.push({ kind: 'object', source, before: undefined, after: { ...kept, life, rev: 1 } });
    const digest = dnDigest(kept.dn);
    if (stored.pointer?.id === undefined)
      side.push({ kind: 'pointer', source, digest, before: stored.pointer, after: taken(stored.pointer, id, kept) });
  }
  const told = {
    id,
    name,
    parents: [...group.parents].map(groupOf),
    roles: undo.roles,
    ...(children.length > 0 && { children: children.map((child) => child.id) }),
  };
  return {
    book: [group, ...children, ...roles],
    users: [],
    side,
    audit: { action: 'group.created', target: id, after: told },
    result: undefined,
  };
};

/** Nestings that a run has cut. */
export const nestingsBack = ({ book }: World, undo: Of<'nesting'>): Change<undefined> => {
  const child = book.isLive(undo.child) ? book.groups.get(groupOf(undo.child)) : undefined;
  const back = undo.parents.flatMap((one) => present(book, groupOf(one)) ?? []);
  const parents = new Set([...(child?.parents ?? []), ...back]);
  if (!child || parents.size === child.parents.size) return noChange(undefined);
  withinQuota('parentsPerGroup', [...parents].filter((one) => book.isLive(one)).length);
  const shown = (group: GroupRecord) => ({ id: group.id, parents: [...group.parents].map(groupOf) });
  const after = { ...child, parents };
  const audit = { action: 'group.updated', target: child.id, before: shown(child), after: shown(after) } as const;
  return { book: [after], users: [], side: [], audit, result: undefined };
};

/** A user whom a run has disabled. The directory's word is *enabled* again, until it says otherwise. */
export const stateBack = (
  { users }: World,
  source: SourceId,
  { id, life }: Of<'state'>,
  object: DirectoryUser | undefined,
): Change<undefined> => {
  const before = users.get(id);
  if (!before || before.life !== life || before.state !== 'disabled') return noChange(undefined);
  if (isSuspended(before, object)) throw new Refusal('not-restorable', 'An administrator has suspended the user.');
  const after = ceasing(before, { ...before, rev: before.rev + 1, state: 'active' });
  return {
    book: [],
    users: [{ before, after }],
    side: object
      ? [{ kind: 'object', source, before: object, after: { ...object, enabled: true, rev: object.rev + 1 } }]
      : [],
    audit: { action: 'user.enabled', target: id, before: { state: 'disabled' }, after: { state: 'active' } },
    result: undefined,
  };
};

/** Memberships that a run has ended, in the groups as they are now. @param ended groups that the run itself has ended */
export const membershipsBack = (
  world: World,
  members: readonly { readonly id: UserId; readonly groups: readonly GroupId[] }[],
): Change<undefined> => {
  const { book } = world;
  const users = members.flatMap(({ id, groups }): AccessChange[] => {
    const before = world.users.get(id);
    if (!before || before.state === 'deleted') return [];
    const after = groups.reduce((access, one) => {
      const group = book.groups.get(one);
      if (!group) return access;
      const origin = access.source === group.source ? group.source : 'hand';
      return joinedBy(access, groupRef(one, group.life), group.source, origin);
    }, before);
    if (after === before) return [];
    withinQuota('groupsPerUser', [...after.groups].filter((one) => book.isLive(one)).length);
    return [{ before, after: { ...after, rev: before.rev + 1 } }];
  });
  const [only, ...others] = users;
  if (!only) return noChange(undefined);
  const groups = [...new Set(members.flatMap((one) => one.groups))];
  const audit =
    others.length === 0
      ? ({ action: 'user.groups.changed', target: only.after.id, after: { groups } } as const)
      : ({
          action: 'group.members.added',
          target: groups[0] as string,
          also: users.map(({ after }) => after.id),
          after: { members: users.map(({ after }) => after.id), revs: users.map(({ after }) => after.rev) },
        } as const);
  return { book: [], users, side: [], audit, result: undefined };
};
