import { describe, expect, it } from 'vitest';
import { DirectoryError } from '../../shared/ldif/dn.ts';
import { textsOf } from '../../shared/ldif/entries.ts';
import { foldFile } from '../../shared/ldif/net-effect.ts';
import { groupNumbers, keysOfGroup, keysOfUser, primaryText } from '../../shared/ldif/primary.ts';

const dn = 'cn=x,ou=people,dc=harbour,dc=example';
const domain = 'S-1-5-21-1004336348-1177238915-682003330';
const bytes = Uint8Array.from(
  Buffer.from('010500000000000515000000dcf4dc3b833d2b46828ba62800020000'.replace(/\s/g, ''), 'hex'),
);

describe('what tells of primary groups', () => {
  it.each([
    // MS-DTYP section 2.4.2.2: five parts, each with the low byte first.
    ['objectsid', bytes, `${domain}-512`],
    ['objectsid', 'S-1-5-32-544', 'S-1-5-32-544'],
    ['objectsid', 's-1-5-32-544', 'S-1-5-32-544'],
    ['gidnumber', '0100', '100'],
    ['gidnumber', '-2', '-2'],
    ['gidnumber', new TextEncoder().encode(' 7 '), '7'],
    ['primarygroupid', '', ''],
  ])('%s is read', (name, value, text) => {
    expect(primaryText(name, value)).toBe(text);
  });

  it.each([
    ['objectsid', bytes.slice(0, 27)],
    ['objectsid', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 5)],
    ['objectsid', 'S-1'],
    ['primarygroupid', '5x'],
    ['primarygrouptoken', '1e3'],
    ['gidnumber', Uint8Array.of(0xff)],
    ['gidnumber', '9'.repeat(20)],
  ])('%s is refused when it cannot be', (name, value) => {
    expect(() => primaryText(name, value)).toThrow(DirectoryError);
  });

  it('is kept of users and groups, and of groups nothing else', () => {
    const texts = textsOf([
      { name: 'objectsid', options: [], values: [bytes] },
      { name: 'primarygrouptoken', options: [], values: ['512'] },
      { name: 'cn', options: [], values: ['Admins'] },
    ]);
    expect(groupNumbers(texts)).toEqual({ objectsid: [`${domain}-512`], primarygrouptoken: ['512'] });
    const file = `dn: ${dn}\nobjectClass: posixGroup\ncn: x\ngidNumber: 5\n\ndn: ${dn}\nchangetype: modify\nreplace: gidNumber\ngidNumber: 6\n-\n`;
    expect(foldFile(file, 0)).toMatchObject({ fold: { entries: [{ attributes: { gidnumber: ['6'] } }] } });
  });
});

type Side = Readonly<Record<string, readonly string[]>>;
const user = (more: Side): Side => ({ primarygroupid: ['513'], ...more });
const meets: readonly [string, Side, string, Side, string, boolean][] = [
  ['a RID and a token', user({}), dn, { primarygrouptoken: ['513'] }, dn, true],
  ['a RID and a SID', user({}), dn, { objectsid: [`${domain}-513`] }, dn, true],
  ['SIDs of one domain', user({ objectsid: [`${domain}-9`] }), dn, { objectsid: [`${domain}-513`] }, dn, true],
  ['SIDs of two domains', user({ objectsid: ['S-1-5-21-1-2-3-9'] }), dn, { objectsid: [`${domain}-513`] }, dn, false],
  [
    'SIDs of one domain, other DNs',
    user({ objectsid: [`${domain}-9`] }),
    dn,
    { objectsid: [`${domain}-513`] },
    'o=x',
    true,
  ],
  ['a SID and a token', user({ objectsid: [`${domain}-9`] }), dn, { primarygrouptoken: ['513'] }, dn, true],
  ['other DNs', user({}), dn, { primarygrouptoken: ['513'] }, 'cn=x,dc=other,dc=example', false],
  ['a child domain', user({}), dn, { primarygrouptoken: ['513'] }, 'cn=x,dc=sub,dc=harbour,dc=example', false],
  ['no domains', user({}), 'cn=a,o=x', { primarygrouptoken: ['513'] }, 'cn=b,o=y', true],
  ['a group of BUILTIN', user({}), dn, { objectsid: ['S-1-5-32-513'], primarygrouptoken: ['513'] }, dn, false],
  ['numbers of POSIX', { gidnumber: ['5'] }, dn, { gidnumber: ['5'] }, 'o=x', true],
  ['a number and a RID', { gidnumber: ['513'] }, dn, { primarygrouptoken: ['513'] }, dn, false],
  ['nothing', {}, dn, {}, dn, false],
];

describe('keys', () => {
  it.each(meets)('of %s', (_, ofUser, userDn, ofGroup, groupDn, meet) => {
    const keys = new Set(keysOfGroup(ofGroup, groupDn));
    expect(keysOfUser(ofUser, userDn).some((key) => keys.has(key))).toBe(meet);
  });
});
