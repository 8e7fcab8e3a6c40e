// What a snapshot token carries: all that is needed to decide as the server does at that version, and nothing of the keeper
// permission. Built here and read here, so that both sides are one; without anything at run time that a browser lacks.
import type { PolicyId, RuleId } from '../base/ids.ts';
import type { Grant } from '../book/records.ts';
import type { Column } from '../rules/rule-rights.ts';
import {
  type Decision,
  type Ground,
  type Held,
  HeldRights,
  holdsFor,
  judge,
  opens,
  type Question,
  type Subject,
} from './judge.ts';

/** What a token says that it is, and whom it is for: nothing else of ours is signed by that name. */
export const tokenType = 'holdfast-snapshot+jwt';
export const tokenAudience = 'holdfast-snapshot';

type PermissionPart = Omit<ReturnType<Ground['catalogue']['permission']['get']> & object, 'id'>;
type AbilityPart = ReturnType<Ground['catalogue']['ability']['get']> & object;

/** A grant with everything that it gives written out. */
type Written = Omit<Grant, 'permission'> & { readonly permissions: readonly string[] };

export interface OfflineContent {
  readonly enforced: boolean;
  readonly features: readonly string[];
  /** The catalogue, as far as deciding reads it. */
  readonly permissions: Readonly<Record<string, PermissionPart>>;
  readonly abilities: Readonly<Record<string, AbilityPart>>;
  /** Permissions that only the server decides: the keeper permission, and what is bounded by it. */
  readonly server: readonly string[];
  readonly sets: readonly (readonly Written[])[];
  readonly widened: boolean;
  /** By holding which of them one sees a policy. */
  readonly policyPermissions: readonly string[];
  /** The policies that the user sees; what is not seen is not there. */
  readonly policies: readonly PolicyId[];
  /** The rules that the user sees; what is not seen is not there. */
  readonly rules: readonly {
    readonly type: string;
    readonly edit: boolean;
    readonly delete: boolean;
    readonly rules: readonly RuleId[];
  }[];
}

/** Permissions whose decision would tell of the keeper permission. */
const serverOnly = ({ permission }: Ground['catalogue'], keeper: string): Set<string> => {
  const found = new Set([keeper]);
  const bounded = (id: string): boolean =>
    (permission.get(id)?.requires ?? []).some((needed) => found.has(needed) && permission.get(needed)?.limits);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const id of permission.keys()) if (bounded(id)) found.add(id);
  }
  return found;
};

/** Everything that a grant gives, what only the server decides left out. */
const written = ({ catalogue }: Ground, server: ReadonlySet<string>, { permission, ...scope }: Grant): Written => ({
  permissions: [...catalogue.granters].flatMap(([id, by]) => (by.has(permission) && !server.has(id) ? [id] : [])),
  ...scope,
});

const seenRules = ({ rules }: Ground, subject: Subject): OfflineContent['rules'] => {
  const by = new Map<string, { type: string; edit: boolean; delete: boolean; rules: RuleId[] }>();
  for (const [id, { type }] of rules.byId) {
    if (!subject.may(id, 'view')) continue;
    const has = { type, edit: subject.may(id, 'edit'), delete: subject.may(id, 'delete') };
    const key = JSON.stringify(has);
    const known = by.get(key) ?? { ...has, rules: [] };
    by.set(key, known);
    known.rules.push(id);
  }
  return [...by.values()];
};

/**
 * The policies that somebody is told of: whoever holds a token reads it, in a browser too. A keeper is told no more than
 * their other rights show, since a token must not tell of the keeper permission.
 */
const toldPolicies = (ground: Ground, { rights }: Subject): PolicyId[] =>
  [...ground.policies.keys()].filter((id) => holdsFor(ground, rights, id));

/** What a token says of somebody on a ground. */
export const offlineOf = (ground: Ground, keeper: string, subject: Subject): OfflineContent => {
  const { catalogue, tenant } = ground;
  const server = serverOnly(catalogue, keeper);
  const permissions: Record<string, PermissionPart> = {};
  for (const [id, { requires, limits, widens, feature }] of catalogue.permission)
    if (!server.has(id))
      permissions[id] = {
        ...(requires && { requires }),
        ...(limits && { limits }),
        ...(widens && { widens }),
        ...(feature !== undefined && { feature }),
      };
  const abilities: Record<string, AbilityPart> = {};
  for (const [id, { level, anyOf, allOf, anyPermission, whole, open, feature }] of catalogue.ability)
    abilities[id] = {
      level,
      ...(anyOf && { anyOf }),
      ...(allOf && { allOf }),
      ...(anyPermission && { anyPermission }),
      ...(whole && { whole }),
      ...(open && { open }),
      ...(feature !== undefined && { feature }),
    };
  return {
    enforced: tenant.enforced,
    features: [...tenant.features].sort(),
    permissions,
    abilities,
    server: [...server].sort(),
    // An empty set would tell that there is the keeper permission, where there is nothing else.
    sets: subject.rights.sets
      .map(({ grants }) =>
        grants.map((one) => written(ground, server, one)).filter((one) => one.permissions.length > 0),
      )
      .filter((grants) => grants.length > 0),
    widened: subject.rights.widened,
    policyPermissions: catalogue.policyPermissions.filter((id) => !server.has(id)),
    policies: toldPolicies(ground, subject),
    rules: seenRules(ground, subject),
  };
};

