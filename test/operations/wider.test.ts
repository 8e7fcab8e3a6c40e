// Taking away what is held through a wider grant: refused by name, or the wider grant is replaced by the rest.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { Grant } from '../../shared/domain/book/records.ts';
import { boot, type Harness, person, type Request, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const predefined = async (t: Tenant, id: string): Promise<string> =>
  (await t.ok('listRoles')).body.items.find((role: { predefined?: string }) => role.predefined === id).id;
const grantsOf = async (t: Tenant, roleId: string): Promise<Grant[]> =>
  (await t.ok('getRoleGrants', { params: { roleId } })).body.grants;
const take = (roleId: string, permission: string, query: Record<string, string> = {}): Request => ({
  params: { roleId, permission },
  query,
});
const expand = { expand: 'true' };

const wider = [{ permission: '*' }];
/** Taking a permission from a grant of everything is refused in every way in which it can be asked, and changes nothing. */
const refusedByName = async (
  t: Tenant,
  id: 'removeRoleGrant' | 'removeUserGrant',
  params: Record<string, string> & { readonly permission: string },
) => {
  const before = await h.facts(t.id);
  const refused = await t.call(id, { params });
  expectProblem(refused, 'granted-by-wider');
  expect(refused.body).toMatchObject({ permission: params.permission, wider });
  expect(refused.body.detail).toContain('expand=true');
  const dry = await t.ok(id, { params, query: { dryRun: 'true' } });
  expect(dry.body).toMatchObject({ outcome: 'refused', problem: { code: 'granted-by-wider', wider } });
  const operation = { operation: id, params };
  const set = await t.call('submitChangeSet', { body: { operations: [{ ...operation, ifMatch: '*' }] } });
  expectProblem(set, 'granted-by-wider');
  expect(set.body).toMatchObject({ operation: 0, wider });
  expect(await h.facts(t.id)).toEqual(before);
  const draft = (await t.ok('createDraft', { body: { name: 'Less', operations: [operation] } })).body.id;
  const preview = await t.ok('previewDraft', { params: { draftId: draft } });
  expect(preview.body).toMatchObject({ outcome: 'refused', problem: { code: 'granted-by-wider' } });
};

it('CT-43 CT-83 Q-19: through everything is refused by name, alone, rehearsed, in a set and in a draft; nothing changes', async () => {
  const t = await h.tenant('exchange-rules');
  const roleId = await predefined(t, 'programAndRulesAdministrators');
  await refusedByName(t, 'removeRoleGrant', { roleId, permission: 'createRules' });
  expect(await grantsOf(t, roleId)).toEqual(wider);
});

it('CT-43 CT-83 Q-19: with expand the rest stays, permission by permission, and the taken one is gone', async () => {
  const t = await h.tenant('exchange-rules');
  const roleId = await predefined(t, 'programAndRulesAdministrators');
  const all: string[] = (await t.ok('getCatalogue')).body.permissions.map(({ id }: { id: string }) => id);
  const dry = await t.ok('removeRoleGrant', take(roleId, 'createRules', { ...expand, dryRun: 'true' }));
  expect(dry.body.effect.users).toEqual([
    { user: t.firstUser, gained: [], lost: [{ permission: 'createRules', scope: 'account' }] },
  ]);
  const { body } = await t.ok('removeRoleGrant', take(roleId, 'createRules', expand));
  expect(body.grants.map(({ permission }: Grant) => permission)).toEqual(
    all.filter((id) => id !== 'createRules').sort(),
  );
  const events = (await t.ok('listEvents', { query: { target: roleId } })).body.items;
  expect(events[0]).toMatchObject({ action: 'role.grant.removed', before: { grants: [{ permission: '*' }] } });
  await t.ok('updateTenant', { body: { enforced: true } });
  expect(await t.check(t.firstUser, { permission: 'createRules' })).toBe(false);
  expect(await t.check(t.firstUser, { permission: 'manageAccessRights' })).toBe(true);
});

it('CT-45 Q-19: the rest is judged by the invariant as any change', async () => {
  const t = await h.tenant('exchange-rules');
  const roleId = await predefined(t, 'programAndRulesAdministrators');
  const before = await grantsOf(t, roleId);
  expectProblem(await t.call('removeRoleGrant', take(roleId, 'manageAccessRights', expand)), 'last-access-manager');
  expect(await grantsOf(t, roleId)).toEqual(before);
});

it('CT-71..75 Q-19: one verb or one action type out of Manage rules Actions', async () => {
  const t = await h.tenant('exchange-rules');
  const roleId = await t.role('Actions', [{ permission: 'manageActions' }]);
  const wider = [{ permission: 'manageActions' }];
  for (const query of [{}, { actionType: 'insertBanner' }]) {
    const refused = await t.call('removeRoleGrant', take(roleId, 'editActions', query));
    expectProblem(refused, 'granted-by-wider');
    expect(refused.body.wider).toEqual(wider);
  }
  const { body } = await t.ok(
    'removeRoleGrant',
    take(roleId, 'editActions', { ...expand, actionType: 'insertBanner' }),
  );
  const types: string[] = (await t.ok('getCatalogue')).body.actionTypes.map(({ id }: { id: string }) => id);
  expect(body.grants).toEqual([
    { permission: 'addActions' },
    { permission: 'deleteActions' },
    { permission: 'editActions', actionTypes: types.filter((id) => id !== 'insertBanner').sort() },
  ]);
  // Of its own kind: all types where one is named, all rule types where one is.
  const options = await t.role('Options', [{ permission: 'manageOptions' }]);
  const byType = { ruleType: 'routingRule' };
  expectProblem(await t.call('removeRoleGrant', take(options, 'manageOptions', byType)), 'granted-by-wider');
  await t.ok('removeRoleGrant', take(options, 'manageOptions', { ...byType, ...expand }));
  expect((await grantsOf(t, options))[0]?.ruleTypes).not.toContain('routingRule');
  // The verbs reach no further without editing, so they go with it.
  const other = await t.role('Other', [{ permission: 'manageActions' }]);
  expect((await t.ok('removeRoleGrant', take(other, 'editActions', expand))).body.grants).toEqual([]);
  expectProblem(
    await t.call('removeRoleGrant', take(options, 'manageOptions', { actionType: 'insertBanner' })),
    'invalid-request',
  );
  expectProblem(
    await t.call('removeRoleGrant', take(options, 'manageOptions', { ruleType: 'nothing' })),
    'invalid-request',
  );
});

it('FP-47 FP-52 Q-12 Q-19: one policy out of the account, and what requires it; what excludes each other does not stand', async () => {
  const t = await h.tenant('email-security');
  const [north, south] = await Promise.all(
    ['North', 'South'].map(async (name) => (await t.ok('createPolicy', { body: { name } })).body.id as string),
  );
  const policy = { policy: north as string };
  const one = await t.role('One', [{ permission: 'viewQuarantine' }]);
  const refused = await t.call('removeRoleGrant', take(one, 'viewQuarantine', policy));
  expectProblem(refused, 'granted-by-wider');
  expect(refused.body.wider).toEqual([{ permission: 'viewQuarantine' }]);
  await t.ok('removeRoleGrant', take(one, 'viewQuarantine', { ...policy, ...expand }));
  expect(await grantsOf(t, one)).toEqual([{ permission: 'viewQuarantine', policies: [south] }]);
  const all = await t.role('All', [{ permission: '*' }]);
  // Manage Users is in the rest and makes every policy count: taking one alone would change nothing.
  expectProblem(
    await t.call('removeRoleGrant', take(all, 'viewQuarantine', { ...policy, ...expand })),
    'policies-not-applicable',
  );
  // A grant that was named on its own stays: the removal is refused while that grant requires the permission.
  await t.ok('removeRoleGrant', take(all, 'viewQuarantine', expand));
  const named = await t.role('Named', [{ permission: 'viewQuarantine' }, { permission: 'viewQuarantinedImages' }]);
  expectProblem(await t.call('removeRoleGrant', take(named, 'viewQuarantine', expand)), 'permission-missing');
  const left = (await grantsOf(t, all)).map(({ permission }) => permission);
  expect(left).toContain('viewAllReports');
  for (const gone of ['viewQuarantine', 'viewQuarantinedImages', 'viewFilteredReports', 'superAdministrator', '*'])
    expect(left).not.toContain(gone);
});

describe("a user's own grants", () => {
  const own = (userId: string, permission: string, query: Record<string, string> = {}): Request => ({
    params: { userId, permission },
    query,
  });
  const ownGrants = async (t: Tenant, userId: string): Promise<Grant[]> =>
    (await t.ok('getUserGrants', { params: { userId } })).body.grants;
  const holding = async (t: Tenant, ...grants: object[]): Promise<string> => {
    const userId = await t.user('Holder');
    expect((await t.setGrants(userId, grants)).status).toBe(200);
    return userId;
  };

  it('CT-43 Q-19: through everything is refused by name, alone, rehearsed, in a set and in a draft; nothing changes', async () => {
    const t = await h.tenant('email-security');
    const userId = await holding(t, { permission: '*' });
    await refusedByName(t, 'removeUserGrant', { userId, permission: 'logExport' });
    expect(await ownGrants(t, userId)).toEqual(wider);
  });

  it('CT-43 Q-19: with expand the rest stays, permission by permission; what is not there is done already', async () => {
    const t = await h.tenant('email-security');
    const userId = await holding(t, { permission: '*' });
    const { body } = await t.ok('removeUserGrant', own(userId, 'logExport', expand));
    const left = body.grants.map(({ permission }: Grant) => permission);
    expect(left).toContain('viewAllReports');
    expect(left).not.toContain('logExport');
    expect(left).not.toContain('*');
    expect(await t.check(userId, { permission: 'logExport' })).toBe(false);
    expect(await t.check(userId, { permission: 'viewAllReports' })).toBe(true);
    const events = (await t.ok('listEvents', { query: { target: userId } })).body.items;
    expect(events[0]).toMatchObject({ action: 'user.grant.removed', before: { grants: [{ permission: '*' }] } });
    const before = await h.facts(t.id);
    expect((await t.ok('removeUserGrant', own(userId, 'logExport'))).body.grants).toEqual(body.grants);
    expect(await h.facts(t.id)).toEqual(before);
    expectProblem(await t.call('removeUserGrant', own(userId, 'unknown')), 'not-found');
    const off = await h.tenant('secure-exchanges');
    expectProblem(await off.call('removeUserGrant', own(off.firstUser, 'billing')), 'personal-grants-off');
  });

  it('CT-45 Q-19: the rest is judged by the invariant as any change', async () => {
    const t = await h.tenant('email-security');
    expect((await t.setGrants(t.firstUser, [{ permission: '*' }])).status).toBe(200);
    for (const { id } of (await t.ok('listRoles')).body.items)
      await t.call('removeRoleMembers', { params: { roleId: id }, body: { members: [t.firstUser] } });
    const keeping = (await t.ok('getCatalogue')).body.keeper;
    const before = await h.facts(t.id);
    expectProblem(await t.call('removeUserGrant', own(t.firstUser, keeping, expand)), 'last-access-manager');
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('FP-24 FP-47 Q-12 Q-19: one policy out of the account, and what requires it; not while all policies count', async () => {
    const t = await h.tenant('email-security');
    const [north, south] = await Promise.all(
      ['North', 'South'].map(async (name) => (await t.ok('createPolicy', { body: { name } })).body.id as string),
    );
    const policy = { policy: north as string };
    const one = await holding(t, { permission: 'viewQuarantine' });
    const refused = await t.call('removeUserGrant', own(one, 'viewQuarantine', policy));
    expectProblem(refused, 'granted-by-wider');
    expect(refused.body.wider).toEqual([{ permission: 'viewQuarantine' }]);
    await t.ok('removeUserGrant', own(one, 'viewQuarantine', { ...policy, ...expand }));
    expect(await ownGrants(t, one)).toEqual([{ permission: 'viewQuarantine', policies: [south] }]);
    const named = await holding(t, { permission: 'viewQuarantine' }, { permission: 'viewQuarantinedImages' });
    expectProblem(await t.call('removeUserGrant', own(named, 'viewQuarantine', expand)), 'permission-missing');
    const all = await holding(t, { permission: 'viewQuarantine' }, { permission: 'manageUsers' });
    expectProblem(
      await t.call('removeUserGrant', own(all, 'viewQuarantine', { ...policy, ...expand })),
      'policies-not-applicable',
    );
    // A permission by a role makes all policies count as well.
    const byRole = await holding(t, { permission: 'viewQuarantine' });
    const roleId = await t.role('Users', [{ permission: 'manageUsers' }]);
    await t.ok('addRoleMembers', { params: { roleId }, body: { members: [byRole] } });
    expectProblem(
      await t.call('removeUserGrant', own(byRole, 'viewQuarantine', { ...policy, ...expand })),
      'policies-not-applicable',
    );
  });

  it('FP-14 Q-17 Q-19: somebody takes what they hold themselves; of the rest they learn nothing, and it stays', async () => {
    const t = await h.tenant('email-security');
    const [north, south] = await Promise.all(
      ['North', 'South'].map(async (name) => (await t.ok('createPolicy', { body: { name } })).body.id as string),
    );
    const manager = await t.user('Manager', 'manager');
    await t.setGrants(manager, [{ permission: 'manageUsers' }, { permission: 'viewAllReports' }]);
    const as = person(t.id, 'manager');
    const userId = await holding(t, { permission: '*' });
    const before = await h.facts(t.id);
    // Everything is hidden from the manager, so there is nothing to take.
    expect((await t.ok('removeUserGrant', { ...own(userId, 'viewAllReports'), as })).body.grants).toEqual([]);
    expect(await h.facts(t.id)).toEqual(before);
    const both = [{ permission: 'logExport' }, { permission: 'viewAllReports' }];
    await t.setGrants(userId, [...both, { permission: 'viewQuarantine', policies: [north, south] }]);
    for (const permission of ['logExport', 'viewAllReports'])
      expect((await t.ok('removeUserGrant', { ...own(userId, permission), as })).body.grants, permission).toEqual(
        permission === 'logExport' ? [{ permission: 'viewAllReports' }] : [],
      );
    expect(await ownGrants(t, userId)).toEqual([
      { permission: 'logExport' },
      { permission: 'viewQuarantine', policies: [north, south].sort() },
    ]);
  });

  it('Q-19: what another change has made of them meanwhile is not overwritten', async () => {
    const t = await h.tenant();
    const userId = await holding(t, { permission: 'billing' }, { permission: 'logExport' });
    const { etag = '' } = await t.ok('getUserGrants', { params: { userId } });
    const headers = { 'if-match': etag };
    const done = await t.ok('removeUserGrant', { ...own(userId, 'billing'), headers });
    expect(done.body.grants).toEqual([{ permission: 'logExport' }]);
    expectProblem(await t.call('removeUserGrant', { ...own(userId, 'logExport'), headers }), 'precondition-failed');
  });
});

it('Q-19: a set that is replaced says what a wider grant of it still gives, a role and a user alike', async () => {
  const t = await h.tenant('email-security');
  const grants = [{ permission: '*' }, { permission: 'logExport' }];
  const roleId = await t.role('Both', grants);
  const user = await t.user('Both');
  await t.setGrants(user, grants);
  const put = { body: { grants: [{ permission: '*' }] }, headers: { 'if-match': '*' } };
  const warnings = ['still-granted:logExport'];
  expect((await t.ok('putRoleGrants', { params: { roleId }, ...put })).body.warnings).toEqual(warnings);
  expect((await t.ok('putUserGrants', { params: { userId: user }, ...put })).body.warnings).toEqual(warnings);
});
