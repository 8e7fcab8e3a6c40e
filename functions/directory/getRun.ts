// GET /v1/directory/runs/{runId}
import type { RunId } from '../../shared/domain/base/ids.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { forgottenWork, resultView, runOf, runView } from '../../shared/http/operations/runs.ts';
import { keys } from '../../shared/store/keys.ts';
import { listResults } from '../../shared/store/runs.ts';

export const handler = query('getRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  run: async (context) => {
    const { view, tenant, input, runtime } = context;
    const id = input.params.runId as RunId;
    const run = await runOf(view, tenant, id);
    const forgotten = forgottenWork(tenant, run, runtime.store.now);
    if (forgotten) await runtime.queue.enqueue(forgotten.work, forgotten.once);
    const asked = pageInput(context, { ...input.query, run: id });
    const { result } = input.query;
    const wanted = (one: { result: string }) => result === undefined || one.result === result;
    const page = await pageAnswer(
      context,
      asked,
      listResults(runtime.store.db, { tenant, id }, run, wanted, asked.after),
      { show: resultView },
    );
    // Only keepers see the warnings, because these name the permissions of other users.
    const warnings = context.by.keeper ? run.warnings : undefined;
    return { body: { ...runView(run, runtime.store.now), ...(warnings && { warnings }), ...page.body } };
  },
});
