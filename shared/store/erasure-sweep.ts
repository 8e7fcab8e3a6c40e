// The sweep of erased persons: removes the values that events refer to. Reads hide them since the erasure.
import * as z from 'zod';
import { type TenantId, timePrefix, type UserId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { Db } from './db.ts';
import { parsed } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';
import { writePatiently } from './patiently.ts';

const erasureSchema = lazy(() => z.object({ SK: z.string(), at: z.int() }));

/** Values removed at a time. */
const valuesAtOnce = 50;

/** Sweeps the erased persons of a tenant. Returns false when time is up and more is left. */
export const erasuresSwept = async (db: Db, tenant: TenantId, spent: () => boolean): Promise<boolean> => {
  const { items, done } = await db.page({ partition: partitions.erasures(tenant), limit: 25 });
  for (const item of items) {
    const { SK, at } = parsed(erasureSchema(), item);
    const user = SK as UserId;
    if (!(await valuesSwept(db, tenant, user, at, spent))) return false;
    await removed(db, [keys.erasure(tenant, user)]);
  }
  return done;
};

/** Values of a life that a directory has begun since stay. */
const valuesSwept = async (db: Db, tenant: TenantId, user: UserId, at: number, spent: () => boolean) => {
  const range = { partition: partitions.values(tenant, user), to: `e${timePrefix(at + 1)}`, limit: valuesAtOnce };
  for (;;) {
    const { items, done } = await db.page(range);
    await removed(db, items as unknown as Key[]);
    if (done) return true;
    if (spent()) return false;
  }
};

const removed = async (db: Db, where: readonly Key[]): Promise<void> => {
  if (where.length === 0) return;
  await writePatiently(
    db,
    where.map(({ PK, SK }) => ({ Delete: { Key: { PK, SK }, TableName: '' } })),
  );
};
