// Change sets: several operations as one, authorised before, planned one after the other, judged by their end, written in
// one transaction or not at all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operation } from '../../shared/routes/operations.ts';
import { boot, type Harness, person, type Reply, type Tenant } from '../support/harness.ts';
import type { Listed } from './moves.ts';
import { expectSame, itemsOf } from './worlds.ts';

let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
});
afterAll(() => close());

type Named = Listed & { readonly as?: string };
const submit = (operations: readonly Named[], more: object = {}, of = tenant, headers = {}): Promise<Reply> =>
  of.call('submitChangeSet', { body: { operations, ...more }, headers });
const rehearse = (operations: readonly Named[], more: object = {}, of = tenant) =>
  of.ok('submitChangeSet', { body: { operations, ...more }, query: { dryRun: 'true' } });

/** Refused, and nothing but the event of the refusal is written. */
const expectRefused = async (operations: readonly Named[], status: number, body: object, of = tenant) => {
  const before = await harness.facts(of.id);
  const refused = await submit(operations, {}, of);
  expect(refused.body).toMatchObject(body);
  expect(refused.status).toBe(status);
  expect(await harness.facts(of.id)).toEqual(before);
};
const at = (field: string) => ({ errors: [expect.objectContaining({ field })] });

let n = 0;
const named = (name: string) => {
  n += 1;
  return `${name} ${n}`;
};
const roleOf = (name: string, as?: string): Named => ({ operation: 'createRole', body: { name }, ...(as && { as }) });

describe('references', () => {
  it('stand for what earlier operations create, in paths and in bodies', async () => {
    const { body } = await submit([
      { operation: 'createUser', body: { kind: 'person', name: named('Eva') }, as: 'eva' },
      roleOf(named('Team'), 'team'),
      { operation: 'createPolicy', body: { name: named('Sales') }, as: 'sales' },
      {
        operation: 'putRoleGrants',
        params: { roleId: '$team' },
        body: { grants: [{ permission: 'viewConfiguration', policies: ['$sales'] }] },
      },
      { operation: 'addRoleMembers', params: { roleId: '$team' }, body: { members: ['$eva'] } },
      { operation: 'updateUser', params: { userId: '$eva' }, body: { login: 'eva' } },
      { operation: 'inviteUser', params: { userId: '$eva' } },
    ]);
    const [eva, team, sales] = body.results.map((result: { body: { id: string } }) => result.body.id);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 201, 201, 200, 200, 200, 201]);
    expect(await tenant.check(eva, { permission: 'viewConfiguration', policy: sales })).toBe(true);
    expect((await tenant.ok('getUser', { params: { userId: eva } })).body).toMatchObject({
      login: 'eva',
      invited: true,
    });
    expect((await tenant.ok('listRoleMembers', { params: { roleId: team } })).body.items).toHaveLength(1);
  });

  it('a text that starts with $ is written with $$, and one that names nothing stays', async () => {
    const role = await tenant.role(named('Dollar'));
    const texts = ['$team', '$$team', '$5 a month'];
    const { body } = await submit([
      roleOf(named('Team'), 'team'),
      ...texts.map(
        (description): Named => ({ operation: 'updateRole', params: { roleId: role }, body: { description } }),
      ),
    ]);
    const [, ...described] = body.results.map((result: { body: { description: string } }) => result.body.description);
    expect(described).toEqual([body.results[0].body.id, '$team', '$5 a month']);
  });

  it('name what comes before them, of the right kind', async () => {
    const role = await tenant.role(named('Some'));
    await expectRefused(
      [{ operation: 'addRoleMembers', params: { roleId: '$later' }, body: { members: [] } }, roleOf('Later', 'later')],
      400,
      { code: 'invalid-request', operation: 0 },
    );
    await expectRefused(
      [roleOf('Team', 'team'), { operation: 'addRoleMembers', params: { roleId: role }, body: { members: ['$team'] } }],
      400,
      at('/operations/1/body/members/0'),
    );
    await expectRefused([roleOf('One', 'same'), roleOf('Two', 'same')], 400, at('/operations/1/as'));
    await expectRefused([{ ...roleOf('X'), operation: 'updateTenant', as: 'x' }], 400, at('/operations/0/as'));
  });
});

