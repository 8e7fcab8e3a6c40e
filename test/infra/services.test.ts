// What goes to other services beside the table: messages to the queue, events to the bus, metrics in log lines.
import { readdirSync, readFileSync } from 'node:fs';
import type { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Bus } from '../../functions/events/bus.ts';
import { publisher } from '../../functions/events/publish.ts';
import { handler as schedule } from '../../functions/events/schedule-exports.ts';
import { handler as exporter } from '../../functions/work/export.ts';
import { setExporter } from '../../functions/work/exporter.ts';
import { handler as worker } from '../../functions/work/work.ts';
import type { Engine } from '../../infra/local/engine.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import {
  alarming,
  countOf,
  namespace,
  requestMetrics,
  tenantClass,
  traceId,
} from '../../shared/http/gateway/metrics.ts';
import { isFirst, memoryNow } from '../../shared/http/gateway/process.ts';
import { delayAfter, lineOf, mostDeliveries, sqsQueue } from '../../shared/http/gateway/queue.ts';
import { alarmTo, setRuntime } from '../../shared/http/gateway/runtime.ts';
import { forgottenWork } from '../../shared/http/operations/runs.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { systemClock } from '../../shared/store/db.ts';
import { Store } from '../../shared/store/store.ts';
import { changeOf, type StreamRecord } from '../../shared/store/stream.ts';
import { Directory, deleted, person as entry, userDn } from '../support/directory.ts';
import { boot, type Harness, person, service, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

let engine: Engine;
let harness: Harness;
let tenant: Tenant;
const firstLines: Harness['logs'][number][] = [];
beforeAll(async () => {
  ({ engine, harness } = await boot());
  // The first request of this process, of an operation that products wait for.
  const nobody = { user: 'u000000000000000000000', permission: 'viewQuarantine' };
  await harness.call('check', { as: service('t000000000000000000000'), body: nobody });
  firstLines.push(...harness.logs.splice(0));
  tenant = await harness.tenant();
});
afterAll(() => engine.close());

describe('the queue', () => {
  const recorded = () => {
    const sent: Record<string, string>[] = [];
    const client = async () => ({ send: async ({ input }: { input: object }) => sent.push(input as never) });
    return { sent, queue: sqsQueue('https://queue.test/work.fifo', client) };
  };
  const work = { tenant: 't1', kind: 'run', id: 'n1', source: 's1' } as const;

  test('keeps the work of a source in order, and takes the next slice of a run for no duplicate', async () => {
    const { sent, queue } = recorded();
    await queue.enqueue(work);
    await queue.enqueue(work);
    expect(sent.map((one) => [one.QueueUrl, one.MessageGroupId, JSON.parse(one.MessageBody ?? '')])).toEqual([
      ['https://queue.test/work.fifo', 't1.s1', work],
      ['https://queue.test/work.fifo', 't1.s1', work],
    ]);
    expect(sent[0]?.MessageDeduplicationId).not.toBe(sent[1]?.MessageDeduplicationId);
  });

  test('lets each source of a tenant, and its sweeps, wait for nothing but themselves', () => {
    const { source: _, ...earlier } = work;
    const lines = [work, { ...work, source: 's2' }, { ...work, kind: 'sweep' } as const, earlier].map(lineOf);
    expect(lines).toEqual(['t1.s1', 't1.s2', 't1.sweep', 't1']);
    expect(lineOf({ ...work, tenant: 't2' })).not.toBe(lineOf(work));
  });

  test('takes one of several reminders of the same standstill', async () => {
    const { sent, queue } = recorded();
    const run = { id: 'n1', source: 's1', state: 'running', touched: 1_000, attempts: 0 } as Run;
    expect(forgottenWork('t1' as TenantId, run, 61_000)).toBeUndefined();
    for (const now of [61_001, 70_000]) {
      const reminder = forgottenWork('t1' as TenantId, run, now);
      if (reminder) await queue.enqueue(reminder.work, reminder.once);
    }
    expect(sent.map((one) => [one.MessageGroupId, one.MessageDeduplicationId])).toEqual([
      ['t1.s1', 'n1.1000'],
      ['t1.s1', 'n1.1000'],
    ]);
    // A slice that has begun and not ended is delivered again by the queue itself.
    const begun = { ...run, attempts: 1 };
    expect(forgottenWork('t1' as TenantId, begun, 901_000)).toBeUndefined();
    expect(forgottenWork('t1' as TenantId, begun, 901_001)).toBeDefined();
  });

  test('delays a failed message by seconds that double, and by chance, for ten minutes in all', async () => {
    const { sent, queue } = recorded();
    await queue.postpone('receipt', 7);
    expect(sent).toEqual([
      { QueueUrl: 'https://queue.test/work.fifo', ReceiptHandle: 'receipt', VisibilityTimeout: 7 },
    ]);
    const delays = (chance: number) => Array.from({ length: mostDeliveries - 1 }, (_, i) => delayAfter(i + 1, chance));
    expect(delays(0)).toEqual([5, 10, 20, 40, 80, 160, 320]);
    expect(delays(0.999)).toEqual([3, 6, 11, 21, 41, 81, 161]);
  });

  test('gets a failed slice again within seconds, and its log says why; a message that cannot be postponed is reported all the same', async () => {
    const run = { tenant: tenant.id, kind: 'run', id: 'n000000000000000000000' };
    const message = (count: number) => ({
      messageId: 'm1',
      receiptHandle: 'receipt',
      attributes: { ApproximateReceiveCount: String(count) },
      body: JSON.stringify(run),
    });
    const postponed: [string, number][] = [];
    let refuses = false;
    const postpone = async (receipt: string, seconds: number) => {
      if (refuses) throw new Error('no queue');
      postponed.push([receipt, seconds]);
    };
    const broken = new Store({ client: { send: () => Promise.reject(new Error('no table')) }, table: 'none' });
    setRuntime({ ...harness.runtime, store: broken, queue: { ...harness.runtime.queue, postpone } });
    try {
      harness.logs.splice(0);
      const failed = { batchItemFailures: [{ itemIdentifier: 'm1' }] };
      expect(await worker({ Records: [message(1)] })).toEqual(failed);
      expect(await worker({ Records: [message(4)] })).toEqual(failed);
      const [[, first = 0] = [], [, fourth = 0] = []] = postponed;
      expect(first >= 3 && first <= 5 && fourth >= 20 && fourth <= 40, `${first} ${fourth}`).toBe(true);
      refuses = true;
      expect(await worker({ Records: [message(1)] })).toEqual(failed);
      const told = harness.logs.map((line) => line.message);
      expect(told).toEqual(['work-failed', 'work-failed', 'work-failed', 'work-not-postponed']);
      expect(JSON.stringify(harness.logs[0]?.fields)).toContain('no table');
      // The metric by which a new version of the worker is taken back.
      expect(harness.logs[0]?.fields).toMatchObject({ WorkFailed: 1 });
    } finally {
      setRuntime(harness.runtime);
    }
  });

  describe('of much work at once', () => {
    type Entry = Record<'Id' | 'MessageGroupId' | 'MessageDeduplicationId' | 'MessageBody', string>;
    const reminders = Array.from({ length: 25 }, (_, n) => ({
      work: { tenant: `t${n}`, kind: 'export', id: 'pass' } as const,
      once: `t${n}.now`,
    }));
    /** @param refused the deduplication ids that a request refuses, by the number of the request */
    const batching = (refused: (once: string, request: number) => boolean) => {
      const requests: Entry[][] = [];
      const taken: Entry[] = [];
      const send = async ({ input }: { input: object }) => {
        const { Entries } = input as { Entries: Entry[] };
        const request = requests.push(Entries);
        const failed = Entries.filter((one) => refused(one.MessageDeduplicationId, request));
        taken.push(...Entries.filter((one) => !failed.includes(one)));
        return { Failed: failed.map(({ Id }) => ({ Id, Code: 'ServiceUnavailable', SenderFault: false })) };
      };
      return { requests, taken, queue: sqsQueue('https://queue.test/work.fifo', async () => ({ send })) };
    };

    test('sends ten messages a request, each in its line', async () => {
      const { requests, taken, queue } = batching(() => false);
      await queue.enqueueAll(reminders);
      expect(requests.map((entries) => entries.length)).toEqual([10, 10, 5]);
      expect(taken.map((one) => [one.MessageGroupId, one.MessageDeduplicationId, JSON.parse(one.MessageBody)])).toEqual(
        reminders.map(({ work, once }) => [`${work.tenant}.export`, once, work]),
      );
    });

    test('sends again what was not taken, and nothing else', async () => {
      const { requests, taken, queue } = batching(
        (once, request) => request <= 3 && ['t3.now', 't24.now'].includes(once),
      );
      await queue.enqueueAll(reminders);
      expect(requests.map((entries) => entries.length)).toEqual([10, 10, 5, 1, 1]);
      expect(taken.map((one) => one.MessageDeduplicationId).toSorted()).toEqual(
        reminders.map(({ once }) => once).toSorted(),
      );
    });

    test('says so when some were not taken in spite of that', async () => {
      const { queue } = batching((once) => once === 't3.now');
      await expect(queue.enqueueAll(reminders)).rejects.toThrow('did not take 1 of 10 messages: ServiceUnavailable');
    });
  });

  test('says so when a message was not taken', async () => {
    const refuse = async () => ({ send: () => Promise.reject(new Error('no')) });
    const queue = sqsQueue('https://queue.test/work.fifo', refuse);
    await expect(queue.enqueue({ tenant: 't1', kind: 'sweep', id: 'x' })).rejects.toThrow('no');
  });
});

type Image = NonNullable<NonNullable<StreamRecord['dynamodb']>['NewImage']>;

/** An item in the form of the stream. The attributes that are read there are texts or maps. */
const attributes = (value: object): Image => {
  const image: Record<string, Image[string]> = {};
  for (const [name, one] of Object.entries(value)) {
    if (typeof one === 'string') image[name] = { S: one };
    else if (one?.constructor === Object) image[name] = { M: attributes(one) };
  }
  return image;
};

/** The table's items as the stream would tell of their insertion. */
const streamed = async (): Promise<StreamRecord[]> =>
  (await harness.items(tenant.id)).map((item, i) => ({
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: String(i + 1), NewImage: attributes(item) },
  }));

