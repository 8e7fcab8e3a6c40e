// The keys that are trusted: whoever verifies names them, by thumbprint or in a file. A key that lies beside what it has
// signed proves nothing.
import { keyThumbprint, type PublicJwk, publicJwk } from '../../shared/audit/jwk.ts';
import { readIfPresent } from '../../shared/files/private.ts';
import { AuditError } from './exits.ts';

export interface PinnedKeys {
  /** Thumbprints (RFC 7638) of all keys that are trusted. */
  readonly thumbprints: ReadonlySet<string>;
  /** The keys themselves, as far as they are known. */
  readonly keys: readonly PublicJwk[];
}

const thumbprint = /^[\w-]{43}$/;
const isText = (value: unknown): value is string => typeof value === 'string';

/** The key that a value describes (RFC 7517); undefined when it is none on P-256, or another one than its id says. */
export const keyOf = (value: unknown): PublicJwk | undefined => {
  const { kty, crv, x, y, kid } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (kty !== 'EC' || crv !== 'P-256' || !isText(x) || !isText(y)) return undefined;
  return kid === undefined || kid === keyThumbprint({ x, y }) ? publicJwk({ x, y }) : undefined;
};

const keysIn = async (file: string): Promise<PublicJwk[]> => {
  const text = await readIfPresent(file);
  if (text === undefined)
    throw new AuditError('usage', `--key takes a thumbprint or a file: "${file}" is neither 43 characters nor there.`);
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw new AuditError('usage', `--key: ${file} is no JSON.`);
  }
  const { keys = [said] } = (said ?? {}) as { keys?: unknown };
  const found = Array.isArray(keys) ? keys.map(keyOf) : [];
  if (found.length === 0 || !found.every((key) => key !== undefined))
    throw new AuditError('usage', `--key: ${file} must be a JWK or a JWKS of keys on P-256, each with its thumbprint.`);
  return found;
};

/** What `--key` names: thumbprints, and files with a JWK or a JWKS. @throws AuditError */
export const pinnedKeys = async (words: readonly string[]): Promise<PinnedKeys> => {
  const thumbprints = new Set<string>();
  const keys: PublicJwk[] = [];
  for (const word of words)
    if (thumbprint.test(word)) thumbprints.add(word);
    else keys.push(...(await keysIn(word)));
  for (const { kid } of keys) thumbprints.add(kid);
  return { thumbprints, keys };
};
