// Deciding: the one pure function behind checks, lists, holders, explanations, sessions and the tokens that decide offline.
// Every right is a bit, OR-ed over all grant sets of a user; there is no deny (CT-79, CT-80). It brings nothing along at run
// time, so that the client can carry it.
import type { Ability, Permission } from '../catalogues/schema.ts';
import { includes } from './has.ts';
import type { PolicyId, RoleId, RuleId } from './ids.ts';
import type { Grant, GrantSet } from './records.ts';
import type { Column } from './rulerights.ts';

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

/** What deciding looks at beside somebody's own grants. A book is one; a snapshot token carries a small one. */
export interface Ground {
  readonly tenant: { readonly enforced: boolean; readonly features: ReadonlySet<string> };
  readonly catalogue: {
    readonly permission: ReadonlyMap<string, Pick<Permission, 'id' | 'requires' | 'limits' | 'widens' | 'feature'>>;
    readonly ability: ReadonlyMap<
      string,
      Pick<Ability, 'level' | 'anyOf' | 'allOf' | 'anyPermission' | 'open' | 'feature'>
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

/** True when somebody holds something for a policy: those they see (FP-15). */
export const holdsFor = ({ catalogue }: Pick<Ground, 'catalogue'>, rights: HeldRights, policy: PolicyId): boolean =>
  catalogue.policyPermissions.some((permission) => rights.holds(permission, { policy }));

interface Asked {
  readonly ids: readonly string[];
  readonly all: boolean;
  readonly any: boolean;
  readonly feature: string | undefined;
  readonly open?: 'everyone' | 'self' | undefined;
  readonly scope: Scope;
}

/** What a permission's or ability's question comes down to. Undefined when the catalogue knows neither. */
const asked = (book: Ground, question: Question): Asked | undefined => {
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
export const opens = (book: Ground, question: Question): readonly string[] | undefined => asked(book, question)?.ids;

/** How what is asked is granted: all of the permissions or one, in which scope (`anywhere`: in whichever). */
export const askedOf = (book: Ground, question: Question): { all: boolean; scope: Scope | 'anywhere' } => {
  const what = asked(book, question);
  return { all: what?.all ?? false, scope: what?.any ? 'anywhere' : (what?.scope ?? {}) };
};

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
  const held = what.any ? rights.heldAnywhere() : what.ids.filter((id) => rights.holds(id, what.scope));
  const allowed = what.all ? held.length === what.ids.length : held.length > 0;
  if (!allowed) return answer(false, 'not-granted');
  return may ? answer(true, 'granted', held) : answer(false, 'no-right-on-rule', held);
};
