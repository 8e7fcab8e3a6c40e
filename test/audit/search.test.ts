// Search in exported files: every filter, held to a plain filter over all events; and what is not read.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exits } from '../../clients/audit/exits.ts';
import { eventLine, type SealedEvent, sealingForm } from '../../shared/audit/line.ts';
import { partName } from '../../shared/audit/names.ts';
import { called } from './called.ts';
import { type Files, madeExport, testNotary } from './made.ts';

const id = (n: number): string => `e${String(n).padStart(20, '0')}`;
const actions = ['role.created', 'role.deleted', 'user.created'];

/** Events of every kind: refused ones, counted ones, of runs, of traces, of changes of several events. */
const line = (tenant: string, sequence: number, at: string): string =>
  eventLine(sealingForm, tenant, sequence, {
    id: id(sequence),
    at,
    ...(sequence % 5 === 0 && { last: new Date(Date.parse(at) + 60_000).toISOString(), count: 3 }),
    action: actions[sequence % 3] as string,
    target: `r${sequence % 4}`,
    actor: sequence % 7 === 0 ? { kind: 'service' } : { kind: 'user', id: `u${sequence % 3}` },
    outcome: sequence % 5 === 0 ? 'refused' : 'done',
    ...(sequence % 5 === 0 && { code: 'forbidden' }),
    requestId: `q${Math.floor(sequence / 2)}`,
    ...(sequence % 6 === 0 && { traceId: 'trace-1' }),
    ...(sequence % 8 === 0 && { run: 'n1' }),
    ...(sequence % 9 === 0 && { late: true }),
    difference: { after: { members: [`m${sequence % 5}`], note: 'r99 is no id here' } },
  });

