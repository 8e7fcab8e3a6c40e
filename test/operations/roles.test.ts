// Roles, their grants and members, and the groups that can be members.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { freshIds, join, put, putGroup } from '../support/facts.ts';
import { boot, type Harness, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const membersOf = async (t: Tenant, roleId: string) =>
  (await t.ok('listRoleMembers', { params: { roleId }, query: { limit: '200' } })).body.items;

/** Many users in few transactions. */
const putUsers = async (t: Tenant, count: number): Promise<UserId[]> => {
  const ids = Array.from({ length: count }, () => freshIds.next('user'));
  for (let at = 0; at < count; at += 95)
    await put(t, () => ({
      users: ids.slice(at, at + 95).map((id) => ({
        before: undefined,
        after: {
          id,
          life: freshIds.life(),
          rev: 1,
          kind: 'person' as const,
          state: 'active' as const,
          source: 'local' as const,
          groups: new Set<never>(),
          personal: [],
          stamp: 0,
        },
      })),
    }));
  return ids;
};

interface Listed {
  readonly name: string;
  readonly type: string;
  readonly source?: string;
}

describe('a role', () => {
  it('SE-06 SE-07: exists at once without any permission, and gives its members nothing', async () => {
    const t = await h.tenant('secure-exchanges');
    const user = await t.user('Member');
    const roleId = await t.role('New', [], [user]);
    expect((await t.ok('getRoleGrants', { params: { roleId } })).body.grants).toEqual([]);
    const { body } = await t.ok('getEffectivePermissions', { params: { userId: user } });
    expect(body.permissions).toEqual([]);
  });

  it('CT-15: a clone starts with the same rights, without the members, and is independent afterwards (Q-03)', async () => {
    const t = await h.tenant('exchange-rules');
    const user = await t.user('Member');
    const grants = [{ permission: 'createRules' }, { permission: 'editActions', actionTypes: ['insertSignature'] }];
    const roleId = await t.role('Original', grants, [user]);
    const { body: clone } = await t.ok('cloneRole', { params: { roleId }, body: { name: 'Copy' } });
    expect(clone).toMatchObject({ name: 'Copy', users: 0, groups: 0 });
    const of = async (id: string) => (await t.ok('getRoleGrants', { params: { roleId: id } })).body.grants;
    expect(await of(clone.id)).toEqual(await of(roleId));
    await t.roleGrants(clone.id, [{ permission: 'manageOptions' }]);
    expect(await of(roleId)).toEqual(grants);
    await t.roleGrants(roleId, []);
    expect(await of(clone.id)).toEqual([{ permission: 'manageOptions' }]);
    expectProblem(await t.call('cloneRole', { params: { roleId }, body: { name: 'copy ' } }), 'name-taken');
  });

  it('CT-08 CT-14 CT-15 CT-16: a predefined one is edited, cloned and removed like any other', async () => {
    const t = await h.tenant('exchange-rules');
    const { body } = await t.ok('listRoles');
    const roleId = body.items.find((role: { predefined: string }) => role.predefined === 'rulesViewers').id;
    await t.ok('updateRole', { params: { roleId }, body: { name: 'Readers' } });
    await t.roleGrants(roleId, [{ permission: 'manageOptions' }]);
    const { body: clone } = await t.ok('cloneRole', { params: { roleId }, body: { name: 'Clone' } });
    // What is predefined is the role that came with the tenant, not its copy.
    expect(clone.predefined).toBeUndefined();
    await t.ok('deleteRole', { params: { roleId } });
    expectProblem(await t.call('getRole', { params: { roleId } }), 'not-found');
    expect((await t.ok('getRole', { params: { roleId: clone.id } })).body.name).toBe('Clone');
  });

  it('takes and loses single grants: joined to what is there, and taken for one policy or wholly', async () => {
    const t = await h.tenant();
    const params = { roleId: await t.role('Grants') };
    const [p, q] = await Promise.all(
      ['P', 'Q'].map(async (name) => (await t.ok('createPolicy', { body: { name } })).body.id as string),
    );
    const add = async (grant: object) => (await t.ok('addRoleGrant', { params, body: grant })).body.grants;
    const remove = async (permission: string, query?: Record<string, string>) =>
      (await t.ok('removeRoleGrant', { params: { ...params, permission }, ...(query && { query }) })).body.grants;
    const both = [p, q].sort();
    await add({ permission: 'viewQuarantine', policies: [p] });
    expect(await add({ permission: 'viewQuarantine', policies: [q] })).toEqual([
      { permission: 'viewQuarantine', policies: both },
    ]);
    expect(await remove('viewQuarantine', { policy: p as string })).toEqual([
      { permission: 'viewQuarantine', policies: [q] },
    ]);
    expect(await add({ permission: 'viewQuarantine' })).toEqual([{ permission: 'viewQuarantine' }]);
    expect(await remove('billing')).toEqual([{ permission: 'viewQuarantine' }]);
    expect(await remove('viewQuarantine')).toEqual([]);
    expectProblem(await t.call('removeRoleGrant', { params: { ...params, permission: 'unknown' } }), 'not-found');
    expectProblem(await t.call('addRoleGrant', { params, body: { permission: 'unknown' } }), 'invalid-request');
  });

  it('warns of a second holder of what one should hold, and of nobody who holds everything', async () => {
    const t = await h.tenant();
    const [one, two] = [await t.user('One'), await t.user('Two')];
    await t.role('All', [{ permission: '*' }], [await t.user('Everything'), await t.user('Everything too')]);
    const roleId = await t.role('Sync', [], [one]);
    const grant = { params: { roleId }, body: { permission: 'directorySynchronization' } };
    expect((await t.ok('addRoleGrant', grant)).body.warnings).toBeUndefined();
    const joined = await t.ok('addRoleMembers', { params: { roleId }, body: { members: [two] } });
    expect(joined.body.warnings).toEqual(['more-holders-than-expected:directorySynchronization']);
    expect((await t.ok('addRoleGrant', grant)).body.warnings).toBeUndefined();
  });
});

describe('members', () => {
  it('SE-22 SE-23: are counted in the list, and added, removed and replaced several at once', async () => {
    const t = await h.tenant('secure-exchanges');
    const [a, b, c] = [await t.user('A'), await t.user('B'), await t.user('C')];
    const group = await putGroup(t, 'Group');
    const params = { roleId: await t.role('Counted') };
    const counted = async () => {
      const { body } = await t.ok('listRoles');
      const { users, groups } = body.items.find((role: { id: string }) => role.id === params.roleId);
      return [users, groups];
    };
    const change = (id: 'addRoleMembers' | 'removeRoleMembers', ...members: string[]) =>
      t.ok(id, { params, body: { members } });
    expect((await change('addRoleMembers', a, b, group.id, a)).body).toMatchObject({ users: 2, groups: 1 });
    expect(await counted()).toEqual([2, 1]);
    expect((await membersOf(t, params.roleId)).map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['Group', 'A', 'B']),
    );
    // Those that are members stay as they are; those that are none are passed over.
    await change('addRoleMembers', b, c);
    await change('removeRoleMembers', a, freshIds.next('user'));
    expect(await counted()).toEqual([2, 1]);
    const headers = { 'if-match': '*' };
    await t.ok('replaceRoleMembers', { params, headers, body: { members: [a] } });
    expect(await counted()).toEqual([1, 0]);
  });

  it('are added all or none: one who does not exist stops the others', async () => {
    const t = await h.tenant();
    const params = { roleId: await t.role('All or none') };
    const user = await t.user('Real');
    const before = await h.facts(t.id);
    const members = [user, freshIds.next('user')];
    const reply = await t.call('addRoleMembers', { params, body: { members } });
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0].field).toBe('/members/1');
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('are added 5,000 at once, in one transaction, and read back page by page', async () => {
    const t = await h.tenant();
    const params = { roleId: await t.role('Crowd', [{ permission: 'billing' }]) };
    const users = await putUsers(t, 5_000);
    const before = (await t.ok('check', { body: { user: users[0], permission: 'billing' } })).body.version;
    const { body } = await t.ok('addRoleMembers', { params, body: { members: users } });
    expect(body).toMatchObject({ users: 5_000, groups: 0 });
    const after = (await t.ok('check', { body: { user: users[4_999], permission: 'billing' } })).body;
    expect([after.allowed, after.version]).toEqual([true, before + 1]);
    const events = await t.ok('listEvents', { query: { action: 'role.members.added' } });
    expect(events.body.items[0].after.members.length).toBe(5_000);
    const replaced = await t.ok('replaceRoleMembers', {
      params,
      headers: { 'if-match': '*' },
      body: { members: users.slice(0, 3) },
    });
    expect(replaced.body.users).toBe(3);
    expectProblem(
      await t.call('addRoleMembers', { params, body: { members: [...users, users[0]] } }),
      'invalid-request',
    );
  });

  it('of an earlier life are no members: who is deleted takes the membership along', async () => {
    const t = await h.tenant();
    const user = await t.user('Short');
    const roleId = await t.role('Kept', [{ permission: 'billing' }], [user]);
    await t.ok('deleteUser', { params: { userId: user } });
    expect((await membersOf(t, roleId)).length).toBe(0);
    expectProblem(await t.call('addRoleMembers', { params: { roleId }, body: { members: [user] } }), 'invalid-request');
    // Taking the name off the list is no fault.
    await t.ok('removeRoleMembers', { params: { roleId }, body: { members: [user] } });
    expect((await t.ok('getRole', { params: { roleId } })).body.users).toBe(0);
  });
});

