// Taking one permission out of a set of grants. What a wider grant gives as well is not taken silently: it is refused, or
// the wider grant is replaced by the rest of what it gives now.

import type { PolicyId } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { Grant, GrantSet } from '../book/records.ts';
import { normalised } from './grants.ts';

/** What is taken: a permission, wholly or for one policy, action type or rule type. */
export interface Taken {
  readonly permission: string;
  readonly policy?: PolicyId | undefined;
  readonly actionType?: string | undefined;
  readonly ruleType?: string | undefined;
}

const lists = { policy: 'policies', actionType: 'actionTypes', ruleType: 'ruleTypes' } as const;
type Limit = keyof typeof lists;
const limits = Object.keys(lists) as Limit[];

const listOf = (grant: Grant, limit: Limit): readonly string[] | undefined => grant[lists[limit]];

/** All that a limit can name now. */
const everyOf = ({ policies, catalogue: { data } }: Book, limit: Limit): readonly string[] =>
  limit === 'policy' ? [...policies.keys()] : data[lists[limit]].map(({ id }) => id);

/** @throws Refusal not-found */
export const needKnown = ({ catalogue }: Book, permission: string): void => {
  if (permission !== '*' && !catalogue.permission.has(permission))
    throw new Refusal('not-found', 'The catalogue has no such permission.');
};

/** @throws Refusal invalid-request for a limit that the permission cannot have, or that the catalogue does not know */
const needTakeable = (book: Book, taken: Taken): void => {
  const permission = book.catalogue.permission.get(taken.permission);
  for (const limit of limits) {
    const value = taken[limit];
    if (value === undefined) continue;
    const known =
      limit === 'policy' ? permission?.levels.includes('policy') : permission?.limits?.includes(lists[limit]);
    if (!known) throw invalid(`query.${limit}`, 'does not apply to this permission: leave it out');
    if (limit !== 'policy' && !everyOf(book, limit).includes(value))
      throw invalid(`query.${limit}`, 'is not in the catalogue: see GET /v1/catalogue');
  }
};

/** True when a grant of `granted` gives the permission; `*` is given by whatever gives every permission. */
const gives = ({ catalogue }: Book, granted: string, permission: string): boolean =>
  permission === '*'
    ? granted === '*' || [...catalogue.granters.values()].every((granters) => granters.has(granted))
    : catalogue.granters.get(permission)?.has(granted) === true;

/** True when the grant gives something of what is taken. */
const touches = (book: Book, grant: Grant, taken: Taken): boolean =>
  gives(book, grant.permission, taken.permission) &&
  limits.every((limit) => {
    const value = taken[limit];
    if (value === undefined) return true;
    const named = listOf(grant, limit);
    return named ? includes(named, value) : everyOf(book, limit).includes(value);
  });

const isWider = (grant: Grant, taken: Taken): boolean =>
  grant.permission !== taken.permission ||
  limits.some((limit) => taken[limit] !== undefined && listOf(grant, limit) === undefined);

/** What is left of a grant of the permission itself: for everything that exists now but what is taken. */
const remainder = (book: Book, grant: Grant, taken: Taken): Grant[] => {
  const rest: Grant[] = [];
  let inside = grant;
  for (const limit of limits) {
    const value = taken[limit];
    if (value === undefined) continue;
    const others = (listOf(inside, limit) ?? everyOf(book, limit)).filter((one) => one !== value);
    if (others.length > 0) rest.push({ ...inside, [lists[limit]]: others });
    inside = { ...inside, [lists[limit]]: [value] };
  }
  return rest;
};

/** A grant of one permission in place of a wider one, with those of its limits that the permission cannot be given. */
interface Part {
  readonly grant: Grant;
  readonly lost: readonly Limit[];
  readonly of: Grant;
}

/** Everything that a wider grant gives but what is taken, permission by permission. */
const partsOf = (book: Book, wide: Grant, taken: Taken): Part[] => {
  if (taken.permission === '*') return [];
  return book.catalogue.data.permissions.flatMap(({ id, levels, limits: own }): Part[] => {
    if (!gives(book, wide.permission, id)) return [];
    if (id !== taken.permission && gives(book, id, taken.permission)) return [];
    const policies =
      wide.policies ?? (levels.includes('account') ? undefined : (everyOf(book, 'policy') as PolicyId[]));
    if (policies && (!levels.includes('policy') || policies.length === 0)) return [];
    const whole: Grant = {
      permission: id,
      ...(policies && { policies }),
      ...(own?.includes('actionTypes') && wide.actionTypes && { actionTypes: wide.actionTypes }),
      ...(own?.includes('ruleTypes') && wide.ruleTypes && { ruleTypes: wide.ruleTypes }),
    };
    const lost = limits.filter((limit) => listOf(wide, limit) && !listOf(whole, limit));
    const grants = id === taken.permission ? remainder(book, whole, taken) : [whole];
    return grants.map((grant) => ({ grant, lost, of: wide }));
  });
};

/**
 * A part as far as the set lets it stand: nothing beside what excludes it, only for the policies that it requires
 * something for, and never for more than the grant that it stands for.
 */
