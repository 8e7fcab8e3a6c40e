// Users: persons and machine clients, their invitations and bindings, external ids, and what belongs to a directory.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { invitationDays } from '../../shared/domain/plan/sign-ins.ts';
import { verify } from '../../shared/store/repair.ts';
import { Directory, deleted, drain, person as entry, modified, userDn } from '../support/directory.ts';
import { putDirectoryUser, putSource } from '../support/facts.ts';
import { bootEngine, Harness, issuer, machine, person, type Reply, service, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { SleepingClock } from '../support/wrapped.ts';

let engine: Engine;
let h: Harness;
const clock = new SleepingClock();
beforeAll(async () => {
  const booted = await bootEngine();
  engine = booted.engine;
  h = new Harness(booted.client, booted.table, { clock });
});
afterAll(() => engine.close());

const invite = async (t: Tenant, userId: string, as = t.admin): Promise<string> =>
  (await t.ok('inviteUser', { as, params: { userId } })).body.invitation;
const accept = (t: Tenant, subject: string, invitation: string): Promise<Reply> =>
  h.call('acceptInvitation', { as: person(t.id, subject), body: { invitation } });
/** Somebody who manages users and nothing else. */
const managerOf = async (t: Tenant) => {
  await t.setGrants(await t.user('Manager', 'manager'), [{ permission: 'manageUsers' }]);
  return person(t.id, 'manager');
};

describe('a person', () => {
  it('FP-03 FP-04 FP-05: starts with View All Reports, and with nothing else', async () => {
    const t = await h.tenant('email-security');
    const userId = await t.user('New');
    expect((await t.ok('getUserGrants', { params: { userId } })).body.grants).toEqual([
      { permission: 'viewAllReports' },
    ]);
    expect(await t.check(userId, { ability: 'logOn' })).toBe(true);
    await t.setGrants(userId, []);
    expect(await t.check(userId, { ability: 'logOn' })).toBe(false);
  });

  it('is read as it was created, with a name as people write it', async () => {
    const t = await h.tenant();
    const body = {
      kind: 'person',
      source: 'external',
      name: '  Zoë  ',
      login: 'zoe',
      mail: 'zoe@mail.test',
      externalId: 'z',
    };
    const created = await t.ok('createUser', { body });
    expect(created.body).toMatchObject({ ...body, name: 'Zoë', state: 'active', bound: false, invited: false });
    const read = await t.ok('getUser', { params: { userId: created.body.id } });
    expect([read.body, read.etag]).toEqual([created.body, created.etag]);
    const cleared = await t.ok('updateUser', {
      params: { userId: created.body.id },
      body: { login: null, mail: null, externalId: null },
    });
    expect([cleared.body.login, cleared.body.mail, cleared.body.externalId]).toEqual([undefined, undefined, undefined]);
  });

  it('moves its ETag with its own fields, and with nothing else', async () => {
    const t = await h.tenant();
    const userId = await t.user('Tagged');
    const tag = async () => (await t.ok('getUser', { params: { userId } })).etag;
    const first = await tag();
    await t.setGrants(userId, [{ permission: 'billing' }]);
    await t.role('Role', [], [userId]);
    await accept(t, 'tagged', await invite(t, userId));
    await t.user('Somebody else');
    expect(await tag()).toBe(first);
    await t.ok('updateUser', { params: { userId }, body: { name: 'Renamed' } });
    const second = await tag();
    expect(second).not.toBe(first);
    await t.ok('updateUser', { params: { userId }, body: { externalId: 'tagged' } });
    const third = await tag();
    expect(third).not.toBe(second);
    await t.ok('updateUser', { params: { userId }, body: { state: 'disabled' } });
    expect(await tag()).not.toBe(third);
  });

  it('changes nothing and leaves no event when nothing is to be changed', async () => {
    const t = await h.tenant();
    const userId = await t.user('Same');
    const before = await h.items(t.id);
    for (const body of [
      {},
      { name: 'Same' },
      { name: ' Same ' },
      { state: 'active' },
      { login: null },
      { externalId: null },
    ])
      await t.ok('updateUser', { params: { userId }, body });
    await t.ok('unbindUser', { params: { userId } });
    expect(await h.items(t.id)).toEqual(before);
  });

  it('is gone once deleted, whatever is asked of it', async () => {
    const t = await h.tenant();
    const userId = await t.user('Gone', 'gone');
    await t.role('Role', [{ permission: 'billing' }], [userId]);
    await t.ok('deleteUser', { params: { userId } });
    for (const id of [
      'getUser',
      'getUserGrants',
      'getEffectivePermissions',
      'deleteUser',
      'inviteUser',
      'unbindUser',
    ] as const)
      expectProblem(await t.call(id, { params: { userId } }), 'not-found', id);
    expectProblem(await h.call('getTenant', { as: person(t.id, 'gone') }), 'unknown-user');
    expect((await t.ok('check', { body: { user: userId, permission: 'billing' } })).body).toMatchObject({
      allowed: false,
      reason: 'unknown-user',
    });
    // The sign-in identity is free for somebody else.
    expect((await accept(t, 'gone', await invite(t, await t.user('Next')))).status).toBe(200);
  });
});

describe('an invitation', () => {
  it('binds the identity that accepts it, once', async () => {
    const t = await h.tenant();
    const userId = await t.user('Invited');
    const text = await invite(t, userId);
    expect((await t.ok('getUser', { params: { userId } })).body).toMatchObject({ bound: false, invited: true });
    expectProblem(await h.call('getTenant', { as: person(t.id, 'invited') }), 'unknown-user');
    const accepted = await accept(t, 'invited', text);
    expect(accepted.body).toMatchObject({ id: userId, bound: true, invited: false });
    expect((await h.ok('getTenant', { as: person(t.id, 'invited') })).status).toBe(200);
    expectProblem(await accept(t, 'another', text), 'not-found');
    expectProblem(await accept(t, 'invited', text), 'not-found');
  });

  it('replaces the one before', async () => {
    const t = await h.tenant();
    const userId = await t.user('Invited twice');
    const [first, second] = [await invite(t, userId), await invite(t, userId)];
    expectProblem(await accept(t, 'twice', first), 'not-found');
    expect((await accept(t, 'twice', second)).status).toBe(200);
  });

  it('expires, to the millisecond', async () => {
    const t = await h.tenant();
    const days = invitationDays * 86_400_000;
    const late = await invite(t, await t.user('Late'));
    const { body } = await t.ok('inviteUser', { params: { userId: await t.user('In time') } });
    expect(Date.parse(body.expiresAt)).toBe(clock.time + days);
    clock.time += days - 1;
    expect((await accept(t, 'in-time', body.invitation)).status).toBe(200);
    clock.time += 1;
    expectProblem(await accept(t, 'late', late), 'not-found');
  });

  it('is answered again to who asks with the same key, and stands nowhere in the table', async () => {
    const t = await h.tenant();
    const [one, two] = [await t.user('Asked alone'), await t.user('Asked in a set')];
    const headers = { 'idempotency-key': 'the-key-of-the-caller' };
    const alone = () => t.ok('inviteUser', { params: { userId: one }, headers });
    const operations = [{ operation: 'inviteUser', params: { userId: two } }];
    const inSet = () => t.ok('submitChangeSet', { body: { operations }, headers });
    const texts = [(await alone()).body.invitation, (await inSet()).body.results[0].body.invitation];
    const plain = (_: string, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
    const table = JSON.stringify(await h.items(t.id), plain);
    for (const [, secret] of texts.map((text: string) => text.split('.'))) expect(table).not.toContain(secret);
    expect(table).not.toContain(headers['idempotency-key']);
    expect([(await alone()).body.invitation, (await inSet()).body.results[0].body.invitation]).toEqual(texts);
    expect((await accept(t, 'asked-alone', texts[0])).status).toBe(200);
    expect((await accept(t, 'asked-in-a-set', texts[1])).status).toBe(200);
  });

  it('that an earlier release has kept is answered again, too', async () => {
    const t = await h.tenant();
    const request = { params: { userId: await t.user('Asked before') }, headers: { 'idempotency-key': 'before' } };
    const { body } = await t.ok('inviteUser', request);
    const once = (await h.items(t.id)).find(({ SK }) => SK === 'ONCE');
    const { sealed: _, ...rest } = { ...once };
    const Item = { ...rest, body: JSON.stringify({ body }) };
    await h.client.send(new PutCommand({ TableName: h.table, Item }));
    expect((await t.ok('inviteUser', request)).body).toEqual(body);
  });

  it('is no good for another user, another tenant or a guess', async () => {
    const t = await h.tenant();
    const [one, two] = [await t.user('One'), await t.user('Two')];
    const text = await invite(t, one);
    const secret = text.split('.')[1];
    for (const guess of [
      '',
      '.',
      one,
      `${one}.`,
      `${two}.${secret}`,
      `${text}.`,
      `${one}.${'0'.repeat(32)}`,
      `x.${secret}`,
    ])
      expectProblem(await accept(t, 'guesser', guess), 'not-found', guess);
    const other = await h.tenant();
    expectProblem(await accept(other, 'guesser', text), 'not-found');
    expect((await accept(t, 'one', text)).status).toBe(200);
  });

  it('does not let one identity be two users', async () => {
    const t = await h.tenant();
    await t.user('Bound', 'twin');
    const text = await invite(t, await t.user('Twin'));
    expectProblem(await accept(t, 'twin', text), 'identity-taken');
    // It was not used up by that.
    expect((await accept(t, 'other', text)).status).toBe(200);
  });

  it('for somebody who will manage access rights comes from a keeper only', async () => {
    const t = await h.tenant();
    const as = await managerOf(t);
    const future = await t.user('Future keeper');
    await t.setGrants(future, [{ permission: '*' }]);
    expectProblem(await t.call('inviteUser', { as, params: { userId: future } }), 'keeper-needed');
    // Invited before that was known: accepting is refused all the same.
    const later = await t.user('Later keeper');
    const text = await invite(t, later, as);
    await t.role('Keepers', [{ permission: 'manageAccessRights' }], [later]);
    expectProblem(await accept(t, 'later', text), 'keeper-needed');
    expect((await accept(t, 'later', await invite(t, later))).status).toBe(200);
  });

  it('is needed again after the identity was taken away', async () => {
    const t = await h.tenant();
    const userId = await t.user('Unbound', 'before');
    await t.ok('unbindUser', { params: { userId } });
    expectProblem(await h.call('getTenant', { as: person(t.id, 'before') }), 'unknown-user');
    expect((await accept(t, 'after', await invite(t, userId))).status).toBe(200);
    expectProblem(await h.call('getTenant', { as: person(t.id, 'before') }), 'unknown-user');
    expect((await h.ok('getTenant', { as: person(t.id, 'after') })).status).toBe(200);
    // And the old identity may come back, as any other.
    await t.ok('unbindUser', { params: { userId } });
    expect((await accept(t, 'before', await invite(t, userId))).status).toBe(200);
  });

  it('is withdrawn with the identity, and with the user', async () => {
    const t = await h.tenant();
    const userId = await t.user('Deleted');
    const text = await invite(t, userId);
    await t.ok('deleteUser', { params: { userId } });
    expectProblem(await accept(t, 'deleted', text), 'not-found');
  });
});

describe('a machine client', () => {
  const client = (t: Tenant, subject: string) =>
    t.ok('createUser', { body: { kind: 'machine', name: subject, identity: { issuer, subject } } });

  it('is bound when a keeper names its identity, starts with nothing, and needs scope and grant', async () => {
    const t = await h.tenant();
    const { body } = await client(t, 'export');
    expect(body).toMatchObject({ kind: 'machine', bound: true });
    expect((await t.ok('getUserGrants', { params: { userId: body.id } })).body.grants).toEqual([]);
    const bare = await h.ok('listEvents', { as: machine(t.id, 'export', 'audit') });
    expect(bare.body).toEqual({ items: [], ownOnly: true });
    await t.setGrants(body.id, [{ permission: 'administratorLogs' }]);
    expect((await h.ok('listEvents', { as: machine(t.id, 'export', 'audit') })).body.ownOnly).toBeUndefined();
    expectProblem(await h.call('listEvents', { as: machine(t.id, 'export', 'directory') }), 'insufficient-scope');
    expectProblem(await h.call('listUsers', { as: machine(t.id, 'export', 'admin') }), 'forbidden');
  });

  it('is not invited once it is bound, and never counts as somebody who manages access rights', async () => {
    const t = await h.tenant();
    const { body } = await client(t, 'robot');
    expectProblem(await t.call('inviteUser', { params: { userId: body.id } }), 'not-invitable');
    await t.setGrants(body.id, [{ permission: '*' }]);
    const refused = await t.call('deleteUser', { params: { userId: t.firstUser } });
    expectProblem(refused, 'last-access-manager');
    expect(refused.body.wouldNotCount).toEqual([{ user: body.id, why: 'machine' }]);
  });
});

describe('an external id', () => {
  it('names a user to products, until the user is deleted', async () => {
    const t = await h.tenant();
    const create = (name: string) => t.call('createUser', { body: { kind: 'person', name, externalId: 'crm#17 ж' } });
    const { body } = await create('First');
    await t.setGrants(body.id, [{ permission: 'billing' }]);
    const ask = async () =>
      (await h.ok('check', { as: service(t.id), body: { externalId: 'crm#17 ж', permission: 'billing' } })).body;
    expect(await ask()).toMatchObject({ allowed: true, user: body.id });
    expect(await ask()).toMatchObject({ allowed: true, user: body.id });
    expectProblem(await create('Second'), 'external-id-taken');
    await t.ok('deleteUser', { params: { userId: body.id } });
    expect(await ask()).toMatchObject({ allowed: false, reason: 'unknown-user' });
    const again = await create('Third');
    expect(again.status).toBe(201);
    expect(await ask()).toMatchObject({ allowed: false, reason: 'not-granted', user: again.body.id });
  });

  /** What products are told of an external id: the user and whether the user may do billing. */
  const asked = async (t: Tenant, externalId: string) => {
    const { body } = await h.ok('check', { as: service(t.id), body: { externalId, permission: 'billing' } });
    return [body.user, body.allowed];
  };
  const nobody = [undefined, false];
  const give = (t: Tenant, userId: string, externalId: string | null, as = t.admin) =>
    t.call('updateUser', { as, params: { userId }, body: { externalId } });
  const sound = async (t: Tenant) => expect((await verify(h.store.db, t.id))?.findings).toEqual([]);

  it('is given, changed and taken away later, and the one before leads nowhere', async () => {
    const t = await h.tenant();
    const userId = await t.user('Named later');
    await t.setGrants(userId, [{ permission: 'billing' }]);
    expect(await asked(t, 'one')).toEqual(nobody);
    expect((await give(t, userId, 'one')).body).toMatchObject({ id: userId, externalId: 'one' });
    expect((await t.ok('getUser', { params: { userId } })).body.externalId).toBe('one');
    expect(await asked(t, 'one')).toEqual([userId, true]);
    expect((await give(t, userId, 'two')).body.externalId).toBe('two');
    expect([await asked(t, 'one'), await asked(t, 'two')]).toEqual([nobody, [userId, true]]);
    // The one that is free again is for somebody else.
    const other = await t.user('Other');
    expect((await give(t, other, 'one')).status).toBe(200);
    expect(await asked(t, 'one')).toEqual([other, false]);
    const before = await h.items(t.id);
    expect((await give(t, userId, 'two')).status).toBe(200);
    expect(await h.items(t.id)).toEqual(before);
    expect((await give(t, userId, null)).body).not.toHaveProperty('externalId');
    expect(await asked(t, 'two')).toEqual(nobody);
    expect((await h.items(t.id)).filter(({ SK }) => SK === 'ALIAS')).toHaveLength(2);
    await sound(t);
  });

  it('of another user is refused, and nothing changes; so says a dry run', async () => {
    const t = await h.tenant();
    const [one, two] = [await t.user('One'), await t.user('Two')];
    await give(t, one, 'taken');
    await give(t, two, 'own');
    const before = await h.facts(t.id);
    const request = { params: { userId: two }, body: { externalId: 'taken', name: 'Renamed' } };
    expectProblem(await t.call('updateUser', request), 'external-id-taken');
    const rehearsed = await t.ok('updateUser', { ...request, query: { dryRun: 'true' } });
    expect(rehearsed.body).toMatchObject({ outcome: 'refused', problem: { code: 'external-id-taken' } });
    expect(await h.facts(t.id)).toEqual(before);
    expect([await asked(t, 'taken'), await asked(t, 'own')]).toEqual([
      [one, false],
      [two, false],
    ]);
    const told = await t.ok('updateUser', {
      params: { userId: two },
      body: { externalId: 'free' },
      query: { dryRun: 'true' },
    });
    expect(told.body.effect.things).toEqual([{ kind: 'user', id: two, change: 'changed', fields: ['externalId'] }]);
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('is of one user when two are given it at the same moment', async () => {
    const t = await h.tenant();
    const users = await Promise.all(['One', 'Two', 'Three'].map((name) => t.user(name)));
    const given = await Promise.all(users.map((userId) => give(t, userId, 'wanted')));
    expect(given.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const [winner] = users.filter((_, i) => given[i]?.status === 200);
    expect(await asked(t, 'wanted')).toEqual([winner, false]);
    await sound(t);
  });

  it('passes from one user to another in a set', async () => {
    const t = await h.tenant();
    const [one, two] = [await t.user('One'), await t.user('Two')];
    await give(t, one, 'passed');
    const to = (userId: string, externalId: string | null) => ({
      operation: 'updateUser',
      params: { userId },
      body: { externalId },
    });
    const submit = (...operations: object[]) => t.call('submitChangeSet', { body: { operations } });
    expect((await submit(to(two, 'passed'), to(one, null))).body).toMatchObject({
      code: 'external-id-taken',
      operation: 0,
    });
    expect((await submit(to(one, null), to(two, 'passed'), to(one, 'brief'), to(one, 'kept'))).status).toBe(200);
    expect([await asked(t, 'passed'), await asked(t, 'brief'), await asked(t, 'kept')]).toEqual([
      [two, false],
      nobody,
      [one, false],
    ]);
    await sound(t);
  });

  it('that was given later goes with the user, and comes back if it is free', async () => {
    const t = await h.tenant();
    const userId = await t.user('Comes and goes');
    await give(t, userId, 'first');
    await give(t, userId, 'second');
    const params = { userId };
    await t.ok('deleteUser', { params });
    expect(await asked(t, 'second')).toEqual(nobody);
    expect((await t.ok('restoreUser', { params })).body.externalId).toBe('second');
    expect([await asked(t, 'first'), await asked(t, 'second')]).toEqual([nobody, [userId, false]]);
    await t.ok('deleteUser', { params });
    const heir = await t.user('Heir');
    await give(t, heir, 'second');
    const { body } = await t.ok('restoreUser', { params });
    expect([body.externalId, body.warnings]).toEqual([undefined, ['external-id-taken']]);
    expect(await asked(t, 'second')).toEqual([heir, false]);
    expect((await give(t, userId, 'third')).body.externalId).toBe('third');
    await sound(t);
  });

  it('is told by the audit apart from the event, so that an erasure takes it out', async () => {
    const t = await h.tenant();
    const userId = await t.user('Told');
    await give(t, userId, 'secret-before');
    await give(t, userId, 'secret-after');
    const events = async (as = t.admin) =>
      (await t.ok('listEvents', { as, query: { target: userId, action: 'user.updated' } })).body.items;
    const [last] = await events();
    expect(last).toMatchObject({
      before: { externalId: { value: 'secret-before' } },
      after: { externalId: { value: 'secret-after' }, changed: ['externalId'] },
    });
    await t.ok('deleteUser', { params: { userId } });
    await t.ok('eraseUser', { params: { userId } });
    await drain(h);
    const left = (await h.items(t.id)).filter((item) => /secret-(before|after)/.test(JSON.stringify(item)));
    expect(left).toEqual([]);
    expect((await events())[0].after.externalId).toMatchObject({ erased: true });
  });

  it('makes nobody be taken for a stronger user (Q-21)', async () => {
    const t = await h.tenant();
    const as = await managerOf(t);
    const [weak, strong, keeper] = [await t.user('Weak'), await t.user('Strong'), await t.user('Keeper')];
    await t.setGrants(strong, [{ permission: 'billing' }]);
    await t.setGrants(keeper, [{ permission: '*' }]);
    expect((await give(t, weak, 'mine', as)).status).toBe(200);
    expect((await give(t, weak, null, as)).status).toBe(200);
    const refused = await give(t, strong, 'mine', as);
    expectProblem(refused, 'not-held');
    expect(refused.body.detail).toMatch(/^To change the external id of this user, you must hold/);
    expectProblem(await give(t, keeper, 'mine', as), 'keeper-needed');
    // Nor may it be taken away, as a sign-in may not.
    await give(t, strong, 'strong');
    expectProblem(await give(t, strong, null, as), 'not-held');
    expect((await t.call('updateUser', { as, params: { userId: strong }, body: { name: 'Renamed' } })).status).toBe(
      200,
    );
    expect((await t.call('createUser', { as, body: { kind: 'person', name: 'New', externalId: 'new' } })).status).toBe(
      201,
    );
    expect((await give(t, keeper, 'keeper')).status).toBe(200);
  });

  it('is told in the audit to whoever sees the user', async () => {
    const t = await h.tenant();
    const userId = await t.user('Told');
    await give(t, userId, 'told');
    const as = await managerOf(t);
    await t.setGrants((await t.ok('getMe', { as })).body.user.id, [
      { permission: 'manageUsers' },
      { permission: 'viewConfigurationAuditTrail' },
    ]);
    const { body } = await t.ok('listEvents', { as, query: { target: userId, action: 'user.updated' } });
    expect(body.items[0].after.externalId.value).toBe('told');
  });

  it('of a user of a directory outlasts its runs, and goes with the user', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t);
    await d.take(entry('ada', 1));
    const userId = d.user(1);
    await give(t, userId, 'hers');
    const read = async () => (await t.ok('getUser', { params: { userId } })).body;
    await d.take(modified(userDn('ada'), 'replace: cn', 'cn: Ada Byron'));
    expect([(await read()).name, (await read()).externalId]).toEqual(['Ada Byron', 'hers']);
    await d.take(modified(userDn('ada'), 'replace: pwdAccountLockedTime', 'pwdAccountLockedTime: 000001010000Z'));
    expect([(await read()).state, (await read()).externalId]).toEqual(['disabled', 'hers']);
    expect(await asked(t, 'hers')).toEqual([userId, false]);
    await d.take(deleted(userDn('ada')));
    expect(await asked(t, 'hers')).toEqual(nobody);
    expect((await give(t, await t.user('Next'), 'hers')).status).toBe(200);
    await sound(t);
  });

  it('is one thing, a sign-in identity another, though they read the same', async () => {
    const t = await h.tenant();
    await t.user('Signs in', 'same');
    const { status } = await t.call('createUser', { body: { kind: 'person', name: 'External', externalId: 'same' } });
    expect(status).toBe(201);
  });
});

describe('a user of a directory', () => {
  it('keeps what the directory owns; the rest is decided here', async () => {
    const t = await h.tenant();
    const userId = await putDirectoryUser(t, await putSource(t), 'From LDAP');
    for (const body of [{ name: 'X' }, { login: 'x' }, { mail: 'x@mail.test' }])
      expectProblem(await t.call('updateUser', { params: { userId }, body }), 'owned-by-directory');
    expect(
      (await t.ok('updateUser', { params: { userId }, body: { name: 'From LDAP', state: 'disabled' } })).body.state,
    ).toBe('disabled');
    await t.ok('updateUser', { params: { userId }, body: { state: 'active' } });
    expect((await t.setGrants(userId, [{ permission: 'billing' }])).status).toBe(200);
    // The directory says no external id.
    const named = await t.ok('updateUser', { params: { userId }, body: { externalId: 'ldap#1' } });
    expect(named.body).toMatchObject({ id: userId, externalId: 'ldap#1' });
    expect((await accept(t, 'ldap', await invite(t, userId))).body).toMatchObject({ id: userId, bound: true });
  });

  it('is bound once it has signed in, and not because its source says by which claim (Q-22)', async () => {
    const t = await h.tenant();
    const source = await putSource(t, { issuer, claim: 'employee' });
    const userId = await putDirectoryUser(t, source, 'Claims', [], 'e1');
    const shown = async () => (await t.ok('getUser', { params: { userId } })).body;
    expect(await shown()).toMatchObject({ bound: false, invited: false });
    await h.ok('getTenant', { as: { ...person(t.id, 'ldap'), claims: { employee: 'e1' } } });
    expect(await shown()).toMatchObject({ bound: true, invited: false });
  });
});

describe('the list of users', () => {
  it('filters by state, source and kind, and by the beginning of the name', async () => {
    const t = await h.tenant();
    const source = await putSource(t);
    const ids = {
      anna: await t.user('Anna'),
      directory: await putDirectoryUser(t, source, 'anton'),
      external: (await t.ok('createUser', { body: { kind: 'person', source: 'external', name: 'Ben' } })).body.id,
      robot: (
        await t.ok('createUser', { body: { kind: 'machine', name: 'Robot', identity: { issuer, subject: 'r' } } })
      ).body.id,
    };
    await t.ok('updateUser', { params: { userId: ids.anna }, body: { state: 'disabled' } });
    const found = async (query: Record<string, string>) =>
      (await t.ok('listUsers', { query })).body.items.map(({ id }: { id: string }) => id);
    expect(await found({})).toEqual([t.firstUser, ids.anna, ids.directory, ids.external, ids.robot]);
    expect(await found({ name: ' AN' })).toEqual([ids.anna, ids.directory]);
    expect(await found({ state: 'disabled' })).toEqual([ids.anna]);
    expect(await found({ source })).toEqual([ids.directory]);
    expect(await found({ source: 'external' })).toEqual([ids.external]);
    expect(await found({ kind: 'machine' })).toEqual([ids.robot]);
    expect(await found({ kind: 'machine', state: 'disabled' })).toEqual([]);
  });
});

describe('an invitation accepted while the user is disabled', () => {
  it('binds, and warns that the user cannot sign in until somebody enables it', async () => {
    const t = await h.tenant();
    const userId = await t.user('Late');
    const { invitation } = (await t.ok('inviteUser', { params: { userId } })).body;
    await t.ok('updateUser', { params: { userId }, body: { state: 'disabled' } });
    const accepted = await h.ok('acceptInvitation', { as: person(t.id, 'late'), body: { invitation } });
    expect(accepted.body).toMatchObject({ bound: true, state: 'disabled', warnings: ['user-disabled'] });
    expectProblem(await h.call('getTenant', { as: person(t.id, 'late') }), 'user-disabled');
    await t.ok('updateUser', { params: { userId }, body: { state: 'active' } });
    await h.ok('getTenant', { as: person(t.id, 'late') });
    const other = await t.user('Prompt');
    const second = (await t.ok('inviteUser', { params: { userId: other } })).body.invitation;
    const prompt = await h.ok('acceptInvitation', { as: person(t.id, 'prompt'), body: { invitation: second } });
    expect(prompt.body.warnings).toBeUndefined();
  });
});
