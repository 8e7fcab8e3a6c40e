// The same story on bad ways: requests are lost, come twice, late, cut off or halved; the service dies in the middle of its
// work; the client dies between any two requests. Whatever happens, both sides agree in the end. MISHAPS_SEED adds a seed.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Random } from '../../infra/local/model/random.ts';
import { describeOn, type RealDirectory } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available, startSlapd } from '../support/slapd.ts';
import { BadWay } from './bad-way.ts';
import { SyncClient } from './client.ts';
import { Journey } from './journey.ts';
import { Office } from './office.ts';

vi.setConfig(longSuite);

const base = 'dc=harbour,dc=example';
/** A first load has several batches. */
const size = { people: 60, groups: 24, addresses: 40 };

/** Sixty people are few enough for a handful of changes to be much. What is held is told in the story of each directory. */
const guards = Object.fromEntries(
  ['deletions', 'disablings', 'removals', 'groupRemovals'].map((one) => [one, { number: 100_000, percent: 100 }]),
);

describeOn(available(), 'a bad way between slapd and a tenant', () => {
  let office: Office;
  let directory: RealDirectory;
  let journey: Journey;
  beforeAll(async () => {
    office = new Office('ldap', base, size);
    directory = await startSlapd(office.entries());
    await directory.change(office.join('leaf 1', office.group('top 0')));
  });
  afterAll(() => directory?.close());

  /** Some changes. */
  const changes = (random: Random): string[] => {
    const some = () => random.pick(office.people);
    const group = () => `leaf ${random.int(18)}`;
    const kinds: (() => string | readonly string[])[] = [
      () => {
        const { n, change } = office.hire(random.pick(['north', 'east']));
        return [change, office.staff(group(), [n, some(), some()])];
      },
      () => office.rename(some(), `renamed ${random.int(1_000_000)}`),
      () => office.move(some(), random.pick(['north', 'south', 'east', 'west'])),
      () => office.disable(some()),
      () => office.enable(some()),
      () => office.dismiss(some()),
      () => office.staff(group(), [some(), some(), some(), some()]),
      () => office.moveUnit('south', `south ${random.int(1_000_000)}`, random.pick(['people', 'archive'])),
      () => office.replace(office.person(some()), { displayName: [`Name ${random.int(1_000)}`] }),
    ];
    return Array.from({ length: 4 }, () => random.pick(kinds)()).flat();
  };

  const more = process.env.MISHAPS_SEED === undefined ? [] : [Number(process.env.MISHAPS_SEED)];
  it.each([1, 2, 3, ...more])('comes to the same end, seed %i', async (seed) => {
    const random = new Random(seed);
    journey = await Journey.start(directory, { guards });
    const way = await BadWay.start(() => journey.url, random.fork('way'));
    const client = await SyncClient.create(journey, way.url);
    const deaths = random.fork('deaths');
    way.watch = async () => {
      if (!way.bad || !deaths.chance(0.04)) return;
      way.happened.push('the service dies');
      await journey.restart();
    };
    try {
      for (let round = 0; round < 4; round += 1) {
        if (round > 0) await directory.change(...changes(random));
        const ends: string[] = [];
        // A call that fails leaves the rest to the next one, as under a timer. In the end the way gets better.
        for (let calls = 0; ends.at(-1) !== 'done'; calls += 1) {
          way.bad = calls < 8;
          expect(calls, `${ends}\n${way.happened.join('\n')}`).toBeLessThan(12);
          ends.push((await client.run()).exit);
        }
        await way.late();
        const label = `seed ${seed}, round ${round}: ${ends}\n${way.happened.join('\n')}`;
        await journey.agrees(label);
      }
      // Enough has happened, or this test proves less than it says.
      expect(way.happened.length).toBeGreaterThan(8);
    } finally {
      await client.close();
      await way.close();
      await journey.close();
    }
  });

  it('comes to the same end wherever the client is killed', async () => {
    const random = new Random(4);
    journey = await Journey.start(directory, { guards });
    const way = await BadWay.start(() => journey.url, random);
    way.bad = false;
    const client = await SyncClient.create(journey, way.url);
    try {
      expect(await client.run()).toMatchObject({ exit: 'done' });
      let killed = 0;
      /** Kills the client at its nth request of a kind, and lets another one finish. True when there was such a request. */
      const killedAt = async (n: number, when: 'before' | 'after'): Promise<boolean> => {
        await directory.change(...changes(random));
        const child = client.start();
        let count = 0;
        way.watch = (method, at) => {
          // What only reads leaves nothing behind that its answer would tell of.
          if (at !== when || (at === 'after' && method === 'GET')) return;
          count += 1;
          if (count !== n) return;
          child.kill();
          // What was asked dies with who asked.
          throw new Error('killed');
        };
        const { exit, log } = await child.ended;
        way.watch = undefined;
        if (exit !== 'killed') expect(exit, JSON.stringify(log)).toBe('done');
        const again = await client.run();
        expect(again.exit, `after it was killed ${when} request ${n}: ${JSON.stringify(again.log)}`).toBe('done');
        await journey.agrees(`killed ${when} request ${n}`);
        return exit === 'killed';
      };
      for (const when of ['before', 'after'] as const) for (let n = 1; await killedAt(n, when); n += 1) killed += 1;
      // Before source, opening, batch, commit and the state of the run; after opening, batch and commit, at least.
      expect(killed).toBeGreaterThanOrEqual(8);
    } finally {
      await client.close();
      await way.close();
      await journey.close();
    }
  });
});
