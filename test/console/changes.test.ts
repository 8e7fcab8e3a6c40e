// Submit changes: what waits, what it would do, and who was faster.
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

describe.skipIf(noBrowser)('the frame', () => {
  it('leads to the access rights by one click from everywhere, and by Options (CT-05, SE-03)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/me');
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Access Rights' }).click();
    await page.getByRole('heading', { name: /^Roles/, level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Options' }).click();
    // The only entry of the menu says what it leads to.
    await page.getByRole('menuitem', { name: /Roles and permissions.*who is in them, and what they permit/ }).click();
    await page.getByRole('heading', { name: /^Roles/, level: 1 }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/console/roles');
  });

  it('shows only what one may open (FP-05, FP-06)', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Beginner');
    const page = await openAs(tenant, bo, '/');
    await page.getByRole('navigation').getByRole('link', { name: 'Me', exact: true }).waitFor();
    const entries = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    for (const closed of ['Roles', 'Contacts', 'Groups', 'Directories', 'Waiting changes'])
      expect(entries, closed).not.toContain(closed);
    await expect(page.getByRole('link', { name: 'Access Rights' }).count()).resolves.toBe(0);
  });

  it('tells that one person alone manages access rights, until it is closed for this window', async () => {
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/me');
    const strip = page.getByText('Only one person can manage access rights: Ada Admin.');
    await strip.waitFor();
    await accessible(page);
    await expect(page.getByText('has the permission').count()).resolves.toBe(0);
    await page.getByRole('link', { name: 'Give that right to a second person' }).click();
    await page.getByRole('heading', { name: /^Access Rights Management/, level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Not now' }).click();
    await strip.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText('Configure access rights straight away').waitFor();
    await expect(strip.count()).resolves.toBe(0);
  });

  it('names who would be the second that manages access rights, why not, and leads there (CT-44, Q-22)', async () => {
    const tenant = await newTenant('exchange-rules');
    const create = (kind: 'person' | 'machine', name: string) => tenant.api.createUser({ body: { kind, name } });
    const gustav = await create('person', 'Gustav Weber');
    const ida = await create('person', 'Ida Invited');
    await tenant.api.inviteUser({ params: { userId: ida.id } });
    const { id } = await tenant.api.createRole({ body: { name: 'Keepers' } });
    await tenant.api.addRoleGrant({ params: { roleId: id }, body: { permission: 'manageAccessRights' } });
    const members = [gustav.id, ida.id, (await create('machine', 'Robot')).id];
    await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members } });
    const page = await openAs(tenant, tenant, '/me');
    await page.getByText('Only one person can manage access rights: Ada Admin.').waitFor();
    await page.getByText('Gustav Weber has the permission, and was never invited. Invite Gustav Weber.').waitFor();
    await page.getByText('Ida Invited has the permission, and has not accepted the invitation yet.').waitFor();
    await page.getByText('Robot has the permission, and is a client, not a person.').waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Invite Gustav Weber' }).click();
    await page.getByRole('heading', { name: 'Gustav Weber', level: 1 }).waitFor();
    await tenant.api.updateUser({ params: { userId: gustav.id }, body: { state: 'disabled' } });
    await page.reload();
    await page.getByText('Gustav Weber has the permission, and is disabled. Enable Gustav Weber.').waitFor();
  });

  it('tells what is done until the person goes to another page', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/policies');
    await page.getByRole('button', { name: 'Add a policy' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Sales');
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    const done = page.getByText('The policy Sales was added.');
    await done.waitFor();
    await page.getByRole('link', { name: 'Groups', exact: true }).click();
    await page.getByRole('heading', { name: /^Groups/, level: 1 }).waitFor();
    await done.waitFor({ state: 'detached' });
  });

  it('keeps Save in sight, however long a form is', async () => {
    const tenant = await newTenant('complete');
    const { id } = await tenant.api.createRole({ body: { name: 'Clerks' } });
    const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights&edit=true`);
    await page.getByRole('checkbox', { name: /^Billing/ }).waitFor();
    const { y = 0, height = 0 } = (await page.getByRole('button', { name: 'Save', exact: true }).boundingBox()) ?? {};
    expect(await page.evaluate('document.scrollingElement.scrollHeight')).toBeGreaterThan(2 * 900);
    expect(y + height).toBeLessThan(900);
  });

  it('asks before edits are lost, by a link and by the back button', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/me');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Name of the tenant').fill('Half written');
    await page.getByRole('link', { name: 'Policies' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Stay' }).click();
    await page.goBack();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
    expect(await page.getByLabel('Name of the tenant').inputValue()).toBe('Half written');
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Me', level: 1 }).waitFor();
  });

  it('asks no longer once what would be lost is saved, and goes there', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/settings');
    await page.getByLabel('Name of the tenant').fill('Written');
    const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
    await page.route('**/v1/change-sets*', async (route) => {
      await go;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'Policies' }).click();
    const asked = page.getByRole('dialog', { name: 'Leave without saving?' });
    await asked.waitFor();
    letGo();
    await page.getByRole('heading', { name: /^Policies/, level: 1 }).waitFor();
    await asked.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Submit changes (1)' }).waitFor();
  });
});

describe.skipIf(noBrowser)('changes that wait', () => {
  it('take effect by one submit, and nothing before (CT-25, CT-26)', async () => {
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/settings');
    await page.getByLabel('Name of the tenant').fill('Renamed');
    await page.getByLabel('At once').click();
    await page.getByRole('button', { name: 'Save' }).click();
    const submit = page.getByRole('button', { name: 'Submit changes (1)' });
    await submit.waitFor();
    expect(await tenant.api.getTenant()).toMatchObject({ changesTakeEffect: 'nextLogon' });
    await submit.click();
    await page.getByRole('heading', { name: 'Waiting changes', level: 1 }).waitFor();
    await page.getByRole('cell', { name: /Name: Renamed/ }).waitFor();
    await page.getByRole('heading', { name: 'What submitting does' }).waitFor();
    await accessible(page);
    await page.getByRole('main').getByRole('button', { name: 'Submit changes', exact: true }).click();
    await page.getByText(/^The change is (in force|made)\./).waitFor();
    expect(await tenant.api.getTenant()).toMatchObject({ name: 'Renamed', changesTakeEffect: 'immediately' });
    await page.getByText('No changes wait.').waitFor();
  });

  it('name what others have changed meanwhile, and can be kept for what is there now (CT-27)', async () => {
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/settings');
    await page.getByLabel('Name of the tenant').fill('Mine');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Submit changes (1)' }).waitFor();
    await tenant.api.updateTenant({ body: { name: 'Theirs' } });
    await page.getByRole('button', { name: 'Submit changes (1)' }).click();
    await page.getByText('Others were faster').waitFor();
    await page.getByText('Somebody has changed it since.').waitFor();
    expect(await page.getByRole('main').getByRole('button', { name: 'Submit changes', exact: true }).isDisabled()).toBe(
      true,
    );
    await accessible(page);
    await page.getByRole('button', { name: 'Keep my changes for what is there now' }).click();
    await page.getByText('Others were faster').waitFor({ state: 'detached' });
    await page.getByRole('main').getByRole('button', { name: 'Submit changes', exact: true }).click();
    await page.getByText(/^The change is (in force|made)\./).waitFor();
    expect(await tenant.api.getTenant()).toMatchObject({ name: 'Mine' });
  });

  it('say what they do, and can be discarded one by one and together', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await tenant.api.createRole({ body: { name: 'Clerks' } });
    const bo = await tenant.person('Bo Bold');
    await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
    await tenant.api.createDraft({
      body: {
        name: 'Console',
        operations: [
          { operation: 'updateRole', params: { roleId: id }, body: { name: 'Scribes' } },
          { operation: 'removeRoleMembers', params: { roleId: id }, body: { members: [bo.id] } },
          { operation: 'updateTenant', body: { name: 'Renamed' } },
        ],
      },
    });
    const page = await openAs(tenant, tenant, '/changes');
    await page.getByRole('link', { name: 'Clerks' }).first().waitFor();
    await page.getByRole('cell', { name: 'Takes out of the role: Bo Bold' }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Discard this change: Remove members from a role' }).click();
    await page.getByText('The change was discarded.').waitFor();
    await page.getByRole('button', { name: 'Discard this change: Change a role' }).click();
    await page.getByRole('button', { name: 'Submit changes (1)' }).waitFor();
    await page.getByRole('button', { name: 'Discard all' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard all waiting changes?' });
    await dialog.waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Discard all' }).click();
    await page.getByText('No changes wait.').waitFor();
    expect((await tenant.api.listDrafts()).items).toEqual([]);
  });
});
