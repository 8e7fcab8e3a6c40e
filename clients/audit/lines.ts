// The lines of a part, unpacked.
import { gunzipSync } from 'node:zlib';
import { mostBytes } from './folder.ts';

/** A part that cannot be unpacked. The message says why, behind the name of the file. */
export class NotPacked extends Error {
  override readonly name = 'NotPacked';
}

interface Unpacked {
  /** The bytes of each, without the line feed. They are made into text one by one, so that large files stay out of memory. */
  readonly lines: Iterable<Uint8Array>;
  /** False when the last line has no line feed. */
  readonly isEnded: boolean;
  /** Bytes behind the end of what is packed, over which Node passes. */
  readonly rest: number;
}

const lineFeed = 0x0a;

function* linesIn(bytes: Buffer): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(lineFeed, from);
    const to = end < 0 ? bytes.length : end;
    yield bytes.subarray(from, to);
    from = to + 1;
  }
}

/** The lines of a part. @throws NotPacked */
export const unpackedLines = (packed: Uint8Array): Unpacked => {
  let unpacked: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  try {
    // With `info`, which the types do not know, the answer tells how much of the input was read.
    const options = { maxOutputLength: mostBytes, info: true };
    unpacked = gunzipSync(packed, options) as unknown as typeof unpacked;
  } catch (error) {
    throw new NotPacked(`cannot be unpacked as gzip (${error instanceof Error ? error.message : error})`);
  }
  const { buffer, engine } = unpacked;
  return {
    lines: linesIn(buffer),
    isEnded: buffer.length === 0 || buffer.at(-1) === lineFeed,
    rest: packed.length - engine.bytesWritten,
  };
};
