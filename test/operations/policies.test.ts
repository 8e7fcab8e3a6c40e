// Permissions for the account and for single policies, as portals grant and check them: FP-11..17, FP-22..26, FP-34..53.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { type As, boot, type Harness, person, service, type Tenant } from '../support/harness.ts';
import { policyPermissions } from '../support/policies.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
let t: Tenant;
let sales: string;
let support: string;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
  t = await h.tenant('email-security');
  sales = (await t.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
  support = (await t.ok('createPolicy', { body: { name: 'Support' } })).body.id;
});
afterAll(() => engine.close());

const accountPermissions = [
  'manageUsers',
  'directorySynchronization',
  'viewAllReports',
  'manageEdgeDevices',
  'logExport',
];
const granted = (...permissions: string[]) => permissions.map((permission) => ({ permission }));
const forSales = (...permissions: string[]) => permissions.map((permission) => ({ permission, policies: [sales] }));
const needed = (permission: string) =>
  permission === 'viewQuarantinedImages' ? ['viewQuarantine', permission] : [permission];

let names = 0;
/** A new user with these grants and no other; Manage Users comes last, since it allows no refinement (FP-26). */
const holder = async (grants: object[], subject?: string): Promise<string> => {
  names += 1;
  const user = await t.user(`User ${names}`, subject);
  const others = grants.filter((grant) => !('permission' in grant) || grant.permission !== 'manageUsers');
  for (const step of [others, grants]) expect((await t.setGrants(user, step)).status).toBe(200);
  return user;
};
const signedIn = async (...grants: object[]): Promise<As> => {
  const subject = `s${names}`;
  await holder(grants, subject);
  return person(t.id, subject);
};

/** Everything that the portal asks for, in alphabetical order. */
const abilities = async (): Promise<string[]> =>
  (await t.ok('getCatalogue')).body.abilities.map(({ id }: { id: string }) => id).sort();
/** What a product hears that somebody may do, for a policy or for the account. */
const allowed = async (user: string, policy?: string): Promise<string[]> => {
  const asked = await abilities();
  const checks = asked.map((ability) => ({ user, ability, ...(policy && { policy }) }));
  const { results } = (await h.ok('checkBatch', { as: service(t.id), body: { checks } })).body;
  return asked.filter((_, i) => results[i].allowed);
};
/** Each is refused so, and nothing is written by any. */
const refusedAs = async (
  code: Parameters<typeof expectProblem>[1],
  ...changes: (() => Promise<Parameters<typeof expectProblem>[0]>)[]
): Promise<void> => {
  const before = await h.facts(t.id);
  for (const change of changes) expectProblem(await change(), code);
  expect(await h.facts(t.id)).toEqual(before);
};

/** What each permission opens, by the seeds' words; who holds any may log on (Q-09). */
const opened: readonly (readonly [string, string, readonly string[]])[] = [
  ['FP-36 FP-37', 'modifyConfiguration', ['changeConfiguration', 'readConfiguration']],
  ['FP-38', 'viewConfiguration', ['readConfiguration']],
  ['FP-39 FP-40 FP-50', 'viewConfigurationAuditTrail', ['searchConfigurationAuditTrail', 'searchLists']],
  ['FP-41 FP-42', 'quarantineAdministration', ['actOnQuarantine', 'searchQuarantine']],
  ['FP-43', 'viewQuarantine', ['searchQuarantine']],
  ['FP-44 FP-45 FP-50', 'viewAdministratorAuditTrail', ['searchAdministratorAuditTrail', 'searchLists']],
  ['FP-46', 'viewQuarantinedImages', ['searchQuarantine', 'searchQuarantinedImages']],
  ['FP-48', 'viewDeliveredMessages', ['searchQuarantine', 'viewMessageLogs']],
  ['FP-49', 'blockAndAllowLists', ['manageLists', 'searchLists']],
  ['FP-51', 'viewFilteredReports', ['reportingTab', 'runFilteredReports']],
];

