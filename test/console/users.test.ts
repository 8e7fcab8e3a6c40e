// Users: Contacts with their permissions, contact records, memberships, and a colleague who leaves.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  accessible,
  consoleSuite,
  consoleUrl,
  directoryOf,
  eventually,
  newTenant,
  noBrowser,
  openAs,
} from './support/world.ts';

consoleSuite();

type TestTenant = Awaited<ReturnType<typeof newTenant>>;

const grantsOf = async ({ api }: TestTenant, userId: string) =>
  (await api.getUserGrants({ params: { userId } })).grants;

/** Replaces the own grants of a user by the API. */
const grant = async ({ api }: TestTenant, userId: string, grants: { permission: string; policies?: string[] }[]) => {
  const { etag } = await api.call('getUserGrants', { params: { userId } });
  await api.putUserGrants({ params: { userId }, body: { grants }, ifMatch: etag! });
};

const policies = async ({ api }: TestTenant, ...names: string[]) => {
  const ids: string[] = [];
  for (const name of names) ids.push((await api.createPolicy({ body: { name } })).id);
  return ids;
};

const box = (page: Page, name: string) => page.getByRole('checkbox', { name, exact: true });
const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true }).click();
const edit = (page: Page) => page.getByRole('button', { name: 'Edit', exact: true }).click();
const menu = async (page: Page, action: string) => {
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: action }).click();
};

