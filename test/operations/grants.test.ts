// Own grants of users and policies: what one sees and may change of them (FP-14, Q-17), refinements, and who
// administers which policy.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { type As, boot, type Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const holding = async (t: Tenant, subject: string, ...grants: object[]): Promise<As> => {
  await t.setGrants(await t.user(subject, subject), grants);
  return person(t.id, subject);
};
const policy = async (t: Tenant, name: string): Promise<string> =>
  (await t.ok('createPolicy', { body: { name } })).body.id;
const grantsOf = async (t: Tenant, userId: string, as = t.admin): Promise<object[]> =>
  (await h.ok('getUserGrants', { as, params: { userId } })).body.grants;
const granted = (...permissions: string[]) => permissions.map((permission) => ({ permission }));

describe('own grants', () => {
  it('FP-14: somebody who manages users sees, gives and takes what they hold themselves, and keeps the rest', async () => {
    const t = await h.tenant('email-security');
    const as = await holding(t, 'manager', ...granted('manageUsers', 'viewConfiguration', 'logExport'));
    const userId = await t.user('Target');
    await t.setGrants(userId, granted('viewConfiguration', 'manageEdgeDevices', 'directorySynchronization'));
    expect(await grantsOf(t, userId, as)).toEqual(granted('viewConfiguration'));

    const put = await t.setGrants(userId, granted('logExport'), as);
    expect(put.body.grants).toEqual(granted('logExport'));
    expect(await grantsOf(t, userId)).toEqual(granted('directorySynchronization', 'logExport', 'manageEdgeDevices'));
    expectProblem(await t.setGrants(userId, granted('manageEdgeDevices'), as), 'not-held');
    expectProblem(await t.setGrants(userId, granted('*'), as), 'not-held');
    expectProblem(await t.setGrants(userId, granted('superAdministrator'), as), 'not-held');
    // Emptying what one sees empties that.
    await t.setGrants(userId, [], as);
    expect(await grantsOf(t, userId)).toEqual(granted('directorySynchronization', 'manageEdgeDevices'));
  });

  it('FP-14: the catalogue shows what one holds, and a keeper all of it', async () => {
    const t = await h.tenant('email-security');
    const as = await holding(t, 'manager', ...granted('manageUsers', 'viewConfiguration'));
    const shown = async (who: As) =>
      (await h.ok('getCatalogue', { as: who })).body.permissions.map(({ id }: { id: string }) => id);
    expect((await shown(as)).sort()).toEqual(['manageUsers', 'viewConfiguration']);
    expect((await shown(t.admin)).length).toBeGreaterThan(10);
  });

  it('are seen with an ETag over what is seen: a hidden change does not move it, a visible one does', async () => {
    const t = await h.tenant('email-security');
    const as = await holding(t, 'manager', ...granted('manageUsers', 'logExport'));
    const userId = await t.user('Target');
    const tag = async () => (await h.ok('getUserGrants', { as, params: { userId } })).etag;
    const first = await tag();
    await t.setGrants(userId, granted('viewAllReports', 'manageEdgeDevices'));
    expect(await tag()).toBe(first);
    await t.setGrants(userId, granted('logExport'));
    expect(await tag()).not.toBe(first);
  });

  it('FP-47: View Quarantined Images goes with View Quarantine in the same or a wider scope, and neither without the other', async () => {
    const t = await h.tenant('email-security');
    const [p, q] = [await policy(t, 'P'), await policy(t, 'Q')];
    const userId = await t.user('Images');
    const images = 'viewQuarantinedImages';
    expectProblem(await t.setGrants(userId, granted(images)), 'permission-missing');
    expectProblem(
      await t.setGrants(userId, [
        { permission: 'viewQuarantine', policies: [p] },
        { permission: images, policies: [p, q] },
      ]),
      'permission-missing',
    );
    const both = [{ permission: 'viewQuarantine' }, { permission: images, policies: [p, q] }];
    expect((await t.setGrants(userId, both)).status).toBe(200);
    const refused = await t.setGrants(userId, [{ permission: images, policies: [p, q] }]);
    expectProblem(refused, 'permission-missing');
    expect(refused.body).toMatchObject({ permission: images, requires: 'viewQuarantine' });
    expect((await t.setGrants(userId, [])).status).toBe(200);
  });

  it('FP-52: View Filtered Reports is not available beside View All Reports, so not to a new user as he is', async () => {
    const t = await h.tenant('email-security');
    const userId = await t.user('Reports');
    const [start] = await grantsOf(t, userId);
    expectProblem(
      await t.setGrants(userId, [start as object, { permission: 'viewFilteredReports' }]),
      'permission-excluded',
    );
    expect((await t.setGrants(userId, granted('viewFilteredReports'))).status).toBe(200);
  });

  it('FP-34: what is for the account is not given for a policy', async () => {
    const t = await h.tenant('email-security');
    const p = await policy(t, 'P');
    const userId = await t.user('Scoped');
    for (const permission of ['manageUsers', 'logExport', 'viewAllReports'])
      expectProblem(await t.setGrants(userId, [{ permission, policies: [p] }]), 'invalid-request', permission);
    expectProblem(await t.setGrants(userId, [{ permission: 'viewQuarantine', policies: [] }]), 'invalid-request');
  });

  it('FP-24: refinements rest while Manage Users is held, and apply again when it is taken away (Q-10)', async () => {
    const t = await h.tenant('email-security');
    const [p, q] = [await policy(t, 'P'), await policy(t, 'Q')];
    const userId = await t.user('Refined');
    const refined = { permission: 'viewQuarantine', policies: [p] };
    await t.setGrants(userId, [refined]);
    const seesQ = () => t.check(userId, { permission: 'viewQuarantine', policy: q });
    expect(await seesQ()).toBe(false);
    await t.setGrants(userId, [refined, { permission: 'manageUsers' }]);
    expect(await seesQ()).toBe(true);
    const wider = { permission: 'viewQuarantine', policies: [p, q] };
    expectProblem(await t.setGrants(userId, [wider, { permission: 'manageUsers' }]), 'policies-not-applicable');
    await t.setGrants(userId, [refined]);
    expect(await seesQ()).toBe(false);
  });

  it('are changed in one piece: two who read the same cannot both write', async () => {
    const t = await h.tenant();
    const params = { userId: await t.user('Contended') };
    const { etag = '' } = await t.ok('getUserGrants', { params });
    const write = (permission: string) =>
      t.call('putUserGrants', { params, headers: { 'if-match': etag }, body: { grants: granted(permission) } });
    const replies = await Promise.all(['billing', 'purchase', 'userLogs'].map(write));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });

  it('do not exist where the catalogue has none', async () => {
    const t = await h.tenant('secure-exchanges');
    const params = { userId: await t.user('None') };
    expectProblem(await t.call('getUserGrants', { params }), 'personal-grants-off');
    const body = { grants: granted('billing') };
    expectProblem(await t.call('putUserGrants', { params, headers: { 'if-match': '*' }, body }), 'personal-grants-off');
  });
});

