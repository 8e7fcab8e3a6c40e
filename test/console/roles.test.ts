// Access Rights Management: the list of roles, a role's three tabs, and the refusal of a lock-out.
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  accessible,
  consoleSuite,
  consoleUrl,
  directoryOf,
  eventually,
  newTenant,
  noBrowser,
  openAs,
} from './support/world.ts';

consoleSuite();

type Caller = Pick<Awaited<ReturnType<typeof newTenant>>, 'api'>;

const roleOf = async ({ api }: Caller, name: string) => {
  for await (const role of api.items('listRoles')) if (role.name === name) return role;
  throw new Error(`There is no role ${name}.`);
};
const membersOf = async ({ api }: Caller, roleId: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const member of api.items('listRoleMembers', { params: { roleId } })) names.push(member.name);
  return names.sort();
};
const grantsOf = async ({ api }: Caller, roleId: string) => (await api.getRoleGrants({ params: { roleId } })).grants;

/** A directory with two people, and a group of one of them. */
const harbour = `version: 1

dn: uid=dora,dc=example
objectClass: inetOrgPerson
uid: dora
cn: Dora Domain

dn: uid=gus,dc=example
objectClass: inetOrgPerson
uid: gus
cn: Gus Guest

dn: cn=Guests,dc=example
objectClass: groupOfNames
cn: Guests
member: uid=gus,dc=example
`;

