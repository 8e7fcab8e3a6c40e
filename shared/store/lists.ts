// Lists, page by page. A position is the last sort key that was answered; the key itself is rebuilt under the caller's
// tenant.

import type { EventId, TenantId, UserId } from '../domain/base/ids.ts';
import { isId, timeIn, timePrefix } from '../domain/base/ids.ts';
import type { Access } from '../domain/book/records.ts';
import type { Profile } from '../domain/change.ts';
import { byBytes, type Db, type Item, type Range } from './db.ts';
import { countedFor, countedUntil, onlyOf } from './events.ts';
import { CorruptItem } from './failures.ts';
import { type StoredEvent, toAccess, toEvent, toPersonal, toProfile, toWide } from './items.ts';
import { keys, nameKey, partitions } from './keys.ts';
import { indexes } from './table.ts';

/** One entry of a list. Lists are lazy: nothing is read beyond the entries that the caller takes. */
export interface Placed<T> {
  /** The position after this entry. */
  readonly at: string;
  /** Absent on the last entry of a list that reached its reading limit before its end. */
  readonly item?: T;
  /** False at the end of the list; true when entries may follow. */
  readonly more: boolean;
}
export type List<T> = Iterable<Placed<T>> | AsyncIterable<Placed<T>>;

export interface Page<T> {
  readonly items: readonly T[];
  /** Start of the next page; absent on the last page. */
  readonly next?: string;
}

/** The entries of a list in memory. */
export function* listOf<T>(list: readonly { readonly item: T; readonly at: string }[]): Generator<Placed<T>> {
  for (const [i, { item, at }] of list.entries()) yield { item, at, more: i < list.length - 1 };
}

/** Reads one entry ahead, so that `more` is exact on the last entry. */
export async function* knownToEnd<T>(
  list: AsyncIterable<{ readonly item: T; readonly at: string }>,
): AsyncGenerator<Placed<T>> {
  let last: { readonly item: T; readonly at: string } | undefined;
  for await (const one of list) {
    if (last) yield { ...last, more: true };
    last = one;
  }
  if (last) yield { ...last, more: false };
}

/** Reads a value for each entry, `size` at a time, and drops entries without a value. */
export async function* readAlong<T, U>(
  entries: List<T>,
  size: number,
  read: (items: readonly T[]) => Promise<readonly (U | undefined)[]>,
): AsyncGenerator<Placed<U>> {
  let waiting: Required<Placed<T>>[] = [];
  const found = async () => {
    const items = await read(waiting.map(({ item }) => item));
    const all = waiting.flatMap(({ at, more }, i) => (items[i] === undefined ? [] : [{ at, more, item: items[i] }]));
    waiting = [];
    return all;
  };
  for await (const { at, more, item } of entries) {
    if (item === undefined) {
      yield* await found();
      yield { at, more };
      return;
    }
    waiting.push({ at, more, item });
    if (waiting.length === size) yield* await found();
  }
  if (waiting.length > 0) yield* await found();
}

/** A user as lists show it. A directory user may lack its profile for a moment while it is written. */
export interface ListedUser {
  readonly access: Access;
  readonly profile: Profile;
}

/** Most pages read for one answer, when a filter rejects most entries. */
const mostRounds = 10;

/** A read of several partitions as one ordered list. */
interface Merged {
  readonly items: Item[];
  readonly done: boolean;
}

/** One page of each partition, with up to `limit` items, in one order: at least one item unless there is none. */
export const mergedPages = async (
  db: Db,
  partitionsToRead: readonly string[],
  range: Omit<Range, 'partition'>,
  sortKey: string,
  limit: number,
): Promise<Merged> => {
  const pages = await Promise.all(partitionsToRead.map((partition) => db.page({ ...range, partition, limit })));
  const sign = range.backwards ? -1 : 1;
  const byKey = (a: Item, b: Item) => sign * byBytes(String(a[sortKey]), String(b[sortKey]));
  // Entries beyond the last key of an incomplete page are held back, because that page's partition may have an entry
  // before them.
  const bounds = pages.filter((page) => !page.done).map((page) => page.items.at(-1));
  const horizon = bounds.filter((item) => item !== undefined).sort(byKey)[0];
  const all = pages.flatMap((page) => page.items).sort(byKey);
  const sure = horizon ? all.filter((item) => item === horizon || byKey(item, horizon) < 0) : all;
  return { items: sure, done: pages.every((page) => page.done) };
};

