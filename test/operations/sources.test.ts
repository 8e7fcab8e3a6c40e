// Directory sources: their settings, who may deliver, and what switching synchronisation off and on means.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import type { SourceRecord } from '../../shared/domain/book/records.ts';
import { mayBegin } from '../../shared/domain/plan/directory-runs.ts';
import { Directory, drain, person as entry, file, uuid } from '../support/directory.ts';
import { freshIds } from '../support/facts.ts';
import { type As, boot, type Harness, issuer, machine, person, type Tenant } from '../support/harness.ts';
import { refuses } from '../support/problems.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const permission = 'directorySynchronization';
const defaults = {
  deletions: { number: 500, percent: 20 },
  disablings: { number: 500, percent: 20 },
  removals: { number: 500, percent: 20 },
  groupRemovals: { number: 500, percent: 50 },
};

/** A machine that may synchronise directories, and how it calls. */
const clientOf = async (t: Tenant, name: string): Promise<{ id: UserId; as: As }> => {
  const body = { kind: 'machine', name, identity: { issuer, subject: name } };
  const { id } = (await t.ok('createUser', { body })).body;
  await t.setGrants(id, [{ permission }]);
  return { id, as: machine(t.id, name, 'directory') };
};

describe('the settings of a source', () => {
  it('have defaults, and are changed one by one', async () => {
    const t = await h.tenant();
    const made = await t.ok('createSource', { body: { name: 'Office' } });
    const params = { sourceId: made.body.id };
    expect(made.body).toEqual({ id: params.sourceId, name: 'Office', kind: 'file', enabled: true, guards: defaults });
    const settings = {
      kind: 'active-directory',
      signIn: { issuer, claim: 'employee' },
      groupClasses: ['team'],
      disabledMarkers: [{ attribute: 'employeeStatus', value: 'left' }],
      client: t.firstUser,
    };
    const changed = await t.ok('updateSource', {
      params,
      headers: { 'if-match': made.etag ?? '' },
      body: { ...settings, name: 'Head office', guards: { deletions: { number: 5 }, groupRemovals: { percent: 10 } } },
    });
    const all = {
      ...settings,
      id: params.sourceId,
      name: 'Head office',
      enabled: true,
      guards: { ...defaults, deletions: { number: 5, percent: 20 }, groupRemovals: { number: 500, percent: 10 } },
    };
    expect(changed.body).toEqual(all);
    const read = await t.ok('getSource', { params });
    expect(read.body).toEqual(all);
    expect(read.etag).toBe(changed.etag);
    expect((await t.ok('listSources')).body.items).toEqual([all]);
    // Null takes a setting away, and what is not named stays.
    const none = { signIn: null, groupClasses: null, disabledMarkers: null, client: null, guards: null };
    const { body } = await t.ok('updateSource', { params, body: none });
    expect(body).toEqual({
      id: params.sourceId,
      name: 'Head office',
      kind: 'active-directory',
      enabled: true,
      guards: defaults,
    });
  });

  it('are told in the preview and in the event by the names that the API has, and a change that is none is no event', async () => {
    const t = await h.tenant();
    const params = { sourceId: (await t.ok('createSource', { body: { name: 'Office' } })).body.id };
    const body = { kind: 'ldap', enabled: false, client: t.firstUser, guards: { removals: { number: 9 } } };
    const dry = await t.ok('updateSource', { params, body, query: { dryRun: 'true' } });
    const thing = dry.body.effect.things.find((one: { kind: string }) => one.kind === 'source');
    expect(thing).toMatchObject({ change: 'changed', fields: ['client', 'enabled', 'guards', 'kind'] });
    await t.ok('updateSource', { params, body });
    await t.ok('updateSource', { params, body });
    const query = { target: params.sourceId, action: 'directory.source.updated' };
    const { items } = (await t.ok('listEvents', { query })).body;
    expect(items).toHaveLength(1);
    expect(items[0].before).toEqual({ kind: 'file', enabled: true, guards: defaults });
    expect(items[0].after).toEqual({ ...body, guards: { ...defaults, removals: { number: 9, percent: 20 } } });
  });

  it('are for keepers to change, and a stale ETag, a taken name or a taken claim changes nothing', async () => {
    const t = await h.tenant();
    const signIn = { issuer, claim: 'employee' };
    await t.ok('createSource', { body: { name: 'Office', signIn } });
    const { body, etag = '' } = await t.ok('createSource', { body: { name: 'Plant' } });
    const params = { sourceId: body.id };
    const { as } = await clientOf(t, 'sync');
    // Reading is for whoever delivers.
    expect((await h.ok('getSource', { as, params })).etag).toBe(etag);
    await refuses(t, 'insufficient-scope', () => t.call('updateSource', { as, params, body: { name: 'Mine' } }));
    const admin = { ...as, scope: 'holdfast/admin' };
    await refuses(t, 'forbidden', () => t.call('updateSource', { as: admin, params, body: { enabled: false } }));
    await t.user('Nobody', 'nobody');
    await refuses(t, 'forbidden', () => t.call('getSource', { as: person(t.id, 'nobody'), params }));
    await refuses(t, 'name-taken', () => t.call('updateSource', { params, body: { name: ' oFFICE ' } }));
    await refuses(t, 'sign-in-taken', () => t.call('updateSource', { params, body: { signIn } }));
    await t.ok('updateSource', { params, body: { name: 'Works' } });
    const headers = { 'if-match': etag };
    await refuses(t, 'precondition-failed', () =>
      t.call('updateSource', { params, headers, body: { enabled: false } }),
    );
  });
});

