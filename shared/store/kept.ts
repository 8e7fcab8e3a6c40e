// What the planning of a run has read, kept in memory for the writes that follow. Only a write that holds its items by
// conditions may rest on it: an item that has changed meanwhile costs an attempt, and nothing else.
import { bytesIn } from './bytes.ts';
import type { Item } from './db.ts';
import { type Key, nameOfKey } from './keys.ts';

/** Bytes of kept items, as they are estimated; what is beyond them is read again. */
const mostKept = 40_000_000;
/** Bytes that a key takes in memory. */
const bytesOfKey = 300;

export class KeptItems {
  readonly #items = new Map<string, Item | undefined>();
  #bytes = 0;

  keep(items: readonly (readonly [Key, Item | undefined])[]): void {
    for (const [key, item] of items) {
      if (this.#bytes > mostKept) return;
      this.#bytes += bytesOfKey + bytesIn(item ?? {});
      this.#items.set(nameOfKey(key), item);
    }
  }

  /** True when all these items are kept. One that is known to be missing is, too. */
  has(keys: readonly Key[]): boolean {
    return keys.every((key) => this.#items.has(nameOfKey(key)));
  }

  get(key: Key): Item | undefined {
    return this.#items.get(nameOfKey(key));
  }

  /** Gives kept items away: whoever takes them is about to change them. */
  take(keys: readonly Key[]): (readonly [Key, Item | undefined])[] {
    return keys.map((key) => {
      const item = this.get(key);
      this.#items.delete(nameOfKey(key));
      return [key, item] as const;
    });
  }

  clear(): void {
    this.#items.clear();
    this.#bytes = 0;
  }
}
