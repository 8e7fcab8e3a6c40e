// Tenants: what is told to whom, the switch, the administrators group, features, quotas.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { quotas } from '../../shared/domain/base/quotas.ts';
import { join, putGroup } from '../support/facts.ts';
import { boot, type Harness, issuer, operator, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const anyTag = { 'if-match': '*' };
const keeperRole = async (t: Tenant): Promise<string> =>
  (await t.ok('listRoles')).body.items.find((r: { predefined?: string }) => r.predefined?.startsWith('programAndRules'))
    .id;
const groupsOf = async (t: Tenant, roleId: string): Promise<string[]> =>
  (await t.ok('listRoleMembers', { params: { roleId } })).body.items
    .filter((m: { type: string }) => m.type === 'group')
    .map((m: { id: string }) => m.id);

describe('a tenant', () => {
  it('FP-01 FP-02: is created with a first user who holds everything, and can sign in at once', async () => {
    const t = await h.tenant('email-security');
    const { body } = await t.ok('getEffectivePermissions', { params: { userId: t.firstUser } });
    const held = body.permissions.map((line: { permission: string }) => line.permission);
    const { body: catalogue } = await t.ok('getCatalogue');
    expect(held.sort()).toEqual(catalogue.permissions.map((one: { id: string }) => one.id).sort());
  });

  it('is created from a known catalogue only, and with clean names', async () => {
    const firstUser = { name: 'A', identity: { issuer, subject: 'a' } };
    for (const body of [
      { name: 'X', catalogue: 'unknown', firstUser },
      { name: '  ', firstUser },
      { name: 'X', firstUser: { ...firstUser, name: '\u0007' } },
      { name: 'x'.repeat(101), firstUser },
    ])
      expectProblem(await h.call('createTenant', { as: operator, body }), 'invalid-request');
    const { body } = await h.ok('createTenant', { as: operator, body: { name: ' Trimmed ', firstUser } });
    expect(body).toMatchObject({ name: 'Trimmed', catalogue: 'complete' });
  });

  it('CT-08: has predefined roles with names in its language, which are its own from then on', async () => {
    const rolesIn = async (language: string) => {
      const firstUser = { name: 'A', identity: { issuer, subject: language } };
      const body = { name: 'X', catalogue: 'exchange-rules', language, firstUser };
      const { id } = (await h.ok('createTenant', { as: operator, body })).body;
      return (await h.ok('listRoles', { as: person(id, language) })).body.items;
    };
    const french = await rolesIn('fr-CA');
    const named = french.map(({ predefined, name }: { predefined: string; name: string }) => [predefined, name]);
    expect(Object.fromEntries(named)).toEqual({
      programAndRulesAdministrators: 'Administrateurs du programme et des règles',
      rulesAdministrators: 'Administrateurs des règles',
      signaturesEditors: 'Éditeurs de signatures',
      rulesViewers: 'Lecteurs des règles',
    });
    const described = french.map(({ description }: { description: string }) => description);
    expect(described).toContain('Voir chaque règle, et n’en modifier aucune.');
    expect((await rolesIn('de')).map(({ name }: { name: string }) => name)).toContain('Rules viewers');
    const body = { name: 'X', language: 'f', firstUser: { name: 'A', identity: { issuer, subject: 'f' } } };
    expectProblem(await h.call('createTenant', { as: operator, body }), 'invalid-request');
  });

  it('is rehearsed without a trace: nothing is written, and the key stays free', async () => {
    const request = {
      as: operator,
      body: { name: 'Rehearsed', firstUser: { name: 'A', identity: { issuer, subject: 'rehearsed' } } },
      headers: { 'idempotency-key': 'rehearsed-tenant' },
    };
    const keysNow = async () => (await h.store.db.scan('T#')).map(({ PK, SK }) => `${PK} ${SK}`).sort();
    const before = await keysNow();
    const { body } = await h.ok('createTenant', { ...request, query: { dryRun: 'true' } });
    expect(body).toMatchObject({ dryRun: true, outcome: 'done', status: 201, answer: { name: 'Rehearsed' } });
    expect(await keysNow()).toEqual(before);
    expect((await h.ok('createTenant', request)).body.name).toBe('Rehearsed');
    expect((await keysNow()).length).toBeGreaterThan(before.length);
  });

  it('warns its keepers while there is only one of them, and no longer when there are two', async () => {
    const t = await h.tenant();
    const one = (await t.ok('getTenant')).body;
    expect(one).toMatchObject({ accessManagers: { users: [t.firstUser], more: false } });
    expect(one.warnings).toEqual(['only-one-access-manager']);
    const second = await t.user('Second', 'second');
    await t.role('Keepers', [{ permission: 'manageAccessRights' }], [second]);
    const two = (await t.ok('getTenant')).body;
    expect(two.accessManagers.users.sort()).toEqual([t.firstUser, second].sort());
    expect(two.warnings).toEqual([]);
    // A disabled user is no further access manager, so the warning returns.
    await t.ok('updateUser', { params: { userId: second }, body: { state: 'disabled' } });
    expect((await t.ok('getTenant')).body.warnings).toEqual(['only-one-access-manager']);
  });

  it('names those who would be access managers, and why they are none (Q-22)', async () => {
    const t = await h.tenant();
    const never = await t.user('Never signed in');
    const machine = (await t.ok('createUser', { body: { kind: 'machine', name: 'Client' } })).body.id;
    const gone = await t.user('Disabled', 'disabled');
    const other = await t.user('Other', 'other');
    await t.role('Keepers', [{ permission: 'manageAccessRights' }], [never, machine, gone]);
    await t.role('Others', [{ permission: 'billing' }], [other]);
    await t.ok('updateUser', { params: { userId: gone }, body: { state: 'disabled' } });
    const { accessManagers, warnings } = (await t.ok('getTenant')).body;
    expect(warnings).toEqual(['only-one-access-manager']);
    expect(accessManagers.users).toEqual([t.firstUser]);
    expect(new Map(accessManagers.wouldNotCount.map((one: object) => Object.values(one)))).toEqual(
      new Map([
        [never, 'never-signed-in'],
        [machine, 'machine'],
        [gone, 'disabled'],
      ]),
    );
  });

  it('names twenty keepers, and says when there are more', async () => {
    const t = await h.tenant();
    const many = [];
    for (let n = 0; n < 21; n += 1) {
      const identity = { issuer, subject: `machine-${n}` };
      await t.ok('createUser', { body: { kind: 'machine', name: `M${n}`, identity } });
      many.push(await t.user(`Keeper ${n}`, `keeper-${n}`));
    }
    await t.role('Keepers', [{ permission: 'manageAccessRights' }], many.slice(0, 19));
    expect((await t.ok('getTenant')).body.accessManagers).toMatchObject({ more: false });
    await t.role('More keepers', [{ permission: '*' }], many.slice(19));
    const { users, more } = (await t.ok('getTenant')).body.accessManagers;
    expect([users.length, more]).toEqual([20, true]);
  });

  it('shows keepers the quotas and their use, and others only what concerns everybody', async () => {
    const t = await h.tenant();
    const before = (await t.ok('getTenant')).body.quotas;
    expect(before.map(({ quota, limit }: { quota: string; limit: number }) => [quota, limit])).toEqual(
      Object.entries(quotas).map(([quota, [limit]]) => [quota, limit]),
    );
    const user = await t.user('Plain', 'plain');
    await t.role('Counted', [], [user, (await putGroup(t, 'In it')).id]);
    await t.ok('createPolicy', { body: { name: 'Counted' } });
    const owner = await t.role('Creators', [{ permission: '*' }], [t.firstUser]);
    const { etag = '', body: had } = await t.ok('getCategories');
    const list = { categories: [...had.categories, { name: 'Counted' }] };
    const { body: has } = await t.ok('putCategories', { body: list, headers: { 'if-match': etag } });
    const categories = [has.categories.at(-1).id];
    await t.ok('createRule', { body: { type: 'signatureRule', name: 'Counted', owner, categories } });
    const operations = [{ operation: 'createRole', body: { name: 'Later' } }];
    await t.ok('createDraft', { body: { name: 'Counted', operations } });
    const used = (list: { quota: string; used?: number }[], name: string) =>
      list.find((q) => q.quota === name)?.used ?? 0;
    const after = (await t.ok('getTenant')).body.quotas;
    const more = Object.keys(quotas).map((quota) => [quota, used(after, quota) - used(before, quota)]);
    const { bookBytes, ...counted } = Object.fromEntries(more.filter(([, n]) => n !== 0));
    expect(bookBytes).toBeGreaterThan(500);
    expect(counted).toEqual({
      ...{ roles: 2, membersPerRole: 1, groupsPerRole: 1, memberships: 2, groups: 1, policies: 1 },
      ...{ rules: 1, categories: 1, categoriesPerRule: 1, drafts: 1, draftsPerAuthor: 1 },
    });
    const { body } = await t.ok('getTenant', { as: person(t.id, 'plain') });
    expect(Object.keys(body).sort()).toEqual(
      ['administratorsGroup', 'catalogue', 'changesTakeEffect', 'createdAt', 'enforced', 'id', 'name'].sort(),
    );
  });
});

describe('the catalogue', () => {
  const titles = (body: { permissions: { id: string; title: string }[] }) =>
    Object.fromEntries(body.permissions.map(({ id, title }) => [id, title]));

  it('is answered in the language that is asked for, and in English where there is none', async () => {
    const t = await h.tenant('secure-exchanges');
    const inThat = async (language?: string) =>
      (await t.ok('getCatalogue', language === undefined ? {} : { query: { language } })).body;
    const english = await inThat();
    expect(english).toMatchObject({ title: 'Secure exchanges', language: 'en', languages: ['en', 'fr'] });
    expect(await inThat('en')).toEqual(english);
    expect(await inThat('de-AT')).toEqual(english);
    const french = await inThat('fr-CA');
    expect(french).toMatchObject({ title: 'Échanges sécurisés', language: 'fr', languages: ['en', 'fr'] });
    expect(french.predefinedRoles).toMatchObject([{ id: 'administrators', name: 'Administrateurs' }]);
    expect(titles(french)).toMatchObject({ businessManagement: 'Gestion de l’entreprise', billing: 'Facturation' });
    expect(new Set(french.permissions.map(({ area }: { area: string }) => area))).toEqual(
      new Set(['Organisation', 'Journaux', 'Droits d’accès']),
    );
    expect(titles(english)).toMatchObject({ businessManagement: 'Business management', billing: 'Billing' });
    for (const language of ['', 'français', 'fr_CA', 'fr, en;q=0.5'])
      expectProblem(await t.call('getCatalogue', { query: { language } }), 'invalid-request');
  });

  it('FP-14: shows no more of itself in another language', async () => {
    const t = await h.tenant('email-security');
    await t.user('Reader', 'reader');
    const as = person(t.id, 'reader');
    const seen = async (language: string) => (await h.ok('getCatalogue', { as, query: { language } })).body;
    expect(titles(await seen('fr'))).toEqual({ viewAllReports: 'Voir tous les rapports' });
    expect(Object.keys(await seen('fr'))).toEqual(Object.keys(await seen('en')));
    expect(await seen('fr')).not.toHaveProperty('predefinedRoles');
  });
});

describe('the switch', () => {
  it('CT-30 CT-31: the administrators group joins at the first enabling, and at no later one', async () => {
    const t = await h.tenant('exchange-rules');
    const role = await keeperRole(t);
    const group = await putGroup(t, 'Administrators');
    const member = await t.user('Administrator', 'administrator');
    await join(t, group, [member]);
    await t.ok('updateTenant', { body: { administratorsGroup: group.id } });
    expect(await groupsOf(t, role)).toEqual([]);

    const { body } = await t.ok('updateTenant', { body: { enforced: true } });
    expect(body.warnings).toBeUndefined();
    expect(await groupsOf(t, role)).toEqual([group.id]);
    expect(await t.check(member, { permission: 'manageAccessRights' })).toBe(true);

    await t.ok('removeRoleMembers', { params: { roleId: role }, body: { members: [group.id] } });
    for (const enforced of [false, true]) await t.ok('updateTenant', { body: { enforced } });
    expect(await groupsOf(t, role)).toEqual([]);
    expect(await t.check(member, { permission: 'manageAccessRights' })).toBe(false);
  });

  it('CT-30: one request may name the group and switch on', async () => {
    const t = await h.tenant('exchange-rules');
    const group = await putGroup(t, 'Administrators');
    await join(t, group, [await t.user('Administrator')]);
    await t.ok('updateTenant', { body: { enforced: true, administratorsGroup: group.id } });
    expect(await groupsOf(t, await keeperRole(t))).toEqual([group.id]);
  });

  it('CT-32: after it somebody can manage access rights, though the group is empty or not named', async () => {
    const nobody = await h.tenant('exchange-rules');
    const { body } = await nobody.ok('updateTenant', { body: { enforced: true } });
    expect(body.warnings).toEqual(['no-active-administrators-group']);
    expect(await nobody.check(nobody.firstUser, { permission: 'manageAccessRights' })).toBe(true);

    const empty = await h.tenant('exchange-rules');
    const group = await putGroup(empty, 'Empty');
    const disabled = await empty.user('Disabled');
    await join(empty, group, [disabled]);
    await empty.ok('updateUser', { params: { userId: disabled }, body: { state: 'disabled' } });
    const on = await empty.ok('updateTenant', { body: { enforced: true, administratorsGroup: group.id } });
    expect(on.body.warnings).toEqual(['no-active-administrators-group']);
    expect(await empty.check(empty.firstUser, { permission: 'manageAccessRights' })).toBe(true);
    // The warning comes once, because the next change does not touch the switch.
    expect((await empty.ok('updateTenant', { body: { name: 'Named' } })).body.warnings).toBeUndefined();
  });

  it('CT-03: while it is off every active user is allowed everything, unenforced; Holdfast itself stays guarded', async () => {
    const t = await h.tenant('exchange-rules');
    const user = await t.user('Nobody', 'nobody');
    const ask = async (body: object) => (await t.ok('check', { body })).body;
    const anything = { permission: 'manageAccessRights' };
    expect(await ask({ user, ...anything })).toMatchObject({ allowed: true, enforced: false, reason: 'not-enforced' });
    expectProblem(await t.call('createRole', { as: person(t.id, 'nobody'), body: { name: 'X' } }), 'forbidden');
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    expect(await ask({ user, ...anything })).toMatchObject({ allowed: false, reason: 'user-disabled' });
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'active' } });
    await t.ok('updateTenant', { body: { enforced: true } });
    expect(await ask({ user, ...anything })).toMatchObject({ allowed: false, enforced: true, reason: 'not-granted' });
    // Who holds a permission is asked of the grants, whether or not they are enforced just now.
    await t.ok('updateTenant', { body: { enforced: false } });
    const { body } = await t.ok('listHolders', { body: anything });
    expect(body.items).toEqual([{ user: t.firstUser, kind: 'person', scope: 'account' }]);
  });

  it('changes nothing and leaves no event when it is where it should be', async () => {
    const t = await h.tenant();
    const before = await h.items(t.id);
    await t.ok('updateTenant', { body: { enforced: true, changesTakeEffect: 'nextLogon' } });
    expect(await h.items(t.id)).toEqual(before);
  });

  it('names only groups that there are', async () => {
    const t = await h.tenant('exchange-rules');
    const body = { administratorsGroup: `g${'0'.repeat(20)}` };
    expectProblem(await t.call('updateTenant', { body }), 'invalid-request');
    const group = await putGroup(t, 'Named');
    expect((await t.ok('updateTenant', { body: { administratorsGroup: group.id } })).body.administratorsGroup).toBe(
      group.id,
    );
    expect((await t.ok('updateTenant', { body: { administratorsGroup: null } })).body.administratorsGroup).toBeNull();
  });
});

