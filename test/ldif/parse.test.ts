// RFC 2849: what is read, what is refused and on which line. The examples follow the RFC's, with other names.
import { describe, expect, it } from 'vitest';
import { maxLineLength } from '../../shared/ldif/lines.ts';
import {
  bytesOf,
  type LdifEntry,
  type LdifModify,
  type LdifRecord,
  maxErrors,
  maxRecords,
  maxValuesPerRecord,
  parseLdif,
  textOf,
} from '../../shared/ldif/parse.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const read = (text: string): readonly LdifRecord[] => {
  const result = parseLdif(text);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.records;
};
const errors = (text: string) => {
  const result = parseLdif(text);
  return result.ok ? [] : result.errors;
};
/** name, texts of the attributes of the only record. */
const attributes = (text: string): [string, (string | undefined)[]][] =>
  (read(text)[0] as LdifEntry).attributes.map(({ name, options, values }) => [
    [name, ...options].join(';'),
    values.map(textOf),
  ]);

describe('content', () => {
  it('reads two entries, with the version in the line before the first', () => {
    const result = parseLdif(
      'version: 1\ndn: cn=Ada Kern, ou=Sales, dc=example\nobjectclass: top\nobjectclass: person\ncn: Ada Kern\nsn: Kern\n\n' +
        'dn: cn=Bo Lind, ou=Sales, dc=example\nobjectclass: person\nsn: Lind\n',
    );
    expect(result).toEqual({
      ok: true,
      version: 1,
      records: [
        {
          change: 'content',
          line: 2,
          dn: 'cn=Ada Kern, ou=Sales, dc=example',
          attributes: [
            { name: 'objectclass', options: [], values: ['top', 'person'] },
            { name: 'cn', options: [], values: ['Ada Kern'] },
            { name: 'sn', options: [], values: ['Kern'] },
          ],
        },
        {
          change: 'content',
          line: 8,
          dn: 'cn=Bo Lind, ou=Sales, dc=example',
          attributes: [
            { name: 'objectclass', options: [], values: ['person'] },
            { name: 'sn', options: [], values: ['Lind'] },
          ],
        },
      ],
      ignored: [],
    });
  });

  it('has no version when the file has none, and no records when it is empty', () => {
    expect(parseLdif('')).toEqual({ ok: true, records: [], ignored: [] });
    expect(parseLdif('version: 1')).toEqual({ ok: true, version: 1, records: [], ignored: [] });
    expect(parseLdif('\n \n\r\n# only this\n')).toEqual({ ok: true, records: [], ignored: [] });
  });

  it('unfolds values, base64 and names, taking away exactly one space', () => {
    expect(
      attributes(
        `dn: cn=x\ndescr\n iption: What a careful reader of l\n ong lines \n  she is\nsn:: ${base64('Müller').slice(0, 3)}\n ${base64('Müller').slice(3)}\n`,
      ),
    ).toEqual([
      ['description', ['What a careful reader of long lines  she is']],
      ['sn', ['Müller']],
    ]);
    expect(read('dn: cn=a\n b,dc=c\nsn: x')[0]?.dn).toBe('cn=ab,dc=c');
  });

  it('leaves comments out, before, between and inside records, and folded ones with all their lines', () => {
    expect(
      attributes(
        '# first\n#\n folded: yes\n\n# more\ndn: cn=x\n# inside\n sn: not this\nsn: this\n# after: it\n\n# end\n goes on',
      ),
    ).toEqual([['sn', ['this']]]);
    expect(read('# c\nversion: 1\n# d\n\ndn: cn=x\nsn: a')).toHaveLength(1);
  });

  it('ends a folded value at a comment: what is folded behind it belongs to the comment', () => {
    expect(attributes('dn: cn=x\nsn: a\n# c\n b\ncn: d')).toEqual([
      ['sn', ['a']],
      ['cn', ['d']],
    ]);
  });

  it.each([
    ['CRLF', 'dn: cn=x\r\nsn: a\r\n b\r\n\r\ndn: cn=y\r\nsn: c\r\n'],
    ['a byte order mark', '\uFEFFdn: cn=x\nsn: ab\n\ndn: cn=y\nsn: c'],
    ['several blank lines', '\n\n\ndn: cn=x\nsn: ab\n\n\n\n\ndn: cn=y\nsn: c\n\n\n'],
    ['lines of spaces after blank lines', '   \ndn: cn=x\nsn: ab\n\n   \n\ndn: cn=y\nsn: c\n\n '],
  ])('reads files with %s', (_, text) => {
    expect(read(text).map((record) => [record.dn, (record as LdifEntry).attributes[0]?.values])).toEqual([
      ['cn=x', ['ab']],
      ['cn=y', ['c']],
    ]);
  });

  it('decodes a DN in base64', () => {
    expect(read(`dn:: ${base64('cn=Zoë,dc=example')}\ncn:: ${base64('Zoë')}`)[0]?.dn).toBe('cn=Zoë,dc=example');
    expect(errors(`dn:: ${Buffer.from([0xff, 0xfe]).toString('base64')}\ncn: x`)).toEqual([
      { line: 1, message: 'dn is not a text: UTF-8 without NUL is needed' },
    ]);
  });

  it('reads empty values, and spaces before a value or none', () => {
    expect(attributes('dn: cn=x\ntitle:\nseealso: \nou::\nsn:a\ncn:    b')).toEqual([
      ['title', ['']],
      ['seealso', ['']],
      ['ou', ['']],
      ['sn', ['a']],
      ['cn', ['b']],
    ]);
  });

  it('takes # : < and - inside values as they are', () => {
    expect(attributes('dn: cn=x\ncn: # a: b\nsn: #1\nou: a:< b\nl: -\n#o: no')).toEqual([
      ['cn', ['# a: b']],
      ['sn', ['#1']],
      ['ou', ['a:< b']],
      ['l', ['-']],
    ]);
  });

  it('lower-cases attribute names, joins their values, and keeps options apart', () => {
    expect(attributes('DN: cn=x\nCN: a\ncn;lang-EN: b\ncN: c\n2.5.4.4: d\nmember;range=0-1: cn=y')).toEqual([
      ['cn', ['a', 'c']],
      ['cn;lang-en', ['b']],
      ['2.5.4.4', ['d']],
      ['member;range=0-1', ['cn=y']],
    ]);
  });

  it('keeps base64 as bytes, which are a text if they are UTF-8 without NUL', () => {
    const [record] = read('dn: cn=x\njpegphoto:: /9j/4A==\nsn:: w6k=\nou:: AGE=\ncn: é') as [LdifEntry];
    const [photo, sn, ou, cn] = record.attributes.map(({ values }) => values[0] ?? '');
    expect([photo, sn, ou, cn].map((value) => textOf(value ?? ''))).toEqual([undefined, 'é', undefined, 'é']);
    expect(bytesOf(photo ?? '')).toEqual(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]));
    expect(bytesOf(cn ?? '')).toEqual(bytesOf(sn ?? ''));
  });
});

