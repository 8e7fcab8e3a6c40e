// An auditor verifies: what is whole is found to be whole, and every tampering is found where it was done.
import type crypto from 'node:crypto';
import { dirname } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Finding, findingCodes } from '../../clients/audit/verify/findings.ts';
import { lastSequence, listed } from '../../clients/audit/verify/listing.ts';
import { type KeptCheckpoint, verifyTenant } from '../../clients/audit/verify/trail.ts';
import { canonical } from '../../shared/audit/canonical.ts';
import { signedCheckpoint } from '../../shared/audit/checkpoint.ts';
import { fileHash, type Manifest, manifestBytes, signedManifest } from '../../shared/audit/manifest.ts';
import { checkpointName, keyName, manifestName, partName, signatureName } from '../../shared/audit/names.ts';
import { linesHash } from '../../shared/audit/segment.ts';
import { seededBytes } from '../support/facts.ts';
import { type Files, type Making, madeExport, testNotary, trailOf } from './made.ts';

// A signature that was verified once is not verified again: what is unchanged among thousands of copies costs nothing.
vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  const known = new Map<string, boolean>();
  const verify = (algorithm: string, data: Uint8Array, key: crypto.VerifyKeyObjectInput, signature: Uint8Array) => {
    const spki = key.key.export({ format: 'der', type: 'spki' });
    const id = [data, signature, spki].map((bytes) => Buffer.from(bytes).toString('base64')).join();
    const answer = known.get(id) ?? crypto.verify(algorithm, data, key, signature);
    if (answer) known.set(id, answer);
    return answer;
  };
  return { ...crypto, default: crypto, verify };
});

if (process.env.HOLDFAST_FLIPS) vi.setConfig({ testTimeout: 3_600_000 });

const notary = testNotary();
const stranger = testNotary();
const tenant = 'harbour';
/** Three days with a manifest, the second without events, and an open one. */
const making: Making = { notary, days: [[3, 2], [], [4], [2]], open: 1 };

let whole: Files;
let pulled: Files;
let other: Files;
let longer: Files;
let rewritten: Files;
beforeAll(async () => {
  const loose = { ...making, manifests: false };
  [whole, pulled, other, longer] = await Promise.all([
    madeExport(making),
    madeExport(loose),
    madeExport({ ...making, tenant: 'office' }),
    madeExport({ ...making, days: [...making.days.slice(0, 3), [2, 5]] }),
  ]);
  rewritten = await madeExport({
    ...making,
    line: (owner, sequence, at) =>
      canonical({ v: 1, tenant: owner, sequence, id: `f${sequence}`, at, action: 'x', outcome: 'done' }),
  });
});

interface Verifying {
  readonly kept?: readonly KeptCheckpoint[];
  readonly day?: string;
  readonly from?: string;
  readonly keys?: readonly string[];
}

const verified = async (files: ReadonlyMap<string, Uint8Array>, { kept = [], day, from, keys }: Verifying = {}) => {
  const findings: Finding[] = [];
  const tell = (finding: Finding) => findings.push(finding);
  const trail = trailOf(files);
  const pinned = { thumbprints: new Set(keys ?? [notary.jwk.kid]), keys: [] };
  const outcomes = [];
  for (const found of await listed(trail, tell))
    outcomes.push(await verifyTenant(trail, found, { pinned, kept, day, from, tell }));
  return { findings, outcomes, outcome: outcomes[0]! };
};

const textOf = (files: Files, name: string): string => Buffer.from(files.get(name) ?? []).toString();
const keptAt = (files: Files, size: number): KeptCheckpoint[] => [
  { file: 'kept.jws', jws: textOf(files, checkpointName(tenant, size)) },
];

describe('what is listed and cannot be read', () => {
  it('is a finding, also where nothing signed names the file', async () => {
    for (const files of [pulled, whole])
      for (const name of [...files.keys()].filter((one) => one !== keyName(tenant, notary.jwk.kid))) {
        const trail = { ...trailOf(files), get: async (one: string) => (one === name ? undefined : files.get(one)) };
        const findings: Finding[] = [];
        const tell = (finding: Finding) => findings.push(finding);
        const pinned = { thumbprints: new Set([notary.jwk.kid]), keys: [] };
        for (const found of await listed(trail, tell)) await verifyTenant(trail, found, { pinned, kept: [], tell });
        expect([name, findings.length > 0]).toEqual([name, true]);
      }
  });
});

