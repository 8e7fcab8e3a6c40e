// Upgrading without downtime: the release before this one, as it was built then, works beside today's on one table. What one
// writes the other reads; what both are asked they answer alike; and whoever is faster, nothing is lost and nobody is
// locked out.
import { readFileSync } from 'node:fs';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { directoryUserId } from '../../shared/domain/directory.ts';
import { type OperationId, operationIds } from '../../shared/routes/operations.ts';
import { bookBytes } from '../../shared/store/bytes.ts';
import { toRecord } from '../../shared/store/items.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { withPackedGrants } from '../../shared/store/packed.ts';
import { verify } from '../../shared/store/repair.ts';
import { person as entry, file, uuid } from '../support/directory.ts';
import { issuer, operator, person, service } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { type Asked, type Both, bothReleases, dice, difference, type Release } from './both.ts';
import { previous } from './kept.ts';

vi.setConfig(longSuite);

let both: Both;
beforeAll(async () => {
  both = await bothReleases((name, value) => void vi.stubEnv(name, value));
});
afterAll(async () => {
  await both?.close();
  vi.unstubAllEnvs();
});

/** Asks both, and holds them to one answer. */
const alike = async (id: OperationId, asked: Asked = {}) => {
  const [old, today] = await Promise.all(both.releases.map((release) => release.call(id, asked)));
  const what = `${id} ${JSON.stringify({ ...asked, as: undefined })}`;
  expect([what, today?.status, today?.etag]).toEqual([what, old?.status, old?.etag]);
  expect([what, difference(old?.body, today?.body)]).toEqual([what, undefined]);
  return old?.body;
};

/**
 * What was done is told alike. Refusals stand where they last happened today, and where their minute began before: they are
 * told by both, each in its place.
 */
const eventsAlike = async (query: Record<string, string>) => {
  const all = both.releases.map(async (release) => {
    const { status, body } = await release.call('listEvents', { query });
    expect([query, status]).toEqual([query, 200]);
    const of = (outcome: string) => body.items.filter((event: { outcome: string }) => event.outcome === outcome);
    return { done: of('done'), refused: of('refused'), whole: body.cursor === undefined };
  });
  const [old, today] = (await Promise.all(all)) as { done: object[]; refused: { id: string }[]; whole: boolean }[];
  if (!old || !today) throw new Error('two releases answer');
  const least = Math.min(old.done.length, today.done.length);
  expect(difference(old.done.slice(0, least), today.done.slice(0, least))).toBeUndefined();
  if (!old.whole || !today.whole) return;
  expect(today.done.length).toBe(old.done.length);
  const ids = (list: { id: string }[]) => list.map(({ id }) => id).sort();
  expect(ids(today.refused)).toEqual(ids(old.refused));
};

/** Everything that can be asked of a tenant, of both. */
const allAlike = async () => {
  const product = service(both.tenant);
  const page = { limit: '200' };
  await alike('getTenant');
  await alike('getCatalogue');
  await alike('getCategories');
  for (const id of ['listGroups', 'listPolicies', 'listSources', 'listRules'] as const)
    await alike(id, { query: page });
  const users: { id: string }[] = (await alike('listUsers', { query: page })).items;
  const roles: { id: string }[] = (await alike('listRoles', { query: page })).items;
  await eventsAlike({ limit: '100' });
  for (const { id: roleId } of roles.slice(0, 12)) {
    for (const id of ['getRole', 'getRoleGrants', 'listRoleMembers', 'getRuleRights'] as const)
      await alike(id, { params: { roleId } });
    await eventsAlike({ target: roleId });
  }
  for (const { id: userId } of users.slice(0, 12)) {
    await eventsAlike({ target: userId });
    for (const id of ['getUser', 'getUserGrants', 'getEffectivePermissions'] as const)
      await alike(id, { params: { userId } });
    for (const permission of asked) await alike('check', { as: product, body: { user: userId, permission } });
  }
  for (const permission of asked) await alike('listHolders', { as: product, body: { permission } });
  return { users, roles };
};
const asked = ['viewQuarantine', 'billing', 'manageAccessRights'];

