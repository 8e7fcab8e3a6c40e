// An image of a large book: all of its items as they were at a version, compressed, in a few parts that a cold reader
// takes at once and then follows the log. The head names it. An image is never changed, so its parts are read without
// waiting for the latest, and the sum and number of the head prove what comes of it as they prove every book.
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import type { TenantId } from '../domain/base/ids.ts';
import { Book } from '../domain/book/book.ts';
import type { Head, Image } from '../domain/book/records.ts';
import type { Db, Item } from './db.ts';
import { toRecord } from './items.ts';
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

const settings = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 24 };

type Raw = ReadonlyMap<string, Item>;

/**
 * Packs items as they are stored, and not as records, because a release must not take from an item what only a later one
 * understands. @throws Error for an attribute that JSON cannot hold
 */
export const packedItems = async (raw: Raw): Promise<Buffer> => {
  const items = [...raw.values()].map(({ PK: _, ...item }) => item);
  const text = JSON.stringify(items, (_, value) => {
    if (value instanceof Set) return { $set: [...value] };
    if (ArrayBuffer.isView(value)) throw new Error('an image holds no bytes');
    return value;
  });
  return promisify(brotliCompress)(text, { params: settings });
};

const unpacked = async (bytes: Buffer, partition: string): Promise<Map<string, Item>> => {
  const items = JSON.parse(String(await promisify(brotliDecompress)(bytes))) as Item[];
  const raw = new Map<string, Item>();
  for (const item of items) {
    for (const name in item) {
      const list = (item[name] as { $set?: unknown[] } | null)?.$set;
      if (Array.isArray(list)) item[name] = new Set(list);
    }
    item.PK = partition;
    raw.set(String(item.SK), item);
  }
  return raw;
};

/** The items of an image; `undefined` when a part is not there, or not yet. */
export const itemsOf = async (
  db: Db,
  tenant: TenantId,
  { id, parts }: Image,
): Promise<Map<string, Item> | undefined> => {
  const where = Array.from({ length: parts }, (_, part) => keys.imagePart(tenant, id, part));
  const items = await db.read(where, { consistent: false });
  const bytes = items.flatMap((item) => (item?.data instanceof Uint8Array ? [item.data] : []));
  return bytes.length === parts ? unpacked(Buffer.concat(bytes), partitions.book(tenant)) : undefined;
};

/** The book of an image, still to be proven; `undefined` when the image is being replaced. */
export const bookOfImage = async (db: Db, tenant: TenantId, image: Image): Promise<Book | undefined> => {
  const raw = await itemsOf(db, tenant, image);
  return raw && new Book(image.version, new Map([...raw].map(([name, item]) => [name, toRecord(item)])));
};