describe('FP-09, FP-30: the client of a source', () => {
  it('must be an active user of the tenant with the permission', async () => {
    const t = await h.tenant();
    const params = { sourceId: (await t.ok('createSource', { body: { name: 'Office' } })).body.id };
    const bare = await t.user('Without the permission');
    const { id: off } = await clientOf(t, 'off');
    await t.ok('updateUser', { params: { userId: off }, body: { state: 'disabled' } });
    for (const client of [bare, off, freshIds.next('user')])
      for (const call of [
        () => t.call('updateSource', { params, body: { client } }),
        () => t.call('createSource', { body: { name: 'Other', client } }),
      ]) {
        const { errors } = await refuses(t, 'invalid-request', call);
        expect(errors[0].field).toBe('/client');
      }
    // A person may be it, too, and may be given the permission in the same change set.
    const operations = [
      { operation: 'putUserGrants', params: { userId: bare }, body: { grants: [{ permission }] }, ifMatch: '*' },
      { operation: 'updateSource', params, body: { client: bare } },
    ];
    await t.ok('submitChangeSet', { body: { operations } });
    expect((await t.ok('getSource', { params })).body.client).toBe(bare);
  });

  it('is the only one who may deliver, besides keepers; without one, whoever has the permission may', async () => {
    const t = await h.tenant();
    const [one, other] = [await clientOf(t, 'one'), await clientOf(t, 'other')];
    const d = await Directory.of(t);
    const params = { sourceId: d.source };
    const deliver = async (as: As, n: number) => {
      const reply = await h.call('postDelta', { as, params, body: file(entry(`u${n}`, n)) });
      await drain(h);
      return reply;
    };
    expect((await deliver(other.as, 1)).status).toBe(202);
    await t.ok('updateSource', { params, body: { client: one.id } });
    await refuses(t, 'forbidden', () => deliver(other.as, 2));
    expect((await deliver(one.as, 3)).status).toBe(202);
    expect((await deliver(t.admin, 4)).status).toBe(202);
    expect(Object.keys(await d.seen()).sort()).toEqual([1, 3, 4].map((n) => d.user(n)).sort());
  });

  it('may no longer deliver once another is named, not even what is under way', async () => {
    const t = await h.tenant();
    const [one, other] = [await clientOf(t, 'one'), await clientOf(t, 'other')];
    const d = await Directory.of(t);
    const params = { sourceId: d.source };
    const posted = await h.ok('postDelta', { as: one.as, params, body: file(entry('ada', 1)) });
    await t.ok('updateSource', { params, body: { client: other.id } });
    await drain(h);
    expect(await d.run(posted.body.id)).toMatchObject({ state: 'failed', code: 'forbidden' });
    expect(await d.access(d.user(1))).toBeUndefined();
  });

  it('FP-10: a second holder of the permission is reported, whoever the client is', async () => {
    const t = await h.tenant();
    const { id } = await clientOf(t, 'one');
    await t.ok('createSource', { body: { name: 'Office', client: id } });
    const { body } = await t.setGrants(await t.user('Two'), [{ permission }]);
    expect(body.warnings).toEqual([`more-holders-than-expected:${permission}`]);
  });
});