const fields: ReadonlySet<string> = new Set([
  'permission',
  'ability',
  'right',
  'rule',
  'policy',
  'actionType',
  'ruleType',
] satisfies (keyof Question)[]);
const columns: ReadonlySet<unknown> = new Set(['view', 'edit', 'delete'] satisfies Column[]);

/**
 * What the server refuses as no valid request is refused here, too: a field that were overlooked would make it another
 * question, and the answer to that may be yes. @throws TypeError
 */
const needValid = (question: Question): void => {
  for (const [field, value] of Object.entries(question)) {
    if (!fields.has(field)) throw new TypeError(`${field} cannot be asked by a snapshot`);
    if (value !== undefined && typeof value !== 'string') throw new TypeError(`${field} must be a text`);
  }
  const { permission, ability, right, rule, ruleType } = question;
  if ([permission, ability, right].filter((one) => one !== undefined).length !== 1)
    throw new TypeError('name either a permission, an ability or a right');
  if (right !== undefined && (!columns.has(right) || rule === undefined))
    throw new TypeError('a right is view, edit or delete, and on a rule: name the rule');
  if (rule !== undefined && ruleType !== undefined) throw new TypeError('a rule goes without ruleType');
};

/** Answers questions by what a token carries. */
export class Offline {
  readonly #ground: Ground;
  readonly #sets: readonly Held[];
  readonly #widened: boolean;
  readonly #may: Subject['may'];
  readonly #server: ReadonlySet<string>;

  constructor(content: OfflineContent) {
    const granters = new Map(Object.keys(content.permissions).map((id) => [id, new Set([id])]));
    const rules = new Map(content.rules.flatMap((group) => group.rules.map((id) => [id, group] as const)));
    this.#ground = {
      tenant: { enforced: content.enforced, features: new Set(content.features) },
      catalogue: {
        permission: new Map(Object.entries(content.permissions).map(([id, part]) => [id, { id, ...part }])),
        ability: new Map(Object.entries(content.abilities)),
        granters,
        policyPermissions: content.policyPermissions,
      },
      policies: new Map(content.policies.map((id) => [id, id])),
      rules: { byId: rules },
    };
    this.#sets = content.sets.map(
      (grants): Held => ({
        origin: 'personal',
        grants: grants.flatMap(({ permissions, ...scope }) =>
          permissions.map((permission) => ({ permission, ...scope })),
        ),
      }),
    );
    this.#widened = content.widened;
    this.#may = (id, right) => right === 'view' || rules.get(id)?.[right] === true;
    this.#server = new Set(content.server);
  }

  #on(ground: Ground): [Ground, Subject] {
    return [ground, { state: 'active', rights: new HeldRights(ground, this.#sets, this.#widened), may: this.#may }];
  }

  /**
   * A policy that the token does not have is not there, or not seen. These are not told apart, as the server does not for
   * that person: it is taken to be there, unless they would see it then.
   */
  #lookedAt({ policy }: Question): [Ground, Subject] {
    const plain = this.#on(this.#ground);
    if (policy === undefined || this.#ground.policies.has(policy)) return plain;
    const policies = new Map([...this.#ground.policies, [policy, policy] as const]);
    const supposed = this.#on({ ...this.#ground, policies });
    const [ground, { rights }] = supposed;
    return holdsFor(ground, rights, policy) ? plain : supposed;
  }

  /**
   * The decision; nothing where only the server can tell: what the keeper permission is, or may be, part of. An unknown
   * permission or ability is an error. @throws TypeError for what the server would refuse
   */
  decide(question: Question): Decision | undefined {
    needValid(question);
    const { permission, ability } = question;
    if (permission !== undefined && this.#server.has(permission)) return undefined;
    if ((opens(this.#ground, question) ?? []).some((id) => this.#server.has(id))) return undefined;
    const decision = judge(...this.#lookedAt(question), question);
    const any = ability !== undefined && this.#ground.catalogue.ability.get(ability)?.anyPermission === true;
    // The keeper permission alone would do.
    return any && decision.reason === 'not-granted' ? undefined : decision;
  }
}
