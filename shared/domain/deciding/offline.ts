// The content of a snapshot token: everything that a client needs to decide as the server does at that version, without
// the keeper permission. The server writes and the client reads it with this file, so that the two cannot differ. It
// runs in a browser.
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

/** The `typ` and `aud` of a snapshot token. No other token of Holdfast is signed with them (token confusion). */
export const tokenType = 'holdfast-snapshot+jwt';
export const tokenAudience = 'holdfast-snapshot';

type PermissionPart = Omit<ReturnType<Ground['catalogue']['permission']['get']> & object, 'id'>;
type AbilityPart = ReturnType<Ground['catalogue']['ability']['get']> & object;

/** A grant with all permissions that it gives, so that the client needs no granters. */
type Written = Omit<Grant, 'permission'> & { readonly permissions: readonly string[] };

export interface OfflineContent {
  readonly enforced: boolean;
  readonly features: readonly string[];
  /** The part of the catalogue that decisions read. */
  readonly permissions: Readonly<Record<string, PermissionPart>>;
  readonly abilities: Readonly<Record<string, AbilityPart>>;
  /** The permissions that only the server decides: the keeper permission, and permissions that it limits. */
  readonly server: readonly string[];
  readonly sets: readonly (readonly Written[])[];
  readonly widened: boolean;
  /** The permissions that can be held for one policy: holding any of them shows the policy. */
  readonly policyPermissions: readonly string[];
  /** The policies that the user sees; the token does not contain the others. */
  readonly policies: readonly PolicyId[];
  /** The rules that the user sees; the token does not contain the others. */
  readonly rules: readonly {
    readonly type: string;
    readonly edit: boolean;
    readonly delete: boolean;
    readonly rules: readonly RuleId[];
  }[];
}

/** The permissions whose decision would disclose who has the keeper permission. */
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

/** The grant with all permissions that it gives, except those that only the server decides. */
const written = ({ catalogue }: Ground, server: ReadonlySet<string>, { permission, ...scope }: Grant): Written => ({
  permissions: [...catalogue.granters].flatMap(([id, by]) => (by.has(permission) && !server.has(id) ? [id] : [])),
  ...scope,
});

const seenRules = <R extends { readonly type: string }>(
  { rules }: Ground<R>,
  subject: Subject<R>,
): OfflineContent['rules'] => {
  const by = new Map<string, { type: string; edit: boolean; delete: boolean; rules: RuleId[] }>();
  for (const [id, rule] of rules.byId) {
    if (!subject.may(rule, 'view')) continue;
    const has = { type: rule.type, edit: subject.may(rule, 'edit'), delete: subject.may(rule, 'delete') };
    const key = JSON.stringify(has);
    const known = by.get(key) ?? { ...has, rules: [] };
    by.set(key, known);
    known.rules.push(id);
  }
  return [...by.values()];
};

/**
 * The policies that the token names. Everybody who holds the token can read it. A keeper's token names only the
 * policies that the keeper's other rights show, because a token must not disclose the keeper permission.
 */
const toldPolicies = (ground: Ground, { rights }: Pick<Subject, 'rights'>): PolicyId[] =>
  [...ground.policies.keys()].filter((id) => holdsFor(ground, rights, id));

/** The content of a user's token. @param keeper the id of the keeper permission */
export const offlineOf = <R extends { readonly type: string }>(
  ground: Ground<R>,
  keeper: string,
  subject: Subject<R>,
): OfflineContent => {
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
    // An empty set is left out, because it would disclose a set with the keeper permission alone.
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
 * Refuses every question that the server refuses as invalid. A misspelt field that is ignored would turn the question
 * into a wider one, whose answer may be yes. @throws TypeError
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

type SeenRules = OfflineContent['rules'][number];
type OfflineGround = Ground<SeenRules>;

/** The token has only rules that the user sees. */
const may = (rule: SeenRules, right: Column): boolean => right === 'view' || rule[right] === true;

/** Decides by the content of a token, without the server. */
export class Offline {
  readonly #ground: OfflineGround;
  readonly #sets: readonly Held[];
  readonly #widened: boolean;
  readonly #server: ReadonlySet<string>;
  readonly #plain: [OfflineGround, Subject<SeenRules>];

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
    this.#plain = this.#on(this.#ground);
    this.#server = new Set(content.server);
  }

  #on(ground: OfflineGround): [OfflineGround, Subject<SeenRules>] {
    return [ground, { state: 'active', rights: new HeldRights(ground, this.#sets, this.#widened), may }];
  }

  /**
   * The ground for a question. A policy that the token does not name is deleted or hidden, and the answer must not say
   * which, as the server's does not. The policy is supposed to exist, unless the user would then see it.
   */
  #lookedAt({ policy }: Question): [OfflineGround, Subject<SeenRules>] {
    if (policy === undefined || this.#ground.policies.has(policy)) return this.#plain;
    const policies = new Map([...this.#ground.policies, [policy, policy] as const]);
    const supposed = this.#on({ ...this.#ground, policies });
    const [ground, { rights }] = supposed;
    return holdsFor(ground, rights, policy) ? this.#plain : supposed;
  }

  /**
   * The decision; `undefined` when only the server can decide, because the keeper permission may play a part.
   * @throws TypeError for an invalid question, Error for an unknown permission or ability
   */
  decide(question: Question): Decision | undefined {
    needValid(question);
    const { permission, ability } = question;
    if (permission !== undefined && this.#server.has(permission)) return undefined;
    if ((opens(this.#ground, question) ?? []).some((id) => this.#server.has(id))) return undefined;
    const decision = judge(...this.#lookedAt(question), question);
    const any = ability !== undefined && this.#ground.catalogue.ability.get(ability)?.anyPermission === true;
    // The keeper permission alone would open this ability, and the token does not say who has it.
    return any && decision.reason === 'not-granted' ? undefined : decision;
  }
}
