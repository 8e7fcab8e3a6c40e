// The granting graph: every way by which a right comes to a user, as edges from the user to the right. Every edge can
// be removed: a membership, a group within a group, grants of one set, a role's right on a rule.

import { type GroupRef, type PolicyId, type RoleId, type RuleId, type UserId, userRef } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import { type Book, isMember } from '../book/book.ts';
import type { Access, Grant, GrantSet } from '../book/records.ts';
import type { Column } from '../rules/rule-rights.ts';
import {
  askedOf,
  decide,
  giversIn,
  type Held,
  type Question,
  Rights,
  rightsAsked,
  ruleRightsOf,
  type Scope,
  subjectOf,
} from './decide.ts';
import type { HeldRights } from './judge.ts';

/** A grant taken out of a set: the whole grant, or the grant for these policies. */
interface Taken {
  readonly grant: Grant;
  readonly policies?: readonly PolicyId[];
}

/** The removal that cuts an edge. */
export type Removal =
  | { readonly kind: 'roleMember'; readonly role: RoleId; readonly user: UserId }
  | { readonly kind: 'roleGroup'; readonly role: RoleId; readonly group: GroupRef }
  | { readonly kind: 'groupMember'; readonly group: GroupRef; readonly user: UserId }
  | { readonly kind: 'nestedGroup'; readonly group: GroupRef; readonly parent: GroupRef }
  | { readonly kind: 'ruleRight'; readonly role: RoleId; readonly rule: RuleId; readonly right: Column }
  | {
      readonly kind: 'grants';
      readonly via: 'personal' | RoleId;
      readonly taken: readonly Taken[];
      readonly rest: GrantSet;
    };

export interface Edge {
  /** `user`, a role's id or a group's reference; the last edges lead to `right`. */
  readonly from: string;
  readonly to: string;
  readonly removal: Removal;
}
export const start = 'user';
export const end = 'right';

/** One bit that a question needs, with the edges that lead to it. */
export interface Branch {
  /** The permissions of which any suffices; empty for a right on the rule. */
  readonly permissions: readonly string[];
  readonly right?: Column;
  readonly edges: readonly Edge[];
  /**
   * Present when another permission widens the bit to every policy: the edges to that permission, and the edges that
   * give the bit without widening.
   */
  readonly widening?: readonly Edge[];
}

/** Permissions that the sets must no longer give in these scopes. */
interface Unwanted {
  readonly rights: HeldRights;
  readonly permissions: readonly string[];
  readonly scopes: readonly Scope[] | 'anywhere';
}

/** The last edges and all edges that lead to them; groups that do not lead to one of the roles are left out. */
const edgesTo = (book: Book, access: Access, last: readonly Edge[]): Edge[] => {
  const roles = [...new Set(last.map(({ from }) => from))].flatMap((id) => book.roles.get(id as RoleId) ?? []);
  const above = subjectOf(book, access).groups;
  const useful = above.stepsTo(roles);
  const edges: Edge[] = [...last];
  const ref = userRef(access.id, access.life);
  const user = access.id;
  for (const role of roles) {
    const { id } = role.record;
    if (isMember(role, ref)) edges.push({ from: start, to: id, removal: { kind: 'roleMember', role: id, user } });
  }
  const own = [...access.groups].filter((group) => useful.has(group));
  for (const group of own) edges.push({ from: start, to: group, removal: { kind: 'groupMember', group, user } });
  const seen = new Set(own);
  for (const group of seen) {
    for (const role of roles)
      if (role.record.groups.has(group))
        edges.push({ from: group, to: role.record.id, removal: { kind: 'roleGroup', role: role.record.id, group } });
    for (const parent of above.parents(group))
      if (useful.has(parent)) {
        edges.push({ from: group, to: parent, removal: { kind: 'nestedGroup', group, parent } });
        seen.add(parent);
      }
  }
  return edges;
};

