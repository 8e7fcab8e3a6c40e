// Warnings about permissions that few should hold and that more users hold than expected (FP-10), for a change and for
// the tenant as it is.

import type { TenantId, UserId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import type { Access } from '../domain/book/records.ts';
import { applied, type Change } from '../domain/change.ts';
import { heldBy, Rights } from '../domain/deciding/decide.ts';
import { namesIt, type Reached, reachedBy } from '../domain/previews/crowding.ts';
import type { Seen } from '../domain/previews/effect-on-users.ts';
import { candidates, countHolders, type Stream, streamsFor, streamsOf } from './candidates.ts';
import type { Db } from './db.ts';
import type { View } from './view.ts';

/** Most users examined for one warning; beyond them the warning is given. */
const mostLooked = 1_000;

/** What the reader of a warning may see. */
interface Eyes {
  readonly seen: Seen;
  /** True when roles and their members are visible, as they are to a keeper. */
  readonly roles: boolean;
  /** True when the reader may see the permission on other users. */
  readonly sees: (permission: string) => boolean;
}
export const allEyes: Eyes = { seen: heldBy, roles: true, sees: () => true };

const expected = (book: Book): [string, number][] => {
  const all: [string, number][] = [];
  for (const { id, expectedHolders } of book.catalogue.data.permissions)
    if (expectedHolders !== undefined) all.push([id, expectedHolders]);
  return all;
};

const warningOf = (permission: string): string => `more-holders-than-expected:${permission}`;

/** True for a user who holds the permission by a visible grant that names it. */
const holderIn =
  (book: Book, permission: string, { seen }: Eyes) =>
  (access: Access | undefined): boolean =>
    access !== undefined &&
    new Rights(book, seen(book, access)).givers(permission).some(({ grants }) => namesIt(grants, permission));

const streamsOfAll = (book: Book, permission: string, { roles }: Eyes): Stream[] => {
  const named = [...book.roles.values()].filter(({ record }) => namesIt(record.grants, permission));
  return streamsFor(book, roles ? named : [], [permission]);
};

const isCrowded = async (
  db: Db,
  tenant: TenantId,
  book: Book,
  [permission, most]: readonly [string, number],
  eyes: Eyes,
  known: ReadonlyMap<UserId, Access | undefined>,
): Promise<boolean> => {
  const holds = holderIn(book, permission, eyes);
  let looked = 0;
  const enough = (access: Access) => {
    if (!known.has(access.id)) looked += 1;
    return looked > mostLooked || holds(access);
  };
  return (await countHolders(db, tenant, streamsOfAll(book, permission, eyes), enough, most, known)) > most;
};

/** Warnings about the tenant as it is, for keepers. */
export const crowdedNow = async (db: Db, tenant: TenantId, book: Book): Promise<string[]> => {
  const warnings: string[] = [];
  for (const one of expected(book))
    if (await isCrowded(db, tenant, book, one, allEyes, new Map())) warnings.push(warningOf(one[0]));
  return warnings;
};

/**
 * Warnings about permissions that a change gives to a further holder, when more users hold them than expected. Nothing is
 * read unless the change can give such a permission; then the touched users are read until one is a new holder, and the
 * holders until there is one more than expected.
 */
export const crowdedBy = async (db: Db, view: View, change: Change, eyes: Eyes): Promise<string[]> => {
  const wanted = expected(view.book).filter(([permission]) => eyes.sees(permission));
  if (wanted.length === 0 || change.book.length + change.users.length === 0) return [];
  const world = applied(view.world, change);
  const warnings: string[] = [];
  for (const one of wanted) {
    const [permission] = one;
    const reached = reachedBy(view.book, world.book, change, permission);
    if (!reached) continue;
    const had = holderIn(view.book, permission, eyes);
    const has = holderIn(world.book, permission, eyes);
    const before = new Map(view.world.users);
    const changed = new Map(change.users.map((user) => [user.after.id, user]));
    const isFurther = (access: Access): boolean => {
      const user = changed.get(access.id);
      return has(user ? user.after : access) && !had(user ? user.before : (before.get(access.id) ?? access));
    };
    const isNear = change.users.some(({ after }) => isFurther(after));
    if (!isNear && !(await anyFurther(db, view, world.book, reached, eyes, isFurther))) continue;
    const known = applied(view.world, change).users;
    if (await isCrowded(db, view.tenant, world.book, one, eyes, known)) warnings.push(warningOf(permission));
  }
  return warnings;
};

const anyFurther = async (
  db: Db,
  view: View,
  after: Book,
  { joined, roles, groups, personal }: Reached,
  eyes: Eyes,
  isFurther: (access: Access) => boolean,
): Promise<boolean> => {
  for (let at = 0; at < joined.length; at += 100)
    for (const access of await view.users(joined.slice(at, at + 100))) if (access && isFurther(access)) return true;
  if (!eyes.roles && !personal) return false;
  const live = eyes.roles ? roles.flatMap((id) => after.roles.get(id) ?? []) : [];
  const within = eyes.roles ? after.descendants([...groups, ...live.flatMap(({ record }) => [...record.groups])]) : [];
  const permissions = personal ? expected(after).map(([id]) => id) : [];
  let looked = 0;
  for await (const access of candidates(db, view.tenant, streamsOf(after, live, within, permissions), new Map())) {
    looked += 1;
    if (looked > mostLooked || isFurther(access)) return true;
  }
  return false;
};
