// One sign-in is one user: the record of an (issuer, subject) decides on every process, the first sign-in by a
// directory's claim writes it, and nobody counts as a holder before.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { identityDigest } from '../../shared/http/gateway/authorise.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { type OperationId, operations } from '../../shared/routes/operations.ts';
import { keys } from '../../shared/store/keys.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { Store } from '../../shared/store/store.ts';
import { Directory, person as entry, group, userDn, uuid } from '../support/directory.ts';
import { builtOperations, putDirectoryUser, putSource } from '../support/facts.ts';
import { type As, bootEngine, Harness, issuer, operator, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { samples, Targets } from '../support/samples.ts';
import { spentBy, Wrapped } from '../support/wrapped.ts';

let engine: Engine;
let h: Harness;
let wrapped: Wrapped;
beforeAll(async () => {
  const booted = await bootEngine();
  engine = booted.engine;
  wrapped = new Wrapped(booted.client);
  h = new Harness(wrapped, booted.table);
});
afterAll(() => engine.close());

const keeping = { permission: 'manageAccessRights' };
const claim = 'employee';
const claiming = (t: Tenant, subject: string, employee: string): As => ({
  ...person(t.id, subject),
  claims: { [claim]: employee },
});
/** Whom a token means, by the answer to a question about oneself; nobody: the problem's code. */
const whoIs = async (as: As): Promise<string> => {
  const { body } = await h.call('check', { as, body: { ability: 'logOn' } });
  return body.user ?? body.code;
};
const recordOf = (t: Tenant, subject: string) => h.store.aliased(t.id, identityDigest(issuer, subject));
/** A tenant with a source by whose claim its users sign in, and one user who has not yet. */
const withDirectory = async (employee = 'e1') => {
  const t = await h.tenant();
  const source = await putSource(t, { issuer, claim });
  return { t, source, user: await putDirectoryUser(t, source, 'Dora', [], employee) };
};
/** A process that remembers nothing. */
const onAnotherProcess = async <T>(run: () => Promise<T>): Promise<T> => {
  setRuntime({ ...h.runtime, store: new Store({ client: h.client, table: h.table }) });
  try {
    return await run();
  } finally {
    setRuntime(h.runtime);
  }
};

describe('the first sign-in by a claim', () => {
  it('binds: one record, one mark, one event of the user itself (Q-22)', async () => {
    const { t, source, user } = await withDirectory();
    expect(await whoIs(claiming(t, 'dora', 'e1'))).toBe(user);
    expect(await recordOf(t, 'dora')).toBe(user);
    const [profile] = await h.store.db.read([keys.profile(t.id, user)]);
    expect(profile).toMatchObject({ issuer, subject: 'dora' });
    const { body } = await t.ok('listEvents', { query: { target: user } });
    const bound = body.items.filter(({ action }: { action: string }) => action === 'user.bound');
    expect(bound).toMatchObject([{ actor: { kind: 'person', id: user }, after: { by: 'claim', source } }]);
    // From then on the record decides, with the claim or without it.
    const items = await h.items(t.id);
    expect(await whoIs(claiming(t, 'dora', 'e1'))).toBe(user);
    expect(await whoIs(person(t.id, 'dora'))).toBe(user);
    expect(await h.items(t.id)).toEqual(items);
  });

  it('comes with any operation that people use, whatever that is answered', async () => {
    const t = await h.tenant();
    const source = await putSource(t, { issuer, claim });
    const targets = Targets.shared(t);
    const open = builtOperations.filter((id) => (operations[id].callers as readonly string[]).includes('person'));
    expect(open.length).toBeGreaterThan(60);
    const unbound: string[] = [];
    for (const id of open) {
      const user = await putDirectoryUser(t, source, id, [], id);
      const request = await samples[id as OperationId](targets);
      await h.call(id, { ...request, as: claiming(t, `s-${id}`, id) });
      if ((await recordOf(t, `s-${id}`)) !== user) unbound.push(id);
    }
    expect(unbound).toEqual([]);
  }, 240_000);

  it('comes with a rehearsal, an operation of a set and a repeated request, too', async () => {
    const { t, user } = await withDirectory();
    await t.setGrants(user, [keeping]);
    const as = claiming(t, 'dora', 'e1');
    const dryRun = { as, body: { name: 'Rehearsed' }, query: { dryRun: 'true' } };
    expect((await h.ok('createRole', dryRun)).body.outcome).toBe('done');
    expect(await recordOf(t, 'dora')).toBe(user);
    const other = await putDirectoryUser(t, (await h.store.access(t.id, user))?.source as never, 'Evi', [], 'e2');
    await t.setGrants(other, [keeping]);
    const operations = [{ operation: 'createRole', body: { name: 'In a set' } }];
    const query = { dryRun: 'true' };
    expect((await h.ok('submitChangeSet', { as: claiming(t, 'evi', 'e2'), body: { operations }, query })).status).toBe(
      200,
    );
    expect(await recordOf(t, 'evi')).toBe(other);
    const headers = { 'idempotency-key': 'k1' };
    const first = await h.ok('createRole', { as, body: { name: 'Once' }, headers });
    expect((await h.ok('createRole', { as, body: { name: 'Once' }, headers })).body).toEqual(first.body);
  });

  it('is told what is wrong with its request as anybody who is bound, small or large', async () => {
    const { t, user } = await withDirectory();
    await t.setGrants(user, [keeping]);
    const as = claiming(t, 'dora', 'e1');
    for (const name of ['', 'x'.repeat(40_000)])
      expectProblem(await h.call('createRole', { as, body: { name } }), 'invalid-request');
    const description = 'x'.repeat(900);
    const operations = Array.from({ length: 30 }, (_, n) => ({
      operation: 'createRole',
      body: { name: `R${n}`, description },
    }));
    const query = { dryRun: 'true' };
    expect((await h.ok('submitChangeSet', { as, body: { operations }, query })).body.outcome).toBe('done');
    expect(await recordOf(t, 'dora')).toBe(user);
  });

  it('binds nobody who is disabled, deleted, of another source, or named by no claim; and nothing changes', async () => {
    const { t, source, user } = await withDirectory();
    const other = await putSource(t);
    await putDirectoryUser(t, other, 'Of the other', [], 'e3');
    const gone = await putDirectoryUser(t, source, 'Gone', [], 'e4');
    await t.ok('deleteUser', { params: { userId: gone } });
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    const before = await h.facts(t.id);
    expect(await whoIs(claiming(t, 'x', 'e1'))).toBe('user-disabled');
    for (const employee of ['e3', 'e4', '', 'E5']) expect(await whoIs(claiming(t, 'x', employee))).toBe('unknown-user');
    expect(await whoIs({ ...claiming(t, 'x', 'e1'), claims: { iss: 'https://other.test', [claim]: 'e1' } })).toBe(
      'unknown-user',
    );
    expectProblem(
      await h.call('getTenant', { as: { ...claiming(t, 'x', 'e1'), scope: 'holdfast/audit' } }),
      'insufficient-scope',
    );
    expect(await h.facts(t.id)).toEqual(before);
  });

  it('of two at once with one claim binds one; the other sign-in is nobody', async () => {
    const { t, user } = await withDirectory();
    const told = await Promise.all(['one', 'two'].map((subject) => whoIs(claiming(t, subject, 'e1'))));
    expect([...told].sort()).toEqual([user, 'unknown-user'].sort());
    const [one, two] = await Promise.all([recordOf(t, 'one'), recordOf(t, 'two')]);
    expect([one, two].filter(Boolean)).toEqual([user]);
    // The same twice: both are the one user.
    const { t: other, user: dora } = await withDirectory();
    const twice = await Promise.all([1, 2, 3].map(() => whoIs(claiming(other, 'dora', 'e1'))));
    expect(twice).toEqual([dora, dora, dora]);
    expect((await verify(h.store.db, other.id))?.findings).toEqual([]);
  });

  it('leads to nobody once the user is bound to another sign-in, and binds anew after that is taken away', async () => {
    const { t, user } = await withDirectory();
    await whoIs(claiming(t, 'dora', 'e1'));
    expect(await whoIs(claiming(t, 'dora at home', 'e1'))).toBe('unknown-user');
    expect(await recordOf(t, 'dora at home')).toBeUndefined();
    await t.ok('unbindUser', { params: { userId: user } });
    expect(await whoIs(claiming(t, 'dora at home', 'e1'))).toBe(user);
    expect(await whoIs(claiming(t, 'dora', 'e1'))).toBe('unknown-user');
    expect(await onAnotherProcess(() => whoIs(claiming(t, 'dora', 'e1')))).toBe('unknown-user');
  });

  it('makes an invitation void: it binds no second sign-in', async () => {
    const { t, user } = await withDirectory();
    const { body } = await t.ok('inviteUser', { params: { userId: user } });
    await whoIs(claiming(t, 'dora', 'e1'));
    const late = { as: person(t.id, 'late'), body: { invitation: body.invitation } };
    expectProblem(await h.call('acceptInvitation', late), 'not-found');
    expect(await whoIs(person(t.id, 'late'))).toBe('unknown-user');
  });

  it('costs whoever is bound nothing, and the first request two round trips', async () => {
    const { t } = await withDirectory();
    const as = claiming(t, 'dora', 'e1');
    await t.ok('getTenant');
    const ask = () => h.ok('check', { as, body: { ability: 'logOn' } });
    const first = await spentBy(wrapped, ask);
    expect(first.commands.filter((one) => one === 'TransactWrite')).toHaveLength(1);
    const warm = await spentBy(wrapped, ask);
    const bound = await spentBy(wrapped, () => h.ok('check', { as: t.admin, body: { ability: 'logOn' } }));
    expect(warm).toMatchObject({ roundTrips: 1, requests: 1, readUnits: bound.readUnits, writeUnits: 0 });
  });
});

describe('a sign-in is one user', () => {
  it('whose record is read before any claim, on a process that knows nothing as well', async () => {
    const { t } = await withDirectory('e1');
    const lola = await t.user('Lola', 'lola');
    const as = claiming(t, 'lola', 'e1');
    expect(await whoIs(as)).toBe(lola);
    expect(await onAnotherProcess(() => whoIs(as))).toBe(lola);
    // And where the user comes later than the record.
    const source = (await t.ok('listSources')).body.items[0].id;
    await putDirectoryUser(t, source, 'Late', [], 'e2');
    expect(await onAnotherProcess(() => whoIs(claiming(t, 'lola', 'e2')))).toBe(lola);
  });

  it.each([
    ['has signed in by it', true],
    ['would sign in by it', false],
  ])('whoever %s accepts no invitation for another: 409 and nothing changes', async (_, signedIn) => {
    const { t, user } = await withDirectory();
    const as = claiming(t, 'dora', 'e1');
    if (signedIn) await whoIs(as);
    const other = await t.user('Other');
    const { body } = await t.ok('inviteUser', { params: { userId: other } });
    const before = await h.facts(t.id);
    expectProblem(await h.call('acceptInvitation', { as, body: { invitation: body.invitation } }), 'identity-taken');
    expect(await h.facts(t.id)).toEqual(before);
    expect(await whoIs(as)).toBe(user);
  });

  it('a user of a directory accepts an invitation for itself', async () => {
    const { t, user } = await withDirectory();
    const { body } = await t.ok('inviteUser', { params: { userId: user } });
    const as = claiming(t, 'dora', 'e1');
    expect((await h.ok('acceptInvitation', { as, body: { invitation: body.invitation } })).body.id).toBe(user);
    expect(await recordOf(t, 'dora')).toBe(user);
  });

  it('no machine client is bound to the sign-in of a person who signs in by a claim', async () => {
    const { t, user } = await withDirectory();
    const as = claiming(t, 'dora', 'e1');
    expect(await whoIs(as)).toBe(user);
    const body = { kind: 'machine', name: 'Claims it', identity: { issuer, subject: 'dora' } };
    const before = await h.facts(t.id);
    expectProblem(await t.call('createUser', { body }), 'identity-taken');
    expect(await h.facts(t.id)).toEqual(before);
    expect(await whoIs(as)).toBe(user);
  });

  it('no machine client is given the sign-in of somebody of a directory who has yet to come', async () => {
    const t = await h.tenant();
    const source = await putSource(t, { issuer, claim: 'sub' });
    const user = await putDirectoryUser(t, source, 'Dora', [], 'dora-1');
    const create = (subject: string) =>
      t.call('createUser', { body: { kind: 'machine', name: `For ${subject}`, identity: { issuer, subject } } });
    const before = await h.facts(t.id);
    // Ids are alike in any case.
    for (const subject of ['dora-1', 'DORA-1']) expectProblem(await create(subject), 'identity-taken', subject);
    expect(await h.facts(t.id)).toEqual(before);
    expect((await create('dora-2')).status).toBe(201);
    expect(await whoIs(person(t.id, 'dora-1'))).toBe(user);
  });

  it('of several sources the same is asked first on every process', async () => {
    const t = await h.tenant();
    const sources = [];
    // As an earlier release let them be made: one issuer, one claim.
    for (let n = 0; n < 6; n += 1) sources.push(await putSource(t, { issuer, claim }));
    const first = [...sources].sort()[0] as never;
    const users = new Map<string, UserId>();
    for (const source of [...sources].reverse()) users.set(source, await putDirectoryUser(t, source, 'Same', [], 'e1'));
    const as = claiming(t, 'dora', 'e1');
    expect(await onAnotherProcess(() => whoIs(as))).toBe(users.get(first));
    expect(await whoIs(as)).toBe(users.get(first));
  });
});

describe('a source that signs people in', () => {
  const create = (t: Tenant, signIn: object, name = 'Another') => t.call('createSource', { body: { name, signIn } });

  it('names an issuer whose tokens come in: else 400 naming the field and those', async () => {
    const t = await h.tenant();
    const before = await h.items(t.id);
    for (const wrong of ['https://issuer.tset', `${issuer}/`, issuer.toUpperCase()]) {
      const { status, body } = await create(t, { issuer: wrong, claim });
      expect([status, body.errors[0].field]).toEqual([400, '/signIn/issuer']);
      expect(body.errors[0].message).toContain(issuer);
    }
    expect(await h.items(t.id)).toEqual(before);
    expect((await create(t, { issuer, claim })).status).toBe(201);
  });

  it('and so does the first user of a tenant: nobody is made the keeper of a tenant who cannot come in', async () => {
    const identity = { issuer: 'https://issuer.tset', subject: 'ada' };
    const body = { name: 'Typed wrong', catalogue: 'complete', firstUser: { name: 'Ada', identity } };
    const reply = await h.call('createTenant', { as: operator, body });
    expect([reply.status, reply.body.errors[0].field]).toEqual([400, '/firstUser/identity/issuer']);
  });

  it('shares issuer and claim with no other: 409 alone, rehearsed, in a set, in a draft, and of two at once', async () => {
    const t = await h.tenant();
    const signIn = { issuer, claim };
    const first = await create(t, signIn, 'First');
    const before = await h.facts(t.id);
    expectProblem(await create(t, signIn), 'sign-in-taken');
    const operations = [{ operation: 'createSource', body: { name: 'Second', signIn } }];
    const query = { dryRun: 'true' };
    const body = { name: 'Second', signIn };
    expect((await t.ok('createSource', { body, query })).body.problem.code).toBe('sign-in-taken');
    const rehearsed = await t.ok('submitChangeSet', { body: { operations }, query });
    expect(rehearsed.body.problem.code).toBe('sign-in-taken');
    expect(await h.facts(t.id)).toEqual(before);
    const fresh = await h.tenant();
    const pair = ['One', 'Two'].map((name) => ({ operation: 'createSource', body: { name, signIn } }));
    const set = await fresh.ok('submitChangeSet', { body: { operations: pair }, query });
    expect(set.body.problem).toMatchObject({ code: 'sign-in-taken', operation: 1 });
    const raced = await Promise.all(['One', 'Two', 'Three'].map((name) => create(fresh, signIn, name)));
    expect(raced.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect(first.status).toBe(201);
    expect((await create(t, { issuer, claim: 'another' })).status).toBe(201);
  });
});

describe('who counts', () => {
  it('nobody of a directory who has not signed in: the first user stays, and is told why (CT-44, Q-22)', async () => {
    const d = await Directory.of(await h.tenant(), { issuer, claim });
    const t = d.tenant;
    await d.take(entry('eve'), entry('ada', 1), group('Keepers', 11, userDn('eve'), userDn('ada')));
    await t.role('Keepers', [keeping], [d.group(11)]);
    const { items } = (await t.ok('listUsers', { query: { source: d.source } })).body;
    const before = await h.facts(t.id);
    const refused = await t.call('deleteUser', { params: { userId: t.firstUser } });
    expectProblem(refused, 'last-access-manager');
    const near = items.map(({ id }: { id: string }) => ({ user: id, why: 'never-signed-in' }));
    expect(refused.body.wouldNotCount).toEqual(expect.arrayContaining(near));
    expect(await h.facts(t.id)).toEqual(before);
    expect(await whoIs(claiming(t, 'ada', uuid(1)))).toBe(d.user(1));
    expect((await t.call('deleteUser', { params: { userId: t.firstUser } })).status).toBe(204);
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
  });

  it('whoever is unbound counts no more: the last one is not, whatever the claim would do (CT-44)', async () => {
    const { t, user } = await withDirectory();
    await t.setGrants(user, [keeping]);
    const as = claiming(t, 'dora', 'e1');
    await h.ok('deleteUser', { as, params: { userId: t.firstUser } });
    expectProblem(await h.call('unbindUser', { as, params: { userId: user } }), 'last-access-manager');
    expect(await whoIs(as)).toBe(user);
  });

  it('in a tenant without any holder a sign-in still comes in, and ends that when it makes one', async () => {
    const { t, user } = await withDirectory();
    await t.setGrants(user, [keeping]);
    const edit = (Key: object, UpdateExpression: string, more: object = {}) =>
      h.client.send(new UpdateCommand({ TableName: h.table, Key: { ...Key }, UpdateExpression, ...more }));
    await edit(keys.access(t.id, t.firstUser), 'SET #state = :no', {
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':no': 'disabled' },
    });
    expect((await repair(h.store.db, t.id))?.findings.map(({ what }) => what)).toContain('keeperless');
    expect((await h.store.view(t.id))?.head.keeperless).toBe(true);
    expect(await whoIs(claiming(t, 'dora', 'e1'))).toBe(user);
    expect(await recordOf(t, 'dora')).toBe(user);
    expect((await verify(h.store.db, t.id))?.findings).toEqual([]);
    expect((await h.call('createRole', { as: claiming(t, 'dora', 'e1'), body: { name: 'X' } })).status).toBe(201);
  });
});

describe('an entry whose id is the sign-in of somebody else', () => {
  it('is rejected by its own code, and makes nobody; the rest of the file is done', async () => {
    const d = await Directory.of(await h.tenant(), { issuer, claim: 'sub' });
    const lola = await d.tenant.user('Lola', uuid(1));
    const run = await d.take(entry('ada', 1), entry('bo', 2));
    expect(run.items.map(({ result, code }: { result: string; code?: string }) => [result, code])).toEqual([
      ['rejected', 'identity-taken'],
      ['applied', undefined],
    ]);
    expect(await d.access(d.user(1))).toBeUndefined();
    expect(await whoIs(person(d.tenant.id, uuid(1)))).toBe(lola);
    expect(await whoIs(person(d.tenant.id, uuid(2)))).toBe(d.user(2));
    // Whose sign-in it is by then is no fault of theirs.
    const again = await d.take(entry('bo', 2, 'title: x'), entry('bo2', 3));
    expect(again.counts.rejected).toBe(0);
    await d.tenant.ok('deleteUser', { params: { userId: lola } });
    expect((await d.take(entry('ada', 1))).counts).toMatchObject({ applied: 1, rejected: 0 });
    expect(await whoIs(person(d.tenant.id, uuid(1)))).toBe(d.user(1));
  });
});
