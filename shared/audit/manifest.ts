// The manifest of a day: which files it has, and what they must contain. It is signed, and names the manifest before it.
import { createHash } from 'node:crypto';
import { utf8 } from '../text/text.ts';
import { canonical } from './canonical.ts';
import type { PublicJwk } from './jwk.ts';
import { detachedJws, type Notary, verifiedDetached } from './jws.ts';
import type { Segment } from './segment.ts';

/** A file with the lines of one segment. */
export interface ManifestPart {
  /** The whole name: see names.ts. */
  readonly name: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly sha256: string;
  /** The size of the file. */
  readonly bytes: number;
  readonly segment: Segment;
}

export interface Manifest {
  readonly v: 1;
  readonly tenant: string;
  /** YYYY-MM-DD. */
  readonly day: string;
  /** In the order of their sequences. */
  readonly parts: readonly ManifestPart[];
  /** The sequence of the day's first event; the next sequence when the day is empty. */
  readonly first: number;
  /** The sequence of the day's last event, which is the size of the tree; of the day before when the day is empty. */
  readonly last: number;
  /** The tree's root at that size, hex. */
  readonly root: string;
  /** The checkpoint at that size, a compact JWS. */
  readonly checkpoint: string;
  /** The manifest of the day before; null of the tenant's first day. `sha256` is of its file's bytes, hex. */
  readonly previous: { readonly day: string; readonly sha256: string } | null;
  /** When it was made, ISO 8601 in UTC. */
  readonly at: string;
}

/** The bytes of a manifest's file: its canonical form. */
export const manifestBytes = (manifest: Manifest): Buffer => Buffer.from(canonical(manifest));

/** SHA-256 of a file's bytes, hex. */
export const fileHash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The detached signature of a manifest's file. */
export const signedManifest = (notary: Notary, bytes: Uint8Array): Promise<string> =>
  detachedJws(notary, 'holdfast-manifest', bytes);

/** A manifest whose signature holds, with the key that signed. @throws SignatureRefused, or Error for another version */
export const verifiedManifest = (
  bytes: Uint8Array,
  signature: string,
  keys: readonly PublicJwk[],
): { readonly manifest: Manifest; readonly key: PublicJwk } => {
  const key = verifiedDetached(signature, 'holdfast-manifest', bytes, keys);
  const manifest = JSON.parse(utf8(bytes)) as Manifest;
  if (manifest.v !== 1 || !Array.isArray(manifest.parts))
    throw new Error('the manifest is of a version that this release does not know');
  return { manifest, key };
};
