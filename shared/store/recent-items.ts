// Items that this process has read lately: for answers that may be some seconds old, and so that what was found out about
// an item serves again when the same one is read again.
import { isDeepStrictEqual } from 'node:util';
import { bytesIn } from './bytes.ts';
import { type Item, patience } from './db.ts';
import { type Key, nameOfKey } from './keys.ts';

/** Bytes of all items, as they are estimated. */
const mostBytes = 32_000_000;
/** Bytes that a user takes in memory with what was found out about them: 5,900 by six questions, 22,000 by a hundred. */
const bytesOfUser = 8_000;
/** Bytes of memory for each byte of an item, of which most are groups. */
const heapPerByte = 4;

interface Recent {
  readonly item: Item;
  /** When its read began, in milliseconds since 1970. */
  readonly at: number;
  readonly bytes: number;
}

export class RecentItems {
  /** The one that was read longest ago is first. */
  readonly #items = new Map<string, Recent>();
  readonly #most: number;
  #bytes = 0;

  constructor(most = mostBytes) {
    this.#most = most;
  }

  /**
   * Keeps an item that was read. Returns the one that it has already, if they are equal.
   * @param at when the read began: of reads that overlap, the one that began last is kept, whichever ends last
   */
  keep(key: Key, read: Item, at: number): Item {
    const name = nameOfKey(key);
    const before = this.#items.get(name);
    const same = before && isDeepStrictEqual(before.item, read) ? before : undefined;
    const item = same?.item ?? read;
    // No read takes longer. An item from later than that is there because the clock was set back.
    if (before && before.at > at && before.at - at <= patience) return item;
    const bytes = same?.bytes ?? bytesOfUser + heapPerByte * bytesIn(item);
    this.#drop(name);
    if (bytes > this.#most) return item;
    this.#items.set(name, { item, at, bytes });
    this.#bytes += bytes;
    for (const [oldest] of this.#items) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest);
    }
    return item;
  }

  /** The item, if its read began at this time or later. */
  get(key: Key, since: number): Pick<Recent, 'item' | 'at'> | undefined {
    const found = this.#items.get(nameOfKey(key));
    return found && found.at >= since ? found : undefined;
  }

  #drop(name: string): void {
    this.#bytes -= this.#items.get(name)?.bytes ?? 0;
    this.#items.delete(name);
  }
}
