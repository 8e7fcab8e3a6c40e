// Plans that bring deleted users back. Everything is judged as if it were given today: what is gone, what is full and what
// the actor could not give stays out, and the answer says so.
import { type GroupRef, groupOf, type Life, type SourceId, type UserRef, userRef } from '../base/ids.ts';
import { quotas } from '../base/quotas.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book, Role } from '../book/book.ts';
import type { Access, BookRecord, Grant, GrantSet } from '../book/records.ts';
import { directoryOf } from '../book/sources.ts';
import { type Change, type IdsAndTime, noChange, type Profile, type SideWrite, type World } from '../change.ts';
import type { Rights } from '../deciding/decide.ts';
import { checkedGrants, checkGrant, visiblePart } from '../deciding/grants.ts';
import type { DeletedUser } from '../deleted.ts';
import { type DirectoryUser, dnDigest, type Pointer } from '../directory.ts';
import { confersKeeper } from '../keeper/keeper.ts';
import { ceasing } from '../session.ts';
import { namesOf, taken } from './directory-names.ts';
import { withMember } from './members.ts';
import type { UserResult } from './sign-ins.ts';
import { type Digests, trail, withSuspension } from './users.ts';

/** What a restoration is planned on. */
export interface Restoration {
  readonly deleted: DeletedUser;
  readonly actor: Rights | 'keeper';
  /** Those of the user's sign-in and external id that are free. */
  readonly free: Digests;
  /** What the directory says of its user now. */
  readonly object: DirectoryUser | undefined;
  /** The pointers of the names that the object has, or had, by digest. */
  readonly pointers: ReadonlyMap<string, Pointer | undefined>;
  /** The profile of a user who is back in part. */
  readonly profile: Profile | undefined;
}

interface Restored extends UserResult {
  readonly warnings: readonly string[];
  /** True when more of the user can be put back by the same request once more. */
  readonly more: boolean;
}

/** Roles, groups and own grants put back by one transaction: each takes an item, and the rest of it has room, too. */
const mostPutBack = 60;

/** The object of a user in its directory, as it will be; its names are read before the plan is made. */
const objectBack = ({ object: kept }: DeletedUser, object: DirectoryUser | undefined) => object ?? kept;

/** The digests of the names whose pointers a restoration reads. */
export const namesBack = (deleted: DeletedUser, object: DirectoryUser | undefined): string[] =>
  namesOf(objectBack(deleted, object), undefined);

/**
 * Restores a deleted user in a new life, or puts back more of one who is back in part. Somebody who manages access rights
 * restores the whole: sign-in, roles, groups, own grants. Others restore what they could give to a new user, and the rest
 * stays kept for those who manage access rights.
 * @throws Refusal not-restorable
 */
export const restoreUser = (world: World, restoration: Restoration, tools: IdsAndTime): Change<Restored> => {
  const { deleted, actor } = restoration;
  const was = world.users.get(deleted.id);
  const isBack = was !== undefined && was.state !== 'deleted';
  if (isBack && was.life !== deleted.restored)
    throw new Refusal('not-restorable', 'The user is there, in a later life: delete that one first.');
  // What a deleted source has left is local.
  const source = directoryOf(world.book, deleted);
  const first = isBack ? was : begun(restoration, source, was, tools);
  const warnings: string[] = [];
  const own = isBack ? { personal: first.personal, warnings } : personalBack(world.book, actor, deleted.personal);
  const room = Math.max(0, mostPutBack - (isBack ? 0 : new Set(own.personal.map((one) => one.permission)).size));
  const signed = signInBack(restoration, { ...first, personal: own.personal }, warnings);
  const ways = actor === 'keeper' ? waysBack(world, deleted, signed, room) : noWays(deleted, signed);
  const { identity } = signed;
  const inGroups = { ...signed, ...originsBack(deleted, signed, ways.put), groups: ways.groups };
  const after = ceasing(was ?? signed, { ...inGroups, rev: (was?.rev ?? 0) + 1 });
  const profile = profileBack(restoration, after);
  const moves = !isBack || ways.records.length + ways.put.length > 0 || identity !== was.identity;
  warnings.push(...(own.warnings === warnings ? [] : own.warnings), ...ways.warnings);
  if (actor !== 'keeper') warnings.push('left-to-access-managers');
  if (ways.more) warnings.push('more-to-restore');
  const result = { access: moves ? after : first, profile, warnings, more: ways.more };
  if (!moves) return noChange(result);
  const rest = { ...deleted, ...ways.rest, restored: after.life };
  const keeps = actor !== 'keeper' || ways.more;
  return {
    book: ways.records,
    users: [{ before: was, after }],
    side: [
      ...profileSides(restoration, profile),
      ...(isBack || !source ? [] : directorySides(restoration, source, after.life, warnings)),
      ...aliasSides(restoration, was, after),
      { kind: 'deleted', id: deleted.id, after: keeps ? rest : undefined },
    ],
    audit: {
      action: 'user.restored',
      target: deleted.id,
      before: { state: isBack ? after.state : 'deleted' },
      after: {
        kind: after.kind,
        source: after.source,
        state: after.state,
        ...trail(profile),
        grants: after.personal,
        groups: ways.put.map(groupOf),
        roles: ways.roles,
        ...(identity !== undefined && { identity }),
      },
    },
    result,
  };
};

