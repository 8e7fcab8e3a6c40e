// Deciding: the one pure function behind checks, lists, holders, explanations, sessions and the tokens that decide offline.
// Every right is a bit, OR-ed over all grant sets of a user; there is no deny (CT-79, CT-80). It brings nothing along at run
// time, so that the client can carry it.
import type { Ability, Permission } from '../../catalogues/schema.ts';
import type { PolicyId, RoleId, RuleId } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import type { Grant, GrantSet } from '../book/records.ts';
import type { Column } from '../rules/rule-rights.ts';

/**
 * What is asked: a permission or an ability, at account level or for one policy, for one action or rule type, or on one
 * rule; or a right on a rule.
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

/** Where something is asked for: in a scope, or anywhere in it along the limits that the question leaves open. */
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
  /** There is none, or none that the user sees: these are not told apart (CT-86). */
  | 'unknown-rule'
  /** The permission would do, but the user may not edit this rule. */
  | 'no-right-on-rule'
  | 'feature-off';

export interface Decision {
  readonly allowed: boolean;
  /** False while access-rights management is switched off for the tenant. */
  readonly enforced: boolean;
  readonly reason: Reason;
  /** The permissions that gave the right, or that would have. */
  readonly by: readonly string[];
}

/** A set of grants that a user has, and where from. */
export interface Held {
  readonly origin: 'personal' | RoleId;
  readonly grants: GrantSet;
}

/** What deciding looks at beside somebody's own grants. A book is one; a snapshot token carries a small one. */
export interface Ground {
  readonly tenant: { readonly enforced: boolean; readonly features: ReadonlySet<string> };
  readonly catalogue: {
    readonly permission: ReadonlyMap<string, Pick<Permission, 'id' | 'requires' | 'limits' | 'widens' | 'feature'>>;
    readonly ability: ReadonlyMap<
      string,
      Pick<Ability, 'level' | 'anyOf' | 'allOf' | 'anyPermission' | 'whole' | 'open' | 'feature'>
    >;
    readonly granters: ReadonlyMap<string, ReadonlySet<string>>;
    /** Those that can be held for one policy. */
    readonly policyPermissions: readonly string[];
  };
  /** The policies that there are. */
  readonly policies: ReadonlyMap<PolicyId, unknown>;
  readonly rules: { readonly byId: ReadonlyMap<RuleId, { readonly type: string }> };
}

/** Somebody who is asked about: by current data, or by what a session or a token has kept of them. */
export interface Subject {
  readonly state: 'active' | 'disabled' | 'deleted';
  readonly rights: HeldRights;
  /** True when they have that right on the rule, which is there. */
  may(rule: RuleId, right: Column): boolean;
}

const within = (limit: readonly string[] | undefined, asked: string | undefined): boolean =>
  limit === undefined || (asked !== undefined && includes(limit, asked));

const covers = (grant: Grant, scope: Scope, widened: boolean, live: (id: PolicyId) => boolean): boolean => {
  if (!within(grant.actionTypes, scope.actionType) || !within(grant.ruleTypes, scope.ruleType)) return false;
  if (grant.policies === undefined) return true;
  if (scope.policy === undefined) return false;
  return widened ? grant.policies.some(live) : includes(grant.policies, scope.policy);
};

/** What a list of grant sets gives, at one moment, in one tenant. */
export class HeldRights {
  readonly sets: readonly Held[];
  /** The ground on which the sets are looked at: which policies and features there are. */
  readonly book: Ground;
  readonly #catalogue: Ground['catalogue'];
  #widened: boolean | undefined;

  /** @param widened what is known of it already, where not all sets are there that it follows from */
  constructor(book: Ground, sets: readonly Held[], widened?: boolean) {
    this.#widened = widened;
    this.sets = sets;
    this.book = book;
    this.#catalogue = book.catalogue;
  }

  /** True when the permissions limited to policies count for every policy (FP-25). Evaluated now, never stored. */
  get widened(): boolean {
    this.#widened ??= this.wideners.some((id) => this.sets.some((set) => this.#gives(set, id, {}, false)));
    return this.#widened;
  }