const button = (page: Page | Locator, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const box = (page: Page | Locator, name: string | RegExp) => page.getByRole('checkbox', { name, exact: true });
/** In the page: somebody looks at the window again, so that it reads what may have changed. */
const refetch = `document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`;
/** For an element: it has the focus. */
const isFocused = (one: unknown) =>
  one === (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement;
/** For a check box: some of what it stands for is ticked. */
const isMixed = (one: unknown) => (one as { indeterminate: boolean }).indeterminate;
interface Frame {
  readonly top: number;
  readonly bottom: number;
}
interface Drawn {
  readonly parentElement: Drawn;
  getBoundingClientRect(): Frame;
}
/** For an element: where it stands. */
const place = (one: unknown): Frame => {
  const { top, bottom } = (one as Drawn).getBoundingClientRect();
  return { top, bottom };
};
/** For a text: where the frame around it stands. */
const frame = (text: unknown): Frame => {
  const { getComputedStyle: style } = globalThis as unknown as {
    getComputedStyle(one: Drawn): { readonly borderTopWidth: string };
  };
  let one = text as Drawn;
  while (Number.parseFloat(style(one).borderTopWidth) === 0) one = one.parentElement;
  const { top, bottom } = one.getBoundingClientRect();
  return { top, bottom };
};
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

/** Chooses people or groups in the search for new members. */
const pick = async (page: Page, ...names: string[]) => {
  await page.getByRole('button', { name: /^Add users, groups/ }).click();
  for (const name of names) {
    await page.getByRole('combobox', { name: 'Find by name' }).fill(name.slice(0, 5));
    // The one that the pointer is on tells its group, too.
    await page.getByRole('option', { name: new RegExp(`${name}$`) }).click();
  }
  await page.keyboard.press('Escape');
};
/** Submits what waits, on its page. */
const submitAll = async (page: Page) => {
  await page.getByRole('button', { name: /^Submit changes \(/ }).click();
  await page.getByRole('main').getByRole('button', { name: 'Submit changes', exact: true }).click();
  await page.getByText(/^(The change is|All \d+ changes are) (in force\.|made\.)/).waitFor();
};
/** Saves what is edited: the page is one to read then. */
const saved = async (page: Page) => {
  await button(page, 'Save').click();
  await button(page, 'Edit').waitFor();
};

/** A role with these permissions and members. */
const roleWith = async ({ api }: Caller, name: string, permissions: readonly string[], members: readonly string[]) => {
  const { id } = await api.createRole({ body: { name } });
  for (const permission of permissions) await api.addRoleGrant({ params: { roleId: id }, body: { permission } });
  if (members.length > 0) await api.addRoleMembers({ params: { roleId: id }, body: { members: members as never[] } });
  return id;
};

describe.skipIf(noBrowser)('the list of roles', () => {
  it('adds a role by its name alone, without any permission; Edit in its row gives it some (SE-04..06, SE-08, SE-09, SE-21)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const rosa = await tenant.person('Rosa Roles');
    await roleWith(tenant, 'Keepers of roles', ['rolesAndAuthorizations'], [rosa.id]);
    const page = await openAs(tenant, rosa, '/roles');
    await heading(page, 'Roles and permissions').waitFor();
    await page.getByText('Changes take effect at once.').waitFor();
    await rowOf(page, 'Administrators').getByText('Predefined').waitFor();
    await accessible(page);

    await button(page, 'Add a role').click();
    const dialog = page.getByRole('dialog', { name: 'Add a role' });
    await button(dialog, 'Add').click();
    await dialog.getByText('This is needed.').waitFor();
    await eventually(() => dialog.getByRole('textbox', { name: 'Name' }).evaluate(isFocused)).toBe(true);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('administrators');
    await button(dialog, 'Add').click();
    await dialog.getByText('The name is in use').waitFor();
    await eventually(() => dialog.getByRole('textbox', { name: 'Name' }).evaluate(isFocused)).toBe(true);
    await accessible(page);
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Help desk');
    // That is another name, which nobody has refused; and without rules there is nothing to choose.
    await dialog.getByText('The name is in use').waitFor({ state: 'detached' });
    expect(await dialog.getByRole('radio').count()).toBe(0);
    await button(dialog, 'Add').click();
    await page.getByText('“Help desk” has been created, but no permissions are active yet').waitFor();
    const role = await roleOf(tenant, 'Help desk');
    expect(await grantsOf(tenant, role.id)).toEqual([]);
    // The message says what is so now, and no more what was so when it came.
    await tenant.api.addRoleGrant({ params: { roleId: role.id }, body: { permission: 'billing' } });
    await page.evaluate(refetch);
    await page.getByText('“Help desk” has been created.').waitFor();
    await tenant.api.removeRoleGrant({ params: { roleId: role.id, permission: 'billing' } });

    // By its name it is opened to be read: nothing can be ticked there (SE-08).
    await page.getByRole('link', { name: 'Help desk', exact: true }).click();
    await page.getByRole('tab', { name: 'Access role rights' }).click();
    await page.getByText('This role has no active permission').waitFor();
    expect(await page.getByText('“Help desk” has been created').count()).toBe(0);
    expect(await box(page, 'Billing').isDisabled()).toBe(true);
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['General', 'Access role rights']);
    await page.goBack();

    await button(page, 'Edit Help desk').click();
    for (const [title, line] of [
      ['Business management', 'Customize the colours, the logo and the sending of e-mail, and set up white labelling.'],
      ['Billing', 'Access to the bills, the credit card and the plan.'],
    ] as const) {
      await page.getByText(line).waitFor();
      await box(page, title).check();
    }
    await accessible(page);
    await saved(page);
    expect(await grantsOf(tenant, role.id)).toEqual([{ permission: 'billing' }, { permission: 'businessManagement' }]);
  });

  it('is one page that says what is missing, where somebody without the right opens it or its like by address', async () => {
    const tenant = await newTenant('complete');
    const vera = await tenant.person('Vera Viewer');
    const page = await openAs(tenant, vera, '/roles');
    for (const path of ['roles', 'users', 'groups', 'directory/sources', 'roles/r00000000000e']) {
      await page.goto(`${consoleUrl()}${path}`);
      await heading(page, 'You may not open this page').waitFor();
      await page.getByText(/^(It|This) needs .*Manage access rights\.$/i).waitFor();
      await page.getByText('Ask somebody who manages access rights: they can give it to you.').waitFor();
      await button(page, 'To the first page').waitFor();
      expect(await page.getByRole('button', { name: /^(Add|Connect|Edit|Try again)/ }).count()).toBe(0);
    }
    await accessible(page);
    await button(page, 'To the first page').click();
    await heading(page, 'You may not open this page').waitFor({ state: 'detached' });
  });

  it('opens the members by their number, and saves several at once or none (CT-18..20, SE-22..25)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { api } = tenant;
    const bella = await tenant.person('Bella Billing');
    const carl = await tenant.person('Carl Clerk');
    await api.createUser({ body: { kind: 'person', source: 'external', name: 'Exa Outside' } });
    await directoryOf(tenant, harbour);
    const id = await roleWith(tenant, 'Billing', ['billing'], []);
    const mayBill = async (user: string) =>
      (await api.check({ body: { user: user as never, permission: 'billing' } })).allowed;
    const [gus] = (await api.listUsers({ query: { search: 'gus' } })).items;
    const all = ['Bella Billing', 'Carl Clerk', 'Dora Domain', 'Exa Outside', 'Guests'];
    const page = await openAs(tenant, tenant, '/roles');
    const { promise: groupsCome, resolve: letGroupsCome } = Promise.withResolvers<void>();
    await page.route('**/v1/groups*', async (route) => {
      await groupsCome;
      await route.continue();
    });
    await page.getByRole('link', { name: '0 users in Billing: select members' }).click();
    const found = page.waitForResponse(/\/v1\/users\?/);
    await page.getByRole('button', { name: /^Add users, groups/ }).click();
    await found;
    // Users and groups are offered together: what came later would move what somebody is about to choose.
    await page.getByText('Loading').first().waitFor();
    expect(await page.getByRole('option').count()).toBe(0);
    letGroupsCome();
    await page.getByRole('option', { name: 'Guests' }).waitFor();
    await page.keyboard.press('Escape');
    await pick(page, ...all);
    await rowOf(page, 'Exa Outside').getByText('External user').waitFor();
    await rowOf(page, 'Guests').getByText('Group', { exact: true }).waitFor();
    expect(await page.getByText('Will be added').count()).toBe(5);
    await accessible(page);

    // Leaving without saving changes nothing, and asks first.
    await page.getByRole('link', { name: 'Access Rights' }).click();
    await page.getByRole('dialog', { name: 'Leave without saving?' }).getByRole('button', { name: 'Leave' }).click();
    await heading(page, 'Roles and permissions').waitFor();
    expect(await membersOf(tenant, id)).toEqual([]);

    await page.getByRole('link', { name: '0 users in Billing: select members' }).click();
    await pick(page, ...all);
    await saved(page);
    expect(await membersOf(tenant, id)).toEqual(all);
    // Everybody in the group has the role, too, and all of them at once.
    expect(await Promise.all([bella.id, carl.id, gus!.id].map(mayBill))).toEqual([true, true, true]);
    await page.getByRole('link', { name: 'Guests' }).waitFor();
    await rowOf(page, 'Exa Outside').getByText('External user').waitFor();
    await accessible(page);

    await button(page, 'Edit').click();
    await box(page, 'Select Carl Clerk').check();
    await box(page, 'Select Guests').check();
    await button(page, 'Remove').click();
    expect(await page.getByText('Will be removed').count()).toBe(2);
    await button(page, 'Keep Guests').click();
    await saved(page);
    expect(await membersOf(tenant, id)).toEqual(all.filter((name) => name !== 'Carl Clerk'));
    expect(await mayBill(carl.id)).toBe(false);
  });

  it('says in the role how many of its members are there, and who of them is disabled (SE-22)', async () => {
    const tenant = await newTenant('exchange-rules');
    const [bo, mia] = [await tenant.person('Bo Bold'), await tenant.person('Mia Mild')];
    const { id } = await tenant.api.createRole({ body: { name: 'Clerks' } });
    await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [bo.id as never] } });
    await tenant.api.updateUser({ params: { userId: bo.id as never }, body: { state: 'disabled' } });
    const page = await openAs(tenant, tenant, `/roles/${id}`);
    await page.getByRole('heading', { name: 'Members (1)' }).waitFor();
    await page.getByText('Its only user is disabled, and can do nothing.').waitFor();
    await accessible(page);
    await tenant.api.addRoleMembers({ params: { roleId: id }, body: { members: [mia.id as never] } });
    await page.reload();
    await page.getByRole('heading', { name: 'Members (2)' }).waitFor();
    await page.getByText('1 of 2 users is disabled, and can do nothing.').waitFor();
    await tenant.api.updateUser({ params: { userId: bo.id as never }, body: { state: 'active' } });
    await page.reload();
    await page.getByRole('heading', { name: 'Members (2)' }).waitFor();
    await expect(page.getByText('can do nothing').count()).resolves.toBe(0);
  });

  it('clones and removes: says what is copied, who loses what, and who owns the rules then (CT-15, CT-16, Q-03)', async () => {
    const tenant = await newTenant('complete');
    const { api } = tenant;
    const bo = await tenant.person('Bo Beginner');
    const id = await roleWith(tenant, 'Writers', ['createRules'], [bo.id]);
    const rule = await bo.api.createRule({ body: { type: 'routingRule', name: 'Route', owner: id as never } });
    const page = await openAs(tenant, tenant, '/roles');
    await page.getByRole('radio', { name: 'Select Writers' }).check();
    await button(page, 'Clone').click();
    const cloning = page.getByRole('dialog', { name: 'Clone “Writers”' });
    await cloning.getByText('Members and owned rules are not copied').waitFor();
    await accessible(page);
    await cloning.getByRole('textbox', { name: 'Name' }).fill('Editors');
    await button(cloning, 'Clone').click();
    // The clone of what is not there yet must wait, and says so.
    await page.getByRole('radio', { name: 'Select Editors' }).check();
    await button(page, 'Clone').focus();
    await page.getByRole('tooltip').getByText('Submit this role before you clone it.').waitFor();
    await submitAll(page);
    const clone = await roleOf(tenant, 'Editors');
    expect(await grantsOf(tenant, clone.id)).toEqual([{ permission: 'createRules' }]);
    expect(clone.users).toBe(0);
    const rights = { view: true, edit: true, delete: true };
    expect((await api.getRuleRights({ params: { roleId: clone.id } })).items).toMatchObject([
      { ...rights, owned: false },
    ]);

    await page.getByRole('link', { name: 'Access Rights' }).click();
    await page.getByRole('radio', { name: 'Select Writers' }).check();
    await button(page, 'Remove').click();
    const asked = page.getByRole('dialog', { name: 'Remove the role “Writers”?' });
    await asked.getByText('The role owns 1 rule.').waitFor();
    await accessible(page);
    await asked.getByRole('button', { name: /New owner of its rules/ }).click();
    await page.getByRole('option', { name: 'Editors', exact: true }).click();
    await button(asked, 'Continue').click();
    await asked
      .getByRole('row', { name: /Bo Beginner/ })
      .getByText('Create new rules')
      .waitFor();
    await accessible(page);
    await button(asked, 'Remove').click();
    await rowOf(page, 'Writers').getByText('Removal waits').waitFor();
    await button(page, 'Edit Writers').focus();
    await page.getByRole('tooltip').getByText('This role is removed when the changes are submitted.').waitFor();
    expect((await roleOf(tenant, 'Writers')).id).toBe(id);
    await submitAll(page);
    await expect(roleOf(tenant, 'Writers')).rejects.toThrow();
    expect((await api.getRuleOwner({ params: { ruleId: rule.id } })).owner).toBe(clone.id);
    expect(await grantsOf(tenant, clone.id)).toEqual([{ permission: 'createRules' }]);
  });

  it('switches access rights on by a submit only, and warns without administrators (CT-02..04, CT-06, CT-32, Q-05)', async () => {
    const tenant = await newTenant('exchange-rules');
    const bo = await tenant.person('Bo Beginner');
    const decided = async (user: string, permission: string) => {
      const { allowed, enforced } = await tenant.api.check({ body: { user: user as never, permission } });
      return { allowed, enforced };
    };
    const page = await openAs(tenant, tenant, '/roles');
    await heading(page, 'Access Rights Management').waitFor();
    const strips = ['Only one person can manage access rights', 'Configure access rights straight away'];
    // Both stand in one strip.
    const [one, other] = await Promise.all(strips.map((text) => page.getByText(text).evaluate(frame)));
    expect(one).toEqual(other);
    await accessible(page);
    const on = box(page, 'Switch on Access Rights Management');
    expect(await on.isChecked()).toBe(false);
    await on.click();
    const warning = page.getByRole('dialog', { name: 'Switch on without an administrators group?' });
    await warning.waitFor();
    await accessible(page);
    await button(warning, 'Cancel').click();
    expect(await on.isChecked()).toBe(false);
    await on.click();
    await button(warning, 'Switch on anyway').click();
    await page.getByText('Will be switched on when the changes are submitted.').waitFor();
    expect(await on.isChecked()).toBe(true);
    expect(await decided(bo.id, 'createRules')).toEqual({ allowed: true, enforced: false });
    await submitAll(page);
    expect(await decided(bo.id, 'createRules')).toEqual({ allowed: false, enforced: true });
    expect(await decided(tenant.id, 'manageAccessRights')).toEqual({ allowed: true, enforced: true });
    await page.getByText('Configure access rights straight away').waitFor({ state: 'detached' });
  });

  it('of a hundred letters without a space pushes no other column away, waiting or not', async () => {
    const tenant = await newTenant('complete');
    const page = await openAs(tenant, tenant, '/roles');
    await button(page, 'Add a role').click();
    const dialog = page.getByRole('dialog', { name: 'Add a role' });
    const name = 'W'.repeat(100);
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
    await button(dialog, 'Add').click();
    const width = page.viewportSize()!.width;
    const last = async () => (await rowOf(page, name).getByRole('cell').last().boundingBox())!;
    await rowOf(page, name).waitFor();
    expect((await last()).x + (await last()).width).toBeLessThan(width);
    await button(page, 'See the waiting changes').click();
    await heading(page, 'Waiting changes').waitFor();
    const cells = page.getByRole('table', { name: 'Changes' }).getByRole('cell');
    const edge = (await cells.last().boundingBox())!;
    expect(edge.x + edge.width).toBeLessThan(width);
  });

  it('lists 500 roles by pages, and finds one by a part of its name', async () => {
    const tenant = await newTenant('secure-exchanges');
    const names = Array.from({ length: 500 }, (_, n) => `Role ${String(n).padStart(3, '0')}`);
    for (let from = 0; from < names.length; from += 40)
      await tenant.api.submitChangeSet({
        body: {
          operations: names.slice(from, from + 40).map((name) => ({ operation: 'createRole', body: { name } })),
        },
      });
    const page = await openAs(tenant, tenant, '/roles');
    await page.getByRole('heading', { name: 'Roles (501)' }).waitFor();
    await page.getByRole('button', { name: 'Page 11' }).click();
    await page.getByRole('link', { name: 'Role 499', exact: true }).waitFor();
    await page.getByRole('searchbox', { name: 'Find: Roles' }).fill('e 25');
    await page.getByRole('heading', { name: 'Roles (10/501)' }).waitFor();
  });
});

