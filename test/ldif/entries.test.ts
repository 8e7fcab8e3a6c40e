// What entries mean: kinds, ids, the facts of users and groups, and what changes do to them.
import { describe, expect, it } from 'vitest';
import { DirectoryError, normaliseDn, parseDn } from '../../shared/ldif/dn.ts';
import {
  classify,
  groupName,
  immutableId,
  maxTextLength,
  maxTextsPerAttribute,
  modifyTexts,
  nameAfter,
  textChanges,
  textsOf,
  userFacts,
  withNaming,
} from '../../shared/ldif/entries.ts';
import {
  applyListChange,
  type GroupDelta,
  groupDelta,
  type ListDeltas,
  listChanges,
  listsOf,
  noDelta,
} from '../../shared/ldif/members.ts';
import type { Attribute, LdifChange, LdifValue, Texts } from '../../shared/ldif/parse.ts';

const entry = (from: Record<string, LdifValue | LdifValue[]>): Attribute[] =>
  Object.entries(from).map(([key, values]) => {
    const [name = '', ...options] = key.split(';');
    return { name, options, values: Array.isArray(values) ? values : [values] };
  });
const change = (op: LdifChange['op'], key: string, ...values: LdifValue[]): LdifChange => {
  const [attribute = '', ...options] = key.split(';');
  return { op, attribute, options, values };
};
const modified = (stored: Texts, changes: readonly LdifChange[]): Texts => modifyTexts(stored, textChanges(changes));
/** A group given in full, by the parts that the net effect of a file is made of. */
const groupFacts = (attributes: readonly Attribute[]) => {
  const lists = listsOf(attributes, normaliseDn);
  return {
    name: groupName(textsOf(attributes)),
    members: [...(lists.members.replace ?? [])],
    memberUids: [...(lists.uids.replace ?? [])],
  };
};
/** What a modify (RFC 4511 section 4.6) does to a group. */
const modifyGroup = (changes: readonly LdifChange[]): GroupDelta => {
  const deltas: ListDeltas<string> = { members: noDelta(), uids: noDelta() };
  for (const change of listChanges(changes, normaliseDn)) applyListChange(deltas, change);
  return groupDelta(deltas, nameAfter(textChanges(changes)), (members) => [...members]);
};
const now = Date.parse('2026-06-01T12:00:00Z');
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

describe('classify', () => {
  it.each([
    [['top', 'Person'], 'user'],
    [['organizationalPerson'], 'user'],
    [['INETORGPERSON'], 'user'],
    [['user'], 'user'],
    [['account', 'posixAccount'], 'user'],
    [['OpenLDAPperson'], 'user'],
    [['top', 'person', 'organizationalPerson', 'user', 'computer'], 'other'],
    [['top', 'person', 'organizationalPerson', 'contact'], 'other'],
    [['groupOfNames'], 'group'],
    [['top', 'groupOfUniqueNames'], 'group'],
    [['posixGroup'], 'group'],
    [['Group'], 'group'],
    [['groupOfURLs'], 'group'],
    [['groupOfMembers'], 'group'],
    [['groupOfEntries'], 'group'],
    [['acmeTeam'], 'other'],
    [['organizationalUnit'], 'other'],
    [[], 'other'],
  ] as const)('%j is %s', (classes, kind) => {
    expect(classify(classes)).toBe(kind);
  });

  it('takes the classes that a source names for groups too', () => {
    expect(classify(['top', 'ACMEteam'], { groupClasses: ['acmeTeam'] })).toBe('group');
    expect(classify(['computer', 'acmeTeam'], { groupClasses: ['acmeTeam'] })).toBe('other');
  });
});

