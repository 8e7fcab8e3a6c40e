// Reads that wait at the same moment share one request to the table. A process that serves many requests at once would
// otherwise spend most of its time on sending and receiving, each for a few small items of which many ask for the same.
// A shared read begins after each that shares it has arrived, so nobody is given anything older than by a read alone.
import { type Key, nameOfKey } from './keys.ts';

/** Keys that wait for one read, and who waits for it. */
interface Batch<Items> {
  readonly keys: Map<string, Key>;
  readonly waiting: { readonly resolve: (found: Items) => void; readonly reject: (error: unknown) => void }[];
}

/** Keys that one request to the table takes. */
const mostKeys = 100;

/** Reads of items, of which the table's answer has all that it found. */
export class SharedReads<Items> {
  readonly #read: (keys: Key[]) => Promise<Items>;
  readonly #atOnce: number;
  readonly #batches: Batch<Items>[] = [];
  #underWay = 0;

  /**
   * @param atOnce reads under way, after which others wait and share the next one
   * @param read reads distinct keys with strong consistency, in one request
   */
  constructor(atOnce: number, read: (keys: Key[]) => Promise<Items>) {
    this.#atOnce = atOnce;
    this.#read = read;
  }

  /** The items at these keys, and perhaps others. Takes at most 100 keys. */
  read(keys: readonly Key[]): Promise<Items> {
    return new Promise((resolve, reject) => {
      const batch = this.#batchFor(keys.length);
      for (const key of keys) batch.keys.set(nameOfKey(key), key);
      batch.waiting.push({ resolve, reject });
      this.#begin();
    });
  }

  #batchFor(more: number): Batch<Items> {
    const last = this.#batches.at(-1);
    if (last && last.keys.size + more <= mostKeys) return last;
    const batch: Batch<Items> = { keys: new Map(), waiting: [] };
    this.#batches.push(batch);
    return batch;
  }

  #begin(): void {
    while (this.#underWay < this.#atOnce) {
      const batch = this.#batches.shift();
      if (!batch) return;
      this.#underWay += 1;
      void this.#carryOut(batch);
    }
  }

  async #carryOut({ keys, waiting }: Batch<Items>): Promise<void> {
    try {
      const found = await this.#read([...keys.values()]);
      for (const { resolve } of waiting) resolve(found);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
    this.#underWay -= 1;
    this.#begin();
  }
}
