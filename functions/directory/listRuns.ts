// GET /v1/directory/sources/{sourceId}/runs
import { sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { pageAnswer, pageInput, query } from '../../shared/http/operation.ts';
import { runView } from '../../shared/http/operations/runs.ts';
import { listRuns } from '../../shared/store/runs.ts';

export const handler = query('listRuns', {
  run: async (context) => {
    const { book, tenant, input, tools, runtime } = context;
    const source = sourceOf(book, input.params.sourceId);
    const asked = pageInput(context, { ...input.query, source: source.id });
    const runs = listRuns(runtime.store.db, tenant, source.id, asked.after);
    return pageAnswer(context, asked, runs, { show: (run) => runView(run, tools.now) });
  },
});
