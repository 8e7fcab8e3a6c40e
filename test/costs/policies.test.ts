// What policies cost: 1,000 of them, ten permissions for each, on one user and on one role. Measured at the table, on a
// warm process.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { type As, bootEngine, Harness, person, service, type Tenant } from '../support/harness.ts';
import { policyPermissions, putPolicies, tenPermissions } from '../support/policies.ts';
import { type Spent, spentBy, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
const h = new Harness(wrapped, table);
const spent = (run: () => Promise<unknown>): Promise<Spent> => spentBy(wrapped, run);

let t: Tenant;
let policies: string[];
/** Kim holds all by own grants, Kay by a role. */
let kim: string;
let kay: string;
let role: string;
const all = () => ({ grants: tenPermissions(policies) });
const anyState = { 'if-match': '*' };

beforeAll(async () => {
  t = await h.tenant('email-security');
  policies = await putPolicies(t, 1_000);
  kim = await t.user('Kim', 'kim');
  kay = await t.user('Kay', 'kay');
  role = await t.role('All', [], [kay]);
  await t.setGrants(kay, []);
  await t.ok('putUserGrants', { params: { userId: kim }, body: all(), headers: anyState });
  await t.ok('putRoleGrants', { params: { roleId: role }, body: all(), headers: anyState });
}, 120_000);

const each = (run: (user: string, as: As, read: number) => Promise<void>) => async () => {
  // A user's own grants are in the item that every check reads; a role's are in the book, which a warm process has.
  await run(kim, person(t.id, 'kim'), 34);
  await run(kay, person(t.id, 'kay'), 0);
};
/** What the table holds of them, as JSON. */
const sizes = async (): Promise<number[]> => {
  const read = await h.store.db.read([keys.access(t.id, kim as never), keys.record(t.id, `role#${role}`)]);
  return read.map((item) => JSON.stringify(item).length);
};

describe('ten permissions for each of 1,000 policies', () => {
  it('are items of less than half of what an item may have', async () => {
    const [user = 0, ofRole = 0] = await sizes();
    expect(Math.max(user, ofRole)).toBeLessThan(170_000);
  });

  it('are replaced, and added to, in one transaction that follows one read', async () => {
    const params = { roleId: role };
    const policy = policies[0] as string;
    const changes = [
      () => t.ok('putUserGrants', { params: { userId: kim }, body: { grants: [] }, headers: anyState }),
      () => t.ok('putUserGrants', { params: { userId: kim }, body: all(), headers: anyState }),
      () =>
        t.ok('removeUserGrant', {
          params: { userId: kim, permission: 'blockAndAllowLists' },
          query: { policy: policies[0] as string },
        }),
      () => t.ok('putUserGrants', { params: { userId: kim }, body: all(), headers: anyState }),
      () => t.ok('removeRoleGrant', { params: { ...params, permission: 'blockAndAllowLists' }, query: { policy } }),
      () => t.ok('addRoleGrant', { params, body: { permission: 'blockAndAllowLists', policies: [policy] } }),
      () => t.ok('putRoleGrants', { params, body: { grants: [] }, headers: anyState }),
      () => t.ok('putRoleGrants', { params, body: all(), headers: anyState }),
    ];
    // Who sends a body of more than 16 kB is looked at before it is parsed: one read more.
    const large = [1, 3, 7];
    for (const [i, change] of changes.entries()) {
      const cost = await spent(change);
      const commands = [...(large.includes(i) ? ['BatchGet'] : []), 'BatchGet', 'TransactWrite'];
      expect(cost).toMatchObject({ roundTrips: commands.length, requests: commands.length, commands });
      // Nearly all of it is the event, which holds the grants before and after in full.
      expect(cost.writeUnits).toBeLessThan(1_200);
    }
    expect(await t.check(kay, { permission: 'blockAndAllowLists', policy })).toBe(true);
  });

  it(
    'are checked in one round trip',
    each(async (user, _, more) => {
      const policy = policies[999] as string;
      const product = service(t.id);
      const ask = (question: object) => () => h.ok('check', { as: product, body: { user, ...question } });
      await ask({ ability: 'logOn' })();
      for (const question of [
        { permission: 'viewQuarantine', policy },
        { permission: 'viewQuarantine' },
        { ability: 'logOn' },
      ]) {
        const cost = await spent(ask(question));
        expect(cost).toMatchObject({ roundTrips: 1, requests: 1, readUnits: 2 + more, writeUnits: 0 });
      }
      const checks = policies.slice(0, 100).map((one) => ({ user, permission: 'viewConfiguration', policy: one }));
      let results: { allowed: boolean }[] = [];
      const batch = await spent(async () => {
        results = (await h.ok('checkBatch', { as: product, body: { checks } })).body.results;
      });
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(100);
      expect(batch).toMatchObject({ roundTrips: 1, readUnits: 2 + more });
    }),
  );

  it(
    'are listed, with the policies that they show, in one round trip',
    each(async (user, as, more) => {
      await h.ok('listPolicies', { as });
      const listed: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: '200', ...(cursor && { cursor }) };
        const cost = await spent(async () => {
          const { body } = await h.ok('listPolicies', { as, query });
          listed.push(...body.items.map(({ id }: { id: string }) => id));
          cursor = body.cursor;
        });
        expect(cost).toMatchObject({ roundTrips: 1, readUnits: 2 + more });
      } while (cursor);
      expect(listed).toEqual(policies);
      let lines: { permission: string; scope: string[] }[] = [];
      const cost = await spent(async () => {
        lines = (await h.ok('getEffectivePermissions', { as, params: { userId: user } })).body.permissions;
      });
      expect(lines.map(({ permission, scope }) => [permission, scope.length])).toEqual(
        policyPermissions.map((permission) => [permission, 1_000]),
      );
      expect(cost).toMatchObject({ roundTrips: 1, writeUnits: 0 });
      expect(cost.readUnits).toBeLessThanOrEqual(5 + more);
      const shown = (await h.ok('getCatalogue', { as })).body.permissions.map(({ id }: { id: string }) => id);
      expect(shown).toEqual(policyPermissions);
    }),
  );

  it('show a policy administrator among 1,000 the own policy only', async () => {
    const user = await t.user('Lee', 'lee');
    const [policy] = policies.slice(500) as [string];
    await t.setGrants(user, [{ permission: 'viewConfiguration', policies: [policy] }]);
    const { body } = await h.ok('listPolicies', { as: person(t.id, 'lee'), query: { limit: '200' } });
    expect([body.items.map(({ id }: { id: string }) => id), body.cursor]).toEqual([[policy], undefined]);
  });

  it('a policy more costs what the first did', async () => {
    const cost = await spent(() => t.ok('createPolicy', { body: { name: 'One more' } }));
    expect(cost).toMatchObject({ roundTrips: 2, requests: 2, readUnits: 2 });
    expect(cost.writeUnits).toBeLessThan(15);
  });
});
