// The phases of a run that concern users: first the gains, then the losses. Each user is one unit. Bulk reads find the
// units that need no write.

import { chunked } from '../domain/base/collections.ts';
import type { GroupId, SourceId, UserId } from '../domain/base/ids.ts';
import type { Access } from '../domain/book/records.ts';
import { type DirectoryUser, dnDigest, type ObjectId, type Pointer, type Waiting } from '../domain/directory.ts';
import { type StoredUser, UserDraft } from '../domain/plan/directory.ts';
import { namesAfter, namesOf, type UserPut } from '../domain/plan/directory-names.ts';
import { directMembers } from '../store/candidates.ts';
import { toObject, toPointer, waitingFor } from '../store/directory.ts';
import { toAccess, toAlias, toProfile } from '../store/items.ts';
import { identityDigest, type Key, keys } from '../store/keys.ts';
import type { View } from '../store/view.ts';
import type { From } from './intents.ts';
import { carriedOut, commit, isOfEntry, laid, type Op, readPointers, type Slice, together, viewOf } from './slice.ts';

/** Units read at once, users written at once, operations in one transaction. */
const readAtOnce = 100;
const writtenAtOnce = 8;
const mostOps = 20;

/** The operations on one user in a phase. */
interface UserUnit {
  readonly id: UserId;
  readonly put?: UserPut | undefined;
  /** Each list is a transaction of its own, after the one before it. */
  readonly ops: Op<UserDraft>[][];
}
/** A user as stored, with everything that the operations of a run need. */
interface Read extends StoredUser {
  readonly access: Access | undefined;
}
/** The users that a phase is about, and what it does to each. */
interface Units {
  readonly ids: ReadonlySet<UserId>;
  readonly unitOf: (id: UserId) => UserUnit;
}

const op = (name: string, entry: number, id: string, member: boolean, lay: Op<UserDraft>['lay']): Op<UserDraft> => ({
  name,
  entry,
  id,
  member,
  lay,
});

/** Groups by user, each with the index of the entry that names it. */
type Groups = Map<UserId, Map<GroupId, number>>;
const note = (groups: Groups, user: UserId, group: GroupId, entry: number): void => {
  const of = groups.get(user) ?? new Map<GroupId, number>();
  groups.set(user, of);
  if (!of.has(group)) of.set(group, entry);
};

const isUser = (id: ObjectId | undefined): id is UserId => id?.startsWith('u') === true;

/** Memberships that the file gives, by user. */
const joinsOf = ({ intents, named }: Slice): Groups => {
  const joins: Groups = new Map();
  for (const { group, entry, add } of intents.memberships)
    for (const digest of add) {
      const id = named(digest);
      if (isUser(id)) note(joins, id, group, entry);
    }
  return joins;
};

/** Who comes into a group, or leaves it, because of primary groups. */
const primaryMoves = ({ resolution }: Slice, which: 'joins' | 'leaves'): Groups => {
  const moves: Groups = new Map();
  for (const { group, entry, user } of resolution.primary?.[which] ?? []) {
    const id = user ?? resolution.targets[entry]?.id;
    if (isUser(id)) note(moves, id, group, entry);
  }
  return moves;
};

/** By which keys the groups of the run are primary ones. */
const keysHeld = ({ resolution }: Slice): ReadonlyMap<GroupId, ReadonlySet<string>> => {
  const held = new Map<GroupId, Set<string>>();
  for (const [key, group] of resolution.primary?.holds ?? []) held.set(group, (held.get(group) ?? new Set()).add(key));
  return held;
};

/** Creates, describes and enables users, and puts them into groups. */
export const grantUsers = (slice: Slice): Promise<boolean> => inOrder(slice, 'grant', grantsOf(slice));

/** What the run gives to users. */
const grantsOf = (slice: Slice): Units => {
  const { intents } = slice;
  const joins = joinsOf(slice);
  const primaries = primaryMoves(slice, 'joins');
  const held = keysHeld(slice);
  const ids = new Set([...intents.users.keys(), ...joins.keys(), ...primaries.keys()]);
  const unitOf = (id: UserId): UserUnit => {
    const from = intents.users.get(id);
    const renewed = intents.renewed.get(id);
    const ops: Op<UserDraft>[] = [];
    if (from) ops.push(...puts(id, from));
    for (const [group, entry] of joins.get(id) ?? [])
      ops.push(op(`in.${group}`, entry, id, true, (d) => d.join(group)));
    for (const [group, entry] of primaries.get(id) ?? [])
      ops.push(op(`primary.${group}`, entry, id, true, (d) => d.joinPrimary(group, held.get(group))));
    const first = renewed ? [[op('end', renewed.entry, id, false, (d) => d.end(renewed.life))]] : [];
    return { id, put: from?.wish, ops: [...first, ...chunked(ops, mostOps)] };
  };
  return { ids, unitOf };
};

