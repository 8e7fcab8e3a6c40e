// The state as the domain knows it: a book and access items, so that the service's own code decides.
import type {
  GroupRef,
  Life,
  PolicyId,
  RoleId,
  SourceId,
  UserId,
  UserRef,
} from '../../../../shared/domain/base/ids.ts';
import { Book } from '../../../../shared/domain/book/book.ts';
import { type Access, type BookRecord, type RoleRecord, recordName } from '../../../../shared/domain/book/records.ts';
import type { GroupState, Member, RoleState, State, UserState } from './state.ts';

/** A life of the replay as the domain writes it. */
const lifeOf = (life: number): Life => life.toString(32).padStart(6, '0') as Life;
const refsOf = <R extends string>(members: ReadonlyMap<string, Member>): Set<R> =>
  new Set([...members].map(([id, { life }]) => `${id}.${lifeOf(life)}` as R));

export const roleRecord = (role: RoleState): RoleRecord => ({
  kind: 'role',
  rev: 1,
  id: role.id as RoleId,
  name: role.name,
  description: '',
  ...(role.predefined !== undefined && { predefined: role.predefined }),
  grants: role.grants.map(({ grant }) => grant),
  newRules: role.newRules,
  ...(role.born !== undefined && { born: role.born }),
  groups: refsOf<GroupRef>(role.groups),
  deleted: role.deleted,
  ...(role.rulesTo !== undefined && { rulesTo: role.rulesTo as RoleId }),
  ...(role.rulesAt !== undefined && { rulesAt: role.rulesAt }),
});

const groupRecord = (group: GroupState): BookRecord => ({
  kind: 'group',
  rev: 1,
  id: group.id as never,
  life: lifeOf(group.life),
  name: group.name,
  source: '' as SourceId,
  parents: refsOf<GroupRef>(group.parents),
  confersAccessManagement: false,
  deleted: group.deleted,
});

function* recordsOf(state: State, part: 'all' | 'rules'): Generator<BookRecord> {
  const { tenant } = state;
  if (tenant)
    yield {
      kind: 'tenant',
      rev: 1,
      name: tenant.name,
      catalogue: tenant.catalogue,
      catalogueVersion: tenant.catalogueVersion as number,
      enforced: tenant.enforced,
      enabledBefore: tenant.enforced,
      changesTakeEffect: 'immediately',
      features: new Set(tenant.features.keys()),
      createdAt: tenant.cause.at,
    };
  for (const role of state.roles.values()) {
    yield roleRecord(role);
    const { id, header, exceptions, members } = role;
    if (header) yield header;
    if (exceptions.size > 0)
      yield { kind: 'exceptions', rev: 1, role: id as RoleId, chunk: 0, rules: Object.fromEntries(exceptions) };
    if (part === 'all' && members.size > 0)
      yield { kind: 'members', rev: 1, role: id as RoleId, chunk: 0, users: refsOf<UserRef>(members) };
  }
  if (state.rules.size > 0) yield { kind: 'rules', rev: 1, chunk: 0, entries: Object.fromEntries(state.rules) };
  if (part === 'rules') return;
  for (const { id, name } of state.policies.values())
    yield { kind: 'policy', rev: 1, id: id as PolicyId, name, description: '', deleted: false };
  for (const group of state.groups.values()) yield groupRecord(group);
}

/** The book of the state, or only its roles with their rights on rules. */
export const bookOf = (state: State, part: 'all' | 'rules' = 'all'): Book =>
  new Book(1, new Map([...recordsOf(state, part)].map((record) => [recordName(record), record])));

/** The access item of a user, as far as it decides. A user whose state no event has told counts as active. */
export const accessOf = (user: UserState): Access => ({
  id: user.id as UserId,
  life: lifeOf(user.life),
  rev: 1,
  kind: user.kind ?? 'person',
  state: user.state === 'unknown' ? 'active' : user.state,
  source: 'local',
  groups: refsOf<GroupRef>(user.groups),
  personal: user.grants.map(({ grant }) => grant),
  stamp: 0,
});
