// The beginning of every slice of a run: the file is read again, and its names are resolved to objects. The first slice
// resolves them from stored data before anything is written, and stores the result; later slices read that result.

import type { GroupId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import {
  type DirectoryObject,
  type DirectoryUser,
  directoryGroupId,
  directoryUserId,
  dnDigest,
  idDigest,
  type ObjectId,
  type Run,
  type Swept,
} from '../domain/directory.ts';
import { textsAfter, type UserPut, uidsOf } from '../domain/plan/directory-names.ts';
import { parseNdjson } from '../ldif/ndjson.ts';
import { type FoldedEntry, type FoldResult, foldRecords, readFile } from '../ldif/net-effect.ts';
import type { LdifIgnored, LdifRecord } from '../ldif/parse.ts';
import { foldStated } from '../ldif/stated.ts';
import { allObjects, objectPages, waitingFor } from '../store/directory.ts';
import { type RunKey, readBatch, readBatches, readBody, readPlan, savePlan } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { type Intents, intentsOf } from './intents.ts';
import { primaryOf } from './primary.ts';
import {
  carriedTo,
  idsOf,
  type Known,
  type Leave,
  packedTargets,
  placesOf,
  type Resolution,
  renamesAbove,
  resolve,
  statedId,
  unpackedTargets,
} from './resolve.ts';
import { readObjects, readPointers, type Slice, together } from './slice.ts';

type Reader = Pick<Slice, 'store' | 'key' | 'run'>;

/** The texts of a run, with the number of lines before each. */
async function* textsOf({ store, key, run }: Reader): AsyncGenerator<{ text: string; before: number }> {
  if (run.batches === undefined) {
    yield { text: await readBody(store.db, key, run), before: 0 };
    return;
  }
  let before = 0;
  for (const batch of await readBatches(store.db, key)) {
    yield { text: await readBatch(store.db, key, batch), before };
    before += batch.lines;
  }
}

const broken = () =>
  new Error('the stored content of a run does not parse, although it was valid when it was accepted');

/** The parsed content of a run, with the lines of all batches counted on. It was valid when it was accepted. */
export const foldOf = async (reader: Reader): Promise<FoldResult> => {
  const { run } = reader;
  // It is read as of the time it arrived, so every slice reads the same (account expiry depends on the time).
  const now = Date.parse(run.createdAt);
  if (run.form === 'ndjson') {
    const entries: FoldedEntry[] = [];
    for await (const { text, before } of textsOf(reader)) {
      const parsed = parseNdjson(text);
      if (!parsed.ok) throw broken();
      for (const entry of foldStated(parsed.entries, before, now, run.dialect).entries) entries.push(entry);
    }
    return { entries, subtreeRenames: [], formerDns: new Map(), errors: [], ignored: [] };
  }
  const records: LdifRecord[] = [];
  const ignored: LdifIgnored[] = [];
  for await (const { text, before } of textsOf(reader)) {
    const parsed = readFile(text, run.dialect);
    if (!parsed.ok) throw broken();
    for (const record of parsed.records) records.push({ ...record, line: record.line + before });
    for (const one of parsed.ignored) ignored.push({ ...one, line: one.line + before });
  }
  const fold = foldRecords(records, now, run.dialect);
  return { ...fold, ignored: [...ignored, ...fold.ignored] };
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
  const given = fold.entries.flatMap((entry) => {
    const stated = statedId(run.source, entry);
    if (stated && run.kind !== 'full') return [stated];
    return entry.immutableId ? idsOf(run.source, entry.immutableId) : [];
  });
  const found = [...pointers.values()].flatMap((pointer) => [
    ...(pointer?.id ? [pointer.id] : []),
    ...(pointer?.stale ?? []),
  ]);
  const ids = new Set<ObjectId>([...given, ...found]);
  const { objects, sweeps } =
    run.kind === 'full' ? await everyObject(reader, ids) : { objects: await readObjects(reader, [...ids]) };
  if (!sweeps)
    for (const [id, object] of await readObjects(reader, otherKinds(run, fold, objects))) objects.set(id, object);
  for (const object of all) objects.set(object.id, object);
  return {
    source: run.source,
    file: run.file,
    objects,
    pointers,
    renames,
    all,
    ...(sweeps && { sweeps }),
    ...(run.epoch !== undefined && { epoch: run.epoch }),
  };
};

/**
 * What may be stored under the immutable ids of entries that state objects as of a kind in which they are not stored: the
 * object may have been of the other kind. Whoever is stored needs no second look.
 */
const otherKinds = ({ source }: Run, fold: FoldResult, objects: Known['objects']): ObjectId[] =>
  fold.entries.flatMap((entry) => {
    const id = entry.present && statedId(source, entry);
    if (!id || objects.get(id)) return [];
    return idsOf(source, entry.immutableId as string).filter((one) => one !== id && !objects.has(one));
  });

/**
 * The objects that a full run names, and the ids of all. They are read as ranges, because a full run names nearly all of
 * them, and a range costs a fraction of so many keys.
 */
const everyObject = async ({ store, key, run }: Reader, ids: ReadonlySet<ObjectId>) => {
  const objects = new Map<ObjectId, DirectoryObject | undefined>();
  const sweeps: Swept[] = [];
  for await (const page of objectPages(store.db, key.tenant, run.source))
    for (const object of page) {
      sweeps.push({ id: object.id, life: object.life });
      if (ids.has(object.id)) objects.set(object.id, object);
    }
  return { objects, sweeps };
};

/** Resolves the names of the file to objects, and stores the result. */
export const resolveRun = async (reader: Reader, fold: FoldResult, next: number): Promise<void> => {
  const known = await knownFor(reader, fold);
  const resolution = resolve(fold, known);
  const intents = intentsOf(fold, resolution, reader.run, known.objects);
  const leaves = await leavesOf(reader, intents, known);
  const primary = await primaryOf(reader, intents, { ...resolution, leaves }, known);
  const plan: Resolution = { ...resolution, leaves, primary };
  const targets = packedTargets(fold, reader.run, plan.targets);
  await savePlan(reader.store.db, reader.key, JSON.stringify({ ...plan, targets }), next);
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
  const stored = JSON.parse(await readPlan(store.db, key, run)) as Resolution;
  const resolution = { ...stored, targets: unpackedTargets(fold, run, stored.targets) };
  const froms = [...resolution.targets, ...resolution.carried].flatMap((target) => target?.from ?? []);
  const objects = await readObjects(reader, [...new Set(froms)]);
  const intents = intentsOf(fold, resolution, run, objects);
  const members = new Set(intents.memberships.flatMap(({ add, remove }) => [...add, ...remove]));
  const outside = [...members].filter((digest) => intents.uids.has(digest) || !intents.names.has(digest));
  const pointers = await readPointers(
    reader,
    outside.filter((digest) => !intents.memberIds.has(digest)),
  );
  const ids = outside.flatMap((digest) => intents.memberIds.get(digest) ?? []);
  const found = await objectsOf(reader, ids);
  const storedUnder = (digest: string) => found.get(digest) ?? pointers.get(digest)?.id;
  return { resolution, intents, named: namer(intents, resolution, storedUnder) };
};

/** The stored objects of immutable ids, by the digest of the id: users first, because most members are. */
const objectsOf = async (reader: Reader, immutableIds: readonly string[]): Promise<Map<string, ObjectId>> => {
  const { source } = reader.run;
  const found = new Map<string, ObjectId>();
  for (const idOf of [directoryUserId, directoryGroupId]) {
    const rest = immutableIds.filter((id) => !found.has(idDigest(id)));
    const objects = await readObjects(
      reader,
      rest.map((id) => idOf(source, id)),
    );
    for (const id of rest) {
      const object = objects.get(idOf(source, id));
      if (object) found.set(idDigest(id), object.id);
    }
  }
  return found;
};

/** Resolves a name to the same object in every slice: a stored name counts only if the file does not move it. */
const namer = (
  intents: Intents,
  { endings }: Resolution,
  storedUnder: (digest: string) => ObjectId | undefined,
): Slice['named'] => {
  const ended = new Set(endings.map(({ id }) => id));
  const renamed = (id: ObjectId, digest: string): boolean => {
    if (intents.groups.has(id as never)) return true;
    const user = intents.users.get(id as never);
    // An entry that describes a user in full gives the user exactly the names in it.
    return user !== undefined && (!intents.uids.has(digest) || user.wish.texts !== undefined);
  };
  return (digest: string): ObjectId | undefined => {
    const given = intents.names.get(digest);
    const stored = storedUnder(digest);
    if (stored !== undefined && !ended.has(stored) && (stored === given || !renamed(stored, digest))) return stored;
    return given;
  };
};
