// A request that runs out of time: the caller is answered in time, what was under way happened as a whole or not at all,
// nothing is sent behind the caller's back, and the same Idempotency-Key finds out what became of it. The table is slow and
// the time is over when the test says so.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { operation, operationIds } from '../../shared/routes/operations.ts';
import { bootEngine, Harness, type Reply, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { type Answer, type Command, nameOf, SleepingClock, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

let wrapped: Wrapped;
let harness: Harness;
let tenant: Tenant;
/** Ends the time of the request under way. */
let timeIsOver: () => void;
let given: number[];
let running: number;
beforeEach(async () => {
  wrapped = new Wrapped(client);
  given = [];
  running = 0;
  harness = new Harness(
    wrapped,
    table,
    // Whoever waits to try again has waited at once.
    { clock: new SleepingClock(Date.now()) },
    {
      timer: (ms, run) => {
        given.push(ms);
        running += 1;
        timeIsOver = run;
        return () => {
          running -= 1;
        };
      },
    },
  );
  tenant = await harness.tenant();
});

const context = { getRemainingTimeInMillis: () => 29_000 };
const create = (key?: string): Promise<Reply> =>
  tenant.call('createRole', {
    body: { name: 'Slow' },
    context,
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
const roles = async (): Promise<number> => {
  const { body } = await tenant.ok('listRoles', { query: { limit: '200' } });
  return body.items.filter(({ name }: { name: string }) => name === 'Slow').length;
};

/** Holds the first command of this name; `reached` when it has come, with its own sending. */
const holding = (name: string) => {
  const sent: string[] = [];
  let release: () => void = () => {};
  const released = new Promise<void>((done) => {
    release = done;
  });
  const reached = new Promise<() => Promise<Answer>>((come) => {
    let first = true;
    wrapped.around = async (command: Command, send) => {
      sent.push(nameOf(command));
      if (nameOf(command) !== name || !first) return send();
      first = false;
      come(send);
      await released;
      throw Object.assign(new Error('slow'), { name: 'TimeoutError' });
    };
  });
  return { sent, reached, release };
};

const expectLate = (reply: Reply) => {
  expectProblem(reply, 'out-of-time');
  expect(reply.status).toBe(503);
  expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  expect(reply.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(reply.body.detail).toMatch(/Idempotency-Key/);
};

describe('a request that runs out of time', () => {
  it('is answered 503 a second before its function is stopped, and the write that had happened is told by its key', async () => {
    const slow = holding('TransactWrite');
    const late = create('one');
    // The table writes, and its answer does not come.
    await (await slow.reached)();
    timeIsOver();
    expectLate(await late);
    expect(given).toEqual([28_000]);
    wrapped.heal();
    const again = await create('one');
    expect(again.status).toBe(201);
    expect(again.body.name).toBe('Slow');
    expect(await roles()).toBe(1);
  });

  it('sends nothing after the answer: the write that had not happened never does, until its key is used again', async () => {
    const slow = holding('TransactWrite');
    const late = create('two');
    await slow.reached;
    timeIsOver();
    expectLate(await late);
    const before = slow.sent.length;
    // What was under way ends now, in a way that is tried again while there is time.
    slow.release();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((done) => setImmediate(done));
    expect(slow.sent.length).toBe(before);
    wrapped.heal();
    expect(await roles()).toBe(0);
    expect((await create('two')).status).toBe(201);
    expect((await create('two')).status).toBe(201);
    expect(await roles()).toBe(1);
  });

  it('gives up what it is sending', async () => {
    let signal: AbortSignal | undefined;
    const inner = {
      send: (command: Command, options?: { abortSignal?: AbortSignal }) => {
        signal ??= nameOf(command) === 'TransactWrite' ? options?.abortSignal : undefined;
        return client.send(command, options);
      },
    };
    const { timer } = harness.runtime;
    harness = new Harness(inner as never, table, {}, timer ? { timer } : {});
    expect((await create()).status).toBe(201);
    expect(signal?.aborted).toBe(false);
    timeIsOver();
    expect(signal?.aborted).toBe(true);
  });

  it('is answered so when it only reads, too', async () => {
    const slow = holding('BatchGet');
    const late = tenant.call('listRoles', { context });
    await slow.reached;
    timeIsOver();
    expectLate(await late);
    slow.release();
  });

  it('leaves no timer behind when it ends in time, however it ends', async () => {
    expect((await create()).status).toBe(201);
    expect((await create()).status).toBe(409);
    expect(given.length).toBe(2);
    expect(running).toBe(0);
  });

  it('can be any request: every operation says so', async () => {
    const { problemCodesOf } = await import('../../shared/routes/problems.ts');
    for (const id of operationIds) expect(problemCodesOf(id), operation(id).path).toContain('out-of-time');
  });
});
