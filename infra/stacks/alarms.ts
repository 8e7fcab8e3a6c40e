// The alarms that page an operator. Each names a runbook file, and a test compares the two.
import { Duration, Stack } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarming, namespace } from '../../shared/http/gateway/metrics.ts';
import type { Config } from './config.ts';

/** A runbook per alarm: `docs/runbooks/<name>.md`. */
type Runbook =
  | 'errors'
  | 'throttles'
  | 'refused-lock-outs'
  | 'pin-mismatch'
  | 'queue-age'
  | 'dead-letters'
  | 'events-late'
  | 'new-version';

interface Watch {
  readonly runbook: Runbook;
  readonly what: string;
  readonly metric: IMetric;
  /** Fires at this value or above. */
  readonly threshold: number;
  /** Number of consecutive periods. */
  readonly periods?: number;
}

/** A metric of ours without dimensions. */
const own = (metricName: string) =>
  new Metric({ namespace, metricName, statistic: 'Sum', period: Duration.minutes(5) });

/** CloudWatch allows ten metrics in the expression of an alarm. */
const atOnce = 10;

interface Watched {
  readonly api: HttpApi;
  readonly table: ITable;
  /** Functions by area. */
  readonly areas: ReadonlyMap<string, readonly LambdaFunction[]>;
  readonly publisher: LambdaFunction;
  readonly work: Queue;
  readonly dead: readonly Queue[];
}

export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', { displayName: 'Alarms of Holdfast', enforceSSL: true });
    this.#takeAlarms();
    if (config.alarmMail) this.topic.addSubscription(new EmailSubscription(config.alarmMail));
  }

  /** Watches the service as a whole. */
  watchAll(watched: Watched): void {
    this.#service(watched);
    for (const [area, functions] of watched.areas) this.#functions(area, functions);
    this.#background(watched);
  }

  /**
   * A topic's own policy lets its account publish. The policy that refuses unencrypted requests takes its place, so the
   * alarms of this account are allowed again here.
   */
  #takeAlarms(): void {
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }

  /** Makes an alarm beside what it watches, which may be in another stack. */
  watch(scope: Construct, id: string, { runbook, what, metric, threshold, periods = 1 }: Watch): Alarm {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${what} Runbook: docs/runbooks/${runbook}.md`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    this.all.push(alarm);
    return alarm;
  }

  #watch(id: string, watch: Watch): void {
    this.watch(this, id, watch);
  }

  #service({ api, table }: Watched): void {
    const period = Duration.minutes(5);
    const failing = new MathExpression({
      expression: 'IF(requests >= 20, 100 * faults / requests, 0)',
      usingMetrics: {
        requests: api.metricCount({ period, statistic: 'Sum' }),
        faults: api.metricServerError({ period, statistic: 'Sum' }),
      },
      label: 'Percent of requests that failed on our side',
      period,
    });
    this.#watch('ApiErrors', {
      runbook: 'errors',
      what: 'One request in a hundred fails on our side.',
      metric: failing,
      threshold: 1,
      periods: 2,
    });
    this.#watch('RefusedLockOuts', {
      runbook: 'refused-lock-outs',
      what: 'Many changes were refused because nobody would be left to manage access rights.',
      metric: own(alarming.lockOutRefused),
      threshold: 20,
    });
    this.#watch('PinMismatch', {
      runbook: 'pin-mismatch',
      what: "A tenant's witness and pin do not match.",
      metric: own(alarming.pinMismatch),
      threshold: 1,
    });
    this.#watch('TableThrottles', {
      runbook: 'throttles',
      what: 'The table refuses requests because there are too many.',
      metric: new MathExpression({
        expression: 'FILL(reads, 0) + FILL(writes, 0)',
        usingMetrics: {
          reads: table.metric('ReadThrottleEvents', { period, statistic: 'Sum' }),
          writes: table.metric('WriteThrottleEvents', { period, statistic: 'Sum' }),
        },
        period,
      }),
      threshold: 10,
      periods: 2,
    });
  }

  #functions(area: string, functions: readonly LambdaFunction[]): void {
    for (let from = 0; from < functions.length; from += atOnce) {
      const some = functions.slice(from, from + atOnce);
      const part = `${area[0]?.toUpperCase()}${area.slice(1)}${from === 0 ? '' : from / atOnce + 1}`;
      const sum = (metric: (one: LambdaFunction) => Metric) =>
        new MathExpression({
          expression: some.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
          usingMetrics: Object.fromEntries(some.map((one, i) => [`m${i}`, metric(one)])),
          period: Duration.minutes(5),
        });
      this.#watch(`${part}Errors`, {
        runbook: 'errors',
        what: `Functions of ${area} end with an error that they did not answer.`,
        metric: sum((one) => one.metricErrors({ statistic: 'Sum' })),
        threshold: 1,
        periods: 2,
      });
      this.#watch(`${part}Throttles`, {
        runbook: 'throttles',
        what: `Functions of ${area} are called more often at the same time than their concurrency allows.`,
        metric: sum((one) => one.metricThrottles({ statistic: 'Sum' })),
        threshold: 10,
        periods: 2,
      });
    }
  }

  #background({ publisher, work, dead }: Watched): void {
    this.#watch('QueueAge', {
      runbook: 'queue-age',
      what: 'Work waits longer than a quarter of an hour.',
      metric: work.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5) }),
      threshold: 900,
      periods: 2,
    });
    this.#watch('DeadLetters', {
      runbook: 'dead-letters',
      what: 'A piece of work or an event was given up after several attempts.',
      metric: new MathExpression({
        expression: dead.map((_, i) => `FILL(m${i}, 0)`).join(' + '),
        usingMetrics: Object.fromEntries(
          dead.map((queue, i) => [`m${i}`, queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' })]),
        ),
        period: Duration.minutes(5),
      }),
      threshold: 1,
    });
    this.#watch('EventsLate', {
      runbook: 'events-late',
      what: 'Access changes are published on the event bus ten minutes late.',
      metric: publisher.metric('IteratorAge', { period: Duration.minutes(5), statistic: 'Maximum' }),
      threshold: 600_000,
      periods: 2,
    });
  }
}
