// Plans for roles, their grants and their members. Each returns the change or throws a refusal.
import type { ChangeAction } from '../base/actions.ts';
import {
  type GroupId,
  type GroupRef,
  groupOf,
  groupRef,
  isId,
  type RoleId,
  type UserId,
  type UserRef,
  userOf,
  userRef,
} from '../base/ids.ts';
import { changedName, freeName } from '../base/names.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import { type Book, memberCount, type Role } from '../book/book.ts';
import { type BookRecord, type Grant, type GrantSet, type RoleRecord, tombstone } from '../book/records.ts';
import { type Change, type IdsAndTime, mostTold, noChange, type World } from '../change.ts';
import { checkedGrants, checkGrant, sameGrants, withGrant } from '../deciding/grants.ts';
import { needPermission, type Taken, taking } from '../deciding/taking.ts';
import { rulesLostFromSight } from '../rules/rule-rights.ts';
import { type MemberCounts, memberChange } from './members.ts';
import { clonedRights } from './rule-rights.ts';

/** The role with this id. @throws Refusal not-found */
export const roleOf = (book: Book, id: RoleId): Role => {
  const role = book.roles.get(id);
  if (!role) throw new Refusal('not-found', 'There is no such role.');
  return role;
};

const freeRoleName = (book: Book, name: string, except?: RoleId): string => {
  const others = [...book.roles.values()].filter(({ record }) => record.id !== except).map(({ record }) => record.name);
  return freeName(name, others, 'role');
};

const created = (
  book: Book,
  record: RoleRecord,
  action: ChangeAction,
  extra: object = {},
  along: readonly BookRecord[] = [],
): Change<RoleRecord> => {
  withinQuota('roles', book.roles.size + 1);
  return {
    book: [record, ...along],
    users: [],
    side: [],
    audit: {
      action,
      target: record.id,
      after: { name: record.name, description: record.description, newRules: record.newRules, ...extra },
    },
    result: record,
  };
};

/** Creates a role without any permission (SE-06), with View and Edit on other roles' rules (Q-08). */
export const createRole = (
  world: World,
  input: { name: string; description: string },
  tools: IdsAndTime,
): Change<RoleRecord> => {
  const record: RoleRecord = {
    kind: 'role',
    rev: 0,
    id: tools.ids.next('role'),
    name: freeRoleName(world.book, input.name),
    description: input.description,
    grants: [],
    newRules: { view: true, edit: true, delete: false },
    ...(world.book.rules.clock > 0 && { born: world.book.rules.clock + 1 }),
    groups: new Set(),
    deleted: false,
  };
  return created(world.book, record, 'role.created');
};

/**
 * Copies grants and rule rights, those that follow from ownership included, but neither members nor ownership (CT-15,
 *
 */
export const cloneRole = (world: World, id: RoleId, input: { name: string }, tools: IdsAndTime): Change<RoleRecord> => {
  const { record: original } = roleOf(world.book, id);
  const { predefined: _, ...kept } = original;
  const record: RoleRecord = {
    ...kept,
    rev: 0,
    id: tools.ids.next('role'),
    name: freeRoleName(world.book, input.name),
    groups: new Set(),
  };
  const rights = clonedRights(world.book, id, record);
  return created(world.book, record, 'role.cloned', { from: id, grants: record.grants }, rights);
};

/** The change of one role record; empty when the record stays the same. */
const updated = (
  before: RoleRecord,
  after: RoleRecord,
  action: ChangeAction,
  fields: readonly (keyof RoleRecord)[],
): Change<RoleRecord> => {
  if (fields.every((field) => JSON.stringify(before[field]) === JSON.stringify(after[field]))) return noChange(before);
  const pick = (record: RoleRecord) => Object.fromEntries(fields.map((field) => [field, record[field]]));
  return {
    book: [after],
    users: [],
    side: [],
    audit: { action, target: before.id, before: pick(before), after: pick(after) },
    result: after,
  };
};

export const updateRole = (
  world: World,
  id: RoleId,
  input: { name?: string | undefined; description?: string | undefined },
): Change<RoleRecord> => {
  const { record } = roleOf(world.book, id);
  const after = {
    ...record,
    name: changedName(record.name, input.name, (name) => freeRoleName(world.book, name, id)),
    description: input.description ?? record.description,
  };
  return updated(record, after, 'role.updated', ['name', 'description']);
};

/**
 * Marks the role as deleted. A sweep removes its members' items later, and the mark itself makes `newOwner` the owner of
 * its rules, so the cost does not depend on the number of either.
 */
export const deleteRole = (world: World, id: RoleId, newOwner?: RoleId): Change<undefined> => {
  const role = roleOf(world.book, id);
  const { record } = role;
  if (newOwner !== undefined && (newOwner === id || !world.book.roles.has(newOwner)))
    throw invalid('query.newOwner', 'must be another role of this tenant');
  // A user who was deleted and came back is a member once, by each life that the sweep has not reached yet.
  const members = [
    ...new Set([...role.chunks.flatMap(({ users }) => [...users].map(userOf)), ...[...record.groups].map(groupOf)]),
  ];
  const passed = newOwner && { rulesTo: newOwner, rulesAt: world.book.rules.clock + 1 };
  const deleted: RoleRecord = { ...tombstone(record), ...passed };
  const lost = rulesLostFromSight(world.book, world.book.with([deleted]), record).map((rule) => rule.id);
  return {
    book: [deleted],
    users: [],
    side: role.chunks.length > 0 ? [{ kind: 'sweep', sweep: { kind: 'role', id } }] : [],
    audit: {
      action: 'role.deleted',
      target: id,
      before: {
        name: record.name,
        grants: record.grants,
        groups: [...record.groups].map(groupOf),
        users: memberCount(role),
        ...(members.length <= mostTold && { members }),
      },
      also: members,
      ...((newOwner || lost.length > 0) && {
        after: { ...(newOwner && { rulesTo: newOwner }), ...(lost.length > 0 && { rulesSeenByNobody: lost }) },
      }),
    },
    result: undefined,
  };
};

