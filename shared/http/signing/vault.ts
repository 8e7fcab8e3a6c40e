// What seals the private halves of the keys that sign snapshots: KMS on AWS, a secret of its own on one machine.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { seal, unseal } from '../../store/sealed.ts';

/** A key pair: the public coordinates, and the private half that only the vault opens. */
interface SealedKey {
  readonly x: string;
  readonly y: string;
  readonly sealed: Uint8Array;
}

export interface Vault {
  /** Names a set of published keys: another ring is another set. */
  readonly ring: string;
  /** Tells this vault from others of the same ring, which cannot open what it has sealed. */
  readonly name: string;
  make(): Promise<SealedKey>;
  /** The private key. @throws SealedElsewhere when another vault has sealed it */
  open(sealed: Uint8Array): Promise<KeyObject>;
}

/**
 * Another vault of the same ring has sealed the key, and nobody here opens it: the stack that ran before beside the same
 * table, or one that runs at the same time, each with a key of its own in KMS.
 */
export class SealedElsewhere extends Error {
  override name = 'SealedElsewhere';
}

/** The public coordinates of a key. @throws Error for a key that is not on P-256 */
export const coordinatesOf = (key: KeyObject): { x: string; y: string } => {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw new Error('the key is not on P-256');
  return { x, y };
};

/** A vault on one machine. @param secret random text that its keeper hides; the ring ends with it */
export const localVault = (secret: string): Vault => ({
  ring: createHash('sha256').update(secret).digest('base64url'),
  name: 'local',
  make: async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    return { ...coordinatesOf(publicKey), sealed: seal(pem, secret) };
  },
  open: async (sealed) => createPrivateKey(unseal(sealed, secret)),
});

const none = async (): Promise<never> => {
  throw new Error('SNAPSHOT_KEY names no key to seal the keys of snapshots with');
};
/** The vault of a deployment without a key: it throws an error that names the missing setting. */
export const noVault: Vault = { ring: 'none', name: 'none', make: none, open: none };
