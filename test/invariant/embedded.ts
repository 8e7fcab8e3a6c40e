// The same fire on the embedded engine: real time, real conditions, sixteen workers. It is judged at quiet points only,
// and there the refusals are judged too.

import { Random } from '../../infra/local/model/index.ts';
import { type DocumentClient, systemClock } from '../../shared/store/db.ts';
import { Store } from '../../shared/store/store.ts';
import { bootEngine } from '../support/harness.ts';
import { afterwards } from './afterwards.ts';
import { ready, withStore } from './calling.ts';
import { count, expectedCodes, type Figures, noFigures, perform, seededIds } from './fire.ts';
import type { Raw } from './naive.ts';
import { quietRefusals } from './quiet.ts';
import { prepareSites } from './sites.ts';
import { nextStep, type Site } from './steps.ts';
import { isEvent, isOfDirectory, isSignIn, Watch } from './watch.ts';

const failure = (name: string, more: object = {}): Error => Object.assign(new Error(name), { name, ...more });

/** The engine, with conflicts and lost answers, which it never has by itself. */
const unkind = (client: DocumentClient, random: Random, figures: Figures): DocumentClient => ({
  async send(command) {
    if (random.chance(0.03)) {
      figures.conflicts += 1;
      if (!('TransactItems' in command.input)) throw failure('ProvisionedThroughputExceededException');
      const CancellationReasons = [{ Code: 'TransactionConflict' }];
      throw failure('TransactionCanceledException', { CancellationReasons });
    }
    const answer = await client.send(command);
    if (random.chance(0.03)) {
      figures.lostAnswers += 1;
      throw failure('TimeoutError');
    }
    return answer;
  },
});

interface EmbeddedOptions {
  readonly seed: number;
  readonly workers?: number;
  readonly steps?: number;
  readonly phases?: number;
  readonly quiet?: number;
  readonly faults?: boolean;
}

interface EmbeddedRun {
  readonly figures: Figures;
  readonly violations: readonly string[];
  readonly last: readonly string[];
}

export const fireEmbedded = async (options: EmbeddedOptions): Promise<EmbeddedRun> => {
  const { seed, workers = 16, steps = 12, phases = 4, quiet = 12, faults = true } = options;
  await ready();
  const { engine, client, table } = await bootEngine('embedded');
  const figures: Figures = { ...noFigures(), runs: 1, outcomes: {} };
  const violations: string[] = [];
  const last: string[] = [];
  const random = new Random(seed);
  const watch = new Watch();
  const storeOf = (label: string, kind: boolean): Store => {
    const chance = random.fork(`clock ${label}`);
    const made = kind ? client : unkind(client, random.fork(`faults ${label}`), figures);
    const clock = { ...systemClock, random: () => chance.next() };
    return new Store({ client: made, table, clock, ids: seededIds(random.fork(`ids ${label}`)) });
  };
  const main = storeOf('main', true);
  const kindly = <T>(fn: () => Promise<T>): Promise<T> => withStore(main, fn);

  let sites: Site[] = [];
  const isPosted = (request: string) => sites.some((site) => site.posted.has(request));

  /** Reads a tenant anew, and says what is wrong with it. */
  const look = async (tenant: string): Promise<string[]> => {
    const facts = watch.facts(tenant);
    facts.clear();
    const requests = new Map<unknown, number>();
    const sets = new Map<unknown, number>();
    for (const item of await main.db.scan(`T#${tenant}`)) {
      const after = item as Raw;
      const [pk, sk] = [String(item.PK), String(item.SK)];
      facts.take({ pk, sk, after });
      if (!isEvent({ pk, sk }) || after.outcome !== 'done' || isSignIn(after)) continue;
      const whole = after.action === 'changes.submitted' ? sets : requests;
      // A directory's change has an event for each user and group.
      const request = isOfDirectory(after) ? `${after.requestId} of ${after.target}` : after.requestId;
      whole.set(request, (whole.get(request) ?? 0) + 1);
    }
    // A change set has an event of its own, besides those of its operations.
    const counted = [...requests].filter(([id]) => !sets.has(id) && !isPosted(String(id)));
    const twice = [...counted, ...sets]
      .filter(([, times]) => times > 1)
      .map(([id]) => `request ${id} was carried out twice`);
    return [...facts.faults(), ...twice].map((one) => `${tenant}: ${one}`);
  };

  try {
    sites = await kindly(() =>
      prepareSites(watch, random.fork('sites'), ['complete', 'exchange-rules', 'email-security'], look),
    );
    const stores = Array.from({ length: workers }, (_, n) => storeOf(`w${n}`, !faults));
    for (let phase = 0; phase < phases && violations.length === 0; phase += 1) {
      const work = stores.map(async (store, n) => {
        const draw = random.fork(`w${n} ${phase}`);
        const site = sites[n % sites.length] as Site;
        await withStore(store, async () => {
          for (let step = 0; step < steps; step += 1) {
            const next = nextStep(draw, site, phase % 2 === 0 ? 'edge' : 'wide');
            const requestId = `q${phase}-${n}-${step}`;
            const { status, code } = await perform(next, site, requestId);
            count(figures, next, status, code);
            last.push(`${requestId} ${site.tenant} ${next.id}: ${status} ${code ?? ''}`);
            if (last.length > 60) last.shift();
            if (code !== undefined && !expectedCodes.has(code))
              violations.push(`${requestId} answered ${status} ${code}`);
          }
        });
      });
      await Promise.all(work);
      for (const site of sites) {
        violations.push(...(await look(site.tenant)));
        const fresh = storeOf(`fresh ${phase}`, true);
        violations.push(...(await afterwards(site, fresh, [main])));
        const draw = random.fork(`quiet ${phase}`);
        const asked = await kindly(() =>
          quietRefusals(site, draw, quiet, async () => {
            violations.push(...(await look(site.tenant)));
          }),
        );
        violations.push(...asked.found);
        figures.asked += asked.figures.asked;
        figures.refused += asked.figures.refused;
      }
    }
  } catch (error) {
    violations.push(String((error as Error).stack ?? error));
  } finally {
    await engine.close();
  }
  figures.violations = violations.length;
  return { figures, violations, last };
};
