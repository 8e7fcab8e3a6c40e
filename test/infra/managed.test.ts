// A stage whose checks run on instances of EC2: what is another than on demand, and that all else stays as it is.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { handlerFile } from '../../functions/index.ts';
import { builtFile } from '../../infra/bundle/bundle.ts';
import { stageConfig } from '../../infra/stacks/config.ts';
import { manageable, managedEnvironment } from '../../infra/stacks/managed.ts';
import { type OperationId, operationIds } from '../../shared/routes/operations.ts';
import { longSuite } from '../support/patience.ts';
import { example, type Resource, resourcesOf, type Synthesized, synthesize } from './stacks.ts';

vi.setConfig(longSuite);

const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1', 'subnet-0123456789abcdef2'];
const vpc = 'vpc-0123456789abcdef0';
let plain: Synthesized;
let managed: Synthesized;
beforeAll(() => {
  plain = synthesize();
  managed = synthesize({ managedInstances: { vpc, subnets } });
});
afterAll(() => {
  plain?.close();
  managed?.close();
});

const checks = (of: Synthesized) => of.templates.get('Checks') as NonNullable<ReturnType<typeof of.templates.get>>;
const all = (of: Synthesized, type: string): [string, Resource][] =>
  [...of.templates.values()].flatMap((template) => resourcesOf(template, type));
const functionOf = (of: Synthesized, id: OperationId): [string, Resource] =>
  all(of, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties.Handler === builtFile(handlerFile(id)).replace('.mjs', '.handler'),
  ) as [string, Resource];
const theOnly = (of: Synthesized, type: string): [string, Resource] => {
  const found = all(of, type);
  expect(found).toHaveLength(1);
  return found[0] as [string, Resource];
};

describe('without the setting', () => {
  test('nothing is on instances, and no function shares reads', () => {
    for (const type of ['AWS::Lambda::CapacityProvider', 'AWS::EC2::SecurityGroup'])
      expect(all(plain, type)).toEqual([]);
    for (const [id, { Properties }] of all(plain, 'AWS::Lambda::Function')) {
      const { Variables = {} } = Properties.Environment ?? {};
      expect([id, Properties.CapacityProviderConfig, Variables.READS_AT_ONCE]).toEqual([id, undefined, undefined]);
    }
  });
});

