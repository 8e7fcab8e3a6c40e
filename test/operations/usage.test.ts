// Metering: what each tenant uses, told once a day.
import type { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../../functions/events/bus.ts';
import { meter } from '../../functions/events/meter.ts';
import type { Engine } from '../../infra/local/engine.ts';
import { systemClock } from '../../shared/store/db.ts';
import type { Usage } from '../../shared/store/usage.ts';
import { drain } from '../support/directory.ts';
import { boot, type Harness, issuer, operator } from '../support/harness.ts';
import { momentOf } from '../support/problems.ts';

let later = 0;
let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot({ clock: { ...systemClock, now: () => Date.now() + later } }));
});
afterAll(() => engine.close());

const run = { time: '2026-03-02T00:15:00Z' };
const recorded = (refuse = false) => {
  const told: Usage[] = [];
  const sizes: number[] = [];
  const bus: Bus = {
    send: async ({ input: { Entries = [] } }: PutEventsCommand) => {
      sizes.push(Entries.length);
      for (const { Source, DetailType, Detail = '' } of Entries) {
        expect([Source, DetailType]).toEqual(['holdfast', 'Tenant usage']);
        told.push(JSON.parse(Detail));
      }
      return { Entries: Entries.map(() => (refuse ? { ErrorCode: 'No' } : {})) };
    },
  };
  return { told, sizes, run: meter(() => bus, 'bus') };
};

describe('usage', () => {
  it('is counted for every tenant, whatever its state, and writes nothing', async () => {
    const t = await h.tenant();
    for (let n = 0; n < 3; n += 1) await t.user(`Person ${n}`);
    const gone = await t.user('Gone');
    await t.ok('deleteUser', { params: { userId: gone } });
    const off = await t.user('Off');
    await t.ok('updateUser', { params: { userId: off }, body: { state: 'disabled' } });
    const machine = { kind: 'machine', name: 'M', identity: { issuer, subject: 'm' } };
    await t.ok('createUser', { body: machine });
    const others: string[] = [];
    for (let n = 0; n < 11; n += 1) others.push((await h.tenant()).id);
    const body = { state: 'suspended', reason: 'Unpaid' };
    await h.ok('updateTenantById', { as: operator, params: { tenantId: others[0] as string }, body });
    for (const [rate, requests] of [
      ['check', 50],
      ['check', 50],
      ['other', 20],
    ] as const)
      await h.store.use({ tenant: t.id, rate, ms: 50, requests, busy: false });
    const before = await momentOf(h, t.id);
    const { told, sizes, run: tell } = recorded();
    expect(await tell(run)).toEqual({ tenants: 12 });
    expect(await momentOf(h, t.id)).toEqual(before);
    expect(sizes).toEqual([10, 2]);
    expect(told.map(({ tenant }) => tenant).sort()).toEqual([t.id, ...others].sort());
    const own = told.find(({ tenant }) => tenant === t.id);
    expect(own).toEqual({
      ...{ id: `${t.id}.2026-03-01`, tenant: t.id, day: '2026-03-01', state: 'active' },
      ...{ activePersons: 4, activeMachines: 1, disabled: 1, bookBytes: expect.any(Number) },
      ...{ checksCounted: 100, othersCounted: 20 },
    });
    expect(own?.bookBytes).toBe((await h.store.view(t.id))?.head.bytes);
    expect(told.find(({ tenant }) => tenant === others[0])?.state).toBe('suspended');
  });

  it('is told again with the same ids when the bus has refused it', async () => {
    const refused = recorded(true);
    await expect(refused.run(run)).rejects.toThrow(/refused 10 events/);
    const { told, run: tell } = recorded();
    await tell(run);
    expect(told.slice(0, 10).map(({ id }) => id)).toEqual(refused.told.map(({ id }) => id));
  });

  it('comes with the upkeep of a book that nobody has changed since its deletions could be compacted', async () => {
    const t = await h.tenant();
    const { body } = await t.ok('createPolicy', { body: { name: 'Gone' } });
    await t.ok('deletePolicy', { params: { policyId: body.id } });
    const told = async () => {
      h.work.length = 0;
      await recorded().run(run);
      return h.work.filter(({ tenant }) => tenant === t.id);
    };
    expect(await told()).toEqual([]);
    later = 8 * 86_400_000;
    expect(await told()).toEqual([{ tenant: t.id, kind: 'sweep', id: 'compaction' }]);
    later = 0;
  });

  it('comes with the sweeps that wait, because the message about one was lost', async () => {
    const t = await h.tenant();
    const user = await t.user('Gone');
    h.work.length = 0;
    await t.ok('deleteUser', { params: { userId: user } });
    await t.ok('eraseUser', { params: { userId: user } });
    const told = async () => {
      h.work.length = 0;
      await recorded().run(run);
      return h.work.filter(({ tenant }) => tenant === t.id);
    };
    expect(await told()).toEqual([{ tenant: t.id, kind: 'sweep', id: 'waiting' }]);
    await drain(h);
    expect(await told()).toEqual([]);
  });
});
