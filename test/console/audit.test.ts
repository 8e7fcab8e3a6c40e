// The audit: whose events one sees, filters, differences and proofs.
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

describe.skipIf(noBrowser)('the audit', () => {
  it('shows everybody their own doings, and those of others by a permission only (FP-39, FP-44)', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Bold');
    const page = await openAs(tenant, bo, '/audit');
    await page.getByText('You see your own doings.').waitFor();
    await page
      .getByRole('row', { name: /Bo Bold/ })
      .first()
      .waitFor();
    await expect(page.getByRole('row', { name: /Ada Admin/ }).count()).resolves.toBe(0);
    await accessible(page);
    const grants = [{ permission: 'viewConfigurationAuditTrail' }];
    await tenant.api.putUserGrants({ params: { userId: bo.id as never }, body: { grants }, ifMatch: '*' });
    await page.reload();
    await page
      .getByRole('row', { name: /Ada Admin/ })
      .first()
      .waitFor();
    await expect(page.getByText('You see your own doings.').count()).resolves.toBe(0);
  });

  it('keeps the logs of users and those of administrators apart (SE-16, SE-17)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const reader = async (name: string, permission: string) => {
      const somebody = await tenant.person(name);
      const { id: roleId } = await tenant.api.createRole({ body: { name: `Role of ${name}` } });
      await tenant.api.addRoleGrant({ params: { roleId }, body: { permission } });
      await tenant.api.addRoleMembers({ params: { roleId }, body: { members: [somebody.id as never] } });
      return somebody;
    };
    await tenant.person('Una User');
    const logs = await reader('Lou Logs', 'userLogs');
    const both = await reader('Alma Administrator', 'administratorLogs');
    const page = await openAs(tenant, logs, '/audit');
    await page
      .getByRole('row', { name: /Una User/ })
      .first()
      .waitFor();
    await expect(page.getByRole('row', { name: /Ada Admin/ }).count()).resolves.toBe(0);
    const other = await openAs(tenant, both, '/audit');
    await other
      .getByRole('row', { name: /Ada Admin/ })
      .first()
      .waitFor();
  });

  it('is narrowed by filters that stand in the address, and shows before and after with a proof', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { id } = await tenant.api.createRole({ body: { name: 'Clerks' } });
    await tenant.api.updateRole({ params: { roleId: id }, body: { name: 'Scribes' } });
    const page = await openAs(tenant, tenant, '/audit');
    await page.getByRole('img', { name: 'Events by day' }).waitFor();
    await page.getByRole('button', { name: /^Action/ }).click();
    await page.getByRole('option', { name: /Role: changed/ }).click();
    const changed = page.getByRole('link', { name: 'Role: changed' });
    await changed.waitFor();
    await page.getByRole('link', { name: 'Role: created' }).waitFor({ state: 'detached' });
    expect(new URL(page.url()).searchParams.get('action')).toBe('role.updated');
    await accessible(page);
    await changed.click();
    await page.getByText('Clerks').waitFor();
    await page.getByText('Scribes').first().waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Get the proof' }).click();
    // Nothing is sealed on this instance, which the service says in words.
    await page
      .getByRole('button', { name: 'OK' })
      .or(page.getByRole('button', { name: 'Save the proof' }))
      .waitFor();
    await accessible(page);
    await page.goBack();
    await page
      .getByRole('button', { name: 'Clear all filters' })
      .or(page.getByRole('link', { name: 'Clear all filters' }))
      .waitFor();
    expect(new URL(page.url()).searchParams.get('action')).toBe('role.updated');
  });
});