describe('with the setting', () => {
  test('all templates but that of the checks are as before, but for what watches their functions', () => {
    const others = [...plain.templates].filter(([name]) => name !== 'Checks');
    const left = (json: { Resources: Record<string, Resource> }) =>
      Object.entries(json.Resources).filter(
        ([, { Type }]) =>
          !['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::Dashboard', 'AWS::CloudFormation::Stack'].includes(Type),
      );
    for (const [name, template] of others)
      expect([name, left(managed.templates.get(name)?.toJSON() as never)]).toEqual([
        name,
        left(template.toJSON() as never),
      ]);
  });

  test('the three functions are others than before, on the instances, with reads that are shared', () => {
    const [capacity] = theOnly(managed, 'AWS::Lambda::CapacityProvider');
    for (const id of manageable) {
      const [[before], [name, { Properties }]] = [functionOf(plain, id), functionOf(managed, id)];
      // Lambda moves no function onto instances.
      expect(name).not.toBe(before);
      expect(Properties).toMatchObject({
        MemorySize: 4_096,
        Environment: { Variables: managedEnvironment },
        CapacityProviderConfig: {
          LambdaManagedInstancesCapacityProviderConfig: {
            CapacityProviderArn: { 'Fn::GetAtt': [capacity, 'Arn'] },
            ExecutionEnvironmentMemoryGiBPerVCpu: 4,
            PerExecutionEnvironmentMaxConcurrency: 64,
          },
        },
      });
      expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  test('all other functions stay what they are', () => {
    for (const id of operationIds.filter((one) => !manageable.includes(one)))
      expect(functionOf(managed, id)).toEqual(functionOf(plain, id));
  });

  test('each function has one version with environments: that of its alias, or the one that Lambda publishes', () => {
    const integrations = resourcesOf(checks(managed), 'AWS::ApiGatewayV2::Integration');
    for (const id of manageable) {
      const [name, { Properties }] = functionOf(managed, id);
      const aliases = resourcesOf(checks(managed), 'AWS::Lambda::Alias').filter(
        ([, alias]) => alias.Properties.FunctionName.Ref === name,
      );
      expect([id, Properties.PublishToLatestPublished, aliases.length]).toEqual(
        id === 'listHolders' ? [id, true, 0] : [id, false, 1],
      );
      const called = aliases[0] ? { Ref: aliases[0][0] } : { 'Fn::GetAtt': [name, 'Arn'] };
      expect(
        integrations.filter(([, one]) => JSON.stringify(one.Properties.IntegrationUri) === JSON.stringify(called)),
      ).toHaveLength(1);
    }
  });

  test('a route calls the new function only once it may', () => {
    const permissions = resourcesOf(checks(managed), 'AWS::Lambda::Permission').map(([id]) => id);
    for (const id of manageable) {
      const [, integration] = resourcesOf(checks(managed), 'AWS::ApiGatewayV2::Integration').find(([name]) =>
        name.startsWith(`${id}Route`),
      ) as [string, Resource & { readonly DependsOn?: string[] }];
      expect(integration.DependsOn?.some((one) => permissions.includes(one) && one.startsWith(`${id}Route`))).toBe(
        true,
      );
    }
  });

  test('instances are in the subnets, are called by nobody, and call services by HTTPS', () => {
    const [group, { Properties: rules }] = theOnly(managed, 'AWS::EC2::SecurityGroup');
    const [, { Properties }] = theOnly(managed, 'AWS::Lambda::CapacityProvider');
    expect(Properties).toMatchObject({
      VpcConfig: { SubnetIds: subnets, SecurityGroupIds: [{ 'Fn::GetAtt': [group, 'GroupId'] }] },
      InstanceRequirements: { Architectures: ['arm64'] },
      CapacityProviderScalingConfig: { MaxVCpuCount: 64 },
    });
    expect(rules.VpcId).toBe(vpc);
    expect(rules.SecurityGroupIngress).toBeUndefined();
    expect(rules.SecurityGroupEgress).toEqual([
      expect.objectContaining({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 }),
    ]);
    const log = resourcesOf(checks(managed), 'AWS::Logs::LogGroup').find(
      ([id]) => id === Properties.TelemetryConfig.LoggingConfig.LogGroup.Ref,
    );
    expect(log?.[1].Properties.RetentionInDays).toBe(90);
  });

  test('an alarm watches the processors in place of the reserve, and that of the account stays', () => {
    const alarms = (of: Synthesized) => resourcesOf(of.service, 'AWS::CloudWatch::Alarm');
    const names = (of: Synthesized) => alarms(of).map(([id]) => id.replace(/[0-9A-F]{8}$/, ''));
    const [before, after] = [new Set(names(plain)), new Set(names(managed))];
    expect([...before.difference(after)]).toEqual(['AlarmsChecksAtOnce']);
    expect([...after.difference(before)]).toEqual(['AlarmsInstancesBusy']);
    const busy = alarms(managed).find(([id]) => id.startsWith('AlarmsInstancesBusy'))?.[1].Properties;
    expect(busy.AlarmDescription).toContain('docs/runbooks/concurrency.md');
    const metrics = busy.Metrics.flatMap(
      ({ MetricStat }: { MetricStat?: { Metric: object } }) => MetricStat?.Metric ?? [],
    );
    expect(metrics).toHaveLength(2);
    for (const metric of metrics)
      expect(metric).toMatchObject({
        Namespace: 'AWS/Lambda',
        MetricName: 'ExecutionEnvironmentCPUUtilization',
        Dimensions: [{ Name: 'CapacityProviderName' }, { Name: 'FunctionName' }],
      });
  });

  test('cdk-nag and the validation of CloudFormation find nothing', () => {
    for (const { pluginName, violations } of managed.findings)
      expect([pluginName, violations]).toEqual([pluginName, []]);
    const accepted = managed.findings.flatMap(({ suppressedViolations = [] }) => suppressedViolations);
    const operator = accepted.filter(({ ruleName }) => ruleName.includes('AWSLambdaManagedEC2ResourceOperator'));
    expect(operator).toHaveLength(1);
  });

  test('security groups of your own take the place of the VPC', () => {
    const securityGroups = ['sg-0123456789abcdef0'];
    const other = synthesize({ managedInstances: { subnets, securityGroups, maxVCpus: 200 } });
    try {
      const [, { Properties }] = theOnly(other, 'AWS::Lambda::CapacityProvider');
      expect(Properties.VpcConfig.SecurityGroupIds).toEqual(securityGroups);
      expect(Properties.CapacityProviderScalingConfig).toEqual({ MaxVCpuCount: 200 });
      expect(all(other, 'AWS::EC2::SecurityGroup')).toEqual([]);
    } finally {
      other.close();
    }
  });
});

test.each<[object, string]>([
  [{ vpc }, 'managedInstances.subnets: is missing, and is a list: ["subnet-…"'],
  [{ vpc, subnets: subnets.slice(0, 1) }, 'managedInstances.subnets: has fewer than two entries'],
  [{ vpc, subnets: [subnets[0], subnets[0]] }, 'managedInstances.subnets: names a subnet twice'],
  [
    { vpc, subnets: ['10.0.0.0/24', ...subnets] },
    'managedInstances.subnets.0: is not the id of a subnet: write "subnet-',
  ],
  [
    { vpc, subnets: Array.from({ length: 17 }, (_, i) => `subnet-0000000${10 + i}`) },
    'subnets: has more than 16 entries',
  ],
  [{ subnets }, 'managedInstances.vpc: is missing, and name the VPC of the subnets'],
  [{ vpc, subnets, securityGroups: ['sg-01234567'] }, 'managedInstances.vpc: name the VPC of the subnets'],
  [{ vpc: 'main', subnets }, 'managedInstances.vpc: is not the id of a VPC: write "vpc-0123456789abcdef0"'],
  [{ subnets, securityGroups: [] }, 'managedInstances.securityGroups: is empty'],
  [{ vpc, subnets, maxVCpus: 12 }, 'managedInstances.maxVCpus: is a whole number from 32 to 15000'],
  [{ vpc, subnets, instances: 3 }, 'managedInstances.instances: is no setting'],
])('%j is refused: %s', (managedInstances, error) => {
  expect(() => stageConfig('production', { ...example, managedInstances })).toThrow(error);
});
