// Rules as resources: what they consist of, and which right each part of them needs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { put } from '../support/facts.ts';
import { boot, type Harness, type Reply } from '../support/harness.ts';
import { expectProblem, expectUntouched, momentOf } from '../support/problems.ts';
import { allOnRules, type Person, Rules, type Somebody } from '../support/rules.ts';

let harness: Harness;
let close: () => Promise<void>;
let rules: Rules;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  rules = await Rules.of(harness);
});
afterAll(() => close());

const whole = {
  name: 'Legal notice',
  description: 'For mail that leaves the company',
  enabled: false,
  conditions: [{ sender: 'internal' }, { recipient: { domain: 'example.org' } }],
  exceptions: [{ subject: 'no notice' }],
  actions: [
    { type: 'insertDisclaimer', properties: { template: 'legal', languages: ['en', 'de'] } },
    { type: 'insertBanner', properties: {} },
  ],
  options: { stopProcessing: true },
};

const refused = async (reply: Promise<Reply>, missing: readonly object[]): Promise<void> => {
  const { body, status } = await reply;
  expect([status, body.code]).toEqual([403, 'forbidden']);
  expect(body.missing).toEqual(missing);
};

describe('a rule', () => {
  it('CT-104: consists of general properties, conditions, exceptions, actions and options, and keeps them', async () => {
    const rule = await rules.create(whole);
    const { body, etag } = await rules.author.ok('getRule', { params: { ruleId: rule.id } });
    expect(body).toEqual(rule);
    const actions = whole.actions.map((action) => ({ id: expect.stringMatching(/^a[0-9a-z]{12}$/), ...action }));
    expect(body).toMatchObject({ ...whole, actions, type: 'signatureRule', owner: rules.owner });
    expect(etag).toMatch(/^"/);
  });

  it('CT-64: one right creates it with its whole content, and no other right is needed for that', async () => {
    const creator = await rules.person('Creator', [{ permission: 'createRules' }]);
    const rule = await rules.create(whole, creator);
    expect(rule.rights).toEqual({ view: true, edit: true, delete: true });
    // Every later edit needs the right of its section.
    const params = { ruleId: rule.id };
    await refused(creator.call('updateRule', { params, body: { name: 'Other' } }), [
      { permission: 'manageRulesOrder' },
    ]);
    await refused(creator.call('addAction', { params, body: { type: 'insertBanner' } }), [
      { permission: 'addActions', actionType: 'insertBanner' },
    ]);
    const reader = await rules.person('Reader');
    await refused(reader.call('createRule', { body: { type: 'signatureRule', name: 'No' } }), [
      { permission: 'createRules' },
    ]);
  });

  it.each([
    ['type', { type: 'noSuchType' }, '/type'],
    ['action type', { actions: [{ type: 'noSuchAction' }] }, '/actions/0/type'],
    ['category', { categories: ['c000000000000'] }, '/categories/0'],
    ['name', { name: ' ' }, '/name'],
    ['depth', { options: JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) }, '/options'],
  ])('names the field when the %s is none', async (_, more, field) => {
    const before = await momentOf(harness, rules.tenant.id);
    const body = { type: 'signatureRule', name: 'Faulty', ...more };
    const reply = await rules.author.call('createRule', { body });
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0].field).toBe(field);
    expectUntouched(before, await momentOf(harness, rules.tenant.id), 'invalid-request');
  });

  it.each([
    ['actions', { actions: Array.from({ length: 101 }, () => ({ type: 'insertBanner' })) }, 'actionsPerRule'],
    ['conditions', { conditions: Array.from({ length: 101 }, () => ({})) }, 'conditionsPerRule'],
    ['exceptions', { exceptions: Array.from({ length: 101 }, () => ({})) }, 'conditionsPerRule'],
    ['properties', { actions: [{ type: 'insertBanner', properties: { a: 'é'.repeat(4_000) } }] }, 'bytesPerAction'],
    ['content', { options: { a: 'x'.repeat(64_000) } }, 'bytesPerRule'],
  ])('has its limits: too many or too large %s', async (_, more, quota) => {
    const reply = await rules.author.call('createRule', { body: { type: 'signatureRule', name: 'Large', ...more } });
    expectProblem(reply, 'quota-exceeded');
    expect(reply.body.quota).toBe(quota);
  });

  it('is there in tenants whose catalogue has rule types, and refused clearly in others', async () => {
    const tenant = await harness.tenant('secure-exchanges');
    for (const id of ['listRules', 'getCategories'] as const) expectProblem(await tenant.call(id), 'rules-off');
    expectProblem(await tenant.call('createRule', { body: { type: 'a', name: 'A' } }), 'rules-off');
    expectProblem(await tenant.call('getRule', { params: { ruleId: 'l000000000000' } }), 'rules-off');
  });

  it('comes last, and is found by name, type and category as well', async () => {
    const own = await Rules.of(harness);
    for (const name of ['Zebra', 'alpha', 'Alpine', 'Beta']) await own.create({ name });
    await own.create({ name: 'Gamma', type: 'routingRule' });
    expect(await own.names()).toEqual(['Zebra', 'alpha', 'Alpine', 'Beta', 'Gamma']);
    expect(await own.names(own.author, { sort: 'name' })).toEqual(['alpha', 'Alpine', 'Beta', 'Gamma', 'Zebra']);
    expect(await own.names(own.author, { name: 'AL' })).toEqual(['alpha', 'Alpine']);
    expect(await own.names(own.author, { type: 'routingRule' })).toEqual(['Gamma']);
    for (const sort of ['order', 'name']) {
      const paged: string[] = [];
      for (let cursor: string | undefined, pages = 0; pages < 9; pages += 1) {
        const query = { sort, limit: '2', ...(cursor && { cursor }) };
        const { body } = await own.author.ok('listRules', { query });
        paged.push(...body.items.map((rule: { name: string }) => rule.name));
        cursor = body.cursor;
        if (!cursor) break;
      }
      expect(paged).toEqual(await own.names(own.author, { sort }));
    }
  });

  it('is deleted by whoever has Delete on it, with its content and its place', async () => {
    const own = await Rules.of(harness);
    const [keep, gone] = [await own.create(), await own.create()];
    const params = { ruleId: gone.id };
    const reader = await own.person('Reader', allOnRules);
    await refused(reader.call('deleteRule', { params }), [{ right: 'delete' }]);
    await own.author.ok('deleteRule', { params });
    expectProblem(await own.author.call('getRule', { params }), 'not-found');
    expect(await own.names()).toEqual([keep.name]);
    const left = await harness.facts(own.tenant.id);
    expect(JSON.stringify(left)).not.toContain(gone.id);
  });

  it('keeps what two people change at once: the later one is told, and a lost update is refused', async () => {
    const rule = await rules.create(whole);
    const params = { ruleId: rule.id };
    const { etag = '' } = await rules.author.ok('getRule', { params });
    const [one, two] = await Promise.all(
      ['Mine', 'Theirs'].map((name) =>
        rules.author.call('updateRule', { params, body: { name }, headers: { 'if-match': etag } }),
      ),
    );
    expect([one?.status, two?.status].sort()).toEqual([200, 412]);
    // Without If-Match both are carried out, one after the other.
    await Promise.all([
      rules.author.ok('updateRule', { params, body: { name: 'Last' } }),
      rules.author.ok('updateRule', { params, body: { options: { last: true } } }),
    ]);
    const { body } = await rules.author.ok('getRule', { params });
    expect(body).toMatchObject({ name: 'Last', options: { last: true }, conditions: whole.conditions });
  });

  it('answers a repeated creation once, and not for those who lost the right meanwhile', async () => {
    const creator = await rules.person('Repeater', [{ permission: 'createRules' }]);
    const request = { body: { type: 'signatureRule', name: 'Once' }, headers: { 'idempotency-key': 'once' } };
    const first = await creator.ok('createRule', request);
    const again = await creator.ok('createRule', request);
    expect(again.body).toEqual(first.body);
    expect((await rules.names()).filter((name) => name === 'Once')).toHaveLength(1);
    const moving = { params: { ruleId: first.body.id }, body: { to: 'first' }, headers: { 'idempotency-key': 'move' } };
    await rules.author.ok('moveRule', moving);
    // Who may no more: by permissions, by the rule itself, by the role that owns it.
    const mover = await rules.person('Mover', [{ permission: 'manageRulesOrder' }]);
    await rules.rights(mover.role, { columns: { view: true, edit: true } });
    const move = { ...moving, body: { to: 'last' } };
    const moved = await mover.ok('moveRule', move);
    await rules.tenant.roleGrants(mover.role, [{ permission: 'manageOptions' }]);
    await refused(mover.call('moveRule', move), [{ permission: 'manageRulesOrder' }]);
    await rules.tenant.roleGrants(mover.role, [{ permission: 'manageRulesOrder' }]);
    expect((await mover.ok('moveRule', move)).body).toEqual(moved.body);
    await rules.rights(mover.role, { columns: { view: false, edit: false } });
    expectProblem(await mover.call('moveRule', move), 'not-found');
    const set = {
      body: { operations: [{ operation: 'createRule', body: { type: 'signatureRule', name: 'In a set' } }] },
    };
    const keyed = { ...set, headers: request.headers };
    expect((await creator.ok('submitChangeSet', keyed)).body).toEqual(
      (await creator.ok('submitChangeSet', keyed)).body,
    );
    const params = { roleId: creator.role };
    await rules.tenant.ok('removeRoleMembers', { params, body: { members: [creator.id] } });
    await refused(creator.call('createRule', request), [{ permission: 'createRules' }]);
    await refused(creator.call('submitChangeSet', keyed), [{ permission: 'createRules' }]);
    await rules.tenant.ok('updateUser', { params: { userId: creator.id }, body: { state: 'disabled' } });
    expectProblem(await creator.call('createRule', request), 'user-disabled');
  });
});

