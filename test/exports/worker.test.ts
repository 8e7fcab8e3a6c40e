// The worker of exports: which failures come again, and which only tell somebody.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { handler } from '../../functions/work/export.ts';
import { setExporter } from '../../functions/work/exporter.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { sealOnly } from '../../shared/store/exported.ts';
import { keys, operatorsRoom } from '../../shared/store/keys.ts';
import { sealStateOf } from '../../shared/store/seal-state.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { SleepingClock } from '../support/wrapped.ts';
import { MemoryExports } from './memory.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

let h: Harness;
let t: Tenant;
let exports: MemoryExports;
let clock: SleepingClock;
const timeNow = () => new Date(clock.time).toISOString();
beforeEach(async () => {
  clock = new SleepingClock();
  h = new Harness(client, table, { clock });
  t = await h.tenant();
  clock.time += 60_000;
  exports = new MemoryExports();
  const notary = localNotary(h.store.db, newNotaryKey());
  setExporter({ notary, margin: 1_000, storeOf: async () => exports });
});

const deliver = (work: object) => {
  const body = JSON.stringify({ tenant: t.id, kind: 'export', id: 'pass', ...work });
  return handler({ Records: [{ messageId: 'm', receiptHandle: 'r', body }] });
};
const done = { batchItemFailures: [] };
const logged = (message: string) => h.logs.filter((line) => line.message === message).map(({ fields }) => fields);

describe('a message', () => {
  it('has a tenant, or the operators, exported', async () => {
    expect(await deliver({})).toEqual(done);
    expect(await deliver({ tenant: operatorsRoom })).toEqual(done);
    expect(logged('work')).toMatchObject([
      { tenant: t.id, sealed: 1, exported: 1, more: false },
      { tenant: operatorsRoom, more: false },
    ]);
    expect([...exports.files.keys()].some((name) => name.startsWith(`tenant=${t.id}/`))).toBe(true);
    expect(h.work).toEqual([]);
  });

  it('that asks for sealing alone writes no file', async () => {
    expect(await deliver({ id: sealOnly })).toEqual(done);
    expect(await sealStateOf(h.store.db, t.id)).toMatchObject({ size: 1, exported: 0 });
    expect(exports.calls).toEqual([]);
  });

  it('of another kind is dropped', async () => {
    expect(await deliver({ kind: 'sweep' })).toEqual(done);
    expect(logged('work-not-understood').length).toBe(1);
  });
});

describe('a failure', () => {
  it('of our own store comes again', async () => {
    exports.around = () => Promise.reject(new Error('the bucket is away'));
    expect(await deliver({})).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
    expect(logged('work-failed')).toMatchObject([{ tenant: t.id, ExportFailed: 1 }]);
  });

  it("of a tenant's own bucket waits for the next firing, and the events are sealed", async () => {
    const roleArn = 'arn:aws:iam::123456789012:role/HoldfastAudit';
    const destination = { bucket: 'theirs', region: 'eu-central-1', roleArn };
    const settings = { rev: 1, retentionDays: null, legalHold: false, destination };
    await h.store.db.put({ ...keys.auditSettings(t.id), ...settings });
    const stateNow = async () => (await t.ok('getAuditSettings')).body.destinationState;
    expect(await stateNow()).toEqual({});
    const denied = () => Promise.reject(Object.assign(new Error('access denied'), { name: 'AccessDenied' }));
    exports.around = denied;
    const since = timeNow();
    expect(await deliver({})).toEqual(done);
    expect(await stateNow()).toEqual({ failure: { code: 'AccessDenied', since, at: since } });
    expect(logged('export-destination-failed')).toMatchObject([
      { tenant: t.id, DestinationFailed: 1, error: { message: 'access denied' } },
    ]);
    expect(await sealStateOf(h.store.db, t.id)).toMatchObject({ size: 1, exported: 0 });
    clock.time += 3_600_000;
    expect(await deliver({})).toEqual(done);
    expect(await stateNow()).toEqual({ failure: { code: 'AccessDenied', since, at: timeNow() } });
    exports.around = (_, go) => go();
    expect(await deliver({})).toEqual(done);
    const succeededAt = timeNow();
    expect(await stateNow()).toEqual({ succeededAt });
    // A pass with nothing to write has not tried the bucket.
    clock.time += 1_000;
    await deliver({});
    expect(await stateNow()).toEqual({ succeededAt });
    // It fails again: since now, and the last success stays known.
    exports.around = denied;
    await t.role('Another');
    clock.time += 60_000;
    await deliver({});
    const failure = { code: 'AccessDenied', since: timeNow(), at: timeNow() };
    expect(await stateNow()).toEqual({ succeededAt, failure });
    // Nothing of this is known of another bucket.
    const other = { ...destination, bucket: 'another' };
    await t.ok('putAuditSettings', {
      headers: { 'if-match': '*' },
      body: { retentionDays: null, legalHold: false, destination: other },
    });
    expect(await stateNow()).toEqual({});
  });

  it('because another file stands there tells somebody, with the name of the file', async () => {
    exports.around = async ({ kind, name }, go) => {
      if (kind === 'put' && name.includes('/part-')) exports.files.set(name, gzipSync('{}\n'));
      return go();
    };
    expect(await deliver({})).toEqual(done);
    const [line] = logged('export-differs');
    expect(line).toMatchObject({ tenant: t.id, ExportDiffers: 1 });
    expect(JSON.stringify(line)).toContain('part-000000000001-000000000001.ndjson.gz has other lines');
  });
});
