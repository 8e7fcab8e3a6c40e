// Explaining: which way a right comes to a user. Reads the same grant sets as deciding, so the two cannot disagree.
import type { Book, Role } from './book.ts';
import { isMember } from './book.ts';
import { type Decision, decide, opens, type Question, Rights } from './decide.ts';
import { type GroupRef, groupOf, type PolicyId, type RoleId, userRef } from './ids.ts';
import type { Access } from './records.ts';

/** One way: `personal`, or a role reached directly or through groups (outermost last). */
export interface Path {
  readonly origin: 'personal' | RoleId;
  /** Groups between user and role, from the user's own group to the role's member. */
  readonly groups: readonly GroupRef[];
}

export const maximumPaths = 20;
/** Partial paths looked at before giving up on further ones: lattices of groups have exponentially many. */
const maximumSteps = 10_000;

/** The shortest ways from a user to the given roles, at most 20 in all. */
const pathsToRoles = (book: Book, access: Access, wanted: ReadonlySet<RoleId>): Path[] => {
  const paths: Path[] = [];
  const ref = userRef(access.id, access.life);
  for (const id of wanted) {
    const role = book.roles.get(id);
    if (role && isMember(role, ref)) paths.push({ origin: id, groups: [] });
  }
  // Only groups from which a wanted role can be reached are worth a step.
  const ends = [...wanted].flatMap((id) => [...(book.roles.get(id)?.record.groups ?? [])]);
  const useful = book.descendants(ends);
  let front: GroupRef[][] = [...access.groups].filter((g) => useful.has(g)).map((g) => [g]);
  let steps = 0;
  while (front.length > 0 && paths.length < maximumPaths && steps < maximumSteps) {
    const next: GroupRef[][] = [];
    for (const chain of front) {
      steps += 1;
      const last = chain[chain.length - 1] as GroupRef;
      for (const role of book.rolesOfGroup(last))
        if (wanted.has(role.record.id)) paths.push({ origin: role.record.id, groups: chain });
      for (const parent of book.parents(last))
        if (useful.has(parent) && !chain.includes(parent)) next.push([...chain, parent]);
      if (paths.length >= maximumPaths || steps >= maximumSteps) break;
    }
    front = next;
  }
  return paths.slice(0, maximumPaths);
};

/** The ways by which a user has a permission in a scope, shortest first; empty exactly when the user lacks it. */
export const pathsOf = (
  book: Book,
  access: Access,
  permission: string,
  scope: Omit<Question, 'permission'>,
): Path[] => {
  const givers = Rights.of(book, access).givers(permission, scope);
  const personal: Path[] = givers.some((set) => set.origin === 'personal') ? [{ origin: 'personal', groups: [] }] : [];
  const roles = new Set(givers.flatMap((set) => (set.origin === 'personal' ? [] : [set.origin])));
  return [...personal, ...pathsToRoles(book, access, roles)].slice(0, maximumPaths);
};

export interface Explanation extends Decision {
  readonly paths: readonly (Path & { readonly permission: string })[];
}

/** A decision with the ways that led to it. */
export const explain = (book: Book, access: Access | undefined, question: Question): Explanation => {
  const decision = decide(book, access, question);
  const ids = access && decision.allowed && decision.reason === 'granted' ? decision.by : [];
  const paths = ids.flatMap((id) =>
    pathsOf(book, access as Access, id, question).map((path) => ({ ...path, permission: id })),
  );
  return { ...decision, paths: paths.slice(0, maximumPaths) };
};

/** One line of a user's effective permissions. */
export interface Effective {
  readonly permission: string;
  /** `account`, or the policies for which it is held. */
  readonly scope: 'account' | readonly PolicyId[];
  /** Named when it is held for these types only. */
  readonly actionTypes?: readonly string[];
  readonly ruleTypes?: readonly string[];
  readonly paths: readonly Path[];
}

/** Everything a user holds, each with the ways that grant it (CT-81). */
export const effective = (book: Book, access: Access): Effective[] => {
  const rights = Rights.of(book, access);
  const lines: Effective[] = [];
  for (const permission of book.catalogue.permission.values()) {
    const scope = rights.reach(permission.id);
    if (scope === 'account' || scope.length > 0) {
      const at = scope === 'account' ? {} : { policy: scope[0] };
      lines.push({ permission: permission.id, scope, paths: pathsOf(book, access, permission.id, at) });
      continue;
    }
    const limited = limitedTo(book, rights, permission.id);
    if (limited) {
      const at = { actionType: limited.actionTypes?.[0], ruleType: limited.ruleTypes?.[0] };
      lines.push({
        permission: permission.id,
        scope: 'account',
        ...limited,
        paths: pathsOf(book, access, permission.id, at),
      });
    }
  }
  return lines;
};

/** The action and rule types for which a permission is held that is not held for all of them. */
const limitedTo = (book: Book, rights: Rights, permission: string) => {
  const { actionTypes, ruleTypes } = book.catalogue.data;
  const actions = actionTypes.map((t) => t.id);
  const rules = ruleTypes.map((t) => t.id);
  const anyRule = (actionType: string | undefined) =>
    [undefined, ...rules].some((ruleType) => rights.holds(permission, { actionType, ruleType }));
  const anyAction = (ruleType: string | undefined) =>
    [undefined, ...actions].some((actionType) => rights.holds(permission, { actionType, ruleType }));
  const heldActions = anyRule(undefined) ? undefined : actions.filter(anyRule);
  const heldRules = anyAction(undefined) ? undefined : rules.filter(anyAction);
  if (heldActions?.length === 0 || heldRules?.length === 0) return undefined;
  return {
    ...(heldActions && { actionTypes: heldActions }),
    ...(heldRules && { ruleTypes: heldRules }),
  };
};

/** The roles any of whose grants gives a permission in some scope: where to look for whom it reaches. */
export const rolesGranting = (book: Book, question: Question): Role[] => {
  const granters = grantersOf(book, question);
  return [...book.roles.values()].filter(({ record }) => record.grants.some((grant) => granters.has(grant.permission)));
};

/** The ids whose grant may open what is asked. */
export const grantersOf = (book: Book, question: Question): Set<string> => {
  const ability = question.ability === undefined ? undefined : book.catalogue.ability.get(question.ability);
  const ids = ability?.anyPermission ? [...book.catalogue.permission.keys()] : (opens(book, question) ?? []);
  return new Set(ids.flatMap((id) => [...(book.catalogue.granters.get(id) ?? [])]));
};

/** The groups of a path by id, as callers see them. */
export const groupIds = (path: Path) => path.groups.map(groupOf);