describe('sections', () => {
  const sections = [
    ['manageRulesOrder', 'CT-66: the General tab', { name: 'Other', description: 'Other', enabled: true }],
    ['manageConditions', 'CT-69: the Conditions tab', { conditions: [{ other: 1 }] }],
    ['manageConditions', 'CT-69: the Exceptions tab', { exceptions: [{ other: 1 }] }],
    ['manageOptions', 'CT-78: the Options tab', { options: { other: 1 } }],
  ] as const;

  it.each(sections)('%s: %s, of every rule, and no other section', async (permission, title, body) => {
    const rule = await rules.create(whole);
    const params = { ruleId: rule.id };
    const editor = await rules.person(`Only ${title}`, [{ permission }]);
    const changed = await editor.ok('updateRule', { params, body });
    expect(changed.body).toMatchObject(body);
    for (const [other, , theirs] of sections)
      if (other !== permission)
        await refused(editor.call('updateRule', { params, body: theirs }), [{ permission: other }]);
    await refused(editor.call('addAction', { params, body: { type: 'insertBanner' } }), [
      { permission: 'addActions', actionType: 'insertBanner' },
    ]);
  });

  it('CT-70: manageActions gives the Actions tab: edit, add and delete of every type, in every rule', async () => {
    const rule = await rules.create(whole);
    const editor = await rules.person('Actions', [{ permission: 'manageActions' }]);
    const params = { ruleId: rule.id };
    const [disclaimer] = rule.actions;
    const actionId = disclaimer.id;
    await editor.ok('updateAction', { params: { ...params, actionId }, body: { properties: { template: 'new' } } });
    await editor.ok('addAction', { params, body: { type: 'blockMessage', properties: { reason: 'x' } } });
    const { body } = await editor.ok('deleteAction', { params: { ...params, actionId } });
    expect(body.actions.map((action: { type: string }) => action.type)).toEqual(['insertBanner', 'blockMessage']);
    await refused(editor.call('updateRule', { params, body: { options: {} } }), [{ permission: 'manageOptions' }]);
  });

  it('one request that touches several sections needs all of them, and its refusal names all that are missing', async () => {
    const rule = await rules.create(whole);
    const params = { ruleId: rule.id };
    const [disclaimer, banner] = rule.actions;
    const body = {
      name: 'All',
      conditions: [],
      options: { all: true },
      actions: [
        { ...disclaimer, properties: {} },
        { type: 'blockMessage', properties: {} },
      ],
    };
    const nobody = await rules.person('No section');
    const before = await momentOf(harness, rules.tenant.id);
    await refused(nobody.call('updateRule', { params, body }), [
      { permission: 'manageRulesOrder' },
      { permission: 'manageConditions' },
      { permission: 'manageOptions' },
      { permission: 'deleteActions', actionType: banner.type },
      { permission: 'editActions', actionType: disclaimer.type },
      { permission: 'addActions', actionType: 'blockMessage' },
    ]);
    expectUntouched(before, await momentOf(harness, rules.tenant.id), 'forbidden');
    // Each bit may come from another role.
    const half = await rules.person('Half', [{ permission: 'manageRulesOrder' }, { permission: 'manageActions' }]);
    await refused(half.call('updateRule', { params, body }), [
      { permission: 'manageConditions' },
      { permission: 'manageOptions' },
    ]);
    await rules.tenant.role(
      'The other half',
      [{ permission: 'manageConditions' }, { permission: 'manageOptions' }],
      [half.id],
    );
    const changed = await half.ok('updateRule', { params, body });
    expect(changed.body.actions.map((action: { type: string }) => action.type)).toEqual([
      'insertDisclaimer',
      'blockMessage',
    ]);
  });

  it('each edit needs Edit on the rule besides its section (Q-08)', async () => {
    const rule = await rules.create(whole);
    const params = { ruleId: rule.id };
    const editor = await rules.person('Not this one', allOnRules);
    await rules.rights(editor.role, { rules: [{ rule: rule.id, edit: false }] });
    await refused(editor.call('updateRule', { params, body: { name: 'No' } }), [{ right: 'edit' }]);
    await refused(editor.call('deleteAction', { params: { ...params, actionId: rule.actions[0].id } }), [
      { right: 'edit' },
    ]);
    // Edit from one role and the section from another do together.
    await rules.tenant.role('Edits everything', [], [editor.id]);
    await editor.ok('updateRule', { params, body: { name: 'Yes' } });
  });

  it('CT-43, Q-06: rights may be limited to types of rules', async () => {
    const [signature, routing] = [await rules.create(whole), await rules.create({ ...whole, type: 'routingRule' })];
    const limited = await rules.person(
      'Routing only',
      allOnRules.map((grant) => ({ ...grant, ruleTypes: ['routingRule'] })),
    );
    const everything = { name: 'Routed', conditions: [], options: {}, actions: [] };
    await limited.ok('updateRule', { params: { ruleId: routing.id }, body: everything });
    await limited.ok('moveRule', { params: { ruleId: routing.id }, body: { to: 'last' } });
    await refused(limited.call('updateRule', { params: { ruleId: signature.id }, body: { name: 'X', options: {} } }), [
      { permission: 'manageRulesOrder' },
      { permission: 'manageOptions' },
    ]);
    await refused(limited.call('moveRule', { params: { ruleId: signature.id }, body: { to: 'last' } }), [
      { permission: 'manageRulesOrder' },
    ]);
    expect(await rules.create({ type: 'routingRule' }, limited)).toMatchObject({ owner: limited.role });
    await refused(limited.call('createRule', { body: { type: 'signatureRule', name: 'X' } }), [
      { permission: 'createRules' },
    ]);
  });
});

