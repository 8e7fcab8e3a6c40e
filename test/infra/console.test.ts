// The console on AWS: who reads the files, what a browser is told about them, and what reaches the API.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { acknowledgeConsole } from '../../infra/stacks/acknowledged.ts';
import { stageConfig } from '../../infra/stacks/config.ts';
import { ConsoleStack } from '../../infra/stacks/console.ts';
import { securityHeaders } from '../../shared/http/security-headers.ts';
import { longSuite } from '../support/patience.ts';
import { builtSite, context, example, type Resource, resourcesOf } from './stacks.ts';

vi.setConfig(longSuite);

let folder: string;
let template: Template;
let findings: readonly { readonly pluginName: string; readonly violations: readonly object[] }[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-console-stack-'));
  const settings = {
    clientId: 'console',
    operatorScope: 'openid holdfast/operator',
    providerOrigins: ['https://t.example.com'],
  };
  const config = stageConfig('production', { ...example, console: settings });
  const { account, region } = config;
  const app = new App({ outdir: join(folder, 'out'), context, treeMetadata: false });
  const stack = new ConsoleStack(app, 'Console', {
    env: { account, region },
    config,
    settings: config.console!,
    site: builtSite(folder),
    apiHost: 'api.example.com',
    identity: undefined,
  });
  acknowledgeConsole(stack);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
  template = Template.fromStack(stack);
  findings = JSON.parse(readFileSync(join(folder, 'out/validation-report.json'), 'utf8')).pluginReports;
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const one = (type: string): Resource => {
  const all = resourcesOf(template, type);
  expect(all).toHaveLength(1);
  return all[0]![1];
};
const site = () => one('AWS::CloudFront::Distribution').Properties.DistributionConfig;

describe('the files', () => {
  test('are read by this one distribution and by nobody else, over TLS', () => {
    expect(one('AWS::S3::Bucket').Properties).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    });
    const { Statement } = one('AWS::S3::BucketPolicy').Properties.PolicyDocument;
    const [[distribution]] = resourcesOf(template, 'AWS::CloudFront::Distribution') as [[string, Resource]];
    expect(Statement.filter((some: { Effect: string }) => some.Effect === 'Allow')).toEqual([
      expect.objectContaining({
        Action: 's3:GetObject',
        Principal: { Service: 'cloudfront.amazonaws.com' },
        Condition: { StringEquals: { 'AWS:SourceArn': expect.objectContaining({}) } },
      }),
    ]);
    expect(JSON.stringify(Statement)).toContain(`distribution/",{"Ref":"${distribution}"}`);
    expect(Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  });

  test('come before the page that names them; the page is kept by nobody, they are kept for good', () => {
    const uploads = Object.entries(template.findResources('Custom::CDKBucketDeployment')) as [
      string,
      { Properties: Record<string, unknown>; DependsOn?: string[] },
    ][];
    const [assets, page] = ['console/assets', 'console'].map(
      (prefix) => uploads.find(([, { Properties }]) => Properties.DestinationBucketKeyPrefix === prefix)!,
    );
    expect(assets![1].Properties.SystemMetadata).toEqual({ 'cache-control': 'public, max-age=31536000, immutable' });
    expect(page![1].Properties.SystemMetadata).toEqual({ 'cache-control': 'no-store' });
    expect(page![1].DependsOn).toContain(assets![0]);
    for (const [, { Properties }] of uploads) expect(Properties.Prune).toBe(false);
  });

  test('are uploaded as they are served: neither in packed form nor with what the build remembers', () => {
    const uploaded = readdirSync(join(folder, 'out'))
      .filter((name) => name.startsWith('asset.'))
      .flatMap((name) =>
        readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' }).filter((path) =>
          path.startsWith(`${name}/`),
        ),
      )
      .map((path) => path.split('/').slice(1).join('/'));
    expect(uploaded).toEqual(expect.arrayContaining(['index.html', 'main-1a2b3c4d.js', 'config.json']));
    expect(uploaded.filter((path) => /\.(br|gz)$|^\.|^assets/.test(path))).toEqual([]);
  });

  test('have the headers of the one table, and TLS for good', () => {
    const { SecurityHeadersConfig: headers } = one('AWS::CloudFront::ResponseHeadersPolicy').Properties
      .ResponseHeadersPolicyConfig;
    const right = securityHeaders({ connect: ['https://issuer.invalid', 'https://t.example.com'] });
    expect({
      'content-security-policy': headers.ContentSecurityPolicy.ContentSecurityPolicy,
      'referrer-policy': headers.ReferrerPolicy.ReferrerPolicy,
      'x-content-type-options': headers.ContentTypeOptions.Override && 'nosniff',
      'x-frame-options': headers.FrameOptions.FrameOption,
    }).toEqual(right);
    expect(headers.StrictTransportSecurity).toMatchObject({
      AccessControlMaxAgeSec: 31_536_000,
      IncludeSubdomains: true,
      Override: true,
    });
    const [policy] = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy')[0]!;
    expect(site().DefaultCacheBehavior).toMatchObject({
      ResponseHeadersPolicyId: { Ref: policy },
      ViewerProtocolPolicy: 'redirect-to-https',
      Compress: true,
    });
  });
});

test('the settings of the console name the stage’s provider', () => {
  const uploads = Object.values(template.findResources('Custom::CDKBucketDeployment'));
  expect(uploads).toHaveLength(2);
  const config = readdirSync(join(folder, 'out'), { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('config.json'),
  )!;
  expect(JSON.parse(readFileSync(join(folder, 'out', config), 'utf8'))).toEqual({
    authority: 'https://issuer.invalid',
    clientId: 'console',
    scope: 'openid holdfast/admin',
    operatorScope: 'openid holdfast/operator',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
});

test('the API is reached under the same name: every method, the token as well, and nothing is kept', () => {
  const [api, ...others] = site().CacheBehaviors;
  expect(others).toEqual([]);
  expect(api).toMatchObject({
    PathPattern: '/v1/*',
    ViewerProtocolPolicy: 'https-only',
    AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
    // Of CloudFront's own policies: caching disabled, and everything of the viewer but the host.
    CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
    OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
  });
  const origin = site().Origins.find(({ Id }: { Id: string }) => Id === api.TargetOriginId);
  expect(origin).toMatchObject({
    DomainName: 'api.example.com',
    CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
  });
});

test.each([
  ['/console/', '/console/index.html'],
  ['/console/roles', '/console/index.html'],
  ['/console/users/u1/rights', '/console/index.html'],
  ['/console/assets/main-1a2b3c4d.js', '/console/assets/main-1a2b3c4d.js'],
  ['/console/config.json', '/console/config.json'],
  ['/other', '/other'],
  ['/', 302],
  ['/console', 302],
])('at the edge, %s becomes %s', (uri, becomes) => {
  const { FunctionCode: code, FunctionConfig } = one('AWS::CloudFront::Function').Properties;
  const answer = runInNewContext(`${code}; handler({ request: { uri: ${JSON.stringify(uri)} } })`) as {
    uri?: string;
    statusCode?: number;
    headers?: { location: { value: string } };
  };
  expect(answer.uri ?? answer.statusCode).toBe(becomes);
  if (becomes === 302) expect(answer.headers?.location.value).toBe('/console/');
  expect(FunctionConfig.Runtime).toBe('cloudfront-js-2.0');
});

test('has nothing that the rules of the checks refuse', () => {
  expect(findings.map(({ pluginName }) => pluginName)).toContain('AwsSolutions');
  for (const { pluginName, violations } of findings) expect([pluginName, violations]).toEqual([pluginName, []]);
});