describe('immutableId', () => {
  const uuid = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';
  const guid = bytes('3d2c1b0a5f4e71608293a4b5c6d7e8f9');
  it.each([
    ['entryUUID', { entryuuid: uuid.toUpperCase() }, uuid],
    ['objectGUID as bytes, its first three fields turned round', { objectguid: guid }, uuid],
    ['objectGUID as text', { objectguid: `{${uuid.toUpperCase()}}` }, uuid],
    ['objectGUID whose bytes are letters', { objectguid: 'abcdefghijklmnop' }, '64636261-6665-6867-696a-6b6c6d6e6f70'],
    ['entryUUID before objectGUID', { objectguid: bytes('00'.repeat(16)), entryuuid: uuid }, uuid],
    ['ipaUniqueID', { ipauniqueid: uuid.toUpperCase() }, uuid],
    ['nsUniqueId', { nsuniqueid: '66446001-1DD211B2-66330011-2EE211DB' }, '66446001-1dd211b2-66330011-2ee211db'],
    ['nothing where FreeIPA is still to make one', { ipauniqueid: 'autogenerate' }, undefined],
    ['nothing where there is none', { cn: 'a' }, undefined],
  ] as [string, Record<string, LdifValue>, string | undefined][])('is %s', (_, attributes, id) => {
    expect(immutableId(entry(attributes))).toBe(id);
  });

  it.each([{ entryuuid: 'x' }, { entryuuid: '' }, { objectguid: bytes('00') }, { nsuniqueid: 'a b' }] as Record<
    string,
    LdifValue
  >[])('refuses a broken one instead of going by the DN: %j', (attributes) => {
    expect(() => immutableId(entry(attributes))).toThrow(DirectoryError);
  });
});