/** What a scan finds, except the name in the operators' list, which the release before does not write. */
const found = (report: Awaited<ReturnType<typeof verify>>): string[] =>
  (report?.findings ?? []).map(({ what }) => what).filter((what) => what !== 'tenant-listing');

/** At a quiet moment head, witness and pins agree with a full scan, and somebody manages access rights. */
const sound = async () => {
  const report = await verify(both.harness.store.db, both.tenant as TenantId);
  expect(found(report)).toEqual([]);
  expect(report?.holders).toBeGreaterThan(0);
};

const world = { users: [] as string[], roles: [] as string[] };
let names = 0;
const name = (what: string) => `${what} ${++names}`;

/** What administrators do, each over whichever releases they happen to meet. Refusals are part of it. */
const moves: Record<string, (one: Release, other: Release, roll: ReturnType<typeof dice>) => Promise<number[]>> = {
  'a role, sent twice': async (one, other) => {
    const request = { body: { name: name('Role') }, headers: { 'idempotency-key': `key-${names}` } };
    const first = await one.ok('createRole', request);
    const again = await other.ok('createRole', request);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    world.roles.push(first.body.id);
    return [];
  },
  'a user, invited by one release and signed in at the other': async (one, other) => {
    const { body } = await one.ok('createUser', { body: { kind: 'person', name: name('User') } });
    const invited = await other.ok('inviteUser', { params: { userId: body.id } });
    const as = person(both.tenant, `subject-${body.id}`);
    await one.ok('acceptInvitation', { as, body: { invitation: invited.body.invitation } });
    world.users.push(body.id);
    return [];
  },
  'a grant': async (one, _, roll) => {
    const params = { roleId: roll.of(world.roles) };
    return [(await one.call('addRoleGrant', { params, body: { permission: roll.of(asked) } })).status];
  },
  'grants, replaced as the other release shows them': async (one, other, roll) => {
    const params = { roleId: roll.of(world.roles) };
    const seen = await one.call('getRoleGrants', { params });
    if (seen.status !== 200) return [seen.status];
    const body = { grants: roll.next(2) === 0 ? [] : [{ permission: roll.of(asked) }] };
    return [(await other.call('putRoleGrants', { params, body, headers: { 'if-match': seen.etag } })).status];
  },
  members: async (one, other, roll) => {
    const params = { roleId: roll.of(world.roles) };
    const members = [roll.of(world.users), roll.of(world.users)];
    const added = await one.call('addRoleMembers', { params, body: { members } });
    if (roll.next(2) === 0) return [added.status];
    return [(await other.call('removeRoleMembers', { params, body: { members: members.slice(0, 1) } })).status];
  },
  'a state': async (one, _, roll) => {
    const state = roll.of(['active', 'disabled']);
    return [(await one.call('updateUser', { params: { userId: roll.of(world.users) }, body: { state } })).status];
  },
  'personal grants': async (one, other, roll) => {
    const params = { userId: roll.of(world.users) };
    const { etag, status } = await one.call('getUserGrants', { params });
    if (status !== 200) return [status];
    const body = { grants: [{ permission: roll.of(asked) }] };
    return [(await other.call('putUserGrants', { params, body, headers: { 'if-match': etag } })).status];
  },
  'a role, deleted and swept': async (one, other, roll) => {
    if (world.roles.length < 4 || roll.next(3) > 0) return [];
    const roleId = roll.of(world.roles);
    const { status } = await one.call('deleteRole', { params: { roleId } });
    if (status === 204) {
      world.roles.splice(world.roles.indexOf(roleId), 1);
      await other.work('sweep', both.tenant, 'any');
    }
    return [status];
  },
  'a user, deleted': async (one, _, roll) => {
    if (world.users.length < 6 || roll.next(3) > 0) return [];
    const userId = roll.of(world.users);
    const { status } = await one.call('deleteUser', { params: { userId } });
    if (status === 204) world.users.splice(world.users.indexOf(userId), 1);
    return [status];
  },
  'a rule, changed as the other release shows it': async (one, other, roll) => {
    const body = { type: 'signatureRule', name: name('Rule'), actions: [{ type: 'insertSignature' }], owner: creators };
    const made = await one.ok('createRule', { body });
    const params = { ruleId: made.body.id };
    const headers = { 'if-match': (await other.ok('getRule', { params })).etag };
    await other.ok('updateRule', { params, body: { description: 'Changed' }, headers });
    await one.ok('moveRule', { params, body: { to: roll.of(['first', 'last']) } });
    return [];
  },
};
let creators: string;