describe('validation', () => {
  it('names the operation and the field', async () => {
    const role = await tenant.role(named('Some'));
    const params = { roleId: role };
    const faults: [Named, string][] = [
      [{ operation: 'createRole', body: { name: 5 } }, 'body/name'],
      [{ operation: 'createRole', body: { name: 'X', colour: 'red' } }, 'body/colour'],
      [{ operation: 'createRole' }, 'body'],
      [{ operation: 'createRole', body: { name: ' ' } }, 'body/name'],
      [{ operation: 'deleteRole', params: { roleId: 'nonsense' } }, 'params/roleId'],
      [{ operation: 'updateRole', params, body: {}, query: { dryRun: 'true' } }, 'query/dryRun'],
      [{ operation: 'createRole', params, body: { name: 'X' } }, 'params'],
      [{ operation: 'deleteRole', params, body: {} }, 'body'],
      [{ operation: 'createRole', body: { name: 'X' }, ifMatch: '*' }, 'ifMatch'],
      [{ operation: 'addRoleGrant', params, body: { permission: 'unknown' } }, 'body/permission'],
      [{ operation: 'getRole', params } as Named, 'operation'],
      ...['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty'].map((operation): [Named, string] => [
        { ...roleOf('X', 'x'), operation: operation as Named['operation'] },
        'operation',
      ]),
    ];
    for (const [fault, field] of faults)
      await expectRefused([roleOf('Good'), fault], 400, at(`/operations/1/${field}`));
  });

  it('says which name in a path nothing has, and which id is missing', async () => {
    const grants: Named = { operation: 'addRoleGrant', body: { permission: 'billing' } };
    await expectRefused([roleOf(named('Team'), 'team'), { ...grants, params: { roleId: '$tema' } }], 400, {
      errors: [
        {
          field: '/operations/1/params/roleId',
          message: '$tema stands for what an operation with "as" creates, and none has this name',
        },
      ],
    });
    await expectRefused([{ operation: 'deleteRole' }], 400, {
      errors: [{ field: '/operations/0/params/roleId', message: 'is missing: give the id of a role' }],
    });
  });

  it('refuses what cannot be one of several, and says why', async () => {
    for (const id of ['createTenant', 'putFeatures', 'acceptInvitation', 'postDelta', 'submitChangeSet'] as const)
      await expectRefused([{ operation: id, body: {} }], 400, {
        code: 'invalid-request',
        detail: expect.stringContaining('cannot be in a set'),
      });
  });

  it('states its limits: 50 operations, 100 items', async () => {
    const many = (count: number) => Array.from({ length: count }, () => roleOf(named('Many')));
    await expectRefused(many(51), 400, { detail: expect.stringContaining('more than 50 operations') });
    await expectRefused(many(50), 409, { code: 'quota-exceeded', detail: expect.stringContaining('100 items') });
    expect((await rehearse(many(50))).body).toMatchObject({ outcome: 'refused', problem: { code: 'quota-exceeded' } });
    expect((await submit(many(30))).status).toBe(200);
  });

  it('what fits without an Idempotency-Key fits with one: by items; the size of what is answered does not matter', async () => {
    const manage = ['createRules', 'manageConditions'].map((permission) => ({ permission }));
    const rules = async (of: Tenant, count: number) => {
      const owner = await of.role('Owners', manage, [of.firstUser]);
      const type = (await of.ok('getCatalogue')).body.ruleTypes[0].id;
      const conditions = [{ words: 'x'.repeat(60_000) }];
      const body = { type, owner, conditions };
      return Array.from(
        { length: count },
        (_, i): Named => ({ operation: 'createRule', body: { ...body, name: `${i}` } }),
      );
    };
    const roles = async (_: Tenant, count: number) => Array.from({ length: count }, (__, i) => roleOf(`Role ${i}`));
    const outcomes: string[] = [];
    for (const [many, count] of [
      [roles, 47],
      [roles, 48],
      [roles, 49],
      [rules, 6],
      [rules, 20],
    ] as const) {
      const of = await harness.tenant('exchange-rules');
      const operations = await many(of, count);
      const { problem, outcome } = (await rehearse(operations, {}, of)).body;
      const keyed = await submit(operations, {}, of, { 'idempotency-key': 'key' });
      expect([count, keyed.body.detail]).toEqual([count, problem?.detail]);
      outcomes.push(outcome);
    }
    expect(outcomes).toEqual(['done', 'done', 'refused', 'done', 'done']);
  });

  it('refuses an empty set', async () => {
    expect((await submit([])).status).toBe(400);
  });
});

