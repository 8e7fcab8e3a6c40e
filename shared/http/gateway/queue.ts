// The work queue on SQS. A message only says that there is work, and the table says which. So a message that comes
// twice does no harm, and a lost message is sent again when somebody reads the run.
import { randomUUID } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { timeOuts } from '../../store/time-outs.ts';

/** Names work that outlasts a request; its content is in the table. */
export interface Work {
  readonly tenant: string;
  readonly kind: 'run' | 'sweep';
  readonly id: string;
}

export interface Queue {
  enqueue(work: Work): Promise<void>;
}

/** The part of an SQS client that we use. */
interface Sender {
  send(command: { readonly input: object }): Promise<unknown>;
}

const connect = async (): Promise<SQSClient> => {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  return new SQSClient({ maxAttempts: 4, requestHandler: timeOuts(2_000) });
};

/**
 * A FIFO queue, which keeps the order of work within a tenant and lets tenants run in parallel. The SDK is loaded with
 * the first message, so functions that send no message never load it.
 */
export const sqsQueue = (url: string, client: () => Promise<Sender> = connect as () => Promise<Sender>): Queue => {
  let connected: Promise<Sender> | undefined;
  return {
    enqueue: async (work) => {
      const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
      connected ??= client();
      await (await connected).send(
        new SendMessageCommand({
          QueueUrl: url,
          MessageGroupId: work.tenant,
          // A random id, because the next slice of a run has the same content as the last and is no duplicate of it. A
          // retry by the SDK keeps the id, so the queue recognises it as a duplicate.
          MessageDeduplicationId: randomUUID(),
          MessageBody: JSON.stringify(work),
        }),
      );
    },
  };
};
