// A directory source that is deleted: nobody loses access by it, what it has left is local, and what is known of the
// directory goes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { Store } from '../../shared/store/store.ts';
import { sweepSlice } from '../../shared/store/sweep.ts';
import { Directory, drain, person as entry, group, groupDn, modified, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness, issuer, person, type Tenant } from '../support/harness.ts';
import { expectProblem, refuses } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const claims = (n: number) => ({ employee: uuid(n) });
const signIn = { issuer, claim: 'employee' };

/**
 * A directory with Ada, who has signed in, Bo, who has not, and Cy, whom it disables; a group with a member that never
 * came, one within another, a primary group, and a login in a group.
 */
const scene = async () => {
  const t = await h.tenant();
  const d = await Directory.of(t, signIn);
  await d.take(
    entry('ada', 1, 'gidNumber: 500'),
    entry('bo', 2, 'gidNumber: 700'),
    entry('cy', 3, 'pwdAccountLockedTime: 000001010000Z'),
    group('all', 10, userDn('ada'), userDn('bo'), userDn('late'), groupDn('inner')),
    group('inner', 11, userDn('cy')),
    [
      'dn: cn=unix,ou=groups,dc=harbour,dc=example',
      'objectClass: posixGroup',
      `entryUUID: ${uuid(12)}`,
      'cn: unix',
      'gidNumber: 500',
      'memberUid: nobody',
    ].join('\n'),
  );
  const role = await t.role('Readers', [{ permission: 'viewConfiguration' }], [d.group(10)]);
  const ada = { ...person(t.id, 'ada'), claims: claims(1) };
  await h.ok('getTenant', { as: ada });
  return { t, d, role, ada, params: { sourceId: d.source } };
};

/** What is stored of the directory. */
const known = async (t: Tenant, d: Directory) =>
  (await h.items(t.id))
    .filter(({ PK, expires }) => String(PK).includes(`#S#${d.source}`) && expires === undefined)
    .map(({ PK, SK }) => `${PK} ${SK}`);

