// Lists of audit events in both directions. An event stands where its id says, and one that is counted where it last
// happened.
import { isId, type TenantId, timeIn, timePrefix } from '../domain/base/ids.ts';
import { byBytes, type Db, type Item, type Range } from './db.ts';
import { concerning, withParts, withTexts } from './event-content.ts';
import { countedPeriods, countedUntil } from './events.ts';
import { type StoredEvent, toEvent, toWide } from './items.ts';
import { partitions } from './keys.ts';
import { mergedPage, type Placed } from './lists.ts';
import { indexes } from './table.ts';

export interface EventFilter {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly target?: string | undefined;
  /** Newest first when absent. */
  readonly order?: 'newest' | 'oldest' | undefined;
  /** Reads only events whose ids sort after this one. */
  readonly beyond?: string | undefined;
  /** True when events are counted only: personal texts are not read. */
  readonly counted?: boolean;
  /** Judges an event by its own item, before the parts of its difference are read. */
  readonly keep?: (event: StoredEvent) => boolean;
  /** The event as the reader sees it; `undefined` hides it. */
  readonly show?: (event: StoredEvent) => StoredEvent | undefined;
}

/** The position before all that has an id of this time or a later one. */
const before = (ms: number): string => `e${timePrefix(ms)}`;

/**
 * The place of an event in time: a counted one stands where it last happened. Earlier releases store counted refusals
 * under the beginning of the minute, and there they stand.
 */
const placeOf = ({ id, last }: StoredEvent): string => {
  if (last === undefined) return id;
  const place = `${before(Date.parse(last))}${id.slice(11)}`;
  return place < id ? place : id;
};

const within = ({ at, last = at }: StoredEvent, { from = 0, to = Number.POSITIVE_INFINITY }: EventFilter): boolean =>
  Date.parse(last) >= from && Date.parse(last) <= to;

/** Events read at a time from an index that holds keys only; each has at most 200 KB. */
const eventsAtOnce = 50;

/** Most pages of events read for one answer, and most events in one read. */
const mostEventRounds = 20;
export const mostEvents = 500;

/** Milliseconds after which no change is written any more under an id of that time: retries end after 20 seconds. */
const settledAfter = 60_000;

/** A position of a list that begins with the oldest: the place, and the time from which events may still be added. */
const unsettled = (place: string, since: string): string => `${place} ${since}`;
const partsOf = (position: string | undefined): { readonly place?: string; readonly since?: string } => {
  if (position === undefined) return {};
  const [place = '', since] = position.split(' ');
  return { place: place || 'e', ...(since && { since }) };
};

/**
 * Where a reader who has come to the end of a list that begins with the oldest goes on later. It lies before all that may
 * still be added behind what was read, so that nothing is missed; what comes twice has the same id.
 * @param now when the reading began, in milliseconds since 1970
 */
export const followedFrom = (now: number, after: string | undefined): string =>
  partsOf(after).since ?? before(now - settledAfter);

/**
 * Audit events, newest first or oldest first. Only visible events decide whether an entry is the last one, so that `more`
 * does not betray hidden events.
 * @param size events read at a time
 */
export async function* listEvents(
  db: Db,
  tenant: TenantId,
  filter: EventFilter,
  size: number,
  after?: string,
): AsyncGenerator<Placed<StoredEvent>> {
  const oldest = filter.order === 'oldest';
  const { place, since = before(db.clock.now() - settledAfter) } = oldest ? partsOf(after) : { place: after };
  const position = (at: string) => (oldest && at >= since ? unsettled(at, since) : at);
  const stream = (oldest ? oldestFirst : newestFirst)(
    { db, tenant, filter, ...whereOf(tenant, filter) },
    size + 1,
    place,
  );
  let last: { readonly item: StoredEvent; readonly at: string } | undefined;
  for (;;) {
    const { value, done } = await stream.next();
    if (done) {
      if (last) yield { ...last, more: value !== undefined };
      if (value !== undefined) yield { at: position(value), more: true };
      return;
    }
    if (!within(value, filter) || (filter.keep && !filter.keep(value))) continue;
    // Parts are read for visible events only, one event at a time, because together they may have any size.
    const whole = await withParts(db, tenant, value);
    const item = filter.show ? filter.show(whole) : whole;
    if (!item) continue;
    if (last) yield { ...last, more: true };
    last = { item, at: position(placeOf(value)) };
  }
}

