// Cursors that are none, belong to another list, filter or tenant, or were made up: each list answers in an orderly way,
// and never with what another list or tenant has.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cursorFor } from '../../shared/http/gateway/etag.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented, join, putGroup } from '../support/facts.ts';
import { boot, type Harness, type Reply, type Request, service, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

let harness: Harness;
let tenant: Tenant;
let other: Tenant;
let close: () => Promise<void>;

/** Enough of everything for a second page of one. */
const furnish = async (one: Tenant): Promise<Targets> => {
  const targets = Targets.shared(one);
  const people = [];
  for (const name of ['Bea', 'Cleo']) people.push(await one.user(name));
  const role = await targets.role();
  await one.ok('addRoleMembers', { params: { roleId: role }, body: { members: people } });
  for (const name of ['Group A', 'Group B']) await join(one, await putGroup(one, name), [one.firstUser]);
  for (const name of ['Role A', 'Role B']) await one.role(name, [], [one.firstUser]);
  for (const name of ['Policy A', 'Policy B']) await one.ok('createPolicy', { body: { name } });
  for (const name of ['Rule A', 'Rule B'])
    await one.ok('createRule', { body: { name, type: 'routingRule', owner: await targets.creator() } });
  // Its event has a difference of several parts.
  const options = { note: 'long '.repeat(12_000) };
  const rule = { name: 'Rule C', type: 'routingRule', owner: await targets.creator(), options };
  const { body } = await one.ok('createRule', { body: rule });
  await one.ok('deleteRule', { params: { ruleId: body.id } });
  const events = await one.ok('listEvents', { query: { target: body.id } });
  longEvents.set(one.id, events.body.items[0].id);
  const { user } = await targets.ofUser();
  await one.ok('createSession', { as: service(one.id), body: { user } });
  for (const name of ['Draft A', 'Draft B']) await one.ok('createDraft', { body: { name, operations: [] } });
  return targets;
};

/** By tenant. */
const longEvents = new Map<string, string>();

let mine: Targets;
let theirs: Targets;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
  other = await harness.tenant();
  mine = await furnish(tenant);
  theirs = await furnish(other);
});
afterAll(() => close());

/** The lists of the table: those that take a cursor. */
const lists = operationIds.filter(
  (id) =>
    implemented(id) &&
    (operation(id).query?.shape.limit !== undefined || id === 'listHolders') &&
    // Filled by directory runs only, and outside of any tenant: see the tests of operators.
    !['directory', 'operators'].includes(operation(id).area),
);

const requestOf = async (id: OperationId, targets: Targets): Promise<Request> => {
  const roleId = await targets.role();
  if (id === 'listRoleMembers') return { params: { roleId } };
  if (id === 'listHolders') return { body: { permission: 'billing' } };
  if (['getEffectivePermissions', 'listUserRoles', 'listUserGroups'].includes(id))
    return { params: { userId: targets.tenant.firstUser } };
  if (id === 'getEventDifference') return { params: { eventId: longEvents.get(targets.tenant.id) as string } };
  const { params } = await samples[id](targets);
  return params ? { params } : {};
};

const paged = (id: OperationId, request: Request, page: { limit?: number; cursor?: string }): Request =>
  id === 'listHolders'
    ? { ...request, body: { ...(request.body as object), ...page } }
    : {
        ...request,
        query: { ...request.query, ...Object.fromEntries(Object.entries(page).map(([k, v]) => [k, String(v)])) },
      };

const field = (id: OperationId) => (id === 'listHolders' ? '/cursor' : 'query.cursor');

/** The cursor is refused, wherever the operation takes it. */
const expectNoCursor = (reply: Reply, about: string) => {
  expectProblem(reply, 'invalid-request', about);
  expect(reply.body.detail, about).toMatch(/cursor/);
};

/** A real cursor of a list, where the list has a second page. */
const cursorOf = async (id: OperationId, one: Tenant, targets: Targets): Promise<string | undefined> =>
  (await one.ok(id, paged(id, await requestOf(id, targets), { limit: 1 }))).body.cursor;

