// Explanations: the ways by which a right comes to a user. They read the same grant sets as decisions, so the two
// cannot disagree.

import { type GroupRef, groupOf, type PolicyId, type RoleId, userRef } from '../base/ids.ts';
import { type Book, isMember, type Role } from '../book/book.ts';
import type { Access } from '../book/records.ts';
import type { Column } from '../rules/rule-rights.ts';
import {
  askedOf,
  type Decision,
  decide,
  giversIn,
  type Held,
  opens,
  type Question,
  Rights,
  rightsAsked,
  ruleRightsOf,
  type Scope,
  subjectOf,
} from './decide.ts';

/** One way to a right: own grants, or a role that the user has directly or through groups. */
export interface Path {
  readonly origin: 'personal' | RoleId;
  /** Groups between user and role, from the user's own group to the role's member. */
  readonly groups: readonly GroupRef[];
}

/**
 * The shorter way first; between equal lengths the text decides, so that the order of the book's records does not
 * matter.
 */
const inOrder = (a: Path, b: Path): number => {
  if (a.groups.length !== b.groups.length) return a.groups.length - b.groups.length;
  const [one, other] = [a, b].map(({ origin, groups }) => [origin, ...groups].join());
  return one === other ? 0 : (one as string) < (other as string) ? -1 : 1;
};

const maximumPaths = 20;
/** The most partial paths that a search tries, because a lattice of groups has exponentially many. */
const maximumSteps = 10_000;

/** A partial path, from the user's own group up to `group`. */
interface Chain {
  readonly group: GroupRef;
  readonly below: Chain | undefined;
  readonly length: number;
}

const groupsOfChain = (chain: Chain): GroupRef[] => {
  const groups: GroupRef[] = [];
  for (let at: Chain | undefined = chain; at; at = at.below) groups.push(at.group);
  return groups.reverse();
};

/**
 * The shortest ways from a user to the given roles, at most 20 in all. The search (A*) takes up the partial path with
 * the smallest possible total length, and among equals the longest. The first way is found without trying others, so
 * the limit on steps never leaves a right without a way.
 */
const pathsToRoles = (book: Book, access: Access, wanted: ReadonlySet<RoleId>): Path[] => {
  const paths: Path[] = [];
  const ref = userRef(access.id, access.life);
  const roles = [...wanted].flatMap((id) => book.roles.get(id) ?? []);
  for (const role of roles) if (isMember(role, ref)) paths.push({ origin: role.record.id, groups: [] });
  const above = subjectOf(book, access).groups;
  const far = above.stepsTo(roles);
  const open: Chain[][] = [];
  const add = (group: GroupRef, below: Chain | undefined): void => {
    const rest = far.get(group);
    for (let at = below; at; at = at.below) if (at.group === group) return;
    const length = (below?.length ?? 0) + 1;
    if (rest === undefined) return;
    open[length + rest] ??= [];
    open[length + rest]?.push({ group, below, length });
  };
  for (const group of access.groups) add(group, undefined);
  let steps = 0;
  for (let length = 1; length < open.length; length += 1) {
    for (let chain = open[length]?.pop(); chain; chain = open[length]?.pop()) {
      steps += 1;
      for (const role of far.get(chain.group) === 0 ? book.rolesOfGroup(chain.group) : [])
        if (wanted.has(role.record.id)) paths.push({ origin: role.record.id, groups: groupsOfChain(chain) });
      if (paths.length >= maximumPaths || (steps >= maximumSteps && paths.length > 0))
        return paths.slice(0, maximumPaths);
      for (const parent of above.parents(chain.group)) add(parent, chain);
    }
  }
  return paths;
};

/** The ways from a user to these grant sets, shortest first. */
const pathsToSets = (book: Book, access: Access, sets: readonly Held[]): Path[] => {
  const personal: Path[] = sets.some((set) => set.origin === 'personal') ? [{ origin: 'personal', groups: [] }] : [];
  const roles = new Set(sets.flatMap((set) => (set.origin === 'personal' ? [] : [set.origin])));
  return [...personal, ...pathsToRoles(book, access, roles)].slice(0, maximumPaths).sort(inOrder);
};

