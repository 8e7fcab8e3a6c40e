// Has the audit of every tenant, and of the operators, sealed and exported: a message for each into the queue of exports.
// EventBridge Scheduler starts it. A run that dies is started again and begins anew: for five minutes the queue takes a
// tenant's message of one firing once, and a pass too many finds nothing to do.
import type { Reminder } from '../../shared/http/gateway/queue.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { everyExport } from '../../shared/store/exported.ts';

/** Tenants whose messages are sent at once. */
const atOnce = 200;

interface Fired {
  /** When the schedule has fired, as an ISO date. */
  readonly time: string;
}

/** @throws Error when the queue takes no messages, so that the run is started again */
export const handler = async ({ time }: Fired): Promise<{ readonly tenants: number }> => {
  const { store, queue, log } = theRuntime();
  let tenants = 0;
  let waiting: Reminder[] = [];
  const send = async () => {
    await queue.enqueueAll(waiting);
    tenants += waiting.length;
    waiting = [];
  };
  for await (const work of everyExport(store.db)) {
    waiting.push({ work, once: `${work.tenant}.export.${time}` });
    if (waiting.length === atOnce) await send();
  }
  await send();
  log('info', 'exports-scheduled', { tenants });
  return { tenants };
};
