// The settings of a tenant's audit: retention with its floor and notice, legal hold, the customer's own bucket.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { effectiveRetention } from '../../shared/domain/audit-settings.ts';
import { auditSettingsOf } from '../../shared/store/audit-settings.ts';
import { systemClock } from '../../shared/store/db.ts';
import { boot, type Harness, person, type Tenant } from '../support/harness.ts';
import { expectProblem, expectUntouched, momentOf } from '../support/problems.ts';

let later = 0;
const now = () => Date.now() + later;
let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot({ clock: { ...systemClock, now } }));
});
afterAll(() => engine.close());

const day = 86_400_000;
const usual = { retentionDays: null as number | null, legalHold: false, destination: null as object | null };
const destination = {
  bucket: 'harbour-audit',
  region: 'eu-central-1',
  prefix: 'trail/holdfast',
  roleArn: 'arn:aws:iam::123456789012:role/HoldfastAudit-Trail',
};

const put = (t: Tenant, change: Partial<typeof usual>, headers: Record<string, string> = { 'if-match': '*' }) =>
  t.call('putAuditSettings', { body: { ...usual, ...change }, headers });
const set = async (t: Tenant, change: Partial<typeof usual>) => {
  const reply = await put(t, change);
  expect(reply.status).toBe(200);
  return reply.body;
};
const inForce = async (t: Tenant) => effectiveRetention(await auditSettingsOf(h.store.db, t.id as never), now());
const events = async (t: Tenant) =>
  (await t.ok('listEvents', { query: { action: 'audit.settings.replaced' } })).body.items;

