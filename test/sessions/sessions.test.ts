// From log-on to log-off: what a session keeps, what it follows, and what ends it.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TenantId, UserId } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { systemClock } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { boot, Harness, operator } from '../support/harness.ts';
import { Sessions } from './support.ts';

let harness: Harness;
let close: () => Promise<void>;
let skew = 0;
beforeAll(async () => {
  const booted = await boot({ clock: { ...systemClock, now: () => Date.now() + skew } });
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const billing = { permission: 'billing' };
const logExport = { permission: 'logExport' };

/** Does something in the midst of something else: before its first command of this kind is sent. */
const meanwhile = async <T>(kind: string, run: () => Promise<T>, then: () => Promise<unknown>): Promise<T> => {
  const { client } = harness;
  const send = client.send.bind(client);
  let done = false;
  client.send = (async (command: { constructor: { name: string } }) => {
    if (!done && command.constructor.name.startsWith(kind)) {
      done = true;
      await then();
    }
    return send(command as never);
  }) as never;
  try {
    return await run();
  } finally {
    client.send = send;
  }
};

/** Another function of the same deployment, which has read nothing yet. */
const elsewhere = async <T>(run: (other: Harness) => Promise<T>): Promise<T> => {
  const other = new Harness(harness.client, harness.table);
  setRuntime(other.runtime);
  try {
    return await run(other);
  } finally {
    setRuntime(harness.runtime);
  }
};

describe('what a check reads', () => {
  it('is of one moment, in a session as without: a right that moves from one grant to another is held all along', async () => {
    const at = await Sessions.of(harness);
    await at.mode('immediately');
    const body = { kind: 'person', name: 'Ann', externalId: 'ann outside' };
    const user = (await at.tenant.ok('createUser', { body })).body.id;
    const role = await at.tenant.role('Exporters', [logExport]);
    const session = await at.logOn(user);
    const moves = (to: 'role' | 'own') => () =>
      elsewhere(async (other) => {
        const params = { roleId: role };
        const member = {
          operation: `${to === 'role' ? 'add' : 'remove'}RoleMembers`,
          params,
          body: { members: [user] },
        };
        const body = { grants: to === 'own' ? [logExport] : [] };
        const grants = { operation: 'putUserGrants', params: { userId: user }, ifMatch: '*', body };
        await other.ok('submitChangeSet', { as: at.tenant.admin, body: { operations: [member, grants] } });
      });
    await moves('own')();
    await at.tenant.check(user, logExport);
    for (const [to, of] of [
      ['role', { externalId: 'ann outside' }],
      ['own', { session }],
    ] as const) {
      const asked = () => harness.ok('check', { as: at.product, body: { ...of, ...logExport } });
      // That one reads the user, when the book has been confirmed by the head of a moment ago.
      const { body: answer } = await meanwhile('GetCommand', asked, moves(to));
      expect([to, answer.allowed]).toEqual([to, true]);
    }
  });

  it('is no older than the session, however old it may be', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    await at.tenant.check(user, billing);
    const { policy, session } = await elsewhere(async (other) => {
      const as = at.tenant.admin;
      const { id: policy } = (await other.ok('createPolicy', { as, body: { name: 'New' } })).body;
      const grants = [{ permission: 'viewQuarantine', policies: [policy] }];
      await other.ok('putUserGrants', { as, params: { userId: user }, headers: { 'if-match': '*' }, body: { grants } });
      const { id: session } = (await other.ok('createSession', { as: at.product, body: { user } })).body;
      return { policy, session };
    });
    const { body } = await at.ask(session, { permission: 'viewQuarantine', policy }, { consistency: 'bounded' });
    expect(body).toMatchObject({ allowed: true, session: { by: 'snapshot' } });
  });
});

describe('what a session keeps', () => {
  it('X-1: what the keeper permission opens is decided by current data, asked by whichever name', async () => {
    const at = await Sessions.of(harness);
    const { keeper } = (await at.tenant.ok('getCatalogue')).body;
    const abilities: { id: string; anyOf?: string[]; allOf?: string[] }[] = (await at.tenant.ok('getCatalogue')).body
      .abilities;
    const opened = abilities.filter(({ anyOf = [], allOf = [] }) => [...anyOf, ...allOf].includes(keeper));
    expect(opened.length).toBeGreaterThan(1);
    const user = await at.user('ann', [{ permission: keeper }, billing]);
    const session = await at.logOn(user);
    await at.tenant.setGrants(user, [billing]);
    for (const { id } of opened) {
      const { body } = await at.ask(session, { ability: id });
      expect([id, body.allowed, body.session.by]).toEqual([id, false, 'current']);
    }
  });

  it('CT-22: loads the rights once, at log-on, and decides by them from then on', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const version = (await at.ask(await at.logOn(user), billing)).body.version;
    const session = await at.logOn(user);
    const { body } = await at.ask(session, billing);
    expect(body).toMatchObject({
      allowed: true,
      reason: 'granted',
      by: ['billing'],
      user,
      session: { id: session, by: 'snapshot', version },
    });
    expect(body.current).toBeUndefined();
    expect(body.paths).toBeUndefined();
  });

  it("CT-23: another user's changes are not seen in it, and it says what current data would answer", async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    const { body: before } = await at.ask(session, billing);
    const role = await at.tenant.role('Later', [logExport], [user]);
    const { body } = await at.ask(session, logExport);
    expect(body).toMatchObject({
      allowed: false,
      reason: 'not-granted',
      current: { allowed: true, reason: 'granted' },
    });
    expect(body.session).toEqual(before.session);
    expect(body.version).toBeGreaterThan(body.session.version);
    await at.tenant.ok('deleteRole', { params: { roleId: role } });
    expect((await at.ask(session, logExport)).body.current).toBeUndefined();
  });

  it('CT-24: after it is started again the changes are seen', async () => {
    const at = await Sessions.of(harness, 'exchange-rules');
    await at.tenant.ok('updateTenant', { body: { enforced: true } });
    const user = await at.tenant.user('ann', 'ann');
    const role = await at.tenant.role('Creators', [{ permission: 'createRules' }]);
    const old = await at.logOn(user);
    await at.tenant.ok('addRoleMembers', { params: { roleId: role }, body: { members: [user] } });
    expect(await at.may(old, { permission: 'createRules' })).toBe(false);
    await at.tenant.ok('endSession', { as: at.product, params: { sessionId: old } });
    expect(await at.may(await at.logOn(user), { permission: 'createRules' })).toBe(true);
  });

  it('FP-54: neither a grant nor a revocation affects a session that is open', async () => {
    const at = await Sessions.of(harness, 'email-security');
    const user = await at.user('ann', [{ permission: 'viewAllReports' }]);
    const session = await at.logOn(user);
    await at.tenant.setGrants(user, [{ permission: 'viewQuarantine' }]);
    expect(await at.may(session, { permission: 'viewAllReports' })).toBe(true);
    expect(await at.may(session, { permission: 'viewQuarantine' })).toBe(false);
  });

  it('FP-55: they apply once the user has logged off and on again', async () => {
    const at = await Sessions.of(harness, 'email-security');
    const user = await at.user('ann', [{ permission: 'viewAllReports' }]);
    const session = await at.logOn(user);
    await at.tenant.setGrants(user, [{ permission: 'viewQuarantine' }]);
    await at.tenant.ok('endSession', { as: at.product, params: { sessionId: session } });
    const again = await at.logOn(user);
    expect(await at.may(again, { permission: 'viewAllReports' })).toBe(false);
    expect(await at.may(again, { permission: 'viewQuarantine' })).toBe(true);
  });

  it('SE-25: where changes take effect immediately, an open session follows them', async () => {
    const at = await Sessions.of(harness, 'secure-exchanges');
    expect((await at.tenant.ok('getTenant')).body.changesTakeEffect).toBe('immediately');
    const user = await at.tenant.user('ann', 'ann');
    const { body: begun } = await at.tenant.ok('createSession', { as: at.product, body: { user } });
    expect(begun.follows).toBe('current');
    const role = await at.tenant.role('Loggers', [{ permission: 'billing' }], [user]);
    const { body } = await at.ask(begun.id, billing);
    expect(body).toMatchObject({ allowed: true, session: { by: 'current', version: body.version } });
    expect(body.paths).toEqual([{ permission: 'billing', via: role }]);
    await at.tenant.ok('deleteRole', { params: { roleId: role } });
    expect(await at.may(begun.id, billing)).toBe(false);
  });

  it('follows the mode that the tenant has now: kept rights rest while changes take effect immediately', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const kept = await at.logOn(user);
    await at.mode('immediately');
    const following = await at.logOn(user);
    await at.tenant.setGrants(user, [logExport]);
    for (const session of [kept, following]) expect(await at.may(session, billing)).toBe(false);
    await at.mode('nextLogon');
    expect(await at.may(kept, billing)).toBe(true);
    // This one has kept nothing.
    expect(await at.may(following, billing)).toBe(false);
    expect((await at.ask(following, billing)).body.session.by).toBe('current');
  });

  it('keeps the switch and the features; the things they are about are those that are there', async () => {
    const at = await Sessions.of(harness);
    const params = { tenantId: at.tenant.id };
    const put = (features: string[]) =>
      harness.ok('putFeatures', { as: operator, params, body: { features }, headers: { 'if-match': '*' } });
    await put([]);
    const user = await at.user('ann', [{ permission: '*' }]);
    const policy = (await at.tenant.ok('createPolicy', { body: { name: 'Gone' } })).body.id;
    const session = await at.logOn(user);
    await put(['filteredReports']);
    const filtered = { permission: 'viewFilteredReports' };
    expect((await at.ask(session, filtered)).body).toMatchObject({
      reason: 'feature-off',
      current: { allowed: true },
    });
    await at.tenant.ok('deletePolicy', { params: { policyId: policy } });
    const made = (await at.tenant.ok('createPolicy', { body: { name: 'New' } })).body.id;
    const viewing = (one: string) => ({ permission: 'viewQuarantine', policy: one });
    expect((await at.ask(session, viewing(policy))).body.reason).toBe('unknown-policy');
    expect((await at.ask(session, viewing(made))).body.allowed).toBe(true);
  });

  it('X-1: who may manage access rights is never decided by it, nor is any guard of Holdfast itself', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [{ permission: '*' }]);
    const session = await at.logOn(user);
    await at.tenant.setGrants(user, [billing]);
    const keeping = await at.ask(session, { permission: 'manageAccessRights' });
    expect(keeping.body).toMatchObject({ allowed: false, session: { by: 'current' } });
    expect(await at.may(session, logExport)).toBe(true);
    const refused = await at.tenant.call('createRole', { as: at.as('ann'), body: { name: 'Mine' } });
    expect(refused.body.code).toBe('forbidden');
  });
});

