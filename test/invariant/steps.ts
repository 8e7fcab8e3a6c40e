// Random requests against small tenants, drawn towards the edge: keepers, the witness, and the roles and groups that
// lead to the keeper permission. What exists is read off the committed facts; requests may still come too late.

import type { Random } from '../../infra/local/model/index.ts';
import { derivedId, type SourceId } from '../../shared/domain/base/ids.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { uuid } from '../support/directory.ts';
import { issuer, machine, operator, person } from '../support/harness.ts';
import type { As, Request } from './calling.ts';
import { type DirectoryStep, directoryStep } from './directory.ts';
import type { Facts, Raw } from './naive.ts';
import { onRules, type Told } from './rules.ts';
import { onRuns, type RunStep } from './runs.ts';
import { onSessions } from './sessions.ts';
import { anySet, swap } from './sets.ts';
import { createSource, onSources } from './sources.ts';

/** One tenant under fire, and what callers know of it. */
export interface Site {
  readonly tenant: string;
  readonly facts: Facts;
  /** Texts of invitations that were handed out. */
  readonly invitations: string[];
  /** Who once could manage access rights: their requests come from a stale page. */
  readonly formerly: string[];
  /** The requests by which runs began: all that a run changes bears the id of its request. */
  readonly posted: Set<string>;
  /** What callers were told about rules. */
  readonly told: Told;
  serial: number;
}

export interface CallStep {
  readonly id: OperationId;
  readonly request: Request;
  /** The actor, for the record. */
  readonly as?: string | undefined;
}
export type Step = CallStep | DirectoryStep | RunStep;

/** The immutable ids of the people and of the groups of every directory. */
export const immutableIds = Array.from({ length: 6 }, (_, i) => uuid(i));
export const immutableGroups = Array.from({ length: 5 }, (_, i) => uuid(100 + i));
const mostUsers = 14;
const mostEverUsers = 80;
const mostRoles = 9;
const mostRecords = 160;

const permissions: Record<string, string[]> = {
  complete: ['manageAccessRights', '*', 'manageUsers', 'viewAllReports', 'createRules', 'manageRulesOrder'],
  'email-security': ['superAdministrator', '*', 'manageUsers', 'viewAllReports'],
  'exchange-rules': ['manageAccessRights', '*', 'createRules', 'manageRulesOrder', 'manageProgramFeatures'],
};

/** What is asked and granted; the keeper permission first. */
export const permissionsOf = (facts: Facts): string[] =>
  (permissions[facts.catalogue.name] ?? []).filter((one) => one !== '*');

/** Draws from one tenant. */
export class Draw {
  readonly random: Random;
  readonly site: Site;

  constructor(random: Random, site: Site) {
    this.random = random;
    this.site = site;
  }

  get facts(): Facts {
    return this.site.facts;
  }

  #keepers: string[] | undefined;
  keepers(): string[] {
    this.#keepers ??= this.facts.keepers();
    return this.#keepers;
  }

  live(): Raw[] {
    return [...this.facts.users.values()].filter((user) => user.state !== 'deleted');
  }

  /** Who can sign in, of these. */
  canSignIn(ids: readonly string[]): string[] {
    return ids.filter((id) => {
      const user = this.facts.users.get(id);
      if (user === undefined || user.identity !== undefined) return user !== undefined;
      // By a claim, unless it is the claim of a person whose sign-in is somebody else already.
      return this.facts.signsInBySource(user) && this.facts.whoseIs(issuer, this.tokenOf(id).subject) === undefined;
    });
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list.length === 0 ? undefined : this.random.pick(list);
  }

  witness(): string {
    return this.facts.witness();
  }

  /** A user to do something to: most often one who matters. */
  user(): string {
    if (this.random.chance(0.3)) return this.witness();
    if (this.random.chance(0.6)) return this.pick(this.keepers()) ?? this.witness();
    return String(this.pick(this.live())?.id ?? this.witness());
  }

  /** A source that delivers; now and then one that is switched off or deleted. */
  source(): Raw | undefined {
    const all = [...this.facts.records.values()].filter(({ kind }) => kind === 'source');
    const delivers = all.filter((source) => source.deleted !== true && source.enabled !== false);
    return this.pick(this.random.chance(0.1) ? all : delivers);
  }

  role(): string | undefined {
    const keeping = this.random.chance(0.6) ? this.facts.keeperRoles() : [];
    return this.pick(keeping.length > 0 ? keeping : this.facts.of('role'))?.id as string | undefined;
  }

