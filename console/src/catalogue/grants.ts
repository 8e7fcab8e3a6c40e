// The set of grants behind a tree of check boxes: what is ticked, why a box cannot be ticked, and what a tick changes.
// Each change returns a set that the service takes: what a ticked permission requires is there, and what it excludes is
// not (FP-47, FP-52). Pure.
import type { AnswerOf } from '../../../clients/typescript/index.ts';

export type Grant = AnswerOf<'getRoleGrants'>['grants'][number];
export type GrantSet = readonly Grant[];
type Permission = AnswerOf<'getCatalogue'>['permissions'][number];
type Permissions = readonly Permission[];

/** The permission that is every permission, later ones included. */
export const everything = '*';

/** The lists by which a grant can be limited. */
export const dimensions = ['policies', 'actionTypes', 'ruleTypes'] as const;
export type Dimension = (typeof dimensions)[number];

export interface PermissionNode {
  readonly permission: Permission;
  /** What it includes, where nothing else does. */
  readonly children: readonly PermissionNode[];
}

interface Area {
  readonly area: string;
  readonly nodes: readonly PermissionNode[];
}

/** The permissions by area, each below the one that includes it. */
export const treeOf = (permissions: Permissions): Area[] => {
  const includers = (id: string) => permissions.filter(({ includes = [] }) => includes.includes(id));
  const node = (permission: Permission): PermissionNode => ({
    permission,
    children: permissions
      .filter(({ id }) => permission.includes?.includes(id) && includers(id).length === 1)
      .map((child) => node(child)),
  });
  const roots = permissions.filter(({ id }) => includers(id).length !== 1);
  return [...new Set(roots.map(({ area }) => area))].map((area) => ({
    area,
    nodes: roots.filter((one) => one.area === area).map(node),
  }));
};

/** All ids that a grant of `id` gives, itself among them. */
const given = (permissions: Permissions, id: string): ReadonlySet<string> => {
  const all = new Set([id]);
  for (const next of all) {
    const includes = next === everything ? [everything] : (permissions.find((one) => one.id === next)?.includes ?? []);
    if (includes.includes(everything)) return new Set([...all, ...permissions.map((one) => one.id)]);
    for (const one of includes) all.add(one);
  }
  return all;
};

/** The grants of a permission by its own name. */
export const ownGrants = (set: GrantSet, id: string): Grant[] => set.filter(({ permission }) => permission === id);

/** The other permissions of the set that give this one too. */
export const throughOthers = (permissions: Permissions, set: GrantSet, id: string): string[] => [
  ...new Set(
    set.map(({ permission }) => permission).filter((granted) => granted !== id && given(permissions, granted).has(id)),
  ),
];

export const isTicked = (permissions: Permissions, set: GrantSet, id: string): boolean =>
  set.some(({ permission }) => given(permissions, permission).has(id));

/** Whether a permission is not ticked, and something that it includes is. */
export const isPartly = (permissions: Permissions, set: GrantSet, id: string): boolean =>
  !isTicked(permissions, set, id) &&
  [...given(permissions, id)].some((one) => one !== id && isTicked(permissions, set, one));

type WhyNot =
  | { readonly why: 'requires'; readonly permissions: readonly string[] }
  | { readonly why: 'excluded'; readonly permissions: readonly string[] };

/** Why a box cannot be ticked beside the others; undefined when it can. */
export const whyNot = (permissions: Permissions, set: GrantSet, id: string): WhyNot | undefined => {
  const { requires = [], excludes = [] } = permissions.find((one) => one.id === id) ?? {};
  const lacking = requires.filter((one) => !isTicked(permissions, set, one));
  if (lacking.length > 0) return { why: 'requires', permissions: lacking };
  const named = [...new Set(set.map(({ permission }) => permission))];
  const against = named.filter(
    (one) => excludes.includes(one) || permissions.find((other) => other.id === one)?.excludes?.includes(id),
  );
  return against.length > 0 ? { why: 'excluded', permissions: against } : undefined;
};

/**
 * The permission of the set that makes limits to policies count for nothing (FP-25, Q-10); undefined when none does.
 */
