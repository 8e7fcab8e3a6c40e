// Faults of ours and of the table: the caller learns a code and a request id, the log learns the cause, and neither
// learns anybody's name, mail, login or token.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { TenantId, UserId } from '../../shared/domain/base/ids.ts';
import { identityDigest } from '../../shared/http/gateway/authorise.ts';
import { type OperationId, operation } from '../../shared/routes/operations.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { builtOperations } from '../support/facts.ts';
import { bootEngine, Harness, issuer, operator, person, type Reply, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';
import { SleepingClock, serviceError, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

/** Personal values, which must not occur in a log line or in a 5xx answer. */
const secrets = ['Rosalind Private', 'rosalind.login', 'rosalind@mail.test', 'rosalind-subject', 'ext-rosalind'];

let wrapped: Wrapped;
let clock: SleepingClock;
let harness: Harness;
let tenant: Tenant;
let rosalind: UserId;
beforeEach(async () => {
  wrapped = new Wrapped(client);
  clock = new SleepingClock(Date.now());
  harness = new Harness(wrapped, table, { clock });
  tenant = await harness.tenant();
  const [name, login, mail, subject, externalId] = secrets as [string, string, string, string, string];
  const { body } = await tenant.ok('createUser', { body: { kind: 'person', name, login, mail, externalId } });
  rosalind = body.id;
  const invited = await tenant.ok('inviteUser', { params: { userId: rosalind } });
  const invitation = invited.body.invitation as string;
  secrets[5] = invitation.split('.')[1] as string;
  await harness.ok('acceptInvitation', { as: person(tenant.id, subject), body: { invitation } });
});

const expectSilence = (...replies: Reply[]): void => {
  const told = JSON.stringify([harness.logs, replies.filter(({ status }) => status >= 500)]);
  for (const secret of [...secrets, 'Ada Admin']) expect(told, secret).not.toContain(secret);
};

const overwrite = (key: Key, fields: object): Promise<unknown> =>
  client.send(new PutCommand({ TableName: table, Item: { ...key, ...fields } }));

describe('an item that does not parse', () => {
  const corrupt: [what: string, key: (t: TenantId) => Key, fields: object, id: OperationId, params?: () => object][] = [
    ['the head', (t) => keys.head(t), { version: 'one' }, 'getTenant'],
    ['a record of the book', (t) => keys.record(t, 'tenant'), { kind: 'tenant', rev: 1, name: 'x' }, 'getTenant'],
    ['an access item', (t) => keys.access(t, rosalind), { id: rosalind, state: 'asleep' }, 'getUser'],
    ['a profile', (t) => keys.profile(t, rosalind), { id: rosalind, login: secrets[1], name: 7 }, 'getUser'],
    ['an alias', (t) => keys.alias(t, identityDigest(issuer, 'aliased')), { user: 'nobody' }, 'getCatalogue'],
  ];

  it.each(corrupt)(
    '%s: a fault of ours, whose key is in the log and not in the answer',
    async (_, keyOf, fields, id) => {
      const key = keyOf(tenant.id);
      await overwrite(key, fields);
      // A reader in another process, without the tenant in its memory.
      harness = new Harness(wrapped, table, { clock });
      const as = id === 'getCatalogue' ? person(tenant.id, 'aliased') : tenant.admin;
      const reply = await harness.call(id, { as, ...(id === 'getUser' && { params: { userId: rosalind } }) });
      expectProblem(reply, 'internal', id);
      const failed = harness.logs.filter(
        (log) => log.level === 'error' && log.fields.requestId === reply.body.requestId,
      );
      expect(failed.length).toBe(1);
      expect(JSON.stringify(failed)).toContain(key.PK);
      const answer = JSON.stringify(reply.body).replace(reply.body.requestId, '');
      for (const inside of [key.PK, 'ACCESS', 'CorruptItem', 'zod', 'parse', tenant.id, rosalind])
        expect(answer, inside).not.toContain(inside);
      expectSilence(reply);
    },
  );
});

describe('a table that does not answer', () => {
  const faults: [name: string, code: 'busy' | 'internal'][] = [
    ['ProvisionedThroughputExceededException', 'busy'],
    ['ThrottlingException', 'busy'],
    ['RequestLimitExceeded', 'busy'],
    ['InternalServerError', 'busy'],
    ['TimeoutError', 'busy'],
    ['ECONNRESET', 'busy'],
    ['ValidationException', 'internal'],
    ['ResourceNotFoundException', 'internal'],
    ['AccessDeniedException', 'internal'],
    ['SomethingNew', 'internal'],
  ];

  it.each(faults)('%s: %s, in bounded time', async (name, code) => {
    wrapped.fail(() => serviceError(name));
    const reply = await tenant.call('getTenant');
    expectProblem(reply, code, name);
    if (code === 'busy') expect(reply.headers['retry-after']).toBe('2');
    else expect(clock.slept).toBe(0);
    // Twenty seconds of patience, one pause more, and the same again where the denial would be recorded.
    expect(clock.slept).toBeLessThan(50_000);
    expectSilence(reply);
  });

  it('gives up on every operation of the table in the same orderly way', async () => {
    const targets = Targets.shared(tenant);
    for (const id of builtOperations) {
      const request = await samples[id](targets);
      const callers = operation(id).callers as string[];
      if (callers.length === 0) continue;
      const as = callers.includes('operator')
        ? operator
        : callers.includes('guest')
          ? person(tenant.id, 'g')
          : tenant.admin;
      for (const [name, code] of [
        ['ThrottlingException', 'busy'],
        ['ValidationException', 'internal'],
      ] as const) {
        wrapped.fail(() => serviceError(name));
        const reply = await harness.call(id, { ...request, as });
        wrapped.heal();
        expectProblem(reply, code, `${id} ${name}`);
        expectSilence(reply);
      }
    }
  });

  it('is written once, whatever was lost: a commit whose answer does not come is told by its event', async () => {
    let lost = 0;
    wrapped.around = async (command, send) => {
      const answer = await send();
      if (command.constructor.name !== 'TransactWriteCommand' || lost > 0) return answer;
      lost += 1;
      throw serviceError('TimeoutError');
    };
    const reply = await tenant.call('createRole', { body: { name: 'Written' } });
    wrapped.heal();
    expect([reply.status, lost]).toEqual([201, 1]);
    const { body } = await tenant.ok('listRoles', { query: { limit: '200' } });
    expect(body.items.filter((role: { name: string }) => role.name === 'Written')).toEqual([reply.body]);
    const events = await tenant.ok('listEvents', { query: { action: 'role.created' } });
    expect(events.body.items.length).toBe(1);
  });

  it('answers a refusal as one even when its event cannot be written, and says so in the log', async () => {
    wrapped.fail(() => serviceError('ThrottlingException'), 'Update');
    const reply = await tenant.call('deleteUser', { params: { userId: tenant.firstUser } });
    expectProblem(reply, 'last-access-manager');
    expect(harness.logs.some((log) => log.message === 'denial-not-recorded')).toBe(true);
    expectSilence(reply);
  });
});

it('says nothing personal in the lines of ordinary requests', async () => {
  const { body } = await tenant.ok('getUser', { params: { userId: rosalind } });
  expect(body).toMatchObject({ name: secrets[0], login: secrets[1], mail: secrets[2] });
  await tenant.ok('updateUser', { params: { userId: rosalind }, body: { name: 'Rosalind Private II' } });
  await tenant.call('createUser', { body: { kind: 'person', name: secrets[0], mail: 'no mail' } });
  await tenant.call('listUsers', { query: { name: 'Rosalind' } });
  await tenant.call('check', { body: { externalId: secrets[4], permission: 'billing' } });
  expect(harness.logs.filter((log) => log.message === 'request').length).toBeGreaterThan(5);
  expectSilence();
});

it('is ready as long as the table answers, and says 503 when it does not; health asks no table', async () => {
  expect((await harness.call('getReadiness')).body).toEqual({ status: 'ready' });
  wrapped.fail(() => serviceError('InternalServerError'), 'Get');
  expectProblem(await harness.call('getReadiness'), 'busy');
  expect((await harness.call('getHealth')).status).toBe(200);
});
