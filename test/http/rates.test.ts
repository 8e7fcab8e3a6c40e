// The chain takes from the buckets before it reads a table: a flood is told to wait, another tenant is not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../infra/local/engine.ts';
import { Buckets, rates } from '../../shared/http/gateway/buckets.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { boot, type Harness, service, type Tenant } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
let flood: Tenant;
let quiet: Tenant;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
  [flood, quiet] = [await h.tenant(), await h.tenant()];
});
afterAll(() => engine.close());

describe('rates', () => {
  it('answer 429 with Retry-After to a flood, without reading or writing anything, and leave another tenant alone', async () => {
    const buckets = new Buckets();
    setRuntime({ ...h.runtime, buckets });
    const body = { user: flood.firstUser, permission: 'viewAllReports' };
    const caller = `${'https://issuer.test'} product`;
    // Emptied as of a minute from now: nothing drips in while the test runs.
    const now = h.store.now + 60_000;
    while (buckets.take(`check ${flood.id} ${caller}`, rates.caller.check, now) === 0);
    const before = await h.items(flood.id);
    const refused = await h.call('check', { as: service(flood.id), body });
    expect([refused.status, refused.body.code]).toEqual([429, 'too-many-requests']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(await h.items(flood.id)).toEqual(before);
    const other = await h.call('check', {
      as: service(quiet.id),
      body: { user: quiet.firstUser, permission: 'viewAllReports' },
    });
    expect(other.status).toBe(200);
  });
});