/** The bits that a question needs, each with its graph; empty when the answer is no, or is yes without a grant. */
export const branchesOf = (asIs: Book, access: Access, question: Question): Branch[] => {
  // The grants count, even while the tenant does not enforce them.
  const book = asIs.tenant.enforced ? asIs : asIs.with([{ ...asIs.tenant, enforced: true }]);
  const decision = decide(book, access, question);
  if (!decision.allowed || decision.reason !== 'granted') return [];
  const rights = Rights.of(book, access);
  const { all, scopes } = askedOf(book, rights, question);
  const needed = question.right !== undefined ? [] : all ? decision.by.map((id) => [id]) : [decision.by];
  const graphOf = (unwanted: readonly Unwanted[]): Edge[] => {
    const last = rights.sets.flatMap((set): Edge[] => {
      const removal = takenFrom(book, set, unwanted);
      return removal ? [{ from: set.origin === 'personal' ? start : set.origin, to: end, removal }] : [];
    });
    return edgesTo(book, access, last);
  };
  // When any policy suffices, a grant that names a policy gives the right without widening.
  const widens = rights.widened && scopes !== 'anywhere' && scopes.every(({ policy }) => policy !== undefined);
  const widening: Unwanted = { rights, permissions: rights.wideners, scopes: [{}] };
  const branches = needed.map(
    (permissions): Branch => ({
      permissions,
      edges: graphOf([{ rights, permissions, scopes }]),
      ...(widens && { widening: graphOf([{ rights: rights.narrow, permissions, scopes }, widening]) }),
    }),
  );
  const rule = question.rule && book.rules.byId.get(question.rule);
  if (!rule) return branches;
  const onRules = ruleRightsOf(book, access);
  const onRule = rightsAsked(question).map((right): Branch => {
    const last = onRules.givers(rule, right).map((role): Edge => {
      return { from: role, to: end, removal: { kind: 'ruleRight', role, rule: rule.id, right } };
    });
    return { permissions: [], right, edges: edgesTo(book, access, last) };
  });
  return [...branches, ...onRule];
};

/**
 * The grants by which a set gives an unwanted permission, each with the one policy to take out, or none for all of it.
 */
const givingIn = (set: Held, { rights, permissions, scopes }: Unwanted): [Grant, PolicyId | undefined][] => {
  // A grant for several policies loses only the policy of the question, unless any policy suffices or grants are
  // widened.
  const policies = new Set(scopes === 'anywhere' || rights.widened ? [] : scopes.map(({ policy }) => policy));
  const [policy] = policies.size === 1 ? policies : [];
  const givenIn = (id: string) =>
    scopes === 'anywhere' ? scopes : scopes.filter((scope) => rights.givers(id, scope).includes(set));
  return permissions
    .filter((id) => giversIn(rights, id, scopes).includes(set))
    .flatMap((id) =>
      rights.grantsGiving(set, id, givenIn(id)).map((grant): [Grant, PolicyId | undefined] => [grant, policy]),
    );
};

/**
 * The least removal after which a set gives no unwanted permission and is still valid; `undefined` when it gives none.
 */
const takenFrom = (book: Book, set: Held, unwanted: readonly Unwanted[]): Removal | undefined => {
  const out = new Map(unwanted.flatMap((one) => givingIn(set, one)));
  if (out.size === 0) return undefined;
  const taken: Taken[] = [];
  let rest: Grant[] = [];
  for (const grant of set.grants) {
    const policy = out.get(grant);
    if (!out.has(grant)) rest.push(grant);
    else if (policy === undefined || !grant.policies) taken.push({ grant });
    else {
      const left = grant.policies.filter((one) => one !== policy);
      taken.push({ grant, policies: [policy] });
      if (left.length > 0) rest.push({ ...grant, policies: left });
    }
  }
  // Grants that required a removed grant go, too, because the set would be refused otherwise.
  for (let broken = brokenIn(book, rest); broken; broken = brokenIn(book, rest)) {
    const { grant, policies } = broken;
    const left = policies.length > 0 ? grant.policies?.filter((one) => !includes(policies, one)) : undefined;
    taken.push({ grant, ...(left && left.length > 0 && { policies }) });
    rest = rest.flatMap((one) => (one !== grant ? [one] : left && left.length > 0 ? [{ ...one, policies: left }] : []));
  }
  return { kind: 'grants', via: set.origin, taken, rest };
};

/**
 * A grant that requires a permission which the set lacks, with the policies concerned; empty policies: all of the
 * grant.
 */
const brokenIn = (book: Book, set: GrantSet): { grant: Grant; policies: PolicyId[] } | undefined => {
  const { catalogue } = book;
  for (const grant of set) {
    for (const needed of catalogue.permission.get(grant.permission)?.requires ?? []) {
      const givers = set.filter((one) => catalogue.granters.get(needed)?.has(one.permission));
      const lacks = (policy: PolicyId | undefined) =>
        !givers.some(({ policies }) => !policies || (policy !== undefined && includes(policies, policy)));
      const policies = (grant.policies ?? []).filter(lacks);
      if (grant.policies ? policies.length > 0 : lacks(undefined)) return { grant, policies };
    }
  }
  return undefined;
};

/** How many removals an edge stands for. */
export const costOf = ({ removal }: Pick<Edge, 'removal'>): number =>
  removal.kind === 'grants' ? removal.taken.length : 1;