let folder: string;
let files: Files;
let all: { readonly line: string; readonly event: SealedEvent }[];
const partOf = (name: string): string[] =>
  gunzipSync(files.get(name) as Uint8Array)
    .toString()
    .trimEnd()
    .split('\n');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-search-'));
  files = await madeExport({ notary: testNotary(), days: [[5, 4], [], [6], [5], [4]], open: 1, line });
  for (const [name, bytes] of files) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const names = [...files.keys()].filter((name) => name.endsWith('.gz')).sort();
  all = names.flatMap(partOf).map((one) => ({ line: one, event: JSON.parse(one) }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const found = async (...words: string[]): Promise<string[]> => {
  const { code, out } = await called(['search', folder, ...words]);
  expect(code).toBe(exits.done);
  return out.split('\n').slice(0, -1);
};
const filtered = (isMatch: (event: SealedEvent) => boolean): string[] =>
  all.filter(({ event }) => isMatch(event)).map((one) => one.line);

describe('search finds', () => {
  const cases: readonly (readonly [words: string[], isMatch: (event: SealedEvent) => boolean])[] = [
    [[], () => true],
    [['--actor', 'u1'], ({ actor }) => actor.id === 'u1'],
    [['--target', 'r2'], ({ target }) => target === 'r2'],
    [['--target', 'm3'], ({ sequence }) => sequence % 5 === 3],
    [['--target', 'r99'], () => false],
    [['--action', 'role.created'], ({ action }) => action === 'role.created'],
    [['--action', 'role.*'], ({ action }) => action.startsWith('role.')],
    [['--outcome', 'refused'], ({ outcome }) => outcome === 'refused'],
    [['--correlation', 'q4'], ({ requestId }) => requestId === 'q4'],
    [['--correlation', 'trace-1'], ({ traceId }) => traceId === 'trace-1'],
    [['--correlation', 'n1'], ({ run }) => run === 'n1'],
    [['--correlation', id(9)], ({ requestId }) => requestId === 'q4'],
    [['--from', '2026-11-03'], ({ at }) => at >= '2026-11-03'],
    [['--to', '2026-11-01'], ({ at }) => at < '2026-11-02'],
    [['--from', '2026-11-03', '--to', '2026-11-04'], ({ at }) => at >= '2026-11-03' && at < '2026-11-05'],
    [['--to', '2026-11-01T01:00:00.001Z'], ({ at }) => at <= '2026-11-01T01:00:00.001Z'],
    [['--from', '2026-11-01T02:00:00+01:00'], ({ at }) => at >= '2026-11-01T01:00:00.000Z'],
    [
      ['--actor', 'u2', '--action', 'role.*', '--outcome', 'done', '--from', '2026-11-03'],
      ({ actor, action, outcome, at }) =>
        actor.id === 'u2' && action.startsWith('role.') && outcome === 'done' && at >= '2026-11-03',
    ],
  ];
  it.each(cases)('%j', async (words, isMatch) => {
    expect(await found(...words)).toEqual(filtered(isMatch));
  });
});

it('reads no day that cannot have what is wanted', async () => {
  const other = await mkdtemp(join(tmpdir(), 'holdfast-search-'));
  try {
    // Whatever is read of these days is told as unreadable.
    for (const [name, bytes] of files) {
      await mkdir(join(other, dirname(name)), { recursive: true });
      await writeFile(join(other, name), name.endsWith('.gz') && !name.includes('dt=2026-11-03') ? 'broken' : bytes);
    }
    const only = await called(['search', other, '--from', '2026-11-03', '--to', '2026-11-03T12:00:00Z']);
    // The open day has no manifest, and may have events that came late.
    const open = partName('harbour', '2026-11-05', 21, 24);
    expect(only.err).toBe(`${open} cannot be unpacked as gzip (incorrect header check): its events are left out.\n`);
    expect(only.code).toBe(exits.files);
    expect(only.out.split('\n').slice(0, -1)).toEqual(filtered(({ at }) => at.startsWith('2026-11-03')));
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});

it('writes OCSF for programs, and a table for people', async () => {
  const ocsf = await found('--action', 'user.created', '--format', 'ocsf');
  const wanted = all.filter(({ event }) => event.action === 'user.created');
  expect(ocsf.map((one) => JSON.parse(one).metadata.sequence)).toEqual(wanted.map(({ event }) => event.sequence));
  expect(JSON.parse(ocsf[0] ?? '')).toMatchObject({ class_uid: 3001, metadata: { event_code: 'user.created' } });
  const draft = await found('--action', 'user.created', '--format', 'ocsf-1.9');
  expect(draft.length).toBe(ocsf.length);
  expect(JSON.parse(draft[0] ?? '')).toMatchObject({ class_uid: 3007, metadata: { version: '1.9.0-dev' } });
  const [head, first] = await found('--outcome', 'refused', '--format', 'table');
  expect(head).toMatch(/^at +sequence +action +outcome +actor +target$/);
  expect(first).toMatch(/^2026-11-01T00:01:00\.\d{3}Z +5 +user\.created +refused forbidden x3 +u2 +r1$/);
});

it('refuses words that mean nothing', async () => {
  const ends = async (...words: string[]) => (await called(['search', ...words])).code;
  expect(await ends(folder, '--from', 'yesterday')).toBe(exits.usage);
  expect(await ends(folder, '--to', '2026-13-01')).toBe(exits.usage);
  expect(await ends(folder, '--from', '2026-11-02', '--to', '2026-11-01')).toBe(exits.usage);
  expect(await ends(folder, '--from', '2026-11-02', '--to', '2026-11-02')).toBe(exits.done);
  expect(await ends(folder, '--outcome', 'maybe')).toBe(exits.usage);
  expect(await ends(folder, '--format', 'cef')).toBe(exits.usage);
  expect(await ends(folder, '--format', 'table', '--json')).toBe(exits.usage);
  expect(await ends(folder, '--tenant', 'office')).toBe(exits.files);
  expect(await ends(join(folder, 'none'))).toBe(exits.files);
});

it('leaves out lines that no service writes, and tells of them', async () => {
  const other = await mkdtemp(join(tmpdir(), 'holdfast-search-'));
  try {
    const name = partName('harbour', '2026-11-01', 1, 6);
    const good = all[0]?.line as string;
    const deep = good.replace('"difference":{', `"difference":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)},`);
    const lines = ['null', '{"sequence":1,"tenant":"harbour","v":1}', good.replace('"at":"2', '"at":"x'), deep, good];
    await mkdir(join(other, dirname(name)), { recursive: true });
    await writeFile(join(other, name), gzipSync(`${lines.join('\n')}\n`));
    // What a filter passes over by its text is not parsed.
    for (const [words, faults] of [
      [['--target', 'm1'], 2],
      [['--outcome', 'done'], 1],
      [[], 3],
    ] as const)
      for (const format of ['ndjson', 'table']) {
        const { code, err } = await called(['search', other, ...words, '--format', format]);
        expect([words, code, err.match(/is left out/g)?.length]).toEqual([words, exits.files, faults]);
      }
  } finally {
    await rm(other, { recursive: true, force: true });
  }
});
