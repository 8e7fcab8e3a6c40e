// The lines of a run as batches, and the digests by which the service proves that it has got all of them.
import { createHash } from 'node:crypto';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface Batch {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  readonly entries: number;
  /** SHA-256 of the text, in lower-case hex. */
  readonly digest: string;
}

/** A batch is closed once it has this many bytes. */
const batchBytes = 1_000_000;

/** Gathers lines into batches. */
export class Batches {
  readonly #digests: string[] = [];
  readonly #bytes: number;
  #lines: string[] = [];
  #size = 0;
  #entries = 0;

  constructor(bytes = batchBytes) {
    this.#bytes = bytes;
  }

  /** Takes a line; answers with a batch when one is full. */
  add(line: string): Batch | undefined {
    const size = Buffer.byteLength(line) + 1;
    // What would overfill a batch begins the next one, because a long line may nearly fill one by itself.
    const full = this.#size > 0 && this.#size + size > this.#bytes ? this.rest() : undefined;
    this.#lines.push(line);
    this.#size += size;
    return full;
  }

  /** What is left, as the last batch. */
  rest(): Batch | undefined {
    if (this.#lines.length === 0) return undefined;
    const text = `${this.#lines.join('\n')}\n`;
    const digest = sha256(text);
    const entries = this.#lines.length;
    this.#digests.push(digest);
    this.#entries += entries;
    this.#lines = [];
    this.#size = 0;
    return { number: this.#digests.length, text, entries, digest };
  }

  /** What the commit says of all batches. */
  total(): { batches: number; entries: number; digest: string } {
    return { batches: this.#digests.length, entries: this.#entries, digest: sha256(this.#digests.join('\n')) };
  }
}
