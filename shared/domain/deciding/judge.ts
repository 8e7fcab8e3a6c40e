// The decision: one pure function behind checks, lists, holders, explanations, sessions and snapshot tokens. Every
// right is a bit, OR-ed over all grant sets of a user; there is no deny (CT-79, CT-80). This file imports no library
// and nothing of Node at run time, so that the client can include it.
import type { Ability, Permission } from '../../catalogues/schema.ts';
import type { PolicyId, RoleId, RuleId } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import type { Grant, GrantSet } from '../book/records.ts';
import type { Column } from '../rules/rule-rights.ts';

/**
 * A question: a permission or an ability, for the account or one policy, for one action or rule type, or on one rule;
 * or a right on a rule.
 */
export interface Question {
  readonly permission?: string | undefined;
  readonly ability?: string | undefined;
  readonly right?: Column | undefined;
  readonly rule?: RuleId | undefined;
  readonly policy?: PolicyId | undefined;
  readonly actionType?: string | undefined;
  readonly ruleType?: string | undefined;
}
export type Scope = Pick<Question, 'policy' | 'actionType' | 'ruleType'>;

/** The scopes that answer a question: one scope, or any value for each limit in `open`. */
interface Place extends Scope {
  readonly open: readonly (keyof Scope)[];
}

type Reason =
  | 'granted'
  | 'open-to-everyone'
  | 'open-to-oneself'
  | 'not-enforced'
  | 'not-granted'
  | 'unknown-user'
  | 'user-disabled'
  | 'unknown-policy'
  /** The rule does not exist, or the user may not see it: the answer does not say which (CT-86). */
  | 'unknown-rule'
  /** The user holds the permission, but has no edit right on this rule. */
  | 'no-right-on-rule'
  | 'feature-off';

export interface Decision {
  readonly allowed: boolean;
  /** False while access-rights management is switched off for the tenant. */
  readonly enforced: boolean;
  readonly reason: Reason;
  /** The permissions that gave the right, or would give it. */
  readonly by: readonly string[];
}

/** A grant set that a user has, with its origin: own grants or a role. */
export interface Held {
  readonly origin: 'personal' | RoleId;
  readonly grants: GrantSet;
}

interface AnyRule {
  readonly type: string;
}
type KnownPermission = Pick<Permission, 'id' | 'requires' | 'limits' | 'widens' | 'feature'>;
type KnownAbility = Pick<Ability, 'level' | 'anyOf' | 'allOf' | 'anyPermission' | 'whole' | 'open' | 'feature'>;

/**
 * The facts that a decision needs besides the user's grants. A book is a ground; a snapshot token carries a small one.
 */
export interface Ground<R extends AnyRule = AnyRule> {
  readonly tenant: { readonly enforced: boolean; readonly features: ReadonlySet<string> };
  readonly catalogue: {
    readonly permission: ReadonlyMap<string, KnownPermission>;
    readonly ability: ReadonlyMap<string, KnownAbility>;
    readonly granters: ReadonlyMap<string, ReadonlySet<string>>;
    /** The permissions that can be held for one policy. */
    readonly policyPermissions: readonly string[];
  };
  /** The policies that exist, by id. */
  readonly policies: ReadonlyMap<PolicyId, unknown>;
  readonly rules: { readonly byId: ReadonlyMap<RuleId, R> };
}

/** The user of a question: by current data, by a session's snapshot, or by a snapshot token. */
export interface Subject<R extends AnyRule = AnyRule> {
  readonly state: 'active' | 'disabled' | 'deleted';
  readonly rights: HeldRights;
  /** True when the user has the right on a rule of the ground. */
  may(rule: R, right: Column): boolean;
}

const within = (limit: readonly string[] | undefined, asked: string | undefined): boolean =>
  limit === undefined || (asked !== undefined && includes(limit, asked));

const covers = (grant: Grant, scope: Scope, widened: boolean, live: (id: PolicyId) => boolean): boolean => {
  if (!within(grant.actionTypes, scope.actionType) || !within(grant.ruleTypes, scope.ruleType)) return false;
  if (grant.policies === undefined) return true;
  if (scope.policy === undefined) return false;
  return widened ? grant.policies.some(live) : includes(grant.policies, scope.policy);
};

/** The rights that a list of grant sets gives on one ground. */
export class HeldRights {
  readonly sets: readonly Held[];
  /** The ground: the policies and features that exist, and the catalogue. */
  readonly book: Ground;
  readonly #catalogue: Ground['catalogue'];
  #widened: boolean | undefined;

