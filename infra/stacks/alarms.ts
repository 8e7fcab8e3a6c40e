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
import type { OperationId } from '../../shared/routes/operations.ts';
import { indexes } from '../../shared/store/table.ts';
import type { Config } from './config.ts';

/** A runbook per alarm: `docs/runbooks/<name>.md`. */
type Runbook =
  | 'errors'
  | 'slow-checks'
  | 'cold-starts'
  | 'memory'
  | 'concurrency'
  | 'throttles'
  | 'conflicts'
  | 'book-size'
  | 'refused-lock-outs'
  | 'pin-mismatch'
  | 'held-runs'
  | 'queue-age'
  | 'dead-letters'
  | 'exports'
  | 'export-differs'
  | 'late-events'
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
  /** True when it also fires where there is no data, for what must happen. */
  readonly demandsData?: boolean;
}

/** A metric of ours without dimensions. */
const own = (metricName: string, period = Duration.minutes(5)) =>
  new Metric({ namespace, metricName, statistic: 'Sum', period });

/** One, when a function that a schedule starts has not come to an end in a day. */
const neverSucceeded = (lambda: LambdaFunction): MathExpression => {
  const period = Duration.days(1);
  return new MathExpression({
    expression: 'IF(FILL(i, 0) > FILL(e, 0), 0, 1)',
    usingMetrics: {
      i: lambda.metricInvocations({ statistic: 'Sum', period }),
      e: lambda.metricErrors({ statistic: 'Sum', period }),
    },
    label: 'One, when none was started',
    period,
  });
};

/** The part of a day's passes to a customer's bucket that fail, from which on somebody should look. */
const mostOfDay = 5 / 6;

/** CloudWatch allows ten metrics in the expression of an alarm. */
const atOnce = 10;

/** The functions that products wait for. */
export type Checks = ReadonlyMap<
  OperationId,
  {
    readonly lambda: LambdaFunction;
    /** The concurrency that is reserved for it, if any. */
    readonly reserve: number | undefined;
    /** The name of the instances that it runs on, if it does. */
    readonly capacity: string | undefined;
  }
>;

