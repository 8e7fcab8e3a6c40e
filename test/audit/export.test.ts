// The export of the audit over the API, and the command that pulls it from a server: what is sealed comes whole, once, and
// provable; what reading it leaves behind is one event an hour.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exits } from '../../clients/audit/exits.ts';
import { noHead, type Page, parsedPage, provenSegment } from '../../clients/audit/pull/page.ts';
import type { LocalServer } from '../../infra/local/adapter.ts';
import { partName } from '../../shared/audit/names.ts';
import { exportFolder } from '../../shared/exports/folder.ts';
import { passOf } from '../../shared/exports/pass.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { auditKeys } from '../../shared/store/checkpoints.ts';
import { writePatiently } from '../../shared/store/patiently.ts';
import { moved } from '../../shared/store/seal-state.ts';
import { MemoryExports } from '../exports/memory.ts';
import { bootEngine, Harness, machine, person, type Request, type Tenant } from '../support/harness.ts';
import { expectProblem } from '../support/problems.ts';
import { sealAll, sealFaults, sealNow } from '../support/sealed.ts';
import { startServer, tokenFor } from '../support/server.ts';
import { SleepingClock } from '../support/wrapped.ts';
import { called } from './called.ts';

const { engine, client, table } = await bootEngine();
const noon = Date.UTC(2026, 2, 1, 12, 0, 5);
let time = 0;
class Moving extends SleepingClock {
  override now(): number {
    return super.now() + time;
  }
}
const harness = new Harness(client, table, { clock: new Moving(noon) });
const { db } = harness.store;
let server: LocalServer;
let root: string;
beforeAll(async () => {
  server = await startServer();
  root = await mkdtemp(join(tmpdir(), 'holdfast-export-'));
});
afterAll(async () => {
  await server.close();
  await engine.close();
  await rm(root, { recursive: true, force: true });
});

const later = (ms: number) => {
  time += ms;
};
/** Seals and signs everything up to now. */
const sealed = async (tenant: Tenant): Promise<number> => {
  later(1_000);
  return (await sealNow(tenant)).size;
};

const page = async (tenant: Tenant, query: Record<string, string> = {}, more: Request = {}): Promise<Page> =>
  parsedPage((await tenant.ok('exportEvents', { query, ...more })).body);

/** A tenant with changes, some of which have personal values. */
const changed = async (): Promise<Tenant> => {
  const tenant = await harness.tenant();
  for (let n = 0; n < 3; n += 1) {
    await tenant.role(`Role ${n}`);
    await tenant.user(`Person ${n}`);
  }
  return tenant;
};

