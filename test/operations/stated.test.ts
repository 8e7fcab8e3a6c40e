// Behaviours that only show through the API: who may reach what, what a refusal leaves alone, when a change applies.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { boot, type Harness, issuer, machine, person, service, type Tenant } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const roleNamed = async (t: Tenant, name: string): Promise<string> => {
  const { body } = await t.ok('listRoles');
  return body.items.find((role: { name: string }) => role.name === name).id;
};

describe('exchange-rules', () => {
  it('CT-01 CT-02 CT-06: the feature is a setting of each tenant, starts off with a recommendation, which goes when it is on', async () => {
    const [t, other] = [await h.tenant('exchange-rules'), await h.tenant('exchange-rules')];
    expect((await t.ok('getTenant')).body).toMatchObject({ enforced: false });
    expect((await t.ok('getTenant')).body.warnings).toContain('access-rights-not-enforced');
    await t.ok('updateTenant', { body: { enforced: true } });
    expect((await t.ok('getTenant')).body.warnings).not.toContain('access-rights-not-enforced');
    expect((await other.ok('getTenant')).body.enforced).toBe(false);
  });

  it('CT-07 CT-13 CT-14 CT-16 CT-21: a list of roles; one is added, edited in its parts apart from each other, and removed', async () => {
    const t = await h.tenant('exchange-rules');
    const { body: role, etag } = await t.ok('createRole', { body: { name: 'Helpers' } });
    const params = { roleId: role.id };
    const grants = await t.ok('getRoleGrants', { params });
    const members = await t.ok('listRoleMembers', { params });
    await t.ok('updateRole', { params, body: { description: 'They help.' }, headers: { 'if-match': etag ?? '' } });
    // The other parts have not moved: their tags still match.
    await t.ok('putRoleGrants', {
      params,
      body: { grants: [{ permission: 'createRules' }] },
      headers: { 'if-match': grants.etag ?? '' },
    });
    await t.ok('replaceRoleMembers', {
      params,
      body: { members: [t.firstUser] },
      headers: { 'if-match': members.etag ?? '' },
    });
    expect((await t.ok('getRole', { params })).body).toMatchObject({ description: 'They help.', users: 1 });
    const viewers = await roleNamed(t, 'Rules viewers');
    await t.ok('deleteRole', { params: { roleId: viewers } });
    await t.ok('deleteRole', { params });
    const left = (await t.ok('listRoles')).body.items.map(({ id }: { id: string }) => id);
    expect(left).not.toContain(role.id);
    expect(left).not.toContain(viewers);
  });

  it('CT-62 CT-63: without Manage access rights every change to roles is refused, and nothing changes', async () => {
    const t = await h.tenant('exchange-rules');
    const bob = await t.user('Bob', 'bob');
    const rules = await roleNamed(t, 'Rules administrators');
    await t.ok('addRoleMembers', { params: { roleId: rules }, body: { members: [bob] } });
    const params = { roleId: rules };
    const tag = async (id: 'getRoleGrants' | 'listRoleMembers') => ({
      'if-match': (await t.ok(id, { params })).etag ?? '',
    });
    const as = person(t.id, 'bob');
    const tries = [
      ['createRole', { body: { name: 'Mine' } }],
      ['cloneRole', { params, body: { name: 'Mine' } }],
      ['updateRole', { params, body: { name: 'Mine' } }],
      ['deleteRole', { params }],
      ['putRoleGrants', { params, body: { grants: [] }, headers: await tag('getRoleGrants') }],
      ['addRoleGrant', { params, body: { permission: 'manageAccessRights' } }],
      ['removeRoleGrant', { params: { ...params, permission: 'createRules' } }],
      ['addRoleMembers', { params, body: { members: [t.firstUser] } }],
      ['removeRoleMembers', { params, body: { members: [bob] } }],
      ['replaceRoleMembers', { params, body: { members: [] }, headers: await tag('listRoleMembers') }],
      ['updateTenant', { body: { enforced: true } }],
    ] as const;
    const before = await h.facts(t.id);
    for (const [id, request] of tries) {
      const reply = await h.call(id, { as, ...request });
      expect([id, reply.status, reply.body.code]).toEqual([id, 403, 'forbidden']);
    }
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('CT-44..49 CT-51: nobody takes the last one away, in any way; nothing stored and no answer changes', async () => {
    const t = await h.tenant('exchange-rules');
    await t.ok('updateTenant', { body: { enforced: true } });
    const keepers = await roleNamed(t, 'Program and rules administrators');
    const empty = await t.role('Empty keepers', [{ permission: 'manageAccessRights' }]);
    const params = { roleId: keepers };
    const me = { userId: t.firstUser };
    const grants = (await t.ok('getRoleGrants', { params })).etag ?? '';
    const members = (await t.ok('listRoleMembers', { params })).etag ?? '';
    const tries = [
      ['putRoleGrants', { params, body: { grants: [] }, headers: { 'if-match': grants } }],
      ['removeRoleGrant', { params: { ...params, permission: '*' } }],
      ['deleteRole', { params }],
      ['removeRoleMembers', { params, body: { members: [t.firstUser] } }],
      ['replaceRoleMembers', { params, body: { members: [] }, headers: { 'if-match': members } }],
      ['updateUser', { params: me, body: { state: 'disabled' } }],
      ['deleteUser', { params: me }],
      ['unbindUser', { params: me }],
    ] as const;
    const before = await h.facts(t.id);
    const effective = (await t.ok('getEffectivePermissions', { params: me })).body;
    for (const [id, request] of tries) {
      const reply = await t.call(id, request);
      expect([id, reply.status, reply.body.code]).toEqual([id, 409, 'last-access-manager']);
    }
    expect(await h.facts(t.id)).toEqual(before);
    expect((await t.ok('getEffectivePermissions', { params: me })).body).toEqual(effective);
    // The role without anybody in it counted for nothing; with a member it does.
    const bob = await t.user('Bob', 'bob');
    await t.ok('addRoleMembers', { params: { roleId: empty }, body: { members: [bob] } });
    expect((await t.call('deleteRole', { params })).status).toBe(204);
  });

  it('CT-105: how somebody signs in is no right of a role, and no catalogue has one for it', async () => {
    const t = await h.tenant('exchange-rules');
    const { permissions, abilities } = (await t.ok('getCatalogue')).body;
    expect(permissions.filter(({ id }: { id: string }) => /logon|signIn|authenticat/i.test(id))).toEqual([]);
    expect(abilities.find(({ id }: { id: string }) => id === 'logonSettingsTab').open).toBe('everyone');
    const bob = await t.user('Bob', 'bob');
    await t.ok('updateTenant', { body: { enforced: true } });
    expect((await h.ok('getTenant', { as: person(t.id, 'bob') })).status).toBe(200);
    expect(await t.check(bob, { ability: 'logonSettingsTab' })).toBe(true);
  });
});

describe('email-security', () => {
  it('FP-09 FP-10: the sync client gets Directory Synchronization; a second holder is a warning, not a refusal', async () => {
    const t = await h.tenant('email-security');
    const client = async (subject: string) => {
      const body = { kind: 'machine', name: subject, identity: { issuer, subject } };
      return (await t.ok('createUser', { body })).body.id as string;
    };
    const first = await t.setGrants(await client('sync-1'), [{ permission: 'directorySynchronization' }]);
    expect([first.status, first.body.warnings]).toEqual([200, undefined]);
    expect((await h.ok('listSources', { as: machine(t.id, 'sync-1', 'directory') })).status).toBe(200);
    const second = await t.setGrants(await client('sync-2'), [{ permission: 'directorySynchronization' }]);
    expect([second.status, second.body.warnings]).toEqual([
      200,
      ['more-holders-than-expected:directorySynchronization'],
    ]);
  });

  it('FP-18: users are edited by their id; several may share a full name and are not mixed up', async () => {
    const t = await h.tenant('email-security');
    const [one, two] = [await t.user('Kim Kay'), await t.user('Kim Kay')];
    await t.ok('updateUser', { params: { userId: one }, body: { login: 'kim.1' } });
    await t.setGrants(one, [{ permission: 'viewConfiguration' }]);
    expect(await t.check(one, { permission: 'viewConfiguration' })).toBe(true);
    expect(await t.check(two, { permission: 'viewConfiguration' })).toBe(false);
    const found = (await t.ok('listUsers', { query: { name: 'kim kay' } })).body.items;
    expect(found.map(({ id, login }: { id: string; login?: string }) => [id, login]).sort()).toEqual(
      [
        [one, 'kim.1'],
        [two, undefined],
      ].sort(),
    );
  });

  it('FP-19 FP-20 FP-22 FP-23 FP-27: grants are read, then replaced as read; until then nothing changes', async () => {
    const t = await h.tenant('email-security');
    const kim = await t.user('Kim');
    const params = { userId: kim };
    const sales = (await t.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
    const support = (await t.ok('createPolicy', { body: { name: 'Support' } })).body.id;
    const { body, etag = '' } = await t.ok('getUserGrants', { params });
    const wanted = [...body.grants, { permission: 'viewQuarantine', policies: [sales] }];
    // Without saying which state is edited, nothing is: the set is read-only.
    expect((await t.call('putUserGrants', { params, body: { grants: wanted } })).status).toBe(428);
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: sales })).toBe(false);
    await t.ok('putUserGrants', { params, body: { grants: wanted }, headers: { 'if-match': etag } });
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: sales })).toBe(true);
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: support })).toBe(false);
    // An editor who read it before is told, and nothing changes.
    const stale = await t.call('putUserGrants', { params, body: { grants: [] }, headers: { 'if-match': etag } });
    expect(stale.status).toBe(412);
    expect(await t.check(kim, { permission: 'viewAllReports' })).toBe(true);
  });

  it('FP-24..26: a holder of Manage Users has every policy, later ones too; refining is refused meanwhile', async () => {
    const t = await h.tenant('email-security');
    const kim = await t.user('Kim');
    const sales = (await t.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
    await t.setGrants(kim, [{ permission: 'viewQuarantine', policies: [sales] }]);
    const other = (await t.ok('createPolicy', { body: { name: 'Other' } })).body.id;
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: other })).toBe(false);
    await t.setGrants(kim, [{ permission: 'manageUsers' }, { permission: 'viewQuarantine', policies: [sales] }]);
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: other })).toBe(true);
    const later = (await t.ok('createPolicy', { body: { name: 'Later' } })).body.id;
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: later })).toBe(true);
    const before = await h.facts(t.id);
    const refined = await t.setGrants(kim, [
      { permission: 'manageUsers' },
      { permission: 'viewQuarantine', policies: [sales, other] },
    ]);
    expect([refined.status, refined.body.code]).toEqual([409, 'policies-not-applicable']);
    expect(await h.facts(t.id)).toEqual(before);
    await t.setGrants(kim, [{ permission: 'viewQuarantine', policies: [sales] }]);
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: other })).toBe(false);
    expect(await t.check(kim, { permission: 'viewQuarantine', policy: sales })).toBe(true);
  });

  it('FP-12 FP-13 FP-15 FP-16: policy administrators see and change their own policy and no other', async () => {
    const t = await h.tenant('email-security');
    const mine = (await t.ok('createPolicy', { body: { name: 'Mine' } })).body.id;
    const theirs = (await t.ok('createPolicy', { body: { name: 'Theirs' } })).body.id;
    const kim = await t.user('Kim', 'kim');
    await t.setGrants(kim, [{ permission: 'modifyConfiguration', policies: [mine] }]);
    const as = person(t.id, 'kim');
    const listed = (await h.ok('listPolicies', { as })).body.items.map(({ id }: { id: string }) => id);
    expect(listed).toEqual([mine]);
    await h.ok('updatePolicy', { as, params: { policyId: mine }, body: { description: 'changed' } });
    const hidden = await h.call('updatePolicy', { as, params: { policyId: theirs }, body: { description: 'no' } });
    const none = await h.call('updatePolicy', {
      as,
      params: { policyId: 'p000000000000' },
      body: { description: 'no' },
    });
    const bare = ({ body: { requestId: _, ...rest } }: typeof none) => rest;
    expect(hidden.status).toBe(404);
    expect(bare(hidden)).toEqual(bare(none));
    expect((await h.call('createPolicy', { as, body: { name: 'New' } })).body.code).toBe('forbidden');
    expect((await h.call('deletePolicy', { as, params: { policyId: mine } })).body.code).toBe('forbidden');
  });
});