describe('userFacts', () => {
  it('takes the name from displayName, else cn, else givenName and sn, else uid', () => {
    const all = { displayname: 'D', cn: 'C', givenname: 'G', sn: 'S', uid: 'u' };
    expect(userFacts(entry(all), now).name).toBe('D');
    expect(userFacts(entry({ ...all, displayname: ' ' }), now).name).toBe('C');
    expect(userFacts(entry({ givenname: 'G', sn: 'S', uid: 'u' }), now).name).toBe('G S');
    expect(userFacts(entry({ sn: 'S' }), now).name).toBe('S');
    expect(userFacts(entry({ uid: 'u' }), now).name).toBe('u');
    expect(() => userFacts(entry({ mail: 'a@b' }), now)).toThrow('without a name');
  });

  it('takes the login from userPrincipalName, else uid, else sAMAccountName', () => {
    const all = { cn: 'C', userprincipalname: 'p@x', uid: 'u', samaccountname: 's' };
    expect(userFacts(entry(all), now)).toEqual({ name: 'C', login: 'p@x', enabled: true });
    expect(userFacts(entry({ cn: 'C', uid: 'u', samaccountname: 's' }), now).login).toBe('u');
    expect(userFacts(entry({ cn: 'C', samaccountname: 's' }), now).login).toBe('s');
    expect(userFacts(entry({ cn: 'C' }), now)).toEqual({ name: 'C', enabled: true });
  });

  it('knows the long names of attributes, base64 texts, and languages where there is nothing else', () => {
    const facts = userFacts(
      entry({ commonname: bytes('5a6fc3ab'), rfc822mailbox: ['a@b', 'c@d'], '0.9.2342.19200300.100.1.1': 'zoe' }),
      now,
    );
    expect(facts).toEqual({ name: 'Zoë', login: 'zoe', mail: 'a@b', enabled: true });
    expect(userFacts(entry({ 'cn;lang-fr': 'F', uid: 'u' }), now).name).toBe('F');
    expect(userFacts(entry({ 'cn;lang-fr': 'F', cn: 'C' }), now).name).toBe('C');
  });

  it.each([
    [{ useraccountcontrol: '512' }, true],
    [{ useraccountcontrol: '514' }, false],
    [{ useraccountcontrol: '66050' }, false],
    [{ useraccountcontrol: '66048' }, true],
    [{ useraccountcontrol: 'x' }, false],
    [{ nsaccountlock: 'true' }, false],
    [{ nsaccountlock: 'FALSE' }, true],
    [{ logindisabled: 'TRUE' }, false],
    [{ logindisabled: 'FALSE' }, true],
    [{ pwdaccountlockedtime: '000001010000Z' }, false],
    [{ pwdaccountlockedtime: '20260101120000Z' }, true],
    [{ 'msds-useraccountdisabled': 'TRUE' }, false],
    [{ 'msds-useraccountdisabled': 'FALSE' }, true],
    [{ nsroledn: 'cn=nsManagedDisabledRole,dc=x' }, false],
    [{ nsroledn: ['cn=other,dc=x', 'CN="nsManagedDisabledRole",dc=x'] }, false],
    [{ nsroledn: Array.from({ length: 200 }, (_, i) => `cn=role ${i},dc=x`) }, true],
    [{ nsroledn: 'no name' }, true],
    [{ nsrole: 'cn=nsDisabledRole,dc=x' }, false],
    [{ 'ds-pwp-account-disabled': 'true' }, false],
    [{ 'ds-pwp-account-disabled': 'false' }, true],
    [{ 'ds-pwp-account-expiration-time': '20260601120000Z' }, false],
    [{ 'ds-pwp-account-expiration-time': '20260601120001Z' }, true],
    [{ inetuserstatus: 'Inactive' }, false],
    [{ inetuserstatus: 'deleted' }, false],
    [{ inetuserstatus: 'active' }, true],
    [{ orclisenabled: 'DISABLED' }, false],
    [{ orclisenabled: 'ENABLED' }, true],
    [{ orclactiveenddate: '20260531235959.5z' }, false],
    [{ orclactiveenddate: '20260701' }, false],
    [{ loginexpirationtime: '260601115959Z' }, false],
    [{ loginexpirationtime: '991231000000Z' }, false],
    [{ loginexpirationtime: '20260601140000+0200' }, false],
    [{ loginexpirationtime: '2026060113+02' }, false],
    [{ loginexpirationtime: '20260601100001-0200' }, true],
    [{ loginexpirationtime: 'soon' }, false],
    [{ 'ibm-pwdaccountlocked': 'true' }, false],
    [{ sambaacctflags: '[UD         ]' }, false],
    [{ sambaacctflags: '[U          ]' }, true],
    [{ sambaacctflags: 'D' }, true],
    [{ sambakickofftime: '1780315200' }, false],
    [{ sambakickofftime: '1780315201' }, true],
    [{ sambakickofftime: '0' }, true],
    [{ sambakickofftime: '2147483647' }, true],
    [{ krbprincipalexpiration: '20200101000000Z' }, false],
    [{ krbprincipalexpiration: '20380101000000Z' }, true],
    [{ pwdendtime: '20200101000000Z' }, false],
    // FILETIME: 2026-06-01T12:00:00Z and one tenth of a microsecond, and one millisecond, later.
    [{ accountexpires: '134247888000000001' }, false],
    [{ accountexpires: '134247888000010000' }, true],
    [{ accountexpires: '0' }, true],
    [{ accountexpires: '9223372036854775807' }, true],
    [{ accountexpires: 'x' }, false],
    // Days since 1970: 20605 is 2026-06-01.
    [{ shadowexpire: '20605' }, false],
    [{ shadowexpire: '20606' }, true],
    [{ shadowexpire: '-1' }, true],
    [{ shadowexpire: '0' }, false],
    [{ employeestatus: 'left' }, true],
  ] as [Record<string, string | string[]>, boolean][])('%j: enabled %s', (attributes, enabled) => {
    expect(userFacts(entry({ cn: 'C', ...attributes }), now).enabled).toBe(enabled);
  });

  it('takes the marker that a source names, whatever its case', () => {
    const disabledMarkers = [
      { attribute: 'employeeStatus', value: 'Left' },
      { attribute: 'surname', value: 'Gone' },
    ];
    const facts = (from: Record<string, LdifValue | LdifValue[]>) =>
      userFacts(entry({ cn: 'C', ...from }), now, { disabledMarkers });
    expect(facts({ employeestatus: ' LEFT' }).enabled).toBe(false);
    expect(facts({ employeestatus: ['here', 'left'] }).enabled).toBe(false);
    expect(facts({ employeestatus: 'here' }).enabled).toBe(true);
    expect(facts({ sn: 'gone' }).enabled).toBe(false);
    expect(textsOf(entry({ cn: 'C', employeestatus: 'here' }), { disabledMarkers })).toMatchObject({
      employeestatus: ['here'],
    });
  });

  it('knows a role that disables by its DN, however it is written, also one that a source names', () => {
    const disabledMarkers = [{ attribute: 'nsRole', value: 'CN=Left, dc=x' }];
    const written = (name: string) => [`cn=${name},dc=x`, `CN="${name}", DC=x`, `2.5.4.3=${name};dc=x`];
    for (const [attribute, name] of [
      ['nsroledn', 'nsManagedDisabledRole'],
      ['nsrole', 'nsDisabledRole'],
      ['nsrole', 'left'],
    ] as const)
      for (const given of written(name))
        for (const taken of written(name)) {
          const texts = textsOf(entry({ cn: 'C', [attribute]: ['cn=other,dc=x', given] }), { disabledMarkers });
          expect(userFacts(texts, now, { disabledMarkers }).enabled, given).toBe(false);
          const changes = textChanges([change('delete', attribute, taken)], { disabledMarkers });
          const after = userFacts(modifyTexts(texts, changes), now, { disabledMarkers });
          expect(after.enabled, `${given} without ${taken}`).toBe(true);
        }
    expect(userFacts(entry({ cn: 'C', nsrole: 'cn=left,dc=x' }), now).enabled).toBe(true);
  });

  it('refuses what would not fit into a stored item, or is no text', () => {
    expect(() => textsOf(entry({ cn: 'x'.repeat(maxTextLength + 1) }))).toThrow('longer than');
    expect(() => textsOf(entry({ cn: Array(maxTextsPerAttribute + 1).fill('x') }))).toThrow('more than');
    expect(() => textsOf(entry({ cn: bytes('00') }))).toThrow('not a text');
    expect(textsOf(entry({ jpegphoto: bytes('ff'), description: 'x'.repeat(2000), cn: 'a' }))).toEqual({ cn: ['a'] });
  });
});

