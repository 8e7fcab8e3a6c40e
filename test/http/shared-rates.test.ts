// Rates with hundreds of processes in virtual time: the buckets and the count in the table are the real ones, and the
// table is the model of the service. Every process serves one request at a time, as on Lambda.
import { describe, expect, it } from 'vitest';
import { type Random, Scheduler } from '../../infra/local/model/index.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { Buckets, rates } from '../../shared/http/gateway/buckets.ts';
import { Store } from '../../shared/store/store.ts';
import { calmModel, tableName } from '../invariant/fire.ts';

/** A load: a tenant with so many callers, who ask so often in all. */
interface Load {
  readonly tenant: string;
  readonly callers: number;
  readonly perSecond: number;
}

interface Outcome {
  readonly at: number;
  readonly admitted: boolean;
  /** Milliseconds from the arrival to the answer. */
  readonly ms: number;
}

interface Fleet {
  readonly seed: number;
  readonly processes: number;
  readonly seconds: number;
  readonly loads: readonly Load[];
  /** Without limits, to see that they matter. */
  readonly limited?: boolean;
  /** The table refuses every count. */
  readonly broken?: boolean;
}

/** Milliseconds that a process is busy with an answered check, and with a refusal. */
const service = { check: 12, refusal: 2 };

interface Waiting {
  readonly load: Load;
  readonly caller: string;
  readonly at: number;
}

/** Runs a fleet. Requests wait in the order of their arrival for a process that is free. */
const outcomes = async (fleet: Fleet): Promise<{ byTenant: Map<string, Outcome[]>; counts: number[] }> => {
  const { seed, processes, seconds, loads, limited = true, broken = false } = fleet;
  const scheduler = new Scheduler({ seed });
  const model = calmModel(scheduler);
  const start = scheduler.now();
  const byTenant = new Map<string, Outcome[]>(loads.map(({ tenant }) => [tenant, []]));
  /** Writes to the counts, by second. */
  const counts = Array.from({ length: seconds }, () => 0);
  const client = model.client('fleet').document;
  const send = async (command: unknown) => {
    const second = Math.floor((scheduler.now() - start) / 1_000);
    if (second < seconds) counts[second] = (counts[second] ?? 0) + 1;
    if (broken) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    return client.send(command as never);
  };
  const clock = {
    now: () => Math.floor(scheduler.now()),
    sleep: scheduler.sleep,
    random: () => scheduler.random.next(),
  };
  const store = new Store({ client: { send }, table: tableName, clock });
  const draw: Random = scheduler.random.fork('draws');
  const free = Array.from({ length: processes }, () => new Buckets(1_000, (below) => draw.int(below)));
  const queue: Waiting[] = [];
  let head = 0;

  const serve = (buckets: Buckets, { load, caller, at }: Waiting): void => {
    const { tenant } = load;
    let counting: Promise<unknown> | undefined;
    let admitted = true;
    try {
      const due = limited ? buckets.admit({ tenant, caller, kind: 'check' }, clock.now()) : [];
      if (due.length > 0)
        counting = Promise.all(
          due.map(async ({ told, ...use }) => told(await store.use({ tenant: tenant as TenantId, ...use }))),
        ).catch(() => {});
    } catch {
      admitted = false;
    }
    const done = () => {
      byTenant.get(tenant)?.push({ at: at - start, admitted, ms: scheduler.now() - at });
      const next = queue[head];
      if (next) {
        head += 1;
        serve(buckets, next);
      } else free.push(buckets);
    };
    // The answer waits for the count, as in a function.
    scheduler.after(admitted ? service.check : service.refusal, () => void (counting ? counting.then(done) : done()));
  };
  const arrive = (load: Load): void => {
    const waiting = { load, caller: `c${draw.int(load.callers)}`, at: scheduler.now() };
    const at = draw.int(Math.max(1, free.length));
    const [buckets] = free.length > 0 ? free.splice(at, 1) : [];
    if (buckets) serve(buckets, waiting);
    else queue.push(waiting);
  };
  for (const load of loads) {
    const chance = scheduler.random.fork(load.tenant);
    const next = (): void => {
      // Arrivals at random: exponential pauses between them.
      scheduler.after((-1_000 * Math.log(1 - chance.next())) / load.perSecond, () => {
        if (scheduler.now() - start >= 1_000 * seconds) return;
        arrive(load);
        next();
      });
    };
    next();
  }
  await scheduler.run();
  return { byTenant, counts };
};

