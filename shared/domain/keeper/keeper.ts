// The keeper invariant: a tenant has at least one holder at every moment. Defines which users are holders, by which
// entry, and what a change does to the witness that proves it. Each attribute that `isHolder` reads may be written only
// under the pin condition (see the store's conditions).

import { type GroupRef, groupOf, type RoleId, type UserId, userOf, userRef } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import { type Book, isMember, type Role } from '../book/book.ts';
import type { Access, Entry, GrantSet, Witness } from '../book/records.ts';
import type { AccessChange, Change, World } from '../change.ts';

/** Ids of the permissions whose grant for the account gives the keeper permission. */
const granters = ({ catalogue }: Book): ReadonlySet<string> =>
  catalogue.granters.get(catalogue.data.keeper) ?? new Set();

/** True when the set gives the keeper permission. */
export const confersKeeper = (book: Book, grants: GrantSet): boolean => gives(granters(book), grants);

const gives = (by: ReadonlySet<string>, grants: GrantSet): boolean => {
  for (const grant of grants) if (by.has(grant.permission) && grant.policies === undefined) return true;
  return false;
};

/** The roles and groups of the book that lead to the keeper permission. */
interface KeeperPart {
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly groups: ReadonlySet<GroupRef>;
}

const parts = new WeakMap<Book, KeeperPart>();
export const keeperPart = (book: Book): KeeperPart => {
  let part = parts.get(book);
  if (!part) {
    const by = granters(book);
    const roles = new Map<RoleId, Role>();
    for (const [id, role] of book.roles) if (gives(by, role.record.grants)) roles.set(id, role);
    part = { roles, groups: book.descendants([...roles.values()].flatMap((role) => [...role.record.groups])) };
    parts.set(book, part);
  }
  return part;
};

/** The entries by which a user has, or when active and bound would have, the keeper permission. */
export const entriesOf = (book: Book, access: Access): Entry[] => {
  if (access.state === 'deleted') return [];
  const { roles, groups } = keeperPart(book);
  const ref = userRef(access.id, access.life);
  const entries: Entry[] = [];
  if (book.catalogue.data.personalGrants && confersKeeper(book, access.personal)) entries.push('personal');
  for (const role of roles.values()) if (isMember(role, ref)) entries.push(`role:${role.record.id}`);
  for (const group of access.groups) if (groups.has(group)) entries.push(`group:${group}`);
  return entries;
};

/**
 * True when the user has proven a sign-in, or is the first user, whose sign-in the operator named. Configuration
 * binds nobody.
 */
export const isBound = (access: Access): boolean => access.identity !== undefined;

/** True for an active person who is bound to a sign-in. Machine clients never count. */
const counts = (access: Access): boolean => access.kind === 'person' && access.state === 'active' && isBound(access);

/** The entries by which the user is a holder; empty for users who are no holders. */
export const holderEntries = (book: Book, access: Access | undefined): Entry[] =>
  access && counts(access) ? entriesOf(book, access) : [];

export const isHolder = (book: Book, access: Access | undefined): boolean => holderEntries(book, access).length > 0;

/**
 * True when the user would have the keeper permission if active and bound. Machines are included: they never count as
 * holders, but they could act by it.
 */
export const isPotentialHolder = (book: Book, access: Access | undefined): boolean =>
  access !== undefined && entriesOf(book, access).length > 0;

/** Why a user with the keeper permission does not count as a holder. */
export const whyNotHolder = (access: Access): 'disabled' | 'machine' | 'never-signed-in' | undefined => {
  if (access.kind === 'machine') return 'machine';
  if (access.state !== 'active') return 'disabled';
  return isBound(access) ? undefined : 'never-signed-in';
};

/** The witness for a holder and one of the holder's entries. */
export const witnessOf = (access: Access, entry: Entry): Witness => ({ user: userRef(access.id, access.life), entry });

