// Runs in batches: exactly once and in order. Every refusal changes nothing, and what is sent twice happens once.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { batchDigest } from '../../shared/domain/plan/run-protocol.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { systemClock } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { Directory, drain, file, person } from '../support/directory.ts';
import { boot, Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { digestOfAll, ndjson, Protocol, statedGroup, statedUser } from '../support/stated.ts';
import { nameOf, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
/** Milliseconds that have passed besides those of the run. */
let later = 0;
beforeAll(async () => {
  const booted = await boot({ clock: { ...systemClock, now: () => Date.now() + later } });
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());

const fresh = async () => new Protocol(await Directory.of(await harness.tenant()));
const one = ndjson(statedUser('ada', 1));
const two = ndjson(statedUser('bo', 2));
const hour = 3_600_000;

describe('a run in batches', () => {
  it('is applied once it is committed, and moves the cursor then', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    expect(run).toMatchObject({ state: 'open', kind: 'delta', epoch: 'e1', batches: 0 });
    const put = await p.put(run.id, 1, one);
    expect(put.body).toEqual({ number: 1, entries: 1, bytes: one.length, digest: batchDigest(one) });
    await p.putPacked(run.id, 2, two);
    const { body: committed } = await p.commit(run.id, [one, two], 'c1');
    expect(committed).toMatchObject({ state: 'queued', batches: 2, entries: 2, nextCursor: 'c1' });
    expect(await p.sync()).not.toHaveProperty('cursor');
    await drain(harness);
    const done = await p.d.run(run.id);
    expect(done).toMatchObject({ state: 'done', counts: { applied: 2 } });
    // The cursor of the source stands beside the one of the next page, of which there is none.
    expect([done.nextCursor, done.cursor]).toEqual(['c1', undefined]);
    expect(done.items.map(({ batch, line, result }: Record<string, unknown>) => [batch, line, result])).toEqual([
      [1, 1, 'applied'],
      [2, 1, 'applied'],
    ]);
    expect(await p.sync()).toMatchObject({ cursor: 'c1', epoch: 'e1', lastRun: run.id });
    expect(await p.sync()).not.toHaveProperty('openRun');
    expect((await p.d.access(p.d.user(2)))?.state).toBe('active');
    const left = (await harness.items(p.d.tenant.id)).filter(({ SK }) => /^(BODY|BATCH|PLAN)#/.test(String(SK)));
    expect(left).toEqual([]);
  });

  it('takes LDIF as well, whose lines count within their batch', async () => {
    const p = await fresh();
    const [a, b] = [file(person('ada', 1)), file(person('bo', 2), person('cleo', 3))];
    const { body: run } = await p.open();
    await p.put(run.id, 1, a, 'text/ldif');
    await p.put(run.id, 2, b, 'text/ldif');
    await p.d.tenant.ok('commitRun', {
      params: { runId: run.id },
      body: { batches: 2, entries: 3, digest: digestOfAll([a, b]), cursor: 'c1' },
    });
    await drain(harness);
    const { items } = await p.d.run(run.id);
    expect(items.map(({ batch, line }: Record<string, unknown>) => [batch, line])).toEqual([
      [1, 3],
      [2, 3],
      [2, 9],
    ]);
  });

  it('gives the stored answer to a batch that comes again, also after the commit', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    const first = await p.put(run.id, 1, one);
    const before = await harness.facts(p.d.tenant.id);
    expect(await p.put(run.id, 1, one)).toEqual(first);
    expect(await harness.facts(p.d.tenant.id)).toEqual(before);
    const committed = await p.commit(run.id, [one], 'c1');
    expect((await p.put(run.id, 1, one)).body).toEqual(first.body);
    expect((await p.commit(run.id, [one], 'c1')).body).toEqual(committed.body);
    await drain(harness);
    expect((await p.commit(run.id, [one], 'c1')).body).toMatchObject({ id: run.id, state: 'done' });
  });

  it('is committed although the same commit was carried out meanwhile, and its batches are gone', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    await p.put(run.id, 1, one);
    const client = new Wrapped(harness.client);
    let others: string | undefined;
    client.around = async (command, send) => {
      if (others === undefined && nameOf(command) === 'Query' && JSON.stringify(command.input).includes('BATCH#')) {
        others = 'carried out';
        setRuntime(harness.runtime);
        await p.commit(run.id, [one], 'c1');
        await drain(harness);
      }
      return send();
    };
    const late = new Harness(client, harness.table);
    const params = { runId: run.id };
    const body = { batches: 1, entries: 1, digest: digestOfAll([one]), cursor: 'c1' };
    const answer = await late.call('commitRun', { as: p.as, params, body });
    setRuntime(harness.runtime);
    expect(others).toBe('carried out');
    expect([answer.status, answer.body.state]).toEqual([202, 'done']);
  });

  it('is abandoned by its client, and the next one begins', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    await p.put(run.id, 1, one);
    const { body } = await p.abandon(run.id);
    expect(body).toMatchObject({ state: 'abandoned' });
    expect((await p.abandon(run.id)).body).toEqual(body);
    await drain(harness);
    expect((await harness.items(p.d.tenant.id)).filter(({ SK }) => /^BODY#/.test(String(SK)))).toEqual([]);
    expect((await p.open()).status).toBe(201);
  });

  it('counts as abandoned after an hour of silence, and the next one takes its place', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    later += hour - 60_000;
    expect((await p.open()).body).toMatchObject({ code: 'run-active', run: run.id });
    await p.put(run.id, 1, one);
    later += hour + 1;
    expect((await p.d.run(run.id)).state).toBe('abandoned');
    expect((await p.put(run.id, 2, two)).body).toMatchObject({ code: 'run-not-open' });
    const { body: next } = await p.open();
    expect(next.state).toBe('open');
    const { body } = await p.d.tenant.ok('listRuns', { params: { sourceId: p.d.source } });
    expect(body.items.map(({ id, state }: Record<string, unknown>) => [id, state])).toEqual([
      [next.id, 'open'],
      [run.id, 'abandoned'],
    ]);
  });

  it('keeps its source from being deleted until it has been silent for an hour', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    await p.put(run.id, 1, one);
    const remove = () =>
      p.d.tenant.call('deleteSource', { params: { sourceId: p.d.source }, headers: { 'if-match': '*' } });
    later += hour - 60_000;
    expect((await remove()).body).toMatchObject({ code: 'run-active', run: run.id });
    later += 60_001;
    expect((await remove()).status).toBe(204);
    const [left] = await harness.store.db.read([keys.activeRun(p.d.tenant.id, p.d.source)]);
    expect([left, (await p.d.run(run.id)).state]).toEqual([undefined, 'abandoned']);
  });

  it('stands in the history of its source, page by page, the newest first', async () => {
    const p = await fresh();
    const ids: string[] = [];
    for (let n = 1; n <= 3; n += 1) {
      later += 1_000;
      ids.unshift((await p.take([statedUser(`u${n}`, n)])).id);
    }
    const params = { sourceId: p.d.source };
    const first = (await p.d.tenant.ok('listRuns', { params, query: { limit: '2' } })).body;
    const second = (await p.d.tenant.ok('listRuns', { params, query: { limit: '2', cursor: first.cursor } })).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids);
    expect(second.cursor).toBeUndefined();
    expect(first.items[0]).toMatchObject({ state: 'done', workMs: expect.any(Number), counts: { applied: 1 } });
  });
});

