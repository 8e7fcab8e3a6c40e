// Messages of a queue, as the workers take them: one is worked on at a time, and one that fails comes again.
import type { Context } from 'aws-lambda';
import type * as z from 'zod';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { countOf } from '../../shared/http/gateway/metrics.ts';
import { delayAfter, type Work } from '../../shared/http/gateway/queue.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';

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

/** What is told of an error. */
export const told = (error: unknown) =>
  error instanceof Error ? { name: error.name, message: error.message, stack: error.stack } : String(error);

/**
 * A function that works on messages.
 * @param schema what its messages say; others are dropped
 * @param failed the metric of a failure
 * @param one works on a message, and returns true when another slice of it is needed, which is enqueued
 */
export const worker =
  <W extends Work>(
    schema: z.ZodType<W>,
    failed: Parameters<typeof countOf>[0],
    one: (work: W) => Promise<{ readonly more: boolean; readonly about?: object }>,
  ) =>
  /** @throws the first failure, when the failed message has no id by which to report it */
  async (event: WorkEvent, _context?: Context): Promise<WorkResult> => {
    const failures: { itemIdentifier: string }[] = [];
    for (const delivery of event.Records) {
      const { messageId, body } = delivery;
      const work = read(schema, body);
      if (!work) continue;
      const { queue, log } = theRuntime();
      const started = performance.now();
      try {
        const { more, about } = await one(work);
        if (more) await queue.enqueue(work);
        log('info', 'work', { ...(work as Work), ...about, more, ms: Math.round(performance.now() - started) });
      } catch (error) {
        const { tenant, kind, id } = work;
        // A slice that others kept from writing is no fault of the code.
        const fault = error instanceof Refusal ? {} : countOf(failed, Date.now());
        log('error', 'work-failed', { tenant, kind, id, error: told(error), ...fault });
        if (messageId === undefined) throw error;
        await postpone(delivery);
        failures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures: failures };
  };

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
const read = <W>(schema: z.ZodType<W>, body: string): W | undefined => {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    theRuntime().log('error', 'work-not-understood', { length: body.length });
    return undefined;
  }
};