describe('secure-exchanges', () => {
  it('SE-01 SE-02 SE-04..09: a group is named, exists without permission, and is then given some, one by one', async () => {
    const t = await h.tenant('secure-exchanges');
    const bob = await t.user('Bob');
    expect((await t.call('createRole', { body: { name: '   ' } })).body.code).toBe('invalid-request');
    const { body: group } = await t.ok('createRole', { body: { name: 'Billing' } });
    const params = { roleId: group.id };
    expect((await t.ok('getRoleGrants', { params })).body.grants).toEqual([]);
    await t.ok('addRoleMembers', { params, body: { members: [bob] } });
    expect((await t.ok('getEffectivePermissions', { params: { userId: bob } })).body.permissions).toEqual([]);
    await t.ok('addRoleGrant', { params, body: { permission: 'billing' } });
    expect(await t.check(bob, { permission: 'billing' })).toBe(true);
    expect(await t.check(bob, { permission: 'purchase' })).toBe(false);
    await t.ok('addRoleGrant', { params, body: { permission: 'purchase' } });
    expect(await t.check(bob, { permission: 'purchase' })).toBe(true);
  });

  it('SE-22 SE-23 SE-24 SE-25: the list counts users; several are chosen at once; it applies when saved, and at once', async () => {
    const t = await h.tenant('secure-exchanges');
    const users = [await t.user('A'), await t.user('B'), await t.user('C')];
    const role = await t.role('Support', [{ permission: 'userLogs' }]);
    const params = { roleId: role };
    const count = async () =>
      (await t.ok('listRoles')).body.items.find(({ id }: { id: string }) => id === role).users as number;
    const { etag = '' } = await t.ok('listRoleMembers', { params });
    expect(await count()).toBe(0);
    expect(await t.check(users[0] as string, { permission: 'userLogs' })).toBe(false);
    await t.ok('replaceRoleMembers', { params, body: { members: users }, headers: { 'if-match': etag } });
    expect(await count()).toBe(3);
    const shown = (await t.ok('listRoleMembers', { params })).body.items.map(({ name }: { name: string }) => name);
    expect(shown.sort()).toEqual(['A', 'B', 'C']);
    for (const user of users) expect(await t.check(user, { permission: 'userLogs' })).toBe(true);
    expect((await t.ok('getTenant')).body.changesTakeEffect).toBe('immediately');
  });
});

describe('checks', () => {
  it('a product names users by external id, and hears the same as by id', async () => {
    const t = await h.tenant();
    const { body } = await t.ok('createUser', { body: { kind: 'person', name: 'Ext', externalId: 'crm-17' } });
    const ask = (who: object) =>
      h.ok('check', { as: service(t.id), body: { ...who, permission: 'viewAllReports' } }).then((r) => r.body.allowed);
    expect([
      await ask({ user: body.id }),
      await ask({ externalId: 'crm-17' }),
      await ask({ externalId: 'none' }),
    ]).toEqual([true, true, false]);
  });
});
