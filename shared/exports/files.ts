// The files of an export besides manifests: parts, checkpoints and keys. A file that stands there already is done when it
// says the same. Of a part the lines count and not the bytes, because another release may pack otherwise.
import { gunzipSync, gzipSync } from 'node:zlib';
import { canonical } from '../audit/canonical.ts';
import { verifiedCheckpoint } from '../audit/checkpoint.ts';
import type { PublicJwk } from '../audit/jwk.ts';
import { type Notary, SignatureRefused } from '../audit/jws.ts';
import { fileHash } from '../audit/manifest.ts';
import { checkpointName, keyName, partName } from '../audit/names.ts';
import { mostSegmentBytes, type Segment } from '../audit/segment.ts';
import type { TenantId } from '../domain/base/ids.ts';
import { auditKeys, checkpointOf } from '../store/checkpoints.ts';
import type { Db } from '../store/db.ts';
import { noteFile, type StoredFile } from '../store/exported.ts';
import { sealedLines } from '../store/sealed-events.ts';
import type { ExportStore } from './port.ts';

/** Whose events are exported, where to, and who signs. */
export interface Exporting {
  readonly db: Db;
  readonly tenant: TenantId;
  readonly exports: ExportStore;
  readonly notary: Notary;
}

/**
 * A file stands in the store that differs from what the table says it must be. Either is wrong. Nothing can be written
 * over the file, and readers of the export would be told two stories, so the export goes no further.
 */
export class ExportDiffers extends Error {
  override name = 'ExportDiffers';
  readonly file: string;
  constructor(file: string, why: string) {
    super(`${file} ${why}`);
    this.file = file;
  }
}

/** A bucket that a tenant has named does not take or give its files; `cause` is the store's error. */
export class DestinationFailed extends Error {
  override name = 'DestinationFailed';
}

/** The store with every failure named as that of a tenant's own destination. */
export const asDestination = (store: ExportStore): ExportStore => {
  const failed = (cause: unknown): never => {
    throw new DestinationFailed(cause instanceof Error ? cause.message : String(cause), { cause });
  };
  return {
    put: (name, bytes) => store.put(name, bytes).catch(failed),
    get: (name) => store.get(name).catch(failed),
    list: async function* (prefix) {
      try {
        yield* store.list(prefix);
      } catch (error) {
        failed(error);
      }
    },
  };
};

/** Writes a file, or finds it there with the same bytes. @throws ExportDiffers */
export const putSame = async (exports: ExportStore, name: string, bytes: Uint8Array): Promise<'written' | 'exists'> => {
  const outcome = await exports.put(name, bytes);
  if (outcome === 'exists') {
    const found = await exports.get(name);
    if (!found || Buffer.compare(found, bytes) !== 0) throw new ExportDiffers(name, 'has another content');
  }
  return outcome;
};

// Parts

/** A single event may be larger than all others of a segment together; no part unpacks to more than this. */
const mostUnpacked = 8 * mostSegmentBytes;

/** The part of a segment as it stands in the store. @throws ExportDiffers */
const partIn = async ({ exports, tenant }: Exporting, segment: Segment): Promise<StoredFile> => {
  const name = partOfSegment(tenant, segment);
  const bytes = await exports.get(name);
  if (!bytes) throw new Error(`the store says that ${name} exists, and does not have it`);
  const content = unpacked(bytes);
  if (!content) throw new ExportDiffers(name, 'is not packed by gzip');
  if (fileHash(content) !== segment.lines) throw new ExportDiffers(name, 'has other lines');
  return { sha256: fileHash(bytes), bytes: bytes.length };
};

/** Passes have a process or a thread of their own, where nothing waits for it. */
const unpacked = (bytes: Uint8Array): Buffer | undefined => {
  try {
    return gunzipSync(bytes, { maxOutputLength: mostUnpacked });
  } catch {
    return undefined;
  }
};

/** The name of a segment's part. */
export const partOfSegment = (tenant: string, { day, first, last }: Segment): string =>
  partName(tenant, day, first, last);

/**
 * Writes the part of a segment, or finds it there, and notes what stands there for the manifest of the day.
 * @param lines the segment's lines, when they are at hand
 * @throws ExportDiffers
 */
export const exportPart = async (
  exporting: Exporting,
  segment: Segment,
  lines?: readonly string[],
): Promise<StoredFile> => {
  const { db, tenant, exports } = exporting;
  const text = (lines ?? (await sealedLines(db, tenant, segment))).map((line) => `${line}\n`).join('');
  const bytes = gzipSync(text);
  const outcome = await exports.put(partOfSegment(tenant, segment), bytes);
  const file =
    outcome === 'written' ? { sha256: fileHash(bytes), bytes: bytes.length } : await partIn(exporting, segment);
  await noteFile(db, tenant, segment.last, file);
  return file;
};

// Checkpoints and keys

/** The key files that this process has written or found, so that each costs one request. */
const written = new WeakMap<ExportStore, Set<string>>();

/**
 * Writes the public key that made a signature.
 * @param verified verifies the signature by one of the keys, and returns that one
 * @throws ExportDiffers, or SignatureRefused for a signature of none of our keys
 */
export const exportKey = async (
  { db, tenant, exports, notary }: Exporting,
  verified: (keys: readonly PublicJwk[]) => PublicJwk,
): Promise<void> => {
  const known = written.get(exports) ?? new Set();
  written.set(exports, known);
  const key = await signerOf(db, notary, verified);
  const name = keyName(tenant, key.kid);
  if (known.has(name)) return;
  await putSame(exports, name, Buffer.from(canonical(key)));
  known.add(name);
};

/** Most signatures are of the key that signs now, so that the earlier ones are rarely read. */
const signerOf = async (db: Db, notary: Notary, verified: (keys: readonly PublicJwk[]) => PublicJwk) => {
  try {
    return verified([(await notary.key()).jwk]);
  } catch (error) {
    if (!(error instanceof SignatureRefused && error.reason === 'key')) throw error;
    return verified(await auditKeys(db));
  }
};

/** Writes the checkpoint at the end of a segment, and the key that signed it. @throws ExportDiffers */
export const exportCheckpoint = async (exporting: Exporting, segment: Segment): Promise<void> => {
  const { db, tenant, exports, notary } = exporting;
  const { jws } = await checkpointOf(db, tenant, notary, segment);
  await exportKey(exporting, (keys) => verifiedCheckpoint(jws, keys).key);
  await putSame(exports, checkpointName(tenant, segment.last), Buffer.from(jws));
};
