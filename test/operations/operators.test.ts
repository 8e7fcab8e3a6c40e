// Operators: the list of tenants, suspension, closing, purge and the operators' audit.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as work } from '../../functions/work/work.ts';
import type { Engine } from '../../infra/local/engine.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { type OperationId, operation } from '../../shared/routes/operations.ts';
import { systemClock } from '../../shared/store/db.ts';
import { keys, operatorsRoom } from '../../shared/store/keys.ts';
import { putSource } from '../support/facts.ts';
import {
  boot,
  type Harness,
  issuer,
  operator,
  person,
  type Request,
  service,
  type Tenant,
} from '../support/harness.ts';
import { differing, expectProblem, expectUntouched, momentOf } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';

let engine: Engine;
let h: Harness;
/** Milliseconds by which the clock is ahead. */
let ahead = 0;
beforeAll(async () => {
  ({ engine, harness: h } = await boot({ clock: { ...systemClock, now: () => Date.now() + ahead } }));
});
afterAll(() => engine.close());

const days = (n: number) => n * 86_400_000;
const by = (tenantId: string, body?: object): Request => ({
  as: operator,
  params: { tenantId },
  ...(body && { body }),
});
const move = (t: { readonly id: string }, state: string, reason = 'For the test') =>
  h.ok('updateTenantById', by(t.id, { state, reason }));
const eventsOf = async (tenant: string) =>
  (await h.ok('listOperatorEvents', { as: operator, query: { tenant } })).body.items;
const drain = async () => {
  for (let item = h.work.shift(); item; item = h.work.shift())
    await work({ Records: [{ body: JSON.stringify(item) }] });
};

describe('the list of tenants', () => {
  it('is in the order of names, in pages, and finds the beginning of a name in any case', async () => {
    const mark = randomUUID();
    const names = ['Beta', 'alpha', 'Gamma', 'Älter'].map((name) => `${mark} ${name}`);
    for (const name of names) await h.tenant('complete', name);
    const found: string[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const query = { name: mark.toUpperCase(), limit: '3', ...(cursor !== '' && { cursor }) };
      const { body } = await h.ok('listTenants', { as: operator, query });
      found.push(...body.items.map((one: { name: string }) => one.name.slice(mark.length + 1)));
      cursor = body.cursor;
    }
    // In the order of code points, which is that of all lists.
    expect(found).toEqual(['alpha', 'Beta', 'Gamma', 'Älter']);
    expect((await h.ok('listTenants', { as: operator, query: { name: 'no such tenant' } })).body).toEqual({
      items: [],
    });
  });

  it('takes its own cursors, and those of no other list', async () => {
    await h.tenant();
    const page = (id: 'listTenants' | 'listOperatorEvents', query: object) =>
      h.call(id, { as: operator, query: { limit: '1', ...query } });
    for (const [id, other, filter] of [
      ['listTenants', 'listOperatorEvents', { name: 'Test' }],
      ['listOperatorEvents', 'listTenants', { from: '2020-01-01T00:00:00Z' }],
    ] as const) {
      const { cursor } = (await page(id, filter)).body;
      expect((await page(id, { ...filter, cursor })).status).toBe(200);
      for (const refused of [page(other, { cursor }), page(id, { cursor }), page(id, { ...filter, cursor: 'x' })])
        expectProblem(await refused, 'invalid-request');
    }
  });

  it('follows a tenant that is renamed, by whomever', async () => {
    const t = await h.tenant('complete', `Old ${randomUUID()}`);
    const [first, second] = [`First ${randomUUID()}`, `Second ${randomUUID()}`];
    await h.ok('updateTenantById', by(t.id, { name: first }));
    const listed = async (name: string) =>
      (await h.ok('listTenants', { as: operator, query: { name } })).body.items.map((one: { id: string }) => one.id);
    expect(await listed(first)).toEqual([t.id]);
    await t.ok('updateTenant', { body: { name: second } });
    expect([await listed(first), await listed(second)]).toEqual([[], [t.id]]);
    expect((await t.ok('getTenant')).body.name).toBe(second);
  });
});

