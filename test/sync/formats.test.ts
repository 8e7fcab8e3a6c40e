// What the client writes, the service reads: entries as lines of JSON and as LDIF, with whatever stands in their names and
// values, and in as many pieces as a large group needs.
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { deletedEntry, movedEntry, wholeEntry } from '../../clients/directory-sync/entries.ts';
import type { FullEntry } from '../../clients/directory-sync/ldap/types.ts';
import { LdifFiles, ldifRecords } from '../../clients/directory-sync/ldif.ts';
import { normaliseDn } from '../../shared/ldif/dn.ts';
import { parseNdjson } from '../../shared/ldif/ndjson.ts';
import { parseLdif, textOf } from '../../shared/ldif/parse.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

/** Texts that a directory can hold. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary-ascii' }),
    fc.constantFrom(
      '',
      ' ',
      ' a ',
      '#',
      ':',
      '<x',
      '-',
      'dn: cn=x',
      '{"a":1}',
      'é',
      '\uFEFF',
      '\u2028',
      'a\nb',
      '\\',
      '"',
    ),
  )
  .filter((one) => one.isWellFormed() && !one.includes('\0'));
/** RFC 4514 section 2.4. */
const escaped = (value: string): string =>
  value
    .replace(/^[ #]|[,+"\\<>;=]| $/g, '\\$&')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what has to be escaped
    .replace(/[\u0000-\u001f\u007f]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
const dn = fc
  .array(
    fc.tuple(
      fc.constantFrom('cn', 'ou', 'UID'),
      text.filter((one) => one.trim() !== ''),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.map(([type, value]) => `${type}=${escaped(value)}`).join(','));
const id = fc.uuid();
const attributes = fc.dictionary(
  fc.constantFrom('cn', 'sn', 'mail', 'uid', 'displayname', 'description', 'useraccountcontrol'),
  fc.array(text, { minLength: 1, maxLength: 3 }),
);
const common = {
  id,
  dn,
  marker: fc.constant('1'),
  version: fc.option(fc.string({ maxLength: 20, unit: 'grapheme-ascii' }), { nil: undefined }),
};
const entry = fc.oneof(
  fc.record({
    kind: fc.constant('user' as const),
    ...common,
    attributes,
    members: fc.constant([]),
    memberUids: fc.constant([]),
    unreadable: fc.constant([]),
  }),
  fc.record({
    kind: fc.constant('group' as const),
    ...common,
    attributes,
    members: fc.uniqueArray(dn, { maxLength: 6 }),
    memberUids: fc.array(
      text.filter((one) => one !== ''),
      { maxLength: 3 },
    ),
    unreadable: fc.constant([]),
  }),
) as fc.Arbitrary<FullEntry>;
/** Entries with an id and a name each. */
const entries = fc.uniqueArray(entry, { maxLength: 5, comparator: (a, b) => a.id === b.id || a.dn === b.dn });
/** The length at which a group's list is cut: from one member a line to all of them. */
const cuts = fc.constantFrom(1, 80, 10_000);

const sorted = (lists: Readonly<Record<string, readonly string[]>>): unknown =>
  Object.fromEntries(Object.entries(lists).sort(([a], [b]) => (a < b ? -1 : 1)));

it('NDJSON: whole entries, members by id, by DN and by login', () => {
  fc.assert(
    fc.property(entries, fc.boolean(), (all, isVersioned) => {
      // Every other member is one that the listing knows.
      const known = (lists: readonly (readonly string[])[], mark: string) =>
        new Map(lists.flatMap((list) => list.filter((_, i) => i % 2 === 0)).map((name, i) => [name, `${mark}-${i}`]));
      const byDn = known(
        all.map(({ members }) => members),
        'dn',
      );
      const byLogin = known(
        all.map(({ memberUids }) => memberUids),
        'login',
      );
      const ids = { byDn: (name: string) => byDn.get(name), byLogin: (name: string) => byLogin.get(name) };
      const batch = all.map((one) => `${wholeEntry(one, ids, isVersioned)}\n`).join('');
      const result = parseNdjson(batch);
      if (!result.ok) throw new Error(JSON.stringify(result.errors));
      expect(result.entries).toHaveLength(all.length);
      for (const [i, one] of all.entries()) {
        const read = result.entries[i];
        if (read?.what !== 'whole') throw new Error('not whole');
        expect(read).toMatchObject({
          line: i + 1,
          type: one.kind,
          id: one.id,
          dn: normaliseDn(one.dn),
          ...(isVersioned && one.version !== undefined && { version: one.version }),
        });
        const values = read.attributes.map(({ name, values: some }) => [
          name,
          some.map((value) => textOf(value) ?? ''),
        ]);
        expect(sorted(Object.fromEntries(values))).toEqual(sorted(one.attributes));
        if (read.type === 'user') continue;
        const wanted = [
          ...one.members.map((name) => (byDn.has(name) ? { id: byDn.get(name) } : { dn: normaliseDn(name) })),
          // A login that nobody has says nothing.
          ...one.memberUids.flatMap((name) => (byLogin.has(name) ? [{ id: byLogin.get(name) }] : [])),
        ];
        const order = (list: readonly object[]) => [...new Set(list.map((member) => JSON.stringify(member)))].sort();
        expect(order(read.members ?? [])).toEqual(order(wanted));
      }
    }),
    { numRuns: 200 },
  );
});

it('NDJSON: what has moved and what is gone', () => {
  fc.assert(
    fc.property(entry, (one) => {
      const result = parseNdjson(`${movedEntry(one)}\n`);
      expect(result).toMatchObject({
        ok: true,
        entries: [{ type: one.kind, id: one.id, what: 'present', dn: normaliseDn(one.dn) }],
      });
      expect(parseNdjson(`${deletedEntry(one)}\n`)).toMatchObject({
        ok: true,
        entries: [{ type: one.kind, id: one.id, what: 'deleted' }],
      });
    }),
    { numRuns: 100 },
  );
});

it('NDJSON: any other text is refused on lines that it has', () => {
  const fragment = fc.constantFrom(
    '{"type":"user",',
    '"id":"a"',
    '}',
    '\n',
    '"dn":"cn=x"',
    ',',
    '"attributes":{}',
    '"members":[{"id":"b"}]',
    '"present":true',
    '[',
    'null',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fragment, fc.string({ maxLength: 5 })), { maxLength: 20 }), (fragments) => {
      const batch = fragments.join('');
      const result = parseNdjson(batch);
      const lines = batch.split('\n').length;
      if (result.ok) for (const { line } of result.entries) expect(line >= 1 && line <= lines).toBe(true);
      else for (const { line } of result.errors) expect(line >= 1 && line <= lines).toBe(true);
    }),
    { numRuns: 100 },
  );
});

it('LDIF: whole entries in one record or in many, over as many files as they need', () => {
  fc.assert(
    fc.property(entries, cuts, fc.constantFrom(100, 5_000_000), (all, longest, fileBytes) => {
      const files = new LdifFiles(fileBytes);
      const written = [
        ...all.flatMap((one) => ldifRecords(one, longest)).map((record) => files.add(record)),
        files.rest(),
      ];
      const read = written
        .filter((file) => file !== undefined)
        .flatMap((file) => {
          const result = parseLdif(file);
          if (!result.ok) throw new Error(JSON.stringify(result.errors));
          expect(result.ignored).toEqual([]);
          return result.records;
        });
      for (const one of all) {
        const mine = read.filter((record) => record.dn === one.dn);
        const [first, ...further] = mine;
        if (first?.change !== 'content') throw new Error('not whole');
        const of = (name: string) =>
          first.attributes.find((attribute) => attribute.name === name)?.values.map((value) => textOf(value)) ?? [];
        expect(of('entryuuid')).toEqual([one.id]);
        expect(of('objectclass')).toHaveLength(1);
        for (const [name, values] of Object.entries(one.attributes)) expect(of(name), name).toEqual(values);
        expect(of('memberuid')).toEqual(one.memberUids);
        const added = further.flatMap((record) =>
          record.change === 'modify'
            ? record.changes.flatMap(({ values }) => values.map((value) => textOf(value)))
            : [],
        );
        expect([...of('member'), ...added]).toEqual(one.members);
      }
    }),
    { numRuns: 200 },
  );
});
