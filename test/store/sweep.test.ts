// The sweep takes away what deletions leave behind, in slices, and no decision changes by it.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as work } from '../../functions/work/work.ts';
import { groupRef, type UserId } from '../../shared/domain/base/ids.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { needsSweep, sweepSlice } from '../../shared/store/sweep.ts';
import { added, Directory, deleted, drain, group, groupDn, person, userDn } from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

/** Takes a file in, and leaves what it leaves behind. */
const unswept = async (d: Directory, ...records: string[]) => {
  const posted = await d.post(...records);
  expect(posted.status).toBe(202);
  for (let at = harness.work.findIndex(isRun); at >= 0; at = harness.work.findIndex(isRun)) {
    const [body] = harness.work.splice(at, 1);
    await work({ Records: [{ body: JSON.stringify(body) }] });
  }
  harness.work.splice(0);
};
const isRun = ({ kind }: { kind: string }): boolean => kind === 'run';

const permissions = ['viewAllReports', 'manageUsers', 'manageAccessRights'];
/** What everybody may do, and who is listed where. */
const decisions = async (d: Directory, users: readonly UserId[]) => {
  const checks = users.flatMap((user) => permissions.map((permission) => ({ user, permission })));
  const { body } = await d.tenant.ok('checkBatch', { body: { checks } });
  const holders = await Promise.all(
    permissions.map(async (permission) => (await d.tenant.ok('listHolders', { body: { permission } })).body.items),
  );
  return {
    checks: body.results,
    holders: holders.map((items) => items.map((item: { user: string }) => item.user).sort()),
  };
};
const sweptAll = async (d: Directory, ms?: number): Promise<number> => {
  for (let slices = 1; ; slices += 1) {
    if (slices > 1000) throw new Error('a sweep without end');
    if (!(await sweepSlice(harness.store, d.tenant.id, ms))) return slices;
  }
};
const access = (d: Directory, n: number) => d.access(d.user(n));
const edges = (d: Directory, n: number) =>
  harness.store.db.all({ partition: partitions.group(d.tenant.id, d.group(n)) });
const record = async (d: Directory, name: string) =>
  (await harness.store.db.read([keys.record(d.tenant.id, name)]))[0] as Record<string, unknown>;

const crew = [person('ada', 1), person('bo', 2), person('cleo', 3)];
const everybody = ['ada', 'bo', 'cleo'].map((name) => userDn(name));
const begun = async (): Promise<Directory> => {
  const d = await Directory.of(await harness.tenant());
  await d.take(...crew, group('All', 11, ...everybody), group('Outer', 12, groupDn('All')));
  await d.tenant.role('Readers', [{ permission: 'viewAllReports' }], [d.group(11)]);
  await d.tenant.role('Managers', [{ permission: 'manageUsers' }], [d.group(12), d.user(2), d.user(3)]);
  return d;
};
const users = (d: Directory) => [d.user(1), d.user(2), d.user(3), d.tenant.firstUser];

