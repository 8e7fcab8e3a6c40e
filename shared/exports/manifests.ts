// The manifest of a day. It is written once all events of the day are exported, and from nothing but what is fixed by
// then, so that a repeated attempt writes the same bytes.
import { verifiedCheckpoint } from '../audit/checkpoint.ts';
import { SignatureRefused } from '../audit/jws.ts';
import { fileHash, type Manifest, manifestBytes, signedManifest, verifiedManifest } from '../audit/manifest.ts';
import { dayPrefix, exportedFile, manifestName, signatureName } from '../audit/names.ts';
import type { Segment } from '../audit/segment.ts';
import { checkpointOf } from '../store/checkpoints.ts';
import { notedFiles, type StoredFile } from '../store/exported.ts';
import { manifestWritten, type SealState, segmentsOfDay, segmentWith } from '../store/seal-state.ts';
import { utf8 } from '../text/text.ts';
import { ExportDiffers, type Exporting, exportKey, exportPart, partOfSegment, putSame } from './files.ts';

type Closing = NonNullable<SealState['closing']>;

/**
 * Writes the manifest of a day that is closed. Returns false when the time was up before all parts were there again, and
 * another attempt is needed.
 * @param before the last manifest that is written
 * @throws ExportDiffers
 */
export const writeManifest = async (
  exporting: Exporting,
  { day, at }: Closing,
  before: SealState['manifest'],
  spent: () => boolean,
): Promise<boolean> => {
  const { db, tenant, exports, notary } = exporting;
  const segments = await segmentsOfDay(db, tenant, day);
  const files = await filesOf(exporting, day, segments, spent);
  if (!files) return false;
  const end = segments.at(-1) ?? (await segmentWith(db, tenant, before?.last ?? 0));
  if (!end) throw new Error(`nothing was sealed before the day ${day}, which is the first one of nobody`);
  const { jws: checkpoint } = await checkpointOf(db, tenant, notary, end);
  await exportKey(exporting, (keys) => verifiedCheckpoint(checkpoint, keys).key);
  const manifest: Manifest = {
    v: 1,
    tenant,
    day,
    parts: segments.map((segment, i) => ({
      name: partOfSegment(tenant, segment),
      ...(files[i] as StoredFile),
      segment,
    })),
    first: segments[0]?.first ?? end.last + 1,
    last: end.last,
    root: end.root,
    checkpoint,
    previous: before ? { day: before.day, sha256: before.sha256 } : null,
    at,
  };
  const bytes = manifestBytes(manifest);
  const outcome = await putSame(exports, manifestName(tenant, day), bytes);
  await signed(exporting, day, bytes, outcome === 'exists');
  await manifestWritten(db, tenant, { day, sha256: fileHash(bytes), last: end.last });
  return true;
};

/**
 * What stands in the store for each segment of a day, in their order; `undefined` when the time was up. Parts that are
 * not there are written again: the tenant may have named another bucket during the day.
 */
const filesOf = async (
  exporting: Exporting,
  day: string,
  segments: readonly Segment[],
  spent: () => boolean,
): Promise<StoredFile[] | undefined> => {
  const [first, last] = [segments[0], segments.at(-1)];
  if (!first || !last) return [];
  const { db, tenant } = exporting;
  const [present, noted] = await Promise.all([
    partsOfDay(exporting, day),
    notedFiles(db, tenant, first.first, last.last),
  ]);
  const files: StoredFile[] = [];
  for (const segment of segments) {
    const name = partOfSegment(tenant, segment);
    const known = present.delete(name) ? noted.get(segment.last) : undefined;
    if (!known && files.length > 0 && spent()) return undefined;
    files.push(known ?? (await exportPart(exporting, segment)));
  }
  const [stranger] = present;
  if (stranger !== undefined) throw new ExportDiffers(stranger, 'is a part of no segment of the table');
  return files;
};

const partsOfDay = async ({ exports, tenant }: Exporting, day: string): Promise<Set<string>> => {
  const names = new Set<string>();
  for await (const name of exports.list(dayPrefix(tenant, day)))
    if (exportedFile(name)?.kind === 'part') names.add(name);
  return names;
};

/** Writes the signature of a manifest, unless an earlier attempt has. Signatures are random, so none equals another. */
const signed = async (exporting: Exporting, day: string, bytes: Uint8Array, again: boolean): Promise<void> => {
  const { tenant, exports, notary } = exporting;
  const name = signatureName(tenant, day);
  const verified = (signature: string) => exportKey(exporting, (keys) => verifiedManifest(bytes, signature, keys).key);
  const found = again ? await exports.get(name) : undefined;
  if (!found) {
    const signature = await signedManifest(notary, bytes);
    await verified(signature);
    if ((await exports.put(name, Buffer.from(signature))) === 'written') return;
  }
  try {
    await verified(utf8(found ?? (await exports.get(name)) ?? new Uint8Array()));
  } catch (error) {
    if (!(error instanceof SignatureRefused)) throw error;
    throw new ExportDiffers(name, `is no signature of ours: ${error.message}`);
  }
};
