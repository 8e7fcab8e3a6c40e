// The granting graph: every way by which a right comes to a user, as nodes and edges from the user to what is granted. An
// edge is something that can be taken away: a membership, a group within a group, grants of one set.

import { type GroupRef, type PolicyId, type RoleId, type RuleId, type UserId, userRef } from '../base/ids.ts';
import { includes } from '../base/includes.ts';
import { type Book, isMember, type Role } from '../book/book.ts';
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
} from './decide.ts';
import type { HeldRights } from './judge.ts';

/** A grant taken out of a set: the whole of it, or what it says for some policies. */
interface Taken {
  readonly grant: Grant;
  readonly policies?: readonly PolicyId[];
}

/** What would be taken away where an edge is cut. */
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
  /** `user`, a role's or group's reference; the last ones lead to `right`. */
  readonly from: string;
  readonly to: string;
  readonly removal: Removal;
}
export const start = 'user';
export const end = 'right';

/** One of the bits that a question needs, with all that leads to it. */
export interface Branch {
  /** Permissions any of which would do, or a right on the rule. */
  readonly permissions: readonly string[];
  readonly right?: Column;
  readonly edges: readonly Edge[];
  /** Of a bit that counts for every policy because of another permission: what leads to that one, or gives it without. */
  readonly widening?: readonly Edge[];
}

/** Permissions that sets shall not give any more. */
interface Unwanted {
  readonly rights: HeldRights;
  readonly permissions: readonly string[];
  readonly scopes: readonly Scope[] | 'anywhere';
}

/** All that leads to these last edges: of groups only those from which one of the roles is reached. */
const edgesTo = (book: Book, access: Access, last: readonly Edge[]): Edge[] => {
  const roles = [...new Set(last.map(({ from }) => from))].flatMap((id) => book.roles.get(id as RoleId) ?? []);
  const useful = reaching(book, roles);
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
    for (const parent of book.parents(group))
      if (useful.has(parent)) {
        edges.push({ from: group, to: parent, removal: { kind: 'nestedGroup', group, parent } });
        seen.add(parent);
      }
  }
  return edges;
};

/** The groups that are members of these roles, and all groups within those. */
const reaching = (book: Book, roles: readonly Role[]): Set<GroupRef> =>
  book.descendants(roles.flatMap((role) => [...role.record.groups]));

/** The bits that a question needs, each with the graph of its ways; nothing for what is open, or held by nobody's grant. */
export const branchesOf = (asIs: Book, access: Access, question: Question): Branch[] => {
  // By the grants, whether or not they are enforced just now.
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
  // Where any policy would do, one is held by the grants that name it already.
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

/** The grants by which a set gives what is unwanted; with the one policy for which they do, where it is one of several. */
const givingIn = (set: Held, { rights, permissions, scopes }: Unwanted): [Grant, PolicyId | undefined][] => {
  // Of a grant for several policies only the one asked about goes, unless any policy would do, or all count for every one.
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

/** The least that is taken out of a set so that it gives nothing of what is unwanted, and still holds together. */
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
  // What required something that is gone goes as well: the set would not be accepted otherwise.
  for (let broken = brokenIn(book, rest); broken; broken = brokenIn(book, rest)) {
    const { grant, policies } = broken;
    const left = policies.length > 0 ? grant.policies?.filter((one) => !includes(policies, one)) : undefined;
    taken.push({ grant, ...(left && left.length > 0 && { policies }) });
    rest = rest.flatMap((one) => (one !== grant ? [one] : left && left.length > 0 ? [{ ...one, policies: left }] : []));
  }
  return { kind: 'grants', via: set.origin, taken, rest };
};

/** A grant of the set that requires what the set does not have; with the policies for which it is so. */
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