describe.skipIf(noBrowser)('contacts', () => {
  it('FP-18, FP-03, FP-04: user names lead to permissions, full names to the record; a new one starts with reports', async () => {
    const tenant = await newTenant('email-security');
    await tenant.person('Bo Bold', { login: 'bo', mail: 'bo@example.org' });
    const page = await openAs(tenant, tenant, '/users');
    await page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor();
    await page.getByRole('columnheader', { name: 'User Name' }).waitFor();
    await page.getByRole('columnheader', { name: 'Full Name' }).waitFor();
    await page.getByRole('row', { name: /Bo Bold.*Can sign in/ }).waitFor();
    await accessible(page);

    await page.getByRole('button', { name: 'Add a user' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a user' });
    await dialog.getByText('What the new user holds at once').waitFor();
    await dialog.getByRole('listitem').getByText('View All Reports').waitFor();
    await dialog.getByText('Nothing else, until you grant more').waitFor();
    // All that is wrong is said at once, and who has the same user name, before anybody is added.
    await dialog.getByLabel('User name', { exact: true }).fill('Bo');
    await dialog.getByLabel('E-mail').fill('no mail');
    await dialog.getByText('There is already somebody with this user name: Bo Bold.').waitFor();
    await dialog.getByRole('button', { name: 'Add anyway' }).click();
    await eventually(() => dialog.getByLabel('E-mail').getAttribute('aria-invalid')).toBe('true');
    await eventually(() => dialog.getByLabel('Full name').getAttribute('aria-invalid')).toBe('true');
    await accessible(page);
    await dialog.getByLabel('Full name').fill('Cy Cool');
    await dialog.getByLabel('E-mail').fill('cy@example.org');
    await dialog.getByLabel('User name', { exact: true }).fill('bo');
    // Pressed without leaving the field, it warns and adds nobody.
    await dialog.getByLabel('User name', { exact: true }).press('Enter');
    await dialog.getByRole('button', { name: 'Add anyway' }).waitFor();
    await dialog.getByText('There is already somebody with this user name: Bo Bold.').waitFor();
    await dialog.getByLabel('User name', { exact: true }).fill('cy');
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    const invitation = page.getByRole('dialog', { name: 'Invitation for Cy Cool' });
    await invitation.getByText('This is shown once').waitFor();
    await invitation.getByText('Valid until').waitFor();
    await accessible(page);
    await invitation.getByRole('button', { name: 'Done' }).last().click();
    const row = page.getByRole('row', { name: /Cy Cool/ });
    await row.getByText('Invited').waitFor();
    const { items } = await tenant.api.listUsers({ query: { name: 'Cy' } });
    expect(await grantsOf(tenant, items[0]!.id)).toEqual([{ permission: 'viewAllReports' }]);

    // Every word by its beginning: of the name, the user name or the mail. What cannot be searched can be mended.
    const find = page.getByRole('searchbox', { name: 'Find: Contacts' });
    await find.fill('@example.org');
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    await accessible(page);
    await find.fill('coo cy@example.org');
    await page.getByRole('row', { name: /Bo Bold/ }).waitFor({ state: 'detached' });
    await row.getByRole('link', { name: 'Cy Cool' }).click();
    await page.getByRole('tab', { name: 'Contact record', selected: true }).waitFor();
    await edit(page);
    await page.getByLabel('Full name').fill('Cy Cooler');
    await page.getByLabel('E-mail').fill('');
    await accessible(page);
    await save(page);
    await page.getByText('The contact record of Cy Cooler has been saved.').waitFor();
    expect((await tenant.api.getUser({ params: { userId: items[0]!.id } })).mail).toBeUndefined();
    await page.goBack();
    // The search stands in the address, and finds nobody any more.
    await page.getByRole('main').getByRole('button', { name: 'Clear the filter' }).last().click();
    await page.getByRole('link', { name: 'cy', exact: true }).click();
    // What somebody can do comes first; what is granted personally is a click away, and has an address of its own.
    await page.getByRole('tab', { name: 'Effective permissions', selected: true }).waitFor();
    await page.getByRole('row', { name: /View All Reports.*Personal grant/ }).waitFor();
    await page.getByRole('link', { name: 'Personal permissions' }).click();
    await page.getByRole('tab', { name: 'Personal permissions', selected: true }).waitFor();
    await page.getByRole('heading', { name: 'Account permissions' }).waitFor();
    expect(new URL(page.url()).search).toBe('?tab=permissions');
    await page.reload();
    await page.getByRole('tab', { name: 'Personal permissions', selected: true }).waitFor();
  });

  it('FP-19..23, FP-27, FP-47, FP-52, Q-12: permissions are read until Edit, and change by Save', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    const [sales] = await policies(tenant, 'Sales', 'Support');
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=permissions`);
    await box(page, 'View All Reports').waitFor();
    expect(await box(page, 'View All Reports').isChecked()).toBe(true);
    await accessible(page);
    // FP-19: a click changes nothing before Edit.
    await box(page, 'Manage edge devices').click({ force: true });
    expect(await box(page, 'Manage edge devices').isChecked()).toBe(false);

    await edit(page);
    // FP-21: what each gives is said beside it.
    await page.getByText('Configure devices at the edge of the network').waitFor();
    await page.getByText('Open and search quarantined images').waitFor();
    await box(page, 'Manage edge devices').click();
    // FP-47 and FP-52: dimmed, with the reason.
    expect(await box(page, 'View Quarantined Images, Account').isDisabled()).toBe(true);
    await page.getByText('Needs View Quarantine', { exact: true }).waitFor();
    expect(await box(page, 'View Filtered Reports, Account').isDisabled()).toBe(true);
    await page.getByText('Not available beside View All Reports', { exact: true }).waitFor();
    await box(page, 'View All Reports').click();
    expect(await box(page, 'View Filtered Reports, Account').isEnabled()).toBe(true);
    await accessible(page);

    // FP-22, FP-23: a column for each policy after Advanced.
    expect(await box(page, 'View Quarantine, Sales').count()).toBe(0);
    await page.getByRole('button', { name: 'Advanced' }).click();
    await box(page, 'View Quarantine, Sales').click();
    await box(page, 'View Quarantined Images, Sales').click();
    expect(await box(page, 'View Quarantined Images, Support').isDisabled()).toBe(true);
    await accessible(page);
    // FP-27: nothing has changed, and Cancel leaves it so.
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await box(page, 'View Quarantine, Sales').isChecked()).toBe(false);
    expect(await grantsOf(tenant, bo.id)).toEqual([{ permission: 'viewAllReports' }]);

    await edit(page);
    await box(page, 'Manage edge devices').click();
    await box(page, 'View Quarantine, Sales').click();
    await box(page, 'View Quarantined Images, Sales').click();
    await save(page);
    await page.getByText('They take effect when the user logs off and on again.').waitFor();
    expect(await grantsOf(tenant, bo.id)).toEqual([
      { permission: 'manageEdgeDevices' },
      { permission: 'viewAllReports' },
      { permission: 'viewQuarantine', policies: [sales] },
      { permission: 'viewQuarantinedImages', policies: [sales] },
    ]);

    // what needs it goes with it, and who loses what is asked.
    await edit(page);
    await box(page, 'View Quarantine, Sales').click();
    expect(await box(page, 'View Quarantined Images, Sales').isChecked()).toBe(false);
    await save(page);
    const ask = page.getByRole('dialog', { name: 'Take permissions away from Bo Bold?' });
    await ask.getByRole('cell', { name: /View Quarantine \(Sales\)/ }).waitFor();
    await ask.getByRole('button', { name: 'Save' }).click();
    await ask.waitFor({ state: 'hidden' });
    expect(await grantsOf(tenant, bo.id)).toEqual([
      { permission: 'manageEdgeDevices' },
      { permission: 'viewAllReports' },
    ]);
  });

  it('FP-24, FP-25, FP-10, Q-10: Manage Users has no Advanced; a second holder of Directory Synchronization is a warning', async () => {
    const tenant = await newTenant('email-security');
    const [sales, support] = await policies(tenant, 'Sales', 'Support');
    const sync = await tenant.person('Sync Contact');
    await grant(tenant, sync.id, [{ permission: 'directorySynchronization' }]);
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    await grant(tenant, bo.id, [{ permission: 'viewQuarantine', policies: [sales!] }]);
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=permissions`);
    await page.getByRole('button', { name: 'Advanced' }).waitFor();
    await page.getByRole('cell', { name: 'Sales' }).waitFor();
    await edit(page);
    await box(page, 'Manage Users').click();
    await page.getByText('has the selected permissions for all policies').waitFor();
    await page.getByText('are kept, and count again').waitFor();
    expect(await page.getByRole('button', { name: 'Advanced' }).count()).toBe(0);
    await box(page, 'Directory Synchronization').click();
    await page.getByText('only one user should need it').waitFor();
    await accessible(page);
    await save(page);
    await page.getByText('More users hold this permission than it is meant for: Directory Synchronization.').waitFor();
    expect(await grantsOf(tenant, bo.id)).toEqual([
      { permission: 'directorySynchronization' },
      { permission: 'manageUsers' },
      { permission: 'viewQuarantine', policies: [sales] },
    ]);
    const check = { user: bo.id as never, permission: 'viewQuarantine', policy: support as never };
    expect((await tenant.api.check({ body: check })).allowed).toBe(true);
  });

  it('FP-14, FP-06: one sees and grants only what one holds, and the menu shows only what one may open', async () => {
    const tenant = await newTenant('email-security');
    const [sales] = await policies(tenant, 'Sales', 'Support');
    const help = await tenant.person('Help Desk');
    await grant(tenant, help.id, [{ permission: 'manageUsers' }, { permission: 'viewQuarantine' }]);
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    await grant(tenant, bo.id, [
      { permission: 'viewAllReports' },
      { permission: 'viewQuarantine', policies: [sales!] },
    ]);

    const reader = await openAs(tenant, bo, '/me');
    const entries = reader.getByRole('navigation', { name: 'Navigation' }).getByRole('link');
    await entries.getByText('Me', { exact: true }).waitFor();
    for (const entry of ['Contacts', 'Roles', 'Directories', 'Who may do what'])
      expect(await entries.getByText(entry, { exact: true }).count()).toBe(0);

    const page = await openAs(tenant, help, `/users/${bo.id}`);
    await page.getByRole('link', { name: 'Contacts' }).first().waitFor();
    await box(page, 'View Quarantine, Account').waitFor();
    expect(await box(page, 'Manage Users').count()).toBe(1);
    for (const hidden of ['View All Reports', 'Everything', 'Super administrator', 'View Configuration, Account'])
      expect(await box(page, hidden).count()).toBe(0);
    await edit(page);
    await box(page, 'View Quarantine, Account').click();
    await save(page);
    await page.getByText('The permissions of Bo Bold have been saved.').waitFor();
    // What the editor does not hold is left as it was.
    expect(await grantsOf(tenant, bo.id)).toEqual([{ permission: 'viewAllReports' }, { permission: 'viewQuarantine' }]);
  });

  it('tells of two who edit at once, and loses what neither of them saved', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=permissions`);
    await edit(page);
    await box(page, 'Manage edge devices').click();
    await grant(tenant, bo.id, [{ permission: 'logExport' }]);
    await save(page);
    await page.getByRole('dialog').getByText('Somebody has changed this since you opened it.').waitFor();
    expect(await grantsOf(tenant, bo.id)).toEqual([{ permission: 'logExport' }]);
  });

  it('keeps a table of 200 policies usable: it shows the columns that one chooses', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Bold');
    const operations = Array.from({ length: 40 }, (_, n) => n);
    for (const first of [0, 40, 80, 120, 160])
      await tenant.api.submitChangeSet({
        body: {
          operations: operations.map((n) => ({
            operation: 'createPolicy',
            body: { name: `Policy ${String(first + n).padStart(3, '0')}` },
          })),
        },
      });
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=permissions`);
    await edit(page);
    await page.getByRole('button', { name: 'Advanced' }).click();
    await page.getByText('6 of 200 policies').waitFor();
    await page.getByRole('button', { name: 'Policies shown as columns' }).click();
    await page.getByRole('combobox').last().fill('150');
    await page.getByRole('option', { name: 'Policy 150' }).click();
    await page.keyboard.press('Escape');
    await box(page, 'View Quarantine, Policy 150').click();
    await save(page);
    await page.getByText('The permissions of Bo Bold have been saved.').waitFor();
    expect((await grantsOf(tenant, bo.id)).some(({ policies: of }) => of?.length === 1)).toBe(true);
  });
});

