// POST /v1/directory/runs/{runId}/approve
import type { RunId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { approveRun } from '../../shared/domain/plan/rulings.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { runOf, runView } from '../../shared/http/operations/runs.ts';
import { syncOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('approveRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  plan: async ({ view, tenant, world, input, tools }) => {
    const run = await runOf(view, tenant, input.params.runId as RunId);
    return approveRun(world, run, input.body.digest, await syncOf(view, run.source), tools);
  },
  answer: (run, { tools }) => ({ body: runView(run as Run, tools.now) }),
  work: ({ tenant }, { body }) => {
    const { id, source } = body as Run;
    return { tenant, kind: 'run', id, source };
  },
});

export const handler = mutation(definition);
