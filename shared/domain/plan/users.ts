// Plans for users: persons and machine clients, their state, sign-in and own grants.

import type { ChangeAction } from '../base/actions.ts';
import { type UserId, userRef } from '../base/ids.ts';
import { changedName, cleanName, visible } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { Access, GrantSet } from '../book/records.ts';
import { directoryOf } from '../book/sources.ts';
import {
  type Change,
  type IdsAndTime,
  listedBy,
  noChange,
  type Profile,
  personalIn,
  type SideWrite,
  type World,
} from '../change.ts';
import { heldBy, Rights } from '../deciding/decide.ts';
import {
  checkedGrants,
  hiddenPart,
  normalised,
  refinementsAdded,
  replacedVisibly,
  sameGrants,
  visiblePart,
} from '../deciding/grants.ts';
import { needPermission, type Taken, taking } from '../deciding/taking.ts';
import type { DeletedUser } from '../deleted.ts';
import { type DirectoryUser, isSuspended } from '../directory.ts';
import { ceasing } from '../session.ts';
import { type UserResult, userIn } from './sign-ins.ts';

/** Digests under which a sign-in and an external id are stored, computed by the caller of the plan. */
export interface Digests {
  readonly identity?: string | undefined;
  readonly external?: string | undefined;
}

export interface NewUser {
  readonly kind: 'person' | 'machine';
  readonly source: 'local' | 'external';
  readonly name: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
  readonly externalId?: string | undefined;
  /** Sign-in of a machine client that a keeper creates; all other users are bound by accepting an invitation. */
  readonly identity?: { readonly issuer: string; readonly subject: string } | undefined;
}

export const trail = (profile: Profile) => ({ name: { ref: profile.id } });

/**
 * Creates a user. A person starts with the catalogue's rights for new users (FP-03, FP-04), a machine client without any.
 */
export const createUser = (world: World, input: NewUser, digests: Digests, tools: IdsAndTime): Change<UserResult> => {
  const id = tools.ids.next('user');
  const { book } = world;
  const personal = input.kind === 'person' ? (book.catalogue.data.newUser.personal as Access['personal']) : [];
  const access: Access = {
    id,
    life: tools.ids.life(),
    rev: 1,
    kind: input.kind,
    state: 'active',
    source: input.source,
    ...(digests.identity && { identity: digests.identity }),
    ...(digests.external && { external: digests.external }),
    groups: new Set(),
    personal: [...personal],
    stamp: 0,
  };
  const profile: Profile = {
    id,
    rev: 1,
    name: cleanName(input.name, '/name'),
    login: visible(input.login, '/login'),
    mail: input.mail,
    externalId: input.externalId,
    issuer: input.identity?.issuer,
    subject: input.identity?.subject,
    createdAt: new Date(tools.now).toISOString(),
  };
  const aliases = [digests.identity, digests.external].filter((digest) => digest !== undefined);
  return {
    book: [],
    users: [{ before: undefined, after: access }],
    side: [
      { kind: 'profile', before: undefined, after: profile },
      ...aliases.map((digest): SideWrite => ({ kind: 'alias', digest, after: id })),
    ],
    audit: {
      action: 'user.created',
      target: id,
      after: {
        kind: input.kind,
        source: input.source,
        ...trail(profile),
        grants: personal,
        ...(access.identity !== undefined && { identity: access.identity }),
      },
    },
    result: { access, profile },
  };
};

interface UserUpdate {
  readonly name?: string | undefined;
  readonly login?: string | null | undefined;
  readonly mail?: string | null | undefined;
  readonly externalId?: string | null | undefined;
  readonly state?: 'active' | 'disabled' | undefined;
}

const orGone = (value: string | null | undefined, old: string | undefined) =>
  value === undefined ? old : (value ?? undefined);

/** The state as events tell it. */
const stateTold = ({ state, suspended }: Access) => ({ state, ...(suspended && { suspended }) });

/** The access item with the mark of a suspension, or without it. */
export const withSuspension = ({ suspended: _, ...rest }: Access, on: boolean): Access => ({
  ...rest,
  ...(on && { suspended: true }),
});

/**
 * The state that an administrator gives. A user of a directory is suspended by disabling, and by enabling gets the state of
 * the directory's own word.
 * @throws Refusal owned-by-directory when the directory itself disables the user
 */
const stateGiven = (
  book: Book,
  before: Access,
  state: UserUpdate['state'],
  object: DirectoryUser | undefined,
): Access => {
  // A mark of a suspension may be left from the time when a directory owned the user.
  if (!directoryOf(book, before)) return state === undefined ? before : withSuspension({ ...before, state }, false);
  if (state === 'disabled') return withSuspension({ ...before, state }, true);
  if (state === undefined || before.state === 'active') return before;
  const enabled = object?.enabled !== false;
  if (!enabled && !isSuspended(before, object))
    throw new Refusal('owned-by-directory', 'The directory disables this user: enable the user there.');
  return withSuspension({ ...before, state: enabled ? 'active' : 'disabled' }, false);
};