describe('groups', () => {
  it('CT-18 CT-19 CT-20: a domain user, a domain group with everybody in it, and an external user can be members', async () => {
    const t = await h.tenant('exchange-rules');
    await t.ok('updateTenant', { body: { enforced: true } });
    const outer = await putGroup(t, 'Outer');
    const inner = await putGroup(t, 'Inner', [outer]);
    const [local, grouped] = [await t.user('Local'), await t.user('Grouped')];
    const external = (await t.ok('createUser', { body: { kind: 'person', source: 'external', name: 'Guest' } })).body
      .id;
    await join(t, inner, [grouped]);
    const roleId = await t.role('Role', [{ permission: 'createRules' }], [local, outer.id, external]);
    for (const user of [local, grouped, external])
      expect(await t.check(user, { permission: 'createRules' })).toBe(true);
    const { body } = await t.ok('check', { body: { user: grouped, permission: 'createRules' } });
    expect(body.paths[0].groups).toEqual([inner.id, outer.id]);
    const { items } = (await t.ok('listRoleMembers', { params: { roleId } })).body;
    expect(Object.fromEntries(items.map((one: Listed) => [one.name, [one.type, one.source]]))).toEqual({
      Outer: ['group', undefined],
      Local: ['user', 'local'],
      Guest: ['user', 'external'],
    });
  });

  it('tell the groups they are in, the roles they have, and who is in them, directly or at any depth', async () => {
    const t = await h.tenant();
    const outer = await putGroup(t, 'Outer');
    const inner = await putGroup(t, 'Inner', [outer]);
    const [high, low] = [await t.user('High'), await t.user('Low')];
    await join(t, outer, [high]);
    await join(t, inner, [low]);
    const roleId = await t.role('Role', [], [outer.id]);
    const read = async (groupId: string) => (await t.ok('getGroup', { params: { groupId } })).body;
    expect(await read(inner.id)).toMatchObject({ parents: [outer.id], roles: [] });
    expect(await read(outer.id)).toMatchObject({ parents: [], roles: [roleId] });
    const names = async (effective: string) =>
      (await t.ok('listGroupMembers', { params: { groupId: outer.id }, query: { effective } })).body.items.map(
        ({ name }: { name: string }) => name,
      );
    expect(await names('false')).toEqual(['Inner', 'High']);
    expect((await names('true')).sort()).toEqual(['High', 'Inner', 'Low']);
    const listed = await t.ok('listGroups', { query: { name: 'IN' } });
    expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([inner.id]);
  });

  it('have an ETag over their own fields: members and roles do not move it', async () => {
    const t = await h.tenant();
    const group = await putGroup(t, 'Tagged');
    const params = { groupId: group.id };
    const { etag } = await t.ok('getGroup', { params });
    await join(t, group, [await t.user('Member')]);
    await t.role('Role', [], [group.id]);
    expect((await t.ok('getGroup', { params })).etag).toBe(etag);
    await t.ok('updateGroup', { params, body: { confersAccessManagement: true } });
    expect((await t.ok('getGroup', { params })).etag).not.toBe(etag);
  });

  it('warn when they join a role of keepers and the directory may not fill them', async () => {
    const t = await h.tenant();
    const group = await putGroup(t, 'Undelegated');
    const params = { roleId: await t.role('Keepers', [{ permission: 'manageAccessRights' }]) };
    const { body } = await t.ok('addRoleMembers', { params, body: { members: [group.id] } });
    expect(body.warnings).toEqual([`group-not-delegated:${group.id}`]);
    await t.ok('updateGroup', { params: { groupId: group.id }, body: { confersAccessManagement: true } });
    expect((await t.ok('addRoleMembers', { params, body: { members: [] } })).body.warnings).toBeUndefined();
  });
});
