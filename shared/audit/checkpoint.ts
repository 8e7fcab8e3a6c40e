// A checkpoint: the signed word of a tenant's tree at one size. Whoever keeps one can tell later whether the trail that
// it speaks of is still the same.
import { utf8 } from '../text/text.ts';
import { canonical } from './canonical.ts';
import type { PublicJwk } from './jwk.ts';
import { compactJws, type Notary, verifiedJws } from './jws.ts';

export interface Checkpoint {
  readonly v: 1;
  readonly tenant: string;
  /** Number of sealed events. */
  readonly size: number;
  /** The tree's root at that size, hex. */
  readonly root: string;
  /** The hash of the segment that ends there, hex. */
  readonly segment: string;
  /** When it was made, ISO 8601 in UTC. */
  readonly at: string;
}

/** Signs a checkpoint as a compact JWS. */
export const signedCheckpoint = (notary: Notary, checkpoint: Omit<Checkpoint, 'v'>): Promise<string> => {
  const { tenant, size, root, segment, at } = checkpoint;
  return compactJws(notary, 'holdfast-checkpoint', canonical({ v: 1, tenant, size, root, segment, at }));
};

const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/** A checkpoint whose signature holds, with the key that signed. @throws SignatureRefused, or Error for another version */
export const verifiedCheckpoint = (
  jws: string,
  keys: readonly PublicJwk[],
): { readonly checkpoint: Checkpoint; readonly key: PublicJwk } => {
  const { content, key } = verifiedJws(jws, 'holdfast-checkpoint', keys);
  const checkpoint = JSON.parse(utf8(content)) as Checkpoint;
  if (checkpoint.v !== 1 || !Number.isSafeInteger(checkpoint.size) || !isHash(checkpoint.root))
    throw new Error('the checkpoint is of a version that this release does not know');
  return { checkpoint, key };
};
