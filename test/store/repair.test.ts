// Repair against tables that somebody has edited by hand: what is wrong is found, named and set right, and nobody is
// appointed.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { type Key, keys } from '../../shared/store/keys.ts';
import { repair, verify } from '../../shared/store/repair.ts';
import { putDirectoryUser, putSource } from '../support/facts.ts';
import { boot, type Harness, issuer, person, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
let t: Tenant;
let bea: UserId;

beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());
beforeEach(async () => {
  t = await h.tenant('complete');
  bea = await t.user('Bea', 'bea');
  await t.setGrants(bea, [{ permission: 'manageAccessRights' }]);
});

/** A manual edit: sets or removes attributes without any condition. */
const edit = (Key: Key, set: Record<string, unknown>, remove: string[] = []) => {
  const names = [...Object.keys(set), ...remove];
  const sets = Object.keys(set).map((_, i) => `#n${i} = :v${i}`);
  const removes = remove.map((_, i) => `#n${Object.keys(set).length + i}`);
  return h.client.send(
    new UpdateCommand({
      TableName: h.table,
      Key,
      UpdateExpression: [
        sets.length ? `SET ${sets.join(', ')}` : '',
        removes.length ? `REMOVE ${removes.join(', ')}` : '',
      ]
        .filter(Boolean)
        .join(' '),
      ExpressionAttributeNames: Object.fromEntries(names.map((name, i) => [`#n${i}`, name])),
      ...(sets.length && {
        ExpressionAttributeValues: Object.fromEntries(Object.values(set).map((value, i) => [`:v${i}`, value])),
      }),
    }),
  );
};

const disabling = (userId: string) => ({ params: { userId }, body: { state: 'disabled' } });
const found = async () => (await verify(h.store.db, t.id))?.findings.map(({ what }) => what);

const damages: [string, string[], () => Promise<unknown>][] = [
  ['a wrong sum', ['sum'], () => edit(keys.head(t.id), { sum: 4711 })],
  ['a wrong number of records', ['records'], () => edit(keys.head(t.id), { records: 1 })],
  ['wrong bytes', ['bytes'], () => edit(keys.head(t.id), { bytes: 4711 })],
  ['a pin that is gone', ['pin-missing'], () => edit(keys.access(t.id, t.firstUser), {}, ['pinned'])],
  ['a pin on somebody else', ['pin-stray'], () => edit(keys.access(t.id, bea), { pinned: 'personal' })],
  [
    'a witness who was disabled past all conditions',
    ['witness'],
    () => edit(keys.access(t.id, t.firstUser), { state: 'disabled' }),
  ],
  ['a mark of having no holder that is not true', ['keeperless'], () => edit(keys.head(t.id), { keeperless: true })],
];

describe('repair', () => {
  it('finds nothing in a tenant that nobody has edited by hand, and writes nothing', async () => {
    const before = await h.items(t.id);
    expect(await found()).toEqual([]);
    expect((await repair(h.store.db, t.id))?.findings).toEqual([]);
    expect(await h.items(t.id)).toEqual(before);
  });

  it.each(damages)('finds and repairs %s', async (_name, findings, damage) => {
    await damage();
    expect(await found()).toEqual(findings);
    await repair(h.store.db, t.id);
    expect(await found()).toEqual([]);
    // The tenant works again: one who is left may not go, the other may.
    expect((await t.call('getTenant', { as: person(t.id, 'bea') })).status).toBe(200);
    const disabled = await t.call('updateUser', {
      as: person(t.id, 'bea'),
      params: { userId: bea },
      body: { state: 'disabled' },
    });
    expect([200, 409]).toContain(disabled.status);
    expect(await found()).toEqual([]);
  });

  it('marks a tenant without any holder, refuses all its changes, and appoints nobody', async () => {
    await edit(keys.access(t.id, t.firstUser), { state: 'disabled' });
    await edit(keys.access(t.id, bea), {}, ['identity']);
    expect(await found()).toEqual(expect.arrayContaining(['witness', 'keeperless']));
    await repair(h.store.db, t.id);
    expect(await found()).toEqual(expect.arrayContaining(['keeperless']));
    await edit(keys.access(t.id, t.firstUser), { state: 'active' });
    const before = await h.facts(t.id);
    const refused = await t.call('createRole', { body: { name: 'Any' } });
    expect(refused.body.code).toBe('keeperless');
    expect(await h.facts(t.id)).toEqual(before);
    // With a holder again, repair lifts the mark.
    await repair(h.store.db, t.id);
    expect(await found()).toEqual([]);
    expect((await t.call('createRole', { body: { name: 'Any' } })).status).toBe(201);
  });

  it('reports who has not signed in since an earlier release let that count, and appoints nobody (Q-22)', async () => {
    const source = await putSource(t, { issuer, claim: 'oid' });
    const dora = await putDirectoryUser(t, source, 'Dora', [], 'd1');
    await t.setGrants(dora, [{ permission: 'manageAccessRights' }]);
    // As an earlier release would have left it: Dora is the witness, by what her source says.
    const access = await h.store.access(t.id, dora);
    const witness = { user: `${dora}.${access?.life}`, entry: 'personal', source };
    await edit(keys.head(t.id), { witness });
    await edit(keys.access(t.id, dora), { pinned: 'personal' });
    await edit(keys.access(t.id, t.firstUser), {}, ['pinned']);
    expect(await found()).toEqual(['never-signed-in']);
    // Only the first user and Bea have signed in, so the witness must be one of them.
    const as = person(t.id, 'bea');
    await h.ok('updateUser', { as, ...disabling(t.firstUser) });
    expectProblem(await h.call('updateUser', { as, ...disabling(bea) }), 'last-access-manager');
    expect(await found()).toEqual([]);
  });

  it('leaves a witness of an earlier release where nobody has signed in, until somebody does (Q-22)', async () => {
    const source = await putSource(t, { issuer, claim: 'oid' });
    const dora = await putDirectoryUser(t, source, 'Dora', [], 'd1');
    await t.setGrants(dora, [{ permission: 'manageAccessRights' }]);
    const access = await h.store.access(t.id, dora);
    await edit(keys.head(t.id), { witness: { user: `${dora}.${access?.life}`, entry: 'personal', source } });
    await edit(keys.access(t.id, dora), { pinned: 'personal' });
    await edit(keys.access(t.id, t.firstUser), {}, ['pinned', 'identity']);
    await edit(keys.access(t.id, bea), {}, ['identity']);
    expect(await found()).toEqual(['never-signed-in']);
    const before = await h.facts(t.id);
    expect((await repair(h.store.db, t.id))?.findings.map(({ what }) => what)).toEqual(['never-signed-in']);
    expect(await h.facts(t.id)).toEqual(before);
    const as = { ...person(t.id, 'dora'), claims: { oid: 'd1' } };
    expect((await h.call('getTenant', { as })).status).toBe(200);
    expect(await found()).toEqual([]);
    const [head] = await h.store.db.read([keys.head(t.id)]);
    expect(head?.witness).toEqual({ user: `${dora}.${access?.life}`, entry: 'personal' });
    expectProblem(await h.call('unbindUser', { as, params: { userId: dora } }), 'last-access-manager');
  });

  it('knows a tenant that does not exist', async () => {
    expect(await verify(h.store.db, 't000000000000' as never)).toBeUndefined();
  });
});
