// Reviewing: who holds a permission, why, and what would end it.
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, consoleUrl, eventually, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

const helpDesk = async () => {
  const tenant = await newTenant('secure-exchanges');
  const bo = await tenant.person('Bo "=cmd" Bold', { login: 'bo' });
  const { id } = await tenant.api.createRole({ body: { name: 'Help desk' } });
  await tenant.api.addRoleGrant({ params: { roleId: id }, body: { permission: 'billing' } });
  await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
  return { tenant, bo, role: id };
};

describe.skipIf(noBrowser)('a review', () => {
  it('says who holds a permission, and why: in words, as a picture, with what would end it (CT-81..84)', async () => {
    const { tenant, bo } = await helpDesk();
    const page = await openAs(tenant, tenant, '/review?tab=holders&permission=billing');
    const row = page.getByRole('row', { name: /Bo "=cmd" Bold/ });
    await row.waitFor();
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor();
    await accessible(page);
    await row.getByRole('link', { name: 'Why' }).click();
    await page.getByText('Allowed', { exact: true }).waitFor();
    await page.getByText('by the role').waitFor();
    await page.getByRole('img', { name: 'The ways as a picture' }).waitFor();
    await page.getByText('Membership in the role').waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'End it' }).click();
    const dialog = page.getByRole('dialog', { name: 'End this access of Bo "=cmd" Bold?' });
    await dialog.getByRole('cell', { name: 'Billing' }).waitFor();
    await dialog.getByText('It ends at once.').waitFor();
    await accessible(page);
    await page.setViewportSize({ width: 390, height: 500 });
    await dialog.getByRole('button', { name: 'End it' }).click();
    const answer = page.getByText('Not allowed');
    await answer.waitFor();
    await eventually(async () => {
      const { y = -1 } = (await answer.boundingBox()) ?? {};
      return y > 0 && y < 500;
    }).toBe(true);
    const check = await tenant.api.check({ body: { user: bo.id as never, permission: 'billing' } });
    expect(check.allowed).toBe(false);
  });

  it('tells where the button was that an end waits, and gathers it once (CT-25, CT-84)', async () => {
    const tenant = await newTenant('exchange-rules');
    await tenant.api.updateTenant({ body: { enforced: true } });
    const bo = await tenant.person('Bo Bold');
    const { id } = await tenant.api.createRole({ body: { name: 'Night shift' } });
    await tenant.api.addRoleGrant({ params: { roleId: id }, body: { permission: 'createRules' } });
    await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
    const page = await openAs(tenant, tenant, `/review?tab=why&permission=createRules&user=${bo.id}`, {
      viewport: { width: 390, height: 844 },
    });
    await page.getByRole('button', { name: 'End it' }).click();
    const dialog = page.getByRole('dialog', { name: 'End this access of Bo Bold?' });
    await dialog.getByText('Night shift').first().waitFor();
    await dialog.getByText('It waits with your other changes').waitFor();
    await dialog.getByRole('button', { name: 'End it' }).click();
    const told = page.getByText('Waits: it ends when you submit.');
    await told.waitFor();
    const { y = 0, height = 0 } = (await told.boundingBox()) ?? {};
    expect(y).toBeGreaterThan(0);
    expect(y + height).toBeLessThan(844);
    await expect(page.getByRole('button', { name: 'End it' }).count()).resolves.toBe(0);
    await page.getByRole('link', { name: 'To the waiting changes' }).click();
    await page.getByRole('heading', { name: 'Waiting changes', level: 1 }).waitFor();
    // The permission is not all that the role gave: the rest is a click away.
    await page.getByText('Night shift also gives rights on rules: View').waitFor();
    await page.getByText('Who leaves it loses them, unless another role gives them.').waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Night shift' }).last().click();
    await page.getByRole('tab', { name: 'Rules rights', selected: true }).waitFor();
  });

  it('FP-12: says for which policies each holder holds it, sorted by name, on the page and in the file', async () => {
    const tenant = await newTenant('email-security');
    const policy = async (name: string) => (await tenant.api.createPolicy({ body: { name } })).id;
    const [sales, marketing] = [await policy('Sales'), await policy('Marketing')];
    for (const [name, policies] of [
      ['Zoe Zander', [sales]],
      ['Jonas Nilsen', [sales, marketing]],
    ] as const) {
      const { id } = await tenant.person(name);
      const grants = [{ permission: 'viewQuarantine', policies: [...policies] }];
      await tenant.api.putUserGrants({ params: { userId: id as never }, body: { grants }, ifMatch: '*' });
    }
    const asked: string[] = [];
    const page = await openAs(tenant, tenant, '/me');
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${consoleUrl()}review?tab=holders&ability=searchQuarantine`);
    await page.getByRole('row', { name: /Zoe Zander Person Sales Why/ }).waitFor();
    await page.getByRole('row', { name: /Jonas Nilsen Person (Sales, Marketing|Marketing, Sales) Why/ }).waitFor();
    await page.getByRole('row', { name: /Ada Admin Person The whole account Why/ }).waitFor();
    const users = page.getByRole('rowheader').getByRole('link');
    expect(await users.allInnerTexts()).toEqual(['Ada Admin', 'Jonas Nilsen', 'Zoe Zander']);
    expect(asked.filter((path) => path.endsWith('/v1/holders')).length).toBe(1);
    expect(asked.filter((path) => /^\/v1\/.*(effective|explain)/.test(path))).toEqual([]);
    await accessible(page);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as CSV' }).click(),
    ]);
    expect(await text(await file.createReadStream())).toContain('Zoe Zander,Person,Search the quarantine,Sales\r\n');
  });

  it('asks about the whole account, and says when a permission is held for single policies only', async () => {
    const tenant = await newTenant('email-security');
    const mia = await tenant.person('Mia Mild');
    const { id } = await tenant.api.createPolicy({ body: { name: 'Sales' } });
    await tenant.api.putUserGrants({
      params: { userId: mia.id as never },
      body: { grants: [{ permission: 'viewQuarantine', policies: [id] }] },
      ifMatch: '*',
    });
    const page = await openAs(tenant, tenant, `/review?tab=why&permission=viewQuarantine&user=${mia.id}`);
    await page.getByText('Not allowed').waitFor();
    await page.getByText('Held for single policies only: choose one.').waitFor();
    await page.getByRole('button', { name: 'Policy The whole account' }).click();
    await page.getByRole('option', { name: 'Sales' }).click();
    await page.getByText('Allowed', { exact: true }).waitFor();
    await expect(page.getByText('Held for single policies only: choose one.').count()).resolves.toBe(0);
  });

  it('CT-81..85: why somebody can edit rules is found by plain words, answered role by role, and ended', async () => {
    const tenant = await newTenant('exchange-rules');
    await tenant.api.updateTenant({ body: { enforced: true } });
    const bo = await tenant.person('Bo Bold');
    const make = async (name: string, newRules: object) => {
      const { id } = await tenant.api.createRole({ body: { name } });
      await tenant.api.putRuleRights({ params: { roleId: id }, body: { newRules }, ifMatch: '*' });
      await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
      return id;
    };
    const night = await make('Night shift', { view: true, edit: true });
    await make('Readers', { view: true, edit: false });
    await tenant.api.addRoleGrant({ params: { roleId: night }, body: { permission: 'manageOptions' } });
    for (const name of ['Footer', 'Banner']) await tenant.api.createRule({ body: { type: 'signatureRule', name } });
    const [, banner] = (await tenant.api.listRules({ query: {} })).items;
    const rights = { rules: [{ rule: banner!.id, edit: false }] };
    await tenant.api.putRuleRights({ params: { roleId: night }, body: rights, ifMatch: '*' });

    const page = await openAs(tenant, tenant, `/users/${bo.id}`);
    // What the person can do to rules is part of what the person can do.
    const line = page.getByRole('row', { name: /Edit rules.*1 of 2 rules.*Footer.*Night shift/ });
    await line.waitFor();
    await page.getByRole('row', { name: /View rules.*All 2 rules.*Night shift, Readers/ }).waitFor();
    await page.getByRole('row', { name: /Delete rules.*On no rule/ }).waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Ask why' }).click();
    await page.getByText('Choose what it is about.').waitFor();
    await expect.poll(() => page.getByRole('combobox', { name: 'User' }).inputValue()).toBe('Bo Bold');

    const what = page.getByRole('button', { name: /Permission, ability or right on rules/ });
    await what.click();
    const list = page.getByRole('listbox');
    await list.getByText('What permissions open').waitFor();
    const groups = ['Access rights', 'Program', 'Rules', 'Rule actions', 'Rights on rules', 'What permissions open'];
    const places: number[] = [];
    for (const group of groups) {
      const { y } = (await list.getByText(group, { exact: true }).boundingBox())!;
      places.push(y);
    }
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const find = page.getByPlaceholder('Find by words');
    await find.fill('gibberish');
    await page.getByText('Nothing found. Try one word less').waitFor();
    await accessible(page);
    await find.fill('rules edit');
    await page.getByRole('option', { name: /Manage rules Conditions and Exceptions/ }).waitFor();
    // The nearest name is the first: a name itself, then names that begin so, then names with every word.
    await find.fill('EDIT  rules');
    await expect.poll(() => page.getByRole('option').first().textContent()).toMatch(/^Edit rules/);
    await find.fill('delete');
    await expect.poll(() => page.getByRole('option').first().textContent()).toMatch(/^Delete/);
    await find.fill('rules manage');
    await expect.poll(() => page.getByRole('option').first().textContent()).toMatch(/^Manage rules/);
    await accessible(page);
    await find.fill('edit rules');
    await page.getByRole('option', { name: /^Edit rules/ }).click();

    await page.getByText('Allowed on 1 of 2 rules').waitFor();
    await page.getByText('a permission says what can be changed in it. Held: Manage rules Options.').waitFor();
    const given = page.getByRole('row', { name: /Night shift.*direct.*1 of 2 rules.*Footer.*Yes/ });
    await given.waitFor();
    await page.getByText('Choose a rule to see every way to the right on that one rule').waitFor();
    await expect(page.getByRole('row', { name: /Readers/ }).count()).resolves.toBe(0);
    await accessible(page);

    // About one rule, the service tells every way, and a smallest set of what would end it.
    await given.getByRole('link', { name: 'Footer' }).click();
    await page.getByText('A role gives the right on this rule.').waitFor();
    await page.getByText('Membership in the role').waitFor();
    await accessible(page);
    await page.goBack();

    // On a telephone the table is wider than the screen, so what ends the access stands at its beginning.
    const { pathname, search } = new URL(page.url());
    const viewport = { width: 390, height: 844 };
    const phone = await openAs(tenant, tenant, pathname.replace('/console', '') + search, { viewport });
    const takeOut = phone.getByRole('button', { name: 'Take out of the role: Bo Bold, Night shift' });
    await takeOut.waitFor();
    const { x = 390, width = 0 } = (await takeOut.boundingBox()) ?? {};
    expect(x + width).toBeLessThan(390);

    await given.getByRole('button', { name: 'Take out of the role: Bo Bold, Night shift' }).click();
    const dialog = page.getByRole('dialog', { name: 'Take Bo Bold out of Night shift?' });
    await dialog.getByText('its rights on rules included').waitFor();
    await dialog.getByRole('button', { name: 'Take out of the role' }).click();
    await page.getByText('Waits: it ends when you submit.').waitFor();
    await page
      .getByRole('link', { name: /waiting changes/i })
      .first()
      .waitFor();
  });

  it('CT-84: tells what one end adds to those that wait, and of rights on rules only where there are any', async () => {
    const tenant = await newTenant('exchange-rules');
    await tenant.api.updateTenant({ body: { enforced: true } });
    const bo = await tenant.person('Bo Bold');
    for (const [name, permission, newRules] of [
      ['Night shift', 'manageOptions', { view: true, edit: true }],
      ['Readers', 'createRules', { view: true, edit: true }],
      ['Clerks', 'manageConditions', { view: false, edit: false }],
    ] as const) {
      const { id } = await tenant.api.createRole({ body: { name } });
      await tenant.api.putRuleRights({ params: { roleId: id }, body: { newRules }, ifMatch: '*' });
      await tenant.api.addRoleGrant({ params: { roleId: id }, body: { permission } });
      await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
    }
    const page = await openAs(tenant, tenant, `/review?tab=why&right=edit&user=${bo.id}`);
    const leave = async (role: string) => {
      await page.getByRole('button', { name: `Take out of the role: Bo Bold, ${role}` }).click();
      return page.getByRole('dialog', { name: `Take Bo Bold out of ${role}?` });
    };
    const first = await leave('Night shift');
    await first.getByRole('cell', { name: 'Manage rules Options' }).waitFor();
    await first.getByText('Night shift also gives rights on rules: View, Edit. Who leaves it loses them').waitFor();
    await expect(first.getByText('that waits').count()).resolves.toBe(0);
    await first.getByRole('button', { name: 'Take out of the role' }).click();
    await page.getByText('Waits: it ends when you submit.').waitFor();
    const second = await leave('Readers');
    await second.getByText('What this adds to the change that waits:').waitFor();
    await second.getByRole('cell', { name: 'Create new rules', exact: true }).waitFor();
    await second.getByText('Readers also gives rights on rules: View, Edit.').waitFor();
    // What the other role gave goes with the other change.
    await expect(second.getByText('Manage rules Options').count()).resolves.toBe(0);
    await expect(second.getByText('Night shift').count()).resolves.toBe(0);
    await accessible(page);
    await second.getByRole('button', { name: 'Cancel' }).click();
    await page.goto(`${consoleUrl()}review?tab=why&permission=manageConditions&user=${bo.id}`);
    await page.getByRole('button', { name: 'End it' }).click();
    const third = page.getByRole('dialog', { name: 'End this access of Bo Bold?' });
    await third.getByRole('cell', { name: 'Manage rules Conditions and Exceptions', exact: true }).waitFor();
    await page.waitForLoadState('networkidle');
    await expect(third.getByText('rights on rules').count()).resolves.toBe(0);
  });

  it('CT-81, CT-85: who can edit a rule is whoever is in a role that gives it, and is in the review of a person', async () => {
    const tenant = await newTenant('exchange-rules');
    const bo = await tenant.person('Bo Bold');
    const { id } = await tenant.api.createRole({ body: { name: 'Night shift' } });
    await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
    for (const name of ['Footer', 'Banner']) await tenant.api.createRule({ body: { type: 'signatureRule', name } });
    const rule = (await tenant.api.listRules({ query: {} })).items.find(({ name }) => name === 'Banner')!;
    const rights = { rules: [{ rule: rule.id, edit: false }] };
    await tenant.api.putRuleRights({ params: { roleId: id }, body: rights, ifMatch: '*' });
    const page = await openAs(tenant, tenant, '/review?tab=holders&right=edit');
    const night = page.getByRole('row', { name: /Night shift.*1 user.*1 of 2 rules.*Footer/ });
    await night.waitFor();
    await page.getByRole('row', { name: /Program and rules administrators.*1 user.*All 2 rules/ }).waitFor();
    // Nobody is in it.
    await expect(page.getByRole('row', { name: /Rules viewers/ }).count()).resolves.toBe(0);
    await accessible(page);
    await page.getByRole('button', { name: /Rule Every rule/ }).click();
    await page.getByRole('option', { name: 'Banner' }).click();
    await night.waitFor({ state: 'detached' });
    await page.goto(`${consoleUrl()}review?tab=access&user=${bo.id}`);
    await page.getByRole('row', { name: /Edit rules.*Rights on rules.*Footer.*Night shift/ }).waitFor();
    await page.getByRole('row', { name: /View rules.*Rights on rules.*All 2 rules.*Night shift/ }).waitFor();
    await expect(page.getByRole('row', { name: /Delete rules/ }).count()).resolves.toBe(0);

    // Who manages no access rights is not led to this page, which says why it does not open.
    const own = await openAs(tenant, bo, '/me');
    await own.getByRole('link', { name: 'What you may do to each rule' }).click();
    await own.getByRole('heading', { name: 'Rules', level: 1 }).waitFor();
    await own.goto(`${consoleUrl()}review?tab=why&right=edit`);
    await own.getByText('Ask somebody who manages access rights').waitFor();
    await expect(own.getByText('content-type').count()).resolves.toBe(0);
  });

  it('CT-85: answers about rights on rules before there is a rule, and keeps the question for who comes back', async () => {
    const tenant = await newTenant('exchange-rules');
    const bo = await tenant.person('Bo Bold');
    const mia = await tenant.person('Mia Mild');
    for (const name of ['Night shift', 'Day shift']) {
      const { id } = await tenant.api.createRole({ body: { name } });
      const newRules = { view: true, edit: true };
      await tenant.api.putRuleRights({ params: { roleId: id }, body: { newRules }, ifMatch: '*' });
      await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
    }
    const { items } = await tenant.api.listRoles({ query: {} });
    const viewers = items.find(({ name }) => name === 'Rules viewers')!;
    await tenant.api.addRoleMembers({ params: { roleId: viewers.id }, body: { members: [mia.id as never] } });
    const page = await openAs(tenant, tenant, `/review?tab=why&right=edit&user=${mia.id}`);
    await page.getByText('No: no role gives it. There is no rule yet.').waitFor();
    await page.goto(`${consoleUrl()}review?tab=why&right=edit&user=${bo.id}`);
    const answer = page.getByText('Yes: 2 roles give it. There is no rule yet.');
    await answer.waitFor();
    await page.getByRole('row', { name: /Night shift.*direct/ }).waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Groups', exact: true }).click();
    await page.getByRole('heading', { name: /^Groups/, level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Who may do what' }).click();
    await answer.waitFor();
    await expect.poll(() => page.getByRole('combobox', { name: 'User' }).inputValue()).toBe('Bo Bold');
    // Who asks anew on the page begins anew.
    await page.getByRole('link', { name: 'Who may do what' }).click();
    await answer.waitFor({ state: 'detached' });
  });

  it('begins with nobody and nothing chosen, and words what is not named so that it cannot be misread', async () => {
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/review?tab=why');
    await page.getByText('Choose a user, and what it is about.').waitFor();
    await expect(page.getByRole('combobox', { name: 'User' }).inputValue()).resolves.toBe('');
    await accessible(page);
    // Without a type, a permission is asked about for all types together, and an ability for at least one.
    await page.goto(`${consoleUrl()}review?tab=why&permission=editActions&user=${tenant.id}`);
    await page.getByRole('button', { name: /Type of action.*All types of action together/ }).waitFor();
    await page.getByText('Says nothing of single types').first().waitFor();
    await page.goto(`${consoleUrl()}review?tab=why&ability=actionsTab&user=${tenant.id}`);
    await page.getByRole('button', { name: /Type of action.*At least one type of action/ }).waitFor();
    await page.goto(`${consoleUrl()}review?tab=why&permission=manageAccessRights&user=${tenant.id}`);
    await page.getByText('Allowed', { exact: true }).waitFor();
    await expect(page.getByText('Type of action').count()).resolves.toBe(0);
  });

  it('tells that the last way to access management cannot be ended', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, `/review?tab=why&permission=rolesAndAuthorizations&user=${tenant.id}`);
    await page.getByText('Nobody would be left who can manage access rights').waitFor();
    await expect(page.getByRole('button', { name: 'End it' }).count()).resolves.toBe(0);
  });

  it('of a role or a person is a file that a spreadsheet takes as text', async () => {
    const { tenant, role } = await helpDesk();
    const page = await openAs(tenant, tenant, `/review?tab=access&of=role&role=${role}`);
    await page.getByRole('row', { name: /Bo "=cmd" Bold/ }).waitFor();
    await accessible(page);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download as CSV' }).click(),
    ]);
    expect(await text(await file.createReadStream())).toBe(
      'Member,Kind,State,Way\r\n"Bo ""=cmd"" Bold",User,Active,direct\r\n',
    );
  });
});
