// What the stack promises, held against the templates that would be deployed: the table is kept, every route asks for a
// token, each function may do what it does and no more.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { NIST80053R5Checks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { handlerFile } from '../../functions/index.ts';
import { builtFile, root } from '../../infra/bundle/bundle.ts';
import { alarmed } from '../../infra/costs/bill.ts';
import { Alarms } from '../../infra/stacks/alarms.ts';
import { Canary, countsOf } from '../../infra/stacks/canary.ts';
import { accountConcurrency, unreserved } from '../../infra/stacks/concurrency.ts';
import { ownClients, stageConfig } from '../../infra/stacks/config.ts';
import { DataStack } from '../../infra/stacks/data.ts';
import { alarming, namespace } from '../../shared/http/gateway/metrics.ts';
import {
  accessOf,
  exportAccess,
  exporting,
  meterAccess,
  scheduleAccess,
  sealing,
  type TableAccess,
  workerAccess,
} from '../../shared/routes/access.ts';
import { allowedHeaders, exposedHeaders, preflightSeconds } from '../../shared/routes/cors.ts';
import { type OperationId, operationIds, operations } from '../../shared/routes/operations.ts';
import { tableDefinition, timeToLive } from '../../shared/store/table.ts';
import { builtOperations } from '../support/facts.ts';
import { bootEngine } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { RecordingHarness, record } from './recorded.ts';
import { context, example, type Resource, resourcesOf, type Synthesized, synthesize } from './stacks.ts';

vi.setConfig(longSuite);

let stacks: Synthesized;
beforeAll(() => {
  stacks = synthesize();
}, 120_000);
afterAll(() => stacks?.close());

const all = (type: string): [string, Resource][] =>
  [...stacks.templates.values()].flatMap((template) => resourcesOf(template, type));

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
const statementsOf = ({ Properties }: Resource): Statement[] => Properties.PolicyDocument?.Statement ?? [];
const actionsOf = ({ Action }: Statement): string[] => (typeof Action === 'string' ? [Action] : [...Action]);

/** A function with the statements of its role. */
const functionAt = (handler: string, { templates } = stacks) => {
  for (const template of templates.values()) {
    const found = resourcesOf(template, 'AWS::Lambda::Function').find(([, one]) => one.Properties.Handler === handler);
    if (!found) continue;
    const role = found[1].Properties.Role['Fn::GetAtt'][0];
    const policies = resourcesOf(template, 'AWS::IAM::Policy')
      .map(([, one]) => one)
      .filter(({ Properties }) => Properties.Roles.some((one: { Ref: string }) => one.Ref === role));
    return { lambda: found[1].Properties, statements: policies.flatMap(statementsOf) };
  }
  throw new Error(`the stack has no function ${handler}`);
};
const functionOf = (id: OperationId, of = stacks) =>
  functionAt(builtFile(handlerFile(id)).replace('.mjs', '.handler'), of);

/** True for the name of a log group to which API Gateway delivers, which must begin like this. */
const isDelivered = (name: string): boolean => name.startsWith('/aws/vendedlogs/');

describe('the table', () => {
  // A global table with one replica, so that a region can be added.
  const table = () => resourcesOf(stacks.data, 'AWS::DynamoDB::GlobalTable')[0]![1];

  test('is kept whatever happens to the stack', () => {
    expect(table()).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(table().Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      Replicas: [
        {
          Region: 'eu-central-1',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
        },
      ],
    });
    expect(stacks.app.data.terminationProtection).toBe(true);
  });

  test('has the keys, the indexes and the one attribute of expiry that the store uses', () => {
    const { KeySchema, GlobalSecondaryIndexes, AttributeDefinitions, TimeToLiveSpecification } = table().Properties;
    const { BillingMode: _, ...definition } = tableDefinition;
    expect({ AttributeDefinitions, KeySchema, GlobalSecondaryIndexes }).toEqual(definition);
    expect(TimeToLiveSpecification).toEqual({ AttributeName: timeToLive, Enabled: true });
  });

  test('holds all data, with the exports beside it: nothing else is retained, and nothing has a name of its own', () => {
    const kept = ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key'];
    const names = ['TableName', 'QueueName', 'FunctionName', 'LogGroupName', 'RoleName', 'TopicName', 'BucketName'];
    for (const template of stacks.templates.values())
      for (const [id, resource] of Object.entries(template.toJSON().Resources as Record<string, Resource>)) {
        const { Type, Properties, DeletionPolicy } = resource;
        const isKept = template === stacks.data && kept.includes(Type);
        expect([id, DeletionPolicy === 'Retain']).toEqual([id, isKept]);
        const own = names.filter((name) => typeof Properties?.[name] === 'string' && !isDelivered(Properties[name]));
        expect([id, own]).toEqual([id, []]);
      }
  });
});

describe('the bucket of exports', () => {
  const bucket = (of = stacks) => resourcesOf(of.data, 'AWS::S3::Bucket')[0]![1].Properties;

  test('keeps every version for a year, whoever wants it gone, and shows nothing to the public', () => {
    expect(bucket()).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 365 } } },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    expect(JSON.stringify(bucket().LifecycleConfiguration)).not.toContain('Expiration');
  });

  test('takes files once, under a condition, over TLS, and lets nobody delete one', () => {
    const [[, policy]] = resourcesOf(stacks.data, 'AWS::S3::BucketPolicy') as [[string, Resource]];
    const denied = policy.Properties.PolicyDocument.Statement.filter((one: Statement) => one.Effect === 'Deny');
    expect(denied).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          Principal: { AWS: '*' },
          Action: 's3:PutObject',
          Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
        }),
        expect.objectContaining({ Principal: { AWS: '*' }, Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'] }),
        expect.objectContaining({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    );
    expect(policy.Properties.PolicyDocument.Statement).toHaveLength(denied.length);
  });
});

