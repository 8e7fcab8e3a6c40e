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

/**
 * True for what was read before the other, or from a copy that lags. Reads that overlap carry their order in the revision,
 * and no read takes longer than `patience`: beyond it, the table was restored, or the clock set back.
 */
const isOlder = (one: Omit<Recent, 'bytes'>, other: Recent): boolean => {
  if (Math.abs(one.at - other.at) > patience) return false;
  const grown = Number(one.item.rev ?? 0) - Number(other.item.rev ?? 0);
  return grown === 0 ? one.at < other.at : grown < 0;
};

export class RecentItems {
  /** The one that was read longest ago is first. */
  readonly #items = new Map<string, Recent>();
  readonly #most: number;
  #bytes = 0;

  constructor(most = mostBytes) {
    this.#most = most;
  }

  /**
   * Keeps an item that was read. Returns the one that it has already, if they are equal. Of reads that overlap, the newest
   * item stays, whichever ends last.
   * @param at when the read began
   */
  keep(key: Key, read: Item, at: number): Item {
    const name = nameOfKey(key);
    const before = this.#items.get(name);
    const same = before && isDeepStrictEqual(before.item, read) ? before : undefined;
    const item = same?.item ?? read;
    if (before && isOlder({ item, at }, before)) return item;
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
