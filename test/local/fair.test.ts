// The fair share: never more at once than there are places, and a flood of one tenant does not make another wait long.
import { describe, expect, it } from 'vitest';
import { FairShare } from '../../infra/local/fair.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('fair share', () => {
  it('runs no more at once than it has places, and all of it in the end', async () => {
    const share = new FairShare(3);
    let now = 0;
    let most = 0;
    let done = 0;
    const work = async () => {
      now += 1;
      most = Math.max(most, now);
      await tick();
      now -= 1;
      done += 1;
    };
    await Promise.all(Array.from({ length: 50 }, (_, i) => share.run(`t${i % 4}`, work)));
    expect([most, done]).toEqual([3, 50]);
  });

  it("a tenant's request among a thousand of another's waits for its turn, not for theirs", async () => {
    const share = new FairShare(2);
    const order: string[] = [];
    const ask = (tenant: string) =>
      share.run(tenant, async () => {
        await tick();
        order.push(tenant);
      });
    const flood = Array.from({ length: 1_000 }, () => ask('flood'));
    const quiet = ask('quiet');
    await Promise.all([...flood, quiet]);
    expect(order.indexOf('quiet')).toBeLessThan(6);
  });

  it('runs no more of one tenant at once than its part, and begins what others ask at once', async () => {
    const share = new FairShare(5, 2);
    const running = new Map<string, number>();
    let most = 0;
    const ends: (() => void)[] = [];
    const ask = (tenant: string) =>
      share.run(tenant, async () => {
        running.set(tenant, (running.get(tenant) ?? 0) + 1);
        most = Math.max(most, ...running.values());
        await new Promise<void>((resolve) => ends.push(resolve));
        running.set(tenant, (running.get(tenant) ?? 0) - 1);
      });
    const asked = [...Array.from({ length: 6 }, () => ask('flood')), ask('quiet'), ask('quiet'), ask('late')];
    await tick();
    expect([...running]).toEqual([
      ['flood', 2],
      ['quiet', 2],
      ['late', 1],
    ]);
    while (ends.length > 0) {
      for (const end of ends.splice(0)) end();
      await tick();
    }
    await Promise.all(asked);
    expect([most, ...running.values()]).toEqual([2, 0, 0, 0]);
  });

  it('gives its place back when the work fails', async () => {
    const share = new FairShare(1);
    await expect(share.run('t', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(share.run('t', async () => 'yes')).resolves.toBe('yes');
  });
});