describe.each(lists)('%s', (id) => {
  it('takes back its own cursor', async () => {
    const cursor = await cursorOf(id, tenant, mine);
    if (id !== 'listGroupMembers') expect(cursor, id).toBeDefined();
    if (cursor) await tenant.ok(id, paged(id, await requestOf(id, mine), { limit: 1, cursor }));
  });

  it('refuses what is no cursor', async () => {
    const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    for (const cursor of [
      '',
      'x',
      '!',
      '"',
      text([]),
      text(null),
      text({}),
      text(['', '']),
      text([1, 2]),
      'x'.repeat(2_000),
    ])
      expectNoCursor(await tenant.call(id, paged(id, await requestOf(id, mine), { cursor })), `${id} ${cursor}`);
  });

  it("refuses another list's, another filter's and another tenant's", async () => {
    const request = await requestOf(id, mine);
    for (const from of lists.filter((one) => one !== id)) {
      const cursor = await cursorOf(from, tenant, mine);
      if (cursor) expectNoCursor(await tenant.call(id, paged(id, request, { cursor })), `${from} -> ${id}`);
    }
    const foreign = await cursorOf(id, other, theirs);
    if (foreign) expectNoCursor(await tenant.call(id, paged(id, request, { cursor: foreign })), id);
    const own = await cursorOf(id, tenant, mine);
    const filter = Object.keys(operation(id).query?.shape ?? {}).find((one) => ['name', 'actor'].includes(one));
    if (own && filter) {
      const query = { ...request.query, [filter]: 'x' };
      expectNoCursor(await tenant.call(id, paged(id, { ...request, query }, { cursor: own })), id);
    }
  });

  it('answers forged positions without harm, and from this tenant only', async () => {
    const request = await requestOf(id, mine);
    const theirIds = new Set(
      JSON.stringify((await other.ok(id, await requestOf(id, theirs))).body).match(/[urgpe][0-9a-z]{12,20}/g),
    );
    for (const position of hostilePositions(other.id)) {
      for (const bound of boundsOf(id, request)) {
        const cursor = cursorFor([tenant.id, id, bound], position);
        const reply = await tenant.call(id, paged(id, request, { cursor }));
        const about = `${id} after ${JSON.stringify(position).slice(0, 40)}`;
        if (reply.status !== 200) expectNoCursor(reply, about);
        else for (const one of theirIds) expect(JSON.stringify(reply.body), about).not.toContain(one);
      }
    }
  });
});

/** What the lists bind their cursors to, so that forged ones get as far as they can. */
const boundsOf = (id: OperationId, { params, body }: Request): object[] => {
  if (id === 'listHolders') return [body as object];
  if (id === 'listRoleMembers') return [{ role: params?.roleId }];
  if (id === 'listGroupMembers') return [{ effective: 'false', group: params?.groupId }];
  return [{}];
};

const hostilePositions = (tenantId: string): string[] => [
  '',
  ' ',
  '\u0000',
  '\u{10ffff}',
  '\ud800',
  'zzz zzz',
  '1 u',
  '9 9 9',
  'e',
  'f',
  'HEAD',
  `T#${tenantId}#NAME#0`,
  '__proto__',
  'x'.repeat(1_024),
  'ж'.repeat(1_000),
  '\u{1f600}'.repeat(500),
];

it('takes a beginning of names that a forged position has left behind', async () => {
  for (const name of ['b', '\u{10ffff}', 'ﷺ'.repeat(100)]) {
    for (const position of hostilePositions(other.id)) {
      const cursor = cursorFor([tenant.id, 'listUsers', { name }], position);
      const reply = await tenant.call('listUsers', { query: { name, cursor } });
      if (reply.status !== 200) expectNoCursor(reply, `${name} after ${position}`);
    }
  }
});

it('finds no events in a time that ends before it begins', async () => {
  const query = { from: '2100-01-01T00:00:00Z', to: '2020-01-01T00:00:00Z' };
  const reply = await tenant.call('listEvents', { query });
  expect([reply.status, reply.body.items]).toEqual([200, []]);
  const late = cursorFor([tenant.id, 'listEvents', query], 'e0');
  expect((await tenant.call('listEvents', { query: { ...query, cursor: late } })).status).toBe(200);
  for (const from of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2024-02-29T00:00:00-12:00']) {
    expect((await tenant.call('listEvents', { query: { from } })).status, from).toBe(200);
    expect((await tenant.call('listEvents', { query: { to: from } })).status, from).toBe(200);
  }
  expect(field('listEvents')).toBe('query.cursor');
});
