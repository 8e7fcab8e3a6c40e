// Whole entries: who is created and described, memberships and nesting, members who come later, the flavours of directories.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { added, base, Directory, group, groupDn, modified, person, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
let directory: Directory;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const fresh = async (): Promise<Directory> => {
  directory = await Directory.of(await harness.tenant());
  return directory;
};
const lines = (run: { items: { line: number; result: string; code?: string }[] }) =>
  run.items.map(({ line, result, code }) => (code ? [line, result, code] : [line, result]));

const company = [
  person('ada', 1, 'mail: ada@harbour.example'),
  person('bo', 2),
  group('All', 11, userDn('ada'), groupDn('Pilots')),
  group('Pilots', 12, userDn('bo'), groupDn('All')),
];

describe('content records', () => {
  it('create users and groups, with members and nesting, cycles included', async () => {
    const d = await fresh();
    const run = await d.take(...company);
    expect(run).toMatchObject({
      state: 'done',
      counts: { applied: 4, noop: 0, rejected: 0, ignored: 0 },
      records: 4,
      entries: 4,
    });
    expect(await d.seen()).toEqual({
      [d.user(1)]: { state: 'active', name: 'Ada', groups: [d.group(11)] },
      [d.user(2)]: { state: 'active', name: 'Bo', groups: [d.group(12)] },
      [d.group(11)]: { name: 'All', confers: false, parents: [d.group(12)] },
      [d.group(12)]: { name: 'Pilots', confers: false, parents: [d.group(11)] },
    });
    const { body } = await d.tenant.ok('getUser', { params: { userId: d.user(1) } });
    expect(body).toMatchObject({
      kind: 'person',
      source: d.source,
      login: 'ada',
      mail: 'ada@harbour.example',
      bound: false,
    });
    const grants = await d.tenant.ok('getUserGrants', { params: { userId: d.user(1) } });
    expect(grants.body.grants).toEqual([]);
  });

  it('give rights through groups of any depth', async () => {
    const d = await fresh();
    await d.take(person('ada', 1), group('Inner', 12, userDn('ada')), group('Outer', 11, groupDn('Inner')));
    expect(await d.tenant.check(d.user(1), { permission: 'viewAllReports' })).toBe(false);
    await d.tenant.role('Readers', [{ permission: 'viewAllReports' }], [d.group(11)]);
    expect(await d.tenant.check(d.user(1), { permission: 'viewAllReports' })).toBe(true);
  });

  it('change nothing when repeated', async () => {
    const d = await fresh();
    await d.take(...company);
    const before = await d.everything();
    const run = await d.take(...company);
    expect(run.counts).toEqual({ applied: 0, noop: 4, rejected: 0, ignored: 0 });
    expect(await d.everything()).toEqual(before);
    expect((await d.take(...company.map(added))).counts).toEqual({ applied: 0, noop: 4, rejected: 0, ignored: 0 });
    expect(await d.everything()).toEqual(before);
  });

  it('are the whole truth about a group: whoever is not listed goes', async () => {
    const d = await fresh();
    await d.take(...company);
    const run = await d.take(group('All', 11, userDn('bo')));
    expect(run.counts).toEqual({ applied: 1, noop: 0, rejected: 0, ignored: 0 });
    expect(await d.groupsOf(1)).toEqual([]);
    expect(await d.groupsOf(2)).toEqual([d.group(11), d.group(12)].sort());
    expect((await d.seen())[d.group(12)]).toMatchObject({ parents: [] });
  });

  it('describe users anew, and disable and enable them', async () => {
    const d = await fresh();
    await d.take(person('ada', 1));
    await d.take(person('ada', 1, 'displayName: Ada Lovelace', 'nsAccountLock: TRUE'));
    expect((await d.seen())[d.user(1)]).toEqual({ state: 'disabled', name: 'Ada Lovelace', groups: [] });
    await d.take(person('ada', 1));
    expect((await d.seen())[d.user(1)]).toEqual({ state: 'active', name: 'Ada', groups: [] });
  });

  it('do not undo what a local administrator has disabled', async () => {
    const d = await fresh();
    await d.take(person('ada', 1));
    await d.tenant.ok('updateUser', { params: { userId: d.user(1) }, body: { state: 'disabled' } });
    expect((await d.take(person('ada', 1))).counts).toEqual({ applied: 0, noop: 1, rejected: 0, ignored: 0 });
    expect((await d.access(d.user(1)))?.state).toBe('disabled');
    await d.take(person('ada', 1, 'nsAccountLock: TRUE'));
    await d.take(person('ada', 1));
    expect((await d.access(d.user(1)))?.state).toBe('disabled');
  });

  it('make names fit that are too long or have control characters', async () => {
    const d = await fresh();
    await d.take(person('ada', 1, `displayName: ${'x'.repeat(150)}`), person('bo', 2, 'displayName:: QQlC'));
    const seen = (await d.seen()) as Record<string, { name: string }>;
    expect(seen[d.user(1)]?.name).toBe(`${'x'.repeat(99)}…`);
    expect(seen[d.user(2)]?.name).toBe('A B');
  });

  it('pass over what is neither user nor group', async () => {
    const d = await fresh();
    const ou = `dn: ou=people,${base}\nobjectClass: organizationalUnit\nou: people`;
    const computer = `dn: cn=pc1,${base}\nobjectClass: user\nobjectClass: computer\ncn: pc1`;
    expect((await d.take(ou, computer)).counts).toEqual({ applied: 0, noop: 0, rejected: 0, ignored: 2 });
    expect(await d.seen()).toEqual({});
  });
});