describe('If-Match', () => {
  it('is compared with what was there before the set', async () => {
    const { body: role, etag = '' } = await tenant.ok('createRole', { body: { name: named('Tagged') } });
    const params = { roleId: role.id };
    const rename = (name: string, ifMatch: string): Named => ({
      operation: 'updateRole',
      params,
      body: { name },
      ifMatch,
    });
    expect((await submit([rename(named('A'), etag), rename(named('B'), etag)])).status).toBe(200);
    await expectRefused([roleOf(named('Other')), rename('C', etag)], 412, {
      code: 'precondition-failed',
      operation: 1,
    });
  });

  it('is needed as it is alone, but for what the set creates', async () => {
    const role = await tenant.role(named('Some'));
    const put = (roleId: string): Named => ({ operation: 'putRoleGrants', params: { roleId }, body: { grants: [] } });
    await expectRefused([put(role)], 428, { code: 'precondition-required', operation: 0 });
    expect((await submit([roleOf(named('New'), 'new'), put('$new')])).status).toBe(200);
    // A reference elsewhere does not make the resource new.
    const joined: Named = { operation: 'replaceRoleMembers', params: { roleId: role }, body: { members: ['$eva'] } };
    const eva: Named = { operation: 'createUser', body: { kind: 'person', name: named('Eva') }, as: 'eva' };
    await expectRefused([eva, joined], 428, { code: 'precondition-required', operation: 1 });
    expect((await submit([eva, { ...joined, ifMatch: '*' }])).status).toBe(200);
  });
});

describe('all or nothing', () => {
  it('CT-27: one submit applies all as one unit, at one version of the book', async () => {
    const before = (await tenant.ok('check', { body: { ability: 'logOn' } })).body.version;
    expect((await submit([roleOf(named('A')), roleOf(named('B')), roleOf(named('C'))])).status).toBe(200);
    expect((await tenant.ok('check', { body: { ability: 'logOn' } })).body.version).toBe(before + 1);
  });

  it('CT-27: if one is refused, none applies', async () => {
    const name = named('Taken');
    await expectRefused([roleOf(name), roleOf(named('Fine')), roleOf(name)], 409, { code: 'name-taken', operation: 2 });
  });

  it('every operation has an event, and so has the set, which names them in their order', async () => {
    const role = await tenant.role(named('Evented'));
    const { body } = await submit([
      { operation: 'updateRole', params: { roleId: role }, body: { description: 'New' } },
      { operation: 'updateRole', params: { roleId: role }, body: { description: 'New' } },
      { operation: 'addRoleGrant', params: { roleId: role }, body: { permission: 'billing' } },
    ]);
    expect(body.results).toHaveLength(3);
    const events = (await tenant.ok('listEvents', { query: { limit: '3' } })).body.items;
    expect(events.map(({ action }: { action: string }) => action)).toEqual([
      'role.grant.added',
      'role.updated',
      'changes.submitted',
    ]);
    const [second, first, whole] = events;
    expect(whole.after).toEqual({ events: [first.id, second.id] });
    expect(first).toMatchObject({ target: role, authority: 'manageAccessRights', after: { description: 'New' } });
    expect((await tenant.ok('listEvents', { query: { target: role } })).body.items.slice(0, 2)).toEqual([
      second,
      first,
    ]);
  });

  it('a set that changes nothing writes nothing', async () => {
    const role = await tenant.role(named('Same'));
    const before = await itemsOf(harness, tenant.id);
    const same: Named = { operation: 'updateRole', params: { roleId: role }, body: { description: '' } };
    expect((await submit([same, same])).status).toBe(200);
    expectSame(before, await itemsOf(harness, tenant.id));
  });

  it('Idempotency-Key: sent again it happens once, and is answered the same', async () => {
    const operations = [roleOf(named('Once'), 'once'), { ...roleOf(named('Twice')) }];
    const headers = { 'idempotency-key': named('key').replace(' ', '-') };
    const first = await submit(operations, {}, tenant, headers);
    const again = await submit(operations, {}, tenant, headers);
    expect(again.body).toEqual(first.body);
    const other = await submit([roleOf(named('Other'))], {}, tenant, headers);
    expect(other.body).toMatchObject({ code: 'idempotency-mismatch' });
  });
});

