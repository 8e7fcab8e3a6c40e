// What a digest binds: whoever submits with the digest of a preview gets what was agreed to, or a refusal; and nothing that is
// drawn anew, or that others do elsewhere, stands in the way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type Harness, issuer, person, type Tenant } from '../support/harness.ts';

/** Moves on with every look, because a date that was stored in the millisecond of a preview looks as if it were drawn. */
let at = Date.now();
const clock = {
  now: () => {
    at += 1;
    return at;
  },
  sleep: async () => {},
  random: Math.random,
};
let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot({ clock });
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const query = { dryRun: 'true' };
const any = { 'if-match': '*' };
const manage = [
  'createRules',
  'manageConditions',
  'addActions',
  'editActions',
  'manageActionsOrder',
  'manageRulesOrder',
];

/** Two rules of the first user's role, two users, and a team that is given nothing yet. */
const scene = async () => {
  const tenant = await harness.tenant('complete');
  const catalogue = (await tenant.ok('getCatalogue')).body;
  const type = catalogue.ruleTypes[0].id as string;
  const action = (n: number) => ({ type: catalogue.actionTypes[0].id, properties: { n } });
  const known = new Set(catalogue.permissions.map(({ id }: { id: string }) => id));
  const grants = manage.filter((id) => known.has(id)).map((permission) => ({ permission }));
  const owner = await tenant.role('Owners', grants, [tenant.firstUser]);
  const maker = await tenant.user('Maker', 'maker');
  const other = await tenant.user('Other');
  const team = await tenant.role('Team', [], [maker]);
  const rule = async (name: string) =>
    (await tenant.ok('createRule', { body: { name, type, owner, actions: [action(1), action(2)] } })).body;
  return { tenant, type, action, owner, maker, other, team, rule, as: person(tenant.id, 'maker') };
};

const dry = async (tenant: Tenant, operations: readonly object[], as = tenant.admin) => {
  const { body } = await tenant.ok('submitChangeSet', { body: { operations }, query, as });
  expect(body, JSON.stringify(body.problem)).toMatchObject({ outcome: 'done' });
  return body.digest as string;
};

