// What each action changes about rights. The table has a row for every change of the service, or does not compile.
import { catalogues } from '../../../../shared/catalogues/index.ts';
import type { ChangeAction } from '../../../../shared/domain/base/actions.ts';
import type { RoleId, RuleId } from '../../../../shared/domain/base/ids.ts';
import type { Grant, Marks, RightsOnRules, RightsRecord } from '../../../../shared/domain/book/records.ts';
import { clonedRights } from '../../../../shared/domain/plan/rule-rights.ts';
import type { Told } from './order.ts';
import type { Cause, DatedGrant, GroupState, RoleState, State, UserState } from './state.ts';
import { bookOf, roleRecord } from './world.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An event with what a row needs of it. */
interface Applied {
  readonly state: State;
  readonly event: Told;
  readonly cause: Cause;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

type Effect = (applied: Applied) => void;

/** An action after which everybody has the rights that they had. */
const nothing: Effect = () => {};

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
const grantsIn = (value: unknown): readonly Grant[] => (Array.isArray(value) ? (value as Grant[]) : []);

/** The grants of a set, each since the event that first gave it. */
const dated = (had: readonly DatedGrant[], has: readonly Grant[], cause: Cause): DatedGrant[] => {
  const known = new Map(had.map((one) => [JSON.stringify(one.grant), one]));
  return has.map((grant) => known.get(JSON.stringify(grant)) ?? { grant, cause });
};

/** The version of the book that a change was planned on; unknown for events of earlier releases. */
const plannedOn = ({ version, basis }: Told): number | undefined =>
  basis ?? (version === undefined ? undefined : version - 1);

/**
 * True when what the change has seen, a version or a rev, is older than the life of a user or a group: it means an earlier
 * life. Operations of one change set see what the ones before them leave.
 */
const isOlder = (seen: number | undefined, born: number | undefined, { version }: Told, bornIn: number | undefined) =>
  seen !== undefined && born !== undefined && seen < born && (version === undefined || version !== bornIn);

// Users

/** The user, also one that was there before the first event. */
const userOf = ({ state, event, cause }: Applied, id: string): UserState => {
  const known = state.users.get(id);
  if (known) return known;
  state.gap(
    `${id} was there before the first event here (see event ${event.id}): what the user had at that time is not known.`,
  );
  const user: UserState = { id, life: 1, state: 'unknown', cause, stateCause: cause, grants: [], groups: new Map() };
  state.users.set(id, user);
  return user;
};

/** The user in a new life, without any right. */
const born = (applied: Applied, id: string): UserState => {
  const { state, event, cause } = applied;
  const was = state.users.get(id);
  const user: UserState = {
    id,
    life: (was?.life ?? 0) + 1,
    bornIn: event.version,
    bornRev: event.rev,
    cause,
    state: 'active',
    stateCause: cause,
    grants: [],
    groups: new Map(),
  };
  state.users.set(id, user);
  return user;
};

const stated = ({ cause }: Applied, user: UserState, { state, kind, source }: Fields): void => {
  if (kind === 'person' || kind === 'machine') user.kind = kind;
  if (typeof source === 'string') user.source = source;
  if ((state !== 'active' && state !== 'disabled') || state === user.state) return;
  user.state = state;
  user.stateCause = cause;
};

/** Puts a user into a group, unless the event means an earlier life of the group. */
const joined = ({ state, event, cause }: Applied, user: UserState, id: string): void => {
  const group = state.group(id);
  if (!group) {
    if (!state.groups.has(id)) state.gap(`${id} was there before the first event here (see event ${event.id}).`);
    return;
  }
  if (isOlder(plannedOn(event), group.bornIn, event, group.bornIn)) return;
  const had = user.groups.get(id);
  if (had?.life !== group.life) user.groups.set(id, { life: group.life, cause });
};

/** A user that is created, changed, or comes into groups and out of them. */
const userChanges: Effect = (applied) => {
  const { event, before, after = {} } = applied;
  const user = userOf(applied, event.target);
  const { rev, version, basis } = event;
  // A change of names alone tells the state as well, and has no place among the changes of the state.
  const isOfNames = rev === undefined && (version ?? basis) !== undefined;
  if (isOfNames || user.state === 'deleted') return;
  for (const id of textsIn(before?.groups)) user.groups.delete(id);
  for (const id of textsIn(after.groups)) joined(applied, user, id);
  stated(applied, user, after);
};

const userCreated: Effect = (applied) => {
  const { state, event, before, after = {} } = applied;
  const was = state.users.get(event.target);
  const user = born(applied, event.target);
  user.kind = 'person';
  user.grants = dated([], grantsIn(after.grants), applied.cause);
  // A directory may make its user anew in one step: of the groups the event tells only those that come and go.
  if (before && was) for (const [id, one] of was.groups) user.groups.set(id, { ...one, cause: applied.cause });
  userChanges(applied);
};

const userDeleted: Effect = (applied) => {
  const user = userOf(applied, applied.event.target);
  user.state = 'deleted';
  user.stateCause = applied.cause;
  user.grants = [];
  user.groups.clear();
};

const userRestored: Effect = (applied) => {
  const { event, before, after = {} } = applied;
  const user = before?.state === 'deleted' ? born(applied, event.target) : userOf(applied, event.target);
  user.grants = dated(user.grants, grantsIn(after.grants), applied.cause);
  for (const id of textsIn(after.roles)) memberIn(applied, roleOf(applied, id), user);
  userChanges({ ...applied, before: undefined });
};

const ownGrants: Effect = (applied) => {
  const user = userOf(applied, applied.event.target);
  if (applied.after?.grants !== undefined)
    user.grants = dated(user.grants, grantsIn(applied.after.grants), applied.cause);
};

/** Groups of users by hand: each member with the rev of the access item after the change. */
const membersOfGroup =
  (side: 'before' | 'after'): Effect =>
  (applied) => {
    const { event, after } = applied;
    const { members, revs } = applied[side] ?? {};
    const stay = new Set(textsIn(after?.stay));
    textsIn(members).forEach((id, i) => {
      const user = userOf(applied, id);
      const rev = Array.isArray(revs) ? Number(revs[i]) : undefined;
      if (user.state === 'deleted' || isOlder(rev, user.bornRev, event, user.bornIn)) return;
      if (side === 'after') joined(applied, user, event.target);
      else if (!stay.has(id)) user.groups.delete(event.target);
    });
  };

// Groups

const parentsAre = (
  { state, cause }: Applied,
  group: GroupState,
  had: readonly string[],
  has: readonly string[],
): void => {
  // References to ended lives stand among the parents, too: only what comes and what goes tells of the present ones.
  const rest = [...had];
  const come = has.filter((id) => {
    const at = rest.indexOf(id);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  for (const id of rest) group.parents.delete(id);
  for (const id of come) {
    const parent = state.group(id);
    if (parent) group.parents.set(id, { life: parent.life, cause });
  }
};

const groupEnds = (group: GroupState): void => {
  group.deleted = true;
  group.parents.clear();
};

const groupBorn = ({ state, event, cause }: Applied, id: string, name: string): GroupState => {
  const was = state.groups.get(id);
  const group: GroupState = {
    id,
    life: (was?.life ?? 0) + 1,
    bornIn: event.version,
    cause,
    name,
    deleted: false,
    parents: new Map(),
  };
  state.groups.set(id, group);
  return group;
};

const groupOf = ({ state, event, cause }: Applied, id: string): GroupState => {
  const known = state.groups.get(id);
  if (known) return known;
  state.gap(
    `${id} was there before the first event here (see event ${event.id}): its place among groups is not known.`,
  );
  const group: GroupState = { id, life: 1, cause, name: '', deleted: false, parents: new Map() };
  state.groups.set(id, group);
  return group;
};

interface GroupMove {
  readonly id: string;
  readonly before: Fields | undefined;
  readonly after: Fields | undefined;
}

/** Several groups of one change: all of them are there, or gone, before any of them is put into another. */
const groupsMove = (applied: Applied, moves: readonly GroupMove[]): void => {
  for (const { id, before, after } of moves) {
    if (!after) groupEnds(groupOf(applied, id));
    else if (!before || after.renewed === true) groupBorn(applied, id, String(after.name ?? ''));
  }
  for (const { id, before, after } of moves) {
    if (!after) continue;
    const group = groupOf(applied, id);
    if (typeof after.name === 'string') group.name = after.name;
    const isNew = !before || after.renewed === true;
    if (after.parents !== undefined)
      parentsAre(applied, group, isNew ? [] : textsIn(before?.parents), textsIn(after.parents));
  }
};

const oneGroup: Effect = (applied) => {
  const { state, event, before, after, cause } = applied;
  groupsMove(applied, [{ id: event.target, before, after }]);
  // A group that a restoration brings back comes into its roles, and over the groups that were within it.
  const group = state.group(event.target);
  if (!group || !after) return;
  const member = { life: group.life, cause };
  for (const id of textsIn(after.roles)) state.roles.get(id)?.groups.set(group.id, member);
  for (const id of textsIn(after.children)) state.group(id)?.parents.set(group.id, member);
};

const someGroups: Effect = (applied) => {
  const by = (side: Fields | undefined) =>
    new Map((Array.isArray(side?.groups) ? (side.groups as Fields[]) : []).map((one) => [String(one.id), one]));
  const [was, is] = [by(applied.before), by(applied.after)];
  groupsMove(
    applied,
    [...new Set([...was.keys(), ...is.keys()])].map((id) => ({ id, before: was.get(id), after: is.get(id) })),
  );
};

// Roles

const newRole = (id: string, { name, predefined, grants, newRules }: Fields, cause: Cause): RoleState => ({
  id,
  name: String(name ?? ''),
  ...(typeof predefined === 'string' && { predefined }),
  grants: dated([], grantsIn(grants), cause),
  members: new Map(),
  groups: new Map(),
  // Earlier releases do not tell it: Q-08 says it.
  newRules: (newRules as RightsOnRules | undefined) ?? { view: true, edit: true, delete: false },
  deleted: false,
  exceptions: new Map(),
  cause,
});

const roleOf = ({ state, event, cause }: Applied, id: string): RoleState => {
  const known = state.roles.get(id);
  if (known) return known;
  state.gap(
    `${id} was there before the first event here, or is predefined and no event tells its grants (see event ${event.id}): what it granted and who was in it at that time is not known.`,
  );
  const role = newRole(id, {}, cause);
  state.roles.set(id, role);
  return role;
};

const memberIn = (
  { cause }: Applied,
  role: RoleState,
  { id, life }: { readonly id: string; readonly life: number },
): void => {
  if (role.members.get(id)?.life !== life) role.members.set(id, { life, cause });
};

const roleCreated: Effect = ({ state, event, after = {}, cause }) => {
  const role = newRole(event.target, after, cause);
  if (state.clock > 0) {
    state.clock += 1;
    role.born = state.clock;
  }
  state.roles.set(role.id, role);
};

const roleCloned: Effect = (applied) => {
  const { state, event, after = {}, cause } = applied;
  const from = roleOf(applied, String(after.from));
  const role = newRole(event.target, { newRules: from.newRules, ...after }, cause);
  role.born = from.born;
  state.roles.set(role.id, role);
  const book = bookOf(state, 'rules');
  for (const record of clonedRights(book, from.id as RoleId, roleRecord(role))) {
    if (record.kind === 'rights') role.header = record;
    if (record.kind === 'exceptions')
      for (const [rule, marks] of Object.entries(record.rules)) role.exceptions.set(rule, marks);
  }
};

const roleUpdated: Effect = (applied) => {
  const role = roleOf(applied, applied.event.target);
  if (typeof applied.after?.name === 'string') role.name = applied.after.name;
};

const roleDeleted: Effect = (applied) => {
  const { state, event, after } = applied;
  const role = roleOf(applied, event.target);
  role.deleted = true;
  role.grants = [];
  role.members.clear();
  role.groups.clear();
  if (typeof after?.rulesTo !== 'string') return;
  state.clock += 1;
  role.rulesTo = after.rulesTo;
  role.rulesAt = state.clock;
};

const roleGrants: Effect = (applied) => {
  const role = roleOf(applied, applied.event.target);
  if (applied.after?.grants !== undefined)
    role.grants = dated(role.grants, grantsIn(applied.after.grants), applied.cause);
};

const groupInRole = ({ state, event, cause }: Applied, role: RoleState, id: string): void => {
  const group = state.group(id);
  if (group) role.groups.set(id, { life: group.life, cause });
  else if (!state.groups.has(id)) state.gap(`${id} was there before the first event here (see event ${event.id}).`);
};

const roleMembers: Effect = (applied) => {
  const { event, before, after } = applied;
  const role = roleOf(applied, event.target);
  for (const id of textsIn(before?.members)) {
    role.members.delete(id);
    role.groups.delete(id);
  }
  const revs = Array.isArray(after?.revs) ? after.revs : [];
  textsIn(after?.members).forEach((id, i) => {
    if (id.startsWith('g')) {
      groupInRole(applied, role, id);
      return;
    }
    const user = userOf(applied, id);
    const rev = revs[i] === undefined ? undefined : Number(revs[i]);
    if (user.state !== 'deleted' && !isOlder(rev, user.bornRev, event, user.bornIn)) memberIn(applied, role, user);
  });
};

// Rules

const ruleRights: Effect = (applied) => {
  const { state, event, after = {} } = applied;
  const role = roleOf(applied, event.target);
  state.clock += 1;
  const date = state.clock;
  const marksOf = (said: unknown): Marks =>
    Object.fromEntries(
      Object.entries((said ?? {}) as Record<string, boolean>).map(([c, on]) => [c, on ? date : -date]),
    );
  const header: RightsRecord = role.header ?? {
    kind: 'rights',
    rev: 0,
    role: role.id as RoleId,
    newRules: [{ ...role.newRules, at: 0 }],
    columns: {},
    edits: 0,
  };
  const newRules = after.newRules as RightsOnRules | undefined;
  if (newRules) role.newRules = newRules;
  role.header = {
    ...header,
    columns: { ...header.columns, ...marksOf(after.columns) },
    ...(newRules && { newRules: [...header.newRules, { ...newRules, at: date }] }),
  };
  for (const [rule, said] of Object.entries((after.rules ?? {}) as Fields))
    role.exceptions.set(rule, { ...role.exceptions.get(rule), ...marksOf(said) });
};

const ruleCreated: Effect = ({ state, event, after = {} }) => {
  state.clock += 1;
  state.rules.set(event.target, {
    order: '',
    type: String(after.type),
    categories: [],
    ...(typeof after.owner === 'string' && { owner: after.owner as RoleId }),
    ownedAt: state.clock,
    born: state.clock,
  });
};

const ruleDeleted: Effect = ({ state, event }) => {
  state.rules.delete(event.target);
  for (const role of state.roles.values()) role.exceptions.delete(event.target);
};

const ruleOwner: Effect = ({ state, event, after = {} }) => {
  const rule = state.rules.get(event.target);
  if (!rule) return state.gap(`${event.target} was there before the first event here (see event ${event.id}).`);
  state.clock += 1;
  const { owner: _, ...rest } = rule;
  const owner = typeof after.owner === 'string' ? { owner: after.owner as RoleId } : {};
  state.rules.set(event.target as RuleId, { ...rest, ...owner, ownedAt: state.clock });
};

// The tenant

const tenantCreated: Effect = (applied) => {
  const { state, event, after = {}, cause } = applied;
  const { data } = catalogues.get(String(after.catalogue)) ?? {};
  const isWhole = after.roles !== undefined;
  if (!isWhole)
    state.gap(
      `The release that created the tenant tells neither the version of its catalogue nor the ids of its predefined roles (event ${event.id}): who is in them, and what they grant, is known from their first change on.`,
    );
  const features = isWhole
    ? textsIn(after.features)
    : (data?.features.filter(({ initially }) => initially).map(({ id }) => id) ?? []);
  state.tenant = {
    name: String(after.name ?? ''),
    catalogue: String(after.catalogue),
    catalogueVersion: isWhole ? Number(after.catalogueVersion) : undefined,
    enforced: isWhole ? after.enforced === true : (data?.enforcement.initially ?? true),
    features: new Map(features.map((feature) => [feature, cause])),
    lifecycle: 'active',
    cause,
  };
  for (const role of Array.isArray(after.roles) ? (after.roles as Fields[]) : [])
    state.roles.set(String(role.id), newRole(String(role.id), role, cause));
  const user = born(applied, String(after.firstUser));
  user.kind = 'person';
  user.source = 'local';
  user.grants = dated([], grantsIn(isWhole ? after.grants : data?.firstUser.personal), cause);
  for (const id of textsIn(after.memberOf)) memberIn(applied, roleOf(applied, id), user);
};

const tenantUpdated: Effect = ({ state, after = {}, cause }) => {
  const { tenant } = state;
  if (!tenant) return;
  if (typeof after.name === 'string') tenant.name = after.name;
  if (typeof after.enforced === 'boolean' && after.enforced !== tenant.enforced) {
    tenant.enforced = after.enforced;
    tenant.cause = cause;
  }
  const { role, group } = (after.administratorsJoined ?? {}) as Fields;
  const [into, member] = [state.roles.get(String(role)), state.group(String(group))];
  if (into && member) into.groups.set(member.id, { life: member.life, cause });
};

const featuresReplaced: Effect = ({ state, after = {}, cause }) => {
  const { tenant } = state;
  if (!tenant) return;
  const wanted = textsIn(after.features);
  for (const feature of [...tenant.features.keys()]) if (!wanted.includes(feature)) tenant.features.delete(feature);
  for (const feature of wanted) if (!tenant.features.has(feature)) tenant.features.set(feature, cause);
};

const lifecycleMoved: Effect = ({ state, after = {} }) => {
  if (state.tenant) state.tenant.lifecycle = String(after.state ?? 'active');
};

const recovered: Effect = (applied) => {
  const { state, event, after = {}, cause } = applied;
  if (after.grants === undefined)
    return state.gap(`The release that completed the recovery does not tell what it gave (event ${event.id}).`);
  const user = after.created === true ? born(applied, event.target) : userOf(applied, event.target);
  stated(applied, user, after);
  user.grants = dated(user.grants, grantsIn(after.grants), cause);
  const told = after.role as Fields | undefined;
  if (!told) return;
  roleCreated({ ...applied, event: { ...event, target: String(told.id) }, after: told });
  memberIn(applied, roleOf(applied, String(told.id)), user);
};

const copied: Effect = ({ state, event, after = {} }) => {
  state.gap(
    `The tenant was brought back from a copy that was made at ${after.exportedAt} (event ${event.id}): what was changed between the copy and that moment is undone, and these events do not tell it.`,
  );
  state.versions.forget();
};

const policyCreated: Effect = ({ state, event, after = {}, cause }) => {
  state.policies.set(event.target, { id: event.target, name: String(after.name ?? ''), cause });
};
const policyUpdated: Effect = ({ state, event, after = {} }) => {
  const known = state.policies.get(event.target);
  if (known && typeof after.name === 'string') state.policies.set(event.target, { ...known, name: after.name });
};
const policyDeleted: Effect = ({ state, event }) => {
  state.policies.delete(event.target);
};

export const effects: Readonly<Record<ChangeAction, Effect>> = {
  'tenant.created': tenantCreated,
  'tenant.updated': tenantUpdated,
  'tenant.features.replaced': featuresReplaced,
  'tenant.state.changed': lifecycleMoved,
  'recovery.requested': nothing,
  'recovery.approved': nothing,
  'recovery.cancelled': nothing,
  'recovery.completed': recovered,
  'tenant.purge.started': nothing,
  'tenant.purged': nothing,
  'tenant.restored': copied,
  'user.created': userCreated,
  'user.updated': userChanges,
  'user.enabled': userChanges,
  'user.disabled': userChanges,
  'user.deleted': userDeleted,
  'user.restored': userRestored,
  'user.erased': nothing,
  'user.invited': nothing,
  'user.bound': nothing,
  'user.unbound': nothing,
  'user.grants.replaced': ownGrants,
  'user.grant.removed': ownGrants,
  'user.groups.changed': userChanges,
  'group.created': oneGroup,
  'group.updated': oneGroup,
  'group.deleted': oneGroup,
  'group.members.added': membersOfGroup('after'),
  'group.members.removed': membersOfGroup('before'),
  'group.members.awaited': nothing,
  'group.members.forgotten': nothing,
  'policy.created': policyCreated,
  'policy.updated': policyUpdated,
  'policy.deleted': policyDeleted,
  'role.created': roleCreated,
  'role.cloned': roleCloned,
  'role.updated': roleUpdated,
  'role.deleted': roleDeleted,
  'role.grants.replaced': roleGrants,
  'role.grant.added': roleGrants,
  'role.grant.removed': roleGrants,
  'role.members.added': roleMembers,
  'role.members.removed': roleMembers,
  'role.members.replaced': roleMembers,
  'role.rule-rights.changed': ruleRights,
  'rule.created': ruleCreated,
  'rule.updated': nothing,
  'rule.deleted': ruleDeleted,
  'rule.moved': nothing,
  'rule.owner.changed': ruleOwner,
  'rule.categories.replaced': nothing,
  // Each operation of a change set has its own event.
  'changes.submitted': nothing,
  'draft.created': nothing,
  'draft.updated': nothing,
  'draft.deleted': nothing,
  'draft.submitted': nothing,
  'session.started': nothing,
  'session.ended': nothing,
  'sessions.ended': nothing,
  'directory.source.created': nothing,
  'directory.source.updated': nothing,
  // Its users and groups stay, and nobody loses access by it.
  'directory.source.deleted': nothing,
  // What a run does to users and groups has events of its own.
  'directory.delta.received': nothing,
  'directory.run.opened': nothing,
  'directory.batch.received': nothing,
  'directory.run.committed': nothing,
  'directory.run.abandoned': nothing,
  'directory.run.held': nothing,
  'directory.run.approved': nothing,
  'directory.run.rejected': nothing,
  'directory.run.restored': nothing,
  'directory.groups.changed': someGroups,
  // Neither state nor groups: those have actions of their own.
  'directory.object.updated': nothing,
  'directory.object.removed': nothing,
  // It removes what names lives that are over.
  swept: nothing,
  'audit.settings.replaced': nothing,
};
