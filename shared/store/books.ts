// Reads the book. A warm reader keeps it and fetches only the logged changes; a cold reader reads it all. Reads outside a
// transaction can see a commit's head before its other items, so a loaded book counts only if every rev is at most the
// version, and the revs' sum and number are the head's. A copy that does not add up is not thrown away: the next attempt
// goes on from it by the log, so a load comes to its end however often the book moves.

import type { TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { Book } from '../domain/book/book.ts';
import type { BookRecord, Head } from '../domain/book/records.ts';
import { addsUp } from './assembled.ts';
import { BookCache, type Kept, roomForBooks } from './book-cache.ts';
import { BookLoads } from './book-loads.ts';
import { bytesAt } from './bytes.ts';
import { type Db, type Item, patience, pause } from './db.ts';
import { bookOfImage } from './image.ts';
import { toHead, toLog, toRecord } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';

/** Changes that are followed by the log even in the smallest book. */
const fewChanges = 50;
/** Bytes that one unit reads in a range. By its key, each record costs a unit at least. */
const bytesPerUnit = 4_096;
/** Records that a cold reader asks for at once. Of a book with more of them the head may know an image. */
const firstRecords = 500;
/**
 * Versions before its own from which a torn copy may still lack something, since commits overlap for a moment, and one
 * transaction may have written forty of them.
 */
const overlap = 48;
/** Attempts to complete a copy by the log after which it is read anew: then not the log's entries are at fault. */
const mostFollowed = 4;
/** Records that an attempt reads together with the head, because the one before it came too late for them. */
const mostTogether = 20;

interface Snapshot {
  /** Undefined when the tenant does not exist. */
  readonly head: Head;
  readonly book: Book;
  /** The items that were read with the head, in the order of their keys. */
  readonly items: readonly (Item | undefined)[];
}

/** A reader's copy of the book, which becomes the book of a head by following the log. */
interface Copy {
  /** The records, under the version up to which nothing but the overlap can be missing. */
  readonly book: Book;
  /** True once the copy added up to the head of its version. */
  readonly proven: boolean;
  /** How often the log was followed without coming to a book that adds up. */
  readonly followed: number;
  /** The records that were read when it did not, since they are the ones that move. */
  readonly moving?: readonly string[];
}

/** Records by their names, as they were read with the head. */
type Early = ReadonlyMap<string, Item | undefined>;

/** What a reader has when it makes a copy for a head. */
interface Attempt {
  /** Number of the attempt. */
  readonly attempt: number;
  /** The copy of the attempt before. */
  readonly last: Copy | undefined;
  /** The first records, which a reader who knows nothing asks for together with the head. */
  readonly cold: Promise<Page> | undefined;
  readonly early: Early;
}

export class Books {
  readonly #db: Db;
  readonly #cache: BookCache;
  readonly #loads: BookLoads;

  /** @param room bytes of memory that all books may take together, and as many that all loads may */
  constructor(db: Db, room = roomForBooks()) {
    this.#db = db;
    this.#cache = new BookCache(room);
    this.#loads = new BookLoads(room);
  }

  /**
   * Reads head, book and further items with strong consistency, in one round trip when warm. Returns `undefined` when the
   * tenant does not exist.
   * @throws Refusal busy when the book never settles
   */
  async read(tenant: TenantId, alsoRead: readonly Key[] = []): Promise<Snapshot | undefined> {
    const began = this.#db.clock.now();
    const underWay = this.#cache.get(tenant) ? undefined : this.#loads.underWay(tenant);
    // Who comes while another reader loads the book waits for it once, and follows the log from there.
    if (underWay) await underWay;
    const known = this.#cache.get(tenant) ? () => {} : this.#loads.begin(tenant);
    try {
      return await this.#read(tenant, alsoRead, began, known);
    } finally {
      known();
    }
  }

  /** @param known says that the cache has the book, for those who wait for it */
  async #read(
    tenant: TenantId,
    alsoRead: readonly Key[],
    began: number,
    known: () => void,
  ): Promise<Snapshot | undefined> {
    const { clock } = this.#db;
    let last: Copy | undefined;
    for (let attempt = 0; ; attempt += 1) {
      const cold = last || this.#cache.get(tenant) ? undefined : this.#page(tenant);
      // A cold reader asks for everything at once; a failure of the head must not leave this promise unhandled.
      cold?.catch(() => {});
      const moving = (last?.moving ?? []).slice(0, mostTogether);
      const records = moving.map((name) => keys.record(tenant, name));
      const [headItem, ...all] = await this.#db.readShared([keys.head(tenant), ...alsoRead, ...records]);
      const items = all.slice(0, alsoRead.length);
      const early = new Map(moving.map((name, i) => [name, all[alsoRead.length + i]]));
      const head = toHead(headItem);
      // A tenant that is being purged has half a book, and answers as if it were gone.
      if (!head || head.lifecycle?.state === 'purging') return undefined;
      last = await this.#copy(tenant, head, { last, cold, attempt, early });
      const book = last?.proven && last.book.version === head.version ? last.book : undefined;
      if (book) {
        const bytes = this.#bytesOf(tenant, head, book);
        this.#cache.keep(tenant, { book, seen: began, since: clock.now(), bytes });
        known();
      }
      const newest = Math.max(0, ...items.map((item) => (item?.SK === 'ACCESS' ? Number(item.stamp ?? 0) : 0)));
      // A torn read otherwise: an access item with a later stamp than the book's version was read after a commit between.
      if (book && newest <= book.version) return { head, book, items };
      if (clock.now() > began + patience) throw new Refusal('busy');
      await pause(clock, attempt);
    }
  }

  /** The cached book if the head confirmed it at most `age` milliseconds ago. */
  bounded(tenant: TenantId, age: number): Omit<Kept, 'bytes'> | undefined {
    const cached = this.#cache.get(tenant);
    return cached && this.#db.clock.now() - cached.seen <= age ? cached : undefined;
  }

  /** The best copy for this head. `undefined` when there is none to go on from. */
  async #copy(tenant: TenantId, head: Head, { last, cold, attempt, early }: Attempt): Promise<Copy | undefined> {
    const cached = this.#cache.get(tenant)?.book;
    if (cached && cached.version > head.version) {
      // The cache is ahead because another reader of this process was faster. If it stays ahead, the table was restored:
      // read everything anew.
      if (attempt > 2) this.#cache.delete(tenant);
      return undefined;
    }
    if (cached?.version === head.version) {
      if (addsUp(head, cached, [])) return proven(cached);
      // The same version with another content: the table was restored, and has been changed since.
      this.#cache.delete(tenant);
      return undefined;
    }
    if (cold) {
      const page = await cold;
      return this.#loaded(tenant, head, page);
    }
    if (last?.proven && last.book.version === head.version) return last;
    const start = last && !(cached && cached.version > last.book.version) ? last : cached && proven(cached);
    const copy = start && (await this.#followed(tenant, start, head, { early }));
    return copy ?? this.#loaded(tenant, head);
  }

  /** The whole book, unless another reader has brought one by the time there is room to load it. */
  #loaded(tenant: TenantId, head: Head, page?: Page): Promise<Copy> {
    const before = this.#cache.get(tenant)?.book;
    return this.#loads.within(head.bytes, async () => {
      const cached = this.#cache.get(tenant)?.book;
      if (cached && cached !== before) return proven(cached);
      const image = !page || page.done ? undefined : await this.#fromImage(tenant, head);
      return image ?? judged(head, new Book(head.version, await this.#records(tenant, page)));
    });
  }

  /**
   * The copy with the changes that the log lists since. `undefined` when the log does not reach as far, or when reading
   * everything costs less.
   * @param reading the log, when it is being read already
   * @param early records that were read with the head, and so are no younger than it by more than a moment
   */
  async #followed(
    tenant: TenantId,
    copy: Copy,
    head: Head,
    { reading, early }: { readonly reading?: Promise<readonly Item[]>; readonly early?: Early },
  ): Promise<Copy | undefined> {
    const { version } = copy.book;
    const most = Math.max(fewChanges, (head.bytes ?? 0) / bytesPerUnit);
    if (copy.followed >= mostFollowed || version > head.version || head.version - version > most) return undefined;
    const from = copy.proven ? version : Math.max(0, version - overlap);
    const log = await (reading ?? this.#log(tenant, from, head.version));
    // What is older than the version may have left the log already.
    const since = log.filter((entry) => String(entry.SK) > keys.log(tenant, version).SK);
    if (since.length !== head.version - version) return undefined;
    const names = [...new Set(log.flatMap(toLog))];
    if (names.length > most) return undefined;
    const missing = names.filter((name) => !early?.has(name));
    const read = await this.#db.read(missing.map((name) => keys.record(tenant, name)));
    const items = new Map([...(early ?? []), ...missing.map((name, i) => [name, read[i]] as const)]);
    // A record that is named and not there was compacted, or is about to be created: then sum and number tell.
    const edits = new Map(names.map((name) => [name, items.get(name) && toRecord(items.get(name) as Item)]));
    const next = judged(head, copy.book.moved(head.version, edits), copy.proven ? edits.values() : undefined);
    return next.proven ? next : { ...next, followed: copy.followed + 1, moving: names };
  }

  /** Bytes of a book in the table. A head that does not say them, or not of this version, is near enough for a cache. */
  #bytesOf(tenant: TenantId, head: Head, book: Book): number {
    return head.bytes ?? this.#cache.get(tenant)?.bytes ?? bytesAt(head, book);
  }

  /** The book of the image that the head names, brought to the head's version; `undefined` when there is none. */
  async #fromImage(tenant: TenantId, head: Head): Promise<Copy | undefined> {
    const { image } = head;
    if (!image || image.version > head.version) return undefined;
    const log = this.#log(tenant, image.version, head.version);
    log.catch(() => {});
    const book = await bookOfImage(this.#db, tenant, image);
    if (!book) return undefined;
    if (image.version === head.version) return judged(head, book);
    return this.#followed(tenant, proven(book), head, { reading: log });
  }

  #log(tenant: TenantId, after: number, upTo: number): Promise<Item[]> {
    const [from, to] = [keys.log(tenant, after + 1).SK, keys.log(tenant, upTo).SK];
    return this.#db.all({ partition: partitions.log(tenant), from, to });
  }

  /** The first records in the order of their names. */
  #page(tenant: TenantId): Promise<Page> {
    return this.#db.page({ partition: partitions.book(tenant), limit: firstRecords });
  }

  /** All records, or those of a page and all after it. */
  async #records(tenant: TenantId, page?: Page): Promise<Records> {
    const after = page?.items.at(-1)?.SK as string | undefined;
    const more = page?.done ? [] : await this.#db.all({ partition: partitions.book(tenant), after });
    return new Map([...(page?.items ?? []), ...more].map((item) => [String(item.SK), toRecord(item)]));
  }

  /** Remembers the book that a commit has just made, with the bytes of the one before. */
  keep(tenant: TenantId, book: Book): void {
    const bytes = this.#cache.get(tenant)?.bytes;
    const now = this.#db.clock.now();
    if (bytes !== undefined) this.#cache.keep(tenant, { book, seen: now, since: now, bytes });
  }
}

type Records = ReadonlyMap<string, BookRecord>;
type Page = Awaited<ReturnType<Db['page']>>;

const proven = (book: Book): Copy => ({ book, proven: true, followed: 0 });

const judged = (head: Head, book: Book, changed?: Iterable<BookRecord | undefined>): Copy => ({
  book,
  proven: addsUp(head, book, changed),
  followed: 0,
});