describe('actions by type and verb', () => {
  const actionsOf = (reply: Reply): string[] => reply.body.actions.map((action: { type: string }) => action.type);
  const setUp = async (name: string, grants: readonly object[]): Promise<[Person, Reply['body']]> => [
    await rules.person(name, grants),
    await rules.create(whole),
  ];

  it('CT-72: edit for selected types covers the properties of actions that are there, of these types only', async () => {
    const [editor, rule] = await setUp('Edits disclaimers', [
      { permission: 'editActions', actionTypes: ['insertDisclaimer'] },
    ]);
    const at = (i: number) => ({
      params: { ruleId: rule.id, actionId: rule.actions[i].id },
      body: { properties: { n: i } },
    });
    expect((await editor.ok('updateAction', at(0))).body.actions[0].properties).toEqual({ n: 0 });
    await refused(editor.call('updateAction', at(1)), [{ permission: 'editActions', actionType: 'insertBanner' }]);
  });

  it('CT-72: edit for all types covers every type', async () => {
    const [editor, rule] = await setUp('Edits all', [{ permission: 'editActions' }]);
    for (const { id } of rule.actions)
      await editor.ok('updateAction', {
        params: { ruleId: rule.id, actionId: id },
        body: { properties: { by: 'all' } },
      });
    await refused(editor.call('addAction', { params: { ruleId: rule.id }, body: { type: 'insertBanner' } }), [
      { permission: 'addActions', actionType: 'insertBanner' },
    ]);
  });

  it('CT-73: the add flag adds selected types only', async () => {
    const [editor, rule] = await setUp('Adds banners', [
      { permission: 'editActions', actionTypes: ['insertBanner'] },
      { permission: 'addActions' },
    ]);
    const params = { ruleId: rule.id };
    const added = await editor.ok('addAction', { params, body: { type: 'insertBanner' } });
    expect(actionsOf(added)).toEqual(['insertDisclaimer', 'insertBanner', 'insertBanner']);
    await refused(editor.call('addAction', { params, body: { type: 'insertDisclaimer' } }), [
      { permission: 'addActions', actionType: 'insertDisclaimer' },
    ]);
  });

  it('CT-74..76: the worked example: edit and delete disclaimers, and nothing else; adding one is another flag', async () => {
    const [editor, rule] = await setUp('Deletes disclaimers', [
      { permission: 'editActions', actionTypes: ['insertDisclaimer'] },
      { permission: 'deleteActions' },
    ]);
    const params = { ruleId: rule.id };
    const [disclaimer, banner] = rule.actions.map((action: { id: string }) => ({ ...params, actionId: action.id }));
    await editor.ok('updateAction', { params: disclaimer, body: { properties: {} } });
    await refused(editor.call('addAction', { params, body: { type: 'insertDisclaimer' } }), [
      { permission: 'addActions', actionType: 'insertDisclaimer' },
    ]);
    await refused(editor.call('deleteAction', { params: banner }), [
      { permission: 'deleteActions', actionType: 'insertBanner' },
    ]);
    expect(actionsOf(await editor.ok('deleteAction', { params: disclaimer }))).toEqual(['insertBanner']);
  });

  it('CT-77: with an empty selection the flags grant nothing; the selection of another role does not help them', async () => {
    const [editor, rule] = await setUp('Flags only', []);
    const flags = [
      { permission: 'editActions', actionTypes: [] },
      { permission: 'addActions' },
      { permission: 'deleteActions' },
    ];
    await put(rules.tenant, ({ book }) => {
      const role = book.roles.get(editor.role)?.record;
      return { book: role ? [{ ...role, grants: flags }] : [] };
    });
    await rules.tenant.role('Edits, in another role', [{ permission: 'editActions' }], [editor.id]);
    const params = { ruleId: rule.id };
    await refused(editor.call('addAction', { params, body: { type: 'insertBanner' } }), [
      { permission: 'addActions', actionType: 'insertBanner' },
    ]);
    await refused(editor.call('deleteAction', { params: { ...params, actionId: rule.actions[1].id } }), [
      { permission: 'deleteActions', actionType: 'insertBanner' },
    ]);
  });

  it('CT-71: granted whole, it needs no selection', async () => {
    const [editor, rule] = await setUp('Whole', [{ permission: 'manageActions', ruleTypes: ['signatureRule'] }]);
    const added = await editor.ok('addAction', { params: { ruleId: rule.id }, body: { type: 'setHeader' } });
    expect(actionsOf(added)).toEqual(['insertDisclaimer', 'insertBanner', 'setHeader']);
  });

  it('CT-36..42: signatures editors edit signature actions in every rule, and nothing else', async () => {
    const { body } = await rules.tenant.ok('listRoles');
    const editors = body.items.find((role: { predefined?: string }) => role.predefined === 'signaturesEditors');
    const one = await rules.person('Signs');
    await rules.tenant.ok('addRoleMembers', { params: { roleId: editors.id }, body: { members: [one.id] } });
    const rule = await rules.create({ ...whole, actions: [...whole.actions, { type: 'blockMessage' }] });
    const params = { ruleId: rule.id };
    const at = (i: number) => ({ ...params, actionId: rule.actions[i].id });
    for (const i of [0, 1]) await one.ok('updateAction', { params: at(i), body: { properties: { signed: true } } });
    await refused(one.call('updateAction', { params: at(2), body: { properties: { no: true } } }), [
      { permission: 'editActions', actionType: 'blockMessage' },
    ]);
    for (const [body, permission] of [
      [{ conditions: [] }, 'manageConditions'],
      [{ exceptions: [] }, 'manageConditions'],
      [{ options: {} }, 'manageOptions'],
      [{ name: 'X' }, 'manageRulesOrder'],
    ] as const)
      await refused(one.call('updateRule', { params, body }), [{ permission }]);
    await refused(one.call('moveRule', { params, body: { to: 'first' } }), [{ permission: 'manageRulesOrder' }]);
    await refused(one.call('deleteRule', { params }), [{ right: 'delete' }]);
    await refused(one.call('createRule', { body: { type: 'signatureRule', name: 'X' } }), [
      { permission: 'createRules' },
    ]);
  });
});

