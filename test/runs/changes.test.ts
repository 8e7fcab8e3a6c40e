// Change records: modify, rename, delete, and what is created again; with and without ids that outlive a name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  added,
  base,
  Directory,
  deleted,
  group,
  groupDn,
  modified,
  person,
  renamed,
  userDn,
  uuid,
} from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const company = [
  person('ada', 1),
  person('bo', 2),
  group('All', 11, userDn('ada'), userDn('bo')),
  group('Pilots', 12, groupDn('All')),
];
const begun = async (...records: string[]): Promise<Directory> => {
  const d = await Directory.of(await harness.tenant());
  await d.take(...(records.length > 0 ? records : company));
  return d;
};
/** Takes a file in, and once more: the second time nothing may change. */
const twice = async (d: Directory, ...records: string[]) => {
  const run = await d.take(...records);
  const before = await d.everything();
  const again = await d.take(...records);
  expect(again.counts.applied).toBe(0);
  expect(await d.everything()).toEqual(before);
  return run;
};
const user = async (d: Directory, id: string) =>
  (await d.seen())[id] as { state: string; name: string; groups: string[] };

describe('modify', () => {
  it('changes a user', async () => {
    const d = await begun();
    const run = await twice(
      d,
      modified(userDn('ada'), 'replace: displayName', 'displayName: Ada L', '-', 'add: mail', 'mail: a@b.example', '-'),
    );
    expect(run.counts).toEqual({ applied: 1, noop: 0, rejected: 0, ignored: 0 });
    const { body } = await d.tenant.ok('getUser', { params: { userId: d.user(1) } });
    expect(body).toMatchObject({ name: 'Ada L', mail: 'a@b.example', login: 'ada' });
  });

  it('disables and enables', async () => {
    const d = await begun();
    await twice(d, modified(userDn('ada'), 'add: nsAccountLock', 'nsAccountLock: TRUE', '-'));
    expect((await user(d, d.user(1))).state).toBe('disabled');
    await twice(d, modified(userDn('ada'), 'delete: nsAccountLock', '-'));
    expect((await user(d, d.user(1))).state).toBe('active');
  });

  it('adds, removes and replaces members', async () => {
    const d = await begun(...company, person('cleo', 3));
    const all = groupDn('All');
    await twice(
      d,
      modified(all, 'delete: member', `member: ${userDn('ada')}`, '-', 'add: member', `member: ${userDn('cleo')}`, '-'),
    );
    expect([await d.groupsOf(1), await d.groupsOf(2), await d.groupsOf(3)]).toEqual([[], [d.group(11)], [d.group(11)]]);
    await twice(d, modified(all, 'replace: member', `member: ${userDn('ada')}`, '-'));
    expect([await d.groupsOf(1), await d.groupsOf(2), await d.groupsOf(3)]).toEqual([[d.group(11)], [], []]);
    await twice(d, modified(all, 'delete: member', '-'));
    expect(await d.groupsOf(1)).toEqual([]);
  });

  it('nests and parts groups, and renames one', async () => {
    const d = await begun();
    await twice(
      d,
      modified(groupDn('All'), 'add: member', `member: ${groupDn('Pilots')}`, '-', 'replace: cn', 'cn: Everybody', '-'),
      modified(groupDn('Pilots'), 'delete: member', `member: ${groupDn('All')}`, '-'),
    );
    expect(await d.seen()).toMatchObject({
      [d.group(11)]: { name: 'Everybody', parents: [] },
      [d.group(12)]: { parents: [d.group(11)] },
    });
  });

  it('of what is not there is rejected; of what means nothing to us it is passed over', async () => {
    const d = await begun();
    const run = await d.take(
      modified(userDn('nobody'), 'replace: mail', 'mail: x@y.example', '-'),
      modified(`ou=people,${base}`, 'replace: description', 'description: x', '-'),
      deleted(userDn('nobody2')),
    );
    expect(run.items.map((i: { result: string; code?: string }) => [i.result, i.code])).toEqual([
      ['rejected', 'not-found'],
      ['ignored', 'neither-user-nor-group'],
      ['noop', undefined],
    ]);
  });
});

