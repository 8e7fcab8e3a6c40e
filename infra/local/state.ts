// The local instance's state file for the other local commands (address, tenants, signing key).
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { readIfPresent, writePrivate } from '../../shared/files/private.ts';

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
