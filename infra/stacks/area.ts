// The functions and routes of one area as a nested stack, because CloudFormation allows 500 resources per template. The
// path, the file and the construct of a function all carry the operation's name.
import { NestedStack } from 'aws-cdk-lib';
import {
  CfnIntegration,
  type HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { handlerFile } from '../../functions/index.ts';
import { accessOf } from '../../shared/routes/access.ts';
import { type OperationId, operations } from '../../shared/routes/operations.ts';
import { canaries, countsOf } from './canary.ts';
import { memoryOf, requestSeconds, reserveOf } from './concurrency.ts';
import { type Foundation, HoldfastFunction } from './holdfast-function.ts';
import { ManagedInstances, manageable } from './managed.ts';
import type { Signing } from './signing.ts';

interface AreaProps extends Foundation {
  readonly api: HttpApi;
  readonly authorizer: IHttpRouteAuthorizer;
  readonly ids: readonly OperationId[];
  readonly signing: Signing;
}

export class AreaStack extends NestedStack {
  readonly functions: ReadonlyMap<OperationId, HoldfastFunction>;
  readonly routes = new Map<OperationId, HttpRoute>();
  /** The instances of this area's functions, in a stage that has such. They go when the functions have gone. */
  readonly managed: ManagedInstances | undefined;

  constructor(scope: Construct, id: string, { api, authorizer, ids, signing, ...foundation }: AreaProps) {
    super(scope, id, { description: `Holdfast: the operations on ${id.toLowerCase()}` });
    const { config } = foundation;
    if (config.managedInstances && ids.some((one) => manageable.includes(one)))
      this.managed = new ManagedInstances(this, 'Managed', config, config.managedInstances);
    this.functions = new Map(ids.map((operation) => [operation, this.#function(operation, foundation, signing)]));
    for (const [operation, { called }] of this.functions) {
      const { method, path, callers } = operations[operation];
      const route = new HttpRoute(this, `${operation}Route`, {
        httpApi: api,
        routeKey: HttpRouteKey.with(path, HttpMethod[method]),
        integration: new HttpLambdaIntegration(`${operation}Integration`, called),
        authorizer: callers.length === 0 ? new HttpNoneAuthorizer() : authorizer,
      });
      this.routes.set(operation, route);
      if (this.#managedFor(operation)) callLast(route);
    }
  }

  #managedFor(id: OperationId): ManagedInstances | undefined {
    return manageable.includes(id) ? this.managed : undefined;
  }

  #function(id: OperationId, foundation: Foundation, signing: Signing): HoldfastFunction {
    return new HoldfastFunction(this, id, {
      ...foundation,
      ...signing.shareOf(id),
      source: handlerFile(id),
      description: operations[id].summary,
      access: accessOf(id),
      memory: memoryOf(id),
      seconds: requestSeconds,
      reserve: reserveOf(id),
      managed: this.#managedFor(id),
      ...(canaries.includes(id) && { canary: () => ({ name: id, ...countsOf(id) }) }),
    });
  }
}

/** Lets a route call another function once it is allowed to: in between, products would be answered 500. */
const callLast = ({ node }: HttpRoute): void => {
  const all = node.findAll();
  const permission = all.find((one) => one instanceof CfnPermission);
  for (const one of all) if (one instanceof CfnIntegration && permission) one.addResourceDependency(permission);
};