describe('modifyTexts', () => {
  const stored = { cn: ['Ada', 'A. Kern'], mail: ['a@b'], nsaccountlock: ['TRUE'] };
  it('adds, deletes and replaces values, compared without case, in the order given', () => {
    expect(
      modified(stored, [
        change('delete', 'cn', 'ADA'),
        change('add', 'cn', 'Ada Lind', 'a. kern'),
        change('replace', 'mail', 'c@d'),
        change('delete', 'nsaccountlock'),
        change('add', 'displayname', 'AL'),
        change('add', 'description', 'nobody keeps this'),
      ]),
    ).toEqual({ cn: ['A. Kern', 'Ada Lind'], mail: ['c@d'], displayname: ['AL'] });
    expect(stored.cn).toEqual(['Ada', 'A. Kern']);
  });

  it('changes nothing for a value that is there or not there already, and for options', () => {
    expect(
      modified(stored, [
        change('add', 'mail', 'A@B'),
        change('delete', 'mail', 'x@y'),
        change('delete', 'displayname'),
        change('delete', 'cn', ' '),
        change('replace', 'cn;lang-fr', 'F'),
      ]),
    ).toEqual(stored);
    expect(modified(stored, [change('replace', 'cn')])).toEqual({ mail: ['a@b'], nsaccountlock: ['TRUE'] });
  });

  it('does not increment: who repeats that would count twice', () => {
    expect(() => modified({ uid: ['1'] }, [change('increment', 'uid', '1')])).toThrow('deliver its value');
    expect(() => modifyGroup([change('increment', 'member', '1')])).toThrow('cannot be incremented');
    expect(() => modified({}, [change('increment', 'gidnumber', '1')])).toThrow('deliver its value');
    expect(modified({ uid: ['1'] }, [change('increment', 'uidnumber', '1')])).toEqual({ uid: ['1'] });
  });

  it('keeps the limit over many changes', () => {
    const many = Array.from({ length: maxTextsPerAttribute + 1 }, (_, i) => change('add', 'mail', `m${i}`));
    expect(() => modified({}, many)).toThrow('more than');
  });
});