/** Reads several partitions as one ordered list: up to `limit` items of each, then the first `limit` of all. */
export const mergedPage = async (
  ...[db, partitionsToRead, range, sortKey, limit]: Parameters<typeof mergedPages>
): Promise<Merged> => {
  const { items, done } = await mergedPages(db, partitionsToRead, range, sortKey, limit);
  return { items: items.slice(0, limit), done: items.length <= limit && done };
};

/** Access item and profile of each user that is not deleted. */
export const usersById = async (db: Db, tenant: TenantId, ids: readonly UserId[]): Promise<ListedUser[]> => {
  const items = await db.read(ids.flatMap((id) => [keys.access(tenant, id), keys.profile(tenant, id)]));
  return ids.flatMap((_, i) => {
    const access = toAccess(items[2 * i]);
    const profile = toProfile(items[2 * i + 1]);
    return access && profile && access.state !== 'deleted' ? [{ access, profile }] : [];
  });
};

export interface UserFilter<T = ListedUser> {
  /** Beginning of the name, folded. */
  readonly prefix?: string | undefined;
  readonly keep?: (user: T) => boolean;
}

/** What stands in the order of users' names. @param read the values of ids, without those that are not there */
export async function* byName<T>(
  db: Db,
  names: readonly string[],
  filter: UserFilter<T>,
  size: number,
  after: string | undefined,
  read: (ids: readonly UserId[]) => Promise<readonly { readonly id: UserId; readonly item: T }[]>,
): AsyncGenerator<Placed<T>> {
  // Cut to the length of names in keys.
  const prefix = filter.prefix ? nameKey(filter.prefix, '').slice(0, -1) : undefined;
  let at = after !== undefined && prefix !== undefined && byBytes(after, prefix) < 0 ? undefined : after;
  for (let round = 0; round < mostRounds; round += 1) {
    const range = { index: indexes.byName, prefix, after: at };
    const { items, done } = await mergedPage(db, names, range, 'NSK', size);
    const positions = new Map(items.map((item) => [String(item.PK).split('#U#')[1] as UserId, String(item.NSK)]));
    const users = await read([...positions.keys()]);
    for (const [i, { id, item }] of users.entries())
      if (filter.keep?.(item) ?? true)
        yield { item, at: positions.get(id) as string, more: i < users.length - 1 || !done };
    if (done) return;
    at = String(items.at(-1)?.NSK ?? at);
  }
  if (at !== undefined) yield { at, more: true };
}

/** Users in the order of their names. @param size users read at a time */
export const listUsers = (
  db: Db,
  tenant: TenantId,
  filter: UserFilter,
  size: number,
  after?: string,
): AsyncGenerator<Placed<ListedUser>> =>
  byName(db, partitions.names(tenant), filter, size, after, async (ids) =>
    (await usersById(db, tenant, ids)).map((user) => ({ id: user.access.id, item: user })),
  );

export interface EventFilter {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly target?: string | undefined;
  /** Judges an event by its own item, before the parts of its difference are read. */
  readonly keep?: (event: StoredEvent) => boolean;
  /** The event as the reader sees it; `undefined` hides it. */
  readonly show?: (event: StoredEvent) => StoredEvent | undefined;
}

/** The place of an event in time: a counted refusal stands where it last happened. */
const placeOf = ({ id, last }: StoredEvent): string =>
  last === undefined ? id : `e${timePrefix(Date.parse(last))}${id.slice(11)}`;

const within = ({ at, last = at }: StoredEvent, { from = 0, to = Number.POSITIVE_INFINITY }: EventFilter): boolean =>
  Date.parse(last) >= from && Date.parse(last) <= to;

/** Events read at a time from an index that holds keys only; each has at most 200 KB. */
const eventsAtOnce = 50;

/**
 * Audit events, newest first. Only visible events decide whether an entry is the last one, so that `more` does not betray
 * hidden events.
 * @param size events read at a time
 */
