// The net effect of whole files: order, renames, deletions, and records that mean nothing.
import { describe, expect, it } from 'vitest';
import { type FoldedEntry, type FoldResult, foldRecords, movedDn } from '../../shared/ldif/net-effect.ts';
import { parseLdif } from '../../shared/ldif/parse.ts';

const now = Date.parse('2026-06-01T12:00:00Z');
const dialect = { groupClasses: ['acmeTeam'] };
const fold = (...records: string[]): FoldResult => {
  const result = parseLdif(records.join('\n\n'));
  if (!result.ok) throw new Error(JSON.stringify(result));
  return foldRecords(result.records, now, dialect);
};
const clean = (...records: string[]): FoldResult => {
  const result = fold(...records);
  expect(result.errors).toEqual([]);
  return result;
};
const only = (...records: string[]): FoldedEntry => {
  const { entries } = clean(...records);
  expect(entries).toHaveLength(1);
  return entries[0] as FoldedEntry;
};
const entry = (result: FoldResult, dn: string): FoldedEntry => {
  const found = result.entries.filter((one) => one.dn === dn);
  expect(found).toHaveLength(1);
  return found[0] as FoldedEntry;
};
const members = (result: FoldResult, dn: string): readonly string[] | undefined => {
  const group = entry(result, dn);
  return group.kind === 'group' && group.present ? group.group.members : undefined;
};
const messages = ({ errors }: FoldResult): [number, string][] => errors.map(({ line, message }) => [line, message]);

const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const person = (dn: string, ...more: string[]): string =>
  [`dn: ${dn}`, 'objectClass: inetOrgPerson', `cn: ${/=([^,]*)/.exec(dn)?.[1]}`, ...more].join('\n');
const group = (dn: string, ...members: string[]): string =>
  [`dn: ${dn}`, 'objectClass: groupOfNames', 'cn: G', ...members.map((one) => `member: ${one}`)].join('\n');
const add = (content: string): string => content.replace('\n', '\nchangetype: add\n');
const remove = (dn: string): string => `dn: ${dn}\nchangetype: delete`;
const modify = (dn: string, ...lines: string[]): string => [`dn: ${dn}`, 'changetype: modify', ...lines].join('\n');
const rename = (dn: string, newRdn: string, newSuperior?: string, deleteOld = 1): string =>
  [
    `dn: ${dn}`,
    'changetype: modrdn',
    `newrdn: ${newRdn}`,
    `deleteoldrdn: ${deleteOld}`,
    ...(newSuperior === undefined ? [] : [`newsuperior: ${newSuperior}`]),
  ].join('\n');

