// An image of a large book: all of its records as they were at a version, compressed, in a few parts that a cold reader
// takes at once and then follows the log. The head names it. An image is never changed, so its parts are read without
// waiting for the latest, and the sum and number of the head prove what comes of it as they prove every book.
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import type { TenantId } from '../domain/base/ids.ts';
import { SharedMap } from '../domain/base/shared-map.ts';
import { Book } from '../domain/book/book.ts';
import {
  type BookRecord,
  type Head,
  type Image,
  recordForm,
  recordName,
  recordSchema,
} from '../domain/book/records.ts';
import type { Db, Item } from './db.ts';
import { stored, toRecord } from './items.ts';
import { keys, partitions } from './keys.ts';

/** Bytes of a book from which an image is worth its writing: a smaller one is a single page of a range. */
const leastImaged = 1_000_000;
/**
 * An image is renewed when this part of the units that reading the whole book costs is the number of versions since.
 * Writing an image costs about as many units as reading the book.
 */
const renewal = 1 / 16;
const bytesPerUnit = 4_096;
/** Versions since the image in any case. */
const leastVersions = 50;
/** How often versions are looked at whether an image is due, so that not every commit announces it. */
const every = 16;

/** True when the book is large, and no image of it is near enough to the head. */
export const imageIsDue = ({ version, bytes = 0, image }: Head): boolean =>
  bytes >= leastImaged &&
  version - (image?.version ?? Number.NEGATIVE_INFINITY) >= Math.max(leastVersions, (bytes / bytesPerUnit) * renewal);

/** True when the commit that made this version is to announce that an image is due. */
export const announcesImage = (head: Head, version: number): boolean =>
  version % every === 0 && imageIsDue({ ...head, version });

/** Of the levels, the smallest image that a worker packs in a second. Readers unpack each level at one speed. */
const settings = { [constants.ZSTD_c_compressionLevel]: 9 };

/** A large image comes out in some ten steps, instead of a thousand of the size that is usual. */
const unpacking = { chunkSize: 2_097_152 };

type Raw = ReadonlyMap<string, Item>;

/**
 * What an image says. A record stands as the schemas gave it back, so that a reader with the same schemas need not ask
 * them again. The item of a record stays as it is stored when it has what the schemas of its writer leave out, because a
 * release must not take from an item what only a later one understands.
 */
interface Content {
  /** The `recordForm` of the release that wrote it. */
  readonly form: number;
  /** The records of each kind, and which of their fields are sets and stand as lists. */
  readonly kinds: readonly {
    readonly kind: string;
    readonly sets: readonly string[];
    readonly records: readonly Known[];
  }[];
  /** Items with the names of their records. */
  readonly items: readonly Item[];
}
type Known = Exclude<BookRecord, { readonly kind: 'unknown' | 'gone' }>;

const isObject = (value: unknown): value is Item => typeof value === 'object' && value !== null;

/** True when a value that was read has nothing that the value made of it lacks. */
const isIn = (made: unknown, read: unknown): boolean => {
  if (read instanceof Set)
    return made instanceof Set && made.size === read.size && [...read].every((one) => made.has(one));
  if (Array.isArray(read))
    return Array.isArray(made) && made.length === read.length && read.every((one, i) => isIn(made[i], one));
  if (!isObject(read)) return Object.is(made, read);
  return isObject(made) && Object.keys(read).every((name) => Object.hasOwn(made, name) && isIn(made[name], read[name]));
};

const asText = (content: Content): string =>
  JSON.stringify(content, (_, value) => {
    if (value instanceof Set) return { $set: [...value] };
    if (ArrayBuffer.isView(value)) throw new Error('an image holds no bytes');
    return value;
  });

/**
 * Packs a book.
 * @param raw its items as they are stored, by the names of their records @throws Error for an attribute that JSON cannot
 * hold
 */