describe('what permissions open', () => {
  for (const [ids, permission, opens] of opened)
    it(`${ids} FP-11 FP-13 FP-35: ${permission} opens ${opens.join(' and ')} there, and nowhere else`, async () => {
      const own = await holder(forSales(...needed(permission)));
      expect(await allowed(own, sales)).toEqual([...opens, 'logOn'].sort());
      expect(await allowed(own, support)).toEqual(['logOn']);
      // A question that names no policy asks whether there is any for which it is open.
      expect(await allowed(own, undefined)).toEqual([...opens, 'logOn'].sort());
      const everywhere = await holder(granted(...needed(permission)));
      for (const policy of [sales, support, undefined])
        expect(await allowed(everywhere, policy)).toEqual([...opens, 'logOn'].sort());
    });

  it('FP-11 FP-35: all ten can be granted for policies, by a role as by own grants, and are held as granted', async () => {
    const role = await t.role('Of both', [
      ...forSales(...policyPermissions),
      { permission: 'viewConfiguration', policies: [support] },
    ]);
    const user = await holder([]);
    await t.ok('addRoleMembers', { params: { roleId: role }, body: { members: [user] } });
    const { permissions } = (await t.ok('getEffectivePermissions', { params: { userId: user } })).body;
    expect(permissions).toEqual(
      policyPermissions.map((permission) => ({
        permission,
        scope: permission === 'viewConfiguration' ? [sales, support].sort() : [sales],
        paths: [{ via: role }],
      })),
    );
  });

  it('FP-34: account-level permissions cannot be scoped to one policy, on users and on roles', async () => {
    const user = await holder([]);
    const role = await t.role('Scoped');
    const params = { roleId: role };
    for (const permission of [...accountPermissions, 'superAdministrator']) {
      const grant = { permission, policies: [sales] };
      await refusedAs(
        'invalid-request',
        () => t.setGrants(user, [grant]),
        () => t.roleGrants(role, [grant]),
        () => t.call('addRoleGrant', { params, body: grant }),
      );
    }
    for (const permission of accountPermissions)
      expect((await t.setGrants(user, granted(permission))).status, permission).toBe(200);
  });

  it('FP-17: account lists need every configuration permission for the account; for every policy is not enough', async () => {
    const three = ['modifyConfiguration', 'viewConfiguration', 'viewConfigurationAuditTrail'];
    const everyPolicy = three.map((permission) => ({ permission, policies: [sales, support] }));
    const list = 'globalCustomCategories';
    expect(await allowed(await holder(everyPolicy), sales)).not.toContain(list);
    const mixed = [...granted(...three.slice(0, 2)), ...forSales(three[2] as string)];
    expect(await allowed(await holder(mixed), sales)).not.toContain(list);
    expect(await allowed(await holder(granted(...three)))).toContain(list);
    // The three may come from several sets: rights add up.
    const user = await holder(granted(...three.slice(0, 2)));
    const role = await t.role('The third', granted(three[2] as string));
    await t.ok('addRoleMembers', { params: { roleId: role }, body: { members: [user] } });
    expect(await allowed(user)).toContain(list);
    // Manage Users widens to every policy, not to the account.
    expect(await allowed(await holder([...everyPolicy, ...granted('manageUsers')]), support)).not.toContain(list);
  });
});

