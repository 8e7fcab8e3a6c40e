// Deciding: the one pure function behind checks, lists, holders and explanations.
// Every right is a bit, OR-ed over all grant sets of a user; there is no deny (CT-79, CT-80).
import type { CompiledCatalogue } from '../catalogues/compile.ts';
import { type Book, isMember, type Role } from './book.ts';
import { includes } from './has.ts';
import { type GroupRef, type PolicyId, type RoleId, type RuleId, userRef } from './ids.ts';
import type { Access, Grant, GrantSet } from './records.ts';
import { type Column, RuleRights } from './rulerights.ts';

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

export type Reason =
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

/** All groups a user is in, at any depth, deleted ones left out. */
export const groupsOf = (book: Book, access: Access): Set<GroupRef> => {
  const all = new Set<GroupRef>();
  for (const ref of access.groups) for (const up of book.ancestors(ref)) all.add(up);
  return all;
};

/** The live roles a user has: as a member, or through groups of any depth (CT-19). */
export const rolesOf = (book: Book, access: Access): Role[] => {
  const roles = new Set<Role>();
  const ref = userRef(access.id, access.life);
  for (const role of book.roles.values()) if (isMember(role, ref)) roles.add(role);
  for (const group of groupsOf(book, access)) for (const role of book.rolesOfGroup(group)) roles.add(role);
  return [...roles];
};

/** What a user may do to which rule; whoever is not active, nothing. */
export const ruleRightsOf = (book: Book, access: Access | undefined): RuleRights =>
  new RuleRights(book, access?.state === 'active' ? rolesOf(book, access).map(({ record }) => record) : []);

/** Every grant set of an active user; nobody else holds anything. */
export const heldBy = (book: Book, access: Access | undefined): Held[] => {
  if (access?.state !== 'active') return [];
  return potentiallyHeldBy(book, access);
};

/** Every grant set that a user would have when active. */
export const potentiallyHeldBy = (book: Book, access: Access): Held[] => {
  if (access.state === 'deleted') return [];
  const sets: Held[] = rolesOf(book, access).map(({ record }) => ({ origin: record.id, grants: record.grants }));
  if (book.catalogue.data.personalGrants && access.personal.length > 0)
    sets.push({ origin: 'personal', grants: access.personal });
  return sets;
};

const within = (limit: readonly string[] | undefined, asked: string | undefined): boolean =>
  limit === undefined || (asked !== undefined && includes(limit, asked));

const covers = (grant: Grant, scope: Scope, widened: boolean, live: (id: PolicyId) => boolean): boolean => {
  if (!within(grant.actionTypes, scope.actionType) || !within(grant.ruleTypes, scope.ruleType)) return false;
  if (grant.policies === undefined) return true;
  if (scope.policy === undefined) return false;
  return widened ? grant.policies.some(live) : includes(grant.policies, scope.policy);
};

/** What a list of grant sets gives, at one moment, in one tenant. */
export class Rights {
  readonly sets: readonly Held[];
  /** The book in which the sets are looked at: which policies and features there are. */
  readonly book: Book;
  readonly #catalogue: CompiledCatalogue;
  #widened: boolean | undefined;

  constructor(book: Book, sets: readonly Held[]) {
    this.sets = sets;
    this.book = book;
    this.#catalogue = book.catalogue;
  }