export async function* listEvents(
  db: Db,
  tenant: TenantId,
  filter: EventFilter,
  size: number,
  after?: string,
): AsyncGenerator<Placed<StoredEvent>> {
  const stream = newestFirst(db, tenant, filter, size + 1, after);
  let last: { readonly item: StoredEvent; readonly at: string } | undefined;
  for (;;) {
    const { value, done } = await stream.next();
    if (done) {
      if (last) yield { ...last, more: value !== undefined };
      if (value !== undefined) yield { at: value, more: true };
      return;
    }
    if (!within(value, filter) || (filter.keep && !filter.keep(value))) continue;
    // Parts are read for visible events only, one event at a time, because together they may have any size.
    const whole = await withParts(db, tenant, value);
    const item = filter.show ? filter.show(whole) : whole;
    if (!item) continue;
    if (last) yield { ...last, more: true };
    last = { item, at: placeOf(value) };
  }
}

/** One event with its whole difference. */
export const readEvent = async (db: Db, tenant: TenantId, id: EventId): Promise<StoredEvent | undefined> => {
  const [item] = await db.read([keys.event(tenant, id)]);
  const event = toEvent(item);
  if (!event) return undefined;
  const [whole] = await withTexts(db, tenant, [await withParts(db, tenant, event)]);
  return whole;
};

/** Most pages of events read for one answer, and most events in one read. */
const mostEventRounds = 20;
const mostEvents = 500;

