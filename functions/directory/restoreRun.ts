// POST /v1/directory/runs/{runId}/restore
import type { RunId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { restoreRun } from '../../shared/domain/plan/run-protocol.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { runOf, runView } from '../../shared/http/operations/runs.ts';
import { unfinishedRunOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('restoreRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  plan: async ({ view, world, tenant, input, by, tools, requestId, traceId, runtime }) => {
    const run = await runOf(view, tenant, input.params.runId as RunId);
    const about = { actor: by.actor as Run['actor'], requestId, traceId, issuers: runtime.token.issuers };
    return restoreRun(world, run, about, await unfinishedRunOf(view, run.source), tools);
  },
  answer: (run, { tools }) => ({ body: runView(run, tools.now) }),
  work: ({ tenant }, { body }) => {
    const { id, source } = body as Run;
    return { tenant, kind: 'run', id, source };
  },
});

export const handler = mutation(definition);
