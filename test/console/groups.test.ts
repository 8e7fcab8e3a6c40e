// Groups of a directory, and policies to which permissions are limited.
import { describe, expect, it } from 'vitest';
import { file, group, groupDn, person, userDn } from '../support/directory.ts';
import { accessible, consoleSuite, directoryOf, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

const company = file(
  person('bo', 1),
  person('cy', 2),
  group('Night', 11, userDn('cy')),
  group('Desk', 10, userDn('bo'), groupDn('Night')),
);

describe.skipIf(noBrowser)('a group', () => {
  it('shows its members, direct and of any depth, takes further ones by hand and ends that again', async () => {
    const tenant = await newTenant('secure-exchanges');
    await directoryOf(tenant, company);
    const mona = await tenant.person('Mona Marin', { login: 'mona' });
    const page = await openAs(tenant, tenant, '/groups');
    await page.getByRole('row', { name: /Night/ }).waitFor();
    await accessible(page);
    await page.getByRole('searchbox', { name: 'Find: Groups' }).fill('de');
    await page.getByRole('row', { name: /Night/ }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Desk' }).click();
    const members = page.getByRole('table', { name: 'Members' });
    await members.getByRole('row', { name: /Bo/ }).waitFor();
    await members.getByRole('row', { name: /Night.*Group/ }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'All, of any depth' }).click();
    await members.getByRole('row', { name: /Cy/ }).waitFor();
    await page.getByRole('button', { name: 'Direct', exact: true }).click();

    await page.getByRole('combobox', { name: 'User' }).fill('mona');
    await page.getByRole('option', { name: /Mona Marin/ }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const row = members.getByRole('row', { name: /Mona Marin.*by hand/ });
    await row.waitFor();
    await row.getByRole('checkbox').click();
    await page.getByRole('button', { name: 'End membership' }).click();
    const dialog = page.getByRole('dialog', { name: 'End these memberships?' });
    await dialog.waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'End membership' }).click();
    await row.waitFor({ state: 'detached' });
    const [desk] = (await tenant.api.listGroups({ query: { search: 'desk' } })).items;
    const left = (await tenant.api.listGroupMembers({ params: { groupId: desk!.id } })).items;
    expect(left.map(({ id }) => id)).not.toContain(mona.id);
  });

  it('decides about access management only when somebody has said so', async () => {
    const tenant = await newTenant('secure-exchanges');
    await directoryOf(tenant, company);
    const [desk] = (await tenant.api.listGroups({ query: { search: 'desk' } })).items;
    const page = await openAs(tenant, tenant, `/groups/${desk!.id}`);
    await page.getByRole('checkbox', { name: 'May decide about access management' }).click();
    await page.getByText('The directory may now decide through this group who manages access rights.').waitFor();
    expect(await tenant.api.getGroup({ params: { groupId: desk!.id } })).toMatchObject({
      confersAccessManagement: true,
    });
  });
});

describe.skipIf(noBrowser)('policies', () => {
  it('are added, described, reviewed and deleted', async () => {
    const tenant = await newTenant('email-security');
    const page = await openAs(tenant, tenant, '/policies');
    await page.getByText(/There are no policies that you may see/).waitFor();
    await page.getByRole('button', { name: 'Add a policy' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add a policy' });
    await dialog.getByLabel('Name').fill('Sales');
    await dialog.getByLabel('Description').fill('At home and abroad');
    await accessible(page);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('link', { name: 'Sales' }).waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Add a policy' }).click();
    await dialog.getByLabel('Name').fill('sales');
    await dialog.getByLabel('Name').press('Enter');
    await dialog.getByText('The name is in use').waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await page.getByRole('link', { name: 'Sales' }).click();
    await page.getByLabel('Description').fill('Everywhere');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The policy was saved.').waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'View Quarantine', exact: true }).click();
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Delete policy' }).click();
    const ask = page.getByRole('dialog', { name: 'Delete the policy Sales?' });
    await ask.waitFor();
    await accessible(page);
    await ask.getByRole('button', { name: 'Delete policy' }).click();
    await page.getByText('The policy was deleted.').waitFor();
    expect((await tenant.api.listPolicies()).items).toEqual([]);
  });

  it('are for their own administrator their own, and no other (FP-12, FP-13)', async () => {
    const tenant = await newTenant('email-security');
    const [own, other] = [
      await tenant.api.createPolicy({ body: { name: 'Sales' } }),
      await tenant.api.createPolicy({ body: { name: 'Finance' } }),
    ];
    const bo = await tenant.person('Bo Bold');
    await tenant.api.putUserGrants({
      params: { userId: bo.id as never },
      body: { grants: [{ permission: 'modifyConfiguration', policies: [own.id] }] },
      ifMatch: '*',
    });
    const page = await openAs(tenant, bo, '/policies');
    await page.getByRole('link', { name: 'Sales' }).waitFor();
    await expect(page.getByText('Finance').count()).resolves.toBe(0);
    await page.getByRole('link', { name: 'Sales' }).click();
    await page.getByText('Only who administers all policies may change the name.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Name' }).isEditable()).toBe(false);
    await expect(page.getByRole('button', { name: 'Delete policy' }).count()).resolves.toBe(0);
    await page.getByLabel('Description').fill('Mine');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The policy was saved.').waitFor();
    await page.goto(page.url().replace(own.id, other.id));
    await page.getByText('There is no such policy').waitFor();
    expect(await tenant.api.getPolicy({ params: { policyId: own.id } })).toMatchObject({ description: 'Mine' });
  });
});
