// The worker: runs of directories and sweeps, slice by slice, as the queue tells of them.
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { idPattern, type RunId, type TenantId } from '../../shared/domain/base/ids.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { needsSweep, sweepSlice } from '../../shared/store/sweep.ts';

const message = z.object({
  tenant: z.string().regex(idPattern('tenant')),
  kind: z.enum(['run', 'sweep']),
  id: z.string().max(200),
});
type Message = z.infer<typeof message>;

export interface WorkEvent {
  readonly Records: readonly { readonly messageId?: string; readonly body: string }[];
}
/** What the queue is to deliver again. */
export interface WorkResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** @throws the first failure when the event does not say how to tell which message failed */
export const handler = async (event: WorkEvent, _context?: Context): Promise<WorkResult> => {
  const failures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of event.Records) {
    const work = read(body);
    if (!work) continue;
    try {
      await one(work);
    } catch (error) {
      const { tenant, kind, id } = work;
      const told =
        error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error);
      theRuntime().log('error', 'work-failed', { tenant, kind, id, error: told });
      if (messageId === undefined) throw error;
      failures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures: failures };
};

/** What is no message of ours will not become one by being delivered again. */
const read = (body: string): Message | undefined => {
  try {
    return message.parse(JSON.parse(body));
  } catch {
    theRuntime().log('error', 'work-not-understood', { length: body.length });
    return undefined;
  }
};

const one = async (work: Message): Promise<void> => {
  const { store, queue, log } = theRuntime();
  const tenant = work.tenant as TenantId;
  const started = performance.now();
  const done = (more: boolean) => log('info', 'work', { ...work, more, ms: Math.round(performance.now() - started) });
  if (work.kind === 'sweep') {
    const more = await sweepSlice(store, tenant);
    if (more) await queue.enqueue(work);
    done(more);
    return;
  }
  const state = await runSlice(store, { tenant, id: work.id as RunId });
  // Asked, not remembered: an earlier slice may have died before it could say so.
  if (state === 'over' && (await needsSweep(store, tenant)))
    await queue.enqueue({ tenant, kind: 'sweep', id: work.id });
  if (state === 'more') await queue.enqueue(work);
  done(state === 'more');
};
