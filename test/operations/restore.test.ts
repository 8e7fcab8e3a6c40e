// Deleted users come back within 30 days, in a new life, with what could be given to them today.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { keys } from '../../shared/store/keys.ts';
import { verify } from '../../shared/store/repair.ts';
import {
  Directory,
  deleted,
  drain,
  person as entry,
  group,
  groupDn,
  modified,
  renamed,
  userDn,
} from '../support/directory.ts';
import { join, putGroup } from '../support/facts.ts';
import { bootEngine, Harness, issuer, machine, person, type Reply, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { SleepingClock } from '../support/wrapped.ts';

let engine: Engine;
let h: Harness;
const clock = new SleepingClock();
const day = 86_400_000;
beforeAll(async () => {
  const booted = await bootEngine();
  engine = booted.engine;
  h = new Harness(booted.client, booted.table, { clock });
});
afterAll(() => engine.close());

const restore = (t: Tenant, userId: string, as = t.admin): Promise<Reply> =>
  h.call('restoreUser', { as, params: { userId } });
const remove = (t: Tenant, userId: string) => t.ok('deleteUser', { params: { userId } });
/** A manager of users, who does not manage access rights. */
const managerOf = async (t: Tenant, ...more: object[]) => {
  await t.setGrants(await t.user('Manager', 'manager'), [{ permission: 'manageUsers' }, ...more]);
  return person(t.id, 'manager');
};
const groupsOf = async (t: Tenant, userId: string) => [
  ...((await h.store.access(t.id, userId as UserId))?.groups ?? []),
];
const sound = async (t: Tenant) => expect((await verify(h.store.db, t.id))?.findings).toEqual([]);

/** A person with everything that a user can have. */
const rich = async (t: Tenant) => {
  const userId = await t.user('Rich', 'rich');
  await t.setGrants(userId, [{ permission: 'billing' }, { permission: 'logExport' }]);
  const role = await t.role('Role', [{ permission: 'viewQuarantine' }], [userId]);
  const ref = await putGroup(t, 'Group');
  await join(t, ref, [userId]);
  await t.role('Of the group', [{ permission: 'manageEdgeDevices' }], [ref.id]);
  return { userId, role, ref };
};

describe('a deleted user', () => {
  it('comes back whole by somebody who manages access rights, sweeps included', async () => {
    for (const swept of [true, false]) {
      const t = await h.tenant();
      const { userId, role, ref } = await rich(t);
      const before = await h.store.access(t.id, userId);
      const { body: was } = await t.ok('getUser', { params: { userId } });
      await remove(t, userId);
      if (swept) await drain(h);
      const back = await restore(t, userId);
      expect(back.body).toEqual(was);
      await drain(h);
      const after = await h.store.access(t.id, userId);
      expect(after?.life).not.toBe(before?.life);
      expect(after).toMatchObject({
        state: 'active',
        identity: before?.identity,
        groups: before?.groups,
        personal: before?.personal,
      });
      for (const permission of ['billing', 'logExport', 'viewQuarantine', 'manageEdgeDevices'])
        expect(await t.check(userId, { permission }), permission).toBe(true);
      expect((await h.ok('getTenant', { as: person(t.id, 'rich') })).status).toBe(200);
      const members = (await t.ok('listRoleMembers', { params: { roleId: role } })).body.items;
      expect(members.map(({ id }: { id: string }) => id)).toEqual([userId]);
      const inGroup = (await t.ok('listGroupMembers', { params: { groupId: ref.id } })).body.items;
      expect(inGroup.map(({ id }: { id: string }) => id)).toEqual([userId]);
      await sound(t);
      expectProblem(await restore(t, userId), 'not-restorable');
    }
  });

  it('is listed by name with the time that is left, and not once it is back', async () => {
    const t = await h.tenant();
    const [one, two] = [await t.user('Bea Deleted'), await t.user('Al Deleted', 'al')];
    for (const id of [one, two]) await remove(t, id);
    const list = async (query = {}) => (await t.ok('listUsers', { query: { deleted: 'true', ...query } })).body.items;
    const items = await list();
    expect(items.map(({ id }: { id: string }) => id)).toEqual([two, one]);
    expect(items[0]).toMatchObject({
      name: 'Al Deleted',
      state: 'active',
      bound: true,
      deletedAt: new Date(clock.time).toISOString(),
      restorableUntil: new Date((Math.floor(clock.time / 1000) + 30 * 86_400) * 1000).toISOString(),
    });
    expect(await list({ name: 'be' })).toHaveLength(1);
    expect(await list({ kind: 'machine' })).toEqual([]);
    const first = await t.ok('listUsers', { query: { deleted: 'true', limit: '1' } });
    const { cursor } = first.body;
    expect((await list({ limit: '1', cursor })).map(({ id }: { id: string }) => id)).toEqual([one]);
    await restore(t, one);
    expect((await list()).map(({ id }: { id: string }) => id)).toEqual([two]);
    expect((await t.ok('listUsers', { query: { name: 'Bea' } })).body.items).toHaveLength(1);
  });

  it('can be restored for 30 days', async () => {
    const t = await h.tenant();
    const [soon, late] = [await t.user('Soon'), await t.user('Late')];
    for (const id of [soon, late]) await remove(t, id);
    clock.time += 30 * day - 1000;
    expect((await restore(t, soon)).status).toBe(200);
    clock.time += 1000;
    const before = await h.facts(t.id);
    expectProblem(await restore(t, late), 'not-found');
    expect((await t.ok('listUsers', { query: { deleted: 'true' } })).body.items).toEqual([]);
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('is rehearsed without a trace, and told', async () => {
    const t = await h.tenant();
    const { userId } = await rich(t);
    await remove(t, userId);
    const before = await h.items(t.id);
    const { body } = await t.ok('restoreUser', { params: { userId }, query: { dryRun: 'true' } });
    expect(body).toMatchObject({ outcome: 'done' });
    expect(await h.items(t.id)).toEqual(before);
    await restore(t, userId);
    const { body: events } = await t.ok('listEvents', { query: { target: userId, action: 'user.restored' } });
    expect(events.items[0]).toMatchObject({
      action: 'user.restored',
      before: { state: 'deleted' },
      after: { state: 'active' },
    });
  });

  it('that never was, or is there, is refused', async () => {
    const t = await h.tenant();
    const before = await h.facts(t.id);
    expectProblem(await restore(t, 'u00000000000000000000'), 'not-found');
    expectProblem(await restore(t, t.firstUser), 'not-restorable');
    const other = await h.tenant();
    const there = await other.user('There');
    await remove(other, there);
    expectProblem(await restore(t, there), 'not-found');
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('is a machine as well as a person', async () => {
    const t = await h.tenant();
    const identity = { issuer, subject: 'client' };
    const { body } = await t.ok('createUser', { body: { kind: 'machine', name: 'Client', identity } });
    await t.setGrants(body.id, [{ permission: 'directorySynchronization' }]);
    await remove(t, body.id);
    expect((await restore(t, body.id)).body).toMatchObject({ kind: 'machine', bound: true });
    expect((await h.ok('listSources', { as: machine(t.id, 'client', 'directory') })).status).toBe(200);
  });

  it('of a disabled state, with an external id, is as before', async () => {
    const t = await h.tenant();
    const { body } = await t.ok('createUser', {
      body: { kind: 'person', name: 'X', externalId: 'x', mail: 'x@y.test' },
    });
    await t.ok('updateUser', { params: { userId: body.id }, body: { state: 'disabled' } });
    await remove(t, body.id);
    expect((await restore(t, body.id)).body).toEqual({ ...body, state: 'disabled' });
    await t.ok('updateUser', { params: { userId: body.id }, body: { state: 'active' } });
    expect((await t.ok('check', { body: { externalId: 'x', ability: 'logOn' } })).body.reason).not.toBe('unknown-user');
  });
});

/** What has changed since the deletion, and the warnings that the restoration then gives. */
const changed: Record<string, (t: Tenant, it: Awaited<ReturnType<typeof rich>>) => Promise<string[]>> = {
  'the role is gone': async (t, { role }) => {
    await t.ok('deleteRole', { params: { roleId: role } });
    return [`role-gone:${role}`];
  },
  'the sign-in is another user’s': async (t) => {
    await t.user('Other', 'rich');
    return ['sign-in-left-out'];
  },
};

describe('what could not be given today', () => {
  it.each(Object.keys(changed))('stays out and is named: %s', async (what) => {
    const t = await h.tenant();
    const all = await rich(t);
    await remove(t, all.userId);
    const warnings = await changed[what]?.(t, all);
    const back = await restore(t, all.userId);
    expect(back.body.warnings).toEqual(warnings);
    expect(await t.check(all.userId, { permission: 'billing' })).toBe(true);
    await sound(t);
  });

  it('is an own grant for a policy that is gone, and one whose feature is off', async () => {
    const t = await h.tenant('email-security');
    const [kept, gone] = await Promise.all(
      ['Kept', 'Gone'].map(async (name) => (await t.ok('createPolicy', { body: { name } })).body.id),
    );
    const userId = await t.user('Limited');
    await t.setGrants(userId, [
      { permission: 'viewQuarantine', policies: [kept, gone] },
      { permission: 'modifyConfiguration', policies: [gone] },
    ]);
    await remove(t, userId);
    await t.ok('deletePolicy', { params: { policyId: gone } });
    const back = await restore(t, userId);
    expect(back.body.warnings).toEqual(['grant-left-out:modifyConfiguration', 'grant-left-out:viewQuarantine']);
    expect((await t.ok('getUserGrants', { params: { userId } })).body.grants).toEqual([
      { permission: 'viewQuarantine', policies: [kept] },
    ]);
  });

  it('is a sign-in whose issuer is trusted no more', async () => {
    const t = await h.tenant();
    const userId = await t.user('Signs in', 'signs-in');
    await remove(t, userId);
    const { token } = h.runtime;
    Object.assign(h.runtime, { token: tokenConfig({ TRUSTED_ISSUERS: 'https://other.test' }) });
    const back = await restore(t, userId);
    Object.assign(h.runtime, { token });
    expect(back.body).toMatchObject({ bound: false, warnings: ['sign-in-left-out'] });
  });

  it('is put back by several requests when it is more than one transaction holds', async () => {
    const t = await h.tenant();
    const userId = await t.user('Everywhere', 'everywhere');
    const refs = [];
    for (let i = 0; i < 90; i += 1) refs.push(await putGroup(t, `Group ${i}`));
    for (const ref of refs) await join(t, ref, [userId]);
    await remove(t, userId);
    await drain(h);
    const first = await restore(t, userId);
    expect(first.body.warnings).toEqual(['more-to-restore']);
    expect((await groupsOf(t, userId)).length).toBeLessThan(90);
    const second = await restore(t, userId);
    expect([second.status, second.body.warnings]).toEqual([200, undefined]);
    expect((await groupsOf(t, userId)).sort()).toEqual(refs.map(({ id, life }) => `${id}.${life}`).sort());
    expectProblem(await restore(t, userId), 'not-restorable');
    await sound(t);
  });
});

describe('somebody who manages users only', () => {
  it('restores what a new user could get, and whoever manages access rights the rest', async () => {
    const t = await h.tenant();
    const as = await managerOf(t, { permission: 'billing' });
    const { userId, ref } = await rich(t);
    await remove(t, userId);
    const back = await restore(t, userId, as);
    expect(back.body).toMatchObject({ bound: false, state: 'active', warnings: ['left-to-access-managers'] });
    expect((await t.ok('getUserGrants', { params: { userId } })).body.grants).toEqual([{ permission: 'billing' }]);
    expect(await groupsOf(t, userId)).toEqual([]);
    for (const permission of ['viewQuarantine', 'manageEdgeDevices', 'logExport'])
      expect(await t.check(userId, { permission })).toBe(false);
    const before = await h.facts(t.id);
    expect((await restore(t, userId, as)).status).toBe(200);
    expect(await h.facts(t.id)).toEqual(before);
    const whole = await restore(t, userId);
    expect(whole.body).toMatchObject({ bound: true });
    expect(await groupsOf(t, userId)).toEqual([`${ref.id}.${ref.life}`]);
    for (const permission of ['viewQuarantine', 'manageEdgeDevices'])
      expect(await t.check(userId, { permission })).toBe(true);
    await sound(t);
  });

  it.each([
    ['complete', 'manageAccessRights'],
    ['email-security', 'superAdministrator'],
  ])('makes nobody an access manager in %s', async (catalogue, keeper) => {
    const t = await h.tenant(catalogue);
    const as = await managerOf(t);
    const userId = await t.user('Keeper', 'keeper');
    await t.setGrants(userId, [{ permission: '*' }]);
    await remove(t, userId);
    expect((await restore(t, userId, as)).body.warnings).toEqual(['left-to-access-managers']);
    expect(await t.check(userId, { permission: keeper })).toBe(false);
  });

  it('is refused without that permission, and nothing changes', async () => {
    const t = await h.tenant();
    await t.user('Plain', 'plain');
    const userId = await t.user('Gone');
    await remove(t, userId);
    const before = await h.facts(t.id);
    expectProblem(await restore(t, userId, person(t.id, 'plain')), 'forbidden');
    expect(await h.facts(t.id)).toEqual(before);
  });
});

describe('a user of a directory', () => {
  const begun = async () => {
    const d = await Directory.of(await h.tenant());
    await d.take(entry('ada', 1), entry('bo', 2), group('All', 11, userDn('ada'), userDn('bo')));
    return d;
  };
  const settled = async (d: Directory) => {
    const before = await d.everything();
    await d.take(entry('ada', 1), entry('bo', 2), group('All', 11, userDn('ada'), userDn('bo')));
    return [before, await d.everything()];
  };

  it.each(['by hand', 'by the directory'])('who was deleted %s is known to the next delta', async (how) => {
    const d = await begun();
    const seen = await d.seen();
    if (how === 'by hand') await remove(d.tenant, d.user(1));
    else await d.take(deleted(userDn('ada')));
    await drain(h);
    expect((await restore(d.tenant, d.user(1))).body).toMatchObject({ source: d.source, state: 'active' });
    expect(await d.seen()).toEqual(seen);
    // Nothing is new to the directory, which finds the user by id, by DN, and by login.
    const [before, after] = await settled(d);
    expect(after).toEqual(before);
    await d.take(modified(userDn('ada'), 'replace: mail', 'mail: a@b.example', '-'));
    await d.take(renamed(userDn('ada'), 'uid=ada2'));
    expect((await d.tenant.ok('getUser', { params: { userId: d.user(1) } })).body).toMatchObject({
      mail: 'a@b.example',
      login: 'ada2',
    });
    await d.take(modified(groupDn('All'), 'delete: member', `member: ${userDn('ada2')}`, '-'));
    expect(await d.groupsOf(1)).toEqual([]);
    await d.take(deleted(userDn('ada2')));
    expect((await d.seen())[d.user(1)]).toMatchObject({ state: 'deleted' });
    await sound(d.tenant);
  });

  it('who is delivered again is a new user, and the deleted one cannot be restored beside', async () => {
    const d = await begun();
    await d.take(deleted(userDn('ada')));
    await d.take(entry('ada', 1));
    expect(await d.groupsOf(1)).toEqual([]);
    expectProblem(await restore(d.tenant, d.user(1)), 'not-restorable');
  });

  it('who was suspended is suspended', async () => {
    const d = await begun();
    await d.tenant.ok('updateUser', { params: { userId: d.user(1) }, body: { state: 'disabled' } });
    await d.take(deleted(userDn('ada')));
    expect((await restore(d.tenant, d.user(1))).body).toMatchObject({ state: 'disabled', suspended: true });
  });

  it('whose name has passed on without an id is named', async () => {
    const d = await Directory.of(await h.tenant());
    await d.take(entry('cleo'));
    const [first] = Object.keys(await d.seen());
    await d.take(deleted(userDn('cleo')));
    await d.take(entry('cleo'));
    expect((await restore(d.tenant, first as string)).body.warnings).toEqual(['name-taken']);
  });
});

describe('what is kept of a deleted user', () => {
  it('stands in one item, which expires, and leaves with the tenant', async () => {
    const t = await h.tenant();
    const userId = await t.user('Kept');
    const own = async () => (await h.items(t.id)).filter(({ PK }) => PK === keys.deleted(t.id, userId).PK);
    await remove(t, userId);
    await drain(h);
    const items = await own();
    expect(items.map(({ SK }) => SK)).toEqual(['ACCESS', 'DELETED']);
    expect(items[1]?.expires).toBe(Math.floor(clock.time / 1000) + 30 * 86_400);
  });
});