describe('who sees and edits which policy', () => {
  it('FP-12 FP-15: one sees a policy by any permission for it, and no other, by list, by id and by check', async () => {
    for (const permission of policyPermissions) {
      const as = await signedIn(...forSales(...needed(permission)));
      const listed = (await h.ok('listPolicies', { as })).body.items.map(({ name }: { name: string }) => name);
      expect(listed, permission).toEqual(['Sales']);
      expect((await h.ok('getPolicy', { as, params: { policyId: sales } })).body.name).toBe('Sales');
      expectProblem(await h.call('getPolicy', { as, params: { policyId: support } }), 'not-found');
      // A hidden policy and an unknown one are answered alike.
      const ask = async (policy: string) => (await h.ok('check', { as, body: { permission, policy } })).body.reason;
      expect([await ask(support), await ask('p000000000000')]).toEqual(['not-granted', 'not-granted']);
    }
  });

  it('FP-16: only Modify Configuration for the policy edits it; its name is the account’s', async () => {
    const params = { policyId: sales };
    for (const permission of policyPermissions) {
      const as = await signedIn(...forSales(...needed(permission)));
      const edit = (policyId: string) =>
        h.call('updatePolicy', { as, params: { policyId }, body: { description: permission } });
      const mayEdit = permission === 'modifyConfiguration';
      if (mayEdit) expect((await edit(sales)).status).toBe(200);
      expectProblem(await edit(support), 'not-found');
      await refusedAs(
        'forbidden',
        ...(mayEdit ? [] : [() => edit(sales)]),
        () => h.call('updatePolicy', { as, params, body: { name: 'Renamed' } }),
        () => h.call('deletePolicy', { as, params }),
        () => h.call('createPolicy', { as, body: { name: 'New' } }),
      );
    }
    const as = await signedIn(...granted('modifyConfiguration'));
    const { id } = (await h.ok('createPolicy', { as, body: { name: 'New' } })).body;
    await h.ok('updatePolicy', { as, params: { policyId: id }, body: { name: 'Newer' } });
    await h.ok('deletePolicy', { as, params: { policyId: id } });
  });

  it('FP-14: an editor sees, gives and takes a permission for the policies for which they hold it', async () => {
    // Manage Users widens what its holder has for single policies: so for every policy, and not for the account.
    const as = await signedIn(...granted('manageUsers', 'viewConfiguration'), ...forSales('viewQuarantine'));
    const params = { userId: await t.user('Target') };
    const both = { permission: 'viewQuarantine', policies: [sales, support].sort() };
    await t.setGrants(params.userId, [both, ...granted('viewConfiguration', 'blockAndAllowLists')]);
    const { body } = await h.ok('getUserGrants', { as, params });
    expect(body.grants).toEqual([...granted('viewConfiguration'), both]);
    const less = [{ permission: 'viewQuarantine', policies: [support] }];
    expect((await t.setGrants(params.userId, less, as)).body.grants).toEqual(less);
    expect((await t.ok('getUserGrants', { params })).body.grants).toEqual([...granted('blockAndAllowLists'), ...less]);
    await refusedAs('not-held', () => t.setGrants(params.userId, granted('viewQuarantine'), as));
    await refusedAs('not-held', () => t.setGrants(params.userId, forSales('blockAndAllowLists'), as));
    await refusedAs('not-held', () => t.setGrants(params.userId, granted('superAdministrator'), as));
    const shown = (await h.ok('getCatalogue', { as })).body.permissions.map(({ id }: { id: string }) => id);
    expect(shown).toEqual(['manageUsers', 'viewConfiguration', 'viewQuarantine']);
  });
});