describe.skipIf(noBrowser)('a new role', () => {
  it('starts with the rights on rules that are chosen with its name, and says what is set (Q-08)', async () => {
    const tenant = await newTenant('complete');
    const { api } = tenant;
    const owner = await roleWith(tenant, 'Owners', ['createRules'], [tenant.id]);
    await api.createRule({ body: { type: 'routingRule', name: 'Route', owner: owner as never } });
    const page = await openAs(tenant, tenant, '/roles');
    for (const [name, choice] of [
      ['Editors', 'View and edit all rules'],
      ['Readers', 'View only'],
      ['Help desk', 'None'],
    ] as const) {
      await button(page, 'Add a role').click();
      const dialog = page.getByRole('dialog', { name: 'Add a role' });
      await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
      await dialog.getByRole('radio', { name: choice }).check();
      if (name === 'Help desk') await accessible(page);
      await button(dialog, 'Add').click();
      await rowOf(page, name).getByText('New, waits').waitFor();
    }
    await page.getByRole('link', { name: 'Help desk', exact: true }).click();
    await page.getByText('Rights on rules: none.').waitFor();
    await page.getByRole('tab', { name: 'Access role rights' }).click();
    await page.getByText('This role has no active permission: its members gain nothing from it.').waitFor();
    await submitAll(page);
    const rightsOf = async (name: string) => {
      const { newRules, items } = await api.getRuleRights({ params: { roleId: (await roleOf(tenant, name)).id } });
      return [newRules, ...items.map(({ view, edit, delete: remove }) => ({ view, edit, delete: remove }))];
    };
    const twice = (view: boolean, edit: boolean) => [0, 1].map(() => ({ view, edit, delete: false }));
    expect(await rightsOf('Editors')).toEqual(twice(true, true));
    expect(await rightsOf('Readers')).toEqual(twice(true, false));
    expect(await rightsOf('Help desk')).toEqual(twice(false, false));
    await page.getByRole('link', { name: 'Access Rights' }).click();
    await page.getByRole('link', { name: 'Readers', exact: true }).click();
    await page.getByText('Rights on rules: View (1 of 1). On new rules of other roles: View.').waitFor();
  });
});