it('has no limit of days, because whoever makes files can make very many', () => {
  const day = { parts: [], manifest: true, signature: true };
  const days = new Map(Array.from({ length: 200_000 }, (_, i) => [String(i), day]));
  expect(lastSequence({ tenant, days, checkpoints: [], keys: [], files: 0 })).toBe(0);
});

describe('what is whole', () => {
  it('has no findings, and says how far signatures reach', async () => {
    const { findings, outcome } = await verified(whole);
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({
      tenant,
      findings: 0,
      files: whole.size,
      events: 11,
      last: 11,
      covered: 11,
      coveredDay: '2026-11-04',
      manifestDay: '2026-11-03',
      newest: { size: 11 },
      unchecked: [expect.stringContaining('--against')],
    });
  });

  it('has none when it was pulled, and says what that leaves unchecked', async () => {
    const { findings, outcome } = await verified(pulled);
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ covered: 11, events: 11 });
    expect(outcome.manifestDay).toBeUndefined();
    expect(outcome.unchecked.join()).toMatch(/no manifests.*once its first day has ended/);
  });

  it('begins with any checkpoint that was kept, also within a segment', async () => {
    for (const size of [3, 5, 9, 11])
      expect((await verified(whole, { kept: keptAt(whole, size) })).findings).toEqual([]);
    const { findings, outcome } = await verified(longer, { kept: keptAt(whole, 11) });
    expect(findings).toEqual([]);
    expect(outcome.unchecked).toEqual([]);
  });

  it('is verified a day at a time', async () => {
    for (const [day, events] of [
      ['2026-11-01', 5],
      ['2026-11-02', 0],
      ['2026-11-03', 4],
    ] as const) {
      const { findings, outcome } = await verified(whole, { day });
      expect(findings).toEqual([]);
      expect(outcome).toMatchObject({ events, manifestDay: day });
    }
    expect((await verified(whole, { day: '2026-11-04' })).findings).toMatchObject([{ code: 'manifest-missing' }]);
  });
});

/** A copy with some files changed: a value of undefined removes one. */
const changed = (files: Files, by: Readonly<Record<string, Uint8Array | string | undefined>>): Files => {
  const copy = new Map(files);
  for (const [name, bytes] of Object.entries(by))
    if (bytes === undefined) copy.delete(name);
    else copy.set(name, Buffer.from(bytes as string));
  return copy;
};

const part = (day: number, first: number, last: number): string => partName(tenant, `2026-11-0${day}`, first, last);
const manifest = (day: number): string => manifestName(tenant, `2026-11-0${day}`);
const signature = (day: number): string => signatureName(tenant, `2026-11-0${day}`);

const linesIn = (files: Files, name: string): string[] =>
  gunzipSync(files.get(name) as Uint8Array)
    .toString()
    .split('\n')
    .slice(0, -1);
const packed = (lines: readonly string[]): Uint8Array => gzipSync(lines.map((line) => `${line}\n`).join(''));
const relined = (files: Files, name: string, change: (lines: string[]) => readonly string[]): Files =>
  changed(files, { [name]: packed(change(linesIn(files, name))) });
const manifestIn = (files: Files, day: number): Manifest => JSON.parse(textOf(files, manifest(day)));

/** The files after somebody has changed lines, and has put every hash right that they could without the key. */
const covered = (files: Files, day: number, name: string, change: (lines: string[]) => readonly string[]): Files => {
  const lines = change(linesIn(files, name));
  const bytes = packed(lines);
  const was = manifestIn(files, day);
  const parts = was.parts.map((one) =>
    one.name !== name
      ? one
      : {
          ...one,
          sha256: fileHash(bytes),
          bytes: bytes.length,
          segment: { ...one.segment, lines: linesHash(lines) },
        },
  );
  return changed(files, { [name]: bytes, [manifest(day)]: manifestBytes({ ...was, parts }) });
};

