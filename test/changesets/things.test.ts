// Which things a dry run names: roles and rules in the words of the API, and of rules those that the caller sees. How they
// are stored, and what else is stored with them, does not show.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type Harness, person, type Request, type Tenant } from '../support/harness.ts';
import { long } from '../support/patience.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const query = { dryRun: 'true' };
const any = { 'if-match': '*' };
type Id = Parameters<Tenant['call']>[0];
const things = async (tenant: Tenant, id: Id, request: Request) =>
  (await tenant.ok(id, { ...request, query })).body.effect.things;

const permissions = ['createRules', 'manageConditions', 'manageRulesOrder'];

/** Rules that the first user's role owns. Another role sees them only where a test says so. */
const scene = async (names: readonly string[]) => {
  const tenant = await harness.tenant('exchange-rules');
  const type = (await tenant.ok('getCatalogue')).body.ruleTypes[0].id;
  const grants = permissions.map((permission) => ({ permission }));
  const owner = await tenant.role('Owners', grants, [tenant.firstUser]);
  const maker = await tenant.user('Maker', 'maker');
  const role = await tenant.role('Makers', grants, [maker]);
  const newRules = { view: false, edit: false, delete: false };
  await tenant.ok('putRuleRights', { params: { roleId: role }, body: { newRules }, headers: any });
  const ids: Record<string, string> = {};
  const create = async (name: string, as = tenant.admin) => {
    const body = { name, type, ...(as === tenant.admin && { owner }) };
    ids[name] = (await tenant.ok('createRule', { body, as })).body.id;
  };
  for (const name of names) await create(name);
  return { tenant, type, owner, role, ids, create, as: person(tenant.id, 'maker') };
};

describe('whoever manages access rights', () => {
  it('is told which rules change, and what of them', async () => {
    const { tenant, role, ids, type, owner } = await scene(['a', 'b', 'c']);
    const params = { ruleId: ids.a as string };
    const rule = { kind: 'rule', id: ids.a, name: 'a' };
    const conditions = [{ words: 'x' }];
    expect(await things(tenant, 'updateRule', { params, body: { conditions } })).toEqual([
      { ...rule, change: 'changed', fields: ['conditions'] },
    ]);
    expect(await things(tenant, 'moveRule', { params, body: { to: 'last' } })).toEqual([
      { ...rule, change: 'changed', fields: ['position'] },
    ]);
    expect(await things(tenant, 'createRule', { body: { name: 'New', type, owner } })).toEqual([
      { kind: 'rule', id: expect.any(String), name: 'New', change: 'created' },
    ]);
    expect(await things(tenant, 'putRuleOwner', { params, body: { owner: role }, headers: any })).toEqual([
      // Its owner before has View and Edit on the rules of others, which it had already: it loses Delete.
      ...[role, owner]
        .map((id) => expect.objectContaining({ kind: 'role', id, change: 'changed', fields: ['ruleRights'], rules: 1 }))
        .sort((one, two) => (one.sample.id < two.sample.id ? -1 : 1)),
      { ...rule, change: 'changed', fields: ['owner'] },
    ]);
    await tenant.ok('putRuleRights', {
      params: { roleId: owner },
      body: { columns: { delete: true } },
      headers: any,
    });
    expect(await things(tenant, 'deleteRule', { params })).toEqual([{ ...rule, change: 'deleted' }]);
  });

  it('is told the role whose rights on rules change, and on how many', async () => {
    const { tenant, role, owner, ids } = await scene(['a', 'b', 'c']);
    const params = { roleId: role };
    const of = { kind: 'role', id: role, name: 'Makers', change: 'changed' };
    const put = (body: object) => things(tenant, 'putRuleRights', { params, body, headers: any });
    expect(await put({ columns: { view: true } })).toEqual([{ ...of, fields: ['ruleRights'], rules: 3 }]);
    expect(await put({ rules: [{ rule: ids.a, edit: true }] })).toEqual([{ ...of, fields: ['ruleRights'], rules: 1 }]);
    expect(await put({ newRules: { view: true } })).toEqual([{ ...of, fields: ['newRules'] }]);
    const passed = { params: { roleId: owner }, query: { ...query, newOwner: role } };
    expect((await tenant.ok('deleteRole', passed)).body.effect.things).toEqual(
      [
        { ...of, fields: ['ruleRights'], rules: 3 },
        { kind: 'role', id: owner, name: 'Owners', change: 'deleted', rules: 3 },
      ].sort((one, two) => (one.id < two.id ? -1 : 1)),
    );
  });

  it('is told of one thing what several operations come to', async () => {
    const { tenant, ids } = await scene(['a', 'b']);
    const params = { ruleId: ids.a as string };
    const there = { operation: 'moveRule', params, body: { to: 'last' } };
    const back = { operation: 'moveRule', params, body: { to: 'first' } };
    const change = { operation: 'updateRule', params, body: { conditions: [{ words: 'x' }] } };
    const of = (operations: object[]) => things(tenant, 'submitChangeSet', { body: { operations } });
    const rule = { kind: 'rule', id: ids.a, name: 'a', change: 'changed' };
    expect(await of([there, back])).toEqual([]);
    expect(await of([there, change])).toEqual([{ ...rule, fields: ['conditions', 'position'] }]);
    const made = [
      { operation: 'createRole', body: { name: 'New' }, as: 'new' },
      { operation: 'addRoleMembers', params: { roleId: '$new' }, body: { members: [tenant.firstUser] } },
    ];
    expect(await of(made)).toEqual([
      expect.objectContaining({ kind: 'role', name: 'New', change: 'created', joined: 1, left: 0 }),
    ]);
    expect((await of(made))[0]).not.toHaveProperty('fields');
  });
});

