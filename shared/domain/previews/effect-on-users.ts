// Computes which users gain and lose which permission where: the difference between the books before and after a change,
// read from the same grant sets as a decision.

import { minus } from '../base/collections.ts';
import type { PolicyId, UserId } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import { type Held, Rights } from '../deciding/decide.ts';
import { linesOf, scopesWithin, type Types } from '../deciding/explain.ts';
import type { ThingEffect } from './effect-on-things.ts';

/** A scope in which a permission is gained or lost. */
export interface Span {
  readonly scope: 'account' | readonly PolicyId[];
  /** Present when the span covers these action or rule types only. */
  readonly limits?: Types;
}

/** A permission gained or lost. The excepted spans are unchanged. */
export interface Difference extends Span {
  readonly permission: string;
  readonly except?: readonly Span[];
}

export interface UserEffect {
  readonly user: UserId;
  readonly gained: readonly Difference[];
  readonly lost: readonly Difference[];
}

export interface Effect {
  readonly users: readonly UserEffect[];
  /** True when more users gain or lose something than `users` names. */
  readonly more: boolean;
  readonly things: readonly ThingEffect[];
}

export const noEffect: Effect = { users: [], more: false, things: [] };

/** The grant sets of a user that the caller may see. */
export type Seen = (book: Book, access: Access) => readonly Held[];

/** Where one permission is held: for the account, for policies, for pairs of an action type and a rule type. */
interface Reach {
  readonly account: boolean;
  readonly policies: ReadonlySet<PolicyId>;
  /** `action rule`; an empty half means all types. */
  readonly types: ReadonlySet<string>;
}
const nothing: Reach = { account: false, policies: new Set(), types: new Set() };

/** The reaches of users in one book, computed once for all users with the same grant sets. */
export class Holdings {
  readonly #book: Book;
  readonly #seen: Seen;
  readonly #known = new Map<string, ReadonlyMap<string, Reach>>();

  constructor(book: Book, seen: Seen) {
    this.#book = book;
    this.#seen = seen;
  }

  of(access: Access | undefined): ReadonlyMap<string, Reach> {
    const sets = access ? this.#seen(this.#book, access) : [];
    const key = sets
      .map(({ origin, grants }) => (origin === 'personal' ? JSON.stringify(grants) : origin))
      .sort()
      .join(' ');
    const known = this.#known.get(key) ?? this.#reaches(sets);
    this.#known.set(key, known);
    return known;
  }

  #reaches(sets: readonly Held[]): ReadonlyMap<string, Reach> {
    const by = new Map<string, { account: boolean; policies: Set<PolicyId>; types: Set<string> }>();
    for (const { permission, scope, givers: _, ...types } of linesOf(this.#book, new Rights(this.#book, sets))) {
      const reach = by.get(permission) ?? { account: false, policies: new Set<PolicyId>(), types: new Set<string>() };
      by.set(permission, reach);
      if (scope !== 'account') for (const policy of scope) reach.policies.add(policy);
      else if (types.actionTypes === undefined && types.ruleTypes === undefined) reach.account = true;
      else for (const one of scopesWithin(this.#book, types)) reach.types.add(pairOf(one));
    }
    return by;
  }
}

const pairOf = ({
  actionType = '',
  ruleType = '',
}: {
  actionType?: string | undefined;
  ruleType?: string | undefined;
}) => `${actionType} ${ruleType}`;

type Moved = Pick<UserEffect, 'gained' | 'lost'>;
/** Cache of differences between two holdings, since thousands of users may share the same two. */
const known = new WeakMap<ReadonlyMap<string, Reach>, WeakMap<ReadonlyMap<string, Reach>, Moved>>();

/** Returns what one user gains and loses, or `undefined` when nothing changes for the user. */
export const effectOn = (
  user: UserId,
  was: ReadonlyMap<string, Reach>,
  is: ReadonlyMap<string, Reach>,
): UserEffect | undefined => {
  if (was === is) return undefined;
  const from = known.get(was) ?? new WeakMap<ReadonlyMap<string, Reach>, Moved>();
  known.set(was, from);
  const moved = from.get(is) ?? movedBetween(was, is);
  from.set(is, moved);
  return moved.gained.length + moved.lost.length > 0 ? { user, ...moved } : undefined;
};

const movedBetween = (was: ReadonlyMap<string, Reach>, is: ReadonlyMap<string, Reach>): Moved => {
  const both = [...new Set([...was.keys(), ...is.keys()])].sort();
  const beyond = (of: ReadonlyMap<string, Reach>, other: ReadonlyMap<string, Reach>) =>
    both.flatMap((permission) =>
      spansBeyond(of.get(permission) ?? nothing, other.get(permission) ?? nothing).map((span) => ({
        permission,
        ...span,
      })),
    );
  return { gained: beyond(is, was), lost: beyond(was, is) };
};

/** The spans that `of` covers and `other` does not. */
const spansBeyond = (of: Reach, other: Reach): Omit<Difference, 'permission'>[] => {
  if (other.account) return [];
  if (of.account) {
    const except = [...policySpans(other.policies), ...typeSpans(other.types)];
    return [{ scope: 'account', ...(except.length > 0 && { except }) }];
  }
  const types = typeSpans(minus(of.types, other.types)).map((span) => {
    const except = typeSpans(new Set([...other.types].filter((pair) => isWithin(pair, span.limits))));
    return { ...span, ...(except.length > 0 && { except }) };
  });
  return [...policySpans(minus(of.policies, other.policies)), ...types];
};

const policySpans = (policies: ReadonlySet<PolicyId>): Span[] =>
  policies.size > 0 ? [{ scope: [...policies].sort() }] : [];

const isWithin = (pair: string, limits: Types = {}): boolean => {
  const [action = '', rule = ''] = pair.split(' ');
  const { actionTypes, ruleTypes } = limits;
  return (actionTypes?.includes(action) ?? true) && (ruleTypes?.includes(rule) ?? true);
};

/** Pairs of types as few spans: first those for all rule types, then by rule type those for all or some action types. */
const typeSpans = (pairs: ReadonlySet<string>): Span[] => {
  const split = [...pairs].sort().map((pair) => pair.split(' ') as [string, string]);
  const everywhere = split.filter(([, rule]) => rule === '').map(([action]) => action);
  const by = new Map<string, { actions: string[]; rules: string[] }>();
  for (const rule of new Set(split.map(([, one]) => one).filter((one) => one !== ''))) {
    const actions = split.filter(([, one]) => one === rule).map(([action]) => action);
    const rest = actions.includes('') ? [''] : actions.filter((action) => !everywhere.includes(action));
    if (rest.length === 0) continue;
    const key = rest.join(' ');
    const line = by.get(key) ?? { actions: rest, rules: [] };
    line.rules.push(rule);
    by.set(key, line);
  }
  return [
    ...(everywhere.length > 0 ? [{ actionTypes: everywhere }] : []),
    ...[...by.values()].map(({ actions, rules }) => ({
      ...(actions[0] !== '' && { actionTypes: actions }),
      ruleTypes: rules,
    })),
  ].map((limits) => ({ scope: 'account', limits }));
};
