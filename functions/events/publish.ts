// Publishes every access change on the event bus, in the order of the table's stream. After a failure the stream
// delivers again from the first entry that the bus refused, so an event can come twice, with the same id.
import { PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { countOf } from '../../shared/http/gateway/metrics.ts';
import { theRuntime } from '../../shared/http/gateway/runtime.ts';
import { changeOf, type StreamRecord } from '../../shared/store/stream.ts';
import { type Bus, connectedBus, eventSource, mostEntries } from './bus.ts';

const detailType = 'Access changed';

interface Answer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

interface Told {
  readonly sequence: string;
  readonly entry: PutEventsRequestEntry;
}

export const publisher =
  (bus: () => Bus, name: string | undefined) =>
  async ({ Records }: { readonly Records: readonly StreamRecord[] }): Promise<Answer> => {
    const told = Records.flatMap((record): Told[] => {
      const detail = changeOf(record);
      const sequence = record.dynamodb?.SequenceNumber;
      if (!detail || !sequence) return [];
      const entry = { EventBusName: name, Source: eventSource, DetailType: detailType, Detail: JSON.stringify(detail) };
      return [{ sequence, entry }];
    });
    for (let from = 0; from < told.length; from += mostEntries) {
      const some = told.slice(from, from + mostEntries);
      const refused = await firstRefused(bus(), some);
      // The stream delivers this record and all later ones again, which keeps their order.
      if (refused) return { batchItemFailures: [{ itemIdentifier: refused.sequence }] };
    }
    return { batchItemFailures: [] };
  };

/** The first event that the bus did not take, which is logged with the reason. */
const firstRefused = async (bus: Bus, some: readonly Told[]): Promise<Told | undefined> => {
  const because = (error: object) =>
    theRuntime().log('error', 'events-not-published', {
      count: some.length,
      error,
      ...countOf('eventsRefused', Date.now()),
    });
  try {
    const { Entries = [] } = await bus.send(new PutEventsCommand({ Entries: some.map(({ entry }) => entry) }));
    const refused = Entries.findIndex(({ ErrorCode }) => ErrorCode !== undefined);
    if (refused >= 0) because({ name: Entries[refused]?.ErrorCode });
    return some[refused];
  } catch (error) {
    const { name, message } = error as Error;
    because({ name, message });
    return some[0];
  }
};

export const handler = publisher(connectedBus, process.env.EVENT_BUS_NAME);
