// POST /v1/directory/sources/{sourceId}/deltas

import type { RunId } from '../../shared/domain/base/ids.ts';
import type { Run } from '../../shared/domain/directory.ts';
import {
  mayBegin,
  needDeliverer,
  needNoOther,
  receiveDelta,
  sourceOf,
} from '../../shared/domain/plan/directory-runs.ts';
import { define, mutation } from '../../shared/http/mutation.ts';
import { contentOnce, forgottenWork, formOf } from '../../shared/http/operations/runs.ts';
import { syncOf, unfinishedRunOf } from '../../shared/http/operations/sources.ts';
import { digestOf, keys } from '../../shared/store/keys.ts';
import { readRun } from '../../shared/store/runs.ts';

const definition = define('postDelta', {
  alsoRead: ({ tenant, input }) => [
    keys.activeRun(tenant, input.params.sourceId),
    keys.sync(tenant, input.params.sourceId),
  ],
  prepare: ({ input, bodyType }) => ({
    file: digestOf('delta', input.body),
    content: contentOnce(input.body, formOf(bodyType)),
  }),
  plan: async (context, { file, content }) => {
    const { view, world, book, input, bodyType, by, tools, requestId, traceId } = context;
    const record = sourceOf(book, input.params.sourceId);
    const { id: source, dialect } = record;
    needDeliverer(record, by.access?.id, by.keeper);
    const { kind = 'delta', ...marks } = input.query;
    mayBegin(record, await syncOf(view, source), { kind, ...marks });
    // A source has one run at a time, because the next file is compared with the result of the one before.
    const active = await unfinishedRunOf(view, source);
    needNoOther(active, tools.now);
    const actor = by.actor as Run['actor'];
    const form = formOf(bodyType);
    // Earlier releases carry out a plain file as well.
    const isPlain = form === undefined && Object.keys(input.query).length === 0;
    const marked = isPlain ? {} : { ...marks, kind, ...(form && { form }) };
    const { lines: _, ...received } = content(tools.now, dialect);
    return receiveDelta(world, { source, actor, requestId, traceId, file, ...marked, ...received }, active, tools);
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
