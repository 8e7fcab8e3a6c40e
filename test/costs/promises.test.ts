// What the design promises about costs, whatever the sizes: round trips that do not grow, and atomic parts that do not
// grow with the number of members.
import { afterAll, describe, expect, it, vi } from 'vitest';
import { idsFrom, type RoleId, type UserId, type UserRef, userRef } from '../../shared/domain/base/ids.ts';
import type { RoleRecord } from '../../shared/domain/book/records.ts';
import { freshIds, put, putRecords, seededBytes } from '../support/facts.ts';
import { bootEngine, Harness, person, service, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { type Spent, spentBy, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
let harness = new Harness(wrapped, table);

/** A process that knows nothing yet. */
const cold = (): Harness => {
  harness = new Harness(wrapped, table);
  return harness;
};
const spent = (run: () => Promise<unknown>): Promise<Spent> => spentBy(wrapped, run);

const roleRecord = (id: RoleId, name: string): RoleRecord =>
  ({
    kind: 'role',
    rev: 0,
    id,
    name,
    description: '',
    grants: [{ permission: 'billing' }],
    newRules: { view: true, edit: true, delete: false },
    groups: new Set(),
    deleted: false,
    born: 0,
  }) as RoleRecord;

/** A role with many members that are no users here: only their number matters. */
const crowdedRole = async (tenant: Tenant, name: string, members: number): Promise<string> => {
  const id = freshIds.next('role');
  const refs: UserRef[] = Array.from({ length: members }, () => userRef(freshIds.next('user'), freshIds.life()));
  const chunks = Array.from({ length: Math.ceil(members / 500) }, (_, chunk) => ({
    kind: 'members' as const,
    rev: 0,
    role: id,
    chunk,
    users: new Set(refs.slice(500 * chunk, 500 * chunk + 500)),
  }));
  await putRecords(tenant, [roleRecord(id, name)]);
  for (let at = 0; at < chunks.length; at += 20) await putRecords(tenant, chunks.slice(at, at + 20));
  return id;
};

describe('a check', () => {
  it('on a warm book is one round trip, and none when it may be a few seconds old', async () => {
    const tenant = await harness.tenant();
    const user = await tenant.user('Asked about');
    const ask = (consistency: string) => () =>
      harness.ok('check', { as: service(tenant.id), body: { user, permission: 'billing', consistency } });
    await ask('strong')();
    const strong = await spent(ask('strong'));
    expect(strong).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 2, writeUnits: 0, commands: ['BatchGet'] });
    // Whoever was asked about within five seconds is known; of others one item is read, and not the latest of it.
    expect(await spent(ask('bounded'))).toMatchObject({ roundTrips: 0, requests: 0, readUnits: 0 });
    const body = { user: await tenant.user('Not asked about'), permission: 'billing' };
    await ask('strong')();
    const other = () => harness.ok('check', { as: service(tenant.id), body: { ...body, consistency: 'bounded' } });
    expect(await spent(other)).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 0.5, commands: ['Get'] });
    expect(await spent(other)).toMatchObject({ roundTrips: 0, requests: 0, readUnits: 0 });
  });

  it('of oneself on a warm book is one round trip too', async () => {
    const tenant = await harness.tenant();
    await tenant.user('Asks', 'asks');
    const ask = () => harness.ok('check', { as: person(tenant.id, 'asks'), body: { permission: 'billing' } });
    await ask();
    expect(await spent(ask)).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 2 });
  });

  it('by external id is one round trip from the second on, and two before', async () => {
    const tenant = await harness.tenant();
    const body = { kind: 'person', name: 'Outside', externalId: 'e-1' };
    await tenant.ok('createUser', { body });
    const ask = () =>
      harness.ok('check', { as: service(tenant.id), body: { externalId: 'e-1', permission: 'billing' } });
    await tenant.ok('getCatalogue');
    expect((await spent(ask)).roundTrips).toBe(2);
    expect((await spent(ask)).roundTrips).toBe(1);
  });

  it('on a book that has changed since is one round trip more for the log, and one for what it names', async () => {
    const tenant = await harness.tenant();
    const user = await tenant.user('Asked about');
    const warm = harness;
    const ask = () => warm.ok('check', { as: service(tenant.id), body: { user, permission: 'billing' } });
    await ask();
    const other = new Harness(client, table);
    await other.ok('createRole', { as: tenant.admin, body: { name: 'Made elsewhere' } });
    // The runtime belongs to the process, so the warm one is set again.
    harness = new Harness(wrapped, table, {});
    Object.assign(harness.runtime, { store: warm.store });
    expect(
      (await spent(() => harness.ok('check', { as: service(tenant.id), body: { user, permission: 'billing' } })))
        .roundTrips,
    ).toBe(3);
  });

  it('on a cold book of 50 roles and 500 members is at most 3 round trips', async () => {
    const tenant = await harness.tenant();
    await tenant.user('Asked about', 'asked');
    for (let n = 0; n < 50; n += 1) await crowdedRole(tenant, `Role ${n}`, 10);
    const cost = await spent(() =>
      cold().ok('check', { as: person(tenant.id, 'asked'), body: { permission: 'billing' } }),
    );
    expect(cost.roundTrips).toBeLessThanOrEqual(3);
  });

  it('of 100 users by external id is two round trips at most', async () => {
    const tenant = await harness.tenant();
    const checks: object[] = [];
    for (let n = 0; n < 100; n += 1) {
      checks.push({ externalId: `x-${n}`, permission: 'billing' });
      if (n % 10 === 0)
        await tenant.ok('createUser', { body: { kind: 'person', name: `X ${n}`, externalId: `x-${n}` } });
    }
    const cost = await spent(() => harness.ok('checkBatch', { as: service(tenant.id), body: { checks } }));
    expect(cost.roundTrips).toBeLessThanOrEqual(2);
  });
});

