// Has the audit of every tenant, and of the operators, sealed and exported: a message for each into the queue of exports.
// EventBridge Scheduler starts it. A run that dies is started again and begins anew: for five minutes the queue takes a
// tenant's message of one firing once, and a pass too many finds nothing to do.
import type { Work } from '../../shared/http/gateway/queue.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { everyExport } from '../../shared/store/exported.ts';

/** Messages on their way at once. */
const atOnce = 20;

interface Fired {
  /** When the schedule has fired, as an ISO date. */
  readonly time: string;
}

/** @throws Error when the queue takes no messages, so that the run is started again */
export const handler = async ({ time }: Fired): Promise<{ readonly tenants: number }> => {
  const { store, queue, log } = theRuntime();
  let tenants = 0;
  let waiting: Work[] = [];
  const send = async () => {
    await Promise.all(waiting.map((work) => queue.enqueue(work, `${work.tenant}.export.${time}`)));
    tenants += waiting.length;
    waiting = [];
  };
  for await (const work of everyExport(store.db)) {
    waiting.push(work);
    if (waiting.length === atOnce) await send();
  }
  await send();
  log('info', 'exports-scheduled', { tenants });
  return { tenants };
};
