// The dashboard: first the error budget, then requests, times and faults.
import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  MathExpression,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { namespace } from '../../shared/http/gateway/metrics.ts';

/** Share of requests within 28 days that must not fail on our side. */
const objective = 0.999;

interface Shown {
  readonly api: HttpApi;
  readonly table: ITable;
  /** The queues of background work. */
  readonly work: readonly Queue[];
  readonly alarms: readonly IAlarm[];
}

const found = (metric: string, statistic: string, dimensions: string) =>
  `SEARCH('{${namespace},${dimensions}} MetricName="${metric}"', '${statistic}', 300)`;

export class Overview extends Construct {
  constructor(scope: Construct, id: string, { api, table, work, alarms }: Shown) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', { defaultInterval: Duration.days(28) });
    const period = Duration.minutes(5);
    const usingMetrics = {
      requests: api.metricCount({ period, statistic: 'Sum' }),
      faults: api.metricServerError({ period, statistic: 'Sum' }),
    };
    const allowed = (1 - objective).toFixed(4);
    const left = new MathExpression({
      expression: `100 * (1 - RUNNING_SUM(FILL(faults, 0)) / (${allowed} * RUNNING_SUM(FILL(requests, 0)) + 0.0001))`,
      usingMetrics,
      label: 'Budget left in the time shown, percent',
      period,
    });
    const burn = new MathExpression({
      expression: `FILL(faults, 0) / (${allowed} * requests)`,
      usingMetrics,
      label: 'Burn rate: 1 uses up the budget exactly',
      period,
    });
    dashboard.addWidgets(
      new TextWidget({
        markdown: `# Holdfast\n${objective * 100} % of requests within 28 days must be answered without a fault of ours. A refusal is not a fault. Runbooks: docs/runbooks/.`,
        width: 24,
        height: 2,
      }),
      new GraphWidget({ title: 'Error budget', left: [left], right: [burn], width: 12, height: 6 }),
      new SingleValueWidget({
        title: 'Requests and faults',
        metrics: [usingMetrics.requests, usingMetrics.faults],
        setPeriodToTimeRange: true,
        width: 12,
        height: 6,
      }),
      new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 6 }),
      this.#graph('Time per operation, 99th percentile', found('Duration', 'p99', 'operation')),
      this.#graph('Faults per operation', found('Faults', 'Sum', 'operation')),
      this.#graph(
        'Time of checks per class of tenant, 99th percentile',
        `SEARCH('{${namespace},operation,tenantClass} MetricName="Duration" operation="check"', 'p99', 300)`,
      ),
      new GraphWidget({
        title: 'Capacity of the table',
        left: [
          table.metricConsumedReadCapacityUnits({ statistic: 'Sum' }),
          table.metricConsumedWriteCapacityUnits({ statistic: 'Sum' }),
        ],
        width: 12,
        height: 6,
      }),
      new GraphWidget({
        title: 'Work that waits',
        left: work.map((queue) => queue.metricApproximateNumberOfMessagesVisible()),
        right: work.map((queue) => queue.metricApproximateAgeOfOldestMessage()),
        width: 12,
        height: 6,
      }),
    );
  }

  #graph(title: string, expression: string): GraphWidget {
    return new GraphWidget({
      title,
      left: [new MathExpression({ expression, usingMetrics: {}, label: '', period: Duration.minutes(5) })],
      width: 12,
      height: 6,
    });
  }
}
