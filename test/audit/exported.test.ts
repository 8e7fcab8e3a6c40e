// What the service itself exports, verified as an auditor would: by passes on a table, over days, with late events, an
// empty day, another key, and bits that are flipped.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Finding } from '../../clients/audit/verify/findings.ts';
import { listed } from '../../clients/audit/verify/listing.ts';
import { type KeptCheckpoint, verifyTenant } from '../../clients/audit/verify/trail.ts';
import { checkpointName } from '../../shared/audit/names.ts';
import { idsFrom } from '../../shared/domain/base/ids.ts';
import { passOf } from '../../shared/exports/pass.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { eventItem } from '../../shared/store/events.ts';
import { MemoryExports } from '../exports/memory.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { SleepingClock } from '../support/wrapped.ts';
import { trailOf } from './made.ts';

vi.setConfig(longSuite);

const margin = 60_000;
const day = 24 * 3_600_000;
const ids = idsFrom(randomBytes);
const exports = new MemoryExports();
const kids: string[] = [];
let t: Tenant;
let close: () => Promise<void>;

beforeAll(async () => {
  const { engine, client, table } = await bootEngine();
  close = () => engine.close();
  const clock = new SleepingClock(Date.UTC(2026, 2, 1, 12));
  const h = new Harness(client, table, { clock });
  const { db } = h.store;
  t = await h.tenant();
  const happen = async (count: number, at = clock.time): Promise<void> => {
    const actor = { kind: 'person', id: 'u1' } as const;
    for (let i = 0; i < count; i += 1) {
      const about = { action: 'role.updated', target: 'r1', actor, requestId: 'q', told: { i } } as const;
      await db.put(eventItem({ tenant: t.id, id: ids.event(at + i), now: at + i, ...about }));
    }
  };
  // The key is replaced on the way.
  const notaries = [localNotary(db, newNotaryKey()), localNotary(db, newNotaryKey())] as const;
  for (const notary of notaries) kids.push((await notary.key()).jwk.kid);
  const settle = async (notary = notaries[0]) => {
    for (let more = true; more; ) ({ more } = await passOf({ db, notary, margin, storeOf: async () => exports }, t.id));
  };
  await happen(5);
  clock.time += 2 * margin;
  await settle();
  // Behind the seal.
  await happen(1, clock.time - 2 * margin - 10);
  await happen(4);
  clock.time += 2 * margin;
  await settle();
  clock.time += 2 * day;
  await happen(3);
  clock.time += 2 * margin;
  await settle(notaries[1]);
  clock.time += day;
  await settle(notaries[1]);
  await happen(2);
  clock.time += 2 * margin;
  await settle(notaries[1]);
});
afterAll(() => close());

const verified = async (files: ReadonlyMap<string, Uint8Array>, kept: readonly KeptCheckpoint[] = [], keys = kids) => {
  const findings: Finding[] = [];
  const tell = (finding: Finding) => findings.push(finding);
  const pinned = { thumbprints: new Set(keys), keys: [] };
  const [files0] = await listed(trailOf(files), tell);
  const outcome = await verifyTenant(trailOf(files), files0!, { pinned, kept, tell });
  return { findings, outcome };
};

it('is whole, through an empty day and a new key, and begins with each of its checkpoints', async () => {
  const { files } = exports;
  const { findings, outcome } = await verified(files);
  expect(findings).toEqual([]);
  expect(outcome).toMatchObject({ events: 16, last: 16, covered: 16, manifestDay: '2026-03-03' });
  const kept = [...files.keys()]
    .filter((name) => name.includes('checkpoint-'))
    .map((file) => ({ file, jws: Buffer.from(files.get(file) as Uint8Array).toString() }));
  expect(kept.length).toBeGreaterThan(2);
  expect((await verified(files, kept)).findings).toEqual([]);
  // Who has not heard of the new key is told, once.
  expect((await verified(files, [], kids.slice(0, 1))).findings).toMatchObject([{ code: 'key' }]);
});

it('tells an older state of it by a checkpoint that was kept', async () => {
  const { files } = exports;
  const newest = checkpointName(t.id, 16);
  const kept = [{ file: 'kept', jws: Buffer.from(files.get(newest) as Uint8Array).toString() }];
  const older = new Map([...files].filter(([name]) => name !== newest && !name.includes('dt=2026-03-04')));
  expect((await verified(older)).findings).toEqual([]);
  expect((await verified(older, kept)).findings).toMatchObject([{ code: 'replayed', expected: 16, found: 14 }]);
});

it('shows a bit that was flipped, in every file', async () => {
  const { files } = exports;
  for (const [name, bytes] of files) {
    const other = Uint8Array.from(bytes);
    other[Math.floor(bytes.length / 2)]! ^= 4;
    const { findings } = await verified(new Map(files).set(name, other));
    expect([name, findings.length > 0]).toEqual([name, true]);
  }
});