describe.skipIf(noBrowser)('users where rights come from roles', () => {
  it('CT-81, CT-84: shows every way of a right, adds to roles and removes from them', async () => {
    const tenant = await newTenant('secure-exchanges');
    const bo = await tenant.person('Bo Bold');
    const mayPurchase = async () =>
      (await tenant.api.check({ body: { user: bo.id as never, permission: 'purchase' } })).allowed;
    const { id: role } = await tenant.api.createRole({ body: { name: 'Purchasers' } });
    await tenant.api.addRoleGrant({ params: { roleId: role }, body: { permission: 'purchase' } });
    const page = await openAs(tenant, tenant, '/users');
    await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
    await page
      .getByRole('row', { name: /Bo Bold/ })
      .getByRole('link', { name: 'No user name' })
      .click();
    await page.getByText('all rights come from roles').waitFor();
    await page.getByText('This user holds no permission.').waitFor();
    await accessible(page);

    await page.getByRole('tab', { name: 'Roles and groups' }).click();
    await page.getByText('This user is in no role.').waitFor();
    await page.getByRole('button', { name: 'Add to roles' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add to roles' });
    await dialog.getByRole('button', { name: 'Roles' }).click();
    await page.getByRole('option', { name: 'Purchasers' }).click();
    await page.keyboard.press('Escape');
    await accessible(page);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Bo Bold has joined the role.').waitFor();
    await page.getByRole('row', { name: /Purchasers.*Direct member/ }).waitFor();
    await accessible(page);
    await page.getByRole('tab', { name: 'Permissions' }).click();
    await page.getByRole('row', { name: /Purchase.*Whole account.*Purchasers/ }).waitFor();
    await page.getByRole('link', { name: 'Explain: Purchase' }).waitFor();
    expect(await mayPurchase()).toBe(true);
    await accessible(page);

    await page.getByRole('tab', { name: 'Roles and groups' }).click();
    await page.getByRole('button', { name: 'Remove from Purchasers' }).click();
    const ask = page.getByRole('dialog', { name: 'Remove Bo Bold from Purchasers?' });
    await ask.getByRole('cell', { name: 'Purchase', exact: true }).waitFor();
    await ask.getByRole('button', { name: 'Remove' }).click();
    await page.getByText('Bo Bold is no longer in Purchasers.').waitFor();
    expect((await tenant.api.listUserRoles({ params: { userId: bo.id } })).items).toEqual([]);
    expect(await mayPurchase()).toBe(false);
  });

  it('a colleague leaves today: who loses what and what is left behind is said, and it takes effect at once', async () => {
    const tenant = await newTenant('exchange-rules');
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    const { id: role } = await tenant.api.createRole({ body: { name: 'Night shift' } });
    await tenant.api.addRoleGrant({ params: { roleId: role }, body: { permission: 'createRules' } });
    await tenant.api.addRoleMembers({ params: { roleId: role }, body: { members: [bo.id] } });
    // A role gives nobody anything while whoever is in it is disabled.
    const gone = await tenant.person('Gone Before');
    const { id: crew } = await tenant.api.createRole({ body: { name: 'Old crew' } });
    await tenant.api.addRoleMembers({ params: { roleId: crew }, body: { members: [gone.id] } });
    await tenant.api.updateUser({ params: { userId: gone.id }, body: { state: 'disabled' } });
    await bo.api.createRule({ body: { type: 'signatureRule', name: 'Footer', owner: role } });
    await bo.api.createSession({ body: {} });
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=sessions`);
    await page.getByRole('cell', { name: /As/ }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Actions' }).click();
    for (const purpose of ['who leaves today', 'a lost device', 'a wrong or stolen sign-in', 'who will not come back'])
      await page.getByRole('menuitem').getByText(purpose).waitFor();
    await accessible(page);
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    const ask = page.getByRole('dialog', { name: 'Disable Bo Bold?' });
    await ask.getByText('Only member of the role').waitFor();
    await ask.getByText('which owns one rule').waitFor();
    // Others may have rights on the rule by other roles.
    await ask.getByText('Others can still edit it, by: Program and rules administrators').waitFor();
    await ask.getByRole('cell', { name: /Create new rules/ }).waitFor();
    const onRules = ask.getByText('Bo Bold also loses rights on rules: View');
    await onRules.waitFor();
    await accessible(page);
    // A link of the question leads away from it, and answers it with no.
    await onRules.getByRole('link', { name: 'Bo Bold' }).click();
    await page.getByRole('row', { name: /View rules.*Night shift/ }).waitFor();
    expect((await tenant.api.getUser({ params: { userId: bo.id } })).state).toBe('active');
    await page.getByRole('tab', { name: 'Sessions' }).click();
    await menu(page, 'Disable');
    await ask.getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Bo Bold: disabled. All sessions have ended.').waitFor();
    // The catalogue gathers edits of rights; a person who leaves does not wait for them.
    expect((await tenant.api.getUser({ params: { userId: bo.id } })).state).toBe('disabled');
    await page.getByText('This user has no open session.').last().waitFor();
    await page.getByText('Disabled', { exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Contact record' }).click();
    await page.getByText('Cannot sign in: disabled').waitFor();
    // Whoever could still edit the rule by another role no longer can.
    const [keepers] = (await tenant.api.listRoles({ query: { search: 'Program and rules' } })).items;
    const [rule] = (await tenant.api.listRules({ query: {} })).items;
    await tenant.api.putRuleRights({
      params: { roleId: keepers!.id },
      body: { rules: [{ rule: rule!.id, edit: false }] },
      ifMatch: '*',
    });
    await page.reload();
    // Nothing is lost any more, and nothing says that it is.
    await menu(page, 'Delete');
    const forGood = page.getByRole('dialog', { name: 'Delete Bo Bold?' });
    await forGood.getByText('Whoever is disabled holds nothing now').waitFor();
    await forGood.getByText('Nobody loses or gains a permission.').waitFor();
    await forGood.getByText('Nobody else can edit, though others can view: Footer').waitFor();
    await forGood.getByText('Whoever manages access rights can give such a rule to another role').waitFor();
    await accessible(page);
    await forGood.getByRole('button', { name: 'Cancel' }).click();
    await expect(bo.api.getMe()).rejects.toThrow();
  });

  it('the last access manager cannot be disabled: the refusal says why, and nothing changes', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, `/users/${tenant.id}`);
    await menu(page, 'Disable');
    await page.getByRole('dialog').getByText('no active person who signs in could give access rights').waitFor();
    expect((await tenant.api.getUser({ params: { userId: tenant.id } })).state).toBe('active');
  });

  it('deletes, restores and erases, with what each of them means', async () => {
    const tenant = await newTenant('secure-exchanges');
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    const page = await openAs(tenant, tenant, '/users');
    const row = page.getByRole('row', { name: /Bo Bold/ });
    await row.getByRole('checkbox').click();
    await menu(page, 'Delete');
    const ask = page.getByRole('dialog', { name: 'Delete Bo Bold?' });
    await ask.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Bo Bold: deleted. This can be undone for 30 days.').waitFor();
    await row.waitFor({ state: 'detached' });

    await page.goto(`${consoleUrl()}users?deleted=true`);
    await row.getByRole('checkbox').click();
    await accessible(page);
    await menu(page, 'Restore');
    await page.getByText('Bo Bold is back.').waitFor();
    expect((await tenant.api.getUser({ params: { userId: bo.id } })).name).toBe('Bo Bold');

    await tenant.api.deleteUser({ params: { userId: bo.id } });
    await page.reload();
    await row.getByRole('checkbox').click();
    await menu(page, 'Erase for good');
    const erase = page.getByRole('dialog', { name: 'Erase Bo Bold for good?' });
    await erase.getByText('This cannot be undone.').waitFor();
    await erase.getByRole('button', { name: 'Cancel' }).click();
    expect((await tenant.api.listUsers({ query: { deleted: 'true' } })).items).toHaveLength(1);
    await menu(page, 'Erase for good');
    await erase.getByRole('button', { name: 'Erase for good' }).click();
    await page.getByText('Every personal value has been erased.').waitFor();
    expect((await tenant.api.listUsers({ query: { deleted: 'true' } })).items).toEqual([]);
  });
});

const ldif = `version: 1
dn: uid=mona,ou=people,dc=example
objectClass: inetOrgPerson
entryUUID: 6f1d2c30-0001-4000-8000-000000000001
uid: mona
cn: Mona Marin
sn: Marin
mail: mona@example.org

dn: cn=Designers,ou=groups,dc=example
objectClass: groupOfNames
entryUUID: 6f1d2c30-0005-4000-8000-000000000005
cn: Designers
member: uid=mona,ou=people,dc=example
`;

describe.skipIf(noBrowser)('a user of a directory', () => {
  it('has a record that the directory owns, and is suspended here all the same', async () => {
    const tenant = await newTenant('secure-exchanges');
    const source = await directoryOf(tenant, ldif);
    const page = await openAs(tenant, tenant, `/users?source=${source.id}`);
    await page
      .getByRole('row', { name: /mona.*Mona Marin.*Head office/ })
      .getByRole('link', { name: 'Mona Marin' })
      .click();
    await page.getByText('The directory Head office owns this record').waitFor();
    await accessible(page);
    await page.getByRole('tab', { name: 'Roles and groups' }).click();
    await page
      .getByRole('row', { name: /Designers.*By the directory Head office.*Changed in the directory/ })
      .waitFor();
    await menu(page, 'Disable');
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Mona Marin: disabled.').waitFor();
    await page.getByRole('tab', { name: 'Contact record' }).click();
    await page.getByText('Suspended here').waitFor();
    await page.getByText('The directory’s own word: Active.').waitFor();
  });
});

describe.skipIf(noBrowser)('a catalogue that gathers edits', () => {
  it('CT-26: grants wait until they are submitted, and the page shows them as they will be', async () => {
    const tenant = await newTenant('complete');
    const bo = await tenant.person('Bo Bold', { login: 'bo' });
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=permissions`);
    await edit(page);
    await box(page, 'Manage edge devices').click();
    await save(page);
    await page.getByText('wait to be submitted. What you see').waitFor();
    expect(await box(page, 'Manage edge devices').isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Submit changes (1)' }).waitFor();
    expect(await grantsOf(tenant, bo.id)).toEqual([{ permission: 'viewAllReports' }]);
  });

  it('keeps the bar with Save above the table, and below what opens', async () => {
    const tenant = await newTenant('complete');
    const bo = await tenant.person('Bo Bold');
    for (const name of ['Finance', 'Legal', 'Sales']) await tenant.api.createPolicy({ body: { name } });
    const page = await openAs(tenant, tenant, `/users/${bo.id}?tab=permissions`, {
      viewport: { width: 700, height: 480 },
    });
    await edit(page);
    /** Those in sight that a click on their left part would not meet. */
    const covered = (selector: string) =>
      page.evaluate(`[...document.querySelectorAll('${selector}')].filter((one) => {
        const { left, top, bottom } = one.getBoundingClientRect();
        const met = document.elementFromPoint(left + 60, (top + bottom) / 2);
        return top > 0 && bottom <= innerHeight + 1 && !one.contains(met);
      }).map((one) => one.textContent)`);
    // The first column of the table stays in sight while the table is moved, and yet does not lie over the bar.
    await page.getByRole('button', { name: 'Advanced' }).click();
    await expect(covered('.edit-bar')).resolves.toEqual([]);
    await box(page, 'Create new rules').click();
    await page.getByRole('button', { name: /Limits of Create new rules/ }).click();
    await page.getByRole('radio', { name: 'Selected rule types' }).click();
    const chooser = page.getByRole('button', { name: /Create new rules: Selected rule types/ });
    const { y = 0 } = (await chooser.boundingBox()) ?? {};
    await page.evaluate(`scrollBy(0, ${y - 224})`);
    await chooser.click();
    await page.getByRole('option').first().waitFor();
    await expect(covered('[role=option]')).resolves.toEqual([]);
  });

  it('shows hostile names as text, everywhere', async () => {
    const tenant = await newTenant('complete');
    const name = '"><img src=x onerror=alert(1)>';
    const bo = await tenant.person(name, { login: '<script>alert(2)</script>' });
    await policies(tenant, '<b>{{7*7}}</b>', 'Sales');
    const { id: role } = await tenant.api.createRole({ body: { name: '<svg onload=alert(3)>' } });
    await tenant.api.addRoleMembers({ params: { roleId: role }, body: { members: [bo.id] } });
    const page = await openAs(tenant, tenant, '/users');
    await page.getByRole('link', { name: '<script>alert(2)</script>' }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await page.getByRole('tab', { name: 'Personal permissions' }).click();
    await page.getByRole('button', { name: 'Advanced' }).click();
    await box(page, 'View Quarantine, <b>{{7*7}}</b>').waitFor();
    await page.getByRole('tab', { name: 'Roles and groups' }).click();
    await page.getByRole('link', { name: '<svg onload=alert(3)>' }).waitFor();
    await menu(page, 'Delete');
    await page
      .getByRole('dialog', { name: `Delete ${name}?` })
      .getByText('<svg onload=alert(3)>')
      .waitFor();
    await accessible(page);
  });
});

describe.skipIf(noBrowser)('a deleted user who is restored', () => {
  it('comes back with a warning about what could not be given back', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { api } = tenant;
    const bo = await tenant.person('Bo Bold');
    const { id: roleId } = await api.createRole({ body: { name: 'Night shift' } });
    await api.addRoleMembers({ params: { roleId }, body: { members: [bo.id as never] } });
    await api.deleteUser({ params: { userId: bo.id as never } });
    await api.deleteRole({ params: { roleId } });
    const page = await openAs(tenant, tenant, '/users?deleted=true');
    await page
      .getByRole('row', { name: /Bo Bold/ })
      .getByRole('checkbox')
      .click();
    await menu(page, 'Restore');
    await page.getByText('Bo Bold is back.').waitFor();
    const warning = page.getByRole('group', { name: /A role is gone\./ });
    await warning.waitFor();
    await accessible(page);
    // What is done goes with the next step; what somebody should know stays until it is closed.
    await page.getByRole('link', { name: 'Roles', exact: true }).click();
    await page.getByRole('heading', { name: 'Roles and permissions', level: 1 }).waitFor();
    expect(await page.getByText('Bo Bold is back.').count()).toBe(0);
    await warning.waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await warning.waitFor({ state: 'detached' });
  });
});
