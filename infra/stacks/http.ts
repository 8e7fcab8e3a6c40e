// The HTTP API in front of everything: the token check, throttling, and an access log line per request without secrets.
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  type CfnStage,
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpStage,
  type HttpStageProps,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroupClass } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { allowedHeaders, allowedMethods, exposedHeaders, preflightSeconds } from '../../shared/routes/cors.ts';
import { operations } from '../../shared/routes/operations.ts';
import type { AreaStack } from './area.ts';
import { throttleOf } from './concurrency.ts';
import type { Config } from './config.ts';
import { logGroupOf, vendedLogName } from './holdfast-function.ts';

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

export class FrontDoor extends Construct {
  readonly api: HttpApi;
  readonly authorizer: IHttpRouteAuthorizer;
  readonly stage: HttpStage;
  readonly hasAccessLog: boolean;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    this.hasAccessLog = config.accessLog;
    this.api = new HttpApi(this, 'Api', {
      description: 'Holdfast',
      createDefaultStage: false,
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
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
      // Metrics per route would cost twice, because the functions' own metrics say the same per operation and more.
      detailedMetricsEnabled: false,
      ...(config.accessLog && { accessLogSettings: this.#accessLog(config) }),
    });
    new CfnOutput(this, 'Url', { value: this.stage.url });
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

  /** A line for every request. Nothing watches these lines, so their group is of the class that takes them in at half price. */
  #accessLog(config: Config): NonNullable<HttpStageProps['accessLogSettings']> {
    const group = logGroupOf(this, 'AccessLog', config, {
      logGroupName: vendedLogName(this, 'access'),
      logGroupClass: LogGroupClass.INFREQUENT_ACCESS,
    });
    return {
      destination: new LogGroupLogDestination(group),
      format: AccessLogFormat.custom(JSON.stringify(accessLine)),
    };
  }
}