/**
 * True for a witness chosen by an earlier release that is bound by its source's sign-in only. It counts while its entry
 * is true, its source signs people in, and no other holder has proven a sign-in. Such a witness is never chosen anew.
 */
export const isUnproven = (book: Book, witness: Witness, access: Access): boolean =>
  witness.source !== undefined &&
  access.source === witness.source &&
  access.kind === 'person' &&
  access.state === 'active' &&
  !isBound(access) &&
  book.sources.get(witness.source)?.signIn !== undefined &&
  entriesOf(book, access).includes(witness.entry);

/** True when the book still leads from the witness's entry to the keeper permission. */
const bookKeeps = (book: Book, witness: Witness): boolean => {
  const { roles, groups } = keeperPart(book);
  if (witness.source !== undefined && !book.sources.get(witness.source)?.signIn) return false;
  if (witness.entry === 'personal') return book.catalogue.data.personalGrants;
  if (witness.entry.startsWith('group:')) return groups.has(witness.entry.slice('group:'.length) as GroupRef);
  const role = roles.get(witness.entry.slice('role:'.length) as RoleId);
  return role !== undefined && isMember(role, witness.user);
};

/**
 * True when the witness proves that there is a holder after the change. An access item that the change does not touch is
 * taken as it was, because the pin keeps everybody else from changing it.
 */
export const witnessSurvives = (after: World, change: Change, witness: Witness): boolean => {
  if (!bookKeeps(after.book, witness)) return false;
  const touched = change.users.find((user) => user.after.id === userOf(witness.user));
  if (!touched) return true;
  const { before, after: access } = touched;
  if (userRef(access.id, access.life) !== witness.user) return false;
  if (witness.source === undefined) return holderEntries(after.book, access).includes(witness.entry);
  // Once the user is bound, a witness without `source` takes this one's place; unbound again, the user counts no more.
  return before !== undefined && !isBound(before) && isUnproven(after.book, witness, access);
};

/** The entries of one user that a change destroys, and that a pin could rest on. */
export const destroys = (before: Access, after: Access): 'everything' | Entry[] => {
  const person = before.kind === after.kind && before.life === after.life;
  const active = before.state !== 'active' || after.state === 'active';
  const bound = before.identity === undefined || after.identity === before.identity;
  if (!person || !active || !bound || before.source !== after.source) return 'everything';
  const left: Entry[] = [...before.groups].filter((g) => !after.groups.has(g)).map((g) => `group:${g}` as const);
  return before.personal === after.personal ? left : ['personal', ...left];
};

/**
 * True when a change destroys the entry that the user is pinned by. It is allowed only when the user stays a holder by
 * that entry.
 */
export const endangersPin = (before: Access, after: Access): boolean => {
  const gone = destroys(before, after);
  return before.pinned !== undefined && (gone === 'everything' || gone.includes(before.pinned));
};

/**
 * True when the change adds or removes potential holders, or gives one a further entry. Such a change must prove the
 * actor's authority in its own transaction.
 */
export const touchesKeepers = (before: World, after: World, change: Change): boolean => {
  const moves = ({ before: was, after: is }: AccessChange): boolean => {
    const had = was ? entriesOf(before.book, was) : [];
    const has = entriesOf(after.book, is);
    return has.some((entry) => !had.includes(entry)) || (had.length > 0 && has.length === 0);
  };
  if (change.users.some(moves)) return true;
  if (before.book === after.book) return false;
  const was = keeperPart(before.book);
  const is = keeperPart(after.book);
  return (
    !sameKeys(was.groups, is.groups) ||
    !sameKeys(was.roles, is.roles) ||
    [...is.roles].some(
      ([id, role]) => role.chunks !== was.roles.get(id)?.chunks && membersDiffer(was.roles.get(id), role),
    )
  );
};

const sameKeys = (a: { size: number; has(k: never): boolean }, b: { size: number; keys(): Iterable<unknown> }) =>
  a.size === b.size && [...b.keys()].every((key) => a.has(key as never));