describe('a source that is switched off', () => {
  it('takes nothing in, keeps its users as they are, and signs them in', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t, { issuer, claim: 'employee' });
    const params = { sourceId: d.source };
    await d.take(entry('ada', 1), entry('bo', 2));
    const before = await d.seen();
    await t.ok('updateSource', { params, body: { enabled: false } });
    await refuses(t, 'source-off', () => d.post(entry('cy', 3)));
    expect(await d.seen()).toEqual(before);
    const as = { ...person(t.id, 'ada'), claims: { employee: uuid(1) } };
    expect((await h.ok('getTenant', { as })).body.id).toBe(t.id);
  });

  it('ends the run that is under way before its next change', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t);
    const posted = await d.post(entry('ada', 1));
    await t.ok('updateSource', { params: { sourceId: d.source }, body: { enabled: false } });
    await drain(h);
    expect(await d.run(posted.body.id)).toMatchObject({ state: 'failed', code: 'source-off' });
    expect(await d.access(d.user(1))).toBeUndefined();
  });

  it('needs a full run once it is on again, and its ETag says nothing of that', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t);
    const params = { sourceId: d.source };
    const { etag } = await t.ok('getSource', { params });
    await t.ok('updateSource', { params, body: { enabled: false } });
    expect((await t.ok('getSource', { params })).body.sync).toBeUndefined();
    await t.ok('updateSource', { params, body: { enabled: true } });
    const read = await t.ok('getSource', { params });
    expect(read.etag).toBe(etag);
    expect(read.body.sync).toEqual({ needsFull: 'switched-on', losses: [] });
    const { detail, reason } = await refuses(t, 'full-run-needed', () => d.post(entry('ada', 1)));
    expect(reason).toBe('switched-on');
    expect(detail).toMatch(/full/);
    // Neither a dry run nor switching on what is on already asks for anything.
    const fresh = { sourceId: (await t.ok('createSource', { body: { name: 'Plant' } })).body.id };
    await t.ok('updateSource', { params: fresh, body: { enabled: true } });
    await t.ok('updateSource', { params: fresh, body: { enabled: false }, query: { dryRun: 'true' } });
    expect((await t.ok('getSource', { params: fresh })).body.sync).toBeUndefined();
  });

  it('keeps cursor and losses when it is switched on, and twice in one change set needs a full run once', async () => {
    const t = await h.tenant();
    const d = await Directory.of(t);
    const params = { sourceId: d.source };
    const flips = [false, true, false, true].map((enabled) => ({
      operation: 'updateSource',
      params,
      body: { enabled },
    }));
    await t.ok('submitChangeSet', { body: { operations: flips } });
    expect((await t.ok('getSource', { params })).body.sync).toEqual({ needsFull: 'switched-on', losses: [] });
  });
});

describe('whether a run may begin', () => {
  const source = { kind: 'source', rev: 1, id: freshIds.next('source'), name: 'Office', deleted: false } as const;
  const sync = { rev: 1, cursor: 'c1', epoch: 'e1', losses: [] };
  const refused = (
    run: Parameters<typeof mayBegin>[2],
    state: Parameters<typeof mayBegin>[1] = sync,
    of: SourceRecord = source,
  ) => {
    try {
      mayBegin(of, state, run);
      return undefined;
    } catch (error) {
      const { code, details } = error as { code: string; details: { more?: object } };
      return [code, details.more];
    }
  };

  it('depends on the switch, the epoch and the cursor', () => {
    const off = { ...source, enabled: false };
    expect(refused({ kind: 'full' }, sync, off)).toEqual(['source-off', undefined]);
    expect(refused({ kind: 'delta' }, sync, off)).toEqual(['source-off', undefined]);
    const needing = { ...sync, needsFull: 'restored' } as const;
    expect(refused({ kind: 'delta', epoch: 'e1', baseCursor: 'c1' }, needing)).toEqual([
      'full-run-needed',
      { reason: 'restored' },
    ]);
    expect(refused({ kind: 'full', epoch: 'e9', baseCursor: null }, needing)).toBeUndefined();
    expect(refused({ kind: 'delta', epoch: 'e1', baseCursor: 'c1' })).toBeUndefined();
    expect(refused({ kind: 'delta', epoch: 'e2', baseCursor: 'c1' })).toEqual([
      'full-run-needed',
      { reason: 'epoch-changed' },
    ]);
    expect(refused({ kind: 'delta', epoch: 'e1', baseCursor: 'c0' })).toEqual(['cursor-differs', { cursor: 'c1' }]);
    expect(refused({ kind: 'delta', epoch: 'e1', baseCursor: null })).toEqual(['cursor-differs', { cursor: 'c1' }]);
    // A file posted as it always could be says neither.
    expect(refused({ kind: 'delta' })).toBeUndefined();
    expect(refused({ kind: 'delta', epoch: 'e1', baseCursor: null }, { rev: 1, losses: [] })).toBeUndefined();
    expect(refused({ kind: 'delta', baseCursor: 'c1' }, { rev: 1, losses: [] })).toEqual([
      'cursor-differs',
      { cursor: null },
    ]);
  });
});
