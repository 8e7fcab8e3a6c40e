// Work that outlasts a request: a FIFO queue that announces it, the worker that does it, and a dead-letter queue for
// messages on which the worker keeps failing.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { mostDeliveries } from '../../shared/http/gateway/queue.ts';
import { workerAccess } from '../../shared/routes/access.ts';
import { countsOfWork } from './canary.ts';
import { workSeconds } from './concurrency.ts';
import { type Foundation, HoldfastFunction } from './holdfast-function.ts';

export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly dead: Queue;

  /**
   * @param seconds of the function that does the work
   * @param fast for messages that all come at once: the queue counts its rate for each line
   */
  constructor(
    scope: Construct,
    id: string,
    { seconds, fast = false }: { readonly seconds: number; readonly fast?: boolean },
  ) {
    super(scope, id);
    const common = {
      fifo: true,
      ...(fast && {
        fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
        deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      }),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    // A message only names its work, which stands in the table, so the queue may be removed with its stack.
    this.dead = new Queue(this, 'Dead', { ...common, removalPolicy: RemovalPolicy.DESTROY });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      removalPolicy: RemovalPolicy.DESTROY,
      // Six times the worker's time, as the service advises, so a message does not reappear while its work is running.
      // The worker itself lets a message that failed come again in seconds.
      visibilityTimeout: Duration.seconds(6 * seconds),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: mostDeliveries },
    });
  }
}

export class Worker extends HoldfastFunction {
  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id, {
      ...foundation,
      source: 'functions/work/work.ts',
      description: 'Carries out runs and sweeps, slice by slice',
      access: workerAccess,
      memory: 1_024,
      seconds: workSeconds,
      canary: (lambda) => ({ name: 'the worker', ...countsOfWork(lambda) }),
    });
    this.called.addEventSource(
      new SqsEventSource(foundation.queue, {
        batchSize: 1,
        maxConcurrency: foundation.config.tenantsAtOnce,
        reportBatchItemFailures: true,
      }),
    );
  }
}