const granted = (
  world: World,
  role: Role,
  wanted: GrantSet,
  field: string,
  action: ChangeAction,
  had: GrantSet = role.record.grants,
): Change<RoleRecord> => {
  const grants = checkedGrants(world.book, wanted, had, field);
  if (sameGrants(role.record.grants, grants)) return noChange(role.record);
  return updated(role.record, { ...role.record, grants }, action, ['grants']);
};

/** Replaces the whole grant set. */
export const putRoleGrants = (world: World, id: RoleId, grants: GrantSet): Change<RoleRecord> =>
  granted(world, roleOf(world.book, id), grants, '/grants', 'role.grants.replaced');

export const addRoleGrant = (world: World, id: RoleId, grant: Grant): Change<RoleRecord> => {
  const role = roleOf(world.book, id);
  checkGrant(world.book, grant, role.record.grants, ''); // alone first, so that an error names this grant
  return granted(world, role, withGrant(role.record.grants, grant), '/grants', 'role.grant.added');
};

/**
 * Takes a grant away; nothing happens when the role does not have it.
 * @throws Refusal granted-by-wider when the role has it through a wider grant, unless `expand` replaces that grant by the
 * rest of its parts
 */
export const removeRoleGrant = (world: World, id: RoleId, taken: Taken, expand = false): Change<RoleRecord> => {
  const role = roleOf(world.book, id);
  needPermission(world.book, taken.permission);
  const { grants } = role.record;
  const rest = taking(world.book, grants, taken, expand);
  if (!rest) return noChange(role.record);
  // The wider grant contained its parts before, so parts whose feature is off count as held already.
  return granted(world, role, rest, '/grants', 'role.grant.removed', [...grants, ...rest]);
};

/** Users and groups by id, as a request names them. */
interface Members {
  readonly users: readonly UserId[];
  readonly groups: readonly GroupId[];
}

/** Sorts the ids of a request. @throws Refusal invalid-request for an id of neither kind */
export const membersOf = (ids: readonly string[], field = '/members'): Members => {
  const users = new Set<UserId>();
  const groups = new Set<GroupId>();
  ids.forEach((id, i) => {
    if (isId('user', id)) users.add(id);
    else if (isId('group', id)) groups.add(id);
    else throw invalid(`${field}/${i}`, 'is neither the id of a user nor of a group');
  });
  return { users: [...users], groups: [...groups] };
};

/** The references of existing users and groups for the members of a role. @throws Refusal invalid-request */
const references = (world: World, ids: readonly string[]): { users: UserRef[]; groups: GroupRef[] } => {
  const { users, groups } = membersOf(ids);
  const at = (id: string) => `/members/${ids.indexOf(id)}`;
  return {
    users: users.map((id) => {
      const access = world.users.get(id);
      if (!access || access.state === 'deleted') throw invalid(at(id), 'there is no such user');
      return userRef(id, access.life);
    }),
    groups: groups.map((id) => {
      const group = world.book.groups.get(id);
      if (!group) throw invalid(at(id), 'there is no such group');
      return groupRef(id, group.life);
    }),
  };
};

/**
 * The references under which each user is a direct member, earlier incarnations included, so that those can be removed
 * too.
 */
const memberRefs = (role: Role): Map<UserId, UserRef[]> => {
  const by = new Map<UserId, UserRef[]>();
  for (const chunk of role.chunks) {
    for (const ref of chunk.users) {
      const id = userOf(ref);
      const list = by.get(id);
      if (list) list.push(ref);
      else by.set(id, [ref]);
    }
  }
  return by;
};

/** Adds several members at once (SE-23); existing members stay as they are. */
export const addMembers = (world: World, id: RoleId, ids: readonly string[]): Change<MemberCounts> => {
  const role = roleOf(world.book, id);
  const { users, groups } = references(world, ids);
  return memberChange(
    world,
    role,
    { add: users, remove: [], groups: new Set([...role.record.groups, ...groups]) },
    'role.members.added',
  );
};

/** Removes several members at once; ids of users and groups that are no members are passed over. */
export const removeMembers = (world: World, id: RoleId, ids: readonly string[]): Change<MemberCounts> => {
  const role = roleOf(world.book, id);
  const { users, groups } = membersOf(ids);
  const refs = memberRefs(role);
  const out = new Set(groups);
  return memberChange(
    world,
    role,
    {
      add: [],
      remove: users.flatMap((user) => refs.get(user) ?? []),
      groups: new Set([...role.record.groups].filter((ref) => !out.has(groupOf(ref)))),
    },
    'role.members.removed',
  );
};

/** Replaces the whole list, up to 5,000 members, atomically. */
export const replaceMembers = (world: World, id: RoleId, ids: readonly string[]): Change<MemberCounts> => {
  const role = roleOf(world.book, id);
  const { users, groups } = references(world, ids);
  const wanted = new Set(users);
  const remove = role.chunks.flatMap((chunk) => [...chunk.users]).filter((ref) => !wanted.has(ref));
  return memberChange(world, role, { add: users, remove, groups: new Set(groups) }, 'role.members.replaced');
};
