/**
 * Where the local instance keeps what the other local commands need (address, tenants, signing key), and the way such
 * private files are written: never half, never readable by others.
 */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { utf8 } from '../../shared/text/text.ts';

const stateSchema = z.strictObject({
  /** Where the API answers. */
  url: z.url(),
  /** Where the database engine answers. */
  endpoint: z.url(),
  tenants: z.array(z.strictObject({ name: z.string(), id: z.string(), catalogue: z.string() })),
  /** Path of the file with the issuer's private key. */
  issuerKey: z.string(),
});

export type LocalState = z.infer<typeof stateSchema>;

export class StateError extends Error {
  override name = 'StateError';
}

/** The folder of an instance: the data folder where one is named, else `.holdfast/` in the project. */
export function stateFolder(folder?: string): string {
  return resolve(folder ?? join(import.meta.dirname, '..', '..', '.holdfast'));
}

export async function writeState(folder: string, state: LocalState): Promise<void> {
  await writePrivate(join(folder, 'state.json'), `${JSON.stringify(stateSchema.parse(state), null, 2)}\n`);
}

/** The state last written, or undefined where no instance ever started with this folder. */
export async function readState(folder: string): Promise<LocalState | undefined> {
  const path = join(folder, 'state.json');
  const text = await readIfPresent(path);
  if (text === undefined) return undefined;
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    throw new StateError(`${path} is not a state file of this version: remove it and start the local instance again.`);
  }
}

/** Replaces a file as a whole; readers see the old text or the new, also after a crash. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Creates a file with its whole text, or answers false where it exists: of two processes, one wins. */
export async function createPrivate(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text);
  try {
    // A link, unlike open('wx') and a write, never shows an empty file to the one who loses.
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return utf8(await readFile(path));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

async function writeDraft(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  // The mode given to open() is narrowed by the umask, which may take even the owner's right to read.
  await chmod(draft, 0o600);
  return draft;
}
