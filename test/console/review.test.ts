// Reviewing: who holds a permission, why, and what would end it.
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, eventually, newTenant, noBrowser, openAs } from './support/world.ts';

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
    await dialog.getByText('Night shift').waitFor();
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
    // The permission is not all that the role gave.
    await page.getByText('Rights on rules are not part of this list').waitFor();
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