  group(): string | undefined {
    const keeping = this.random.chance(0.5) ? [...this.facts.keeperGroups()].map((ref) => ref.split('.')[0]) : [];
    return (this.pick(keeping) ?? this.pick(this.facts.of('group'))?.id) as string | undefined;
  }

  members(): string[] {
    const count = 1 + this.random.int(this.random.chance(0.2) ? 8 : 2);
    const ids = Array.from({ length: count }, () => (this.random.chance(0.25) ? this.group() : this.user()));
    return [...new Set(ids.filter((id) => id !== undefined))];
  }

  permission(): string {
    const all = permissions[this.facts.catalogue.name] as string[];
    return this.random.chance(0.5) ? (all[0] as string) : this.random.pick(all);
  }

  /** True when the tenant is as large as it shall get. */
  full(): boolean {
    return this.facts.records.size > mostRecords || this.facts.of('role').length > mostRoles;
  }

  keeping(): string {
    return this.facts.catalogue.keeper;
  }

  grants(): object[] {
    const count = this.random.int(3);
    return [...new Set(Array.from({ length: count }, () => this.permission()))].map((permission) => ({ permission }));
  }

  name(): string {
    this.site.serial += 1;
    return `n${this.random.chance(0.05) ? 1 : this.site.serial}`;
  }

  /** A sign-in identity; sometimes one that a user may have already. */
  subject(): string {
    this.site.serial += 1;
    return this.random.chance(0.1) ? `s${this.random.int(5)}` : `s-${this.site.serial}`;
  }

  /** A person of the directory: the same one always has the same subject, whomever that is bound to. */
  personOf(immutableId: string): As {
    return { ...person(this.site.tenant, `claim-${immutableId}`), claims: { oid: immutableId } };
  }

