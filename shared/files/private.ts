// Private files: never written half, and never readable by others.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { utf8 } from '../text/text.ts';

/**
 * Replaces a file as a whole: readers see the old text or the new one, also after a crash. A long text may come in
 * pieces.
 */
export const writePrivate = async (path: string, text: string | Iterable<string>): Promise<void> => {
  const draft = await writeDraft(draftOf(path), text);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/**
 * Creates a file with its whole text, or answers false if it exists. Of two processes that create it, one wins.
 * @param beside where the file stands until it is whole: a path that nobody else uses, on the same file system
 */
export const createPrivate = async (
  path: string,
  text: string | Uint8Array,
  beside = draftOf(path),
): Promise<boolean> => {
  const draft = await writeDraft(beside, text);
  try {
    // Unlike open('wx') and a later write, a link never shows an empty file to the process that loses.
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
};

export const readIfPresent = async (path: string): Promise<string | undefined> => {
  try {
    return utf8(await readFile(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const lineFeed = 0x0a;

/** The lines of a file, some at a time, so that a large one is never in memory as a whole; undefined if there is none. */
export const linesIfPresent = async (path: string): Promise<AsyncIterable<readonly string[]> | undefined> => {
  try {
    await access(path);
    return linesOf(() => createReadStream(path, { highWaterMark: 1 << 18 }));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** @param open called when the first line is asked for, so that nothing stays open of which no line ever is */
async function* linesOf(open: () => AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of open()) {
    const all = Buffer.concat([rest, chunk]);
    // A character may lie in two chunks, and a line feed is never part of one.
    const end = all.lastIndexOf(lineFeed);
    rest = all.subarray(end + 1);
    if (end >= 0) yield utf8(all.subarray(0, end)).split('\n');
  }
  if (rest.length > 0) yield [utf8(rest)];
}

/** The system's code of an error, such as ENOENT; undefined for other errors. */
export const errorCode = (error: unknown): string | undefined => {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
};

const draftOf = (path: string): string => `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;

const writeDraft = async (draft: string, text: string | Uint8Array | Iterable<string>): Promise<string> => {
  await mkdir(dirname(draft), { recursive: true, mode: 0o700 });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    // A full disk must not be filled further by what is left of each attempt.
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  // The umask narrows the mode given to open(), and may take even the owner's right to read.
  await chmod(draft, 0o600);
  return draft;
};
