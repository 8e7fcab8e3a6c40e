// Signs snapshots, which products verify offline. The algorithm is fixed as ES256: ECDSA on P-256 with SHA-256 (RFC
// 7518, section 3.4).
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
  /** The `iss` claim of the tokens. */
  readonly issuer: string;
  /** The id of the key among the published keys. */
  readonly kid: string;
  /** 64 bytes: r and s. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  /** The published keys: the signing key first, then former keys and the next one. */
  jwks(): Promise<{ readonly keys: readonly PublishedKey[] }>;
}

export const defaultIssuer = 'holdfast';

/** A public key in its published form. @throws Error for a key that is not on P-256 */
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
 * A signer in this process.
 * @param key a private key as a JWK; when absent, a new key that ends with the process
 * @param further keys that are published and do not sign
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

/** The signer of a deployment without a key: it throws an error that names the missing setting. */
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
