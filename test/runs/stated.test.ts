// Entries as a client states them (NDJSON): the immutable id alone says who is meant, members who are not here yet wait, and
// a full run ends what it does not name.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Directory, drain, file, groupDn, modified, person, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness, issuer, person as personToken } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { ndjson, Protocol, statedGone, statedGroup, statedPresent, statedUser } from '../support/stated.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const fresh = async () => new Protocol(await Directory.of(await harness.tenant()));
interface Row {
  readonly line: number;
  readonly result: string;
  readonly code?: string;
  readonly parked?: number;
}
const rows = (run: { readonly items: readonly Row[] }) =>
  run.items.map(({ result, code, parked }) => [result, code, parked].filter((one) => one !== undefined).join(' '));
const states = async (p: Protocol, ...numbers: number[]) =>
  Promise.all(numbers.map(async (n) => (await p.d.access(p.d.user(n)))?.state));

describe('members by immutable id', () => {
  it('join with the group, in whatever order the lines come', async () => {
    const p = await fresh();
    const run = await p.take([
      statedGroup('All', 11, [1, 2, 12]),
      statedUser('ada', 1),
      statedGroup('Inner', 12, [2]),
      statedUser('bo', 2),
    ]);
    expect(rows(run)).toEqual(['applied', 'applied', 'applied', 'applied']);
    expect([await p.d.groupsOf(1), await p.d.groupsOf(2)]).toEqual([
      [p.d.group(11)],
      [p.d.group(11), p.d.group(12)].sort(),
    ]);
  });

  it('wait when they are not here yet, and join when they come, users and groups', async () => {
    const p = await fresh();
    const first = await p.take([statedUser('ada', 1), statedGroup('All', 11, [1, 2, 12])]);
    expect(rows(first)).toEqual(['applied', 'parked 2']);
    expect(first.counts).toMatchObject({ applied: 1, parked: 1 });
    await p.take([statedUser('bo', 2), statedGroup('Inner', 12, [])]);
    expect(await p.d.groupsOf(2)).toEqual([p.d.group(11)]);
    const seen = (await p.d.seen())[p.d.group(12)];
    expect(seen).toMatchObject({ parents: [p.d.group(11)] });
    const left = (await harness.items(p.d.tenant.id)).filter(({ SK }) => String(SK).startsWith('WAIT#'));
    expect(left).toEqual([]);
  });

  it('do not join what no longer lists them', async () => {
    const p = await fresh();
    await p.take([statedGroup('All', 11, [2])]);
    await p.take([statedGroup('All', 11, [])]);
    await p.take([statedUser('bo', 2)]);
    expect(await p.d.groupsOf(2)).toEqual([]);
  });

  it('come and go one by one', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1), statedUser('bo', 2), statedUser('cleo', 3), statedGroup('All', 11, [1, 2])]);
    const { members: _, ...base } = statedGroup('All', 11, []);
    const changes = { addMembers: [{ id: uuid(3) }], removeMembers: [{ dn: userDn('ada') }, { id: uuid(9) }] };
    expect(rows(await p.take([{ ...base, ...changes }]))).toEqual(['applied']);
    expect(await Promise.all([1, 2, 3].map((n) => p.d.groupsOf(n)))).toEqual([[], [p.d.group(11)], [p.d.group(11)]]);
  });
});

