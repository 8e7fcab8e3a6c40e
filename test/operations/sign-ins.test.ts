// Power over a sign-in is power over all that its user holds: who may invite, unbind and name an identity, on every way
// that leads there.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserId } from '../../shared/domain/base/ids.ts';
import type { ProblemCode } from '../../shared/domain/base/refusal.ts';
import { groupIdOf, join, put, putGroup } from '../support/facts.ts';
import { type As, boot, type Harness, issuer, machine, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let h: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  h = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const grants = (...ids: string[]) => ids.map((permission) => ({ permission }));
const invite = async (t: Tenant, userId: string, as = t.admin): Promise<string> =>
  (await t.ok('inviteUser', { as, params: { userId } })).body.invitation;
const accept = (as: As, invitation: string) => h.call('acceptInvitation', { as, body: { invitation } });
/** Somebody who manages users, and holds this besides. */
const managerOf = async (t: Tenant, ...more: object[]) => {
  const id = await t.user('Manager', 'manager');
  await t.setGrants(id, [...grants('manageUsers'), ...more]);
  return { id, as: person(t.id, 'manager') };
};

/** Refused, and nothing is changed. */
const refuses = async (t: Tenant, code: ProblemCode, what: () => ReturnType<Tenant['call']>, title?: string) => {
  const before = await h.facts(t.id);
  const reply = await what();
  expectProblem(reply, code, title);
  expect(await h.facts(t.id)).toEqual(before);
  return reply;
};

/** A role that gives nothing on rules, save on these. */
const noRulesLater = (t: Tenant, roleId: string, rules: readonly object[] = []) => {
  const none = { view: false, edit: false, delete: false };
  const body = { newRules: none, columns: none, rules };
  return t.ok('putRuleRights', { params: { roleId }, body, headers: { 'if-match': '*' } });
};

/** Refused on every way to somebody's sign-in: alone, rehearsed, in a set, in a draft; also when rights are edited beside it. */
const refusedEverywhere = async (t: Tenant, as: As, userId: string, bound: boolean, title: string) => {
  const operation = bound ? 'unbindUser' : 'inviteUser';
  const params = { userId };
  const edit = { operation: 'putUserGrants', params, body: { grants: [] }, ifMatch: '*' };
  const operations = [edit, { operation, params }];
  const said = await refuses(t, 'not-held', () => t.call(operation, { as, params }), title);
  for (const set of [operations, [...operations].reverse()])
    await refuses(t, 'not-held', () => t.call('submitChangeSet', { as, body: { operations: set } }), title);
  const dry = await t.ok(operation, { as, params, query: { dryRun: 'true' } });
  expect(dry.body, title).toMatchObject({ outcome: 'refused', problem: { code: 'not-held' } });
  const { body, etag = '' } = await t.ok('createDraft', { as, body: { name: 'Draft', operations } });
  const draft = { as, params: { draftId: body.id as string } };
  const rebased = await t.ok('rebaseDraft', { ...draft, body: {} });
  expect(rebased.body.conflicts, title).toMatchObject([{ operation: 1, problem: { code: 'not-held' } }]);
  const submit = { ...draft, body: {}, headers: { 'if-match': etag } };
  await refuses(t, 'not-held', () => t.call('submitDraft', submit), title);
  return said;
};

type Give = (t: Tenant, userId: UserId, policy: string) => Promise<unknown>;

describe('the sign-in of somebody who holds more', () => {
  const holdings: readonly (readonly [string, string, Give])[] = [
    ['a grant', 'email-security', (t, userId) => t.setGrants(userId, grants('quarantineAdministration'))],
    [
      'a grant for one policy',
      'email-security',
      (t, userId, policy) => t.setGrants(userId, [{ permission: 'quarantineAdministration', policies: [policy] }]),
    ],
    ['a role', 'email-security', (t, userId) => t.role('Role', grants('logExport'), [userId])],
    [
      'a group within a group of a role',
      'email-security',
      async (t, userId) => {
        const outer = await putGroup(t, 'Outer');
        await join(t, await putGroup(t, 'Inner', [outer]), [userId]);
        await t.role('Role', grants('logExport'), [groupIdOf(outer)]);
      },
    ],
    [
      'an action type',
      'complete',
      async (t, userId) => {
        const roleId = await t.role('Role', [{ permission: 'editActions', actionTypes: ['addRecipient'] }], [userId]);
        return noRulesLater(t, roleId);
      },
    ],
    ['rights on rules to come', 'complete', (t, userId) => t.role('Role', [], [userId])],
    [
      'a right on one rule',
      'complete',
      async (t, userId) => {
        const roleId = await t.role('Role', grants('createRules'), [t.firstUser]);
        const body = { name: 'Rule', type: 'signatureRule', owner: roleId };
        const rule = (await t.ok('createRule', { body })).body.id;
        const seer = await t.role('Sees', [], [userId]);
        return noRulesLater(t, seer, [{ rule, view: true, edit: false, delete: false }]);
      },
    ],
  ];
  it.each(holdings)('Q-21: by %s (%s) is not for a manager of users to decide', async (title, catalogue, give) => {
    for (const state of ['bound', 'unbound', 'disabled'] as const) {
      const t = await h.tenant(catalogue);
      const policy = (await t.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
      const { as } = await managerOf(t);
      const userId = await t.user('Stronger', state === 'bound' ? 'stronger' : undefined);
      await give(t, userId, policy);
      if (state === 'disabled') await t.ok('updateUser', { params: { userId }, body: { state: 'disabled' } });
      const { body } = await refusedEverywhere(t, as, userId, state === 'bound', `${title}, ${state}`);
      // The refusal does not name a permission that the caller does not hold (FP-14).
      expect(JSON.stringify(body)).not.toMatch(/quarantine|export|action|rule/i);
      expect(body.missing).toBeUndefined();
    }
  });
});

describe('the sign-in of somebody who holds no more', () => {
  it('FP-03 FP-28: is decided by whoever manages users and holds the same, wherever it comes from', async () => {
    const t = await h.tenant();
    const policy = (await t.ok('createPolicy', { body: { name: 'Sales' } })).body.id;
    const manager = await managerOf(t, ...grants('quarantineAdministration'));
    const userId = await t.user('Equal');
    await t.setGrants(userId, [
      ...grants('manageUsers', 'viewAllReports'),
      { permission: 'quarantineAdministration', policies: [policy] },
    ]);
    const role = await t.role('Shared', grants('billing'), [manager.id, userId]);
    const group = await putGroup(t, 'Group');
    await join(t, group, [userId]);
    await t.ok('addRoleMembers', { params: { roleId: role }, body: { members: [groupIdOf(group)] } });
    for (const subject of ['one', 'two']) {
      expect((await accept(person(t.id, subject), await invite(t, userId, manager.as))).status).toBe(200);
      await t.ok('unbindUser', { as: manager.as, params: { userId } });
    }
    // What only the user has, by then, ends it.
    await t.role('Own', grants('purchase'), [userId]);
    await refusedEverywhere(t, manager.as, userId, false, 'with a role of their own');
  });

  it('is decided by whoever manages access rights, whatever else they hold', async () => {
    const t = await h.tenant();
    const keeper = await t.user('Keeper', 'keeper');
    await t.setGrants(keeper, grants('manageAccessRights'));
    const userId = await t.user('Anybody', 'anybody');
    await t.setGrants(userId, grants('*'));
    const as = person(t.id, 'keeper');
    await t.ok('unbindUser', { as, params: { userId } });
    expect((await accept(person(t.id, 'again'), await invite(t, userId, as))).status).toBe(200);
  });

  it('stays editing, disabling and deleting for whoever manages users (FP-28)', async () => {
    const t = await h.tenant('email-security');
    const { as } = await managerOf(t);
    const userId = await t.user('Stronger', 'stronger');
    await t.setGrants(userId, grants('quarantineAdministration'));
    for (const body of [
      { name: 'Renamed', login: 'l', mail: 'l@mail.test' },
      { state: 'disabled' },
      { state: 'active' },
    ])
      expect((await t.call('updateUser', { as, params: { userId }, body })).status).toBe(200);
    expect((await t.call('deleteUser', { as, params: { userId } })).status).toBe(204);
  });
});

describe('an invitation', () => {
  /** Invited by a manager of users who holds what the user holds. */
  const scene = async () => {
    const t = await h.tenant();
    const manager = await managerOf(t, ...grants('purchase'));
    const userId = await t.user('Invited');
    await t.setGrants(userId, grants('purchase'));
    return { t, manager, userId, text: await invite(t, userId, manager.as) };
  };
  const guest = (t: Tenant) => person(t.id, 'guest');
  type Scene = Awaited<ReturnType<typeof scene>>;
  const meanwhile: readonly (readonly [string, (scene: Scene) => Promise<unknown>])[] = [
    ['its user is granted more', ({ t, userId }) => t.setGrants(userId, grants('purchase', 'billing'))],
    ['its user gets a role', ({ t, userId }) => t.role('Role', grants('billing'), [userId])],
    ['its inviter loses the right', ({ t, manager }) => t.setGrants(manager.id, grants('manageUsers'))],
    [
      'its inviter is disabled',
      ({ t, manager }) => t.ok('updateUser', { params: { userId: manager.id }, body: { state: 'disabled' } }),
    ],
    ['its inviter is deleted', ({ t, manager }) => t.ok('deleteUser', { params: { userId: manager.id } })],
  ];
  it.each(meanwhile)('Q-21: is judged as it is accepted, by what its inviter can do: %s', async (title, change) => {
    const one = await scene();
    const { t, userId, text } = one;
    await change(one);
    await refuses(t, 'not-held', () => accept(guest(t), text), title);
    expect((await accept(guest(t), await invite(t, userId))).status).toBe(200);
  });

  it('Q-21: of somebody who is disabled is no good either where its user has rights on rules and nothing else', async () => {
    const t = await h.tenant();
    const manager = await managerOf(t);
    const userId = await t.user('Invited');
    await t.setGrants(userId, []);
    await t.role('On rules', [], [manager.id, userId]);
    const [text, again] = [await invite(t, userId, manager.as), await t.user('Other')];
    await t.ok('updateUser', { params: { userId: manager.id }, body: { state: 'disabled' } });
    await refuses(t, 'not-held', () => accept(guest(t), text));
    expect((await accept(guest(t), await invite(t, again))).status).toBe(200);
  });

  it('is accepted when its user holds less by then, and its inviter more', async () => {
    const { t, manager, userId, text } = await scene();
    await t.setGrants(userId, []);
    await t.setGrants(manager.id, grants('*'));
    expect((await accept(guest(t), text)).status).toBe(200);
  });

  it("Q-21: of a keeper's is no good once the keeper is none", async () => {
    for (const end of ['demoted', 'disabled'] as const) {
      const t = await h.tenant();
      const keeper = await t.user('Keeper', 'keeper');
      await t.setGrants(keeper, grants('*'));
      const userId = await t.user('Next');
      await t.setGrants(userId, grants('*'));
      const text = await invite(t, userId, person(t.id, 'keeper'));
      if (end === 'demoted') await t.setGrants(keeper, grants('manageUsers'));
      else await t.ok('updateUser', { params: { userId: keeper }, body: { state: 'disabled' } });
      await refuses(t, 'not-held', () => accept(guest(t), text), end);
    }
  });

  it('of an earlier release, which does not say whose it is, is good for a keeper’s guests and for those with the minimum', async () => {
    const forgets = async (t: Tenant, userId: string) =>
      put(t, async (view) => {
        const [before] = await view.users([userId as UserId]);
        if (!before?.invitation) throw new Error('not invited');
        const { by: _, ...invitation } = before.invitation;
        return { users: [{ before, after: { ...before, rev: before.rev + 1, invitation } }] };
      });
    const { t, manager, userId, text } = await scene();
    await forgets(t, userId);
    await refuses(t, 'not-held', () => accept(guest(t), text));
    const fresh = await t.user('Fresh');
    const minimum = await invite(t, fresh, manager.as);
    await forgets(t, fresh);
    expect((await accept(guest(t), minimum)).status).toBe(200);
    const byKeeper = await invite(t, userId);
    await forgets(t, userId);
    expect((await accept(person(t.id, 'other'), byKeeper)).status).toBe(200);
  });

  it('is audited with its inviter and with digests of the sign-in before and after', async () => {
    const { t, manager, userId, text } = await scene();
    await accept(guest(t), text);
    await t.ok('unbindUser', { params: { userId } });
    const events = (await t.ok('listEvents', { query: { target: userId } })).body.items;
    const of = (action: string) => events.find((event: { action: string }) => event.action === action);
    const bound = of('user.bound');
    expect(bound).toMatchObject({ before: { identity: null }, after: { invitedBy: manager.id } });
    expect(bound.after.identity).toMatch(/^[\w-]{20,}$/);
    expect(of('user.unbound')).toMatchObject({
      before: { identity: bound.after.identity, invitedBy: manager.id },
      after: { identity: null },
    });
    expect(JSON.stringify(events)).not.toContain('guest');
  });
});

describe('a machine client', () => {
  it('Q-21: is given a sign-in by a keeper only, and nobody else is told whether one is free', async () => {
    const t = await h.tenant();
    const { as } = await managerOf(t);
    for (const subject of ['admin', 'free']) {
      const body = { kind: 'machine', name: 'Claims', identity: { issuer, subject } };
      const operations = [{ operation: 'createUser', body }];
      await refuses(t, 'keeper-needed', () => t.call('createUser', { as, body }), subject);
      await refuses(t, 'keeper-needed', () => t.call('submitChangeSet', { as, body: { operations } }), subject);
    }
    const taken = { kind: 'machine', name: 'Claims', identity: { issuer, subject: 'admin' } };
    await refuses(t, 'identity-taken', () => t.call('createUser', { body: taken }));
    expect((await h.ok('getTenant', { as: t.admin })).status).toBe(200);
  });

  it('Q-21: is given no sign-in that never comes in, alone, rehearsed or in a set', async () => {
    const t = await h.tenant();
    for (const other of ['https://elsewhere.test', `${issuer}/`]) {
      const body = { kind: 'machine', name: 'Lost', identity: { issuer: other, subject: 'robot' } };
      const refused = await refuses(t, 'invalid-request', () => t.call('createUser', { body }), other);
      expect(refused.body.errors[0].field).toBe('/identity/issuer');
      expect(refused.body.errors[0].message).toContain(issuer);
      const dry = await t.ok('createUser', { body, query: { dryRun: 'true' } });
      expect(dry.body).toMatchObject({ outcome: 'refused', problem: { code: 'invalid-request' } });
      const operations = [{ operation: 'createUser', body }];
      await refuses(t, 'invalid-request', () => t.call('submitChangeSet', { body: { operations } }), other);
    }
  });

  it('accepts an invitation with its own token, whatever that is for', async () => {
    const t = await h.tenant();
    const { as } = await managerOf(t, ...grants('directorySynchronization'));
    for (const scope of ['directory', 'audit', 'export', 'admin']) {
      const { body } = await t.ok('createUser', { as, body: { kind: 'machine', name: `For ${scope}` } });
      expect(body).toMatchObject({ kind: 'machine', bound: false });
      await t.setGrants(body.id, grants('directorySynchronization'), as);
      const own = machine(t.id, `client-${scope}`, scope);
      const accepted = await accept(own, await invite(t, body.id, as));
      expect(accepted.body).toMatchObject({ id: body.id, bound: true, invited: false });
      const events = (await t.ok('listEvents', { query: { target: body.id } })).body.items;
      expect(events[0]).toMatchObject({ action: 'user.bound', actor: { kind: 'client', id: body.id } });
      if (scope === 'directory') expect((await h.ok('listSources', { as: own })).status).toBe(200);
    }
  });

  it('does not lend its token to a person: a person signs in with the scope admin', async () => {
    const t = await h.tenant();
    const text = await invite(t, await t.user('Person'));
    await refuses(t, 'insufficient-scope', () => accept(machine(t.id, 'client', 'directory'), text));
    expect((await accept(person(t.id, 'person'), text)).status).toBe(200);
  });
});

describe('somebody who could manage access rights', () => {
  it('Q-21: is renamed by keepers and by the directory, not by a manager of users', async () => {
    const t = await h.tenant();
    const { as } = await managerOf(t);
    const edits = [{ name: 'Other' }, { login: 'other' }, { mail: 'other@mail.test' }];
    const role = await t.role('Keepers', grants('manageAccessRights'));
    for (const state of ['active', 'disabled']) {
      const userId = await t.user(`Keeper ${state}`);
      await t.ok('addRoleMembers', { params: { roleId: role }, body: { members: [userId] } });
      if (state === 'disabled') await t.ok('updateUser', { params: { userId }, body: { state } });
      for (const body of edits) {
        await refuses(t, 'keeper-needed', () => t.call('updateUser', { as, params: { userId }, body }));
        const operations = [{ operation: 'updateUser', params: { userId }, body }];
        await refuses(t, 'keeper-needed', () => t.call('submitChangeSet', { as, body: { operations } }));
        await t.ok('updateUser', { params: { userId }, body });
      }
    }
  });
});