describe('who may', () => {
  it('is asked for every operation, on the state before the set', async () => {
    const t = await harness.tenant();
    const helper = await t.user('Helper', 'helper');
    await t.setGrants(helper, [{ permission: 'manageUsers' }]);
    const as = person(t.id, 'helper');
    const role = await t.role('Keepers', [{ permission: 'manageAccessRights' }]);
    const join: Named = { operation: 'addRoleMembers', params: { roleId: role }, body: { members: [helper] } };
    const create: Named = { operation: 'createUser', body: { kind: 'person', name: 'New' }, as: 'new' };
    const before = await harness.facts(t.id);
    const climbing = await t.call('submitChangeSet', { as, body: { operations: [create, join] } });
    expect(climbing.body).toMatchObject({ code: 'forbidden', operation: 1 });
    expect(await harness.facts(t.id)).toEqual(before);
    // What the caller may do alone goes together, too.
    const invite: Named = { operation: 'inviteUser', params: { userId: '$new' } };
    const done = await t.call('submitChangeSet', { as, body: { operations: [create, invite] } });
    expect(done.status).toBe(200);
    // A keeper who gives it up within the set has it until the set is done.
    const leaving = await submit(
      [
        { operation: 'addRoleMembers', params: { roleId: role }, body: { members: [helper] } },
        { operation: 'putUserGrants', params: { userId: t.firstUser }, body: { grants: [] }, ifMatch: '*' },
        roleOf('Last words'),
      ],
      {},
      t,
    );
    expect(leaving.body.results ?? leaving.body).toHaveLength(3);
    expect((await t.call('createRole', { body: { name: 'No more' } })).status).toBe(403);
  });

  it('is who was in a role that can own the rule before the set, not who is by then', async () => {
    const t = await harness.tenant('exchange-rules');
    const [{ id: type }] = (await t.ok('getCatalogue')).body.ruleTypes;
    const predefined = (await t.ok('listRoles')).body.items as { id: string }[];
    await t.role('Keepers', [{ permission: 'manageAccessRights' }], [t.firstUser]);
    for (const { id } of predefined)
      await t.ok('removeRoleMembers', { params: { roleId: id }, body: { members: [t.firstUser] } });
    const makers = await t.role('Makers', [{ permission: 'createRules' }]);
    const members = (operation: 'addRoleMembers' | 'removeRoleMembers'): Named => ({
      operation,
      params: { roleId: makers },
      body: { members: [t.firstUser] },
    });
    const create = (name: string, owner?: string): Named => ({
      operation: 'createRule',
      body: { name, type, ...(owner && { owner }) },
    });
    // Who may not alone may not with a role of a moment, either; nor with one made for it.
    const climbing = [members('addRoleMembers'), create('Climbed', makers), members('removeRoleMembers')];
    await expectRefused([create('Alone')], 403, { code: 'forbidden', operation: 0 }, t);
    await expectRefused(climbing, 403, { code: 'forbidden', operation: 1 }, t);
    await t.ok('addRoleMembers', { params: { roleId: makers }, body: { members: [t.firstUser] } });
    const made: Named[] = [
      roleOf('Own', 'own'),
      { operation: 'addRoleGrant', params: { roleId: '$own' }, body: { permission: 'createRules' } },
      { operation: 'addRoleMembers', params: { roleId: '$own' }, body: { members: [t.firstUser] } },
    ];
    await expectRefused([...made, create('Mine', '$own')], 400, at('/operations/3/body/owner'), t);
    // Who leaves on the way was in it; only a role that goes on the way can own nothing.
    const gone: Named = { operation: 'deleteRole', params: { roleId: makers } };
    await expectRefused([gone, create('Orphaned')], 403, { code: 'forbidden', operation: 1 }, t);
    const leaving = await submit([members('removeRoleMembers'), create('Left')], {}, t);
    expect(leaving.body.results[1].body).toMatchObject({ name: 'Left', owner: makers });
  });

  it('who may not is recorded with the operation and what it was to change, as if it were alone', async () => {
    const t = await harness.tenant();
    const helper = await t.user('Helper', 'helper');
    await t.setGrants(helper, [{ permission: 'manageUsers' }]);
    const as = person(t.id, 'helper');
    const role = await t.role('Readers');
    const create: Named = { operation: 'createUser', body: { kind: 'person', name: 'New' }, as: 'new' };
    const sets: Named[][] = [
      [create, { operation: 'deleteRole', params: { roleId: role } }],
      [create, { operation: 'updateTenant', body: { enforced: true } }],
      [create, { operation: 'deleteRole', params: { roleId: 'r000000000000' } }],
    ];
    for (const operations of sets)
      expect((await t.call('submitChangeSet', { as, body: { operations } })).status).toBe(403);
    const events: Record<string, string>[] = (await t.ok('listEvents')).body.items;
    const denials = events
      .filter(({ outcome }) => outcome === 'refused')
      .map(({ action, target, code }) => `${action} ${target} ${code}`);
    expect(denials.sort()).toEqual([
      `role.deleted ${role} forbidden`,
      'role.deleted unknown forbidden',
      'tenant.updated tenant forbidden',
    ]);
  });

  it('nobody climbs by several steps that none alone could be', async () => {
    const t = await harness.tenant();
    const helper = await t.user('Helper', 'helper');
    await t.setGrants(helper, [{ permission: 'manageUsers' }]);
    const operations: Named[] = [
      { operation: 'updateUser', params: { userId: t.firstUser }, body: { state: 'disabled' } },
      { operation: 'createUser', body: { kind: 'person', name: 'New' } },
    ];
    const as = person(t.id, 'helper');
    const refused = await t.call('submitChangeSet', { as, body: { operations } });
    expect(refused.body).toMatchObject({ code: 'keeper-needed', operation: 0 });
    // Nor what the end does not show: who only keepers may disable is not disabled for a moment, either.
    const [disable] = operations as [Named];
    const enable: Named = { ...disable, body: { state: 'active' } };
    const before = await harness.facts(t.id);
    const create = operations[1] as Named;
    const moment = await t.call('submitChangeSet', { as, body: { operations: [create, disable, enable] } });
    expect(moment.body).toMatchObject({ code: 'keeper-needed', operation: 1 });
    expect(await harness.facts(t.id)).toEqual(before);
    const draft = { name: 'Moment', operations: [create, disable, enable] };
    const { body } = await t.ok('createDraft', { as, body: draft });
    const rebased = await t.ok('rebaseDraft', { as, params: { draftId: body.id }, body: {} });
    expect(rebased.body.conflicts[0]).toMatchObject({ operation: 1, problem: { code: 'keeper-needed' } });
    expect((await submit([disable, enable, roleOf('By a keeper')], {}, t)).status).toBe(200);
  });
});