describe('features', () => {
  const put = (t: Tenant, features: string[]) =>
    h.call('putFeatures', { as: operator, params: { tenantId: t.id }, headers: anyTag, body: { features } });

  it('FP-53: an operator takes one away; what needs it can then not be granted, nor is it held', async () => {
    const t = await h.tenant('email-security');
    const user = await t.user('Reports');
    await t.setGrants(user, [{ permission: 'viewFilteredReports' }]);
    expect(await t.check(user, { permission: 'viewFilteredReports' })).toBe(true);
    expect((await put(t, [])).body).toEqual({ features: [] });
    const { body } = await t.ok('check', { body: { user, permission: 'viewFilteredReports' } });
    expect(body).toMatchObject({ allowed: false, reason: 'feature-off' });
    expectProblem(await t.setGrants(await t.user('Other'), [{ permission: 'viewFilteredReports' }]), 'feature-off');
    // What stands there already may stay while something else of the set is changed.
    expect((await t.setGrants(user, [{ permission: 'viewFilteredReports' }, { permission: 'logExport' }])).status).toBe(
      200,
    );
    await put(t, ['filteredReports']);
    expect(await t.check(user, { permission: 'viewFilteredReports' })).toBe(true);
  });

  it('FP-33: full traffic logs can be downloaded only where the account has them', async () => {
    const t = await h.tenant('email-security');
    const user = await t.user('Logs');
    await t.setGrants(user, [{ permission: 'logExport' }]);
    expect(await t.check(user, { ability: 'exportLogs' })).toBe(true);
    expect(await t.check(user, { ability: 'downloadTrafficLogs' })).toBe(false);
    await put(t, ['filteredReports', 'fullTrafficLogging']);
    expect(await t.check(user, { ability: 'downloadTrafficLogs' })).toBe(true);
  });

  it('are those of the catalogue, named by operators to tenants that exist', async () => {
    const t = await h.tenant('email-security');
    expectProblem(await put(t, ['unknown']), 'invalid-request');
    const { body } = await h.ok('getFeatures', { as: operator, params: { tenantId: t.id } });
    expect(body.available.map(({ id }: { id: string }) => id)).toEqual(['fullTrafficLogging', 'filteredReports']);
    const query = { language: 'fr' };
    const { body: french } = await h.ok('getFeatures', { as: operator, params: { tenantId: t.id }, query });
    expect(french.available).toMatchObject([
      { title: 'Journalisation complète du trafic' },
      { title: 'Rapports filtrés' },
    ]);
    expect((await put(t, ['filteredReports', 'filteredReports'])).body.features).toEqual(['filteredReports']);
  });
});