interface Tampering {
  readonly title: string;
  readonly files: () => Files | Promise<Files>;
  /** All findings, in order. */
  readonly expected: readonly (Partial<Finding> & { readonly code: Finding['code'] })[];
  readonly options?: () => Verifying;
}

const swapped = (files: Files, one: string, two: string): Files =>
  changed(files, { [one]: files.get(two), [two]: files.get(one) });

const forged = async (day: number, change: (manifest: Manifest) => Manifest): Promise<Files> => {
  const bytes = manifestBytes(change(manifestIn(whole, day)));
  return changed(whole, { [manifest(day)]: bytes, [signature(day)]: await signedManifest(stranger, bytes) });
};

const p13 = part(1, 1, 3);
const p45 = part(1, 4, 5);
const p69 = part(3, 6, 9);

const tamperings: readonly Tampering[] = [
  {
    title: 'a line is removed',
    files: () => relined(whole, p13, ([a = '', , c = '']) => [a, c]),
    expected: [
      { code: 'file-hash', file: p13 },
      { code: 'sequence', file: p13, line: 2, sequence: 3, expected: 2, found: 3 },
      { code: 'sequence', file: p13, expected: 3, found: 2 },
    ],
  },
  {
    title: 'a line is removed from a pulled file',
    files: () => relined(pulled, p13, ([a = '', , c = '']) => [a, c]),
    expected: [
      { code: 'sequence', file: p13, line: 2, sequence: 3 },
      { code: 'sequence', file: p13 },
    ],
  },
  {
    title: 'a word of a line is changed, and the file packed again',
    files: () => relined(whole, p69, (lines) => lines.map((line) => line.replace('"u2"', '"u9"'))),
    expected: [
      { code: 'file-hash', file: p69 },
      { code: 'lines-hash', file: p69, sequence: 6 },
    ],
  },
  {
    title: 'a word of a line is changed in a pulled file',
    files: () => relined(pulled, p69, (lines) => lines.map((line) => line.replace('"u2"', '"u9"'))),
    expected: [{ code: 'root', file: checkpointName(tenant, 9), sequence: 9 }],
  },
  {
    title: 'a line is written in another order of members',
    files: () => relined(whole, p13, ([a = '', b = '', c = '']) => [a, JSON.stringify({ z: 1, ...JSON.parse(b) }), c]),
    expected: [
      { code: 'file-hash', file: p13 },
      { code: 'line', file: p13, line: 2, sequence: 2 },
    ],
  },
  {
    title: 'a file is removed',
    files: () => changed(whole, { [p45]: undefined }),
    expected: [{ code: 'file-missing', file: p45, sequence: 4 }],
  },
  {
    title: 'a file is removed from a pulled folder',
    files: () => changed(pulled, { [p45]: undefined }),
    expected: [{ code: 'sequence', file: p69, sequence: 4, expected: 4, found: 6 }],
  },
  {
    title: 'two files are swapped',
    files: () => swapped(whole, p13, p45),
    expected: [
      { code: 'file-hash', file: p13 },
      { code: 'sequence', file: p13, line: 1, expected: 1, found: 4 },
      { code: 'sequence', file: p13, expected: 3, found: 2 },
      { code: 'file-hash', file: p45 },
      { code: 'sequence', file: p45, line: 1, expected: 4, found: 1 },
      { code: 'sequence', file: p45, expected: 2, found: 3 },
    ],
  },
  {
    title: 'the tail of a file is cut off',
    files: () => changed(whole, { [p69]: whole.get(p69)?.subarray(0, 60) }),
    expected: [
      { code: 'file-hash', file: p69 },
      { code: 'file-packed', file: p69 },
    ],
  },
  {
    title: 'something follows the end of a file',
    files: () => changed(pulled, { [p69]: Buffer.concat([pulled.get(p69) as Uint8Array, Buffer.from('more')]) }),
    expected: [{ code: 'file-packed', file: p69 }],
  },
  {
    title: 'zeros follow the end of a file, over which Node passes',
    files: () => changed(pulled, { [p69]: Buffer.concat([pulled.get(p69) as Uint8Array, Buffer.alloc(3)]) }),
    expected: [{ code: 'file-packed', file: p69, message: 'The file has 3 bytes behind its end.' }],
  },
  {
    title: 'the last file is removed, and its checkpoint stays',
    files: () => changed(whole, { [part(4, 10, 11)]: undefined }),
    expected: [{ code: 'truncated', file: checkpointName(tenant, 11), sequence: 10, expected: 11, found: 9 }],
  },
  {
    title: 'the tail is removed with its checkpoint, and an older checkpoint was kept',
    files: () => changed(whole, { [part(4, 10, 11)]: undefined, [checkpointName(tenant, 11)]: undefined }),
    options: () => ({ kept: keptAt(whole, 11) }),
    expected: [{ code: 'replayed', file: 'kept.jws', expected: 11, found: 9 }],
  },
  {
    title: 'an older state is put in the place of a newer one',
    files: () => whole,
    options: () => ({ kept: keptAt(longer, 16) }),
    expected: [{ code: 'replayed', file: 'kept.jws', sequence: 12, expected: 16, found: 11 }],
  },
  {
    title: 'history is written anew by who has the key',
    files: () => rewritten,
    options: () => ({ kept: keptAt(whole, 5) }),
    expected: [{ code: 'fork', file: 'kept.jws', sequence: 5 }],
  },
  {
    title: 'a manifest is signed by another key',
    files: () => forged(3, (was) => ({ ...was, at: '2026-11-05T00:00:00.000Z' })),
    expected: [{ code: 'key', file: manifest(3) }],
  },
  {
    title: 'a manifest is signed by another key, which lies beside it',
    files: async () => {
      const files = await forged(3, (was) => ({ ...was, at: '2026-11-05T00:00:00.000Z' }));
      return changed(files, { [keyName(tenant, stranger.jwk.kid)]: canonical(stranger.jwk) });
    },
    expected: [{ code: 'key', file: manifest(3) }],
  },
  {
    title: 'a manifest is signed by another key under the name of the right one',
    files: async () => {
      const bytes = manifestBytes({ ...manifestIn(whole, 3), at: '2026-11-05T00:00:00.000Z' });
      const impostor = { key: async () => ({ ...(await stranger.key()), jwk: notary.jwk }) };
      return changed(whole, { [manifest(3)]: bytes, [signature(3)]: await signedManifest(impostor, bytes) });
    },
    expected: [{ code: 'signature', file: manifest(3) }],
  },
  {
    title: 'a checkpoint is signed by another key',
    files: async () => {
      const name = checkpointName(tenant, 9);
      const word = JSON.parse(Buffer.from(textOf(whole, name).split('.')[1] ?? '', 'base64url').toString());
      return changed(whole, { [name]: await signedCheckpoint(stranger, word) });
    },
    expected: [{ code: 'key', file: checkpointName(tenant, 9) }],
  },
  {
    title: 'a key is replaced by another one in its file',
    files: () => changed(whole, { [keyName(tenant, notary.jwk.kid)]: canonical(stranger.jwk) }),
    expected: [{ code: 'key-file', file: keyName(tenant, notary.jwk.kid) }, { code: 'key-missing' }],
  },
  {
    title: 'lines are in another order, and every hash is put right',
    files: () => covered(whole, 1, p13, ([a = '', b = '', c = '']) => [b, a, c]),
    expected: [
      { code: 'signature', file: manifest(1) },
      { code: 'sequence', file: p13, line: 1, expected: 1, found: 2 },
      { code: 'sequence', file: p13, line: 2, expected: 3, found: 1 },
      { code: 'sequence', file: p13, line: 3, expected: 2, found: 3 },
    ],
  },
  {
    title: 'a line stands twice, and every hash is put right',
    files: () => covered(whole, 1, p45, ([a = '', b = '']) => [a, a, b]),
    expected: [
      { code: 'signature', file: manifest(1) },
      { code: 'sequence', file: p45, line: 2, expected: 5, found: 4 },
      { code: 'sequence', file: p45, expected: 2, found: 3 },
    ],
  },
  {
    title: 'a word is changed, and every hash is put right',
    files: () => covered(whole, 1, p45, ([a = '', b = '']) => [a.replace('"u4"', '"u9"'), b]),
    expected: [
      { code: 'signature', file: manifest(1) },
      { code: 'root', file: checkpointName(tenant, 5), sequence: 5 },
    ],
  },
  {
    title: "another tenant's part stands under our name",
    files: () => changed(whole, { [p45]: other.get(partName('office', '2026-11-01', 4, 5)) }),
    expected: [
      { code: 'file-hash', file: p45 },
      { code: 'tenant', file: p45, line: 1, sequence: 4, expected: tenant, found: 'office' },
      { code: 'tenant', file: p45, line: 2, sequence: 5 },
    ],
  },
  {
    title: "another tenant's checkpoint stands under our name",
    files: () => changed(whole, { [checkpointName(tenant, 5)]: other.get(checkpointName('office', 5)) }),
    expected: [{ code: 'tenant', file: checkpointName(tenant, 5), expected: tenant, found: 'office' }],
  },
  {
    title: "another tenant's manifest stands under our name",
    files: () =>
      changed(whole, {
        [manifest(3)]: other.get(manifestName('office', '2026-11-03')),
        [signature(3)]: other.get(signatureName('office', '2026-11-03')),
      }),
    expected: [{ code: 'tenant', file: manifest(3) }],
  },
  {
    title: 'the manifest of another day stands under the name of a day',
    files: () => changed(whole, { [manifest(2)]: whole.get(manifest(1)), [signature(2)]: whole.get(signature(1)) }),
    expected: [{ code: 'manifest', file: manifest(2), expected: '2026-11-02', found: '2026-11-01' }],
  },
  {
    title: 'a checkpoint of another size stands under the name of one',
    files: () => changed(whole, { [checkpointName(tenant, 5)]: whole.get(checkpointName(tenant, 3)) }),
    expected: [{ code: 'checkpoint', file: checkpointName(tenant, 5), expected: 5, found: 3 }],
  },
  {
    title: 'an empty day is removed',
    files: () => changed(whole, { [manifest(2)]: undefined, [signature(2)]: undefined }),
    expected: [{ code: 'manifest-missing', file: manifest(2) }],
  },
  {
    title: 'the manifest of the first day is removed',
    files: () => changed(whole, { [manifest(1)]: undefined, [signature(1)]: undefined }),
    expected: [{ code: 'manifest-missing', file: manifest(1) }],
  },
  {
    title: 'a manifest is removed, and its signature stays',
    files: () => changed(whole, { [manifest(3)]: undefined }),
    expected: [{ code: 'manifest-missing', file: manifest(3) }],
  },
  {
    title: 'the signature of a manifest is removed',
    files: () => changed(whole, { [signature(3)]: undefined }),
    expected: [{ code: 'signature-missing', file: signature(3) }],
  },
  {
    title: 'a whole day is replaced by another that was signed as well',
    files: async () => {
      const bytes = manifestBytes({ ...manifestIn(whole, 2), at: '2026-11-09T00:00:00.000Z' });
      return changed(whole, { [manifest(2)]: bytes, [signature(2)]: await signedManifest(notary, bytes) });
    },
    expected: [{ code: 'manifest-chain', file: manifest(3) }],
  },
  {
    title: 'a part is added to a day that has ended',
    files: () => changed(whole, { [part(3, 10, 10)]: packed(['{}']) }),
    expected: [{ code: 'file-unexpected', file: part(3, 10, 10), sequence: 10 }],
  },
  {
    title: 'a part with events that are there already is added',
    files: () => changed(pulled, { [part(4, 8, 9)]: pulled.get(p69) }),
    expected: [{ code: 'sequence', file: part(4, 8, 9), expected: 10, found: 8 }],
  },
  {
    title: 'a file of another name is added',
    files: () => changed(whole, { [`tenant=${tenant}/notes.txt`]: 'hello' }),
    expected: [{ code: 'unknown-file', file: `tenant=${tenant}/notes.txt` }],
  },
  {
    title: 'everything that is signed is removed',
    files: () => new Map([...pulled].filter(([name]) => !name.endsWith('.jws'))),
    expected: [{ code: 'unsigned' }],
  },
];

