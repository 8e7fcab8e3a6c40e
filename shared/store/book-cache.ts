// The books that a process keeps, bounded by the memory that they take: by number, a few large tenants would fill a
// function until it dies with the books of all others.
import { getHeapStatistics } from 'node:v8';
import type { TenantId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';

/** The part of a function's memory that books may take. The rest is for requests, and for loading one more book. */
const share = 0.4;
/** Bytes of memory for each byte that a book has in the table, indexes included: measured by `npm run bench -- book`. */
const heapPerByte = 5;
/** Bytes of memory that even an empty book takes. */
const leastHeap = 20_000;
/** The part of the room that books of ordinary size keep, however many large ones come. */
const ordinaryShare = 0.25;
/** A book is large when it takes more than this part of the room. */
const largeShare = 0.02;

/**
 * Bytes of memory that all books of this thread may take together. A function's memory is that of all its threads, while
 * each has a heap of its own, whose limit may be as large as the whole.
 */
export const roomForBooks = (env: NodeJS.ProcessEnv = process.env): number => {
  const heap = getHeapStatistics().heap_size_limit;
  const threads = Number(env.AWS_LAMBDA_NODEJS_WORKER_COUNT ?? 1);
  const configured = (Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? Number.NaN) * 1_048_576) / threads;
  return share * (Number.isNaN(configured) ? heap : Math.min(configured, heap));
};

export interface Kept {
  readonly book: Book;
  /** When the read of the head that confirmed this version began, in milliseconds since 1970. */
  readonly seen: number;
  /** When this process knew the version first, in milliseconds since 1970: what is read from then on is no older. */
  readonly since: number;
  /** Bytes of the book in the table. */
  readonly bytes: number;
}

export class BookCache {
  readonly #room: number;
  /** Least recently used first. */
  readonly #kept = new Map<TenantId, Kept>();
  /** Bytes of memory that all books take, and those of ordinary size. */
  #used = 0;
  #ordinary = 0;

  constructor(room: number) {
    this.#room = room;
  }

  get(tenant: TenantId): Kept | undefined {
    return this.#kept.get(tenant);
  }

  /** Bytes of memory that the books take, as estimated. */
  get used(): number {
    return this.#used;
  }

  /** Keeps a book as the one used last, unless a later version is there, and lets go of others until all fit. */
  keep(tenant: TenantId, given: Kept): void {
    const known = this.#kept.get(tenant);
    if (known && known.book.version > given.book.version) return;
    const next = known?.book.version === given.book.version ? { ...given, since: known.since } : given;
    this.delete(tenant);
    const weight = weightIn(next);
    // A book that fills all the room by itself would only push out the others.
    if (weight > this.#room) return;
    this.#kept.set(tenant, next);
    this.#count(weight, 1);
    for (const [oldest, kept] of this.#kept) {
      if (this.#used <= this.#room) break;
      if (!this.#isLarge(weightIn(kept)) && this.#ordinary <= ordinaryShare * this.#room) continue;
      this.delete(oldest);
    }
  }

  delete(tenant: TenantId): void {
    const kept = this.#kept.get(tenant);
    if (!kept) return;
    this.#kept.delete(tenant);
    this.#count(weightIn(kept), -1);
  }

  #count(weight: number, sign: 1 | -1): void {
    this.#used += sign * weight;
    if (!this.#isLarge(weight)) this.#ordinary += sign * weight;
  }

  #isLarge(weight: number): boolean {
    return weight > largeShare * this.#room;
  }
}

/** Bytes of memory that a book takes, by its bytes in the table. */
export const heapOfBook = (bytes: number): number => leastHeap + heapPerByte * bytes;
const weightIn = ({ bytes }: Kept): number => heapOfBook(bytes);