describe('what was agreed to and nothing else', () => {
  it('a draft that somebody rewrites after its preview is not submitted by the digest of that preview', async () => {
    const { tenant, team, maker, other, rule, as } = await scene();
    const [one, two] = [await rule('one'), await rule('two')];
    const rights = (columns: object) => ({
      operation: 'putRuleRights',
      params: { roleId: team },
      body: { columns },
      ifMatch: '*',
    });
    await tenant.ok('putRuleRights', {
      params: { roleId: team },
      body: { columns: { view: false, edit: false } },
      headers: any,
    });
    const remove = ({ id }: { id: string }) => ({ operation: 'deleteRule', params: { ruleId: id } });
    const members = (...list: string[]) => ({
      operation: 'replaceRoleMembers',
      params: { roleId: team },
      body: { members: list },
      ifMatch: '*',
    });
    const describe = (description: string) => ({
      operation: 'updateRole',
      params: { roleId: team },
      body: { description },
    });
    const create = { operation: 'createRole', body: { name: 'New' } };
    const swaps: [object[], object[]][] = [
      [[rights({ view: true })], [rights({ view: true, edit: true, delete: true })]],
      [[remove(one)], [remove(two)]],
      [[members(maker, other)], [members(other)]],
      [
        [describe('one'), describe('two'), create],
        [describe('two'), describe('one'), create],
      ],
    ];
    for (const [agreed, rewritten] of swaps) {
      const made = await tenant.ok('createDraft', { as, body: { name: 'Please', operations: agreed } });
      const params = { draftId: made.body.id as string };
      const { digest, outcome } = (await tenant.ok('previewDraft', { params })).body;
      expect(outcome).toBe('done');
      const headers = { 'if-match': made.etag as string };
      const edited = await tenant.ok('putDraft', {
        as,
        params,
        headers,
        body: { name: 'Please', operations: rewritten },
      });
      const before = await harness.facts(tenant.id);
      const refused = await tenant.call('submitDraft', { params, body: { digest } });
      expect(refused.body).toMatchObject({ code: 'preview-changed', status: 409 });
      // Who names the draft by its tag is told as much, also without a digest.
      expect((await tenant.call('submitDraft', { params, body: {}, headers })).status).toBe(412);
      expect(await harness.facts(tenant.id)).toEqual(before);
      // As it stands now somebody may agree to it.
      const { digest: fresh } = (await tenant.ok('previewDraft', { params })).body;
      const now = { 'if-match': edited.etag as string };
      expect((await tenant.call('submitDraft', { params, headers: now, body: { digest: fresh } })).status).toBe(200);
    }
  });

  it('the same operations that would leave something else behind by now', async () => {
    const { tenant, team, owner, type, action, rule } = await scene();
    const { id: ruleId, actions } = await rule('one');
    const role = await tenant.role('Base', [{ permission: 'billing' }]);
    const spare = (await rule('spare')).id;
    const cases: [object, () => Promise<unknown>][] = [
      [
        { operation: 'addAction', params: { ruleId }, body: action(3) },
        () =>
          tenant.ok('moveAction', {
            params: { ruleId, actionId: actions[1].id },
            body: { before: actions[0].id },
          }),
      ],
      [
        { operation: 'cloneRole', params: { roleId: role }, body: { name: 'Copy' } },
        () => tenant.roleGrants(role, [{ permission: '*' }]),
      ],
      // As many rules as before, but others.
      [
        { operation: 'putRuleRights', params: { roleId: team }, body: { columns: { delete: true } }, ifMatch: '*' },
        async () => {
          await tenant.ok('putRuleRights', {
            params: { roleId: owner },
            body: { columns: { delete: true } },
            headers: any,
          });
          await tenant.ok('deleteRule', { params: { ruleId: spare } });
          await tenant.ok('createRule', { body: { name: 'spare', type, owner } });
        },
      ],
    ];
    for (const [one, meanwhile] of cases) {
      const digest = await dry(tenant, [one]);
      expect(await dry(tenant, [one])).toBe(digest);
      await meanwhile();
      const refused = await tenant.call('submitChangeSet', { body: { operations: [one], digest } });
      expect(refused.body, JSON.stringify(one)).toMatchObject({ code: 'preview-changed' });
    }
  });

  it('whatever stands in texts and names of fields that callers choose', async () => {
    const { tenant, rule } = await scene();
    const { id: ruleId } = await rule('one');
    const contents = [
      [{ etag: 'a' }],
      [{ etag: 'b' }],
      [{ v: '\\u0000' }, { v: 1 }, { v: 2 }],
      [{ v: 2 }, { v: 1 }, { v: '\\u0000' }],
      [{ v: '\u00000' }],
      [{ v: '~0' }],
      [{ v: '~~0' }],
      [{ rev: 1 }],
      [{ rev: 2 }],
      [{ a: 1 }],
      [{ of: [['a', 1]] }],
      [{ a: [1, 2] }],
      [{ a: [2, 1] }],
    ];
    const digests = new Set<string>();
    for (const conditions of contents)
      digests.add(await dry(tenant, [{ operation: 'updateRule', params: { ruleId }, body: { conditions } }]));
    expect(digests.size).toBe(contents.length);
  });
});

