// From a user to roles and groups: all of them, direct ones and through groups of any depth, whether they grant anything
// or not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GroupRecord } from '../../shared/domain/book/records.ts';
import { join, putGroup } from '../support/facts.ts';
import { boot, type Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let harness: Harness;
let tenant: Tenant;
let close: () => Promise<void>;
let bo: string;
let top: GroupRecord;
let middle: GroupRecord;
let own: GroupRecord;

const rolesOf = async (userId: string, query = {}, as = tenant.admin) =>
  (await harness.ok('listUserRoles', { as, params: { userId }, query })).body;
const groupsOf = async (userId: string, query = {}, as = tenant.admin) =>
  (await harness.ok('listUserGroups', { as, params: { userId }, query })).body;

beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = booted.engine.close;
  tenant = await harness.tenant();
  top = await putGroup(tenant, 'Everybody');
  middle = await putGroup(tenant, 'Branches', [top]);
  own = await putGroup(tenant, 'Annecy', [middle]);
  bo = await tenant.user('Bo Berg', 'bo');
  await join(tenant, own, [bo as never]);
});
afterAll(() => close());

describe('the roles of a user', () => {
  it('CT-81 SE-22 SE-23: are all listed, direct ones and through groups of any depth, also one without permissions', async () => {
    const empty = await tenant.role('Empty role', [], [bo]);
    const far = await tenant.role('Far role', [], [top.id]);
    const near = await tenant.role('Near role', [{ permission: 'billing' }], [own.id, top.id]);
    await tenant.role('Role of others', [{ permission: 'billing' }], [tenant.firstUser]);
    const both = await tenant.role('Both ways', [], [bo, own.id]);
    expect(await rolesOf(bo)).toEqual({
      items: [
        { id: both, name: 'Both ways', direct: true },
        { id: empty, name: 'Empty role', direct: true },
        { id: far, name: 'Far role', direct: false, groups: [own.id, middle.id, top.id] },
        { id: near, name: 'Near role', direct: false, groups: [own.id] },
      ],
      total: 4,
    });
    expect((await rolesOf(bo, { search: 'ROLE', limit: '1' })).total).toBe(3);
    const first = await rolesOf(bo, { search: 'ROLE', limit: '2' });
    const rest = await rolesOf(bo, { search: 'ROLE', limit: '2', cursor: first.cursor });
    expect([...first.items, ...rest.items].map(({ name }: { name: string }) => name)).toEqual([
      'Empty role',
      'Far role',
      'Near role',
    ]);
    expect(rest.cursor).toBeUndefined();
  });

  it('end with a membership, and stay while the user is disabled', async () => {
    const user = await tenant.user('Short stay');
    const role = await tenant.role('For a while', [], [user]);
    await tenant.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    expect((await rolesOf(user)).items).toEqual([{ id: role, name: 'For a while', direct: true }]);
    await tenant.ok('removeRoleMembers', { params: { roleId: role }, body: { members: [user] } });
    expect(await rolesOf(user)).toEqual({ items: [], total: 0 });
    await tenant.ok('deleteUser', { params: { userId: user } });
    expectProblem(await tenant.call('listUserRoles', { params: { userId: user } }), 'not-found');
  });

  it('are told to oneself, and of others to those who manage access rights only', async () => {
    const manager = await tenant.user('Manager', 'manager');
    await tenant.setGrants(manager, [{ permission: 'manageUsers' }]);
    const as = person(tenant.id, 'manager');
    expect(await rolesOf(manager, {}, as)).toEqual({ items: [], total: 0 });
    expectProblem(await harness.call('listUserRoles', { as, params: { userId: bo } }), 'forbidden');
    expect((await rolesOf(bo, {}, person(tenant.id, 'bo'))).total).toBe(4);
  });

  it('cursors of one user are not those of another', async () => {
    const { cursor } = await rolesOf(bo, { limit: '1' });
    const asked = { params: { userId: tenant.firstUser }, query: { limit: '1', cursor } };
    expectProblem(await tenant.call('listUserRoles', asked), 'invalid-request');
  });
});

describe('the groups of a user', () => {
  it('CT-18 CT-19: are all listed, with the origins of direct ones', async () => {
    await tenant.ok('addGroupMembers', { params: { groupId: middle.id }, body: { members: [bo] } });
    expect(await groupsOf(bo)).toEqual({
      items: [
        { id: own.id, name: 'Annecy', direct: true, origins: [own.source] },
        { id: middle.id, name: 'Branches', direct: true, origins: ['hand'] },
        { id: top.id, name: 'Everybody', direct: false },
      ],
      total: 3,
    });
    expect((await groupsOf(bo, { search: 'necy' })).items).toHaveLength(1);
  });

  it('are told to oneself and to who manages users', async () => {
    expect((await groupsOf(bo, {}, person(tenant.id, 'bo'))).total).toBe(3);
    expect((await groupsOf(bo, {}, person(tenant.id, 'manager'))).total).toBe(3);
    const asked = { as: person(tenant.id, 'bo'), params: { userId: tenant.firstUser } };
    const reply = await harness.call('listUserGroups', asked);
    expectProblem(reply, 'forbidden');
    expect(reply.body.needs).toEqual(['manageUsers', 'manageAccessRights']);
  });
});