export const packedBook = async (book: Book, raw: Raw): Promise<Buffer> => {
  const items: Item[] = [];
  const kinds = new Map<string, { readonly sets: Set<string>; readonly records: object[] }>();
  // What was written together is alike, and so takes less room.
  for (const record of [...book.records.values()].sort((a, b) => a.rev - b.rev)) {
    const { PK: _, ...item } = raw.get(recordName(record)) as Item;
    const { SK: __, ...attributes } = item;
    if (record.kind === 'unknown' || !isIn(record, attributes)) {
      items.push(item);
      continue;
    }
    const kind = kinds.get(record.kind) ?? { sets: new Set(), records: [] };
    kinds.set(record.kind, kind);
    const fields = Object.entries(record).map(([name, value]): [string, unknown] => {
      if (!(value instanceof Set)) return [name, value];
      kind.sets.add(name);
      return [name, [...value]];
    });
    kind.records.push(Object.fromEntries(fields));
  }
  const listed = [...kinds].map(([kind, { sets, records }]) => ({
    kind,
    sets: [...sets],
    records: records as Known[],
  }));
  return promisify(zstdCompress)(asText({ form: recordForm, kinds: listed, items }), { params: settings });
};

const unpacked = async (bytes: Buffer): Promise<Content | undefined> => {
  const content = JSON.parse(String(await promisify(zstdDecompress)(bytes, unpacking))) as Content;
  // A later release knows what it calls a record of a later kind.
  if (!content.kinds.every(({ kind }) => recordSchema(kind))) return undefined;
  for (const { sets, records } of content.kinds)
    for (const name of sets)
      for (const record of records as readonly Item[]) record[name] = new Set(record[name] as string[]);
  for (const item of content.items)
    for (const name in item) {
      const list = (item[name] as { $set?: unknown[] } | null)?.$set;
      if (Array.isArray(list)) item[name] = new Set(list);
    }
  return content;
};

/** What an image says; `undefined` when a part is not there, or not yet, or when only a later release understands it. */
const contentOf = async (db: Db, tenant: TenantId, { id, parts }: Image): Promise<Content | undefined> => {
  const where = Array.from({ length: parts }, (_, part) => keys.imagePart(tenant, id, part));
  const items = await db.read(where, { consistent: false });
  const bytes = items.flatMap((item) => (item?.book instanceof Uint8Array ? [item.book] : []));
  return bytes.length === parts ? unpacked(Buffer.concat(bytes)) : undefined;
};

function* itemsIn(tenant: TenantId, { kinds, items }: Content): Generator<readonly [string, Item]> {
  for (const { records } of kinds)
    for (const record of records) {
      const name = recordName(record);
      yield [name, stored(keys.record(tenant, name), record)];
    }
  for (const item of items) yield [String(item.SK), { PK: partitions.book(tenant), ...item }];
}

/** The items of an image by the names of their records; `undefined` when it cannot be had. */
export const itemsOf = async (db: Db, tenant: TenantId, image: Image): Promise<Map<string, Item> | undefined> => {
  const content = await contentOf(db, tenant, image);
  return content && new Map(itemsIn(tenant, content));
};

/** The book of an image, still to be proven; `undefined` when the image cannot be had, or is being replaced. */
export const bookOfImage = async (db: Db, tenant: TenantId, image: Image): Promise<Book | undefined> => {
  const content = await contentOf(db, tenant, image);
  if (!content) return undefined;
  const { form, kinds, items } = content;
  const kept = form === recordForm ? kinds.map(({ records }) => records) : [];
  const others = itemsIn(tenant, form === recordForm ? { ...content, kinds: [] } : content);
  const size = kinds.reduce((sum, { records }) => sum + records.length, items.length);
  const records = SharedMap.made<string, BookRecord>(size, (bucket) => {
    for (const list of kept)
      for (const record of list) {
        const name = recordName(record);
        bucket(name).set(name, record);
      }
    for (const [name, item] of others) bucket(name).set(name, toRecord(item));
  });
  return new Book(image.version, records);
};