const membersDiffer = (a: Role | undefined, b: Role): boolean => {
  const users = (role: Role | undefined) => new Set(role?.chunks.flatMap((chunk) => [...chunk.users]));
  return !sameKeys(users(a), users(b));
};

/** What a caller without the keeper permission may change about potential holders. */
export interface Exemption {
  /** A directory source, which may deactivate its own users, and fill groups that a keeper has marked. */
  readonly source?: string;
  /** Acceptance of an invitation: allowed for a potential holder when a keeper issued it. */
  readonly invited?: boolean;
  /** The first sign-in by a claim of this source, which binds the source's user. */
  readonly claim?: string;
  /** A recovery, which gives the keeper permission to this one user of a keeperless tenant. */
  readonly recovers?: true;
}

/**
 * Refuses a way up. For a caller without the keeper permission, the potential holders after the change must be a subset
 * of those before, and the state, binding, kind, name, login, mail and external id of potential holders must be untouched
 * . The whole change is judged, and in doubt it is refused: a group or role that newly leads to the keeper
 * permission is refused even without members.
 * @throws Refusal keeper-needed
 */
export const refuseWayUp = (before: World, after: World, change: Change, exempt: Exemption = {}): void => {
  const refuse = (detail: string): never => {
    throw new Refusal('keeper-needed', detail);
  };
  for (const { before: was, after: is } of change.users) {
    const had = isPotentialHolder(before.book, was);
    if (!had && isPotentialHolder(after.book, is) && !conferredByDirectory(before.book, after.book, is, exempt))
      refuse('This would let somebody manage access rights.');
    if (!had || !was) continue;
    const own = exempt.source !== undefined && was.source === exempt.source;
    const disabledByOwner = own && was.state === 'active' && is.state !== 'active';
    const binds = was.identity === undefined && is.identity !== undefined && is.invitation === undefined;
    const accepts = exempt.invited === true && was.invitation?.byKeeper === true && binds;
    const signsIn = exempt.claim !== undefined && was.source === exempt.claim && binds;
    const suspends = was.suspended !== is.suspended && !own;
    if ((was.state !== is.state && !disabledByOwner) || suspends || was.kind !== is.kind || was.life !== is.life)
      refuse('Only somebody who can manage access rights may change the state of a user who can.');
    if (!sameInvitation(was, is) && !accepts && !signsIn && !(disabledByOwner && is.invitation === undefined))
      refuse('Only somebody who can manage access rights may invite a person who will be able to.');
    const rebound =
      was.identity !== is.identity && !accepts && !signsIn && !(disabledByOwner && is.identity === undefined);
    if (rebound || was.source !== is.source)
      refuse('Only somebody who can manage access rights may change the sign-in identity of a user who can.');
    if (was.external !== is.external && !(disabledByOwner && is.external === undefined))
      refuse('Only somebody who can manage access rights may change the external id of a user who can.');
  }
  for (const id of renamedIn(change)) {
    const [was, is] = [before.users.get(id), after.users.get(id)];
    const named = isPotentialHolder(before.book, was) || isPotentialHolder(after.book, is);
    if (named && (exempt.source === undefined || is?.source !== exempt.source))
      refuse('Only somebody who can manage access rights may change the name, login or mail of a user who can.');
  }
  if (before.book === after.book) return;
  const was = keeperPart(before.book);
  const is = keeperPart(after.book);
  for (const [id, role] of is.roles) {
    const old = was.roles.get(id);
    const users = new Set(old?.chunks.flatMap((chunk) => [...chunk.users]));
    if (!old || role.chunks.some((chunk) => [...chunk.users].some((user) => !users.has(user))))
      refuse('This would let somebody manage access rights.');
  }
  for (const group of is.groups)
    if (!was.groups.has(group) && !belowMarked(before.book, after.book, group, exempt))
      refuse('This would let the members of a group manage access rights.');
  // A source that is wholly new has no users yet, but a source that is created again has.
  for (const id of new Set([...before.book.sources.keys(), ...after.book.sources.keys()])) {
    const [old, now] = [before.book, after.book].map((book) => JSON.stringify(book.sources.get(id)?.signIn));
    if (old !== now && before.book.records.has(`source#${id}`))
      refuse('Only somebody who can manage access rights may change how the users of a directory sign in.');
  }
  for (const group of after.book.groups.values()) {
    const old = before.book.groups.get(group.id);
    if (group.confersAccessManagement && !(old?.confersAccessManagement && old.life === group.life))
      refuse('Only somebody who can manage access rights may let a directory decide who else can, through a group.');
  }
};

