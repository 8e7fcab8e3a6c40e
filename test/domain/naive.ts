// What deciding means, written from the design and the list of behaviours with plain loops over raw records: no index,
// no cache, no look-up of the code under test. Slow and obvious; the tests hold the real code against it.
import { catalogues } from '../../shared/catalogues/index.ts';
import type { Catalogue } from '../../shared/catalogues/schema.ts';
import type {
  Access,
  BookRecord,
  Entry,
  Grant,
  GroupRecord,
  RoleRecord,
  Witness,
} from '../../shared/domain/book/records.ts';

/** A tenant as it is stored: the records of the book and everybody's access items. */
export interface Raw {
  readonly records: readonly BookRecord[];
  readonly users: readonly Access[];
}

export interface Asked {
  readonly permission?: string | undefined;
  readonly ability?: string | undefined;
  readonly policy?: string | undefined;
  readonly actionType?: string | undefined;
  readonly ruleType?: string | undefined;
}
type Scope = Omit<Asked, 'permission' | 'ability'>;

const tenantOf = (raw: Raw) => {
  for (const record of raw.records) if (record.kind === 'tenant') return record;
  throw new Error('no tenant record');
};

export const catalogueOf = (raw: Raw): Catalogue => {
  const found = catalogues.get(tenantOf(raw).catalogue);
  if (!found) throw new Error('no such catalogue');
  return found.data;
};

const liveGroup = (raw: Raw, ref: string): GroupRecord | undefined => {
  for (const record of raw.records)
    if (record.kind === 'group' && !record.deleted && `${record.id}.${record.life}` === ref) return record;
  return undefined;
};

export const livePolicy = (raw: Raw, id: string): boolean =>
  raw.records.some((record) => record.kind === 'policy' && record.id === id && !record.deleted);

const liveRoles = (raw: Raw): RoleRecord[] => {
  const roles: RoleRecord[] = [];
  for (const record of raw.records) if (record.kind === 'role' && !record.deleted) roles.push(record);
  return roles;
};

/** Direct member of the role, in this very incarnation of the user. */
export const isDirectMember = (raw: Raw, role: string, user: Access): boolean =>
  raw.records.some(
    (record) =>
      record.kind === 'members' &&
      record.role === role &&
      [...record.users].some((ref) => ref === `${user.id}.${user.life}`),
  );

/** The live groups reached from these, each by the fewest steps; groups of any depth, cycles harmless. */
export const reachedFrom = (raw: Raw, starts: Iterable<string>): Map<string, number> => {
  const steps = new Map<string, number>();
  for (const ref of starts) if (liveGroup(raw, ref)) steps.set(ref, 1);
  for (let changed = true; changed; ) {
    changed = false;
    for (const [ref, far] of [...steps]) {
      for (const parent of liveGroup(raw, ref)?.parents ?? []) {
        if (!liveGroup(raw, parent) || (steps.get(parent) ?? Number.POSITIVE_INFINITY) <= far + 1) continue;
        steps.set(parent, far + 1);
        changed = true;
      }
    }
  }
  return steps;
};

/** How far a live role is from the user: 0 for a direct member, else the number of groups between; undefined if it is not the user's. */
export const distanceTo = (raw: Raw, user: Access, role: RoleRecord): number | undefined => {
  if (isDirectMember(raw, role.id, user)) return 0;
  const steps = reachedFrom(raw, user.groups);
  let nearest: number | undefined;
  for (const ref of role.groups) {
    const far = steps.get(ref);
    if (far !== undefined && (nearest === undefined || far < nearest)) nearest = far;
  }
  return nearest;
};

interface Set {
  readonly origin: string;
  readonly grants: readonly Grant[];
}

/** The grant sets that a user would have when active. */
const setsOf = (raw: Raw, user: Access): Set[] => {
  if (user.state === 'deleted') return [];
  const sets: Set[] = [];
  for (const role of liveRoles(raw))
    if (distanceTo(raw, user, role) !== undefined) sets.push({ origin: role.id, grants: role.grants });
  if (catalogueOf(raw).personalGrants) sets.push({ origin: 'personal', grants: user.personal });
  return sets;
};

/** Does a grant of `granted` give `wanted`? Itself, `*`, or whatever includes it. */
const gives = (catalogue: Catalogue, granted: string, wanted: string, seen: readonly string[] = []): boolean => {
  if (granted === wanted || granted === '*') return true;
  if (seen.includes(granted)) return false;
  const permission = catalogue.permissions.find((p) => p.id === granted);
  return (permission?.includes ?? []).some((next) => gives(catalogue, next, wanted, [...seen, granted]));
};

