// What real directories say, through the real run: deletions that stay as entries, accounts disabled in many ways, names in
// other notations, and entries that concern nobody.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { base, Directory, deleted, group, modified, person, renamed, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const begun = async (...records: string[]): Promise<Directory> => {
  const d = await Directory.of(await harness.tenant());
  if (records.length > 0) await d.take(...records);
  return d;
};
type Run = { counts: Record<string, number>; items: { line: number; result: string; code?: string; id?: string }[] };
/** Takes a file in, and once more: the second time nothing may change. */
const twice = async (d: Directory, ...records: string[]): Promise<Run> => {
  const run = await d.take(...records);
  const before = await d.everything();
  const again = await d.take(...records);
  expect(again.counts).toMatchObject({ applied: 0, rejected: 0 });
  expect(await d.everything()).toEqual(before);
  return run;
};
const results = (run: Run) => run.items.map(({ result, code }) => (code ? [result, code] : [result]));
const states = async (d: Directory) =>
  Object.fromEntries(
    Object.values(await d.seen()).map((one) => {
      const { name, state } = one as { name: string; state: string };
      return [name, state];
    }),
  );
const grants = [{ permission: 'viewAllReports' }];

const guid = (n: number): string =>
  Buffer.from(`3a2b1c0d0000004080000000000000${String(n).padStart(2, '0')}`, 'hex').toString('base64');
const coded = (name: string, value: string): string => `${name}:: ${Buffer.from(value).toString('base64')}`;
const ad = (name: string, n: number, classes: string[], ...more: string[]): string =>
  [
    `dn: CN=${name},OU=Staff,${base}`,
    ...classes.map((one) => `objectClass: ${one}`),
    `cn: ${name}`,
    `objectGUID:: ${guid(n)}`,
    ...more,
  ].join('\n');
const mark = (what: 'DEL' | 'CNF') => `\\0A${what}:0d1c2b3a-0000-4000-8000-000000000001`;
const bin = `CN=Deleted Objects,${base}`;
const adTombstone = (name: string, n: number, classes: string[], ...more: string[]): string =>
  [
    coded('dn', `CN=${name}${mark('DEL')},${bin}`),
    ...classes.map((one) => `objectClass: ${one}`),
    coded('cn', `${name}\nDEL:0d1c2b3a-0000-4000-8000-000000000001`),
    `objectGUID:: ${guid(n)}`,
    ...more,
  ].join('\n');
const adUser = ['top', 'person', 'organizationalPerson', 'user'];
const in389 = (dn: string, id: string, ...lines: string[]): string =>
  [`dn: ${dn}`, `nsUniqueId: ${id}`, ...lines].join('\n');
const uniqueId = '11112222-33334444-55556666-77778888';

