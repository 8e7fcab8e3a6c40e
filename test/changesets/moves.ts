// Random operations on a small tenant, for the suites on previews and change sets: requests as a caller would send them,
// some of which are refused.
import fc from 'fast-check';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { join, putGroup } from '../support/facts.ts';
import { type Harness, issuer, type Tenant } from '../support/harness.ts';
import { allOnRules } from '../support/rules.ts';

/**
 * A tenant with a few of everything, nested. The first user and `users[0]` manage access rights, by one role. The first
 * user may do everything with rules, by two roles: whoever loses a role keeps the rights that a set started with.
 */
export interface Small {
  readonly tenant: Tenant;
  readonly users: string[];
  readonly roles: string[];
  readonly policies: string[];
  readonly groups: GroupRecord[];
  readonly rules: string[];
  /** Of the first rule. */
  readonly actions: string[];
  readonly categories: string[];
}

export const smallTenant = async (harness: Harness, catalogue = 'complete'): Promise<Small> => {
  const tenant = await harness.tenant(catalogue);
  const users: string[] = [];
  for (const n of [0, 1, 2, 3]) users.push(await tenant.user(`User ${n}`, n < 2 ? `user${n}` : undefined));
  const policies: string[] = [];
  for (const n of [0, 1]) policies.push((await tenant.ok('createPolicy', { body: { name: `Policy ${n}` } })).body.id);
  const outer = await putGroup(tenant, 'Outer');
  const inner = await putGroup(tenant, 'Inner', [outer]);
  await join(tenant, inner, [users[1], users[2]] as never[]);
  await join(tenant, outer, [users[3]] as never[]);
  const roles = [
    await tenant.role('Keepers', [{ permission: 'manageAccessRights' }], [users[0] as string]),
    await tenant.role('Readers', [{ permission: 'viewQuarantine' }, { permission: 'billing' }], [inner.id]),
    await tenant.role('Local', [{ permission: 'viewConfiguration', policies: [policies[0]] }], [users[3] as string]),
  ];
  for (const name of ['Authors', 'Editors']) roles.push(await tenant.role(name, allOnRules, [tenant.firstUser]));
  const named = { categories: [{ name: 'Legal' }, { name: 'Sales' }] };
  const { body } = await tenant.ok('putCategories', { body: named, headers: { 'if-match': '*' } });
  const categories = body.categories.map(({ id }: { id: string }) => id);
  const rules: string[] = [];
  const actions: string[] = [];
  for (const [n, type] of ['signatureRule', 'routingRule', 'signatureRule'].entries()) {
    const content = { type, name: `Rule ${n}`, owner: roles.at(-1 - (n % 2)), actions: actionsOf(3) };
    const made = (await tenant.ok('createRule', { body: content })).body;
    rules.push(made.id);
    if (n === 0) actions.push(...made.actions.map(({ id }: { id: string }) => id));
  }
  return { tenant, users, roles, policies, groups: [outer, inner], rules, actions, categories };
};

const actionTypes = ['insertSignature', 'setHeader', 'insertBanner', 'blockMessage'];
const actionsOf = (count: number) => actionTypes.slice(0, count).map((type, n) => ({ type, properties: { n } }));

