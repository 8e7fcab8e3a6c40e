// The hash of a segment, and the names of exported files.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkpointName,
  dayPrefix,
  dayStart,
  type ExportedFile,
  exportedFile,
  keyName,
  manifestName,
  nextDay,
  partName,
  signatureName,
  utcDay,
} from '../../shared/audit/names.ts';
import { hashedSegment, linesHash, noSegment, segmentHash } from '../../shared/audit/segment.ts';

const tenant = 't0123456789ab';
const sha = (text: string) => createHash('sha256').update(text).digest('hex');

describe('a segment', () => {
  const content = {
    form: 1,
    first: 6,
    last: 9,
    day: '2026-03-01',
    from: '2026-03-01T00:00:00.000Z',
    to: '2026-03-01T10:00:00.000Z',
    at: '2026-03-01T12:00:00.000Z',
    previous: noSegment,
    root: 'a'.repeat(64),
    lines: linesHash(['{"v":1}', '{"v":2}']),
  };

  it('is hashed as anybody can write it down', () => {
    expect(content.lines).toBe(sha('{"v":1}\n{"v":2}\n'));
    const { hash } = hashedSegment(tenant, content);
    const text =
      `{"at":"2026-03-01T12:00:00.000Z","day":"2026-03-01","first":6,"form":1,"from":"2026-03-01T00:00:00.000Z",` +
      `"last":9,"lines":"${content.lines}","previous":"${noSegment}","root":"${content.root}",` +
      `"tenant":"${tenant}","to":"2026-03-01T10:00:00.000Z"}`;
    expect(hash).toBe(sha(text));
    expect(segmentHash(tenant, { ...content, hash })).toBe(hash);
  });

  it('has another hash when any of it is another, or the tenant is', () => {
    const changes = [
      { form: 2 },
      { first: 7 },
      { last: 10 },
      { day: '2026-03-02' },
      { from: content.to },
      { to: content.from },
      { at: content.to },
      { previous: content.root },
      { root: noSegment },
      { lines: noSegment },
    ];
    expect(changes.length).toBe(Object.keys(content).length);
    const hashes = changes.map((change) => segmentHash(tenant, { ...content, ...change }));
    const all = [...hashes, segmentHash(tenant, content), segmentHash('t0123456789ac', content)];
    expect(new Set(all).size).toBe(changes.length + 2);
  });
});

describe('the name of an exported file', () => {
  const day = '2026-03-01';
  const kid = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
  const files: [string, ExportedFile][] = [
    [partName(tenant, day, 1, 4_096), { tenant, kind: 'part', day, first: 1, last: 4_096 }],
    [manifestName(tenant, day), { tenant, kind: 'manifest', day }],
    [signatureName(tenant, day), { tenant, kind: 'signature', day }],
    [checkpointName(tenant, 4_096), { tenant, kind: 'checkpoint', size: 4_096 }],
    [keyName(tenant, kid), { tenant, kind: 'key', kid }],
    [manifestName('operators', day), { tenant: 'operators', kind: 'manifest', day }],
  ];

  it.each(files)('%s says what the file is', (name, file) => {
    expect(exportedFile(name)).toEqual(file);
  });

  it('is as documented', () => {
    expect(files.map(([name]) => name)).toEqual([
      `tenant=${tenant}/dt=2026-03-01/part-000000000001-000000004096.ndjson.gz`,
      `tenant=${tenant}/dt=2026-03-01/manifest.json`,
      `tenant=${tenant}/dt=2026-03-01/manifest.jws`,
      `tenant=${tenant}/checkpoint-000000004096.jws`,
      `tenant=${tenant}/keys-${kid}.json`,
      'tenant=operators/dt=2026-03-01/manifest.json',
    ]);
  });

  it.each([
    '',
    `tenant=${tenant}/`,
    `tenant=${tenant}/dt=2026-02-30/manifest.json`,
    `tenant=${tenant}/dt=2026-13-01/manifest.json`,
    `tenant=${tenant}/dt=2026-03-01/manifest.json.tmp`,
    `tenant=${tenant}/dt=2026-03-01/../manifest.json`,
    `tenant=../dt=2026-03-01/manifest.json`,
    `tenant=${tenant}/dt=2026-03-01/part-1-2.ndjson.gz`,
    `${dayPrefix(tenant, day)}part-000000000001-000000004096.ndjson`,
    `/${manifestName(tenant, day)}`,
    `${manifestName(tenant, day)}\n`,
    `tenant=${tenant}/checkpoint-4096.jws`,
    `tenant=${tenant}/keys-short.json`,
  ])('is none: %j', (name) => {
    expect(exportedFile(name)).toBeUndefined();
  });

  it('goes by days of UTC', () => {
    expect(utcDay(Date.parse('2026-03-01T00:30:00.000+01:00'))).toBe('2026-02-28');
    expect(dayStart('2026-03-01')).toBe(Date.parse('2026-03-01T00:00:00.000Z'));
    expect(['2026-02-28', '2028-02-28', '2026-12-31', '2026-03-28'].map(nextDay)).toEqual([
      '2026-03-01',
      '2028-02-29',
      '2027-01-01',
      '2026-03-29',
    ]);
  });
});