describe('delete', () => {
  it('ends users and groups; what it leaves is swept', async () => {
    const d = await begun();
    await twice(d, deleted(userDn('ada')), deleted(groupDn('All')));
    expect(await d.seen()).toEqual({
      [d.user(1)]: { state: 'deleted', name: undefined, groups: [] },
      [d.user(2)]: { state: 'active', name: 'Bo', groups: [] },
      [d.group(11)]: 'deleted',
      [d.group(12)]: { name: 'Pilots', confers: false, parents: [] },
    });
    const left = (await d.everything()).filter((item) => JSON.stringify(item).includes(userDn('ada')));
    expect(left).toEqual([]);
  });

  it('and creation later make another user, who has nothing of the first', async () => {
    const d = await begun();
    const role = await d.tenant.role('Readers', [{ permission: 'viewAllReports' }], [d.user(1)]);
    const before = await d.access(d.user(1));
    await d.take(deleted(userDn('ada')));
    await d.take(person('ada', 1));
    const after = await d.access(d.user(1));
    expect(after?.life).not.toBe(before?.life);
    expect(after).toMatchObject({ state: 'active', groups: new Set() });
    expect(await d.tenant.check(d.user(1), { permission: 'viewAllReports' })).toBe(false);
    const { body } = await d.tenant.ok('listRoleMembers', { params: { roleId: role } });
    expect(body.items).toEqual([]);
  });

  it('and creation in one file too, once per file', async () => {
    const d = await begun();
    const [user, all] = [await d.access(d.user(1)), d.tenant.harness.store];
    await twice(d, deleted(userDn('ada')), added(person('ada', 1)));
    const again = await d.access(d.user(1));
    expect(again?.life).not.toBe(user?.life);
    expect(again?.groups.size).toBe(0);
    expect(all).toBeDefined();
    await twice(d, deleted(groupDn('All')), added(group('All', 11, userDn('ada'))));
    expect([await d.groupsOf(1), await d.groupsOf(2)]).toEqual([[d.group(11)], []]);
    // Memberships that named the old group have ended with it.
    expect((await d.seen())[d.group(11)]).toMatchObject({ parents: [] });
  });

  it('without ids: what is created again has another id', async () => {
    const d = await begun(person('ada'), group('All', undefined, userDn('ada')));
    const first = Object.keys(await d.seen());
    const run = await twice(d, deleted(userDn('ada')), added(person('ada')));
    const id = run.items[0].id;
    expect(first).not.toContain(id);
    const seen = await d.seen();
    expect(seen[id]).toEqual({ state: 'active', name: 'Ada', groups: [] });
    expect(seen[first.find((one) => one.startsWith('u')) as string]).toMatchObject({ state: 'deleted' });
    await d.take(deleted(userDn('ada')));
    const third = (await d.take(person('ada'))).items[0].id;
    expect([...first, id]).not.toContain(third);
  });

  it('by a local administrator is undone by the whole entry only, and for a new user', async () => {
    const d = await begun();
    const before = await d.access(d.user(1));
    await d.tenant.ok('deleteUser', { params: { userId: d.user(1) } });
    const run = await d.take(modified(userDn('ada'), 'replace: mail', 'mail: a@b.example', '-'));
    expect(run.items[0]).toMatchObject({ result: 'rejected', code: 'not-found' });
    await twice(d, person('ada', 1));
    const after = await d.access(d.user(1));
    expect(after).toMatchObject({ state: 'active', groups: new Set() });
    expect(after?.life).not.toBe(before?.life);
    await d.tenant.ok('deleteUser', { params: { userId: d.user(2) } });
    await twice(d, deleted(userDn('bo')));
    expect((await d.everything()).filter((item) => item.id === d.user(2)).map((item) => item.SK)).toEqual(['ACCESS']);
  });
});

