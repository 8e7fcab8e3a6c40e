// The console on AWS: its files in a bucket that only CloudFront reads, and the API behind the same name, so that the page
// calls no other origin than its own and the identity provider's.
import { join } from 'node:path';
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  OriginRequestPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, type BucketDeploymentProps, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';
import { contentSecurityPolicy } from '../../shared/http/security-headers.ts';
import { recordFile } from '../console/sources.ts';
import { release } from '../release.ts';
import type { Config } from './config.ts';
import type { IdentityStack } from './identity.ts';
import { logGroupOf } from './log-group.ts';
import { lambdaRole } from './policies.ts';

interface ConsoleProps extends StackProps {
  readonly config: Config;
  readonly settings: NonNullable<Config['console']>;
  /** Folder of the built console. */
  readonly site: string;
  /** The host at which the API answers. */
  readonly apiHost: string;
  /** The user pool that comes along, if one does. */
  readonly identity: IdentityStack | undefined;
}

/**
 * Runs at the edge, before the cache: addresses of the console that are no file's are answered by its one page, which
 * decides in the browser what to show.
 */
const pages = `function handler(event) {
  var request = event.request;
  var uri = request.uri;
  if (uri === '/' || uri === '/console')
    return { statusCode: 302, statusDescription: 'Found', headers: { location: { value: '/console/' } } };
  if (uri.indexOf('/console/') === 0 && uri.slice(uri.lastIndexOf('/')).indexOf('.') < 0)
    request.uri = '/console/index.html';
  return request;
}
`;

const year = Duration.days(365);

export class ConsoleStack extends Stack {
  readonly bucket: IBucket;
  readonly distribution: Distribution;
  /** True for a console with a name and a certificate of its own. */
  readonly isNamed: boolean;
  /** The role of CDK's function that copies the built files into the bucket. */
  readonly uploader: Role;

  constructor(scope: Construct, id: string, { config, settings, site, apiHost, identity, ...props }: ConsoleProps) {
    super(scope, id, props);
    // The library's own class says less of an optional member than its interface asks for.
    this.bucket = new Bucket(this, 'Files', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // A build makes every file again.
      removalPolicy: RemovalPolicy.DESTROY,
    }) as IBucket;
    this.distribution = this.#distribution(config, settings, apiHost, identity);
    const { domain } = settings;
    this.isNamed = domain !== undefined;
    const host = domain?.name ?? this.distribution.distributionDomainName;
    const logGroup = logGroupOf(this, 'UploadLog', config);
    this.uploader = lambdaRole(this, 'Uploader');
    logGroup.grantWrite(this.uploader);
    const upload = (
      name: string,
      more: Pick<BucketDeploymentProps, 'sources' | 'destinationKeyPrefix' | 'cacheControl'>,
    ) =>
      new BucketDeployment(this, name, {
        ...more,
        destinationBucket: this.bucket,
        // Pages that are open ask for files of the build that they came with.
        prune: false,
        role: this.uploader,
        logGroup,
      });
    const packed = ['*.br', '*.gz'];
    const assets = upload('Assets', {
      destinationKeyPrefix: 'console/assets',
      sources: [Source.asset(join(site, 'assets'), { exclude: packed })],
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
    });
    const page = upload('Page', {
      destinationKeyPrefix: 'console',
      sources: [
        Source.asset(site, { exclude: ['assets', recordFile, ...packed] }),
        Source.jsonData('config.json', this.#config(config, settings, host, identity)),
      ],
      cacheControl: [CacheControl.noStore()],
    });
    // A page that comes before its files would be a blank one.
    page.node.addDependency(assets);
    new CfnOutput(this, 'ConsoleFiles', { value: this.bucket.bucketName });
    new CfnOutput(this, 'ConsoleUrl', { value: `https://${host}/console/` });
    if (domain) new CfnOutput(this, 'ConsoleTarget', { value: this.distribution.distributionDomainName });
  }

  /** What the console asks before it starts: as the local server answers it. */
  #config(config: Config, settings: NonNullable<Config['console']>, host: string, identity: IdentityStack | undefined) {
    const { scope = `openid ${config.scopePrefix}admin`, operatorScope } = settings;
    const own = identity?.console;
    const clientId = own?.clientId ?? (settings.clientId as string);
    return {
      authority: identity?.tokens.issuer ?? config.issuer,
      clientId,
      scope,
      ...(operatorScope !== undefined && { operatorScope }),
      // Cognito's way out is its own, and no way of OpenID Connect.
      ...(own && {
        signOutUrl: `${own.signIn}/logout?client_id=${clientId}&logout_uri=${encodeURIComponent(`https://${host}/console/`)}`,
      }),
      version: release,
    };
  }

  #distribution(
    config: Config,
    { domain, providerOrigins }: NonNullable<Config['console']>,
    apiHost: string,
    identity: IdentityStack | undefined,
  ): Distribution {
    const connect = identity
      ? [
          `https://cognito-idp.${this.region}.${this.urlSuffix}`,
          `https://${config.identity?.domain}.auth.${this.region}.amazoncognito.com`,
        ]
      : [...new Set([new URL(config.issuer).origin, ...providerOrigins])];
    const headers = new ResponseHeadersPolicy(this, 'Headers', {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: contentSecurityPolicy({ connect }), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: year, includeSubdomains: true, override: true },
      },
    });
    const edge = new EdgeFunction(this, 'Pages', {
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(pages),
      comment: 'Answers addresses of the console by its page',
    });
    return new Distribution(this, 'Site', {
      comment: `Holdfast's console, ${config.stage}`,
      httpVersion: HttpVersion.HTTP2_AND_3,
      ...(domain && {
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificate),
      }),
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        responseHeadersPolicy: headers,
        functionAssociations: [{ function: edge, eventType: FunctionEventType.VIEWER_REQUEST }],
        compress: true,
      },
      additionalBehaviors: {
        '/v1/*': {
          origin: new HttpOrigin(apiHost),
          viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: AllowedMethods.ALLOW_ALL,
          cachePolicy: CachePolicy.CACHING_DISABLED,
          // Everything but the host, by which API Gateway knows its API: the token as well.
          originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          compress: true,
        },
      },
    });
  }
}