describe('changes', () => {
  it('reads add, delete, modify, modrdn and moddn, mixed with content', () => {
    const records = read(
      [
        'dn: cn=a\nchangetype: add\nobjectclass: person\nsn: A',
        'dn: cn=b\nsn: B',
        'dn: cn=c\nchangetype: Delete',
        'dn: cn=d\nchangetype: modrdn\nnewrdn: cn=e\ndeleteoldrdn: 1',
        `dn: cn=f\nChangeType: moddn\nnewrdn:: ${base64('cn=ğ')}\ndeleteoldrdn: 0\nnewsuperior: ou=o`,
        'dn: cn=h\nchangetype: modify\nadd: mail\nmail: a@b\nmail: c@d\n-\ndelete: title\n-\nreplace: sn\nsn: H\n-\ndelete: ou\nou: x\n-',
      ].join('\n\n'),
    );
    const none: string[] = [];
    expect(records.slice(2)).toEqual([
      { change: 'delete', line: 9, dn: 'cn=c' },
      { change: 'modrdn', line: 12, dn: 'cn=d', newRdn: 'cn=e', deleteOldRdn: true },
      { change: 'modrdn', line: 17, dn: 'cn=f', newRdn: 'cn=ğ', deleteOldRdn: false, newSuperior: 'ou=o' },
      {
        change: 'modify',
        line: 23,
        dn: 'cn=h',
        changes: [
          { op: 'add', attribute: 'mail', options: none, values: ['a@b', 'c@d'] },
          { op: 'delete', attribute: 'title', options: none, values: none },
          { op: 'replace', attribute: 'sn', options: none, values: ['H'] },
          { op: 'delete', attribute: 'ou', options: none, values: ['x'] },
        ],
      },
    ]);
    expect(records.slice(0, 2).map(({ change }) => change)).toEqual(['add', 'content']);
  });

  it('does not need the last - of a modify record, and takes one without changes', () => {
    const [one, two] = read(
      'dn: cn=a\nchangetype: modify\nreplace: title\n\ndn: cn=b\nchangetype: modify\n\ndn: cn=c\nsn: c',
    );
    expect((one as LdifModify).changes).toEqual([{ op: 'replace', attribute: 'title', options: [], values: [] }]);
    expect((two as LdifModify).changes).toEqual([]);
  });

  it('reads changes of attributes with options', () => {
    expect((read('dn: cn=a\nchangetype: modify\nadd: CN;lang-de\ncn;LANG-de: A\n-')[0] as LdifModify).changes).toEqual([
      { op: 'add', attribute: 'cn', options: ['lang-de'], values: ['A'] },
    ]);
  });

  it('accepts controls that are known or not critical, and names the one it does not know', () => {
    const withControl = (control: string): string => `dn: cn=a\ncontrol: ${control}\nchangetype: delete`;
    for (const fine of ['1.2.3', '1.2.3 false', '1.2.3 false: x', '1.2.3:: eA==', '2.16.840.1.113730.3.4.2 true'])
      expect(errors(withControl(fine))).toEqual([]);
    for (const bad of ['1.2.840.113556.1.4.805 true', '1.2.840.113556.1.4.805   TRUE:: eA=='])
      expect(errors(withControl(bad))).toEqual([
        { line: 2, message: 'the critical control 1.2.840.113556.1.4.805 is not supported' },
      ]);
    expect(errors(withControl('1.2.3 maybe'))[0]?.line).toBe(2);
    expect(errors(withControl('1.2.3 false:< file:///x'))[0]?.message).toContain('not fetched');
    expect(errors('dn: cn=a\ncontrol: 1.2.3\nsn: x')[0]?.message).toContain('needs a changetype');
  });
});