describe('a page', () => {
  it('has the lines of one segment from a sequence on, and proves them', async () => {
    const tenant = await changed();
    await sealed(tenant);
    await tenant.role('Another');
    const size = await sealed(tenant);
    const { lines, segments } = await sealFaults(db, tenant.id);
    const first = await page(tenant);
    expect(first.lines).toEqual(lines.slice(0, -1));
    expect(first.page).toMatchObject({ first: 1, last: size - 1, next: size - 1, size, segment: segments[0] });
    const { head } = provenSegment(first.lines, first.page as never, noHead, []);
    const second = await page(tenant, { after: String(first.page.next) });
    expect(second.lines).toEqual(lines.slice(-1));
    expect(provenSegment(second.lines, second.page as never, head, []).checkpoint).toMatchObject({ size });
    expect((await page(tenant, { after: '2' })).lines).toEqual(lines.slice(2, -1));
  });

  it('of nothing new says so, with the checkpoint, and when to ask again', async () => {
    const tenant = await changed();
    const { body, headers } = await tenant.ok('exportEvents');
    expect([body, headers['retry-after']]).toEqual(['{"page":{"next":0,"size":0}}\n', '60']);
    const size = await sealed(tenant);
    const { lines, page: last } = await page(tenant, { after: String(size) });
    expect([lines, last]).toEqual([[], expect.objectContaining({ next: size, size, checkpoint: expect.any(String) })]);
  });

  it('has nothing that no signed checkpoint covers', async () => {
    const tenant = await changed();
    const size = await sealed(tenant);
    await tenant.role('Sealed and not signed');
    later(1_000);
    await sealAll(db, tenant.id, 0);
    expect((await page(tenant, { after: String(size) })).page).toMatchObject({ next: size, size });
  });

  it('beyond the end, or of events that retention has removed, is refused with the way on', async () => {
    const tenant = await changed();
    const size = await sealed(tenant);
    const beyond = await tenant.call('exportEvents', { query: { after: String(size + 1) } });
    expectProblem(beyond, 'invalid-request');
    expect(beyond.body).toMatchObject({
      size,
      detail: `query.after: is beyond the ${size} events that are sealed: give ${size} or less`,
    });
    await writePatiently(db, [moved(tenant.id, { expired: 2 }, 'attribute_exists(rev)', {})]);
    for (const after of ['0', '1']) {
      const gone = await tenant.call('exportEvents', { query: { after } });
      expectProblem(gone, 'events-expired');
      expect(gone.body).toMatchObject({ status: 410, after: 2 });
    }
    expect((await page(tenant, { after: '2' })).page).toMatchObject({ first: 3 });
    for (const after of ['-1', '1.5', 'x'])
      expectProblem(await tenant.call('exportEvents', { query: { after } }), 'invalid-request');
  });

  it('tells OCSF 1.8, and the draft of 1.9 to whom names it', async () => {
    const tenant = await harness.tenant();
    await tenant.user('Somebody');
    await sealed(tenant);
    const { lines } = await page(tenant);
    for (const [format, version, created] of [
      ['ocsf', '1.8.0', 3001],
      ['ocsf-1.9', '1.9.0-dev', 3007],
    ] as const) {
      const told = (await page(tenant, { format })).lines.map((line) => JSON.parse(line));
      expect(told.map(({ metadata }) => metadata.sequence)).toEqual(lines.map((_, n) => n + 1));
      expect(new Set(told.map(({ metadata }) => metadata.version))).toEqual(new Set([version]));
      expect(told.find(({ metadata }) => metadata.event_code === 'user.created')).toMatchObject({ class_uid: created });
    }
    expectProblem(await tenant.call('exportEvents', { query: { format: 'ocsf-2' } }), 'invalid-request');
  });

  it('is packed by gzip for whom takes it, and plain for others', async () => {
    const tenant = await changed();
    await sealed(tenant);
    const get = async (codings: string) => {
      const { request } = await import('node:http');
      return new Promise<{ coding: string | undefined; bytes: Buffer }>((done, fail) => {
        const headers = { authorization: `Bearer ${tokenFor(tenant.admin)}`, 'accept-encoding': codings };
        request(`${server.url}/v1/audit/export`, { headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk) => chunks.push(chunk));
          response.on('end', () =>
            done({ coding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) }),
          );
        })
          .on('error', fail)
          .end();
      });
    };
    const { lines } = await sealFaults(db, tenant.id);
    for (const codings of ['identity', 'br', 'gzip;q=0', '*']) {
      const plain = await get(codings);
      expect([plain.coding, parsedPage(String(plain.bytes)).lines], codings).toEqual([undefined, lines]);
    }
    for (const codings of ['gzip', 'br, gzip;q=0.5', 'x-gzip']) {
      const packed = await get(codings);
      expect([packed.coding, parsedPage(String(gunzipSync(packed.bytes))).lines], codings).toEqual(['gzip', lines]);
      expect(packed.bytes.length).toBeLessThan(lines.join().length);
    }
  });

  it('tells personal values beside the lines while they are there, and only when asked', async () => {
    const tenant = await harness.tenant();
    const [kept, deleted] = [await tenant.user('Kept Person'), await tenant.user('Deleted Person')];
    for (const [userId, name] of [
      [kept, 'Kept Later'],
      [deleted, 'Deleted Later'],
    ] as const)
      await tenant.ok('updateUser', { params: { userId }, body: { name } });
    await tenant.ok('deleteUser', { params: { userId: deleted } });
    await sealed(tenant);
    const plain = await tenant.ok('exportEvents');
    expect(plain.body).not.toMatch(/Kept|Deleted/);
    const { page: told, lines } = await page(tenant, { values: 'true' });
    expect(lines.join()).not.toMatch(/Kept|Deleted/);
    const values = Object.values((told as { values: Record<string, object> }).values);
    expect(values).toContainEqual({ user: kept, before: { name: 'Kept Person' }, after: { name: 'Kept Later' } });
    expect(JSON.stringify(values)).not.toContain('Deleted');
  });
});

describe('who exports', () => {
  it('may do nothing else with a token of the scope export', async () => {
    const tenant = await changed();
    await sealed(tenant);
    const identity = { issuer: 'https://issuer.test', subject: 'exporter' };
    const { body } = await tenant.ok('createUser', { body: { kind: 'machine', name: 'Exporter', identity } });
    const as = machine(tenant.id, 'exporter', 'export');
    expectProblem(await tenant.call('exportEvents', { as }), 'forbidden');
    await tenant.setGrants(body.id, [{ permission: '*' }]);
    const { page: told } = await page(tenant, {}, { as });
    expect(told.size).toBeGreaterThan(0);
    // The key that signed what it pulls it can name to whoever verifies that.
    const { keys } = (await tenant.ok('getAuditKeys', { as })).body;
    expect(keys.map(({ kid }: { kid: string }) => kid)).toContain((told as { key: { kid: string } }).key.kid);
    for (const id of ['listEvents', 'listUsers', 'getTenant', 'createRole'] as const)
      expectProblem(
        await tenant.call(id, { as, ...(id === 'createRole' && { body: { name: 'R' } }) }),
        'insufficient-scope',
      );
    const reader = { as: machine(tenant.id, 'exporter', 'audit') };
    expectProblem(await tenant.call('exportEvents', reader), 'insufficient-scope');
    await tenant.ok('getAuditKeys', reader);
  });

  it('leaves one event an hour, with the number of pages, which is exported in its turn', async () => {
    const tenant = await changed();
    let size = await sealed(tenant);
    // A page of nothing is no reading.
    await page(tenant, { after: String(size) });
    for (let n = 0; n < 3; n += 1) await page(tenant);
    const exported = async () =>
      (await sealFaults(db, tenant.id)).events.filter(({ action }) => action === 'events.exported');
    later(1_000);
    size = await sealed(tenant);
    expect(await exported()).toEqual([]);
    later(3_600_000);
    await sealed(tenant);
    const [event, ...more] = await exported();
    expect(more).toEqual([]);
    expect(event).toMatchObject({ outcome: 'done', count: 3, target: 'tenant', actor: { id: tenant.firstUser } });
    expect(event).not.toHaveProperty('code');
    expect((await page(tenant, { after: String(size) })).lines).toHaveLength(1);
    expect((await sealFaults(db, tenant.id)).faults).toEqual([]);
  });
});

