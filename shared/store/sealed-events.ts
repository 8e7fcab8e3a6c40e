// What is sealed of a tenant: which events, under which sequences, and their lines as they were sealed.
import { eventLine } from '../audit/line.ts';
import { linesHash, type Segment } from '../audit/segment.ts';
import { chunked } from '../domain/base/collections.ts';
import type { EventId, TenantId } from '../domain/base/ids.ts';
import { byBytes, type Db, type Item } from './db.ts';
import { withParts } from './event-content.ts';
import { type StoredEvent, toEvent } from './items.ts';
import { keys, partitions } from './keys.ts';
import { SealBroken } from './seal-broken.ts';
import { placeAt, segmentWith, toSealedIds, toSegment } from './seal-state.ts';

/** The events were removed from the table when their retention was over. The message says where they are. */
export class EventsExpired extends Error {
  override name = 'EventsExpired';
}

type EventToSeal = Omit<StoredEvent, 'count'> & { readonly count?: number };

/** An event as it is sealed, without the parts of its difference. What was counted after the seal counts no more. */
export const sealable = (item: Item): EventToSeal => {
  const { count, ...event } = toEvent(item) as StoredEvent;
  if (item.count === undefined) return event;
  const { sealedCount = count, sealedLast: last = event.last } = item as { sealedCount?: number; sealedLast?: string };
  return { ...event, count: sealedCount, last };
};

/** The line of an event. */
export const sealedLine = async (
  db: Db,
  tenant: TenantId,
  event: EventToSeal,
  { form, sequence, late }: { readonly form: number; readonly sequence: number; readonly late: boolean },
): Promise<string> => {
  const whole = event.parts > 0 ? await withParts(db, tenant, event as StoredEvent) : event;
  return eventLine(form, tenant, sequence, { ...event, difference: whole.difference, ...(late && { late }) } as never);
};

/** The sealed events of a range, read as far as it is asked for. */
export class SealedRange {
  readonly #db: Db;
  readonly #tenant: TenantId;
  /** The ids of segments by the sequence of their last event. */
  readonly #segments = new Map<number, ReadonlySet<string>>();

  constructor(db: Db, tenant: TenantId) {
    this.#db = db;
    this.#tenant = tenant;
  }

