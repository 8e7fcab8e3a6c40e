// How a file is received, and how large it may be: whole or not at all, one run of a source at a time, again by its key.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { base, Directory, drain, file, group, modified, person, userDn, uuid } from '../support/directory.ts';
import { boot, type Harness, machine, person as personToken, service } from '../support/harness.ts';

let close: () => Promise<void>;
let harness: Harness;
beforeAll(async () => {
  const booted = await boot();
  close = booted.engine.close;
  harness = booted.harness;
});
afterAll(() => close());
const fresh = async () => Directory.of(await harness.tenant());

describe('a file', () => {
  it('is refused whole, naming the lines of its broken records, twenty of them', async () => {
    const d = await fresh();
    const before = await harness.facts(d.tenant.id);
    const two = await d.post(person('ada', 1), 'dn: nonsense', person('bo', 2), `dn: ${userDn('x')}\nchangetype: fly`);
    expect(two.status).toBe(400);
    expect(two.body).toMatchObject({
      code: 'invalid-request',
      errors: [
        { field: 'line 9', message: expect.any(String) },
        { field: 'line 18', message: expect.any(String) },
      ],
    });
    const many = await d.post(...Array.from({ length: 30 }, () => 'nonsense'));
    expect(many.body.errors).toHaveLength(20);
    // What parses and means nothing is told the same way.
    const meant = await d.post(...Array.from({ length: 30 }, (_, i) => `dn: ${userDn(`u${i}`)}\ncn: x`));
    expect(meant.status).toBe(400);
    expect(meant.body.errors).toHaveLength(20);
    expect(meant.body.errors[0]).toMatchObject({ field: 'line 3', message: expect.stringContaining('objectClass') });
    expect(await harness.facts(d.tenant.id)).toEqual(before);
    expect(harness.work).toEqual([]);
  });

  it('with a value by URL in what is read is refused, and nothing is fetched', async () => {
    const d = await fresh();
    const { status, body } = await d.post(`${person('ada', 1)}\nmail:< file:///etc/passwd`);
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field: 'line 8', message: expect.stringContaining('not fetched') }]);
  });

  it('with more attributes than can be kept is refused', async () => {
    const d = await fresh();
    const names = Array.from({ length: 50 }, (_, i) => `cn: ${i} ${'x'.repeat(1000)}`);
    const givens = Array.from({ length: 50 }, (_, i) => `givenName: ${i} ${'x'.repeat(1000)}`);
    const { status, body } = await d.post(
      [person('ada', 1), ...names.slice(1), ...givens, ...givens.map((g) => g.replace('givenName', 'sn'))].join('\n'),
    );
    expect(status).toBe(400);
    expect(body.errors).toEqual([{ field: 'line 3', message: expect.stringContaining('characters') }]);
  });

  it('needs the media type of LDIF, a source, and a caller who may', async () => {
    const d = await fresh();
    const params = { sourceId: d.source };
    const request = { params, body: file(person('ada', 1)) };
    const json = await d.tenant.call('postDelta', { ...request, headers: { 'content-type': 'application/json' } });
    expect(json.status).toBe(415);
    const other = await d.tenant.call('postDelta', { ...request, params: { sourceId: 's000000000000' } });
    expect(other.status).toBe(404);
    expect((await harness.call('postDelta', { as: service(d.tenant.id), ...request })).status).toBe(403);
    await d.tenant.user('Bo', 'bo');
    const bo = await harness.call('postDelta', { as: personToken(d.tenant.id, 'bo'), ...request });
    expect([bo.status, bo.body.code]).toEqual([403, 'forbidden']);
    const noScope = await harness.call('postDelta', { as: machine(d.tenant.id, 'admin', 'audit'), ...request });
    expect([noScope.status, noScope.body.code]).toEqual([403, 'insufficient-scope']);
  });

  it('without records is a run that does nothing', async () => {
    const d = await fresh();
    expect(await d.take()).toMatchObject({ state: 'done', records: 0, items: [] });
  });
});