describe('a check in a session', () => {
  /** Somebody who has logged on, and how they are asked about. */
  const scene = async () => {
    const tenant = await harness.tenant();
    const user = await tenant.user('Logs on', 'logs-on');
    await tenant.setGrants(user, [{ permission: 'billing' }]);
    const as = service(tenant.id);
    const session = (await tenant.ok('createSession', { as, body: { user } })).body.id;
    const ask = (consistency: string) => () =>
      harness.ok('check', { as, body: { session, permission: 'billing', consistency } });
    return { tenant, user, session, ask };
  };

  it('on a warm process is one round trip: head, session and user, strong or bounded', async () => {
    const { tenant, session, ask } = await scene();
    const first = await spent(ask('strong'));
    expect(first.roundTrips).toBe(2);
    const strong = await spent(ask('strong'));
    expect(strong).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 3, writeUnits: 0, commands: ['BatchGet'] });
    const bounded = await spent(ask('bounded'));
    // The user is known, and the session is looked up, because it may have ended.
    expect(bounded).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 0.5, writeUnits: 0, commands: ['Get'] });
    const oneself = () =>
      harness.ok('check', { as: person(tenant.id, 'logs-on'), body: { session, permission: 'billing' } });
    await oneself();
    expect(await spent(oneself)).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 3 });
  });

  it('on a cold one is at most 3, whoever asks', async () => {
    const { tenant, session } = await scene();
    for (const as of [service(tenant.id), person(tenant.id, 'logs-on')]) {
      const cost = await spent(() => cold().ok('check', { as, body: { session, permission: 'billing' } }));
      expect(cost.roundTrips).toBeLessThanOrEqual(3);
    }
  });
});

describe('members of a role', () => {
  it('are added and removed in two round trips, one or many', async () => {
    const tenant = await harness.tenant();
    const params = { roleId: await tenant.role('Members') };
    const members = [];
    for (let n = 0; n < 12; n += 1) members.push(await tenant.user(`Member ${n}`));
    for (const some of [members.slice(0, 1), members.slice(1)]) {
      const added = await spent(() => tenant.ok('addRoleMembers', { params, body: { members: some } }));
      expect(added.roundTrips).toBe(2);
      // Head, log, chunk, event.
      expect(added.commands).toEqual(['BatchGet', 'TransactWrite']);
    }
    for (const some of [members.slice(0, 1), members.slice(1)]) {
      const removed = await spent(() => tenant.ok('removeRoleMembers', { params, body: { members: some } }));
      expect(removed.roundTrips).toBe(2);
      expect(removed.commands).toEqual(['BatchGet', 'TransactWrite']);
    }
  });

  it('of a role with 10,000 are added in as many round trips, at the price of one chunk', async () => {
    const tenant = await harness.tenant();
    const roleId = await crowdedRole(tenant, 'Crowded', 10_000);
    const member = await tenant.user('One more');
    const cost = await spent(() => tenant.ok('addRoleMembers', { params: { roleId }, body: { members: [member] } }));
    expect(cost.roundTrips).toBe(2);
    expect(cost.writeUnits).toBeLessThan(60);
  });
});

/** The writes of the one transaction that is sent. */
const transactionOf = async (
  run: () => Promise<unknown>,
): Promise<{ kind: string; sk: string; condition: boolean }[]> => {
  const sent: { kind: string; sk: string; condition: boolean }[][] = [];
  wrapped.around = (command, send) => {
    const items = command.input.TransactItems as Record<string, Record<string, Record<string, string>>>[] | undefined;
    if (items)
      sent.push(
        items.map((item) => {
          const [kind, body] = Object.entries(item)[0] as [string, Record<string, Record<string, string>>];
          const { SK = '' } = body.Key ?? body.Item ?? {};
          return { kind, sk: SK, condition: 'ConditionExpression' in body };
        }),
      );
    return send();
  };
  await run();
  wrapped.heal();
  expect(sent.length).toBe(1);
  return sent[0] ?? [];
};

