// Who may hold a permission, as streams that can be read page by page: the members of roles, the members of groups, the
// users with grants of their own. A stream names candidates; whether one holds the permission is decided on the user's
// access item. The search for another keeper and the list of holders read the same streams.

import {
  type GroupId,
  type GroupRef,
  groupOf,
  groupRef,
  type Life,
  type TenantId,
  type UserId,
  userOf,
  userRef,
} from '../domain/base/ids.ts';
import { type Book, isMember, type Role } from '../domain/book/book.ts';
import type { Access, Entry } from '../domain/book/records.ts';
import { holderEntries, isPotentialHolder, keeperPart, whyNotHolder } from '../domain/keeper/keeper.ts';
import type { Db } from './db.ts';
import { toAccess } from './items.ts';
import { keys, partitions } from './keys.ts';
import type { Placed } from './lists.ts';

export type Stream =
  | { readonly name: string; readonly role: Role }
  | { readonly name: string; readonly group: GroupRef }
  | { readonly name: string; readonly permission: string };

/** Where to look for users to whom these roles, or own grants of these permissions, give something. */
export const streamsOf = (
  book: Book,
  roles: Iterable<Role>,
  groups: Iterable<GroupRef>,
  permissions: Iterable<string>,
): Stream[] => {
  const streams: Stream[] = [];
  for (const role of roles) streams.push({ name: `1${role.record.id}`, role });
  for (const group of groups) streams.push({ name: `2${group}`, group });
  if (book.catalogue.data.personalGrants)
    for (const permission of permissions) streams.push({ name: `3${permission}`, permission });
  return streams.sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** The streams of everybody who may hold the keeper permission. */
const keeperStreams = (book: Book): Stream[] => {
  const { roles, groups } = keeperPart(book);
  return streamsOf(book, roles.values(), groups, book.catalogue.granters.get(book.catalogue.data.keeper) ?? []);
};

/** True when the user is, by the access item, in this stream: what a list item says may be out of date. */
const isIn = (stream: Stream, access: Access): boolean => {
  if ('role' in stream) return isMember(stream.role, userRef(access.id, access.life));
  if ('group' in stream) return access.groups.has(stream.group);
  return access.personal.some((grant) => grant.permission === stream.permission);
};

/** A page of a stream's user ids, in their order, after the one given. */
const pageOf = async (
  db: Db,
  tenant: TenantId,
  stream: Stream,
  after: UserId | undefined,
  limit: number,
): Promise<{ ids: UserId[]; done: boolean }> => {
  if ('role' in stream) {
    const all = [...new Set(stream.role.chunks.flatMap((chunk) => [...chunk.users].map(userOf)))].sort();
    const rest = after === undefined ? all : all.filter((id) => id > after);
    return { ids: rest.slice(0, limit), done: rest.length <= limit };
  }
  const partition =
    'group' in stream
      ? partitions.group(tenant, groupOf(stream.group))
      : partitions.personal(tenant, stream.permission);
  const { items, done } = await db.page({ partition, after, limit });
  return { ids: items.map((item) => item.SK as UserId), done };
};

/** All direct members of a group, as the listing has them. */
export const directMembers = async (db: Db, tenant: TenantId, group: GroupId): Promise<UserId[]> =>
  (await db.all({ partition: partitions.group(tenant, group) })).map((item) => item.SK as UserId);

const pageSize = 100;

/** Every candidate of the streams with its access item; `known` stands for what a change makes of some of them. */
export async function* candidates(
  db: Db,
  tenant: TenantId,
  streams: readonly Stream[],
  known: ReadonlyMap<UserId, Access | undefined>,
): AsyncGenerator<Access> {
  const seen = new Set<UserId>();
  for (const stream of streams) {
    let after: UserId | undefined;
    for (let done = false; !done; ) {
      const page = await pageOf(db, tenant, stream, after, pageSize);
      done = page.done;
      after = page.ids.at(-1) ?? after;
      const fresh = page.ids.filter((id) => !seen.has(id));
      for (const id of fresh) seen.add(id);
      const unknown = fresh.filter((id) => !known.has(id));
      const items = await db.read(unknown.map((id) => keys.access(tenant, id)));
      const read = new Map(unknown.map((id, i) => [id, toAccess(items[i])]));
      for (const id of fresh) {
        const access = known.has(id) ? known.get(id) : read.get(id);
        if (access) yield access;
      }
    }
  }
}

/** The candidates, before them everybody whom a change touches: no list names yet what it makes of somebody. */
async function* changedAndCandidates(
  db: Db,
  tenant: TenantId,
  streams: readonly Stream[],
  known: ReadonlyMap<UserId, Access | undefined>,
): AsyncGenerator<Access> {
  for (const access of known.values()) if (access) yield access;
  for await (const access of candidates(db, tenant, streams, known)) if (!known.has(access.id)) yield access;
}

export interface Found {
  readonly access: Access;
  readonly entry: Entry;
}

/** Somebody who has the keeper permission, or would have it, and does not count. */
interface NoHolder {
  readonly user: UserId;
  readonly why: NonNullable<ReturnType<typeof whyNotHolder>>;
}

interface Search {
  readonly found?: Found;
  /** Given when nobody was found: those who come near. */
  readonly near: readonly NoHolder[];
  /** What was seen: two scans that saw the same were both true at the moment between them. */
  readonly saw: string;
}

/** Looks for a holder in the book as it would be, those preferred first. Complete when nobody is found. */
export const findHolder = async (
  db: Db,
  tenant: TenantId,
  book: Book,
  known: ReadonlyMap<UserId, Access | undefined>,
  preferred: readonly (Access | undefined)[] = [],
): Promise<Search> => {
  for (const access of preferred) {
    const entry = holderEntries(book, access)[0];
    if (access && entry) return { found: { access, entry }, near: [], saw: '' };
  }
  const near: NoHolder[] = [];
  const saw: string[] = [];
  for await (const access of changedAndCandidates(db, tenant, keeperStreams(book), known)) {
    const entry = holderEntries(book, access)[0];
    if (entry) return { found: { access, entry }, near: [], saw: '' };
    saw.push(`${access.id}.${access.life}.${access.rev}`);
    const why = isPotentialHolder(book, access) ? whyNotHolder(access) : undefined;
    if (why) near.push({ user: access.id, why });
  }
  return { near, saw: saw.sort().join() };
};

/** The holders of the tenant, the first few of them. */
export const someHolders = async (
  db: Db,
  tenant: TenantId,
  book: Book,
  most: number,
): Promise<{ holders: Access[]; more: boolean }> => {
  const holders: Access[] = [];
  for await (const access of candidates(db, tenant, keeperStreams(book), new Map())) {
    if (holderEntries(book, access).length === 0) continue;
    if (holders.length === most) return { holders, more: true };
    holders.push(access);
  }
  return { holders, more: false };
};

/** True when an active user is in the group, at any depth. */
export const hasActiveMember = async (
  db: Db,
  tenant: TenantId,
  book: Book,
  group: { readonly id: GroupId; readonly life: Life },
  known: ReadonlyMap<UserId, Access | undefined>,
): Promise<boolean> => {
  const within = [...book.descendants([groupRef(group.id, group.life)])];
  for await (const access of changedAndCandidates(db, tenant, streamsOf(book, [], within, []), known))
    if (access.state === 'active' && within.some((ref) => access.groups.has(ref))) return true;
  return false;
};

/** The streams of everybody to whom these roles or own grants of these permissions may give something. */
export const streamsFor = (book: Book, roles: readonly Role[], permissions: Iterable<string>): Stream[] => {
  const groups = book.descendants(roles.flatMap((role) => [...role.record.groups]));
  return streamsOf(book, roles, groups, permissions);
};

/**
 * How many users of the streams are of a kind, counted as far as one more than `most`. `known` stands for what a change
 * makes of some users: lists do not name them yet.
 */
export const countHolders = async (
  db: Db,
  tenant: TenantId,
  streams: readonly Stream[],
  holds: (access: Access) => boolean,
  most: number,
  known: ReadonlyMap<UserId, Access | undefined> = new Map(),
): Promise<number> => {
  let count = 0;
  for await (const access of changedAndCandidates(db, tenant, streams, known)) {
    if (holds(access)) count += 1;
    if (count > most) break;
  }
  return count;
};

/** Pages of a stream looked at for one answer when few of them hold what is asked for. */
const mostRounds = 10;

/**
 * The users of several streams that hold what is asked for, each once: in the first stream that names them. A position
 * is the stream and the last user looked at, so a page costs what it reads whatever came before. Read so many at a time.
 */
export async function* listOfStreams(
  db: Db,
  tenant: TenantId,
  streams: readonly Stream[],
  holds: (access: Access) => boolean,
  size: number,
  after?: string,
): AsyncGenerator<Placed<Access>> {
  const [afterStream, afterUser] = after?.split(' ') ?? [];
  const rest = streams.filter((stream) => afterStream === undefined || stream.name >= afterStream);
  let rounds = 0;
  for (const stream of rest) {
    let at = stream.name === afterStream ? (afterUser as UserId) : undefined;
    for (let done = false; !done; ) {
      if (rounds === mostRounds) {
        yield { at: `${stream.name} ${at ?? ''}`, more: true };
        return;
      }
      rounds += 1;
      const page = await pageOf(db, tenant, stream, at || undefined, size);
      done = page.done;
      const items = await db.read(page.ids.map((id) => keys.access(tenant, id)));
      for (const [i, id] of page.ids.entries()) {
        at = id;
        const access = toAccess(items[i]);
        if (!access || access.state === 'deleted' || !isIn(stream, access) || !holds(access)) continue;
        if (streams.find((one) => isIn(one, access)) !== stream) continue;
        yield { item: access, at: `${stream.name} ${id}`, more: true };
      }
    }
  }
}
