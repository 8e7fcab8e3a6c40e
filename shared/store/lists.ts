// Lists, page by page. A position is the last sort key that was answered; pages are rebuilt under the caller's tenant.
import type { Profile } from '../domain/change.ts';
import type { EventId, TenantId, UserId } from '../domain/ids.ts';
import { timePrefix } from '../domain/ids.ts';
import type { Access } from '../domain/records.ts';
import { byBytes, type Db, type Item, type Range } from './db.ts';
import { CorruptItem } from './failures.ts';
import { type StoredEvent, toAccess, toEvent, toProfile } from './items.ts';
import { keys, partitions } from './keys.ts';
import { indexes } from './table.ts';
import { nameKey } from './transaction.ts';

/** One entry of a list. A list is read entry by entry, and no further than somebody asks. */
export interface Placed<T> {
  /** Where a page that ends with this entry goes on. */
  readonly at: string;
  /** Absent on the last entry of a list that was read far enough without being finished. */
  readonly item?: T;
  /** False when nothing comes after it; true when something may. */
  readonly more: boolean;
}
export type List<T> = Iterable<Placed<T>> | AsyncIterable<Placed<T>>;

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: string;
}

/** The entries of a list that is in memory. */
export function* listOf<T>(list: readonly { readonly item: T; readonly at: string }[]): Generator<Placed<T>> {
  for (const [i, { item, at }] of list.entries()) yield { item, at, more: i < list.length - 1 };
}

/** Each entry read one ahead, so that the last one is known to be the last. */
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

/** Entries with what has to be read for each, so many at a time; those are left out for which nothing is found. */
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

/** A user as lists show it. A directory user that is about to be written may lack its profile for a moment. */
export interface Listed {
  readonly access: Access;
  readonly profile: Profile;
}

/** Pages looked at for one answer when a filter rejects most of what is read. */
const mostRounds = 10;

/** Reads several partitions as one ordered list: as many from each as are asked for in all, then the first of them. */
export const mergedPage = async (
  db: Db,
  partitionsToRead: readonly string[],
  range: Omit<Range, 'partition'>,
  sortKey: string,
  limit: number,
): Promise<{ items: Item[]; done: boolean }> => {
  const pages = await Promise.all(partitionsToRead.map((partition) => db.page({ ...range, partition, limit })));
  const sign = range.backwards ? -1 : 1;
  const byKey = (a: Item, b: Item) => sign * byBytes(String(a[sortKey]), String(b[sortKey]));
  // Nothing beyond the last key of a page that has a successor may be answered: its partition could hold one before.
  const bounds = pages.filter((page) => !page.done).map((page) => page.items.at(-1));
  const horizon = bounds.filter((item) => item !== undefined).sort(byKey)[0];
  const all = pages.flatMap((page) => page.items).sort(byKey);
  const sure = horizon ? all.filter((item) => item === horizon || byKey(item, horizon) < 0) : all;
  return { items: sure.slice(0, limit), done: sure.length <= limit && pages.every((page) => page.done) };
};

/** Access and profile of users, those left out that are gone. */
export const usersById = async (db: Db, tenant: TenantId, ids: readonly UserId[]): Promise<Listed[]> => {
  const items = await db.read(ids.flatMap((id) => [keys.access(tenant, id), keys.profile(tenant, id)]));
  return ids.flatMap((_, i) => {
    const access = toAccess(items[2 * i]);
    const profile = toProfile(items[2 * i + 1]);
    return access && profile && access.state !== 'deleted' ? [{ access, profile }] : [];
  });
};

export interface UserFilter {
  /** Folded beginning of the name. */
  readonly prefix?: string | undefined;
  readonly keep?: (user: Listed) => boolean;
}