interface Watched {
  readonly api: HttpApi;
  readonly table: ITable;
  /** Requests a second that the stage lets through, of all tenants together. */
  readonly throttleRate: number;
  /** Concurrent executions that the account may have, of a stage that reserves some. */
  readonly accountConcurrency: number | undefined;
  readonly checks: Checks;
  /** Functions by area. */
  readonly areas: ReadonlyMap<string, readonly LambdaFunction[]>;
  readonly publisher: LambdaFunction;
  /** Runs once a day. */
  readonly meter: LambdaFunction;
  readonly work: Queue;
  /** What has the audit of every tenant exported, and the queue of that. */
  readonly exports: { readonly scheduler: LambdaFunction; readonly work: Queue; readonly everyMinutes: number };
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
    this.#checks(watched);
    for (const [area, functions] of watched.areas) this.#functions(area, functions);
    this.#background(watched);
    this.#exports(watched);
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
  watch(scope: Construct, id: string, { runbook, what, metric, threshold, periods = 1, demandsData }: Watch): Alarm {
    const alarm = new Alarm(scope, id, {
      alarmDescription: `${what} Runbook: docs/runbooks/${runbook}.md`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: demandsData ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
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
      what: 'The table, or an index of it, refuses requests because there are too many.',
      metric: this.#refusedBy(table, period),
      threshold: 10,
      periods: 2,
    });
    this.#watch('Conflicts', {
      runbook: 'conflicts',
      what: 'Changes get into each other’s way, and are tried again.',
      metric: table.metric('TransactionConflict', { period, statistic: 'Sum' }),
      threshold: 1_000,
      periods: 3,
    });
    this.#watch('ContendedAccess', {
      runbook: 'conflicts',
      what: 'Changes that touch the access of one user fail again and again.',
      metric: own(alarming.contendedAccess),
      threshold: 5,
    });
    this.#watch('RunsHeld', {
      runbook: 'held-runs',
      what: "A directory's run would take away more than its source allows, and waits for an access manager.",
      metric: own(alarming.runHeld),
      threshold: 1,
    });
    this.#watch('BookFull', {
      runbook: 'book-size',
      what: 'A tenant has used four fifths of the bytes for its roles, groups, policies and rules.',
      metric: own(alarming.bookFull),
      threshold: 1,
    });
  }

  /**
   * Requests that the table and its indexes refuse. An index counts for itself: one that cannot follow refuses the write to
   * the table, and the table's own metric shows nothing.
   */
  #refusedBy(table: ITable, period: Duration): MathExpression {
    const { tableName: TableName } = table;
    const places = [{}, ...Object.values(indexes).map(({ name }) => ({ GlobalSecondaryIndexName: name }))];
    const metrics = places.flatMap((place) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metric) =>
        table.metric(metric, { period, statistic: 'Sum', dimensionsMap: { TableName, ...place } }),
      ),
    );
    const usingMetrics = Object.fromEntries(metrics.map((metric, i) => [`m${i}`, metric]));
    const expression = metrics.map((_, i) => `FILL(m${i}, 0)`).join(' + ');
    return new MathExpression({ expression, usingMetrics, period });
  }

  /** What products wait for: its time, its processes, its share of the account. */
  #checks({ api, checks, throttleRate, accountConcurrency }: Watched): void {
    const period = Duration.minutes(5);
    const of = (operation: OperationId, metricName: string, statistic: string) =>
      new Metric({ namespace, metricName, dimensionsMap: { operation }, statistic, period });
    this.#watch('SlowChecks', {
      runbook: 'slow-checks',
      what: 'One check in a hundred takes half a second or longer.',
      metric: new MathExpression({
        expression: 'IF(n >= 100, t, 0)',
        usingMetrics: { t: of('check', 'Duration', 'p99'), n: of('check', 'Duration', 'SampleCount') },
        label: 'Milliseconds of a check, 99th percentile',
        period,
      }),
      threshold: 500,
      periods: 3,
    });
    this.#watch('ColdChecks', {
      runbook: 'cold-starts',
      what: 'One check in twenty meets a new process.',
      metric: new MathExpression({
        expression: 'IF(FILL(c, 0) >= 50, 100 * c / (FILL(a, 0) + FILL(b, 0)), 0)',
        usingMetrics: {
          c: own(alarming.coldCheck),
          a: of('check', 'Duration', 'SampleCount'),
          b: of('checkBatch', 'Duration', 'SampleCount'),
        },
        label: 'Percent of checks that met a new process',
        period,
      }),
      threshold: 5,
      periods: 3,
    });
    this.#watch('MemoryFull', {
      runbook: 'memory',
      what: 'Processes occupy nearly all the memory of their function.',
      metric: own(alarming.memoryFull),
      threshold: 10,
      periods: 3,
    });
    this.#watch('StageThrottles', {
      runbook: 'throttles',
      what: 'Requests of all tenants together come at four fifths of the rate above which the API refuses them.',
      metric: api.metricCount({ statistic: 'Sum', period: Duration.minutes(1) }),
      threshold: 0.8 * 60 * throttleRate,
      periods: 2,
    });
    this.#room(checks, period);
    if (accountConcurrency === undefined) return;
    this.#watch('AccountAtOnce', {
      runbook: 'concurrency',
      what: "Functions use, or reserve, four fifths of the account's concurrency.",
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'ClaimedAccountConcurrency',
        statistic: 'Maximum',
        period,
      }),
      threshold: 0.8 * accountConcurrency,
      periods: 2,
    });
  }

  /** What checks have for themselves: a part of the account's concurrency, or processors of instances. */
  #room(checks: Checks, period: Duration): void {
    const reserved = [...checks].filter(([, { reserve }]) => reserve !== undefined);
    if (reserved.length > 0)
      this.#watch('ChecksAtOnce', {
        runbook: 'concurrency',
        what: 'Checks use four fifths of the concurrency that is reserved for them.',
        metric: new MathExpression({
          expression: `MAX([${reserved.map(([id, { reserve }]) => `100 * FILL(${id}, 0) / ${reserve}`).join(', ')}])`,
          usingMetrics: Object.fromEntries(
            reserved.map(([id, { lambda }]) => [
              id,
              lambda.metric('ConcurrentExecutions', { statistic: 'Maximum', period }),
            ]),
          ),
          label: 'Percent of the reserve',
          period,
        }),
        threshold: 80,
        periods: 2,
      });
    const managed = [...checks].filter(([, { capacity }]) => capacity !== undefined);
    if (managed.length > 0)
      this.#watch('InstancesBusy', {
        runbook: 'concurrency',
        what: 'Checks use four fifths of the processors that their instances have for them.',
        metric: new MathExpression({
          expression: `MAX([${managed.map(([id]) => `FILL(${id}, 0)`).join(', ')}])`,
          usingMetrics: Object.fromEntries(
            managed.map(([id, { lambda, capacity }]) => [
              id,
              new Metric({
                namespace: 'AWS/Lambda',
                metricName: 'ExecutionEnvironmentCPUUtilization',
                dimensionsMap: { CapacityProviderName: capacity as string, FunctionName: lambda.functionName },
                statistic: 'Average',
                period,
              }),
            ]),
          ),
          label: 'Percent of the processors',
          period,
        }),
        threshold: 80,
        periods: 3,
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

  /** The audit's seal and export. Whatever of it fails is done by a later pass, so what counts is that one succeeds. */
  #exports({ exports: { scheduler, work, everyMinutes } }: Watched): void {
    const day = Duration.days(1);
    const passes = day.toMinutes() / everyMinutes;
    this.#watch('ExportsFail', {
      runbook: 'exports',
      what: 'Passes over the events of tenants, to seal and export them, fail again and again.',
      metric: own(alarming.exportFailed),
      threshold: 5,
      periods: 3,
    });
    this.#watch('ExportsWait', {
      runbook: 'exports',
      what: 'A tenant has waited for its export for four hours.',
      metric: work.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(5) }),
      threshold: 4 * 3_600,
      periods: 2,
    });
    this.#watch('ExportsNotStarted', {
      runbook: 'exports',
      what: 'The schedule has had no export started for a day, so the newest export is older than that.',
      metric: neverSucceeded(scheduler),
      threshold: 1,
      // The next firing of a day's schedule is told some minutes after the day since the last one is over.
      periods: everyMinutes > day.toMinutes() / 2 ? 2 : 1,
      demandsData: true,
    });
    this.#watch('DestinationsFail', {
      runbook: 'exports',
      what: "The bucket of a customer's own has refused exports for most of a day.",
      metric: own(alarming.destinationFailed, day),
      // Each pass counts one failure, so a stage that exports every eight hours counts three a day.
      threshold: Math.max(1, Math.floor(mostOfDay * passes)),
    });
    this.#watch('ExportDiffers', {
      runbook: 'export-differs',
      what: 'A file stands in the bucket of exports where another belongs.',
      metric: own(alarming.exportDiffers),
      threshold: 1,
    });
    this.#watch('SealBroken', {
      runbook: 'export-differs',
      what: 'Events in the table differ from what was sealed.',
      metric: own(alarming.sealBroken),
      threshold: 1,
    });
    this.#watch('LateEvents', {
      runbook: 'late-events',
      what: 'Events have turned up behind the seal, so a writer was slower than a function can be.',
      metric: own(alarming.lateEvents),
      threshold: 1,
    });
  }

  #background({ publisher, meter, work, dead }: Watched): void {
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
    // The alarm of its area wants errors in two periods in a row, which a function that runs once a day does not have.
    this.#watch('UsageUntold', {
      runbook: 'errors',
      what: "The function that tells each tenant's usage has failed three times, so a day's usage is not told.",
      metric: meter.metricErrors({ period: Duration.hours(1), statistic: 'Sum' }),
      threshold: 3,
    });
    // A run that is never started, or whose start is given up, fails nowhere.
    this.#watch('UsageNotStarted', {
      runbook: 'errors',
      what: "The function that tells each tenant's usage has not come to an end for two days.",
      metric: neverSucceeded(meter),
      threshold: 1,
      periods: 2,
      demandsData: true,
    });
    this.#watch('EventsRefused', {
      runbook: 'events-late',
      what: 'The event bus refuses access changes.',
      metric: own(alarming.eventsRefused),
      threshold: 10,
      periods: 2,
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
