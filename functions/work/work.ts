// The worker: carries out directory runs and sweeps, one slice for each message of the queue.
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

interface WorkEvent {
  readonly Records: readonly { readonly messageId?: string; readonly body: string }[];
}
/** The messages that the queue is to deliver again. */
interface WorkResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** @throws the first failure, when the failed message has no id by which to report it */
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

/** A message's content; undefined for a malformed message, which is dropped because a retry cannot mend it. */
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
  // Read from the table, because an earlier slice may have died before it could enqueue the sweep.
  if (state === 'over' && (await needsSweep(store, tenant)))
    await queue.enqueue({ tenant, kind: 'sweep', id: work.id });
  if (state === 'more') await queue.enqueue(work);
  done(state === 'more');
};
