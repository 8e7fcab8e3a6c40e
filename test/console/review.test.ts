// Reviewing: who holds a permission, why, and what would end it.
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, newTenant, noBrowser, openAs } from './support/world.ts';

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
    const dialog = page.getByRole('dialog', { name: 'End this access?' });
    await dialog.getByRole('cell', { name: 'Billing' }).waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'End it' }).click();
    await page.getByText('Not allowed').waitFor();
    const check = await tenant.api.check({ body: { user: bo.id as never, permission: 'billing' } });
    expect(check.allowed).toBe(false);
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

  it('tells that the last way to access management cannot be ended', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/review?tab=why&permission=rolesAndAuthorizations');
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
