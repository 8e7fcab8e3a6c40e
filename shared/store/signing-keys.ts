// The keys that sign snapshot tokens. The private half is sealed by a vault, so that reading the table gives nobody the
// power to sign.
import * as z from 'zod';
import { lazy } from '../domain/base/lazy.ts';
import type { Db } from './db.ts';
import { parsed, stored } from './items.ts';
import { keys, partitions } from './keys.ts';
import { writePatiently } from './patiently.ts';
import { timeToLive } from './table.ts';

const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const storedKey = lazy(() => z.object({ x: z.string(), y: z.string(), sealed: bytes, made: z.int().positive() }));
/** A key on P-256: the coordinates of its public half (RFC 7518, section 6.2.1), and the sealed private half. */
export type StoredKey = Readonly<z.infer<ReturnType<typeof storedKey>>>;

/** Milliseconds for which a key is the newest; then the next request for a token makes another. */
export const rotation = 86_400_000;
/** Milliseconds for which a key is published. */
export const publication = 3 * rotation;

/** The keys of a ring that are published now, the newest first. */
export const signingKeys = async (db: Db, ring: string): Promise<StoredKey[]> => {
  const items = await db.all({ partition: partitions.ring(ring) });
  const found = items.map((item) => parsed(storedKey(), item));
  // Expired items may stay for days.
  return found.filter(({ made }) => made > db.clock.now() - publication).sort((a, b) => b.made - a.made);
};

/**
 * Adds a key, unless another process has added one in the same period.
 * @param beside the vault that has sealed it, where keys of another vault of the ring are in the way
 */
export const addSigningKey = async (db: Db, ring: string, key: StoredKey, beside?: string): Promise<void> => {
  const value = { ...key, [timeToLive]: Math.ceil((key.made + publication) / 1_000) };
  const Item = stored(keys.signingKey(ring, Math.floor(key.made / rotation), beside), value);
  await writePatiently(db, [{ Put: { Item, TableName: '', ConditionExpression: 'attribute_not_exists(PK)' } }]);
};