describe('events of changes', () => {
  test('are exactly the audit events of changes, in ids only', async () => {
    const user = await tenant.user('Somebody Whose Name Is Nobody’s Business', 'somebody');
    await harness.call('createRole', { as: person(tenant.id, 'somebody'), body: { name: 'Denied' } });
    const records = await streamed();
    const told = records.map(changeOf).filter((one) => one !== undefined);
    const { body } = await tenant.ok('listEvents', { query: { limit: '200' } });
    const done = (body.items as { id: string; outcome: string }[]).filter((one) => one.outcome === 'done');
    expect(done.length).toBeGreaterThan(2);
    expect(told.map((one) => one.id).sort()).toEqual(done.map((one) => one.id).sort());
    const created = told.find((one) => one.action === 'user.created' && one.target === user);
    expect(created).toEqual({
      tenant: tenant.id,
      id: expect.any(String),
      at: expect.any(String),
      action: 'user.created',
      target: user,
      actor: { kind: 'person', id: tenant.firstUser },
      authority: 'manageAccessRights',
      requestId: expect.any(String),
    });
    expect(JSON.stringify(told)).not.toContain('Business');
  });

  test('go to the bus ten at a time; from the first that it refuses on, all come again', async () => {
    const records = await streamed();
    const changes = records.filter((one) => changeOf(one) !== undefined);
    const many = Array.from({ length: 25 }, (_, i) => ({
      ...changes[i % changes.length],
      dynamodb: { ...changes[i % changes.length]?.dynamodb, SequenceNumber: String(100 + i) },
    })) as StreamRecord[];
    const sizes: number[] = [];
    const bus = (refuseAt: number): Bus => ({
      send: async ({ input }: PutEventsCommand) => {
        const before = sizes.reduce((sum, n) => sum + n, 0);
        sizes.push(input.Entries?.length ?? 0);
        return { Entries: (input.Entries ?? []).map((_, i) => (before + i === refuseAt ? { ErrorCode: 'No' } : {})) };
      },
    });
    expect(await publisher(() => bus(-1), 'bus')({ Records: many })).toEqual({ batchItemFailures: [] });
    expect(sizes.splice(0)).toEqual([10, 10, 5]);
    const refused = await publisher(() => bus(13), 'bus')({ Records: many });
    expect(refused).toEqual({ batchItemFailures: [{ itemIdentifier: '113' }] });
    expect(sizes).toEqual([10, 10]);
    const down: Bus = { send: () => Promise.reject(new Error('down')) };
    const none = await publisher(() => down, 'bus')({ Records: many });
    expect(none).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] });
    expect(harness.logs.some((line) => line.message === 'events-not-published')).toBe(true);
  });
});

