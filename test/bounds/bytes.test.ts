// The largest of everything that quotas allow, read through every operation that reads, at default and at largest limits:
// no answer is larger than what a function may hand over, and pages lose nothing and repeat nothing.

import { PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EventId,
  groupRef,
  type PolicyId,
  type RoleId,
  type SourceId,
  type UserId,
  userRef,
} from '../../shared/domain/base/ids.ts';
import { quotas } from '../../shared/domain/base/quotas.ts';
import { mostBytes, weightOf } from '../../shared/domain/base/weight.ts';
import type { Access, BookRecord, GroupRecord, RoleRecord } from '../../shared/domain/book/records.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { expiry } from '../../shared/store/directory.ts';
import { stored } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';
import { sequenceOf } from '../../shared/store/sealed-events.ts';
import { freshIds, groupRecordOf, put, putHeldRun, putRecords } from '../support/facts.ts';
import { boot, type Harness, operator, person, type Request, service, type Tenant } from '../support/harness.ts';
import { allOnRules } from '../support/rules.ts';
import { sealNow } from '../support/sealed.ts';

let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;

/** Each of its characters takes four bytes of an answer: escaped as JSON, and once more by the function. */
const heavy = (length: number) => '"'.repeat(length);

/** Depth of a chain of groups: every way through it names all of them. */
const depth = 2_000;
const crowd = 1_200;
const policies: PolicyId[] = [];
const roles: RoleId[] = [];
let chain: GroupRecord[];
let star: UserId;
let ruleId: string;
let draftId: string;
let sessionId: string;
let runId: string;
const runCount = 300;
let sourceId: string;
let heldRunId: string;
let longEvent: EventId;
let longSequence: number;

const putAll = async (records: readonly BookRecord[], size = 90): Promise<void> => {
  for (let at = 0; at < records.length; at += size) await putRecords(tenant, records.slice(at, at + size));
};

const roleRecord = (more: Partial<RoleRecord>): RoleRecord =>
  ({
    kind: 'role',
    rev: 0,
    id: freshIds.next('role'),
    name: `${heavy(60)} ${roles.length}`,
    description: heavy(500),
    grants: [],
    newRules: { view: true, edit: true, delete: false },
    groups: new Set(),
    deleted: false,
    born: 0,
    ...more,
  }) as RoleRecord;

const userOf = (groups: readonly GroupRecord[] = []): Access => ({
  id: freshIds.next('user'),
  life: freshIds.life(),
  rev: 1,
  kind: 'person',
  state: 'active',
  source: 'local',
  groups: new Set(groups.map(({ id, life }) => groupRef(id, life))),
  personal: [],
  stamp: 0,
});

const putUsers = async (users: readonly Access[]): Promise<void> => {
  for (let at = 0; at < users.length; at += 20)
    await put(tenant, () => ({
      users: users.slice(at, at + 20).map((after) => ({ before: undefined, after })),
      side: users.slice(at, at + 20).map(({ id }) => ({
        kind: 'profile' as const,
        before: undefined,
        after: { id, rev: 1, name: `${heavy(80)} ${id}`, createdAt: '2026-01-01T00:00:00.000Z' },
      })),
    }));
};

const putItems = async (items: readonly object[]): Promise<void> => {
  for (let at = 0; at < items.length; at += 10)
    await harness.client.send(
      new TransactWriteCommand({
        TransactItems: items.slice(at, at + 10).map((Item) => ({ Put: { TableName: harness.table, Item } })),
      }),
    );
};

beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
  tenant = await harness.tenant();
  const view = await harness.store.view(tenant.id, []);
  const catalogue = view?.book.catalogue.data;
  const limited = (catalogue?.permissions ?? []).filter(({ levels }) => levels.includes('policy')).map(({ id }) => id);

  for (let n = 0; n < quotas.policies[0]; n += 1) policies.push(freshIds.next('policy'));
  await putAll(
    policies.map((id) => ({
      kind: 'policy',
      rev: 0,
      id,
      name: `${heavy(60)} ${id}`,
      description: heavy(400),
      deleted: false,
    })),
  );
  // The user is in the last group of a chain, whose first is in the roles that grant as much as a set may hold.
  chain = [groupRecordOf(`${heavy(60)} 0`)];
  for (let n = 1; n < depth; n += 1) chain.push(groupRecordOf(`${heavy(60)} ${n}`, [chain[n - 1] as GroupRecord]));
  await putAll(chain);
  const first = chain[0] as GroupRecord;
  const each = Math.floor(quotas.grantsPerSet[0] / quotas.policies[0]);
  for (let at = 0; at < limited.length; at += each) {
    const grants = limited.slice(at, at + each).map((permission) => ({ permission, policies }));
    const role = roleRecord({ grants, groups: new Set([groupRef(first.id, first.life)]) });
    roles.push(role.id);
    await putRecords(tenant, [role]);
  }
  const bare = Array.from({ length: 300 }, () => roleRecord({}));
  await putAll(bare);
  const people = [userOf([chain.at(-1) as GroupRecord]), ...Array.from({ length: crowd }, () => userOf())];
  star = people[0]?.id as UserId;
  await putUsers(people);
  const { body } = await tenant.ok('inviteUser', { params: { userId: star } });
  await harness.ok('acceptInvitation', {
    as: person(tenant.id, 'star'),
    body: { invitation: body.invitation },
  });
  // All the crowd are members of one of the great roles.
  const refs = people.slice(1).map(({ id, life }) => userRef(id, life));
  await putRecords(
    tenant,
    Array.from({ length: Math.ceil(refs.length / 500) }, (_, chunk) => ({
      kind: 'members' as const,
      rev: 0,
      role: roles[0] as RoleId,
      chunk,
      users: new Set(refs.slice(500 * chunk, 500 * chunk + 500)),
    })),
  );
  // Sixty edits of a rule of 60 kB, most of which is quotes.
  const owner = await tenant.role('Owner of rules', allOnRules, [tenant.firstUser]);
  const options = { text: heavy(29_000) };
  const rule = await tenant.ok('createRule', { body: { name: 'Great', type: 'routingRule', owner, options } });
  ruleId = rule.body.id;
  for (let n = 0; n < 60; n += 1)
    await tenant.ok('updateRule', { params: { ruleId }, body: { options: { text: `${heavy(29_000)}${n % 10}` } } });
  const operations = Array.from({ length: 50 }, (_, n) => ({
    operation: 'createPolicy',
    body: { name: `Policy ${n}`, description: 'd'.repeat(1_000) },
  }));
  for (let n = 0; n < 3; n += 1)
    draftId = (await tenant.ok('createDraft', { body: { name: `Draft ${n}`, operations } })).body.id;
  await tenant.ok('updateTenant', { body: { changesTakeEffect: 'nextLogon' } });
  for (let n = 0; n < 3; n += 1) sessionId = (await tenant.ok('createSession', { body: {} })).body.id;
  sourceId = (await tenant.ok('createSource', { body: { name: 'Directory' } })).body.id;
  await putLongEvent();
  await putRun();
  heldRunId = await putHeldRun(tenant, 100, 10);
}, 300_000);
afterAll(() => close());

/** An event whose difference is larger than a page, in parts as it is stored. */
const putLongEvent = async (): Promise<void> => {
  longEvent = freshIds.event(Date.now());
  const text = JSON.stringify({ before: { text: heavy(2_000_000) }, after: {} });
  const size = 60_000;
  const parts = Array.from({ length: Math.ceil(text.length / size) }, (_, n) => text.slice(n * size, (n + 1) * size));
  await putItems(parts.map((part, n) => stored(keys.eventPart(tenant.id, longEvent, n), { text: part })));
  const event = {
    id: longEvent,
    at: new Date().toISOString(),
    action: 'rule.categories.replaced',
    target: 'tenant',
    actor: { kind: 'system' },
    outcome: 'done',
    requestId: 'request',
    parts: parts.length,
    attempt: 0,
  };
  await harness.client.send(
    new PutCommand({ TableName: harness.table, Item: stored(keys.event(tenant.id, longEvent), event) }),
  );
};

