// The chain takes from the buckets before it reads a table, and counts for all processes while it reads: a flood is told
// to wait by a process that has seen none of it, another tenant is not, and a table that cannot count refuses nobody.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Buckets, rates } from '../../shared/http/gateway/buckets.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { identityDigest } from '../../shared/store/keys.ts';
import { Store } from '../../shared/store/store.ts';
import { bootEngine, Harness, issuer, operator, person, service, type Tenant } from '../support/harness.ts';

let close: () => Promise<void>;
let client: DocumentClient;
let h: Harness;
let flood: Tenant;
let quiet: Tenant;
beforeAll(async () => {
  const booted = await bootEngine();
  close = booted.engine.close;
  client = booted.client;
  h = new Harness(client, booted.table);
  [flood, quiet] = [await h.tenant(), await h.tenant()];
});
afterAll(() => close());

const asks = (tenant: Tenant) => ({
  as: service(tenant.id),
  body: { user: tenant.firstUser, permission: 'viewAllReports' },
});
/** Makes the process that answers from now on: with buckets of its own, and a store that sends through `send`. */
const process = (buckets: Buckets, send: DocumentClient['send'] = (...sent) => client.send(...sent), now?: number) => {
  const clock = { now: () => now ?? Date.now(), sleep: async () => {}, random: Math.random };
  setRuntime({ ...h.runtime, buckets, store: new Store({ client: { send }, table: h.table, clock }) });
};
const isCount = (command: { input: { Key?: { SK?: string } } }) => command.input.Key?.SK === 'RATE';
/** Buckets that count every so many requests, from the first on. */
const counting = () => new Buckets(1_000, () => 0);
const items = async (tenant: Tenant) => (await h.items(tenant.id)).filter(({ SK }) => SK === 'RATE');

describe('rates', () => {
  it('answer 429 with Retry-After to a flood, without reading or writing anything, and leave another tenant alone', async () => {
    // The other tenant's request is the first of its sample, of which the last one is counted.
    const buckets = new Buckets(1_000, (below) => below - 1);
    const now = Date.now();
    process(buckets, undefined, now);
    const caller = identityDigest(issuer, 'product');
    for (let i = 0; i < rates.caller.check.burst; i += 1)
      buckets.admit({ tenant: flood.id, caller, kind: 'check' }, now);
    const before = await h.items(flood.id);
    const refused = await h.call('check', asks(flood));
    expect([refused.status, refused.body.code]).toEqual([429, 'too-many-requests']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(await h.items(flood.id)).toEqual(before);
    expect((await h.call('check', asks(quiet))).status).toBe(200);
  });

  it('refuse in a process that has seen one request what others have used up, and no other tenant', async () => {
    const now = Date.now();
    const beyond = 30_000;
    for (const rate of ['check', `check#${identityDigest(issuer, 'product')}`])
      await h.store.use({ tenant: flood.id, rate, ms: beyond, requests: 1, busy: false });
    process(counting(), undefined, now);
    expect((await h.call('check', asks(flood))).status).toBe(200);
    const refused = await h.call('check', asks(flood));
    expect(refused.status).toBe(429);
    const left = (beyond - 1_000 * (rates.caller.check.burst / rates.caller.check.perSecond)) / 1_000;
    expect(Math.abs(Number(refused.headers['retry-after']) - left)).toBeLessThanOrEqual(2);
    for (let i = 0; i < 3; i += 1) expect((await h.call('check', asks(quiet))).status).toBe(200);
    const [caller, tenant] = await items(quiet);
    expect([Number(caller?.used) - now, Number(tenant?.used) - now]).toEqual([50, 50]);
    expect(Number(tenant?.expires) - now / 1_000).toBeGreaterThan(3_000);
    expect(JSON.stringify(await items(quiet))).not.toContain('product');
  });

  it('limit requests whose token does not admit them, because their refusals are recorded', async () => {
    const buckets = new Buckets();
    const now = Date.now();
    process(buckets, undefined, now);
    const request = { as: service(flood.id), body: { name: 'Not for products' } };
    expect((await h.call('createRole', request)).body.code).toBe('caller-kind');
    const caller = identityDigest(issuer, 'product');
    for (let i = 1; i < rates.caller.other.burst; i += 1)
      buckets.admit({ tenant: flood.id, caller, kind: 'other' }, now);
    const before = await h.items(flood.id);
    expect((await h.call('createRole', request)).body.code).toBe('too-many-requests');
    expect(await h.items(flood.id)).toEqual(before);
  });

  it('of operators are not used up by tokens that name no tenant', async () => {
    const buckets = new Buckets();
    process(buckets, undefined, Date.now());
    const nobody = { ...person(flood.id, 'nobody'), tenant: undefined };
    for (let i = 0; i <= rates.caller.other.burst; i += 1)
      expect((await h.call('listTenants', { as: nobody })).body.code).toBe('caller-kind');
    expect((await h.call('listTenants', { as: operator })).status).toBe(200);
  });

  it('count beside the first read, so that a check is still one round trip', async () => {
    const fresh = await h.tenant();
    const begun: string[] = [];
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    process(counting(), async (command, options) => {
      begun.push(isCount(command) ? 'count' : 'read');
      // Nothing is answered before the counts and the read are all under way.
      if (begun.length >= 3) release();
      await both;
      return client.send(command, options);
    });
    expect((await h.call('check', asks(fresh))).status).toBe(200);
    expect(begun.filter((one) => one === 'count')).toHaveLength(2);
    expect(begun.slice(0, 3).sort()).toEqual(['count', 'count', 'read']);
  });

  it('refuse nobody when the table does not count, and say so in the log', async () => {
    process(counting(), (command, options) => {
      if (isCount(command))
        return Promise.reject(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
      return client.send(command, options);
    });
    h.logs.splice(0);
    for (let i = 0; i < 120; i += 1) expect((await h.call('check', asks(quiet))).status).toBe(200);
    const told = h.logs.filter(({ message }) => message === 'rate-not-counted');
    expect(told).toHaveLength(3 + 5);
    expect(told[0]?.fields).toEqual({ tenant: quiet.id, error: 'ThrottlingException' });
  });

  it('cost less than three per cent of a check: three writes in fifty, and at most one more where a guess was wrong', async () => {
    const sent: string[] = [];
    process(new Buckets(), (command, options) => {
      if (isCount(command)) sent.push(command.constructor.name);
      return client.send(command, options);
    });
    const checks = 1_000;
    for (let i = 0; i < checks; i += 1) await h.call('check', asks(quiet));
    const counts = checks / rates.tenant.check.sample + checks / rates.caller.check.sample;
    expect(sent.length).toBeGreaterThanOrEqual(counts - 2);
    expect(sent.length).toBeLessThanOrEqual(2 * counts + 4);
    const [writeUnit, million, check] = [0.625 / 1e6, 1e6, 2];
    expect((counts / checks) * writeUnit * million).toBeLessThan(0.03 * check);
  });
});
