// The local instance's state file for the other local commands (address, tenants, signing key). Such private files are
// never written half, and never readable by others.
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { utf8 } from '../../shared/text/text.ts';

const stateSchema = z.strictObject({
  /** Address of the API. */
  url: z.url(),
  /** Address of the database engine. */
  endpoint: z.url(),
  tenants: z.array(z.strictObject({ name: z.string(), id: z.string(), catalogue: z.string() })),
  /** Path of the file with the issuer's private key. */
  issuerKey: z.string(),
});

export type LocalState = z.infer<typeof stateSchema>;

export class StateError extends Error {
  override name = 'StateError';
}

/** The folder of an instance: the data folder if one is named, otherwise `.holdfast/` in the project. */
export const stateFolder = (folder?: string): string => {
  return resolve(folder ?? join(import.meta.dirname, '..', '..', '.holdfast'));
};

export const writeState = async (folder: string, state: LocalState): Promise<void> => {
  await writePrivate(join(folder, 'state.json'), `${JSON.stringify(stateSchema.parse(state), null, 2)}\n`);
};

/** The state last written, or undefined if no instance ever started with this folder. */
export const readState = async (folder: string): Promise<LocalState | undefined> => {
  const path = join(folder, 'state.json');
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    throw new StateError(`${path} is not a state file of this version: remove it and start the local instance again.`);
  }
};

/** Replaces a file as a whole: readers see the old text or the new one, also after a crash. */
const writePrivate = async (path: string, text: string): Promise<void> => {
  const draft = await writeDraft(path, text);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
};

/** Creates a file with its whole text, or answers false if it exists. Of two processes that create it, one wins. */
export const createPrivate = async (path: string, text: string): Promise<boolean> => {
  const draft = await writeDraft(path, text);
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

const errorCode = (error: unknown): string | undefined => {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
};

const writeDraft = async (path: string, text: string): Promise<string> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  // The umask narrows the mode given to open(), and may take even the owner's right to read.
  await chmod(draft, 0o600);
  return draft;
};
