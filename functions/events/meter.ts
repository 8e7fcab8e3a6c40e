// Tells once a day on the event bus what each tenant uses, for billing, and has work done that nobody else asks for: books
// that nobody changes are kept up, and sweeps go on whose message was lost. A run that dies is started again by its schedule
// and tells from the beginning: an event that comes twice has the same id.
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { type Account, listAccounts } from '../../shared/store/accounts.ts';
import { dueIn } from '../../shared/store/sweep.ts';
import { type Usage, usageOf } from '../../shared/store/usage.ts';
import { type Bus, connectedBus, eventSource, mostEntries } from './bus.ts';

const detailType = 'Tenant usage';

/** Tenants counted at once. */
const tenantsAtOnce = mostEntries;

interface Scheduled {
  /** When the schedule has started the run, as an ISO date. */
  readonly time: string;
}

/** The day before a moment, in UTC. */
const dayBefore = (time: string): string => new Date(Date.parse(time) - 86_400_000).toISOString().slice(0, 10);

/** @throws Error when the bus refuses events, so that the run is started again */
export const meter =
  (bus: () => Bus, name: string | undefined) =>
  async ({ time }: Scheduled): Promise<{ readonly tenants: number }> => {
    const { store, queue, log } = theRuntime();
    const day = dayBefore(time);
    const tell = async (usages: readonly Usage[]) => {
      const entry = { EventBusName: name, Source: eventSource, DetailType: detailType };
      const Entries = usages.map((usage) => ({ ...entry, Detail: JSON.stringify(usage) }));
      const { Entries: told = [] } = await bus().send(new PutEventsCommand({ Entries }));
      const refused = told.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
      if (refused > 0) throw new Error(`the bus has refused ${refused} events`);
    };
    const counted = async (account: Account): Promise<Usage> => {
      const due = await dueIn(store, account.id, account.head);
      if (due) await queue.enqueue(due);
      return usageOf(store.db, account, day);
    };
    let tenants = 0;
    let waiting: Promise<Usage>[] = [];
    const flush = async () => {
      const usages = await Promise.all(waiting);
      waiting = [];
      if (usages.length > 0) await tell(usages);
      tenants += usages.length;
    };
    for await (const { item } of listAccounts(store.db, undefined, tenantsAtOnce)) {
      if (!item) continue;
      waiting.push(counted(item));
      if (waiting.length === tenantsAtOnce) await flush();
    }
    await flush();
    log('info', 'usage-told', { day, tenants });
    return { tenants };
  };

export const handler = meter(connectedBus, process.env.EVENT_BUS_NAME);
