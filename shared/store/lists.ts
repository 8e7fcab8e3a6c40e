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

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; absent on the last one. */
  readonly next?: string;
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

/** Users in the order of their names. */
export const listUsers = async (
  db: Db,
  tenant: TenantId,
  filter: UserFilter,
  limit: number,
  after?: string,
): Promise<Page<Listed>> => {
  const found: Listed[] = [];
  // As much of it as the keys hold of a name.
  const prefix = filter.prefix ? nameKey(filter.prefix, '').slice(0, -1) : undefined;
  let at = after !== undefined && prefix !== undefined && byBytes(after, prefix) < 0 ? undefined : after;
  for (let round = 0; round < mostRounds; round += 1) {
    const range = { index: indexes.byName, prefix, after: at };
    const { items, done } = await mergedPage(db, partitions.names(tenant), range, 'NSK', limit);
    const users = await usersById(
      db,
      tenant,
      items.map((item) => String(item.PK).split('#U#')[1] as UserId),
    );
    for (const [i, user] of users.entries()) {
      if (filter.keep && !filter.keep(user)) continue;
      found.push(user);
      if (found.length === limit && (i < users.length - 1 || !done)) {
        const id = user.access.id;
        const position = items.find((item) => String(item.PK).endsWith(id))?.NSK;
        return { items: found, next: String(position) };
      }
    }
    if (done) return { items: found };
    at = String(items.at(-1)?.NSK ?? at);
  }
  return { items: found, ...(at !== undefined && { next: at }) };
};

export interface EventFilter {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly target?: string | undefined;
  readonly keep?: (event: StoredEvent) => boolean;
}

const within = ({ at }: StoredEvent, { from = 0, to = Number.POSITIVE_INFINITY }: EventFilter): boolean =>
  Date.parse(at) >= from && Date.parse(at) <= to;

/** Audit events, newest first: refusals by the minute, all others to the millisecond. */
export const listEvents = async (
  db: Db,
  tenant: TenantId,
  filter: EventFilter,
  limit: number,
  after?: string,
): Promise<Page<StoredEvent>> => {
  // Refusals are kept under the minute in which they were first counted: their ids are up to a minute older than they.
  const from = filter.from === undefined ? 'e' : `e${timePrefix(filter.from - (filter.from % 60_000))}`;
  const to = filter.to === undefined ? 'f' : `e${timePrefix(filter.to + 1)}`;
  const { target } = filter;
  const found: StoredEvent[] = [];
  let at = after ?? to;
  for (let round = 0; round < mostRounds; round += 1) {
    const range = { backwards: true, from, after: at, ...(target !== undefined && { index: indexes.byTarget }) };
    const where = target === undefined ? partitions.events(tenant) : partitions.targets(tenant, target);
    const { items, done } = await mergedPage(db, where, range, 'SK', limit);
    // The index by target holds keys only.
    const whole = target === undefined ? items : await db.read(items.map(({ PK, SK }) => ({ PK, SK }) as never));
    for (const [i, item] of whole.entries()) {
      const event = item && (await withParts(db, tenant, toEvent(item) as StoredEvent));
      if (!event || !within(event, filter) || (filter.keep && !filter.keep(event))) continue;
      found.push(event);
      if (found.length === limit && (i < whole.length - 1 || !done)) return { items: found, next: event.id };
    }
    if (done) return { items: found };
    at = String(items.at(-1)?.SK ?? at);
  }
  return { items: found, next: at };
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