export const widenerIn = (permissions: Permissions, set: GrantSet): string | undefined =>
  permissions.find(({ id, widens }) => widens && isTicked(permissions, set, id))?.id;

/** The set without grants whose requirements are gone; those for policies keep the policies for which they are there. */
export const settled = (permissions: Permissions, set: GrantSet): Grant[] => {
  const kept = set.flatMap((grant): Grant[] => {
    if (dimensions.some((dimension) => grant[dimension]?.length === 0)) return [];
    const { requires = [], levels = [] } = permissions.find(({ id }) => id === grant.permission) ?? {};
    let { policies } = grant;
    for (const needed of requires) {
      const givers = set.filter((one) => given(permissions, one.permission).has(needed));
      if (givers.some((one) => one.policies === undefined)) continue;
      const reach = givers.flatMap((one) => one.policies ?? []);
      policies = policies?.filter((policy) => reach.includes(policy)) ?? reach;
    }
    if (policies === grant.policies) return [grant];
    return policies && policies.length > 0 && levels.includes('policy') ? [{ ...grant, policies }] : [];
  });
  return sameGrants(kept, set) ? kept : settled(permissions, kept);
};

/** The set with a permission granted as widely as it can be; for its policies only where what it requires is so. */
export const withTicked = (permissions: Permissions, set: GrantSet, id: string): Grant[] => {
  const gives = given(permissions, id);
  const rest = set.filter(({ permission }) => !gives.has(permission));
  const added = settled(permissions, [...rest, { permission: id }]);
  // All parts of a permission, each without limits, are that permission.
  const whole = permissions.find(
    ({ includes = [] }) =>
      includes.includes(id) &&
      includes.every((part) => added.some((grant) => isUnlimited(grant) && grant.permission === part)),
  );
  return whole ? withTicked(permissions, added, whole.id) : added;
};

const isUnlimited = (grant: Grant): boolean => dimensions.every((dimension) => grant[dimension] === undefined);

/** The single permissions that a wider grant gives, without those that give `taken`. */
const partsOf = (
  permissions: Permissions,
  wide: Grant,
  taken: string,
  isOn: (permission: Permission) => boolean,
): Grant[] => {
  const gives = given(permissions, wide.permission);
  const parts = permissions.filter(
    (one) => gives.has(one.id) && one.levels.includes('account') && isOn(one) && !given(permissions, one.id).has(taken),
  );
  return parts
    .filter((one) => !parts.some((other) => other !== one && given(permissions, other.id).has(one.id)))
    .map(({ id, levels, limits = [] }) => ({
      permission: id,
      ...(wide.policies && levels.includes('policy') && { policies: wide.policies }),
      ...(wide.actionTypes && limits.includes('actionTypes') && { actionTypes: wide.actionTypes }),
      ...(wide.ruleTypes && limits.includes('ruleTypes') && { ruleTypes: wide.ruleTypes }),
    }));
};

/**
 * The set without a permission. A wider grant that gives it is replaced by the rest of what that gives now, as far
 * as one may stand beside the other. @param isOn whether the tenant has the feature that a permission needs
 */
export const withoutTicked = (
  permissions: Permissions,
  set: GrantSet,
  id: string,
  isOn: (permission: Permission) => boolean = () => true,
): Grant[] => {
  const kept = set.filter(({ permission }) => permission !== id && !given(permissions, permission).has(id));
  const wider = set.filter(({ permission }) => permission !== id && given(permissions, permission).has(id));
  const all = [...kept];
  for (const grant of wider.flatMap((wide) => partsOf(permissions, wide, id, isOn)))
    if (!isTicked(permissions, all, grant.permission) && whyNot(permissions, all, grant.permission)?.why !== 'excluded')
      all.push(grant);
  return settled(permissions, all);
};

const normal = (set: GrantSet): string =>
  JSON.stringify(
    set
      .map(({ permission, ...limits }) =>
        JSON.stringify([
          permission,
          ...dimensions.map((dimension) => limits[dimension] && [...limits[dimension]].sort()),
        ]),
      )
      .sort(),
  );

export const sameGrants = (a: GrantSet, b: GrantSet): boolean => normal(a) === normal(b);
