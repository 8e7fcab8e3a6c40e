// The work queue on SQS. A message only says that there is work: what is to be done stands in the table, so a message
// that comes twice does no harm, and one that is lost is sent again by whoever looks at the run.
import { randomUUID } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** That there is work which outlasts a request. What is to be done stands in the table. */
export interface Work {
  readonly tenant: string;
  readonly kind: 'run' | 'sweep';
  readonly id: string;
}

export interface Queue {
  enqueue(work: Work): Promise<void>;
}

/** The part of an SQS client that is used. */
interface Sender {
  send(command: { readonly input: object }): Promise<unknown>;
}

const connect = async (): Promise<SQSClient> => {
  const { SQSClient } = await import('@aws-sdk/client-sqs');
  return new SQSClient({ maxAttempts: 4 });
};

/**
 * A FIFO queue: the work of one tenant is done in its order, that of different tenants side by side. The SDK is loaded
 * with the first message, so functions that send none never load it.
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
          // Fresh every time: the next slice of a run has the same content as the last, and is no duplicate of it. The
          // same message sent again by the SDK is one.
          MessageDeduplicationId: randomUUID(),
          MessageBody: JSON.stringify(work),
        }),
      );
    },
  };
};