const standing = ({ catalogue }: Book, { grant, lost, of }: Part, set: GrantSet): Grant[] => {
  const { requires = [], excludes = [] } = catalogue.permission.get(grant.permission) ?? {};
  const excluded = (other: Grant) =>
    excludes.includes(other.permission) ||
    catalogue.permission.get(other.permission)?.excludes?.includes(grant.permission);
  if (set.some(excluded)) return [];
  let { policies } = grant;
  for (const needed of requires) {
    const givers = set.filter((one) => catalogue.granters.get(needed)?.has(one.permission));
    // What is bounded by another permission reaches as far as that one does in the whole set.
    const reachesFurther = lost.some((limit) =>
      givers.some((one) => !listOf(one, limit)?.every((value) => includes(listOf(of, limit) ?? [], value))),
    );
    if (reachesFurther) return [];
    if (givers.some((one) => !one.policies)) continue;
    const reach = givers.flatMap((one) => one.policies ?? []);
    policies = policies ? policies.filter((policy) => includes(reach, policy)) : reach;
  }
  const isBounded = requires.some((needed) => catalogue.permission.get(needed)?.limits);
  if ((lost.length > 0 && !isBounded) || policies?.length === 0) return [];
  if (policies && !catalogue.permission.get(grant.permission)?.levels.includes('policy')) return [];
  return [{ ...grant, ...(policies && { policies }) }];
};

/** Parts in the order of the catalogue; those that cannot stand are left out, until what is left does. */
const fitted = (book: Book, kept: GrantSet, parts: readonly Part[]): Grant[] => {
  let standingNow: Part[] = [];
  for (const part of parts) {
    const beside = [...kept, ...standingNow.map(({ grant }) => grant)];
    const { excludes = [] } = book.catalogue.permission.get(part.grant.permission) ?? {};
    if (!beside.some((one) => excludes.includes(one.permission))) standingNow.push(part);
  }
  for (let before = ''; before !== JSON.stringify(standingNow); ) {
    before = JSON.stringify(standingNow);
    const set = [...kept, ...standingNow.map(({ grant }) => grant)];
    standingNow = standingNow.flatMap((part) => standing(book, part, set).map((grant) => ({ ...part, grant })));
  }
  return standingNow.map(({ grant }) => grant);
};

const titleOf = ({ catalogue }: Book, { permission }: Pick<Grant, 'permission'>): string =>
  permission === '*' ? '* (everything)' : (catalogue.permission.get(permission)?.title ?? permission);

const grantedByWider = (book: Book, taken: Taken, wider: readonly Grant[]): Refusal => {
  const through = [...new Set(wider.map((grant) => titleOf(book, grant)))].join(' and ');
  const what = titleOf(book, taken);
  const how = wider.some(({ permission }) => permission !== taken.permission)
    ? through
    : `a grant of ${through} without that limit`;
  return new Refusal('granted-by-wider', {
    detail: `${what} is held through ${how}: take that away, or ask with expand=true to have it replaced by the rest of what it gives now.`,
    more: { permission: taken.permission, wider },
  });
};

/** One policy is not taken while a permission of the set makes those for the others count for it (FP-25, Q-10). */
const refuseWidened = (book: Book, rest: GrantSet, taken: Taken): void => {
  if (taken.policy === undefined || !rest.some((grant) => gives(book, grant.permission, taken.permission))) return;
  const wideners = book.catalogue.data.permissions.filter(({ widens }) => widens);
  const [widener] = wideners.filter(({ id }) => rest.some((one) => !one.policies && gives(book, one.permission, id)));
  if (!widener) return;
  throw new Refusal(
    'policies-not-applicable',
    `${widener.title} makes the permissions of this set apply to all policies: take that away first, or leave the policy out.`,
  );
};

/**
 * The set without what is taken; nothing when it does not give that. With `expand`, a wider grant is replaced by the rest of
 * what it gives now: later permissions, policies and types are no longer among it, nor what cannot stand without what is
 * taken. It never gives more than the set did. @throws Refusal
 * granted-by-wider, policies-not-applicable, invalid-request
 */
export const taking = (book: Book, set: GrantSet, taken: Taken, expand: boolean): Grant[] | undefined => {
  needTakeable(book, taken);
  const hits = set.filter((grant) => touches(book, grant, taken));
  if (hits.length === 0) return undefined;
  const wider = hits.filter((grant) => isWider(grant, taken));
  if (wider.length > 0 && !expand) throw grantedByWider(book, taken, wider);
  const kept = set.flatMap((grant) => {
    if (!hits.includes(grant)) return [grant];
    return grant.permission === taken.permission ? remainder(book, grant, taken) : [];
  });
  const others = wider.filter(({ permission }) => permission !== taken.permission);
  const parts = others.flatMap((grant) => partsOf(book, grant, taken));
  const rest = normalised([...kept, ...fitted(book, kept, parts)]);
  refuseWidened(book, rest, taken);
  return rest;
};

/** The permissions of which a replaced set names no grant any more, and which the new one gives through a wider one. */
export const givenStill = (book: Book, before: GrantSet, after: GrantSet): string[] => {
  const named = new Set(after.map(({ permission }) => permission));
  const gone = new Set(before.map(({ permission }) => permission).filter((id) => id !== '*' && !named.has(id)));
  return [...gone].filter((id) => after.some((grant) => gives(book, grant.permission, id)));
};
