// What reads much comes to its end while the tenant changes all the time: an attempt goes on from what the one before it
// has read. Every commit here falls where it hurts most.
import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { UserId } from '../../shared/domain/base/ids.ts';
import type { RoleRecord } from '../../shared/domain/book/records.ts';
import { put } from '../support/facts.ts';
import { bootEngine, Harness, service, Tenant } from '../support/harness.ts';
import { nameOf, SleepingClock, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

const reads = ['Get', 'BatchGet'];

/** A process before whose reads of a user, made without the head, something happens: each time anew. */
const watched = (user: () => UserId | undefined, meanwhile: () => Promise<void>) => {
  const wrapped = new Wrapped(client);
  const harness = new Harness(wrapped, table, { clock: new SleepingClock(Date.now()) });
  let times = 0;
  wrapped.around = async (command, send) => {
    const sent = JSON.stringify(command.input);
    const of = user();
    if (of && reads.includes(nameOf(command)) && sent.includes(`#U#${of}`) && !sent.includes('"HEAD"')) {
      times += 1;
      await meanwhile();
    }
    return send();
  };
  return { harness, times: () => times };
};

/** Renames a role, so that the book moves, and touches the user in the same transaction if asked to. */
const moved = (tenant: Tenant, role: string, user?: UserId) =>
  put(tenant, async (view) => {
    const record = view.book.records.get(`role#${role}`) as RoleRecord;
    const [before] = user ? await view.users([user]) : [];
    return {
      book: [{ ...record, name: randomUUID() }],
      users: before ? [{ before, after: { ...before, rev: before.rev + 1 } }] : [],
    };
  });

const elsewhere = new Harness(client, table);

it('a query answers though each of its later reads meets a commit', async () => {
  const tenant = await elsewhere.tenant();
  const role = await tenant.role('Renamed');
  const body = { kind: 'person', name: 'Outside', externalId: 'e-1' };
  const user = (await tenant.ok('createUser', { body })).body.id as UserId;
  const { harness, times } = watched(
    () => user,
    () => moved(tenant, role, user),
  );
  await harness.ok('getTenant', { as: tenant.admin });
  const ask = { as: service(tenant.id), body: { externalId: 'e-1', permission: 'billing' } };
  expect((await harness.call('check', ask)).body).toMatchObject({ allowed: false });
  // The second attempt reads the user with the head, so nothing can come between.
  expect(times()).toBe(1);
});

it('a change is made though each of its later reads meets a commit', async () => {
  const tenant = await elsewhere.tenant();
  const role = await tenant.role('Renamed');
  const user = await tenant.user('Changed');
  const { harness, times } = watched(
    () => user,
    () => moved(tenant, role, user),
  );
  await put(new Tenant(harness, tenant.id, tenant.firstUser), async (view) => {
    const [before] = await view.users([user]);
    if (!before) throw new Error('gone');
    return { users: [{ before, after: { ...before, rev: before.rev + 1, personal: [{ permission: 'billing' }] } }] };
  });
  expect((await elsewhere.store.access(tenant.id, user))?.personal).toEqual([{ permission: 'billing' }]);
  expect(times()).toBe(1);
});

it.each([
  ['the book moves during each scan', false],
  ['a disabled candidate changes during each scan, too', true],
])('the last access manager is refused though %s', async (_, changes) => {
  const tenant = await elsewhere.tenant();
  const role = await tenant.role('Renamed');
  const idle = await tenant.user('Disabled');
  const keepers = await tenant.role('Keepers too', [{ permission: '*' }], [idle]);
  expect(keepers).toBeDefined();
  await tenant.ok('updateUser', { params: { userId: idle }, body: { state: 'disabled' } });
  const { harness, times } = watched(
    () => idle,
    () => moved(tenant, role, changes ? idle : undefined),
  );
  const before = await elsewhere.store.access(tenant.id, tenant.firstUser);
  const reply = await harness.call('deleteUser', { as: tenant.admin, params: { userId: tenant.firstUser } });
  expect([reply.status, reply.body.code]).toEqual([409, 'last-access-manager']);
  expect(await elsewhere.store.access(tenant.id, tenant.firstUser)).toEqual(before);
  expect(times()).toBeLessThan(5);
});

it('somebody who becomes a holder between two scans is found, and takes over though every further scan meets a commit', async () => {
  const tenant = await elsewhere.tenant();
  const role = await tenant.role('Renamed');
  const idle = await tenant.user('Comes back', 'back');
  await tenant.role('Keepers too', [{ permission: '*' }], [idle]);
  await tenant.ok('updateUser', { params: { userId: idle }, body: { state: 'disabled' } });
  let scans = 0;
  const { harness } = watched(
    () => idle,
    async () => {
      scans += 1;
      await moved(tenant, role);
      if (scans === 2) await tenant.ok('updateUser', { params: { userId: idle }, body: { state: 'active' } });
    },
  );
  const reply = await harness.call('deleteUser', { as: tenant.admin, params: { userId: tenant.firstUser } });
  expect(reply.status).toBe(204);
  expect(scans).toBeLessThan(5);
});

it('a reader follows the book though each read of what has changed meets another change of the same', async () => {
  const tenant = await elsewhere.tenant();
  const role = await tenant.role('Renamed');
  const wrapped = new Wrapped(client);
  const { store } = new Harness(wrapped, table, { clock: new SleepingClock(Date.now()) });
  await store.view(tenant.id);
  let times = 0;
  wrapped.around = async (command, send) => {
    const sent = JSON.stringify(command.input);
    if (reads.includes(nameOf(command)) && sent.includes(`role#${role}`) && !sent.includes('"HEAD"')) {
      times += 1;
      await moved(tenant, role);
    }
    return send();
  };
  await moved(tenant, role);
  const view = await store.view(tenant.id);
  // The second attempt reads the role with the head, so nothing can come between.
  expect([times, view?.head.version]).toEqual([1, (await elsewhere.store.view(tenant.id))?.head.version]);
});
