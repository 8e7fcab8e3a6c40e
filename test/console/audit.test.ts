// The audit: whose events one sees, filters, differences and proofs.
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, consoleUrl, eventually, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

describe.skipIf(noBrowser)('the audit', () => {
  it('shows everybody their own doings, and those of others by a permission only (FP-39)', async () => {
    const tenant = await newTenant('email-security');
    const bo = await tenant.person('Bo Bold');
    await tenant.api.createPolicy({ body: { name: 'Sales' } });
    const page = await openAs(tenant, bo, '/audit');
    await page.getByText('You see your own doings.').waitFor();
    await page.getByRole('row', { name: /Bo Bold/ }).waitFor();
    const ofAda = page.getByRole('row', { name: /Policy: created/ });
    await expect(ofAda.count()).resolves.toBe(0);
    await accessible(page);
    const grants = [{ permission: 'viewConfigurationAuditTrail' }];
    await tenant.api.putUserGrants({ params: { userId: bo.id as never }, body: { grants }, ifMatch: '*' });
    await page.reload();
    await ofAda.waitFor();
    // Bo may not read users, and is told an id in place of a name.
    await ofAda.getByRole('cell', { name: tenant.id }).waitFor();
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
    const una = await tenant.person('Una User');
    await tenant.api.updateTenant({ body: { name: 'Renamed' } });
    const users = await reader('Lou Logs', 'userLogs');
    const administrators = await reader('Alma Administrator', 'administratorLogs');
    for (const [somebody, seen, hidden] of [
      [users, una.id, tenant.id],
      [administrators, tenant.id, una.id],
    ] as const) {
      const page = await openAs(tenant, somebody, '/audit');
      await page.getByRole('cell', { name: seen }).first().waitFor();
      await expect(page.getByRole('cell', { name: hidden }).count()).resolves.toBe(0);
    }
  });

  it('is narrowed by filters that stand in the address, and shows before and after with a proof', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { id } = await tenant.api.createRole({ body: { name: 'Clerks' } });
    await tenant.api.updateRole({ params: { roleId: id }, body: { name: 'Scribes' } });
    const page = await openAs(tenant, tenant, '/audit');
    await page.getByRole('button', { name: 'Events by day' }).click();
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
    const refusal = page.getByRole('dialog', { name: 'The event is not sealed yet' });
    await refusal.waitFor();
    await accessible(page);
    await refusal.getByRole('button', { name: 'Close' }).last().click();
    await page.goBack();
    await page.getByRole('link', { name: 'Role: changed' }).waitFor();
    expect(new URL(page.url()).searchParams.get('action')).toBe('role.updated');
  });

  it('refuses a day that does not exist, and takes one that is written or chosen', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/audit?from=2026-02-30');
    const from = page.getByRole('textbox', { name: 'From' });
    const wrong = page.getByText('There is no such day. Write it as 2026/11/30.');
    const asked = () => new URL(page.url()).searchParams.get('from');
    await wrong.waitFor();
    await from.fill('2026-1-5');
    await from.press('Enter');
    await wrong.waitFor({ state: 'detached' });
    expect(asked()).toBe('2026-01-05');
    await from.fill('2026/13/45');
    await page.getByRole('textbox', { name: 'To', exact: true }).focus();
    await wrong.waitFor();
    // What was written stands there, and nothing else is asked for.
    expect(await from.inputValue()).toBe('2026/13/45');
    expect(asked()).toBe('2026-01-05');
    await accessible(page);
    await from.fill('2026/01/05');
    await page.getByRole('button', { name: 'Choose a day: From' }).click();
    await page
      .getByRole('gridcell', { name: /7 January/ })
      .or(page.getByText('7', { exact: true }))
      .first()
      .click();
    await eventually(async () => asked()).toBe('2026-01-07');
    expect(await from.inputValue()).toBe('2026/01/07');
    await from.fill('');
    await from.press('Enter');
    await eventually(async () => asked()).toBeNull();
  });

  it('of one user shows its events at once, names the user in the filter, and charts what the filters say', async () => {
    const tenant = await newTenant('complete');
    const bo = await tenant.person('Bo Lindqvist', { login: 'bo' });
    await tenant.api.createRole({ body: { name: 'Scribes' } });
    const page = await openAs(tenant, tenant, `/users/${bo.id}`);
    await page.getByRole('link', { name: 'Audit of this user' }).click();
    const on = page.getByRole('combobox', { name: 'On', exact: true });
    await eventually(() => on.inputValue()).toBe('Bo Lindqvist');
    const event = page.getByRole('link', { name: 'User: created' });
    await event.waitFor();
    const { y } = (await event.boundingBox())!;
    expect(y).toBeLessThan(800);
    await page.getByRole('button', { name: 'Events by day' }).click();
    await page.getByText('are not counted by day').waitFor();
    await accessible(page);

    // Anything is found by its name, and what has none any more is picked by its id.
    await on.fill('scri');
    await page.getByRole('option', { name: /Scribes/ }).click();
    await page.getByRole('link', { name: 'Role: created' }).waitFor();
    await on.fill('r00000000000e');
    await page.getByRole('option', { name: 'The id “r00000000000e”' }).click();
    await page.getByText('No event matches.').waitFor();
    expect(new URL(page.url()).searchParams.get('target')).toBe('r00000000000e');
    await page.getByRole('button', { name: 'Clear all filters' }).click();

    // The days of the chart are those of the filters.
    await page.goto(`${consoleUrl()}audit?from=2026-01-01&to=2026-01-09`);
    await page.getByRole('button', { name: 'Events by day' }).click();
    await page.getByText('From 2026-01-01 to 2026-01-09, in UTC.').waitFor();
    expect(await page.getByRole('img', { name: 'Events by day' }).locator('g').count()).toBe(9);
    const draft = { name: 'Console', operations: [{ operation: 'createRole', body: { name: 'Clerks' } }] };
    await tenant.api.createDraft({ body: draft as never });
    await page.goto(`${consoleUrl()}audit`);
    await page.getByRole('link', { name: 'Waiting changes: created' }).waitFor();
  });
});