describe('log-on', () => {
  it('FP-05: a user without any permission cannot log on, and is told so; nothing is written', async () => {
    const at = await Sessions.of(harness, 'email-security');
    const user = await at.user('ann', []);
    const before = await harness.facts(at.tenant.id);
    for (const as of [at.product, at.as('ann')]) {
      const { status, body } = await at.tenant.call('createSession', { as, body: as === at.product ? { user } : {} });
      expect([status, body.code, body.reason]).toEqual([403, 'cannot-log-on', 'not-granted']);
    }
    expect(await harness.facts(at.tenant.id)).toEqual(before);
    await at.tenant.setGrants(user, [{ permission: 'viewQuarantine' }]);
    expect(await at.state(await at.logOn(user), { ability: 'logOn' })).toBe('open');
  });

  it('CT-57: where the catalogue does not say what opens it, any active user can, in no role at all', async () => {
    const at = await Sessions.of(harness, 'exchange-rules');
    await at.tenant.ok('updateTenant', { body: { enforced: true } });
    const user = await at.tenant.user('ann');
    const session = await at.logOn(user);
    expect(await at.may(session, { ability: 'logonSettingsTab' })).toBe(true);
    expect(await at.may(session, { permission: 'createRules' })).toBe(false);
  });

  it('is refused to a disabled, a deleted and an unknown user, with the reason', async () => {
    const at = await Sessions.of(harness);
    const [disabled, deleted] = [await at.user('ann', [billing]), await at.user('bob', [billing])];
    await at.tenant.ok('updateUser', { params: { userId: disabled }, body: { state: 'disabled' } });
    await at.tenant.ok('deleteUser', { params: { userId: deleted } });
    const before = await harness.facts(at.tenant.id);
    const reasons = [];
    for (const user of [disabled, deleted, 'u00000000000000000000']) {
      const { body } = await at.tenant.call('createSession', { as: at.product, body: { user } });
      reasons.push([body.code, body.reason]);
    }
    expect(reasons).toEqual([
      ['cannot-log-on', 'user-disabled'],
      ['cannot-log-on', 'unknown-user'],
      ['cannot-log-on', 'unknown-user'],
    ]);
    expect(await harness.facts(at.tenant.id)).toEqual(before);
  });

  it('of persons is their own; a product logs on whom it names, by the id that it has for them too', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const other = await at.tenant.call('createSession', { body: { user } });
    expect([other.status, other.body.code]).toEqual([403, 'forbidden']);
    const { body } = await at.tenant.ok('createSession', { as: at.as('ann'), body: {} });
    expect(body.user).toBe(user);
    const external = { kind: 'person', name: 'Bob', externalId: 'bob-7' };
    const bob = (await at.tenant.ok('createUser', { body: external })).body.id;
    await at.tenant.setGrants(bob, [billing]);
    const begun = await at.tenant.ok('createSession', { as: at.product, body: { externalId: 'bob-7' } });
    expect(begun.body.user).toBe(bob);
    const named = { session: begun.body.id, externalId: 'bob-7', ...billing };
    expect((await at.tenant.ok('check', { as: at.product, body: named })).body.allowed).toBe(true);
    // The session is the user's, whatever the id is from now on.
    await at.tenant.ok('updateUser', { params: { userId: bob }, body: { externalId: 'bob-8' } });
    expect((await at.tenant.call('check', { as: at.product, body: named })).body.code).toBe('invalid-request');
    const renamed = { ...named, externalId: 'bob-8' };
    expect((await at.tenant.ok('check', { as: at.product, body: renamed })).body.allowed).toBe(true);
    const before = await at.tenant.call('createSession', { as: at.product, body: { externalId: 'bob-7' } });
    expect(before.body.code).not.toBe(undefined);
    const none = await at.tenant.call('createSession', { as: at.product, body: {} });
    expect(none.body.code).toBe('invalid-request');
  });

  it('is repeated with the same key without a second session', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const request = { as: at.product, body: { user }, headers: { 'idempotency-key': 'morning' } };
    const first = await at.tenant.ok('createSession', request);
    expect((await at.tenant.ok('createSession', request)).body).toEqual(first.body);
    expect(await at.open(user)).toEqual([first.body.id]);
  });

  it('leaves at most 50 sessions of a user open', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    for (let n = 0; n < 50; n += 1) await at.logOn(user);
    const before = await harness.facts(at.tenant.id);
    const { body } = await at.tenant.call('createSession', { as: at.product, body: { user } });
    expect(body).toMatchObject({ code: 'quota-exceeded', quota: 'sessionsPerUser', limit: 50 });
    expect(body.detail).toContain('End one of them');
    expect(await harness.facts(at.tenant.id)).toEqual(before);
    await at.tenant.ok('endSessions', { params: { userId: user } });
    expect(await at.state(await at.logOn(user))).toBe('open');
  });

  it('writes an event, and so does what ends it', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const [one, two] = [await at.logOn(user), await at.logOn(user)];
    await at.tenant.ok('endSession', { as: at.as('ann'), params: { sessionId: one } });
    await at.tenant.ok('endSessions', { params: { userId: user } });
    const { items } = (await at.tenant.ok('listEvents', { query: { target: user, limit: '4' } })).body;
    const told = items.map((event: { action: string; actor: { kind: string }; before?: object; after?: object }) => [
      event.action,
      event.actor.kind,
      event.after ?? event.before,
    ]);
    const begun = (session: string) => ['session.started', 'service', expect.objectContaining({ session })];
    expect(told).toEqual([
      ['sessions.ended', 'person', { sessions: [two] }],
      ['session.ended', 'person', { session: one }],
      begun(two),
      begun(one),
    ]);
  });
});