/** Events backwards in time. Returns the position of the stop when more events may follow. */
async function* newestFirst(
  db: Db,
  tenant: TenantId,
  { from, to, target }: EventFilter,
  size: number,
  after: string | undefined,
): AsyncGenerator<StoredEvent, string | undefined> {
  const of = target === undefined ? undefined : indexes.byTarget;
  const isMember = target !== undefined && (isId('user', target) || isId('group', target));
  const where = [
    ...(target === undefined ? partitions.events(tenant) : partitions.targets(tenant, target)),
    ...(isMember ? [partitions.wide(tenant)] : []),
  ];
  const sortKey = of?.sk ?? 'SK';
  const start = after ?? (to === undefined ? 'f' : `e${timePrefix(to + 1)}`);
  // The index by target holds keys only, so the items are read by key.
  const whole = async (items: readonly Item[]): Promise<StoredEvent[]> => {
    const read = of ? await db.read(items.map(({ PK, SK }) => ({ PK, SK }) as never)) : items;
    const events: StoredEvent[] = [];
    for (const item of read) {
      if (item?.events) events.push(...(await concerning(db, tenant, toWide(item), target as string)));
      else events.push(...[toEvent(item) ?? []].flat());
    }
    const due = events.filter((event) => event.last !== undefined || byBytes(event.id, start) < 0);
    return withTexts(db, tenant, due);
  };
  // Earlier releases store counted refusals under the beginning of the minute.
  const lowest = from === undefined ? 'e' : `e${timePrefix(from - (from % countedFor))}`;
  // Counted refusals are read before their place in the list, and wait here for their turn.
  const counted: StoredEvent[] = [];
  const due = (at: string): StoredEvent[] => {
    const list = counted.filter((event) => placeOf(event) >= at).sort((a, b) => byBytes(placeOf(b), placeOf(a)));
    counted.splice(0, counted.length, ...counted.filter((event) => placeOf(event) < at));
    return list.filter((event) => placeOf(event) < start);
  };
  let at = start;
  for (let round = 0, limit = size; round < mostEventRounds; round += 1, limit = Math.min(2 * limit, mostEvents)) {
    const range = { backwards: true, from: lowest, after: at, ...(of && { index: of }) };
    const late = round === 0 ? countedSince(db, where, of, start) : [];
    const [{ items, done }, before] = await Promise.all([mergedPage(db, where, range, sortKey, limit), late]);
    counted.push(...(await whole(before)));
    const step = of ? eventsAtOnce : Math.max(1, items.length);
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

/** The events whose difference names this user or group, each reduced to it; newest first. */
const concerning = async (db: Db, tenant: TenantId, ids: readonly string[], id: string): Promise<StoredEvent[]> => {
  const items = await db.read(ids.map((event) => keys.event(tenant, event as EventId)));
  const whole = await Promise.all(
    items.flatMap((item) => toEvent(item) ?? []).map((one) => withParts(db, tenant, one)),
  );
  const told = await Promise.all(
    whole.map(async (event) => {
      const left = event.action === 'role.deleted' && (await wasMember(db, tenant, event, id));
      return { ...event, difference: left ? { before: { members: [id] } } : onlyOf(event.difference, id), parts: 0 };
    }),
  );
  return told
    .filter(({ difference }) => Object.keys(difference as object).length > 0)
    .sort((a, b) => byBytes(b.id, a.id));
};

/** Most events of a role searched for its last change to a member, and the number read at a time. */
const [mostOfRole, ofRoleAtOnce] = [500, 50];

/** True when the user or group was a member of the role at its deletion, by the last earlier event that names it. */
const wasMember = async (db: Db, tenant: TenantId, deleted: StoredEvent, id: string): Promise<boolean> => {
  const { before } = (deleted.difference ?? {}) as { before?: { groups?: string[]; members?: string[] } };
  if (before?.members ?? isId('group', id)) return [before?.members, before?.groups].some((list) => list?.includes(id));
  const where = partitions.targets(tenant, deleted.target);
  let after = deleted.id;
  for (let read = 0; read < mostOfRole; read += ofRoleAtOnce) {
    const range = { backwards: true, from: 'e', after, index: indexes.byTarget };
    const { items, done } = await mergedPage(db, where, range, indexes.byTarget.sk, ofRoleAtOnce);
    const events = await db.read(items.map(({ PK, SK }) => ({ PK, SK }) as never));
    for (const item of events) {
      const event = toEvent(item);
      if (!event?.action.startsWith('role.members.') || event.outcome !== 'done') continue;
      const { before: left, after: joined } = onlyOf((await withParts(db, tenant, event)).difference, id);
      if (joined ?? left) return joined !== undefined;
    }
    if (done) return false;
    after = String(items.at(-1)?.[indexes.byTarget.sk] ?? after);
  }
  return false;
};

/** Puts personal texts into their places, unless they have been erased or the user is deleted. */
const withTexts = async (db: Db, tenant: TenantId, events: readonly StoredEvent[]): Promise<StoredEvent[]> => {
  const told = events.filter(({ valuesOf }) => valuesOf !== undefined);
  const items = await db.read(
    told.flatMap(({ id, valuesOf }) => [
      keys.personalOf(tenant, valuesOf as UserId, id as EventId),
      keys.access(tenant, valuesOf as UserId),
    ]),
  );
  const isThere = (item: Item | undefined) => (toAccess(item)?.state ?? 'deleted') !== 'deleted';
  const texts = new Map(
    told.flatMap(({ id }, i) => (isThere(items[2 * i + 1]) ? [[id, toPersonal(items[2 * i])] as const] : [])),
  );
  return events.map((event) => {
    const found = texts.get(event.id);
    return found ? { ...event, difference: resolved(event, found) } : event;
  });
};

const resolved = ({ id, difference }: StoredEvent, texts: NonNullable<ReturnType<typeof toPersonal>>) =>
  Object.fromEntries(
    Object.entries((difference ?? {}) as Record<string, Record<string, unknown>>).map(([side, fields]) => {
      const values = texts[side as keyof typeof texts] ?? {};
      const told = (field: string, was: unknown) =>
        (was as { ref?: unknown } | undefined)?.ref === id && values[field] !== undefined
          ? { ref: id, value: values[field] }
          : was;
      return [side, Object.fromEntries(Object.entries(fields).map(([field, was]) => [field, told(field, was)]))];
    }),
  );

/** Counted refusals of the minute in which a page starts: their ids sort after that position, since they end the minute. */
const countedSince = async (
  db: Db,
  where: readonly string[],
  index: Range['index'],
  start: string,
): Promise<Item[]> => {
  const time = timeIn(start);
  if (time === undefined) return [];
  const end = countedUntil(time);
  const [first, next] = [`e${timePrefix(end)}`, `e${timePrefix(end + 1)}`];
  const from = byBytes(first, start) < 0 ? start : first;
  const ranges = where.map((partition) => ({ partition, backwards: true, from, after: next, ...(index && { index }) }));
  const found = await Promise.all(ranges.map((range) => db.all(range)));
  return found.flat();
};

/** The event with its difference joined from its parts. */
export const withParts = async (db: Db, tenant: TenantId, event: StoredEvent): Promise<StoredEvent> => {
  if (event.parts === 0) return event;
  const where = Array.from({ length: event.parts }, (_, i) => keys.eventPart(tenant, event.id as EventId, i));
  const parts = await db.read(where);
  const text = parts.map((part, i) => {
    if (typeof part?.text !== 'string') throw new CorruptItem(where[i] as never, 'a part of an event is missing');
    return part.text;
  });
  return { ...event, difference: JSON.parse(text.join('')) };
};
