// Rules of cdk-nag that do not fit here, each with a reason, and each acknowledged on the one construct concerned.
import { type CfnElement, DefaultStackSynthesizer, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { operations } from '../../shared/routes/operations.ts';
import type { ConsoleStack } from './console.ts';
import type { DataStack } from './data.ts';
import type { AuditArchive, Exports } from './exports.ts';
import type { IdentityStack } from './identity.ts';
import type { ServiceStack } from './service.ts';

const accept = (construct: IConstruct, rule: string, reason: string): void =>
  Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });

export const acknowledge = (
  { areas, worker, events, exports, frontDoor }: ServiceStack,
  { archive }: DataStack,
): void => {
  if (!frontDoor.hasAccessLog)
    accept(
      frontDoor.stage,
      'APIG1',
      'The stage’s file leaves the access log out, because every request that reaches a function has a line of its own.',
    );
  for (const { routes } of areas.values())
    for (const [id, route] of routes)
      if (operations[id].callers.length === 0)
        accept(
          route,
          'APIG4',
          'The operation is open to everybody, because it only says whether the service is up, or describes the API, and reads no data of tenants.',
        );
  const canaries = [worker, ...[...areas.values()].flatMap(({ functions }) => [...functions.values()])];
  for (const { canary } of canaries)
    if (canary)
      accept(
        canary,
        `IAM5[Resource::${canary.everyAlarm}]`,
        'CodeDeploy asks for the state of the one alarm by its name, and CloudWatch authorises that question only for all alarms of the account.',
      );
  for (const { managed } of areas.values())
    if (managed)
      accept(
        managed.operator,
        'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AWSLambdaManagedEC2ResourceOperator]',
        'The service’s own policy follows what Lambda needs to start instances, and lets it start none but those that it manages itself.',
      );
  accept(
    events.dead,
    'SQS3',
    'This is itself the dead-letter queue, for records of the stream that could not be published.',
  );
  accept(
    exports.missed,
    'SQS3',
    'This is itself the dead-letter queue, for firings of the schedule that could not start the function.',
  );
  acknowledgeExports(exports, archive);
};

/** The ARN of the bucket of exports, as a finding in another stack than the bucket's spells it. */
const objectsOf = ({ bucket }: AuditArchive, region: string): string => {
  const { stackName } = bucket.stack;
  // CDK names the output of a stack by what it is of; the digits at its end depend on that alone.
  const OutputName = `PublishOutputFnGetAtt${idOf(bucket)}Arn126C4837`;
  return JSON.stringify({ 'Fn::GetStackOutput': { StackName: stackName, Region: region, OutputName } });
};

const idOf = ({ node }: IConstruct): string => {
  const resource = node.defaultChild as CfnElement;
  return resource.stack.getLogicalId(resource);
};

const acknowledgeExports = ({ schedule, scheduler, worker }: Exports, archive: AuditArchive): void => {
  const { stack } = schedule;
  for (const [construct, resource, reason] of [
    [
      stack,
      `<${idOf(scheduler.lambda)}.Arn>:*`,
      'EventBridge Scheduler’s target may call every version of the one function, which CDK writes as a star behind its name.',
    ],
    [
      worker,
      `${objectsOf(archive, stack.region)}/*`,
      'The function writes files whose names begin with the tenant and the day, and reads them back, in the one bucket of exports.',
    ],
    [
      worker,
      'arn:<AWS::Partition>:iam::*:role/HoldfastAudit*',
      'A customer’s own bucket is in an account that nobody knows beforehand. The role’s name has a fixed start, and its trust policy demands the external id of the tenant.',
    ],
  ] as const)
    accept(construct, `IAM5[Resource::${resource}]`, reason);
};

export const acknowledgeData = ({ archive, backups }: DataStack): void => {
  accept(
    archive.bucket,
    'S1',
    'Two functions of ours write and read there, with a line each; whoever else reads is named by the data events of CloudTrail, which one trail of the account records.',
  );
  if (backups)
    accept(
      backups.plan,
      'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup]',
      'The service’s own policy follows what AWS Backup needs, release by release, and a backup that fails for want of an action is noticed when it is missed.',
    );
};

export const acknowledgeIdentity = ({ pool }: IdentityStack): void => {
  accept(
    pool,
    'COG2',
    'Machines of directories sign in with a password, which no second factor can follow. Persons may have one, and an administrator of the pool can require it of each.',
  );
  accept(
    pool,
    'COG8',
    'Threat protection needs the plan Plus, which costs each user more than twice; a deployment that needs it switches it on.',
  );
};

export const acknowledgeConsole = (console: ConsoleStack): void => {
  const { node, bucket, distribution, uploader, isNamed, account, region } = console;
  const qualifier = console.synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  const actions = ['GetBucket', 'GetObject', 'List', 'Abort', 'DeleteObject'].map((name) => `Action::s3:${name}*`);
  const files = [`<${idOf(bucket)}.Arn>/*`, `arn:aws:s3:::cdk-${qualifier}-assets-${account}-${region}/*`];
  for (const finding of [...actions, ...files.map((one) => `Resource::${one}`)])
    accept(
      uploader,
      `IAM5[${finding}]`,
      'CDK’s function copies files from where the deployment uploads them into the one bucket, and CDK writes its actions with stars.',
    );
  for (const [construct, rule, reason] of [
    [
      bucket,
      'S1',
      'The files are the same for everybody and hold nothing of tenants; the one function that writes them has a log.',
    ],
    [distribution, 'CFR1', 'Whoever may sign in may do so wherever they are.'],
    [
      distribution,
      'CFR2',
      'Files need no filter, and the API has limits of its own. A deployment that wants a web ACL puts it before both.',
    ],
    [
      distribution,
      'CFR3',
      'Whatever reaches data passes through the API, whose log has a line for it. CloudFront’s own would add addresses of visitors who load public files.',
    ],
    [
      node.children.find(({ node: { id } }) => id.startsWith('Custom::CDKBucketDeployment')) as IConstruct,
      'L1',
      'The function and its runtime come with CDK, and run at deployments only.',
    ],
  ] as const)
    accept(construct, rule, reason);
  if (!isNamed)
    accept(
      distribution,
      'CFR4',
      'Without a name and a certificate of its own, the console answers under CloudFront’s, for which CloudFront sets the protocols.',
    );
};