describe('policies', () => {
  it('FP-12 FP-13 FP-16: each has its own administrators, who change it and no other', async () => {
    const t = await h.tenant('email-security');
    const [p, q] = [await policy(t, 'P'), await policy(t, 'Q')];
    const as = await holding(t, 'of-p', { permission: 'modifyConfiguration', policies: [p] });
    const names = async () => (await h.ok('listPolicies', { as })).body.items.map(({ name }: { name: string }) => name);
    expect(await names()).toEqual(['P']);
    const body = { description: 'Ours' };
    expect((await h.ok('updatePolicy', { as, params: { policyId: p }, body })).body.description).toBe('Ours');
    expectProblem(await h.call('updatePolicy', { as, params: { policyId: q }, body }), 'not-found');
    expectProblem(await h.call('getPolicy', { as, params: { policyId: q } }), 'not-found');
    expectProblem(await h.call('deletePolicy', { as, params: { policyId: p } }), 'forbidden');
    expectProblem(await h.call('createPolicy', { as, body: { name: 'R' } }), 'forbidden');
  });

  it('FP-15: who holds something for a policy sees it, and changes nothing without Modify Configuration', async () => {
    const t = await h.tenant('email-security');
    const [p] = [await policy(t, 'P'), await policy(t, 'Q')];
    const as = await holding(t, 'viewer', { permission: 'viewQuarantine', policies: [p] });
    expect((await h.ok('getPolicy', { as, params: { policyId: p } })).body.name).toBe('P');
    expectProblem(
      await h.call('updatePolicy', { as, params: { policyId: p }, body: { description: 'X' } }),
      'forbidden',
    );
    const nobody = await holding(t, 'nobody', { permission: 'logExport' });
    expect((await h.ok('listPolicies', { as: nobody })).body.items).toEqual([]);
  });

  it('FP-17: the Global Custom Category list needs every configuration permission for the account', async () => {
    const t = await h.tenant('email-security');
    const p = await policy(t, 'P');
    const userId = await t.user('Categories');
    const all = ['modifyConfiguration', 'viewConfiguration', 'viewConfigurationAuditTrail'];
    const may = () => t.check(userId, { ability: 'globalCustomCategories' });
    await t.setGrants(
      userId,
      all.map((permission) => ({ permission, policies: [p] })),
    );
    expect(await may()).toBe(false);
    await t.setGrants(userId, granted(...all.slice(0, 2)));
    expect(await may()).toBe(false);
    await t.setGrants(userId, granted(...all));
    expect(await may()).toBe(true);
  });

  it('have names that are theirs alone, and ETags over their own fields', async () => {
    const t = await h.tenant();
    const p = await policy(t, 'Mail  Ä');
    expectProblem(await t.call('createPolicy', { body: { name: 'MAIL  ä' } }), 'name-taken');
    const read = await t.ok('getPolicy', { params: { policyId: p } });
    await policy(t, 'Another');
    expect((await t.ok('getPolicy', { params: { policyId: p } })).etag).toBe(read.etag);
    // Its own name is no obstacle.
    expect((await t.ok('updatePolicy', { params: { policyId: p }, body: { name: 'MAIL  Ä' } })).body.name).toBe(
      'MAIL  Ä',
    );
    await t.ok('deletePolicy', { params: { policyId: p } });
    expect((await t.ok('createPolicy', { body: { name: 'mail  ä' } })).status).toBe(201);
  });

  it('leave grants behind that give nothing once they are deleted, and that may be taken away', async () => {
    const t = await h.tenant();
    const [p, q] = [await policy(t, 'P'), await policy(t, 'Q')];
    const userId = await t.user('Left');
    const grant = { permission: 'viewQuarantine', policies: [p, q].sort() };
    await t.setGrants(userId, [grant]);
    await t.ok('deletePolicy', { params: { policyId: p } });
    expect(
      (await t.ok('check', { body: { user: userId, permission: 'viewQuarantine', policy: p } })).body,
    ).toMatchObject({
      allowed: false,
      reason: 'unknown-policy',
    });
    expect(await t.check(userId, { permission: 'viewQuarantine', policy: q })).toBe(true);
    expect(await grantsOf(t, userId)).toEqual([grant]);
    expect((await t.setGrants(userId, [{ permission: 'viewQuarantine', policies: [q] }])).status).toBe(200);
    expectProblem(await t.setGrants(userId, [grant]), 'invalid-request');
  });
});
