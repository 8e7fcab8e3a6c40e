// The recovery of a tenant whose access rights nobody can manage: two operators, a delay, one person who proves a sign-in.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { systemClock } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { markKeeperless, putDirectoryUser, putSource } from '../support/facts.ts';
import {
  approver,
  boot,
  type Harness,
  issuer,
  operator,
  person,
  type Request,
  type Tenant,
} from '../support/harness.ts';
import { expectProblem, expectUntouched, momentOf } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
/** Milliseconds by which the clock is ahead. */
let ahead = 0;
beforeAll(async () => {
  ({ engine, harness: h } = await boot({ clock: { ...systemClock, now: () => Date.now() + ahead } }));
});
afterAll(() => engine.close());

const keeping = { permission: 'manageAccessRights' };
const hours = (n: number) => n * 3_600_000;
const found = async (t: Tenant) => (await verify(h.store.db, t.id))?.findings.map(({ what }) => what);

/** Disables a user past all conditions, as a manual edit would. */
const lose = (t: Tenant, user: UserId) =>
  h.client.send(
    new UpdateCommand({
      TableName: h.table,
      Key: keys.access(t.id, user),
      UpdateExpression: 'SET #state = :disabled',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':disabled': 'disabled' },
    }),
  );

/** A tenant that has lost its only holder, and that repair has marked. */
const lost = async (catalogue = 'complete'): Promise<Tenant> => {
  const t = await h.tenant(catalogue);
  await lose(t, t.firstUser);
  await repair(h.store.db, t.id);
  expect(await found(t)).toContain('keeperless');
  return t;
};

const of = ({ id }: Tenant, more: Request = {}): Request => ({ as: operator, params: { tenantId: id }, ...more });
const rita = { name: 'Rita Recovers', mail: 'rita@mail.test' };
const ask = (t: Tenant, who: object = rita, more: Request = {}) =>
  h.call('requestRecovery', of(t, { body: { reason: 'The last one has left', person: who }, ...more }));
/** Approves the recovery that is under way, or the one of another time. */
const approve = async (t: Tenant, as = approver, requestedAt?: string) => {
  const seen = requestedAt ?? (await state(t)).recovery?.requestedAt ?? new Date(0).toISOString();
  return h.call('approveRecovery', of(t, { as, body: { requestedAt: seen } }));
};
const complete = (t: Tenant, more: Request = {}) => h.call('completeRecovery', of(t, more));
const accept = (t: Tenant, invitation: string, subject: string) =>
  h.call('acceptInvitation', { as: person(t.id, subject), body: { invitation } });
const state = async (t: Tenant) => (await h.ok('getTenantById', of(t))).body;

/** Asks, approves and lets the delay pass; answers the invitation. */
const invited = async (t: Tenant, who: object = rita): Promise<{ user: UserId; invitation: string }> => {
  expect((await ask(t, who)).status).toBe(201);
  expect((await approve(t)).status).toBe(200);
  ahead += hours(72);
  return (await complete(t)).body;
};

describe.each(['complete', 'email-security', 'exchange-rules', 'secure-exchanges'])(
  'in the catalogue %s',
  (catalogue) => {
    it('one new person comes to manage access rights, by a sign-in of their own, and nobody else to anything', async () => {
      const t = await lost(catalogue);
      expect(await state(t)).toMatchObject({ keeperless: true });
      const { user, invitation } = await invited(t);
      // Before the sign-in nobody has gained anything.
      expect(await found(t)).toContain('keeperless');
      expectProblem(await h.call('createRole', { as: person(t.id, 'rita'), body: { name: 'X' } }), 'unknown-user');
      expect((await accept(t, invitation, 'rita')).status).toBe(200);
      expect(await found(t)).toEqual([]);
      expect(await state(t)).toMatchObject({ keeperless: false });
      expect((await state(t)).recovery).toBeUndefined();
      const as = person(t.id, 'rita');
      const { body } = await h.ok('getTenant', { as });
      expect(body.accessManagers.users).toEqual([user]);
      const { body: own } = await h.ok('getEffectivePermissions', { as, params: { userId: user } });
      const { keeper } = (await import('../../shared/catalogues/index.ts')).catalogue(catalogue).data;
      expect(own.permissions.map((one: { permission: string }) => one.permission)).toContain(keeper);
      // From here on the ordinary guard holds.
      const reply = await h.call('deleteUser', { as, params: { userId: user } });
      expectProblem(reply, 'last-access-manager');
    });
  },
);

