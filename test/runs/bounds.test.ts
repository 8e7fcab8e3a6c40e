// What a directory may not do: let people manage access rights where no keeper has agreed, take the last one away, go on
// for somebody who no longer may, or go beyond quotas. What is refused is left out, and the rest is done.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Access } from '../../shared/domain/book/records.ts';
import { keys } from '../../shared/store/keys.ts';
import { Directory, deleted, drain, group, groupDn, modified, person, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness, issuer, machine, person as personToken, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const keeperGrant = [{ permission: 'manageAccessRights' }];
const signIn = { issuer, claim: 'oid' };
/** The token of a person whose entry has this number. */
const tokenOf = (d: Directory, n: number) => ({ ...personToken(d.tenant.id, `s${n}`), claims: { oid: uuid(n) } });
const withKeeperGroup = async (): Promise<Directory> => {
  const d = await Directory.of(await harness.tenant(), signIn);
  await d.take(person('ada', 1), group('Keepers', 11));
  await d.tenant.role('Key holders', keeperGrant, [d.group(11)]);
  return d;
};
const mark = (d: Directory, n: number) =>
  d.tenant.ok('updateGroup', { params: { groupId: d.group(n) }, body: { confersAccessManagement: true } });
const rows = (run: { items: { line: number; result: string; code?: string; refused?: object[] }[] }) =>
  run.items.map(({ result, code, refused }) => [result, code, refused].filter((one) => one !== undefined));

describe('nobody rises through a group that no keeper has marked', () => {
  it('a member is refused, the rest of the entry and of the file is done', async () => {
    const d = await withKeeperGroup();
    const run = await d.take(
      person('bo', 2),
      group('Keepers', 11, userDn('ada'), userDn('bo')),
      group('Readers', 12, userDn('ada')),
    );
    expect(rows(run)).toEqual([
      ['applied'],
      [
        'rejected',
        'keeper-needed',
        [
          { id: d.user(1), code: 'keeper-needed' },
          { id: d.user(2), code: 'keeper-needed' },
        ].sort((a, b) => (a.id < b.id ? -1 : 1)),
      ],
      ['applied'],
    ]);
    expect([await d.groupsOf(1), await d.groupsOf(2)]).toEqual([[d.group(12)], []]);
    expect(run.counts).toEqual({ applied: 2, noop: 0, rejected: 1, ignored: 0 });
    expect((await d.run(run.id, { result: 'rejected' })).items).toHaveLength(1);
  });

  it("a marked one is the directory's to fill", async () => {
    const d = await withKeeperGroup();
    await mark(d, 11);
    expect((await d.take(group('Keepers', 11, userDn('ada')))).counts.rejected).toBe(0);
    expect((await harness.call('listRoles', { as: tokenOf(d, 1) })).status).toBe(200);
  });

  it('a group within it is refused like a member', async () => {
    const d = await withKeeperGroup();
    await d.take(group('Inner', 12, userDn('ada')));
    expect(rows(await d.take(group('Keepers', 11, groupDn('Inner'))))).toEqual([
      ['rejected', 'keeper-needed', [{ id: d.group(12), code: 'keeper-needed' }]],
    ]);
    await mark(d, 11);
    expect(rows(await d.take(group('Keepers', 11, groupDn('Inner'))))).toEqual([['applied']]);
    expect(await d.tenant.check(d.user(1), { permission: 'manageAccessRights' })).toBe(true);
  });

  it('nor when the delivering client is a keeper', async () => {
    const d = await withKeeperGroup();
    expect(d.as).toBe(d.tenant.admin);
    expect((await d.take(group('Keepers', 11, userDn('ada')))).counts.rejected).toBe(1);
  });

  it('a group that is created again is not marked any more', async () => {
    const d = await withKeeperGroup();
    await mark(d, 11);
    await d.take(deleted(groupDn('Keepers')), `${group('Keepers', 11).replace('\n', '\nchangetype: add\n')}`);
    expect((await d.seen())[d.group(11)]).toMatchObject({ confers: false });
  });
});

/** Ada, of the directory, is the only one who manages access rights. */
const withLastHolder = async (): Promise<Directory> => {
  const d = await withKeeperGroup();
  await mark(d, 11);
  await d.take(group('Keepers', 11, userDn('ada')), person('bo', 2), group('Others', 12, userDn('ada'), userDn('bo')));
  // Bo has signed in, too: he would count as soon as he manages access rights.
  await harness.ok('getTenant', { as: tokenOf(d, 2) });
  await d.tenant.ok('createUser', {
    body: { kind: 'machine', name: 'Sync', identity: { issuer, subject: 'sync' } },
  });
  const sync = (await d.tenant.ok('listUsers', { query: { kind: 'machine' } })).body.items[0].id;
  await d.tenant.setGrants(sync, [{ permission: 'directorySynchronization' }]);
  await d.tenant.setGrants(d.tenant.firstUser, [], tokenOf(d, 1));
  return new Directory(d.tenant, d.source, machine(d.tenant.id, 'sync', 'directory'));
};
const read = (d: Directory, id: string, query: Record<string, string> = {}) =>
  harness.ok('getRun', { as: d.as, params: { runId: id }, query }).then(({ body }) => body);
const take = async (d: Directory, ...records: string[]) => {
  const posted = await d.post(...records);
  expect(posted.status).toBe(202);
  await drain(harness);
  return read(d, posted.body.id);
};

describe('the last one who manages access rights stays', () => {
  it.each([
    ['deleted', () => [deleted(userDn('ada')), deleted(userDn('bo'))]],
    ['disabled', () => [person('ada', 1, 'nsAccountLock: TRUE'), deleted(userDn('bo'))]],
    ['taken out of the group', () => [group('Keepers', 11), deleted(userDn('bo'))]],
    ['left without the group', () => [deleted(groupDn('Keepers')), deleted(userDn('bo'))]],
  ])('when %s by the directory', async (_, records) => {
    const d = await withLastHolder();
    const run = await take(d, ...records());
    expect(run.state).toBe('done');
    expect(run.items.map((i: { result: string; code?: string }) => [i.result, i.code])).toEqual([
      ['rejected', 'last-access-manager'],
      ['applied', undefined],
    ]);
    expect(await d.tenant.check(d.user(1), { permission: 'manageAccessRights' })).toBe(true);
    expect((await d.access(d.user(2)))?.state).toBe('deleted');
  });

  it('until another is there, who may come by the same file', async () => {
    const d = await withLastHolder();
    const run = await take(d, deleted(userDn('ada')), group('Keepers', 11, userDn('bo')));
    expect(run.counts).toEqual({ applied: 2, noop: 0, rejected: 0, ignored: 0 });
    expect((await d.access(d.user(1)))?.state).toBe('deleted');
    expect(await d.tenant.check(d.user(2), { permission: 'manageAccessRights' })).toBe(true);
  });

  it('also when another object takes the name; the repeated file tries again', async () => {
    const d = await withLastHolder();
    const file = [person('ada', 5)];
    expect((await take(d, ...file)).items[0]).toMatchObject({ result: 'rejected', code: 'last-access-manager' });
    expect((await d.access(d.user(1)))?.state).toBe('active');
    await take(d, group('Keepers', 11, userDn('bo')));
    expect(await d.groupsOf(1)).toEqual([d.group(12)]);
    expect((await take(d, ...file)).counts.applied).toBe(1);
    expect((await d.access(d.user(1)))?.state).toBe('deleted');
  });
});

describe('the one who delivers', () => {
  const client = async (tenant: Tenant): Promise<string> => {
    const { body } = await tenant.ok('createUser', {
      body: { kind: 'machine', name: 'Sync', identity: { issuer, subject: 'sync' } },
    });
    await tenant.setGrants(body.id, [{ permission: 'directorySynchronization' }]);
    return body.id;
  };

  it.each([
    [
      'disabled',
      (t: Tenant, id: string) => t.ok('updateUser', { params: { userId: id }, body: { state: 'disabled' } }),
    ],
    ['without the permission', (t: Tenant, id: string) => t.setGrants(id, [])],
    ['deleted', (t: Tenant, id: string) => t.ok('deleteUser', { params: { userId: id } })],
  ])('and is %s by then stops the run', async (_, lose) => {
    const tenant = await harness.tenant();
    const d = await Directory.of(tenant);
    const id = await client(tenant);
    const sync = new Directory(tenant, d.source, machine(tenant.id, 'sync', 'directory'));
    const posted = await sync.post(person('ada', 1));
    await lose(tenant, id);
    await drain(harness);
    const run = await d.run(posted.body.id);
    expect(run).toMatchObject({ state: 'failed', code: 'forbidden', items: [] });
    expect(await d.seen()).toEqual({});
    // The source is free for the next one.
    expect((await d.take(person('ada', 1))).counts.applied).toBe(1);
  });

  it('half way: what was done stays, and is told', async () => {
    const tenant = await harness.tenant();
    const d = await Directory.of(tenant);
    const id = await client(tenant);
    const sync = new Directory(tenant, d.source, machine(tenant.id, 'sync', 'directory'));
    const posted = await sync.post(person('ada', 1), group('All', 11, userDn('ada')));
    const { store } = harness;
    const mutate = store.mutate.bind(store);
    let done = 0;
    store.mutate = async (mutation) => {
      if (mutation.operation === 'directory.run') {
        done += 1;
        if (done === 2) await tenant.ok('updateUser', { params: { userId: id }, body: { state: 'disabled' } });
      }
      return mutate(mutation);
    };
    await drain(harness).finally(() => {
      store.mutate = mutate;
    });
    const run = await d.run(posted.body.id);
    expect(run).toMatchObject({
      state: 'failed',
      code: 'forbidden',
      counts: { applied: 1, noop: 0, rejected: 0, ignored: 0 },
    });
    expect(run.items).toMatchObject([{ id: d.group(11), result: 'applied' }]);
    expect(Object.keys(await d.seen())).toEqual([d.group(11)]);
  });

  it('is the actor of every change', async () => {
    const tenant = await harness.tenant();
    const d = await Directory.of(tenant);
    const id = await client(tenant);
    const sync = new Directory(tenant, d.source, machine(tenant.id, 'sync', 'directory'));
    await sync.post(person('ada', 1));
    await drain(harness);
    const { body } = await tenant.ok('listEvents', { query: { target: d.user(1) } });
    expect(body.items).toMatchObject([
      { action: 'user.created', actor: { kind: 'client', id }, authority: 'directorySynchronization', outcome: 'done' },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/Ada|harbour/);
  });
});

describe('quotas', () => {
  it('of groups per user (1,015, as in Active Directory): what is above is rejected, alone', async () => {
    const d = await Directory.of(await harness.tenant());
    await d.take(person('ada', 1), group('Last', 11), group('Free', 12));
    const { db } = harness.store;
    // Put in at once: to join so many one after another is what other tests do.
    const full = Array.from({ length: 1_014 }, (_, i) => `Full ${i}`);
    await d.take(...full.map((name, i) => group(name, 100 + i)));
    const inside = new Set(full.map((_, i) => d.group(100 + i) as string));
    const records = (await harness.items(d.tenant.id)).filter(
      ({ PK, id }) => `${PK}`.endsWith('#BOOK') && inside.has(`${id}`),
    );
    const refs = new Set(records.map(({ id, life }) => `${id}.${life}`));
    expect(refs.size).toBe(1_014);
    const Key = keys.access(d.tenant.id, d.user(1));
    const set = {
      UpdateExpression: 'SET #g = :g',
      ExpressionAttributeNames: { '#g': 'groups' },
      ExpressionAttributeValues: { ':g': refs },
    };
    await db.transact([{ Update: { Key, TableName: '', ...set } }], 'seeded');
    expect(((await d.access(d.user(1))) as Access).groups.size).toBe(1_014);
    const run = await d.take(group('Free', 12, userDn('ada')), group('Last', 11, userDn('ada')));
    expect(run.items.map((i: { result: string; code?: string }) => i.code ?? i.result).sort()).toEqual([
      'applied',
      'quota-exceeded',
    ]);
    expect(((await d.access(d.user(1))) as Access).groups.size).toBe(1_015);
    // Nor is somebody in so many groups too large to be deleted.
    expect((await d.take(deleted(userDn('ada')))).counts.applied).toBe(1);
    const edges = [11, 12].map((n) => keys.edge(d.tenant.id, d.group(n), d.user(1)));
    expect((await db.read(edges)).filter((edge) => edge !== undefined)).toEqual([]);
    // 1,014 groups come first.
  }, 120_000);

  it('of groups that a group is in', async () => {
    const d = await Directory.of(await harness.tenant());
    const outer = Array.from({ length: 201 }, (_, i) => group(`Outer ${i}`, 100 + i, groupDn('Inner')));
    const run = await d.take(group('Inner', 11), ...outer);
    expect(run.counts).toEqual({ applied: 201, noop: 0, rejected: 1, ignored: 0 });
    const parents = ((await d.seen())[d.group(11)] as { parents: string[] }).parents;
    expect(parents).toHaveLength(200);
  });
});

describe('what belongs to others', () => {
  it('is out of reach: users and groups of another source', async () => {
    const tenant = await harness.tenant();
    const one = await Directory.of(tenant);
    const { body } = await tenant.ok('createSource', { body: { name: 'Second' } });
    const two = new Directory(tenant, body.id);
    await one.take(person('ada', 1), group('All', 11));
    await two.take(
      modified(userDn('ada'), 'replace: displayName', 'displayName: X', '-'),
      group('Mine', 12, userDn('ada')),
    );
    expect(await one.groupsOf(1)).toEqual([]);
    expect((await one.seen())[one.user(1)]).toMatchObject({ name: 'Ada' });
  });
});