describe('Manage Users', () => {
  it('FP-24 FP-25 FP-26: applies what is granted for some policies to all, whichever set gives it, later ones too', async () => {
    const role = await t.role('User managers', granted('manageUsers'));
    const user = await holder(forSales('viewQuarantine'));
    expect(await allowed(user, support)).toEqual(['logOn']);
    await t.ok('addRoleMembers', { params: { roleId: role }, body: { members: [user] } });
    expect(await allowed(user, support)).toContain('searchQuarantine');
    const { id } = (await t.ok('createPolicy', { body: { name: 'Later' } })).body;
    expect(await allowed(user, id)).toContain('searchQuarantine');
    // All policies are not the account: a permission that names no policy is asked of the account.
    expect(await t.check(user, { permission: 'viewQuarantine' })).toBe(false);
    expect(await t.check(user, { permission: 'viewQuarantine', policy: id })).toBe(true);
    const wider = [{ permission: 'viewQuarantine', policies: [sales, support] }];
    await refusedAs('policies-not-applicable', () => t.setGrants(user, wider));
    await refusedAs('policies-not-applicable', () =>
      t.setGrants(user, [...forSales('viewQuarantine', 'viewConfiguration')]),
    );
    // Less, or for the account, is no refinement.
    expect((await t.setGrants(user, granted('viewQuarantine'))).status).toBe(200);
    expect((await t.setGrants(user, [])).status).toBe(200);
    await t.ok('deletePolicy', { params: { policyId: id } });
  });

  it('FP-26: given together with a refinement, or after it: the one is refused, the other rests (Q-10)', async () => {
    const user = await holder([]);
    const both = [...granted('manageUsers'), ...forSales('viewQuarantine')];
    await refusedAs('policies-not-applicable', () => t.setGrants(user, both));
    await t.setGrants(user, forSales('viewQuarantine'));
    expect((await t.setGrants(user, both)).status).toBe(200);
    expect(await allowed(user, support)).toContain('searchQuarantine');
    await t.setGrants(user, forSales('viewQuarantine'));
    expect(await allowed(user, support)).toEqual(['logOn']);
  });

  it('FP-25: widens nothing where every policy named is deleted', async () => {
    const { id } = (await t.ok('createPolicy', { body: { name: 'Short-lived' } })).body;
    const user = await holder([{ permission: 'viewQuarantine', policies: [id] }]);
    await t.ok('deletePolicy', { params: { policyId: id } });
    const role = await t.role('More managers', granted('manageUsers'), [user]);
    expect(await allowed(user, support)).not.toContain('searchQuarantine');
    await t.ok('deleteRole', { params: { roleId: role } });
  });
});

