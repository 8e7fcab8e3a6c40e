// What a change set reads: nothing much for those who may not, no more than a limit, and all of it at one moment.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bootEngine, Harness, person, type Reply, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { nameOf, spentBy, Wrapped } from '../support/wrapped.ts';
import type { Listed } from './moves.ts';

let wrapped: Wrapped;
let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const { engine, client, table } = await bootEngine();
  wrapped = new Wrapped(client);
  harness = new Harness(wrapped, table);
  close = () => engine.close();
});
afterAll(() => close());

/** Operations that name so many users each, all of them different. */
const joining = (roleId: string, operations: number, users: number): Listed[] =>
  Array.from({ length: operations }, (_, n) => ({
    operation: 'addRoleMembers',
    params: { roleId },
    body: { members: Array.from({ length: users }, (__, i) => `u${String(n * users + i).padStart(20, '0')}`) },
  }));

it('whoever may not do all of it has nothing read of what the operations name', async () => {
  const tenant = await harness.tenant();
  const role = await tenant.role('Role');
  await tenant.user('Nobody', 'nobody');
  for (const [subject, code] of [
    ['stranger', 'unknown-user'],
    ['nobody', 'forbidden'],
  ] as const) {
    let reply: Reply | undefined;
    const spent = await spentBy(wrapped, async () => {
      const body = { operations: joining(role, 20, 1_000) };
      reply = await tenant.call('submitChangeSet', { as: person(tenant.id, subject), body });
    });
    expectProblem(reply as Reply, code);
    expect(spent.readUnits).toBeLessThan(20);
  }
});

it('the operations of a set can name 10,000 items together', async () => {
  const tenant = await harness.tenant();
  const role = await tenant.role('Role');
  const submit = (operations: readonly Listed[]) => tenant.call('submitChangeSet', { body: { operations } });
  const spent = await spentBy(wrapped, async () => {
    const { body, status } = await submit(joining(role, 11, 1_000));
    expect([status, body.code]).toEqual([409, 'quota-exceeded']);
    expect(body.detail).toBe('A change set reads 10,000 items at most; this would be 11,000: split it.');
  });
  expect(spent.readUnits).toBeLessThan(20);
  // The set names the same users again and again, and no item of them exists.
  const again = joining(role, 1, 1_000);
  expect((await submit(Array.from({ length: 12 }, () => again).flat())).body.code).not.toBe('quota-exceeded');
});

/** Sends something else between what a set reads first, which tells the book, and what its operations name. */
const between = async (tenant: Tenant, other: readonly Listed[], run: () => Promise<Reply>): Promise<Reply> => {
  let reads = 0;
  wrapped.around = async (command, send) => {
    if (/Get$/.test(nameOf(command))) reads += 1;
    if (reads !== 2) return send();
    reads += 1;
    wrapped.heal();
    await tenant.ok('submitChangeSet', { body: { operations: other } });
    return send();
  };
  try {
    return await run();
  } finally {
    wrapped.heal();
  }
};

it('a user who changed together with a later book is not judged by an earlier one', async () => {
  const tenant = await harness.tenant();
  const [helper, user] = [await tenant.user('Helper', 'helper'), await tenant.user('User', 'user')];
  await tenant.setGrants(helper, [{ permission: 'manageUsers' }]);
  const role = await tenant.role('Role', [], [user]);
  const state = (to: string): Listed => ({ operation: 'updateUser', params: { userId: user }, body: { state: to } });
  await tenant.ok('submitChangeSet', { body: { operations: [state('disabled')] } });
  // The role comes to let manage access rights as its member comes back: from then on only keepers disable that member.
  const rising: Listed[] = [
    { operation: 'addRoleGrant', params: { roleId: role }, body: { permission: 'manageAccessRights' } },
    state('active'),
  ];
  const refused = await between(tenant, rising, () =>
    tenant.call('submitChangeSet', { as: person(tenant.id, 'helper'), body: { operations: [state('disabled')] } }),
  );
  expectProblem(refused, 'keeper-needed');
  const { body } = await tenant.ok('getUser', { params: { userId: user } });
  expect(body.state).toBe('active');
});
