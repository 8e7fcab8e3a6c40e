// POST /v1/directory/runs/{runId}/commit
import type { RunId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { mayBegin, needDeliverer, sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { commitRun } from '../../shared/domain/plan/run-protocol.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { runOf, runView } from '../../shared/http/operations/runs.ts';
import { syncOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';
import { readBatches } from '../../shared/store/runs.ts';

const definition = define('commitRun', {
  alsoRead: ({ tenant, input }) => [keys.run(tenant, input.params.runId as RunId)],
  plan: async ({ view, book, tenant, input, by, tools, runtime }) => {
    const run = await runOf(view, tenant, input.params.runId as RunId);
    const source = sourceOf(book, run.source);
    needDeliverer(source, by.access?.id, by.keeper);
    const isOpen = run.state === 'open';
    // The source may have been switched off, and on again, since the run was opened.
    if (isOpen) mayBegin(source, await syncOf(view, source.id), { kind: run.kind === 'full' ? 'full' : 'delta' });
    const batches = isOpen ? await readBatches(runtime.store.db, { tenant, id: run.id }) : [];
    // Batches that came or went since the run was read: another request has moved it on, so everything is read anew.
    if (isOpen && batches.length !== run.batches) view.needVersion(view.book.version + 1);
    return commitRun(run, input.body, batches, by.actor as Run['actor'], tools);
  },
  answer: (run, { tools }) => ({ body: runView(run, tools.now) }),
  work: ({ tenant }, { body }) => {
    const { id, source } = body as Run;
    return { tenant, kind: 'run', id, source };
  },
});

export const handler = mutation(definition);
