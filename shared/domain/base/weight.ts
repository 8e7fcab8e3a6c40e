// The size of an answer. A function returns it to Lambda as JSON within JSON, of which Lambda takes 6 MB.

/** The largest answer in bytes of JSON within JSON. Headers and the rest of the envelope have the remaining 2 MB. */
export const mostBytes = 4_000_000;

/** UTF-8 bytes of a value as JSON within JSON: quotes, backslashes and control characters are escaped twice. */
export const weightOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(JSON.stringify(value) ?? '')) - 2;

/** The bytes that a part of an answer may still take. */
export class Room {
  #left: number;

  constructor(bytes = mostBytes) {
    this.#left = bytes;
  }

  /** Takes the room that a value needs. False when the value does not fit: then it takes no room. */
  admits(value: unknown): boolean {
    // One byte more for the comma after the value.
    const bytes = weightOf(value) + 1;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** The first values of a list that fit; the list itself when all values fit. */
  first<T>(values: readonly T[]): readonly T[] {
    const end = values.findIndex((value) => !this.admits(value));
    return end < 0 ? values : values.slice(0, end);
  }
}