describe('categories', () => {
  const putAll = (by: Somebody, categories: readonly object[]) =>
    by.call('putCategories', { body: { categories }, headers: { 'if-match': '*' } });

  it('CT-67, CT-68: are managed by those who manage the order of all rules, and nobody else', async () => {
    const own = await Rules.of(harness);
    const manager = await own.person('Manager', [{ permission: 'manageRulesOrder' }]);
    const made = await putAll(manager, [{ name: 'Legal' }, { name: 'Campaigns' }]);
    expect(made.status).toBe(200);
    const [legal, campaigns] = made.body.categories;
    const renamed = await putAll(manager, [{ ...campaigns, name: 'Sales' }, legal, { name: 'New' }]);
    expect(renamed.body.categories.map((one: { name: string }) => one.name)).toEqual(['Sales', 'Legal', 'New']);
    expect(renamed.body.categories[0].id).toBe(campaigns.id);
    for (const grants of [
      [],
      [{ permission: 'manageProgramFeatures' }],
      [{ permission: 'manageRulesOrder', ruleTypes: ['routingRule'] }],
    ]) {
      const other = await own.person(`Other ${JSON.stringify(grants)}`, grants);
      await refused(putAll(other, []), [{ permission: 'manageRulesOrder' }]);
      expect((await other.ok('getCategories')).body).toEqual(renamed.body);
    }
  });

  it('rules are put into them with the General tab, found by them, and lose those that are deleted', async () => {
    const own = await Rules.of(harness);
    const { body } = await putAll(own.author, [{ name: 'Legal' }, { name: 'Campaigns' }]);
    const [legal, campaigns] = body.categories.map((one: { id: string }) => one.id);
    const rule = await own.create({ categories: [legal] });
    await own.create();
    const params = { ruleId: rule.id };
    expect(await own.names(own.author, { category: legal })).toEqual([rule.name]);
    const changed = await own.author.ok('updateRule', { params, body: { categories: [campaigns, legal] } });
    expect(changed.body.categories).toEqual([campaigns, legal]);
    await putAll(own.author, [{ id: legal, name: 'Legal' }]);
    expect((await own.author.ok('getRule', { params })).body.categories).toEqual([legal]);
    // A rule keeps a category that was removed; no rule can newly get it.
    await own.author.ok('updateRule', { params, body: { categories: [campaigns, legal] } });
    const other = await own.author.call('createRule', {
      body: { type: 'signatureRule', name: 'X', categories: [campaigns] },
    });
    expectProblem(other, 'invalid-request');
    expectProblem(await putAll(own.author, [{ name: 'Same' }, { name: 'SAME' }]), 'name-taken');
  });
});
