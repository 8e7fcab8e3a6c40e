// The HTTP API in front of everything: the token check, throttling, and a line for each request that tells no secrets.
import { CfnOutput, Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Construct } from 'constructs';
import { allowedHeaders, allowedMethods, exposedHeaders, preflightSeconds } from '../../shared/routes/cors.ts';
import type { Config } from './config.ts';
import { logGroupOf } from './holdfast-function.ts';

/** Tokens are sent as a header by whoever has them: a browser adds nothing of its own, so no credentials are allowed. */
const corsFor = (origins: readonly string[]): CorsPreflightOptions => ({
  allowOrigins: [...origins],
  allowMethods: allowedMethods.map((method) => CorsHttpMethod[method]),
  allowHeaders: [...allowedHeaders],
  exposeHeaders: [...exposedHeaders],
  maxAge: Duration.seconds(preflightSeconds),
});

/** What a line of the access log says. Neither addresses nor names: who it was stands in the function's log, by id. */
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

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
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
      jwtAudience: config.audience,
    });
    // One authoriser for all routes, wherever they are: bound by its id, it is made here and not beside the first route.
    this.authorizer = HttpAuthorizer.fromHttpAuthorizerAttributes(this, 'ByToken', {
      authorizerId,
      authorizerType: 'JWT',
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: { rateLimit: config.throttleRate, burstLimit: config.throttleBurst },
      // Metrics per route would be paid for twice: the functions' own say the same per operation, and more.
      detailedMetricsEnabled: false,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroupOf(this, 'AccessLog', config)),
        format: AccessLogFormat.custom(JSON.stringify(accessLine)),
      },
    });
    new CfnOutput(this, 'Url', { value: stage.url });
  }
}