describe.skipIf(noBrowser)('what is told', () => {
  it('stands at the top with the focus after a save, covers nothing, and goes with the next thing that is done', async () => {
    const tenant = await newTenant('secure-exchanges');
    const id = await roleWith(tenant, 'Billing', ['billing'], []);
    for (const [colorScheme, width] of [
      ['light', 390],
      ['dark', 1280],
    ] as const) {
      const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights&edit=true`, {
        viewport: { width, height: 600 },
        colorScheme,
      });
      await box(page, 'Logs').click();
      await page.evaluate('scrollTo(0, document.scrollingElement.scrollHeight)');
      await saved(page);
      const message = page.getByRole('group', { name: /The role “Billing” has been saved\./ });
      await eventually(() => message.evaluate(isFocused)).toBe(true);
      const { top, bottom } = (await message.evaluate(place)) as Frame;
      expect(top).toBeGreaterThan(0);
      expect(bottom).toBeLessThan(600);
      // It scrolls away with the page, and so lies over nothing.
      await page.evaluate('scrollTo(0, 150)');
      expect(((await message.evaluate(place)) as Frame).top).toBeCloseTo(top - 150, 0);
      // A look around, by pointer or keys, costs nobody the message; the next step does.
      await page.keyboard.press('Tab');
      await heading(page, 'Billing').click();
      await message.waitFor();
      await button(page, 'Edit').click();
      await message.waitFor({ state: 'detached' });
    }
  });

  it('goes with the next edit where a form stays open, and gives way to what is told next', async () => {
    const tenant = await newTenant('secure-exchanges');
    const page = await openAs(tenant, tenant, '/settings');
    const name = page.getByLabel('Name of the tenant');
    const messages = page.getByRole('group', { name: /The settings were saved\./ });
    for (const called of ['First', 'Second']) {
      await name.fill(called);
      await messages.waitFor({ state: 'detached' });
      await button(page, 'Save').click();
      await messages.waitFor();
    }
    expect(await messages.count()).toBe(1);
  });
});

describe.skipIf(noBrowser)('a refusal', () => {
  it('is told in French, with what to do; the words of the service come after it, as English', async () => {
    const tenant = await newTenant('secure-exchanges');
    const french = { locale: 'fr-CA' };
    const page = await openAs(tenant, tenant, '/roles', french);
    await button(page, 'Ajouter un rôle').click();
    const dialog = page.getByRole('dialog', { name: 'Ajouter un rôle' });
    const name = dialog.getByRole('textbox', { name: 'Nom' });
    await name.fill('Administrators');
    await button(dialog, 'Ajouter').click();
    await dialog.getByText('Ce nom est déjà utilisé').waitFor();
    await name.fill('x'.repeat(101));
    await button(dialog, 'Ajouter').click();
    await dialog.getByText('Cette valeur n’est pas acceptée').waitFor();
    expect(await dialog.locator('[lang=en]').textContent()).toMatch(/ /);
    await accessible(page);
    await button(dialog, 'Annuler').click();
    await page.getByRole('radio', { name: 'Sélectionner Administrators' }).check();
    await button(page, 'Supprimer').or(button(page, 'Retirer')).click();
    await page.getByRole('dialog', { name: 'Plus personne ne pourrait gérer les droits d’accès' }).waitFor();
    await page.goto(`${consoleUrl()}roles/r00000000000e`);
    await page.getByText('Ce rôle n’existe pas').waitFor();
    await accessible(page);
  });

  it('names permissions by their French titles', async () => {
    const tenant = await newTenant('secure-exchanges');
    const bo = await tenant.person('Bo Bold');
    const members = [bo.id as never];
    const { id: roleId } = await roleOf(tenant, 'Administrators');
    await tenant.api.addRoleMembers({ params: { roleId }, body: { members } });
    const page = await openAs(tenant, bo, '/users', { locale: 'fr-CA' });
    await button(page, 'Ajouter un utilisateur').click();
    const dialog = page.getByRole('dialog', { name: 'Ajouter un utilisateur' });
    await dialog.getByLabel('Nom complet').fill('Nora Neuve');
    await tenant.api.removeRoleMembers({ params: { roleId }, body: { members } });
    await button(dialog, 'Ajouter').click();
    await page.getByText('Cela nécessite Rôles et autorisations.').waitFor();
    expect(await page.locator('[lang=en]').count()).toBe(0);
    await accessible(page);
  });
});

describe.skipIf(noBrowser)('a lock-out', () => {
  it('is refused however it would come about, and says who would not count (CT-44..47, CT-49, CT-51)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const { api } = tenant;
    const admins = await roleOf(tenant, 'Administrators');
    const nora = await api.createUser({ body: { kind: 'person', name: 'Nora New' } });
    await api.addRoleMembers({ params: { roleId: admins.id }, body: { members: [nora.id] } });
    const page = await openAs(tenant, tenant, `/roles/${admins.id}?tab=rights&edit=true`);
    const refused = page.getByRole('dialog', { name: 'Nobody would be left who can manage access rights' });
    const isRefused = async () => {
      await refused.waitFor();
      await button(refused, 'Close').last().click();
      await refused.waitFor({ state: 'detached' });
      expect(await grantsOf(tenant, admins.id)).toEqual([{ permission: '*' }]);
      expect(await membersOf(tenant, admins.id)).toEqual(['Ada Admin', 'Nora New']);
      expect((await api.check({ body: { permission: 'rolesAndAuthorizations' } })).allowed).toBe(true);
    };
    // The right is cleared.
    await box(page, 'Roles and authorizations').uncheck();
    await page.getByText('The permissions are now ticked one by one.').waitFor();
    await button(page, 'Save').click();
    await isRefused();
    // The only member who counts is removed; then all of them.
    await button(page, 'Cancel').click();
    await page.getByRole('tab', { name: 'General' }).click();
    for (const all of [false, true]) {
      await button(page, 'Edit').click();
      await box(page, 'Select Ada Admin').check();
      if (all) await box(page, 'Select Nora New').check();
      await button(page, 'Remove').click();
      await button(page, 'Save').click();
      if (!all) {
        await refused.getByText('has never signed in').waitFor();
        await accessible(page);
      }
      await isRefused();
      await button(page, 'Cancel').click();
    }
    // The role is removed.
    await page.getByRole('link', { name: 'Access Rights' }).click();
    await page.getByRole('radio', { name: 'Select Administrators' }).check();
    await button(page, 'Remove').click();
    await isRefused();
  });

  it('is no lock-out while another role has the right and an active member (CT-16, CT-50)', async () => {
    const tenant = await newTenant('secure-exchanges');
    await roleWith(tenant, 'Deputies', ['rolesAndAuthorizations'], [tenant.id]);
    const page = await openAs(tenant, tenant, '/roles');
    await page.getByRole('radio', { name: 'Select Administrators' }).check();
    await button(page, 'Remove').click();
    const asked = page.getByRole('dialog', { name: 'Remove the role “Administrators”?' });
    await asked.getByRole('row', { name: /Ada Admin/ }).waitFor();
    await button(asked, 'Remove').click();
    await page.getByText('The role “Administrators” has been removed.').waitFor();
    await expect(roleOf(tenant, 'Administrators')).rejects.toThrow();
  });

  it('does not come about when two race for the last right, nor by the one who is left (CT-14, CT-44, CT-48)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const admins = await roleOf(tenant, 'Administrators');
    const bo = await tenant.person('Bo Second');
    await tenant.api.addRoleMembers({ params: { roleId: admins.id }, body: { members: [bo.id] } });
    const path = `/roles/${admins.id}?edit=true`;
    const pages = await Promise.all([openAs(tenant, tenant, path), openAs(tenant, bo, path)]);
    const names = ['Ada Admin', 'Bo Second'] as const;
    const remove = async (page: Page, name: string) => {
      await box(page, `Select ${name}`).check();
      await button(page, 'Remove').click();
    };
    await Promise.all(pages.map((page, n) => remove(page, names[1 - n]!)));
    await Promise.all(pages.map((page) => button(page, 'Save').click()));
    const done = await Promise.all(
      pages.map(async (page) => {
        await button(page, 'Edit').or(page.getByRole('dialog')).first().waitFor();
        return button(page, 'Edit').isVisible();
      }),
    );
    expect(done.filter(Boolean)).toHaveLength(1);
    const left = done[0] ? 0 : 1;
    const own = [tenant, bo][left]!;
    expect(await membersOf(own, admins.id)).toEqual([names[left]]);
    const page = pages[left]!;
    await button(page, 'Edit').click();
    await remove(page, names[left]!);
    await button(page, 'Save').click();
    await page.getByRole('dialog', { name: 'Nobody would be left who can manage access rights' }).waitFor();
    expect(await membersOf(own, admins.id)).toEqual([names[left]]);
  });
});

describe.skipIf(noBrowser)('the permissions of a role', () => {
  it('are in French for whoever reads French, and in English once that is chosen, with what is ticked', async () => {
    const tenant = await newTenant('exchange-rules');
    const id = await roleWith(tenant, 'Designers', [], []);
    const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights&edit=true`, { locale: 'fr-CA' });
    await page.getByText('Nécessite Modifier des actions existantes.').first().waitFor();
    await page.getByText('Actions des règles', { exact: true }).waitFor();
    await box(page, 'Créer des règles').check();
    await accessible(page);
    await page.getByRole('button', { name: 'Langue, Apparence' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'English' }).click();
    await page.getByText('Needs Edit existing actions.').first().waitFor();
    expect(await box(page, 'Create new rules').isChecked()).toBe(true);
    await saved(page);
    await submitAll(page);
    expect(await grantsOf(tenant, id)).toEqual([{ permission: 'createRules' }]);
  });

  it('are a tree: actions by type, with what depends on the selection (CT-43, CT-71, CT-72, CT-74..77, Q-06)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { api } = tenant;
    await api.updateTenant({ body: { enforced: true } });
    const dee = await tenant.person('Dee Designer');
    const id = await roleWith(tenant, 'Designers', [], [dee.id]);
    const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights&edit=true`);
    for (const title of [
      'Manage access rights',
      'Manage program administrative features',
      'Create new rules',
      'Manage rules order and their General properties',
      'Manage rules Conditions and Exceptions',
      'Manage rules Options',
    ])
      expect(await box(page, title).isChecked(), title).toBe(false);
    const whole = box(page, 'Manage rules Actions');
    const edit = box(page, 'Edit existing actions');
    const add = box(page, 'Add actions selected above');
    const remove = box(page, 'Delete actions selected above');
    // Nothing is selected: adding and deleting cannot be ticked (CT-77).
    expect(await add.isDisabled()).toBe(true);
    await whole.check();
    expect(await Promise.all([edit, add, remove].map((one) => one.isChecked()))).toEqual([true, true, true]);
    await add.uncheck();
    await page.getByRole('radio', { name: 'Selected action types' }).check();
    await page.getByText('Nothing is selected, so nothing is granted.').waitFor();
    expect(await remove.isDisabled()).toBe(true);
    await accessible(page);
    await page.getByRole('button', { name: 'Edit existing actions: Selected action types' }).click();
    await page.getByRole('option', { name: 'Insert disclaimer' }).click();
    await page.keyboard.press('Escape');
    expect(await remove.isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Example' }).click();
    await page.getByText('They cannot add one, because “Add actions selected above” is a box of its own.').waitFor();
    // A right on rules can be limited to types of rules.
    await box(page, 'Create new rules').check();
    await page.getByRole('button', { name: /Limits of Create new rules$/ }).click();
    const creating = page.getByRole('radiogroup', { name: 'Create new rules: Rule types' });
    await creating.getByRole('radio', { name: 'Selected rule types' }).check();
    await page.getByRole('button', { name: 'Create new rules: Selected rule types' }).click();
    await page.getByRole('option', { name: 'Routing' }).click();
    await page.keyboard.press('Escape');
    await accessible(page);
    await saved(page);
    await page.getByText('What you see includes changes that wait to be submitted.').waitFor();
    expect(await grantsOf(tenant, id)).toEqual([]);
    await submitAll(page);
    expect(await grantsOf(tenant, id)).toEqual([
      { permission: 'createRules', ruleTypes: ['routingRule'] },
      { permission: 'deleteActions' },
      { permission: 'editActions', actionTypes: ['insertDisclaimer'] },
    ]);
    // The worked example (CT-75, CT-76), as the products are told.
    const may = async (permission: string, actionType: string) =>
      (await api.check({ body: { user: dee.id as never, permission, actionType } })).allowed;
    const verbs = ['editActions', 'deleteActions', 'addActions'];
    expect(await Promise.all(verbs.map((verb) => may(verb, 'insertDisclaimer')))).toEqual([true, true, false]);
    expect(await Promise.all(verbs.map((verb) => may(verb, 'setHeader')))).toEqual([false, false, false]);
  });

  it('are all ticked by Everything, those that come later included; one can be taken out (Q-19)', async () => {
    const tenant = await newTenant('secure-exchanges');
    const id = await roleWith(tenant, 'Owners', ['*'], []);
    const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights`);
    await page.getByText('Every permission there is, and those that are added later.').waitFor();
    expect(await box(page, 'Billing').isChecked()).toBe(true);
    await button(page, 'Edit').click();
    await box(page, 'Billing').uncheck();
    await page.getByText('The permissions are now ticked one by one.').waitFor();
    expect(await box(page, 'Everything').evaluate(isMixed)).toBe(true);
    await accessible(page);
    await saved(page);
    const { permissions } = await tenant.api.getCatalogue();
    expect((await grantsOf(tenant, id)).map(({ permission }) => permission)).toEqual(
      permissions.flatMap((one) => (one.id === 'billing' ? [] : [one.id])).sort(),
    );
  });

  it('can be limited to policies, need and exclude each other as the catalogue says (FP-47, FP-52)', async () => {
    const tenant = await newTenant('complete');
    const sales = await tenant.api.createPolicy({ body: { name: 'Sales' } });
    const id = await roleWith(tenant, 'Help desk', [], []);
    const page = await openAs(tenant, tenant, `/roles/${id}?tab=rights&edit=true`);
    const images = box(page, 'View Quarantined Images');
    expect(await images.isDisabled()).toBe(true);
    await page.getByText('Needs View Quarantine as well.').waitFor();
    await box(page, 'View Quarantine').check();
    await page.getByRole('button', { name: /^All policies – Change. Limits of View Quarantine$/ }).click();
    const policies = page.getByRole('radiogroup', { name: 'View Quarantine: Policies' });
    // The choice stands near the bar with Save, so that what opens would lie behind it.
    const [choice, bar] = [await policies.evaluate(place), await page.locator('.edit-bar').evaluate(place)];
    await page.evaluate(`scrollBy(0, ${choice.bottom - bar.top + 37})`);
    // By the mouse alone: a click on an element would bring that to the middle of the window first.
    const { x, y } = (await policies.getByText('Selected policies').boundingBox())!;
    await page.mouse.click(x + 5, y + 5);
    await page.getByRole('button', { name: /^No policy yet – Change. Limits of View Quarantine$/ }).waitFor();
    const field = page.getByRole('button', { name: 'View Quarantine: Selected policies' });
    const warned = page.getByText('Nothing is selected, so nothing is granted.');
    expect((await warned.evaluate(place)).bottom).toBeLessThan(bar.top);
    await field.click();
    await page.getByRole('option', { name: 'Sales' }).click();
    await page.keyboard.press('Escape');
    await images.check();
    // What widens makes limits to policies count for nothing.
    await box(page, 'Manage Users').check();
    await page.getByText('Manage Users makes the permissions apply to all policies.').first().waitFor();
    await box(page, 'Manage Users').uncheck();
    expect(await box(page, 'View Filtered Reports').isDisabled()).toBe(false);
    await box(page, 'View All Reports').check();
    await page.getByText('Not available beside View All Reports.').last().waitFor();
    expect(await box(page, 'View Filtered Reports').isDisabled()).toBe(true);
    await accessible(page);
    await saved(page);
    await submitAll(page);
    expect(await grantsOf(tenant, id)).toEqual([
      { permission: 'viewAllReports' },
      { permission: 'viewQuarantine', policies: [sales.id] },
      { permission: 'viewQuarantinedImages', policies: [sales.id] },
    ]);
  });
});