describe('the last keepers', () => {
  const scene = async () => {
    const t = await harness.tenant();
    const next = await t.user('Next', 'next');
    const role = await t.role('Keepers', [{ permission: 'manageAccessRights' }], [t.firstUser]);
    await t.setGrants(t.firstUser, []);
    const add: Named = { operation: 'addRoleMembers', params: { roleId: role }, body: { members: [next] } };
    const remove: Named = {
      operation: 'removeRoleMembers',
      params: { roleId: role },
      body: { members: [t.firstUser] },
    };
    return { t, next, add, remove };
  };

  it('can be swapped in one set, in either order', async () => {
    for (const order of [0, 1]) {
      const { t, next, add, remove } = await scene();
      const operations = order === 0 ? [add, remove] : [remove, add];
      expect((await submit(operations, {}, t)).status).toBe(200);
      const { body } = await t.ok('getTenant', { as: person(t.id, 'next') });
      expect(body.accessManagers.users).toEqual([next]);
    }
  });

  it('swapped one by one, only in the order that always leaves one', async () => {
    const { t, add, remove } = await scene();
    await expectRefused([remove], 409, { code: 'last-access-manager' }, t);
    expect((await submit([add], {}, t)).status).toBe(200);
    expect((await submit([remove], {}, t)).status).toBe(200);
  });

  it('cannot all go in one set', async () => {
    const { t, next, add, remove } = await scene();
    const disable: Named = { operation: 'updateUser', params: { userId: next }, body: { state: 'disabled' } };
    await expectRefused([add, remove, disable], 409, { code: 'last-access-manager' }, t);
    // Somebody created, bound or not, within the set: who cannot sign in does not count.
    const fresh: Named = { operation: 'createUser', body: { kind: 'person', name: 'Fresh' }, as: 'fresh' };
    const join: Named = { ...add, body: { members: ['$fresh'] } };
    await expectRefused([fresh, join, remove], 409, { code: 'last-access-manager' }, t);
  });
});

