// The tree of a tenant's sealed events, checkpoints of it, and the keys that sign them. Proofs read a few tiles, however
// many events are sealed.
import * as z from 'zod';
import { signedCheckpoint } from '../audit/checkpoint.ts';
import { type PublicJwk, publicJwk } from '../audit/jwk.ts';
import type { Notary } from '../audit/jws.ts';
import { consistencyPath, inclusionPath, leafHash, type NodeReader, rootOf, verifyInclusion } from '../audit/merkle.ts';
import type { Segment } from '../audit/segment.ts';
import { nodeReader, type TileReader } from '../audit/tiles.ts';
import type { TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import * as on from './conditions.ts';
import type { Db } from './db.ts';
import { parsed } from './items.ts';
import { keys, partitions } from './keys.ts';
import { knownToEnd } from './lists.ts';
import { put, writePatiently } from './patiently.ts';
import { SealBroken } from './seal-broken.ts';
import { sealStateOf, segmentWith } from './seal-state.ts';

const tileSchema = lazy(() => z.object({ hashes: z.instanceof(Uint8Array) }));

/** Reads the tiles of a tenant's tree. */
export const tileReader =
  (db: Db, tenant: TenantId): TileReader =>
  async (level, index) => {
    const [item] = await db.read([keys.tile(tenant, level, index)]);
    return item && parsed(tileSchema(), item).hashes;
  };

const nodesOf = (db: Db, tenant: TenantId): NodeReader => nodeReader(tileReader(db, tenant));

const inHex = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');

interface Inclusion {
  readonly leaf: string;
  /** The lowest hash first. */
  readonly path: readonly string[];
}

/**
 * The proof that the tree of a checkpoint contains a line (RFC 9162, section 2.1.3), hashes in hex.
 * @throws RangeError for a sequence past the checkpoint; SealBroken when the tree contains another line there
 */
export const inclusionOf = async (
  db: Db,
  tenant: TenantId,
  { sequence, line }: { readonly sequence: number; readonly line: string },
  { size, root }: StoredCheckpoint,
): Promise<Inclusion> => {
  const [index, leaf] = [sequence - 1, leafHash(line)];
  const path = await inclusionPath(nodesOf(db, tenant), index, size);
  if (!verifyInclusion({ index, size, leaf, path, root: Buffer.from(root, 'hex') }))
    throw new SealBroken(`the event ${sequence} of ${tenant} differs from what was sealed`);
  return { leaf: inHex(leaf), path: path.map(inHex) };
};

interface Consistency {
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly path: readonly string[];
}

/**
 * The proof that the tree of `to` events begins with the tree of `from` events (RFC 9162, section 2.1.4), hashes in hex.
 * @throws RangeError for sizes that the tree never had
 */
export const consistencyOf = async (db: Db, tenant: TenantId, from: number, to: number): Promise<Consistency> => {
  const nodes = nodesOf(db, tenant);
  const path = await consistencyPath(nodes, from, to);
  const [fromRoot, toRoot] = await Promise.all([rootOf(nodes, from), rootOf(nodes, to)]);
  return { fromRoot: inHex(fromRoot), toRoot: inHex(toRoot), path: path.map(inHex) };
};

const checkpointSchema = lazy(() =>
  z.object({ size: z.int().positive(), root: z.string(), at: z.string(), jws: z.string() }),
);
/** A checkpoint with its signature: `jws` says the same as the other fields, and more. */
export type StoredCheckpoint = Readonly<z.infer<ReturnType<typeof checkpointSchema>>>;

/** The checkpoint at a size, if one was signed there. */
export const checkpointAt = async (db: Db, tenant: TenantId, size: number): Promise<StoredCheckpoint | undefined> => {
  const [item] = await db.read([keys.checkpoint(tenant, size)]);
  return item && parsed(checkpointSchema(), item);
};

/** The checkpoint at the end of a segment, which is signed once. */
export const checkpointOf = async (
  db: Db,
  tenant: TenantId,
  notary: Notary,
  { last: size, root, hash: segment }: Segment,
): Promise<StoredCheckpoint> => {
  const earlier = await checkpointAt(db, tenant, size);
  if (earlier) return earlier;
  const at = new Date(db.clock.now()).toISOString();
  const jws = await signedCheckpoint(notary, { tenant, size, root, segment, at });
  const made = { size, root, at, jws };
  await writePatiently(db, [put(keys.checkpoint(tenant, size), made, on.absent)]);
  // Signatures are random, so that somebody else's differs.
  return (await checkpointAt(db, tenant, size)) ?? made;
};

/** The checkpoint of everything that is sealed now; `undefined` when nothing is. */
export const checkpointNow = async (
  db: Db,
  tenant: TenantId,
  notary: Notary,
): Promise<StoredCheckpoint | undefined> => {
  const state = await sealStateOf(db, tenant);
  const last = state && (await segmentWith(db, tenant, state.size));
  return last && checkpointOf(db, tenant, notary, last);
};

/** The newest checkpoint; `undefined` when none is signed yet. */
export const newestCheckpoint = async (db: Db, tenant: TenantId): Promise<StoredCheckpoint | undefined> => {
  const range = { partition: partitions.seal(tenant), from: 'CHECKPOINT#', to: 'CHECKPOINT$', backwards: true };
  const { items } = await db.page({ ...range, limit: 1 });
  return items[0] && parsed(checkpointSchema(), items[0]);
};

/** The smallest checkpoint of at least this size. */
export const firstCheckpointFrom = async (
  db: Db,
  tenant: TenantId,
  size: number,
): Promise<StoredCheckpoint | undefined> => {
  const range = { partition: partitions.seal(tenant), from: keys.checkpoint(tenant, size).SK, to: 'CHECKPOINT$' };
  const { items } = await db.page({ ...range, limit: 1 });
  return items[0] && parsed(checkpointSchema(), items[0]);
};

const checkpointsAtOnce = 50;
async function* checkpoints(db: Db, tenant: TenantId, start: string) {
  const partition = partitions.seal(tenant);
  for (let after = start, done = false; !done; ) {
    const range = { partition, from: 'CHECKPOINT#', after, backwards: true, limit: checkpointsAtOnce };
    const page = await db.page(range);
    for (const item of page.items) {
      after = String(item.SK);
      const one = parsed(checkpointSchema(), item);
      yield { item: one, at: String(one.size) };
    }
    done = page.done;
  }
}

/** The checkpoints of a tenant, the newest first. @param before a size: only smaller ones */
export const listCheckpoints = (db: Db, tenant: TenantId, before?: number) =>
  knownToEnd(checkpoints(db, tenant, before === undefined ? 'CHECKPOINT$' : keys.checkpoint(tenant, before).SK));

const keySchema = lazy(() => z.object({ x: z.string(), y: z.string() }));

/** All public keys that have ever signed checkpoints and manifests of this deployment. */
export const auditKeys = async (db: Db): Promise<PublicJwk[]> =>
  (await db.all({ partition: partitions.auditKeys })).map((item) => publicJwk(parsed(keySchema(), item)));

/** Registers a public key, for ever. It is done before the first signature, so that nobody meets an unknown key. */
export const registerAuditKey = async (db: Db, { kid, x, y }: PublicJwk): Promise<void> => {
  const at = new Date(db.clock.now()).toISOString();
  await writePatiently(db, [put(keys.auditKey(kid), { x, y, at }, on.absent)]);
};
