// A book that comes from an image is the book that its items make one by one, whichever release wrote the image: for
// every kind of record, with what earlier releases left out and with what later ones added.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shapes, type TenantId } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import { type BookRecord, recordForm, recordName } from '../../shared/domain/book/records.ts';
import type { Db, Item } from '../../shared/store/db.ts';
import { CorruptItem } from '../../shared/store/failures.ts';
import { bookOfImage, itemsOf, packedBook } from '../../shared/store/image.ts';
import { stored, toRecord } from '../../shared/store/items.ts';
import { keys } from '../../shared/store/keys.ts';
import { withPackedGrants } from '../../shared/store/packed.ts';

const tenant = 't000000000000' as TenantId;
const image = { id: 'i', version: 9, parts: 1 };
const dbWith = (book: Buffer | undefined) => ({ read: async () => [book && { book }] }) as unknown as Db;

const idOf = (kind: keyof typeof shapes) => {
  const [letter, more] = shapes[kind];
  return fc.integer({ min: 0, max: 99 }).map((n) => letter + String(n).padStart(more, '0'));
};
const life = fc.constantFrom('aaaaaa', 'bbbbbb');
const ref = (kind: 'user' | 'group') => fc.tuple(idOf(kind), life).map((both) => both.join('.'));
const some = (kind: 'user' | 'group') => fc.uniqueArray(ref(kind), { maxLength: 4 }).map((list) => new Set(list));
/** Texts of any language, with what JSON has to escape, and half characters. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '"\\\n', '__proto__', '\ud800'),
);
const sometimes = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const maybe = fc.boolean();
const date = fc.nat(99);
const onRules = { view: maybe, edit: maybe, delete: maybe };
const mark = sometimes(fc.integer({ min: -9, max: 9 }));
const marks = fc.record({ view: mark, edit: mark, delete: mark });
const grant = fc.record({
  permission: fc.constantFrom('*', 'billing', 'viewQuarantine'),
  policies: sometimes(fc.uniqueArray(idOf('policy'), { maxLength: 9 }).map((list) => list.sort())),
  actionTypes: sometimes(fc.array(text, { maxLength: 2 })),
  ruleTypes: sometimes(fc.array(text, { maxLength: 2 })),
});
const entry = fc.record({
  order: text,
  type: text,
  categories: sometimes(fc.array(idOf('category'), { maxLength: 2 })),
  owner: sometimes(idOf('role')),
  ownedAt: sometimes(date),
  born: date,
});

const kinds: Record<Exclude<BookRecord['kind'], 'gone' | 'unknown'>, object> = {
  tenant: {
    name: text,
    catalogue: text,
    catalogueVersion: date,
    enforced: maybe,
    enabledBefore: maybe,
    changesTakeEffect: fc.constantFrom('immediately', 'nextLogon'),
    administratorsGroup: sometimes(idOf('group')),
    features: fc.uniqueArray(text, { maxLength: 3 }).map((list) => new Set(list)),
    createdAt: text,
  },
  role: {
    id: idOf('role'),
    name: text,
    description: text,
    predefined: sometimes(text),
    grants: fc.array(grant, { maxLength: 5 }),
    newRules: fc.record(onRules),
    born: sometimes(date),
    groups: some('group'),
    deleted: maybe,
    rulesTo: sometimes(idOf('role')),
    rulesAt: sometimes(date),
  },
  members: { role: idOf('role'), chunk: fc.nat(3), users: some('user') },
  group: {
    id: idOf('group'),
    life,
    name: text,
    source: idOf('source'),
    parents: some('group'),
    confersAccessManagement: maybe,
    deleted: maybe,
  },
  policy: { id: idOf('policy'), name: text, description: text, deleted: maybe },
  source: {
    id: idOf('source'),
    name: text,
    signIn: sometimes(fc.record({ issuer: text, claim: text })),
    dialect: sometimes(
      fc.record({
        groupClasses: sometimes(fc.array(text, { maxLength: 2 })),
        disabledMarkers: sometimes(fc.array(fc.record({ attribute: text, value: text }), { maxLength: 2 })),
      }),
    ),
    deleted: maybe,
  },
  rules: { chunk: fc.nat(3), entries: fc.dictionary(idOf('rule'), entry), newest: sometimes(date) },
  rights: {
    role: idOf('role'),
    newRules: fc.array(fc.record({ ...onRules, at: date }), { minLength: 1, maxLength: 2 }),
    columns: marks,
    edits: date,
  },
  exceptions: { role: idOf('role'), chunk: fc.nat(3), rules: fc.dictionary(idOf('rule'), marks) },
  categories: { list: fc.array(fc.record({ id: idOf('category'), name: text }), { maxLength: 3 }) },
};

/** Attributes that only a later release understands, at the top and further down. */
const later = fc.constantFrom<(item: Item) => Item>(
  (item) => item,
  (item) => item,
  (item) => ({ ...item, later: new Set(['a', 'b']), nested: { deep: [1, null] } }),
  (item) => ('columns' in item ? { ...item, columns: { ...(item.columns as object), later: 1 } } : item),
  (item) =>
    'newRules' in item && !Array.isArray(item.newRules)
      ? { ...item, newRules: { ...(item.newRules as object), own: true } }
      : item,
);