describe('content', () => {
  it('gives users with their facts and the texts to keep', () => {
    expect(only(person('CN=Ada, DC=x', `entryUUID: ${uuid(1)}`, 'uid: ada', 'description: no'))).toEqual({
      dn: 'cn=ada,dc=x',
      storedDn: 'cn=ada,dc=x',
      immutableId: uuid(1),
      kind: 'user',
      present: true,
      replaced: true,
      deletedBefore: false,
      user: { name: 'Ada', login: 'ada', enabled: true },
      attributes: { cn: ['Ada'], uid: ['ada'] },
      records: [{ line: 1, change: 'content' }],
    });
  });

  it('gives groups with their members, before or after the members in the file, and other entries as such', () => {
    const result = clean(
      group('cn=g,dc=x', 'CN=Ada,DC=x', 'cn=nobody,dc=x'),
      person('cn=ada,dc=x'),
      'dn: ou=o,dc=x\nobjectClass: organizationalUnit',
      'dn: cn=pc,dc=x\nobjectClass: user\nobjectClass: computer',
    );
    expect(result.entries.map(({ dn, kind }) => [dn, kind])).toEqual([
      ['cn=g,dc=x', 'group'],
      ['cn=ada,dc=x', 'user'],
      ['ou=o,dc=x', 'other'],
      ['cn=pc,dc=x', 'other'],
    ]);
    expect(entry(result, 'cn=g,dc=x')).toMatchObject({
      group: { name: 'G', members: ['cn=ada,dc=x', 'cn=nobody,dc=x'], memberUids: [] },
    });
    expect(result.formerDns.size).toBe(0);
  });

  it('takes names and logins that stand only in the RDN as values of the entry', () => {
    const entry = (dn: string, ...lines: string[]) => only([`dn: ${dn}`, ...lines].join('\n'));
    const inet = 'objectClass: inetOrgPerson';
    expect(entry('uid=ada,dc=x', inet)).toMatchObject({ user: { name: 'ada', login: 'ada' } });
    expect(entry('cn=Ada L+uid=ada,dc=x', inet)).toMatchObject({ user: { name: 'Ada L', login: 'ada' } });
    expect(entry('userid="a;da",dc=x', inet, 'sn: K')).toMatchObject({ user: { name: 'K', login: 'a;da' } });
    expect(entry('cn=Ada,dc=x', inet, 'cn: Ada L', 'cn: ADA')).toMatchObject({ attributes: { cn: ['Ada L', 'ADA'] } });
    expect(entry('uid=ada,dc=x', inet, 'uid: other')).toMatchObject({ attributes: { uid: ['other', 'ada'] } });
    // A name may be longer than a value that is kept.
    expect(entry(`cn=${'x'.repeat(2000)},dc=x`, inet, 'cn: X')).toMatchObject({ attributes: { cn: ['X'] } });
    expect(entry('cn=Ada,dc=x', inet, 'cn;lang-de: A')).toMatchObject({ attributes: { cn: ['Ada'] } });
    expect(entry('cn=All,dc=x', 'objectClass: groupOfNames')).toMatchObject({ group: { name: 'All' } });
  });

  it('knows the classes of groups that a source names', () => {
    expect(only('dn: cn=t\nobjectClass: acmeTeam\nmember: cn=a')).toMatchObject({ group: { members: ['cn=a'] } });
  });

  it('lets the later of two contents of one object count', () => {
    expect(only(person('cn=a', 'uid: 1'), person('CN=A', 'uid: 2'))).toMatchObject({
      user: { login: '2' },
      deletedBefore: false,
      records: [{ line: 1 }, { line: 6 }],
    });
  });

  it('applies changes to what the file gave in full', () => {
    const result = clean(
      add(group('cn=g', 'cn=a', 'cn=b')),
      modify('cn=g', 'delete: member', 'member: CN=A', '-', 'add: member', 'member: cn=c', '-', 'replace: cn', 'cn: H'),
      modify('cn=g', 'add: memberUid', 'memberUid: u'),
      add(person('cn=p')),
      modify('cn=p', 'add: loginDisabled', 'loginDisabled: TRUE', '-', 'add: description', 'description: x'),
    );
    expect(entry(result, 'cn=g')).toMatchObject({
      replaced: true,
      group: { name: 'H', members: ['cn=b', 'cn=c'], memberUids: ['u'] },
      records: [
        { line: 1, change: 'add' },
        { line: 8, change: 'modify' },
        { line: 19, change: 'modify' },
      ],
    });
    expect(entry(result, 'cn=p')).toMatchObject({ replaced: true, user: { enabled: false } });
  });

  it('sees a change of what an entry is', () => {
    expect(only(person('cn=p'), modify('cn=p', 'add: objectClass', 'objectClass: computer'))).toMatchObject({
      kind: 'other',
    });
  });
});

describe('changes to what the file does not define', () => {
  it('gives them both ways, as changes of texts and as a difference of lists', () => {
    expect(
      only(
        modify('cn=x', 'add: member', 'member: cn=a', '-', 'replace: mail', 'mail: m', '-', 'replace: title', '-'),
        modify('CN=X', 'delete: member', 'member: cn=b', '-', 'delete: cn', 'cn: x', '-', 'add: cn', 'cn: Y'),
      ),
    ).toEqual({
      dn: 'cn=x',
      storedDn: 'cn=x',
      kind: 'unknown',
      present: undefined,
      replaced: false,
      deletedBefore: false,
      changes: [
        { op: 'replace', attribute: 'mail', options: [], values: ['m'] },
        { op: 'delete', attribute: 'cn', options: [], values: ['x'] },
        { op: 'add', attribute: 'cn', options: [], values: ['Y'] },
      ],
      delta: { name: 'Y', addMembers: ['cn=a'], removeMembers: ['cn=b'], addUids: [], removeUids: [] },
      records: [
        { line: 1, change: 'modify' },
        { line: 12, change: 'modify' },
      ],
    });
  });

  it('lets a full content after changes count alone', () => {
    expect(only(modify('cn=p', 'replace: mail', 'mail: m'), person('cn=p'))).toMatchObject({
      kind: 'user',
      replaced: true,
      user: { name: 'p', enabled: true },
      records: [{ line: 1 }, { line: 6 }],
    });
  });
});

