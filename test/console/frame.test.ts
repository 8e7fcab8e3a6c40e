// The frame around every page: finding, the way of the focus, a telephone, and pages about what is not there.
import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { accessible, consoleSuite, consoleUrl, eventually, newTenant, noBrowser, openAs } from './support/world.ts';

consoleSuite();

const telephone = { width: 390, height: 844 };
interface Ranged {
  selectNodeContents(one: unknown): void;
  getClientRects(): Iterable<{ readonly top: number }>;
}
/** All of it is within the width of the telephone. */
const inSight = async (what: Locator) => {
  await what.waitFor();
  const { x, width } = (await what.boundingBox())!;
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + width).toBeLessThanOrEqual(telephone.width);
};
const isFocused = (one: unknown) =>
  one === (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement;

describe.skipIf(noBrowser)('finding', () => {
  it('opens the only hit by Enter, and the users that are found where there are several', async () => {
    const tenant = await newTenant('email-security');
    await tenant.person('Bo Lindqvist', { login: 'bo' });
    await tenant.person('Bo Zwei', { login: 'bo2' });
    const page = await openAs(tenant, tenant, '/policies');
    const field = page.getByRole('combobox', { name: 'Find anything by name, login or mail' });
    const users = page.getByRole('option', { name: 'Search users for “bo”' });

    await field.fill('zwei');
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Bo Zwei', level: 1 }).waitFor();
    // No entry repeats what is typed: the first one by the arrow is the first hit.
    await field.fill('lindq');
    await page.getByRole('option', { name: /Bo Lindqvist/ }).waitFor();
    expect(await page.getByRole('option', { name: 'lindq', exact: true }).count()).toBe(0);
    await accessible(page);
    await field.press('ArrowDown');
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Bo Lindqvist', level: 1 }).waitFor();

    await field.fill('bo');
    await users.waitFor();
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Contacts', level: 1 }).waitFor();
    expect(new URL(page.url()).searchParams.get('search')).toBe('bo');
    await page.getByRole('row', { name: /Bo Zwei/ }).waitFor();
    expect(await page.getByRole('row', { name: /Ada Admin/ }).count()).toBe(0);
    expect(await page.getByRole('searchbox', { name: 'Find: Contacts' }).inputValue()).toBe('bo');
    // The same by the entry, on the page that is open already.
    await page.goto(`${consoleUrl()}users`);
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor();
    await field.fill('bo');
    await users.click();
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Bo Zwei/ }).waitFor();
  });
});