/** The user at the start of the new life: in no group, without a sign-in and without grants. */
const begun = (
  { deleted, object, free }: Restoration,
  source: SourceId | undefined,
  was: Access | undefined,
  tools: IdsAndTime,
): Access => {
  const { kind, suspended, external } = deleted;
  const said = source && objectBack(deleted, object);
  const state = suspended || (said ? !said.enabled : deleted.state !== 'active') ? 'disabled' : 'active';
  return withSuspension(
    {
      id: deleted.id,
      life: tools.ids.life(),
      rev: 0,
      kind,
      state,
      source: deleted.source,
      ...(external !== undefined && free.external === external && { external }),
      groups: new Set(),
      personal: [],
      ...(was?.epoch !== undefined && { epoch: was.epoch }),
      ...(was?.erased && { erased: was.erased }),
      stamp: was?.stamp ?? 0,
    },
    source !== undefined && suspended === true,
  );
};

/** The origins of the memberships that the user has now, and of those that come back. */
const originsBack = ({ origins = {} }: DeletedUser, { life, origins: own }: Access, put: readonly GroupRef[]) => {
  const back = put.flatMap((ref) => (origins[ref] ? [[ref, origins[ref]] as const] : []));
  if (back.length === 0) return {};
  return { origins: { life, of: { ...(own?.life === life && own.of), ...Object.fromEntries(back) } } };
};

/** Binds the sign-in again, which the user has proven before, when the actor could name a sign-in and it is free. */
const signInBack = ({ deleted, actor, free }: Restoration, access: Access, warnings: string[]): Access => {
  const { identity, external } = deleted;
  if (external !== undefined && free.external !== external && deleted.restored === undefined)
    warnings.push('external-id-taken');
  if (identity === undefined || access.identity !== undefined || actor !== 'keeper') return access;
  if (free.identity === identity) return { ...access, identity };
  warnings.push('sign-in-left-out');
  return access;
};

/** The own grants that the actor could give today. */
const personalBack = (book: Book, actor: Rights | 'keeper', had: GrantSet) => {
  const left = new Set<string>();
  const seen = actor === 'keeper' ? had : visiblePart(book, actor, had);
  let wanted = seen.flatMap((grant): Grant[] => {
    const policies = grant.policies?.filter((policy) => book.policies.has(policy));
    const given = policies ? { ...grant, policies } : grant;
    const climbs = actor !== 'keeper' && confersKeeper(book, [grant]);
    const isGood =
      book.catalogue.data.personalGrants && !climbs && refusalOf(() => checkGrant(book, given, [], '')) === undefined;
    if (!isGood || policies?.length !== grant.policies?.length) left.add(grant.permission);
    return isGood ? [given] : [];
  });
  // What a grant requires in its set may be gone; taking that grant away, too, may break the next.
  let refused = refusalOf(() => checkedGrants(book, wanted, [], ''));
  while (refused) {
    const gone = refused.details.more?.permission;
    const rest = wanted.filter(({ permission }) => permission !== gone);
    for (const { permission } of wanted) if (permission === gone || rest.length === wanted.length) left.add(permission);
    wanted = rest.length === wanted.length ? [] : rest;
    refused = refusalOf(() => checkedGrants(book, wanted, [], ''));
  }
  return { personal: wanted, warnings: [...left].sort().map((permission) => `grant-left-out:${permission}`) };
};

const refusalOf = (run: () => unknown): Refusal | undefined => {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return undefined;
};

