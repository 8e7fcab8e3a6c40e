// The worker: carries out directory runs, sweeps and purges, one slice for each message of the queue.
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { idPattern, type RunId, type TenantId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { countOf } from '../../shared/http/gateway/metrics.ts';
import { delayAfter } from '../../shared/http/gateway/queue.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { imaged } from '../../shared/store/imaging.ts';
import { purgeSlice } from '../../shared/store/purge.ts';
import { needsSweep, sweepSlice, workOf } from '../../shared/store/sweep.ts';

const message = z.object({
  tenant: z.string().regex(idPattern('tenant')),
  kind: z.enum(['run', 'sweep', 'purge', 'wake']),
  id: z.string().max(200),
  source: z.string().regex(idPattern('source')).optional(),
});
type Message = z.infer<typeof message>;

/** A message as the queue delivers it. */
interface Delivery {
  readonly messageId?: string;
  readonly receiptHandle?: string;
  readonly attributes?: { readonly ApproximateReceiveCount?: string };
  readonly body: string;
}
export interface WorkEvent {
  readonly Records: readonly Delivery[];
}
/** The messages that the queue is to deliver again. */
export interface WorkResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** @throws the first failure, when the failed message has no id by which to report it */
export const handler = async (event: WorkEvent, _context?: Context): Promise<WorkResult> => {
  const failures: { itemIdentifier: string }[] = [];
  for (const delivery of event.Records) {
    const { messageId, body } = delivery;
    const work = read(body);
    if (!work) continue;
    try {
      await one(work);
    } catch (error) {
      const { tenant, kind, id } = work;
      // A slice that others kept from writing is no fault of the code.
      const fault = error instanceof Refusal ? {} : countOf('workFailed', Date.now());
      theRuntime().log('error', 'work-failed', { tenant, kind, id, error: told(error), ...fault });
      if (messageId === undefined) throw error;
      await postpone(delivery);
      failures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures: failures };
};

const told = (error: unknown) =>
  error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error);

/**
 * Lets a failed message come again in seconds, because of itself it comes only when the time of a slice that died has
 * passed. A failure to do so costs that time and nothing else.
 */
const postpone = async ({ receiptHandle, attributes }: Delivery): Promise<void> => {
  if (receiptHandle === undefined) return;
  const { queue, store, log } = theRuntime();
  try {
    const delivery = Number(attributes?.ApproximateReceiveCount ?? 1);
    await queue.postpone(receiptHandle, delayAfter(delivery, store.db.clock.random()));
  } catch (error) {
    log('error', 'work-not-postponed', { error: told(error) });
  }
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
  if (work.kind === 'purge') {
    const more = await purgeSlice(store, tenant);
    if (more) await queue.enqueue(work);
    done(more);
    return;
  }
  // Work of a suspended or closed tenant stays in the table, and is found again when operators resume the tenant.
  if (await store.rests(tenant)) {
    done(false);
    return;
  }
  if (work.kind === 'wake') {
    for (const waiting of await workOf(store, tenant)) await queue.enqueue(waiting);
    done(false);
    return;
  }
  if (work.kind === 'sweep') {
    const more = await sweepSlice(store, tenant);
    await renewImage(tenant);
    if (more) await queue.enqueue(work);
    done(more);
    return;
  }
  const state = await runSlice(store, { tenant, id: work.id as RunId });
  if (state === 'held') log('warn', 'run-held', { tenant, id: work.id, ...countOf('runHeld', Date.now()) });
  // Read from the table, because an earlier slice may have died before it could enqueue the sweep.
  if (state === 'over' && (await needsSweep(store, tenant)))
    await queue.enqueue({ tenant, kind: 'sweep', id: work.id });
  if (state === 'more') await queue.enqueue(work);
  // A run is what makes a book large, and what makes its image old.
  await renewImage(tenant);
  done(state === 'more');
};

/** Renews the image of a large book. A failure leaves readers the image before, and is mended by the next slice. */
const renewImage = async (tenant: TenantId): Promise<void> => {
  const { store, log } = theRuntime();
  try {
    await imaged(store, tenant);
  } catch (error) {
    log('warn', 'image-not-renewed', { tenant, error: told(error) });
  }
};