describe('taking users out', () => {
  it('disables one in one transaction: one item on one condition, and the event', async () => {
    const tenant = await harness.tenant();
    const userId = await tenant.user('Leaves', 'leaves');
    const writes = await transactionOf(() =>
      tenant.ok('updateUser', { params: { userId }, body: { state: 'disabled' } }),
    );
    expect(writes.map(({ kind, sk }) => `${kind} ${sk.replace(/^e[0-9a-z]{20}$/, 'event')}`)).toEqual([
      'Update ACCESS',
      'Put event',
    ]);
    expect(writes.every(({ condition }) => condition)).toBe(true);
  });

  it('deletes one in one transaction, which touches nothing that others write', async () => {
    const tenant = await harness.tenant();
    const userId = await tenant.user('Leaves', 'leaves');
    const writes = await transactionOf(() => tenant.ok('deleteUser', { params: { userId } }));
    expect(
      writes.map(({ kind, sk }) => `${kind} ${sk.replace(/^e[0-9a-z]{20}$/, 'event').replace(/#.*/, '')}`),
    ).toEqual(['Update ACCESS', 'Delete PROFILE', 'Delete ALIAS', 'Put user', 'Put DELETED', 'Put event']);
  });

  it('writes two units for each word by which users are searched that comes or goes', async () => {
    const tenant = await harness.tenant();
    const units = async (run: () => Promise<unknown>) => (await spent(run)).writeUnits;
    const ids: string[] = [];
    const created = (body: object) =>
      units(async () => {
        ids.push((await tenant.ok('createUser', { body: { kind: 'person', ...body } })).body.id);
      });
    const renamed = (userId: string | undefined, name: string) =>
      units(() => tenant.ok('updateUser', { params: { userId: String(userId) }, body: { name } }));
    await tenant.ok('getCatalogue');
    const plain = await created({ name: 'Carla' });
    expect(await created({ name: 'Carla Gomez' })).toBe(plain + 2);
    expect(await created({ name: 'Carla Gomez', login: 'carla.gomez', mail: 'carla.gomez@post.test' })).toBe(plain + 2);
    expect(await created({ name: 'Carla Gomez', login: 'cgomez', mail: 'cgomez@post.test' })).toBe(plain + 4);
    const again = await renamed(ids[0], 'Clara');
    expect(await renamed(ids[1], 'Carla Perez')).toBe(again + 4);
    const params = (i: number) => ({ params: { userId: String(ids[i]) } });
    const gone = await units(() => tenant.ok('deleteUser', params(0)));
    expect(await units(() => tenant.ok('deleteUser', params(1)))).toBe(gone + 2);
  });

  it('unbinds one without waiting for the book', async () => {
    const tenant = await harness.tenant();
    const userId = await tenant.user('Leaves', 'leaves');
    const writes = await transactionOf(() => tenant.ok('unbindUser', { params: { userId } }));
    expect(writes.map(({ sk }) => sk)).not.toContain('HEAD');
  });

  it('deletes a role of 10,000 at the atomic price of a role of one', async () => {
    const tenant = await harness.tenant();
    await tenant.ok('getCatalogue');
    const one = await crowdedRole(tenant, 'One', 1);
    const many = await crowdedRole(tenant, 'Many', 10_000);
    const small = await spent(() => tenant.ok('deleteRole', { params: { roleId: one } }));
    const large = await spent(() => tenant.ok('deleteRole', { params: { roleId: many } }));
    expect(large).toEqual(small);
    expect(large.roundTrips).toBe(2);
    expect(large.writeUnits).toBeLessThan(20);
  });
});

describe('lists', () => {
  it('read a page of users in three round trips, whatever their number', async () => {
    const tenant = await harness.tenant();
    const ids = idsFrom(seededBytes(7));
    for (let batch = 0; batch < 4; batch += 1) {
      const people = Array.from({ length: 30 }, (_, n) => ({
        id: ids.next('user') as UserId,
        name: `Person${batch}x${n}`,
      }));
      await put(tenant, () => ({
        users: people.map(({ id }) => ({
          before: undefined,
          after: {
            id,
            life: ids.life(),
            rev: 1,
            kind: 'person' as const,
            state: 'active' as const,
            source: 'local' as const,
            groups: new Set<never>(),
            personal: [],
            stamp: 0,
          },
        })),
        side: people.map(({ id, name }) => ({
          kind: 'profile' as const,
          before: undefined,
          after: { id, rev: 1, name, createdAt: '2026-01-01T00:00:00.000Z' },
        })),
      }));
    }
    await tenant.ok('getCatalogue');
    const page = (query: Record<string, string>) => spent(() => tenant.ok('listUsers', { query }));
    const few = await page({ limit: '10' });
    const many = await page({ limit: '50' });
    expect([few.roundTrips, many.roundTrips]).toEqual([3, 3]);
    expect(many.readUnits).toBeLessThan(50 * 2 + 20);
    expect(few.readUnits).toBeLessThan(10 * 2 + 10);
  });
});
