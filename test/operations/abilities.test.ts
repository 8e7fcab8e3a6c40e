// Abilities over permissions that can be limited: a user with the permission in any scope has them, in every answer.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { boot, type Harness, service, type Tenant } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

/** What every way of asking answers about one user; all of them must say the same. */
const answers = async (t: Tenant, user: string, question: { ability: string } & Record<string, string>) => {
  const asked = { user, ...question };
  const session = (await t.ok('createSession', { as: service(t.id), body: { user } })).body.id;
  const check = (await t.ok('check', { body: asked })).body;
  const batch = (await t.ok('checkBatch', { body: { checks: [asked] } })).body.results[0];
  const inSession = (await t.ok('check', { as: service(t.id), body: { ...question, session } })).body;
  const explained = (await t.ok('explain', { body: asked })).body;
  const holders = (await t.ok('listHolders', { body: { ...question, limit: 200 } })).body.items;
  return {
    answers: [check, batch, inSession, explained].map(({ allowed }) => allowed),
    isHolder: holders.some((one: { user: string }) => one.user === user),
    check,
    explained,
  };
};

const agreed = async (t: Tenant, user: string, question: { ability: string } & Record<string, string>) => {
  const { answers: all, isHolder, check, explained } = await answers(t, user, question);
  const allowed = all[0] as boolean;
  expect([...all, isHolder], JSON.stringify(question)).toEqual(Array(5).fill(allowed));
  // Why: the permission, with a way to it, and what would end it.
  if (allowed) {
    expect(check.reason).toBe('granted');
    expect(check.by).toEqual(
      expect.arrayContaining(check.paths.map(({ permission }: { permission: string }) => permission)),
    );
    expect(explained.ending?.removals?.length ?? 0, JSON.stringify(explained)).toBeGreaterThan(0);
  } else expect(check.reason).toBe('not-granted');
  return allowed;
};

it('CT-36 CT-37 CT-41 CT-70: a signatures editor has the Actions tab, and not for another action type', async () => {
  const t = await h.tenant('exchange-rules');
  await t.ok('updateTenant', { body: { enforced: true } });
  const roles = (await t.ok('listRoles')).body.items;
  const editors = roles.find(({ predefined }: { predefined?: string }) => predefined === 'signaturesEditors').id;
  const ann = await t.user('Ann');
  await t.ok('addRoleMembers', { params: { roleId: editors }, body: { members: [ann] } });
  expect(await agreed(t, ann, { ability: 'actionsTab' })).toBe(true);
  expect(await agreed(t, ann, { ability: 'actionsTab', actionType: 'insertSignature' })).toBe(true);
  expect(await agreed(t, ann, { ability: 'actionsTab', actionType: 'blockMessage' })).toBe(false);
  for (const ability of ['editConditions', 'editOptions', 'addRule'])
    expect(await agreed(t, ann, { ability })).toBe(false);
  // A permission asked directly keeps its meaning: held without any limit.
  expect(await t.check(ann, { permission: 'editActions' })).toBe(false);
});

it('CT-43 CT-64 CT-65 CT-67 CT-69 CT-78: limited to a rule type, one still has the tab; categories are of all rules', async () => {
  const t = await h.tenant('exchange-rules');
  await t.ok('updateTenant', { body: { enforced: true } });
  const ann = await t.user('Ann');
  const ruleTypes = ['routingRule'];
  const permissions = ['createRules', 'manageRulesOrder', 'manageConditions', 'manageOptions', 'manageActions'];
  await t.role(
    'Routing',
    permissions.map((permission) => ({ permission, ruleTypes })),
    [ann],
  );
  const abilities = ['addRule', 'reorderRules', 'editGeneralProperties', 'editConditions', 'editOptions', 'actionsTab'];
  for (const ability of abilities) {
    expect(await agreed(t, ann, { ability })).toBe(true);
    expect(await agreed(t, ann, { ability, ruleType: 'routingRule' })).toBe(true);
    expect(await agreed(t, ann, { ability, ruleType: 'signatureRule' })).toBe(false);
  }
  for (const ability of ['categoriesTab', 'manageCategories']) expect(await agreed(t, ann, { ability })).toBe(false);
});

it('FP-13 FP-15 FP-17: for one policy, one has what is over policies, not what is over the account', async () => {
  const t = await h.tenant('email-security');
  const [north, south] = await Promise.all(
    ['North', 'South'].map(async (name) => (await t.ok('createPolicy', { body: { name } })).body.id as string),
  );
  const ann = await t.user('Ann');
  const all = ['modifyConfiguration', 'viewConfiguration', 'viewConfigurationAuditTrail'];
  await t.setGrants(
    ann,
    all.map((permission) => ({ permission, policies: [north] })),
  );
  for (const ability of ['readConfiguration', 'changeConfiguration', 'searchLists']) {
    expect(await agreed(t, ann, { ability })).toBe(true);
    expect(await agreed(t, ann, { ability, policy: north as string })).toBe(true);
    expect(await agreed(t, ann, { ability, policy: south as string })).toBe(false);
  }
  expect(await agreed(t, ann, { ability: 'globalCustomCategories' })).toBe(false);
  expect(await t.check(ann, { permission: 'modifyConfiguration' })).toBe(false);
});