  /** The permissions that widen, as soon as one of them is held for the account. */
  get wideners(): string[] {
    return [...this.#catalogue.permission.values()].filter(({ widens }) => widens).map(({ id }) => id);
  }

  /** What the same sets would give if nothing were widened. */
  get narrow(): HeldRights {
    const narrow = new HeldRights(this.book, this.sets);
    narrow.#widened = false;
    return narrow;
  }

  /** The sets that give a permission in a scope. */
  givers(permission: string, scope: Scope = {}): Held[] {
    return this.sets.filter((set) => this.#gives(set, permission, scope, this.widened));
  }

  holds(permission: string, scope: Scope = {}): boolean {
    return this.sets.some((set) => this.#gives(set, permission, scope, this.widened));
  }

  /** The grants of a set by which it gives a permission in one of the scopes, or in whichever. */
  grantsGiving(set: Held, permission: string, scopes: readonly Scope[] | 'anywhere'): Grant[] {
    const granters = this.#catalogue.granters.get(permission);
    const live = (policy: PolicyId) => this.book.policies.has(policy);
    return set.grants.filter(
      (grant) =>
        granters?.has(grant.permission) &&
        (scopes === 'anywhere' || scopes.some((scope) => covers(grant, scope, this.widened, live))),
    );
  }

  /** The policies for which a permission is held, in the order of their ids; or `account`, or nothing. */
  reach(permission: string): 'account' | PolicyId[] {
    if (this.holds(permission)) return 'account';
    return [...this.book.policies.keys()].filter((policy) => this.holds(permission, { policy })).sort();
  }

  /** The sets that give a permission in some scope, whichever it is. */
  giversAnywhere(permission: string): Held[] {
    return this.sets.filter((set) => {
      for (const scope of this.#scopes(set, permission))
        if (this.#gives(set, permission, scope, this.widened)) return true;
      return false;
    });
  }

  /**
   * Scopes enough to tell whether any of these permissions is held in a place: the place itself and, along what it leaves
   * open, those that grants name.
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

  /** The permissions that are held in some scope. A grant of what does not exist here, or that selects nothing, is none. */
  heldAnywhere(): string[] {
    return [...this.#catalogue.permission.keys()].filter((id) => this.giversAnywhere(id).length > 0);
  }

  /** True when the permission exists for this tenant: its feature, if it needs one, is on (FP-33, FP-53). */
  featureOn(feature: string | undefined): boolean {
    return feature === undefined || this.book.tenant.features.has(feature);
  }

  /** Scopes enough to tell whether the set gives the permission at all: those that its grants name, one at a time. */
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
    // Adding and deleting actions reach no further than the same set's selection for editing (CT-73, CT-74, CT-77).
    return (
      granted &&
      (permission.requires ?? []).every(
        (needed) => !this.#catalogue.permission.get(needed)?.limits || this.#gives(set, needed, scope, widened),
      )
    );
  }
}

/** True when somebody holds something for a policy: those they see (FP-15). */
export const holdsFor = ({ catalogue }: Pick<Ground, 'catalogue'>, rights: HeldRights, policy: PolicyId): boolean =>
  catalogue.policyPermissions.some((permission) => rights.holds(permission, { policy }));

interface Asked {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly any: boolean;
  readonly feature: string | undefined;
  readonly open?: 'everyone' | 'self' | undefined;
  readonly place: Place;
}

/**
 * Where an ability is asked for: whoever may do it for some type, rule type or policy has it, unless the question names
 * one (CT-70, FP-15). What concerns the whole account is not opened by a right for one policy (FP-17), nor what belongs to
 * all rules by a right for some types (CT-67).
 */
const placeOf = ({ level, whole }: Pick<Ability, 'level' | 'whole'>, scope: Scope): Place => {
  const asked = level === 'account' ? { ...scope, policy: undefined } : scope;
  const limits = [...(level === 'account' ? [] : ['policy' as const]), ...(whole ? [] : typeLimits)];
  return { ...asked, open: limits.filter((limit) => asked[limit] === undefined) };
};
const typeLimits = ['actionType', 'ruleType'] as const;

/** What a permission's or ability's question comes down to. Undefined when the catalogue knows neither. */
const asked = (book: Ground, question: Question): Asked | undefined => {
  const ruleType = question.rule ? book.rules.byId.get(question.rule)?.type : question.ruleType;
  const scope: Scope = { policy: question.policy, actionType: question.actionType, ruleType };
  const place: Place = { ...scope, open: [] };
  if (question.right !== undefined) return { ids: [], all: true, any: false, feature: undefined, place };
  if (question.permission !== undefined) {
    const permission = book.catalogue.permission.get(question.permission);
    return permission && { ids: [permission.id], all: false, feature: permission.feature, any: false, place };
  }
  const ability = book.catalogue.ability.get(question.ability ?? '');
  return (
    ability && {
      ids: ability.anyOf ?? ability.allOf ?? [],
      all: ability.allOf !== undefined,
      feature: ability.feature,
      any: ability.anyPermission === true,
      open: ability.open,
      place: placeOf(ability, scope),
    }
  );
};

/** The permission ids any of which opens (or all of which open) what is asked; undefined for an unknown id. */
export const opens = (book: Ground, question: Question): readonly string[] | undefined => asked(book, question)?.ids;

/** True when the test holds for one of them. Iterators have no `some` in Node 20 and older browsers, where clients run this. */
const some = <T>(all: Iterable<T>, test: (one: T) => boolean): boolean => {
  for (const one of all) if (test(one)) return true;
  return false;
};

/** The permissions that open what is asked, of those held in a place: any of them, or all of them in one scope of it. */
const heldIn = (rights: HeldRights, { ids, all, place }: Asked): readonly string[] => {
  const isHeldIn = (scope: Scope) => (id: string) => rights.holds(id, scope);
  const scopes = () => rights.scopesIn(ids, place);
  if (!all) return ids.filter((id) => some(scopes(), (scope) => isHeldIn(scope)(id)));
  return some(scopes(), (scope) => ids.every(isHeldIn(scope))) ? ids : [];
};

/**
 * How what is asked is granted to somebody who has it: by all of the permissions or by one, and in which of the scopes
 * (`anywhere`: in whichever).
 */
export const askedOf = (
  book: Ground,
  rights: HeldRights,
  question: Question,
): { all: boolean; scopes: readonly Scope[] | 'anywhere' } => {
  const what = asked(book, question);
  if (!what) return { all: false, scopes: [] };
  if (what.any) return { all: false, scopes: 'anywhere' };
  const { ids, all, place } = what;
  const scopes = [...rights.scopesIn(ids, place)];
  return { all, scopes: all ? scopes.filter((scope) => ids.every((id) => rights.holds(id, scope))) : scopes };
};

/** The sets that give a permission in any of the scopes. */
export const giversIn = (rights: HeldRights, permission: string, scopes: readonly Scope[] | 'anywhere'): Held[] =>
  scopes === 'anywhere'
    ? rights.giversAnywhere(permission)
    : [...new Set(scopes.flatMap((scope) => rights.givers(permission, scope)))];

/** The rights on its rule that a question comes down to: nothing is done to a rule that one does not see (CT-86, Q-08). */
export const rightsAsked = ({ rule, right }: Question): Column[] => {
  if (rule === undefined) return [];
  return right === 'view' ? ['view'] : ['view', right ?? 'edit'];
};

/**
 * May they do this? `undefined` for a user that the tenant does not have. An unknown permission or ability is the
 * caller's mistake, to be refused before.
 */
export const judge = (book: Ground, subject: Subject | undefined, question: Question): Decision => {
  const enforced = book.tenant.enforced;
  const what = asked(book, question);
  const answer = (allowed: boolean, reason: Reason, by: readonly string[] = what?.ids ?? []): Decision => ({
    allowed,
    enforced,
    reason,
    by,
  });
  if (!what) throw new Error(`neither a permission nor an ability: ${question.permission ?? question.ability}`);
  if (!subject || subject.state === 'deleted') return answer(false, 'unknown-user');
  if (subject.state !== 'active') return answer(false, 'user-disabled');
  if (!enforced) return answer(true, 'not-enforced');
  const { rights } = subject;
  if (!rights.featureOn(what.feature)) return answer(false, 'feature-off');
  if (question.policy !== undefined && !book.policies.has(question.policy)) return answer(false, 'unknown-policy');
  const rule = question.rule !== undefined && book.rules.byId.has(question.rule) ? question.rule : undefined;
  if (question.rule !== undefined && !(rule && subject.may(rule, 'view'))) return answer(false, 'unknown-rule');
  const may = !rule || rightsAsked(question).every((right) => subject.may(rule, right));
  // A right on no rule is none.
  if (question.right !== undefined) return answer(!!rule && may, rule && may ? 'granted' : 'not-granted');
  if (what.open) return answer(true, what.open === 'self' ? 'open-to-oneself' : 'open-to-everyone');
  const held = what.any ? rights.heldAnywhere() : heldIn(rights, what);
  if (held.length === 0) return answer(false, 'not-granted');
  return may ? answer(true, 'granted', held) : answer(false, 'no-right-on-rule', held);
};
