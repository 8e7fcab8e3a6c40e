// Sessions as items: a small one for the open session, one for its snapshot, and an entry in the list of the user's
// sessions. All expire by themselves; none is part of the book.
import { deflateSync, inflateSync } from 'node:zlib';
import * as z from 'zod';
import type { TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Access } from '../domain/book/records.ts';
import type { SessionsWrite, SessionWrite } from '../domain/change.ts';
import { isOpen, type Session, type Snapshot, sessionSchema, snapshotSchema } from '../domain/session.ts';
import { utf8 } from '../text/text.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { parsed, stored } from './items.ts';
import { keys, partitions } from './keys.ts';
import { timeToLive } from './table.ts';

/** The session of an item; `undefined` when it has expired, because the table removes expired items late. */
export const toSession = (item: Item | undefined, now: number): Session | undefined => {
  const session = item && parsed(sessionSchema(), item);
  return session && session.expires * 1000 > now ? session : undefined;
};

const compressed = lazy(() =>
  z.instanceof(Uint8Array).transform((bytes) => JSON.parse(utf8(inflateSync(bytes))) as unknown),
);
const snapshotItem = lazy(() => z.object({ kept: compressed().pipe(snapshotSchema()) }));

export const toSnapshot = (item: Item | undefined): Snapshot | undefined => item && parsed(snapshotItem(), item).kept;

/** Most bytes of a compressed snapshot, since an item holds 400 KB. */
const largest = 300_000;

/** Compresses a snapshot. @throws Refusal quota-exceeded */
const compress = (snapshot: Snapshot): Uint8Array => {
  const bytes = deflateSync(JSON.stringify(snapshot));
  if (bytes.length > largest)
    throw new Refusal(
      'quota-exceeded',
      'The rights of this user are too many to be kept for a session: grant them by fewer policies and roles.',
    );
  return bytes;
};

const remove = (Key: Item): TransactItem => ({ Delete: { Key, TableName: '' } });

export const sessionWrites = (tenant: TenantId, write: SessionWrite | SessionsWrite): TransactItem[] => {
  if (write.kind === 'sessions')
    return write.gone.map(({ user, id }) => remove({ ...keys.sessionEntry(tenant, user, id) }));
  const { before, after, snapshot } = write;
  const { id, user } = (after ?? before) as Session;
  const [key, entry] = [keys.session(tenant, id), keys.sessionEntry(tenant, user, id)];
  if (!after) {
    const present = { Delete: { Key: { ...key }, TableName: '', ConditionExpression: on.present } };
    const kept = before?.kept ? [remove({ ...keys.snapshot(tenant, id) })] : [];
    return [present, remove({ ...entry }), ...kept];
  }
  const put = (Item: Item): TransactItem => ({ Put: { Item, TableName: '', ConditionExpression: on.absent } });
  // The table removes the items when the session ends.
  const dated = { [timeToLive]: after.expires };
  const kept = snapshot && stored(keys.snapshot(tenant, id), { kept: compress(snapshot), ...dated });
  return [put(stored(key, after)), put(stored(entry, after)), ...(kept ? [put(kept)] : [])];
};

/** All open sessions of a user, in the order of their ids; a quota keeps them few. */
export const openSessions = async (db: Db, tenant: TenantId, access: Access): Promise<Session[]> => {
  const items = await db.all({ partition: partitions.sessions(tenant, access.id) });
  const now = db.clock.now();
  return items.map((item) => parsed(sessionSchema(), item)).filter((session) => isOpen(session, access, now));
};