describe('groups', () => {
  it('takes the members of member and uniqueMember, once each, and memberUid as written', () => {
    expect(
      groupFacts(
        entry({
          cn: 'Sales',
          displayname: 'no',
          member: ['CN=A, DC=x', 'cn=a,dc=x', ''],
          uniquemember: ["cn=B,dc=x#'0101'B", "cn=c,dc=x#''B", 'cn=d#x,dc=x'],
          memberuid: ['Ada', 'ada', ' '],
        }),
      ),
    ).toEqual({
      name: 'Sales',
      members: ['cn=a,dc=x', 'cn=b,dc=x', 'cn=c,dc=x', 'cn=d#x,dc=x'],
      memberUids: ['Ada', 'ada'],
    });
    expect(groupFacts(entry({ displayname: 'D' })).name).toBe('D');
  });

  it('refuses a group without a name, members that are no DN, and pieces of lists', () => {
    expect(() => groupFacts(entry({ member: 'cn=a' }))).toThrow('without a name');
    expect(() => groupFacts(entry({ cn: 'g', member: 'ada' }))).toThrow('not a distinguished name');
    expect(() => groupFacts(entry({ cn: 'g', 'member;range=0-1499': 'cn=a' }))).toThrow('whole list');
    expect(() => modifyGroup([change('add', 'member', 'ada')])).toThrow('not a distinguished name');
  });

  it('passes over members that Samba only remembers to have removed', () => {
    const named = (flags: number, name: string) => `<GUID=00>;<RMD_FLAGS=${flags}>;<SID=00>;CN=${name}`;
    expect(
      groupFacts(entry({ cn: 'g', member: [named(0, 'a'), named(1, 'b'), named(2, 'c'), named(3, 'd')] })).members,
    ).toEqual(['cn=a', 'cn=c']);
  });

  const delta = { addMembers: [], removeMembers: [], addUids: [], removeUids: [] };
  it('turns changes into a difference, the later of two winning', () => {
    expect(
      modifyGroup([
        change('add', 'member', 'CN=a', 'cn=b'),
        change('delete', 'uniquemember', "cn=B#'1'B", 'cn=c'),
        change('add', 'member', 'cn=c'),
        change('add', 'memberuid', 'x', 'y'),
        change('delete', 'memberuid', 'y'),
        change('delete', 'member', ''),
      ]),
    ).toEqual({
      ...delta,
      addMembers: ['cn=a', 'cn=c'],
      removeMembers: ['cn=b'],
      addUids: ['x'],
      removeUids: ['y'],
    });
  });

  it('replaces whole lists, and lets later changes work on the replaced one', () => {
    expect(modifyGroup([change('delete', 'member'), change('replace', 'memberuid')])).toEqual({
      ...delta,
      replaceMembers: [],
      replaceUids: [],
    });
    expect(
      modifyGroup([
        change('add', 'member', 'cn=z'),
        change('replace', 'member', 'cn=a', 'cn=b'),
        change('delete', 'member', 'cn=a'),
        change('add', 'member', 'cn=c'),
      ]),
    ).toEqual({ ...delta, replaceMembers: ['cn=b', 'cn=c'] });
  });

  it('tells a new name from a further name', () => {
    const named = (...changes: LdifChange[]) => nameAfter(textChanges(changes));
    expect(named(change('replace', 'cn', 'N'))).toBe('N');
    expect(named(change('delete', 'cn', 'O'), change('add', 'cn', 'N'))).toBe('N');
    expect(named(change('add', 'cn', 'N'))).toBeUndefined();
    expect(named(change('delete', 'cn', 'O'), change('add', 'cn', 'N'), change('add', 'cn', 'M'))).toBe('N');
    expect(named(change('replace', 'description', 'N'))).toBeUndefined();
    expect(modifyGroup([change('replace', 'cn', 'N')])).toEqual({ ...delta, name: 'N' });
  });
});

describe('the values of a name', () => {
  it('are compared with those of the entry in one reading of these, however many the name has', () => {
    let reads = 0;
    const attribute = {
      name: 'cn',
      options: [],
      get values() {
        reads += 1;
        return ['A0', 'b'];
      },
    };
    const [rdn = []] = parseDn(Array.from({ length: 500 }, (_, i) => `cn=a${i}`).join('+'));
    const all = withNaming([attribute], rdn);
    expect(reads).toBe(1);
    expect(all).toHaveLength(500);
    expect(all.slice(1).map(({ values }) => values[0])).toEqual(Array.from({ length: 499 }, (_, i) => `a${i + 1}`));
  });
});
