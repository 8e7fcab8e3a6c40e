// The tenant's settings, and what everybody sees of themselves.
import { describe, expect, it } from 'vitest';
import { file, group, person, userDn } from '../support/directory.ts';
import { accessible, consoleSuite, directoryOf, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

describe.skipIf(noBrowser)('the switch of access rights', () => {
  it('is off in a new tenant, with the advice to configure; on takes the switch and a submit (CT-02, CT-04, CT-06, CT-30)', async () => {
    const tenant = await newTenant('exchange-rules');
    await directoryOf(tenant, file(person('bo', 1), group('Chiefs', 2, userDn('bo'))));
    const page = await openAs(tenant, tenant, '/settings');
    await page.getByText('Configure access rights straight away').waitFor();
    const toggle = page.getByRole('checkbox', { name: 'Access rights are switched on' });
    expect(await toggle.isChecked()).toBe(false);
    await accessible(page);

    await page.getByRole('combobox', { name: 'Administrators group' }).fill('chi');
    await page.getByRole('option', { name: 'Chiefs' }).click();
    await toggle.click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const submit = page.getByRole('button', { name: 'Submit changes (1)' });
    await submit.waitFor();
    await page.getByText('Changes of the settings wait to be submitted.').waitFor();
    expect(await tenant.api.getTenant()).toMatchObject({ enforced: false });
    await accessible(page);

    await submit.click();
    await page.getByRole('main').getByRole('button', { name: 'Submit changes', exact: true }).click();
    await page.getByText(/^The change is (in force|made)\./).waitFor();
    await page.getByText('Configure access rights straight away').waitFor({ state: 'detached' });
    expect(await tenant.api.getTenant()).toMatchObject({ enforced: true });
    const [chiefs] = (await tenant.api.listGroups()).items;
    const { roles = [] } = await tenant.api.getGroup({ params: { groupId: chiefs!.id } });
    expect(roles).toHaveLength(1);
  });

  it('warns when nobody joins the administrators by it, and asks before it goes off', async () => {
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/settings');
    const toggle = page.getByRole('checkbox', { name: 'Access rights are switched on' });
    const warning = page.getByText('No administrators group with an active member is named, so nobody joins');
    await toggle.click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await warning.waitFor();
    await page.getByRole('button', { name: 'Close', exact: true }).first().click();
    await page.getByRole('button', { name: 'Submit changes (1)' }).click();
    await page.getByRole('main').getByRole('button', { name: 'Submit changes', exact: true }).click();
    // What warned before the submit is gone by then.
    await page.getByText('No changes wait.').waitFor();
    await warning.waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await toggle.click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Switch access rights off?' });
    await dialog.waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect((await tenant.api.listDrafts()).items).toEqual([]);
  });
});

describe.skipIf(noBrowser)('settings', () => {
  it('are saved at once where the catalogue works so, and say beside the field what is wrong', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/settings');
    const name = page.getByLabel('Name of the tenant');
    await name.fill('n'.repeat(101));
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page
      .getByText(/100 characters/)
      .nth(1)
      .waitFor();
    // The field has the focus, and its error goes with the text that was refused.
    await page.locator(':focus[aria-invalid=true]').waitFor();
    await accessible(page);
    await name.fill('Harbour Inc.');
    await page.locator('[aria-invalid=true]').waitFor({ state: 'detached' });
    await name.press('Enter');
    await page.getByText('The settings were saved.').waitFor();
    expect(await tenant.api.getTenant()).toMatchObject({ name: 'Harbour Inc.', changesTakeEffect: 'immediately' });
    await expect(page.getByText('Access rights are switched on').count()).resolves.toBe(0);
  });

  it('show quotas with their use, who manages access rights, and how the audit is kept', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/settings?tab=quotas');
    await page.getByRole('row', { name: /Roles in a tenant/ }).waitFor();
    await accessible(page);
    await page.getByRole('tab', { name: 'About' }).click();
    await page.getByRole('tabpanel').getByRole('link', { name: 'Ada Admin' }).waitFor();
    await accessible(page);
    await page.getByRole('tab', { name: 'Audit' }).click();
    const days = page.getByLabel('Keep events for so many days');
    await days.fill('soon');
    await page.getByText('Write a whole number of days, or leave it empty.').waitFor();
    expect(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
    await days.fill('3');
    await page.getByRole('checkbox', { name: 'Own bucket (Amazon S3)' }).click();
    await page.getByLabel('Bucket', { exact: true }).fill('Not A Bucket');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText(/must be the name of a bucket/).waitFor();
    await page.getByText(/or null to keep all events for ever/).waitFor();
    await accessible(page);
    await page.getByRole('checkbox', { name: 'Own bucket (Amazon S3)' }).click();
    await days.fill('400');
    await page.getByRole('checkbox', { name: 'Legal hold' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The settings of the audit were saved.').waitFor();
    expect(await tenant.api.getAuditSettings()).toMatchObject({
      retentionDays: 400,
      legalHold: true,
      destination: null,
    });
  });

  it('can be looked at, and not changed, by who does not manage access rights', async () => {
    const tenant = await newTenant('secure-exchanges');
    const bo = await tenant.person('Bo Beginner');
    const page = await openAs(tenant, bo, '/settings');
    await page.getByRole('tab', { name: 'About' }).waitFor();
    await expect(page.getByRole('tab').allInnerTexts()).resolves.not.toContain('General');
    // Who is not told which features are on is not told that they are off.
    await expect(page.getByText('Features', { exact: true }).count()).resolves.toBe(0);
    await expect(page.getByRole('button', { name: 'Save', exact: true }).count()).resolves.toBe(0);
  });
});

describe.skipIf(noBrowser)('the page about oneself', () => {
  it('says what one may do, and ends sessions, in French too', async () => {
    const tenant = await newTenant('email-security');
    await tenant.api.createSession({ body: {} });
    const page = await openAs(tenant, tenant, '/me', { locale: 'fr-CA' });
    await page.getByRole('heading', { name: 'Moi', level: 1 }).waitFor();
    await page.getByText('Je peux gérer les droits d’accès.').waitFor();
    await page.getByText('Sécurité du courriel').waitFor();
    await page.getByRole('row', { name: /Superadministrateur/ }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: /^Terminer la session commencée/ }).click();
    await page.getByText('La session est terminée.').waitFor();
    await page.getByText('Aucun produit n’a de session ouverte pour vous.').waitFor();
    const { items } = await tenant.api.listSessions({ params: { userId: tenant.id as never } });
    expect(items).toEqual([]);
  });

  it('shows the rights of now, by their titles, whenever it is opened', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Bold');
    const give = (...permissions: string[]) =>
      tenant.api.putUserGrants({
        params: { userId: bo.id as never },
        body: { grants: permissions.map((permission) => ({ permission })) },
        ifMatch: '*',
      });
    await give('viewQuarantine');
    const page = await openAs(tenant, bo, '/me');
    await page.getByRole('row', { name: /View Quarantine/ }).waitFor();
    await give('viewAllReports');
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.getByRole('link', { name: 'Me', exact: true }).click();
    await page.getByRole('row', { name: /View All Reports/ }).waitFor();
    await expect(page.getByText(/View Quarantine|viewQuarantine|viewAllReports/).count()).resolves.toBe(0);
  });
});
