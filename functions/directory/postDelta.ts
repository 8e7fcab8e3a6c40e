// POST /v1/directory/sources/{sourceId}/deltas

import { Refusal } from '../../shared/domain/base/refusal.ts';
import type { Run } from '../../shared/domain/directory.ts';
import { receiveDelta, sourceOf } from '../../shared/domain/plan/directory-runs.ts';
import { mutation, type OperationContext } from '../../shared/http/operation.ts';
import { checkedFile, nudge } from '../../shared/http/operations/runs.ts';
import { digestOf, keys } from '../../shared/store/keys.ts';
import { packed, readRun } from '../../shared/store/runs.ts';

export const handler = mutation('postDelta', {
  along: ({ tenant, input }) => [keys.activeRun(tenant, input.params.sourceId)],
  plan: async (context) => {
    const { world, book, input, by, tools, requestId, traceId } = context;
    const { id: source, dialect } = sourceOf(book, input.params.sourceId);
    await needNoOtherRun(context);
    const text = input.body;
    const actor = by.actor as Run['actor'];
    const file = digestOf('delta', text);
    const about = {
      source,
      actor,
      requestId,
      traceId,
      file,
      bytes: Buffer.byteLength(text),
      ...checkedFile(text, tools.now, dialect),
    };
    return receiveDelta(world, { ...about, body: packed(text) }, tools);
  },
  answer: ({ id, source, state }) => ({ body: { id, source, state } }),
  work: ({ tenant }, { body }) => ({ tenant, kind: 'run', id: (body as Run).id }),
});

/** One run of a source at a time: the next file is compared with what the one before has left. */
const needNoOtherRun = async ({ unit, tenant, input, runtime }: OperationContext<'postDelta'>): Promise<void> => {
  const [active] = await unit.items([keys.activeRun(tenant, input.params.sourceId)]);
  if (!active) return;
  const run = await readRun(runtime.store.db, { tenant, id: active.run as Run['id'] });
  if (run) await nudge(runtime, tenant, run);
  throw new Refusal('run-active', {
    detail: 'Wait until the run of this source has finished, then send the file again.',
    more: { run: active.run },
  });
};