/**
 * Refuses a recovery that does more than it may: one user comes to the keeper permission, and that user cannot sign in
 * until an invitation is accepted.
 * @throws Refusal keeper-needed
 */
export const refuseMoreThanRecovery = (before: World, after: World, change: Change): void => {
  const [only, ...others] = change.users;
  const more = () =>
    new Refusal('keeper-needed', 'A recovery gives one person an invitation, and nobody else anything.');
  if (!only || others.length > 0 || isHolder(after.book, only.after)) throw more();
  const ref = userRef(only.after.id, only.after.life);
  const [was, is] = [keeperPart(before.book), keeperPart(after.book)];
  if (!sameKeys(was.groups, is.groups)) throw more();
  for (const [id, role] of is.roles) {
    const old = new Set(was.roles.get(id)?.chunks.flatMap((chunk) => [...chunk.users]));
    if (role.chunks.some((chunk) => [...chunk.users].some((user) => user !== ref && !old.has(user)))) throw more();
  }
};

export const sameInvitation = ({ invitation: a }: Access, { invitation: b }: Access): boolean =>
  a?.digest === b?.digest && a?.expires === b?.expires && a?.byKeeper === b?.byKeeper && a?.by === b?.by;

/** The users whose name, login or mail the change alters. */
const renamedIn = ({ side }: Change): UserId[] =>
  side.flatMap((one) => {
    if (one.kind !== 'profile' || !one.before || !one.after) return [];
    const { before, after } = one;
    return (['name', 'login', 'mail'] as const).some((field) => before[field] !== after[field]) ? [after.id] : [];
  });

/** True when a keeper lets this source decide the membership of this group of its own. */
const isMarkedFor = (book: Book, ref: GroupRef, source: string | undefined): boolean => {
  const group = book.isLive(ref) ? book.groups.get(groupOf(ref)) : undefined;
  return group?.confersAccessManagement === true && group.source === source;
};

/**
 * True when a source's own user has the keeper permission through groups only, each marked for the source or judged with
 * the change to the book.
 */
const conferredByDirectory = (before: Book, after: Book, is: Access, exempt: Exemption): boolean =>
  exempt.source !== undefined &&
  is.source === exempt.source &&
  entriesOf(after, is).every((entry) => {
    const group = groupOfEntry(entry);
    if (group === undefined) return false;
    return !keeperPart(before).groups.has(group) || isMarkedFor(before, group, exempt.source);
  });

/**
 * True when the group is the source's own and leads to the keeper permission only through groups that are marked for the
 * source.
 */
const belowMarked = (before: Book, after: Book, group: GroupRef, exempt: Exemption): boolean => {
  const { roles, groups } = keeperPart(after);
  const up = after.parents(group).filter((parent) => groups.has(parent));
  return (
    exempt.source !== undefined &&
    after.groups.get(groupOf(group))?.source === exempt.source &&
    up.length > 0 &&
    ![...roles.values()].some((role) => role.record.groups.has(group)) &&
    up.every((parent) => isMarkedFor(before, parent, exempt.source))
  );
};

/** The group of the entry; `undefined` for an entry of another kind. */
export const groupOfEntry = (entry: Entry): GroupRef | undefined =>
  entry.startsWith('group:') ? (entry.slice('group:'.length) as GroupRef) : undefined;