/** A run with as much to tell of each of its entries as there can be. */
const putRun = async (): Promise<void> => {
  const id = freshIds.next('run');
  runId = id;
  const refused = Array.from({ length: 20 }, () => ({ id: freshIds.next('user'), code: 'last-access-manager' }));
  const lines = Array.from({ length: 20 }, (_, n) => 1_000_000 + n);
  const row = {
    line: 1_000_000,
    lines,
    id: freshIds.next('group'),
    result: 'rejected',
    code: 'last-access-manager',
    refused,
  };
  const pages = 20;
  const run = {
    id,
    source: sourceId,
    state: 'done',
    actor: { kind: 'person', id: tenant.firstUser },
    requestId: 'request',
    file: 'file',
    bytes: 1,
    records: 100 * pages,
    entries: 100 * pages,
    createdAt: '2026-01-01T00:00:00.000Z',
    bodyParts: 0,
    touched: 0,
    pages,
    counts: { applied: 0, noop: 0, rejected: 100 * pages },
    expires: expiry(Date.now()),
  };
  await putItems([
    stored(keys.run(tenant.id, id), run),
    ...Array.from({ length: pages }, (_, n) =>
      stored(keys.runPart(tenant.id, id, 'RESULT', n), { rows: Array.from({ length: 100 }, () => row) }),
    ),
    ...Array.from({ length: runCount }, (_, n) => {
      const marks = { cursor: 'c'.repeat(2_000), baseCursor: 'b'.repeat(2_000), epoch: 'e'.repeat(200) };
      const other = { ...run, ...marks, id: freshIds.next('run'), kind: 'delta', stage: 'done', batches: 2_000 };
      const entry = stored(keys.runEntry(tenant.id, sourceId as SourceId, n, other.id), { run: other.id });
      return [stored(keys.run(tenant.id, other.id), other), entry];
    }).flat(),
  ]);
};

interface Read extends Request {
  /** How many items all pages have together. */
  readonly items?: number;
  /** Where the items are. */
  readonly in?: string;
}