describe('a source is deleted', () => {
  it('and nobody loses access: users and groups stay, and are local', async () => {
    const { t, d, params } = await scene();
    const before = await d.seen();
    const can = () => Promise.all([1, 2, 3].map((n) => t.check(d.user(n), { permission: 'viewConfiguration' })));
    const rights = await can();
    expect(rights).toEqual([true, true, false]);
    await t.ok('deleteSource', { params });
    await drain(h);
    expect(await d.seen()).toEqual(before);
    expect(await can()).toEqual(rights);
    for (const n of [1, 2, 3])
      expect((await t.ok('getUser', { params: { userId: d.user(n) } })).body.source).toBe('local');
    for (const n of [10, 11, 12])
      expect((await t.ok('getGroup', { params: { groupId: d.group(n) } })).body.source).toBe('local');
    const listed = async (source: string) =>
      (await t.ok('listUsers', { query: { source } })).body.items.map(({ id }: { id: string }) => id).sort();
    expect(await listed('local')).toEqual([t.firstUser, d.user(1), d.user(2), d.user(3)].sort());
    expect(await listed(d.source)).toEqual([]);
    expectProblem(await t.call('getSource', { params }), 'not-found');
    expectProblem(await t.call('deleteSource', { params }), 'not-found');
    expectProblem(await d.post(entry('ada', 1)), 'not-found');
  });

  it('and administrators own its users: names, states, the mark of a suspension, deletion', async () => {
    const { t, d, params } = await scene();
    const paramsOf = (n: number) => ({ userId: d.user(n) });
    const [ada, bo, cy] = [paramsOf(1), paramsOf(2), paramsOf(3)];
    await t.ok('updateUser', { params: bo, body: { state: 'disabled' } });
    expectProblem(await t.call('updateUser', { params: ada, body: { name: 'Ada Byron' } }), 'owned-by-directory');
    expectProblem(await t.call('updateUser', { params: cy, body: { state: 'active' } }), 'owned-by-directory');
    await t.ok('deleteSource', { params });
    // Before the sweep has come by, and after it.
    expect((await t.ok('updateUser', { params: ada, body: { name: 'Ada Byron' } })).body.name).toBe('Ada Byron');
    await drain(h);
    expect((await t.ok('updateUser', { params: cy, body: { state: 'active' } })).body.state).toBe('active');
    const { body } = await t.ok('updateUser', { params: bo, body: { state: 'active' } });
    expect(body).toMatchObject({ state: 'active', source: 'local' });
    expect(body.suspended).toBeUndefined();
    const off = await t.ok('updateUser', { params: bo, body: { state: 'disabled', mail: 'bo@harbour.example' } });
    expect(off.body).toMatchObject({ state: 'disabled', mail: 'bo@harbour.example' });
    expect(off.body.suspended).toBeUndefined();
    await t.ok('deleteUser', { params: ada });
    expectProblem(await t.call('getUser', { params: ada }), 'not-found');
  });

  it('and access managers may delete its groups, and no other directory’s', async () => {
    const { t, d, role, params } = await scene();
    const inner = { groupId: d.group(11) };
    const refused = await t.call('deleteGroup', { params: inner });
    expectProblem(refused, 'owned-by-directory');
    expect(refused.body.detail).toContain('Harbour');
    await t.ok('deleteSource', { params });
    const all = { groupId: d.group(10) };
    const dry = await t.ok('deleteGroup', { params: all, query: { dryRun: 'true' } });
    expect(dry.body.effect.users.map(({ user }: { user: string }) => user).sort()).toEqual(
      [d.user(1), d.user(2)].sort(),
    );
    expect(await t.check(d.user(1), { permission: 'viewConfiguration' })).toBe(true);
    await t.ok('deleteGroup', { params: all });
    await drain(h);
    expect(await t.check(d.user(1), { permission: 'viewConfiguration' })).toBe(false);
    expect((await t.ok('listRoleMembers', { params: { roleId: role } })).body.items).toEqual([]);
    expectProblem(await t.call('getGroup', { params: all }), 'not-found');
    expect((await t.ok('getGroup', { params: inner })).body.parents).toEqual([]);
    expect((await d.access(d.user(2)))?.groups.size).toBe(0);
    const [event] = (await t.ok('listEvents', { query: { target: d.group(10), action: 'group.deleted' } })).body.items;
    expect(event.before).toMatchObject({ name: 'all' });
  });

  it('and a group that the last access manager is one by is not deleted', async () => {
    const { t, d, role, ada, params } = await scene();
    await t.ok('updateGroup', { params: { groupId: d.group(10) }, body: { confersAccessManagement: true } });
    await t.roleGrants(role, [{ permission: '*' }]);
    await t.ok('deleteSource', { params });
    await drain(h);
    await h.ok('deleteUser', { as: ada, params: { userId: t.firstUser } });
    await refuses(t, 'last-access-manager', () => h.call('deleteGroup', { as: ada, params: { groupId: d.group(10) } }));
  });

  it('and signs in whom it has signed in before, and nobody else, until an invitation is accepted', async () => {
    const { t, d, ada, params } = await scene();
    await t.ok('deleteSource', { params });
    await drain(h);
    expect((await h.call('getTenant', { as: ada })).status).toBe(200);
    const bo = { ...person(t.id, 'bo'), claims: claims(2) };
    expectProblem(await h.call('getTenant', { as: bo }), 'unknown-user');
    const { body } = await t.ok('inviteUser', { params: { userId: d.user(2) } });
    await h.ok('acceptInvitation', { as: bo, body: { invitation: body.invitation } });
    expect((await h.call('getTenant', { as: bo })).status).toBe(200);
  });

  it('and all that was known of the directory goes, however often the sweep dies', async () => {
    const { t, d, params } = await scene();
    await d.take(modified(userDn('ada'), 'replace: uid', 'uid: ada.lovelace', '-'));
    const other = new Directory(t, (await t.ok('createSource', { body: { name: 'Plant' } })).body.id);
    await other.take(entry('ada', 1), group('all', 10, userDn('ada')));
    const [before, others] = [await known(t, d), await known(t, other)];
    expect(before.length).toBeGreaterThan(12);
    await t.ok('deleteSource', { params });
    h.work.length = 0;
    // Each attempt dies before its next write but one more than the last.
    let left = 0;
    const client: DocumentClient = {
      send: (command, options) => {
        const writes = command.constructor.name === 'TransactWriteCommand';
        if (writes && left === 0) return Promise.reject(new Error('dies here'));
        if (writes) left -= 1;
        return h.client.send(command, options);
      },
    };
    const dying = new Store({ client, table: h.table });
    let deaths = 0;
    for (let over = false; !over; ) {
      left = deaths;
      over = await sweepSlice(dying, t.id).then(
        (more) => !more,
        () => false,
      );
      if (!over) deaths += 1;
      expect(deaths).toBeLessThan(20);
    }
    expect(deaths).toBeGreaterThan(1);
    expect(await known(t, d)).toEqual([]);
    expect(await known(t, other)).toEqual(others);
    expect((await h.items(t.id)).filter(({ PK }) => String(PK).includes('#SWEEP'))).toEqual([]);
  });

  it('and a new one that delivers the same people makes new users, beside those who stayed', async () => {
    const { t, d, params } = await scene();
    await t.ok('deleteSource', { params });
    await drain(h);
    const again = await Directory.of(t, signIn);
    await again.take(entry('ada', 1), entry('bo', 2));
    expect(again.user(1)).not.toBe(d.user(1));
    const names = (await t.ok('listUsers', { query: { name: 'Bo' } })).body.items;
    expect(names.map(({ source }: { source: string }) => source).sort()).toEqual(['local', again.source].sort());
    // Its claim signs in the new user.
    const bo = { ...person(t.id, 'bo'), claims: claims(2) };
    await h.ok('getTenant', { as: bo });
    expect((await again.access(again.user(2)))?.identity).toBeDefined();
    expect((await d.access(d.user(2)))?.identity).toBeUndefined();
  });
});