/** Without the attributes that are absent, as the table gives it back. */
const asRead = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(asRead);
  if (typeof value !== 'object' || value === null || value instanceof Set) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (one === undefined ? [] : [[name, asRead(one)]])),
  );
};

const known = fc.oneof(
  ...Object.entries(kinds).map(([kind, fields]) =>
    fc.tuple(
      fc.record({ kind: fc.constant(kind), rev: fc.nat(9), ...(fields as Record<string, fc.Arbitrary<unknown>>) }),
      maybe,
      later,
    ),
  ),
);
const unknown = fc.record({
  kind: fc.constant('hologram'),
  rev: fc.nat(9),
  any: text,
  many: fc.constant(new Set(['x'])),
});

const itemOf = ([value, packs, add]: readonly [object, boolean, (item: Item) => Item]): Item => {
  const record = value as BookRecord;
  return asRead(
    add(stored(keys.record(tenant, recordName(record)), packs ? withPackedGrants(record) : record)),
  ) as Item;
};
const items = fc
  .tuple(fc.array(known, { minLength: 1, maxLength: 25 }), fc.array(unknown, { maxLength: 2 }))
  .map(([list, others]) => [
    ...list.map(itemOf),
    ...others.map((one, n): Item => ({ ...keys.record(tenant, `hologram#${n}`), ...one })),
  ]);

const sorted = (records: ReadonlyMap<string, BookRecord>) => new Map([...records].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The image as a release writes that gives its records another form. */
const ofForm = async (data: Buffer, form: number): Promise<Buffer> => {
  const content = JSON.parse(String(await promisify(zstdDecompress)(data)));
  expect(content.form).toBe(recordForm);
  return promisify(zstdCompress)(JSON.stringify({ ...content, form }));
};

describe('a book by an image', () => {
  it('is the book of its items, by an image of this form and of any other', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const raw = new Map(list.map((item) => [String(item.SK), item]));
        const records = new Map([...raw].map(([name, item]) => [name, toRecord(item)]));
        for (const { kind } of records.values()) seen.add(kind);
        const data = await packedBook(new Book(9, records), raw);
        for (const one of [data, await ofForm(data, recordForm + 1), await ofForm(data, recordForm - 1)]) {
          const book = await bookOfImage(dbWith(one), tenant, image);
          expect(book?.version).toBe(9);
          expect(sorted(book?.records ?? new Map())).toStrictEqual(sorted(records));
          // What this release does not understand is there for the next image, and for a release that does.
          const kept = await itemsOf(dbWith(one), tenant, image);
          for (const [name, item] of raw) {
            expect(Object.keys(item).filter((attribute) => !Object.hasOwn(kept?.get(name) ?? {}, attribute))).toEqual(
              [],
            );
            if ('later' in item || item.kind === 'hologram' || 'packed' in item) expect(kept?.get(name)).toEqual(item);
            else expect(kept?.get(name)).toMatchObject(item);
          }
        }
      }),
      { numRuns: 150, seed: 10 },
    );
    expect([...seen].sort()).toEqual([...Object.keys(kinds), 'unknown'].sort());
  });

  it('is read record by record when the image has a kind of record that only a later release knows', async () => {
    const content = { form: recordForm + 1, kinds: [{ kind: 'hologram', sets: [], records: [{}] }], items: [] };
    const data = await promisify(zstdCompress)(JSON.stringify(content));
    expect(await bookOfImage(dbWith(data), tenant, image)).toBeUndefined();
    expect(await bookOfImage(dbWith(undefined), tenant, image)).toBeUndefined();
  });

  it('passes the schemas when the image has records of another form', async () => {
    const group = {
      kind: 'group',
      rev: 1,
      id: `g${'0'.repeat(20)}`,
      life: 'aaaaaa',
      name: 'A group',
      source: `s${'0'.repeat(12)}`,
    };
    const of = async (form: number, record: object) => {
      const content = { form, kinds: [{ kind: 'group', sets: [], records: [record] }], items: [] };
      return bookOfImage(dbWith(await promisify(zstdCompress)(JSON.stringify(content))), tenant, image);
    };
    // Without the parents, which are a set by default, and with what the schema of this release leaves out.
    const flags = { confersAccessManagement: false, deleted: false };
    const book = await of(recordForm + 1, { ...group, ...flags, later: 1 });
    expect([...(book?.records.values() ?? [])]).toStrictEqual([{ ...group, ...flags, parents: new Set() }]);
    await expect(of(recordForm + 1, group)).rejects.toThrow(CorruptItem);
  });

  it('takes records without a schema only when the schemas are those of the form', () => {
    // Raise `recordForm` when this fails because a schema of a record changed, and then write both here.
    const source = readFileSync(new URL('../../shared/domain/book/records.ts', import.meta.url), 'utf8');
    const schemas = source
      .slice(0, source.indexOf('type KnownRecord'))
      .replace(/\/\*\*[\s\S]*?\*\/|\/\/.*|\s+/g, '')
      .replace(/exportconstrecordForm=\d+;/, '');
    const digest = createHash('sha256').update(schemas).update(JSON.stringify(shapes)).digest('hex').slice(0, 16);
    expect([recordForm, digest]).toEqual([2, 'be1d919ffc6d43fb']);
  });
});
