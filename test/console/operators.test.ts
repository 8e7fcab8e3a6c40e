// What operators do: tenants, their features, suspension, and what they have done.

import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { tableName } from '../../infra/local/instance.ts';
import type { TenantId, UserId } from '../../shared/domain/base/ids.ts';
import { documentClient } from '../../shared/store/client.ts';
import { Db } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { repair } from '../../shared/store/repair.ts';
import {
  accessible,
  consoleSuite,
  consoleUrl,
  engineAddress,
  newTenant,
  noBrowser,
  openAs,
  openAsOperator,
} from './support/world.ts';

consoleSuite();

/** Sets one field of an item past all conditions, as a manual edit would. */
const setField = async (Key: { PK: string; SK: string }, field: string, value: string): Promise<void> => {
  const edit = new UpdateCommand({
    TableName: tableName,
    Key,
    UpdateExpression: 'SET #field = :value',
    ExpressionAttributeNames: { '#field': field },
    ExpressionAttributeValues: { ':value': value },
  });
  await documentClient(await engineAddress()).send(edit);
};

describe.skipIf(noBrowser)('an operator', () => {
  it('creates a tenant, whose first user manages access rights from the start', async () => {
    const page = await openAsOperator('/');
    await page.getByRole('heading', { name: 'Tenants', level: 1 }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Add a tenant' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a tenant' });
    await dialog.getByLabel('Name', { exact: true }).fill('Made by hand');
    await dialog.getByLabel('Catalogue').fill('no-such');
    await dialog.getByLabel('Language of the predefined roles').fill('fr-CA');
    await dialog.getByLabel('First user').fill('Zoe Zero');
    await dialog.getByLabel('Issuer of the sign-in').fill('http://127.0.0.1/holdfast-local-issuer');
    await dialog.getByLabel('Subject of the sign-in').fill('zoe');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByText(/is not known: choose one of exchange-rules/).waitFor();
    await accessible(page);
    await dialog.getByLabel('Catalogue').fill('complete');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('heading', { name: 'Made by hand', level: 1 }).waitFor();
    const tenant = new URL(page.url()).pathname.split('/').at(-1) as string;
    const other = await openAs({ tenant }, { subject: 'zoe' }, '/me');
    await other.getByText('I can manage access rights.').waitFor();
    await other.goto(`${consoleUrl()}roles`);
    await other.getByRole('link', { name: 'Administrateurs des règles', exact: true }).waitFor();
  });

  it('renames, suspends and resumes a tenant, whose people are told so meanwhile, and sees nothing inside', async () => {
    const tenant = await newTenant('secure-exchanges', 'Quay & Sons');
    await newTenant('complete', 'Harbour office');
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
    await page.getByRole('heading', { name: 'Events of the operators: Quay & Daughters' }).waitFor();
    for (const done of ['Tenant: created', 'Tenant: changed', 'Tenant: state changed'])
      await page
        .getByRole('row', { name: new RegExp(`${done} local-operator Quay & Daughters`) })
        .first()
        .waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Those of all tenants' }).click();
    await page.getByRole('link', { name: 'Harbour office' }).waitFor();
    const entries = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(entries).not.toContain('Roles');
  });

  it('sets the features of a tenant, and reads them in French', async () => {
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
    const french = await openAsOperator(`/tenants/${tenant.tenant}`, { locale: 'fr-CA' });
    await french.getByRole('checkbox', { name: 'Rapports filtrés' }).waitFor();
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

describe.skipIf(noBrowser)('a tenant whose access rights nobody can manage', () => {
  it('is recovered by two operators, a delay, and an invitation that is shown once', async () => {
    const lost = await newTenant('complete', 'Lost & Found');
    const tenant = lost.tenant as TenantId;
    await setField(keys.access(tenant, lost.id as UserId), 'state', 'disabled');
    await repair(new Db(documentClient(await engineAddress()), tableName), tenant);

    const page = await openAsOperator(`/tenants/${tenant}`);
    await page.getByText('All changes of its access rights are refused. It waits for a recovery.').waitFor();
    await page.getByRole('button', { name: 'Ask for a recovery' }).click();
    const dialog = page.getByRole('dialog', { name: 'Ask for a recovery' });
    await dialog.getByLabel('Name of the person').fill('Rita Recovers');
    await dialog.getByLabel('Mail').fill('rita at home');
    await dialog.getByLabel('Reason').fill('The last one has left.');
    await dialog.getByRole('button', { name: 'Ask for a recovery' }).click();
    await dialog.getByText('must be a mail address').waitFor();
    await accessible(page);
    await dialog.getByLabel('Mail').fill('rita@mail.test');
    await dialog.getByRole('button', { name: 'Ask for a recovery' }).click();
    await page.getByText('Rita Recovers').waitFor();
    await page.getByRole('button', { name: 'Approve' }).click();
    const refusal = page.getByRole('dialog', { name: 'Another operator must approve this' });
    await refusal.waitFor();
    await accessible(page);

    const other = await openAsOperator(`/tenants/${tenant}`, {}, 'other-operator');
    await other.getByText('The last one has left.').waitFor();
    await accessible(other);
    await other.getByRole('button', { name: 'Approve' }).click();
    await other.getByText('Can be invited from').waitFor();
    await other.getByRole('button', { name: 'Invite the person' }).click();
    await other.getByRole('dialog', { name: 'The time for this has not come yet' }).waitFor();
    await other.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await setField(keys.recovery(tenant), 'dueAt', new Date(0).toISOString());
    await other.getByRole('button', { name: 'Invite the person' }).click();
    await other.getByText('It is shown only now.').waitFor();
    await accessible(other);
  });
});