const goesWrong = (statuses: readonly number[]) =>
  statuses.filter((one) => ![200, 201, 204, 404, 409, 412].includes(one));

describe('the release before this one', () => {
  it('is kept whole, and serves no operation that today’s does not', () => {
    const { operations, commit } = previous();
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(Object.keys(operations).filter((id) => !operationIds.includes(id as OperationId))).toEqual([]);
  });

  it('and today’s refuse alike what would lock everybody out', async () => {
    for (const [id, asked] of [
      ['deleteUser', {}],
      ['updateUser', { body: { state: 'disabled' } }],
      ['unbindUser', {}],
    ] as const)
      for (const release of both.releases) {
        const { status, body } = await release.call(id, { params: { userId: both.firstUser }, ...asked });
        expect([release.name, id, status, body.code]).toEqual([release.name, id, 409, 'last-access-manager']);
      }
    await sound();
  });

  it('does and answers what today’s does, in turns', async () => {
    const owner = await both.old.ok('createRole', { body: { name: 'Creators' } });
    creators = owner.body.id;
    const params = { roleId: creators };
    await both.today.ok('addRoleGrant', { params, body: { permission: '*' } });
    await both.old.ok('addRoleMembers', { params, body: { members: [both.firstUser] } });
    const roll = dice(1);
    const turn = (n: number) => [both.releases[n % 2] as Release, both.releases[(n + 1) % 2] as Release] as const;
    for (let n = 0; n < 4; n += 1) {
      await moves['a role, sent twice']?.(...turn(n), roll);
      await moves['a user, invited by one release and signed in at the other']?.(...turn(n), roll);
    }
    const kinds = Object.keys(moves);
    for (let n = 0; n < 60; n += 1) {
      const kind = roll.of(kinds);
      const statuses = (await moves[kind]?.(...turn(roll.next(2)), roll)) ?? [];
      expect([kind, goesWrong(statuses)]).toEqual([kind, []]);
      await alike('getRoleGrants', { params: { roleId: roll.of(world.roles) } });
      await alike('getEffectivePermissions', { params: { userId: roll.of(world.users) } });
    }
    await allAlike();
    await sound();
  });

  it('and today’s share a list: a page of one is followed by the page of the other', async () => {
    for (const [first, then] of [both.releases, [...both.releases].reverse()] as const) {
      const query = { limit: '2' };
      const whole = await alike('listUsers', { query: { limit: '200' } });
      const one = await first!.ok('listUsers', { query });
      const two = await then!.ok('listUsers', { query: { ...query, cursor: one.body.cursor } });
      const ids = [...one.body.items, ...two.body.items].map(({ id }: { id: string }) => id);
      expect(ids).toEqual(whole.items.slice(0, 4).map(({ id }: { id: string }) => id));
    }
  });

  it.each([2, 3])('and today’s work at once: nothing breaks, both agree afterwards (seed %i)', async (seed) => {
    const kinds = Object.keys(moves);
    const worker = async (n: number) => {
      const roll = dice(seed * 100 + n);
      for (let i = 0; i < 12; i += 1) {
        const [one, other] = roll.next(2) === 0 ? both.releases : [both.today, both.old];
        const kind = roll.of(kinds);
        const statuses = (await moves[kind]?.(one, other, roll)) ?? [];
        expect([kind, goesWrong(statuses)]).toEqual([kind, []]);
      }
    };
    await Promise.all([1, 2, 3, 4, 5, 6].map(worker));
    await allAlike();
    await sound();
  });

  it('and today’s lose no update: a number counted up by both, each on what the other shows', async () => {
    const { body } = await both.old.ok('createRole', { body: { name: 'Counter', description: '0' } });
    const params = { roleId: body.id };
    let done = 0;
    const count = async (n: number) => {
      for (let mine = 0; mine < 8; ) {
        const [one, other] = (n + mine) % 2 === 0 ? both.releases : [both.today, both.old];
        const { body: seen, etag } = await one.ok('getRole', { params });
        const description = String(Number(seen.description) + 1);
        const told = await other.call('updateRole', { params, body: { description }, headers: { 'if-match': etag } });
        if (told.status === 412) continue;
        expect(told.status).toBe(200);
        mine += 1;
        done += 1;
      }
    };
    await Promise.all([0, 1, 2, 3].map(count));
    expect((await alike('getRole', { params })).description).toBe(String(done));
    expect(done).toBe(32);
  });

  it('and today’s give a name once, and forget no member, whoever adds it', async () => {
    const { users } = await allAlike();
    for (let round = 0; round < 5; round += 1) {
      const body = { name: name('Contested') };
      const told = await Promise.all(both.releases.map((release) => release.call('createRole', { body })));
      expect(told.map(({ status }) => status).sort()).toEqual([201, 409]);
      const params = { roleId: told.find(({ status }) => status === 201)?.body.id };
      const added = users.slice(0, 6).map(({ id }) => id);
      await Promise.all(
        added.map((member, i) =>
          (both.releases[i % 2] as Release).ok('addRoleMembers', { params, body: { members: [member] } }),
        ),
      );
      const { items } = await alike('listRoleMembers', { params, query: { limit: '200' } });
      expect(items.map(({ id }: { id: string }) => id).sort()).toEqual(added.sort());
    }
  });

  it('and today’s cannot be played off: of two who take each other out at once, one is left', async () => {
    const { body } = await both.today.ok('createUser', { body: { kind: 'person', name: 'Bo Berg' } });
    const invited = await both.old.ok('inviteUser', { params: { userId: body.id } });
    const bo = person(both.tenant, 'bo');
    await both.today.ok('acceptInvitation', { as: bo, body: { invitation: invited.body.invitation } });
    const { etag } = await both.today.ok('getUserGrants', { params: { userId: body.id } });
    const headers = { 'if-match': etag };
    await both.old.ok('putUserGrants', {
      params: { userId: body.id },
      body: { grants: [{ permission: '*' }] },
      headers,
    });
    // Nobody else is left by whom the invariant would hold anyway.
    const holders = await both.old.ok('listHolders', {
      as: service(both.tenant),
      body: { permission: 'manageAccessRights' },
    });
    for (const { user } of holders.body.items)
      if (user !== both.firstUser && user !== body.id)
        await both.today.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    const admin = person(both.tenant, 'admin');
    const duellists = [
      { as: admin, id: both.firstUser },
      { as: bo, id: body.id as string },
    ] as const;
    for (let round = 0; round < 10; round += 1) {
      const told = await Promise.all(
        duellists.map(({ as }, i) => {
          const { id } = duellists[1 - i] as (typeof duellists)[number];
          const release = both.releases[(round + i) % 2] as Release;
          return release.call('updateUser', { as, params: { userId: id }, body: { state: 'disabled' } });
        }),
      );
      const won = told.findIndex(({ status }) => status === 200);
      expect([round, told.filter(({ status }) => status === 200).length]).toEqual([round, 1]);
      await sound();
      const winner = duellists[won] as (typeof duellists)[number];
      const loser = duellists[1 - won] as (typeof duellists)[number];
      const back = { as: winner.as, params: { userId: loser.id }, body: { state: 'active' } };
      await (both.releases[round % 2] as Release).ok('updateUser', back);
    }
  });

  it('and today’s take a directory’s file in together, slice by slice', async () => {
    const source = await both.today.ok('createSource', { body: { name: 'Office' } });
    const file = readFileSync(new URL('../../infra/local/tour.ldif', import.meta.url), 'utf8');
    const params = { sourceId: source.body.id };
    for (const [takes, works] of [both.releases, [both.today, both.old]] as const) {
      const { body: run } = await takes!.ok('postDelta', { params, body: file });
      for (let slice = 0; slice < 20; slice += 1) {
        await (slice % 2 === 0 ? works : takes)!.work('run', both.tenant, run.id);
        const { state } = (await both.old.ok('getRun', { params: { runId: run.id } })).body;
        if (state === 'done') break;
      }
      const ended = await alike('getRun', { params: { runId: run.id } });
      expect([ended.state, ended.counts.rejected]).toEqual(['done', 0]);
    }
    const groups = (await alike('listGroups')).items as { id: string; name: string }[];
    expect(groups.map((group) => group.name).sort()).toEqual(['Designers', 'Marketing']);
    const marketing = groups.find((group) => group.name === 'Marketing')?.id as string;
    const role = await both.old.ok('createRole', { body: { name: 'Of the directory' } });
    await both.today.ok('addRoleGrant', { params: { roleId: role.body.id }, body: { permission: 'billing' } });
    await both.old.ok('addRoleMembers', { params: { roleId: role.body.id }, body: { members: [marketing] } });
    const { items } = await alike('listHolders', { as: service(both.tenant), body: { permission: 'billing' } });
    expect(items.length).toBeGreaterThan(1);
    await allAlike();
    await sound();
  });

  it('leaves a tenant to somebody who has not signed in: today’s says so, and keeps it until somebody has (Q-22)', async () => {
    const { old, today, harness } = both;
    const firstUser = { name: 'Ada', identity: { issuer, subject: 'admin' } };
    const made = await old.ok('createTenant', {
      as: operator,
      body: { name: name('Tenant'), catalogue: 'complete', firstUser },
    });
    const tenant = made.body.id as TenantId;
    const admin = person(tenant, 'admin');
    const dora = { ...person(tenant, 'dora'), claims: { oid: uuid(1) } };
    const body = { name: 'Office', signIn: { issuer, claim: 'oid' } };
    const source = await old.ok('createSource', { as: admin, body });
    const params = { sourceId: source.body.id };
    const run = await old.ok('postDelta', { as: admin, params, body: file(entry('dora', 1)) });
    await old.work('run', tenant, run.body.id);
    const userId = directoryUserId(source.body.id, uuid(1));
    const role = await old.ok('createRole', { as: admin, body: { name: 'Keepers' } });
    const roleId = role.body.id;
    await old.ok('addRoleGrant', { as: admin, params: { roleId }, body: { permission: 'manageAccessRights' } });
    await old.ok('addRoleMembers', { as: admin, params: { roleId }, body: { members: [userId] } });
    await old.ok('deleteUser', { as: admin, params: { userId: made.body.firstUser } });
    const findings = async () => found(await verify(harness.store.db, tenant));
    expect(await findings()).toEqual(['never-signed-in']);
    // She comes in by today's release, which is told of no other holder; then she counts for both.
    expect((await old.call('getTenant', { as: dora })).status).toBe(200);
    expect(await findings()).toEqual(['never-signed-in']);
    expect((await today.call('getTenant', { as: dora })).status).toBe(200);
    expect(await findings()).toEqual([]);
    for (const release of both.releases) {
      expect((await release.call('getUser', { as: dora, params: { userId } })).body.bound).toBe(true);
      const gone = await release.call('deleteUser', { as: dora, params: { userId } });
      expect([release.name, gone.status, gone.body.code]).toEqual([release.name, 409, 'last-access-manager']);
    }
    expect(await findings()).toEqual([]);
  });

  it('is not disturbed by what today’s has brought: sets of changes, drafts', async () => {
    const operations = [
      { operation: 'createRole', body: { name: 'Of a set' }, as: 'made' },
      { operation: 'addRoleGrant', params: { roleId: '$made' }, body: { permission: 'billing' } },
      { operation: 'addRoleMembers', params: { roleId: '$made' }, body: { members: [both.firstUser] } },
    ];
    const { body } = await both.today.ok('submitChangeSet', { body: { operations } });
    const draft = await both.today.ok('createDraft', { body: { name: 'Waits', operations: operations.slice(0, 1) } });
    const roleId = body.results[0].body.id;
    await alike('getRole', { params: { roleId } });
    await both.old.ok('updateRole', { params: { roleId }, body: { name: 'Of a set, renamed' } });
    expect((await both.today.ok('getDraft', { params: { draftId: draft.body.id } })).body.name).toBe('Waits');
    await allAlike();
    await sound();
  });

  it('is not disturbed by sources that today’s has set up, switched off and deleted', async () => {
    const settings = { kind: 'ldap', client: both.firstUser, guards: { deletions: { number: 5 } } };
    const { body: plant } = await both.today.ok('createSource', { body: { name: 'Plant', ...settings } });
    const params = { sourceId: plant.id };
    const { body: posted } = await both.today.ok('postDelta', { params, body: file(entry('pia', 77)) });
    await both.today.work('run', both.tenant, posted.id);
    const { body: off } = await both.today.ok('updateSource', { params, body: { enabled: false } });
    // The release before takes a file in, and today's ends its run without a change.
    const { body: late } = await both.old.ok('postDelta', { params, body: file(entry('paul', 78)) });
    await both.today.work('run', both.tenant, late.id);
    expect((await both.old.ok('getRun', { params: { runId: late.id } })).body).toMatchObject({
      state: 'failed',
      code: 'source-off',
    });
    await both.old.ok('createRole', { body: { name: name('Beside sources') } });
    await both.old.ok('createSource', { body: { name: name('Of the release before') } });
    expect((await both.today.ok('getSource', { params })).body).toEqual(off);
    // A sweep of the release before neither stops at a deleted source nor forgets it.
    await both.today.ok('deleteSource', { params });
    await both.old.work('sweep', both.tenant, 'a sweep');
    const left = async () =>
      (await both.harness.items(both.tenant)).filter(
        ({ PK, expires }) => String(PK).includes(`#S#${plant.id}`) && expires === undefined,
      );
    expect(await left()).not.toEqual([]);
    await both.today.work('sweep', both.tenant, 'a sweep');
    expect(await left()).toEqual([]);
    const userId = directoryUserId(plant.id, uuid(77));
    expect((await both.old.ok('getUser', { params: { userId } })).body.source).toBe(plant.id);
    expect((await both.today.ok('getUser', { params: { userId } })).body.source).toBe('local');
    await both.today.ok('deleteUser', { params: { userId } });
    await allAlike();
    await sound();
  });

  it('reads large sets of grants as long as today’s is told not to pack them', async () => {
    const made = Array.from({ length: 12 }, () => both.today.ok('createPolicy', { body: { name: name('Policy') } }));
    const policies = (await Promise.all(made)).map(({ body }) => body.id as string).sort();
    const { body } = await both.today.ok('createRole', { body: { name: name('Large') } });
    const params = { roleId: body.id };
    const { etag } = await both.today.ok('getRoleGrants', { params });
    const grants = ['viewQuarantine', 'viewFilteredReports'].map((permission) => ({ permission, policies }));
    await both.today.ok('putRoleGrants', { params, body: { grants }, headers: { 'if-match': etag } });
    expect((await alike('getRoleGrants', { params })).grants).toHaveLength(2);
    expect(withPackedGrants({ kind: 'role', grants } as never)).toHaveProperty('packed');
  });

  it('is not disturbed by a book that today’s has compacted, and today’s weighs what it has written', async () => {
    const { body } = await both.old.ok('createPolicy', { body: { name: name('Policy'), description: 'Soon gone' } });
    await both.today.ok('deletePolicy', { params: { policyId: body.id } });
    await alike('listPolicies', { query: { limit: '200' } });
    const tenant = both.tenant as TenantId;
    const { db } = both.harness.store;
    const record = keys.record(tenant, `policy#${body.id}`);
    const [[stone], log] = await Promise.all([db.read([record]), db.all({ partition: partitions.log(tenant) })]);
    expect(stone).toMatchObject({ deleted: true, name: '', description: '' });
    const past = (Key: object, field: string) =>
      both.client.send(
        new UpdateCommand({
          ...{ TableName: both.table, Key, UpdateExpression: 'SET #f = :f' },
          ...{ ExpressionAttributeNames: { '#f': field }, ExpressionAttributeValues: { ':f': 1 } },
        }),
      );
    await past(keys.head(tenant), 'deletedSince');
    for (const { PK, SK } of log) await past({ PK, SK }, 'expires');
    await both.today.work('sweep', tenant, 'compaction');
    expect(await db.read([record])).toEqual([undefined]);
    await alike('listPolicies', { query: { limit: '200' } });
    await moves['a role, sent twice']?.(both.old, both.today, dice(5));
    await allAlike();
    const { quotas } = (await both.today.ok('getTenant')).body;
    const counted = quotas.find(({ quota }: { quota: string }) => quota === 'bookBytes').used;
    expect(counted).toBe(bookBytes((await db.all({ partition: partitions.book(tenant) })).map(toRecord)));
    await sound();
  });

  it('is not disturbed by records, items and fields that a later release writes', async () => {
    const { client, table, harness } = both;
    const tenant = both.tenant as TenantId;
    const [head] = await harness.store.db.read([keys.head(tenant)]);
    const version = Number(head?.version) + 1;
    const record = {
      PK: partitions.book(tenant),
      SK: 'future#1',
      kind: 'future',
      rev: version,
      what: new Set(['ever']),
    };
    for (const Item of [
      record,
      { ...keys.log(tenant, version), changed: ['future#1'] },
      { PK: `T#${tenant}#FUTURE#1`, SK: 'ITEM', what: 'ever' },
    ])
      await client.send(new PutCommand({ TableName: table, Item }));
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keys.head(tenant),
        UpdateExpression: 'SET version = :v, #sum = #sum + :v, records = records + :one, later = :what',
        ExpressionAttributeNames: { '#sum': 'sum' },
        ExpressionAttributeValues: { ':v': version, ':one': 1, ':what': 'ever' },
      }),
    );
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keys.access(tenant, both.firstUser as never),
        UpdateExpression: 'SET later = :what',
        ExpressionAttributeValues: { ':what': 'ever' },
      }),
    );
    await allAlike();
    for (const release of both.releases) {
      await release.ok('createRole', { body: { name: name('Beside it') } });
      const params = { userId: both.firstUser };
      const { body, etag } = await release.ok('getUserGrants', { params });
      const grants = [...body.grants.slice(0, 1), ...(body.grants.length > 1 ? [] : [{ permission: 'billing' }])];
      await release.ok('putUserGrants', { params, body: { grants }, headers: { 'if-match': etag } });
    }
    const [kept] = await harness.store.db.read([{ PK: record.PK, SK: record.SK }]);
    expect(kept).toEqual(record);
    const [access] = await harness.store.db.read([keys.access(tenant, both.firstUser as never)]);
    expect(access).toMatchObject({ later: 'ever' });
    await allAlike();
    await sound();
  });
});