describe('deletion', () => {
  it('leaves an entry that is not present', () => {
    expect(only(remove('CN=a,dc=x'))).toEqual({
      dn: 'cn=a,dc=x',
      storedDn: 'cn=a,dc=x',
      kind: 'unknown',
      present: false,
      replaced: false,
      deletedBefore: false,
      records: [{ line: 1, change: 'delete' }],
    });
    expect(only(person('cn=a', `entryUUID: ${uuid(1)}`), remove('cn=a'))).toMatchObject({
      kind: 'user',
      present: false,
      immutableId: uuid(1),
    });
  });

  it('shows that what was there is gone when a new object is created under its DN', () => {
    expect(
      only(modify('cn=a', 'replace: mail', 'mail: m'), remove('cn=a'), add(person('cn=a', `entryUUID: ${uuid(2)}`))),
    ).toMatchObject({
      kind: 'user',
      present: true,
      replaced: true,
      deletedBefore: true,
      immutableId: uuid(2),
      user: { name: 'a' },
      records: [{ change: 'modify' }, { change: 'delete' }, { change: 'add' }],
    });
  });

  it('ends the memberships of the object, and does not pass them to the next one', () => {
    const result = clean(group('cn=g', 'cn=a', 'cn=b'), person('cn=a'), remove('cn=a'), add(person('cn=a')));
    expect(members(result, 'cn=g')).toEqual(['cn=b']);
    const after = clean(remove('cn=a'), group('cn=g', 'cn=a'), add(person('cn=a')));
    expect(members(after, 'cn=g')).toEqual(['cn=a']);
  });

  it('allows the same id again once its object is deleted', () => {
    const result = clean(
      person('cn=a', `entryUUID: ${uuid(1)}`),
      remove('cn=a'),
      add(person('cn=b', `entryUUID: ${uuid(1)}`)),
    );
    expect(result.entries.map(({ dn, present }) => [dn, present])).toEqual([
      ['cn=a', false],
      ['cn=b', true],
    ]);
  });
});

