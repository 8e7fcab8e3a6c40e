// What the store promises when the table does not answer as asked: it asks again, with growing jittered pauses and for
// twenty seconds at most; it never takes half an answer for a whole one, nor does anything twice.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId, UserId } from '../../shared/domain/base/ids.ts';
import { Db, pause } from '../../shared/store/db.ts';
import { failureOf } from '../../shared/store/failures.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { freshIds } from '../support/facts.ts';
import { bootEngine, Harness, issuer, type Tenant } from '../support/harness.ts';
import { type Command, nameOf, SleepingClock, serviceError, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

let wrapped: Wrapped;
let clock: SleepingClock;
let db: Db;
let harness: Harness;
let tenant: Tenant;
let users: UserId[];
beforeEach(async () => {
  wrapped = new Wrapped(client);
  clock = new SleepingClock(Date.now());
  db = new Db(wrapped, table, clock);
  harness = new Harness(wrapped, table, { clock });
  tenant = await harness.tenant();
  users = [];
  for (let n = 0; n < 6; n += 1) users.push(await tenant.user(`User ${n}`));
});

const profiles = () => users.map((id) => keys.profile(tenant.id, id));
const idsOf = (items: readonly (Record<string, unknown> | undefined)[]) => items.map((item) => item?.id);

describe('unprocessed keys', () => {
  it('are asked for again, and only they', async () => {
    const asked: number[] = [];
    wrapped.around = async (command, send) => {
      const { Keys } = (command.input.RequestItems as Record<string, { Keys: { SK: string }[] }>)[table] as {
        Keys: { PK: string; SK: string }[];
      };
      asked.push(Keys.length);
      const answer = await send();
      const given = answer.Responses[table].slice(0, 2);
      const left = Keys.filter(({ PK }) => !given.some((item: { PK: string }) => item.PK === PK));
      answer.Responses[table] = given;
      if (left.length > 0) answer.UnprocessedKeys = { [table]: { Keys: left } };
      return answer;
    };
    expect(idsOf(await db.read(profiles()))).toEqual(users);
    expect(asked).toEqual([6, 4, 2]);
    expect(clock.sleeps).toBe(2);
  });

  it('that never come end as busy, in bounded time', async () => {
    wrapped.around = async (command) => ({
      Responses: {},
      UnprocessedKeys: { [table]: (command.input.RequestItems as Record<string, object>)[table] },
    });
    await expect(db.read(profiles())).rejects.toMatchObject({ code: 'busy' });
    expect(clock.sleeps).toBeLessThan(15);
    expect(clock.slept).toBeLessThan(20_000);
  });
});

describe('throttling and timeouts', () => {
  const passing = [
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'InternalServerError',
    'TimeoutError',
  ];

  it.each(passing)('%s is waited out', async (name) => {
    let failures = 0;
    wrapped.around = (_, send) => {
      failures += 1;
      return failures <= 5 ? Promise.reject(serviceError(name)) : send();
    };
    expect(idsOf(await db.read(profiles()))).toEqual(users);
    expect(await db.all({ partition: partitions.book(tenant.id) })).not.toEqual([]);
    expect(clock.sleeps).toBe(5);
  });

  it.each(passing)('%s that stays ends as busy after twenty seconds', async (name) => {
    wrapped.fail(() => serviceError(name));
    const start = clock.now();
    await expect(db.read(profiles())).rejects.toMatchObject({ code: 'busy' });
    expect(clock.now() - start).toBeGreaterThan(20_000);
    expect(clock.now() - start).toBeLessThan(22_000);
    await expect(harness.store.view(tenant.id)).rejects.toMatchObject({ code: 'busy' });
  });

  it.each(['ValidationException', 'ResourceNotFoundException', 'AccessDeniedException'])(
    '%s is not asked again: it would be the same',
    async (name) => {
      wrapped.fail(() => serviceError(name));
      await expect(db.read(profiles())).rejects.toMatchObject({ name });
      expect(clock.sleeps).toBe(0);
    },
  );

  it('pauses longer with every attempt, and a second at most', async () => {
    const pauses = [];
    for (let attempt = 0; attempt < 12; attempt += 1) {
      const before = clock.slept;
      await pause(clock, attempt);
      pauses.push(Math.round(clock.slept - before));
    }
    expect(pauses.slice(0, 8)).toEqual([10, 20, 40, 80, 160, 320, 639, 999]);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000);
    const lucky = { ...clock, now: () => 0, sleep: (ms: number) => clock.sleep(ms), random: () => 0 };
    const before = clock.slept;
    await pause(lucky, 12);
    expect(clock.slept).toBe(before);
  });
});

/** The transactions that are sent, and how each is to end. */
const commits = (
  fate: (n: number, command: Command, send: () => Promise<unknown>) => Promise<unknown>,
): (() => number) => {
  let sent = 0;
  wrapped.around = (command, send) => {
    if (nameOf(command) !== 'TransactWrite') return send();
    sent += 1;
    return fate(sent, command, send);
  };
  return () => sent;
};

