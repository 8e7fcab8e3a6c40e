// GET /v1/directory/runs/{runId}/plan
import type { RunId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { namedLosses, planSummary } from '../../shared/http/operations/run-plans.ts';
import { runOf } from '../../shared/http/operations/runs.ts';
import { keys } from '../../shared/store/keys.ts';
import { readAlong } from '../../shared/store/lists.ts';
import { listLosses, lossesPerPart } from '../../shared/store/run-plans.ts';

export const handler = query('getRunPlan', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  run: async (context) => {
    const { view, tenant, book, input, runtime } = context;
    const { db } = runtime.store;
    const run = await runOf(view, tenant, input.params.runId as RunId);
    const { plan, id, source, state } = run;
    if (!plan) throw new Refusal('not-found', 'The run has no plan yet: it is made before anything is written.');
    const asked = pageInput(context, { ...input.query, run: id, digest: plan.digest });
    const losses = listLosses(db, { tenant, id }, plan.losses, asked.after);
    const named = readAlong(losses, lossesPerPart, (some) => namedLosses(db, tenant, book, some));
    const page = await pageAnswer(context, asked, named);
    return { body: { run: id, source, state, ...planSummary(plan), ...page.body } };
  },
});