describe('a run', () => {
  it('is the only one of its source until it has finished', async () => {
    const d = await fresh();
    const first = await d.post(person('ada', 1));
    expect(first.body).toEqual({ id: expect.stringMatching(/^n/), source: d.source, state: 'queued' });
    const second = await d.post(person('bo', 2));
    expect([second.status, second.body.code, second.body.run]).toEqual([409, 'run-active', first.body.id]);
    expect(await d.run(first.body.id)).toMatchObject({ state: 'queued', items: [] });
    await drain(harness);
    expect((await d.post(person('bo', 2))).status).toBe(202);
    await drain(harness);
  });

  it('is the same one for the same idempotency key', async () => {
    const d = await fresh();
    const request = {
      params: { sourceId: d.source },
      body: file(person('ada', 1)),
      headers: { 'idempotency-key': 'k1' },
    };
    const first = await d.tenant.ok('postDelta', request);
    const again = await d.tenant.ok('postDelta', request);
    expect(again.body).toEqual(first.body);
    expect(harness.work).toHaveLength(1);
    await drain(harness);
    expect((await d.tenant.ok('postDelta', request)).body).toEqual(first.body);
    const other = await d.tenant.call('postDelta', { ...request, body: file(person('bo', 2)) });
    expect(other.body.code).toBe('idempotency-mismatch');
  });

  it('is told of once: not by a dry run, and not when its key is sent again', async () => {
    const d = await fresh();
    const request = { params: { sourceId: d.source }, body: file(person('ada', 1)) };
    const before = await harness.facts(d.tenant.id);
    const dry = await d.tenant.ok('postDelta', { ...request, query: { dryRun: 'true' } });
    expect(dry.body).toMatchObject({ dryRun: true, outcome: 'done', status: 202 });
    expect([harness.work, await harness.facts(d.tenant.id)]).toEqual([[], before]);
    const keyed = { ...request, headers: { 'idempotency-key': 'once' } };
    const { body } = await d.tenant.ok('postDelta', keyed);
    expect(harness.work.splice(0)).toEqual([{ tenant: d.tenant.id, kind: 'run', id: body.id, source: d.source }]);
    expect((await d.tenant.ok('postDelta', keyed)).body).toEqual(body);
    expect(harness.work).toEqual([]);
    harness.work.push({ tenant: d.tenant.id, kind: 'run', id: body.id, source: d.source });
    await drain(harness);
  });

  it('can be told of twice, and after it has ended', async () => {
    const d = await fresh();
    const { body } = await d.post(person('ada', 1), group('All', 11, userDn('ada')));
    const message = harness.work[0] as (typeof harness.work)[0];
    harness.work.push({ ...message }, { ...message });
    await drain(harness);
    expect(await d.run(body.id)).toMatchObject({
      state: 'done',
      counts: { applied: 2, noop: 0, rejected: 0, ignored: 0 },
    });
  });

  it('by two workers at once comes to one end', async () => {
    const d = await fresh();
    const people = Array.from({ length: 40 }, (_, i) => person(`user${i}`, 100 + i));
    const { body } = await d.post(...people, group('All', 11, ...people.map((_, i) => userDn(`user${i}`))));
    const message = harness.work.splice(0);
    harness.work.push(...message);
    const other = drain(harness);
    harness.work.push(...message);
    await Promise.all([other, drain(harness)]);
    expect(await d.run(body.id)).toMatchObject({
      state: 'done',
      counts: { applied: 41, noop: 0, rejected: 0, ignored: 0 },
    });
  });

  it('leaves nothing of the file behind when it has ended', async () => {
    const d = await fresh();
    // A name with a dot, because a random id contains short words now and then.
    const { id } = await d.take(person('zoe.quay', 1));
    const left = (await harness.items(d.tenant.id)).filter((item) => String(item.PK).endsWith(`#N#${id}`));
    expect(left.map((item) => String(item.SK).split('#')[0])).toEqual(['DONE', 'RESULT', 'RUN']);
    expect(left.every((item) => typeof item.expires === 'number')).toBe(true);
    expect(JSON.stringify(left)).not.toMatch(/zoe\.quay|harbour/i);
    expect(await harness.store.db.read([keys.activeRun(d.tenant.id, d.source)])).toEqual([undefined]);
  });

  it('that nobody works on is told of again by whoever asks', async () => {
    const d = await fresh();
    const { body } = await d.post(person('ada', 1));
    harness.work.splice(0);
    await d.run(body.id);
    expect(harness.work).toEqual([]);
    const run = keys.run(d.tenant.id, body.id);
    await harness.store.db.transact(
      [
        {
          Update: {
            TableName: '',
            Key: run,
            UpdateExpression: 'SET touched = :t',
            ExpressionAttributeValues: { ':t': 0 },
          },
        },
      ],
      'touched',
    );
    await d.run(body.id);
    expect(harness.work).toEqual([{ tenant: d.tenant.id, kind: 'run', id: body.id, source: d.source }]);
    harness.work.splice(0);
    expect((await d.post(person('ada', 1))).body.code).toBe('run-active');
    expect(harness.work).toHaveLength(1);
    await drain(harness);
    expect((await d.run(body.id)).state).toBe('done');
  });

  it('logs no names', async () => {
    const d = await fresh();
    await d.take(person('zebedee', 1), modified(userDn('nobody'), 'replace: cn', 'cn: x', '-'));
    expect(JSON.stringify(harness.logs)).not.toMatch(/zebedee|harbour/i);
  });

  it('of another tenant, or none, is not found', async () => {
    const d = await fresh();
    const { id } = await d.take(person('ada', 1));
    const other = await harness.tenant();
    expect((await other.call('getRun', { params: { runId: id } })).status).toBe(404);
    expect((await other.call('getRun', { params: { runId: 'x' } })).status).toBe(404);
  });
});

