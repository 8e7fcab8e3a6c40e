// Virtual time: order, determinism, and the two ways a run can fail to end.
import { describe, expect, test } from 'vitest';
import { Random, Scheduler, WorkerDied } from '../../infra/local/model/index.ts';

describe('scheduler', () => {
  test('time jumps from event to event', async () => {
    const scheduler = new Scheduler({ startAt: 0 });
    const log: string[] = [];
    const task = (name: string, ms: number) =>
      scheduler.spawn(name, async () => {
        await scheduler.sleep(ms);
        await Promise.resolve();
        log.push(`${name}@${scheduler.now()}`);
        await scheduler.sleep(3_600_000);
      });
    task('late', 500);
    task('early', 20);
    // Were it to wait, this would take an hour.
    await scheduler.run();
    expect(log).toEqual(['early@20', 'late@500']);
    expect(scheduler.now()).toBe(3_600_500);
  });

  const orderOf = async (seed: number): Promise<string> => {
    const scheduler = new Scheduler({ seed });
    let order = '';
    for (const name of 'abcdefgh') {
      scheduler.spawn(name, async () => {
        await scheduler.sleep(5);
        order += name;
      });
    }
    await scheduler.run();
    return order;
  };

  test('simultaneous events have an order that the seed decides', async () => {
    expect(await orderOf(1)).toBe(await orderOf(1));
    const orders = await Promise.all([1, 2, 3, 4].map(orderOf));
    expect(new Set(orders).size).toBeGreaterThan(1);
  });

  test('waits for work outside virtual time before time moves on', async () => {
    const scheduler = new Scheduler();
    const hashed = () => crypto.subtle.digest('SHA-256', new Uint8Array(1_000));
    const digest = await scheduler.do(() => scheduler.outside(hashed()));
    expect(digest.byteLength).toBe(32);
  });

  test('a task that waits for nothing is named', async () => {
    const scheduler = new Scheduler();
    scheduler.spawn('forgotten', () => new Promise(() => undefined));
    await expect(scheduler.run()).rejects.toThrow(/stuck.*forgotten/);
  });

  test('work outside takes its time, and virtual time waits for it', async () => {
    const scheduler = new Scheduler({ startAt: 0 });
    const seen: string[] = [];
    scheduler.spawn('asks a real engine', async () => {
      await scheduler.sleep(5);
      await scheduler.outside(new Promise((resolve) => setTimeout(resolve, 150)));
      seen.push(`answered at ${scheduler.now()}`);
    });
    scheduler.spawn('has time', async () => {
      await scheduler.sleep(10);
      seen.push(`slept until ${scheduler.now()}`);
    });
    await scheduler.run();
    expect(seen).toEqual(['answered at 5', 'slept until 10']);
    const failing = scheduler.do(() => scheduler.outside(Promise.reject(new Error('out of order'))));
    await expect(failing).rejects.toThrow('out of order');
  });

  test('an abandoned task need not end', async () => {
    const scheduler = new Scheduler();
    scheduler.spawn('dead', () => new Promise(() => undefined));
    scheduler.abandon('dead');
    await scheduler.run();
  });

  test('steps are bounded', async () => {
    const scheduler = new Scheduler({ maxSteps: 100 });
    scheduler.spawn('endless', async () => {
      for (;;) await scheduler.sleep(1);
    });
    await expect(scheduler.run()).rejects.toThrow(/no end after 100 steps.*endless/);
  });

  test('the first task that throws ends the run; the death of a worker does not', async () => {
    const scheduler = new Scheduler();
    scheduler.spawn('dies', () => Promise.reject(new WorkerDied('dies')));
    scheduler.spawn('breaks', async () => {
      await scheduler.sleep(1);
      throw new Error('broken');
    });
    await expect(scheduler.run()).rejects.toThrow('broken');
  });
});

test('forked streams of chance do not disturb each other', () => {
  const one = new Random(7);
  const other = new Random(7);
  one.fork('x').next();
  expect(one.next()).toBe(other.next());
  expect(new Random(7).fork('x').next()).not.toBe(new Random(7).fork('y').next());
});