/** Words of CloudWatch Logs Insights. */
const language = new Set(
  'fields filter stats sort limit parse count sum avg max by as and or like desc asc version'.split(' '),
);

/** Everything that can become of a pass over a tenant's audit: see the worker of exports. */
const exportTroubles = async (): Promise<void> => {
  const t = await harness.tenant();
  const { client, table } = harness;
  const margin = 600_000;
  const after = (ms: number) => new Store({ client, table, clock: { ...systemClock, now: () => Date.now() + ms } });
  setRuntime({ ...harness.runtime, store: after(margin / 4) });
  await t.user('Sealed');
  const store = after(1.5 * margin);
  setRuntime({ ...harness.runtime, store });
  const pass = async (trouble?: string) => {
    setExporter({
      notary: localNotary(store.db, newNotaryKey()),
      margin,
      storeOf: async () => {
        if (trouble !== undefined) throw Object.assign(new Error('no'), { name: trouble });
        return undefined;
      },
    });
    await exporter({
      Records: [{ messageId: 'm1', body: JSON.stringify({ tenant: t.id, kind: 'export', id: 'pass' }) }],
    });
  };
  for (const trouble of ['Error', 'DestinationFailed', 'ExportDiffers', 'SealBroken']) await pass(trouble);
  // An event from before the last one that is sealed.
  setRuntime(harness.runtime);
  await t.user('Late');
  setRuntime({ ...harness.runtime, store });
  await pass();
  await schedule({ time: '2026-03-02T12:00:00Z' });
  setRuntime(harness.runtime);
};