const featureOn = (raw: Raw, feature: string | undefined): boolean =>
  feature === undefined || [...tenantOf(raw).features].includes(feature);

const setGives = (raw: Raw, set: Set, id: string, scope: Scope, widened: boolean): boolean => {
  const catalogue = catalogueOf(raw);
  const permission = catalogue.permissions.find((p) => p.id === id);
  if (!permission || !featureOn(raw, permission.feature)) return false;
  if (scope.policy !== undefined && !livePolicy(raw, scope.policy)) return false;
  let found = false;
  for (const grant of set.grants) {
    if (!gives(catalogue, grant.permission, id)) continue;
    if (grant.actionTypes && !(scope.actionType && grant.actionTypes.includes(scope.actionType))) continue;
    if (grant.ruleTypes && !(scope.ruleType && grant.ruleTypes.includes(scope.ruleType))) continue;
    if (grant.policies) {
      if (scope.policy === undefined) continue;
      const alive = grant.policies.filter((policy) => livePolicy(raw, policy));
      if (!(widened ? alive.length > 0 : (alive as string[]).includes(scope.policy))) continue;
    }
    found = true;
  }
  // CT-73, CT-74, CT-77: adding and deleting reach no further than the same set's selection for editing.
  if (found && (id === 'addActions' || id === 'deleteActions'))
    return setGives(raw, set, 'editActions', scope, widened);
  return found;
};

/** FP-25, Q-10: a holder of Manage Users has every permission that can be limited to policies for all policies. */
const isWidened = (raw: Raw, sets: readonly Set[]): boolean =>
  catalogueOf(raw).permissions.some((p) => p.widens && sets.some((set) => setGives(raw, set, p.id, {}, false)));

/** The origins that give the user a permission in a scope, as if the user were active. */
const origins = (raw: Raw, user: Access, permission: string, scope: Scope): string[] => {
  const sets = setsOf(raw, user);
  const widened = isWidened(raw, sets);
  return sets.filter((set) => setGives(raw, set, permission, scope, widened)).map((set) => set.origin);
};

/** The sets by which an active user has a permission in a scope. */
export const originsOf = (raw: Raw, user: Access, permission: string, scope: Scope): string[] =>
  user.state === 'active' ? origins(raw, user, permission, scope) : [];

export const holds = (raw: Raw, user: Access, permission: string, scope: Scope): boolean =>
  originsOf(raw, user, permission, scope).length > 0;

/** Every scope to test: no policy or one that a grant names, and no type or one of the catalogue. */
export const scopesOf = (raw: Raw): Scope[] => {
  const { actionTypes, ruleTypes } = catalogueOf(raw);
  const policies = raw.records.flatMap((record) => (record.kind === 'policy' ? [record.id] : []));
  const scopes: Scope[] = [];
  for (const policy of [undefined, ...policies])
    for (const actionType of [undefined, ...actionTypes.slice(0, 4).map((t) => t.id)])
      for (const ruleType of [undefined, ...ruleTypes.slice(0, 3).map((t) => t.id)])
        scopes.push({ policy, actionType, ruleType });
  return scopes;
};

const holdsSomewhere = (raw: Raw, user: Access, permission: string): boolean =>
  scopesOf(raw).some((scope) => holds(raw, user, permission, scope));

/** What opens an ability, and in which scopes: those that agree with what the question names; any of them will do. */
export const abilityOf = (raw: Raw, asked: Asked) => {
  const ability = catalogueOf(raw).abilities.find((a) => a.id === asked.ability);
  if (!ability) return undefined;
  const scopes = scopesOf(raw).map(
    (scope): Scope => ({
      // FP-17: what concerns the whole account is opened by rights for the account only.
      policy: ability.level === 'account' ? undefined : (asked.policy ?? scope.policy),
      actionType: asked.actionType ?? (ability.whole ? undefined : scope.actionType),
      ruleType: asked.ruleType ?? (ability.whole ? undefined : scope.ruleType),
    }),
  );
  return { ability, scopes };
};