/** A tenant that is lost, and whose directory has a user with the keeper permission who has not signed in yet. */
const withDirectory = async () => {
  const t = await h.tenant();
  const source = await putSource(t, { issuer, claim: 'employee' });
  const cleo = await putDirectoryUser(t, source, 'Cleo', [], 'e-7');
  await t.setGrants(cleo, [keeping]);
  await lose(t, t.firstUser);
  await repair(h.store.db, t.id);
  return { t, cleo, as: { ...person(t.id, 'cleo'), claims: { employee: 'e-7' } } };
};

describe('a recovery', () => {
  it('is refused for a tenant that somebody can help', async () => {
    const t = await h.tenant();
    const before = await momentOf(h, t.id);
    expectProblem(await ask(t), 'has-access-manager');
    expectProblem(await complete(t), 'has-access-manager');
    expectProblem(await approve(t), 'not-found');
    expectUntouched(before, await momentOf(h, t.id), 'has-access-manager');
  });

  it('is refused at its end where the mark is not true', async () => {
    const t = await h.tenant();
    await markKeeperless(h, t.id);
    await ask(t);
    await approve(t);
    ahead += hours(72);
    const before = await momentOf(h, t.id);
    expectProblem(await complete(t), 'has-access-manager');
    expectUntouched(before, await momentOf(h, t.id), 'has-access-manager');
  });

  it('needs a second operator, whatever client they share, and the scope', async () => {
    const t = await lost();
    await ask(t);
    const before = await momentOf(h, t.id);
    const sameClient = { ...operator, claims: { client_id: 'another-client' } };
    for (const as of [operator, sameClient]) expectProblem(await approve(t, as), 'second-operator-needed');
    for (const scope of ['holdfast/operator', 'holdfast/admin'])
      expect((await approve(t, { ...approver, scope })).status).toBe(403);
    expectProblem(await complete(t), 'too-early');
    expectUntouched(before, await momentOf(h, t.id), 'too-early');
    // Two operators of one client are two.
    expect((await approve(t, { ...approver, claims: { client_id: 'operator' } })).status).toBe(200);
  });

  it('is approved as it was seen, and not after the first operator has named another person', async () => {
    const t = await lost();
    await ask(t);
    const { requestedAt } = (await state(t)).recovery;
    await h.ok('cancelRecovery', of(t));
    ahead += 1;
    await ask(t, { name: 'Somebody else' });
    const before = await momentOf(h, t.id);
    expectProblem(await approve(t, approver, requestedAt), 'not-found');
    expectUntouched(before, await momentOf(h, t.id), 'not-found');
    expect((await approve(t)).body).toMatchObject({ state: 'approved', person: { name: 'Somebody else' } });
  });

  it('is not completed by a request that has read one which was cancelled, though another is as far', async () => {
    const t = await lost();
    await ask(t);
    await approve(t);
    ahead += hours(72);
    const { client } = h;
    const send = client.send.bind(client);
    client.send = async (command, options) => {
      if (/TransactWrite/.test(command.constructor.name)) {
        client.send = send;
        await h.ok('cancelRecovery', of(t));
        ahead += 1;
        await ask(t, { name: 'Somebody else' });
        await approve(t);
      }
      return send(command, options);
    };
    try {
      expectProblem(await complete(t), 'too-early');
    } finally {
      client.send = send;
    }
    expect((await state(t)).recovery).toMatchObject({ state: 'approved', person: { name: 'Somebody else' } });
  });

  it('waits for the delay that the deployment sets', async () => {
    const t = await lost();
    Object.assign(h.runtime, { recoveryDelay: hours(5) });
    await ask(t);
    const { body } = await approve(t);
    Object.assign(h.runtime, { recoveryDelay: undefined });
    expect(Date.parse(body.dueAt) - Date.parse(body.approvedAt)).toBe(hours(5));
    ahead += hours(5) - 60_000;
    expectProblem(await complete(t, { as: approver }), 'too-early');
    // Approving again does not begin the delay anew.
    expect((await approve(t)).body.dueAt).toBe(body.dueAt);
    ahead += 60_000;
    expect((await complete(t, { as: approver })).status).toBe(201);
  });

  it('is one at a time, and any operator cancels it', async () => {
    const t = await lost();
    await ask(t);
    expectProblem(await ask(t, { name: 'Another' }), 'recovery-active');
    const headers = { 'idempotency-key': 'asked' };
    expectProblem(await ask(t, rita, { headers }), 'recovery-active');
    expect((await state(t)).recovery).toMatchObject({ state: 'requested', requestedBy: 'operator', person: rita });
    await h.ok('cancelRecovery', of(t, { as: { ...approver, scope: 'holdfast/operator' } }));
    expectProblem(await approve(t), 'not-found');
    expectProblem(await h.call('cancelRecovery', of(t)), 'not-found');
    expect((await ask(t)).status).toBe(201);
  });

  it('names a person of the tenant, who loses the earlier sign-in and proves one anew', async () => {
    const t = await h.tenant();
    const bo = await t.user('Bo', 'bo');
    await t.setGrants(bo, []);
    await lose(t, t.firstUser);
    await repair(h.store.db, t.id);
    const machine = { kind: 'machine', name: 'M', identity: { issuer, subject: 'm' } };
    expect((await t.call('createUser', { body: machine })).status).toBe(403);
    expectProblem(await ask(t, { user: 'u00000000000000000000' }), 'invalid-request');
    const { user, invitation } = await invited(t, { user: bo });
    expect(user).toBe(bo);
    expectProblem(await h.call('getTenant', { as: person(t.id, 'bo') }), 'unknown-user');
    // The same sign-in proves it: the invitation, not the operator, says whose it is.
    expect((await accept(t, invitation, 'bo')).status).toBe(200);
    expect(await found(t)).toEqual([]);
  });

  it('names a former holder who was disabled', async () => {
    const t = await lost();
    const { invitation } = await invited(t, { user: t.firstUser });
    expect(await found(t)).toContain('keeperless');
    expect((await accept(t, invitation, 'admin')).status).toBe(200);
    expect(await found(t)).toEqual([]);
    expect((await t.ok('createRole', { body: { name: 'Works again' } })).status).toBe(201);
  });

  it('is told in the audit of the tenant, of the former holder, and of the operators', async () => {
    const t = await h.tenant();
    const reader = await t.user('Reads', 'reads');
    await t.setGrants(reader, [{ permission: 'viewAuditTrail' }]);
    await lose(t, t.firstUser);
    await repair(h.store.db, t.id);
    const { invitation } = await invited(t);
    await accept(t, invitation, 'rita');
    const as = person(t.id, 'rita');
    const actions = async (query: Record<string, string>) =>
      (await h.ok('listEvents', { as, query })).body.items.map((e: { action: string }) => e.action);
    const told = ['recovery.completed', 'recovery.approved', 'recovery.requested'];
    expect((await actions({})).filter((one: string) => one.startsWith('recovery.'))).toEqual(told);
    expect(await actions({ target: t.firstUser })).toEqual(expect.arrayContaining(told));
    const { body } = await h.ok('listOperatorEvents', { as: operator, query: { tenant: t.id } });
    expect(body.items.slice(0, 3).map((e: { action: string }) => e.action)).toEqual(told);
    expect(body.items[0].before).toMatchObject({ requestedBy: 'operator', approvedBy: 'another-operator' });
    expect(JSON.stringify(body), 'no name of a person').not.toContain('Rita');
  });

  it('is void when somebody has become a holder meanwhile, who cancels what is left', async () => {
    const { t, as } = await withDirectory();
    await ask(t);
    await approve(t);
    ahead += hours(72);
    expect((await h.call('getTenant', { as })).status).toBe(200);
    expect(await found(t), 'a sign-in of one who has the permission ends the state').toEqual([]);
    expectProblem(await complete(t), 'has-access-manager');
    expect((await state(t)).recovery).toBeUndefined();
    expectProblem(await h.call('cancelOwnRecovery', { as: person(t.id, 'nobody') }), 'unknown-user');
    await h.ok('cancelOwnRecovery', { as });
    expectProblem(await h.call('cancelOwnRecovery', { as }), 'not-found');
  });

  it('of an earlier loss does not count when the tenant is lost again', async () => {
    const { t, cleo, as } = await withDirectory();
    await ask(t);
    await approve(t);
    ahead += hours(72);
    await h.ok('getTenant', { as });
    expect(await found(t)).toEqual([]);
    await lose(t, cleo);
    await repair(h.store.db, t.id);
    expectProblem(await complete(t), 'not-found');
    expect((await ask(t)).status).toBe(201);
  });

  it('admits no other change to the tenant, and answers one key with one invitation', async () => {
    const t = await lost();
    await ask(t);
    await approve(t);
    ahead += hours(72);
    const before = await momentOf(h, t.id);
    const dry = await complete(t, { query: { dryRun: 'true' } });
    expect(dry.body).toMatchObject({ outcome: 'done', status: 201 });
    expectUntouched(before, await momentOf(h, t.id), 'too-early');
    const headers = { 'idempotency-key': 'once' };
    const { body } = await complete(t, { headers });
    expect((await complete(t, { headers })).body).toEqual(body);
    // Another operator has no part in that key.
    expectProblem(await complete(t, { as: approver, headers }), 'not-found');
    expect(JSON.stringify(await h.items(t.id))).not.toContain(body.invitation.split('.')[1]);
  });
});
