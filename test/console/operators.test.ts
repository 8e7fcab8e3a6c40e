// What operators do: tenants, their features, suspension, and what they have done.
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, newTenant, noBrowser, openAs, openAsOperator } from './support/world.ts';

consoleSuite();

describe.skipIf(noBrowser)('an operator', () => {
  it('creates a tenant, whose first user manages access rights from the start', async () => {
    const page = await openAsOperator('/');
    await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Create tenant' }).click();
    const dialog = page.getByRole('dialog', { name: 'Create tenant' });
    await dialog.getByLabel('Name', { exact: true }).fill('Made by hand');
    await dialog.getByLabel('Catalogue').fill('no-such');
    await dialog.getByLabel('First user').fill('Zoe Zero');
    await dialog.getByLabel('Issuer of the sign-in').fill('http://127.0.0.1/holdfast-local-issuer');
    await dialog.getByLabel('Subject of the sign-in').fill('zoe');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText(/is not known: choose one of exchange-rules/).waitFor();
    await accessible(page);
    await dialog.getByLabel('Catalogue').fill('complete');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'Made by hand', level: 1 }).waitFor();
    const tenant = new URL(page.url()).pathname.split('/').at(-1) as string;
    const other = await openAs({ tenant }, { subject: 'zoe' }, '/me');
    await other.getByText('I can manage access rights.').waitFor();
  });

  it('renames, suspends and resumes a tenant, whose people are told so meanwhile, and sees nothing inside', async () => {
    const tenant = await newTenant('secure-exchanges', 'Quay & Sons');
    const page = await openAsOperator(`/tenants?find=${encodeURIComponent('Quay')}`);
    await page.getByRole('link', { name: 'Quay & Sons' }).click();
    await page.getByRole('heading', { name: 'Quay & Sons', level: 1 }).waitFor();
    await page.getByText('No recovery is under way.').waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Suspend' }).click();
    const dialog = page.getByRole('dialog', { name: 'Suspend: Quay & Sons' });
    await dialog.getByLabel('Reason').fill('The invoice is open.');
    await accessible(page);
    await dialog.getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('Suspended', { exact: true }).waitFor();
    await expect(tenant.api.getTenant()).rejects.toThrow();
    const refused = await openAs(tenant, tenant, '/me');
    await refused
      .getByText(/suspended/i)
      .first()
      .waitFor();
    await accessible(refused);
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('It is paid.');
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await page.getByText('Active', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Quay & Daughters');
    await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { name: 'Quay & Daughters', level: 1 }).waitFor();
    expect(await tenant.api.getTenant()).toMatchObject({ name: 'Quay & Daughters' });
    await page.getByRole('link', { name: 'Events of this tenant' }).click();
    await page
      .getByRole('row', { name: /tenant/ })
      .nth(2)
      .waitFor();
    await accessible(page);
    const entries = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(entries).not.toContain('Roles');
  });

  it('sets the features of a tenant', async () => {
    const tenant = await newTenant('email-security');
    const page = await openAsOperator(`/tenants/${tenant.tenant}`);
    const feature = page.getByRole('checkbox').first();
    const had = await feature.isChecked();
    await feature.click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The features were set.').waitFor();
    await page.reload();
    await page.getByRole('checkbox').first().waitFor();
    expect(await page.getByRole('checkbox').first().isChecked()).toBe(!had);
    await accessible(page);
  });

  it('closes and reopens, and reads it in French', async () => {
    const tenant = await newTenant('secure-exchanges', 'Fermée & Cie');
    const page = await openAsOperator(`/tenants/${tenant.tenant}`, { locale: 'fr-CA' });
    await page.getByRole('button', { name: 'Fermer l’organisation' }).click();
    const dialog = page.getByRole('dialog', { name: 'Fermer l’organisation : Fermée & Cie' });
    await dialog.getByLabel('Raison').fill('Contrat terminé.');
    await dialog.getByRole('button', { name: 'Fermer l’organisation' }).click();
    await page.getByText('Fermée', { exact: true }).waitFor();
    await page.getByText('Purgeable à partir du').waitFor();
    await page.getByRole('button', { name: 'Rouvrir' }).waitFor();
    await accessible(page);
  });
});
