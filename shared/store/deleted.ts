// Deleted users: one item each, compressed because own grants and a directory's attributes can be long. It stands in the
// list of deleted users by name until the user is back, and expires.
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { TenantId, UserId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { DeletedWrite } from '../domain/change.ts';
import { type DeletedUser, deletedUserSchema } from '../domain/deleted.ts';
import { utf8 } from '../text/text.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { expiry } from './directory.ts';
import { parsed, stored } from './items.ts';
import { keys, nameKey, partitions } from './keys.ts';
import { byName, type Placed, type UserFilter } from './lists.ts';
import { timeToLive } from './table.ts';

const itemSchema = lazy(() => z.object({ [timeToLive]: z.int(), bytes: z.instanceof(Uint8Array) }));

/** A deleted user, with the time when the item expires, in milliseconds since 1970. */
export interface Restorable {
  readonly deleted: DeletedUser;
  readonly until: number;
}

/** The deleted user of an item; `undefined` once it has expired, because the table removes expired items late. */
export const toDeleted = (item: Item | undefined, now: number): Restorable | undefined => {
  if (!item) return undefined;
  const { [timeToLive]: expires, bytes } = parsed(itemSchema(), item);
  if (expires * 1000 <= now) return undefined;
  const content = JSON.parse(utf8(gunzipSync(bytes)));
  return { deleted: parsed(deletedUserSchema(), content), until: expires * 1000 };
};

export const deletedWrite = (tenant: TenantId, { id, after }: DeletedWrite): TransactItem => {
  const key = keys.deleted(tenant, id);
  if (!after) return { Delete: { Key: key, TableName: '' } };
  const listed = after.restored === undefined && {
    NPK: partitions.deletedNameOf(tenant, id),
    NSK: nameKey(after.profile.name, id),
  };
  const bytes = new Uint8Array(gzipSync(JSON.stringify(after)));
  const expires = expiry(Date.parse(after.deletedAt));
  return { Put: { Item: stored(key, { bytes, ...listed, [timeToLive]: expires }), TableName: '' } };
};

/** Deleted users in the order of their names. @param size users read at a time */
export const listDeleted = (
  db: Db,
  tenant: TenantId,
  filter: UserFilter<Restorable>,
  size: number,
  after?: string,
): AsyncGenerator<Placed<Restorable>> =>
  byName(db, partitions.deletedNames(tenant), filter, size, after, async (ids: readonly UserId[]) => {
    const items = await db.read(ids.map((id) => keys.deleted(tenant, id)));
    return items.flatMap((item) => {
      const one = toDeleted(item, db.clock.now());
      return one ? [{ id: one.deleted.id, item: one }] : [];
    });
  });
