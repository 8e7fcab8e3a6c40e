// GET /v1/directory/runs/{runId}
import type { RunId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { forgottenWork, runView } from '../../shared/http/operations/runs.ts';
import { toRun } from '../../shared/store/directory.ts';
import { keys } from '../../shared/store/keys.ts';
import { listResults } from '../../shared/store/runs.ts';

export const handler = query('getRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  run: async (context) => {
    const { view, tenant, input, runtime } = context;
    const id = input.params.runId as RunId;
    const [item] = await view.items([keys.run(tenant, id)]);
    const run = toRun(item);
    if (!run) throw new Refusal('not-found', 'There is no such run, or it ended long ago.');
    const forgotten = forgottenWork(tenant, run, runtime.store.now);
    if (forgotten) await runtime.queue.enqueue(forgotten.work, forgotten.once);
    const asked = pageInput(context, { ...input.query, run: id });
    const { result } = input.query;
    const wanted = (one: { result: string }) => result === undefined || one.result === result;
    const page = await pageAnswer(
      context,
      asked,
      listResults(runtime.store.db, { tenant, id }, run, wanted, asked.after),
    );
    // Only keepers see the warnings, because these name the permissions of other users.
    const warnings = context.by.keeper ? run.warnings : undefined;
    return { body: { ...runView(run), ...(warnings && { warnings }), ...page.body } };
  },
});