/** What is there first: one user in one group; what then says that the user, or the group, is deleted. */
const adBefore = [
  ad('Nia', 1, adUser, 'userAccountControl: 512'),
  ad('Crew', 2, ['top', 'group'], `member: CN=Nia,OU=Staff,${base}`),
];
const before389 = [
  in389(userDn('ola'), uniqueId, 'objectClass: inetOrgPerson', 'uid: ola', 'cn: Ola', 'sn: Ola'),
  group('Crew', 12, userDn('ola')),
];
const plainBefore = [person('ola'), group('Crew', 12, userDn('ola'))];
const deletions: [string, string[], string[]][] = [
  [
    'a tombstone of Active Directory',
    adBefore,
    [adTombstone('Nia', 1, adUser, 'isDeleted: TRUE', `lastKnownParent: OU=Staff,${base}`)],
  ],
  ['a recycled one', adBefore, [adTombstone('Nia', 1, adUser, 'isDeleted: TRUE', 'isRecycled: TRUE')]],
  ['one without its class', adBefore, [adTombstone('Nia', 1, [], 'isDeleted: TRUE')]],
  ['one that only its name tells', adBefore, [adTombstone('Nia', 1, adUser)]],
  ['a change to isDeleted', adBefore, [modified(`CN=Nia,OU=Staff,${base}`, 'add: isDeleted', 'isDeleted: TRUE', '-')]],
  ['being moved to the deleted objects', adBefore, [renamed(`CN=Nia,OU=Staff,${base}`, `CN=Nia${mark('DEL')}`, bin)]],
  [
    'both',
    adBefore,
    [
      modified(`CN=Nia,OU=Staff,${base}`, 'replace: isDeleted', 'isDeleted: TRUE', '-'),
      renamed(`CN=Nia,OU=Staff,${base}`, `CN=Nia${mark('DEL')}`, bin).replace('modrdn', 'moddn'),
    ],
  ],
  [
    'a tombstone with an id of what had none',
    [adBefore[0]?.replace(/\nobjectGUID.*/, '') as string, adBefore[1] as string],
    [adTombstone('Nia', 1, adUser, 'isDeleted: TRUE', `lastKnownParent: OU=Staff,${base}`)],
  ],
  [
    'a tombstone of 389',
    before389,
    [
      in389(
        `nsuniqueid=${uniqueId},${userDn('ola')}`,
        uniqueId,
        'objectClass: inetOrgPerson',
        'objectClass: nsTombstone',
        'uid: ola',
        'cn: Ola',
      ),
    ],
  ],
  [
    'a tombstone of 389 of what had no id',
    plainBefore,
    [
      in389(
        `nsuniqueid=${uniqueId},${userDn('ola')}`,
        uniqueId,
        'objectClass: inetOrgPerson',
        'objectClass: nsTombstone',
        'cn: Ola',
      ),
    ],
  ],
  ['a change of its class', before389, [modified(userDn('ola'), 'add: objectClass', 'objectClass: nsTombstone', '-')]],
];

describe('deletions that stay as entries', () => {
  it.each(deletions)('%s ends the user, and the rights through groups', async (_, before, records) => {
    const d = await begun(...before);
    const seen = Object.entries(await d.seen());
    const [user] = seen.find(([id]) => id.startsWith('u')) as [never, unknown];
    const [crew] = seen.find(([id]) => id.startsWith('g')) as [string, unknown];
    await d.tenant.role('Readers', grants, [crew]);
    expect(await d.tenant.check(user, { permission: 'viewAllReports' })).toBe(true);
    const run = await d.take(...records);
    expect(run.counts).toEqual({ applied: 1, noop: 0, rejected: 0, ignored: 0 });
    expect(await d.seen()).toMatchObject({ [user]: { state: 'deleted', groups: [] } });
    expect(await d.tenant.check(user, { permission: 'viewAllReports' })).toBe(false);
    const after = await d.everything();
    expect((await d.take(...records)).counts.applied).toBe(0);
    expect(await d.everything()).toEqual(after);
  });

  it.each([
    ['a tombstone', (dn: string) => [adTombstone('Editors', 2, ['top', 'group'], 'isDeleted: TRUE', `member: ${dn}`)]],
    [
      'a change to isDeleted',
      () => [modified(`CN=Editors,OU=Staff,${base}`, 'add: isDeleted', 'isDeleted: TRUE', '-')],
    ],
    ['being moved', () => [renamed(`CN=Editors,OU=Staff,${base}`, `CN=Editors${mark('DEL')}`, bin)]],
  ])('of groups end what they gave: %s', async (_, records) => {
    const dn = `CN=Nia,OU=Staff,${base}`;
    const d = await begun(ad('Nia', 1, adUser), ad('Editors', 2, ['top', 'group'], `member: ${dn}`));
    const seen = Object.keys(await d.seen());
    const [user, editors] = [seen.find((id) => id.startsWith('u')), seen.find((id) => id.startsWith('g'))] as never[];
    await d.tenant.role('Readers', grants, [editors as never]);
    expect((await d.take(...records(dn))).counts).toMatchObject({ applied: 1, rejected: 0 });
    expect(await d.seen()).toMatchObject({ [editors as never]: 'deleted' });
    expect(await d.tenant.check(user as never, { permission: 'viewAllReports' })).toBe(false);
  });

  it.each(deletions)('of what is not known are nobody: %s', async (_, _before, records) => {
    const d = await begun();
    const run = await twice(d, ...records);
    expect(run.counts).toEqual({ applied: 0, noop: 0, rejected: 0, ignored: 1 });
    expect(run.items[0]).toMatchObject({ result: 'ignored', code: 'tombstone' });
    expect(await d.seen()).toEqual({});
  });

  it('leave alone who has the name by now', async () => {
    const d = await begun(person('ola', 1));
    const run = await d.take(
      in389(
        `nsuniqueid=${uniqueId},${userDn('ola')}`,
        uniqueId,
        'objectClass: inetOrgPerson',
        'objectClass: nsTombstone',
      ),
    );
    expect(results(run)).toEqual([['ignored', 'tombstone']]);
    expect((await d.access(d.user(1)))?.state).toBe('active');
  });

  it('do not end who is restored by the whole entry', async () => {
    const d = await begun(...adBefore);
    await d.take(adTombstone('Nia', 1, adUser, 'isDeleted: TRUE'));
    await twice(d, ...adBefore);
    expect(await states(d)).toMatchObject({ Nia: 'active' });
  });
});

