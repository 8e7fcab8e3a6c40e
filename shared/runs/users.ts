// The phases of a run that concern users: first the gains, then the losses. Each user is one unit. Bulk reads find the
// units that need no write; of the others as many share a transaction as fit, each with an audit event of its own.

import { chunked } from '../domain/base/collections.ts';
import type { GroupId, RunId, SourceId, TenantId, UserId } from '../domain/base/ids.ts';
import type { Access } from '../domain/book/records.ts';
import { type Change, changes, merged } from '../domain/change.ts';
import { type DirectoryUser, dnDigest, type ObjectId, type Pointer, type Waiting } from '../domain/directory.ts';
import { type StoredUser, UserDraft } from '../domain/plan/directory.ts';
import { factsOf, namesAfter, namesOf, type UserPut } from '../domain/plan/directory-names.ts';
import { bytesIn, mostItems } from '../store/bytes.ts';
import { directMembers } from '../store/candidates.ts';
import { toObject, toPointer, waitingFor } from '../store/directory.ts';
import { toAlias, toProfile } from '../store/items.ts';
import { KeptItems } from '../store/kept.ts';
import { identityDigest, type Key, keys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { View } from '../store/view.ts';
import { wordWrites } from '../store/words.ts';
import type { From } from './intents.ts';
import {
  carriedOut,
  commit,
  inTransactions,
  isOfEntry,
  type LoadedRun,
  laid,
  type Op,
  type Slice,
  together,
  viewOf,
} from './slice.ts';

/** Users read at once, users or groups looked up at once, and transactions written at once. */
const readAtOnce = 400;
const lookedUpAtOnce = 8;
const writtenAtOnce = 4;
/** Items of one transaction. The outcome, and the proofs of actor, book and witness, need room too. */
const room = mostItems - 6;
/** Items that the operations on one user may write, besides the user's own records. */
const roomOfOne = 55;
/** Bytes of one transaction as they are estimated, far below the limit of the service. */
const mostBytes = 2_000_000;

/** The operations on one user in a phase. */
export interface UserUnit {
  readonly id: UserId;
  readonly put?: UserPut | undefined;
  /** Each list is a transaction of its own, after the one before it. */
  readonly ops: Op<UserDraft>[][];
  /** True when the operations concern groups and state only: then neither profile nor names are read. */
  readonly lean?: boolean;
}
/** A user as stored, with everything that the operations of a run need. */
export interface Read extends StoredUser {
  readonly access: Access | undefined;
}
/** The users that a phase is about, and what it does to each. */
interface Units {
  readonly ids: ReadonlySet<UserId>;
  readonly unitOf: (id: UserId) => UserUnit;
}

const op = (
  name: string,
  entry: number,
  id: string,
  member: boolean,
  lay: Op<UserDraft>['lay'],
  weight = 1,
): Op<UserDraft> => ({ name, entry, id, member, weight, lay });

/** Groups by user, each with the index of the entry that names it. */
type Groups = Map<UserId, Map<GroupId, number>>;
const note = (groups: Groups, user: UserId, group: GroupId, entry: number): void => {
  const of = groups.get(user) ?? new Map<GroupId, number>();
  groups.set(user, of);
  if (!of.has(group)) of.set(group, entry);
};

const isUser = (id: ObjectId | undefined): id is UserId => id?.startsWith('u') === true;

/** Memberships that the file gives, by user. */
export const joinsOf = ({ intents, named }: LoadedRun): Groups => {
  const joins: Groups = new Map();
  for (const { group, entry, add } of intents.memberships)
    for (const digest of add) {
      const id = named(digest);
      if (isUser(id)) note(joins, id, group, entry);
    }
  return joins;
};

/** Who comes into a group, or leaves it, because of primary groups. */
const primaryMoves = ({ resolution }: LoadedRun, which: 'joins' | 'leaves'): Groups => {
  const moves: Groups = new Map();
  for (const { group, entry, user } of resolution.primary?.[which] ?? []) {
    const id = user ?? resolution.targets[entry]?.id;
    if (isUser(id)) note(moves, id, group, entry);
  }
  return moves;
};

/** By which keys the groups of the run are primary ones. */
const keysHeld = ({ resolution }: LoadedRun): ReadonlyMap<GroupId, ReadonlySet<string>> => {
  const held = new Map<GroupId, Set<string>>();
  for (const [key, group] of resolution.primary?.holds ?? []) held.set(group, (held.get(group) ?? new Set()).add(key));
  return held;
};

/** Creates, describes and enables users, and puts them into groups. */
export const grantUsers = (slice: Slice): Promise<boolean> => inOrder(slice, 'grant', grantsOf(slice));

/** What the run gives to users. */
export const grantsOf = (slice: LoadedRun): Units => {
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
    const lean = !from && !renewed;
    return { id, put: from?.wish, ops: [...first, ...inTransactions(ops, roomOfOne)], lean };
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
export const revocationsOf = async (slice: LoadedRun): Promise<Units> => {
  const { intents } = slice;
  const leaves = await leavesOf(slice);
  const primaries = primaryMoves(slice, 'leaves');
  const held = keysHeld(slice);
  const endings = new Map(intents.userEndings.map((ending) => [ending.id, ending]));
  const now = slice.store.db.clock.now();
  const off = [...intents.users].filter(([, { wish }]) => mayBeOff(slice, wish, now)).map(([id]) => id);
  const ids = new Set([...off, ...leaves.keys(), ...primaries.keys(), ...endings.keys()]);
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
    return { id, ops: inTransactions(ops, roomOfOne), lean: true };
  };
  return { ids, unitOf };
};

/** False for a whole entry that says that the user is enabled: such users need not be read again. */
const mayBeOff = ({ run }: LoadedRun, { texts }: UserPut, now: number): boolean => {
  try {
    return !texts || !factsOf(texts, now, run.dialect ?? {}).enabled;
  } catch (error) {
    return isOfEntry(error);
  }
};

/** Memberships that end: those that the file removes, and for a whole list, stored members that are not on it. */
const leavesOf = async (slice: LoadedRun): Promise<Groups> => {
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
  await together(whole, lookedUpAtOnce, async ({ group, entry }) => {
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
  const chunks = chunked(rest, readAtOnce);
  const ready = (at: number): Promise<readonly Bundle[]> | undefined => {
    const bundles = chunks[at] && bundlesOf(slice, chunks[at].map(unitOf));
    // Read while those before are written, and perhaps for nothing, if that fails.
    bundles?.catch(() => undefined);
    return bundles;
  };
  let next = ready(0);
  for (const [at, some] of chunks.entries()) {
    if (slice.spent()) return false;
    const bundles = (await next) as readonly Bundle[];
    next = ready(at + 1);
    await together(bundles, writtenAtOnce, (bundle) => oneBundle(slice, phase, bundle));
    await slice.reached(some.at(-1) as string);
  }
  return true;
};

/**
 * Puts users who need a write into as few transactions as can be. A user who needs one by what the planning has read is
 * not read again, because the conditions of the write prove it; all others are.
 */
const bundlesOf = async (slice: Slice, units: readonly UserUnit[]): Promise<readonly Bundle[]> => {
  const kept = keptOf(slice);
  const view = await viewOf(slice);
  const planned = units.filter((unit) => {
    const known = signInKeys(slice, view, unit.put).length === 0 ? keptKeys(slice, kept, unit) : undefined;
    if (known) view.assume(kept.take(known));
    return known !== undefined;
  });
  const early = await eachBundled(slice, view, planned);
  const settled = new Set(planned.filter((_, i) => early[i]?.passes));
  const rest = units.filter((unit) => !settled.has(unit));
  const fresh = rest.length === 0 ? [] : await eachBundled(slice, await viewOfUnits(slice, rest), rest);
  return [...packed(early.filter((one) => one?.passes)), ...packed(fresh)];
};

/** The bundle of each unit by itself; `undefined` for those that need no write. */
const eachBundled = async (slice: Slice, view: View, bare: readonly UserUnit[]): Promise<(Bundle | undefined)[]> => {
  const read = await readUsers(slice, bare, view);
  const stored = new Map(bare.map(({ id }, i) => [id, read[i] as Read]));
  const units = [...bare];
  await together([...bare.entries()], lookedUpAtOnce, async ([i, unit]) => {
    units[i] = await withWaiting(slice, unit, read[i] as Read);
  });
  return units.map((unit) => bundleOf(slice, view, unit, stored));
};

const packed = (all: readonly (Bundle | undefined)[]): Bundle[] => {
  const bundles: Bundle[] = [];
  for (const one of all) if (one && !bundles.some((bundle) => takenIn(bundle, one))) bundles.push(one);
  return bundles;
};

/** Users whose changes are written together. */
interface Bundle {
  /** The view that they were read with. */
  readonly view: View;
  readonly units: UserUnit[];
  readonly ops: Op<UserDrafts>[];
  /** Operations beyond the room of a transaction: each list is one of its own, after the first. */
  readonly more: readonly Op<UserDrafts>[][];
  /** The names that the users have or get. Users of a bundle share none, because a transaction writes an item once. */
  readonly names: Set<string>;
  /** Items and bytes of the transaction. */
  items: number;
  bytes: number;
  /** True when the stored data lets all operations pass; only fresh data may refuse one. */
  readonly passes: boolean;
}

/** The bundle of one unit; `undefined` when none of its operations needs a write. */
const bundleOf = (slice: Slice, view: View, unit: UserUnit, stored: ReadonlyMap<UserId, Read>): Bundle | undefined => {
  const { id } = unit;
  const [ops = [], ...more] = unit.ops.map((list) =>
    list.map((one): Op<UserDrafts> => ({ ...one, lay: (drafts) => one.lay(drafts.of(id)) })),
  );
  const names = new Set(stored.get(id)?.pointers.keys());
  const alone = { view, units: [unit], ops, more, names, items: room, bytes: 0 };
  try {
    const { change } = laid(new UserDrafts(slice, view, stored), [ops, ...more].flat());
    if (!changes(change)) return undefined;
    return { ...alone, ...(more.length === 0 && weightOf(slice.key.tenant, change)), passes: true };
  } catch (error) {
    return { ...alone, passes: !isOfEntry(error) };
  }
};

/** Items of a change to a user with its event, and about as many bytes. */
const weightOf = (tenant: TenantId, { users, side, audit }: Change): { items: number; bytes: number } => {
  const listed = users.map(({ before, after }) => {
    const had = before?.groups ?? new Set();
    const moves = after.state === 'deleted' ? new Set() : after.groups.symmetricDifference(had);
    return 1 + moves.size;
  });
  const sides = side.map((one) => {
    if (one.kind === 'profile') return 1 + wordWrites(tenant, one.before, one.after).length;
    return one.kind === 'waiting' ? 2 : 1;
  });
  const items = [...listed, ...sides, audit?.personal ? 2 : 1].reduce((sum, n) => sum + n, 0);
  return { items, bytes: bytesIn(side) };
};

/** Takes a unit into a bundle if it fits. */
const takenIn = (bundle: Bundle, one: Bundle): boolean => {
  const fits = bundle.items + one.items <= room && bundle.bytes + one.bytes <= mostBytes;
  if (!fits || [...one.names].some((name) => bundle.names.has(name))) return false;
  bundle.units.push(...one.units);
  bundle.ops.push(...one.ops);
  for (const name of one.names) bundle.names.add(name);
  bundle.items += one.items;
  bundle.bytes += one.bytes;
  return true;
};

/** The drafts of several users, each made when an operation first asks for it. */
class UserDrafts {
  readonly #slice: Slice;
  readonly #view: View;
  readonly #stored: ReadonlyMap<UserId, StoredUser>;
  readonly #drafts = new Map<UserId, UserDraft>();
  #changes: Change<undefined>[] | undefined;

  constructor(slice: Slice, view: View, stored: ReadonlyMap<UserId, StoredUser>) {
    this.#slice = slice;
    this.#view = view;
    this.#stored = stored;
  }

  of(id: UserId): UserDraft {
    const { source, dialect } = this.#slice.run;
    const { world, tools } = this.#view;
    const draft =
      this.#drafts.get(id) ?? new UserDraft(id, source, world, this.#stored.get(id) as StoredUser, tools, dialect);
    this.#drafts.set(id, draft);
    return draft;
  }

  /** The changes of the users who change, once all operations are applied. */
  changes(): Change<undefined>[] {
    this.#changes ??= [...this.#drafts.values()].map((draft) => draft.change()).filter(changes);
    return this.#changes;
  }

  change(): Change<undefined[]> {
    return merged(this.changes());
  }
}

/** Adds joins to the groups that wait for one of the user's names. */
export const withWaiting = async (slice: LoadedRun, unit: UserUnit, { pointers, object }: Read): Promise<UserUnit> => {
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
  const ops = [...(unit.ops.at(-1) ?? [])];
  const met: string[] = [];
  for (const digest of awaited) {
    const waiting = await waitingFor(slice.store.db, slice.key.tenant, slice.run.source, digest);
    ops.push(...waiting.map((one) => awaitedJoin(own, id, one)));
    if (waiting.every(({ uid }) => !uid)) met.push(digest);
  }
  ops.push(
    ...met.map((digest) => ({ ...op(`met.${digest}`, own, id, false, (d) => d.settle(digest)), closing: true })),
  );
  return { ...unit, ops: [...unit.ops.slice(0, -1), ...inTransactions(ops, roomOfOne)] };
};
/** A join writes the list item of the group, and removes both of what waited. */
const awaitedJoin = (entry: number, id: UserId, waiting: Waiting): Op<UserDraft> =>
  op(`met.${waiting.group}.${waiting.digest}`, entry, id, true, (d) => d.join(waiting.group, waiting), 3);

const oneBundle = async (slice: Slice, phase: string, bundle: Bundle): Promise<void> => {
  const { view } = bundle;
  const own = bundle.units.flatMap((unit) => userKeys(slice, unit));
  const before = [...own, ...nameKeys(slice, bundle.names)];
  const items = await view.items(before);
  let known = bundle.passes ? before.map((key, i) => [key, items[i]] as const) : undefined;
  const attempt = (unit: string, ops: readonly Op<UserDrafts>[]) => {
    const ids = new Set(ops.map(({ id }) => id));
    const units = bundle.units.filter(({ id }) => ids.has(id));
    // No condition of this write guards a sign-in, so those are read with the attempt.
    const fresh = units.flatMap((one) => [...(known ? [] : userKeys(slice, one)), ...signInKeys(slice, view, one.put)]);
    const manner = { alsoRead: fresh, known };
    known = undefined;
    return commit(slice, unit, manner, async (now) => {
      const read = await readUsers(slice, units, now);
      const drafts = new UserDrafts(slice, now, new Map(units.map(({ id }, i) => [id, read[i] as Read])));
      return { ...laid(drafts, ops), audits: drafts.changes().flatMap(({ audit }) => audit ?? []) };
    });
  };
  let refused: ReadonlySet<string> = new Set();
  for (const ops of [bundle.ops, ...bundle.more]) refused = await carriedOut(slice, phase, ops, attempt, refused);
};

const userKeys = ({ key, run }: LoadedRun, { id, lean }: UserUnit): Key[] => [
  keys.access(key.tenant, id),
  keys.object(key.tenant, run.source, id),
  ...(lean ? [] : [keys.profile(key.tenant, id)]),
];

const nameKeys = ({ key, run }: LoadedRun, digests: Iterable<string>): Key[] =>
  [...digests].map((digest) => keys.directory(key.tenant, run.source, digest));
const signInKeys = ({ key, run }: LoadedRun, view: View, put: UserPut | undefined): Key[] =>
  signInsOf(view, run.source, put).map((digest) => keys.alias(key.tenant, digest));

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

/** What the planning of the run has read in this process. Another run takes its place. */
const keptOf = ({ store, key }: LoadedRun): KeptItems => {
  const kept = keptBy.get(store);
  if (kept?.run === key.id) return kept.items;
  const items = new KeptItems();
  keptBy.set(store, { run: key.id, items });
  return items;
};
const keptBy = new WeakMap<Store, { readonly run: RunId; readonly items: KeptItems }>();

/** Forgets what the planning of a run has read. */
export const forgetPlanned = (run: LoadedRun): void => keptOf(run).clear();

/** The keys of everything that the unit needs, when all of it is kept. */
const keptKeys = (slice: LoadedRun, kept: KeptItems, unit: UserUnit): Key[] | undefined => {
  const own = userKeys(slice, unit);
  if (!kept.has(own)) return undefined;
  const object = toObject(kept.get(own[1] as Key)) as DirectoryUser | undefined;
  const all = [...own, ...(unit.lean ? [] : nameKeys(slice, names(object, unit.put)))];
  return kept.has(all) ? all : undefined;
};

/** A view for users whom the run has found to be new, and others. It takes the new ones for missing. */
const viewOfUnits = async (slice: LoadedRun, units: readonly UserUnit[]): Promise<View> => {
  const view = await viewOf(slice);
  const fresh = units.filter(({ put }) => put?.fresh && put.texts);
  view.assume(fresh.flatMap((unit) => userKeys(slice, unit).map((key) => [key, undefined] as const)));
  return view;
};

/** The users of these units as stored, as a view reads them: in one round trip, unless it is to learn names from it. */
export const readUsers = async (slice: LoadedRun, units: readonly UserUnit[], from?: View): Promise<Read[]> => {
  const view = from ?? (await viewOfUnits(slice, units));
  const wished = ({ put }: UserUnit) => [...nameKeys(slice, names(undefined, put)), ...signInKeys(slice, view, put)];
  await view.items(units.flatMap((unit) => [...userKeys(slice, unit), ...wished(unit)]));
  const items = await Promise.all(units.map((unit) => view.items(userKeys(slice, unit))));
  const objects = items.map(([, item]) => toObject(item) as DirectoryUser | undefined);
  const digests = units.map(({ put, lean }, i) => (lean ? [] : names(objects[i], put)));
  await view.items(digests.flatMap((some) => nameKeys(slice, some)));
  if (!from) {
    const read = units.flatMap((unit, i) => [...userKeys(slice, unit), ...nameKeys(slice, digests[i] as string[])]);
    const all = await view.items(read);
    keptOf(slice).keep(read.map((key, i) => [key, all[i]] as const));
  }
  return Promise.all(
    units.map(async ({ id, put }, i): Promise<Read> => {
      const mine = digests[i] as string[];
      const pointers = await view.items(nameKeys(slice, mine));
      const signIns = await view.items(signInKeys(slice, view, put));
      return {
        access: view.world.users.get(id),
        signsIn: signIns.some((record) => record !== undefined && toAlias(record) !== id),
        profile: toProfile(items[i]?.[2]),
        object: objects[i],
        pointers: new Map(mine.map((digest, n) => [digest, toPointer(pointers[n])])),
      };
    }),
  );
};