describe('an object', () => {
  it('is who its id says: two swap their names, and pointers follow', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1), statedUser('bo', 2), statedGroup('All', 11, [1])]);
    await p.take([
      { ...statedUser('ada', 2), dn: userDn('ada') },
      { ...statedUser('bo', 1), dn: userDn('bo') },
    ]);
    const seen = await p.d.seen();
    expect(seen[p.d.user(1)]).toMatchObject({ name: 'Bo', groups: [p.d.group(11)], state: 'active' });
    expect(seen[p.d.user(2)]).toMatchObject({ name: 'Ada', groups: [], state: 'active' });
    // A member by DN is whoever has it now.
    await p.take([{ ...statedGroup('By DN', 12, []), members: [{ dn: userDn('ada') }] }]);
    expect(await p.d.groupsOf(2)).toEqual([p.d.group(12)]);
  });

  it('does not end because another takes its DN', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1)]);
    await p.take([statedUser('ada', 2)]);
    expect(await states(p, 1, 2)).toEqual(['active', 'active']);
    await p.take([statedPresent('user', 1, { dn: userDn('ada', 'elsewhere') })]);
    expect(rows(await p.take([statedGone('user', 2)]))).toEqual(['applied']);
    expect(await states(p, 1, 2)).toEqual(['active', 'deleted']);
  });

  it('that is created again under another id is another', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1), statedGroup('All', 11, [1])]);
    await p.take([statedGone('user', 1), statedUser('ada', 2)]);
    expect(await states(p, 1, 2)).toEqual(['deleted', 'active']);
    expect(await p.d.groupsOf(2)).toEqual([]);
  });

  it.each(['delta', 'full'])('of another kind under one id ends what it was, in a %s run', async (kind) => {
    const p = await fresh();
    await p.take([
      statedUser('ada', 1),
      statedUser('bo', 2),
      statedGroup('All', 11, [1, 2]),
      statedGroup('Inner', 12, [2]),
    ]);
    const run = await p.take(
      [
        // A group that keeps its DN, a user who comes with another, and the rest as it was.
        { ...statedGroup('ada', 1, [2]), dn: userDn('ada') },
        statedUser('cleo', 12),
        statedUser('bo', 2),
        statedGroup('All', 11, [1, 2, 12]),
      ],
      { kind },
    );
    expect(run.counts).toMatchObject({ rejected: 0 });
    expect(await states(p, 1, 2, 12)).toEqual(['deleted', 'active', 'active']);
    const seen = await p.d.seen();
    expect(seen[p.d.group(1)]).toMatchObject({ parents: [p.d.group(11)] });
    expect(await p.d.groupsOf(2)).toEqual([p.d.group(1), p.d.group(11)].sort());
    expect(await p.d.groupsOf(12)).toEqual([p.d.group(11)]);
    expect(seen[p.d.group(12)]).toBe('deleted');
    await p.take([{ ...statedUser('ada', 1), dn: userDn('ada') }]);
    expect(await states(p, 1)).toEqual(['active']);
    expect((await p.d.seen())[p.d.group(1)]).toBe('deleted');
  });

  it('that is present and unknown is asked for; what is gone and unknown changes nothing', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1)]);
    const run = await p.take([statedPresent('user', 1), statedPresent('user', 7), statedGone('group', 8)]);
    expect(rows(run)).toEqual(['noop', 'rejected not-found', 'noop']);
  });

  it('of an older version is stale, in the same epoch only', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1, { version: '10' })]);
    const older = statedUser('eve', 1, { version: '9' });
    expect(rows(await p.take([older]))).toEqual(['stale']);
    expect((await p.d.seen())[p.d.user(1)]).toMatchObject({ name: 'Ada' });
    expect(rows(await p.take([{ ...statedGone('user', 1), version: '9' }]))).toEqual(['stale']);
    expect(rows(await p.take([statedUser('ada', 1)]))).toEqual(['noop']);
    p.epoch = 'e2';
    expect(rows(await p.take([older], { kind: 'full' }))).toEqual(['applied']);
    expect((await p.d.seen())[p.d.user(1)]).toMatchObject({ name: 'Eve' });
  });
});

describe('enabled', () => {
  it('decides over the markers, and lasts until LDIF changes one', async () => {
    const p = await fresh();
    const attributes = { uid: ['ada'], cn: ['Ada'], userAccountControl: ['514'] };
    await p.take([statedUser('ada', 1, { enabled: true, attributes })]);
    expect(await states(p, 1)).toEqual(['active']);
    await p.d.take(modified(userDn('ada'), 'replace: displayName', 'displayName: Ada L'));
    expect(await states(p, 1)).toEqual(['active']);
    await p.d.take(modified(userDn('ada'), 'replace: userAccountControl', 'userAccountControl: 514'));
    expect(await states(p, 1)).toEqual(['disabled']);
    await p.take([statedUser('ada', 1, { attributes: { ...attributes, userAccountControl: ['512'] } })]);
    expect(await states(p, 1)).toEqual(['active']);
    await p.take([
      statedUser('ada', 1, { enabled: false, attributes: { ...attributes, userAccountControl: ['512'] } }),
    ]);
    expect(await states(p, 1)).toEqual(['disabled']);
  });
});