/** The request of each operation that reads which has the largest answer. */
const largest: Partial<Record<OperationId, () => Read>> = {
  getTenant: () => ({}),
  getFeatures: () => ({ as: operator, params: { tenantId: tenant.id } }),
  getTenantById: () => ({ as: operator, params: { tenantId: tenant.id } }),
  // A tenant has one entry in each, however large it is.
  listTenants: () => ({ as: operator }),
  listOperatorEvents: () => ({ as: operator }),
  getCatalogue: () => ({}),
  getMe: () => ({ as: person(tenant.id, 'star') }),
  getNames: () => ({ body: { ids: [...roles, ...policies, ...chain.map(({ id }) => id)].slice(0, 100) } }),
  listUsers: () => ({ items: crowd + 2 }),
  getUser: () => ({ params: { userId: star } }),
  getUserGrants: () => ({ params: { userId: star } }),
  getEffectivePermissions: () => ({ params: { userId: star }, in: 'permissions' }),
  listUserRoles: () => ({ params: { userId: star }, items: roles.length }),
  listUserGroups: () => ({ params: { userId: star }, items: depth }),
  listGroups: () => ({ items: depth }),
  getGroup: () => ({ params: { groupId: chain[0]?.id as string } }),
  // Three hundred groups, each in the one before, and the user.
  listGroupMembers: () => ({
    params: { groupId: chain.at(-301)?.id as string },
    query: { effective: 'true' },
    items: 301,
  }),
  listPolicies: () => ({ items: quotas.policies[0] }),
  getPolicy: () => ({ params: { policyId: policies[0] as string } }),
  listRoles: () => ({}),
  getRole: () => ({ params: { roleId: roles[0] as string } }),
  getRoleGrants: () => ({ params: { roleId: roles[0] as string } }),
  listRoleMembers: () => ({ params: { roleId: roles[0] as string }, items: crowd + 1 }),
  listRules: () => ({}),
  getRule: () => ({ params: { ruleId } }),
  getRuleOwner: () => ({ params: { ruleId } }),
  getCategories: () => ({}),
  getRuleRights: () => ({ params: { roleId: roles[0] as string } }),
  check: () => ({ body: { user: star, ...limitedQuestion() } }),
  checkBatch: () => ({ body: { checks: Array.from({ length: 100 }, () => ({ user: star, ...limitedQuestion() })) } }),
  listHolders: () => ({ body: limitedQuestion(), items: crowd + 2 }),
  explain: () => ({ body: { user: star, ...limitedQuestion() } }),
  listDrafts: () => ({ items: 3 }),
  getDraft: () => ({ params: { draftId } }),
  previewDraft: () => ({ params: { draftId } }),
  createSnapshotToken: () => ({ params: { sessionId } }),
  listSessions: () => ({ params: { userId: tenant.firstUser }, items: 3 }),
  listSources: () => ({ items: 2 }),
  getSource: () => ({ params: { sourceId } }),
  getRun: () => ({ params: { runId }, items: 2_000 }),
  listRuns: () => ({ params: { sourceId }, items: runCount }),
  getRunPlan: () => ({ params: { runId: heldRunId }, items: 1_000 }),
  listEvents: () => ({}),
  getEvent: () => ({ params: { eventId: longEvent } }),
  countEvents: () => ({ query: { from: '2026-01-01', to: '2026-12-31' } }),
  getEventDifference: () => ({ params: { eventId: longEvent } }),
  exportEvents: () => ({ query: { after: String(longSequence - 1), values: 'true' } }),
  getAuditSettings: () => ({}),
  listCheckpoints: () => ({}),
  getEventProof: () => ({ params: { eventId: longEvent } }),
  getConsistencyProof: () => ({ query: { from: '1', to: '5' } }),
  getAuditKeys: () => ({}),
};
let limitedPermission: string;
const limitedQuestion = () => ({ permission: limitedPermission, policy: policies[0] as string });
beforeAll(async () => {
  const { body } = await tenant.ok('getRoleGrants', { params: { roleId: roles[0] as string } });
  limitedPermission = body.grants[0].permission;
});

const reads = operationIds.filter((id) => operation(id).data === 'read');

it('reads through every operation that reads', () => {
  expect(Object.keys(largest).sort()).toEqual([...reads].sort());
});

const inBody = (id: OperationId) => operation(id).query === undefined && operation(id).body !== undefined;
const withPage = (id: OperationId, request: Request, page: Record<string, string | number>): Request =>
  inBody(id)
    ? { ...request, body: { ...(request.body as object), ...page } }
    : {
        ...request,
        query: { ...request.query, ...Object.fromEntries(Object.entries(page).map(([k, v]) => [k, String(v)])) },
      };

beforeAll(async () => {
  await sealNow(tenant);
  longSequence = (await sequenceOf(harness.store.db, tenant.id, longEvent)) as number;
});
describe.each(reads)('%s', (id) => {
  const paged =
    operation(id).query?.shape.limit !== undefined || (id === 'listHolders' && operation(id).body !== undefined);

  it.each(paged ? ['default', 200] : ['whole'])(
    'is answered within its bytes, %s',
    async (limit) => {
      const { items, in: place = 'items', ...request } = (largest[id] as () => Read)();
      const found: unknown[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 1_000; page += 1) {
        const asked = { ...(limit === 200 && { limit }), ...(cursor !== undefined && { cursor }) };
        const { body } = await tenant.ok(id, withPage(id, request, asked as never));
        // Bytes travel in base64, which Lambda takes as they are.
        if (operation(id).media) expect(Math.ceil(Buffer.byteLength(body) / 3) * 4).toBeLessThan(5_500_000);
        else expect(weightOf(body)).toBeLessThanOrEqual(mostBytes + 10_000);
        if (!paged) return;
        found.push(...body[place]);
        cursor = body.cursor;
        if (cursor === undefined) break;
      }
      expect(cursor).toBeUndefined();
      if (items !== undefined) expect(found.length).toBe(items);
      const named = found.map((one) => (one as { id?: string }).id).filter((one) => one !== undefined);
      if (id !== 'getRun') expect(new Set(named).size).toBe(named.length);
    },
    120_000,
  );
});

