// The beginning of every slice of a run: the file read again, and what its names stand for. The first slice finds that out
// by reading what is stored before anything is written, and keeps it; the later ones take it as found.

import type { GroupId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import {
  type DirectoryObject,
  type DirectoryUser,
  dnDigest,
  type ObjectId,
  type Pointer,
  type Run,
} from '../domain/directory.ts';
import { textsAfter, type UserPut, uidsOf } from '../domain/plan/directory-names.ts';
import { type FoldResult, foldFile } from '../ldif/net-effect.ts';
import { allObjects, waitingFor } from '../store/directory.ts';
import { type RunKey, readBody, readPlan, savePlan } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { type Intents, intentsOf } from './intents.ts';
import {
  carriedTo,
  idsOf,
  type Known,
  type Leave,
  placesOf,
  type Resolution,
  renamesAbove,
  resolve,
} from './resolve.ts';
import { readObjects, readPointers, type Slice, together } from './slice.ts';

type Reader = Pick<Slice, 'store' | 'key' | 'run'>;

/** The file of a run, which was found sound when it came. */
export const foldOf = async ({ store, key, run }: Reader): Promise<FoldResult> => {
  // As of when the file came: every slice reads the same in it.
  const file = foldFile(await readBody(store.db, key, run), Date.parse(run.createdAt), run.dialect);
  if (!file.ok) throw new Error('the file of a run does not parse');
  return file.fold;
};

/** What is stored, as far as the file touches it. */
const knownFor = async (reader: Reader, fold: FoldResult): Promise<Known> => {
  const { store, key, run } = reader;
  const pointers = await readPointers(reader, placesOf(fold.entries));
  const renames = renamesAbove(fold, (digest) => pointers.get(digest));
  const all = renames.length > 0 ? await allObjects(store.db, key.tenant, run.source) : [];
  const moved = all.map(({ dn }) => carriedTo(dn, renames)).filter((dn, i) => dn !== all[i]?.dn);
  for (const [digest, pointer] of await readPointers(reader, [...new Set(moved.map(dnDigest))]))
    pointers.set(digest, pointer);
  const given = fold.entries.flatMap(({ immutableId }) => (immutableId ? idsOf(run.source, immutableId) : []));
  const found = [...pointers.values()].flatMap((pointer) => [
    ...(pointer?.id ? [pointer.id] : []),
    ...(pointer?.stale ?? []),
  ]);
  const objects = await readObjects(reader, [...new Set([...given, ...found])]);
  for (const object of all) objects.set(object.id, object);
  return {
    source: run.source,
    file: run.file,
    object: (id) => objects.get(id),
    pointer: (digest) => pointers.get(digest),
    renames,
    all,
  };
};

/** Finds out what the names of the file stand for. */
export const resolveRun = async (reader: Reader, fold: FoldResult, next: number): Promise<void> => {
  const known = await knownFor(reader, fold);
  const resolution = resolve(fold, known);
  const leaves = await leavesOf(reader, intentsOf(fold, resolution, reader.run.file, known.object), known);
  await savePlan(reader.store.db, reader.key, JSON.stringify({ ...resolution, leaves }), next);
};

/** The digests of a user's logins after a put; those of before where it will be refused. */
const loginsAfter = (object: DirectoryUser, put: UserPut): string[] => {
  try {
    return uidsOf(textsAfter(object, put));
  } catch (error) {
    if (error instanceof Refusal) return uidsOf(object.texts);
    throw error;
  }
};

/** Who leaves which groups because a login changes hands: found before the first write, while the lists are as they were. */
const leavesOf = async (reader: Reader, intents: Intents, known: Known): Promise<Leave[]> => {
  const { store, key, run } = reader;
  const losers = [...intents.users].flatMap(([user, { entry, wish }]) => {
    const object = known.object(user);
    if (object?.kind !== 'user') return [];
    const after = loginsAfter(object, wish);
    const lost = uidsOf(object.texts).filter((uid) => !after.includes(uid));
    return lost.length > 0 ? [{ user, entry, wish, after, lost }] : [];
  });
  const pointers = await readPointers(reader, [...new Set(losers.flatMap(({ after, lost }) => [...after, ...lost]))]);
  const listing = async (digest: string): Promise<GroupId[]> => {
    if (!pointers.get(digest)?.awaited) return [];
    const waiting = await waitingFor(store.db, key.tenant, run.source, digest);
    return waiting.flatMap(({ group, uid }) => (uid ? [group] : []));
  };
  const leaves: Leave[] = [];
  await together(losers, 8, async ({ user, entry, wish, after, lost }) => {
    const has = (uid: string) => {
      const id = pointers.get(uid)?.id;
      return id === undefined || id === user || wish.givenUp?.(id, uid) === true;
    };
    const stays = new Set((await Promise.all(after.filter(has).map(listing))).flat());
    for (const group of new Set((await Promise.all(lost.map(listing))).flat()))
      if (!stays.has(group)) leaves.push({ user, group, entry });
  });
  return leaves;
};

export interface Loaded {
  readonly resolution: Resolution;
  readonly intents: Intents;
  readonly named: Slice['named'];
}

/** What the file asks for, and whom its members' names stand for. */
export const load = async (store: Store, key: RunKey, run: Run, fold: FoldResult): Promise<Loaded> => {
  const reader = { store, key, run };
  // Written by this very program, and by nobody else.
  const resolution = JSON.parse(await readPlan(store.db, key, run)) as Resolution;
  const froms = [...resolution.targets, ...resolution.carried].flatMap((target) => target?.from ?? []);
  const objects: Map<ObjectId, DirectoryObject | undefined> = await readObjects(reader, [...new Set(froms)]);
  const intents = intentsOf(fold, resolution, run.file, (id) => objects.get(id));
  const members = new Set(intents.memberships.flatMap(({ add, remove }) => [...add, ...remove]));
  const outside = [...members].filter((digest) => intents.uids.has(digest) || !intents.names.has(digest));
  return { resolution, intents, named: namer(intents, resolution, await readPointers(reader, outside)) };
};

/** The same answer in every slice: what a stored name stands for counts only while the file does not move it. */
const namer = (intents: Intents, { endings }: Resolution, pointers: ReadonlyMap<string, Pointer | undefined>) => {
  const ended = new Set(endings.map(({ id }) => id));
  const renamed = (id: ObjectId, digest: string): boolean => {
    if (intents.groups.has(id as never)) return true;
    const user = intents.users.get(id as never);
    // By an entry that says it all, a user has the names in it and no others.
    return user !== undefined && (!intents.uids.has(digest) || user.wish.texts !== undefined);
  };
  return (digest: string): ObjectId | undefined => {
    const given = intents.names.get(digest);
    const stored = pointers.get(digest)?.id;
    if (stored !== undefined && !ended.has(stored) && (stored === given || !renamed(stored, digest))) return stored;
    return given;
  };
};