describe('what a set must have and must not', () => {
  it('FP-46 FP-47: View Quarantined Images needs View Quarantine in the same or a wider scope of the same set', async () => {
    const images = 'viewQuarantinedImages';
    const other = { permission: 'viewQuarantine', policies: [support] };
    const user = await holder([]);
    const role = await t.role('Images');
    const params = { roleId: role };
    const missing = 'permission-missing';
    for (const put of [
      (grants: object[]) => t.setGrants(user, grants),
      (grants: object[]) => t.roleGrants(role, grants),
    ]) {
      await refusedAs(missing, () => put(granted(images)));
      await refusedAs(missing, () => put([...forSales(images), other]));
      await refusedAs(missing, () => put([...granted(images), ...forSales('viewQuarantine')]));
      // What gives the same search is not the permission that is needed.
      await refusedAs(missing, () => put(granted(images, 'viewDeliveredMessages')));
      expect((await put([...forSales(images), ...granted('viewQuarantine')])).status).toBe(200);
      await refusedAs(missing, () => put(forSales(images)));
    }
    // One by one, on a role: the one that is needed comes first and goes last.
    await refusedAs(missing, () => t.call('removeRoleGrant', { params: { ...params, permission: 'viewQuarantine' } }));
    await t.ok('removeRoleGrant', { params: { ...params, permission: images } });
    await t.ok('removeRoleGrant', { params: { ...params, permission: 'viewQuarantine' } });
    await refusedAs(missing, () => t.call('addRoleGrant', { params, body: { permission: images } }));
    // Held by another set does not count; both in one request do, and go in one.
    await t.setGrants(user, granted('viewQuarantine'));
    await refusedAs(missing, () => t.roleGrants(role, granted(images)));
    expect((await t.setGrants(user, granted('viewQuarantine', images))).status).toBe(200);
    expect((await t.setGrants(user, [])).status).toBe(200);
  });

  it('FP-52: View Filtered Reports is not available beside View All Reports; over two sets all reports win', async () => {
    const filtered = 'viewFilteredReports';
    const fresh = await t.user('As made');
    expect((await t.ok('getUserGrants', { params: { userId: fresh } })).body.grants).toEqual(granted('viewAllReports'));
    const excluded = 'permission-excluded';
    const role = await t.role('Reports', granted('viewAllReports'));
    for (const grant of [...granted(filtered), ...forSales(filtered)]) {
      await refusedAs(excluded, () => t.setGrants(fresh, [...granted('viewAllReports'), grant]));
      await refusedAs(excluded, () => t.call('addRoleGrant', { params: { roleId: role }, body: grant }));
    }
    expect((await t.setGrants(fresh, forSales(filtered))).status).toBe(200);
    expect(await allowed(fresh, support)).not.toContain('runFilteredReports');
    await t.ok('addRoleMembers', { params: { roleId: role }, body: { members: [fresh] } });
    expect(await allowed(fresh, support)).toEqual(['logOn', 'reportingTab', 'runAllReports', 'runFilteredReports']);
  });

  it('FP-53: a feature taken from the account hides its permission: it is not granted, not extended, and gives nothing', async () => {
    const own = await h.tenant('email-security');
    const { id } = (await own.ok('createPolicy', { body: { name: 'Only' } })).body;
    const later = (await own.ok('createPolicy', { body: { name: 'Later' } })).body.id;
    const filtered = (...policies: string[]) => [{ permission: 'viewFilteredReports', policies }];
    const had = await own.user('Had');
    const never = await own.user('Never');
    for (const user of [had, never]) await own.setGrants(user, []);
    await own.setGrants(had, filtered(id));
    const ask = async (question: object) =>
      (await h.ok('check', { as: service(own.id), body: { user: had, policy: id, ...question } })).body;
    expect(await ask({ permission: 'viewFilteredReports' })).toMatchObject({ allowed: true });
    const features = async (list: string[]) => {
      const params = { tenantId: own.id };
      const as = { subject: 'operator', scope: 'holdfast/operator' };
      await h.ok('putFeatures', { as, params, body: { features: list }, headers: { 'if-match': '*' } });
    };
    await features([]);
    expect(await ask({ permission: 'viewFilteredReports' })).toMatchObject({ allowed: false, reason: 'feature-off' });
    for (const ability of ['runFilteredReports', 'reportingTab', 'logOn'])
      expect((await ask({ ability })).allowed, ability).toBe(false);
    const before = await h.facts(own.id);
    expectProblem(await own.setGrants(never, filtered(id)), 'feature-off');
    expectProblem(await own.setGrants(had, filtered(id, later)), 'feature-off');
    expect(await h.facts(own.id)).toEqual(before);
    // It may stay, and it may be taken away; back again, it counts again.
    await features(['filteredReports']);
    expect(await ask({ ability: 'runFilteredReports' })).toMatchObject({ allowed: true });
    await features([]);
    expect((await own.setGrants(had, [])).status).toBe(200);
  });
});

describe('the table of permissions', () => {
  it('FP-22 FP-23: policy, audit-trail and related permissions are added, refined and removed one by one', async () => {
    const role = await t.role('Table');
    const params = { roleId: role };
    const grants = async () => (await t.ok('getRoleGrants', { params })).body.grants;
    for (const permission of ['viewConfiguration', 'viewConfigurationAuditTrail', 'blockAndAllowLists'])
      await t.ok('addRoleGrant', { params, body: { permission, policies: [sales] } });
    await t.ok('addRoleGrant', { params, body: { permission: 'viewConfiguration', policies: [support] } });
    const both = [sales, support].sort();
    expect(await grants()).toEqual([
      ...forSales('blockAndAllowLists'),
      { permission: 'viewConfiguration', policies: both },
      ...forSales('viewConfigurationAuditTrail'),
    ]);
    await t.ok('removeRoleGrant', {
      params: { ...params, permission: 'viewConfiguration' },
      query: { policy: support },
    });
    await t.ok('removeRoleGrant', { params: { ...params, permission: 'blockAndAllowLists' } });
    expect(await grants()).toEqual(forSales('viewConfiguration', 'viewConfigurationAuditTrail'));
  });
});