describe('what is refused', () => {
  it.each([
    ['a DN by URL', 'dn:< file:///etc/passwd\nsn: a', 1, 'not fetched'],
    ['another version', 'version: 2\ndn: cn=x\nsn: a', 1, 'version 1'],
    ['a late version', 'dn: cn=x\nsn: a\n\nversion: 1\ndn: cn=y\nsn: b', 4, 'first line'],
    ['no dn', 'sn: a\ndn: cn=x', 1, 'starts with dn'],
    ['a second dn', 'dn: cn=x\nsn: a\ndn: cn=y\nchangetype: delete', 3, 'blank line'],
    ['a second dn after a line of spaces', 'dn: cn=x\nsn: a\n  \ndn: cn=y\nsn: b', 4, 'blank line'],
    ['a late changetype', 'dn: cn=x\nsn: a\nchangetype: delete', 3, 'must follow'],
    ['no attributes', 'dn: cn=x', 1, 'no attributes'],
    ['an add of nothing', 'dn: cn=x\nchangetype: add', 1, 'no attributes'],
    ['an unknown changetype', 'dn: cn=x\nchangetype: increment', 2, 'unknown changetype "increment"'],
    ['lines after a delete', 'dn: cn=x\nchangetype: delete\nsn: a', 3, 'nothing may follow'],
    ['an unknown modification', 'dn: cn=x\nchangetype: modify\nreplaced: a\na: 1', 3, 'expected'],
    ['an increment of nothing', 'dn: cn=x\nchangetype: modify\nincrement: a\n-', 3, 'exactly one value'],
    ['an entry behind a reference', 'ref: ldap://x\ndn: cn=x\nsn: a', 2, 'blank line'],
    ['another attribute', 'dn: cn=x\nchangetype: modify\nadd: a\nb: 1', 4, '"a" or "-" expected'],
    ['a missing - between', 'dn: cn=x\nchangetype: modify\nadd: a\na: 1\nreplace: b\nb: 1', 5, '"-" expected'],
    ['an add of no value', 'dn: cn=x\nchangetype: modify\nadd: a\n-', 3, 'without values'],
    ['no newrdn', 'dn: cn=x\nchangetype: modrdn\ndeleteoldrdn: 1', 1, 'newrdn'],
    ['no deleteoldrdn', 'dn: cn=x\nchangetype: modrdn\nnewrdn: cn=y', 1, 'deleteoldrdn'],
    ['deleteoldrdn 2', 'dn: cn=x\nchangetype: modrdn\nnewrdn: cn=y\ndeleteoldrdn: 2', 1, 'deleteoldrdn'],
    ['newrdn twice', 'dn: cn=x\nchangetype: modrdn\nnewrdn: cn=y\nnewrdn: cn=z', 4, 'does not belong'],
    ['a line without colon', 'dn: cn=x\nsn', 2, 'no colon'],
    ['a bad name', 'dn: cn=x\ns n: a', 2, 'not an attribute name'],
    ['an empty name', 'dn: cn=x\n: a', 2, 'not an attribute name'],
    ['a bad option', 'dn: cn=x\nsn;: a', 2, 'not an attribute name'],
    ['a continuation of nothing', 'dn: cn=x\nsn: a\n\n b: c\nd: e', 4, 'no line that it could continue'],
    ['base64 cut off', 'dn: cn=x\nsn:: w6k', 2, 'base64'],
    ['base64 with other characters', 'dn: cn=x\nsn:: w6%=', 2, 'base64'],
    ['base64 with rubbish in the last bits', 'dn: cn=x\nsn:: w6l=', 2, 'base64'],
    ['a NUL', 'dn: cn=x\nsn: a\0b', 2, 'NUL'],
    ['a NUL in a name', 'dn: cn=x\ns\0n: a', 2, 'NUL'],
    ['a lone carriage return', 'dn: cn=x\rsn: a', 1, 'carriage return'],
  ])('%s, on its line', (_, text, line, message) => {
    const found = errors(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toEqual({ line, message: expect.stringContaining(message) });
  });

  it('a delete record behind content without a blank line, instead of reading it as an entry', () => {
    expect(parseLdif('dn: cn=x\nsn: a\ndn: cn=y\nchangetype: delete\n').ok).toBe(false);
    expect(read('dn: cn=x\nsn: a\n\ndn: cn=y\nchangetype: delete\n').map(({ change }) => change)).toEqual([
      'content',
      'delete',
    ]);
  });

  it('goes on at the next blank line, reports one error per record, and says when there are more', () => {
    expect(errors('dn: cn=x\nbroken\nbroken too\n\ndn: cn=y\nsn: fine\n\nbad')).toEqual([
      { line: 2, message: 'no colon in "broken"' },
      { line: 8, message: 'no colon in "bad"' },
    ]);
    const exactly = parseLdif('x\n\n'.repeat(maxErrors));
    expect(exactly).toMatchObject({ ok: false, more: false });
    const above = parseLdif('x\n\n'.repeat(maxErrors + 1));
    expect(above).toMatchObject({ ok: false, more: true });
    expect(above.ok ? 0 : above.errors.length).toBe(maxErrors);
  });
});

describe('what concerns nobody', () => {
  it('is what a search prints among its entries', () => {
    const result = parseLdif(
      [
        '# extended LDIF\n#\n# LDAPv3',
        'dn: cn=x\nsn: a',
        '# search reference\nref: ldap://one.example/dc=x??sub\nref: ldap://two.example/',
        '# search result\nsearch: 2\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MAUCAQAEAA==\npagedresults: cookie=',
        '# numResponses: 3',
      ].join('\n\n'),
    );
    expect(result).toMatchObject({
      ok: true,
      records: [{ dn: 'cn=x' }],
      ignored: [
        { line: 9, code: 'search-reference' },
        { line: 13, code: 'search-result' },
      ],
    });
  });

  it('is a broken record whose classes say so, and no other', () => {
    const isPerson = (classes: readonly string[]) => classes.includes('person');
    const broken = (...lines: string[]) => parseLdif(`${lines.join('\n')}\n\ndn: cn=y\nsn: y`, isPerson);
    for (const record of [
      ['dn: ou=x', 'objectClass: unit', 'description:: %'],
      ['dn: ou=x', 'jpegPhoto', 'objectclass: unit'],
      ['dn: ou=x', 'changetype: add', 'objectClass: unit', ' b: c', 'd:: e'],
    ])
      expect(broken(...record)).toMatchObject({
        ok: true,
        records: [{ dn: 'cn=y' }],
        ignored: [{ line: 1, code: 'unreadable' }],
      });
    for (const record of [
      ['dn: ou=x', 'objectClass: unit', 'objectClass: person', 'description:: %'],
      ['dn: ou=x', 'description:: %'],
      ['dn: ou=x', 'objectClass:: %', 'objectClass: unit'],
      ['dn: ou=x', 'changetype: modify', 'add: objectClass', 'objectClass: unit', '-', 'add: cn', 'sn: x'],
      ['dn: ou=x', 'objectClass: unit', 'dn: cn=z', 'changetype: delete'],
      ['dn: ou=x', 'objectClass: unit', 'dn: cn=z', 'sn: z'],
    ])
      expect(broken(...record).ok).toBe(false);
  });

  it('values by URL are not fetched, and an error for whoever asks for one', () => {
    const [entry, change] = read(
      'dn: cn=x\nsn: a\njpegphoto:< file:///etc/passwd\n\ndn: cn=x\nchangetype: modify\nadd: a\na:<file:///x',
    ) as [LdifEntry, LdifModify];
    expect(entry.attributes[1]?.values).toEqual([{ byUrl: 3 }]);
    expect(change.changes[0]?.values).toEqual([{ byUrl: 8 }]);
    for (const ask of [textOf, bytesOf]) expect(() => ask({ byUrl: 3 })).toThrow('not fetched');
  });

  it('increments are read (RFC 4525)', () => {
    expect((read('dn: cn=a\nchangetype: modify\nincrement: n\nn: 5\n-')[0] as LdifModify).changes).toEqual([
      { op: 'increment', attribute: 'n', options: [], values: ['5'] },
    ]);
  });
});

describe('hostile input', () => {
  it('reads long lines, folded or not, up to the limit', () => {
    const long = 'x'.repeat(10_000);
    expect(attributes(`dn: cn=x\nsn: ${long}`)).toEqual([['sn', [long]]]);
    expect(attributes(`dn: cn=x\nsn: ${long.replaceAll('xx', 'xx\n ')}`)).toEqual([['sn', [long]]]);
    expect(errors(`dn: cn=x\nsn: ${'x'.repeat(maxLineLength)}`)[0]).toMatchObject({ line: 2 });
    expect(errors(`dn: cn=x\nsn: ${'\n xxxxxxx'.repeat(maxLineLength / 4)}`)[0]).toMatchObject({ line: 2 });
    expect(errors(`# ${'x'.repeat(maxLineLength)}\ndn: cn=x\nsn: a`)).toEqual([]);
  });

  it('limits values per record and records', () => {
    const values = (n: number): string => `dn: cn=x\n${'sn: a\n'.repeat(n)}`;
    expect(errors(values(maxValuesPerRecord))).toEqual([]);
    expect(errors(values(maxValuesPerRecord + 1))[0]?.message).toContain('values in one record');
    expect(errors(values(maxValuesPerRecord * 2 + 1))[0]?.message).toContain('lines in one record');
    expect(errors(`dn: cn=x\nchangetype: modify\nadd: sn\n${'sn: a\n'.repeat(maxValuesPerRecord + 1)}`)).toHaveLength(
      1,
    );
    const records = 'dn: cn=x\nsn: a\n\n';
    expect(read(records.repeat(maxRecords))).toHaveLength(maxRecords);
    expect(parseLdif(records.repeat(maxRecords + 1))).toEqual({
      ok: false,
      errors: [{ line: maxRecords * 3 + 1, message: `more than ${maxRecords} records` }],
      more: true,
    });
  });

  it.each([
    ['spaces', ' '.repeat(5_000_000)],
    ['empty lines', '\n'.repeat(5_000_000)],
    ['empty folds', `dn: cn=x\nsn: ${'\n '.repeat(2_000_000)}`],
    ['spaces around values', `dn:${' '.repeat(500_000)}cn=x${' '.repeat(500_000)}\nsn: a`],
  ])('survives megabytes of %s', (_, text) => {
    expect(parseLdif(text).ok).toBe(true);
  });

  it.each([
    ['colons', ':'.repeat(5_000_000)],
    ['semicolons', `dn: cn=x\nsn${';'.repeat(900_000)}: a`],
    ['letters', 'a'.repeat(5_000_000)],
    ['cut base64', `dn: cn=x\nsn:: ${'A'.repeat(999_999)}`],
    ['broken records', 'x\n\n'.repeat(1_500_000)],
  ])('refuses megabytes of %s', (_, text) => {
    expect(parseLdif(text).ok).toBe(false);
  });
});
