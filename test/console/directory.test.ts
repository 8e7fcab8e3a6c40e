// Directories and their runs: delivered, held, approved and rejected.
import { describe, expect, it } from 'vitest';
import { deleted, file, group, groupDn, modified, person, userDn } from '../support/directory.ts';
import { accessible, consoleSuite, consoleUrl, directoryOf, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

const people = ['bo', 'cy', 'di', 'ed', 'flo'];
const everybody = people.map((name, at) => person(name, at + 1));
const company = file(...everybody, group('Desk', 50, ...people.map((one) => userDn(one))));
/** Anything that more than one person loses is held. */
const careful = { number: 1, percent: 100 };

describe.skipIf(noBrowser)('a directory', () => {
  it('is connected, and named the client that delivers (FP-09)', async () => {
    const tenant = await newTenant('email-security');
    const sync = await tenant.person('Sync Contact', { login: 'sync' });
    await tenant.api.putUserGrants({
      params: { userId: sync.id as never },
      body: { grants: [{ permission: 'directorySynchronization' }] },
      ifMatch: '*',
    });
    const page = await openAs(tenant, tenant, '/directory/sources');
    await page.getByText('No directory is connected.').waitFor();
    await accessible(page);
    await page.getByRole('button', { name: 'Connect a directory' }).click();
    const dialog = page.getByRole('dialog', { name: 'Connect a directory' });
    await dialog.getByLabel('Name').fill('Head office');
    await accessible(page);
    await dialog.getByLabel('Name').press('Enter');
    await page.getByRole('heading', { name: 'Head office', level: 1 }).waitFor();
    await page.getByText('No run has been delivered yet.').waitFor();
    await accessible(page);

    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('combobox', { name: 'Client that delivers' }).fill('sync');
    await page.getByRole('option', { name: /Sync Contact/ }).click();
    await page.getByLabel('Users disabled: Number').fill('many');
    await page.getByText('Write whole numbers from 0.').waitFor();
    await page.getByLabel('Users disabled: Number').fill('7');
    await accessible(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('The directory was saved.').waitFor();
    const [source] = (await tenant.api.listSources()).items;
    const kept = await tenant.api.getSource({ params: { sourceId: source!.id } });
    expect(kept).toMatchObject({ client: sync.id, guards: { disablings: { number: 7 } } });

    const other = await openAs(tenant, sync, '/directory/sources');
    await other.getByRole('link', { name: 'Head office' }).click();
    await other.getByRole('heading', { name: 'Head office', level: 1 }).waitFor();
    await expect(other.getByRole('tab').count()).resolves.toBe(0);
    await other.getByRole('button', { name: 'Choose a file' }).waitFor();
  });

  it('takes a file in: progress, counts, and what became of each entry', async () => {
    const tenant = await newTenant('email-security');
    const { id } = await tenant.api.createSource({ body: { name: 'Head office' } });
    const page = await openAs(tenant, tenant, `/directory/sources/${id}`);
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'all.ldif', mimeType: 'text/plain', buffer: Buffer.from(company) });
    await page.getByRole('button', { name: 'Deliver', exact: true }).click();
    await page.getByRole('heading', { name: 'Run', level: 1 }).waitFor();
    await page.getByText('Done', { exact: true }).waitFor();
    await page.getByRole('row', { name: /Desk/ }).waitFor();
    await page.getByRole('button', { name: /^Result/ }).click();
    await page.getByRole('option', { name: 'Refused' }).click();
    await page.getByText('No entries with this result.').waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Events of this run' }).click();
    await page.getByRole('heading', { name: 'Audit', level: 1 }).waitFor();
    expect(await tenant.api.listUsers({ query: { source: id } })).toMatchObject({ items: { length: people.length } });
  });

  it('is switched off and on, and disconnected, each after a question that says what happens', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { id } = await directoryOf(tenant, company);
    const page = await openAs(tenant, tenant, `/directory/sources/${id}`);
    await page.getByRole('button', { name: 'Switch off' }).click();
    const off = page.getByRole('dialog', { name: 'Switch the synchronisation off?' });
    await off.getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('Switched off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('Switched on', { exact: true }).waitFor();
    await page.getByText('Only a full run is taken next').waitFor();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect Head office?' });
    await dialog.waitFor();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('The directory is disconnected.').waitFor();
    expect((await tenant.api.listSources()).items).toEqual([]);
  });
});