describe('copies that lost a conflict are nobody', () => {
  it.each([
    [
      '389, hidden',
      in389(
        `cn=Ola+nsUniqueId=${uniqueId},${base}`,
        uniqueId,
        'objectClass: inetOrgPerson',
        'objectClass: ldapSubEntry',
        'cn: Ola',
      ),
    ],
    [
      '389, by its name',
      in389(`nsUniqueId=${uniqueId}+uid=ola,${base}`, uniqueId, 'objectClass: inetOrgPerson', 'cn: Ola'),
    ],
    [
      '389, by its attribute',
      in389(
        userDn('ola2'),
        uniqueId,
        'objectClass: inetOrgPerson',
        'cn: Ola',
        `nsds5ReplConflict: namingConflict (ADD) ${userDn('ola')}`,
      ),
    ],
    [
      'OpenDJ',
      `dn: entryuuid=${uuid(2)}+uid=ola,${base}\nobjectClass: inetOrgPerson\ncn: Ola\nds-sync-conflict: ${userDn('ola')}`,
    ],
    [
      'Active Directory',
      `${coded('dn', `CN=Ola${mark('CNF')},${base}`)}\nobjectClass: user\ncn: Ola\nsAMAccountName: $DUPLICATE-1`,
    ],
    [
      'a group',
      `${coded('dn', `CN=Crew${mark('CNF')},${base}`)}\nobjectClass: group\ncn: Crew\nmember: ${userDn('ola')}`,
    ],
  ])('%s', async (_, copy) => {
    const d = await begun(person('ola', 1));
    const seen = await d.seen();
    expect(results(await twice(d, copy))).toEqual([['ignored', 'conflict-copy']]);
    expect(await d.seen()).toEqual(seen);
  });

  it('also when they were taken for somebody before, or lose their name now', async () => {
    const d = await begun(person('ola', 1), person('bo', 2));
    await twice(d, modified(userDn('ola'), 'add: nsds5ReplConflict', 'nsds5ReplConflict: x', '-'));
    await twice(d, renamed(userDn('bo'), `uid=bo${mark('CNF')}`));
    expect([(await d.access(d.user(1)))?.state, (await d.access(d.user(2)))?.state]).toEqual(['deleted', 'deleted']);
  });
});