describe('metrics', () => {
  /** The lines of a process in which everything happened once that an alarm watches. */
  const happened: Harness['logs'][number][] = [];
  beforeAll(async () => {
    harness.logs.splice(0);
    const { firstUser } = tenant;
    await tenant.call('deleteUser', { params: { userId: firstUser } });
    const d = await Directory.of(tenant, undefined, {});
    await d.take(entry('ada', 1), entry('bo', 2));
    await d.take(deleted(userDn('ada')), deleted(userDn('bo')));
    const alarm = alarmTo(harness.runtime.log);
    alarm('pin-mismatch', { tenant: tenant.id, user: firstUser });
    alarm('contended-access', { tenant: tenant.id, witness: firstUser, operation: 'updateUser' });
    const down: Bus = { send: () => Promise.reject(new Error('down')) };
    await publisher(() => down, 'bus')({ Records: await streamed() });
    const work = { messageId: 'm1', body: JSON.stringify({ tenant: tenant.id, kind: 'sweep', id: 'x' }) };
    await worker({ Records: [work] });
    const broken = new Store({ client: { send: () => Promise.reject(new Error('no table')) }, table: 'none' });
    setRuntime({ ...harness.runtime, store: broken });
    await worker({ Records: [work] });
    setRuntime(harness.runtime);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', '1');
    await tenant.ok('getTenant');
    vi.unstubAllEnvs();
    const large = await harness.tenant();
    await harness.client.send(
      new UpdateCommand({
        TableName: harness.table,
        Key: { PK: `T#${large.id}`, SK: 'HEAD' },
        UpdateExpression: 'SET #bytes = :bytes',
        ExpressionAttributeNames: { '#bytes': 'bytes' },
        ExpressionAttributeValues: { ':bytes': 40_000_000 },
      }),
    );
    await large.ok('getTenant');
    await exportTroubles();
    happened.push(...firstLines, ...harness.logs);
  });

  interface Embedded {
    readonly _aws: {
      readonly Timestamp: number;
      readonly CloudWatchMetrics: readonly {
        readonly Namespace: string;
        readonly Dimensions: readonly (readonly string[])[];
        readonly Metrics: readonly { readonly Name: string }[];
      }[];
    };
  }

  /** What the service makes of a line: each metric with its value and the values it is told apart by. */
  const extracted = (line: object) =>
    (line as Embedded)._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) =>
        Dimensions.map((names) => {
          const value = (name: string) => (line as Record<string, unknown>)[name];
          return [Namespace, Name, value(Name), Object.fromEntries(names.map((name) => [name, value(name)]))];
        }),
      ),
    );

  test('of a request: duration per operation and class of tenant, faults per operation', () => {
    const request = { operation: 'check', tenantClass: 'small', status: 200, ms: 7 } as const;
    expect(extracted(requestMetrics(request, 1))).toEqual([
      [namespace, 'Duration', 7, { operation: 'check' }],
      [namespace, 'Duration', 7, { operation: 'check', tenantClass: 'small' }],
    ]);
    expect(extracted(requestMetrics({ ...request, status: 503 }, 1))).toContainEqual([
      namespace,
      'Faults',
      1,
      { operation: 'check' },
    ]);
  });

  test('that alarms watch come only when there is something to count', async () => {
    const lines = () => harness.logs.splice(0).filter((line) => line.message === 'request');
    lines();
    await tenant.call('deleteUser', { params: { userId: tenant.firstUser } });
    await tenant.ok('getTenant');
    const [refused, fine] = lines().map((line) =>
      extracted(line.fields).map(([, name, value, by]) => [name, value, by]),
    );
    expect(refused).toContainEqual(['LockOutRefused', 1, {}]);
    expect(fine?.map(([name]) => name)).not.toContain('LockOutRefused');
    const told: object[] = [];
    const alarm = alarmTo((level, message, fields) => told.push({ level, message, ...fields }));
    alarm('pin-mismatch', { tenant: 't1' });
    alarm('contended-access', { tenant: 't1' });
    expect(extracted(told[0] ?? {})).toEqual([[namespace, 'PinMismatch', 1, {}]]);
    alarm('another', { tenant: 't1' });
    expect(extracted(told[1] ?? {})).toEqual([[namespace, 'ContendedAccess', 1, {}]]);
    expect(told[2]).toEqual({ level: 'error', message: 'another', tenant: 't1' });
    expect(extracted(countOf('pinMismatch', 1))).toHaveLength(1);
  });

  test('of whatever an alarm watches are in a line when it happens', () => {
    const counted = happened.flatMap(({ fields }) => ('_aws' in fields ? extracted(fields) : []));
    const alone = counted.filter(([, , value, by]) => value === 1 && Object.keys(by as object).length === 0);
    expect([...new Set(alone.map(([, name]) => name))].sort()).toEqual(Object.values(alarming).sort());
    // The first request of the process, and no other; a change has no product that waits for it.
    expect(alone.filter(([, name]) => name === 'ColdCheck')).toHaveLength(1);
    expect(happened.filter(({ fields }) => fields.cold === 1)).toHaveLength(1);
    const memory = (megabytes: number, heap: number, of = 1_000) => memoryNow({ bytes: megabytes * 2 ** 20, heap }, of);
    expect([isFirst(), memory(860, 0.1), memory(840, 0.1).full]).toEqual([false, { rss: 860, full: true }, false]);
    // One thread of several ends when its own heap is full.
    expect([memory(500, 0.86).full, memory(500, 0.84).full]).toEqual([true, false]);
    // Outside of a function nobody knows how much there is.
    expect(memory(2 ** 20, 1, Number.NaN).full).toBe(false);
  });

  test('and fields that the runbooks ask for are in such lines, under these names', () => {
    const lines = happened.map(({ message, fields }) => ({ message, level: 'error', ...fields }));
    const access = { route: '', status: '', functionMs: '', integrationFault: '' };
    const fields = new Set(['error.name', 'error.message', 'code', ...[access, ...lines].flatMap(Object.keys)]);
    const messages = new Set(lines.map(({ message }) => message));
    const folder = new URL('../../docs/runbooks/', import.meta.url);
    let queries = 0;
    for (const file of readdirSync(folder)) {
      const text = readFileSync(new URL(file, folder), 'utf8');
      for (const [, query = ''] of text.matchAll(/```\n([^`]*\b(?:filter|fields)\b[^`]*)```/g)) {
        queries += 1;
        for (const [, message = ''] of query.matchAll(/message = "([^"]+)"/g))
          expect([file, message, messages.has(message)]).toEqual([file, message, true]);
        const bare = query.replace(/"[^"]*"|\/[^\n]*?\/(?=[\s)]|$)/gm, ' ').replace(/\bbin\([^)]*\)/g, ' ');
        const made = new Set([...bare.matchAll(/\bas (\w+)/g)].map(([, name]) => name));
        const words = bare.match(/@?[A-Za-z][\w.]*/g) ?? [];
        const unknown = words.filter(
          (word) => !(word.startsWith('@') || fields.has(word) || made.has(word) || language.has(word)),
        );
        expect([file, unknown]).toEqual([file, []]);
      }
    }
    expect(queries).toBeGreaterThan(10);
  });

  test('a line tells the request, the trace, the tenant and the operation, and nothing about a person', async () => {
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1');
    harness.logs.splice(0);
    const name = 'Private Person';
    await tenant.ok('createUser', { body: { kind: 'person', name, mail: 'private@mail.test' } });
    vi.unstubAllEnvs();
    const [line] = harness.logs.filter((one) => one.message === 'request');
    expect(line?.fields).toMatchObject({
      requestId: expect.any(String),
      traceId: '1-5759e988-bd862e3fe1be46a994272793',
      tenant: tenant.id,
      operation: 'createUser',
      tenantClass: 'small',
      status: 201,
    });
    expect(JSON.stringify(harness.logs)).not.toMatch(/Private|private@/);
  });

  test('the trace that a request brings is in its problem, its log lines and its events, and only if it is one', async () => {
    const headers = { 'x-amzn-trace-id': 'Root=1-6759e988-bd862e3fe1be46a994272793' };
    const id = '1-6759e988-bd862e3fe1be46a994272793';
    harness.logs.splice(0);
    const role = await tenant.ok('createRole', { body: { name: 'Traced' }, headers });
    const forged = { 'x-amzn-trace-id': 'Root=<b>forged</b>', traceparent: 'forged' };
    await tenant.ok('createRole', { body: { name: 'Forged' }, headers: forged });
    const missing = { params: { roleId: 'r0000000000000000000000' } };
    expect((await tenant.call('getRole', { ...missing, headers })).body.traceId).toBe(id);
    expect((await tenant.call('getRole', { ...missing, headers: forged })).body).not.toHaveProperty('traceId');
    const lockOut = { params: { userId: tenant.firstUser } };
    const rehearsed = await tenant.ok('deleteUser', { ...lockOut, query: { dryRun: 'true' }, headers });
    expect(rehearsed.body.problem.traceId).toBe(id);
    expect((await tenant.call('deleteUser', { ...lockOut, headers })).status).toBe(409);
    const { items } = (await tenant.ok('listEvents')).body;
    const traced = items.map((event: { action: string; traceId?: string }) => [event.action, event.traceId]);
    expect(traced.slice(0, 2)).toEqual(expect.arrayContaining([['role.created', undefined]]));
    expect(traced).toEqual(
      expect.arrayContaining([
        ['user.deleted', id],
        ['role.created', id],
      ]),
    );
    expect(items.find((event: { target: string }) => event.target === role.body.id).traceId).toBe(id);
    expect(harness.logs.filter((line) => line.fields.traceId === id)).toHaveLength(4);
    expect(JSON.stringify([items, harness.logs])).not.toContain('forged');
  });

  test('classes of tenants and traces', () => {
    expect([undefined, 0, 99, 100, 999, 1_000].map(tenantClass)).toEqual([
      'none',
      'small',
      'small',
      'medium',
      'medium',
      'large',
    ]);
  });

  const xray = '1-5759e988-bd862e3fe1be46a994272793';
  const w3c = '4bf92f3577b34da6a3ce929d0e0e4736';
  test.each([
    [{ 'x-amzn-trace-id': `Root=${xray}` }, xray],
    [{ 'x-amzn-trace-id': `Self=1-0-0;Root=${xray};Sampled=0` }, xray],
    [{ traceparent: `00-${w3c}-00f067aa0ba902b7-01` }, w3c],
    [{ 'x-amzn-trace-id': `Root=${xray}`, traceparent: `00-${w3c}-00f067aa0ba902b7-01` }, xray],
    [{ 'x-amzn-trace-id': 'Root=1-aaa;Sampled=0' }, undefined],
    [{ 'x-amzn-trace-id': 'Root=1-5759e988-bd862e3fe1be46a99427279Z' }, undefined],
    [{ 'x-amzn-trace-id': `Root=${xray}"} {"level":"error` }, undefined],
    [{ 'x-amzn-trace-id': `NotRoot=${xray}` }, undefined],
    [{ traceparent: `ff-${w3c}-00f067aa0ba902b7-01` }, undefined],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, undefined],
    [{ traceparent: `00-${w3c}<script>` }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('the trace of %j is %s', (headers, id) => {
    expect(traceId(headers)).toBe(id);
  });
});