describe('what was tampered with', () => {
  it.each(tamperings)('is found: $title', async ({ files, expected, options }) => {
    const { findings } = await verified(await files(), options?.());
    expect(findings).toMatchObject(expected);
    // Each names a file, and none says more than a terminal shows.
    for (const { file, message } of findings) {
      expect(file).toBeTruthy();
      expect(message.length).toBeLessThan(260);
    }
  });

  it('is not found where nothing can be: a tail that was cut off with all that speaks of it', async () => {
    const cut = changed(whole, { [part(4, 10, 11)]: undefined, [checkpointName(tenant, 11)]: undefined });
    const { findings, outcome } = await verified(cut);
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ covered: 9, newest: { size: 9 } });
    expect(outcome.unchecked.join()).toContain('cut off');
  });

  it('is not vouched for where no signature reaches: a part behind the newest checkpoint', async () => {
    const { findings, outcome } = await verified(changed(whole, { [checkpointName(tenant, 11)]: undefined }));
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ last: 11, covered: 9 });
    expect(outcome.unchecked.join()).toContain('sequence 10 to 11');
  });
});

describe('a trail whose beginning is gone', () => {
  /** What is left from the third day on, whose first sequence is 6, of the export and of others like it. */
  const left = (files: Files): Files =>
    new Map(
      [...files].filter(([name]) => {
        const [, day = '', size = ''] = /(?:dt=([\d-]+)|checkpoint-(\d+))/.exec(name) ?? [];
        return name.includes('/keys-') || day >= '2026-11-03' || Number(size) >= 6;
      }),
    );
  const from = '2026-11-03';

  it('is verified from a day on, and says how far that reaches', async () => {
    const { findings, outcome } = await verified(left(whole), { from });
    expect(findings).toEqual([]);
    expect(outcome).toMatchObject({ events: 6, last: 11, covered: 9, coveredDay: from, manifestDay: from });
    expect(outcome.unchecked.join()).toMatch(/Only the days from 2026-11-03 on/);
    // The same when the files before are there, and when nothing is gone.
    expect((await verified(whole, { from })).findings).toEqual([]);
    expect((await verified(whole, { from: '2026-11-01' })).findings).toEqual([]);
    expect((await verified(left(whole), { day: from })).findings).toEqual([]);
    // Without the option, it is told of it.
    expect((await verified(left(whole))).findings.map(({ message }) => message).join()).toContain(
      '--from 2026-11-03 verifies the rest',
    );
  });

  it('begins with the history of a kept checkpoint for whose size something is signed', async () => {
    for (const size of [9, 11]) {
      expect((await verified(left(whole), { from, kept: keptAt(whole, size) })).findings).toEqual([]);
      expect((await verified(left(rewritten), { from, kept: keptAt(whole, size) })).findings).toMatchObject([
        { code: 'fork', file: 'kept.jws' },
      ]);
    }
    const { findings, outcome } = await verified(left(whole), { from, kept: keptAt(whole, 3) });
    expect(findings).toEqual([]);
    expect(outcome.unchecked.join()).toContain('no file from that day on is signed for its size');
    expect((await verified(left(whole), { from, kept: keptAt(longer, 16) })).findings).toMatchObject([
      { code: 'replayed' },
    ]);
  });

  it('shows what is wrong from that day on', async () => {
    const codes = async (change: (files: Files) => void) => {
      const files = left(whole);
      change(files);
      return (await verified(files, { from })).findings.map(({ code }) => code);
    };
    const lastPart = part(4, 10, 11);
    expect(await codes((files) => files.delete(manifest(3)))).toContain('manifest-missing');
    expect(await codes((files) => files.delete(part(3, 6, 9)))).toContain('file-missing');
    expect(await codes((files) => files.set(part(3, 6, 9), rewritten.get(part(3, 6, 9))!))).toContain('file-hash');
    expect(await codes((files) => files.set(manifest(3), rewritten.get(manifest(3))!))).toContain('signature');
    expect(await codes((files) => files.delete(lastPart))).toContain('truncated');
    expect(await codes((files) => files.set(lastPart, gzipSync('{}\n')))).toContain('line');
    // The day before, whose manifest another history had, is what the first manifest must follow.
    const before = await verified(new Map([...whole, [manifest(2), rewritten.get(manifest(2))!]]), { from });
    expect(before.findings.map(({ code }) => code)).toContain('manifest-chain');
  });
});