describe('a full run', () => {
  const all = [statedUser('ada', 1), statedUser('bo', 2), statedGroup('All', 11, [1, 2]), statedGroup('Old', 12, [2])];

  it('ends what it does not name, and says whom', async () => {
    const p = await fresh();
    await p.take(all);
    const run = await p.take([statedPresent('user', 1), statedGroup('All', 11, [1])], { kind: 'full' });
    expect(rows(run)).toEqual(['noop', 'noop', 'applied', 'applied']);
    expect(run.items.slice(2).map(({ line, id }: Row & { id: string }) => [line, id])).toEqual(
      expect.arrayContaining([
        [0, p.d.user(2)],
        [0, p.d.group(12)],
      ]),
    );
    expect(await states(p, 1, 2)).toEqual(['active', 'deleted']);
    expect((await p.d.seen())[p.d.group(12)]).toBe('deleted');
    expect(await p.sync()).toMatchObject({ cursor: p.cursor, lastFullAt: expect.any(String) });
  });

  it('without any user fails, and changes nothing', async () => {
    const p = await fresh();
    await p.take(all);
    const before = await p.d.seen();
    const cursor = p.cursor;
    for (const entries of [[], [statedGroup('All', 11, [])], [statedGone('user', 1)]]) {
      const run = await p.take(entries, { kind: 'full' });
      expect(run).toMatchObject({ state: 'failed', code: 'no-users' });
      expect(await p.d.seen()).toEqual(before);
    }
    expect((await p.sync()).cursor).toBe(cursor);
  });

  it('leaves the last access manager, and says so', async () => {
    const signIn = { issuer, claim: 'oid' };
    const p = new Protocol(await Directory.of(await harness.tenant(), signIn));
    const { tenant } = p.d;
    await p.take(all);
    await tenant.role('Keepers', [{ permission: 'manageAccessRights' }], [p.d.user(2)]);
    const as = { ...personToken(tenant.id, 's2'), claims: { oid: uuid(2) } };
    await tenant.ok('getTenant', { as });
    const params = { userId: tenant.firstUser };
    await tenant.ok('updateUser', { as, params, body: { state: 'disabled' } });
    const keeper = new Protocol(new Directory(tenant, p.d.source, as));
    keeper.cursor = p.cursor;
    const id = await keeper.send([ndjson(statedPresent('user', 1), statedPresent('group', 11))], { kind: 'full' });
    await drain(harness);
    const { body: run } = await tenant.ok('getRun', { as, params: { runId: id } });
    expect(run).toMatchObject({ state: 'done', accessManagerStays: true });
    expect(run.items).toContainEqual({
      line: 0,
      id: p.d.user(2),
      result: 'rejected',
      code: 'last-access-manager',
      retry: true,
    });
    expect(await states(p, 2)).toEqual(['active']);
  });

  it('takes a changed epoch, and deltas go on from there', async () => {
    const p = await fresh();
    await p.take(all);
    p.epoch = 'e2';
    expect((await p.open()).body.code).toBe('full-run-needed');
    await p.take(all, { kind: 'full' });
    expect((await p.take([statedUser('cleo', 3)])).state).toBe('done');
  });
});

describe('a posted file', () => {
  const post = (p: Protocol, body: string, query: Record<string, string>, type = 'application/x-ndjson') =>
    p.d.tenant.call('postDelta', {
      params: { sourceId: p.d.source },
      query,
      headers: { 'content-type': type },
      body,
    });

  it('is a run of one batch, and moves the cursor when it says so', async () => {
    const p = await fresh();
    const posted = await post(p, ndjson(statedUser('ada', 1), statedGroup('All', 11, [1])), {
      kind: 'full',
      epoch: 'e1',
      cursor: 'c1',
    });
    expect(posted.status).toBe(202);
    await drain(harness);
    expect(rows(await p.d.run(posted.body.id))).toEqual(['applied', 'applied']);
    expect(await p.sync()).toMatchObject({ cursor: 'c1', epoch: 'e1' });
    expect((await post(p, ndjson(statedUser('bo', 2)), { baseCursor: 'c0' })).body.code).toBe('cursor-differs');
    expect((await post(p, ndjson(statedUser('bo', 2)), { baseCursor: 'c1', cursor: 'c2' })).status).toBe(202);
    await drain(harness);
    expect(await p.sync()).toMatchObject({ cursor: 'c2', epoch: 'e1' });
    const members = await p.d.tenant.ok('listGroupMembers', { params: { groupId: p.d.group(11) } });
    expect(members.body.items).toHaveLength(1);
  });

  it('may be packed', async () => {
    const p = await fresh();
    const posted = await p.d.tenant.call('postDelta', {
      params: { sourceId: p.d.source },
      headers: { 'content-encoding': 'gzip' },
      bytes: gzipSync(file(person('ada', 1))),
    });
    expect(posted.status).toBe(202);
    await drain(harness);
    expect(await states(p, 1)).toEqual(['active']);
  });

  it('of LDIF leaves the cursor alone', async () => {
    const p = await fresh();
    await p.take([statedUser('ada', 1)]);
    const { cursor } = await p.sync();
    await p.d.take(modified(groupDn('Nobody'), 'add: member', `member: ${userDn('ada')}`));
    expect((await p.sync()).cursor).toBe(cursor);
  });
});
