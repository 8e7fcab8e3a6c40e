// Checks, batches and holders: who may ask about whom, what is answered and why; and the audit trail by its filters.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { freshIds, join, putGroup } from '../support/facts.ts';
import { boot, Harness, operator, person, service, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
let t: Tenant;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
  t = await h.tenant();
});
afterAll(() => engine.close());

const ask = async (body: object, as = service(t.id)) => (await h.ok('check', { as, body })).body;

describe('a check', () => {
  it('says why, for every reason there is', async () => {
    const user = await t.user('Asked');
    const policy = (await t.ok('createPolicy', { body: { name: 'Policy' } })).body.id;
    await t.setGrants(user, [{ permission: 'viewQuarantine', policies: [policy] }]);
    const reason = async (question: object) => {
      const { allowed, reason: why } = await ask({ user, ...question });
      return [allowed, why];
    };
    expect(await reason({ permission: 'viewQuarantine', policy })).toEqual([true, 'granted']);
    expect(await reason({ permission: 'viewQuarantine' })).toEqual([false, 'not-granted']);
    expect(await reason({ permission: 'viewQuarantine', policy: freshIds.next('policy') })).toEqual([
      false,
      'unknown-policy',
    ]);
    expect(await reason({ ability: 'connectionTab' })).toEqual([true, 'open-to-everyone']);
    expect(await reason({ ability: 'readOwnLog' })).toEqual([true, 'open-to-oneself']);
    expect(await reason({ ability: 'downloadTrafficLogs' })).toEqual([false, 'feature-off']);
    expect(await ask({ user: freshIds.next('user'), permission: 'billing' })).toMatchObject({ reason: 'unknown-user' });
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    expect(await reason({ ability: 'connectionTab' })).toEqual([false, 'user-disabled']);
  });

  it('CT-57: some things are open to anyone, users in no role included', async () => {
    const user = await t.user('In no role');
    await t.setGrants(user, []);
    for (const ability of ['logonSettingsTab', 'connectionTab']) expect(await t.check(user, { ability })).toBe(true);
  });

  it('names each way to the right, the shortest first', async () => {
    const outer = await putGroup(t, 'Outer');
    const inner = await putGroup(t, 'Inner', [outer]);
    const user = await t.user('Many ways');
    await join(t, inner, [user]);
    const far = await t.role('Far', [{ permission: 'purchase' }], [outer.id]);
    const near = await t.role('Near', [{ permission: 'purchase' }], [user]);
    await t.setGrants(user, [{ permission: 'purchase' }]);
    const { paths, by } = await ask({ user, permission: 'purchase' });
    expect(by).toEqual(['purchase']);
    expect(paths.map(({ via, groups = [] }: { via: string; groups?: string[] }) => [via, ...groups])).toEqual([
      ['personal'],
      [near],
      [far, inner.id, outer.id],
    ]);
  });

  it('is of oneself for a person, of anybody for a keeper or a product', async () => {
    const self = await t.user('Self', 'self');
    const other = await t.user('Other');
    const as = person(t.id, 'self');
    const body = { permission: 'billing' };
    expect(await ask(body, as)).toMatchObject({ user: self, allowed: false });
    expect(await ask({ ...body, user: self }, as)).toMatchObject({ user: self });
    for (const whom of [{ user: other }, { user: freshIds.next('user') }, { externalId: 'x' }])
      expectProblem(await h.call('check', { as, body: { ...body, ...whom } }), 'forbidden');
    for (const who of [t.admin, service(t.id)])
      expect(await ask({ ...body, user: other }, who)).toMatchObject({ user: other });
    expectProblem(await h.call('check', { as: service(t.id), body }), 'invalid-request');
  });

  it('is of one thing, and of one user', async () => {
    const user = t.firstUser;
    for (const body of [
      { user },
      { user, permission: 'billing', ability: 'logOn' },
      { user, permission: 'unknown' },
      { user, ability: 'unknown' },
      { user, permission: '*' },
      { user, externalId: 'x', permission: 'billing' },
    ])
      expectProblem(await h.call('check', { as: service(t.id), body }), 'invalid-request', JSON.stringify(body));
  });

  it('answers a product on somewhat old state when it asks so, but decides on current data whether a person may ask', async () => {
    const own = await h.tenant();
    const keeper = await own.user('Soon no keeper', 'soon');
    const role = await own.role('Keepers', [{ permission: 'manageAccessRights' }], [keeper]);
    const body = { user: keeper, permission: 'manageAccessRights', consistency: 'bounded' };
    const as = person(own.id, 'soon');
    const other = { user: own.firstUser, permission: 'billing', consistency: 'bounded' };
    expect(await ask(other, as)).toMatchObject({ allowed: true });
    // Another process takes it away: this one's book is still within its age.
    const elsewhere = new Harness(h.client, h.table);
    await elsewhere.ok('removeRoleMembers', { as: own.admin, params: { roleId: role }, body: { members: [keeper] } });
    setRuntime(h.runtime);
    expect(await ask(body, service(own.id))).toMatchObject({ allowed: true });
    expectProblem(await h.call('check', { as, body: other }), 'forbidden');
    expect(await ask(body, service(own.id))).toMatchObject({ allowed: false });
  });
});