describe('what ends a session', () => {
  it('log-off, by the user, the product, or who manages access rights; to others it is not there', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    await at.user('bob', [{ permission: 'manageUsers' }]);
    for (const as of [at.as('ann'), at.product, at.tenant.admin]) {
      const params = { sessionId: await at.logOn(user) };
      const before = await harness.facts(at.tenant.id);
      const hidden = await at.tenant.call('endSession', { as: at.as('bob'), params });
      const unknown = await at.tenant.call('endSession', {
        as: at.as('bob'),
        params: { sessionId: 'x00000000000000000000' },
      });
      expect([hidden.status, hidden.body.detail]).toEqual([404, unknown.body.detail]);
      expect(await harness.facts(at.tenant.id)).toEqual(before);
      expect(await at.state(params.sessionId)).toBe('open');
      await at.tenant.ok('endSession', { as, params });
      expect(await at.state(params.sessionId)).toBe('session-ended');
      expect((await at.tenant.call('endSession', { as, params })).status).toBe(404);
      // Nothing is left of it.
      const left = await harness.facts(at.tenant.id);
      expect(left.filter(({ PK }) => String(PK).includes(params.sessionId))).toEqual([]);
    }
    expect(await at.open(user)).toEqual([]);
  });

  it('ending all of a user: those that are open, in one write; later ones are not concerned', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const other = await at.logOn(await at.user('bob', [billing]));
    const sessions = [await at.logOn(user), await at.logOn(user)];
    expect(await at.open(user)).toEqual([...sessions].sort());
    const denied = await at.tenant.call('endSessions', { as: at.as('bob'), params: { userId: user } });
    expect([denied.status, denied.body.code]).toEqual([403, 'forbidden']);
    const listed = await at.tenant.call('listSessions', { as: at.as('bob'), params: { userId: user } });
    expect([listed.status, listed.body.code]).toEqual([403, 'forbidden']);
    await at.tenant.ok('endSessions', { as: at.as('ann'), params: { userId: user } });
    for (const session of sessions) expect(await at.state(session)).toBe('session-ended');
    expect(await at.open(user)).toEqual([]);
    expect(await at.state(other)).toBe('open');
    const later = await at.logOn(user);
    await at.tenant.ok('endSessions', { params: { userId: user } });
    expect(await at.state(later)).toBe('session-ended');
  });

  it('who is active again has none, also of somebody whom the release before sessions has disabled', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    // That release knows of no epoch.
    await harness.client.send(
      new UpdateCommand({
        TableName: harness.table,
        Key: keys.access(at.tenant.id as TenantId, user as UserId),
        UpdateExpression: 'SET #state = :disabled ADD rev :one',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':disabled': 'disabled', ':one': 1 },
      }),
    );
    expect(await at.state(session)).toBe('session-ended');
    await at.tenant.ok('updateUser', { params: { userId: user }, body: { state: 'active' } });
    expect(await at.state(session)).toBe('session-ended');
    expect(await at.state(await at.logOn(user))).toBe('open');
  });

  it('all of them end however many there are', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    // At once they pass the quota, since each counts those that were there.
    const sessions = await Promise.all(Array.from({ length: 120 }, () => at.logOn(user)));
    await at.tenant.ok('endSessions', { params: { userId: user } });
    expect(await at.open(user)).toEqual([]);
    for (const session of [sessions[0], sessions[119]]) expect(await at.state(session as string)).toBe('session-ended');
  });

  it('ending all ends one that is just being begun, with rights that have gone since', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing, logExport]);
    const session = await meanwhile(
      'TransactWrite',
      () => at.logOn(user),
      async () => {
        await at.tenant.setGrants(user, [logExport]);
        await at.tenant.ok('endSessions', { params: { userId: user } });
      },
    );
    expect(await at.state(session)).toBe('session-ended');
  });

  const ends: readonly (readonly [string, (at: Sessions, userId: string) => Promise<unknown>])[] = [
    ['disabling', (at, userId) => at.tenant.ok('updateUser', { params: { userId }, body: { state: 'disabled' } })],
    [
      'disabling in a change set',
      (at, userId) =>
        at.tenant.ok('submitChangeSet', {
          body: {
            operations: [
              { operation: 'createRole', body: { name: 'Beside it' } },
              { operation: 'updateUser', params: { userId }, body: { state: 'disabled' } },
            ],
          },
        }),
    ],
  ];
  it.each(ends)(
    '%s the user: in the same write, whatever the mode, and enabling does not revive it',
    async (_, end) => {
      for (const mode of ['immediately', 'nextLogon'] as const) {
        const at = await Sessions.of(harness);
        await at.mode(mode);
        const user = await at.user('ann', [billing]);
        const session = await at.logOn(user);
        await end(at, user);
        expect(await at.state(session)).toBe('session-ended');
        expect(await at.open(user)).toEqual([]);
        await at.tenant.ok('updateUser', { params: { userId: user }, body: { state: 'active' } });
        expect(await at.state(session)).toBe('session-ended');
        expect(await at.open(user)).toEqual([]);
        expect(await at.state(await at.logOn(user))).toBe('open');
      }
    },
  );

  it('disabling and enabling in one change set ends it, too', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    const to = (state: string) => ({ operation: 'updateUser', params: { userId: user }, body: { state } });
    await at.tenant.ok('submitChangeSet', { body: { operations: [to('disabled'), to('active')] } });
    expect(await at.state(session)).toBe('session-ended');
    expect(await at.state(await at.logOn(user))).toBe('open');
  });

  it('deleting the user', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    await at.tenant.ok('deleteUser', { params: { userId: user } });
    expect(await at.state(session)).toBe('session-ended');
    expect((await at.tenant.call('listSessions', { params: { userId: user } })).status).toBe(404);
  });

  it('a log-on that meets the disabling gives a session that does not count', async () => {
    const at = await Sessions.of(harness);
    for (let n = 0; n < 8; n += 1) {
      const user = await at.user(`ann${n}`, [billing]);
      const params = { userId: user };
      const [begun] = await Promise.all([
        at.tenant.call('createSession', { as: at.product, body: { user } }),
        at.tenant.ok('updateUser', { params, body: { state: 'disabled' } }),
      ]);
      await at.tenant.ok('updateUser', { params, body: { state: 'active' } });
      // Whoever was first: what began before the disabling is over, and nothing begins while disabled.
      if (begun.status === 201) expect(await at.state(begun.body.id)).toBe('session-ended');
      else expect(begun.body.code).toBe('cannot-log-on');
    }
  });

  it('time: 12 hours at the latest, or the shorter one asked for, whether or not the table has removed it', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const [long, short] = [await at.logOn(user), await at.logOn(user, { seconds: 600 })];
    const tooLong = await at.tenant.call('createSession', { as: at.product, body: { user, seconds: 43_201 } });
    expect(tooLong.body.code).toBe('invalid-request');
    try {
      skew = 599_000 - 5_000;
      expect(await at.state(short)).toBe('open');
      skew = 600_000;
      expect([await at.state(short), await at.state(long)]).toEqual(['session-ended', 'open']);
      expect(await at.open(user)).toEqual([long]);
      skew = 12 * 3_600_000 - 60_000;
      expect(await at.state(long)).toBe('open');
      skew = 12 * 3_600_000;
      expect(await at.state(long)).toBe('session-ended');
      expect(await at.open(user)).toEqual([]);
      expect((await at.tenant.call('endSession', { params: { sessionId: long } })).status).toBe(404);
    } finally {
      skew = 0;
    }
  });
});

