// One function with its own role, log group, memory and share of the account's concurrency. The functions
// of an area deploy the same folder of code, and each has its own entry file in it.
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type IFunction,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { TableAccess } from '../../shared/routes/access.ts';
import { areaOf, builtFile } from '../bundle/bundle.ts';
import type { Alarms } from './alarms.ts';
import { Canary, type CanaryProps } from './canary.ts';
import type { Config } from './config.ts';
import { logGroupOf } from './log-group.ts';
import { type ManagedInstances, managedEnvironment, managedMegabytes } from './managed.ts';
import { lambdaRole, tableStatements } from './policies.ts';

/** Parts that every function is made of. */
export interface Foundation {
  readonly config: Config;
  /** Folder of the built functions, with a folder for each area: an asset each. */
  readonly folder: string;
  readonly table: ITable;
  readonly queue: Queue;
  readonly alarms: Alarms;
}

interface HoldfastFunctionProps extends Omit<Foundation, 'queue' | 'alarms'> {
  /** Needed where the access says so. */
  readonly queue?: Queue;
  /** Needed for a canary. */
  readonly alarms?: Alarms;
  /** For example `functions/roles/createRole.ts`. */
  readonly source: string;
  readonly description: string;
  readonly access: TableAccess;
  readonly memory: number;
  readonly seconds: number;
  /** Concurrent executions kept for the function; without them it shares what is left of the account. */
  readonly reserve?: number | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  readonly statements?: readonly PolicyStatement[];
  /** Where the function runs; by default on demand. */
  readonly managed?: ManagedInstances | undefined;
  /** For a function that changes over to a new version step by step: its name, and how its calls are counted. */
  readonly canary?: (lambda: LambdaFunction) => Pick<CanaryProps, 'name' | 'calls' | 'faults'>;
}

export class HoldfastFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly canary: Canary | undefined;
  /** What routes and event sources call: the function, or its alias. */
  readonly called: IFunction;

  constructor(scope: Construct, id: string, props: HoldfastFunctionProps) {
    super(scope, id);
    const { config, folder, table, queue, source, access, managed } = props;
    // A reserve is a part of what Lambda shares out, and instances of one's own are no part of that.
    const reserve = config.reserveConcurrency && !managed ? props.reserve : undefined;
    // Who reads an index only needs the table's name as well.
    const usesTable = access.actions.length > 0 || access.indexes.length > 0;
    const logGroup = logGroupOf(this, 'Log', config);
    const role = lambdaRole(this, 'Role');
    // Lambda moves no function onto instances, nor off them: it is another one.
    this.lambda = new LambdaFunction(this, managed ? 'Managed' : 'Function', {
      description: props.description,
      code: Code.fromAsset(join(folder, areaOf(source) as string)),
      handler: `${builtFile(source).replace(/\.mjs$/, '')}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: managed ? managedMegabytes : props.memory,
      timeout: Duration.seconds(props.seconds),
      role,
      logGroup,
      // JSON lets us switch off the service's own three lines per request, because our line says more.
      loggingFormat: LoggingFormat.JSON,
      systemLogLevelV2: SystemLogLevel.WARN,
      ...(reserve !== undefined && { reservedConcurrentExecutions: reserve }),
      environment: {
        ...(usesTable && { TABLE_NAME: table.tableName }),
        ...(usesTable && !config.packedGrants && { PACKED_GRANTS: 'off' }),
        ...(access.queue && queue && { QUEUE_URL: queue.queueUrl }),
        CLAIM_TENANT: config.tenantClaim,
        RECOVERY_DELAY_HOURS: String(config.recoveryDelayHours),
        CLAIM_TOKEN_USE: config.tokenUseClaim,
        TOKEN_USE: config.tokenUseValue,
        SCOPE_PREFIX: config.scopePrefix,
        TRUSTED_ISSUERS: config.issuer,
        ...(managed && managedEnvironment),
        ...props.environment,
      },
    });
    logGroup.grantWrite(role);
    for (const statement of [...tableStatements(table, access), ...(props.statements ?? [])])
      role.addToPrincipalPolicy(statement);
    if (access.queue) queue?.grant(role, 'sqs:SendMessage');
    const { lambda } = this;
    managed?.add(lambda, props.canary !== undefined);
    if (props.canary && props.alarms)
      this.canary = new Canary(this, 'Canary', { config, alarms: props.alarms, lambda, ...props.canary(lambda) });
    this.called = (this.canary?.alias ?? lambda) as IFunction;
  }
}