  /** The events that are not sealed. @param items events in the order of their ids */
  async unsealed(items: readonly Item[]): Promise<Item[]> {
    const [first, last] = [items[0]?.SK, items.at(-1)?.SK] as [EventId | undefined, EventId | undefined];
    if (first === undefined || last === undefined) return [];
    const [segments, late] = await Promise.all([this.#segmentsFrom(first, last), this.#lateFrom(first, last)]);
    const known = [late, ...(await this.#idsOf(segments))];
    return items.filter(({ SK }) => !known.some((ids) => ids.has(SK as string)));
  }

  /** The segments that may have an event of the range, by the sequences of their last events. */
  async #segmentsFrom(first: EventId, last: EventId): Promise<number[]> {
    const found: number[] = [];
    const [end, partition] = [keys.segmentAt(this.#tenant, last).SK, partitions.seal(this.#tenant)];
    for (let after: string | undefined, done = false; !done; ) {
      const from = after === undefined ? { from: keys.segmentAt(this.#tenant, first).SK } : { after };
      const page = await this.#db.page({ partition, ...from, to: 'AT$', limit: 10 });
      for (const item of page.items) {
        if (done) break;
        found.push(Number(item.last));
        after = String(item.SK);
        done = byBytes(after, end) >= 0;
      }
      done ||= page.done;
    }
    return found;
  }

  async #lateFrom(first: EventId, last: EventId): Promise<ReadonlySet<string>> {
    const [from, to] = [first, last].map((id) => keys.late(this.#tenant, id).SK) as [string, string];
    const items = await this.#db.all({ partition: partitions.seal(this.#tenant), from, to });
    return new Set(items.map(({ SK }) => String(SK).slice('LATE#'.length)));
  }

  async #idsOf(segments: readonly number[]): Promise<ReadonlySet<string>[]> {
    for (const last of this.#segments.keys()) if (!segments.includes(last)) this.#segments.delete(last);
    const missing = segments.filter((last) => !this.#segments.has(last));
    const items = await this.#db.read(missing.map((last) => keys.segment(this.#tenant, last)));
    for (const [i, last] of missing.entries())
      this.#segments.set(last, new Set(items[i] ? (toSealedIds(items[i]).ids ?? []) : []));
    return segments.map((last) => this.#segments.get(last) as ReadonlySet<string>);
  }
}

interface Place {
  readonly segment: Segment;
  readonly sequence: number;
  readonly late: boolean;
}

/**
 * Where an event is sealed; `undefined` when it is not.
 * @throws EventsExpired when the events of its time have left the table
 */
const placeOf = async (db: Db, tenant: TenantId, event: EventId): Promise<Place | undefined> => {
  const range = { partition: partitions.seal(tenant), from: keys.segmentAt(tenant, event).SK, to: 'AT$', limit: 1 };
  const [[late], { items }] = await Promise.all([db.read([keys.late(tenant, event)]), db.page(range)]);
  if (late) {
    const sequence = Number(late.sequence);
    return { segment: (await segmentWith(db, tenant, sequence)) as Segment, sequence, late: true };
  }
  const [item] = items[0] ? await db.read([keys.segment(tenant, Number(items[0].last))]) : [];
  if (!item) return undefined;
  const segment = toSegment(item);
  const { ids } = toSealedIds(item);
  if (!ids && event >= placeAt(Date.parse(segment.from))) throw expired(tenant, segment);
  const at = ids?.indexOf(event) ?? -1;
  return at < 0 ? undefined : { segment, sequence: segment.first + at, late: false };
};

const expired = (tenant: TenantId, { day, first, last }: Segment): EventsExpired =>
  new EventsExpired(
    `The events of this time have left the service: they are in the export, in part-${first}-${last} of tenant=${tenant}/dt=${day}.`,
  );

/** The sequence of an event; `undefined` when it is not sealed yet. @throws EventsExpired */
export const sequenceOf = async (db: Db, tenant: TenantId, event: EventId): Promise<number | undefined> =>
  (await placeOf(db, tenant, event))?.sequence;

/** An event as it was sealed. */
interface SealedOne {
  readonly sequence: number;
  readonly line: string;
}

/** The line of one event, and its sequence; `undefined` when it is not sealed yet. @throws EventsExpired */
export const sealedOne = async (db: Db, tenant: TenantId, event: EventId): Promise<SealedOne | undefined> => {
  const [[item], place] = await Promise.all([db.read([keys.event(tenant, event)]), placeOf(db, tenant, event)]);
  if (!item || !place) return undefined;
  const { segment, ...sealed } = place;
  const { sequence } = sealed;
  return { sequence, line: await sealedLine(db, tenant, sealable(item), { ...sealed, form: segment.form }) };
};

/** The items of events, in the order of their ids. Events next to each other cost the service less as a range. */
const itemsOf = async (db: Db, tenant: TenantId, ids: readonly EventId[], late: boolean) => {
  const found = new Map<string, Item>();
  const wanted = new Set<string>(ids);
  if (late) {
    for (const item of await db.read(ids.map((id) => keys.event(tenant, id))))
      if (item) found.set(String(item.SK), item);
    return found;
  }
  const [from, to] = [ids[0], ids.at(-1)] as [string, string];
  const ranges = partitions.events(tenant).map((partition) => db.all({ partition, from, to }));
  for (const item of (await Promise.all(ranges)).flat())
    if (wanted.has(String(item.SK))) found.set(String(item.SK), item);
  return found;
};

/** Lines made at a time, of events whose differences may have parts. */
const linesAtOnce = 50;

/**
 * The lines of a segment, byte for byte as they were sealed.
 * @throws SealBroken when the table has something else; EventsExpired when the events have left the table
 */
export const sealedLines = async (db: Db, tenant: TenantId, segment: Segment): Promise<string[]> => {
  const { form, first, last } = segment;
  const [item] = await db.read([keys.segment(tenant, last)]);
  const { ids, late } = item ? toSealedIds(item) : { ids: [], late: false };
  if (!ids) throw expired(tenant, segment);
  const broken = (what: string) =>
    new SealBroken(`the events ${first} to ${last} of ${tenant} were sealed, and ${what}`);
  if (ids.length !== last - first + 1) throw broken(`the seal names ${ids.length} of them`);
  const items = await itemsOf(db, tenant, ids, late);
  const lines: string[] = [];
  for (const some of chunked(ids, linesAtOnce)) {
    const made = some.map((id, i) => {
      const found = items.get(id);
      if (!found) throw broken(`${id} is not in the table`);
      return sealedLine(db, tenant, sealable(found), { form, sequence: first + lines.length + i, late });
    });
    lines.push(...(await Promise.all(made)));
  }
  if (linesHash(lines) !== segment.lines) throw broken('one of them differs');
  return lines;
};
