// The beginning of every slice of a run: the file is read again, and its names are resolved to objects. The first slice
// resolves them from stored data before anything is written, and stores the result; later slices read that result.

import type { GroupId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { type DirectoryUser, dnDigest, type ObjectId, type Pointer, type Run } from '../domain/directory.ts';
import { textsAfter, type UserPut, uidsOf } from '../domain/plan/directory-names.ts';
import { type FoldResult, foldFile } from '../ldif/net-effect.ts';
import { allObjects, waitingFor } from '../store/directory.ts';
import { type RunKey, readBody, readPlan, savePlan } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { type Intents, intentsOf } from './intents.ts';
import { primaryOf } from './primary.ts';
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

/** The parsed file of a run. The file was valid when it was accepted. */
export const foldOf = async ({ store, key, run }: Reader): Promise<FoldResult> => {
  // The file is read as of the time it arrived, so every slice reads the same (account expiry depends on the time).
  const file = foldFile(await readBody(store.db, key, run), Date.parse(run.createdAt), run.dialect);
  if (!file.ok) throw new Error('the stored file of a run does not parse, although it was valid when it was accepted');
  return file.fold;
};

/** The stored data that the file touches. */
const knownFor = async (reader: Reader, fold: FoldResult): Promise<Known> => {
  const { store, key, run } = reader;
  const pointers = await readPointers(reader, placesOf(fold.entries));
  const renames = renamesAbove(fold, pointers);
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
  return { source: run.source, file: run.file, objects, pointers, renames, all };
};

/** Resolves the names of the file to objects, and stores the result. */
export const resolveRun = async (reader: Reader, fold: FoldResult, next: number): Promise<void> => {
  const known = await knownFor(reader, fold);
  const resolution = resolve(fold, known);
  const intents = intentsOf(fold, resolution, reader.run.file, known.objects);
  const leaves = await leavesOf(reader, intents, known);
  const primary = await primaryOf(reader, intents, { ...resolution, leaves }, known);
  const plan: Resolution = { ...resolution, leaves, primary };
  await savePlan(reader.store.db, reader.key, JSON.stringify(plan), next);
};

/** The digests of a user's logins after a put; the present ones if the put would be refused. */
const loginsAfter = (object: DirectoryUser, put: UserPut): string[] => {
  try {
    return uidsOf(textsAfter(object, put));
  } catch (error) {
    if (error instanceof Refusal) return uidsOf(object.texts);
    throw error;
  }
};

/**
 * Users who leave groups because they lose a login that the groups list. Found before the first write, because later
 * writes change the lists.
 */
const leavesOf = async (reader: Reader, intents: Intents, known: Known): Promise<Leave[]> => {
  const { store, key, run } = reader;
  const losers = [...intents.users].flatMap(([user, { entry, wish }]) => {
    const object = known.objects.get(user);
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

interface Loaded {
  readonly resolution: Resolution;
  readonly intents: Intents;
  readonly named: Slice['named'];
}

/** The operations of the file, with the resolved names of members. */
export const load = async (store: Store, key: RunKey, run: Run, fold: FoldResult): Promise<Loaded> => {
  const reader = { store, key, run };
  // The cast is safe because only this program writes the plan.
  const resolution = JSON.parse(await readPlan(store.db, key, run)) as Resolution;
  const froms = [...resolution.targets, ...resolution.carried].flatMap((target) => target?.from ?? []);
  const objects = await readObjects(reader, [...new Set(froms)]);
  const intents = intentsOf(fold, resolution, run.file, objects);
  const members = new Set(intents.memberships.flatMap(({ add, remove }) => [...add, ...remove]));
  const outside = [...members].filter((digest) => intents.uids.has(digest) || !intents.names.has(digest));
  return { resolution, intents, named: namer(intents, resolution, await readPointers(reader, outside)) };
};

/** Resolves a name to the same object in every slice: a stored name counts only if the file does not move it. */
const namer = (intents: Intents, { endings }: Resolution, pointers: ReadonlyMap<string, Pointer | undefined>) => {
  const ended = new Set(endings.map(({ id }) => id));
  const renamed = (id: ObjectId, digest: string): boolean => {
    if (intents.groups.has(id as never)) return true;
    const user = intents.users.get(id as never);
    // An entry that describes a user in full gives the user exactly the names in it.
    return user !== undefined && (!intents.uids.has(digest) || user.wish.texts !== undefined);
  };
  return (digest: string): ObjectId | undefined => {
    const given = intents.names.get(digest);
    const stored = pointers.get(digest)?.id;
    if (stored !== undefined && !ended.has(stored) && (stored === given || !renamed(stored, digest))) return stored;
    return given;
  };
};