describe('of rules that the caller does not see', () => {
  /** Whatever somebody may ask who sees the rules x and y only. */
  const answers = async (hidden: readonly [number, number, number]) => {
    const { tenant, type, ids, create, as } = await scene([]);
    const hide = async (count: number) => {
      for (let n = 0; n < count; n += 10)
        await tenant.ok('submitChangeSet', {
          body: {
            operations: Array.from({ length: Math.min(10, count - n) }, (_, i) => ({
              operation: 'createRule',
              body: { name: `Hidden ${n + i}`, type, owner: ids.owner },
            })),
          },
        });
    };
    ids.owner = (await tenant.ok('listRoles')).body.items.find(({ name }: { name: string }) => name === 'Owners').id;
    await hide(hidden[0]);
    await create('x', as);
    await hide(hidden[1]);
    await create('y', as);
    await hide(hidden[2]);
    const [x, y] = [ids.x, ids.y] as [string, string];
    const asked: [Id, Request][] = [
      ['createRule', { body: { name: 'New', type } }],
      ...[x, y].flatMap((ruleId): [Id, Request][] => [
        ['moveRule', { params: { ruleId }, body: { to: 'first' } }],
        ['moveRule', { params: { ruleId }, body: { to: 'last' } }],
        ['moveRule', { params: { ruleId }, body: { before: ruleId === x ? y : x } }],
        ['moveRule', { params: { ruleId }, body: { after: ruleId === x ? y : x } }],
        ['updateRule', { params: { ruleId }, body: { conditions: [{ words: 'z' }] } }],
        ['deleteRule', { params: { ruleId } }],
      ]),
    ];
    const sets = asked.map(([operation, request]): [Id, Request] => [
      'submitChangeSet',
      { body: { operations: [{ operation, ...request }] } },
    ]);
    const told: unknown[] = [];
    for (const [id, request] of [...asked, ...sets]) told.push((await tenant.ok(id, { ...request, query, as })).body);
    // The change betrays no more than its dry run: it leaves an event in both worlds or in neither.
    const events: unknown[] = [];
    for (const [, { params, body }] of asked.filter(([id]) => id === 'moveRule')) {
      const before = (await tenant.ok('listEvents', { query: { limit: '1' } })).body.items[0].id;
      await tenant.ok('moveRule', { params, body, as } as Request);
      events.push((await tenant.ok('listEvents', { query: { limit: '1' } })).body.items[0].id !== before);
    }
    const text = JSON.stringify({ told, events })
      .replaceAll(x, 'x')
      .replaceAll(y, 'y')
      .replace(/l[0-9a-z]{12}/g, 'rule')
      .replace(/r[0-9a-hjkmnp-tv-z]{12}/g, 'role')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
      .replace(/"(digest|etag)":"(\\"|[^"\\])*"/g, '');
    expect(text).not.toMatch(/"(rules|rights|exceptions|members)#|"kind":"(rules|rights|exceptions)"/);
    return JSON.parse(JSON.stringify(text)) as string;
  };

  it('no dry run and no move tells anything', { timeout: long }, async () => {
    const none = await answers([0, 0, 0]);
    expect(none).toContain('"outcome":"nothing"');
    expect(await answers([1, 1, 1])).toBe(none);
    expect(await answers([0, 2, 0])).toBe(none);
    expect(await answers([0, 0, 126])).toBe(none);
  });
});