  /** The user that the claim of a source names. */
  #claims(source: Raw, immutableId: string): string {
    return derivedId('user', source.id as SourceId, immutableId);
  }

  /** Immutable ids whose user is not there yet: so long their person may accept an invitation, and is somebody else. */
  toCome(): string[] {
    const sources = this.facts.signingIn();
    const isThere = (id: string) => (this.facts.users.get(id)?.state ?? 'deleted') !== 'deleted';
    return immutableIds.filter((one) => !sources.some((source) => isThere(this.#claims(source, one))));
  }

  /** Immutable ids whose person is another user by its record: the claim must not lead there any more. */
  otherwiseBound(): string[] {
    const sources = this.facts.signingIn();
    return immutableIds.filter((one) => {
      const whose = this.facts.whoseIs(issuer, this.personOf(one).subject);
      return whose !== undefined && !sources.some((source) => this.#claims(source, one) === whose);
    });
  }

  /** The token of a user, or of somebody who looks like one. */
  tokenOf(id: string): As {
    const { tenant } = this.site;
    const user = this.facts.users.get(id);
    const subject = this.facts.profiles.get(id)?.subject as string | undefined;
    const value = immutableIds.find((one) =>
      subject === undefined
        ? this.facts.signingIn().some((source) => this.#claims(source, one) === id)
        : subject === `claim-${one}`,
    );
    if (user?.kind === 'machine') return machine(tenant, subject ?? 'nobody', 'admin');
    return value === undefined ? person(tenant, subject ?? 'nobody') : this.personOf(value);
  }

  actor(): { as: As; id: string | undefined } {
    const { formerly } = this.site;
    const keepers = this.keepers();
    const id = this.random.chance(0.8)
      ? this.pick(this.canSignIn(keepers))
      : this.random.chance(0.3)
        ? this.pick(formerly)
        : (this.pick(this.live())?.id as string | undefined);
    if (id !== undefined && keepers.includes(id) && !formerly.includes(id)) formerly.push(id);
    if (formerly.length > 10) formerly.shift();
    return { as: this.tokenOf(id ?? this.witness()), id };
  }
}

type Make = (draw: Draw) => Omit<CallStep, 'as'> | undefined;

const any = { 'if-match': '*' };
const onUser =
  (id: OperationId, body?: (draw: Draw) => object, more?: (draw: Draw) => Record<string, string>): Make =>
  (draw) => ({
    id,
    request: { params: { userId: draw.user(), ...more?.(draw) }, ...(body && { body: body(draw) }), headers: any },
  });
const onRole =
  (id: OperationId, body?: (draw: Draw) => object, more?: (draw: Draw) => Record<string, string>): Make =>
  (draw) => {
    const roleId = draw.role();
    return roleId === undefined
      ? undefined
      : { id, request: { params: { roleId, ...more?.(draw) }, ...(body && { body: body(draw) }), headers: any } };
  };

const newUser = (draw: Draw): object => {
  const name = draw.name();
  const external = draw.random.chance(0.3) ? { externalId: `x${draw.random.int(20)}` } : {};
  if (draw.random.chance(0.25))
    return { kind: 'machine', name, identity: { issuer: 'https://issuer.test', subject: draw.subject() }, ...external };
  return { kind: 'person', source: draw.random.chance(0.8) ? 'local' : 'external', name, ...external };
};

const accept: Make = (draw) => {
  const invitation = draw.pick(draw.site.invitations);
  if (invitation === undefined) return undefined;
  // Now and then it is somebody whom a directory's claim leads to as well, now or later.
  const claimed = draw.random.chance(0.5) ? draw.pick(draw.toCome()) : undefined;
  const as = draw.random.chance(0.3)
    ? draw.personOf(claimed ?? draw.random.pick(immutableIds))
    : person(draw.site.tenant, draw.subject());
  return { id: 'acceptInvitation', request: { as, body: { invitation } } };
};
/** Somebody of a directory comes in. */
const signIn: Make = (draw) => ({ id: 'getTenant', request: { as: draw.personOf(draw.random.pick(immutableIds)) } });
const createUser: Make = (draw) =>
  draw.live().length < mostUsers && draw.facts.users.size < mostEverUsers
    ? { id: 'createUser', request: { body: newUser(draw) } }
    : undefined;
const restoreUser: Make = (draw) => {
  const gone = draw.pick([...draw.facts.users.values()].filter(({ state }) => state === 'deleted'));
  return gone && draw.live().length < mostUsers
    ? { id: 'restoreUser', request: { params: { userId: String(gone.id) } } }
    : undefined;
};
const updateGroup: Make = (draw) => {
  const groupId = draw.group();
  const body = { confersAccessManagement: draw.random.chance(0.6) };
  return groupId === undefined ? undefined : { id: 'updateGroup', request: { params: { groupId }, body } };
};
const updateTenant: Make = (draw) => {
  const switched = draw.facts.catalogue.name === 'exchange-rules' && draw.random.chance(0.5);
  const body = switched ? { enforced: draw.random.chance(0.6) } : { administratorsGroup: draw.group() ?? null };
  return { id: 'updateTenant', request: { body } };
};
const putFeatures: Make = (draw) => {
  const params = { tenantId: draw.site.tenant };
  return { id: 'putFeatures', request: { as: operator, params, body: { features: [] }, headers: any } };
};

/** Operations with how often each is drawn among its like. */
type Table = readonly (readonly [number, Make])[];

const takeAway: Table = [
  [5, onUser('updateUser', () => ({ state: 'disabled' }))],
  [3, onUser('deleteUser')],
  [3, onUser('unbindUser')],
  [4, onUser('putUserGrants', (draw) => ({ grants: draw.grants() }))],
  [2, onUser('removeUserGrant', undefined, (draw) => ({ permission: draw.permission() }))],
  [2, onRole('deleteRole')],
  [3, onRole('putRoleGrants', (draw) => ({ grants: draw.grants() }))],
  [3, onRole('removeRoleGrant', undefined, (draw) => ({ permission: draw.permission() }))],
  [5, onRole('removeRoleMembers', (draw) => ({ members: draw.members() }))],
  [4, onRole('replaceRoleMembers', (draw) => ({ members: draw.members() }))],
];
const give: Table = [
  [5, onUser('updateUser', () => ({ state: 'active' }))],
  [4, onUser('inviteUser')],
  [5, accept],
  [4, createUser],
  [6, restoreUser],
  [3, onUser('putUserGrants', (draw) => ({ grants: [{ permission: draw.permission() }] }))],
  [3, onRole('addRoleGrant', (draw) => ({ permission: draw.permission() }))],
  [6, onRole('addRoleMembers', (draw) => ({ members: draw.members() }))],
];
const other: Table = [
  [1, onUser('updateUser', (draw) => ({ name: draw.name() }))],
  [2, onUser('updateUser', (draw) => ({ externalId: draw.random.chance(0.3) ? null : `x${draw.random.int(20)}` }))],
  [2, (draw) => (draw.full() ? undefined : { id: 'createRole', request: { body: { name: draw.name() } } })],
  [1, (draw) => (draw.full() ? undefined : onRole('cloneRole', () => ({ name: draw.name() }))(draw))],
  [1, onRole('updateRole', (draw) => ({ name: draw.name() }))],
  [3, updateGroup],
  [1, updateTenant],
  [1, putFeatures],
];

const drawn = (random: Random, table: Table): Make => {
  let at = random.next() * table.reduce((sum, [weight]) => sum + weight, 0);
  const [, make] = table.find(([weight]) => {
    at -= weight;
    return at < 0;
  }) as readonly [number, Make];
  return make;
};

/** Nothing but the edge: the keepers fall upon each other, and are raised again. */
const fallen: Make = (draw) => {
  const holders = draw.facts.holders();
  const gone = draw.live().filter((user) => user.kind === 'person' && !holders.has(`${user.id}.${user.life}`));
  const userId = draw.pick(gone)?.id as string | undefined;
  if (userId === undefined) return undefined;
  const user = draw.facts.users.get(userId) as Raw;
  const params = { userId };
  if (user.state === 'disabled')
    return { id: 'updateUser', request: { params, body: { state: 'active' }, headers: any } };
  if (user.identity === undefined && draw.random.chance(0.5))
    return accept(draw) ?? { id: 'inviteUser', request: { params } };
  if (user.identity === undefined) return { id: 'inviteUser', request: { params } };
  const roleId = draw.role();
  if (roleId === undefined || draw.random.chance(0.3))
    return onUser('putUserGrants', () => ({ grants: [{ permission: draw.keeping() }] }))(draw);
  return { id: 'addRoleMembers', request: { params: { roleId }, body: { members: [userId] }, headers: any } };
};
const strike: Table = [
  [20, onUser('updateUser', () => ({ state: 'disabled' }))],
  [1, onUser('deleteUser')],
  [1, onUser('unbindUser')],
  [2, onUser('putUserGrants', () => ({ grants: [] }))],
  [1, onRole('deleteRole')],
  [1, onRole('putRoleGrants', () => ({ grants: [] }))],
  [4, onRole('removeRoleMembers', (draw) => ({ members: draw.members() }))],
  [1, onRole('replaceRoleMembers', (draw) => ({ members: draw.members() }))],
];
const raise: Table = [
  [16, fallen],
  [1, createUser],
  [3, restoreUser],
  [1, (draw) => (draw.full() ? undefined : { id: 'createRole', request: { body: { name: draw.name() } } })],
  [2, onRole('addRoleGrant', (draw) => ({ permission: draw.keeping() }))],
  [2, onRole('addRoleMembers', (draw) => ({ members: draw.members() }))],
  [1, updateGroup],
];

/** What happens around one and two holders is what matters: of few more are made, of many some removed. */
const wideTable = (random: Random, holders: number): Table => {
  if (random.chance(0.15)) return other;
  return random.chance(holders > 2 ? 0.75 : 0.5) ? takeAway : give;
};
const edgeTable = (random: Random, holders: number): Table =>
  random.chance(holders > 3 ? 0.7 : 0.45) ? strike : raise;

/**
 * What is sent besides, whatever the aim. A further kind of request is added here, and what must be so of it in
 * afterwards.ts; what must be so at every commit, in `Facts.faults`.
 */
const besides: Table = [
  [3, swap],
  [3, (draw) => anySet(draw, drawn(draw.random, [...takeAway, ...give, ...other, [6, onRules]]))],
  [10, onRules],
  [9, onSessions],
  [5, signIn],
  [1, createSource],
  [3, onSources],
];
const besidesOften = { wide: 0.3, edge: 0.15 };

/** `wide` draws from everything, `edge` from what moves the witness. */
export type Aim = 'wide' | 'edge';
/** How often a directory is the actor. */
const byDirectory = { wide: 0.16, edge: 0.07 };
/** How often a run is begun, or taken further. */
const byRuns = { wide: 0.2, edge: 0.08 };

export const nextStep = (random: Random, site: Site, aim: Aim): Step => {
  const draw = new Draw(random, site);
  const holders = site.facts.holders().size;
  for (;;) {
    if (random.chance(byDirectory[aim])) {
      const step = directoryStep(draw);
      if (step) return step;
    }
    if (random.chance(byRuns[aim])) {
      const step = onRuns(draw);
      if (step?.id === 'run') return step;
      const scope = 'holdfast/admin holdfast/directory';
      if (step) return { ...step, request: { as: { ...draw.actor().as, scope }, ...step.request } };
    }
    const usual = aim === 'edge' ? edgeTable(random, holders) : wideTable(random, holders);
    const made = drawn(random, random.chance(besidesOften[aim]) ? besides : usual)(draw);
    if (!made) continue;
    const { as, id } = draw.actor();
    const once = random.chance(0.1) ? { 'idempotency-key': `k${random.int(30)}` } : {};
    const request = { as, ...made.request, headers: { ...made.request.headers, ...once } };
    return { id: made.id, request, as: made.request.as ? undefined : id };
  }
};
