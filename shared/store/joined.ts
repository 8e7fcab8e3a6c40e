// Joins several changes to one tenant, each planned on the one before, into one transaction. Pure: nothing is sent here.
import { isDeepStrictEqual } from 'node:util';
import type { TenantId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import type { Head } from '../domain/book/records.ts';
import { bytesIn, mostBytesAtOnce, mostItems } from './bytes.ts';
import type { Item, TransactItem } from './db.ts';
import { type Key, nameOfKey } from './keys.ts';
import { bookAfter, headAfter, headWrite, type Judged, leftBy } from './transaction.ts';
import type { Write } from './write.ts';

type Left = readonly [Key, Item | undefined];

export class Joined {
  readonly tenant: TenantId;
  readonly #read: Head;
  /** Head and book after all changes so far. */
  head: Head;
  book: Book;
  readonly #left = new Map<string, Left>();
  readonly #writes = new Map<string, Write>();
  /** The place of the change that a write came with. */
  readonly #from = new Map<Write, number>();
  #bytes = 0;
  #proves = false;
  isEmpty = true;

  /** @param head as it was read, with its book */
  constructor(tenant: TenantId, head: Head, book: Book) {
    this.tenant = tenant;
    this.#read = head;
    this.head = head;
    this.book = book;
  }

  /** The items outside of the book as the changes leave them. */
  get left(): Iterable<Left> {
    return this.#left.values();
  }

  /** These items as the changes leave them. @param items as they were read, in the order of their keys */
  itemsAt(keys: readonly Key[], items: readonly (Item | undefined)[]): (Item | undefined)[] {
    return keys.map((key, i) => {
      const left = this.#left.get(nameOfKey(key));
      return left ? left[1] : items[i];
    });
  }

  /**
   * Takes in a change that was judged on this head and this book, with all its writes. Returns false, and takes in nothing,
   * when they do not fit one transaction, or touch an item that a change before has touched: a transaction may touch each
   * only once. What both of them only look at is looked at once.
   * @param place of the change among those of the round
   */
  take(judged: Judged, writes: readonly Write[], place: number): boolean {
    const others = writes.filter(({ purpose }) => purpose !== 'head');
    const own = others.filter((write) => !(write.item.ConditionCheck && this.#has(write)));
    if (own.some((write) => this.#writes.has(nameOf(write)))) return false;
    const bytes = own.reduce((sum, { item }) => sum + bytesIn(item), this.#bytes);
    // One item more is the head.
    if (!this.isEmpty && (this.#writes.size + own.length >= mostItems || bytes > mostBytesAtOnce)) return false;
    for (const write of own) {
      this.#writes.set(nameOf(write), write);
      this.#from.set(write, place);
    }
    const { change, now, proofs } = judged;
    this.#bytes = bytes;
    this.#proves ||= proofs.book;
    this.isEmpty = false;
    this.head = headAfter(judged);
    if (change.book.length > 0) this.book = bookAfter(this.book, change, this.head.version);
    const answers = own
      .filter(({ purpose }) => purpose === 'once')
      .map((write) => [keyOf(write.item), write.item.Put?.Item] as const);
    for (const [key, item] of [...leftBy(this.tenant, change, now), ...answers])
      this.#left.set(nameOfKey(key), [key, item]);
    return true;
  }

  #has(write: Write): boolean {
    return isDeepStrictEqual(this.#writes.get(nameOf(write)), write);
  }

  /** All writes, on the condition that the head is as it was read. */
  get writes(): Write[] {
    const head = headWrite(this.tenant, this.#read, this.head, this.#proves);
    return [...(head ? [head] : []), ...this.#writes.values()];
  }

  /** The places of the changes that these writes came with; `undefined` for the head, which belongs to all of them. */
  placesOf(writes: readonly Write[]): Set<number | undefined> {
    return new Set(writes.map((write) => this.#from.get(write)));
  }
}

const nameOf = ({ item }: Write): string => nameOfKey(keyOf(item));

const keyOf = ({ Put, Update, Delete, ConditionCheck }: TransactItem): Key =>
  (Put?.Item ?? Update?.Key ?? Delete?.Key ?? ConditionCheck?.Key) as unknown as Key;