/**
 * The ways by which a user has a permission in any of the scopes, shortest first; empty only when the user lacks it.
 */
const pathsOf = (book: Book, access: Access, permission: string, scopes: readonly Scope[] | 'anywhere'): Path[] =>
  pathsToSets(book, access, giversIn(Rights.of(book, access), permission, scopes));

interface Explanation extends Decision {
  readonly paths: readonly (Path & { readonly permission: string })[];
  /** The ways to the rights on the rule, when the question names a rule. */
  readonly rulePaths: readonly (Path & { readonly right: Column })[];
}

/** The explanations of decisions that are remembered, of those that are short. */
const explained = new WeakMap<Decision, Explanation>();
/** Ways, and groups on them, of an explanation that is remembered. */
const mostRemembered = 12;

const sizeOf = ({ paths, rulePaths }: Explanation): number =>
  [...paths, ...rulePaths].reduce((sum, { groups }) => sum + 1 + groups.length, 0);

/** A decision with the ways that led to it, shortest first; at least one way to each permission that was needed. */
export const explain = (book: Book, access: Access | undefined, question: Question): Explanation => {
  const decision = decide(book, access, question);
  const known = explained.get(decision);
  if (known) return known;
  const made = explanationOf(decision, book, access, question);
  if (sizeOf(made) <= mostRemembered) explained.set(decision, made);
  return made;
};

const explanationOf = (decision: Decision, book: Book, access: Access | undefined, question: Question): Explanation => {
  if (!access || !decision.allowed || decision.reason !== 'granted') return { ...decision, paths: [], rulePaths: [] };
  const { all, scopes } = askedOf(book, Rights.of(book, access), question);
  const ways = decision.by.map((permission) =>
    pathsOf(book, access, permission, scopes).map((path) => ({ ...path, permission })),
  );
  const onRule = waysToRights(book, access, question);
  return { ...decision, paths: chosen(all ? ways : [ways.flat()]), rulePaths: chosen(onRule) };
};

/** The shortest ways of all lists together, at least one of each list. */
const chosen = <P extends Path>(lists: readonly (readonly P[])[]): P[] => {
  const all = lists.flat();
  if (all.length <= 1) return all;
  const sorted = lists.map((list) => [...list].sort(inOrder));
  const needed = sorted.flatMap((list) => list.slice(0, 1));
  const others = sorted.flatMap((list) => list.slice(1)).sort(inOrder);
  return [...needed, ...others].slice(0, maximumPaths).sort(inOrder);
};

/** The ways that grant each right on the rule that the question needs. */
const waysToRights = (book: Book, access: Access, question: Question) => {
  const rule = question.rule && book.rules.byId.get(question.rule);
  if (!rule) return [];
  const onRules = ruleRightsOf(book, access);
  return rightsAsked(question).map((right) =>
    pathsToRoles(book, access, new Set(onRules.givers(rule, right))).map((path) => ({ ...path, right })),
  );
};

/** One held permission with its scope. A permission has several lines when no single scope describes it. */
interface Line {
  readonly permission: string;
  /** `account`, or the policies for which the permission is held. */
  readonly scope: 'account' | readonly PolicyId[];
  /** Present when the permission is held for these types only. */
  readonly actionTypes?: readonly string[];
  readonly ruleTypes?: readonly string[];
}

