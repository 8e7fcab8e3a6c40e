// Explanations: every way to a right as a graph, what would end it, and whether that would be refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join, putGroup } from '../support/facts.ts';
import { boot, type Harness, person, service, type Tenant } from '../support/harness.ts';
import { expectSame, itemsOf } from './worlds.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

/** Eva may do something by two roles, one of them through groups. */
const scene = async () => {
  const tenant = await harness.tenant('exchange-rules');
  await tenant.ok('updateTenant', { body: { enforced: true } });
  const eva = await tenant.user('Eva', 'eva');
  const outer = await putGroup(tenant, 'Outer');
  const inner = await putGroup(tenant, 'Inner', [outer]);
  await join(tenant, inner, [eva]);
  const direct = await tenant.role('Direct', [{ permission: 'createRules' }], [eva]);
  const indirect = await tenant.role('Indirect', [{ permission: 'createRules' }], [outer.id]);
  const question = { user: eva, permission: 'createRules' };
  return { tenant, eva, outer, inner, direct, indirect, question };
};
const explain = async (tenant: Tenant, question: object, as = tenant.admin) =>
  (await tenant.ok('explain', { body: question, as })).body;

describe('the granting graph', () => {
  it('CT-81: names every role that grants the right, and the ways to it', async () => {
    const { tenant, eva, outer, inner, direct, indirect, question } = await scene();
    const { graph, paths, allowed } = await explain(tenant, question);
    expect(allowed).toBe(true);
    const roles = graph.nodes.filter(({ type }: { type: string }) => type === 'role');
    expect(roles.map(({ id }: { id: string }) => id).sort()).toEqual([direct, indirect].sort());
    expect(graph.nodes).toContainEqual({ id: inner.id, type: 'group', name: 'Inner' });
    const edges = graph.edges.map(({ from, to, kind }: Record<string, string>) => `${from} ${kind} ${to}`);
    expect(edges.sort()).toEqual(
      [
        `${eva} roleMember ${direct}`,
        `${eva} groupMember ${inner.id}`,
        `${inner.id} nestedGroup ${outer.id}`,
        `${outer.id} roleGroup ${indirect}`,
        `${direct} grants bit0`,
        `${indirect} grants bit0`,
      ].sort(),
    );
    expect(graph.more).toBe(false);
    expect(paths).toEqual([
      { permission: 'createRules', via: direct },
      { permission: 'createRules', via: indirect, groups: [inner.id, outer.id] },
    ]);
  });

  it('shows what the grants give also while rights are not enforced', async () => {
    const { tenant, question } = await scene();
    await tenant.ok('updateTenant', { body: { enforced: false } });
    const { reason, graph } = await explain(tenant, question);
    expect(reason).toBe('not-enforced');
    expect(graph.edges).toHaveLength(6);
  });

  it('is empty where nothing is granted', async () => {
    const { tenant, eva } = await scene();
    const body = await explain(tenant, { user: eva, permission: 'manageOptions' });
    expect(body).toMatchObject({ allowed: false, graph: { nodes: [], edges: [], more: false } });
    expect(body.ending).toBeUndefined();
  });

  it('one sees the own ways without names and without what would end them; others see nothing', async () => {
    const { tenant, eva, question } = await scene();
    const own = await explain(tenant, question, person(tenant.id, 'eva'));
    expect(own.graph.edges).toHaveLength(6);
    expect(JSON.stringify(own)).not.toContain('Inner');
    expect(own.ending).toBeUndefined();
    const as = person(tenant.id, 'eva');
    expect((await tenant.call('explain', { as, body: { ...question, user: tenant.firstUser } })).status).toBe(403);
    expect((await tenant.call('explain', { as: service(tenant.id), body: question })).status).toBe(403);
    expect(eva).toBeDefined();
  });
});

