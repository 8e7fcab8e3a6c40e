// Lists, page by page. A position is the last sort key that was answered; the key itself is rebuilt under the caller's
// tenant.

import type { TenantId, UserId } from '../domain/base/ids.ts';
import type { Access } from '../domain/book/records.ts';
import type { Profile } from '../domain/change.ts';
import { byBytes, type Db, type Item, type Range } from './db.ts';
import { toAccess, toProfile } from './items.ts';
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