describe('size', () => {
  it('2,000 entries, in slices, with results page by page', async () => {
    const d = await fresh();
    const people = Array.from({ length: 1990 }, (_, i) => person(`user${i}`, 1000 + i));
    const groups = Array.from({ length: 10 }, (_, g) =>
      group(`Group ${g}`, 100 + g, ...people.flatMap((_, i) => (i % 10 === g ? [userDn(`user${i}`)] : []))),
    );
    const run = await d.take(...people, ...groups);
    expect(run).toMatchObject({
      state: 'done',
      entries: 2000,
      counts: { applied: 2000, noop: 0, rejected: 0, ignored: 0 },
    });
    expect(run.items).toHaveLength(200);
    const found: number[] = run.items.map((item: { line: number }) => item.line);
    for (let cursor = run.cursor; cursor !== undefined; ) {
      const page = await d.run(run.id, { cursor });
      found.push(...page.items.map((item: { line: number }) => item.line));
      cursor = page.cursor;
    }
    expect(new Set(found).size).toBe(2000);
    expect(await d.groupsOf(1005)).toEqual([d.group(105)]);
    expect((await d.run(run.id, { result: 'rejected' })).items).toEqual([]);
    const before = await d.everything();
    expect((await d.take(...people, ...groups)).counts).toEqual({ applied: 0, noop: 2000, rejected: 0, ignored: 0 });
    expect(await d.everything()).toEqual(before);
  }, 300_000);

  it('5 MB that hardly compress fit, and more is refused clearly', async () => {
    const d = await fresh();
    // Base64 of chance takes three quarters of its length, however it is packed.
    const photo = (bytes: number) => `jpegPhoto:: ${randomBytes(bytes).toString('base64')}`;
    const records = Array.from({ length: 9 }, (_, i) => `${person(`user${i}`, 100 + i)}\n${photo(400_000)}`);
    expect(file(...records).length).toBeGreaterThan(4_700_000);
    expect((await d.take(...records)).counts).toEqual({ applied: 9, noop: 0, rejected: 0, ignored: 0 });
    const more = await d.post(...records, person('x', 99, photo(400_000)));
    expect([more.status, more.body.code]).toEqual([413, 'payload-too-large']);
  }, 120_000);

  it('of one group: 5,000 members, delivered or not', async () => {
    const d = await fresh();
    const members = Array.from({ length: 5000 }, (_, i) => userDn(`ghost${i}`));
    const run = await d.take(group('Ghosts', 11, ...members));
    expect(run.counts).toEqual({ applied: 1, noop: 0, rejected: 0, ignored: 0 });
    expect((await d.take(group('Ghosts', 11, ...members))).counts.noop).toBe(1);
    await d.take(person('ghost4711', 1));
    expect(await d.groupsOf(1)).toEqual([d.group(11)]);
  }, 300_000);

  it('of names: the longest DNs and values that are allowed', async () => {
    const d = await fresh();
    const long = `cn=${'"'.repeat(1)}`;
    expect(long).toBeDefined();
    const dn = `cn=${'\\,'.repeat(1500)},${base}`;
    const record = [
      `dn: ${dn}`,
      'objectClass: person',
      `entryUUID: ${uuid(1)}`,
      `cn: ${'漢'.repeat(1024)}`,
      `mail: ${'m'.repeat(1024)}`,
    ];
    expect((await d.take(record.join('\n'))).counts.applied).toBe(1);
    expect((await d.take(record.join('\n'))).counts.noop).toBe(1);
    const { body } = await d.tenant.ok('getUser', { params: { userId: d.user(1) } });
    expect(body.name).toHaveLength(100);
    expect(body.mail).toBeUndefined();
  });
});