describe('deleting a source is refused', () => {
  it('while a run of it is under way, and names the run', async () => {
    const { t, d, params } = await scene();
    const posted = await d.post(entry('dot', 4));
    const { run } = await refuses(t, 'run-active', () => t.call('deleteSource', { params }));
    expect(run).toBe(posted.body.id);
    await drain(h);
    await t.ok('deleteSource', { params });
  });

  it('to everybody but keepers, and by a stale ETag', async () => {
    const { t, params } = await scene();
    const deputy = await t.user('Deputy', 'deputy');
    await t.setGrants(deputy, [{ permission: 'directorySynchronization' }, { permission: 'manageUsers' }]);
    await refuses(t, 'forbidden', () => t.call('deleteSource', { as: person(t.id, 'deputy'), params }));
    const headers = { 'if-match': '"other"' };
    await refuses(t, 'precondition-failed', () => t.call('deleteSource', { params, headers }));
  });

  it('never because somebody manages access rights by it: who has signed in still does', async () => {
    const { t, d, role, ada, params } = await scene();
    await t.ok('updateGroup', { params: { groupId: d.group(10) }, body: { confersAccessManagement: true } });
    await t.roleGrants(role, [{ permission: '*' }]);
    // Ada is the only access manager left.
    expect((await h.call('deleteUser', { as: ada, params: { userId: t.firstUser } })).status).toBe(204);
    await h.ok('deleteSource', { as: ada, params });
    await drain(h);
    expectProblem(await h.call('deleteUser', { as: ada, params: { userId: d.user(1) } }), 'last-access-manager');
  });
});

it('a run that begins as its source is deleted changes nothing', async () => {
  const { t, d, params } = await scene();
  // Both requests have read the state of before: the run is written after the deletion.
  const { store } = h;
  const posted = await d.post(entry('dot', 4));
  const [active] = (await h.items(t.id)).filter(({ SK }) => SK === 'ACTIVE');
  await store.db.transact([{ Delete: { Key: { PK: active?.PK, SK: 'ACTIVE' }, TableName: '' } }], 'gone');
  await t.ok('deleteSource', { params });
  await store.db.transact([{ Put: { Item: active, TableName: '' } }], 'back');
  await drain(h);
  expect(await d.run(posted.body.id)).toMatchObject({ state: 'failed', code: 'not-found' });
  expect(await d.access(d.user(4))).toBeUndefined();
});