describe.skipIf(noBrowser)('the rights of a role on rules', () => {
  it('stand in the order of the rules, sort by name until closed, tick by column (CT-21, CT-85, CT-87..91)', async () => {
    const tenant = await newTenant('complete');
    const { api } = tenant;
    const id = await roleWith(tenant, 'Writers', ['createRules'], [tenant.id]);
    const other = await roleWith(tenant, 'Readers', [], []);
    const inOrder = ['Zeta', 'Alpha', 'Mid'];
    for (const name of inOrder)
      await api.createRule({ body: { type: 'routingRule', name, owner: name === 'Mid' ? (id as never) : undefined } });
    const page = await openAs(tenant, tenant, `/roles/${id}`);
    await page.getByRole('tab', { name: 'Rules rights' }).click();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual(['General', 'Access role rights', 'Rules rights']);
    const shown = async () => (await page.getByRole('rowheader').allInnerTexts()).map((text) => text.split('\n')[0]);
    await eventually(shown).toEqual(inOrder);
    await rowOf(page, 'Mid').getByText('Owner').waitFor();
    expect(await box(page, 'View: Zeta').isDisabled()).toBe(true);
    await accessible(page);
    await page.getByRole('button', { name: 'Rule name' }).click();
    await eventually(shown).toEqual(['Alpha', 'Mid', 'Zeta']);
    await page.getByRole('tab', { name: 'General' }).click();
    await page.getByRole('tab', { name: 'Rules rights' }).click();
    await eventually(shown).toEqual(inOrder);
    const { items: rules } = await api.listRules();
    expect(rules.map(({ name }) => name)).toEqual(inOrder);

    for await (const { id: roleId } of api.items('listRoles'))
      if (roleId !== other)
        await api.putRuleRights({
          params: { roleId },
          body: { rules: [{ rule: rules[0]!.id, view: false }] },
          ifMatch: '*',
        });
    await page.getByRole('link', { name: 'Access Rights' }).click();
    await page.getByRole('link', { name: 'Readers', exact: true }).click();
    await page.getByRole('tab', { name: 'Rules rights' }).click();
    await button(page, 'Edit').click();
    await box(page, 'Delete: all rules').check();
    for (const name of inOrder) expect(await box(page, `Delete: ${name}`).isChecked()).toBe(true);
    await box(page, 'Delete: Alpha').uncheck();
    await box(page, 'View: Zeta').uncheck();
    await box(page, 'Edit: New rules of other roles').uncheck();
    await accessible(page);
    await saved(page);
    // What is allowed and yet worth knowing is told with the edit that it is about, and before all is submitted.
    await page.getByText('No role lets anybody see any more: Zeta.').waitFor();
    // A second edit joins the first.
    await button(page, 'Edit').click();
    await box(page, 'Delete: Mid').uncheck();
    await saved(page);
    await page.getByRole('button', { name: 'Submit changes (1)' }).click();
    await page.getByRole('main').getByText('No role lets anybody see any more: Zeta.').waitFor();
    await submitAll(page);
    const { items, newRules } = await api.getRuleRights({ params: { roleId: other as never } });
    expect(newRules).toEqual({ view: true, edit: false, delete: false });
    expect(items.map((one) => [one.name, one.view, one.edit, one.delete])).toEqual([
      ['Zeta', false, true, true],
      ['Alpha', true, true, false],
      ['Mid', true, true, false],
    ]);
  });
});

