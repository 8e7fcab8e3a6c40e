// The operations that a file asks for, by object: users and groups to create, describe, end, or move in and out of
// groups. The function is pure and gives the same result in every slice of a run, because it depends only on the file
// and on the names as they were resolved before the first write.

import type { GroupId, UserId } from '../domain/base/ids.ts';
import { type DirectoryObject, dnDigest, idDigest, type ObjectId, type Run, uidDigest } from '../domain/directory.ts';
import type { GroupPut, UserPut } from '../domain/plan/directory-names.ts';
import type { GroupDelta } from '../ldif/members.ts';
import type { FoldedEntry, FoldResult } from '../ldif/net-effect.ts';
import { type Ending, isUserTarget, type Resolution, statedId, type Target } from './resolve.ts';

/** A wish, with the index of the entry in the file that expresses it. */
export interface From<T> {
  readonly entry: number;
  readonly wish: T;
}

/** Members that an entry gives a group: the whole list, or additions and removals. Members are digests of names. */
export interface Membership {
  readonly entry: number;
  readonly group: GroupId;
  /** True when `add` is the whole list, so every other member leaves. */
  readonly whole: boolean;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export interface Intents {
  readonly users: ReadonlyMap<UserId, From<UserPut>>;
  readonly groups: ReadonlyMap<GroupId, From<GroupPut>>;
  /** Users that end before they are created again. */
  readonly renewed: ReadonlyMap<UserId, Ending>;
  readonly userEndings: readonly (Ending & { readonly id: UserId })[];
  readonly groupEndings: readonly (Ending & { readonly id: GroupId })[];
  readonly memberships: readonly Membership[];
  /** The object of the file that a name refers to, by the name's digest. */
  readonly names: ReadonlyMap<string, ObjectId>;
  /** Digests of members that are uids. */
  readonly uids: ReadonlySet<string>;
  /** Immutable ids by which members are named, by digest. */
  readonly memberIds: ReadonlyMap<string, string>;
}

/** The stored objects by id, from which changes start. */
type Objects = ReadonlyMap<ObjectId, DirectoryObject | undefined>;

const digests = (dns: readonly string[] = [], uids: readonly string[] = [], ids: readonly string[] = []): string[] => [
  ...new Set([...dns.map(dnDigest), ...uids.map(uidDigest), ...ids.map(idDigest)]),
];

const membershipOf = (item: FoldedEntry, entry: number, group: GroupId): Membership | undefined => {
  if (item.present === true && item.kind === 'group' && !item.delta) {
    const { members, memberUids, memberIds } = item.group;
    return { entry, group, whole: true, add: digests(members, memberUids, memberIds), remove: [] };
  }
  const delta = deltaOf(item);
  if (!delta) return undefined;
  const { addMembers, removeMembers, replaceMembers, addUids, removeUids, replaceUids, addIds, removeIds } = delta;
  // Members by DN and by uid are one list here, so replacing either replaces both.
  const whole = replaceMembers !== undefined || replaceUids !== undefined;
  const add = digests([...(replaceMembers ?? []), ...addMembers], [...(replaceUids ?? []), ...addUids], addIds);
  const added = new Set(add);
  const remove = whole ? [] : digests(removeMembers, removeUids, removeIds).filter((one) => !added.has(one));
  return whole || add.length + remove.length > 0 ? { entry, group, whole, add, remove } : undefined;
};

/** Who comes into a group and who leaves it, where an entry says only that. */
const deltaOf = (item: FoldedEntry): GroupDelta | undefined => {
  if (item.present === undefined) return item.delta;
  return item.present && item.kind === 'group' ? item.delta : undefined;
};

const common = (target: Target, dn: string, file: string, immutableId: string | undefined) => ({
  dn,
  immutableId,
  incarnation: target.incarnation,
  displaced: target.displaced,
  moved: target.moved && { by: file, ...target.moved },
  made: target.replaces ? file : undefined,
  fresh: target.fresh,
  seen: target.seen,
});

const userPut = (item: FoldedEntry, target: Target, file: string, objects: Objects): UserPut => {
  const base = common(target, item.dn, file, item.immutableId);
  if (item.present === true && item.kind === 'user') return { ...base, texts: item.attributes };
  const from = target.from && objects.get(target.from);
  const changes = item.present === undefined ? item.changes : [];
  return { ...base, changes, ...(from?.kind === 'user' && { from }) };
};

const groupPut = (item: FoldedEntry, target: Target, file: string, objects: Objects): GroupPut => {
  const base = { ...common(target, item.dn, file, item.immutableId), renew: target.renew };
  if (item.present === true && item.kind === 'group') return { ...base, name: item.group.name, texts: item.attributes };
  const given = item.present === undefined ? { name: item.delta.name, changes: item.changes } : {};
  return { ...base, ...given, ...groupFrom(target, objects) };
};
const groupFrom = (target: Target, objects: Objects): Pick<GroupPut, 'from' | 'base'> => {
  const base = target.from && objects.get(target.from);
  return { from: target.from as GroupId | undefined, ...(base?.kind === 'group' && { base }) };
};

/** True when the user loses the uid by this file. */
const givesUp = ({ texts, changes = [] }: UserPut, uid: string): boolean => {
  const names = (values: readonly string[]) => digests([], values).includes(uid);
  if (texts) return !names(texts.uid ?? []);
  let has = true;
  for (const { op, attribute, values } of changes) {
    if (attribute !== 'uid') continue;
    if (op === 'delete') has &&= values.length > 0 && !names(values);
    else has = names(values) || (has && op === 'add');
  }
  return !has;
};

export const intentsOf = (
  fold: FoldResult,
  resolution: Resolution,
  { file, source }: Pick<Run, 'file' | 'source'>,
  objects: Objects,
): Intents => {
  const users = new Map<UserId, From<UserPut>>();
  const ended = new Set(resolution.endings.map(({ id }) => id));
  const givenUp = (id: ObjectId, uid: string): boolean => {
    const put = users.get(id as UserId)?.wish;
    return ended.has(id) || (put !== undefined && givesUp(put, uid));
  };
  const groups = new Map<GroupId, From<GroupPut>>();
  const renewed = new Map<UserId, Ending>();
  const memberships: Membership[] = [];
  const names = new Map<string, ObjectId>();
  const uids = new Map<string, ObjectId>();
  resolution.targets.forEach((target, entry) => {
    if (!target) return;
    const item = fold.entries[entry] as FoldedEntry;
    names.set(dnDigest(item.dn), target.id);
    if (item.immutableId !== undefined) names.set(idDigest(item.immutableId), target.id);
    if (!isUserTarget(target)) {
      const group = target.id as GroupId;
      groups.set(group, { entry, wish: groupPut(item, target, file, objects) });
      const membership = membershipOf(item, entry, group);
      if (membership) memberships.push(membership);
      return;
    }
    const user = target.id as UserId;
    if (target.renew) renewed.set(user, { id: user, life: target.renew, entry });
    users.set(user, { entry, wish: { ...userPut(item, target, file, objects), givenUp } });
    for (const uid of uidsGiven(item)) if (!uids.has(uid)) uids.set(uid, user);
  });
  const refused = new Set(resolution.refused.map(({ entry }) => entry));
  fold.entries.forEach((item, entry) => {
    if (resolution.targets[entry] || refused.has(entry)) return;
    const id = item.present === false ? undefined : statedId(source, item);
    if (id) names.set(idDigest(item.immutableId as string), id);
  });
  for (const carried of resolution.carried) {
    const { dn, entry } = carried;
    names.set(dnDigest(dn), carried.id);
    const base = common(carried, dn, file, undefined);
    const from = carried.from && objects.get(carried.from);
    if (isUserTarget(carried))
      users.set(carried.id as UserId, {
        entry,
        wish: { ...base, changes: [], givenUp, ...(from?.kind === 'user' && { from }) },
      });
    else groups.set(carried.id as GroupId, { entry, wish: { ...base, ...groupFrom(carried, objects) } });
  }
  // A uid that a stored user has is looked up in the store; these uids belong to users that the file brings.
  for (const [uid, id] of uids) if (!names.has(uid)) names.set(uid, id);
  const endings = resolution.endings;
  return {
    users,
    groups,
    renewed,
    userEndings: endings.filter(isUserTarget) as Intents['userEndings'],
    groupEndings: endings.filter((one) => !isUserTarget(one)) as Intents['groupEndings'],
    memberships,
    names,
    uids: new Set(fold.entries.flatMap(memberUids)),
    memberIds: new Map(fold.entries.flatMap((item) => memberIds(item).map((id) => [idDigest(id), id] as const))),
  };
};

const memberIds = (item: FoldedEntry): readonly string[] => {
  const delta = deltaOf(item);
  if (delta) return [...(delta.addIds ?? []), ...(delta.removeIds ?? [])];
  return item.present === true && item.kind === 'group' ? (item.group.memberIds ?? []) : [];
};

const memberUids = (item: FoldedEntry): string[] => {
  if (item.present === true && item.kind === 'group') return digests([], item.group.memberUids);
  if (item.present !== undefined) return [];
  const { addUids, removeUids, replaceUids } = item.delta;
  return digests([], [...(replaceUids ?? []), ...addUids, ...removeUids]);
};

const uidsGiven = (item: FoldedEntry): string[] => {
  if (item.present === true && item.kind === 'user') return digests([], item.attributes.uid);
  if (item.present !== undefined) return [];
  return digests(
    [],
    item.changes.flatMap(({ op, attribute, values }) => (attribute === 'uid' && op !== 'delete' ? values : [])),
  );
};