describe('members who come later', () => {
  it('join when they are delivered, users and groups', async () => {
    const d = await fresh();
    expect((await d.take(group('All', 11, userDn('ada'), groupDn('Pilots')))).counts.applied).toBe(1);
    const before = await d.everything();
    await d.take(group('All', 11, userDn('ada'), groupDn('Pilots')));
    expect(await d.everything()).toEqual(before);
    await d.take(person('ada', 1), group('Pilots', 12));
    expect(await d.groupsOf(1)).toEqual([d.group(11)]);
    expect((await d.seen())[d.group(12)]).toMatchObject({ parents: [d.group(11)] });
    expect((await d.everything()).filter((item) => /WAIT|#W#/.test(`${item.PK}${item.SK}`))).toEqual([]);
  });

  it('do not join what no longer lists them, or what has ended', async () => {
    const d = await fresh();
    await d.take(group('All', 11, userDn('ada')), group('Pilots', 12, userDn('ada')), group('Old', 13, userDn('ada')));
    await d.take(group('All', 11), modified(groupDn('Pilots'), 'delete: member', `member: ${userDn('ada')}`, '-'));
    await d.take(`dn: ${groupDn('Old')}\nchangetype: delete`);
    await d.take(person('ada', 1));
    expect(await d.groupsOf(1)).toEqual([]);
    expect((await d.everything()).filter((item) => /WAIT|#W#/.test(`${item.PK}${item.SK}`))).toEqual([]);
  });

  it('in very many groups join them all', async () => {
    const d = await fresh();
    const names = Array.from({ length: 60 }, (_, i) => `Group ${i}`);
    await d.take(...names.map((name, i) => group(name, 100 + i, userDn('ada'), groupDn('Inner'))));
    await d.take(person('ada', 1), group('Inner', 12));
    expect(await d.groupsOf(1)).toHaveLength(60);
    expect(((await d.seen())[d.group(12)] as { parents: string[] }).parents).toHaveLength(60);
    expect((await d.take(person('ada', 1), group('Inner', 12))).counts.noop).toBe(2);
  });
});

describe('flavours', () => {
  it('Active Directory: objectGUID in bytes, userAccountControl, sAMAccountName', async () => {
    const d = await fresh();
    const guid = Buffer.from('3a2b1c0d000000408000000000000001', 'hex').toString('base64');
    const ada = (flags: number) =>
      [
        `dn: CN=Ada\\, the First,OU=Staff,${base}`,
        'objectClass: top',
        'objectClass: person',
        'objectClass: user',
        `objectGUID:: ${guid}`,
        'cn: Ada, the First',
        'sAMAccountName: ADA',
        `userAccountControl: ${flags}`,
      ].join('\n');
    const staff = [`dn: CN=Staff,${base}`, 'objectClass: group', `objectGUID:: ${guid.replace('A', 'B')}`, 'cn: Staff'];
    await d.take(ada(512), [...staff, `member: cn=ada\\2C the first, ou=staff, ${base}`].join('\n'));
    const id = d.user(1);
    const { body } = await d.tenant.ok('getUser', { params: { userId: id } });
    expect(body).toMatchObject({ name: 'Ada, the First', login: 'ADA', state: 'active' });
    expect((await d.access(id))?.groups.size).toBe(1);
    await d.take(ada(514));
    expect((await d.access(id))?.state).toBe('disabled');
  });

  it('POSIX: members by uid, whatever the case, also of users who come later', async () => {
    const d = await fresh();
    const posix = (...uids: string[]) =>
      [
        `dn: cn=ops,${base}`,
        'objectClass: posixGroup',
        `entryUUID: ${uuid(11)}`,
        'cn: ops',
        ...uids.map((uid) => `memberUid: ${uid}`),
      ].join('\n');
    await d.take(person('ada', 1), posix('ADA', 'bo'));
    expect(await d.groupsOf(1)).toEqual([d.group(11)]);
    await d.take(person('bo', 2));
    expect(await d.groupsOf(2)).toEqual([d.group(11)]);
    const before = await d.everything();
    expect((await d.take(posix('ada', 'BO'))).counts.noop).toBe(1);
    expect(await d.everything()).toEqual(before);
    await d.take(modified(`cn=ops,${base}`, 'delete: memberUid', 'memberUid: ada', '-'));
    expect(await d.groupsOf(1)).toEqual([]);
  });

  it('of two users with one uid the first is the member, and keeps the uid', async () => {
    const d = await fresh();
    await d.take(person('ada', 1));
    const double = person('ada', 2).replace('ou=people', 'ou=guests');
    await d.take(
      double,
      `dn: cn=ops,${base}\nobjectClass: posixGroup\nentryUUID: ${uuid(11)}\ncn: ops\nmemberUid: ada`,
    );
    expect(await d.groupsOf(1)).toEqual([d.group(11)]);
    expect(await d.groupsOf(2)).toEqual([]);
  });

  it('without ids: told apart by DN', async () => {
    const d = await fresh();
    const run = await d.take(person('ada'), group('All', undefined, userDn('ada')));
    const [user, all] = run.items.map((item: { id: string }) => item.id);
    expect(user).toMatch(/^u/);
    expect(((await d.seen())[user] as { groups: string[] }).groups).toEqual([all]);
    const before = await d.everything();
    expect(lines(await d.take(person('ada'), group('All', undefined, userDn('ada'))))).toEqual([
      [3, 'noop'],
      [8, 'noop'],
    ]);
    expect(await d.everything()).toEqual(before);
  });
});