it('every kind of finding has a tampering', () => {
  const kinds = new Set(tamperings.flatMap(({ expected }) => expected.map(({ code }) => code)));
  expect(Object.keys(findingCodes).filter((code) => !kinds.has(code as Finding['code']))).toEqual(['segment']);
});

describe('single bits', () => {
  // HOLDFAST_FLIPS=10000 flips every bit of the small exports, and so many of the large one: minutes. Without it, a bit of
  // each byte is flipped, now the lowest, now another.
  const flips = Number(process.env.HOLDFAST_FLIPS ?? 0);
  const bitsOf = ({ length }: Uint8Array): number[] =>
    flips > 0
      ? Array.from({ length: length * 8 }, (_, bit) => bit)
      : Array.from({ length }, (_, byte) => byte * 8 + (byte % 8));
  /** A copy of the bytes in which one bit is another. */
  const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return copy;
  };
  /** The first finding. The verification ends with it, so that thousands take seconds. */
  const firstFinding = async (files: Files): Promise<Finding | undefined> => {
    const found: Finding[] = [];
    const tell = (finding: Finding): never => {
      found.push(finding);
      throw found;
    };
    const pinned = { thumbprints: new Set([notary.jwk.kid]), keys: [] };
    try {
      for (const one of await listed(trailOf(files), tell))
        await verifyTenant(trailOf(files), one, { pinned, kept: [], tell });
    } catch (error) {
      if (error !== found) throw error;
    }
    return found[0];
  };
  const names = (of: Making) => madeExport(of).then((files) => ({ files, all: [...files.keys()] }));

  it('of an export are found, in every byte of every file', async () => {
    const { files, all } = await names({ notary, days: [[2]] });
    const missed: string[] = [];
    for (const name of all) {
      const bytes = files.get(name) as Uint8Array;
      for (const bit of bitsOf(bytes)) {
        const finding = await firstFinding(new Map(files).set(name, flipped(bytes, bit)));
        // What is wrong with a signature is told of what it lies beside.
        const places = [name, name.replace('.jws', '.json')];
        if (!places.includes(finding?.file ?? '')) missed.push(`${name} ${bit}: ${finding?.message}`);
      }
    }
    expect(missed).toEqual([]);
  });

  it('of a pulled part are found, or change no line', async () => {
    const { files } = await names({ notary, days: [[2]], manifests: false });
    const name = part(1, 1, 2);
    const bytes = files.get(name) as Uint8Array;
    let found = 0;
    for (const bit of bitsOf(bytes)) {
      const other = new Map(files).set(name, flipped(bytes, bit));
      if (await firstFinding(other)) found += 1;
      else expect(linesIn(other, name)).toEqual(linesIn(files, name));
    }
    expect(found).toBeGreaterThan(bitsOf(bytes).length * 0.8);
  });

  it('of a large export are found, wherever they are', async () => {
    const days = Array.from({ length: 10 }, (_, day) => (day % 4 === 3 ? [] : [40, 60]));
    const { files, all } = await names({ notary, days, open: 1 });
    const bytesOf = seededBytes(12);
    const below = (n: number): number => Buffer.from(bytesOf(4)).readUInt32LE() % n;
    for (let n = flips || 40; n > 0; n -= 1) {
      const name = all[below(all.length)] as string;
      const bytes = files.get(name) as Uint8Array;
      const bit = below(bytes.length * 8);
      const other = new Map(files).set(name, flipped(bytes, bit));
      const finding = await firstFinding(other);
      // The parts of the open day have no manifest yet.
      if (finding === undefined)
        expect([dirname(name), linesIn(other, name)]).toEqual([dirname(all.at(-2) as string), linesIn(files, name)]);
    }
  });
});
