// Public keys as they are published, and their names: what verifies needs them, and so does the signer of snapshots, which
// loads nothing else of the audit.
import { createHash } from 'node:crypto';

/** A public key on P-256 as it is published (RFC 7517). `kid` is its thumbprint. */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

/** The thumbprint of a key (RFC 7638). */
export const keyThumbprint = ({ x, y }: { readonly x: string; readonly y: string }): string =>
  createHash('sha256')
    .update(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))
    .digest('base64url');

/** A key by its coordinates, as it is published. */
export const publicJwk = ({ x, y }: { readonly x: string; readonly y: string }): PublicJwk => ({
  kty: 'EC',
  crv: 'P-256',
  x,
  y,
  kid: keyThumbprint({ x, y }),
  alg: 'ES256',
  use: 'sig',
});