describe('disabled accounts', () => {
  const markers: [string, string][] = [
    ['userAccountControl', '514'],
    ['msDS-UserAccountDisabled', 'TRUE'],
    ['accountExpires', '132223104000000000'],
    ['nsAccountLock', 'TRUE'],
    ['nsRoleDN', `cn=nsManagedDisabledRole,${base}`],
    ['pwdAccountLockedTime', '000001010000Z'],
    ['ds-pwp-account-disabled', 'true'],
    ['inetUserStatus', 'inactive'],
    ['orclIsEnabled', 'DISABLED'],
    ['loginDisabled', 'TRUE'],
    ['sambaAcctFlags', '[UD         ]'],
    ['krbPrincipalExpiration', '20200101000000Z'],
    ['shadowExpire', '18262'],
  ];

  it('are disabled by every marker, and enabled when it goes', async () => {
    const d = await begun(...markers.map(([name], i) => person(`p${i}`, 100 + i, `displayName: ${name}`)));
    const all = (state: string) => Object.fromEntries(markers.map(([name]) => [name, state]));
    expect(await states(d)).toEqual(all('active'));
    await twice(
      d,
      ...markers.map(([name, value], i) => person(`p${i}`, 100 + i, `displayName: ${name}`, `${name}: ${value}`)),
    );
    expect(await states(d)).toEqual(all('disabled'));
    await twice(d, ...markers.map(([name], i) => modified(userDn(`p${i}`), `delete: ${name}`, '-')));
    expect(await states(d)).toEqual(all('active'));
    await twice(
      d,
      ...markers.map(([name, value], i) => modified(userDn(`p${i}`), `add: ${name}`, `${name}: ${value}`, '-')),
    );
    expect(await states(d)).toEqual(all('disabled'));
  });

  it('expire, which counts in the next run that mentions them', async () => {
    const { now } = harness.store;
    const fileTime = (ms: number) => (BigInt(ms) + 11_644_473_600_000n) * 10_000n;
    const d = await begun(
      person('ada', 1, `accountExpires: ${fileTime(now + 3_600_000)}`),
      person('bo', 2, `accountExpires: ${fileTime(now - 1)}`),
    );
    expect(await states(d)).toEqual({ Ada: 'active', Bo: 'disabled' });
    await twice(d, modified(userDn('bo'), 'replace: accountExpires', 'accountExpires: 0', '-'));
    expect(await states(d)).toEqual({ Ada: 'active', Bo: 'active' });
  });
});

describe('names in other notations', () => {
  it('quotations, semicolons and extended names are the same names', async () => {
    const d = await begun(
      `dn: cn=Ruiz\\, Rosa,${base}\nobjectClass: inetOrgPerson\nentryUUID: ${uuid(1)}\ncn: Ruiz, Rosa`,
      person('sam', 2),
      person('tea', 3),
      `dn: cn="template, of nobody",${base}\nobjectClass: cosTemplate\ncn: t`,
      group(
        'Both',
        11,
        `cn="Ruiz, Rosa",${base}`,
        `uid=sam;ou=people;${base.replace(',', ' ; ')}`,
        `<GUID=00>;<SID=S-1-5>;${userDn('tea')}`,
      ),
    );
    expect(await d.seen()).toMatchObject({
      [d.user(1)]: { name: 'Ruiz, Rosa', groups: [d.group(11)] },
      [d.user(2)]: { groups: [d.group(11)] },
      [d.user(3)]: { groups: [d.group(11)] },
    });
    await d.take(deleted(`<GUID=00>;cn="Ruiz, Rosa";${base}`));
    expect(await d.seen()).toMatchObject({ [d.user(1)]: { state: 'deleted' } });
  });

  it('names and logins that stand only in the RDN count', async () => {
    const d = await begun(
      `dn: uid=sam,${base}\nobjectClass: account\nentryUUID: ${uuid(1)}`,
      `dn: cn=Ada L+uid=ada,${base}\nobjectClass: inetOrgPerson\nentryUUID: ${uuid(2)}`,
      `dn: cn=Crew,${base}\nobjectClass: groupOfNames\nentryUUID: ${uuid(11)}\nmember: uid=sam,${base}`,
    );
    expect(await d.seen()).toMatchObject({
      [d.user(1)]: { name: 'sam', groups: [d.group(11)] },
      [d.user(2)]: { name: 'Ada L' },
      [d.group(11)]: { name: 'Crew' },
    });
    const { body } = await d.tenant.ok('getUser', { params: { userId: d.user(2) } });
    expect(body.login).toBe('ada');
  });
});