describe('a tenant by its id', () => {
  it('shows operators its state, and nothing from inside', async () => {
    const t = await h.tenant('email-security', 'Shown');
    const { body, etag } = await h.ok('getTenantById', by(t.id));
    expect(Object.keys(body).sort()).toEqual(['catalogue', 'createdAt', 'id', 'keeperless', 'name', 'state']);
    expect(body).toMatchObject({ id: t.id, name: 'Shown', state: 'active', keeperless: false });
    await move(t, 'suspended', 'Unpaid');
    const then = await h.ok('getTenantById', by(t.id));
    expect(then.body).toMatchObject({ state: 'suspended', reason: 'Unpaid' });
    expect(then.etag).not.toBe(etag);
    expectProblem(
      await h.call('updateTenantById', { ...by(t.id, { name: 'X' }), headers: { 'if-match': etag as string } }),
      'precondition-failed',
    );
  });

  it('needs a reason for another state, and names what it does not know', async () => {
    const t = await h.tenant();
    const before = await momentOf(h, t.id);
    for (const body of [{ state: 'suspended' }, { state: 'purging', reason: 'x' }, { state: 'closed', reason: '' }]) {
      const reply = await h.call('updateTenantById', by(t.id, body));
      expectProblem(reply, 'invalid-request');
      expect(reply.body.errors[0].field).toMatch(/^\/(reason|state)/);
      expectUntouched(before, await momentOf(h, t.id), 'invalid-request');
    }
    expectProblem(await h.call('updateTenantById', by('t000000000000', { name: 'X' })), 'not-found');
    expectProblem(await h.call('getTenantById', by('t000000000000')), 'not-found');
  });

  it('changes nothing when nothing is asked, and answers a dry run without a write', async () => {
    const t = await h.tenant('complete', `Same ${randomUUID()}`);
    const before = await momentOf(h, t.id);
    await h.ok('updateTenantById', by(t.id, {}));
    await move(t, 'active');
    const { body } = await h.ok('updateTenantById', {
      ...by(t.id, { state: 'suspended', reason: 'Rehearsed' }),
      query: { dryRun: 'true' },
    });
    expect(body).toMatchObject({ outcome: 'done', answer: { state: 'suspended' } });
    const after = await momentOf(h, t.id);
    expect([differing(before, after), after.changes]).toEqual([[], before.changes]);
  });

  it('takes one of two states that operators set at once, and then the other', async () => {
    const t = await h.tenant();
    await Promise.all([move(t, 'suspended'), move(t, 'closed')]);
    const told = (await eventsOf(t.id)).filter((e: { action: string }) => e.action === 'tenant.state.changed');
    // Each was made on the state that the one before it had left.
    expect(told).toHaveLength(2);
    const [first, second] = told[0].before.state === 'active' ? told : [told[1], told[0]];
    expect([first.before.state, second.before.state]).toEqual(['active', first.after.state]);
    expect((await h.ok('getTenantById', by(t.id))).body.state).toBe(second.after.state);
  });
});

const inside = ['getTenant', 'listUsers', 'createRole', 'check', 'createSession', 'acceptInvitation'] as const;
/** The callers of these operations, in a tenant. */
const callerOf = (t: Tenant, id: OperationId) => {
  const callers: readonly string[] = operation(id).callers;
  if (callers.includes('guest')) return person(t.id, randomUUID());
  return callers.includes('service') ? service(t.id) : t.admin;
};

