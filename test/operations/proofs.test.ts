// Checkpoints, proofs and keys over the API: what is proven, to whom, and how much is read for it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifiedCheckpoint } from '../../shared/audit/checkpoint.ts';
import { leafHash, verifyConsistency, verifyInclusion } from '../../shared/audit/merkle.ts';
import { boot, type Harness, machine, person, type Tenant } from '../support/harness.ts';
import { sealNow } from '../support/sealed.ts';

let h: Harness;
let t: Tenant;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  [h, close] = [booted.harness, booted.engine.close];
  t = await h.tenant('email-security');
});
afterAll(() => close());

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const proof = (eventId: string, query = {}, as = t.admin) =>
  t.call('getEventProof', { as, params: { eventId }, query });
const newest = async (query = {}) => (await t.ok('listEvents', { query: { limit: '1', ...query } })).body.items[0].id;

describe('an event', () => {
  it('is proven to be sealed as it is, for the newest checkpoint or an older one', async () => {
    for (let n = 0; n < 5; n += 1) await t.role(`Role ${n}`);
    const first = await sealNow(t);
    for (let n = 5; n < 12; n += 1) await t.role(`Role ${n}`);
    const second = await sealNow(t);
    const { keys } = (await t.ok('getAuditKeys')).body;
    for (const [eventId, size] of [
      [first.event, first.size],
      [first.event, second.size],
      [second.event, undefined],
    ] as const) {
      const { body } = await proof(eventId, size === undefined ? {} : { size: String(size) });
      expect(body).toMatchObject({ event: eventId, size: size ?? second.size });
      const { checkpoint } = verifiedCheckpoint(body.checkpoint, keys);
      expect(checkpoint).toMatchObject({ tenant: t.id, size: body.size, root: body.root });
      expect(Buffer.from(leafHash(body.line)).toString('hex')).toBe(body.leaf);
      expect(JSON.parse(body.line)).toMatchObject({ id: eventId, sequence: body.sequence });
      const [leaf, root, path] = [bytes(body.leaf), bytes(checkpoint.root), body.path.map(bytes)];
      expect(verifyInclusion({ index: body.sequence - 1, size: body.size, leaf, path, root })).toBe(true);
    }
  });

  it('is not proven before it is sealed, nor for a size that no checkpoint has or that came before it', async () => {
    const { size, event } = await sealNow(t);
    await t.role('Not yet');
    const { status, body } = await proof(await newest());
    expect([status, body.code]).toEqual([409, 'not-sealed']);
    const none = await proof(event, { size: '2' });
    expect([none.status, none.body.errors[0].field]).toEqual([400, 'query.size']);
    const later = await sealNow(t);
    const before = await proof(later.event, { size: String(size) });
    expect(before.body.detail).toContain(`smaller than ${later.size}`);
    expect((await proof(`e${'0'.repeat(20)}`)).body.code).toBe('not-found');
  });

  it('is proven to who may export, because the size of the tree counts hidden events too', async () => {
    const [reader, exporter] = [await t.user('Rita Reader', 'rita'), await t.user('Eva Export', 'eva')];
    await t.setGrants(reader, [{ permission: 'viewConfigurationAuditTrail' }]);
    await t.setGrants(exporter, [{ permission: 'logExport' }]);
    await t.user('Somebody');
    const created = await newest({ action: 'user.created' });
    await t.role('Hidden from readers');
    const hidden = await newest({ action: 'role.created' });
    await sealNow(t);
    const [rita, eva] = [person(t.id, 'rita'), person(t.id, 'eva')];
    for (const ask of [proof(created, {}, rita), t.call('listCheckpoints', { as: rita })])
      expect((await ask).body.code).toBe('forbidden');
    // What the export shows, a proof may show.
    for (const event of [created, hidden])
      expect(JSON.parse((await proof(event, {}, eva)).body.line)).toMatchObject({ id: event });
  });
});

describe('checkpoints', () => {
  it('are listed newest first, page by page, and each begins with the one before', async () => {
    await t.role('One more');
    await sealNow(t);
    const all = (await t.ok('listCheckpoints', { query: { limit: '200' } })).body.items;
    expect(all.length).toBeGreaterThan(3);
    const sizes = all.map(({ size }: { size: number }) => size);
    expect(sizes).toEqual(sizes.toSorted((a: number, b: number) => b - a));
    const paged: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const { body } = await t.ok('listCheckpoints', { query: { limit: '2', ...(cursor && { cursor }) } });
      paged.push(...body.items);
      if (!body.cursor) break;
      cursor = body.cursor;
    }
    expect(paged).toEqual(all);
    for (const [i, to] of all.slice(0, -1).entries()) {
      const from = all[i + 1];
      const { body } = await t.ok('getConsistencyProof', { query: { from: String(from.size), to: String(to.size) } });
      expect(body).toMatchObject({ fromRoot: from.root, toRoot: to.root });
      const path = body.path.map(bytes);
      const roots = { fromRoot: bytes(from.root), toRoot: bytes(to.root) };
      expect(verifyConsistency({ from: from.size, to: to.size, path, ...roots })).toBe(true);
    }
  });

  it('of sizes that the audit has not are refused, with the field', async () => {
    const { size } = await sealNow(t);
    const ask = (from: number, to: number) =>
      t.call('getConsistencyProof', { query: { from: String(from), to: String(to) } });
    expect((await ask(2, 1)).body.errors[0].field).toBe('query.from');
    expect((await ask(1, size + 1)).body.errors[0].field).toBe('query.to');
    expect((await ask(0, size)).body.errors[0].field).toBe('query.from');
    expect((await ask(size, size)).body.path).toEqual([]);
    const message = 'give how many events a checkpoint covers, its size: a whole number from 1';
    const none = await t.call('getConsistencyProof', { query: { to: String(size) } });
    expect(none.body.errors).toEqual([{ field: 'query.from', message }]);
    const neither = await t.call('getConsistencyProof', { query: { from: 'x' } });
    expect(neither.body.errors).toEqual(['from', 'to'].map((one) => ({ field: `query.${one}`, message })));
  });

  it('are there for a client that may only export', async () => {
    const refused = await t.call('listCheckpoints', { as: machine(t.id, 'nobody', 'export') });
    expect(refused.status).toBe(403);
    const nothing = await h.tenant();
    expect((await nothing.ok('listCheckpoints')).body).toEqual({ items: [] });
  });
});
