// How much an answer weighs. A function hands its answer over as JSON within JSON, and Lambda takes 6 MB of that.

/** Bytes of an answer at most, as the function hands it over: the rest of Lambda's 6 MB is room for whatever stands around. */
export const mostBytes = 4_000_000;

/** UTF-8 bytes of a value as JSON within JSON: quotes, backslashes and control characters are escaped once more. */
export const weightOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(JSON.stringify(value) ?? '')) - 2;

/** The bytes that are left to a part of an answer. */
export class Room {
  #left: number;

  constructor(bytes = mostBytes) {
    this.#left = bytes;
  }

  /** Takes the room that a value needs. False when it does not fit: then nothing is taken. */
  admits(value: unknown): boolean {
    // The comma after it counts as well.
    const bytes = weightOf(value) + 1;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** The first values of a list, as many as fit; the list itself when all do. */
  first<T>(values: readonly T[]): readonly T[] {
    const end = values.findIndex((value) => !this.admits(value));
    return end < 0 ? values : values.slice(0, end);
  }
}