describe.skipIf(noBrowser)('a run that is worth a warning', () => {
  it('says so on its page once it is approved, and so does the one that undoes it (FP-10)', async () => {
    const tenant = await newTenant('complete');
    const { api } = tenant;
    const small = file(...everybody, group('Desk', 50, userDn('bo')));
    const { id, deliver } = await directoryOf(tenant, small, careful);
    const idOf = async (list: 'listGroups' | 'listUsers', search: string) =>
      (await api[list]({ query: { search } })).items[0]!.id;
    const sync = await api.createRole({ body: { name: 'Sync' } });
    const night = await api.createRole({ body: { name: 'Night' } });
    await api.addRoleGrant({ params: { roleId: sync.id }, body: { permission: 'directorySynchronization' } });
    const members = async (role: string, member: string) =>
      api.addRoleMembers({ params: { roleId: role as never }, body: { members: [member as never] } });
    await members(sync.id, await idOf('listGroups', 'Desk'));
    await members(night.id, await idOf('listUsers', 'di'));

    const more = 'More users hold this permission than it is meant for: Directory Synchronization.';
    const grown = modified(groupDn('Desk'), 'add: member', `member: ${userDn('cy')}`, '-');
    const run = await deliver(file(deleted(userDn('di')), deleted(userDn('ed')), grown));
    const page = await openAs(tenant, tenant, `/directory/runs/${run}`);
    await page.getByText('Why it is held').waitFor();
    expect(await page.getByText(more).count()).toBe(0);
    await page.getByRole('button', { name: 'Approve and apply' }).click();
    await page.getByText('Done', { exact: true }).waitFor();
    await page.getByText(more).waitFor();
    await accessible(page);

    await api.deleteRole({ params: { roleId: night.id } });
    await page.getByRole('button', { name: 'Put back what it took away' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put back what it took away' }).click();
    await page.getByText('The restoration has begun.').waitFor();
    const { items } = await api.listRuns({ params: { sourceId: id } });
    const undoing = items.find(({ kind }) => kind === 'restore');
    await page.goto(`${consoleUrl()}directory/runs/${undoing!.id}`);
    await page.getByText('Done', { exact: true }).waitFor();
    await page.getByText('A role is gone.').waitFor();
    await accessible(page);
  });
});

describe.skipIf(noBrowser)('a run that would take away too much', () => {
  const gone = file(...['di', 'ed'].map((name) => deleted(userDn(name))));

  it('is held with its plan, and goes on when it is approved', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { id, deliver } = await directoryOf(tenant, company, careful);
    await deliver(gone);
    const page = await openAs(tenant, tenant, `/directory/sources/${id}`);
    await page.getByText('A run waits for a decision').waitFor();
    await accessible(page);
    await page.getByRole('link', { name: 'Look at the plan' }).click();
    await page.getByText('Why it is held').waitFor();
    await page.getByRole('row', { name: /Is deleted.*Di/ }).waitFor();
    await accessible(page);
    expect((await tenant.api.listUsers({ query: { source: id } })).items).toHaveLength(people.length);
    await page.getByRole('button', { name: 'Approve and apply' }).click();
    await page.getByText('The run goes on.').waitFor();
    await page.getByText('Done', { exact: true }).waitFor();
    expect((await tenant.api.listUsers({ query: { source: id } })).items).toHaveLength(people.length - 2);
  });

  it('is rejected, and nothing of it happens', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { id, deliver } = await directoryOf(tenant, company, careful);
    const run = await deliver(gone);
    const page = await openAs(tenant, tenant, `/directory/runs/${run}`, { locale: 'fr-CA' });
    await page.getByRole('button', { name: 'Rejeter' }).click();
    await page.getByText('L’exécution est rejetée.').waitFor();
    await page.getByText('Rejetée', { exact: true }).waitFor();
    await accessible(page);
    await expect(page.getByRole('button', { name: 'Approuver et appliquer' }).count()).resolves.toBe(0);
    expect((await tenant.api.listUsers({ query: { source: id } })).items).toHaveLength(people.length);
  });
});
