// A directory run has manners: somebody who changes the book of the same tenant gets through in a few attempts, although
// each takes longer to plan than the run takes for a commit. Time is virtual, and the commit path is the real one.
import { expect, it } from 'vitest';
import { loadHandler } from '../../functions/index.ts';
import { Scheduler } from '../../infra/local/model/index.ts';
import type { RunId } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { runSlice } from '../../shared/runs/run.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { calmModel, tableName } from '../invariant/fire.ts';
import { Directory, group } from '../support/directory.ts';
import { Harness } from '../support/harness.ts';

/** Milliseconds that an administrator's function takes to plan: longer than the run takes from commit to commit. */
const planning = 250;
const groups = 1_000;

const called = ['createTenant', 'createSource', 'postDelta', 'createPolicy', 'getRun'] as const;

interface Waited {
  readonly ms: number;
  readonly attempts: number;
  readonly status: number;
}

it.each([1, 2])(
  'lets a writer who plans slowly through within two seconds and four attempts (seed %i)',
  async (seed) => {
    // Loading a handler takes real time, in which virtual time would find everything stuck.
    await Promise.all(called.map(loadHandler));
    const scheduler = new Scheduler({ seed });
    const model = calmModel(scheduler);
    const clock = {
      now: () => Math.floor(scheduler.now()),
      sleep: scheduler.sleep,
      random: () => scheduler.random.next(),
    };
    let attempts = 0;
    const plain = model.client('run').document;
    const slow: DocumentClient = {
      send: async (command, options) => {
        if (command.constructor.name === 'TransactWriteCommand') {
          attempts += 1;
          await scheduler.sleep(planning);
        }
        return plain.send(command, options);
      },
    };
    const run = new Harness(plain, tableName, { clock });
    const tenant = await scheduler.do(() => run.tenant());
    const d = await scheduler.do(() => Directory.of(tenant));
    const posted = await scheduler.do(() =>
      d.post(...Array.from({ length: groups }, (_, i) => group(`G${i}`, 1_000 + i))),
    );
    const key = { tenant: tenant.id, id: posted.body.id as RunId };
    const admin = new Harness(slow, tableName, { clock });

    let over = false;
    const waited: Waited[] = [];
    scheduler.spawn('run', async () => {
      while ((await runSlice(run.store, key)) === 'more');
      over = true;
    });
    scheduler.spawn('administrator', async () => {
      while (!over) {
        await scheduler.sleep(400);
        const at = scheduler.now();
        attempts = 0;
        setRuntime(admin.runtime);
        const { status } = await tenant.call('createPolicy', { body: { name: `P ${Math.round(at)}` } });
        if (!over) waited.push({ ms: scheduler.now() - at, attempts, status });
      }
    });
    await scheduler.run();
    expect(waited.length).toBeGreaterThan(5);
    expect(waited.filter(({ status }) => status !== 201)).toEqual([]);
    expect(Math.max(...waited.map(({ ms }) => ms))).toBeLessThan(2_000);
    expect(Math.max(...waited.map((one) => one.attempts))).toBeLessThanOrEqual(4);
    setRuntime(run.runtime);
    const { body } = await scheduler.do(() => tenant.ok('getRun', { params: { runId: key.id } }));
    expect(body.counts).toEqual({ applied: groups, noop: 0, rejected: 0, ignored: 0 });
  },
);
