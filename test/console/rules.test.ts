// The pages of rules: their order, the five tabs of one, who owns it, and categories.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ItemOf, RequestOf } from '../../clients/typescript/index.ts';
import {
  accessible,
  consoleSuite,
  eventually,
  newTenant,
  noBrowser,
  openAs,
  signInHere,
  windowAt,
} from './support/world.ts';

consoleSuite();

type TestTenant = Awaited<ReturnType<typeof newTenant>>;
type NewRule = RequestOf<'createRule'>['body'];
type Grant = RequestOf<'putRoleGrants'>['body']['grants'][number];
type RuleId = ItemOf<'listRules'>['id'];

const rule = (tenant: TestTenant, name: string, more: Partial<NewRule> = {}) =>
  tenant.api.createRule({ body: { type: 'signatureRule', name, ...more } });

/** A role with some grants, and a person who is in it. */
const personWith = async (tenant: TestTenant, name: string, grants: readonly Grant[]) => {
  const role = await tenant.api.createRole({ body: { name: `Role of ${name}` } });
  const params = { roleId: role.id };
  const { etag } = await tenant.api.call('getRoleGrants', { params });
  await tenant.api.putRoleGrants({ params, body: { grants: [...grants] }, ifMatch: etag ?? '*' });
  const somebody = await tenant.person(name);
  await tenant.api.addRoleMembers({ params, body: { members: [somebody.id as never] } });
  return { ...somebody, role: role.id };
};

/** Submits what waits, as *Submit changes* does. */
const submit = async ({ api }: Pick<TestTenant, 'api'>): Promise<void> => {
  for await (const { id } of api.items('listDrafts')) {
    const { etag } = await api.call('getDraft', { params: { draftId: id } });
    await api.submitDraft({ params: { draftId: id }, body: {}, ifMatch: etag ?? '*' });
  }
};

const namesOf = async ({ api }: Pick<TestTenant, 'api'>): Promise<string[]> => {
  const { items } = await api.listRules({ query: { limit: 200 } });
  return items.map(({ name }) => name);
};

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });
/** The names in the table, in the order of its rows. */
const shown = async (page: Page): Promise<string[]> =>
  (await page.getByRole('table', { name: 'Rules' }).getByRole('rowheader').getByRole('link').allInnerTexts()).map(
    (text) => text.trim(),
  );
/** Waits until the table has these names in this order. */
const inOrder = (page: Page, names: readonly string[]) => eventually(() => shown(page)).toEqual(names);
const waitsFor = (page: Page, n: number) => page.getByRole('button', { name: `Submit changes (${n})` }).waitFor();
const choose = async (page: Page, label: RegExp, option: string | RegExp) => {
  await page.getByRole('button', { name: label }).click();
  await page.getByRole('option', { name: option }).click();
};
/** The text as it is seen, not as it is told of a button. */
const see = (page: Page, text: string) => page.getByText(text).filter({ visible: true }).first().waitFor();

interface Traced {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of the thread: what else runs on this machine does not count. */
  readonly tdur?: number;
}

/** The longest time in milliseconds for which the page's thread could do nothing else. */
const longestTask = async (page: Page, doing: () => Promise<void>): Promise<number> => {
  const mark = 'the page that is measured';
  const browser = page.context().browser()!;
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  await page.evaluate((name) => void performance.mark(name), mark);
  await doing();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { traceEvents: readonly Traced[] };
  const { pid, tid } = traceEvents.find(({ name }) => name === mark)!;
  const tasks = traceEvents.filter((one) => one.name.endsWith('RunTask') && one.pid === pid && one.tid === tid);
  expect(tasks.length).toBeGreaterThan(0);
  return Math.round(Math.max(...tasks.map(({ tdur = 0 }) => tdur)) / 1000);
};