describe('a suspended or closed tenant', () => {
  it.each([
    ['suspended', 'tenant-suspended'],
    ['closed', 'tenant-closed'],
  ] as const)('%s: everybody but operators is refused with one code, and nothing is written', async (state, code) => {
    const t = await h.tenant();
    const requests = new Map<OperationId, Request>();
    for (const id of inside) requests.set(id, await samples[id](Targets.fresh(t)));
    await move(t, state);
    const before = await momentOf(h, t.id);
    for (const [id, request] of requests) {
      expectProblem(await h.call(id, { ...request, as: callerOf(t, id) }), code, id);
      expectUntouched(before, await momentOf(h, t.id), code, id);
    }
    await h.ok('putFeatures', { ...by(t.id, { features: [] }), headers: { 'if-match': '*' } });
    await move(t, 'active');
    for (const [id, request] of requests)
      expect((await h.call(id, { ...request, as: callerOf(t, id) })).status, id).toBeLessThan(300);
  });

  it('answers no bounded check of a process that has read its state, and no other for longer than five seconds', async () => {
    const t = await h.tenant();
    const ask = () =>
      h.call('check', {
        as: service(t.id),
        body: { user: t.firstUser, permission: 'billing', consistency: 'bounded' },
      });
    expect((await ask()).body.allowed).toBe(true);
    await h.store.db.transact(
      [
        {
          Update: {
            TableName: '',
            Key: keys.head(t.id),
            UpdateExpression: 'SET lifecycle = :now',
            ExpressionAttributeValues: { ':now': { state: 'suspended', since: '2026-01-01', reason: 'elsewhere' } },
          },
        },
      ],
      randomUUID(),
    );
    // Another process has suspended it: this one may not know for the age of a bounded answer.
    expect((await ask()).status).toBe(200);
    ahead += 5_001;
    expectProblem(await ask(), 'tenant-suspended');
    expectProblem(await ask(), 'tenant-suspended');
    await move(t, 'active');
    expect((await ask()).body.allowed).toBe(true);
  });

  it('rests in the background, and goes on where it stopped when it is resumed', async () => {
    const t = await h.tenant();
    const sourceId = await putSource(t);
    const member = await t.user('Member');
    const role = await t.role('Swept', [{ permission: 'billing' }], [member]);
    await drain();
    const { body: run } = await t.ok('postDelta', { params: { sourceId }, body: 'version: 1\n' });
    await t.ok('deleteRole', { params: { roleId: role } });
    await move(t, 'suspended');
    const before = await momentOf(h, t.id);
    await drain();
    expect(differing(before, await momentOf(h, t.id))).toEqual([]);
    await move(t, 'active');
    await drain();
    expect((await t.ok('getRun', { params: { runId: run.id } })).body.state).toBe('done');
    const swept = (await h.items(t.id)).filter(({ PK }) => String(PK).endsWith('#SWEEP'));
    expect(swept).toEqual([]);
  });

  it('tells the tenant, its access managers in detail, and the operators', async () => {
    const t = await h.tenant();
    await move(t, 'suspended', 'Unpaid since May');
    await move(t, 'active', 'Paid');
    const [own] = (await t.ok('listEvents', { query: { action: 'tenant.state.changed', limit: '1' } })).body.items;
    expect(own).toMatchObject({
      actor: { kind: 'operator', id: 'operator' },
      after: { state: 'active', reason: 'Paid' },
    });
    expect(own.before).toMatchObject({ state: 'suspended', reason: 'Unpaid since May' });
    expect((await eventsOf(t.id)).map((e: { action: string }) => e.action)).toEqual([
      'tenant.state.changed',
      'tenant.state.changed',
      'tenant.created',
    ]);
    const [latest] = await eventsOf(t.id);
    expect(latest).toMatchObject({ id: own.id, target: t.id, before: own.before, after: own.after });
  });
});

/** A tenant with something of everything. */
const furnished = async (): Promise<Tenant> => {
  const t = await h.tenant('complete', `Purged ${randomUUID()}`);
  const targets = Targets.fresh(t);
  for (const id of ['createRule', 'createDraft', 'createSession', 'postDelta', 'deleteUser', 'deleteRole'] as const)
    await t.ok(id, { ...(await samples[id](targets)), as: callerOf(t, id) });
  const user = await t.user('In a role', 'bound');
  await t.role('With a member', [{ permission: 'billing' }], [user]);
  await t.ok('createRole', { body: { name: 'Kept' }, headers: { 'idempotency-key': 'once' } });
  await h.call('createRole', { as: person(t.id, 'stranger'), body: { name: 'Denied' } });
  return t;
};
const close = async (t: Tenant): Promise<string> => (await move(t, 'closed', 'Contract over')).body.name;
const purge = (t: Tenant, name: string, more: Request = {}) =>
  h.call('purgeTenant', { ...by(t.id, { name, reason: 'Contract over' }), ...more });