describe('the settings of the audit', () => {
  it('keep everything for ever, until somebody says otherwise', async () => {
    const t = await h.tenant();
    const { body, etag } = await t.ok('getAuditSettings');
    expect(body).toEqual({ ...usual, externalId: `holdfast-${t.id}` });
    expect(await inForce(t)).toBeNull();
    const same = await put(t, {}, { 'if-match': etag as string });
    expect([same.status, same.etag], 'what is the same is no change').toEqual([200, etag]);
    expect(await events(t)).toEqual([]);
    expect(await h.store.db.read([{ PK: `T#${t.id}#SEAL`, SK: 'SETTINGS' }])).toEqual([undefined]);
  });

  it('are for those who manage access rights only', async () => {
    const t = await h.tenant();
    const user = await t.user('Other', 'other');
    await t.ok('putUserGrants', {
      params: { userId: user },
      body: { grants: [{ permission: 'administratorLogs' }] },
      headers: { 'if-match': '*' },
    });
    const as = person(t.id, 'other');
    const before = await momentOf(h, t.id);
    expectProblem(await t.call('putAuditSettings', { as, body: usual, headers: { 'if-match': '*' } }), 'forbidden');
    expectUntouched(before, await momentOf(h, t.id), 'forbidden');
    expectProblem(await t.call('getAuditSettings', { as }), 'forbidden');
    await set(t, { legalHold: true });
    // The caller's own refusal is the only event of it that the caller sees.
    const query = { action: 'audit.settings.replaced', outcome: 'done' };
    expect((await t.ok('listEvents', { as, query })).body.items).toEqual([]);
  });

  it('shorten the retention after 30 days, and lengthen it at once', async () => {
    const t = await h.tenant();
    const told = await set(t, { retentionDays: 365 });
    const until = Date.parse(told.notice.until);
    expect(told).toMatchObject({ retentionDays: 365, notice: { retentionDays: null } });
    expect(Math.abs(until - now() - 30 * day)).toBeLessThan(60_000);
    expect(await inForce(t)).toBeNull();

    later += 29 * day;
    expect(await inForce(t)).toBeNull();
    expect((await t.ok('getAuditSettings')).body.notice).toEqual(told.notice);
    // An announcement of less goes on with its day, an announcement of more begins anew.
    expect((await set(t, { retentionDays: 500 })).notice).toEqual(told.notice);
    expect((await set(t, { retentionDays: 365 })).notice.until).not.toBe(told.notice.until);
    later += 31 * day;
    expect(await inForce(t)).toBe(365);
    expect((await t.ok('getAuditSettings')).body).not.toHaveProperty('notice');

    const shorter = await set(t, { retentionDays: 90 });
    expect(shorter.notice.retentionDays).toBe(365);
    expect(await inForce(t)).toBe(365);
    expect(await set(t, { retentionDays: 400 }), 'longer than what counts').not.toHaveProperty('notice');
    expect(await inForce(t)).toBe(400);
  });

  it('leave nothing of a shortening that is taken back', async () => {
    const t = await h.tenant();
    const first = await t.ok('getAuditSettings');
    await set(t, { retentionDays: 90 });
    later += 29 * day;
    await set(t, {});
    expect((await t.ok('getAuditSettings')).body).toEqual(first.body);
    later += 300 * day;
    expect(await inForce(t)).toBeNull();
    const [second, announced] = await events(t);
    expect(announced).toMatchObject({
      target: 'tenant',
      after: { retentionDays: 90, notice: { retentionDays: null } },
    });
    expect(second).toMatchObject({ before: { retentionDays: 90 }, after: { retentionDays: null } });
    expect(second.after).not.toHaveProperty('notice');
  });

  it('hold everything at once, and no longer at once', async () => {
    const t = await h.tenant();
    await set(t, { retentionDays: 90 });
    later += 31 * day;
    expect(await inForce(t)).toBe(90);
    const held = await set(t, { retentionDays: 90, legalHold: true });
    expect(held).not.toHaveProperty('notice');
    expect(await inForce(t)).toBeNull();
    await set(t, { retentionDays: 90 });
    expect(await inForce(t)).toBe(90);
  });

  it('name a bucket of the customer, with an external id that nobody chooses', async () => {
    const [t, other] = [await h.tenant(), await h.tenant()];
    const { body, etag } = await put(t, { destination });
    expect(body).toEqual({ ...usual, destination, externalId: `holdfast-${t.id}` });
    expect((await t.ok('getAuditSettings')).etag).toBe(etag);
    expect((await set(other, { destination })).externalId).not.toBe(body.externalId);
    const chosen = { ...destination, externalId: 'mine' };
    expectProblem(await put(t, { destination: chosen }), 'invalid-request');
    const { prefix: _, ...bare } = destination;
    expect((await set(t, { destination: bare })).destination).toEqual(bare);
  });

  it.each([
    ['retentionDays', { retentionDays: 89 }, 'must be 90 or more, or null to keep all events for ever'],
    ['retentionDays', { retentionDays: 90.5 }, 'must be a whole number of days'],
    ['retentionDays', { retentionDays: 36_501 }, 'must be 36,500 at most'],
    ['destination/bucket', { destination: { ...destination, bucket: 'Harbour' } }, 'must be the name of a bucket'],
    ['destination/bucket', { destination: { ...destination, bucket: 'a.b.c' } }, 'no dots'],
    ['destination/region', { destination: { ...destination, region: 'Frankfurt' } }, 'such as eu-central-1'],
    ['destination/prefix', { destination: { ...destination, prefix: '/a' } }, 'with a slash between them only'],
    ['destination/prefix', { destination: { ...destination, prefix: 'a/../b' } }, 'with a slash between them only'],
    [
      'destination/roleArn',
      { destination: { ...destination, roleArn: 'arn:aws:iam::123456789012:role/Admin' } },
      'begins with HoldfastAudit',
    ],
    [
      'destination/roleArn',
      { destination: { ...destination, roleArn: 'arn:aws:iam::123456789012:role/a/HoldfastAudit' } },
      'without a path',
    ],
  ])('refuse a wrong %s, and say what is right', async (field, change, message) => {
    const t = await h.tenant();
    const before = await momentOf(h, t.id);
    const reply = await put(t, change);
    expectProblem(reply, 'invalid-request');
    expect(reply.body.errors[0]).toEqual({ field: `/${field}`, message: expect.stringContaining(message) });
    expectUntouched(before, await momentOf(h, t.id), 'invalid-request');
  });

  it('say of every field that is missing what to give', async () => {
    const t = await h.tenant();
    const { body } = await t.call('putAuditSettings', { body: {}, headers: { 'if-match': '*' } });
    expect(body.errors).toEqual([
      { field: '/retentionDays', message: 'must be a whole number of days, or null to keep all events for ever' },
      { field: '/legalHold', message: 'give true, or false to let events go when their retention is over' },
      { field: '/destination', message: 'give your bucket as an object, or null to have the bucket of the deployment' },
    ]);
    // A field too much within it has its own message.
    const surprised = await put(t, { destination: { ...destination, surprise: 1 } });
    expect(surprised.body.errors).toEqual([{ field: '/destination/surprise', message: 'is not known: remove it' }]);
  });

  it('are replaced by one of two who do it at once', async () => {
    const t = await h.tenant();
    const { etag } = await t.ok('getAuditSettings');
    const headers = { 'if-match': etag as string };
    const replies = await Promise.all([
      put(t, { retentionDays: 100 }, headers),
      put(t, { retentionDays: 200 }, headers),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect(await events(t)).toHaveLength(1);
  });
});
