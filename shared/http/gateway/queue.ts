// The work queue on SQS. A message only says that there is work, and the table says which. So a message that comes
// twice does no harm, and a lost message is sent again when somebody reads the run.
import { randomUUID } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { chunked } from '../../domain/base/collections.ts';
import { timeOuts } from '../../store/time-outs.ts';

/** Names work that outlasts a request; its content is in the table. */
export interface Work {
  readonly tenant: string;
  /**
   * `wake`: whatever waits in a tenant that operators have resumed. `export`: sealing and exporting events, of a tenant
   * or of the operators' room.
   */
  readonly kind: 'run' | 'sweep' | 'purge' | 'wake' | 'export';
  readonly id: string;
  /** The source of a run. Messages of an earlier release do not name it. */
  readonly source?: string | undefined;
}

/** Work that is announced by a message that may repeat another. */
export interface Reminder {
  readonly work: Work;
  /** Equal for messages that repeat each other, such as reminders of one standstill: the queue takes one in five minutes. */
  readonly once: string;
}

export interface Queue {
  /** Announces work. With `once`, a message that repeats another is dropped. */
  enqueue(work: Work, once?: string): Promise<void>;
  /** Announces much work in few requests. @throws Error when any of it was not taken; repeated, it repeats what was */
  enqueueAll(reminders: readonly Reminder[]): Promise<void>;
  /** Delays the next delivery of a message that has failed. */
  postpone(receipt: string, seconds: number): Promise<void>;
}

/**
 * The line in which work stands. Work of one line is done in order, and waits while a message of its line fails; lines
 * run side by side. A source is a line because its runs follow each other, and a tenant's sweeps are one, as its exports are.
 */
export const lineOf = ({ tenant, kind, source }: Work): string => {
  if (kind === 'sweep' || kind === 'export') return `${tenant}.${kind}`;
  return source === undefined ? tenant : `${tenant}.${source}`;
};

/** Deliveries of a message that fails, after which it is set aside in the dead-letter queue. */
export const mostDeliveries = 8;
const shortestDelay = 5;

/**
 * Seconds until the next delivery of a message that has failed: 5, doubled with every failure, less up to half by
 * chance, so that lines that failed together do not come again together. All deliveries take about ten minutes, which
 * outlasts most faults of a service.
 * @param delivery the number of the delivery that failed, from 1
 * @param chance a random number in [0, 1)
 */
export const delayAfter = (delivery: number, chance: number): number =>
  Math.ceil(shortestDelay * 2 ** (Math.min(delivery, mostDeliveries) - 1) * (1 - chance / 2));

/** The part of an answer to a batch that we use. */
interface Failures {
  readonly Failed?: readonly { readonly Id?: string; readonly Code?: string; readonly Message?: string }[];
}

/** The part of an SQS client that we use. */
interface Sender {
  send(command: { readonly input: object }): Promise<unknown>;
}

/** Messages of one request, the most that SQS takes, requests at once, and attempts of one. */
const batchSize = 10;
const batchesAtOnce = 20;
const batchAttempts = 4;

const connect = async (): Promise<SQSClient> => {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  return new SQSClient({ maxAttempts: 4, requestHandler: timeOuts(2_000) });
};

/**
 * A FIFO queue, which keeps the order of work within a line and lets lines run in parallel. The SDK is loaded with the
 * first message, so functions that send no message never load it.
 */
export const sqsQueue = (url: string, client: () => Promise<Sender> = connect as () => Promise<Sender>): Queue => {
  let connected: Promise<Sender> | undefined;
  const sender = (): Promise<Sender> => {
    connected ??= client();
    return connected;
  };
  const messageOf = (work: Work, once?: string) => ({
    MessageGroupId: lineOf(work),
    // A random id, because the next slice of a run has the same content as the last and is no duplicate of it. A retry by
    // the SDK keeps the id, so the queue recognises it as a duplicate.
    MessageDeduplicationId: once ?? randomUUID(),
    MessageBody: JSON.stringify(work),
  });
  /** SQS may take a part of a batch: the rest is sent again. */
  const sendBatch = async (batch: readonly Reminder[]): Promise<void> => {
    const { SendMessageBatchCommand } = await import('@aws-sdk/client-sqs');
    let left = batch.map(({ work, once }, i) => ({ Id: String(i), ...messageOf(work, once) }));
    let refused: Failures['Failed'];
    for (let attempt = 0; attempt < batchAttempts; attempt += 1) {
      const command = new SendMessageBatchCommand({ QueueUrl: url, Entries: left });
      refused = ((await (await sender()).send(command)) as Failures | undefined)?.Failed ?? [];
      const failed = new Set(refused.map(({ Id }) => Id));
      left = left.filter(({ Id }) => failed.has(Id));
      if (left.length === 0) return;
    }
    const { Code, Message } = refused?.[0] ?? {};
    throw new Error(`the queue did not take ${left.length} of ${batch.length} messages: ${Code} ${Message ?? ''}`);
  };
  return {
    enqueue: async (work, once) => {
      const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
      await (await sender()).send(new SendMessageCommand({ QueueUrl: url, ...messageOf(work, once) }));
    },
    enqueueAll: async (reminders) => {
      for (const some of chunked(reminders, batchSize * batchesAtOnce))
        await Promise.all(chunked(some, batchSize).map(sendBatch));
    },
    postpone: async (receipt, seconds) => {
      const { ChangeMessageVisibilityCommand } = await import('@aws-sdk/client-sqs');
      await (await sender()).send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: receipt, VisibilityTimeout: seconds }),
      );
    },
  };
};