describe('what would end it', () => {
  it('CT-82 CT-83 CT-84: taking one way away leaves the other; taking all of them away ends the right', async () => {
    const { tenant, eva, direct, indirect, question } = await scene();
    const { ending } = await explain(tenant, question);
    expect(ending.removals).toHaveLength(2);
    expect(ending.refused).toBeUndefined();
    // Remedy C: out of the one role. The other grants it still (CT-84).
    await tenant.ok('removeRoleMembers', { params: { roleId: direct }, body: { members: [eva] } });
    expect(await tenant.check(eva, { permission: 'createRules' })).toBe(true);
    expect((await explain(tenant, question)).ending.removals).toHaveLength(1);
    // Remedy B: taking the right from the other role, too (CT-83). Now no role grants it (CT-82).
    await tenant.ok('removeRoleGrant', { params: { roleId: indirect, permission: 'createRules' } });
    expect(await tenant.check(eva, { permission: 'createRules' })).toBe(false);
    expect((await explain(tenant, question)).graph.nodes).toEqual([]);
  });

  it('one removal where all ways meet', async () => {
    const { tenant, eva, inner, direct, indirect, question } = await scene();
    await tenant.ok('removeRoleMembers', { params: { roleId: direct }, body: { members: [eva] } });
    await tenant.role('Third', [{ permission: 'createRules' }], [inner.id]);
    const { ending, graph } = await explain(tenant, question);
    expect(graph.edges.length).toBeGreaterThan(5);
    expect(ending.removals).toEqual([{ kind: 'groupMember', group: inner.id, user: eva }]);
    expect(indirect).toBeDefined();
  });

  it('says where the last who manages access rights would go, writes nothing, and is what a dry run says', async () => {
    const tenant = await harness.tenant();
    const question = { user: tenant.firstUser, permission: 'manageAccessRights' };
    const before = await itemsOf(harness, tenant.id);
    const { ending } = await explain(tenant, question);
    expectSame(before, await itemsOf(harness, tenant.id));
    expect(ending.removals).toEqual([{ kind: 'grant', via: 'personal', grant: { permission: '*' } }]);
    expect(ending.refused).toMatchObject({ code: 'last-access-manager', status: 409 });
    const rehearsed = await tenant.ok('putUserGrants', {
      params: { userId: tenant.firstUser },
      body: { grants: [] },
      headers: { 'if-match': '*' },
      query: { dryRun: 'true' },
    });
    expect(rehearsed.body.problem.code).toBe(ending.refused.code);
    const next = await tenant.user('Next', 'next');
    await tenant.setGrants(next, [{ permission: 'manageAccessRights' }]);
    expect((await explain(tenant, question)).ending.refused).toBeUndefined();
  });

  it('of a grant for several policies it takes the one asked about; with a grant goes what requires it', async () => {
    const tenant = await harness.tenant('email-security');
    const user = await tenant.user('User');
    const [one, two] = await Promise.all(
      ['One', 'Two'].map(async (name) => (await tenant.ok('createPolicy', { body: { name } })).body.id as string),
    );
    await tenant.setGrants(user, [{ permission: 'viewQuarantine', policies: [one, two] }]);
    const { ending } = await explain(tenant, { user, permission: 'viewQuarantine', policy: one });
    expect(ending.removals).toEqual([
      { kind: 'grant', via: 'personal', grant: { permission: 'viewQuarantine', policies: [one] } },
    ]);
    await tenant.setGrants(user, [{ permission: 'viewQuarantine' }, { permission: 'viewQuarantinedImages' }]);
    const whole = await explain(tenant, { user, permission: 'viewQuarantine' });
    expect(
      whole.ending.removals.map(({ grant }: { grant: { permission: string } }) => grant.permission).sort(),
    ).toEqual(['viewQuarantine', 'viewQuarantinedImages']);
  });
});