/** What a list reads. */
interface Reading {
  readonly db: Db;
  readonly tenant: TenantId;
  readonly filter: EventFilter;
  readonly where: readonly string[];
  /** The index by target, which holds keys only. */
  readonly index: Range['index'];
}

const whereOf = (tenant: TenantId, { target }: EventFilter): Pick<Reading, 'where' | 'index'> => {
  if (target === undefined) return { where: partitions.events(tenant), index: undefined };
  const isMember = isId('user', target) || isId('group', target);
  const wide = isMember ? [partitions.wide(tenant)] : [];
  return { where: [...partitions.targets(tenant, target), ...wide], index: indexes.byTarget };
};

/** The events of items of the table or of the index by target. */
const eventsOf = async ({ db, tenant, filter, index }: Reading, items: readonly Item[]): Promise<StoredEvent[]> => {
  const read = index ? await db.read(items.map(({ PK, SK }) => ({ PK, SK }) as never)) : items;
  const events: StoredEvent[] = [];
  for (const item of read) {
    if (item?.events) events.push(...(await concerning(db, tenant, toWide(item), filter.target as string)));
    else events.push(...[toEvent(item) ?? []].flat());
  }
  return events;
};

/** Puts personal texts into events that are to be shown. */
const told = ({ db, tenant, filter }: Reading, events: StoredEvent[]): Promise<StoredEvent[]> | StoredEvent[] =>
  filter.counted ? events : withTexts(db, tenant, events);

/** Events backwards in time. Returns the position of the stop when more events may follow. */
async function* newestFirst(
  reading: Reading,
  size: number,
  after: string | undefined,
): AsyncGenerator<StoredEvent, string | undefined> {
  const { db, filter, where, index } = reading;
  const { from, to, beyond } = filter;
  const sortKey = index?.sk ?? 'SK';
  const start = after ?? (to === undefined ? 'f' : before(to + 1));
  const whole = async (items: readonly Item[]): Promise<StoredEvent[]> => {
    const events = await eventsOf(reading, items);
    const due = events.filter((event) => event.last !== undefined || byBytes(event.id, start) < 0);
    return told(reading, due);
  };
  // Earlier releases store counted refusals under the beginning of the minute.
  const earliest = from === undefined ? 'e' : before(from - (from % countedPeriods.minute));
  const isBeyond = beyond !== undefined && byBytes(beyond, earliest) > 0;
  // No id is a space longer than another.
  const lowest = isBeyond ? `${beyond} ` : earliest;
  // Counted events are read before their place in the list, and wait here for their turn.
  const counted: StoredEvent[] = [];
  const due = (at: string): StoredEvent[] => {
    const list = counted.filter((event) => placeOf(event) >= at).sort((a, b) => byBytes(placeOf(b), placeOf(a)));
    counted.splice(0, counted.length, ...counted.filter((event) => placeOf(event) < at));
    return list.filter((event) => placeOf(event) < start);
  };
  let at = start;
  for (let round = 0, limit = size; round < mostEventRounds; round += 1, limit = Math.min(2 * limit, mostEvents)) {
    const range = { backwards: true, from: lowest, after: at, ...(index && { index }) };
    const late = round === 0 ? countedAfter(reading, start) : [];
    const [{ items, done }, ahead] = await Promise.all([mergedPage(db, where, range, sortKey, limit), late]);
    counted.push(...(await whole(ahead)));
    const step = index ? eventsAtOnce : Math.max(1, items.length);
    for (let first = 0; first < items.length; first += step)
      for (const event of await whole(items.slice(first, first + step))) {
        yield* due(event.id);
        if (event.last === undefined) yield event;
        else counted.push(event);
      }
    at = String(items.at(-1)?.[sortKey] ?? at);
    yield* due(done ? '' : at);
    if (done) return undefined;
  }
  return at;
}

