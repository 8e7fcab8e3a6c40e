// Grant sets: their normal form, the checks of a set that a client sends, and the part of a set that a user may see.

import type { PolicyId } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import { withinQuota } from '../base/quotas.ts';
import { invalid, Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { Grant, GrantSet } from '../book/records.ts';
import type { Rights } from './decide.ts';

/** Permissions times policies in a set; a grant without policies counts once. */
export const pairsIn = (set: GrantSet): number => set.reduce((sum, grant) => sum + (grant.policies?.length ?? 1), 0);

/** True for a grant that is limited to policies and names this policy. */
const names = ({ policies }: Grant, policy: PolicyId): boolean => policies !== undefined && includes(policies, policy);

const dimensions = ['policies', 'actionTypes', 'ruleTypes'] as const;
type Dimension = (typeof dimensions)[number];

/**
 * The set in normal form, as it is stored: sorted, with the fewest grants of the same meaning. Two grants are joined
 * only when they differ in a single list, because joining grants that differ in two lists would grant more than both. A
 * grant for the account does not absorb a grant for policies, because a user may see the one and not the other.
 */
export const normalised = (grants: GrantSet): Grant[] => {
  let set = grants.map(tidy);
  for (let size = -1; size !== set.length; ) {
    size = set.length;
    for (const dimension of dimensions) set = joinedAlong(set, dimension);
  }
  return set
    .filter((grant, i) => !set.some((other, j) => j !== i && sameLevel(grant, other) && within(grant, other)))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
};

/** The set without grants for policies that a grant for the account makes redundant. */
const withoutIdle = (set: GrantSet): Grant[] =>
  set.filter((grant) => !set.some((other) => grant.policies && !other.policies && within(grant, other)));

const order = (g: Grant): string =>
  JSON.stringify([g.permission, g.policies ?? null, g.actionTypes ?? null, g.ruleTypes ?? null]);

const sameLevel = (a: Grant, b: Grant): boolean => (a.policies === undefined) === (b.policies === undefined);

/** True when `a` gives nothing that `b` does not. */
const within = (a: Grant, b: Grant): boolean =>
  a.permission === b.permission &&
  dimensions.every(
    (d) => b[d] === undefined || a[d]?.every((one) => includes(b[d] as readonly string[], one)) === true,
  );

const joinedAlong = (set: readonly Grant[], dimension: Dimension): Grant[] => {
  const by = new Map<string, Grant>();
  for (const grant of set) {
    const level = dimension === 'policies' && grant.policies === undefined;
    const key = order({ ...grant, [dimension]: undefined }) + (level ? ' account' : '');
    const old = by.get(key);
    by.set(key, old ? tidy({ ...old, [dimension]: joined(old[dimension], grant[dimension]) }) : grant);
  }
  return [...by.values()];
};

const joined = <T extends string>(a: readonly T[] | undefined, b: readonly T[] | undefined) =>
  a === undefined || b === undefined ? undefined : [...a, ...b];

const sorted = <T extends string>(list: readonly T[] | undefined) => list && [...new Set(list)].sort();

const tidy = (g: Grant): Grant => compact(g.permission, sorted(g.policies), sorted(g.actionTypes), sorted(g.ruleTypes));

const compact = (permission: string, policies?: PolicyId[], actionTypes?: string[], ruleTypes?: string[]): Grant => ({
  permission,
  ...(policies && { policies }),
  ...(actionTypes && { actionTypes }),
  ...(ruleTypes && { ruleTypes }),
});

export const sameGrants = (a: GrantSet, b: GrantSet): boolean =>
  JSON.stringify(normalised(a)) === JSON.stringify(normalised(b));

/**
 * A set from a request, checked against the catalogue and the tenant, in normal form.
 * @param had the set before: its grants are accepted again although a feature is off or a policy is deleted since
 * @throws Refusal naming the field; permission-missing (FP-47), permission-excluded (FP-52), feature-off (FP-53)
 */
export const checkedGrants = (book: Book, grants: GrantSet, had: GrantSet, field: string): Grant[] => {
  grants.forEach((grant, i) => {
    checkGrant(book, grant, had, `${field}/${i}`);
  });
  const set = withoutIdle(normalised(grants));
  withinQuota('grantsPerSet', pairsIn(set));
  refuseBrokenSet(book, set);
  return set;
};

/**
 * Checks a grant from a request: its permission, policies and types exist, and the permission can have this scope.
 * @param at JSON pointer to the grant. @throws Refusal naming the field, feature-off
 */
export const checkGrant = (book: Book, grant: Grant, had: GrantSet, at: string): void => {
  const { catalogue } = book;
  if (grant.permission === '*') {
    if (grant.policies || grant.actionTypes || grant.ruleTypes)
      throw invalid(at, '* is everything: it cannot be limited');
    return;
  }
  const permission = catalogue.permission.get(grant.permission);
  if (!permission) throw invalid(`${at}/permission`, 'is not in the catalogue: see GET /v1/catalogue');
  const old = had.filter((g) => g.permission === grant.permission);
  if (grant.policies) {
    if (!permission.levels.includes('policy'))
      throw invalid(`${at}/policies`, `${permission.title} is granted for the account only: leave policies out`);
    if (grant.policies.length === 0) throw invalid(`${at}/policies`, 'is empty: name a policy or leave policies out');
    grant.policies.forEach((policy, i) => {
      if (!book.policies.has(policy) && !old.some((g) => names(g, policy)))
        throw invalid(`${at}/policies/${i}`, 'is no policy of this tenant: see GET /v1/policies');
    });
  } else if (!permission.levels.includes('account')) {
    throw invalid(`${at}/policies`, `${permission.title} is granted for policies only: name them`);
  }
  checkTypes(`${at}/actionTypes`, 'actionTypes', grant.actionTypes, permission.limits, catalogue.data.actionTypes);
  checkTypes(`${at}/ruleTypes`, 'ruleTypes', grant.ruleTypes, permission.limits, catalogue.data.ruleTypes);
  if (permission.feature && !book.tenant.features.has(permission.feature) && !old.some((g) => within(grant, g)))
    throw new Refusal('feature-off', `${permission.title} needs the feature ${permission.feature}.`);
};

const checkTypes = (
  at: string,
  limit: 'actionTypes' | 'ruleTypes',
  asked: readonly string[] | undefined,
  allowed: readonly string[] | undefined,
  known: readonly { readonly id: string }[],
): void => {
  if (asked === undefined) return;
  if (!allowed?.includes(limit)) throw invalid(at, 'does not apply to this permission: leave it out');
  asked.forEach((id, i) => {
    if (!known.some((type) => type.id === id)) throw invalid(`${at}/${i}`, 'is not in the catalogue');
  });
};

/** Refuses a set that lacks a required permission or has an excluded one; other sets do not count (CT-79). */
const refuseBrokenSet = (book: Book, set: GrantSet): void => {
  const { catalogue } = book;
  const givenIn = (id: string, policy: PolicyId | undefined): boolean =>
    set.some((g) => catalogue.granters.get(id)?.has(g.permission) && (!g.policies || (policy && names(g, policy))));
  for (const grant of set) {
    const permission = catalogue.permission.get(grant.permission);
    for (const needed of permission?.requires ?? []) {
      const lacking = (grant.policies ?? [undefined]).filter((policy) => !givenIn(needed, policy));
      if (lacking.length > 0) {
        const title = catalogue.permission.get(needed)?.title ?? needed;
        throw new Refusal('permission-missing', {
          detail: `${permission?.title} needs ${title} in the same set, in the same or a wider scope: grant both, or take both away.`,
          more: { permission: grant.permission, requires: needed, policies: lacking.filter((p) => p !== undefined) },
        });
      }
    }
    for (const other of permission?.excludes ?? []) {
      if (set.some((g) => g.permission === other)) {
        const title = catalogue.permission.get(other)?.title ?? other;
        throw new Refusal('permission-excluded', {
          detail: `${permission?.title} is not available while ${title} is in the same set: take that away first.`,
          more: { permission: grant.permission, excludes: other },
        });
      }
    }
  }
};

/** The part of a set that a user with these rights may see, grant and revoke (FP-14, Q-17). */
export const visiblePart = (book: Book, rights: Rights, set: GrantSet): Grant[] => {
  if (!book.catalogue.data.grantOnlyWhatYouHold) return [...set];
  return set.flatMap((grant) => {
    if (grant.permission === '*') return [];
    if (rights.holds(grant.permission)) return [grant];
    const policies = grant.policies?.filter((policy) => rights.holds(grant.permission, { policy }));
    return policies && policies.length > 0 ? [{ ...grant, policies }] : [];
  });
};

/** The set without its visible part. */
export const hiddenPart = (book: Book, rights: Rights, set: GrantSet): Grant[] =>
  set.flatMap((grant) => {
    const [visible] = visiblePart(book, rights, [grant]);
    if (!visible) return [grant];
    const rest = grant.policies?.filter((policy) => !names(visible, policy)) ?? [];
    return rest.length > 0 ? [{ ...grant, policies: rest }] : [];
  });

/** @throws Refusal not-held for a policy for which the user does not hold the permission, whether or not it exists */
const needHeld = (book: Book, rights: Rights, wanted: GrantSet, seen: GrantSet, field: string): void => {
  wanted.forEach(({ permission, policies = [] }, i) => {
    if (permission !== '*' && !book.catalogue.permission.has(permission))
      throw invalid(`${field}/${i}/permission`, 'is not in the catalogue: see GET /v1/catalogue');
    const old = seen.filter((grant) => grant.permission === permission);
    const beyond = policies.some(
      (policy) => !old.some((grant) => names(grant, policy)) && !rights.holds(permission, { policy }),
    );
    // A user who holds the permission for the account sees every policy, so an unknown policy may be reported as such.
    if (beyond && !rights.holds(permission)) throw notHeld();
  });
};

const notHeld = (): Refusal =>
  new Refusal('not-held', 'You can grant only permissions that you hold yourself, in that scope.');

/**
 * The set after a user has replaced its visible part. Requirements and exclusions are checked within the visible part
 * only, so that a refusal does not disclose the hidden part. @throws Refusal not-held
 */
export const replacedVisibly = (
  book: Book,
  rights: Rights,
  had: GrantSet,
  wanted: GrantSet,
  field: string,
): Grant[] => {
  const visible = visiblePart(book, rights, had);
  // This check comes first, because a later refusal would disclose whether a hidden policy exists.
  needHeld(book, rights, wanted, visible, field);
  const set = checkedGrants(book, wanted, visible, field);
  if (!sameGrants(visiblePart(book, rights, set), set)) throw notHeld();
  return normalised([...hiddenPart(book, rights, had), ...set]);
};

/** The set with this grant added, in normal form. */
export const withGrant = (set: GrantSet, grant: Grant): Grant[] => normalised([...set, grant]);

/** True when `after` names a policy for a permission and `before` does not. */
export const refinementsAdded = (before: GrantSet, after: GrantSet): boolean =>
  after.some((grant) =>
    grant.policies?.some((policy) => !before.some((g) => g.permission === grant.permission && names(g, policy))),
  );