describe('the API', () => {
  const routes = () => all('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
  const keyOf = (id: OperationId) => `${operations[id].method} ${operations[id].path}`;

  test('has a route for every operation and for nothing else', () => {
    expect(
      routes()
        .map((route) => route.RouteKey)
        .sort(),
    ).toEqual(operationIds.map(keyOf).sort());
  });

  test('asks for a token wherever the table of operations names a caller', () => {
    const open = operationIds.filter((id) => operations[id].callers.length === 0);
    expect(open.filter((id) => operations[id].data !== 'none')).toEqual([]);
    const openKeys = new Set(open.map(keyOf));
    for (const { RouteKey, AuthorizationType, AuthorizerId } of routes()) {
      const token = !openKeys.has(RouteKey);
      const expected = [RouteKey, token ? 'JWT' : 'NONE', token];
      expect([RouteKey, AuthorizationType, AuthorizerId !== undefined]).toEqual(expected);
    }
    const authorizers = all('AWS::ApiGatewayV2::Authorizer').map(([, one]) => one.Properties);
    expect(authorizers).toEqual([
      expect.objectContaining({
        AuthorizerType: 'JWT',
        JwtConfiguration: { Issuer: expect.stringMatching(/^https:/), Audience: ['holdfast'] },
      }),
    ]);
  });

  test('lets pages of named origins call it, and see every header that they need', () => {
    const corsOf = (some: Synthesized) => resourcesOf(some.service, 'AWS::ApiGatewayV2::Api')[0]![1].Properties;
    expect(corsOf(stacks).CorsConfiguration).toEqual({
      AllowOrigins: ['https://portal.example.com'],
      AllowMethods: ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'],
      AllowHeaders: [...allowedHeaders],
      ExposeHeaders: [...exposedHeaders],
      MaxAge: preflightSeconds,
    });
  });

  test('is throttled, and logs requests without addresses, names or tokens', () => {
    const [[, stage]] = all('AWS::ApiGatewayV2::Stage') as [[string, Resource]];
    const { DefaultRouteSettings, AccessLogSettings } = stage.Properties;
    expect(DefaultRouteSettings.ThrottlingRateLimit).toBeGreaterThan(0);
    expect(DefaultRouteSettings.ThrottlingBurstLimit).toBeGreaterThan(0);
    expect(AccessLogSettings.Format).toContain('$context.requestId');
    expect(AccessLogSettings.Format).not.toMatch(/identity|claims|sourceIp|userAgent|rawPath|\$context\.path/);
  });
});

describe('functions', () => {
  test('run on one runtime and architecture, each with its role, its log group and its retention', () => {
    const lambdas = all('AWS::Lambda::Function').map(([, one]) => one.Properties);
    expect(lambdas.length).toBe(operationIds.length + 5);
    for (const { Handler, Runtime, Architectures, LoggingConfig, MemorySize } of lambdas) {
      expect([Handler, Runtime, Architectures]).toEqual([Handler, 'nodejs24.x', ['arm64']]);
      expect(LoggingConfig.LogGroup.Ref).toBeTypeOf('string');
      expect(MemorySize).toBeLessThanOrEqual(1_024);
    }
    for (const own of ['Role', 'LoggingConfig'])
      expect(new Set(lambdas.map((one) => JSON.stringify(one[own]))).size).toBe(lambdas.length);
    const logs = all('AWS::Logs::LogGroup');
    // One more for the API's own lines.
    expect(logs.length).toBe(lambdas.length + 1);
    for (const [id, { Properties }] of logs) expect([id, Properties.RetentionInDays]).toEqual([id, 90]);
  });

  test('that must always answer are reserved a share of the account, and half of it is left for two stages and others', () => {
    const reserved = (id: OperationId): number => functionOf(id).lambda.ReservedConcurrentExecutions ?? 0;
    const sum = operationIds.reduce((total, id) => total + reserved(id), 0);
    const workers = 50 + functionAt('work/export.handler').lambda.ReservedConcurrentExecutions;
    // Two stages with their workers, what the service keeps, and as much again for all that shares.
    expect(2 * (sum + workers) + unreserved).toBeLessThanOrEqual(accountConcurrency / 2 + unreserved);
    expect(readFileSync(join(root, 'docs/deploy.md'), 'utf8')).toContain(`Each stage reserves ${sum}`);
    const { ThrottlingRateLimit } = all('AWS::ApiGatewayV2::Stage')[0]![1].Properties.DefaultRouteSettings;
    expect((reserved('check') * 1_000) / 12).toBeGreaterThan(ThrottlingRateLimit);
    const shared = operationIds.filter((id) => reserved(id) === 0);
    expect(shared).toEqual(expect.arrayContaining(['createRole', 'listUsers', 'postDelta', 'listEvents']));
    expect(shared.filter((id) => operations[id].callers.length === 0)).toEqual([]);
  });

  test('open to callers without a token have limits of their own, below what they can answer, and exist before these', () => {
    const [[, { Properties, DependsOn }]] = all('AWS::ApiGatewayV2::Stage') as [
      [string, Resource & { readonly DependsOn?: readonly string[] }],
    ];
    const open = operationIds.filter((id) => operations[id].callers.length === 0);
    const keys = open.map((id) => `${operations[id].method} ${operations[id].path}`);
    expect(Object.keys(Properties.RouteSettings).sort()).toEqual(keys.sort());
    const limits = Object.values(Properties.RouteSettings) as { ThrottlingRateLimit: number }[];
    const together = limits.reduce((total, { ThrottlingRateLimit }) => total + ThrottlingRateLimit, 0);
    expect(together).toBeLessThan(Properties.DefaultRouteSettings.ThrottlingRateLimit / 2);
    const areas = new Set(open.map((id) => operations[id].area));
    for (const area of areas)
      expect(
        DependsOn?.some((id) => id.toLowerCase().includes(`${area.toLowerCase()}.nestedstack`.replace('.', ''))),
      ).toBe(true);
    // At 2 ms each, one copy of the function that hands out keys answers 500 a second.
    const keysFunction = functionOf('getJwks').lambda.ReservedConcurrentExecutions;
    expect(500 * keysFunction).toBeGreaterThan(Properties.RouteSettings['GET /v1/jwks'].ThrottlingRateLimit);
  });

  test('know the table and the queue only where they use them', () => {
    for (const id of operationIds) {
      const { Variables } = functionOf(id).lambda.Environment;
      const { queue, actions } = accessOf(id);
      expect([id, 'QUEUE_URL' in Variables, 'TABLE_NAME' in Variables]).toEqual([id, queue, actions.length > 0]);
    }
  });

  test('know the table wherever their role may read or write it, by whatever index', () => {
    const told = [...stacks.templates.values()].flatMap((template) =>
      resourcesOf(template, 'AWS::Lambda::Function').map(([, { Properties }]) => {
        const { statements } = functionAt(Properties.Handler);
        // Who reads the stream is told what is in the table, and not asked to find it.
        const uses = statements.some((one) =>
          actionsOf(one).some((action) => action.startsWith('dynamodb:') && !/Stream|GetRecords|Shard/.test(action)),
        );
        return [Properties.Handler, uses, 'TABLE_NAME' in Properties.Environment.Variables];
      }),
    );
    expect(told.filter(([, uses, named]) => uses !== named)).toEqual([]);
    expect(told).toContainEqual(['events/schedule-exports.handler', true, true]);
  });
});

describe('least privilege', () => {
  /** What the policy of a role lets it do. */
  const allowedBy = (who: string, statements: readonly Statement[]): TableAccess => {
    const tables: string[] = [];
    const indexes: string[] = [];
    let queue = false;
    for (const statement of statements) {
      expect(statement.Effect).toBe('Allow');
      const where = JSON.stringify(statement.Resource);
      for (const action of actionsOf(statement)) {
        const [service, name = ''] = action.split(':');
        const index = /\/index\/(\w+)/.exec(where)?.[1];
        if (service === 'logs') expect(where).toMatch(/Log[0-9A-F]{8}/);
        // What the function that exports may do besides: see below.
        else if (who === exporter && service !== 'sqs' && service !== 'dynamodb') continue;
        else if (service === 'events')
          expect([action, where]).toEqual(['events:PutEvents', expect.stringContaining('Bus')]);
        // The key that seals the keys of snapshot tokens: see below.
        else if (service === 'kms')
          expect([who, where]).toEqual([sealing.operation, expect.stringContaining('SigningKey')]);
        else if (service === 'sqs') queue ||= name === 'SendMessage';
        else if (service !== 'dynamodb') throw new Error(`${who} may ${action}`);
        else if (index === undefined) tables.push(name);
        else if (name !== 'Query') throw new Error(`${who} may ${action} on an index`);
        else indexes.push(index);
      }
    }
    return { actions: tables.sort() as never, indexes: indexes.sort() as never, queue };
  };
  const exporter = 'export';
  const allowed = (id: OperationId) => allowedBy(id, functionOf(id).statements);

  test('each role may do what its operation is said to do', () => {
    for (const id of operationIds) expect([id, allowed(id)]).toEqual([id, accessOf(id)]);
    for (const [who, handler, access] of [
      ['the worker', 'work/work.handler', workerAccess],
      [exporter, 'work/export.handler', exportAccess],
      ['the scheduler', 'events/schedule-exports.handler', scheduleAccess],
      ['the meter', 'events/meter.handler', meterAccess],
    ] as const)
      expect([who, allowedBy(who, functionAt(handler).statements)]).toEqual([who, access]);
  });

  test('the function that exports writes and reads in one bucket, signs by one key, and assumes roles of one name', () => {
    const [[bucket]] = resourcesOf(stacks.data, 'AWS::S3::Bucket') as [[string, Resource]];
    const [key] = resourcesOf(stacks.data, 'AWS::KMS::Key').map(([id]) => id) as [string];
    const others = functionAt('work/export.handler').statements.filter((one) =>
      actionsOf(one).some((action) => /^(s3|kms|sts):/.test(action)),
    );
    const where = others.map((one) => [actionsOf(one), JSON.stringify(one.Resource)]);
    expect(where).toEqual([
      [exporting.files, expect.stringMatching(new RegExp(`GetAtt${bucket}Arn.*"/\\*"`))],
      [exporting.bucket, expect.stringMatching(new RegExp(`GetAtt${bucket}Arn[^*]*$`))],
      [exporting.key, expect.stringMatching(new RegExp(`GetAtt${key}Arn[^*]*$`))],
      [['sts:AssumeRole'], expect.stringContaining(':iam::*:role/HoldfastAudit*')],
    ]);
    for (const id of operationIds)
      for (const one of functionOf(id).statements)
        expect([id, actionsOf(one).filter((action) => /^(s3|sts):/.test(action))]).toEqual([id, []]);
  });

  test('one function may use the key that seals, one knows the ring of keys, and nobody else names either', () => {
    const keys = all('AWS::KMS::Key').map(([, { Properties }]) => [Properties.KeySpec, Properties.EnableKeyRotation]);
    expect(keys).toEqual([
      ['ECC_NIST_P256', undefined],
      [undefined, true],
    ]);
    for (const id of operationIds) {
      const { lambda, statements } = functionOf(id);
      const sealed = statements.filter((one) => actionsOf(one).some((action) => action.startsWith('kms:')));
      const signs = id === sealing.operation;
      expect([id, sealed.flatMap(actionsOf)]).toEqual([id, signs ? sealing.actions : []]);
      if (signs) expect(JSON.stringify(sealed)).toContain('kms:EncryptionContext:purpose');
      const names = Object.keys(lambda.Environment.Variables).filter((name) => name.startsWith('SNAPSHOT_'));
      const publishes = id === 'getJwks' ? ['SNAPSHOT_RING'] : [];
      expect([id, names.sort()]).toEqual([
        id,
        signs ? ['SNAPSHOT_ISSUER', 'SNAPSHOT_KEY', 'SNAPSHOT_RING'] : publishes,
      ]);
    }
  });

  test('each role may do what its handler sends, and its handler sends whatever the role may', async () => {
    const { engine, client, table } = await bootEngine();
    try {
      const harness = new RecordingHarness(client, table);
      await record(harness);
      const both = (of: (id: OperationId) => TableAccess) => builtOperations.map((id) => [id, of(id)]);
      expect(both((id) => harness.accessOf(id))).toEqual(both(allowed));
      for (const [who, handler] of [
        ['work', 'work/work.handler'],
        ['schedule', 'events/schedule-exports.handler'],
        ['export', 'work/export.handler'],
        ['meter', 'events/meter.handler'],
      ] as const)
        expect([who, harness.accessOf(who)]).toEqual([who, allowedBy(who, functionAt(handler).statements)]);
    } finally {
      await engine.close();
    }
  }, 180_000);

  test('nobody may do everything, nor anything everywhere', () => {
    const policies = ['AWS::IAM::Policy', 'AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap(all);
    const wild: unknown[] = [];
    for (const [id, resource] of policies)
      for (const statement of statementsOf(resource)) {
        if (statement.Effect !== 'Allow') continue;
        for (const action of actionsOf(statement))
          if (action.includes('*') || statement.Resource === '*') wild.push([id.replace(/[0-9A-F]{8}$/, ''), action]);
        expect(JSON.stringify(statement.Resource)).not.toMatch(/table\/\*|index\/\*|stream\/\*/);
      }
    expect(wild).toEqual([]);
    for (const [id, role] of all('AWS::IAM::Role')) {
      const { ManagedPolicyArns, Policies, AssumeRolePolicyDocument } = role.Properties;
      expect([id, ManagedPolicyArns, Policies]).toEqual([id, undefined, undefined]);
      expect(AssumeRolePolicyDocument.Statement).toHaveLength(1);
    }
  });
});

describe('a stage with everything that it may have', () => {
  let rich: Synthesized;
  beforeAll(() => {
    rich = synthesize({
      customerManagedKey: true,
      warmThroughput: { reads: 20_000, writes: 8_000 },
      backup: { days: 60, lockAfterDays: 7, copyTo: 'arn:aws:backup:eu-west-1:444455556666:backup-vault:holdfast' },
      permissionsBoundary: 'team-boundary',
      domain: {
        name: 'api.example.com',
        certificate: 'arn:aws:acm:eu-central-1:111122223333:certificate/1f0e2d3c-0000-4000-8000-000000000000',
      },
      sourceLog: true,
      accountConcurrency: 3_000,
      console: {
        clientId: 'console',
        domain: {
          name: 'console.example.com',
          certificate: 'arn:aws:acm:us-east-1:111122223333:certificate/1f0e2d3c-0000-4000-8000-000000000001',
        },
      },
    });
  }, 120_000);
  afterAll(() => rich?.close());
  const of = (type: string) => [...rich.templates.values()].flatMap((template) => resourcesOf(template, type));

  test('bounds every role by the named policy', () => {
    const roles = of('AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(operationIds.length);
    for (const [id, { Properties }] of roles)
      expect([id, JSON.stringify(Properties.PermissionsBoundary)]).toEqual([
        id,
        expect.stringMatching(/team-boundary/),
      ]);
  });

  test('answers under its own name only', () => {
    const [[, api]] = of('AWS::ApiGatewayV2::Api') as [[string, Resource]];
    expect(api.Properties.DisableExecuteApiEndpoint).toBe(true);
    const [[id, domain]] = of('AWS::ApiGatewayV2::DomainName') as [[string, Resource]];
    expect(domain.Properties).toMatchObject({
      DomainName: 'api.example.com',
      DomainNameConfigurations: [{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }],
    });
    const [[, mapping]] = of('AWS::ApiGatewayV2::ApiMapping') as [[string, Resource]];
    expect(JSON.stringify(mapping.Properties.DomainName)).toContain(id);
    expect(JSON.stringify(rich.service.toJSON().Outputs)).toContain('"https://api.example.com/"');
  });

  test('has a console that calls the API under the API’s own name', () => {
    const [[, site]] = of('AWS::CloudFront::Distribution') as [[string, Resource]];
    const { Aliases, Origins } = site.Properties.DistributionConfig;
    expect(Aliases).toEqual(['console.example.com']);
    expect(Origins.map((one: { DomainName: unknown }) => one.DomainName)).toContain('api.example.com');
    expect(JSON.stringify(rich.templates.get('HoldfastProductionConsole')?.toJSON().Outputs)).toContain(
      'https://console.example.com/console/',
    );
  });

  test('logs addresses and agents in a group of its own for thirty days, and tokens nowhere', () => {
    const [[, stage]] = of('AWS::ApiGatewayV2::Stage') as [[string, Resource]];
    const { Format, DestinationArn } = stage.Properties.AccessLogSettings;
    const line = JSON.parse(Format);
    expect(line).toMatchObject({ address: '$context.identity.sourceIp', agent: '$context.identity.userAgent' });
    expect(Format).not.toMatch(/authorizer\.claims|header|rawPath|\$context\.path|querystring|body/i);
    const [group, { Properties }] = resourcesOf(rich.service, 'AWS::Logs::LogGroup').find(([id]) =>
      JSON.stringify(DestinationArn).includes(id),
    )!;
    expect(group).toMatch(/SourceLog/);
    expect(Properties).toMatchObject({ RetentionInDays: 30, LogGroupName: expect.stringMatching(/\/source$/) });
  });

  test('has daily backups that nobody deletes before their time, and a copy elsewhere', () => {
    const [[vault, { Properties, DeletionPolicy }]] = of('AWS::Backup::BackupVault') as [[string, Resource]];
    expect(Properties.LockConfiguration).toEqual({ MinRetentionDays: 60, ChangeableForDays: 7 });
    expect(DeletionPolicy).toBe('Retain');
    const [[, plan]] = of('AWS::Backup::BackupPlan') as [[string, Resource]];
    expect(plan.Properties.BackupPlan.BackupPlanRule).toEqual([
      expect.objectContaining({
        TargetBackupVault: { 'Fn::GetAtt': [vault, 'BackupVaultName'] },
        Lifecycle: { DeleteAfterDays: 60 },
        CopyActions: [expect.objectContaining({ Lifecycle: { DeleteAfterDays: 60 } })],
      }),
    ]);
    const [[table]] = of('AWS::DynamoDB::GlobalTable') as [[string, Resource]];
    const [[, selection]] = of('AWS::Backup::BackupSelection') as [[string, Resource]];
    expect(selection.Properties.BackupSelection.Resources).toEqual([{ 'Fn::GetAtt': [table, 'Arn'] }]);
  });

  test('has backups of the table that serves, after a restore of the restored one', () => {
    const arn = 'arn:aws:dynamodb:eu-central-1:111122223333:table/restored-1';
    const restored = { table: 'restored-1', stream: `${arn}/stream/2030-01-31T12:00:00.000` };
    const config = stageConfig('production', { ...example, backup: {}, restored });
    const { account, region } = config;
    const data = new DataStack(new App(), 'Data', { env: { account, region }, config });
    const [[, selection]] = resourcesOf(Template.fromStack(data), 'AWS::Backup::BackupSelection') as [
      [string, Resource],
    ];
    expect(selection.Properties.BackupSelection.Resources).toEqual([arn]);
  });

  test('is warned of the concurrency that its account has', () => {
    const [[, alarm]] = of('AWS::CloudWatch::Alarm').filter(
      ([, { Properties }]) => Properties.MetricName === 'ClaimedAccountConcurrency',
    ) as [[string, Resource]];
    expect(alarm.Properties.Threshold).toBe(2_400);
  });

  test('encrypts exports with a key of its own, which only S3 uses for who may use the bucket', () => {
    const [[, { Properties }]] = of('AWS::S3::Bucket') as [[string, Resource]];
    const [rule] = Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    const [id] = rule.ServerSideEncryptionByDefault.KMSMasterKeyID['Fn::GetAtt'];
    expect(rule).toMatchObject({ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
    const key = JSON.stringify(resourcesOf(rich.data, 'AWS::KMS::Key').find(([one]) => one === id));
    expect(key).toMatch(/"kms:ViaService":.{1,40}"s3\.eu-central-1\."/);
  });

  test('has a table that serves a first import at once, with a key of its own', () => {
    const [[, { Properties }]] = of('AWS::DynamoDB::GlobalTable') as [[string, Resource]];
    expect(Properties.WarmThroughput).toEqual({ ReadUnitsPerSecond: 20_000, WriteUnitsPerSecond: 8_000 });
    expect(Properties.Replicas[0].SSESpecification).toHaveProperty('KMSMasterKeyId');
  });

  test('follows the rules of NIST 800-53, except those that a decision names with its reasons', () => {
    const record = readFileSync(join(root, 'docs/decisions/0045-rules-of-nist.md'), 'utf8');
    const accepted = [...record.matchAll(/^\| ([A-Z]\w+) \| (.{40,}) \|$/gm)].map(([, rule]) => rule);
    const found = [stacks, rich].flatMap(({ app }) => {
      const whole = app.data.node.root;
      return new NIST80053R5Checks(whole).validateScope(whole).violations.map((one) => one.ruleName.split('-').pop());
    });
    expect([...new Set(found)].sort()).toEqual(accepted.sort());
  });

  test('has nothing that the rules of the checks refuse', () => {
    for (const { pluginName, violations } of rich.findings) expect([pluginName, violations]).toEqual([pluginName, []]);
  });
});

describe('a deployment', () => {
  const checks = () => stacks.templates.get('Checks')!;
  const one = (template: Template, type: string, like: string): [string, Resource] =>
    resourcesOf(template, type).find(([id]) => id.startsWith(like))!;

  test('gives each area a code of its own, so that only what changed starts anew', () => {
    const codes = new Map<string, Set<string>>();
    for (const [, { Properties }] of all('AWS::Lambda::Function')) {
      const area = Properties.Handler.split('/')[0];
      codes.set(area, (codes.get(area) ?? new Set()).add(Properties.Code.S3Key));
    }
    for (const [area, keys] of codes) expect([area, keys.size]).toEqual([area, 1]);
    expect(new Set([...codes.values()].flatMap((keys) => [...keys])).size).toBe(codes.size);
  });

  test('changes over checks and the worker step by step, and is taken back by their alarms', () => {
    const moved = new Map<Template, readonly string[]>([
      [checks(), ['check', 'checkBatch']],
      [stacks.service, ['Worker']],
    ]);
    expect(all('AWS::Lambda::Alias')).toHaveLength(3);
    for (const [template, names] of moved)
      for (const name of names) {
        const [id, alias] = one(template, 'AWS::Lambda::Alias', `${name}Canary`);
        const [group, deployment] = one(template, 'AWS::CodeDeploy::DeploymentGroup', `${name}Canary`);
        const [alarm] = one(template, 'AWS::CloudWatch::Alarm', `${name}Canary`);
        expect(alias.UpdatePolicy?.CodeDeployLambdaAliasUpdate).toMatchObject({ DeploymentGroupName: { Ref: group } });
        expect(deployment.Properties).toMatchObject({
          DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
          AlarmConfiguration: { Enabled: true, Alarms: [{ Name: { Ref: alarm } }] },
          AutoRollbackConfiguration: { Enabled: true, Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']) },
        });
        // CodeDeploy may move this alias, and no other.
        const lambda = alias.Properties.FunctionName.Ref;
        const [, policy] = one(template, 'AWS::IAM::Policy', `${name}CanaryMover`);
        const [move] = statementsOf(policy);
        expect(actionsOf(move!)).toContain('lambda:UpdateAlias');
        expect(move!.Resource).toEqual([{ 'Fn::GetAtt': [lambda, 'Arn'] }, { Ref: id }]);
      }
  });

  test('lets nobody past the alias: routes, permissions and the queue name it, where there is one', () => {
    const aliases = [...stacks.templates.values()].flatMap((template) =>
      resourcesOf(template, 'AWS::Lambda::Alias').map(([id, { Properties }]) => ({
        id,
        of: Properties.FunctionName.Ref,
      })),
    );
    const callers = ['AWS::ApiGatewayV2::Integration', 'AWS::Lambda::Permission', 'AWS::Lambda::EventSourceMapping'];
    for (const [id, resource] of callers.flatMap(all)) {
      const { IntegrationUri, FunctionName } = resource.Properties;
      const named = JSON.stringify(IntegrationUri ?? FunctionName);
      for (const { of } of aliases) expect([id, named.includes(`"${of}"`)]).toEqual([id, false]);
    }
    const uses = (id: string) => callers.flatMap(all).filter(([, one]) => JSON.stringify(one).includes(`"${id}"`));
    for (const { id } of aliases) expect([id, uses(id).length > 0]).toEqual([id, true]);
  });

  test('that must not wait takes all calls at once, whatever the alarms say', () => {
    const stack = new Stack(new App(), 'Small');
    const lambda = new LambdaFunction(stack, 'Function', {
      code: Code.fromInline('//'),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
    });
    const config = { ...stageConfig('production', example), allAtOnce: true };
    const alarms = new Alarms(stack, 'Alarms', config);
    new Canary(stack, 'Canary', { config, alarms, lambda, name: 'check', ...countsOf('check') });
    Template.fromStack(stack).hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
      DeploymentConfigName: 'CodeDeployDefault.LambdaAllAtOnce',
      AlarmConfiguration: { Enabled: false },
    });
  });
});

describe('work and events', () => {
  test('the queue keeps the order of each source, and what fails again and again is set aside', () => {
    const queues = all('AWS::SQS::Queue').map(([, { Properties }]) => Properties);
    expect(queues.filter((queue) => queue.FifoQueue === true)).toHaveLength(4);
    const work = queues.find((queue) => queue.RedrivePolicy !== undefined);
    expect(work).toMatchObject({ FifoQueue: true, SqsManagedSseEnabled: true, RedrivePolicy: { maxReceiveCount: 8 } });
    expect(work.VisibilityTimeout).toBeGreaterThanOrEqual(6 * functionAt('work/work.handler').lambda.Timeout);
    expect(work.MessageRetentionPeriod).toBe(14 * 86_400);
    const atOnce = (of: Synthesized) =>
      resourcesOf(of.service, 'AWS::Lambda::EventSourceMapping').flatMap(
        ([, { Properties }]) => Properties.ScalingConfig?.MaximumConcurrency ?? [],
      );
    expect(atOnce(stacks)).toEqual([50, 8]);
    expect(() => synthesize({ tenantsAtOnce: 1 })).toThrow('tenantsAtOnce');
  });

  test('every tenant is exported by a schedule, each in order, side by side with others', () => {
    const [[, schedule]] = all('AWS::Scheduler::Schedule') as [[string, Resource]];
    expect(schedule.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 hour)',
      State: 'ENABLED',
      Target: { Input: '{"time":"<aws.scheduler.scheduled-time>"}', RetryPolicy: { MaximumRetryAttempts: 3 } },
    });
    const queue = all('AWS::SQS::Queue').find(([id]) => /^ExportsWorkQueue/.test(id))![1].Properties;
    expect(queue).toMatchObject({ FifoThroughputLimit: 'perMessageGroupId', DeduplicationScope: 'messageGroup' });
    const { Timeout, ReservedConcurrentExecutions, Environment } = functionAt('work/export.handler').lambda;
    expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
    expect(ReservedConcurrentExecutions).toBe(8);
    expect(Object.keys(Environment.Variables)).toEqual(expect.arrayContaining(['AUDIT_KEY', 'EXPORT_BUCKET']));
    for (const handler of ['work/export.handler', 'events/schedule-exports.handler'])
      expect(JSON.stringify(functionAt(handler).lambda.Environment.Variables.QUEUE_URL)).toContain('ExportsWork');
  });

  test('only events of changes reach the function that tells of them', () => {
    const [stream] = all('AWS::Lambda::EventSourceMapping').filter(([, one]) => one.Properties.StartingPosition);
    const { FilterCriteria, ...properties } = stream![1].Properties;
    expect(JSON.parse(FilterCriteria.Filters[0].Pattern)).toMatchObject({
      eventName: ['INSERT'],
      dynamodb: { NewImage: { outcome: { S: ['done'] } } },
    });
    expect(properties).toMatchObject({
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BisectBatchOnFunctionError: true,
      StartingPosition: 'TRIM_HORIZON',
    });
  });
});

describe('alarms', () => {
  const alarms = () => all('AWS::CloudWatch::Alarm').map(([, one]) => one.Properties);

  test('each names a runbook that is there, each runbook an alarm, and somebody is told', () => {
    const named = new Set<string>();
    for (const { AlarmDescription, AlarmActions, Metrics = [] } of alarms()) {
      const file = /docs\/runbooks\/([a-z-]+\.md)/.exec(AlarmDescription)?.[1] ?? 'none';
      expect([AlarmDescription, existsSync(join(root, 'docs/runbooks', file))]).toEqual([AlarmDescription, true]);
      named.add(file);
      expect(AlarmActions).toHaveLength(1);
      expect(Metrics.filter((one: { MetricStat?: object }) => one.MetricStat).length).toBeLessThanOrEqual(10);
    }
    expect(readdirSync(join(root, 'docs/runbooks')).sort()).toEqual([...named].sort());
  });

  test('watch every function for errors and throttles', () => {
    const ofAreas = alarms().filter(({ AlarmDescription }) => AlarmDescription.startsWith('Functions of'));
    const metrics = ofAreas.flatMap(({ Metrics = [] }) => Metrics.map((one: Metric) => one.MetricStat?.Metric));
    interface Metric {
      readonly MetricStat?: { readonly Metric: { readonly Namespace: string; readonly MetricName: string } };
    }
    for (const name of ['Errors', 'Throttles']) {
      const watched = metrics.filter((one) => one?.Namespace === 'AWS/Lambda' && one.MetricName === name);
      expect([name, new Set(watched.map((one) => JSON.stringify(one))).size]).toEqual([name, operationIds.length + 5]);
    }
  });

  interface Metrics {
    readonly Namespace?: string;
    readonly MetricName?: string;
    readonly Dimensions?: readonly unknown[];
    readonly Metrics?: readonly { readonly MetricStat?: { readonly Metric: Metrics } }[];
  }
  /** The metrics that an alarm pays for. */
  const metricsOf = (alarm: Metrics): Metrics[] =>
    alarm.MetricName === undefined
      ? (alarm.Metrics ?? []).flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : []))
      : [alarm];

  test('watch the function that runs once a day over the hour of its attempts', () => {
    const [meter] = all('AWS::CloudWatch::Alarm').filter(([id]) => id.includes('UsageUntold'));
    expect(meter?.[1].Properties).toMatchObject({
      MetricName: 'Errors',
      Period: 3_600,
      Threshold: 3,
      Statistic: 'Sum',
    });
  });

  test('watch that what runs once a day comes to an end, also when nothing starts it', () => {
    const [found] = all('AWS::CloudWatch::Alarm').filter(([id]) => id.includes('UsageNotStarted'));
    expect(found?.[1].Properties).toMatchObject({ TreatMissingData: 'breaching', EvaluationPeriods: 2, Threshold: 1 });
    expect(metricsOf(found?.[1].Properties).map(({ MetricName }) => MetricName)).toEqual(['Invocations', 'Errors']);
  });

  test('watch what the table refuses, and what each of its indexes refuses, which its own metric does not count', () => {
    const [found] = all('AWS::CloudWatch::Alarm').filter(([id]) => id.includes('TableThrottles'));
    interface Dimensioned {
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
    }
    const watched = (metricsOf(found?.[1].Properties) as Dimensioned[]).map(({ MetricName, Dimensions }) => [
      MetricName,
      Dimensions.find(({ Name }) => Name === 'GlobalSecondaryIndexName')?.Value,
    ]);
    const expected = [undefined, ...tableDefinition.GlobalSecondaryIndexes.map(({ IndexName }) => IndexName)];
    for (const index of expected)
      for (const metric of ['ReadThrottleEvents', 'WriteThrottleEvents'])
        expect(watched).toContainEqual([metric, index]);
  });

  test('fire for a bucket that refuses for most of a day, and for no export, however often the stage exports', () => {
    const fires = (minutes: number) => {
      const stack = new Stack(new App({ context }), 'One', {
        env: { account: '111122223333', region: 'eu-central-1' },
      });
      const config = stageConfig('production', { ...example, auditExportMinutes: minutes });
      const code = Code.fromInline('exports.handler = () => {};');
      const lambda = new LambdaFunction(stack, 'F', { code, handler: 'index.handler', runtime: Runtime.NODEJS_24_X });
      const queue = new Queue(stack, 'Q');
      const table = TableV2.fromTableName(stack, 'T', 'table');
      const api = new HttpApi(stack, 'Api');
      const exports = { scheduler: lambda, work: queue, everyMinutes: minutes };
      const other = { throttleRate: 1, accountConcurrency: undefined, checks: new Map(), areas: new Map() };
      const rest = { ...other, api, table, publisher: lambda, meter: lambda, work: queue, exports, dead: [queue] };
      new Alarms(stack, 'Alarms', config).watchAll(rest);
      const made = resourcesOf(Template.fromStack(stack), 'AWS::CloudWatch::Alarm');
      const [bucket, started] = ['DestinationsFail', 'ExportsNotStarted'].map(
        (name) => made.find(([id]) => id.includes(name))?.[1].Properties,
      );
      return [bucket.Threshold, started.EvaluationPeriods];
    };
    // A day without a firing is none yet where the schedule fires once a day.
    expect([5, 60, 240, 1_440].map(fires)).toEqual([
      [240, 1],
      [20, 1],
      [5, 1],
      [1, 2],
    ]);
  });

  test('watch everything that lines count when it happens, and nothing that no line counts', () => {
    const ours = alarms()
      .flatMap(metricsOf)
      .filter((one) => one.Namespace === namespace && !one.Dimensions);
    expect([...new Set(ours.map((one) => one.MetricName))].sort()).toEqual(Object.values(alarming).sort());
  });

  test('cost what the table of costs says', () => {
    const counted: Record<string, number> = {};
    for (const alarm of alarms()) {
      if (alarm.AlarmDescription.startsWith('Functions of')) continue;
      const runbook = /docs\/runbooks\/([a-z-]+)\.md/.exec(alarm.AlarmDescription)?.[1] as string;
      counted[runbook] = (counted[runbook] ?? 0) + metricsOf(alarm).length;
    }
    expect(counted).toEqual(alarmed);
  });

  test('the dashboard shows the error budget', () => {
    const [[, dashboard]] = all('AWS::CloudWatch::Dashboard') as [[string, Resource]];
    expect(JSON.stringify(dashboard.Properties.DashboardBody)).toContain('Budget left');
  });
});