describe('renames', () => {
  it('chain, keep the DN before the file, and change the naming attribute', () => {
    const result = clean(
      rename('uid=a,ou=o', 'uid=b'),
      modify('uid=b,ou=o', 'replace: mail', 'mail: m'),
      rename('uid=b,ou=o', 'uid=c', 'ou=p', 0),
    );
    expect(result.entries).toHaveLength(1);
    expect(entry(result, 'uid=c,ou=p')).toMatchObject({
      storedDn: 'uid=a,ou=o',
      kind: 'unknown',
      changes: [
        { op: 'delete', attribute: 'uid', values: ['a'] },
        { op: 'add', attribute: 'uid', values: ['b'] },
        { op: 'replace', attribute: 'mail', values: ['m'] },
        { op: 'add', attribute: 'uid', values: ['c'] },
      ],
      records: [{ change: 'modrdn' }, { change: 'modify' }, { change: 'modrdn' }],
    });
    expect(result.subtreeRenames).toEqual([
      { from: 'uid=a,ou=o', to: 'uid=b,ou=o', line: 1 },
      { from: 'uid=b,ou=o', to: 'uid=c,ou=p', line: 11 },
    ]);
  });

  it('change the facts of what the file gave in full, and are no subtree renames then', () => {
    const result = clean(
      person('cn=Ada,ou=o'),
      rename('cn=Ada,ou=o', 'cn=Ada L', 'ou=p'),
      group('cn=G,ou=o'),
      rename('cn=G,ou=o', 'cn=H'),
    );
    expect(entry(result, 'cn=ada l,ou=p')).toMatchObject({ storedDn: 'cn=ada,ou=o', user: { name: 'Ada L' } });
    expect(entry(result, 'cn=h,ou=o')).toMatchObject({ group: { name: 'H' } });
    expect(result.subtreeRenames).toEqual([]);
  });

  it('change only letters, without the entry being in its own way', () => {
    const result = clean(person('cn=ada'), rename('cn=ada', 'cn=Ada'));
    expect(entry(result, 'cn=ada')).toMatchObject({ storedDn: 'cn=ada', user: { name: 'Ada' } });
  });

  it('of a parent take everything below along, touched before or after', () => {
    const result = clean(
      person('cn=a,ou=old,dc=x'),
      group('cn=g,dc=x', 'cn=a,ou=old,dc=x', 'cn=stored,ou=old,dc=x'),
      rename('ou=old,dc=x', 'ou=new'),
      modify('cn=a,ou=new,dc=x', 'replace: mail', 'mail: m'),
      modify('cn=b,ou=new,dc=x', 'replace: mail', 'mail: m'),
      rename('ou=new,dc=x', 'ou=newer', 'dc=y'),
    );
    expect(entry(result, 'cn=a,ou=newer,dc=y')).toMatchObject({
      storedDn: 'cn=a,ou=old,dc=x',
      user: { mail: 'm' },
    });
    expect(entry(result, 'cn=b,ou=newer,dc=y').storedDn).toBe('cn=b,ou=old,dc=x');
    expect(members(result, 'cn=g,dc=x')).toEqual(['cn=a,ou=newer,dc=y', 'cn=stored,ou=newer,dc=y']);
    expect(result.formerDns.get('cn=stored,ou=newer,dc=y')).toBe('cn=stored,ou=old,dc=x');
    expect(result.subtreeRenames.map(({ line }) => line)).toEqual([11, 26]);
    expect(movedDn('CN=other,OU=old,dc=x', result.subtreeRenames)).toBe('cn=other,ou=newer,dc=y');
    expect(movedDn('cn=other,ou=b,dc=x', result.subtreeRenames)).toBe('cn=other,ou=b,dc=x');
  });

  it('follow members, and keep a removed one removed', () => {
    const result = clean(
      modify('cn=g', 'add: member', 'member: cn=a', '-', 'delete: member', 'member: cn=b'),
      rename('cn=a', 'cn=c'),
      rename('cn=b', 'cn=a'),
      modify('cn=g', 'delete: member', 'member: cn=c'),
    );
    expect(entry(result, 'cn=g')).toMatchObject({ delta: { addMembers: [], removeMembers: ['cn=a', 'cn=c'] } });
    expect([...result.formerDns]).toEqual([
      ['cn=a', 'cn=b'],
      ['cn=c', 'cn=a'],
    ]);
  });

  it('can swap two names', () => {
    const result = clean(rename('cn=a', 'cn=t'), rename('cn=b', 'cn=a'), rename('cn=t', 'cn=b'));
    expect(result.entries.map(({ dn, storedDn }) => [storedDn, dn])).toEqual([
      ['cn=a', 'cn=b'],
      ['cn=b', 'cn=a'],
    ]);
  });

  it('leave a place where nothing stored belongs to what is created next', () => {
    const result = clean(
      rename('cn=a,ou=o', 'cn=b'),
      add(person('cn=a,ou=o')),
      rename('ou=o', 'ou=p'),
      add(person('cn=a,ou=o')),
      rename('cn=b,ou=p', 'cn=c'),
      modify('cn=b,ou=p', 'replace: mail', 'mail: m'),
    );
    expect(result.entries.map(({ dn, storedDn }) => [dn, storedDn])).toEqual([
      ['cn=c,ou=p', 'cn=a,ou=o'],
      ['cn=a,ou=p', undefined],
      ['ou=p', 'ou=o'],
      ['cn=a,ou=o', undefined],
      ['cn=b,ou=p', undefined],
    ]);
  });

  it('onto the place of a deleted entry are two entries, the deleted one first', () => {
    const result = clean(remove('cn=a'), rename('cn=b', 'cn=a'));
    expect(result.entries.map(({ dn, storedDn, present }) => [storedDn, dn, present])).toEqual([
      ['cn=a', 'cn=a', false],
      ['cn=b', 'cn=a', undefined],
    ]);
  });

  it('onto a name that was only mentioned end what the mention meant', () => {
    const result = clean(group('cn=g', 'cn=b', 'cn=a'), rename('cn=a', 'cn=b'));
    expect(members(result, 'cn=g')).toEqual(['cn=b']);
    expect(result.formerDns.get('cn=b')).toBe('cn=a');
  });
});

