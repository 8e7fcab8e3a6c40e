// Work that outlasts a request: a FIFO queue that tells of it, the worker that does it, and where a message goes that the
// worker fails on again and again.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { workerAccess } from '../../shared/routes/access.ts';
import { workSeconds } from './concurrency.ts';
import { type Foundation, HoldfastFunction } from './holdfast-function.ts';

export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly dead: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const common = {
      fifo: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    // Messages say which work there is; the work itself stands in the table, so a queue can go with its stack.
    this.dead = new Queue(this, 'Dead', { ...common, removalPolicy: RemovalPolicy.DESTROY });
    this.queue = new Queue(this, 'Queue', {
      ...common,
      removalPolicy: RemovalPolicy.DESTROY,
      // Six times the worker's time, as the service advises: a message is not seen twice while it is being worked on.
      visibilityTimeout: Duration.seconds(6 * workSeconds),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: 5 },
    });
  }
}

/** Tenants worked for side by side; each tenant's work is done in its order. */
const tenantsAtOnce = 8;

export class Worker extends HoldfastFunction {
  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id, {
      ...foundation,
      source: 'functions/work/work.ts',
      description: 'Carries out runs and sweeps, slice by slice',
      access: workerAccess,
      memory: 1_024,
      seconds: workSeconds,
    });
    this.lambda.addEventSource(
      new SqsEventSource(foundation.queue, {
        batchSize: 1,
        maxConcurrency: tenantsAtOnce,
        reportBatchItemFailures: true,
      }),
    );
  }
}