describe.skipIf(noBrowser)('the list of rules', () => {
  it('has the rules that one may see, in their order, and finds by text, type and category (CT-86)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { etag } = await tenant.api.call('getCategories', {});
    const { categories } = await tenant.api.putCategories({
      body: { categories: [{ name: 'Legal' }] },
      ifMatch: etag ?? '*',
    });
    const hostile = '<img src=x onerror="alert(1)"> "quoted" & שלום';
    await rule(tenant, 'Zebra', { description: 'Stripes' });
    await rule(tenant, '$5 off', { type: 'routingRule', categories: [categories[0]!.id] });
    await rule(tenant, hostile, { enabled: false });
    const hidden = await rule(tenant, 'Hidden');
    const viewer = await personWith(tenant, 'Vera Viewer', []);
    const params = { roleId: viewer.role };
    const read = await tenant.api.call('getRuleRights', { params });
    await tenant.api.putRuleRights({
      params,
      body: { rules: [{ rule: hidden.id, view: false }] },
      ifMatch: read.etag ?? '*',
    });
    const page = await openAs(tenant, viewer, '/rules');
    await heading(page, /^Rules/).waitFor();
    const names = ['Zebra', '$5 off', hostile];
    await inOrder(page, names);
    await accessible(page);
    // What one may not do is dimmed, and says why.
    const add = page.getByRole('button', { name: 'Add a rule' });
    await add.focus();
    await page.getByRole('tooltip').getByText('You lack: Create new rules.').waitFor();
    expect(await page.getByRole('button', { name: 'Move Zebra' }).getAttribute('aria-disabled')).toBe('true');
    // Sorting changes nothing in the order.
    await page.getByRole('columnheader', { name: 'Name' }).click();
    await inOrder(
      page,
      names.toSorted((a, b) => a.localeCompare(b)),
    );
    await page.getByRole('columnheader', { name: 'Place' }).click();
    await inOrder(page, names);
    await page.getByRole('searchbox', { name: /Find/ }).fill('STRIPE');
    await inOrder(page, ['Zebra']);
    await page.getByRole('searchbox', { name: /Find/ }).fill('');
    await choose(page, /^Type/, 'Routing');
    await inOrder(page, ['$5 off']);
    await choose(page, /^Type/, 'All types');
    await choose(page, /^Categories/, 'Legal');
    await inOrder(page, ['$5 off']);
    // The address leads to the same list.
    await page.reload();
    await inOrder(page, ['$5 off']);
    await expect(page.getByRole('link', { name: 'Hidden' }).count()).resolves.toBe(0);
  });

  it('is absent where the catalogue has no rules, and says why it is empty', async () => {
    const other = await newTenant('secure-exchanges');
    const without = await openAs(other, other, '/roles');
    await heading(without, /^Roles/).waitFor();
    const entries = without.getByRole('navigation').getByRole('link');
    expect(await entries.allInnerTexts()).not.toContain('Rules');
    expect(await entries.allInnerTexts()).not.toContain('Rule categories');
    const tenant = await newTenant('exchange-rules');
    const page = await openAs(tenant, tenant, '/rules');
    await page.getByText('There is no rule that you may see.').waitFor();
    await accessible(page);
  });

  it('says that no role shows a rule, and that a rule needs a role which owns it', async () => {
    const tenant = await newTenant('complete');
    const { api } = tenant;
    const writer = await personWith(tenant, 'Wri Ter', [{ permission: 'createRules' }]);
    await rule({ ...tenant, api: writer.api }, 'Theirs');
    const page = await openAs(tenant, tenant, '/rules');
    await page.getByText('none of your roles may see one').waitFor();
    await page.getByRole('button', { name: 'To the roles' }).waitFor();
    await accessible(page);
    const own = await tenant.person('Ona Own');
    const grants = [{ permission: 'createRules' }];
    await api.putUserGrants({ params: { userId: own.id as never }, body: { grants }, ifMatch: '*' });
    const hers = await openAs(tenant, own, '/rules/new');
    await hers.getByText('No role of yours has “Create new rules”.').waitFor();
    await expect(hers.getByRole('textbox', { name: 'Name' }).count()).resolves.toBe(0);
    await hers.goto(`${new URL(hers.url()).origin}/console/rules`);
    await hers.getByText('There is no rule that you may see.').waitFor();
    await hers.getByRole('button', { name: 'Add a rule' }).focus();
    await hers.getByRole('tooltip').getByText('No role of yours').waitFor();
  });

  it('is ordered by keys alone, by the menu, and by a drag (CT-65)', async () => {
    const tenant = await newTenant('exchange-rules');
    for (const name of ['A', 'B', 'C', 'D']) await rule(tenant, name);
    const mover = await personWith(tenant, 'Ora Order', [{ permission: 'manageRulesOrder' }]);
    const page = await openAs(tenant, mover, '/rules');
    const handle = page.getByRole('button', { name: 'Move A', exact: true });
    await handle.focus();
    await page.keyboard.press('Enter');
    await page.getByText('A is picked up at place 1 of 4.').waitFor({ state: 'attached' });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByText('A: place 3 of 4.').waitFor({ state: 'attached' });
    await accessible(page);
    // Escape puts it back; nothing has been sent.
    await page.keyboard.press('Escape');
    await inOrder(page, ['A', 'B', 'C', 'D']);
    await page.keyboard.press(' ');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await waitsFor(page, 1);
    await inOrder(page, ['B', 'C', 'A', 'D']);
    await page.getByText('Move waits').waitFor();
    expect(await namesOf(tenant)).toEqual(['A', 'B', 'C', 'D']);

    await page.getByRole('radio', { name: 'Select D' }).check();
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByRole('menuitem', { name: 'To the top' }).click();
    await waitsFor(page, 2);
    await inOrder(page, ['D', 'B', 'C', 'A']);
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByRole('menuitem', { name: /another rule/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Move the rule D' });
    await dialog.getByRole('radio', { name: 'After' }).check();
    await dialog.getByRole('button', { name: /^Rule/ }).click();
    await page.getByRole('option', { name: /C/ }).click();
    await accessible(page);
    await dialog.getByRole('button', { name: 'Move' }).click();
    // A move right after a move of the same rule takes its place.
    await inOrder(page, ['B', 'C', 'D', 'A']);
    await waitsFor(page, 2);

    await page
      .getByRole('button', { name: 'Move A', exact: true })
      .dragTo(page.getByRole('row', { name: /Select B/ }), {
        targetPosition: { x: 200, y: 4 },
      });
    await inOrder(page, ['A', 'B', 'C', 'D']);
    await waitsFor(page, 3);
    await submit(mover);
    expect(await namesOf(tenant)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('shows 1,000 rules without holding the page', async () => {
    const tenant = await newTenant('exchange-rules');
    for (let from = 0; from < 1000; from += 40)
      await tenant.api.submitChangeSet({
        body: {
          operations: Array.from({ length: 40 }, (_, i) => ({
            operation: 'createRule',
            body: { type: 'routingRule', name: `Rule ${from + i + 1}` },
          })),
        },
      });
    const page = await openAs(tenant, tenant, '/rule-categories');
    await heading(page, 'Rule categories').waitFor();
    const find = page.getByRole('searchbox', { name: /Find/ });
    const spent = {
      open: await longestTask(page, async () => {
        await page.getByRole('navigation', { name: 'Navigation' }).getByRole('link', { name: 'Rules' }).click();
        await page.getByText('Rule 25', { exact: true }).waitFor();
      }),
      find: await longestTask(page, async () => {
        await find.focus();
        await page.keyboard.type('rule 777');
        await page.getByText('Rule 777', { exact: true }).waitFor();
      }),
      turn: await longestTask(page, async () => {
        await find.fill('');
        await page.getByText('Rule 25', { exact: true }).waitFor();
        await page.getByRole('button', { name: 'Page 40' }).click();
        await page.getByText('Rule 1000', { exact: true }).waitFor();
      }),
    };
    process.stdout.write(`1,000 rules, the longest task of the main thread in ms: ${JSON.stringify(spent)}\n`);
    for (const [what, ms] of Object.entries(spent)) expect(ms, what).toBeLessThan(200);
    // A rule is carried over the ends of pages by keys.
    await page.getByRole('button', { name: 'Move Rule 976', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowUp');
    await page.getByText('Rule 976: place 975 of 1000.').waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await waitsFor(page, 1);
    await submit(tenant);
    const all = (await Array.fromAsync(tenant.api.items('listRules', { query: { limit: 200 } }))).map(
      ({ name }) => name,
    );
    expect(all.slice(973, 976)).toEqual(['Rule 974', 'Rule 976', 'Rule 975']);
  });
});

const whole: Partial<NewRule> = {
  description: 'For mail that leaves',
  conditions: [{ sender: 'internal', lines: ['one\ntwo', 'three'], nested: { deep: [1, null, { a: true }] } }],
  exceptions: [{ subject: 'no notice' }],
  actions: [
    { type: 'insertDisclaimer', properties: { template: 'legal\r\nnotice', languages: ['en', 'de'], weight: 1.5 } },
    { type: 'setHeader', properties: { name: 'X-Notice', replace: true } },
  ],
  options: { stopProcessing: true, retries: 3 },
};

const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click();

describe.skipIf(noBrowser)('the page of a rule', () => {
  it('has five tabs, and saves what is edited with nothing lost (CT-52, CT-66, CT-69, CT-70, CT-78, CT-104)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await rule(tenant, 'Notice', whole);
    const before = await tenant.api.getRule({ params: { ruleId: id } });
    const writer = await personWith(
      tenant,
      'Wri Ter',
      ['manageRulesOrder', 'manageConditions', 'manageActions', 'manageOptions'].map((permission) => ({ permission })),
    );
    const page = await openAs(tenant, writer, `/rules/${id}`);
    await heading(page, 'Notice').waitFor();
    expect(await page.getByRole('tab').allInnerTexts()).toEqual([
      'General',
      'Conditions',
      'Exceptions',
      'Actions',
      'Options',
    ]);
    await accessible(page);
    await page.getByLabel('Name', { exact: true }).fill('$1 notice');
    await tab(page, 'Conditions');
    await page.getByRole('button', { name: 'Edit: 1 Condition 1' }).click();
    await accessible(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Value' }).first().fill('external');
    await dialog.getByRole('button', { name: 'Add a value' }).click();
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.getByText('Give a name.').waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).last().fill('sender');
    await dialog.getByText('Another value has this name.').first().waitFor();
    await dialog.getByRole('textbox', { name: 'Name' }).last().fill('extra');
    await dialog.getByRole('textbox', { name: 'Value' }).last().fill('$rule1');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.waitFor({ state: 'detached' });
    await tab(page, 'Exceptions');
    await page.getByRole('button', { name: 'Remove: 1 Exception 1' }).click();
    await page.getByText('There is no exception.').waitFor();
    await tab(page, 'Actions');
    await accessible(page);
    await page.getByRole('button', { name: 'Move down: 1 Insert disclaimer' }).click();
    await tab(page, 'Options');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await dialog.getByRole('textbox', { name: 'Value' }).last().fill('many');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await dialog.getByText('Enter a number').waitFor();
    await accessible(page);
    await dialog.getByRole('textbox', { name: 'Value' }).last().fill('5');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    // Nothing has changed yet, and the way out asks.
    expect(await tenant.api.getRule({ params: { ruleId: id } })).toEqual(before);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await waitsFor(page, 1);
    expect(await tenant.api.getRule({ params: { ruleId: id } })).toEqual(before);
    // The page shows the rule as it will be.
    await heading(page, '$1 notice').waitFor();
    await submit(writer);
    const [disclaimer, header] = before.actions;
    expect(await tenant.api.getRule({ params: { ruleId: id } })).toEqual({
      ...before,
      name: '$1 notice',
      conditions: [{ ...before.conditions[0], sender: 'external', extra: '$rule1' }],
      exceptions: [],
      actions: [header, disclaimer],
      options: { stopProcessing: true, retries: 5 },
    });
  });

  it('is read only tab by tab, and says which right is missing (CT-36, CT-37, CT-39..41, CT-53, CT-72, CT-74..76)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await rule(tenant, 'Notice', whole);
    const editor = await tenant.person('Sig Editor');
    for await (const { id: role, name } of tenant.api.items('listRoles'))
      if (name === 'Signatures editors')
        await tenant.api.addRoleMembers({ params: { roleId: role }, body: { members: [editor.id as never] } });
    const page = await openAs(tenant, editor, `/rules/${id}`);
    await see(page, 'You lack: Manage rules order and their General properties.');
    await accessible(page);
    for (const [name, missing] of [
      ['Conditions', 'Manage rules Conditions and Exceptions'],
      ['Exceptions', 'Manage rules Conditions and Exceptions'],
      ['Options', 'Manage rules Options'],
    ] as const) {
      await tab(page, name);
      await see(page, `You lack: ${missing}.`);
      await expect(page.getByText('You may read this, but not change it').count()).resolves.toBe(1);
    }
    await tab(page, 'Conditions');
    expect(await page.getByRole('button', { name: 'Add', exact: true }).getAttribute('aria-disabled')).toBe('true');
    await page.getByRole('button', { name: 'Show: 1 Condition 1' }).click();
    await page.getByRole('dialog').getByText('"deep"').waitFor();
    await accessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await tab(page, 'Actions');
    await page.getByRole('button', { name: 'Show: 2 Set header' }).waitFor();
    const dimmed = (name: string) => page.getByRole('button', { name }).getAttribute('aria-disabled');
    for (const name of [
      'Remove: 1 Insert disclaimer',
      'Remove: 2 Set header',
      'Move down: 1 Insert disclaimer',
      'Add an action',
    ])
      expect(await dimmed(name), name).toBe('true');
    await page.getByRole('button', { name: 'Edit: 1 Insert disclaimer' }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Value' }).first().fill('new text');
    await page.getByRole('dialog').getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await waitsFor(page, 1);
    await submit(editor);
    const { actions } = await tenant.api.getRule({ params: { ruleId: id } });
    expect(actions[0]?.properties).toEqual({ template: 'new text', languages: ['en', 'de'], weight: 1.5 });

    // The worked example: edit and delete disclaimers, and nothing else.
    const example = await personWith(tenant, 'Exa Mple', [
      { permission: 'editActions', actionTypes: ['insertDisclaimer'] },
      { permission: 'deleteActions' },
    ]);
    const other = await openAs(tenant, example, `/rules/${id}?tab=actions`);
    await other.getByRole('button', { name: 'Show: 2 Set header' }).waitFor();
    const shut = (name: string) => other.getByRole('button', { name }).getAttribute('aria-disabled');
    expect(await shut('Add an action')).toBe('true');
    expect(await shut('Remove: 2 Set header')).toBe('true');
    expect(await shut('Remove: 1 Insert disclaimer')).not.toBe('true');
    await other.getByRole('button', { name: 'Remove: 1 Insert disclaimer' }).click();
    await other.getByRole('button', { name: 'Save', exact: true }).click();
    await waitsFor(other, 1);
    await submit(example);
    const after = await tenant.api.getRule({ params: { ruleId: id } });
    expect(after.actions.map(({ type }) => type)).toEqual(['setHeader']);
  });

  it('needs Edit on the rule besides the right of the tab, and Delete to delete it (CT-87)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await rule(tenant, 'Notice', whole);
    const boss = await personWith(tenant, 'Con Ditions', [{ permission: 'manageConditions' }]);
    const params = { roleId: boss.role };
    const { etag } = await tenant.api.call('getRuleRights', { params });
    await tenant.api.putRuleRights({ params, body: { rules: [{ rule: id, edit: false }] }, ifMatch: etag ?? '*' });
    const page = await openAs(tenant, boss, `/rules/${id}?tab=conditions`);
    await see(page, 'You lack: Edit on this rule.');
    const remove = page.getByRole('button', { name: 'Delete', exact: true });
    expect(await remove.getAttribute('aria-disabled')).toBe('true');

    const own = await openAs(tenant, tenant, `/rules/${id}`);
    await own.getByRole('button', { name: 'Delete', exact: true }).click();
    await own.getByRole('dialog', { name: 'Delete the rule Notice?' }).waitFor();
    await own.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await own.getByText('Deletion waits').waitFor();
    await own.getByRole('link', { name: 'Notice' }).click();
    await see(own, 'This rule waits to be deleted');
    await submit(tenant);
    expect(await namesOf(tenant)).toEqual([]);
  });

  it('tells of somebody who was faster, and overwrites nothing', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await rule(tenant, 'Notice', whole);
    const page = await openAs(tenant, tenant, `/rules/${id}`);
    await page.getByLabel('Name', { exact: true }).fill('Mine');
    await tenant.api.updateRule({ params: { ruleId: id }, body: { name: 'Theirs' } });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog').getByText('Somebody has changed this since you opened it.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Mine');
    await page.getByRole('button', { name: 'Discard' }).click();
    expect((await tenant.api.getRule({ params: { ruleId: id } })).name).toBe('Theirs');
  });

  it('shows the owner as a role; who manages access rights gives it to another one (CT-96)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await rule(tenant, 'Notice', whole);
    const { role } = await personWith(tenant, 'Cleo Clerk', []);
    const page = await openAs(tenant, tenant, `/rules/${id}`);
    await page.getByRole('link', { name: 'Program and rules administrators' }).waitFor();
    await page.getByRole('button', { name: 'Change the owner' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Owner/ })
      .click();
    await page.getByRole('option', { name: 'Role of Cleo Clerk' }).click();
    await accessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await waitsFor(page, 1);
    await page.getByRole('link', { name: 'Role of Cleo Clerk' }).waitFor();
    await submit(tenant);
    expect((await tenant.api.getRuleOwner({ params: { ruleId: id } })).owner).toBe(role);
  });
});

describe.skipIf(noBrowser)('a new rule', () => {
  it('is written whole and created by one operation, owned by the one role that may (CT-64, CT-93, CT-98)', async () => {
    const tenant = await newTenant('exchange-rules');
    const creator = await personWith(tenant, 'Crea Tor', [{ permission: 'createRules', ruleTypes: ['routingRule'] }]);
    const page = await openAs(tenant, creator, '/rules');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await heading(page, 'Add a rule').waitFor();
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByText('Give a name.').waitFor();
    await accessible(page);
    await page.getByLabel('Name', { exact: true }).fill('=HYPERLINK("x")');
    await tab(page, 'Conditions');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('sender');
    await dialog.getByRole('textbox', { name: 'Value' }).fill('internal');
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await tab(page, 'Actions');
    await page.getByRole('button', { name: 'Add an action' }).click();
    await dialog.getByRole('button', { name: /^Type/ }).click();
    await page.getByRole('option', { name: /Forward message/ }).click();
    await dialog.getByRole('button', { name: 'Add a value' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('to');
    await dialog.getByRole('button', { name: /^Kind/ }).click();
    await page.getByRole('option', { name: 'List of texts' }).click();
    await dialog.getByRole('textbox', { name: 'Value' }).fill('a@example.com\nb@example.com');
    await accessible(page);
    await dialog.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await waitsFor(page, 1);
    expect(await namesOf(tenant)).toEqual([]);

    // It waits in the list, and can still be edited, by the right to create alone.
    await page.getByText('New, waits').waitFor();
    await page.getByRole('link', { name: '=HYPERLINK("x")' }).click();
    await page.getByText('This rule waits').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Forward');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await heading(page, 'Forward').waitFor();
    await submit(creator);
    const [created] = (await tenant.api.listRules({})).items;
    expect(await creator.api.getRule({ params: { ruleId: created!.id as RuleId } })).toMatchObject({
      type: 'routingRule',
      name: 'Forward',
      enabled: true,
      conditions: [{ sender: 'internal' }],
      actions: [{ type: 'forwardMessage', properties: { to: ['a@example.com', 'b@example.com'] } }],
      owner: creator.role,
      rights: { view: true, edit: true, delete: true },
    });
  });

  it('asks which role owns it when several may, and is refused without a choice (CT-92, CT-95)', async () => {
    const tenant = await newTenant('exchange-rules');
    const creator = await personWith(tenant, 'Crea Tor', [{ permission: 'createRules' }]);
    const second = await tenant.api.createRole({ body: { name: 'Second' } });
    const params = { roleId: second.id };
    const { etag } = await tenant.api.call('getRoleGrants', { params });
    await tenant.api.putRoleGrants({
      params,
      body: { grants: [{ permission: 'createRules' }] },
      ifMatch: etag ?? '*',
    });
    await tenant.api.addRoleMembers({ params, body: { members: [creator.id as never] } });
    const page = await openAs(tenant, creator, '/rules/new');
    await page.getByLabel('Name', { exact: true }).fill('Owned');
    await page.getByRole('button', { name: /^Type/ }).click();
    await page.getByRole('option', { name: /Routing/ }).click();
    await page.getByRole('button', { name: 'Add a rule' }).click();
    const dialog = page.getByRole('dialog', { name: 'Which role should own the new rule?' });
    await dialog.waitFor();
    await accessible(page);
    expect(await dialog.getByRole('radio').count()).toBe(2);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.getByText('This is needed.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Owned');
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await dialog.getByRole('radio', { name: 'Second' }).check();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await waitsFor(page, 1);
    await submit(creator);
    expect((await tenant.api.listRules({})).items).toMatchObject([{ name: 'Owned', owner: second.id }]);
  });

  it('that waits can be taken back with all that names it', async () => {
    const tenant = await newTenant('exchange-rules');
    await rule(tenant, 'A');
    await tenant.api.createDraft({
      body: {
        name: 'Console',
        operations: [
          { operation: 'createRule', as: 'rule1', body: { type: 'routingRule', name: 'New' } },
          { operation: 'moveRule', params: { ruleId: '$rule1' }, body: { to: 'first' } },
        ],
      },
    });
    const page = await openAs(tenant, tenant, '/rules');
    await inOrder(page, ['New', 'A']);
    await page.getByRole('link', { name: 'New' }).click();
    await page.getByRole('button', { name: 'Do not add it' }).click();
    await inOrder(page, ['A']);
    await expect(page.getByRole('button', { name: /Submit changes/ }).count()).resolves.toBe(0);
  });

  it('is created at once, and opened, where the catalogue saves at once (X-7)', async () => {
    const tenant = await newTenant('exchange-rules');
    await rule(tenant, 'A');
    const page = await windowAt('/rules', {});
    // No catalogue of ours has rules and saves at once; a vendor's may.
    await page.route('**/v1/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), appliesChanges: 'onSave' } });
    });
    await signInHere(page, tenant);
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await page.getByLabel('Name', { exact: true }).fill('B');
    await page.getByRole('button', { name: /^Type/ }).click();
    await page.getByRole('option', { name: /Routing/ }).click();
    await page.getByRole('button', { name: 'Add a rule' }).click();
    await heading(page, 'B').waitFor();
    expect(await namesOf(tenant)).toEqual(['A', 'B']);
    await page
      .getByRole('navigation', { name: 'Navigation' })
      .getByRole('link', { name: 'Rules', exact: true })
      .click();
    await page.getByRole('button', { name: 'Move B', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByText('The rule B is moved.').waitFor();
    expect(await namesOf(tenant)).toEqual(['B', 'A']);
  });
});

describe.skipIf(noBrowser)('rule categories', () => {
  it('are added, renamed and removed by who manages the order of rules (CT-56, CT-67)', async () => {
    const tenant = await newTenant('exchange-rules');
    const manager = await personWith(tenant, 'Cat Manager', [{ permission: 'manageRulesOrder' }]);
    const page = await openAs(tenant, manager, '/rule-categories');
    await page.getByText('There are no categories yet.').waitFor();
    for (const name of ['Legal', '<b>Sales</b>']) {
      await page.getByRole('button', { name: 'Add a category' }).click();
      await page.getByRole('textbox', { name: 'Name' }).last().fill(name);
    }
    await accessible(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await waitsFor(page, 1);
    await page.getByText('A change of the categories waits.').waitFor();
    await submit(manager);
    const { categories } = await tenant.api.getCategories();
    expect(categories.map(({ name }) => name)).toEqual(['Legal', '<b>Sales</b>']);
    await rule(tenant, 'A', { categories: [categories[0]!.id] });
    await page.reload();
    await page.getByText('1 rule', { exact: true }).waitFor();
    await page.getByRole('textbox', { name: 'Name' }).last().fill('Sales');
    await page.getByRole('button', { name: 'Remove: Legal' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('dialog', { name: 'Remove categories?' }).getByText('1 of the rules that you see').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await waitsFor(page, 1);
    await submit(manager);
    expect((await tenant.api.getCategories()).categories).toEqual([{ id: categories[1]!.id, name: 'Sales' }]);

    // Who manages the program's features has no right on categories.
    const program = await personWith(tenant, 'Pro Gram', [{ permission: 'manageProgramFeatures' }]);
    const other = await openAs(tenant, program, '/rule-categories');
    await other.getByText('You lack: Manage rules order and their General properties.').waitFor();
    await other.getByRole('rowheader', { name: 'Sales' }).waitFor();
    await accessible(other);
  });

  it('are managed from the picker of a rule, too (CT-68)', async () => {
    const tenant = await newTenant('exchange-rules');
    const { id } = await rule(tenant, 'A');
    const manager = await personWith(tenant, 'Cat Manager', [{ permission: 'manageRulesOrder' }]);
    const page = await openAs(tenant, manager, `/rules/${id}`);
    await page.getByRole('button', { name: 'Category Manager' }).click();
    const dialog = page.getByRole('dialog', { name: 'Category Manager' });
    await dialog.getByRole('button', { name: 'Add a category' }).click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Legal');
    await accessible(page);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await waitsFor(page, 1);
    await submit(manager);
    await page.reload();
    await page.getByRole('button', { name: /^Categories/ }).click();
    await page.getByRole('option', { name: 'Legal' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await waitsFor(page, 1);
    await submit(manager);
    const { categories } = await tenant.api.getCategories();
    expect((await tenant.api.getRule({ params: { ruleId: id } })).categories).toEqual(categories.map(({ id }) => id));
  });
});
