// What a destructive request would leave, said naively: applied to a copy of the raw facts, in the simplest words. For
// quiet tenants, where a refusal can be right or wrong.

import type { Random } from '../../infra/local/model/index.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { Request } from './calling.ts';
import type { Facts, Raw } from './naive.ts';

interface Case {
  readonly id: OperationId;
  readonly request: Request;
  /** The facts as they would be. */
  readonly after: Facts;
}

const idOf = (ref: string): string => ref.split('.')[0] as string;
const setOf = (value: unknown): Set<string> => new Set(value instanceof Set ? (value as Set<string>) : []);
const any = { 'if-match': '*' };

const withUser = (facts: Facts, id: string, change: Raw): Facts => {
  const after = facts.copy();
  after.users.set(id, { ...after.users.get(id), ...change });
  return after;
};

const withRole = (facts: Facts, id: string, change: Raw): Facts => {
  const after = facts.copy();
  after.records.set(`role#${id}`, { ...after.records.get(`role#${id}`), ...change });
  return after;
};

/** Members out of a role, and, when it is replaced, others in. */
const withMembers = (facts: Facts, id: string, stays: (member: string) => boolean, join: readonly string[]): Facts => {
  const after = facts.copy();
  const role = after.records.get(`role#${id}`) as Raw;
  for (const [name, record] of after.records)
    if (record.kind === 'members' && record.role === id)
      after.records.set(name, {
        ...record,
        users: new Set([...setOf(record.users)].filter((ref) => stays(idOf(ref)))),
      });
  const groups = new Set([...setOf(role.groups)].filter((ref) => stays(idOf(ref))));
  const users = new Set<string>();
  for (const member of join) {
    const group = after.records.get(`group#${member}`);
    if (group) groups.add(`${group.id}.${group.life}`);
    else users.add(`${member}.${after.users.get(member)?.life}`);
  }
  after.records.set(`role#${id}`, { ...role, groups });
  after.records.set('members of the oracle', { kind: 'members', role: id, users });
  return after;
};

/** A destructive request that nothing but a lock-out could make anybody refuse, and what it would leave. */
export const destructive = (random: Random, facts: Facts): Case | undefined => {
  const people = [...facts.potential().keys()].map(idOf);
  const userId = random.pick(people);
  const user = facts.users.get(userId) as Raw;
  const ofUser = (id: OperationId, change: Raw, body?: object): Case => ({
    id,
    request: { params: { userId }, ...(body && { body }), headers: any },
    after: withUser(facts, userId, change),
  });
  const roles = facts.keeperRoles();
  const roleId = roles.length > 0 ? String(random.pick(roles).id) : undefined;
  const kind = random.int(8);
  if (kind === 0 && user.state === 'active') return ofUser('updateUser', { state: 'disabled' }, { state: 'disabled' });
  if (kind === 1) return ofUser('deleteUser', { state: 'deleted' });
  if (kind === 2 && user.identity !== undefined) return ofUser('unbindUser', { identity: undefined });
  if (kind === 3 && facts.catalogue.personal) return ofUser('putUserGrants', { personal: [] }, { grants: [] });
  if (roleId === undefined) return undefined;
  const params = { roleId };
  if (kind === 4)
    return { id: 'deleteRole', request: { params, headers: any }, after: withRole(facts, roleId, { deleted: true }) };
  if (kind === 5)
    return {
      id: 'putRoleGrants',
      request: { params, body: { grants: [] }, headers: any },
      after: withRole(facts, roleId, { grants: [] }),
    };
  const role = facts.records.get(`role#${roleId}`) as Raw;
  const all = [...facts.membersOf(role), ...setOf(role.groups)].map(idOf);
  const some = random.shuffle(all).slice(0, 1 + random.int(all.length + 1));
  if (kind === 6)
    return {
      id: 'removeRoleMembers',
      request: { params, body: { members: some }, headers: any },
      after: withMembers(facts, roleId, (member) => !some.includes(member), []),
    };
  const alive = (id: string) => {
    const found = facts.users.get(id) ?? facts.records.get(`group#${id}`);
    return found !== undefined && found.state !== 'deleted' && found.deleted !== true;
  };
  const others = [...facts.users.keys(), ...facts.of('group').map((group) => String(group.id))].filter(alive);
  const join = random.shuffle(others).slice(0, random.int(3));
  return {
    id: 'replaceRoleMembers',
    request: { params, body: { members: join }, headers: any },
    after: withMembers(facts, roleId, (member) => join.includes(member), join),
  };
};
