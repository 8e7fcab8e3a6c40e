// A change set is judged by its end: refused for want of a keeper exactly when nobody would be left, whatever happens on
// the way and whatever the lists in the table say of users whom the set itself changes.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type Harness, issuer, person, type Tenant } from '../support/harness.ts';
import { long } from '../support/patience.ts';
import type { Listed } from './moves.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

type Named = Listed & { readonly as?: string };
const keeper = 'manageAccessRights';
const submit = (tenant: Tenant, operations: readonly Named[], as = tenant.admin) =>
  tenant.call('submitChangeSet', { as, body: { operations } });
const grants = (userId: string, ...permissions: string[]): Named => ({
  operation: 'putUserGrants',
  params: { userId },
  body: { grants: permissions.map((permission) => ({ permission })) },
  ifMatch: '*',
});

describe('grants of their own', () => {
  it('the last keepers can be swapped by them, in either order', async () => {
    for (const order of [0, 1]) {
      const tenant = await harness.tenant();
      const next = await tenant.user('Next', 'next');
      const operations = [grants(next, keeper), grants(tenant.firstUser)];
      if (order === 1) operations.reverse();
      expect((await submit(tenant, operations)).status).toBe(200);
      const { body } = await tenant.ok('getTenant', { as: person(tenant.id, 'next') });
      expect(body.accessManagers.users).toEqual([next]);
      expect((await tenant.call('deleteUser', { params: { userId: next } })).status).toBe(403);
      const last = await submit(tenant, [grants(next)], person(tenant.id, 'next'));
      expect(last.body).toMatchObject({ code: 'last-access-manager' });
    }
  });

  it('a refusal names those whom the set gives it to, and why they do not count', async () => {
    const tenant = await harness.tenant();
    const invited = await tenant.user('Invited');
    const machine: Named = {
      operation: 'createUser',
      body: { kind: 'machine', name: 'Machine', identity: { issuer, subject: 'machine' } },
      as: 'machine',
    };
    const operations = [machine, grants('$machine', keeper), grants(invited, keeper), grants(tenant.firstUser)];
    const before = await harness.facts(tenant.id);
    const { body } = await submit(tenant, operations);
    expect(body).toMatchObject({ code: 'last-access-manager', others: 0 });
    expect(body.wouldNotCount.map(({ why }: { why: string }) => why).sort()).toEqual(['machine', 'never-signed-in']);
    expect(body.wouldNotCount).toContainEqual({ user: invited, why: 'never-signed-in' });
    expect(body.detail).toContain('Give it to another person first, who counts once they have signed in.');
    expect(await harness.facts(tenant.id)).toEqual(before);
  });
});

/** Who could be a keeper, told without the table. */
interface Told {
  readonly personal: Set<string>;
  readonly members: Set<string>;
  readonly disabled: Set<string>;
  readonly unbound: Set<string>;
  gives: boolean;
}

const steps: readonly ((told: Told, user: string, role: string, on: boolean) => Named)[] = [
  ({ personal }, user, _, on) => {
    personal[on ? 'add' : 'delete'](user);
    return on ? grants(user, keeper) : grants(user);
  },
  ({ members }, user, roleId, on) => {
    members[on ? 'add' : 'delete'](user);
    const operation = on ? 'addRoleMembers' : 'removeRoleMembers';
    return { operation, params: { roleId }, body: { members: [user] } };
  },
  ({ disabled }, userId, _, on) => {
    disabled[on ? 'delete' : 'add'](userId);
    return { operation: 'updateUser', params: { userId }, body: { state: on ? 'active' : 'disabled' } };
  },
  (told, _, roleId, on) => {
    told.gives = on;
    return on
      ? { operation: 'addRoleGrant', params: { roleId }, body: { permission: keeper } }
      : { operation: 'removeRoleGrant', params: { roleId, permission: keeper } };
  },
  ({ unbound }, userId, _, on) => {
    if (on) return { operation: 'updateUser', params: { userId }, body: { name: 'Renamed' } };
    unbound.add(userId);
    return { operation: 'unbindUser', params: { userId } };
  },
];

const holds = ({ personal, members, disabled, unbound, gives }: Told, user: string): boolean =>
  !disabled.has(user) && !unbound.has(user) && (personal.has(user) || (members.has(user) && gives));

const move = fc.record({
  // Unbinding is for good here: seldom.
  kind: fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4),
  user: fc.nat(3),
  on: fc.boolean(),
});

it('refused exactly when nobody would be left', { timeout: long }, async () => {
  const seen = { done: 0, refused: 0 };
  const worlds = fc.array(fc.array(move, { minLength: 1, maxLength: 6 }), { minLength: 20, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(worlds, async (sets) => {
      const tenant = await harness.tenant();
      const users: string[] = [tenant.firstUser];
      for (const n of [1, 2, 3]) users.push(await tenant.user(`User ${n}`, `user${n}`));
      const role = await tenant.role('Keepers', [{ permission: keeper }]);
      const subject = (user: string) => (user === tenant.firstUser ? 'admin' : `user${users.indexOf(user)}`);
      let told: Told = {
        personal: new Set(users.slice(0, 1)),
        members: new Set(),
        disabled: new Set(),
        unbound: new Set(),
        gives: true,
      };
      for (const moves of sets) {
        const actor = users.find((user) => holds(told, user)) as string;
        const after = structuredClone(told);
        const operations = moves.map(({ kind, user, on }) =>
          (steps[kind] as (typeof steps)[number])(after, users[user] as string, role, on),
        );
        const { status, body } = await submit(tenant, operations, person(tenant.id, subject(actor)));
        const left = users.some((user) => holds(after, user));
        const about = JSON.stringify({ operations, body });
        if (left) expect(status, about).toBe(200);
        else expect(body, about).toMatchObject({ code: 'last-access-manager' });
        if (left) told = after;
        seen[left ? 'done' : 'refused'] += 1;
      }
    }),
    { numRuns: 6, seed: 7, endOnFailure: true },
  );
  expect(seen.done).toBeGreaterThan(40);
  expect(seen.refused).toBeGreaterThan(10);
});
