// The lines of a part, unpacked.
import { gunzipSync } from 'node:zlib';
import { utf8 } from '../../shared/text/text.ts';
import { mostBytes } from './folder.ts';

/** A part that cannot be unpacked. The message says why, behind the name of the file. */
export class NotPacked extends Error {
  override readonly name = 'NotPacked';
}

interface Unpacked {
  /** Without their line feeds. */
  readonly lines: string[];
  /** False when the last line has no line feed. */
  readonly isEnded: boolean;
  /** Bytes behind the end of what is packed, over which Node passes. */
  readonly rest: number;
}

/** The lines of a part. @throws NotPacked, or NotText with the line that is none */
export const unpackedLines = (packed: Uint8Array): Unpacked => {
  let unpacked: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  try {
    // With `info`, which the types do not know, the answer tells how much of the input was read.
    const options = { maxOutputLength: mostBytes, info: true };
    unpacked = gunzipSync(packed, options) as unknown as typeof unpacked;
  } catch (error) {
    throw new NotPacked(`cannot be unpacked as gzip (${error instanceof Error ? error.message : error})`);
  }
  const lines = utf8(unpacked.buffer).split('\n');
  const isEnded = lines.at(-1) === '';
  if (isEnded) lines.pop();
  return { lines, isEnded, rest: packed.length - unpacked.engine.bytesWritten };
};