describe('what a service may do to a resource', () => {
  /** Ids of resources that a value names, by reference or attribute, or by a parameter of a nested stack. */
  const named = (value: unknown): string[] => {
    const ids = JSON.stringify(value).matchAll(/"(?:Ref|Fn::GetAtt)":(?:\[)?"([A-Za-z0-9]+)"/g);
    const nested = all('AWS::CloudFormation::Stack').map(([, { Properties }]) => Properties.Parameters ?? {});
    const passed: Record<string, unknown> = Object.assign({}, ...nested);
    return [...ids].flatMap(([, id = '']) => (passed[id] === undefined ? id : named(passed[id])));
  };

  /** Resources to which a service of AWS sends by itself, with the service. A role of ours needs no policy there. */
  const sentTo = (): Map<string, string> => {
    const to = new Map<string, string>();
    // A function has permissions, which CDK writes, in place of a policy.
    const functions = new Set(all('AWS::Lambda::Function').map(([id]) => id));
    for (const [, { Properties }] of all('AWS::CloudWatch::Alarm'))
      for (const id of named([...(Properties.AlarmActions ?? []), ...(Properties.OKActions ?? [])]))
        to.set(id, 'cloudwatch.amazonaws.com');
    for (const [, { Properties }] of all('AWS::Events::Rule'))
      for (const id of named((Properties.Targets ?? []).map(({ Arn }: { Arn: unknown }) => Arn)))
        if (!functions.has(id)) to.set(id, 'events.amazonaws.com');
    for (const [, { Properties }] of all('AWS::SNS::Subscription'))
      if (Properties.Protocol === 'sqs') for (const id of named(Properties.Endpoint)) to.set(id, 'sns.amazonaws.com');
    return to;
  };

  test('a policy that denies does not take away what the default allowed: who sends is allowed by name', () => {
    const policies = ['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'].flatMap(all).map(([, one]) => one);
    const senders = sentTo();
    expect([...senders.values()]).toContain('cloudwatch.amazonaws.com');
    for (const [id, service] of senders) {
      const { Properties } = policies.find((one) =>
        named(one.Properties.Topics ?? one.Properties.Queues).includes(id),
      )!;
      const allowed = Properties.PolicyDocument.Statement.filter(
        (one: { Effect: string; Principal: { Service?: string } }) =>
          one.Effect === 'Allow' && one.Principal.Service === service,
      );
      expect([id, allowed]).toEqual([
        id,
        [
          expect.objectContaining({
            Action: 'sns:Publish',
            Resource: { Ref: id },
            Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
          }),
        ],
      ]);
    }
    // Whoever else sends is one of our roles, which its own policy allows.
    const roles = JSON.stringify(all('AWS::IAM::Policy').map(([, one]) => statementsOf(one)));
    for (const { Properties } of policies)
      for (const id of named(Properties.Topics ?? Properties.Queues))
        expect([id, senders.has(id) || roles.includes(id) || isDeadOf(id)]).toEqual([id, true]);
  });

  /** True for the queue that SQS itself fills from another queue of the account, for which no policy is asked. */
  const isDeadOf = (id: string): boolean =>
    all('AWS::SQS::Queue').some(([, { Properties }]) => named(Properties.RedrivePolicy ?? {}).includes(id));

  test('the access log is in a group for which the service adds nothing to the policy of the region', () => {
    const [[, stage]] = all('AWS::ApiGatewayV2::Stage') as [[string, Resource]];
    const [id] = named(stage.Properties.AccessLogSettings.DestinationArn);
    const [, group] = all('AWS::Logs::LogGroup').find(([one]) => one === id)!;
    expect(group.Properties.LogGroupName).toBe('/aws/vendedlogs/holdfast/HoldfastProduction/access');
  });
});

/** The user pool that a stage brings along: a client is an audience, a tenant is none, and no user writes the tenant. */
const userPool = (of: Synthesized): void => {
  const template = of.templates.get(of.app.identity!.node.id)!;
  const clients = resourcesOf(template, 'AWS::Cognito::UserPoolClient').map(([id, one]) => ({ id, ...one.Properties }));
  expect(clients).toHaveLength(8);
  for (const { id, WriteAttributes, PreventUserExistenceErrors } of clients)
    expect([id, WriteAttributes, PreventUserExistenceErrors]).toEqual([id, ['name'], 'ENABLED']);
  const scopesOf = (name: string) =>
    clients
      .filter(({ id }) => id.includes(name))
      .map(({ AllowedOAuthScopes, AllowedOAuthFlows, GenerateSecret, ExplicitAuthFlows }) => [
        [AllowedOAuthFlows ?? []].flat().join(),
        JSON.stringify(AllowedOAuthScopes ?? '').match(/\/\w+|openid/g),
        GenerateSecret ?? false,
        ExplicitAuthFlows?.[0],
      ]);
  expect(scopesOf('Console')).toEqual([['code', ['openid', '/admin'], false, undefined]]);
  expect(clients.find(({ id }) => id.includes('Console'))).toMatchObject({
    CallbackURLs: ['https://console.example.com/console/signed-in'],
    LogoutURLs: ['https://console.example.com/console/'],
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 10 },
    RefreshTokenValidity: 720,
  });
  expect(scopesOf('Portal')).toEqual([['code', ['openid', '/admin'], false, undefined]]);
  expect(scopesOf('Product')).toEqual(Array(2).fill(['client_credentials', ['/check'], true, undefined]));
  expect(scopesOf('Operators')).toEqual([['client_credentials', ['/operator'], true, undefined]]);
  expect(scopesOf('Machines')).toEqual([['', null, false, 'ALLOW_USER_PASSWORD_AUTH']]);
  const authorizer = resourcesOf(of.service, 'AWS::ApiGatewayV2::Authorizer')[0]![1].Properties.JwtConfiguration;
  expect(authorizer.Audience).toHaveLength(clients.length);
  // The settings leave room for these among the gateway's fifty audiences, and for the console's where there is one.
  expect(clients.length - 3).toBe(ownClients);
  expect(JSON.stringify(authorizer.Issuer)).toContain('HoldfastProductionIdentity');

  const [[, pool]] = resourcesOf(template, 'AWS::Cognito::UserPool') as [[string, Resource]];
  expect(pool).toMatchObject({
    DeletionPolicy: 'Retain',
    Properties: {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      DeletionProtection: 'ACTIVE',
      UserPoolTier: 'ESSENTIALS',
      LambdaConfig: { PreTokenGenerationConfig: { LambdaVersion: 'V3_0' } },
    },
  });
  const [[, table]] = resourcesOf(template, 'AWS::DynamoDB::Table') as [[string, Resource]];
  expect(table).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtectionEnabled: true } });
  expect(table.Properties.KeySchema.map((one: { AttributeName: string }) => one.AttributeName)).toEqual(['PK', 'SK']);
  const trigger = functionAt('identity/addTenant.handler', of);
  expect(trigger.statements.flatMap(actionsOf).filter((action) => !action.startsWith('logs:'))).toEqual([
    'dynamodb:GetItem',
  ]);
  expect(trigger.lambda.Timeout).toBe(5);
  const [[, permission]] = resourcesOf(template, 'AWS::Lambda::Permission') as [[string, Resource]];
  expect(permission.Properties).toMatchObject({ Principal: 'cognito-idp.amazonaws.com', SourceArn: expect.anything() });
  const nag = of.findings.find((one) => one.pluginName === 'AwsSolutions');
  expect(nag?.violations).toEqual([]);
};

