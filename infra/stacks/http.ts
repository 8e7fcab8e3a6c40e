// The HTTP API in front of everything: the token check, throttling, and an access log line per request without secrets.
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  CorsHttpMethod,
  type CorsPreflightOptions,
  DomainName,
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpStage,
  type HttpStageProps,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroupClass, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { allowedHeaders, allowedMethods, exposedHeaders, preflightSeconds } from '../../shared/routes/cors.ts';
import { operations } from '../../shared/routes/operations.ts';
import type { AreaStack } from './area.ts';
import { throttleOf } from './concurrency.ts';
import type { Config } from './config.ts';
import { logGroupOf, vendedLogName } from './log-group.ts';

/** Allows no credentials, because callers send tokens in a header and a browser adds nothing by itself. */
const corsFor = (origins: readonly string[]): CorsPreflightOptions => ({
  allowOrigins: [...origins],
  allowMethods: allowedMethods.map((method) => CorsHttpMethod[method]),
  allowHeaders: [...allowedHeaders],
  exposeHeaders: [...exposedHeaders],
  maxAge: Duration.seconds(preflightSeconds),
});

/** The fields of an access log line. They hold no addresses and no names; the function's log names the caller by id. */
const accessLine = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  route: '$context.routeKey',
  status: '$context.status',
  ms: '$context.responseLatency',
  functionMs: '$context.integrationLatency',
  bytes: '$context.responseLength',
  refusedBy: '$context.authorizer.error',
  fault: '$context.error.message',
  integrationFault: '$context.integrationErrorMessage',
};

/** Where a request came from, for investigations. The request's id leads to the function's line, which has the caller. */
const source = { address: '$context.identity.sourceIp', agent: '$context.identity.userAgent' };

export class FrontDoor extends Construct {
  readonly api: HttpApi;
  readonly authorizer: IHttpRouteAuthorizer;
  readonly stage: HttpStage;
  readonly hasAccessLog: boolean;
  /** The host at which the API answers. */
  readonly host: string;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.hasAccessLog = config.accessLog;
    this.api = new HttpApi(this, 'Api', {
      description: 'Holdfast',
      createDefaultStage: false,
      disableExecuteApiEndpoint: config.domain !== undefined,
      ...(config.allowedOrigins.length > 0 && { corsPreflight: corsFor(config.allowedOrigins) }),
    });
    const { authorizerId } = new HttpAuthorizer(this, 'Token', {
      httpApi: this.api,
      type: HttpAuthorizerType.JWT,
      authorizerName: 'access-token',
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: config.issuer,
      jwtAudience: [...config.audience],
    });
    // All routes of all areas share one authoriser. It is referred to by id, so that it belongs to this stack and not
    // to that of the first route.
    this.authorizer = HttpAuthorizer.fromHttpAuthorizerAttributes(this, 'ByToken', {
      authorizerId,
      authorizerType: 'JWT',
    });
    const domain = config.domain && this.#domain(config.domain);
    const { region, urlSuffix } = Stack.of(this);
    this.host = config.domain?.name ?? `${this.api.apiId}.execute-api.${region}.${urlSuffix}`;
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
      // Metrics per route would cost twice, because the functions' own metrics say the same per operation and more.
      detailedMetricsEnabled: false,
      ...(config.accessLog && { accessLogSettings: this.#accessLog(config) }),
      ...(domain && { domainMapping: { domainName: domain } }),
    });
    new CfnOutput(this, 'Url', { value: config.domain ? `https://${config.domain.name}/` : this.stage.url });
  }

  /** The API's own name. The output is what its DNS record must lead to. */
  #domain({ name, certificate }: NonNullable<Config['domain']>): DomainName {
    const domain = new DomainName(this, 'Domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificate),
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
    new CfnOutput(this, 'DomainTarget', { value: domain.regionalDomainName });
    return domain;
  }

  /**
   * Gives open routes limits of their own. The stage then waits for the areas of these routes, because the service
   * refuses settings of routes that do not exist.
   */
  throttle(areas: Iterable<AreaStack>): void {
    const stage = this.stage.node.defaultChild as CfnStage;
    // The template's own names, because CloudFormation takes this property as it stands.
    const settings: Record<string, object> = {};
    for (const area of areas)
      for (const id of area.routes.keys()) {
        const limit = throttleOf(id);
        if (!limit) continue;
        const { method, path } = operations[id];
        settings[`${method} ${path}`] = {
          ThrottlingRateLimit: limit.rate,
          ThrottlingBurstLimit: limit.burst,
          DetailedMetricsEnabled: false,
        };
        stage.node.addDependency(area);
      }
    stage.routeSettings = settings;
  }

  /**
   * A line for every request. Nothing watches these lines, so their group is of the class that takes them in at half price.
   * With addresses they stand in another group, which is kept for 30 days and which fewer people may read.
   */
  #accessLog(config: Config): NonNullable<HttpStageProps['accessLogSettings']> {
    const { sourceLog } = config;
    const group = logGroupOf(this, sourceLog ? 'SourceLog' : 'AccessLog', config, {
      logGroupName: vendedLogName(this, sourceLog ? 'source' : 'access'),
      logGroupClass: LogGroupClass.INFREQUENT_ACCESS,
      ...(sourceLog && { retention: RetentionDays.ONE_MONTH }),
    });
    return {
      destination: new LogGroupLogDestination(group),
      format: AccessLogFormat.custom(JSON.stringify({ ...accessLine, ...(sourceLog && source) })),
    };
  }
}