/** A refusal: what leads to it, and what is refused. The state may be compared around the last step alone. */
type Case = (p: Protocol) => Promise<() => Promise<{ status: number; body: Record<string, unknown> }>>;

const opened = async (p: Protocol, ...batches: string[]): Promise<string> => {
  const { body } = await p.open();
  for (const [i, batch] of batches.entries()) await p.put(body.id, i + 1, batch);
  return body.id;
};
const line = (entry: object) => `${JSON.stringify(entry)}\n`;
const broken =
  (text: string): Case =>
  async (p) => {
    const run = await opened(p);
    return () => p.put(run, 1, text);
  };

const refusals: Record<string, [code: string, status: number, detail: RegExp, make: Case]> = {
  'another run while one is open': [
    'run-active',
    409,
    /abandon the open run/,
    async (p) => {
      await opened(p);
      return () => p.open();
    },
  ],
  'a posted file while a run is open': [
    'run-active',
    409,
    /abandon the open run/,
    async (p) => {
      await opened(p);
      return () => p.d.post(person('ada', 1));
    },
  ],
  'another base cursor': [
    'cursor-differs',
    409,
    /another cursor/,
    async (p) => {
      await p.take([statedUser('ada', 1)]);
      return () => p.open({ baseCursor: 'elsewhere' });
    },
  ],
  'a delta of another epoch': [
    'full-run-needed',
    409,
    /full/,
    async (p) => {
      await p.take([statedUser('ada', 1)]);
      return () => p.open({ epoch: 'e2' });
    },
  ],
  'a delta that was open while its source was off': [
    'full-run-needed',
    409,
    /off for a while/,
    async (p) => {
      const run = await opened(p, one);
      for (const enabled of [false, true])
        await p.d.tenant.ok('updateSource', { params: { sourceId: p.d.source }, body: { enabled } });
      return () => p.commit(run, [one], 'c1');
    },
  ],
  'a commit while the source is off': [
    'source-off',
    409,
    /switched/,
    async (p) => {
      const run = await opened(p, one);
      await p.d.tenant.ok('updateSource', { params: { sourceId: p.d.source }, body: { enabled: false } });
      return () => p.commit(run, [one], 'c1');
    },
  ],
  'other content under a number': [
    'batch-differs',
    409,
    /Batch 1/,
    async (p) => {
      const run = await opened(p, one);
      return () => p.put(run, 1, two);
    },
  ],
  'a gap': [
    'batch-out-of-order',
    409,
    /batch 2 next/,
    async (p) => {
      const run = await opened(p, one);
      return () => p.put(run, 3, two);
    },
  ],
  'another content type than the first': [
    'unsupported-media-type',
    415,
    /one content type/,
    async (p) => {
      const run = await opened(p, one);
      return () => p.put(run, 2, file(person('bo', 2)), 'text/ldif');
    },
  ],
  'a batch after the commit': [
    'run-not-open',
    409,
    /queued/,
    async (p) => {
      const run = await opened(p, one);
      await p.commit(run, [one], 'c1');
      return () => p.put(run, 2, two);
    },
  ],
  'a batch after the end': [
    'run-not-open',
    409,
    /abandoned/,
    async (p) => {
      const run = await opened(p, one);
      await p.abandon(run);
      return () => p.put(run, 2, two);
    },
  ],
  'abandoning what is committed': [
    'run-not-open',
    409,
    /queued/,
    async (p) => {
      const run = await opened(p, one);
      await p.commit(run, [one], 'c1');
      return () => p.abandon(run);
    },
  ],
  'a commit without a batch that was sent': [
    'content-differs',
    409,
    /1 batch with 1 entry/,
    async (p) => {
      const run = await opened(p, one);
      return () => p.commit(run, [one, two], 'c1');
    },
  ],
  'a commit of another digest': [
    'content-differs',
    409,
    /digest/,
    async (p) => {
      const run = await opened(p, one);
      return () => p.commit(run, [one], 'c1', { digest: '0'.repeat(64) });
    },
  ],
  'a commit of other counts': [
    'content-differs',
    409,
    /1 entry/,
    async (p) => {
      const run = await opened(p, one);
      return () => p.commit(run, [one], 'c1', { entries: 2 });
    },
  ],
  'a second commit that says something else': [
    'run-not-open',
    409,
    /queued/,
    async (p) => {
      const run = await opened(p, one);
      await p.commit(run, [one], 'c1');
      return () => p.commit(run, [one], 'c2');
    },
  ],
  'a run that does not exist': [
    'not-found',
    404,
    /no such run/,
    async (p) => () => p.put(`n${'0'.repeat(20)}`, 1, one),
  ],
  'a batch that is no gzip': [
    'invalid-request',
    400,
    /not gzip/,
    async (p) => {
      const params = { runId: await opened(p), number: '1' };
      const headers = { 'content-encoding': 'gzip' };
      return () => p.d.tenant.call('putBatch', { params, headers, bytes: Buffer.from(one) });
    },
  ],
  'a batch whose gzip is cut off': [
    'invalid-request',
    400,
    /cut off/,
    async (p) => {
      const params = { runId: await opened(p), number: '1' };
      const headers = { 'content-encoding': 'gzip' };
      return () => p.d.tenant.call('putBatch', { params, headers, bytes: gzipSync(one).subarray(0, -9) });
    },
  ],
  'a decompression bomb': [
    'payload-too-large',
    413,
    /^Unpacked, it has more than 5,000,000/,
    async (p) => {
      const params = { runId: await opened(p), number: '1' };
      const headers = { 'content-encoding': 'gzip' };
      const bytes = gzipSync(Buffer.alloc(100_000_000));
      return () => p.d.tenant.call('putBatch', { params, headers, bytes });
    },
  ],
  'another content coding': [
    'unsupported-media-type',
    415,
    /gzip/,
    async (p) => {
      const params = { runId: await opened(p), number: '1' };
      const headers = { 'content-encoding': 'br' };
      return () => p.d.tenant.call('putBatch', { params, headers, bytes: Buffer.from(one) });
    },
  ],
  'a line that is no JSON': ['invalid-request', 400, /line 2: is not JSON/, broken(`${one}{\n`)],
  'an unknown field': [
    'invalid-request',
    400,
    /line 1 \/mail: is not known/,
    broken(line({ ...statedUser('a', 1), mail: 'x' })),
  ],
  'a user without attributes': [
    'invalid-request',
    400,
    /\/attributes: is missing/,
    broken(line({ type: 'user', id: 'x', dn: 'cn=x' })),
  ],
  'a user without a name': [
    'invalid-request',
    400,
    /without a name/,
    broken(line({ type: 'user', id: 'x', dn: 'ou=x', attributes: {} })),
  ],
  'a DN that is none': [
    'invalid-request',
    400,
    /\/dn: is not a DN/,
    broken(line({ ...statedUser('a', 1), dn: 'nonsense' })),
  ],
  'an object with two lines': ['invalid-request', 400, /line 2 \/id: has line 1 already/, broken(`${one}${one}`)],
  'both lists of members': [
    'invalid-request',
    400,
    /\/members/,
    broken(line({ ...statedGroup('G', 9, [1]), addMembers: [] })),
  ],
  'a member of two names': [
    'invalid-request',
    400,
    /\/members\/0/,
    broken(line({ ...statedGroup('G', 9, []), members: [{ id: 'a', dn: 'cn=a' }] })),
  ],
  'broken LDIF': [
    'invalid-request',
    400,
    /line 3/,
    async (p) => {
      const run = await opened(p);
      return () => p.put(run, 1, 'version: 1\n\nuid: x\n', 'text/ldif');
    },
  ],
};

describe('a refusal changes nothing', () => {
  it.each(Object.entries(refusals))('%s', async (_, [code, status, detail, make]) => {
    const p = await fresh();
    const attempt = await make(p);
    const before = await harness.facts(p.d.tenant.id);
    const reply = await attempt();
    expect([reply.status, reply.body.code, reply.body.detail]).toEqual([status, code, expect.stringMatching(detail)]);
    expect(await harness.facts(p.d.tenant.id)).toEqual(before);
    harness.work.splice(0);
  });

  it('says what the next step is', async () => {
    const p = await fresh();
    const { body: run } = await p.open();
    expect((await p.put(run.id, 2, two)).body.expected).toBe(1);
    await p.put(run.id, 1, one);
    expect((await p.commit(run.id, [two], 'c1')).body.received).toEqual({
      batches: 1,
      entries: 1,
      digest: digestOfAll([one]),
    });
  });
});
