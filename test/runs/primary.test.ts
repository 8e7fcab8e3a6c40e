// Primary groups: membership that stands on the user alone, whichever side changes and whichever comes first.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { added, base, Directory, deleted, group, modified, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const domain = [21, 1004336348, 1177238915, 682003330];
const elsewhere = [21, 1, 2, 3];
/** A SID as Active Directory exports it. */
const sid = (rid: number, parts = domain): string => {
  const bytes = Buffer.alloc(8 + 4 * (parts.length + 1));
  bytes.set([1, parts.length + 1, 0, 0, 0, 0, 0, 5]);
  [...parts, rid].forEach((part, i) => {
    bytes.writeUInt32LE(part, 8 + 4 * i);
  });
  return `objectSid:: ${bytes.toString('base64')}`;
};
const entry = (classes: string, name: string, n: number, suffix: string, more: string[]): string =>
  [`dn: cn=${name},${suffix}`, `objectClass: ${classes}`, `entryUUID: ${uuid(n)}`, `cn: ${name}`, ...more].join('\n');
const user = (n: number, ...more: string[]) => entry('user', `u${n}`, n, base, more);
const team = (n: number, ...more: string[]) => entry('group', `g${n}`, n, base, more);
const posix = (n: number, ...more: string[]) => entry('posixGroup', `g${n}`, n, base, more);
const dn = (n: number) => `cn=${n < 10 ? 'u' : 'g'}${n},${base}`;
const there = (n: number, suffix: string, kind: 'user' | 'group', ...more: string[]) =>
  entry(kind, `${kind}${n}`, n, suffix, more);
const other = 'dc=other,dc=example';