  /** @param widened the value of `widened`, when the sets are only a part and it cannot be computed from them */
  constructor(book: Ground, sets: readonly Held[], widened?: boolean) {
    this.#widened = widened;
    this.sets = sets;
    this.book = book;
    this.#catalogue = book.catalogue;
  }

  /**
   * True when a grant for some policies counts for every policy (FP-25). Computed at each decision, never stored
   * (Q-10).
   */
  get widened(): boolean {
    this.#widened ??= this.wideners.some((id) => this.sets.some((set) => this.#gives(set, id, {}, false)));
    return this.#widened;
  }

  /** The permissions that make grants for policies count for every policy, when held for the account. */
  get wideners(): string[] {
    const ids: string[] = [];
    for (const { id, widens } of this.#catalogue.permission.values()) if (widens) ids.push(id);
    return ids;
  }

  /** The rights of the same sets without any widening. */
  get narrow(): HeldRights {
    return new HeldRights(this.book, this.sets, false);
  }

  /** The sets that give a permission in a scope. */
  givers(permission: string, scope: Scope = {}): Held[] {
    return this.sets.filter((set) => this.#gives(set, permission, scope, this.widened));
  }

  holds(permission: string, scope: Scope = {}): boolean {
    return this.sets.some((set) => this.#gives(set, permission, scope, this.widened));
  }

  /** The grants by which a set gives a permission in one of the scopes, or in any scope. */
  grantsGiving(set: Held, permission: string, scopes: readonly Scope[] | 'anywhere'): Grant[] {
    const granters = this.#catalogue.granters.get(permission);
    const live = (policy: PolicyId) => this.book.policies.has(policy);
    return set.grants.filter(
      (grant) =>
        granters?.has(grant.permission) &&
        (scopes === 'anywhere' || scopes.some((scope) => covers(grant, scope, this.widened, live))),
    );
  }

  /** `account`, or the policies for which a permission is held, sorted by id. */
  reach(permission: string): 'account' | PolicyId[] {
    if (this.holds(permission)) return 'account';
    return [...this.book.policies.keys()].filter((policy) => this.holds(permission, { policy })).sort();
  }

  /** The sets that give a permission in any scope. */
  giversAnywhere(permission: string): Held[] {
    const granters = this.#catalogue.granters.get(permission);
    return this.sets.filter((set) => {
      // Most sets have no grant of the permission, and are passed over without a look at any scope.
      if (!set.grants.some((grant) => granters?.has(grant.permission))) return false;
      for (const scope of this.#scopes(set, permission))
        if (this.#gives(set, permission, scope, this.widened)) return true;
      return false;
    });
  }

  /**
   * The scopes that suffice to find out whether any of these permissions is held in a place: the place itself and, for
   * each open limit, the values that grants name.
   */
  *scopesIn(permissions: readonly string[], { open, ...scope }: Place): Generator<Scope> {
    yield scope;
    if (open.length === 0) return;
    const ids = new Set(permissions.flatMap((id) => [id, ...(this.#catalogue.permission.get(id)?.requires ?? [])]));
    const granters = new Set([...ids].flatMap((id) => [...(this.#catalogue.granters.get(id) ?? [])]));
    const grants = this.sets.flatMap((set) => set.grants.filter((grant) => granters.has(grant.permission)));
    const along = <K extends keyof Scope>(limit: K, named: (grant: Grant) => readonly Scope[K][] | undefined) =>
      open.includes(limit) ? [undefined, ...new Set(grants.flatMap((grant) => named(grant) ?? []))] : [scope[limit]];
    const types = along('actionType', (grant) => grant.actionTypes).flatMap((actionType) =>
      along('ruleType', (grant) => grant.ruleTypes).map((ruleType) => ({ actionType, ruleType })),
    );
    for (const policy of along('policy', (grant) => grant.policies))
      if (policy === undefined || this.book.policies.has(policy)) for (const type of types) yield { policy, ...type };
  }

  /**
   * The permissions that are held in any scope. A grant of an unknown permission, or one that selects nothing, gives
   * none.
   */
  heldAnywhere(): string[] {
    return [...this.#catalogue.permission.keys()].filter((id) => this.giversAnywhere(id).length > 0);
  }

  /** True when the feature is on, or no feature is needed (FP-33, FP-53). */
  featureOn(feature: string | undefined): boolean {
    return feature === undefined || this.book.tenant.features.has(feature);
  }

  /** The scopes that suffice to find out whether the set gives the permission at all: those that its grants name. */
  *#scopes(set: Held, id: string): Generator<Scope> {
    const ids = [id, ...(this.#catalogue.permission.get(id)?.requires ?? [])];
    const grants = set.grants.filter((g) => ids.some((one) => this.#catalogue.granters.get(one)?.has(g.permission)));
    const named = <T>(of: (grant: Grant) => readonly T[] | undefined) => [
      undefined,
      ...new Set(grants.flatMap((grant) => of(grant) ?? [])),
    ];
    const types = named((g) => g.actionTypes).flatMap((actionType) =>
      named((g) => g.ruleTypes).map((ruleType) => ({ actionType, ruleType })),
    );
    yield* types;
    for (const { policies = [] } of grants)
      for (const policy of policies) for (const type of types) yield { ...type, policy };
  }

  #gives(set: Held, id: string, scope: Scope, widened: boolean): boolean {
    const permission = this.#catalogue.permission.get(id);
    if (!permission || !this.featureOn(permission.feature)) return false;
    const granters = this.#catalogue.granters.get(id);
    const live = (policy: PolicyId) => this.book.policies.has(policy);
    if (scope.policy !== undefined && !live(scope.policy)) return false;
    const granted = set.grants.some((g) => granters?.has(g.permission) && covers(g, scope, widened, live));
    // Adding and deleting actions are limited to the types that the same set selects for editing (CT-73, CT-74, CT-77).
    return (
      granted &&
      (permission.requires ?? []).every(
        (needed) => !this.#catalogue.permission.get(needed)?.limits || this.#gives(set, needed, scope, widened),
      )
    );
  }
}

/** True when the user holds a permission for the policy, and therefore sees it (FP-15). */
export const holdsFor = ({ catalogue }: Pick<Ground, 'catalogue'>, rights: HeldRights, policy: PolicyId): boolean =>
  catalogue.policyPermissions.some((permission) => rights.holds(permission, { policy }));

/** What a question asks for, apart from its place. */
interface What {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly any: boolean;
  readonly feature: string | undefined;
  readonly open: 'everyone' | 'self' | undefined;
  /** The limits that the question may leave open. */
  readonly limits: readonly (keyof Scope)[];
  /** True when the question is about the account, whatever policy it names. */
  readonly account: boolean;
}

const aboutRight: What = {
  ids: [],
  all: true,
  any: false,
  feature: undefined,
  open: undefined,
  limits: [],
  account: false,
};
const typeLimits = ['actionType', 'ruleType'] as const;

const ofPermission = ({ id, feature }: KnownPermission): What => ({ ...aboutRight, ids: [id], all: false, feature });

/**
 * A limit that a question about an ability does not name is open: a right for any policy, action type or rule type
 * suffices (CT-70, FP-15). A right for one policy does not open an ability of the account level (FP-17), nor does a right
 * for some types open an ability over all rules (CT-67).
 */
const ofAbility = (ability: KnownAbility): What => ({
  ids: ability.anyOf ?? ability.allOf ?? [],
  all: ability.allOf !== undefined,
  any: ability.anyPermission === true,
  feature: ability.feature,
  open: ability.open,
  limits: [...(ability.level === 'account' ? [] : ['policy' as const]), ...(ability.whole ? [] : typeLimits)],
  account: ability.level === 'account',
});

/** By the permission or the ability as the catalogue has it. */
const whats = new WeakMap<KnownPermission | KnownAbility, What>();
const remembered = <K extends KnownPermission | KnownAbility>(key: K, make: (key: K) => What): What => {
  let what = whats.get(key);
  if (!what) {
    what = make(key);
    whats.set(key, what);
  }
  return what;
};

/** What a question asks for; `undefined` when the catalogue does not have its permission or ability. */
const whatOf = ({ catalogue }: Ground, { right, permission, ability = '' }: Question): What | undefined => {
  if (right !== undefined) return aboutRight;
  if (permission !== undefined) {
    const found = catalogue.permission.get(permission);
    return found && remembered(found, ofPermission);
  }
  const found = catalogue.ability.get(ability);
  return found && remembered(found, ofAbility);
};

/** Where a question asks. @param ruleType that of its rule, when it names one */
const placeOf = (what: What, { policy: named, actionType }: Question, ruleType: string | undefined): Place => {
  const policy = what.account ? undefined : named;
  const scope = { policy, actionType, ruleType };
  return { ...scope, open: what.limits.filter((limit) => scope[limit] === undefined) };
};

/** The ids of the permissions that open the question, any of them or all; `undefined` for an unknown id. */
export const opens = (book: Ground, question: Question): readonly string[] | undefined => whatOf(book, question)?.ids;

/** True when the test holds for some value. `Iterator.prototype.some` is missing in Node 20 and in older browsers. */
const some = <T>(all: Iterable<T>, test: (one: T) => boolean): boolean => {
  for (const one of all) if (test(one)) return true;
  return false;
};

/** The held permissions that open the question: each held one, or all of them if they are held in one scope. */
const heldIn = (rights: HeldRights, { ids, all, any }: What, place: Place): readonly string[] => {
  if (any) return rights.heldAnywhere();
  const isHeldIn = (scope: Scope) => (id: string) => rights.holds(id, scope);
  const scopes = () => rights.scopesIn(ids, place);
  if (!all) return ids.filter((id) => some(scopes(), (scope) => isHeldIn(scope)(id)));
  return some(scopes(), (scope) => ids.every(isHeldIn(scope))) ? ids : [];
};

/**
 * How the question is granted to a user who has it: by all permissions or by any, and in which scopes. `anywhere`
 * stands for every scope.
 */
export const askedOf = (
  book: Ground,
  rights: HeldRights,
  question: Question,
): { all: boolean; scopes: readonly Scope[] | 'anywhere' } => {
  const what = whatOf(book, question);
  if (!what) return { all: false, scopes: [] };
  if (what.any) return { all: false, scopes: 'anywhere' };
  const { ids, all } = what;
  const ruleType = question.rule === undefined ? question.ruleType : book.rules.byId.get(question.rule)?.type;
  const scopes = [...rights.scopesIn(ids, placeOf(what, question, ruleType))];
  return { all, scopes: all ? scopes.filter((scope) => ids.every((id) => rights.holds(id, scope))) : scopes };
};

/** The sets that give a permission in any of the scopes. */
export const giversIn = (rights: HeldRights, permission: string, scopes: readonly Scope[] | 'anywhere'): Held[] =>
  scopes === 'anywhere'
    ? rights.giversAnywhere(permission)
    : [...new Set(scopes.flatMap((scope) => rights.givers(permission, scope)))];

/**
 * The rights on its rule that a question needs; always `view`, because a hidden rule cannot be acted on (CT-86, Q-08).
 */
export const rightsAsked = ({ rule, right }: Question): Column[] => {
  if (rule === undefined) return [];
  return right === 'view' ? ['view'] : ['view', right ?? 'edit'];
};

/**
 * Decides a question on a ground. @param subject `undefined` for a user whom the tenant does not have
 * @throws Error for an unknown permission or ability: the request must be refused before
 */
export const judge = <R extends AnyRule>(
  book: Ground<R>,
  subject: Subject<R> | undefined,
  question: Question,
): Decision => {
  const what = whatOf(book, question);
  if (!what) throw new Error(`neither a permission nor an ability: ${question.permission ?? question.ability}`);
  const { enforced } = book.tenant;
  const answer = (allowed: boolean, reason: Reason, by = what.ids): Decision => ({ allowed, enforced, reason, by });
  if (!subject || subject.state === 'deleted') return answer(false, 'unknown-user');
  if (subject.state !== 'active') return answer(false, 'user-disabled');
  if (!enforced) return answer(true, 'not-enforced');
  const { rights } = subject;
  const { policy, rule: id, right } = question;
  if (!rights.featureOn(what.feature)) return answer(false, 'feature-off');
  if (policy !== undefined && !book.policies.has(policy)) return answer(false, 'unknown-policy');
  const rule = id === undefined ? undefined : book.rules.byId.get(id);
  if (id !== undefined && !(rule && subject.may(rule, 'view'))) return answer(false, 'unknown-rule');
  const may = !rule || right === 'view' || subject.may(rule, right ?? 'edit');
  // A right is always on a rule, so a question about a right without a rule is answered with no.
  if (right !== undefined) return rule && may ? answer(true, 'granted') : answer(false, 'not-granted');
  if (what.open) return answer(true, what.open === 'self' ? 'open-to-oneself' : 'open-to-everyone');
  const held = heldIn(rights, what, placeOf(what, question, rule?.type ?? question.ruleType));
  if (held.length === 0) return answer(false, 'not-granted');
  return may ? answer(true, 'granted', held) : answer(false, 'no-right-on-rule', held);
};