/** May this user do this? With why not, as a person would give the reason. */
export const may = (raw: Raw, user: Access | undefined, asked: Asked): { allowed: boolean; byGrants: boolean } => {
  const no = { allowed: false, byGrants: false };
  const open = { allowed: true, byGrants: false };
  if (user?.state !== 'active') return no;
  if (!tenantOf(raw).enforced) return open;
  if (asked.policy !== undefined && !livePolicy(raw, asked.policy)) return no;
  const granted = (yes: boolean) => ({ allowed: yes, byGrants: yes });
  if (asked.permission !== undefined) return granted(holds(raw, user, asked.permission, asked));
  const what = abilityOf(raw, asked);
  if (!what) throw new Error('asked for nothing');
  const { ability, scopes } = what;
  if (!featureOn(raw, ability.feature)) return no;
  if (ability.open) return open;
  if (ability.anyPermission) return granted(catalogueOf(raw).permissions.some((p) => holdsSomewhere(raw, user, p.id)));
  if (ability.allOf) return granted(scopes.some((scope) => ability.allOf?.every((id) => holds(raw, user, id, scope))));
  return granted((ability.anyOf ?? []).some((id) => scopes.some((scope) => holds(raw, user, id, scope))));
};

/** Would have the keeper permission if active and bound. Machines too: they could act by it. */
const isPotential = (raw: Raw, user: Access): boolean => origins(raw, user, catalogueOf(raw).keeper, {}).length > 0;

const isHolder = (raw: Raw, user: Access): boolean =>
  user.kind === 'person' && user.state === 'active' && user.identity !== undefined && isPotential(raw, user);

export const holders = (raw: Raw): string[] =>
  raw.users
    .filter((user) => isHolder(raw, user))
    .map((user) => user.id)
    .sort();

export const potentialHolders = (raw: Raw): string[] =>
  raw.users
    .filter((user) => isPotential(raw, user))
    .map((user) => user.id)
    .sort();

/** Does this very entry make the user a holder? */
const holdsBy = (raw: Raw, user: Access, entry: Entry): boolean =>
  user.identity !== undefined && wouldHoldBy(raw, user, entry);

/** The same but for the sign-in: of somebody who would be a holder once they have proven one. */
const wouldHoldBy = (raw: Raw, user: Access, entry: Entry): boolean => {
  if (user.kind !== 'person' || user.state !== 'active') return false;
  const { keeper, personalGrants } = catalogueOf(raw);
  const keeps = (set: Set) => setGives(raw, set, keeper, {}, false);
  if (entry === 'personal') return personalGrants && keeps({ origin: entry, grants: user.personal });
  const roles = liveRoles(raw).filter((role) => keeps({ origin: role.id, grants: role.grants }));
  const at = entry.slice(entry.indexOf(':') + 1);
  if (entry.startsWith('role:')) return roles.some((role) => role.id === at && isDirectMember(raw, at, user));
  if (![...user.groups].some((ref) => ref === at)) return false;
  const reached = reachedFrom(raw, [at]);
  return roles.some((role) => [...role.groups].some((ref) => reached.has(ref)));
};

/** All entries that anybody could be pinned by. */
export const entriesOf = (raw: Raw, user: Access): Entry[] =>
  (
    [
      'personal',
      ...liveRoles(raw).map((role) => `role:${role.id}`),
      ...[...user.groups].map((ref) => `group:${ref}`),
    ] as Entry[]
  ).filter((entry) => holdsBy(raw, user, entry));

/**
 * Is what the witness says true: that incarnation, by that entry, bound? One of an earlier release names a source in place
 * of a sign-in: it counts while its user has proven none, neither `before` a change nor after, and the source signs in.
 */
export const witnessIsTrue = (raw: Raw, witness: Witness, before: Raw = raw): boolean => {
  const ofWitness = (one: Access) => `${one.id}.${one.life}` === witness.user;
  const user = raw.users.find(ofWitness);
  if (!user) return false;
  if (witness.source === undefined) return holdsBy(raw, user, witness.entry);
  const signsIn = raw.records.some(
    (record) =>
      record.kind === 'source' && record.id === witness.source && !record.deleted && record.signIn !== undefined,
  );
  const unproven = [user, before.users.find(ofWitness)].every((one) => one !== undefined && one.identity === undefined);
  return signsIn && unproven && user.source === witness.source && wouldHoldBy(raw, user, witness.entry);
};

/** The witnesses that an earlier release would have chosen, and this one never does. */
export const formerWitnesses = (raw: Raw): Witness[] =>
  raw.users.flatMap((user) => {
    if (user.identity !== undefined) return [];
    const entries: Entry[] = ['personal', ...liveRoles(raw).map((role) => `role:${role.id}` as const)];
    for (const ref of user.groups) entries.push(`group:${ref}` as Entry);
    const all = entries.map(
      (entry): Witness => ({
        user: `${user.id}.${user.life}` as Witness['user'],
        entry,
        source: user.source as never,
      }),
    );
    return all.filter((witness) => witnessIsTrue(raw, witness));
  });
