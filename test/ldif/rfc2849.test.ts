// The seven examples of RFC 2849, one by one and in their form, with people of our own.
import { describe, expect, it } from 'vitest';
import { bytesOf, type LdifRecord, type LdifValue, parseLdif } from '../../shared/ldif/parse.ts';

const plain = (value: LdifValue): unknown =>
  typeof value === 'object' && 'byUrl' in value ? value : Buffer.from(bytesOf(value)).toString();
/** A record without its line: attributes as [name;options, values], changes as [op, name, values]. */
const shown = (record: LdifRecord): unknown => {
  const { line: _, ...rest } = record;
  if ('attributes' in record)
    return {
      ...rest,
      attributes: record.attributes.map(({ name, options, values }) => [
        [name, ...options].join(';'),
        values.map(plain),
      ]),
    };
  if (record.change !== 'modify') return rest;
  return { ...rest, changes: record.changes.map(({ op, attribute, values }) => [op, attribute, values.map(plain)]) };
};
const read = (text: string): unknown => {
  const result = parseLdif(text);
  return result.ok ? result.records.map(shown) : result.errors;
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('RFC 2849', () => {
  it('example 1: a file with two entries', () => {
    expect(
      read(`version: 1
dn: cn=Ada Kern, ou=Product Development, dc=harbour, dc=example
objectclass: top
objectclass: person
objectclass: organizationalPerson
cn: Ada Kern
cn: Ada J Kern
cn: Ad Kern
sn: Kern
uid: akern
telephonenumber: +49 30 555 1212
description: A big sailing fan.

dn: cn=Bo Lind, ou=Accounting, dc=harbour, dc=example
objectclass: top
objectclass: person
objectclass: organizationalPerson
cn: Bo Lind
sn: Lind
telephonenumber: +49 30 555 1213
`),
    ).toEqual([
      {
        change: 'content',
        dn: 'cn=Ada Kern, ou=Product Development, dc=harbour, dc=example',
        attributes: [
          ['objectclass', ['top', 'person', 'organizationalPerson']],
          ['cn', ['Ada Kern', 'Ada J Kern', 'Ad Kern']],
          ['sn', ['Kern']],
          ['uid', ['akern']],
          ['telephonenumber', ['+49 30 555 1212']],
          ['description', ['A big sailing fan.']],
        ],
      },
      {
        change: 'content',
        dn: 'cn=Bo Lind, ou=Accounting, dc=harbour, dc=example',
        attributes: [
          ['objectclass', ['top', 'person', 'organizationalPerson']],
          ['cn', ['Bo Lind']],
          ['sn', ['Lind']],
          ['telephonenumber', ['+49 30 555 1213']],
        ],
      },
    ]);
  });

  it('example 2: a folded value', () => {
    expect(
      read(`version: 1
dn:cn=Ada Kern, ou=Product Development, dc=harbour, dc=example
objectclass:top
objectclass:person
cn:Ada Kern
sn:Kern
description:Ada is a big sailing fan, and has sailed ex
 tensively in search of the perfect wind, wi
 thout finding it.
title:Manager
`),
    ).toEqual([
      {
        change: 'content',
        dn: 'cn=Ada Kern, ou=Product Development, dc=harbour, dc=example',
        attributes: [
          ['objectclass', ['top', 'person']],
          ['cn', ['Ada Kern']],
          ['sn', ['Kern']],
          [
            'description',
            ['Ada is a big sailing fan, and has sailed extensively in search of the perfect wind, without finding it.'],
          ],
          ['title', ['Manager']],
        ],
      },
    ]);
  });

  it('example 3: a value in base64, because it has a carriage return', () => {
    const value = 'What a careful reader you are!  This value has a control character (a CR).\r  And more behind it.';
    const coded = base64(value).replace(/.{60}(?=.)/g, '$&\n ');
    expect(
      read(`version: 1
dn: cn=Cleo Ruiz, ou=Product Development, dc=harbour, dc=example
objectclass: person
cn: Cleo Ruiz
sn: Ruiz
description:: ${coded}
`),
    ).toEqual([
      {
        change: 'content',
        dn: 'cn=Cleo Ruiz, ou=Product Development, dc=harbour, dc=example',
        attributes: [
          ['objectclass', ['person']],
          ['cn', ['Cleo Ruiz']],
          ['sn', ['Ruiz']],
          ['description', [value]],
        ],
      },
    ]);
  });

  it('example 4: names in UTF-8, with languages, and comments that show them', () => {
    const [unit, person, sn, reading] = ['ou=営業部,o=harbour', 'uid=ogawa,ou=営業部,o=harbour', '小川', 'おがわ'];
    expect(
      read(`version: 1
dn:: ${base64(unit)}
# dn:: ou=<JapaneseOU>,o=harbour
objectclass: top
objectclass: organizationalUnit
ou:: ${base64('営業部')}
# ou:: <JapaneseOU>
ou;lang-ja:: ${base64('営業部')}
# ou;lang-ja:: <JapaneseOU>
ou;lang-ja;phonetic:: ${base64('えいぎょうぶ')}
# ou;lang-ja:: <JapaneseOU_in_phonetic_representation>
ou;lang-en: Sales
description: Japanese office

dn:: ${base64(person)}
# dn:: uid=<uid>,ou=<JapaneseOU>,o=harbour
objectclass: inetOrgPerson
uid: ogawa
mail: ogawa@harbour.example
sn;lang-ja:: ${base64(sn)}
# sn;lang-ja:: <JapaneseSn>
sn;lang-ja;phonetic:: ${base64(reading)}
sn;lang-en: Ogawa
preferredlanguage: ja
`),
    ).toEqual([
      {
        change: 'content',
        dn: unit,
        attributes: [
          ['objectclass', ['top', 'organizationalUnit']],
          ['ou', ['営業部']],
          ['ou;lang-ja', ['営業部']],
          ['ou;lang-ja;phonetic', ['えいぎょうぶ']],
          ['ou;lang-en', ['Sales']],
          ['description', ['Japanese office']],
        ],
      },
      {
        change: 'content',
        dn: person,
        attributes: [
          ['objectclass', ['inetOrgPerson']],
          ['uid', ['ogawa']],
          ['mail', ['ogawa@harbour.example']],
          ['sn;lang-ja', [sn]],
          ['sn;lang-ja;phonetic', [reading]],
          ['sn;lang-en', ['Ogawa']],
          ['preferredlanguage', ['ja']],
        ],
      },
    ]);
  });

  it('example 5: a value by URL, which is not fetched, and an error for whoever needs it', () => {
    expect(
      read(`version: 1
dn: cn=Dan Holt, ou=Product Development, dc=harbour, dc=example
objectclass: person
cn: Dan Holt
sn: Holt
jpegphoto:< file:///usr/local/directory/photos/holt.jpg
`),
    ).toEqual([
      {
        change: 'content',
        dn: 'cn=Dan Holt, ou=Product Development, dc=harbour, dc=example',
        attributes: [
          ['objectclass', ['person']],
          ['cn', ['Dan Holt']],
          ['sn', ['Holt']],
          ['jpegphoto', [{ byUrl: 6 }]],
        ],
      },
    ]);
  });

  it('example 6: a series of changes', () => {
    const changes = `version: 1
# Add a new entry
dn: cn=Eva Lund, ou=Marketing, dc=harbour, dc=example
changetype: add
objectclass: person
cn: Eva Lund
jpegphoto:< file:///usr/local/directory/photos/eva.jpg

# Delete an existing entry
dn: cn=Rob Hart, ou=Marketing, dc=harbour, dc=example
changetype: delete

# Modify an entry's relative distinguished name
dn: cn=Paul Lund, ou=Product Development, dc=harbour, dc=example
changetype: modrdn
newrdn: cn=Paula Lund
deleteoldrdn: 1

# Rename an entry and move all of its children
dn: ou=PD Accountants, ou=Product Development, dc=harbour, dc=example
changetype: moddn
newrdn: ou=Product Development Accountants
deleteoldrdn: 0
newsuperior: ou=Accounting, dc=harbour, dc=example

# Modify an entry: add a value, delete an attribute, replace values, delete one value
dn: cn=Paula Lund, ou=Product Development, dc=harbour, dc=example
changetype: modify
add: postaladdress
postaladdress: 123 Quay Street $ Harbour $ DE
-
delete: description
-
replace: telephonenumber
telephonenumber: +49 30 555 1234
telephonenumber: +49 30 555 5678
-
delete: facsimiletelephonenumber
facsimiletelephonenumber: +49 30 555 9876
-

# Modify an entry: replace the postaladdress attribute with an empty
# set of values (which will cause the attribute to be removed), and
# delete the entire description attribute.
dn: cn=Ingo Lund, ou=Product Support, dc=harbour, dc=example
changetype: modify
replace: postaladdress
-
delete: description
-
`;
    // The RFC prints this one with an empty line between two changes, which its own grammar forbids.
    const printed = changes.replace('-\ndelete: description', '-\n\ndelete: description');
    expect(read(printed)).toEqual([
      { line: printed.split('\n').indexOf('delete: description') + 1, message: expect.stringContaining('dn') },
    ]);
    expect(read(changes)).toEqual([
      {
        change: 'add',
        dn: 'cn=Eva Lund, ou=Marketing, dc=harbour, dc=example',
        attributes: [
          ['objectclass', ['person']],
          ['cn', ['Eva Lund']],
          ['jpegphoto', [{ byUrl: 7 }]],
        ],
      },
      { change: 'delete', dn: 'cn=Rob Hart, ou=Marketing, dc=harbour, dc=example' },
      {
        change: 'modrdn',
        dn: 'cn=Paul Lund, ou=Product Development, dc=harbour, dc=example',
        newRdn: 'cn=Paula Lund',
        deleteOldRdn: true,
      },
      {
        change: 'modrdn',
        dn: 'ou=PD Accountants, ou=Product Development, dc=harbour, dc=example',
        newRdn: 'ou=Product Development Accountants',
        deleteOldRdn: false,
        newSuperior: 'ou=Accounting, dc=harbour, dc=example',
      },
      {
        change: 'modify',
        dn: 'cn=Paula Lund, ou=Product Development, dc=harbour, dc=example',
        changes: [
          ['add', 'postaladdress', ['123 Quay Street $ Harbour $ DE']],
          ['delete', 'description', []],
          ['replace', 'telephonenumber', ['+49 30 555 1234', '+49 30 555 5678']],
          ['delete', 'facsimiletelephonenumber', ['+49 30 555 9876']],
        ],
      },
      {
        change: 'modify',
        dn: 'cn=Ingo Lund, ou=Product Support, dc=harbour, dc=example',
        changes: [
          ['replace', 'postaladdress', []],
          ['delete', 'description', []],
        ],
      },
    ]);
  });

  it('example 7: a critical control, which would delete a subtree and is refused', () => {
    const text = (criticality: string) => `version: 1
# Delete an entry. The operation will attach the LDAPv3 Tree Delete Control.
dn: ou=Product Development, dc=harbour, dc=example
control: 1.2.840.113556.1.4.805 ${criticality}
changetype: delete
`;
    expect(read(text('true'))).toEqual([
      { line: 4, message: 'the critical control 1.2.840.113556.1.4.805 is not supported' },
    ]);
    expect(read(text('false'))).toEqual([{ change: 'delete', dn: 'ou=Product Development, dc=harbour, dc=example' }]);
  });
});