/** All held permissions line by line, or one permission `only`, with the sets that give each line. */
export const linesOf = (book: Book, rights: Rights, only?: string): (Line & { givers: () => Held[] })[] => {
  const lines: (Line & { givers: () => Held[] })[] = [];
  for (const permission of only === undefined ? rights.heldAnywhere() : [only]) {
    const line = (givers: () => Held[], rest: Omit<Line, 'permission'>) => lines.push({ permission, ...rest, givers });
    const scope = rights.reach(permission);
    if (scope === 'account') {
      line(() => rights.giversAnywhere(permission), { scope });
      continue;
    }
    const within = (scopes: () => readonly Scope[]) => () => giversIn(rights, permission, scopes());
    if (scope.length > 0)
      line(
        within(() => scope.map((policy) => ({ policy }))),
        { scope },
      );
    for (const types of typesHeld(book, rights, permission))
      line(
        within(() => scopesWithin(book, types)),
        { scope: 'account', ...types },
      );
  }
  return lines;
};

/** One line of a user's effective permissions. */
export interface Effective extends Line {
  readonly paths: readonly Path[];
}

/** The user's effective permissions, or one of them. The ways of a line are searched only when `paths` is called. */
export const effectiveLines = (book: Book, access: Access, only?: string) =>
  linesOf(book, Rights.of(book, access), only).map(({ givers, ...line }) => ({
    line,
    paths: (): Path[] => pathsToSets(book, access, givers()),
  }));

/** The user's effective permissions, or one of them, each with the ways that grant it (CT-81). */
export const effective = (book: Book, access: Access, only?: string): Effective[] =>
  effectiveLines(book, access, only).map(({ line, paths }) => ({ ...line, paths: paths() }));

export type Types = Pick<Line, 'actionTypes' | 'ruleTypes'>;

const typesOf = (book: Book) => ({
  actions: book.catalogue.data.actionTypes.map((t) => t.id),
  rules: book.catalogue.data.ruleTypes.map((t) => t.id),
});

/** Every single scope that a line's types span. */
export const scopesWithin = (book: Book, types: Types): Scope[] => {
  const { actions, rules } = typesOf(book);
  const ruleTypes = types.ruleTypes ?? [undefined, ...rules];
  return (types.actionTypes ?? [undefined, ...actions]).flatMap((actionType) =>
    ruleTypes.map((ruleType) => ({ actionType, ruleType })),
  );
};

/**
 * The action and rule types for which a permission is held that is not held for all types. Rule types with different
 * action types get lines of their own, because one line with both lists would claim their product.
 */
const typesHeld = (book: Book, rights: Rights, permission: string): Types[] => {
  const { actions, rules } = typesOf(book);
  const heldIn = (ruleType: string | undefined) =>
    rights.holds(permission, { ruleType })
      ? undefined
      : actions.filter((actionType) => rights.holds(permission, { actionType, ruleType }));
  const everywhere = heldIn(undefined) ?? [];
  const by = new Map<string, { actionTypes?: string[]; ruleTypes: string[] }>();
  for (const ruleType of rules) {
    const more = heldIn(ruleType)?.filter((actionType) => !everywhere.includes(actionType));
    if (more?.length === 0) continue;
    const key = JSON.stringify(more ?? null);
    const line = by.get(key) ?? { ...(more && { actionTypes: more }), ruleTypes: [] };
    line.ruleTypes.push(ruleType);
    by.set(key, line);
  }
  return [...(everywhere.length > 0 ? [{ actionTypes: everywhere }] : []), ...by.values()];
};

/** The roles with a grant that may open the question: every user who can do it by a role has one of these roles. */
export const rolesGranting = (book: Book, question: Question): Role[] => {
  const granters = grantersOf(book, question);
  return [...book.roles.values()].filter(({ record }) => record.grants.some((grant) => granters.has(grant.permission)));
};

/** The ids of permissions whose grant may open the question. */
export const grantersOf = (book: Book, question: Question): Set<string> => {
  const ability = question.ability === undefined ? undefined : book.catalogue.ability.get(question.ability);
  const ids = ability?.anyPermission ? [...book.catalogue.permission.keys()] : (opens(book, question) ?? []);
  return new Set(ids.flatMap((id) => [...(book.catalogue.granters.get(id) ?? [])]));
};

/** The ids of a path's groups, as the API shows them. */
export const groupIds = (path: Path) => path.groups.map(groupOf);