describe('a batch', () => {
  it('answers each question as a single check would, on one state', async () => {
    const user = await t.user('Batch');
    await t.setGrants(user, [{ permission: 'billing' }]);
    const checks = [
      { user, permission: 'billing' },
      { user, permission: 'purchase' },
      { user: freshIds.next('user'), ability: 'connectionTab' },
      { externalId: 'unknown', permission: 'billing' },
    ];
    const { body } = await h.ok('checkBatch', { as: service(t.id), body: { checks } });
    for (const [i, question] of checks.entries()) {
      const { version, asOf: _, ...single } = await ask(question);
      expect([body.results[i], body.version]).toEqual([single, version]);
    }
  });

  it('names the question that is wrong, and answers none', async () => {
    const checks = [
      { user: t.firstUser, permission: 'billing' },
      { user: t.firstUser, permission: 'unknown' },
    ];
    const reply = await h.call('checkBatch', { as: service(t.id), body: { checks } });
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0].field).toBe('/checks/1/permission');
  });

  it('is refused whole when one question is not the person’s to ask', async () => {
    await t.user('Curious', 'curious');
    const checks = [{ permission: 'billing' }, { user: t.firstUser, permission: 'billing' }];
    expectProblem(await h.call('checkBatch', { as: person(t.id, 'curious'), body: { checks } }), 'forbidden');
  });
});

const policyOf = async (tenant: Tenant, name: string): Promise<string> =>
  (await tenant.ok('createPolicy', { body: { name } })).body.id;

describe('holders', () => {
  it('are told to keepers and products, with every way counted once', async () => {
    const own = await h.tenant();
    const user = await own.user('Holder', 'holder');
    await own.role('R', [{ permission: 'purchase' }], [user]);
    await own.setGrants(user, [{ permission: 'purchase' }]);
    const items = async (as = own.admin, body: object = { permission: 'purchase' }) =>
      (await h.ok('listHolders', { as, body })).body.items.map((one: { user: string }) => one.user).sort();
    expect(await items()).toEqual([own.firstUser, user].sort());
    expect(await items(service(own.id))).toEqual(await items());
    expect(await items(own.admin, { ability: 'managePurchases' })).toEqual(await items());
    expectProblem(
      await h.call('listHolders', { as: person(own.id, 'holder'), body: { permission: 'purchase' } }),
      'forbidden',
    );
    // What is open to everybody is held by nobody in particular.
    expectProblem(await own.call('listHolders', { body: { ability: 'connectionTab' } }), 'invalid-request');
    expectProblem(
      await own.call('listHolders', { body: { permission: 'viewQuarantine', policy: freshIds.next('policy') } }),
      'invalid-request',
    );
    await own.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    expect(await items()).toEqual([own.firstUser]);
  });

  it('come with the policies for which each of them holds it, whichever policy is asked about', async () => {
    const own = await h.tenant();
    const sales = await policyOf(own, 'Sales');
    const marketing = await policyOf(own, 'Marketing');
    const one = await own.user('One', 'one');
    const both = await own.user('Both', 'both');
    const wide = await own.user('Wide', 'wide');
    const quarantine = (...policies: string[]) => ({ permission: 'viewQuarantine', policies });
    await own.setGrants(one, [quarantine(sales)]);
    await own.setGrants(both, [quarantine(sales, marketing)]);
    // Who manages users has for all policies what is granted for one (FP-25).
    await own.setGrants(wide, [quarantine(marketing)]);
    await own.role('User managers', [{ permission: 'manageUsers' }], [wide]);
    const scopes = async (body: object): Promise<Record<string, unknown>> =>
      Object.fromEntries(
        (await own.ok('listHolders', { body })).body.items.map(({ user, scope }: { user: string; scope: unknown }) => [
          user,
          scope,
        ]),
      );
    const all = [sales, marketing].sort();
    const everybody = { [own.firstUser]: 'account', [one]: [sales], [both]: all, [wide]: all };
    expect(await scopes({ permission: 'viewQuarantine', policy: sales })).toEqual(everybody);
    expect(await scopes({ ability: 'searchQuarantine' })).toEqual(everybody);
    expect(await scopes({ permission: 'viewQuarantine' })).toEqual({ [own.firstUser]: 'account' });
    expect(await scopes({ permission: 'manageUsers' })).toMatchObject({ [wide]: 'account' });
  });

  it('name no more policies than an answer has room for', async () => {
    const own = await h.tenant();
    const policies = await Promise.all(Array.from({ length: 21 }, (_, at) => policyOf(own, `Policy ${at}`)));
    const many = await own.user('Many', 'many');
    await own.setGrants(many, [{ permission: 'viewQuarantine', policies }]);
    const body = { permission: 'viewQuarantine', policy: policies[0] };
    const { items } = (await own.ok('listHolders', { body })).body;
    const line = items.find(({ user }: { user: string }) => user === many);
    expect(line).toMatchObject({ scope: [...policies].sort().slice(0, 20), more: true });
  });
});