const mark = (rdn: string, what = 'DEL') => `${rdn}\\0A${what}:0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9`;
const gone = 'CN=Deleted Objects,DC=x';
describe('what says itself that it is nobody', () => {
  it.each([
    ['a tombstone of Active Directory', person(`${mark('CN=Ada')},${gone}`, 'isDeleted: TRUE'), 'tombstone'],
    ['one that is recycled', person('CN=Ada,DC=x', 'isRecycled: true'), 'tombstone'],
    ['one that only its name tells', person(`${mark('CN=Ada')},OU=o,DC=x`), 'tombstone'],
    ['one that only its place tells', person(`CN=Ada,${gone}`), 'tombstone'],
    ['a deleted group', group(`${mark('CN=G')},${gone}`, 'cn=a'), 'tombstone'],
    ['one of which the class is not told', `dn: ${mark('CN=Ada')},${gone}\nisDeleted: TRUE`, 'tombstone'],
    ['a tombstone of 389', person('nsuniqueid=1-2,cn=a,dc=x', 'objectClass: nsTombstone'), 'tombstone'],
    ['one that only its name tells', person('nsuniqueid=1-2,cn=a,dc=x'), 'tombstone'],
    ['a conflict of 389', person('cn=a+nsUniqueId=1-2,dc=x', 'objectClass: ldapSubEntry'), 'conflict-copy'],
    ['one that is not hidden', person('nsuniqueid=1-2+cn=a,dc=x'), 'conflict-copy'],
    ['one that an attribute tells', person('cn=a,dc=x', 'nsds5ReplConflict: namingConflict cn=a'), 'conflict-copy'],
    ['a conflict of OpenDJ', person('entryuuid=1-2+cn=a,dc=x', 'ds-sync-conflict: cn=a,dc=x'), 'conflict-copy'],
    ['a conflict of Active Directory', person(`${mark('CN=Ada', 'CNF')},OU=o,DC=x`), 'conflict-copy'],
  ])('%s', (_, record, nobody) => {
    expect(only(record)).toMatchObject({ present: false, nobody });
    expect(only(add(record))).toMatchObject({ present: false, nobody });
  });

  it.each([
    ['isDeleted: FALSE', person('cn=a,dc=x', 'isDeleted: FALSE')],
    ['a name that speaks of DEL', person('cn=a DEL:b,dc=x')],
    ['an id alone as the name', person('nsuniqueid=1-2', 'cn: a')],
    ['an id that is a name', person('entryuuid=1-2,dc=x', 'cn: a')],
  ])('and not by %s', (_, record) => {
    expect(only(record)).toMatchObject({ present: true });
  });

  it.each([
    ['a change', [modify('cn=a,dc=x', 'replace: isDeleted', 'isDeleted: TRUE')]],
    ['a change of its class', [modify('cn=a,dc=x', 'add: objectClass', 'objectClass: nsTombstone')]],
    ['being moved', [rename('cn=a,dc=x', mark('cn=a'), gone)]],
    ['both', [modify('cn=a,dc=x', 'add: isDeleted', 'isDeleted: TRUE'), rename('cn=a,dc=x', mark('cn=a'), gone)]],
    [
      'both, the other way round, and more',
      [
        rename('cn=a,dc=x', mark('cn=a'), gone),
        modify(`${mark('cn=a')},${gone}`, 'add: isDeleted', 'isDeleted: TRUE'),
        modify(`${mark('cn=a')},${gone}`, 'delete: mail'),
        remove(`${mark('cn=a')},${gone}`),
      ],
    ],
    ['being renamed as the loser of two', [rename('cn=a,dc=x', mark('cn=a', 'CNF'))]],
    ['a change that says so', [modify('cn=a,dc=x', 'add: nsds5ReplConflict', 'nsds5ReplConflict: x')]],
  ])('since %s', (_, records) => {
    expect(only(...records)).toMatchObject({ present: false, storedDn: 'cn=a,dc=x' });
    const known = clean(group('cn=g', 'cn=a,dc=x'), person('cn=a,dc=x'), ...records);
    expect(known.entries.map(({ present }) => present)).toEqual([true, false]);
    expect(members(known, 'cn=g')).toEqual([]);
    expect(known.subtreeRenames).toEqual([]);
  });

  it('knows where it lived, and ends an entry of its id', () => {
    const id = `entryUUID: ${uuid(1)}`;
    const dead = person(`${mark('CN=Ada')},${gone}`, 'lastKnownParent: OU=Staff,DC=x', 'isDeleted: TRUE', id);
    expect(only(dead)).toMatchObject({ formerDn: 'cn=ada,ou=staff,dc=x', immutableId: uuid(1) });
    expect(only(person('nsuniqueid=1-2,uid=a,ou=p,dc=x'))).toMatchObject({ formerDn: 'uid=a,ou=p,dc=x' });
    expect(only(person('nsuniqueid=1-2,uid=a', 'nscpEntryDN: UID=a,OU=p'))).toMatchObject({ formerDn: 'uid=a,ou=p' });
    expect(clean(person('cn=ada', id), dead).entries.map(({ present }) => present)).toEqual([false, false]);
    expect(clean(dead, person('cn=ada', id)).entries.map(({ present }) => present)).toEqual([false, true]);
    expect(clean(rename('ou=s,dc=x', 'ou=staff'), dead).entries[1]).toMatchObject({ formerDn: 'cn=ada,ou=s,dc=x' });
  });
});

