// Loads of whole books in a process that serves several requests at once. While it is loaded, a book takes about twice the
// memory that it takes afterwards. So readers of one tenant wait for the first of them, and loads of all tenants wait for
// room. A process that serves one request at a time never waits.
import type { TenantId } from '../domain/base/ids.ts';
import { heapOfBook } from './book-cache.ts';

/** The items of a book, beside the book that is made of them. */
const whileLoading = 2;

interface Waiting {
  readonly heap: number;
  readonly begin: () => void;
}

export class BookLoads {
  readonly #room: number;
  #used = 0;
  readonly #waiting: Waiting[] = [];
  readonly #underWay = new Map<TenantId, Promise<void>>();

  /** @param room bytes of memory that all loads may take together */
  constructor(room: number) {
    this.#room = room;
  }

  /** The end of the load of this tenant's book that is under way, if one is. It never fails. */
  underWay(tenant: TenantId): Promise<void> | undefined {
    return this.#underWay.get(tenant);
  }

  /** Says that a reader loads this tenant's book, until the returned function is called. */
  begin(tenant: TenantId): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#underWay.set(tenant, promise);
    return () => {
      if (this.#underWay.get(tenant) === promise) this.#underWay.delete(tenant);
      resolve();
    };
  }

  /**
   * Runs a load once there is room for it, in the order in which loads came. One that would take more than all the room,
   * or of whose size nothing is known, runs alone.
   * @param bytes of the book in the table
   */
  async within<T>(bytes: number | undefined, load: () => Promise<T>): Promise<T> {
    const heap = bytes === undefined ? this.#room : Math.min(this.#room, whileLoading * heapOfBook(bytes));
    if (this.#waiting.length > 0 || this.#used + heap > this.#room)
      await new Promise<void>((begin) => this.#waiting.push({ heap, begin }));
    else this.#used += heap;
    try {
      return await load();
    } finally {
      this.#used -= heap;
      this.#admit();
    }
  }

  #admit(): void {
    for (let [next] = this.#waiting; next && this.#used + next.heap <= this.#room; [next] = this.#waiting) {
      this.#waiting.shift();
      this.#used += next.heap;
      next.begin();
    }
  }
}
