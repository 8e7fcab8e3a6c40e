// Taking a permission out of a grant set. When a wider grant gives the permission too, the request is refused, or on
// demand the wider grant is replaced by the rest of the permissions that it gives now.

import type { PolicyId } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { Grant, GrantSet } from '../book/records.ts';
import { normalised } from './grants.ts';

/** The permission to take: wholly, or for one policy, action type or rule type. */
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

/** All values that a limit can name now. */
const everyOf = ({ policies, catalogue: { data } }: Book, limit: Limit): readonly string[] =>
  limit === 'policy' ? [...policies.keys()] : data[lists[limit]].map(({ id }) => id);

/** @throws Refusal not-found */
export const needPermission = ({ catalogue }: Book, permission: string): void => {
  if (permission !== '*' && !catalogue.permission.has(permission))
    throw new Refusal('not-found', 'The catalogue has no such permission.');
};

/**
 * @throws Refusal invalid-request for a limit that the permission cannot have, or a value that is not in the catalogue
 */
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

/** True when a grant of `granted` gives `permission`. A grant gives `*` when it gives every permission. */
const gives = ({ catalogue }: Book, granted: string, permission: string): boolean =>
  permission === '*'
    ? granted === '*' || [...catalogue.granters.values()].every((granters) => granters.has(granted))
    : catalogue.granters.get(permission)?.has(granted) === true;

/** True when the grant gives the taken permission in some scope that is taken. */
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

/** The rest of a grant of the permission itself: the scopes that exist now, without the taken scope. */
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

/** A grant of one permission in place of the wider grant `of`; `lost` are the limits of `of` that it cannot have. */
interface Part {
  readonly grant: Grant;
  readonly lost: readonly Limit[];
  readonly of: Grant;
}

/** The permissions that a wider grant gives, one by one, without the taken permission in the taken scope. */
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
 * The part reduced to what is valid in the set: gone beside a grant that excludes it, limited to the policies for which
 * the set has the permissions that it requires, and never wider than the grant that it replaces.
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
    // A permission limited by another one reaches as far as the other does in the whole set.
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

/** The parts that are valid together, in the order of the catalogue: invalid parts are removed until a fixed point. */
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
    detail: `${what} is held through ${how}: take that away, or send expand=true to replace it by grants of everything else that it gives now.`,
    more: { permission: taken.permission, wider },
  });
};

/**
 * Refuses to take one policy while the set widens its grants to every policy, since it would be in vain (FP-25, Q-10).
 */
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
 * The set without the taken permission; `undefined` when the set does not give it. With `expand`, a wider grant is
 * replaced by the other permissions that it gives now. Permissions, policies and types added later are not covered any
 * more, and permissions that require the taken one go, too. The result never gives more than the set did. @throws
 * Refusal granted-by-wider, policies-not-applicable, invalid-request
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

/** The permissions that `before` granted by name, and that `after` gives only through a wider grant. */
export const givenStill = (book: Book, before: GrantSet, after: GrantSet): string[] => {
  const named = new Set(after.map(({ permission }) => permission));
  const gone = new Set(before.map(({ permission }) => permission).filter((id) => id !== '*' && !named.has(id)));
  return [...gone].filter((id) => after.some((grant) => gives(book, grant.permission, id)));
};