describe('effective permissions', () => {
  it('CT-81: every role that grants a right is listed, for the user and for keepers', async () => {
    const user = await t.user('Reviewed', 'reviewed');
    await t.setGrants(user, []);
    const roles = [];
    for (const name of ['Grants it', 'Grants it too'])
      roles.push(await t.role(name, [{ permission: 'createRules' }], [user]));
    await t.role('Grants another', [{ permission: 'manageOptions' }], [user]);
    for (const as of [t.admin, person(t.id, 'reviewed')]) {
      const { body } = await h.ok('getEffectivePermissions', { as, params: { userId: user } });
      const line = body.permissions.find((one: { permission: string }) => one.permission === 'createRules');
      expect(line.paths.map(({ via }: { via: string }) => via).sort()).toEqual(roles.sort());
    }
  });
});

describe('the audit trail', () => {
  it('tells who did what to whom, on whose authority, and what changed', async () => {
    const own = await h.tenant();
    const roleId = await own.role('Audited', [{ permission: 'billing' }]);
    await own.ok('deleteRole', { params: { roleId } });
    const { body } = await own.ok('listEvents', { query: { target: roleId } });
    expect(body.items.map(({ action }: { action: string }) => action)).toEqual([
      'role.deleted',
      'role.grants.replaced',
      'role.created',
    ]);
    expect(body.items[1]).toMatchObject({
      actor: { kind: 'person', id: own.firstUser },
      authority: 'manageAccessRights',
      outcome: 'done',
      before: { grants: [] },
      after: { grants: [{ permission: 'billing' }] },
    });
    const created = await own.ok('listEvents', { query: { action: 'tenant.created' } });
    expect(created.body.items[0]).toMatchObject({ actor: { kind: 'operator', id: operator.subject } });
  });

  it('names nobody: personal values are references', async () => {
    const own = await h.tenant();
    const body = { kind: 'person', name: 'Very Personal', login: 'very.personal', mail: 'very@personal.test' };
    const { body: user } = await own.ok('createUser', { body });
    await own.ok('updateUser', {
      params: { userId: user.id },
      body: { name: 'More Personal', mail: 'more@personal.test' },
    });
    const stored = (await h.items(own.id)).filter(({ outcome }) => outcome === 'done');
    expect(JSON.stringify(stored)).not.toMatch(/personal\.test|Personal|very/i);
    await own.ok('deleteUser', { params: { userId: user.id } });
    const { body: trail } = await own.ok('listEvents', { query: { target: user.id } });
    expect(trail.items.length).toBe(3);
    expect(JSON.stringify(trail)).not.toMatch(/personal\.test|Personal|very/i);
  });

  it('is filtered by actor, action and time, alone and together', async () => {
    const own = await h.tenant();
    const second = await own.user('Second', 'second');
    await own.setGrants(second, [{ permission: '*' }]);
    await h.ok('createRole', { as: person(own.id, 'second'), body: { name: 'By the second' } });
    await own.role('By the first');
    const found = async (query: Record<string, string>) =>
      (await own.ok('listEvents', { query })).body.items.map((e: { after?: { name?: string } }) => e.after?.name);
    expect(await found({ actor: second, action: 'role.created' })).toEqual(['By the second']);
    expect(await found({ action: 'role.created' })).toEqual(['By the first', 'By the second']);
    expect(await found({ actor: freshIds.next('user') })).toEqual([]);
    expect(await found({ action: 'role.created', to: '2020-01-01T00:00:00Z' })).toEqual([]);
    expect((await found({ action: 'role.created', from: '2020-01-01T00:00:00Z' })).length).toBe(2);
  });
});