describe('the purge of a tenant', () => {
  it('waits for thirty days, in which the tenant can be reopened', async () => {
    const t = await h.tenant();
    const { name } = (await h.ok('getTenantById', by(t.id))).body;
    expectProblem(await purge(t, name), 'too-early');
    await close(t);
    expectProblem(await purge(t, name), 'too-early');
    ahead += days(29);
    const before = await momentOf(h, t.id);
    expectProblem(await purge(t, name), 'too-early');
    expectUntouched(before, await momentOf(h, t.id), 'too-early');
    await move(t, 'active');
    expect((await t.ok('getTenant')).body.name).toBe(name);
    // Closed anew, it waits anew; another reason does not put the date off.
    await close(t);
    const { purgeableFrom } = (await h.ok('getTenantById', by(t.id))).body;
    ahead += days(1);
    await move(t, 'closed', 'Another reason');
    expect((await h.ok('getTenantById', by(t.id))).body).toMatchObject({ purgeableFrom, reason: 'Another reason' });
    expectProblem(await purge(t, name), 'too-early');
  });

  it('waits for the end of a legal hold, because it removes the audit as well', async () => {
    const t = await h.tenant();
    const held = (legalHold: boolean) =>
      t.ok('putAuditSettings', {
        headers: { 'if-match': '*' },
        body: { retentionDays: null, legalHold, destination: null },
      });
    await held(true);
    const name = await close(t);
    ahead += days(30);
    const before = await momentOf(h, t.id);
    expectProblem(await purge(t, name), 'legal-hold');
    const dry = (await purge(t, name, { query: { dryRun: 'true' } })).body;
    expect(dry).toMatchObject({ outcome: 'refused', problem: { code: 'legal-hold' } });
    expectUntouched(before, await momentOf(h, t.id), 'legal-hold');
    await move(t, 'active');
    await held(false);
    await close(t);
    ahead += days(30);
    expect((await purge(t, name, { query: { dryRun: 'true' } })).body).toMatchObject({ outcome: 'done' });
    await move(t, 'active');
  });

  it('needs the name, and leaves everything with a dry run', async () => {
    const t = await h.tenant();
    const name = await close(t);
    ahead += days(30);
    h.work.length = 0;
    const before = await momentOf(h, t.id);
    expectProblem(await purge(t, 'Another tenant'), 'invalid-request');
    expect((await purge(t, name, { query: { dryRun: 'true' } })).body).toMatchObject({
      outcome: 'done',
      answer: { state: 'purging' },
    });
    expect(h.work).toEqual([]);
    expectUntouched(before, await momentOf(h, t.id), 'invalid-request');
    await move(t, 'active');
  });

  it('leaves no item of the tenant, all of another, and a certificate', async () => {
    const [t, other] = [await furnished(), await furnished()];
    h.work.length = 0;
    const name = await close(t);
    ahead += days(30);
    const [items, others] = [await h.items(t.id), await h.items(other.id)];
    const kinds = new Set(items.map(({ PK }) => String(PK).split('#')[2] ?? 'HEAD'));
    const all = [
      'A',
      'BOOK',
      'DRAFT',
      'DRAFTS',
      'E',
      'HEAD',
      'I',
      'LOG',
      'N',
      'P',
      'R',
      'S',
      'SESSIONS',
      'SWEEP',
      'U',
      'X',
    ];
    expect([...kinds].sort(), 'the tenant has something of everything').toEqual(expect.arrayContaining(all));

    expect((await purge(t, name)).body).toMatchObject({ id: t.id, state: 'purging' });
    expectProblem(await t.call('getTenant'), 'unknown-user');
    expectProblem(await h.call('updateTenantById', by(t.id, { state: 'active', reason: 'Too late' })), 'not-found');
    expect((await h.ok('getTenantById', by(t.id))).body.state).toBe('purging');
    expect((await purge(t, name)).status, 'asked twice').toBe(202);
    await drain();

    expect(await h.items(t.id)).toEqual([]);
    expect(await h.items(other.id)).toEqual(others);
    expectProblem(await h.call('getTenantById', by(t.id)), 'not-found');
    expectProblem(await t.call('getTenant'), 'unknown-user');
    expect(await h.items(t.id), 'a refusal in a purged tenant writes nothing').toEqual([]);

    const [certificate, started] = await eventsOf(t.id);
    expect(started).toMatchObject({ action: 'tenant.purge.started', after: { name, reason: 'Contract over' } });
    expect(certificate).toMatchObject({ action: 'tenant.purged', actor: { kind: 'operator', id: 'operator' } });
    const { counts, digest, startedAt, finishedAt, items: number } = certificate.after;
    expect(number).toBe(items.length);
    expect(Object.values<number>(counts).reduce((sum, n) => sum + n, 0)).toBe(items.length);
    expect(counts.users).toBe(items.filter(({ PK }) => String(PK).startsWith(`T#${t.id}#U#`)).length);
    expect(Object.keys(counts)).not.toContain('other');
    expect(digest).toMatch(/^[\w-]{43}$/);
    expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(startedAt));
    expect((await h.ok('listTenants', { as: operator, query: { name } })).body.items).toEqual([]);
  });

  it('goes on after a crash before any write, and counts every item once', async () => {
    const t = await furnished();
    const name = await close(t);
    ahead += days(30);
    const items = await h.items(t.id);
    await purge(t, name);
    h.work.length = 0;
    const { client } = h;
    const send = client.send.bind(client);
    let writes = 0;
    for (let crashes = 0; crashes < 12; crashes += 1) {
      writes = 0;
      // The slice dies at its first, second, third … write: half of them before it happens, half after.
      client.send = async (command, options) => {
        if (!/TransactWrite/.test(command.constructor.name)) return send(command, options);
        writes += 1;
        if (writes <= crashes / 2) return send(command, options);
        if (crashes % 2 === 1) await send(command, options);
        throw new Error('the process died');
      };
      const message = { Records: [{ body: JSON.stringify({ tenant: t.id, kind: 'purge', id: t.id }) }] };
      await work(message).catch(() => {});
      client.send = send;
    }
    await work({ Records: [{ body: JSON.stringify({ tenant: t.id, kind: 'purge', id: t.id }) }] });
    expect(await h.items(t.id)).toEqual([]);
    const certificates = (await eventsOf(t.id)).filter((e: { action: string }) => e.action === 'tenant.purged');
    expect(certificates.map((e: { after: { items: number } }) => e.after.items)).toEqual([items.length]);
  });

  it('comes to its end though a product goes on asking, and every request counts a rate', async () => {
    const t = await h.tenant();
    const name = await close(t);
    ahead += days(30);
    await purge(t, name);
    h.work.length = 0;
    const { client } = h;
    const send = client.send.bind(client);
    let scans = 0;
    client.send = async (command, options) => {
      if (/Scan/.test(command.constructor.name)) {
        scans += 1;
        if (scans > 20) throw new Error('the purge never ends');
        await h.store.use({ tenant: t.id, rate: 'check', ms: 50, requests: 50, busy: false });
      }
      return send(command, options);
    };
    try {
      await work({ Records: [{ body: JSON.stringify({ tenant: t.id, kind: 'purge', id: t.id }) }] });
    } finally {
      client.send = send;
    }
    const [certificate] = await eventsOf(t.id);
    expect(certificate).toMatchObject({ action: 'tenant.purged' });
    // What was counted in the last pass expires by itself.
    expect((await h.items(t.id)).filter(({ SK }) => SK !== 'RATE')).toEqual([]);
  });

  it('never gives the id to another tenant', async () => {
    const body = { name: `Once ${randomUUID()}`, firstUser: { name: 'Ada', identity: { issuer, subject: 'ada' } } };
    const headers = { 'idempotency-key': randomUUID() };
    const create = () => h.call('createTenant', { as: operator, body, headers });
    const { id } = (await create()).body as { id: TenantId };
    expect((await create()).body.id).toBe(id);
    await move({ id }, 'closed');
    ahead += days(30);
    await h.ok('purgeTenant', by(id, { name: body.name, reason: 'For the test' }));
    await drain();
    expectProblem(await create(), 'idempotency-mismatch');
    expect(await h.items(id)).toEqual([]);
  });

  it('keeps the operators’ records out of every tenant and off the bus', async () => {
    const items = await h.items(operatorsRoom);
    expect(items.length).toBeGreaterThan(0);
    const t = await h.tenant();
    const stranger = await h.call('getTenant', { as: person(operatorsRoom, 'admin') });
    expectProblem(stranger, 'unknown-user');
    expect((await t.ok('listEvents')).body.items.every((e: { target: string }) => e.target !== operatorsRoom)).toBe(
      true,
    );
  });
});
