// POST /v1/directory/sources/{sourceId}/runs
import type { Run } from '../../shared/domain/directory.ts';
import { needDeliverer, sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { openRun } from '../../shared/domain/plan/run-protocol.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { runView } from '../../shared/http/operations/runs.ts';
import { syncOf, unfinishedRunOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';

const definition = define('openRun', {
  alsoRead: ({ tenant, input: { params } }) => [
    keys.activeRun(tenant, params.sourceId),
    keys.sync(tenant, params.sourceId),
  ],
  plan: async ({ view, world, book, input, by, tools, requestId, traceId }) => {
    const source = sourceOf(book, input.params.sourceId);
    needDeliverer(source, by.access?.id, by.keeper);
    const [active, sync] = [await unfinishedRunOf(view, source.id), await syncOf(view, source.id)];
    const actor = by.actor as Run['actor'];
    return openRun(world, { ...input.body, source: source.id, actor, requestId, traceId }, { active, sync }, tools);
  },
  answer: (run, { tools }) => ({ body: runView(run, tools.now) }),
});

export const handler = mutation(definition);