describe('rename', () => {
  it('of an object with an id changes its DN and nothing else', async () => {
    const d = await begun();
    const before = await d.access(d.user(1));
    await twice(d, renamed(userDn('ada'), 'uid=ada2'), renamed(groupDn('All'), 'cn=Everybody', `ou=teams,${base}`));
    expect(await d.access(d.user(1))).toEqual(before);
    expect((await d.seen())[d.group(11)]).toEqual({ name: 'Everybody', confers: false, parents: [d.group(12)] });
    const { body } = await d.tenant.ok('getUser', { params: { userId: d.user(1) } });
    expect(body.login).toBe('ada2');
    await twice(d, modified(userDn('ada2'), 'replace: mail', 'mail: a@b.example', '-'));
    await d.take(deleted(`cn=Everybody,ou=teams,${base}`));
    expect((await d.seen())[d.group(11)]).toBe('deleted');
  });

  it('that swaps two names, and once more by another file swaps them back', async () => {
    const d = await begun();
    const swap = [
      renamed(userDn('ada'), 'uid=tmp'),
      renamed(userDn('bo'), 'uid=ada'),
      renamed(userDn('tmp'), 'uid=bo'),
    ];
    await twice(d, ...swap);
    await d.take(modified(userDn('ada'), 'replace: displayName', 'displayName: Once Bo', '-'));
    expect((await user(d, d.user(2))).name).toBe('Once Bo');
    await twice(d, '# another file', ...swap);
    await d.take(modified(userDn('ada'), 'replace: displayName', 'displayName: Ada again', '-'));
    expect((await user(d, d.user(1))).name).toBe('Ada again');
  });

  it('of an object without one makes another, whose memberships are not those of the first', async () => {
    const d = await begun(person('ada', undefined, 'mail: a@b.example'), group('All', undefined, userDn('ada')));
    const first = Object.keys(await d.seen());
    const run = await twice(d, renamed(userDn('ada'), 'uid=ada2'));
    const id = run.items[0].id;
    expect(first).not.toContain(id);
    expect(await user(d, id)).toEqual({ state: 'active', name: 'Ada', groups: [] });
    const { body } = await d.tenant.ok('getUser', { params: { userId: id } });
    expect(body).toMatchObject({ login: 'ada2', mail: 'a@b.example' });
    const old = first.find((one) => one.startsWith('u')) as string;
    expect((await user(d, old)).state).toBe('deleted');
    const renamedGroup = (await twice(d, renamed(groupDn('All'), 'cn=Everybody'))).items[0].id;
    expect((await d.seen())[renamedGroup]).toEqual({ name: 'Everybody', confers: false, parents: [] });
  });

  it('of what is above carries along what is below', async () => {
    const d = await begun(...company, person('cleo'));
    const cleo = Object.keys(await d.seen()).find((id) => id.startsWith('u') && id !== d.user(1) && id !== d.user(2));
    const run = await twice(d, renamed(`ou=people,${base}`, 'ou=staff'));
    expect(run.items[0]).toMatchObject({ result: 'applied' });
    await twice(d, modified(userDn('ada', 'staff'), 'replace: displayName', 'displayName: Staff Ada', '-'));
    expect(await user(d, d.user(1))).toEqual({ state: 'active', name: 'Staff Ada', groups: [d.group(11)] });
    // The user without an id is a new one, because only the DN identified it.
    expect((await user(d, cleo as string)).state).toBe('deleted');
    expect(Object.values(await d.seen())).toContainEqual({ state: 'active', name: 'Cleo', groups: [] });
    // Members are named as they are called at the end of the file.
    await twice(d, renamed(`ou=staff,${base}`, 'ou=crew'), group('All', 11, userDn('bo', 'crew')));
    expect([await d.groupsOf(1), await d.groupsOf(2)]).toEqual([[], [d.group(11)]]);
  });

  it('of what is not there is rejected', async () => {
    const d = await begun();
    expect((await d.take(renamed(userDn('nobody'), 'uid=somebody'))).items[0]).toMatchObject({
      result: 'rejected',
      code: 'not-found',
    });
  });
});

describe('what takes the place of another', () => {
  it('ends what was there', async () => {
    const d = await begun();
    await twice(d, person('ada', 5));
    expect(await d.seen()).toMatchObject({
      [d.user(1)]: { state: 'deleted' },
      [d.user(5)]: { state: 'active', name: 'Ada', groups: [] },
    });
    // A member of the group by that name is who has it now.
    await twice(d, group('All', 11, userDn('ada')));
    expect(await d.groupsOf(5)).toEqual([d.group(11)]);
  });

  it('moves an object by its id, wherever it was', async () => {
    const d = await begun();
    await twice(d, person('moved', 1), person('ada', 6));
    expect(await d.seen()).toMatchObject({
      [d.user(1)]: { state: 'active', name: 'Moved', groups: [d.group(11)] },
      [d.user(6)]: { state: 'active', name: 'Ada', groups: [] },
    });
  });

  it('may be of another kind, or of none', async () => {
    const d = await begun();
    await twice(d, `dn: ${userDn('ada')}\nobjectClass: groupOfNames\nentryUUID: ${uuid(1)}\ncn: Ada`);
    expect(await d.seen()).toMatchObject({ [d.user(1)]: { state: 'deleted' }, [d.group(1)]: { name: 'Ada' } });
    await twice(d, `dn: ${userDn('bo')}\nobjectClass: device\nentryUUID: ${uuid(2)}\ncn: Bo`);
    expect((await user(d, d.user(2))).state).toBe('deleted');
  });

  it('is not both of two', async () => {
    const d = await begun();
    const run = await d.take(renamed(userDn('ada'), 'uid=ada2'), person('third', 1));
    expect(run.counts.rejected).toBe(1);
    expect(run.items[0]).toMatchObject({ result: 'rejected', code: 'invalid-request' });
    expect((await user(d, d.user(1))).name).toBe('Third');
  });
});