const puts = (id: UserId, { entry, wish }: From<UserPut>): Op<UserDraft>[] => [
  op('put', entry, id, false, (d) => d.put(wish)),
  op('on', entry, id, false, (d) => d.turn(true)),
];

/** Takes users out of groups, disables and ends them. */
export const revokeUsers = async (slice: Slice): Promise<boolean> =>
  inOrder(slice, 'revoke', await revocationsOf(slice));

/** What the run takes from users. */
const revocationsOf = async (slice: Slice): Promise<Units> => {
  const { intents } = slice;
  const leaves = await leavesOf(slice);
  const primaries = primaryMoves(slice, 'leaves');
  const held = keysHeld(slice);
  const endings = new Map(intents.userEndings.map((ending) => [ending.id, ending]));
  const ids = new Set([...intents.users.keys(), ...leaves.keys(), ...primaries.keys(), ...endings.keys()]);
  const unitOf = (id: UserId): UserUnit => {
    const ending = endings.get(id);
    if (ending) return { id, ops: [[op('end', ending.entry, id, false, (d) => d.end(ending.life))]] };
    const ops: Op<UserDraft>[] = [];
    const from = intents.users.get(id);
    if (from) ops.push(op('off', from.entry, id, false, (d) => d.turn(false)));
    for (const [group, entry] of leaves.get(id) ?? [])
      ops.push(op(`out.${group}`, entry, id, true, (d) => d.leave(group, held.get(group))));
    for (const [group, entry] of primaries.get(id) ?? [])
      ops.push(op(`left.${group}`, entry, id, true, (d) => d.leavePrimary(group, held.get(group))));
    return { id, ops: chunked(ops, mostOps) };
  };
  return { ids, unitOf };
};

/** Memberships that end: those that the file removes, and for a whole list, stored members that are not on it. */
const leavesOf = async (slice: Slice): Promise<Groups> => {
  const { intents, named, store, key } = slice;
  const leaves: Groups = new Map();
  const joins = joinsOf(slice);
  const leave = (user: UserId, group: GroupId, entry: number) => {
    if (!joins.get(user)?.has(group)) note(leaves, user, group, entry);
  };
  for (const { group, entry, remove } of intents.memberships)
    for (const digest of remove) {
      const id = named(digest);
      if (isUser(id)) leave(id, group, entry);
    }
  for (const { user, group, entry } of slice.resolution.leaves ?? []) leave(user, group, entry);
  const whole = intents.memberships.filter((one) => one.whole);
  await together(whole, writtenAtOnce, async ({ group, entry }) => {
    for (const user of await directMembers(store.db, key.tenant, group)) leave(user, group, entry);
  });
  return leaves;
};

/**
 * Carries out all units in the order of their ids, starting after the last one of an earlier slice. False when time is
 * up.
 */
const inOrder = async (slice: Slice, phase: string, { ids, unitOf }: Units): Promise<boolean> => {
  const { after = '' } = slice.run;
  const rest = [...ids].filter((id) => id > after).sort();
  for (const some of chunked(rest, readAtOnce)) {
    if (slice.spent()) return false;
    await someUnits(slice, phase, some.map(unitOf));
    await slice.reached(some.at(-1) as string);
  }
  return true;
};

const someUnits = async (slice: Slice, phase: string, units: readonly UserUnit[]): Promise<void> => {
  const [view, read] = await Promise.all([viewOf(slice), readUsers(slice, units)]);
  const world = { book: view.book, users: new Map(units.map(({ id }, i) => [id, read[i]?.access])) };
  const needed: UserUnit[] = [];
  await together([...units.entries()], writtenAtOnce, async ([i, unit]) => {
    const stored = read[i] as Read;
    const whole = await withWaiting(slice, unit, stored);
    if (!isSettled(whole, () => new UserDraft(unit.id, slice.run.source, world, stored, view.tools, slice.run.dialect)))
      needed.push(whole);
  });
  await together(needed, writtenAtOnce, (unit) => oneUnit(slice, phase, unit));
};

/**
 * True when no operation of the unit needs a write. Operations that look refused are attempted, because only fresh data
 * may refuse them.
 */
const isSettled = ({ ops }: UserUnit, draft: () => UserDraft): boolean => {
  try {
    const { change } = laid(draft(), ops.flat());
    return change.users.length + change.side.length === 0;
  } catch (error) {
    return !isOfEntry(error);
  }
};