describe('a stage', () => {
  test('makes its areas in three rows, because API Gateway limits how fast an account changes its APIs', () => {
    const nested = Object.entries(stacks.service.findResources('AWS::CloudFormation::Stack'));
    const ids = nested.map(([id]) => id);
    const waitsFor = nested.map(([, one]) => (one.DependsOn ?? []).filter((id: string) => ids.includes(id)));
    expect(waitsFor.filter((some) => some.length === 0)).toHaveLength(3);
    for (const some of waitsFor) expect(some.length).toBeLessThanOrEqual(1);
    // Nobody is waited for by two.
    expect(new Set(waitsFor.flat()).size).toBe(waitsFor.flat().length);
  });

  test('with other settings has another ring of keys, no page, the restored table; and goes where its file says', () => {
    const stream = 'arn:aws:dynamodb:eu-central-1:111122223333:table/restored-1/stream/2030-01-31T12:00:00.000';
    const identity = {
      domain: 'contoso-rights',
      signedIn: ['https://portal.example.com/signed-in'],
      products: ['mail-portal', 'web-filter'],
    };
    const other = synthesize({
      snapshotRing: 2,
      auditRing: 2,
      auditLockDays: 1,
      auditExportMinutes: 15,
      docsPage: false,
      packedGrants: false,
      restored: { table: 'restored-1', stream },
      identity,
      issuer: undefined,
      audience: undefined,
      console: {
        domain: {
          name: 'console.example.com',
          certificate: 'arn:aws:acm:us-east-1:111122223333:certificate/1f0e2d3c-0000-4000-8000-000000000001',
        },
      },
    });
    try {
      userPool(other);
      const policy = JSON.stringify(
        resourcesOf(other.templates.get('HoldfastProductionConsole')!, 'AWS::CloudFront::ResponseHeadersPolicy'),
      );
      expect(policy).toContain("connect-src 'self' https://cognito-idp.eu-central-1.");
      expect(policy).toContain(' https://contoso-rights.auth.eu-central-1.amazoncognito.com;');
      const [[, archive]] = resourcesOf(other.data, 'AWS::S3::Bucket') as [[string, Resource]];
      expect(archive.Properties.ObjectLockConfiguration.Rule.DefaultRetention.Days).toBe(1);
      const rings = [stacks, other].map(({ data }) => resourcesOf(data, 'AWS::KMS::Key')[0]?.[0].slice(0, 9));
      expect(rings).toEqual(['AuditKey1', 'AuditKey2']);
      expect(JSON.stringify(other.service)).toContain('rate(15 minutes)');
      for (const id of [sealing.operation, 'getJwks'] as const)
        expect(functionOf(id, other).lambda.Environment.Variables.SNAPSHOT_RING).toBe('2');
      const keys = [...other.templates.values()].flatMap((one) => resourcesOf(one, 'AWS::ApiGatewayV2::Route'));
      const docs = keys.map(([, { Properties }]) => Properties.RouteKey).filter((key) => /docs|openapi/.test(key));
      expect(docs).toEqual(['GET /v1/openapi.json']);
      const tables = operationIds
        .filter((id) => accessOf(id).actions.length > 0)
        .map((id) => functionOf(id, other).lambda.Environment.Variables.TABLE_NAME);
      expect(new Set(tables)).toEqual(new Set(['restored-1']));
      // What a restored table seals anew has a place of its own beside the files of before.
      const prefixes = [stacks, other].map(
        (synth) => functionAt('work/export.handler', synth).lambda.Environment.Variables.EXPORT_PREFIX,
      );
      expect(prefixes).toEqual([undefined, 'restored-1']);
      const packs = (synth?: typeof other) =>
        functionOf('putRoleGrants', synth).lambda.Environment.Variables.PACKED_GRANTS;
      expect([packs(), packs(other)]).toEqual([undefined, 'off']);
      const { data, service } = other.app;
      for (const { account, region } of [data, service])
        expect([account, region]).toEqual(['111122223333', 'eu-central-1']);
    } finally {
      other.close();
    }
  }, 120_000);
});