describe('checks in a session', () => {
  it('need no user; another one is refused, and so is a session that has ended', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const other = await at.user('bob', [billing]);
    const session = await at.logOn(user);
    expect((await at.ask(session, billing, { user })).body.allowed).toBe(true);
    const wrong = await at.ask(session, billing, { user: other });
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, '/user']);
    const unknown = await at.ask('x00000000000000000000', billing);
    expect([unknown.status, unknown.body.code]).toEqual([403, 'session-ended']);
  });

  it('of persons are about their own; to others a session is as one that has ended', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    await at.user('bob', [billing]);
    const session = await at.logOn(user);
    const ask = (as: ReturnType<Sessions['as']>) => at.tenant.call('check', { as, body: { session, ...billing } });
    expect((await ask(at.as('ann'))).body.allowed).toBe(true);
    expect((await ask(at.tenant.admin)).body.allowed).toBe(true);
    expect((await ask(at.as('bob'))).body.code).toBe('session-ended');
    const abroad = await Sessions.of(harness);
    const foreign = await abroad.tenant.call('check', { as: abroad.product, body: { session, ...billing } });
    expect(foreign.body.code).toBe('session-ended');
  });

  it('a person who sees no policy is not told by a session which there are', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const policy = (await at.tenant.ok('createPolicy', { body: { name: 'Hidden' } })).body.id;
    const session = await at.logOn(user);
    const ask = async (one: string) => {
      const body = { session, permission: 'viewQuarantine', policy: one };
      const reply = await at.tenant.ok('check', { as: at.as('ann'), body });
      return [reply.body.allowed, reply.body.reason, reply.body.current];
    };
    expect(await ask(policy)).toEqual(await ask('p000000000000'));
    // Whoever saw them all at log-on may be told that one is not there.
    await at.tenant.setGrants(user, [{ permission: 'viewQuarantine' }]);
    const seeing = await at.logOn(user);
    await at.tenant.setGrants(user, [billing]);
    const body = { session: seeing, permission: 'viewQuarantine', policy: 'p000000000000' };
    const reply = await at.tenant.ok('check', { as: at.as('ann'), body });
    expect([reply.body.allowed, reply.body.reason]).toEqual([false, 'unknown-policy']);
  });

  it('many at once say each by what they were decided, and where it is another user', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    await at.tenant.setGrants(user, [logExport]);
    const checks = [billing, logExport, { permission: 'manageAccessRights' }, { ability: 'logOn', user }];
    const { body } = await at.tenant.ok('checkBatch', { as: at.product, body: { session, checks } });
    const told = body.results.map((one: { allowed: boolean; session: { by: string }; current?: object }) => [
      one.allowed,
      one.session.by,
      one.current,
    ]);
    expect(told).toEqual([
      [true, 'snapshot', { allowed: false, reason: 'not-granted' }],
      [false, 'snapshot', { allowed: true, reason: 'granted' }],
      [false, 'current', undefined],
      [true, 'snapshot', undefined],
    ]);
    const mixed = { session, checks: [billing, { ...billing, user: at.tenant.firstUser }] };
    const wrong = await at.tenant.call('checkBatch', { as: at.product, body: mixed });
    expect(wrong.body.errors[0].field).toBe('/checks/1/user');
  });

  it('bounded: a session counts from the very first moment, and not beyond its end for longer than the bound', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    const ask = () => at.ask(session, billing, { consistency: 'bounded' });
    expect((await ask()).body.allowed).toBe(true);
    await at.tenant.ok('endSession', { as: at.product, params: { sessionId: session } });
    expect((await ask()).body.code).toBe('session-ended');
    const one = await at.logOn(user);
    await at.tenant.ok('endSessions', { params: { userId: user } });
    expect((await at.ask(one, billing, { consistency: 'bounded' })).body.code).toBe('session-ended');
  });

  it('bounded: what an old copy of the table does not know of yet is looked up in the latest', async () => {
    const at = await Sessions.of(harness);
    const session = await at.logOn(await at.user('ann', [billing]));
    expect((await at.ask(session, billing)).status).toBe(200);
    const { client } = harness;
    const send = client.send.bind(client);
    let old = 0;
    // A copy that is behind: it has no sessions.
    client.send = async (command) => {
      const answer = await send(command);
      if (command.input.ConsistentRead !== false || !command.input.Key.SK.startsWith('SESSION')) return answer;
      old += 1;
      return { ...answer, Item: undefined };
    };
    try {
      const { body } = await at.ask(session, billing, { consistency: 'bounded' });
      expect([body.allowed, body.session.by, old]).toEqual([true, 'snapshot', 1]);
    } finally {
      client.send = send;
    }
  });

  it('cannot be a part of change sets: none of its operations can', async () => {
    const at = await Sessions.of(harness);
    const user = await at.user('ann', [billing]);
    const session = await at.logOn(user);
    for (const operation of [
      { operation: 'createSession', body: {} },
      { operation: 'endSession', params: { sessionId: session } },
      { operation: 'endSessions', params: { userId: user } },
    ]) {
      const refused = await at.tenant.call('submitChangeSet', { body: { operations: [operation] } });
      expect([refused.status, refused.body.detail]).toEqual([400, expect.stringContaining('cannot be in a set')]);
    }
    expect(await at.state(session)).toBe('open');
  });
});