describe('what is no reason to refuse', () => {
  it('ids, secrets and times drawn anew, wherever they stand and whatever is ordered by them', async () => {
    const { tenant, type, owner, maker, other, rule } = await scene();
    const before = await rule('before');
    const unseen = { view: false, edit: false, delete: false };
    const roles: string[] = (await tenant.ok('listRoles')).body.items.map(({ id }: { id: string }) => id);
    const operations = [
      { operation: 'createPolicy', body: { name: 'P1' }, as: 'p1' },
      { operation: 'createPolicy', body: { name: 'P2' }, as: 'p2' },
      { operation: 'createRole', body: { name: 'R' }, as: 'r' },
      {
        operation: 'putRoleGrants',
        params: { roleId: '$r' },
        body: {
          grants: [
            { permission: 'viewConfiguration', policies: ['$p1', '$p2'] },
            { permission: 'viewQuarantine', policies: ['$p2'] },
          ],
        },
      },
      { operation: 'createUser', body: { kind: 'person', name: 'N', externalId: 'x1' }, as: 'n' },
      { operation: 'createUser', body: { kind: 'machine', name: 'M', identity: { issuer, subject: 'mm' } }, as: 'm' },
      { operation: 'addRoleMembers', params: { roleId: '$r' }, body: { members: ['$n', '$m', maker, other] } },
      { operation: 'inviteUser', params: { userId: '$n' } },
      { operation: 'cloneRole', params: { roleId: '$r' }, body: { name: 'C' }, as: 'c' },
      { operation: 'createSource', body: { name: 'S', signIn: { issuer, claim: 'oid' } } },
      { operation: 'createRule', body: { name: 'L1', type, owner }, as: 'l1' },
      { operation: 'createRule', body: { name: 'L2', type, owner }, as: 'l2' },
      { operation: 'moveRule', params: { ruleId: '$l2' }, body: { before: before.id } },
      // Nobody sees it any more, which is said with its id.
      ...[...roles, '$r', '$c'].map((roleId) => ({
        operation: 'putRuleRights',
        params: { roleId },
        body: { rules: [{ rule: '$l1', ...unseen }] },
        ifMatch: '*',
      })),
      { operation: 'putRuleOwner', params: { ruleId: '$l1' }, body: { owner: null }, ifMatch: '*' },
    ];
    const rehearsed = await tenant.ok('submitChangeSet', { body: { operations }, query });
    expect(JSON.stringify(rehearsed.body.answer)).toContain('rule-seen-by-nobody:l');
    const digest = await dry(tenant, operations);
    for (let n = 0; n < 3; n += 1) expect(await dry(tenant, operations)).toBe(digest);
    expect(rehearsed.body.digest).toBe(digest);
    expect((await tenant.call('submitChangeSet', { body: { operations, digest } })).status).toBe(200);
  });

  it('what others do elsewhere', async () => {
    const { tenant, team, owner, type, maker, rule } = await scene();
    const { id: ruleId } = await rule('one');
    const operations = [
      { operation: 'updateRule', params: { ruleId }, body: { conditions: [{ words: 'x' }] } },
      { operation: 'createRule', body: { name: 'Mine', type, owner } },
      { operation: 'addRoleMembers', params: { roleId: owner }, body: { members: [maker] } },
    ];
    const digest = await dry(tenant, operations);
    await rule('two');
    await tenant.ok('createRole', { body: { name: 'Elsewhere' } });
    await tenant.ok('updateRole', { params: { roleId: team }, body: { description: 'Another' } });
    expect(await dry(tenant, operations)).toBe(digest);
  });
});

describe('for those who do not see all', () => {
  it('it binds what they list and what they see, and does not move with what is hidden', async () => {
    const { tenant, type, owner, maker, rule, as } = await scene();
    const team = await tenant.role('Makers', [{ permission: 'createRules' }], [maker]);
    const newRules = { view: false, edit: false, delete: false };
    for (const roleId of [
      team,
      (await tenant.ok('listRoles')).body.items.find(({ name }: { name: string }) => name === 'Team').id,
    ])
      await tenant.ok('putRuleRights', { params: { roleId }, body: { newRules }, headers: any });
    const create = (name: string) => [{ operation: 'createRule', body: { name, type, owner: team } }];
    const digest = await dry(tenant, create('Mine'), as);
    expect(await dry(tenant, create('Yours'), as)).not.toBe(digest);
    await rule('hidden');
    await tenant.roleGrants(owner, [{ permission: 'createRules' }, { permission: 'billing' }]);
    expect(await dry(tenant, create('Mine'), as)).toBe(digest);
    const done = await tenant.call('submitChangeSet', { as, body: { operations: create('Mine'), digest } });
    expect(done.status).toBe(200);
  });
});
