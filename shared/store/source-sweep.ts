// The sweep of deleted sources: removes what is stored of their directories, because DNs are personal. It decides nobody's
// access. It can begin anew at any time: an object goes only after the names that lead to it.
import type { SourceId, TenantId } from '../domain/base/ids.ts';
import { type DirectoryObject, directoryObject, dnDigest } from '../domain/directory.ts';
import { namesOf, primaryKeysOf } from '../domain/plan/directory-names.ts';
import { type Db, distinct } from './db.ts';
import { waitingOf } from './directory.ts';
import { parsed } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';
import { writePatiently } from './patiently.ts';

/** Objects read, and items removed, at a time. */
const objectsAtOnce = 50;
const itemsAtOnce = 50;

/** Sweeps the deleted sources of a tenant. Returns false when time is up and more is left. */
export const sourcesSwept = async (db: Db, tenant: TenantId, spent: () => boolean): Promise<boolean> => {
  const { items, done } = await db.page({ partition: partitions.sourceSweeps(tenant), limit: 25 });
  for (const { SK } of items) {
    const source = SK as SourceId;
    if (!(await sourceSwept(db, tenant, source, spent))) return false;
    await removed(db, [keys.sync(tenant, source), keys.sourceSweep(tenant, source)]);
  }
  return done;
};

const sourceSwept = async (db: Db, tenant: TenantId, source: SourceId, spent: () => boolean): Promise<boolean> => {
  for (const partition of partitions.objects(tenant, source))
    for (;;) {
      const page = await db.page({ partition, limit: objectsAtOnce });
      const objects = page.items.map((item) => parsed(directoryObject(), item));
      const names = await Promise.all(objects.map((object) => namesIn(db, tenant, source, object)));
      await removed(db, names.flat());
      await removed(
        db,
        objects.map(({ id }) => keys.object(tenant, source, id)),
      );
      if (page.done) break;
      if (spent()) return false;
    }
  for (;;) {
    const page = await db.page({ partition: partitions.runs(tenant, source), limit: itemsAtOnce });
    await removed(db, page.items as unknown as Key[]);
    if (page.done) return true;
    if (spent()) return false;
  }
};

/** The keys of what stands under the names of an object, and of the members that a group waits for. */
const namesIn = async (db: Db, tenant: TenantId, source: SourceId, object: DirectoryObject): Promise<Key[]> => {
  const own = object.kind === 'user' ? namesOf(object, undefined) : [dnDigest(object.dn)];
  const digests = [...own, ...primaryKeysOf(object)];
  const pointers = digests.map((digest) => keys.directory(tenant, source, digest));
  if (object.kind === 'user') return pointers;
  const waiting = await waitingOf(db, tenant, source, object.id);
  const awaited = waiting.flatMap(({ digest }) => [
    keys.directory(tenant, source, digest),
    keys.waiting(tenant, source, digest, object.id),
    keys.waitingOf(tenant, source, object.id, digest),
  ]);
  return [...pointers, ...awaited];
};

/** Removes items, whether they are there or not. */
const removed = async (db: Db, where: readonly Key[]): Promise<void> => {
  const all = distinct(where);
  for (let at = 0; at < all.length; at += itemsAtOnce)
    await writePatiently(
      db,
      all.slice(at, at + itemsAtOnce).map(({ PK, SK }) => ({ Delete: { Key: { PK, SK }, TableName: '' } })),
    );
};
