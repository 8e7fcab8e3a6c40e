// What EventBridge Scheduler starts: a message for every tenant and for the operators.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { handler } from '../../functions/events/schedule-exports.ts';
import type { Engine } from '../../infra/local/engine.ts';
import type { Reminder, Work } from '../../shared/http/gateway/queue.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { operatorsRoom } from '../../shared/store/keys.ts';
import { boot, type Harness, operator } from '../support/harness.ts';

let engine: Engine;
let h: Harness;
beforeAll(async () => {
  ({ engine, harness: h } = await boot());
});
afterAll(() => engine.close());

const time = '2026-03-02T12:00:00Z';

it('sends a message for each, whatever its state, which counts once for a firing; a run that died sends all again', async () => {
  const tenants: string[] = [operatorsRoom];
  for (let n = 0; n < 25; n += 1) tenants.push((await h.tenant()).id);
  const body = { state: 'suspended', reason: 'Unpaid' };
  await h.ok('updateTenantById', { as: operator, params: { tenantId: tenants[1] as string }, body });
  const sent = new Map<string, Work>();
  let isAway = true;
  const enqueueAll = async (reminders: readonly Reminder[]) => {
    // Of messages that are sent together some may arrive, although the sender is told of a failure.
    for (const { work, once } of isAway ? reminders.slice(0, 7) : reminders) sent.set(once, work);
    if (isAway) throw new Error('the queue is away');
  };
  setRuntime({ ...h.runtime, queue: { ...h.runtime.queue, enqueueAll } });
  await expect(handler({ time })).rejects.toThrow('the queue is away');
  expect(sent.size).toBe(7);
  isAway = false;
  expect(await handler({ time })).toEqual({ tenants: 26 });
  expect([...sent.values()].map(({ tenant }) => tenant).sort()).toEqual([...tenants].sort());
  for (const [once, work] of sent) {
    expect(work).toEqual({ tenant: work.tenant, kind: 'export', id: 'pass' });
    // SQS takes 128 characters of these.
    expect(once).toBe(`${work.tenant}.export.${time}`);
  }
  await handler({ time: '2026-03-02T13:00:00Z' });
  expect(sent.size).toBe(52);
});
