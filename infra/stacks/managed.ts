// Functions on managed instances (docs/decisions, 0071): EC2 instances of the account, which Lambda starts, fills, patches
// and ends, and whose processes serve many requests at once. Only what products ask all the time is worth it.
import { Annotations } from 'aws-cdk-lib';
import { CfnSecurityGroup, type ISubnet, SecurityGroup, Subnet } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Architecture, CapacityProvider, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { OperationId } from '../../shared/routes/operations.ts';
import type { Config } from './config.ts';
import { logGroupOf } from './log-group.ts';
import { lambdaRole } from './policies.ts';

/** The operations whose functions a stage may put on managed instances. */
export const manageable: readonly OperationId[] = ['check', 'checkBatch', 'listHolders'];

/**
 * An execution environment: one processor, and four gigabytes for the books of its tenants. Lambda keeps three of them, in
 * three zones, for each version of a function.
 */
const environment = { gigabytes: 4, requestsAtOnce: 64 } as const;

/** Threads of an environment. One for its one processor shares every read, and has every book once. */
const threads = 1;
/** Shared reads under way at once: a slow one keeps only its own requests waiting. */
const readsAtOnce = 4;

/** The variables of such a function, and of no other. */
export const managedEnvironment = {
  READS_AT_ONCE: String(readsAtOnce),
  AWS_LAMBDA_NODEJS_WORKER_COUNT: String(threads),
} as const;

export const managedMegabytes = environment.gigabytes * 1_024;

/** Where the instances are, and how many there may be. */
export class ManagedInstances extends Construct {
  readonly capacity: CapacityProvider;
  /** Lambda's right to start instances, and no others than these. */
  readonly operator = lambdaRole(this, 'Operator');

  constructor(scope: Construct, id: string, config: Config, settings: NonNullable<Config['managedInstances']>) {
    super(scope, id);
    const { subnets, securityGroups, vpc, maxVCpus } = settings;
    this.operator.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('AWSLambdaManagedEC2ResourceOperator'));
    this.capacity = new CapacityProvider(this, 'Capacity', {
      subnets: subnets.map((one) => this.#subnet(one)),
      securityGroups: (securityGroups ?? [this.#group(vpc as string)]).map((one, i) =>
        SecurityGroup.fromSecurityGroupId(this, `Group${i}`, one),
      ),
      architectures: [Architecture.ARM_64],
      maxVCpuCount: maxVCpus,
      operatorRole: this.operator,
      logGroup: logGroupOf(this, 'Log', config),
    });
  }

  /** A subnet by its id, which is all that Lambda asks for: its routes are the network's own. */
  #subnet(id: string): ISubnet {
    const subnet = Subnet.fromSubnetId(this, id, id);
    Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId');
    return subnet;
  }

  /** Requests come to an instance through Lambda, so nothing else is let in, and services are called by HTTPS. */
  #group(vpcId: string): string {
    return new CfnSecurityGroup(this, 'Group', {
      vpcId,
      groupDescription: 'Holdfast: instances of checks, which call services and are called by nobody',
      securityGroupEgress: [
        { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'Services of AWS' },
      ],
    }).attrGroupId;
  }

  /**
   * Puts a function on the instances, for as long as it exists.
   * @param byAlias true when callers go to an alias. Else they go to the version that Lambda publishes by itself, which
   *   would keep three environments beside those of the alias
   */
  add(lambda: LambdaFunction, byAlias: boolean): void {
    this.capacity.addFunction(lambda, {
      executionEnvironmentMemoryGiBPerVCpu: environment.gigabytes,
      perExecutionEnvironmentMaxConcurrency: environment.requestsAtOnce,
      publishToLatestPublished: !byAlias,
    });
  }
}
