// Holds a run whose plan trips a guard. The transaction that holds it carries the audit event; the run's content stays.
import type { RunPlan, RunResult } from '../domain/directory.ts';
import { holdRun as held } from '../domain/plan/rulings.ts';
import { toRun, toSync } from '../store/directory.ts';
import { keys } from '../store/keys.ts';
import { keepContent, saveResults } from '../store/runs.ts';
import { deliverer, type LoadedRun, RunOver } from './slice.ts';

/**
 * @param results of the entries, none of which was carried out
 * @throws RunOver when another worker was faster; RunFailed
 */
export const holdRun = async (slice: LoadedRun, plan: RunPlan, results: readonly RunResult[]): Promise<void> => {
  const { store, key, run } = slice;
  const where = keys.run(key.tenant, key.id);
  const source = keys.sync(key.tenant, run.source);
  await keepContent(store.db, key, run);
  const saved = await saveResults(store.db, key, results);
  await store.mutate({
    tenant: key.tenant,
    operation: 'directory.run',
    requestId: run.requestId,
    traceId: run.traceId,
    run: run.id,
    alsoRead: [keys.activeRun(key.tenant, run.source), keys.access(key.tenant, run.actor.id), where, source],
    authorise: (read) => deliverer(slice, read),
    plan: async (read) => {
      const [item, sync] = await read.items([where, source]);
      const now = toRun(item);
      if (now?.state !== 'running') throw new RunOver();
      return { change: held({ ...now, ...saved }, plan, toSync(sync)), body: undefined };
    },
  });
};
