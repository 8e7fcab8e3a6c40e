// The event bus, for the functions that publish on it.
import { EventBridgeClient, type PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { timeOuts } from '../../shared/store/time-outs.ts';

/** Entries in one request to the bus: EventBridge's limit. */
export const mostEntries = 10;

/** The `source` of every event of Holdfast. */
export const eventSource = 'holdfast';

/** The part of an EventBridge client that is used. */
export interface Bus {
  send(command: PutEventsCommand): Promise<{ readonly Entries?: readonly { readonly ErrorCode?: string }[] }>;
}

let client: EventBridgeClient | undefined;

export const connectedBus = (): Bus => {
  client ??= new EventBridgeClient({ requestHandler: timeOuts(3_000) });
  return client as unknown as Bus;
};
