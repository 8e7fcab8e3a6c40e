// POST /v1/directory/sources/{sourceId}/deltas

import type { RunId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { mayBegin, needDeliverer, receiveDelta, sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { define, mutation } from '../../shared/http/operation.ts';
import { checkedOnce, forgottenWork } from '../../shared/http/operations/runs.ts';
import { activeRunOf, syncOf } from '../../shared/http/operations/sources.ts';
import { keys } from '../../shared/store/keys.ts';
import { readRun } from '../../shared/store/runs.ts';

const definition = define('postDelta', {
  alsoRead: ({ tenant, input }) => [
    keys.activeRun(tenant, input.params.sourceId),
    keys.sync(tenant, input.params.sourceId),
  ],
  prepare: ({ input }) => checkedOnce(input.body),
  plan: async ({ view, world, book, input, by, tools, requestId, traceId }, checked) => {
    const record = sourceOf(book, input.params.sourceId);
    const { id: source, dialect } = record;
    needDeliverer(record, by.access?.id, by.keeper);
    mayBegin(record, await syncOf(view, source), { kind: 'delta' });
    // A source has one run at a time, because the next file is compared with the result of the one before.
    const active = await activeRunOf(view, source);
    if (active)
      throw new Refusal('run-active', {
        detail: 'Wait until the run of this source has finished, then send the file again.',
        more: { run: active },
      });
    const actor = by.actor as Run['actor'];
    return receiveDelta(world, { source, actor, requestId, traceId, ...checked(tools.now, dialect) }, tools);
  },
  answer: ({ id, source, state }) => ({ body: { id, source, state } }),
  work: ({ tenant }, { body }) => {
    const { id, source } = body as Run;
    return { tenant, kind: 'run', id, source };
  },
  // The queue's message about the active run may have been lost, so it is sent again.
  workInTheWay: async ({ tenant, runtime }, { code, details }) => {
    if (code !== 'run-active') return undefined;
    const run = await readRun(runtime.store.db, { tenant, id: details.more?.run as RunId });
    return run && forgottenWork(tenant, run, runtime.store.now);
  },
});

export const handler = mutation(definition);
