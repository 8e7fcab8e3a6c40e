// Signing what others check offline. The algorithm is fixed: ES256, ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4).
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A public key as it is published (RFC 7517). */
export interface PublishedKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

export interface Signer {
  readonly alg: 'ES256';
  /** Who signs, as the tokens say. */
  readonly issuer: string;
  /** Names the key among those that are published. */
  readonly kid: string;
  /** 64 bytes: r and s. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  /** The key that signs, then those whose tokens are believed, too: former ones, and the next. */
  jwks(): Promise<{ readonly keys: readonly PublishedKey[] }>;
}

export const defaultIssuer = 'holdfast';

/** @throws Error when it is no public key on P-256 */
export const published = (key: KeyObject, kid: string): PublishedKey => {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw new Error('the key for snapshots is not on P-256');
  return { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' };
};

const openOf = (jwk: object): KeyObject => createPublicKey({ key: jwk as never, format: 'jwk' });

/** The thumbprint of RFC 7638. */
const thumbprint = (open: KeyObject): string => {
  const { crv, kty, x, y } = published(open, '');
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
};

/**
 * Signs in this process: with a key that is kept somewhere, as a JWK, or with one that ends with the process.
 * @param further keys that do not sign, and are published
 */
export const localSigner = (key?: object, issuer = defaultIssuer, further: readonly object[] = []): Signer => {
  const secret = key
    ? createPrivateKey({ key: key as never, format: 'jwk' })
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const open = createPublicKey(secret);
  const kid = thumbprint(open);
  const keys = [open, ...further.map(openOf)].map((one) => published(one, thumbprint(one)));
  return {
    alg: 'ES256',
    issuer,
    kid,
    sign: async (bytes) => sign('sha256', bytes, { key: secret, dsaEncoding: 'ieee-p1363' }),
    jwks: async () => ({ keys }),
  };
};

/** For a deployment that names no key: everything else works, and this says what is missing. */
export const noSigner: Signer = {
  alg: 'ES256',
  issuer: defaultIssuer,
  kid: '',
  sign: async () => {
    throw new Error('SNAPSHOT_KEY names no key to sign snapshots with');
  },
  jwks: async () => {
    throw new Error('SNAPSHOT_KEY names no key to sign snapshots with');
  },
};
