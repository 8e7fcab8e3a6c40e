// What sealing and exporting cost the table, for each thousand events. Only calls and units are counted, so the numbers
// are the same on every machine.
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type EventId, timePrefix } from '../../shared/domain/base/ids.ts';
import { passOf } from '../../shared/exports/pass.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { eventItem } from '../../shared/store/events.ts';
import { MemoryExports } from '../exports/memory.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { SleepingClock, spentBy, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
const clock = new SleepingClock(Date.UTC(2026, 2, 1, 12));
const harness = new Harness(wrapped, table, { clock });
const margin = 60_000;

/** Writes events one behind the other, of some 500 bytes, 10 a second. */
const write = async (tenant: Tenant, count: number): Promise<void> => {
  const items = Array.from({ length: count }, (_, n) => {
    const now = clock.time + n * 100;
    const tail = String(n).padStart(10, '0');
    return eventItem({
      tenant: tenant.id,
      id: `e${timePrefix(now)}${tail}` as EventId,
      now,
      action: 'role.members.added',
      target: `r${tail}00`,
      actor: { kind: 'person', id: tenant.firstUser },
      requestId: tail,
      told: { members: [`${tenant.firstUser}.aaaaaa`] },
    });
  });
  for (let at = 0; at < count; at += 25) {
    const some = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [table]: some } }));
  }
  clock.time += count * 100 + 3 * margin;
};

/** What a pass sends and is charged. */
const costOf = async (tenant: Tenant, exports: MemoryExports | undefined) => {
  const { db } = harness.store;
  const tools = { db, notary, margin, storeOf: async () => exports };
  const { requests, readUnits, writeUnits } = await spentBy(wrapped, () => passOf(tools, tenant.id));
  return { requests, reads: Math.round(readUnits), writes: Math.round(writeUnits) };
};
const notary = localNotary(harness.store.db, newNotaryKey());

describe.skipIf(process.env.DYNAMODB_ENDPOINT !== undefined)('a thousand events', () => {
  // A few units depend on how full the last tile is that a segment rewrites.
  it('cost so much to seal, to export afterwards, and in one pass, however many are sealed already', async () => {
    const tenant = await harness.tenant();
    const exports = new MemoryExports();
    await write(tenant, 2_000);
    // The key is registered, and the day has begun.
    await costOf(tenant, exports);
    await write(tenant, 1_000);
    const sealing = await costOf(tenant, undefined);
    const exporting = await costOf(tenant, exports);
    await write(tenant, 1_000);
    const both = await costOf(tenant, exports);
    await write(tenant, 10);
    const ten = await costOf(tenant, exports);
    expect({ sealing, exporting, both, ten }).toMatchInlineSnapshot(`
      {
        "both": {
          "reads": 102,
          "requests": 21,
          "writes": 109,
        },
        "exporting": {
          "reads": 98,
          "requests": 17,
          "writes": 3,
        },
        "sealing": {
          "reads": 97,
          "requests": 16,
          "writes": 106,
        },
        "ten": {
          "reads": 18,
          "requests": 20,
          "writes": 25,
        },
      }
    `);
  });
});
