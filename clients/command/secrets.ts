// Secrets come from the environment or from a file that others cannot read, never from the settings themselves.
import { stat } from 'node:fs/promises';
import { readIfPresent } from '../../shared/files/private.ts';
import { CommonError } from './ends.ts';

/** Where a secret is: in a variable of the environment, or in a file. */
export type SecretPlace = { readonly env: string } | { readonly file: string };

/** Permissions that a file with a secret must not have: the group may read it, as services are given secrets so. */
const tooOpen = 0o037;

const fromFile = async (path: string, field: string): Promise<string> => {
  const text = await readIfPresent(path);
  if (text === undefined) throw new CommonError('usage', `${field}: there is no file ${path}.`);
  const { mode } = await stat(path);
  // Windows keeps its permissions elsewhere, and says 666 of every file.
  if (process.platform !== 'win32' && (mode & tooOpen) !== 0)
    throw new CommonError(
      'usage',
      `${field}: ${path} has the permissions ${(mode & 0o777).toString(8)}, so others can read or change the secret: chmod 600 ${path}`,
    );
  // Editors end a file with a line feed, which is no part of the secret.
  return text.replace(/\r?\n$/, '');
};

/**
 * Reads a secret. An empty one is refused, because directories take a bind without a password as anonymous.
 * @param field of the settings, for errors @throws CommonError
 */
export const secretAt = async (
  place: SecretPlace,
  field: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> => {
  const secret = 'env' in place ? env[place.env] : await fromFile(place.file, `${field}.file`);
  const where = 'env' in place ? `the variable ${place.env}` : place.file;
  if (secret === undefined) throw new CommonError('usage', `${field}: ${where} is not set.`);
  if (secret.trim() === '') throw new CommonError('usage', `${field}: ${where} is empty.`);
  return secret;
};