describe('a deleted group', () => {
  it('leaves users, listings, roles and groups', async () => {
    const d = await begun();
    const before = await access(d, 1);
    const [ref] = [...(before?.groups ?? [])];
    await unswept(d, deleted(groupDn('All')), deleted(groupDn('Outer')));
    const decided = await decisions(d, users(d));
    expect((await access(d, 1))?.groups).toEqual(before?.groups);
    expect(await sweptAll(d)).toBe(1);
    expect(await decisions(d, users(d))).toEqual(decided);
    for (const n of [1, 2, 3]) expect((await access(d, n))?.groups.size).toBe(0);
    expect(await edges(d, 11)).toEqual([]);
    const book = await harness.store.db.all({ partition: partitions.book(d.tenant.id) });
    const named = book.filter((item) => [item.groups, item.parents].some((set) => set instanceof Set && set.has(ref)));
    expect(named).toEqual([]);
    expect(await needsSweep(harness.store, d.tenant.id)).toBe(false);
  });

  it('that is there again keeps its present members', async () => {
    const d = await begun();
    await unswept(d, deleted(groupDn('All')), added(group('All', 11, userDn('ada'))));
    const { life } = (await record(d, `group#${d.group(11)}`)) as { life: never };
    expect((await access(d, 1))?.groups.size).toBe(2);
    const decided = await decisions(d, users(d));
    await sweptAll(d);
    expect(await decisions(d, users(d))).toEqual(decided);
    expect((await access(d, 1))?.groups).toEqual(new Set([groupRef(d.group(11), life)]));
    expect((await access(d, 2))?.groups.size).toBe(0);
    expect((await edges(d, 11)).map((edge) => edge.SK)).toEqual([d.user(1)]);
  });

  it('is forgotten by those it waited for', async () => {
    const d = await begun();
    await d.take(group('All', 11, ...everybody, userDn('never')));
    await unswept(d, deleted(groupDn('All')));
    await sweptAll(d);
    const left = (await d.everything()).filter((item) => /#WAIT|#W#/.test(`${item.PK}#${item.SK}`));
    expect(left).toEqual([]);
  });

  it('loses listings of people who are no members', async () => {
    const d = await begun();
    const key = keys.edge(d.tenant.id, d.group(11), d.tenant.firstUser);
    const first = await d.access(d.tenant.firstUser);
    await harness.store.db.transact([{ Put: { TableName: '', Item: { ...key, life: first?.life } } }], 'stray');
    const ghost = keys.edge(d.tenant.id, d.group(11), d.user(9));
    await harness.store.db.transact([{ Put: { TableName: '', Item: { ...ghost, life: 'aaaaaa' } } }], 'ghost');
    await unswept(d, deleted(groupDn('All')));
    await sweptAll(d);
    expect(await edges(d, 11)).toEqual([]);
  });
});

describe('a deleted user', () => {
  it('leaves roles and listings', async () => {
    const d = await begun();
    await d.tenant.setGrants(d.user(3), [{ permission: 'viewAllReports' }]);
    await unswept(d, deleted(userDn('cleo')));
    await d.tenant.ok('deleteUser', { params: { userId: d.user(2) } });
    harness.work.splice(0);
    const decided = await decisions(d, users(d));
    expect(await edges(d, 11)).toHaveLength(3);
    await sweptAll(d);
    expect(await decisions(d, users(d))).toEqual(decided);
    expect((await edges(d, 11)).map((edge) => edge.SK)).toEqual([d.user(1)]);
    const left = (await harness.items(d.tenant.id)).filter(
      (item) =>
        !/#E#|#L#|#I#|#LOG|#N#/.test(String(item.PK)) &&
        item.SK !== 'ACCESS' &&
        item.SK !== 'DELETED' &&
        JSON.stringify(item, (_, v) => (v instanceof Set ? [...v] : v)).includes(d.user(3)),
    );
    expect(left).toEqual([]);
  });

  it('who is there again keeps what is new', async () => {
    const d = await begun();
    await d.tenant.setGrants(d.user(2), [{ permission: 'viewAllReports' }]);
    await unswept(d, deleted(userDn('bo')));
    await unswept(d, person('bo', 2), group('All', 11, userDn('bo')));
    await d.tenant.setGrants(d.user(2), [{ permission: 'viewAllReports' }]);
    const decided = await decisions(d, users(d));
    expect(await d.tenant.check(d.user(2), { permission: 'viewAllReports' })).toBe(true);
    await sweptAll(d);
    expect(await decisions(d, users(d))).toEqual(decided);
    expect((await edges(d, 11)).map((edge) => edge.SK)).toEqual([d.user(2)]);
    const [listed] = await harness.store.db.read([keys.personal(d.tenant.id, 'viewAllReports', d.user(2))]);
    expect(listed?.life).toBe((await access(d, 2))?.life);
  });
});

describe('a deleted role', () => {
  it('loses its members, however many, and nobody else loses anything', async () => {
    const d = await begun();
    const many = Array.from({ length: 505 }, (_, i) => person(`user${i}`, 1000 + i));
    await d.take(...many);
    const ids = many.map((_, i) => d.user(1000 + i));
    const role = await d.tenant.role('Crowd', [{ permission: 'viewAllReports' }], ids);
    const other = await d.tenant.role('Other', [{ permission: 'manageUsers' }], ids.slice(0, 10));
    await d.tenant.ok('deleteRole', { params: { roleId: role } });
    harness.work.splice(0);
    const decided = await decisions(d, [...users(d), ...ids.slice(0, 20)]);
    await sweptAll(d);
    expect(await decisions(d, [...users(d), ...ids.slice(0, 20)])).toEqual(decided);
    expect((await record(d, `members#${role}#0`)).users).toBeUndefined();
    expect((await record(d, `members#${role}#1`)).users).toBeUndefined();
    const { body } = await d.tenant.ok('listRoleMembers', { params: { roleId: other } });
    expect(body.items).toHaveLength(10);
  }, 120_000);
});

describe('slices', () => {
  it('as short as can be come to the same end', async () => {
    const d = await begun();
    await unswept(d, deleted(groupDn('All')), deleted(userDn('bo')), deleted(userDn('cleo')));
    const decided = await decisions(d, users(d));
    expect(await sweptAll(d, -1)).toBeGreaterThan(1);
    expect(await decisions(d, users(d))).toEqual(decided);
    expect(await edges(d, 11)).toEqual([]);
    expect(await needsSweep(harness.store, d.tenant.id)).toBe(false);
  });

  it('at once do no harm', async () => {
    const d = await begun();
    await unswept(d, deleted(groupDn('All')), deleted(userDn('bo')));
    const decided = await decisions(d, users(d));
    await Promise.all([sweptAll(d), sweptAll(d), sweptAll(d)]);
    expect(await decisions(d, users(d))).toEqual(decided);
    expect(await edges(d, 11)).toEqual([]);
  });

  it('follow from the queue by themselves', async () => {
    const d = await begun();
    await d.take(deleted(groupDn('All')));
    expect(await edges(d, 11)).toEqual([]);
    await d.tenant.ok('deleteUser', { params: { userId: d.user(1) } });
    expect(harness.work).toMatchObject([{ kind: 'sweep', tenant: d.tenant.id }]);
    await drain(harness);
    expect(await needsSweep(harness.store, d.tenant.id)).toBe(false);
  });

  it('change nothing in a tenant that nobody can manage', async () => {
    const d = await begun();
    await unswept(d, deleted(groupDn('All')));
    const set = (value: boolean) =>
      harness.store.db.transact(
        [
          {
            Update: {
              TableName: '',
              Key: keys.head(d.tenant.id),
              UpdateExpression: 'SET keeperless = :k',
              ExpressionAttributeValues: { ':k': value },
            },
          },
        ],
        `keeperless ${value}`,
      );
    await set(true);
    const before = await harness.facts(d.tenant.id);
    expect(await sweepSlice(harness.store, d.tenant.id)).toBe(false);
    expect(await harness.facts(d.tenant.id)).toEqual(before);
    await set(false);
    await sweptAll(d);
    expect((await access(d, 1))?.groups.size).toBe(0);
  });

  it('never take the last one who manages access rights away', async () => {
    const d = await begun();
    const before = (await harness.store.db.read([keys.head(d.tenant.id)]))[0];
    await unswept(d, ...['ada', 'bo', 'cleo'].map((name) => deleted(userDn(name))), deleted(groupDn('All')));
    await sweptAll(d);
    const after = (await harness.store.db.read([keys.head(d.tenant.id)]))[0];
    expect(after?.witness).toEqual(before?.witness);
    expect(await d.tenant.check(d.tenant.firstUser, { permission: 'manageAccessRights' })).toBe(true);
  });
});

it('takes away how lists named a user before a change set, whatever the set took away first', async () => {
  const tenant = await harness.tenant();
  const user = await tenant.user('User');
  await tenant.setGrants(user, [{ permission: 'billing' }, { permission: 'purchase' }]);
  const put = (userId: string, ...permissions: string[]) => ({
    operation: 'putUserGrants',
    params: { userId },
    body: { grants: permissions.map((permission) => ({ permission })) },
    ifMatch: '*',
  });
  const del = (userId: string) => ({ operation: 'deleteUser', params: { userId } });
  const create = { operation: 'createUser', body: { kind: 'person', name: 'Brief' }, as: 'brief' };
  const operations = [put(user, 'purchase', 'logExport'), del(user), create, put('$brief', 'billing'), del('$brief')];
  const { body } = await tenant.ok('submitChangeSet', { body: { operations } });
  while (await sweepSlice(harness.store, tenant.id));
  const gone = [user, body.results[2].body.id];
  const left = (await harness.items(tenant.id)).filter(({ PK, SK }) => gone.some((id) => `${PK} ${SK}`.includes(id)));
  // The marks that these lives are over, what is kept for restoring, and nothing else.
  expect(left.map(({ SK, state }) => [SK, state]).filter(([SK]) => SK !== 'DELETED')).toEqual([
    ['ACCESS', 'deleted'],
    ['ACCESS', 'deleted'],
  ]);
});