describe('a fault in what is nobody costs nobody', () => {
  const other = (...lines: string[]) => ['dn: cn=o,dc=x', 'objectClass: device', ...lines].join('\n');
  it.each([
    ['too many names', [other(...Array.from({ length: 60 }, (_, i) => `cn: n${i}`))]],
    ['a name that is no text', [other('cn:: /w==')]],
    ['a broken id', [other('objectGUID: 1', 'entryUUID: x')]],
    ['members that are no DNs', [other('member: Ada', 'member;range=0-1: cn=a')]],
    ['values by URL', [other('cn:< file:///x', 'member:< file:///y')]],
    [
      'changes that cannot be',
      [other(), modify('cn=o,dc=x', 'add: member', 'member: Ada', '-', 'increment: cn', 'cn: 1')],
    ],
    ['a deleted computer', [`dn: ${mark('CN=PC')},${gone}\nobjectClass: user\nobjectClass: computer\nisDeleted: TRUE`]],
  ])('%s', (_, records) => {
    expect(only(...records)).toMatchObject({ kind: 'other', present: true });
  });

  it.each([
    ['no DN', [other().replace('cn=o,dc=x', 'o')]],
    ['the DN of the root', ['dn:\nobjectClass: top']],
    ['another thing under the DN', [other(), other('entryUUID: 00000000-0000-4000-8000-000000000009')]],
    ['an add of what is there', [other(), add(other())]],
  ])('%s: the record is left out', (_, records) => {
    const result = clean(...records, person('cn=fine'));
    expect(result.ignored).toEqual([{ line: records.length === 1 ? 1 : 4, code: 'unreadable' }]);
    expect(entry(result, 'cn=fine').records).toHaveLength(1);
  });

  it('an attribute that nobody reads may be anything in a user, too', () => {
    const odd = ['jpegPhoto:< file:///x', 'description:: /w==', `title: ${'x'.repeat(3000)}`];
    expect(only(person('cn=a', ...odd), modify('cn=a', 'increment: counter', 'counter: 1'))).toMatchObject({
      kind: 'user',
    });
  });

  it('but a fault in a user or group names its line', () => {
    const result = fold(person('cn=a', 'title: x', 'mail:< file:///x'), modify('cn=b', 'add: uid', 'uid:< file:///y'));
    expect(messages(result)).toEqual([
      [5, expect.stringContaining('not fetched')],
      [10, expect.stringContaining('not fetched')],
    ]);
    expect(messages(fold(group('cn=g', 'cn=a').concat('\nmember:< x')))).toEqual([
      [5, expect.stringContaining('not fetched')],
    ]);
  });
});