describe('who turns the pages of a list', () => {
  it('leaves one event an hour as well, unless the events are the own ones', async () => {
    const tenant = await changed();
    const user = await tenant.user('Plain', 'plain');
    const list = async (query: Record<string, string>, as = tenant.admin) =>
      (await tenant.ok('listEvents', { query, as })).body;
    const turned = async (as = tenant.admin) => {
      const { cursor } = await list({ limit: '1' }, as);
      for (let n = 0; n < 2 && cursor !== undefined; n += 1) await list({ limit: '1', cursor }, as);
    };
    await turned();
    await turned(person(tenant.id, 'plain'));
    const { items } = await list({ action: 'events.listed' });
    expect(items).toMatchObject([{ outcome: 'done', count: 2, actor: { id: tenant.firstUser } }]);
    expect(JSON.stringify(items)).not.toContain(user);
  });
});

describe('the command pull, from a server', () => {
  it('has the files that are pushed: the same names, and the same bytes of lines and checkpoints', async () => {
    const tenant = await changed();
    await sealed(tenant);
    await tenant.role('"Quotes", \\ and Größe 😂');
    await sealed(tenant);
    const pushed = new MemoryExports();
    const notary = localNotary(db, newNotaryKey());
    await passOf({ db, notary, margin: 3_600_000, storeOf: async () => pushed }, tenant.id);
    const parts = [...pushed.files.keys()].filter((name) => name.includes('/part-')).sort();
    const unpacked = (bytes: Uint8Array | undefined) => gunzipSync(bytes ?? new Uint8Array());
    expect(parts.length).toBe(2);

    const folder = join(root, 'equal');
    const env = { HOLDFAST_TOKEN: tokenFor(tenant.admin) };
    expect((await called(['pull', folder, '--url', server.url], { env })).code).toBe(0);
    for (const name of parts)
      expect(unpacked(await readFile(join(folder, name))).equals(unpacked(pushed.files.get(name)))).toBe(true);
    const checkpoints = [...pushed.files.keys()].filter((name) => name.includes('/checkpoint-'));
    expect(checkpoints.length).toBeGreaterThan(0);
    for (const name of checkpoints)
      expect((await readFile(join(folder, name))).equals(pushed.files.get(name) ?? new Uint8Array())).toBe(true);

    const streamed: string[] = [];
    for (let after = 0, size = 1; after < size; ) {
      const { lines, page: told } = await page(tenant, { after: String(after) });
      streamed.push(...lines.map((line) => `${line}\n`));
      ({ next: after, size } = told);
    }
    const all = Buffer.concat(parts.map((name) => unpacked(pushed.files.get(name))));
    expect(Buffer.from(streamed.join('')).equals(all)).toBe(true);
  });

  it('takes away every sealed event once, in rounds between changes', async () => {
    const tenant = await changed();
    const folder = join(root, 'whole');
    const run = () =>
      called(['pull', folder, '--url', server.url, '--values', join(root, 'values')], {
        env: { HOLDFAST_TOKEN: tokenFor(tenant.admin) },
      });
    for (let round = 0; round < 3; round += 1) {
      await tenant.role(`Round ${round}`);
      await sealed(tenant);
      expect(await run()).toMatchObject({ code: exits.done, err: '' });
    }
    const { lines, segments } = await sealFaults(db, tenant.id);
    const store = await exportFolder(folder);
    const pulled: string[] = [];
    for (const { day, first, last } of segments)
      pulled.push(String(gunzipSync((await store.get(partName(tenant.id, day, first, last))) as Uint8Array)));
    expect(pulled.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
    expect(segments.length).toBe(3);
    // It verifies as what was pushed does.
    // Another test has registered a key of its own.
    const keys = (await auditKeys(db)).flatMap(({ kid }) => ['--key', kid]);
    expect(await called(['verify', folder, ...keys])).toMatchObject({ code: exits.done, err: '' });
    expect((await run()).out).toMatch(`Nothing is new: the folder has ${lines.length}.`);
  });

  it('is told what it lacks', async () => {
    const tenant = await changed();
    const run = (token: string) =>
      called(['pull', join(root, 'none'), '--url', server.url], { env: { HOLDFAST_TOKEN: token } });
    expect(await run(tokenFor(machine(tenant.id, 'admin', 'audit')))).toMatchObject({
      code: exits.refused,
      err: expect.stringMatching(/scope/),
    });
  });
});
