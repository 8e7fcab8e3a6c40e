// Items that this process has read lately, for answers that may be some seconds old.
import { bytesIn } from './bytes.ts';
import type { Item } from './db.ts';
import { type Key, nameOfKey } from './keys.ts';

/** Bytes of all items, as they are estimated. */
const mostBytes = 32_000_000;
/** Bytes that a user takes in memory with what was found out about them: 3,400 by six questions, 7,000 at most. */
const bytesOfUser = 5_000;
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

  keep(key: Key, item: Item, at: number): void {
    const name = nameOfKey(key);
    this.#drop(name);
    const bytes = bytesOfUser + heapPerByte * bytesIn(item);
    if (bytes > this.#most) return;
    this.#items.set(name, { item, at, bytes });
    this.#bytes += bytes;
    for (const [oldest] of this.#items) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest);
    }
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