describe('what concerns nobody costs nobody', () => {
  const pc = (name: string, ...more: string[]) =>
    `dn: CN=${name},CN=Computers,${base}\nobjectClass: user\nobjectClass: computer\ncn: ${name}${more.map((line) => `\n${line}`).join('')}`;
  const others = [
    pc('PC-07', 'userAccountControl: 4096'),
    `dn: ${base}\nobjectClass: domain\ndc: harbour`,
    `dn: ou=people,${base}\nobjectClass: organizationalUnit`,
    `dn: CN=Ann,${base}\nobjectClass: contact\ncn: Ann`,
  ];
  const at = (name: string) => `CN=${name},CN=Computers,${base}`;

  it('entries, and later changes of them', async () => {
    const d = await begun();
    expect(results(await twice(d, ...others))).toEqual(others.map(() => ['ignored', 'neither-user-nor-group']));
    const changes = [
      modified(
        at('PC-07'),
        'replace: userAccountControl',
        'userAccountControl: 4098',
        '-',
        'replace: cn',
        'cn: x',
        '-',
      ),
      modified(base, 'add: description', 'description: head office', '-', 'replace: mail', 'mail: a@b.example', '-'),
      modified(`CN=Ann,${base}`, 'replace: member', `member: ${userDn('ada')}`, '-'),
      renamed(`ou=people,${base}`, 'ou=staff'),
    ];
    expect(results(await twice(d, ...changes))).toEqual(changes.map(() => ['ignored', 'neither-user-nor-group']));
    expect(await d.seen()).toEqual({});
  });

  it('also when renamed, until somebody takes the name or it goes', async () => {
    const d = await begun(...others);
    const ignored = async (...records: string[]) => {
      const run = await d.take(...records);
      expect(run.counts).toMatchObject({ applied: 0, rejected: 0, ignored: records.length });
    };
    await ignored(renamed(at('PC-07'), 'CN=PC-08'));
    await ignored(modified(at('PC-08'), 'replace: cn', 'cn: PC-8', '-'));
    // An ignored object leaves nothing by which a later record could find it.
    const missing = modified(at('PC-07'), 'replace: cn', 'cn: x', '-');
    expect(results(await d.take(missing))).toEqual([['rejected', 'not-found']]);
    await ignored(deleted(at('PC-08')));
    expect(results(await d.take(missing.replace('PC-07', 'PC-08')))).toEqual([['rejected', 'not-found']]);
    await d.take(`dn: CN=Ann,${base}\nobjectClass: user\nentryUUID: ${uuid(5)}\ncn: Ann`);
    expect((await d.take(modified(`CN=Ann,${base}`, 'replace: cn', 'cn: Ann B', '-'))).counts.applied).toBe(1);
    expect(await d.seen()).toMatchObject({ [d.user(5)]: { name: 'Ann B' } });
  });

  it('but what becomes a user or a group is asked for', async () => {
    const d = await begun(...others);
    const becomes = modified(`CN=Ann,${base}`, 'add: objectClass', 'objectClass: inetOrgPerson', '-');
    expect(results(await d.take(becomes))).toEqual([['rejected', 'not-found']]);
  });

  it('counters, values by URL, broken entries and what a search prints', async () => {
    const d = await begun();
    const run = await twice(
      d,
      person('ada', 1, 'jpegPhoto:< file:///photos/ada.jpg'),
      modified(`cn=next,ou=ids,${base}`, 'increment: gidNumber', 'gidNumber: 1', '-'),
      pc('PC-01', 'servicePrincipalName:: %%%'),
      pc('PC-02', 'cn:< file:///x', 'objectGUID: broken'),
      `ref: ldap://forest.example/DC=ForestDnsZones,${base}`,
      'search: 2\nresult: 0 Success',
    );
    expect(results(run)).toEqual([
      ['applied'],
      ['noop'],
      ['ignored', 'unreadable'],
      ['ignored', 'neither-user-nor-group'],
      ['ignored', 'search-reference'],
      ['ignored', 'search-result'],
    ]);
    expect(run.counts).toEqual({ applied: 1, noop: 1, rejected: 0, ignored: 4 });
    const { id } = run as unknown as { id: string };
    expect((await d.run(id, { result: 'ignored' })).items).toHaveLength(4);
    expect((await d.run(id, { result: 'noop' })).items).toHaveLength(1);
  });

  it('while a fault in a user or a group is an error with its line, and nothing is taken in', async () => {
    const d = await begun();
    for (const [record, line] of [
      [person('ada', 1, 'mail:< file:///x'), 11],
      [group('All', 11, 'no name'), 6],
      [person('ada', 1, 'description:: %'), 11],
    ] as const) {
      const refused = await d.post(`dn: ou=x,${base}\nobjectClass: x`, record);
      expect([refused.status, refused.body.errors]).toEqual([
        400,
        [expect.objectContaining({ field: `line ${line}` })],
      ]);
    }
    expect(await d.seen()).toEqual({});
  });
});