/** Adds joins to the groups that wait for one of the user's names. */
const withWaiting = async (slice: Slice, unit: UserUnit, { pointers, object }: Read): Promise<UserUnit> => {
  const { put, id } = unit;
  const mine = (pointer: Pointer | undefined, name: string) =>
    pointer?.awaited && (pointer.id === undefined || pointer.id === id || put?.givenUp?.(pointer.id, name) === true);
  const place = put && dnDigest(put.dn);
  const awaited = put
    ? namesAfter(object, put).filter((name) =>
        name === place ? pointers.get(name)?.awaited : mine(pointers.get(name), name),
      )
    : [];
  if (awaited.length === 0) return unit;
  const own = slice.intents.users.get(id)?.entry ?? 0;
  const ops: Op<UserDraft>[] = [];
  const met: string[] = [];
  for (const digest of awaited) {
    const waiting = await waitingFor(slice.store.db, slice.key.tenant, slice.run.source, digest);
    ops.push(...waiting.map((one) => awaitedJoin(own, id, one)));
    if (waiting.every(({ uid }) => !uid)) met.push(digest);
  }
  ops.push(
    ...met.map((digest) => ({ ...op(`met.${digest}`, own, id, false, (d) => d.settle(digest)), closing: true })),
  );
  return { ...unit, ops: [...unit.ops, ...chunked(ops, mostOps)] };
};
const awaitedJoin = (entry: number, id: UserId, waiting: Waiting): Op<UserDraft> =>
  op(`met.${waiting.group}.${waiting.digest}`, entry, id, true, (d) => d.join(waiting.group, waiting));

const oneUnit = async (slice: Slice, phase: string, unit: UserUnit): Promise<void> => {
  const { id, put } = unit;
  let clean = true;
  for (const ops of unit.ops) {
    const due: Op<UserDraft>[] = clean ? ops : ops.filter((one) => !one.closing);
    const done: boolean = await carriedOut(slice, `${phase}.${id}`, due, (name, some) =>
      commit(slice, name, userKeys(slice, id), async (read) => {
        await read.users([id]);
        return laid(
          new UserDraft(
            id,
            slice.run.source,
            read.world,
            await fresh(slice, read, id, put),
            read.tools,
            slice.run.dialect,
          ),
          some,
        );
      }),
    );
    clean &&= done;
  }
};

const userKeys = ({ key, run }: Slice, id: UserId): Key[] => [
  keys.access(key.tenant, id),
  keys.profile(key.tenant, id),
  keys.object(key.tenant, run.source, id),
];

/** The stored data of the user, as the present attempt reads it. */
const fresh = async (slice: Slice, read: View, id: UserId, put: UserPut | undefined): Promise<StoredUser> => {
  const { key, run } = slice;
  const [, profileItem, objectItem] = await read.items(userKeys(slice, id));
  const object = toObject(objectItem) as DirectoryUser | undefined;
  const digests = names(object, put);
  const items = await read.items(digests.map((digest) => keys.directory(key.tenant, run.source, digest)));
  const signIns = signInsOf(read, run.source, put).map((digest) => keys.alias(key.tenant, digest));
  return {
    signsIn: (await read.items(signIns)).some((record) => record !== undefined && toAlias(record) !== id),
    profile: toProfile(profileItem),
    object,
    pointers: new Map(digests.map((digest, i) => [digest, toPointer(items[i])])),
  };
};

/**
 * Alias records of the sign-ins that the entry's id would be. They exist only when the claim is the subject, because
 * then the id is the sign-in's subject.
 */
const signInsOf = ({ book }: View, source: SourceId, put: UserPut | undefined): string[] => {
  const { signIn } = book.sources.get(source) ?? {};
  const value = put?.immutableId;
  if (signIn?.claim !== 'sub' || value === undefined) return [];
  const spellings = new Set([value, value.toLowerCase(), value.toUpperCase()]);
  return [...spellings].map((subject) => identityDigest(signIn.issuer, subject));
};

/** If the put is refused, only names that the user has already count. */
const names = (object: DirectoryUser | undefined, put: UserPut | undefined): string[] => {
  try {
    return namesOf(object, put);
  } catch (error) {
    return isOfEntry(error) && put ? [...new Set([...namesOf(object, undefined), dnDigest(put.dn)])] : [];
  }
};

/** The users of these units as stored, read in bulk. */
const readUsers = async (slice: Slice, units: readonly UserUnit[]): Promise<Read[]> => {
  const items = await slice.store.db.read(units.flatMap(({ id }) => userKeys(slice, id)));
  const objects = units.map((_, i) => toObject(items[3 * i + 2]) as DirectoryUser | undefined);
  const digests = units.map(({ put }, i) => names(objects[i], put));
  const pointers = await readPointers(slice, [...new Set(digests.flat())]);
  return units.map((_, i) => ({
    access: toAccess(items[3 * i]),
    profile: toProfile(items[3 * i + 1]),
    object: objects[i],
    pointers: new Map((digests[i] as string[]).map((digest) => [digest, pointers.get(digest)])),
  }));
};
