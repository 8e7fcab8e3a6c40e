// Entries as a client states them: whatever is written is read back, whatever is wrong is told by line and field, and nothing
// makes the reader fail.
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isOlder, parseNdjson } from '../../shared/ldif/ndjson.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => one.isWellFormed() && !one.includes('\0'));
const id = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
const dn = fc.stringMatching(/^[a-z0-9]{1,8}$/).map((name) => `uid=${name},ou=people,dc=example`);
const version = fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 20 }), { nil: undefined });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}(;[a-z0-9-]{1,5}){0,2}$/);
const attributes = fc.dictionary(name, fc.array(text, { maxLength: 3 }), { maxKeys: 4 });
const members = fc.array(
  fc.oneof(
    id.map((one) => ({ id: one })),
    dn.map((one) => ({ dn: one })),
  ),
  { maxLength: 4 },
);
const present = { present: fc.constant(true), id, version, dn: fc.option(dn, { nil: undefined }) };
const type = fc.constantFrom('user' as const, 'group' as const);
const entry = fc.oneof(
  fc.record({
    type: fc.constant('user'),
    id,
    dn,
    version,
    attributes,
    enabled: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('group'), id, dn, version, attributes, members }),
  fc.record({ type: fc.constant('group'), id, dn, version, attributes, addMembers: members, removeMembers: members }),
  fc.record({ type, id, version, deleted: fc.constant(true) }),
  fc.record({ type, ...present }),
);
type Fields = Record<string, unknown>;
const batch = fc.uniqueArray(entry, {
  maxLength: 8,
  selector: (one: Fields) => `${one.type} ${String(one.id).toLowerCase()}`,
});

const described = (given: Fields) =>
  Object.entries((given.attributes ?? {}) as Record<string, string[]>).map(([key, values]) => {
    const [own, ...options] = key.split(';');
    return { name: own, options, values };
  });
const lower = (list: unknown) =>
  (list as { id?: string }[]).map((one) => (one.id === undefined ? one : { id: one.id.toLowerCase() }));
const expected = (given: Fields, line: number): Fields => {
  const { deleted, present: still, attributes: _, ...rest } = given;
  const lists = ['members', 'addMembers', 'removeMembers'].filter((list) => rest[list] !== undefined);
  return JSON.parse(
    JSON.stringify({
      ...rest,
      ...Object.fromEntries(lists.map((list) => [list, lower(rest[list])])),
      id: String(given.id).toLowerCase(),
      line,
      what: deleted ? 'deleted' : still ? 'present' : 'whole',
      ...(given.attributes !== undefined && { attributes: described(given) }),
    }),
  );
};

describe('a batch', () => {
  it('is read as it was written, with either line end and blank lines anywhere', () => {
    fc.assert(
      fc.property(batch, fc.constantFrom('\n', '\r\n'), fc.nat(2), fc.boolean(), (entries, end, blank, last) => {
        const written =
          entries.map((one) => `${end.repeat(blank)}${JSON.stringify(one)}`).join(end) + (last ? end : '');
        const read = parseNdjson(written);
        const wanted = entries.map((one, i) => expected(one, (i + 1) * (blank + 1)));
        expect(read.ok && JSON.parse(JSON.stringify(read.entries))).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it('never fails, whatever it is, and tells every broken line', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.json(),
            fc.string(),
            entry.map((one) => JSON.stringify(one)),
          ),
        ),
        (lines) => {
          const flat = lines.map((line) => line.replaceAll(/[\r\n]/g, ' '));
          const read = parseNdjson(flat.join('\n'));
          if (read.ok) expect(read.entries.length).toBe(flat.filter((line) => line.trim() !== '').length);
          else for (const { line } of read.errors) expect(line >= 1 && line <= flat.length).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const user = { type: 'user', id: 'a', dn: 'uid=a', attributes: { cn: ['A'] } };
const group = { type: 'group', id: 'g', dn: 'cn=g', attributes: { cn: ['G'] }, members: [] };
const wrong: Record<string, [field: string, fields: unknown]> = {
  'a list': ['', []],
  'a kind of its own': ['/type', { ...user, type: 'role' }],
  'no id': ['/id', { ...user, id: undefined }],
  'an id with a space': ['/id', { ...user, id: 'a b' }],
  'a long id': ['/id', { ...user, id: 'a'.repeat(129) }],
  'a long version': ['/version', { ...user, version: '1'.repeat(65) }],
  'a number as version': ['/version', { ...user, version: 7 }],
  'half of a character': ['/attributes/cn/0', { ...user, attributes: { cn: ['\ud83d'] } }],
  'a NUL': ['/attributes/cn/0', { ...user, attributes: { cn: ['a\0'] } }],
  'a text instead of a list': ['/attributes/cn', { ...user, attributes: { cn: 'A' } }],
  'no attribute name': ['/attributes/c n', { ...user, attributes: { 'c n': ['A'] } }],
  'a word as enabled': ['/enabled', { ...user, enabled: 'yes' }],
  'enabled of a group': ['/enabled', { ...group, enabled: true }],
  'no members': ['/members', { ...group, members: undefined }],
  'a member as text': ['/members/0', { ...group, members: ['a'] }],
  'an empty DN': ['/dn', { ...user, dn: '' }],
  'deleted: false': ['/deleted', { type: 'user', id: 'a', deleted: false }],
  'deleted, with attributes': ['/attributes', { type: 'user', id: 'a', deleted: true, attributes: {} }],
  'a field of a prototype': ['/__proto__', JSON.parse('{"type":"user","id":"a","deleted":true,"__proto__":{}}')],
};

describe('a line that is wrong', () => {
  it.each(Object.entries(wrong))('names the field: %s', (_, [field, fields]) => {
    const read = parseNdjson(`\n${JSON.stringify(fields)}\n`);
    expect(read).toMatchObject({ ok: false, more: false, errors: [{ line: 2, field }] });
  });

  it('is told with the first twenty of them', () => {
    const read = parseNdjson('{}\n'.repeat(25));
    expect(read).toMatchObject({ ok: false, more: true });
    expect(read.ok || read.errors.length).toBe(20);
  });
});

describe('a version', () => {
  it.each([
    ['9', '10', true],
    ['10', '9', false],
    ['010', '10', false],
    ['9', '9a', true],
    ['b', 'a', false],
    ['\uffff', '\u{1f600}', true],
    ['20260302#000001', '20260302#000002', true],
  ])('%s is older than %s: %s', (one, other, is) => {
    expect(isOlder(one, other)).toBe(is);
  });
});