/** The access item with this digest of an external id, or without one. */
const withExternal = ({ external: _, ...rest }: Access, external: string | undefined): Access => ({
  ...rest,
  ...(external !== undefined && { external }),
});

/** The records of external ids: the old one goes and the new one comes, so that each leads to one user at any time. */
const externalMoved = ({ id, external: old }: Access, { external: own }: Access): SideWrite[] =>
  old === own
    ? []
    : [
        ...(old === undefined ? [] : [{ kind: 'alias', digest: old, before: id } as const]),
        ...(own === undefined ? [] : [{ kind: 'alias', digest: own, after: id } as const]),
      ];

/** What the caller of the update has looked up. */
interface UpdateFacts {
  /** What the directory said last of its user, when the request enables the user. */
  readonly object?: DirectoryUser | undefined;
  /** The digest of the external id that the request gives. */
  readonly external?: string | undefined;
}

/**
 * Updates profile, external id and state. A directory's fields are changed in the directory only, but any user can be
 * disabled here, and get an external id, because no directory says one.
 */
export const updateUser = (
  world: World,
  id: UserId,
  profile: Profile,
  input: UserUpdate,
  { object, external }: UpdateFacts = {},
): Change<UserResult> => {
  const before = userIn(world, id);
  const wanted: Profile = {
    ...profile,
    name: changedName(profile.name, input.name, (name) => cleanName(name, '/name')),
    login: orGone(input.login === profile.login ? input.login : visible(input.login, '/login'), profile.login),
    mail: orGone(input.mail, profile.mail),
    externalId: orGone(input.externalId, profile.externalId),
  };
  const owned = (['name', 'login', 'mail'] as const).filter((field) => wanted[field] !== profile[field]);
  if (owned.length > 0 && directoryOf(world.book, before))
    throw new Refusal('owned-by-directory', `The directory owns ${owned.join(', ')} of this user: change it there.`);
  const renamed = wanted.externalId !== profile.externalId;
  const edited = [...owned, ...(renamed ? ['externalId'] : [])];
  const stated = stateGiven(world.book, before, input.state, object);
  const given = renamed ? withExternal(stated, external) : stated;
  const access = ceasing(before, { ...given, rev: before.rev + 1 });
  const stateMoves = access.state !== before.state || access.suspended !== before.suspended;
  if (edited.length === 0 && !stateMoves) return noChange({ access: before, profile });
  const accessMoves = stateMoves || renamed;
  const after = edited.length > 0 ? { ...wanted, rev: profile.rev + 1 } : profile;
  return {
    book: [],
    users: accessMoves ? [{ before, after: access }] : [],
    side: [
      ...(edited.length > 0 ? [{ kind: 'profile', before: profile, after } as const] : []),
      ...externalMoved(before, access),
    ],
    audit: {
      action: stateMoves ? (input.state === 'active' ? 'user.enabled' : 'user.disabled') : 'user.updated',
      target: id,
      before: stateTold(before),
      after: { ...stateTold(access), ...(edited.length > 0 && { changed: edited }) },
      ...personalIn(profile, after),
    },
    result: { access: accessMoves ? access : before, profile: after },
  };
};

/**
 * The access item of a deleted user: it marks the life as over. Memberships left behind name that life and count no more.
 */
const tombstone = (before: Access): Access =>
  ceasing(before, {
    id: before.id,
    life: before.life,
    rev: before.rev + 1,
    kind: before.kind,
    state: 'deleted',
    source: before.source,
    groups: new Set(),
    personal: [],
    ...(before.epoch !== undefined && { epoch: before.epoch }),
    ...(before.erased && { erased: before.erased }),
    stamp: before.stamp,
  });

/** The sweep after the end of an incarnation: its entries in listings and in roles, however many they are. */
const sweepOf = (before: Access): SideWrite => ({
  kind: 'sweep',
  sweep: { kind: 'user', id: before.id, life: before.life, ...listedBy(before) },
});

/** The user as kept for restoring. */
const keptDeleted = (
  { book }: World,
  before: Access,
  { id: _, rev: __, ...profile }: Profile,
  object: DirectoryUser | undefined,
  now: number,
): DeletedUser => ({
  id: before.id,
  life: before.life,
  kind: before.kind,
  state: before.state,
  suspended: before.suspended,
  source: before.source,
  identity: before.identity,
  external: before.external,
  groups: [...before.groups],
  origins: before.origins?.life === before.life ? before.origins.of : undefined,
  personal: [...before.personal],
  roles: book.rolesOfUser(userRef(before.id, before.life)).map(({ record }) => record.id),
  profile,
  object,
  deletedAt: new Date(now).toISOString(),
});