describe('what does not fit', { timeout: 120_000 }, () => {
  it('of a list goes on the next page: sixty edits of a rule of 60 kB', async () => {
    const query = { target: ruleId, limit: '200' };
    const first = await tenant.ok('listEvents', { query });
    expect(first.body.items.length).toBeGreaterThan(1);
    expect(first.body.items.length).toBeLessThan(61);
    expect(first.body.cursor).toBeDefined();
    const ids = first.body.items.map(({ id }: { id: string }) => id);
    for (let { cursor } = first.body; cursor; ) {
      const { body } = await tenant.ok('listEvents', { query: { ...query, cursor } });
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.cursor;
    }
    expect(new Set(ids).size).toBe(61);
    expect(ids).toEqual([...ids].sort().reverse());
  });

  it('of an event has a path of its own, where its parts make up the whole', async () => {
    const { body } = await tenant.ok('listEvents', { query: { action: 'rule.categories.replaced', limit: '200' } });
    expect(body.items).toMatchObject([{ id: longEvent, more: true }]);
    expect(body.items[0].before).toBeUndefined();
    expect(body.items[0].differenceAt).toBe(`/v1/audit/events/${longEvent}/difference`);
    const parts: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined = ''; cursor !== undefined; pages += 1) {
      const query = cursor ? { cursor } : {};
      const reply = await tenant.ok('getEventDifference', { params: { eventId: longEvent }, query });
      parts.push(...reply.body.items);
      cursor = reply.body.cursor;
    }
    expect(pages).toBeGreaterThan(1);
    expect(JSON.parse(parts.join(''))).toEqual({ before: { text: heavy(2_000_000) }, after: {} });
  });

  it('of a batch of checks, and of an explanation, is left out and said so', async () => {
    const checks = Array.from({ length: 100 }, () => ({ user: star, ...limitedQuestion() }));
    const { body } = await harness.ok('checkBatch', { as: service(tenant.id), body: { checks } });
    expect(body.results.length).toBe(100);
    for (const { allowed, more, paths } of body.results)
      expect([allowed, more, paths]).toEqual([true, true, undefined]);
    const explained = await tenant.ok('explain', { body: { user: star, ...limitedQuestion() } });
    expect(explained.body.graph.more).toBe(true);
    // Alone there is room for the way through all groups.
    expect(explained.body.paths[0].groups.length).toBe(depth);
    expect(explained.body.more).toBeUndefined();
  });

  it('of a preview is left out and said so', async () => {
    const reply = await tenant.ok('deleteRole', { params: { roleId: roles[0] as string }, query: { dryRun: 'true' } });
    expect(weightOf(reply.body)).toBeLessThanOrEqual(mostBytes);
    expect(reply.body.effect.more).toBe(true);
    expect(reply.body.effect.users.length).toBeGreaterThan(0);
    expect(reply.body.effect.users.length).toBeLessThan(1_000);
  });

  it('of a change set are bodies, and it is carried out all the same', async () => {
    const { body } = await tenant.ok('getRoleGrants', { params: { roleId: roles[0] as string } });
    const step = { operation: 'addRoleGrant', params: { roleId: roles[0] as string }, body: body.grants[0] };
    const grant = { ...step, body: { permission: body.grants[0].permission, policies: [policies[0]] } };
    const reply = await tenant.ok('submitChangeSet', {
      body: { operations: Array.from({ length: 50 }, () => grant) },
    });
    expect(weightOf(reply.body)).toBeLessThanOrEqual(mostBytes);
    expect(reply.body.results.length).toBe(50);
    expect(reply.body.results.at(-1)).toMatchObject({ status: 200, more: true });
    expect(reply.body.results.at(-1).body).toBeUndefined();
  });
});
