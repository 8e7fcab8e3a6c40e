// POST /v1/directory/runs/{runId}/abandon
import type { RunId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { needDeliverer, sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { abandonRun } from '../../shared/domain/plan/run-protocol.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { runOf, runView } from '../../shared/http/operations/runs.ts';
import { syncOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('abandonRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  plan: async ({ view, book, tenant, input, by, tools }) => {
    const run = await runOf(view, tenant, input.params.runId as RunId);
    needDeliverer(sourceOf(book, run.source), by.access?.id, by.keeper);
    return abandonRun(run, await syncOf(view, run.source), tools);
  },
  answer: (run, { tools }) => ({ body: runView(run, tools.now) }),
  // The worker deletes what was received.
  work: ({ tenant }, { body }) => {
    const { id, source } = body as Run;
    return { tenant, kind: 'run', id, source };
  },
});

export const handler = mutation(definition);