describe('records that mean nothing are reported with their line and left out', () => {
  it.each([
    ['a user without a name', ['dn: ou=x\nobjectClass: person\nmail: m'], 1, 'without a name'],
    ['a group without a name', ['dn: ou=x\nobjectClass: group'], 1, 'without a name'],
    ['no object class', ['dn: cn=x\ncn: x'], 1, 'no objectClass'],
    ['a malformed DN', ['dn: x\nobjectClass: person\ncn: x'], 1, 'not a distinguished name'],
    ['an empty DN', ['dn:\nobjectClass: person\ncn: x'], 1, 'empty'],
    ['a member that is no DN', [group('cn=g', 'Ada')], 1, 'not a distinguished name'],
    ['a part of a list', ['dn: cn=g\nobjectClass: group\ncn: g\nmember;range=0-1: cn=a'], 1, 'whole list'],
    ['a broken id', [person('cn=a', 'entryUUID: 1')], 1, 'not a UUID'],
    ['an added member that is no DN', [modify('cn=g', 'add: member', 'member: Ada')], 1, 'not a distinguished name'],
    ['an add of what is there', [person('cn=a'), add(person('cn=a'))], 5, 'line 1'],
    ['a change of what is deleted', [remove('cn=a'), modify('cn=a', 'replace: mail', 'mail: m')], 4, 'line 1'],
    ['a second deletion', [remove('cn=a'), remove('cn=a')], 4, 'line 1'],
    ['a rename of what is deleted', [remove('cn=a'), rename('cn=a', 'cn=b')], 4, 'line 1'],
    ['another object under the DN', [person('cn=a'), person('cn=a', `entryUUID: ${uuid(1)}`)], 5, 'another object'],
    [
      'an id that is taken',
      [person('cn=a', `entryUUID: ${uuid(1)}`), person('cn=b', `entryUUID: ${uuid(1)}`)],
      6,
      'the id of cn=a already',
    ],
    ['a name taken away', [person('cn=a'), modify('cn=a', 'delete: cn')], 5, 'without a name'],
    ['a rename to a taken DN', [person('cn=a'), person('cn=b'), rename('cn=a', 'cn=b')], 9, 'taken'],
    ['a rename onto entries', [person('cn=a,ou=n'), rename('ou=o', 'ou=n')], 5, 'taken'],
    ['a move below itself', [rename('ou=o', 'ou=n', 'ou=x,ou=o')], 1, 'below itself'],
    ['a rename to two parts', [rename('ou=o', 'ou=n,ou=m')], 1, 'exactly one part'],
  ])('%s', (_, records, line, message) => {
    const result = fold(...records, person('cn=fine'));
    expect(messages(result)).toEqual([[line, expect.stringContaining(message)]]);
    expect(entry(result, 'cn=fine').records).toHaveLength(1);
    for (const { records: marks } of result.entries) expect(marks.map((mark) => mark.line)).not.toContain(line);
  });

  it('with nothing of them applied', () => {
    const result = fold(
      group('cn=g', 'cn=a'),
      modify('cn=g', 'add: member', 'member: cn=b', '-', 'delete: cn', '-'),
      modify('cn=g', 'add: member', 'member: cn=c', 'member: no'),
    );
    expect(messages(result).map(([line]) => line)).toEqual([6, 14]);
    expect(entry(result, 'cn=g')).toMatchObject({ group: { name: 'G', members: ['cn=a'] } });
  });

  it('when a file has more names than can be kept', () => {
    const deep = 'a=b,'.repeat(1000);
    const result = fold(...Array.from({ length: 260 }, (_, i) => remove(`${deep}c=${i}`)));
    expect(result.errors.length).toBeGreaterThan(0);
    expect(result.errors[0]?.message).toContain('different names');
  });
});

it('does not take long over many changes to one large group', () => {
  const steps = Array.from({ length: 20_000 }, (_, i) => modify('cn=g', 'add: member', `member: cn=${i}`));
  const renames = Array.from({ length: 20_000 }, (_, i) => rename(`ou=${i}`, `ou=${i + 1}`));
  const result = clean(group('cn=g'), ...steps, ...renames);
  expect(members(result, 'cn=g')).toHaveLength(20_000);
  expect(entry(result, 'ou=20000').storedDn).toBe('ou=0');
});