interface Ways {
  readonly records: readonly BookRecord[];
  readonly groups: Access['groups'];
  /** What was put back. */
  readonly put: readonly GroupRef[];
  readonly roles: readonly string[];
  /** What is still to be put back. */
  readonly rest: Pick<DeletedUser, 'groups' | 'roles'>;
  readonly warnings: readonly string[];
  readonly more: boolean;
}

const noWays = ({ groups, roles }: DeletedUser, access: Access): Ways => ({
  records: [],
  groups: access.groups,
  put: [],
  roles: [],
  rest: { groups, roles },
  warnings: [],
  more: false,
});

/** The records by which the user is in the role; `undefined` when a quota forbids it. */
const memberIn = (world: World, role: Role, ref: UserRef): readonly BookRecord[] | undefined => {
  try {
    return withMember(world, role, ref);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'quota-exceeded') return undefined;
    throw error;
  }
};

/** Puts the user into the roles and groups that still live, as many as fit the transaction. */
const waysBack = (world: World, deleted: DeletedUser, access: Access, room: number): Ways => {
  const warnings: string[] = [];
  const put: GroupRef[] = [];
  const roles: string[] = [];
  const records: BookRecord[] = [];
  let at = world;
  let left = room;
  const [nextRoles, nextGroups] = [[...deleted.roles], [...deleted.groups]];
  for (let id = nextRoles[0]; id !== undefined && left > 0; id = nextRoles[0]) {
    nextRoles.shift();
    const role = at.book.roles.get(id);
    if (!role) warnings.push(`role-gone:${id}`);
    const more = role && memberIn(at, role, userRef(access.id, access.life));
    if (role && !more) warnings.push(`role-full:${id}`);
    if (!more || more.length === 0) continue;
    records.push(...more);
    roles.push(id);
    at = { ...at, book: at.book.with(more) };
    left -= more.length;
  }
  const groups = new Set(access.groups);
  for (let ref = nextGroups[0]; ref !== undefined && left > 0; ref = nextGroups[0]) {
    nextGroups.shift();
    if (groups.has(ref)) continue;
    const isLive = world.book.isLive(ref);
    const fits = groups.size < quotas.groupsPerUser[0];
    if (!isLive || !fits) warnings.push(`${isLive ? 'group-left-out' : 'group-gone'}:${groupOf(ref)}`);
    else {
      groups.add(ref);
      put.push(ref);
      left -= 1;
    }
  }
  const more = nextRoles.length + nextGroups.length > 0;
  return { records, groups, put, roles, rest: { groups: nextGroups, roles: nextRoles }, warnings, more };
};

/** The profile after the restoration; it tells of a sign-in and an external id only when the user has them. */
const profileBack = ({ deleted, profile }: Restoration, { identity, external }: Access): Profile => {
  const { issuer, subject, invitedBy, externalId, ...rest } = deleted.profile;
  const signed = identity !== undefined && identity === deleted.identity ? { issuer, subject, invitedBy } : {};
  if (!profile) return { id: deleted.id, rev: 1, ...rest, ...(external !== undefined && { externalId }), ...signed };
  return profile.issuer === undefined && identity !== undefined
    ? { ...profile, ...signed, rev: profile.rev + 1 }
    : profile;
};

const profileSides = ({ profile: before }: Restoration, after: Profile): SideWrite[] =>
  before === after ? [] : [{ kind: 'profile', before, after }];

const aliasSides = ({ deleted }: Restoration, was: Access | undefined, is: Access): SideWrite[] =>
  (['identity', 'external'] as const).flatMap((of): SideWrite[] => {
    const digest = is[of];
    return digest !== undefined && digest === deleted[of] && was?.[of] === undefined
      ? [{ kind: 'alias', digest, after: deleted.id }]
      : [];
  });

/** The user's object in the new life, under those of its names that nobody else has taken. */
const directorySides = (
  { deleted, object: before, pointers }: Restoration,
  source: SourceId,
  life: Life,
  warnings: string[],
): SideWrite[] => {
  const kept = objectBack(deleted, before);
  if (!kept) return [];
  const after: DirectoryUser = { ...kept, life, rev: (before?.rev ?? 0) + 1 };
  const sides: SideWrite[] = [{ kind: 'object', source, before, after }];
  for (const digest of namesBack(deleted, before)) {
    const pointer = pointers.get(digest);
    if (pointer?.id === undefined)
      sides.push({ kind: 'pointer', source, digest, before: pointer, after: taken(pointer, deleted.id, kept) });
    else if (pointer.id !== deleted.id && digest === dnDigest(kept.dn) && !kept.immutableId)
      warnings.push('name-taken');
  }
  return sides;
};