/** Users in the order of their names, read so many at a time. */
export async function* listUsers(
  db: Db,
  tenant: TenantId,
  filter: UserFilter,
  size: number,
  after?: string,
): AsyncGenerator<Placed<Listed>> {
  // As much of it as the keys hold of a name.
  const prefix = filter.prefix ? nameKey(filter.prefix, '').slice(0, -1) : undefined;
  let at = after !== undefined && prefix !== undefined && byBytes(after, prefix) < 0 ? undefined : after;
  for (let round = 0; round < mostRounds; round += 1) {
    const range = { index: indexes.byName, prefix, after: at };
    const { items, done } = await mergedPage(db, partitions.names(tenant), range, 'NSK', size);
    const positions = new Map(items.map((item) => [String(item.PK).split('#U#')[1] as UserId, String(item.NSK)]));
    const users = await usersById(db, tenant, [...positions.keys()]);
    for (const [i, user] of users.entries())
      if (filter.keep?.(user) ?? true)
        yield { item: user, at: positions.get(user.access.id) as string, more: i < users.length - 1 || !done };
    if (done) return;
    at = String(items.at(-1)?.NSK ?? at);
  }
  if (at !== undefined) yield { at, more: true };
}

export interface EventFilter {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly target?: string | undefined;
  readonly keep?: (event: StoredEvent) => boolean;
}

const within = ({ at }: StoredEvent, { from = 0, to = Number.POSITIVE_INFINITY }: EventFilter): boolean =>
  Date.parse(at) >= from && Date.parse(at) <= to;

/** Whole events that are read at a time where the index holds their keys only: each has 200 KB at most. */
const eventsAtOnce = 50;

/** Audit events, newest first: refusals by the minute, all others to the millisecond. Read so many at a time. */
export async function* listEvents(
  db: Db,
  tenant: TenantId,
  filter: EventFilter,
  size: number,
  after?: string,
): AsyncGenerator<Placed<StoredEvent>> {
  // Refusals are kept under the minute in which they were first counted: their ids are up to a minute older than they.
  const from = filter.from === undefined ? 'e' : `e${timePrefix(filter.from - (filter.from % 60_000))}`;
  const to = filter.to === undefined ? 'f' : `e${timePrefix(filter.to + 1)}`;
  const { target } = filter;
  let at = after ?? to;
  for (let round = 0; round < mostRounds; round += 1) {
    const range = { backwards: true, from, after: at, ...(target !== undefined && { index: indexes.byTarget }) };
    const where = target === undefined ? partitions.events(tenant) : partitions.targets(tenant, target);
    const { items, done } = await mergedPage(db, where, range, 'SK', size);
    const step = target === undefined ? Math.max(1, items.length) : eventsAtOnce;
    for (let start = 0; start < items.length; start += step) {
      const some = items.slice(start, start + step);
      // The index by target holds keys only.
      const whole = target === undefined ? some : await db.read(some.map(({ PK, SK }) => ({ PK, SK }) as never));
      for (const [i, item] of whole.entries()) {
        const event = item && (toEvent(item) as StoredEvent);
        if (!event || !within(event, filter) || (filter.keep && !filter.keep(event))) continue;
        const more = start + i < items.length - 1 || !done;
        // Parts are read for what is shown, event by event: together they may have any size.
        yield { item: await withParts(db, tenant, event), at: event.id, more };
      }
    }
    if (done) return;
    at = String(items.at(-1)?.SK ?? at);
  }
  yield { at, more: true };
}

/** One event with all of its difference. */
export const readEvent = async (db: Db, tenant: TenantId, id: EventId): Promise<StoredEvent | undefined> => {
  const [item] = await db.read([keys.event(tenant, id)]);
  const event = toEvent(item);
  return event && withParts(db, tenant, event);
};

/** An event whose difference did not fit its item is put together again. */
const withParts = async (db: Db, tenant: TenantId, event: StoredEvent): Promise<StoredEvent> => {
  if (event.parts === 0) return event;
  const where = Array.from({ length: event.parts }, (_, i) => keys.eventPart(tenant, event.id as EventId, i));
  const parts = await db.read(where);
  const text = parts.map((part, i) => {
    if (typeof part?.text !== 'string') throw new CorruptItem(where[i] as never, 'a part of an event is missing');
    return part.text;
  });
  return { ...event, difference: JSON.parse(text.join('')) };
};