describe.skipIf(noBrowser)('a role that waits', () => {
  it('is listed, edited in all its parts and removed before it is submitted (CT-13, CT-25, CT-26, CT-86)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { api } = tenant;
    await api.updateTenant({ body: { enforced: true } });
    const bo = await tenant.person('Bo Beginner');
    await api.createUser({ body: { kind: 'person', source: 'external', name: 'Exa Outside' } });
    const admins = await roleOf(tenant, 'Program and rules administrators');
    await api.createRule({ body: { type: 'routingRule', name: 'Route', owner: admins.id } });
    const page = await openAs(tenant, tenant, '/roles');
    await button(page, 'Add a role').click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Waiters');
    expect(await page.getByRole('radio', { name: 'View and edit all rules' }).isChecked()).toBe(true);
    await accessible(page);
    await button(page.getByRole('dialog'), 'Add').click();
    await page.getByText('“Waiters” waits to be created, but no permissions are active yet').waitFor();
    await page.getByText('Nothing takes effect before you submit the changes.').waitFor();
    await rowOf(page, 'Waiters').getByText('New, waits').waitFor();
    await accessible(page);
    await page.getByRole('link', { name: '0 users in Waiters: select members' }).click();
    await page.getByRole('textbox', { name: 'Description' }).fill('They wait.');
    await pick(page, 'Bo Beginner', 'Exa Outside');
    await page.getByText('Rights on rules: View (1 of 1), Edit (1 of 1).').waitFor();
    await page.getByRole('tab', { name: 'Access role rights' }).click();
    await box(page, 'Manage rules Options').check();
    await page.getByRole('tab', { name: 'Rules rights' }).click();
    await box(page, 'View: Route').uncheck();
    await page.getByRole('tab', { name: 'General' }).click();
    await page.getByText('Rights on rules: Edit (1 of 1). On new rules of other roles: View, Edit.').waitFor();
    await page.getByRole('tab', { name: 'Rules rights' }).click();
    await saved(page);
    expect(await box(page, 'View: Route').isChecked()).toBe(false);
    await page.getByRole('tab', { name: 'General' }).click();
    await page.getByText('They wait.').waitFor();
    await rowOf(page, 'Bo Beginner').getByText('Will be added').waitFor();
    // The draft has ids only; what they are is asked for.
    await rowOf(page, 'Exa Outside').getByText('External user').waitFor();
    await accessible(page);
    await expect(roleOf(tenant, 'Waiters')).rejects.toThrow();
    const mayManage = async () =>
      (await api.check({ body: { user: bo.id as never, permission: 'manageOptions' } })).allowed;
    expect(await mayManage()).toBe(false);
    // The change that waits leads back to the role, which is not there yet.
    await page.getByRole('button', { name: /^Submit changes \(/ }).click();
    await page.getByRole('main').getByRole('link', { name: 'Waiters', exact: true }).first().click();
    await heading(page, 'Waiters').waitFor();
    await submitAll(page);
    expect(await mayManage()).toBe(true);
    const made = await roleOf(tenant, 'Waiters');
    expect(made).toMatchObject({ description: 'They wait.', users: 2 });
    expect(await membersOf(tenant, made.id)).toEqual(['Bo Beginner', 'Exa Outside']);
    expect(await grantsOf(tenant, made.id)).toEqual([{ permission: 'manageOptions' }]);
    expect((await api.getRuleRights({ params: { roleId: made.id } })).items).toMatchObject([
      { view: false, edit: true },
    ]);
    expect((await bo.api.listRules()).items).toEqual([]);

    await page.getByRole('link', { name: 'Access Rights' }).click();
    await button(page, 'Add a role').click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Mistakes');
    await button(page.getByRole('dialog'), 'Add').click();
    await page.getByRole('radio', { name: 'Select Mistakes' }).check();
    await button(page, 'Remove').click();
    await page.getByText('The role “Mistakes” waits no longer.').waitFor();
    await page.getByRole('button', { name: /^Submit changes/ }).waitFor({ state: 'detached' });
  });
});
