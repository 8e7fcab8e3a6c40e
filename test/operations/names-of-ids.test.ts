// The names of things by their ids: of each kind for those who may see it, in one round trip.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import { freshIds, join, putGroup, putSource } from '../support/facts.ts';
import { type As, bootEngine, Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { allOnRules } from '../support/rules.ts';
import { spentBy, Wrapped } from '../support/wrapped.ts';

let wrapped: Wrapped;
let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;
const ids: Record<string, string> = {};
let group: GroupRecord;

beforeAll(async () => {
  const { engine, client, table } = await bootEngine();
  close = () => engine.close();
  wrapped = new Wrapped(client);
  harness = new Harness(wrapped, table);
  tenant = await harness.tenant();
  ids.user = await tenant.user('Uma User', 'uma');
  ids.role = await tenant.role('Rule writers', allOnRules, [ids.user]);
  ids.otherRole = await tenant.role('Others');
  group = await putGroup(tenant, 'Group of Uma', [await putGroup(tenant, 'Group above')]);
  ids.group = group.id;
  ids.otherGroup = (await putGroup(tenant, 'Other group')).id;
  await join(tenant, group, [ids.user as never]);
  ids.policy = (await tenant.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
  ids.source = await putSource(tenant);
  ids.category = (
    await tenant.ok('putCategories', { body: { categories: [{ name: 'News' }] }, headers: { 'if-match': '*' } })
  ).body.categories[0].id;
  const made = await harness.ok('createRule', {
    as: person(tenant.id, 'uma'),
    body: { name: 'Footer', type: 'routingRule' },
  });
  ids.rule = made.body.id;
});
afterAll(() => close());

/** The kinds of what is named, by our words for the ids. */
const told = async (as: As): Promise<string[]> => {
  const { body } = await harness.ok('getNames', { as, body: { ids: Object.values(ids) } });
  const word = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  return body.names.map(({ id }: { id: string }) => word.get(id));
};
const holding = async (subject: string, ...grants: object[]): Promise<As> => {
  ids[subject] = await tenant.user(subject, subject);
  await tenant.setGrants(ids[subject] as string, grants);
  return person(tenant.id, subject);
};

it('names everything to who manages access rights, in the order of the ids, each once', async () => {
  const all = [ids.rule, ids.user, ids.role, ids.group, ids.policy, ids.source, ids.category, ids.rule];
  const { body } = await tenant.ok('getNames', { body: { ids: all } });
  expect(body.names).toEqual([
    { id: ids.rule, kind: 'rule', name: 'Footer' },
    { id: ids.user, kind: 'user', name: 'Uma User', state: 'active', source: 'local' },
    { id: ids.role, kind: 'role', name: 'Rule writers' },
    { id: ids.group, kind: 'group', name: 'Group of Uma' },
    { id: ids.policy, kind: 'policy', name: 'Sales' },
    { id: ids.source, kind: 'source', name: `Directory ${ids.source}` },
    { id: ids.category, kind: 'category', name: 'News' },
  ]);
});

it('names to others what they may see, kind by kind, and leaves the rest out', async () => {
  expect(await told(await holding('plain'))).toEqual(['category', 'plain']);
  expect(await told(person(tenant.id, 'uma'))).toEqual(['user', 'role', 'group', 'category', 'rule']);
  const users = ['user', 'group', 'otherGroup', 'category', 'plain', 'manager'];
  expect(await told(await holding('manager', { permission: 'manageUsers' }))).toEqual(users);
  expect(await told(await holding('sync', { permission: 'directorySynchronization' }))).toEqual([
    'source',
    'category',
    'sync',
  ]);
  const ofPolicy = { permission: 'viewQuarantine', policies: [ids.policy] };
  expect(await told(await holding('ofPolicy', ofPolicy))).toEqual(['policy', 'category', 'ofPolicy']);
});

it('does not name what is deleted, of another tenant, unknown, or of a kind without names', async () => {
  const gone = await tenant.user('Gone');
  await tenant.ok('deleteUser', { params: { userId: gone } });
  const role = await tenant.role('Gone too');
  await tenant.ok('deleteRole', { params: { roleId: role } });
  const { firstUser } = await harness.tenant();
  const others = [
    gone,
    role,
    firstUser,
    freshIds.next('user'),
    freshIds.next('rule'),
    freshIds.event(Date.now()),
    tenant.id,
  ];
  expect((await tenant.ok('getNames', { body: { ids: others } })).body).toEqual({ names: [] });
});

it('takes 1 to 100 ids, and says which field is wrong', async () => {
  for (const wrong of [[], Array.from({ length: 101 }, () => ids.user), [''], [ids.user, 'tenant']]) {
    const reply = await tenant.call('getNames', { body: { ids: wrong } });
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0].field).toMatch(/^\/ids/);
  }
});

it('costs one round trip, however many users and rules are named', async () => {
  const some = [];
  for (let n = 0; n < 60; n += 1) some.push(await tenant.user(`Person ${n}`));
  const asked = [...some, ...Object.values(ids)];
  const { roundTrips } = await spentBy(wrapped, () => tenant.ok('getNames', { body: { ids: asked } }));
  expect(roundTrips).toBe(1);
});
