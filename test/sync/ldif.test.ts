// What the command writes as LDIF is what the service reads.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FullEntry } from '../../clients/directory-sync/ldap/types.ts';
import { LdifFiles, ldifRecords } from '../../clients/directory-sync/ldif.ts';
import { parseLdif } from '../../shared/ldif/parse.ts';

const uuid = (n: number): string => `0d1c2b3a-0000-4000-8000-${String(n).padStart(12, '0')}`;
const entry = (n: number, more: Partial<FullEntry> = {}): FullEntry => ({
  ...{ kind: 'group', id: uuid(n), dn: `cn=g${n},dc=harbour,dc=example`, marker: '1', version: '1' },
  ...{ attributes: { cn: [`g${n}`] }, members: [], memberUids: [], unreadable: [], ...more },
});

it('comes back as it was, whatever its values are', () => {
  const text = fc
    .string({ unit: 'grapheme', maxLength: 30 })
    .filter((one) => !one.startsWith('\ufeff') && !one.includes('\0'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (values) => {
      const [record = ''] = ldifRecords(entry(1, { attributes: { objectclass: ['group'], description: values } }));
      const read = parseLdif(`version: 1\n\n${record}`);
      if (!read.ok) throw new Error(JSON.stringify(read.errors));
      const [found] = read.records as unknown as { attributes: { name: string; values: unknown[] }[] }[];
      const got = found?.attributes.filter(({ name }) => name === 'description').flatMap((one) => one.values);
      const decoded = got?.map((one) => (typeof one === 'string' ? one : Buffer.from(one as Uint8Array).toString()));
      expect(decoded).toEqual(values);
    }),
    { numRuns: 300 },
  );
});

it('goes on in changes where a group has more members than a record may have', () => {
  const members = Array.from({ length: 100 }, (_, n) => `uid=u${n},dc=harbour,dc=example`);
  const records = ldifRecords(entry(1, { members }), 1_000);
  expect(records.length).toBeGreaterThan(3);
  const read = parseLdif(`version: 1\n\n${records.join('\n')}`);
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  const named = JSON.stringify(read.records).match(/uid=u\d+/g);
  expect(named?.map((one) => Number(one.slice(5)))).toEqual(members.map((_, n) => n));
});

it('has the id under a name that the service reads, and nobody else', () => {
  const other = entry(1, { id: '11112222-33334444-55556666-77778888', attributes: { entryuuid: ['x'], cn: ['a'] } });
  expect(ldifRecords(other)[0]).toBe(
    'dn: cn=g1,dc=harbour,dc=example\nobjectClass: groupOfNames\nnsUniqueId: 11112222-33334444-55556666-77778888\ncn: a\n',
  );
});

it('stands in files below the limit, each one whole', () => {
  const files = new LdifFiles(1_000);
  const texts = Array.from({ length: 50 }, (_, n) => files.add(ldifRecords(entry(n))[0] as string)).concat(
    files.rest(),
  );
  const all = texts.filter((one) => one !== undefined);
  expect(all.length).toBeGreaterThan(5);
  let records = 0;
  for (const text of all) {
    expect(Buffer.byteLength(text)).toBeLessThan(1_000);
    const read = parseLdif(text);
    if (read.ok) records += read.records.length;
  }
  expect(records).toBe(50);
});