const canceled = (...codes: string[]) =>
  serviceError('TransactionCanceledException', { CancellationReasons: codes.map((Code) => ({ Code })) });

describe('commits', () => {
  const create = (name: string) => tenant.call('createRole', { body: { name } });
  const rolesNamed = async (name: string): Promise<number> => {
    wrapped.heal();
    const { body } = await tenant.ok('listRoles', { query: { limit: '200' } });
    return body.items.filter((role: { name: string }) => role.name === name).length;
  };
  const eventsOf = async (action: string): Promise<number> =>
    (await tenant.ok('listEvents', { query: { action } })).body.items.length;

  it.each([
    ['conflicts with other transactions', () => canceled('TransactionConflict', 'None')],
    ['throttled within a transaction', () => canceled('ThrottlingError')],
    ['throttled', () => serviceError('ThrottlingException')],
  ])('%s are tried again until they pass', async (_, error) => {
    const sent = commits((n, _command, send) => (n <= 3 ? Promise.reject(error()) : send()));
    expect((await create('Patient')).status).toBe(201);
    expect(sent()).toBe(4);
    expect(await rolesNamed('Patient')).toBe(1);
  });

  it.each(['TransactionConflict', 'ThrottlingError'])(
    '%s for ever ends as busy, with nothing written',
    async (code) => {
      const before = await harness.facts(tenant.id);
      const start = clock.now();
      commits(() => Promise.reject(canceled(code)));
      const reply = await create('Never');
      expect([reply.status, reply.body.code, reply.headers['retry-after']]).toEqual([503, 'busy', '2']);
      expect(clock.now() - start).toBeLessThan(25_000);
      wrapped.heal();
      expect(await harness.facts(tenant.id)).toEqual(before);
    },
  );

  it.each(['TimeoutError', 'InternalServerError', 'ECONNRESET', 'TransactionInProgressException'])(
    'whose answer is lost (%s) are done once, whether they were written or not',
    async (name) => {
      for (const written of [true, false]) {
        const role = `${name} ${written}`;
        commits(async (n, _command, send) => {
          if (n > 1) return send();
          if (written) await send();
          throw serviceError(name);
        });
        const reply = await create(role);
        expect(reply.status, role).toBe(201);
        expect(await rolesNamed(role), role).toBe(1);
        const { body } = await tenant.ok('getRole', { params: { roleId: reply.body.id } });
        expect(body).toEqual(reply.body);
      }
      expect(await eventsOf('role.created')).toBe(2);
    },
  );

  it('that a delayed duplicate wrote meanwhile are answered as written', async () => {
    let late: (() => Promise<unknown>) | undefined;
    commits(async (n, _command, send) => {
      if (n === 1) {
        late = send;
        throw serviceError('TimeoutError');
      }
      await late?.();
      late = undefined;
      return send();
    });
    expect((await create('Late')).status).toBe(201);
    expect(await rolesNamed('Late')).toBe(1);
    expect(await eventsOf('role.created')).toBe(1);
  });

  it('that the service calls invalid are a fault of ours, and not sent again', async () => {
    const sent = commits(() => Promise.reject(canceled('None', 'ValidationError')));
    expect((await create('Invalid')).body.code).toBe('internal');
    expect(sent()).toBe(1);
  });
});

describe('the creation of a tenant', () => {
  const create = async (headers: Record<string, string> = {}) => {
    const body = {
      name: 'New',
      firstUser: { name: 'A', identity: { issuer, subject: freshIds.secret() } },
    };
    return harness.call('createTenant', { as: { subject: 'op', scope: 'holdfast/operator' }, body, headers });
  };

  it('survives conflicts and lost answers', async () => {
    for (const written of [true, false]) {
      const sent = commits(async (n, _command, send) => {
        if (n === 1 && written) await send();
        if (n === 1) throw serviceError('TimeoutError');
        return send();
      });
      const reply = await create({ 'idempotency-key': `k-${written}` });
      // What was written is found by its event, and not sent again.
      expect([reply.status, sent()]).toEqual([201, written ? 1 : 2]);
      wrapped.heal();
      expect(await harness.store.exists(reply.body.id as TenantId)).toBe(true);
    }
  });

  it('gives up in bounded time', async () => {
    wrapped.fail(() => serviceError('ThrottlingException'), 'TransactWrite');
    expect((await create()).body.code).toBe('busy');
    expect(clock.slept).toBeLessThan(30_000);
  });
});

it('tells what the errors of the service mean by name and position, never by message', () => {
  expect(failureOf(canceled('None', 'ConditionalCheckFailed', 'TransactionConflict'))).toEqual({
    kind: 'refused',
    failed: [1],
  });
  expect(failureOf(canceled('None', 'TransactionConflict')).kind).toBe('contended');
  expect(failureOf(new Error('ThrottlingException')).kind).toBe('broken');
  expect(failureOf(undefined).kind).toBe('broken');
});