describe.skipIf(noBrowser)('the focus', () => {
  it('begins at a way past the navigation, and goes to the heading of each page that is opened', async () => {
    const tenant = await newTenant('email-security');
    await tenant.person('Bo Lindqvist');
    const page = await openAs(tenant, tenant, '/roles');
    await page.getByRole('heading', { name: 'Roles and permissions', level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to content' });
    expect(await skip.evaluate(isFocused)).toBe(true);
    await accessible(page);
    await page.keyboard.press('Enter');
    await eventually(() => page.evaluate('document.activeElement.id')).toBe('content');

    const focused = (name: string) =>
      eventually(() => page.getByRole('heading', { name, level: 1 }).evaluate(isFocused)).toBe(true);
    await page.getByRole('link', { name: 'Contacts' }).click();
    await focused('Contacts');
    const field = page.getByRole('combobox', { name: 'Find anything by name, login or mail' });
    await field.fill('lindq');
    await page.getByRole('option', { name: /Bo Lindqvist/ }).click();
    await focused('Bo Lindqvist');
    // What can be done with a user is a few steps of the keyboard away.
    const isAtActions = () => page.getByRole('button', { name: 'Actions' }).evaluate(isFocused);
    for (let steps = 0; steps < 4 && !(await isAtActions()); steps++) await page.keyboard.press('Tab');
    expect(await isAtActions()).toBe(true);
  });
});

describe.skipIf(noBrowser)('on a telephone', () => {
  it('a change that waits leads to Submit, which the bar at the top hides', async () => {
    const tenant = await newTenant('complete');
    const { id } = await tenant.api.createRole({ body: { name: 'Help desk' } });
    const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights&edit=true`, { viewport: telephone });
    await page.getByRole('checkbox', { name: 'View All Reports', exact: true }).check();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'More (1)' }).waitFor();
    await page.getByRole('button', { name: 'See the waiting changes' }).click();
    await page.getByRole('main').getByRole('button', { name: 'Submit changes' }).waitFor();
    // What waits is all in sight: the thing and what is done with it stand below each other.
    await inSight(page.getByRole('table', { name: 'Changes' }).getByText('View All Reports'));
    await inSight(page.getByRole('button', { name: /^Discard this change/ }));
  });

  it('a list of people says how each stands, and an answer how it is ended, without moving it sideways', async () => {
    const tenant = await newTenant('complete');
    const dana = await tenant.person('Dana Whitfield', { login: 'dana' });
    await tenant.api.createUser({ body: { kind: 'person', name: 'Nils Bergström', login: 'nils' } });
    const { id: roleId } = await tenant.api.createRole({ body: { name: 'Scribes' } });
    const newRules = { view: true, edit: true, delete: false };
    await tenant.api.putRuleRights({ params: { roleId }, body: { newRules }, ifMatch: '*' });
    await tenant.api.addRoleMembers({ params: { roleId }, body: { members: [dana.id as never] } });
    const page = await openAs(tenant, tenant, `/review?tab=why&user=${dana.id}&right=edit`, { viewport: telephone });
    await inSight(page.getByRole('button', { name: /Dana Whitfield.*Scribes|Scribes.*Dana Whitfield/ }));
    await tenant.api.updateUser({ params: { userId: dana.id as never }, body: { state: 'disabled' } });
    await page.goto(`${consoleUrl()}users`);
    await inSight(page.getByRole('row', { name: /dana/ }).getByText('Disabled'));
    await inSight(page.getByRole('row', { name: /nils/ }).getByText('Not invited yet'));
  });
});

describe.skipIf(noBrowser)('a line', () => {
  it('breaks within no word, and in French before no colon', async () => {
    const tenant = await newTenant('complete');
    const dana = await tenant.person('Dana Whitfield', { login: 'dana' });
    await tenant.api.updateUser({ params: { userId: dana.id as never }, body: { state: 'disabled' } });
    const page = await openAs(tenant, tenant, '/users', { locale: 'fr-FR' });
    const row = page.getByRole('row', { name: /Dana Whitfield/ });
    // A word that is broken, or a sign that stands alone, takes a second line.
    for (const [text, most] of [
      ['Désactivé', 1],
      ['Personne', 1],
      ['connecter', 2],
    ] as const) {
      const lines = await row
        .getByText(text, { exact: text !== 'connecter' })
        .last()
        .evaluate((one) => {
          const range = (globalThis as unknown as { document: { createRange(): Ranged } }).document.createRange();
          range.selectNodeContents(one);
          return new Set([...range.getClientRects()].map(({ top }) => Math.round(top / 10))).size;
        });
      expect(lines, text).toBeLessThanOrEqual(most);
    }
    expect(await row.getByText('connecter').textContent()).toContain('connecter\u00a0: désactivé');
  });
});

describe.skipIf(noBrowser)('something that is not there', () => {
  it('is said by its kind, with the way to the list, in French too', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/users/nobody');
    for (const [path, title] of [
      ['users/nobody', 'There is no such user'],
      ['roles/r00000000000e', 'There is no such role'],
      ['rules/l00000000000e', 'There is no such rule'],
      ['groups/nothing', 'There is no such group'],
      ['policies/nothing', 'There is no such policy'],
      ['directory/sources/nothing', 'There is no such directory'],
      ['directory/runs/nothing', 'There is no such run'],
      ['audit/nothing', 'There is no such event'],
    ]) {
      await page.goto(`${consoleUrl()}${path}`);
      await page.getByText(title!).waitFor();
      expect(await page.getByText(/path\.|externalId/).count(), path).toBe(0);
      expect(await page.getByRole('button', { name: 'Try again' }).count(), path).toBe(0);
    }
    await accessible(page);
    await page.evaluate(`localStorage.setItem('holdfast.language', 'fr')`);
    await page.goto(`${consoleUrl()}users/nobody`);
    await page.getByText('Cet utilisateur n’existe pas').waitFor();
    await page.getByRole('button', { name: 'Vers la liste' }).click();
    await page.getByRole('row', { name: /Ada Admin/ }).waitFor();
  });
});

describe.skipIf(noBrowser)('access rights that are switched off', () => {
  it('are one warning, with the way to the switch and to a second person (CT-06, CT-44)', async () => {
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/rules');
    await page.getByText('Configure access rights straight away').waitFor();
    await page.getByRole('link', { name: 'Give that right to a second person' }).waitFor();
    await accessible(page);
    await page.getByText('Not now').click();
    await page.getByText('Only one person can manage access rights').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'switch access rights on' }).click();
    await page.getByRole('checkbox', { name: /Switch on/ }).waitFor();
  });
});