/** Users 1 to 9, groups 11 and later: the files in their order, and who is in which groups at the end. */
type Case = readonly [string, readonly (readonly string[])[], Readonly<Record<number, readonly number[]>>];
const cases: readonly Case[] = [
  [
    'by RID and token, group first',
    [[team(11, 'primaryGroupToken: 513'), user(1, 'primaryGroupID: 513')]],
    { 1: [11] },
  ],
  ['by RID and token, user first', [[user(1, 'primaryGroupID: 513'), team(11, 'primaryGroupToken: 513')]], { 1: [11] }],
  ['by RID and SID', [[user(1, sid(1104), 'primaryGroupID: 513'), team(11, sid(513))]], { 1: [11] }],
  [
    'by RID and SID of a group, the user without one',
    [[user(1, 'primaryGroupID: 513'), team(11, sid(513))]],
    { 1: [11] },
  ],
  [
    'by RID and token, the user alone with a SID',
    [[user(1, sid(1104), 'primaryGroupID: 513'), team(11, 'primaryGroupToken: 513')]],
    { 1: [11] },
  ],
  ['by gidNumber', [[user(1, 'gidNumber: 100'), posix(11, 'gidNumber: 100')]], { 1: [11] }],
  [
    'by both',
    [[user(1, 'gidNumber: 100', 'primaryGroupID: 513'), posix(11, 'gidNumber: 100'), team(12, sid(513))]],
    { 1: [11, 12] },
  ],
  [
    'of another number',
    [[user(1, 'primaryGroupID: 514', 'gidNumber: 7'), team(11, sid(513), 'gidNumber: 8')]],
    { 1: [] },
  ],
  ['of another domain by SID', [[user(1, sid(1104, elsewhere), 'primaryGroupID: 513'), team(11, sid(513))]], { 1: [] }],
  [
    'of another domain by DN',
    [[there(1, base, 'user', 'primaryGroupID: 513'), there(11, other, 'group', 'primaryGroupToken: 513')]],
    { 1: [] },
  ],
  [
    'one of each domain',
    [
      [
        there(1, base, 'user', 'primaryGroupID: 513'),
        there(2, other, 'user', 'primaryGroupID: 513'),
        there(11, base, 'group', 'primaryGroupToken: 513'),
        there(12, other, 'group', sid(513, elsewhere)),
      ],
    ],
    { 1: [11], 2: [12] },
  ],
  [
    'of BUILTIN never',
    [[user(1, 'primaryGroupID: 545'), team(11, sid(545, [32]), 'primaryGroupToken: 545')]],
    { 1: [] },
  ],
  [
    'with a group that comes in a later file',
    [[user(1, 'primaryGroupID: 513'), user(2, 'gidNumber: 9')], [team(11, sid(513), 'gidNumber: 9')]],
    { 1: [11], 2: [11] },
  ],
  ['with a user who comes in a later file', [[team(11, sid(513))], [user(1, 'primaryGroupID: 513')]], { 1: [11] }],
  [
    'that changes on the user, by a change',
    [
      [user(1, 'primaryGroupID: 513'), user(2, 'primaryGroupID: 513'), team(11, sid(513)), team(12, sid(514))],
      [modified(dn(1), 'replace: primaryGroupID', 'primaryGroupID: 514', '-')],
    ],
    { 1: [12], 2: [11] },
  ],
  [
    'that changes on the user, by a whole entry',
    [[user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1'), posix(12, 'gidNumber: 2')], [user(1, 'gidNumber: 2')]],
    { 1: [12] },
  ],
  ['that the user has no longer', [[user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1')], [user(1)]], { 1: [] }],
  [
    'that changes to one which is not there yet',
    [
      [user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1')],
      [modified(dn(1), 'replace: gidNumber', 'gidNumber: 2', '-')],
      [posix(12, 'gidNumber: 2')],
    ],
    { 1: [12] },
  ],
  [
    'that changes, and lists the user as well',
    [
      [user(1, 'primaryGroupID: 513'), team(11, sid(513), `member: ${dn(1)}`), team(12, sid(514))],
      [modified(dn(1), 'replace: primaryGroupID', 'primaryGroupID: 514', '-')],
    ],
    { 1: [11, 12] },
  ],
  [
    'that changes, and has come to list the user since',
    [
      [user(1, 'primaryGroupID: 513'), team(11, sid(513)), team(12, sid(514))],
      [modified(dn(11), 'add: member', `member: ${dn(1)}`, '-')],
      [modified(dn(1), 'replace: primaryGroupID', 'primaryGroupID: 514', '-')],
    ],
    { 1: [11, 12] },
  ],
  [
    'that changes, and comes to list the user in the same file',
    [
      [user(1, 'primaryGroupID: 513'), team(11, sid(513)), team(12, sid(514), `member: ${dn(1)}`)],
      [
        modified(dn(1), 'replace: primaryGroupID', 'primaryGroupID: 514', '-'),
        modified(dn(11), 'add: member', `member: ${dn(1)}`, '-'),
        modified(dn(12), 'delete: member', `member: ${dn(1)}`, '-'),
      ],
    ],
    { 1: [11, 12] },
  ],
  [
    'that changes after its list has let the user go',
    [
      [user(1, 'primaryGroupID: 513'), team(11, sid(513), `member: ${dn(1)}`)],
      [modified(dn(11), 'delete: member', `member: ${dn(1)}`, '-')],
      [modified(dn(1), 'delete: primaryGroupID', '-')],
    ],
    { 1: [] },
  ],
  [
    'that a whole list does not end, nor one member taken off it',
    [
      [
        user(1, 'gidNumber: 1', 'uid: una'),
        user(2, 'uid: vic'),
        posix(11, 'gidNumber: 1', 'memberUid: una', 'memberUid: vic'),
      ],
      [modified(dn(11), 'delete: memberUid', 'memberUid: una', '-')],
      [posix(11, 'gidNumber: 1')],
    ],
    { 1: [11], 2: [] },
  ],
  [
    'that a login which goes does not end',
    [
      [user(1, 'gidNumber: 1', 'uid: una'), posix(11, 'gidNumber: 1', 'memberUid: una')],
      [user(1, 'gidNumber: 1', 'uid: x')],
    ],
    { 1: [11] },
  ],
  [
    'by a change of the group alone',
    [
      [user(1, 'gidNumber: 1'), user(2, 'gidNumber: 2'), posix(11, 'gidNumber: 1')],
      [modified(dn(11), 'replace: gidNumber', 'gidNumber: 2', '-')],
    ],
    { 1: [], 2: [11] },
  ],
  [
    'by a token that comes by itself',
    [
      [user(1, 'primaryGroupID: 600'), team(11)],
      [modified(dn(11), 'add: primaryGroupToken', 'primaryGroupToken: 600', '-')],
    ],
    { 1: [11] },
  ],
  [
    'of a group that has its number no longer, and then again',
    [
      [user(1, 'gidNumber: 1'), user(2), posix(11, 'gidNumber: 1', `member: ${dn(2)}`)],
      [modified(dn(11), 'delete: gidNumber', '-')],
      [modified(dn(11), 'add: gidNumber', 'gidNumber: 1', '-')],
    ],
    { 1: [11], 2: [11] },
  ],
  [
    'of groups that change their numbers with each other',
    [
      [user(1, 'gidNumber: 1'), user(2, 'gidNumber: 2'), posix(11, 'gidNumber: 1'), posix(12, 'gidNumber: 2')],
      [posix(11, 'gidNumber: 2'), posix(12, 'gidNumber: 1')],
    ],
    { 1: [12], 2: [11] },
  ],
  [
    'of a group that ends and comes again',
    [[user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1')], [deleted(dn(11))], [posix(11, 'gidNumber: 1')]],
    { 1: [11] },
  ],
  [
    'of a group that is made anew in one file',
    [
      [user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1')],
      [deleted(dn(11)), added(posix(11, 'gidNumber: 1'))],
    ],
    { 1: [11] },
  ],
  [
    'that passes from a group that ends to another',
    [
      [user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1')],
      [deleted(dn(11)), posix(12, 'gidNumber: 1')],
    ],
    { 1: [12] },
  ],
  [
    'of two with one number: the first has it, until it has another',
    [
      [posix(11, 'gidNumber: 1')],
      [user(1, 'gidNumber: 1'), posix(12, 'gidNumber: 1')],
      [posix(12, 'gidNumber: 1', `member: ${dn(1)}`)],
      [posix(12, 'gidNumber: 1')],
    ],
    { 1: [11] },
  ],
  [
    'of two with one number, and the first goes',
    [
      [posix(11, 'gidNumber: 1')],
      [user(1, 'gidNumber: 1'), posix(12, 'gidNumber: 1')],
      [posix(11, 'gidNumber: 5'), posix(12, 'gidNumber: 1')],
    ],
    { 1: [12] },
  ],
  [
    'that moves while the change of the user is refused, not',
    [
      [user(1, 'gidNumber: 1'), posix(11, 'gidNumber: 1'), posix(12, 'gidNumber: 2')],
      [modified(dn(1), 'delete: cn', '-', 'replace: gidNumber', 'gidNumber: 2', '-')],
    ],
    { 1: [11] },
  ],
];

describe('a primary group gives membership', () => {
  it.each(cases)('%s', async (title, files, after) => {
    const d = await Directory.of(await harness.tenant());
    for (const records of files) {
      const run = await d.take(...records);
      expect(run.state).toBe('done');
      expect(run.counts.rejected, JSON.stringify(run.items)).toBe(
        title.includes('refused') && records === files.at(-1) ? 1 : 0,
      );
    }
    for (const [n, groups] of Object.entries(after))
      expect([n, await d.groupsOf(Number(n))]).toEqual([n, groups.map((one) => d.group(one)).sort()]);
    const settled = await d.everything();
    expect((await d.take(...(files.at(-1) ?? []))).counts.applied).toBe(0);
    expect(await d.everything()).toEqual(settled);
  });

  it.each(cases.filter(([, [first = []]]) => first.length > 1))(
    'in any order of entries: %s',
    async (_, files, after) => {
      const d = await Directory.of(await harness.tenant());
      // What is deleted and made anew in one file is told by its order.
      for (const records of files)
        await d.take(...(records.some((one) => one.includes('changetype: delete')) ? records : [...records].reverse()));
      for (const [n, groups] of Object.entries(after))
        expect([n, await d.groupsOf(Number(n))]).toEqual([n, groups.map((one) => d.group(one)).sort()]);
    },
  );

  it('and tells whose entry brought it', async () => {
    const d = await Directory.of(await harness.tenant());
    expect((await d.take(user(1, 'gidNumber: 1'), user(2, 'gidNumber: 3'))).counts).toMatchObject({ applied: 2 });
    // The entry of the user says nothing new: the group's brings the membership, and is there for it.
    const second = await d.take(posix(11, 'gidNumber: 1'), user(2, 'gidNumber: 3'));
    expect(second.items).toMatchObject([{ id: d.group(11), result: 'applied' }, { result: 'noop' }]);
    const events = (await d.tenant.ok('listEvents', { query: { target: d.user(1) } })).body.items;
    expect(events[0]).toMatchObject({ action: 'user.groups.changed', after: { groups: [d.group(11)] } });
  });

  it('whose role is that of its users, and is theirs no longer when they have another', async () => {
    const t = await harness.tenant();
    const d = await Directory.of(t);
    await d.take(user(1, 'primaryGroupID: 513'), team(11, sid(513)), team(12, sid(514)));
    const roleId = await t.role('Of the group', [{ permission: 'logExport' }]);
    await t.ok('addRoleMembers', { params: { roleId }, body: { members: [d.group(11)] } });
    expect(await t.check(d.user(1), { permission: 'logExport' })).toBe(true);
    await d.take(modified(dn(1), 'replace: primaryGroupID', 'primaryGroupID: 514', '-'));
    expect(await t.check(d.user(1), { permission: 'logExport' })).toBe(false);
  });

  it('of another source never', async () => {
    const t = await harness.tenant();
    const one = await Directory.of(t);
    const { body } = await t.ok('createSource', { body: { name: 'Second' } });
    const two = new Directory(t, body.id);
    await one.take(user(1, 'gidNumber: 1'));
    await two.take(posix(11, 'gidNumber: 1'));
    expect(await one.groupsOf(1)).toEqual([]);
  });

  it('and what cannot be read is an error with its line', async () => {
    const d = await Directory.of(await harness.tenant());
    for (const line of ['primaryGroupID: users', 'gidNumber: 1.5', 'objectSid: S-1', 'objectSid:: AQU='])
      expect((await d.post(user(1, line))).body, line).toMatchObject({ status: 400 });
  });
});

it('leaves nothing in the table where there is none', async () => {
  const d = await Directory.of(await harness.tenant());
  await d.take(
    `dn: ${userDn('una')}\nobjectClass: inetOrgPerson\nentryUUID: ${uuid(1)}\nuid: una\ncn: Una`,
    group('Crew', 11, userDn('una')),
  );
  const kept = JSON.stringify(await d.everything());
  expect(kept).not.toContain('"primary"');
  expect(await d.groupsOf(1)).toEqual([d.group(11)]);
});