describe('classes of groups', () => {
  it.each(['groupOfMembers', 'groupOfEntries', 'groupOfURLs', 'groupOfNames', 'groupOfUniqueNames'])(
    '%s',
    async (name) => {
      const d = await begun(
        person('tea', 1),
        `dn: cn=one,${base}\nobjectClass: ${name}\nentryUUID: ${uuid(11)}\ncn: one\nmember: ${userDn('tea')}`,
      );
      expect(await d.groupsOf(1)).toEqual([d.group(11)]);
    },
  );
});

describe('what a source says of its directory', () => {
  it('counts in its runs: classes of groups, and markers of disabled accounts', async () => {
    const tenant = await harness.tenant();
    const own = { groupClasses: ['acmeTeam'], disabledMarkers: [{ attribute: 'employeeStatus', value: 'Left' }] };
    const { body } = await tenant.ok('createSource', { body: { name: 'Acme', ...own } });
    expect(body).toMatchObject(own);
    expect((await tenant.ok('listSources')).body.items).toEqual([body]);
    const d = new Directory(tenant, body.id);
    const team = `dn: cn=team,${base}\nobjectClass: acmeTeam\nentryUUID: ${uuid(11)}\ncn: team\nmember: ${userDn('ada')}`;
    await twice(d, person('ada', 1, 'employeeStatus: here'), person('bo', 2, 'employeeStatus: left'), team);
    expect(await d.groupsOf(1)).toEqual([d.group(11)]);
    expect(await states(d)).toMatchObject({ Ada: 'active', Bo: 'disabled' });
    await twice(d, modified(userDn('ada'), 'replace: employeeStatus', 'employeeStatus: LEFT', '-'));
    expect(await states(d)).toMatchObject({ Ada: 'disabled' });
    const plain = await begun(person('ada', 1, 'employeeStatus: left'), team);
    expect(await states(plain)).toEqual({ Ada: 'active' });
    for (const bad of [
      { groupClasses: ['a b'] },
      { groupClasses: [] },
      { disabledMarkers: [{ attribute: 'x' }] },
      { disabledMarkers: [{ attribute: 'x', value: ' ' }] },
    ])
      expect((await harness.call('createSource', { as: tenant.admin, body: { name: 'Bad', ...bad } })).status).toBe(
        400,
      );
  });
});
