// Log groups of functions, of the gateway and of instances.
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, type LogGroupProps, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Config } from './config.ts';

const days: Record<Config['logRetentionDays'], RetentionDays> = {
  30: RetentionDays.ONE_MONTH,
  90: RetentionDays.THREE_MONTHS,
  180: RetentionDays.SIX_MONTHS,
  365: RetentionDays.ONE_YEAR,
};

/** @param more with a name only where the service demands one; a generated one can stand beside another */
export const logGroupOf = (
  scope: Construct,
  id: string,
  config: Config,
  more: Pick<LogGroupProps, 'logGroupName' | 'logGroupClass' | 'retention'> = {},
): LogGroup =>
  new LogGroup(scope, id, {
    retention: days[config.logRetentionDays],
    removalPolicy: RemovalPolicy.DESTROY,
    ...more,
  });

/**
 * The name of a log group to which API Gateway delivers. For every other name the service adds a line to the region's
 * one resource policy for logs, which is full after some dozens of APIs, and the deployment then fails.
 */
export const vendedLogName = (scope: Construct, name: string): string =>
  `/aws/vendedlogs/holdfast/${Stack.of(scope).stackName}/${name}`;
