// Users: persons and machine clients, their invitations and bindings, external ids, and what belongs to a directory.
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { invitationDays } from '../../shared/domain/plan/sign-ins.ts';
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
      body: { login: null, mail: null },
    });
    expect([cleared.body.login, cleared.body.mail]).toEqual([undefined, undefined]);
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
    await t.ok('updateUser', { params: { userId }, body: { state: 'disabled' } });
    expect(await tag()).not.toBe(second);
  });

  it('changes nothing and leaves no event when nothing is to be changed', async () => {
    const t = await h.tenant();
    const userId = await t.user('Same');
    const before = await h.items(t.id);
    for (const body of [{}, { name: 'Same' }, { name: ' Same ' }, { state: 'active' }, { login: null }])
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
