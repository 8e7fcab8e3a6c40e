// A function that changes over to a new version step by step: a tenth of the calls for five minutes, then all. Callers go
// to the alias. CodeDeploy moves the alias, and takes it back when the function's alarm fires meanwhile.
import { Duration, Stack } from 'aws-cdk-lib';
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { LambdaApplication, LambdaDeploymentConfig, LambdaDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IVersion, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { alarming, namespace } from '../../shared/http/gateway/metrics.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { Alarms } from './alarms.ts';
import type { Config } from './config.ts';

/** The operations whose functions change over step by step, because products wait for them. */
export const canaries: readonly OperationId[] = ['check', 'checkBatch'];

export interface CanaryProps {
  readonly config: Config;
  readonly alarms: Alarms;
  readonly lambda: LambdaFunction;
  /** What the alarm says: the function by its name. */
  readonly name: string;
  /** Calls that the function answered, and those among them that failed on our side. */
  readonly calls: Metric;
  readonly faults: Metric;
}

const eachMinute = { period: Duration.minutes(1) };

/** An operation's calls, and its faults. */
export const countsOf = (operation: OperationId) => {
  const of = (metricName: string, statistic: string) =>
    new Metric({ namespace, metricName, dimensionsMap: { operation }, statistic, ...eachMinute });
  return { calls: of('Duration', 'SampleCount'), faults: of('Faults', 'Sum') };
};

/** The worker's slices, and those that failed. */
export const countsOfWork = (worker: LambdaFunction) => ({
  faults: new Metric({ namespace, metricName: alarming.workFailed, statistic: 'Sum', ...eachMinute }),
  calls: worker.metricInvocations({ statistic: 'Sum', ...eachMinute }),
});

/** One alarm and one deployment group for each function, and a role that may move that function's alias only. */
export class Canary extends Construct {
  readonly alias: Alias;
  readonly everyAlarm = Stack.of(this).formatArn({ service: 'cloudwatch', resource: 'alarm:*' });

  constructor(scope: Construct, id: string, { config, alarms, lambda, name, calls, faults }: CanaryProps) {
    super(scope, id);
    this.alias = new Alias(this, 'Live', { aliasName: 'live', version: lambda.currentVersion as IVersion });
    const alarm = alarms.watch(this, 'Failing', {
      runbook: 'new-version',
      what: `One call of ${name} in a hundred fails, so a deployment that is under way is taken back.`,
      metric: new MathExpression({
        expression: 'IF(FILL(f, 0) + FILL(e, 0) >= 3, 100 * (FILL(f, 0) + FILL(e, 0)) / (FILL(n, 0) + FILL(e, 0)), 0)',
        usingMetrics: { f: faults, e: lambda.metricErrors({ statistic: 'Sum', ...eachMinute }), n: calls },
        label: `Percent of calls of ${name} that failed`,
        ...eachMinute,
      }),
      threshold: 1,
    });
    const role = new Role(this, 'Mover', { assumedBy: new ServicePrincipal('codedeploy.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
        resources: [lambda.functionArn, this.alias.functionArn],
      }),
    );
    role.addToPolicy(
      // CodeDeploy asks for alarms by name, and CloudWatch authorises that for all of them only.
      new PolicyStatement({
        actions: ['cloudwatch:DescribeAlarms'],
        resources: [this.everyAlarm],
      }),
    );
    const group = new LambdaDeploymentGroup(this, 'Deployment', {
      application: new LambdaApplication(this, 'Application'),
      alias: this.alias,
      // The role is complete: CodeDeploy's managed policy may move the aliases of every function.
      role: role.withoutPolicyUpdates(),
      alarms: [alarm],
      // CodeDeploy begins nothing while an alarm is red, so a way back, or a mend, must not wait for it.
      ignoreAlarmConfiguration: config.allAtOnce,
      deploymentConfig: config.allAtOnce
        ? LambdaDeploymentConfig.ALL_AT_ONCE
        : LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES,
    });
    this.alias.node.addDependency(group);
  }
}