  static of(book: Book, access: Access | undefined): Rights {
    return new Rights(book, heldBy(book, access));
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
  get narrow(): Rights {
    const narrow = new Rights(this.book, this.sets);
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

  /** The grants of a set by which it gives a permission in a scope, or in whichever. */
  grantsGiving(set: Held, permission: string, scope: Scope | 'anywhere'): Grant[] {
    const granters = this.#catalogue.granters.get(permission);
    const live = (policy: PolicyId) => this.book.policies.has(policy);
    return set.grants.filter(
      (grant) => granters?.has(grant.permission) && (scope === 'anywhere' || covers(grant, scope, this.widened, live)),
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

interface Asked {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly any: boolean;
  readonly feature: string | undefined;
  readonly open?: 'everyone' | 'self' | undefined;
  readonly scope: Scope;
}

/** What a permission's or ability's question comes down to. Undefined when the catalogue knows neither. */
const asked = (book: Book, question: Question): Asked | undefined => {
  const ruleType = question.rule ? book.rules.byId.get(question.rule)?.type : question.ruleType;
  const scope: Scope = { policy: question.policy, actionType: question.actionType, ruleType };
  if (question.right !== undefined) return { ids: [], all: true, any: false, feature: undefined, scope };
  if (question.permission !== undefined) {
    const permission = book.catalogue.permission.get(question.permission);
    return permission && { ids: [permission.id], all: false, feature: permission.feature, any: false, scope };
  }
  const ability = book.catalogue.ability.get(question.ability ?? '');
  return (
    ability && {
      ids: ability.anyOf ?? ability.allOf ?? [],
      all: ability.allOf !== undefined,
      feature: ability.feature,
      any: ability.anyPermission === true,
      open: ability.open,
      // What concerns the whole account is not opened by a right for one policy (FP-17).
      scope: ability.level === 'account' ? { ...scope, policy: undefined } : scope,
    }
  );
};

/** The permission ids any of which opens (or all of which open) what is asked; undefined for an unknown id. */
export const opens = (book: Book, question: Question): readonly string[] | undefined => asked(book, question)?.ids;

/** How what is asked is granted: all of the permissions or one, in which scope (`anywhere`: in whichever). */
export const askedOf = (book: Book, question: Question): { all: boolean; scope: Scope | 'anywhere' } => {
  const what = asked(book, question);
  return { all: what?.all ?? false, scope: what?.any ? 'anywhere' : (what?.scope ?? {}) };
};

/** The rights on its rule that a question comes down to: nothing is done to a rule that one does not see (CT-86, Q-08). */
export const rightsAsked = ({ rule, right }: Question): Column[] => {
  if (rule === undefined) return [];
  return right === 'view' ? ['view'] : ['view', right ?? 'edit'];
};

/**
 * May this user do this? `undefined` for a user that the tenant does not have. An unknown permission or ability is the
 * caller's mistake, to be refused before.
 */
export const decide = (book: Book, access: Access | undefined, question: Question): Decision => {
  const enforced = book.tenant.enforced;
  const what = asked(book, question);
  const answer = (allowed: boolean, reason: Reason, by: readonly string[] = what?.ids ?? []): Decision => ({
    allowed,
    enforced,
    reason,
    by,
  });
  if (!what) throw new Error(`neither a permission nor an ability: ${question.permission ?? question.ability}`);
  if (!access || access.state === 'deleted') return answer(false, 'unknown-user');
  if (access.state !== 'active') return answer(false, 'user-disabled');
  if (!enforced) return answer(true, 'not-enforced');
  const rights = Rights.of(book, access);
  if (!rights.featureOn(what.feature)) return answer(false, 'feature-off');
  if (question.policy !== undefined && !book.policies.has(question.policy)) return answer(false, 'unknown-policy');
  const rule = question.rule && book.rules.byId.get(question.rule);
  const onRules = ruleRightsOf(book, access);
  if (question.rule !== undefined && !(rule && onRules.sees(rule))) return answer(false, 'unknown-rule');
  const may = !rule || rightsAsked(question).every((right) => onRules.has(rule, right));
  if (question.right !== undefined) return answer(may, may ? 'granted' : 'not-granted');
  if (what.open) return answer(true, what.open === 'self' ? 'open-to-oneself' : 'open-to-everyone');
  const held = what.any ? rights.heldAnywhere() : what.ids.filter((id) => rights.holds(id, what.scope));
  const allowed = what.all ? held.length === what.ids.length : held.length > 0;
  if (!allowed) return answer(false, 'not-granted');
  return may ? answer(true, 'granted', held) : answer(false, 'no-right-on-rule', held);
};
