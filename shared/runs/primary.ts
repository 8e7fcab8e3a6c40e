// Primary groups: membership that stands on the user and in no list. Who joins and who leaves is found before the first
// write. A key leads to the group that has it; a key that users have and no group waits for one, so that a group is met by
// users who came before it.
import { type GroupId, groupOf, type UserId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { DirectoryGroup, DirectoryObject, DirectoryUser, ObjectId, Pointer } from '../domain/directory.ts';
import {
  awaited,
  type GroupPut,
  numbersAfter,
  ofPrimary,
  primaryKeysOf,
  textsAfter,
  type UserPut,
} from '../domain/plan/directory-names.ts';
import { directMembers } from '../store/candidates.ts';
import { allObjects, replacedPointer } from '../store/directory.ts';
import { writePatiently } from '../store/patiently.ts';
import type { Intents } from './intents.ts';
import type { Known, Primary, PrimaryMove, Resolution } from './resolve.ts';
import { readObjects, readPointers, type Slice, together } from './slice.ts';

type Reader = Pick<Slice, 'store' | 'key' | 'run'>;
type Pointers = ReadonlyMap<string, Pointer | undefined>;

/** Pointers written in one transaction, and groups whose members are read at once. */
const atOnce = 50;
const readAtOnce = 8;

/** The keys of an object after a put; those of before where it will be refused. */
const keysAfter = <O extends DirectoryObject>(before: O | undefined, after: () => O): string[] => {
  try {
    return primaryKeysOf(after());
  } catch (error) {
    if (error instanceof Refusal) return before ? primaryKeysOf(before) : [];
    throw error;
  }
};
const userAfter = (before: DirectoryUser | undefined, put: UserPut): string[] =>
  keysAfter(
    before,
    () => ({ ...before, kind: 'user', dn: put.dn, texts: textsAfter(before, put) ?? {} }) as DirectoryUser,
  );
const groupAfter = (before: DirectoryGroup | undefined, put: GroupPut): string[] =>
  keysAfter(
    before,
    () => ({ ...before, kind: 'group', dn: put.dn, texts: numbersAfter(before, put) }) as DirectoryGroup,
  );

/** A group that the run is about: its keys before and after. */
interface Keyed {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Which group has a key, before the run and after it. */
class Holders {
  readonly #pointers: Pointers;
  readonly #groups: ReadonlyMap<GroupId, Keyed>;
  readonly #stored: ReadonlyMap<ObjectId, DirectoryObject | undefined>;
  /** Of two groups with one key that is free the first by id has it, whichever comes first in the file. */
  readonly #wanting = new Map<string, GroupId>();

  constructor(
    pointers: Pointers,
    groups: ReadonlyMap<GroupId, Keyed>,
    stored: ReadonlyMap<ObjectId, DirectoryObject | undefined>,
  ) {
    this.#pointers = pointers;
    this.#groups = groups;
    this.#stored = stored;
    for (const [group, { after }] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const key of after) if (!this.#wanting.has(key)) this.#wanting.set(key, group);
  }

  before(key: string): GroupId | undefined {
    const object = this.#stored.get(this.#pointers.get(key)?.id as ObjectId);
    return object?.kind === 'group' ? object.id : undefined;
  }

  after(key: string): GroupId | undefined {
    const before = this.before(key);
    const keyed = before && this.#groups.get(before);
    return before && (!keyed || keyed.after.includes(key)) ? before : this.#wanting.get(key);
  }

  /** True when users may have the key whom no group with it has met. */
  waits(key: string): boolean {
    const pointer = this.#pointers.get(key);
    return pointer?.awaited === true || (pointer?.id !== undefined && this.before(key) === undefined);
  }
}

/** Who joins and leaves which groups by this run, and which keys lead where afterwards. */
export const primaryOf = async (
  reader: Reader,
  intents: Intents,
  { endings, leaves = [] }: Resolution,
  known: Known,
): Promise<Primary> => {
  const ended = new Set<ObjectId>(endings.map(({ id }) => id));
  const listing = leaves.map(({ group }) => group).filter((group) => !intents.groups.has(group) && !ended.has(group));
  const listed = await readObjects(reader, [...new Set(listing)]);
  const object = (id: ObjectId) => known.objects.get(id) ?? listed.get(id);
  const keysOf = (id: ObjectId) => {
    const stored = object(id);
    return stored ? primaryKeysOf(stored) : [];
  };

  const groups = new Map<GroupId, Keyed>();
  for (const [group, { wish }] of intents.groups) {
    const after = groupAfter(object(group) as DirectoryGroup | undefined, wish);
    groups.set(group, { before: keysOf(group), after });
  }
  for (const { id } of intents.groupEndings) groups.set(id, { before: keysOf(id), after: [] });
  for (const group of listing) groups.set(group, { before: keysOf(group), after: keysOf(group) });
  const users = [...intents.users].map(([user, { entry, wish }]) => {
    const before = object(user) as DirectoryUser | undefined;
    return { user, entry, before, keys: userAfter(before, wish) };
  });

  const ofGroups = new Set([...groups.values()].flatMap(({ before, after }) => [...before, ...after]));
  const wanted = new Set(users.flatMap(({ keys }) => keys));
  const all = new Set([...ofGroups, ...wanted, ...users.flatMap(({ user }) => keysOf(user))]);
  const pointers = await readPointers(reader, [...all]);
  const ids = [...new Set([...pointers.values()].flatMap((pointer) => pointer?.id ?? []))];
  const holders = new Holders(pointers, groups, await readObjects(reader, ids));
  await awaitGroups(
    reader,
    pointers,
    [...wanted].filter((key) => holders.before(key) === undefined),
  );

  const joins: PrimaryMove[] = [];
  const left: PrimaryMove[] = [];
  const groupsNow = (keys: readonly string[]) => new Set(keys.flatMap((key) => holders.after(key) ?? []));
  const groupsBefore = (user: DirectoryUser | undefined) => new Set(user?.primary?.map(groupOf));
  for (const { entry, before, keys } of users) {
    const now = groupsNow(keys);
    for (const group of now) joins.push({ group, entry });
    for (const group of groupsBefore(before)) if (!now.has(group) && !ended.has(group)) left.push({ group, entry });
  }

  // Groups whose keys move take those along whom the file does not name.
  const isRenewed = (group: GroupId | undefined) => group && intents.groups.get(group)?.wish.renew !== undefined;
  const moving = new Set(
    [...ofGroups].filter((key) => {
      const after = holders.after(key);
      return after !== holders.before(key) || isRenewed(after) || (after !== undefined && holders.waits(key));
    }),
  );
  const losing = new Set([...moving].flatMap((key) => holders.before(key) ?? []));
  for (const other of await othersWith(reader, holders, [...moving])) {
    const user = other.id;
    if (intents.users.has(user) || ended.has(user)) continue;
    const entry = (group: GroupId) => intents.groups.get(group)?.entry ?? 0;
    const keys = primaryKeysOf(other).filter((key) => ofGroups.has(key));
    const now = groupsNow(keys);
    for (const group of groupsNow(keys.filter((key) => moving.has(key))))
      joins.push({ group, entry: entry(group), user });
    for (const group of groupsBefore(other))
      if (losing.has(group) && !now.has(group) && !ended.has(group)) left.push({ group, entry: entry(group), user });
  }

  const holds = [...all].flatMap((key) => {
    const group = holders.after(key);
    return group ? [[key, group] as const] : [];
  });
  const free = [...ofGroups].filter((key) => holders.before(key) && holders.after(key) === undefined);
  return { holds, free, joins, leaves: left };
};

/** The users of whom stored groups are the primary ones by such keys, and all users where some have yet to be met. */
const othersWith = async (reader: Reader, holders: Holders, keys: readonly string[]): Promise<DirectoryUser[]> => {
  const { store, key, run } = reader;
  const isUser = (object: DirectoryObject | undefined): object is DirectoryUser => object?.kind === 'user';
  if (keys.some((one) => holders.after(one) !== undefined && holders.waits(one)))
    return (await allObjects(store.db, key.tenant, run.source)).filter(isUser);
  const ids = new Set<UserId>();
  await together([...new Set(keys.flatMap((one) => holders.before(one) ?? []))], readAtOnce, async (group) => {
    for (const id of await directMembers(store.db, key.tenant, group)) ids.add(id);
  });
  return [...(await readObjects(reader, [...ids])).values()].filter(isUser);
};

/** Pointers as they are to be, those that are so already left alone. A run that ends half way has said what waits. */
const written = async (
  { store, key, run }: Reader,
  pointers: Pointers,
  changes: readonly { readonly digest: string; readonly after: Pointer | undefined }[],
): Promise<void> => {
  for (let at = 0; at < changes.length; at += atOnce)
    await writePatiently(
      store.db,
      changes
        .slice(at, at + atOnce)
        .map(({ digest, after }) =>
          replacedPointer(key.tenant, { source: run.source, digest, before: pointers.get(digest), after }),
        ),
    );
};

/** Marks keys that users are about to have and that no group has: it is only said where to look, so it can come first. */
const awaitGroups = (reader: Reader, pointers: Pointers, keys: readonly string[]): Promise<void> => {
  const fresh = keys.filter((key) => pointers.get(key)?.awaited !== true);
  return written(
    reader,
    pointers,
    fresh.map((digest) => ({ digest, after: awaited(pointers.get(digest), true) })),
  );
};

/** The last phase: keys lead to the groups that have them now. It decides nothing about anybody's access. */
export const notePrimaries = async (slice: Slice): Promise<boolean> => {
  const { holds = [], free = [] } = slice.resolution.primary ?? {};
  const delivered = holds.filter(([, group]) => slice.intents.groups.has(group));
  const wanted = new Map<string, GroupId | undefined>([...free.map((key) => [key, undefined] as const), ...delivered]);
  const pointers = await readPointers(slice, [...wanted.keys()]);
  const changes = [...wanted].flatMap(([digest, group]) => {
    const before = pointers.get(digest);
    const isSo = before?.id === group && before?.awaited === (group === undefined);
    return isSo ? [] : [{ digest, after: ofPrimary(before, group) }];
  });
  await written(slice, pointers, changes);
  return true;
};