describe('what would end it, where it is not a grant of the permission itself', () => {
  it('FP-25: the end of what widens grants for one policy to all', async () => {
    const tenant = await harness.tenant('complete');
    const user = await tenant.user('User');
    const [one, two] = await Promise.all(
      ['One', 'Two'].map(async (name) => (await tenant.ok('createPolicy', { body: { name } })).body.id as string),
    );
    for (const name of ['A', 'B', 'C'])
      await tenant.role(name, [{ permission: 'viewQuarantine', policies: [one] }], [user]);
    const wide = await tenant.role('Wide', [{ permission: 'manageUsers' }], [user]);
    const question = { user, permission: 'viewQuarantine', policy: two };
    const { ending } = await explain(tenant, question);
    expect(ending.removals).toHaveLength(1);
    await tenant.ok('removeRoleMembers', { params: { roleId: wide }, body: { members: [user] } });
    expect((await explain(tenant, question)).allowed).toBe(false);
    expect((await explain(tenant, { ...question, policy: one })).ending.removals).toHaveLength(3);
  });

  it('CT-85 CT-86: the right on the rule, where several roles give it by default', async () => {
    const tenant = await harness.tenant('exchange-rules');
    await tenant.ok('updateTenant', { body: { enforced: true } });
    const eva = await tenant.user('Eva', 'eva');
    const maker = await tenant.role('Maker', [{ permission: 'createRules' }], [eva]);
    const as = person(tenant.id, 'eva');
    const rule = (await tenant.ok('createRule', { as, body: { name: 'Rule', type: 'routingRule' } })).body.id;
    const { ending, graph } = await explain(tenant, { user: eva, right: 'view', rule });
    expect(graph.edges).toContainEqual({ from: maker, to: 'bit0', kind: 'ruleRight' });
    expect(ending.removals).toEqual([{ kind: 'roleMember', role: maker, user: eva }]);
    const group = await putGroup(tenant, 'Group');
    await join(tenant, group, [eva]);
    await tenant.ok('addRoleMembers', { params: { roleId: maker }, body: { members: [group.id] } });
    const both = await explain(tenant, { user: eva, right: 'view', rule });
    expect(both.ending.removals).toEqual([{ kind: 'ruleRight', role: maker, rule, right: 'view' }]);
    await tenant.ok('putRuleRights', {
      params: { roleId: maker },
      body: { rules: [{ rule, view: false }] },
      headers: { 'if-match': '*' },
    });
    expect((await explain(tenant, { user: eva, right: 'view', rule })).allowed).toBe(false);
  });

  it('tells nobody of a policy that they would not see', async () => {
    const tenant = await harness.tenant('email-security');
    const [secret, mine] = await Promise.all(
      ['Secret', 'Mine'].map(async (name) => (await tenant.ok('createPolicy', { body: { name } })).body.id as string),
    );
    await tenant.setGrants(await tenant.user('U', 'u'), [{ permission: 'viewQuarantine', policies: [mine] }]);
    const as = person(tenant.id, 'u');
    const [hidden, none] = await Promise.all(
      [secret, 'p000000000000'].map((policy) => explain(tenant, { permission: 'viewQuarantine', policy }, as)),
    );
    expect({ ...hidden, asOf: '' }).toEqual({ ...none, asOf: '' });
  });
});

describe('GET effective-permissions?explain=', () => {
  it('answers the lines of that permission only, the same as among all', async () => {
    const { tenant, eva } = await scene();
    const params = { userId: eva };
    await tenant.role('More', [{ permission: 'manageConditions' }, { permission: 'manageOptions' }], [eva]);
    const all = (await tenant.ok('getEffectivePermissions', { params })).body.permissions;
    for (const { permission } of all) {
      const { body } = await tenant.ok('getEffectivePermissions', { params, query: { explain: permission } });
      expect(body.permissions).toEqual(all.filter((line: { permission: string }) => line.permission === permission));
    }
    const none = await tenant.ok('getEffectivePermissions', { params, query: { explain: 'manageActions' } });
    expect(none.body.permissions).toEqual([]);
    const unknown = await tenant.call('getEffectivePermissions', { params, query: { explain: 'nonsense' } });
    expect(unknown.body.errors).toEqual([expect.objectContaining({ field: 'query.explain' })]);
  });
});
