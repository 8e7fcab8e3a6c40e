// One tick in the table of policy permissions: a permission in the column of the account, or of a policy. Pure.
import { type Grant, type GrantSet, settled, throughOthers, whyNot } from '../../catalogue/grants.ts';

interface Permission {
  readonly id: string;
  readonly levels: readonly ('account' | 'policy')[];
  readonly requires?: readonly string[] | undefined;
  readonly excludes?: readonly string[] | undefined;
  readonly includes?: readonly string[] | undefined;
}

/** The column of the account; the others are ids of policies. */
export const account = 'account';

/** What one may grant, by permission; everything for who manages access rights, and where one may grant more than one holds. */
export type Holding = 'everything' | ReadonlyMap<string, 'account' | ReadonlySet<string>>;

interface HeldLine {
  readonly permission: string;
  readonly scope: 'account' | readonly string[];
  readonly actionTypes?: readonly string[] | undefined;
  readonly ruleTypes?: readonly string[] | undefined;
}

/** One grants only what one holds, where one holds it (FP-14, Q-17). */
export const holdingOf = (
  { accessManager, permissions }: { readonly accessManager: boolean; readonly permissions: readonly HeldLine[] },
  { grantOnlyWhatYouHold }: { readonly grantOnlyWhatYouHold: boolean },
): Holding => {
  if (accessManager || !grantOnlyWhatYouHold) return 'everything';
  const held = new Map<string, 'account' | Set<string>>();
  for (const { permission, scope, actionTypes, ruleTypes } of permissions) {
    const known = held.get(permission);
    // Who holds it for some types only cannot give it for all of them.
    if (actionTypes || ruleTypes || known === 'account') continue;
    held.set(permission, scope === 'account' ? scope : new Set([...(known ?? []), ...scope]));
  }
  return held;
};

const holds = (holding: Holding, id: string, column: string): boolean => {
  if (holding === 'everything') return true;
  const scope = holding.get(id);
  return scope === 'account' || (column !== account && scope?.has(column) === true);
};

/** Why a box cannot be changed. `account`: the permission is granted for the account already. */
export type Why =
  | { readonly why: 'included' | 'requires' | 'excluded'; readonly permissions: readonly string[] }
  | { readonly why: 'notHeld' | 'account' | 'level' };

interface Tick {
  readonly ticked: boolean;
  readonly dimmed?: Why;
}

const counts = ({ policies }: Grant, column: string): boolean => policies === undefined || policies.includes(column);

/** Whether a grant is the one that a tick in the column stands for. */
const standsIn = (grant: Grant, id: string, column: string): boolean =>
  grant.permission === id &&
  (column === account ? grant.policies === undefined : grant.policies?.includes(column) === true);

export interface Ground {
  readonly permissions: readonly (Permission & Parameters<typeof whyNot>[0][number])[];
  readonly holding: Holding;
  readonly grants: GrantSet;
}

/** The box of a permission in a column. */
export const tickOf = ({ permissions, holding, grants }: Ground, { id, levels }: Permission, column: string): Tick => {
  if (column !== account && grants.some((grant) => standsIn(grant, id, account)))
    return { ticked: true, dimmed: { why: 'account' } };
  const here = grants.filter((grant) => counts(grant, column));
  const through = throughOthers(permissions, here, id);
  if (through.length > 0) return { ticked: true, dimmed: { why: 'included', permissions: through } };
  const ticked = grants.some((grant) => standsIn(grant, id, column));
  if (!levels.includes(column === account ? 'account' : 'policy')) return { ticked, dimmed: { why: 'level' } };
  if (!holds(holding, id, column)) return { ticked, dimmed: { why: 'notHeld' } };
  if (ticked) return { ticked };
  // What is required counts in this column; what excludes it counts wherever it is (FP-52).
  const lacking = whyNot(permissions, here, id);
  const against = lacking?.why === 'requires' ? lacking : whyNot(permissions, grants, id);
  return against && (against === lacking || against.why === 'excluded') ? { ticked, dimmed: against } : { ticked };
};

/** The set with a box ticked or cleared. What requires the cleared one is cleared, too. */
export const withTick = (
  permissions: Ground['permissions'],
  set: GrantSet,
  id: string,
  column: string,
  on: boolean,
): Grant[] => {
  if (!on)
    return settled(
      permissions,
      set.map((grant) =>
        !standsIn(grant, id, column)
          ? grant
          : // A grant for no policy is none.
            { ...grant, policies: grant.policies?.filter((policy) => policy !== column) ?? [] },
      ),
    );
  if (column === account) return [...set, { permission: id }];
  const joins = (grant: Grant) =>
    grant.permission === id && grant.policies !== undefined && !grant.actionTypes && !grant.ruleTypes;
  const policies = set.filter(joins).flatMap((grant) => grant.policies ?? []);
  return [...set.filter((grant) => !joins(grant)), { permission: id, policies: [...policies, column] }];
};

/** The policies that a set names, for one permission or at all. */
export const policiesIn = (set: GrantSet, id?: string): string[] => [
  ...new Set(set.flatMap(({ permission, policies = [] }) => (id === undefined || permission === id ? policies : []))),
];

/** The smallest parts of a set: a permission in one column, with its limits. */
const partsOf = (set: GrantSet): string[] =>
  set.flatMap(({ permission, policies = [account], actionTypes, ruleTypes }) =>
    policies.map((column) =>
      JSON.stringify([permission, column, actionTypes?.toSorted() ?? null, ruleTypes?.toSorted() ?? null]),
    ),
  );

/** Whether a set grants anything by name that another one does not. */
export const addsTo = (other: GrantSet, set: GrantSet): boolean => {
  const there = new Set(partsOf(other));
  return partsOf(set).some((part) => !there.has(part));
};
