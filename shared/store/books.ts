// Reads the book. A warm reader keeps it and fetches only the logged changes; a cold reader reads it all. Reads outside a
// transaction can see a commit's head before its other items, so a loaded book counts only if every rev is at most the
// version, and the revs' sum and number are the head's.

import type { TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Book } from '../domain/book/book.ts';
import { type BookRecord, type Head, recordName } from '../domain/book/records.ts';
import { assembled } from './assembled.ts';
import { type Db, type Item, patience, pause } from './db.ts';
import { toHead, toLog, toRecord } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';

/** Versions behind the head; beyond them, reading the whole book is cheaper than following the log. */
const longestDifference = 50;
const cachedTenants = 200;

interface Cached {
  readonly book: Book;
  /** When the read of the head that confirmed this version began, in milliseconds since 1970. */
  readonly seen: number;
}

interface Snapshot {
  /** Undefined when the tenant does not exist. */
  readonly head: Head;
  readonly book: Book;
  /** The items that were read with the head, in the order of their keys. */
  readonly items: readonly (Item | undefined)[];
}

export class Books {
  readonly #db: Db;
  /** Least recently used first. */
  readonly #cache = new Map<TenantId, Cached>();

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * Reads head, book and further items with strong consistency, in one round trip when warm. Returns `undefined` when the
   * tenant does not exist.
   * @throws Refusal busy when the book never settles
   */
  async read(tenant: TenantId, alsoRead: readonly Key[] = []): Promise<Snapshot | undefined> {
    const { clock } = this.#db;
    const began = clock.now();
    for (let attempt = 0; ; attempt += 1) {
      const cold = this.#cache.has(tenant) ? undefined : this.#records(tenant);
      // A cold reader asks for everything at once; a failure of the head must not leave this promise unhandled.
      cold?.catch(() => {});
      const [headItem, ...items] = await this.#db.read([keys.head(tenant), ...alsoRead]);
      const head = toHead(headItem);
      if (!head) return undefined;
      const book = await this.#book(tenant, head, cold, attempt);
      if (book) this.#keep(tenant, book, began);
      const newest = Math.max(0, ...items.map((item) => (item?.SK === 'ACCESS' ? Number(item.stamp ?? 0) : 0)));
      // A torn read otherwise: an access item with a later stamp than the book's version was read after a commit between.
      if (book && newest <= book.version) return { head, book, items };
      if (clock.now() > began + patience) throw new Refusal('busy');
      await pause(clock, attempt);
    }
  }

  /** The cached book if the head confirmed it at most `age` milliseconds ago. */
  bounded(tenant: TenantId, age: number): { book: Book; seen: number } | undefined {
    const cached = this.#cache.get(tenant);
    return cached && this.#db.clock.now() - cached.seen <= age ? cached : undefined;
  }

  async #book(tenant: TenantId, head: Head, cold: Promise<Map<string, BookRecord>> | undefined, attempt: number) {
    const cached = this.#cache.get(tenant)?.book;
    if (cached && cached.version > head.version) {
      // The cache is ahead because another reader of this process was faster. If it stays ahead, the table was restored:
      // read everything anew.
      if (attempt > 2) this.#cache.delete(tenant);
      return undefined;
    }
    let book: Book | undefined;
    if (cached?.version === head.version) book = cached;
    else if (cold) book = assembled(head, await cold);
    else if (cached && head.version - cached.version <= longestDifference)
      book = await this.#caughtUp(tenant, cached, head);
    else book = assembled(head, await this.#records(tenant));
    // A book that does not add up is dropped, so that the next attempt reads everything anew.
    if (!book && cached && cached.version < head.version) this.#cache.delete(tenant);
    return book;
  }

  /** The cached book with the changes that the log lists since. */
  async #caughtUp(tenant: TenantId, cached: Book, head: Head): Promise<Book | undefined> {
    const log = await this.#db.all({
      partition: partitions.log(tenant),
      from: keys.log(tenant, cached.version + 1).SK,
      to: keys.log(tenant, head.version).SK,
    });
    if (log.length !== head.version - cached.version) return undefined;
    const names = [...new Set(log.flatMap(toLog))];
    const items = await this.#db.read(names.map((name) => keys.record(tenant, name)));
    const records = new Map(cached.records);
    for (const item of items) {
      if (!item) return undefined;
      const record = toRecord(item);
      records.set(recordName(record), record);
    }
    return assembled(head, records);
  }

  async #records(tenant: TenantId): Promise<Map<string, BookRecord>> {
    const items = await this.#db.all({ partition: partitions.book(tenant) });
    return new Map(items.map((item) => [String(item.SK), toRecord(item)]));
  }

  /** Remembers the book that a commit has just made. */
  keep(tenant: TenantId, book: Book): void {
    this.#keep(tenant, book, this.#db.clock.now());
  }

  #keep(tenant: TenantId, book: Book, seen: number): void {
    const known = this.#cache.get(tenant);
    if (known && known.book.version > book.version) return;
    this.#cache.delete(tenant);
    this.#cache.set(tenant, { book, seen });
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= cachedTenants) break;
      this.#cache.delete(oldest);
    }
  }
}