/**
 * Deletes a user, who is kept for restoring.
 * @param object what the directory said last of its user
 * @param now milliseconds since 1970
 */
export const deleteUser = (
  world: World,
  id: UserId,
  profile: Profile | undefined,
  now: number,
  object?: DirectoryUser,
): Change<undefined> => {
  const before = userIn(world, id);
  const aliases = [before.identity, before.external].filter((digest) => digest !== undefined);
  const kept = profile && keptDeleted(world, before, profile, object, now);
  return {
    book: [],
    users: [{ before, after: tombstone(before) }],
    side: [
      ...(profile ? [{ kind: 'profile', before: profile, after: undefined } as const] : []),
      ...aliases.map((digest): SideWrite => ({ kind: 'alias', digest, before: id })),
      sweepOf(before),
      ...(kept ? [{ kind: 'deleted', id, after: kept } as const] : []),
    ],
    audit: {
      action: 'user.deleted',
      target: id,
      before: {
        kind: before.kind,
        state: before.state,
        ...(before.identity !== undefined && { identity: before.identity }),
      },
    },
    result: undefined,
  };
};

/** Checks that the catalogue has own grants of users. @throws Refusal personal-grants-off when it has none */
export const needPersonalGrants = (world: World): void => {
  if (!world.book.catalogue.data.personalGrants) throw new Refusal('personal-grants-off', 'Use roles instead.');
};

/** The grants of a set that the actor sees: all of them for a keeper. */
const seenBy = (world: World, actor: Rights | 'keeper', set: GrantSet): GrantSet =>
  actor === 'keeper' ? set : visiblePart(world.book, actor, set);

/** The user's own grants after the change, judged on those that the actor sees, so that no refusal betrays hidden ones. */
const personalChange = (
  world: World,
  before: Access,
  actor: Rights | 'keeper',
  personal: GrantSet,
  action: ChangeAction,
): Change<Access> => {
  const seen = (set: GrantSet): GrantSet => seenBy(world, actor, set);
  if (sameGrants(personal, before.personal)) return noChange(before);
  const after: Access = { ...before, rev: before.rev + 1, personal: [...personal] };
  const sets = heldBy(world.book, { ...after, state: 'active' }).map((set) => ({ ...set, grants: seen(set.grants) }));
  if (refinementsAdded(seen(before.personal), seen(personal)) && new Rights(world.book, sets).widened)
    throw new Refusal(
      'policies-not-applicable',
      'The permissions of this user apply to all policies: leave the policies out.',
    );
  withinQuota('groupsPerUser', before.groups.size);
  return {
    book: [],
    users: [{ before, after }],
    side: [],
    audit: {
      action,
      target: before.id,
      before: { grants: before.personal },
      after: { grants: personal },
    },
    result: after,
  };
};

/** Replaces the own grants of a user that the actor sees; a keeper sees all of them. */
export const putPersonalGrants = (
  world: World,
  id: UserId,
  actor: Rights | 'keeper',
  wanted: GrantSet,
): Change<Access> => {
  needPersonalGrants(world);
  const before = userIn(world, id);
  const personal =
    actor === 'keeper'
      ? checkedGrants(world.book, wanted, before.personal, '/grants')
      : replacedVisibly(world.book, actor, before.personal, wanted, '/grants');
  return personalChange(world, before, actor, personal, 'user.grants.replaced');
};

/**
 * Takes one permission out of the own grants that the actor sees; nothing happens when none of them gives it.
 * @throws Refusal granted-by-wider when the user has it through a wider grant, unless `expand` replaces that grant by the
 * rest of its parts
 */
export const removePersonalGrant = (
  world: World,
  id: UserId,
  actor: Rights | 'keeper',
  taken: Taken,
  expand = false,
): Change<Access> => {
  needPersonalGrants(world);
  const before = userIn(world, id);
  needPermission(world.book, taken.permission);
  const seen = seenBy(world, actor, before.personal);
  const rest = taking(world.book, seen, taken, expand);
  if (!rest) return noChange(before);
  // The wider grant contained its parts before, so parts whose feature is off count as held already.
  const kept = checkedGrants(world.book, rest, [...seen, ...rest], '/grants');
  const hidden = actor === 'keeper' ? [] : hiddenPart(world.book, actor, before.personal);
  return personalChange(world, before, actor, normalised([...hidden, ...kept]), 'user.grant.removed');
};
