// Candidates for a permission, as streams that are read page by page: the members of roles, the members of groups, the
// users with own grants. A stream only names candidates; the access item decides whether a user holds the permission. The
// search for another holder and the list of holders read the same streams.

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

/** The streams that name every user to whom these roles, groups, or own grants of these permissions give something. */
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

/** The streams that name every user who may hold the keeper permission. */
const keeperStreams = (book: Book): Stream[] => {
  const { roles, groups } = keeperPart(book);
  return streamsOf(book, roles.values(), groups, book.catalogue.granters.get(book.catalogue.data.keeper) ?? []);
};

/** True when the access item puts the user in this stream; the list item alone may be out of date. */
const isIn = (stream: Stream, access: Access): boolean => {
  if ('role' in stream) return isMember(stream.role, userRef(access.id, access.life));
  if ('group' in stream) return access.groups.has(stream.group);
  return access.personal.some((grant) => grant.permission === stream.permission);
};

/** The members of a role in order, sorted once for all pages. */
const membersInOrder = ({ chunks }: Role): readonly UserId[] => {
  let members = sortedMembers.get(chunks);
  if (!members) {
    members = [...new Set(chunks.flatMap((chunk) => [...chunk.users].map(userOf)))].sort();
    sortedMembers.set(chunks, members);
  }
  return members;
};
const sortedMembers = new WeakMap<Role['chunks'], readonly UserId[]>();

/** A page of a stream's user ids, in order, after the given one. */
const pageOf = async (
  db: Db,
  tenant: TenantId,
  stream: Stream,
  after: UserId | undefined,
  limit: number,
): Promise<{ ids: UserId[]; done: boolean }> => {
  if ('role' in stream) {
    const all = membersInOrder(stream.role);
    const from = after === undefined ? 0 : all.findIndex((id) => id > after);
    if (from < 0) return { ids: [], done: true };
    return { ids: all.slice(from, from + limit), done: all.length <= from + limit };
  }
  const partition =
    'group' in stream
      ? partitions.group(tenant, groupOf(stream.group))
      : partitions.personal(tenant, stream.permission);
  const { items, done } = await db.page({ partition, after, limit });
  return { ids: items.map((item) => item.SK as UserId), done };
};

/** All direct members of a group, by its listing. */
export const directMembers = async (db: Db, tenant: TenantId, group: GroupId): Promise<UserId[]> =>
  (await db.all({ partition: partitions.group(tenant, group) })).map((item) => item.SK as UserId);

/** All direct members of a group in the lives that its listing names. */
export const membersListed = async (db: Db, tenant: TenantId, group: GroupId): Promise<{ id: UserId; life: Life }[]> =>
  (await db.all({ partition: partitions.group(tenant, group) })).map((item) => ({
    id: item.SK as UserId,
    life: item.life as Life,
  }));

const pageSize = 100;

/** Every candidate of the streams with its access item. `known` replaces the stored items of users that a change touches. */
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

/** Yields the users that a change touches before the candidates, because no list names the changed users yet. */
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

/** A user who has the keeper permission, or would have it when active and bound, and does not count as a holder. */
interface NoHolder {
  readonly user: UserId;
  readonly why: NonNullable<ReturnType<typeof whyNotHolder>>;
}

export interface Search {
  readonly found?: Found;
  /** Users with the keeper permission who do not count, when no holder was found. */
  readonly near: readonly NoHolder[];
  /** The users that the scan read, without those that the change touches. */
  readonly saw: ReadonlyMap<UserId, Sighting>;
}

/** The part of an access item by which two readings of it are compared. */
interface Sighting {
  readonly life: Life;
  readonly rev: number;
  /** The epoch of a user who is not active. */
  readonly idle: number | undefined;
}

/**
 * True when two scans, one before a moment and one after it, were both true at that moment: nobody of those that they saw
 * was a holder then. An item with the same rev has not changed. A user who was not active at either reading was not
 * active between them, because ceasing to be active moves the epoch.
 */
export const agree = ({ saw: before }: Search, { saw: after }: Search): boolean => {
  if (before.size !== after.size) return false;
  for (const [id, { life, rev, idle }] of after) {
    const old = before.get(id);
    if (old?.life !== life) return false;
    if (old.rev !== rev && (idle === undefined || old.idle !== idle)) return false;
  }
  return true;
};

const nobody: ReadonlyMap<UserId, Sighting> = new Map();

/**
 * Looks for a holder in the book after a change, first among the preferred users. The scan is complete when it finds
 * none.
 */
export const findHolder = async (
  db: Db,
  tenant: TenantId,
  book: Book,
  known: ReadonlyMap<UserId, Access | undefined>,
  preferred: readonly (Access | undefined)[] = [],
): Promise<Search> => {
  for (const access of preferred) {
    const entry = holderEntries(book, access)[0];
    if (access && entry) return { found: { access, entry }, near: [], saw: nobody };
  }
  const near: NoHolder[] = [];
  const saw = new Map<UserId, Sighting>();
  for await (const access of changedAndCandidates(db, tenant, keeperStreams(book), known)) {
    const entry = holderEntries(book, access)[0];
    if (entry) return { found: { access, entry }, near: [], saw: nobody };
    const { id, life, rev, state, epoch = 0 } = access;
    if (!known.has(id)) saw.set(id, { life, rev, idle: state === 'active' ? undefined : epoch });
    const why = isPotentialHolder(book, access) ? whyNotHolder(access) : undefined;
    if (why) near.push({ user: access.id, why });
  }
  return { near, saw };
};

/** The first few holders of the tenant, and those who are none although they have the permission. */
export const someHolders = async (
  db: Db,
  tenant: TenantId,
  book: Book,
  most: number,
): Promise<{ holders: Access[]; more: boolean; near: NoHolder[] }> => {
  const holders: Access[] = [];
  const near: NoHolder[] = [];
  for await (const access of candidates(db, tenant, keeperStreams(book), new Map())) {
    if (holderEntries(book, access).length === 0) {
      const why = isPotentialHolder(book, access) ? whyNotHolder(access) : undefined;
      if (why && near.length < most) near.push({ user: access.id, why });
      continue;
    }
    if (holders.length === most) return { holders, more: true, near };
    holders.push(access);
  }
  return { holders, more: false, near };
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

/** The streams that name every user to whom these roles, or own grants of these permissions, may give something. */
export const streamsFor = (book: Book, roles: readonly Role[], permissions: Iterable<string>): Stream[] => {
  const groups = book.descendants(roles.flatMap((role) => [...role.record.groups]));
  return streamsOf(book, roles, groups, permissions);
};

/**
 * Counts the users of the streams for which `holds` is true, up to `most` + 1. `known` replaces the stored items of users
 * that a change touches, because no list names them yet.
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

/** Most pages of a stream read for one answer, when few of its users pass. */
const mostRounds = 10;

/**
 * The users of several streams for whom `holds` is true, each once, in the first stream that names the user. A position
 * is the stream and the last user examined, so a page costs the same wherever it starts.
 * @param size users read at a time
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