/** One operation as a change set lists it. */
export interface Listed {
  readonly operation: OperationId;
  readonly params?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

const grantSets = (policies: readonly string[]): object[][] => [
  [],
  [{ permission: 'billing' }],
  [{ permission: '*' }],
  [{ permission: 'manageAccessRights' }],
  [{ permission: 'manageUsers' }, { permission: 'viewConfiguration', policies: [policies[0]] }],
  [
    { permission: 'viewConfiguration', policies },
    { permission: 'viewQuarantine', policies: [policies[1]] },
  ],
  [{ permission: 'editActions', actionTypes: ['insertSignature'], ruleTypes: ['signatureRule'] }],
  [{ permission: 'editActions' }, { permission: 'purchase' }],
];

/** Numbers from which a move is made. */
export const numbers = fc.record({ kind: fc.nat(999), a: fc.nat(999), b: fc.nat(999), c: fc.nat(999) });
type Numbers = typeof numbers extends fc.Arbitrary<infer T> ? T : never;

/** The operation that some numbers stand for; with `any` If-Match where one is needed. */
export const moveOf = (small: Small, { kind, a, b, c }: Numbers, turn: string): Listed => {
  const { tenant, roles, users, policies, groups, rules, actions, categories } = small;
  const at = <T>(list: readonly T[], n: number) => list[n % list.length] as T;
  const everybody = [tenant.firstUser as string, ...users];
  const roleId = at(roles, a);
  const userId = at(everybody, a);
  const members = [at([...everybody, ...groups.map((group) => group.id as string)], b), at(everybody, c)];
  const grants = at(grantSets(policies), b);
  const anyTag = { ifMatch: '*' };
  const ruleId = at(rules, a);
  // Actions of the first rule; other rules do not have them.
  const ofAction = { ruleId: rules[0] as string, actionId: at(actions, b) };
  const place = <T>(others: readonly T[]) =>
    at([{ to: 'first' }, { to: 'last' }, { before: at(others, c) }, { after: at(others, c) }], b);
  const tick = { [at(['view', 'edit', 'delete'], b)]: c % 3 > 0 };
  const kinds: (() => Listed)[] = [
    () => ({ operation: 'createRole', body: { name: `Role ${turn}` } }),
    () => ({ operation: 'updateRole', params: { roleId }, body: { name: `Renamed ${c % 3}` } }),
    () => ({ operation: 'deleteRole', params: { roleId } }),
    () => ({ operation: 'cloneRole', params: { roleId }, body: { name: `Clone ${turn}` } }),
    () => ({ operation: 'putRoleGrants', params: { roleId }, body: { grants }, ...anyTag }),
    () => ({ operation: 'addRoleGrant', params: { roleId }, body: grants[0] ?? { permission: 'logExport' } }),
    () => ({
      operation: 'removeRoleGrant',
      params: { roleId, permission: at(['billing', 'manageAccessRights', 'viewConfiguration'], b) },
      query: { expand: c % 2 === 0 ? 'true' : 'false' },
    }),
    () => ({ operation: 'addRoleMembers', params: { roleId }, body: { members } }),
    () => ({ operation: 'removeRoleMembers', params: { roleId }, body: { members } }),
    () => ({ operation: 'replaceRoleMembers', params: { roleId }, body: { members }, ...anyTag }),
    () => ({ operation: 'putUserGrants', params: { userId }, body: { grants }, ...anyTag }),
    () => ({
      operation: 'removeUserGrant',
      params: { userId, permission: at(['billing', 'manageAccessRights', 'viewConfiguration'], b) },
      query: { expand: c % 2 === 0 ? 'true' : 'false' },
    }),
    () => ({
      operation: 'updateUser',
      params: { userId },
      body: { state: b % 2 ? 'active' : 'disabled', ...(c % 2 && { name: `N ${c % 3}` }) },
    }),
    () => ({
      operation: 'updateUser',
      params: { userId },
      body: { externalId: b % 3 ? `outside ${c % 2}` : null },
    }),
    () => ({ operation: 'deleteUser', params: { userId } }),
    () => ({
      operation: 'createUser',
      body: {
        kind: b % 2 ? 'person' : 'machine',
        name: `New ${turn}`,
        // Some want what somebody has, or had until just now.
        ...(b % 2 === 0 && { identity: { issuer, subject: b % 4 === 0 ? `user${c % 2}` : `m${turn}` } }),
        ...(b % 4 === 1 && { externalId: `outside ${c % 2}` }),
      },
    }),
    () => ({ operation: 'inviteUser', params: { userId } }),
    () => ({ operation: 'unbindUser', params: { userId } }),
    () => ({ operation: 'createPolicy', body: { name: `Policy ${turn}` } }),
    () => ({ operation: 'updatePolicy', params: { policyId: at(policies, a) }, body: { description: `D ${c % 3}` } }),
    () => ({ operation: 'deletePolicy', params: { policyId: at(policies, a) } }),
    () => ({
      operation: 'updateGroup',
      params: { groupId: at(groups, a).id },
      body: { confersAccessManagement: b % 2 === 0 },
    }),
    () => ({
      operation: 'updateTenant',
      body: { enforced: b % 2 === 0, administratorsGroup: c % 2 ? at(groups, a).id : null },
    }),
    () => ({
      operation: 'createRule',
      body: {
        ...{ type: at(['signatureRule', 'routingRule'], b), name: `Rule ${turn}`, owner: roleId },
        ...{ categories: c % 2 ? [at(categories, b)] : [], actions: actionsOf(c % 4) },
      },
    }),
    () => ({
      operation: 'updateRule',
      params: { ruleId },
      body: at<object>(
        [
          { name: `Renamed ${c % 3}`, categories: [at(categories, c)] },
          { conditions: [{ from: `${c}` }], exceptions: [] },
          { options: { stop: c % 2 === 0 }, enabled: c % 3 === 0 },
          { actions: actionsOf(c % 4) },
        ],
        b,
      ),
    }),
    () => ({ operation: 'deleteRule', params: { ruleId } }),
    () => ({ operation: 'moveRule', params: { ruleId }, body: place(rules) }),
    () => ({
      operation: 'addAction',
      params: { ruleId },
      body: { type: at(actionTypes, b), properties: { n: c } },
    }),
    () => ({ operation: 'updateAction', params: ofAction, body: { properties: { n: c % 3 } } }),
    () => ({ operation: 'deleteAction', params: ofAction }),
    () => ({ operation: 'moveAction', params: ofAction, body: place(actions) }),
    () => ({ operation: 'putRuleOwner', params: { ruleId }, body: { owner: c % 4 ? roleId : null }, ...anyTag }),
    () => ({ operation: 'putRuleRights', params: { roleId }, body: { columns: tick }, ...anyTag }),
    () => ({
      operation: 'putRuleRights',
      params: { roleId },
      body: { newRules: tick, rules: [{ rule: at(rules, c), ...tick }] },
      ...anyTag,
    }),
    () => ({
      operation: 'putCategories',
      body: { categories: [{ id: at(categories, a), name: `Category ${c % 3}` }] },
      ...anyTag,
    }),
    // A role that owns rules goes, and another gets them, or none.
    () => ({ operation: 'deleteRole', params: { roleId }, ...(c % 2 && { query: { newOwner: at(roles, b) } }) }),
  ];
  return at(kinds, kind)();
};

/** What a move has made is there for later ones: as something to change, and by its id. */
export const grown = (small: Small, operation: OperationId, id: string): Small => {
  if (operation === 'createRole' || operation === 'cloneRole') return { ...small, roles: [...small.roles, id] };
  if (operation === 'createRule') return { ...small, rules: [...small.rules, id] };
  if (operation === 'createUser') return { ...small, users: [...small.users, id] };
  return operation === 'createPolicy' ? { ...small, policies: [...small.policies, id] } : small;
};

/** The same operation as a request of its own. */
export const requestOf = ({ params, query, body, ifMatch }: Listed) => ({
  ...(params && { params }),
  ...(query && { query }),
  ...(body !== undefined && { body }),
  ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
});

const ids = /\b[a-z][0-9a-hjkmnp-tv-z]{12}(?:[0-9a-hjkmnp-tv-z]{8})?\b/g;

/** An answer without what is new in every run: ids and secrets drawn, times, request ids; those of `known` stay. */
export const steady = (value: unknown, known: readonly string[] = []): unknown =>
  JSON.parse(
    (JSON.stringify(value) ?? 'null')
      .replace(/u[0-9a-z]{20}\.[0-9a-z]{32}/g, 'secret')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
      .replace(/"requestId":"[^"]*"/g, '"requestId":""')
      .replace(/"etag":"\\"[^"]*\\""/g, '"etag":""')
      .replace(ids, (id) => (known.includes(id) ? id : 'id')),
  );