describe('as a whole', () => {
  test('no template is near the 500 resources that CloudFormation allows', () => {
    for (const [name, template] of stacks.templates)
      expect([name, Object.keys(template.toJSON().Resources).length < 400]).toEqual([name, true]);
  });

  test('cdk-nag and the validation of CloudFormation find nothing; what is acknowledged has a reason', () => {
    // A violation of either ends the synthesis; here is what they were asked to look at.
    expect(context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
    const nag = stacks.findings.find((one) => one.pluginName === 'AwsSolutions');
    expect(nag?.violations).toEqual([]);
    const accepted = nag?.suppressedViolations ?? [];
    for (const { ruleName, reason } of accepted) expect([ruleName, reason.length > 40]).toEqual([ruleName, true]);
    const rules = [
      'APIG4',
      'IAM5[Resource::<the bucket of exports>/*]',
      'IAM5[Resource::<the scheduler>:*]',
      'IAM5[Resource::arn:<AWS::Partition>:iam::*:role/HoldfastAudit*]',
      'IAM5[Resource::arn:…:alarm:*]',
      'S1',
      'SQS3',
    ];
    const names = accepted.map(({ ruleName }) =>
      ruleName
        .replace('AwsSolutions-', '')
        .replace(/arn:.*:alarm/, 'arn:…:alarm')
        .replace(/\{.*AuditBucket.*\}/, '<the bucket of exports>')
        .replace(/<ExportsScheduler\w+\.Arn>/, '<the scheduler>'),
    );
    expect([...new Set(names)].sort()).toEqual(rules);
  });

  test('everything that can have tags has them', () => {
    const tagged = ['AWS::Lambda::Function', 'AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue'].flatMap(all);
    for (const [id, { Properties }] of tagged)
      expect([id, Properties.Tags ?? Properties.Replicas[0].Tags]).toEqual([
        id,
        expect.arrayContaining([
          { Key: 'application', Value: 'holdfast' },
          { Key: 'stage', Value: 'production' },
        ]),
      ]);
  });
});