const admittedIn = (all: readonly Outcome[] = [], from: number, to: number): number =>
  all.filter(({ at, admitted }) => admitted && at >= 1_000 * from && at < 1_000 * to).length;
const refusedOf = (all: readonly Outcome[] = []): number => all.filter(({ admitted }) => !admitted).length;
const p99 = (all: readonly Outcome[] = [], from: number): number => {
  const times = all.filter(({ at }) => at >= 1_000 * from).map(({ ms }) => ms);
  return times.sort((a, b) => a - b)[Math.floor(0.99 * times.length)] ?? 0;
};

const { perSecond, burst, sample } = rates.tenant.check;

describe('rates of three hundred processes', () => {
  it('hold a tenant and a caller to their limits, and refuse nobody within theirs', async () => {
    const [processes, seconds] = [300, 18];
    const { byTenant, counts } = await outcomes({
      seed: 1,
      processes,
      seconds,
      loads: [
        { tenant: 'flood', callers: 20, perSecond: 4 * perSecond },
        { tenant: 'greedy', callers: 1, perSecond: 2 * rates.caller.check.perSecond },
        { tenant: 'busy', callers: 10, perSecond: 0.8 * perSecond },
        { tenant: 'quiet', callers: 2, perSecond: 5 },
      ],
    });
    const of = (tenant: string) => byTenant.get(tenant) ?? [];
    const flood = admittedIn(of('flood'), 8, seconds) / (seconds - 8);
    const greedy = admittedIn(of('greedy'), 8, seconds) / (seconds - 8);
    expect(flood / perSecond).toBeGreaterThan(0.8);
    expect(flood / perSecond).toBeLessThan(1.2);
    expect(greedy / rates.caller.check.perSecond).toBeGreaterThan(0.8);
    expect(greedy / rates.caller.check.perSecond).toBeLessThan(1.2);
    // From the first request on: the burst, and what each process admits before its first count.
    expect(admittedIn(of('flood'), 0, seconds)).toBeLessThan(seconds * perSecond + burst + processes * sample);
    expect([refusedOf(of('busy')), refusedOf(of('quiet'))]).toEqual([0, 0]);
    // Even together the counts stay below what one partition takes.
    expect(Math.max(...counts)).toBeLessThan(1_000);
  });
});

describe('the neighbours of a flood', () => {
  const neighbour: Load = { tenant: 'neighbour', callers: 3, perSecond: 100 };
  // 100 processes answer 8,300 checks a second. The flood alone is more.
  const flood: Load = { tenant: 'flood', callers: 40, perSecond: 10_000 };
  const fleet = { seed: 3, processes: 100, seconds: 6 };

  it('wait at most half as long again at their 99th percentile, and without limits far longer', async () => {
    const alone = p99((await outcomes({ ...fleet, loads: [neighbour] })).byTenant.get('neighbour'), 2);
    const beside = await outcomes({ ...fleet, loads: [neighbour, flood] });
    const unlimited = await outcomes({ ...fleet, seconds: 3, loads: [neighbour, flood], limited: false });
    expect(p99(beside.byTenant.get('neighbour'), 2)).toBeLessThanOrEqual(1.5 * alone);
    expect(refusedOf(beside.byTenant.get('neighbour'))).toBe(0);
    expect(p99(unlimited.byTenant.get('neighbour'), 2)).toBeGreaterThan(10 * alone);
  });

  it('are refused nothing when the table does not count', async () => {
    const { byTenant } = await outcomes({ ...fleet, seconds: 2, loads: [neighbour], broken: true });
    expect(refusedOf(byTenant.get('neighbour'))).toBe(0);
  });
});
