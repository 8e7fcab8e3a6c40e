// Several who seal while others write at full speed, on an engine that conflicts, throttles, loses answers and shows
// halves, with clocks that differ: each event is sealed once, under one sequence, and nothing that writes waits for it.
import { describe, expect, it, vi } from 'vitest';
import { hostile, Scheduler } from '../../infra/local/model/index.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { type Denial, eventItem } from '../../shared/store/events.ts';
import { keys } from '../../shared/store/keys.ts';
import { sealSlice } from '../../shared/store/sealing.ts';
import { Store } from '../../shared/store/store.ts';
import { longSuite } from '../support/patience.ts';
import { sealAll, sealFaults, unsealedIn } from '../support/sealed.ts';
import { calmModel, seededIds, tableName } from './fire.ts';

vi.setConfig(longSuite);

const tenant = 't000000000001' as TenantId;
const margin = 60_000;
const rounds = 25;

/** @param skew of the writers' clocks, one for each; in milliseconds */
const fire = async (seed: number, sealers: number, skews: readonly number[]) => {
  // A day ends in between.
  const scheduler = new Scheduler({ seed, startAt: Date.UTC(2026, 2, 1, 23, 58) });
  const model = calmModel(scheduler, { faults: { ...hostile, deaths: 0 } });
  const random = scheduler.random.fork('sealing');
  const storeOf = (name: string, skew = 0) => {
    const chance = random.fork(name);
    const clock = {
      now: () => Math.floor(scheduler.now()) + skew,
      sleep: scheduler.sleep,
      random: () => chance.next(),
    };
    const client = model.client(name).document;
    return { store: new Store({ client, table: tableName, clock, ids: seededIds(chance.fork('ids')) }), chance };
  };
  model.seed([{ ...keys.head(tenant), version: 1, sum: 0, records: 0, guard: 1, keeperless: false } as never]);
  let counted = 0;
  const busy = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'busy') throw error;
    }
  };
  for (const [n, skew] of skews.entries()) {
    const { store, chance } = storeOf(`writer ${n}`, skew);
    scheduler.spawn(`writer ${n}`, async () => {
      for (let i = 0; i < rounds; i += 1) {
        await scheduler.sleep(chance.int(8_000));
        const actor = { kind: 'person', id: `u${n}` } as const;
        if (chance.next() < 0.3) {
          const denial: Denial = {
            action: 'role.deleted',
            target: 'r1',
            actor,
            code: 'forbidden',
            requestId: `${n}.${i}`,
          };
          // A count whose answer is lost may have happened.
          await store.deny(tenant, denial).then(
            () => {
              counted += 1;
            },
            () => {},
          );
          continue;
        }
        const [now, id] = [store.now, store.ids.event(store.now)];
        const told = { n, i };
        const event = {
          tenant,
          id,
          now,
          action: 'role.updated',
          target: 'r1',
          actor,
          requestId: `${n}.${i}`,
          told,
        } as const;
        // A slow writer: its event comes long after its id.
        if (chance.next() < 0.1) await scheduler.sleep(chance.int(30_000));
        await busy(() => store.db.put(eventItem(event)));
      }
    });
  }
  for (let n = 0; n < sealers; n += 1) {
    const { store, chance } = storeOf(`sealer ${n}`, n * 500);
    scheduler.spawn(`sealer ${n}`, async () => {
      for (let i = 0; i < rounds; i += 1) {
        await scheduler.sleep(chance.int(15_000));
        await busy(() => sealSlice(store.db, tenant, { margin }));
      }
    });
  }
  await scheduler.run();
  const { store } = storeOf('last');
  return scheduler.do(async () => {
    await scheduler.sleep(2 * margin);
    await sealAll(store.db, tenant, margin);
    const trail = await sealFaults(store.db, tenant);
    const refused = trail.events.filter(({ outcome }) => outcome === 'refused');
    const told = refused.reduce((sum, { count }) => sum + count, 0);
    return { ...trail, unsealed: await unsealedIn(store.db, tenant), told, counted };
  });
};

describe('two and three who seal', () => {
  it.each([
    [1, 2],
    [2, 3],
    [3, 3],
  ])('seal every event once, seed %i, sealers: %i', async (seed, sealers) => {
    const { faults, unsealed, events, segments, told, counted } = await fire(seed, sealers, [0, 0, -20_000, 15_000]);
    expect(faults).toEqual([]);
    expect(unsealed).toEqual([]);
    expect(events.length).toBeGreaterThan(40);
    expect(segments.length).toBeGreaterThan(10);
    expect(told).toBeGreaterThanOrEqual(counted);
  });

  it('seal late what a writer wrote whose clock is behind by more than the margin', async () => {
    const { faults, unsealed, events } = await fire(4, 2, [0, 0, -margin - 20_000]);
    expect(faults).toEqual([]);
    expect(unsealed).toEqual([]);
    expect(events.filter(({ late }) => late).length).toBeGreaterThan(0);
  });
});
