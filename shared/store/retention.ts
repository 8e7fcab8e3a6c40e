// The end of an event's retention: it leaves the table with everything that belongs to it, once it is exported and told by
// its day's manifest. The segment keeps its hashes, so that later ones stay provable, and drops the ids. One segment a
// slice; repeated after a death, a slice goes on where the other stopped.
import { chunked } from '../domain/base/collections.ts';
import { type EventId, eventAfter, type TenantId, type UserId } from '../domain/base/ids.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { toEvent } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';
import { writePatiently } from './patiently.ts';
import { beforeAll, moved, type SealState, sealStateOf, segmentWith, toSealedIds } from './seal-state.ts';
import { SealedRange } from './sealed-events.ts';
import { sealLate } from './sealing.ts';

/** Items removed at a time. */
const removedAtOnce = 25;

interface Expired {
  /** Number of events that have left the table. */
  readonly expired: number;
  /** Number of events that were never sealed, and now are: they stay until they are exported as well. */
  readonly late: number;
  /** True when more may leave now. */
  readonly more: boolean;
}
const nothing: Expired = { expired: 0, late: 0, more: false };

/**
 * Removes the events of the oldest segment that is left, if all of them are old enough and exported.
 * @param before milliseconds since 1970: the end of the retention
 */
export const expireSlice = async (
  db: Db,
  tenant: TenantId,
  { before }: { readonly before: number },
): Promise<Expired> => {
  const state = await sealStateOf(db, tenant);
  const segment = state && (await segmentWith(db, tenant, state.expired + 1));
  if (!segment || Date.parse(segment.to) >= before) return nothing;
  if (segment.last > state.exported || segment.day > (state.manifest?.day ?? '')) return nothing;
  const [item] = await db.read([keys.segment(tenant, segment.last)]);
  const { ids = [], late } = item ? toSealedIds(item) : { ids: [], late: false };
  if (ids.length > 0) {
    const unsealed = late ? [] : await neverSealed(db, tenant, ids);
    if (unsealed.length > 0) return { expired: 0, late: await sealLate(db, tenant, state, unsealed), more: true };
    await removed(db, tenant, ids, late);
  }
  const done = await writePatiently(db, [withoutIds(tenant, segment.last), expiredTo(tenant, state, segment.last)]);
  return { expired: done ? ids.length : 0, late: 0, more: true };
};

const expiredTo = (tenant: TenantId, { expired }: SealState, last: number): TransactItem =>
  moved(tenant, { expired: last }, on.expiredAs, { ':was': expired });

const withoutIds = (tenant: TenantId, last: number): TransactItem => ({
  Update: {
    Key: keys.segment(tenant, last),
    TableName: '',
    UpdateExpression: 'REMOVE ids',
    ConditionExpression: on.present,
  },
});

/** Events from the end of the segment before to the end of this one that no segment has: nothing may be lost with them. */
const neverSealed = async (db: Db, tenant: TenantId, ids: readonly EventId[]): Promise<Item[]> => {
  const last = ids.at(-1) as EventId;
  const [own, start] = [keys.segmentAt(tenant, last).SK, keys.segmentAt(tenant, beforeAll as EventId).SK];
  const pointers = { partition: partitions.seal(tenant), from: start, after: own, backwards: true, limit: 1 };
  const { items } = await db.page(pointers);
  const after = items[0] ? String(items[0].SK).slice('AT#'.length) : beforeAll;
  const range = new SealedRange(db, tenant);
  const found = partitions.events(tenant).map((partition) => db.all({ partition, after, to: last }));
  const events = (await Promise.all(found)).flat();
  return range.unsealed(events.sort((a, b) => (String(a.SK) < String(b.SK) ? -1 : 1)));
};

/** The keys of a range, as far as they belong to one of these events. */
const keysIn = async (db: Db, where: readonly string[], ids: readonly EventId[], late: boolean): Promise<Key[]> => {
  const wanted = new Set<string>(ids);
  const ranges = late
    ? ids.map((id) => ({ from: id, to: eventAfter(id, 1) }))
    : [{ from: ids[0] as string, to: eventAfter(ids.at(-1) as EventId, 1) }];
  const found = where.flatMap((partition) => ranges.map((range) => db.all({ partition, ...range })));
  return (await Promise.all(found))
    .flat()
    .map(({ PK, SK }) => ({ PK, SK }) as Key)
    .filter(({ SK }) => wanted.has(SK.split('#')[0] as string));
};

/**
 * Removes events with all that belongs to them. Personal texts go before the event that leads to them, and the parts of a
 * difference after the event that needs them.
 */
const removed = async (db: Db, tenant: TenantId, ids: readonly EventId[], late: boolean): Promise<void> => {
  const items = await db.read(ids.map((id) => keys.event(tenant, id)));
  const texts = items.flatMap((item) => {
    const event = toEvent(item);
    return event?.valuesOf ? [keys.personalOf(tenant, event.valuesOf as UserId, event.id as EventId)] : [];
  });
  const copies = await keysIn(db, partitions.eventCopies(tenant), ids, late);
  const own = ids.map((id) => keys.event(tenant, id));
  const parts = await keysIn(db, partitions.eventParts(tenant), ids, late);
  const pointers = late ? ids.map((id) => keys.late(tenant, id)) : [];
  for (const some of [texts, copies, own, parts, pointers])
    for (const few of chunked(some, removedAtOnce)) await Promise.all(few.map((key) => db.remove(key)));
};