describe('previews', () => {
  it('X-7 FP-27 SE-24: nothing changes until it is submitted, and then it does what was shown', async () => {
    const user = await tenant.user(named('Seen'));
    const role = await tenant.role(named('Shown'), [{ permission: 'billing' }]);
    const operations: Named[] = [
      { operation: 'addRoleMembers', params: { roleId: role }, body: { members: [user] } },
      {
        operation: 'putUserGrants',
        params: { userId: user },
        body: { grants: [{ permission: 'purchase' }] },
        ifMatch: '*',
      },
    ];
    const before = await itemsOf(harness, tenant.id);
    const { body } = await rehearse(operations);
    expectSame(before, await itemsOf(harness, tenant.id));
    expect(await tenant.check(user, { permission: 'billing' })).toBe(false);
    expect(body).toMatchObject({ dryRun: true, outcome: 'done', status: 200 });
    const gained = body.effect.users.find((one: { user: string }) => one.user === user).gained;
    expect(gained).toEqual(expect.arrayContaining([{ permission: 'billing', scope: 'account' }]));
    const done = await submit(operations, { digest: body.digest });
    expect(done.body).toEqual(body.answer);
    expect(await tenant.check(user, { permission: 'billing' })).toBe(true);
  });

  it('a digest outlives ids, secrets and times that are drawn anew', async () => {
    const operations: Named[] = [
      { operation: 'createUser', body: { kind: 'person', name: named('Eva') }, as: 'eva' },
      roleOf(named('Team'), 'team'),
      { operation: 'addRoleGrant', params: { roleId: '$team' }, body: { permission: 'billing' } },
      { operation: 'addRoleMembers', params: { roleId: '$team' }, body: { members: ['$eva', tenant.firstUser] } },
      { operation: 'inviteUser', params: { userId: '$eva' } },
    ];
    const [one, two] = [await rehearse(operations), await rehearse(operations)];
    expect(one.body.digest).toBe(two.body.digest);
    expect((await submit(operations, { digest: one.body.digest })).status).toBe(200);
  });

  it('with a digest it is refused when it would now do something else', async () => {
    const user = await tenant.user(named('Late'));
    const role = await tenant.role(named('Growing'), [{ permission: 'billing' }], [user]);
    const operations: Named[] = [{ operation: 'deleteRole', params: { roleId: role } }];
    const { digest } = (await rehearse(operations)).body;
    await tenant.ok('addRoleMembers', {
      params: { roleId: role },
      body: { members: [await tenant.user(named('More'))] },
    });
    const before = await harness.facts(tenant.id);
    const refused = await submit(operations, { digest });
    expect(refused.body).toMatchObject({ code: 'preview-changed', status: 409 });
    expect(await harness.facts(tenant.id)).toEqual(before);
    expect((await rehearse(operations, { digest })).body).toMatchObject({ outcome: 'refused' });
    const { digest: fresh } = (await rehearse(operations)).body;
    expect((await submit(operations, { digest: fresh })).status).toBe(operation('submitChangeSet').status);
  });
});
