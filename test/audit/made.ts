// Exports in memory, made by the code that the service seals, signs and names by.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { Trail } from '../../clients/audit/folder.ts';
import { canonical } from '../../shared/audit/canonical.ts';
import { signedCheckpoint } from '../../shared/audit/checkpoint.ts';
import { type PublicJwk, publicJwk } from '../../shared/audit/jwk.ts';
import type { Notary } from '../../shared/audit/jws.ts';
import { eventLine, sealingForm } from '../../shared/audit/line.ts';
import {
  fileHash,
  type Manifest,
  type ManifestPart,
  manifestBytes,
  signedManifest,
} from '../../shared/audit/manifest.ts';
import { Frontier, leafHash } from '../../shared/audit/merkle.ts';
import {
  checkpointName,
  dayStart,
  keyName,
  manifestName,
  nextDay,
  partName,
  signatureName,
} from '../../shared/audit/names.ts';
import { hashedSegment, linesHash, noSegment, type Segment } from '../../shared/audit/segment.ts';

export type Files = Map<string, Uint8Array>;

interface TestNotary extends Notary {
  readonly jwk: PublicJwk;
}

/** A notary with a key of its own. */
export const testNotary = (): TestNotary => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const jwk = publicJwk({ x, y });
  const signs = (key: KeyObject) => async (bytes: Uint8Array) =>
    new Uint8Array(sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }));
  return { jwk, key: async () => ({ jwk, sign: signs(privateKey) }) };
};

export interface Making {
  readonly tenant?: string;
  readonly notary: TestNotary;
  /** For each day from the first one, the numbers of events in its segments. */
  readonly days: readonly (readonly number[])[];
  readonly firstDay?: string;
  /** How many of the last days are still open: without a manifest. */
  readonly open?: number;
  /** False as in a folder that was pulled: no manifests at all. */
  readonly manifests?: boolean;
  /** The line of an event, in place of an ordinary one. */
  readonly line?: (tenant: string, sequence: number, at: string) => string;
}

const lineOfNumber = (tenant: string, sequence: number, at: string): string =>
  eventLine(sealingForm, tenant, sequence, {
    id: `e${String(sequence).padStart(6, '0')}`,
    at,
    action: sequence % 3 === 0 ? 'role.updated' : 'role.member.added',
    target: `r${sequence % 7}`,
    actor: { kind: 'user', id: `u${sequence % 5}` },
    outcome: 'done',
    requestId: `q${sequence}`,
    difference: { before: { name: `Röle ${sequence}` }, after: { name: `Role ${sequence}` } },
  });

/** Makes an export. */
export const madeExport = async ({
  tenant = 'harbour',
  notary,
  days,
  firstDay = '2026-11-01',
  open = 0,
  manifests = true,
  line = lineOfNumber,
}: Making): Promise<Files> => {
  const files: Files = new Map([[keyName(tenant, notary.jwk.kid), Buffer.from(canonical(notary.jwk))]]);
  const tree = new Frontier();
  let segment: Segment | undefined;
  let previous: Manifest['previous'] = null;
  let day = firstDay;
  const hex = () => Buffer.from(tree.root).toString('hex');
  for (const [i, sizes] of days.entries()) {
    const parts: ManifestPart[] = [];
    const from = tree.size;
    for (const [j, size] of sizes.entries()) {
      const first = tree.size + 1;
      const at = (n: number): string => new Date(dayStart(day) + j * 3_600_000 + n).toISOString();
      const lines = Array.from({ length: size }, (_, n) => line(tenant, first + n, at(n)));
      for (const one of lines) tree.append(leafHash(one));
      segment = hashedSegment(tenant, {
        form: sealingForm,
        first,
        last: tree.size,
        day,
        ...{ from: at(0), to: at(size - 1), at: at(1_800_000) },
        previous: segment?.hash ?? noSegment,
        root: hex(),
        lines: linesHash(lines),
      });
      const bytes = gzipSync(lines.map((one) => `${one}\n`).join(''));
      const name = partName(tenant, day, first, tree.size);
      files.set(name, bytes);
      parts.push({ name, sha256: fileHash(bytes), bytes: bytes.length, segment });
      const word = { tenant, size: tree.size, root: hex(), segment: segment.hash, at: at(1_800_000) };
      files.set(checkpointName(tenant, tree.size), Buffer.from(await signedCheckpoint(notary, word)));
    }
    if (manifests && i < days.length - open && segment) {
      const checkpoint = Buffer.from(files.get(checkpointName(tenant, tree.size)) ?? []).toString();
      const at = new Date(dayStart(nextDay(day)) + 1_000_000).toISOString();
      const bytes = manifestBytes({
        ...{ v: 1, tenant, day, parts, first: from + 1, last: tree.size, root: hex(), checkpoint, previous, at },
      });
      files.set(manifestName(tenant, day), bytes);
      files.set(signatureName(tenant, day), Buffer.from(await signedManifest(notary, bytes)));
      previous = { day, sha256: fileHash(bytes) };
    }
    day = nextDay(day);
  }
  return files;
};

/** Files in memory, as a folder is read. */
export const trailOf = (files: ReadonlyMap<string, Uint8Array>): Trail => ({
  list: async function* () {
    yield* [...files.keys()].sort();
  },
  get: async (name) => files.get(name),
});