/**
 * Events forwards in time. Returns the position of the stop when more events may follow. A counted event is read after
 * its place, because its id is of the end of its period: so each page also looks up what is counted until the ends of
 * the periods that its last event lies in, and passes over what it meets behind its place.
 */
async function* oldestFirst(
  reading: Reading,
  size: number,
  after: string | undefined,
): AsyncGenerator<StoredEvent, string | undefined> {
  const { db, filter, where, index } = reading;
  const { from = 0, to, beyond = 'e' } = filter;
  const sortKey = index?.sk ?? 'SK';
  const starts = [after ?? 'e', beyond, before(from - (from % countedPeriods.minute))];
  const start = starts.reduce((a, b) => (byBytes(a, b) > 0 ? a : b));
  const end = to === undefined ? undefined : before(to + 1);
  // An item of the index may stand for several events, with ids of one moment. So the first page begins at the moment.
  const moment = timeIn(start);
  let at = index && moment !== undefined ? before(moment) : start;
  // Events of such items that stand behind the page that has named them.
  let held: StoredEvent[] = [];
  for (let round = 0, limit = size; round < mostEventRounds; round += 1, limit = Math.min(2 * limit, mostEvents)) {
    const range = { after: at, ...(end !== undefined && { to: end }), ...(index && { index }) };
    const { items, done } = await mergedPage(db, where, range, sortKey, limit);
    const reach = done ? (end ?? 'f') : String(items.at(-1)?.[sortKey] ?? at);
    const passed = byBytes(at, start) > 0 ? at : start;
    const isDue = (event: StoredEvent) => byBytes(placeOf(event), passed) > 0 && byBytes(placeOf(event), reach) <= 0;
    const whole = async (some: readonly Item[]) => told(reading, await eventsOf(reading, some));
    const isCounted = (item: Item) => endsPeriod(String(item[sortKey]));
    const ahead = await countedAfter(reading, reach);
    held.push(...(await whole(items.filter(isCounted))));
    const counted = await whole(ahead.filter((item) => byBytes(String(item[sortKey]), reach) > 0));
    const waiting = [...counted, ...held].filter(isDue).sort(byPlace);
    held = held.filter((event) => byBytes(placeOf(event), reach) > 0);
    const others = items.filter((item) => !isCounted(item));
    const step = index ? eventsAtOnce : Math.max(1, others.length);
    for (let first = 0; first < others.length; first += step) {
      const events = await whole(others.slice(first, first + step));
      for (const event of events.sort(byPlace)) {
        if (byBytes(placeOf(event), reach) > 0) held.push(event);
        if (!isDue(event)) continue;
        while (waiting[0] && byPlace(waiting[0], event) < 0) yield waiting.shift() as StoredEvent;
        yield event;
      }
    }
    yield* waiting;
    at = reach;
    if (done) return undefined;
  }
  return at;
}

const byPlace = (a: StoredEvent, b: StoredEvent): number => byBytes(placeOf(a), placeOf(b));

/** True for the id of an event that may be counted: it is of the last millisecond of a minute. */
const endsPeriod = (id: string): boolean => {
  const time = timeIn(id);
  return time !== undefined && time === countedUntil(time);
};

/** What is counted in the periods in which a position lies: the ids are of the periods' ends, and so sort after it. */
const countedAfter = async ({ db, where, index }: Reading, position: string): Promise<Item[]> => {
  const time = timeIn(position);
  if (time === undefined) return [];
  const ends = new Set(Object.values(countedPeriods).map((period) => countedUntil(time, period)));
  const ranges = [...ends].flatMap((end) => {
    const [first, next] = [before(end), before(end + 1)];
    const from = byBytes(first, position) < 0 ? position : first;
    return where.map((partition) => ({ partition, backwards: true, from, after: next, ...(index && { index }) }));
  });
  const found = await Promise.all(ranges.map((range) => db.all(range)));
  return found.flat();
};
