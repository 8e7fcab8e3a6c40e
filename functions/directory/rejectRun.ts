// POST /v1/directory/runs/{runId}/reject
import type { RunId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { rejectRun } from '../../shared/domain/plan/rulings.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { runOf, runView } from '../../shared/http/operations/runs.ts';
import { syncOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('rejectRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  plan: async ({ view, tenant, input, tools }) => {
    const run = await runOf(view, tenant, input.params.runId as RunId);
    return rejectRun(run, await syncOf(view, run.source), tools);
  },
  answer: (run, { tools }) => ({ body: runView(run as Run, tools.now) }),
  // The worker deletes the run's content, which can be larger than one transaction.
  work: ({ tenant }, { body }) => {
    const { id, source } = body as Run;
    return { tenant, kind: 'run', id, source };
  },
});

export const handler = mutation(definition);
