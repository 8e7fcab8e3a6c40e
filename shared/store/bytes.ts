// Bytes of items as the service counts them, what one transaction holds, and the weight of a book, which a cold reader
// loads.
import { withinQuota } from '../domain/base/quotas.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Book } from '../domain/book/book.ts';
import { type BookRecord, type Head, isDeleted, recordName } from '../domain/book/records.ts';
import { withPackedGrants } from './packed.ts';
import type { Write } from './write.ts';

/** The largest item that the service stores, in bytes. */
export const largestItem = 400_000;

/** Approximate bytes of a value, as the service counts them. Absent values and empty sets are not stored. */
export const bytesIn = (value: unknown): number => {
  let bytes = 0;
  const open = [value];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === 'string') bytes += Buffer.byteLength(one);
    else if (one instanceof Uint8Array) bytes += one.byteLength;
    else if (one === null || typeof one !== 'object') bytes += 8;
    else if (one instanceof Set) for (const member of one) open.push(member);
    else
      for (const [name, field] of Object.entries(one)) {
        if (field === undefined || (field instanceof Set && field.size === 0)) continue;
        bytes += name.length + 1;
        open.push(field);
      }
  }
  return bytes;
};

/** Limits of one transaction of the service. */
export const mostItems = 100;
export const mostBytesAtOnce = 4_000_000;

/** Checks that the writes fit one transaction. @throws Refusal quota-exceeded */
export const needRoom = (writes: readonly Write[]): void => {
  const fail = (limit: string, wouldBe: string) =>
    new Refusal('quota-exceeded', `One transaction holds ${limit} at most; this would be ${wouldBe}: split it.`);
  if (writes.length > mostItems) throw fail(`${mostItems} items`, String(writes.length));
  let bytes = 0;
  let largest = 0;
  for (const { item } of writes) {
    const size = bytesIn(item);
    bytes += size;
    if (item.Put) largest = Math.max(largest, size);
  }
  if (bytes > mostBytesAtOnce) throw fail('4 MB', `${(bytes / 1_000_000).toFixed(1)} MB`);
  if (largest > largestItem)
    throw new Refusal('quota-exceeded', 'An item holds 400 KB at most; one of this change would be larger: split it.');
};

/**
 * Bytes of a record of the book with its name. Grants count in the packed form, whichever is stored. A record of a later release
 * has the bytes that it was read with.
 */
const recordBytes = (record: BookRecord, name = recordName(record)): number => {
  if (record.kind === 'gone') return 0;
  return record.kind === 'unknown' ? record.bytes : Buffer.byteLength(name) + bytesIn(withPackedGrants(record));
};

/** Bytes of all these records together. */
export const bookBytes = (records: Iterable<BookRecord>): number => {
  let bytes = 0;
  for (const record of records) bytes += recordBytes(record);
  return bytes;
};

/**
 * Bytes of the book at the head's version. The head knows them, unless its last change came from a release that does
 * not count: then the records are weighed anew.
 */
export const bytesAt = (head: Head | undefined, book: Book): number =>
  head?.bytes !== undefined && head.weighed === head.version ? head.bytes : bookBytes(book.records.values());

/**
 * The bytes of the book after these records are written, for the head.
 * @throws Refusal quota-exceeded when a record that is in force grows, and the book above its quota with it, or when a
 * record would be larger than an item can be. A change that makes the book smaller, or deletes, is never refused.
 */
export const bytesAfter = (head: Head, before: Book, records: readonly BookRecord[]): number => {
  const used = bytesAt(head, before);
  let bytes = used;
  let grows = false;
  for (const record of records) {
    const name = recordName(record);
    const old = before.records.get(name);
    const [was, is] = [old ? recordBytes(old, name) : 0, recordBytes(record, name)];
    bytes += is - was;
    if (is <= was) continue;
    if (!isDeleted(record)) grows = true;
    if (is > largestItem) throw tooLarge(name, is);
  }
  if (grows && bytes > used) {
    const room = `It has ${counted(used)} now, and this asks for ${counted(bytes - used)} more`;
    withinQuota('bookBytes', bytes, `${room}: ${remedy}`);
  }
  return bytes;
};

const counted = (bytes: number): string => bytes.toLocaleString('en');

const remedy =
  'delete roles, policies or rules that nobody needs, shorten descriptions, or grant for the account instead of for many policies.';

/** A record that no item can hold. */
const tooLarge = (name: string, bytes: number): Refusal =>
  new Refusal('quota-exceeded', {
    detail: `An item holds ${counted(largestItem)} bytes at most; ${name} would have ${counted(bytes)}: split it.`,
    more: { limit: largestItem, wouldBe: bytes },
  });
