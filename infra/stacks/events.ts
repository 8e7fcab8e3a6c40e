// Access changes on an event bus: a function reads the table's stream, filtered to the events of changes, and publishes
// each.
import { Duration } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { changeFilter } from '../../shared/store/stream.ts';
import { type Foundation, HoldfastFunction } from './holdfast-function.ts';

export class ChangeEvents extends Construct {
  readonly bus: EventBus;
  readonly publisher: HoldfastFunction;
  /** Receives notice of stream records that could not be published for a day. */
  readonly dead: Queue;

  constructor(scope: Construct, id: string, foundation: Foundation) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: 'Access changes of Holdfast' });
    this.dead = new Queue(this, 'Dead', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.publisher = new HoldfastFunction(this, 'Publish', {
      ...foundation,
      source: 'functions/events/publish.ts',
      description: 'Publishes every access change on the event bus',
      access: { actions: [], indexes: [], queue: false },
      memory: 512,
      seconds: 60,
      environment: { EVENT_BUS_NAME: this.bus.eventBusName },
      statements: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [this.bus.eventBusArn] })],
    });
    this.publisher.lambda.addEventSource(
      new DynamoEventSource(foundation.table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        maxBatchingWindow: Duration.seconds(1),
        reportBatchItemFailures: true,
        bisectBatchOnError: true,
        maxRecordAge: Duration.hours(23),
        onFailure: new SqsDlq(this.dead),
        filters: [FilterCriteria.filter(changeFilter as never)],
      }),
    );
  }
}
