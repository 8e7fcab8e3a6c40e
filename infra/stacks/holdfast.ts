// The app: its stacks, their tags, and the checks at synthesis. Tests build the same app.
import { type App, PermissionsBoundary, Tags, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge, acknowledgeData, acknowledgeIdentity } from './acknowledged.ts';
import type { Config } from './config.ts';
import { DataStack } from './data.ts';
import { IdentityStack } from './identity.ts';
import { ServiceStack } from './service.ts';

export interface Holdfast {
  readonly data: DataStack;
  readonly service: ServiceStack;
  readonly identity?: IdentityStack;
}

/**
 * The stacks of a stage.
 * @param folder the built functions, with a folder for each area
 */
export const holdfast = (app: App, config: Config, folder: string): Holdfast => {
  const { stage, account, region } = config;
  const { permissionsBoundary: boundary } = config;
  const common = {
    env: { account, region },
    ...(boundary !== undefined && { permissionsBoundary: PermissionsBoundary.fromName(boundary) }),
  };
  const name = `Holdfast${stage[0]?.toUpperCase()}${stage.slice(1)}`;
  const data = new DataStack(app, `${name}Data`, {
    ...common,
    config,
    description:
      'Holdfast: the table with everything that tenants have, and exports of their audit. Kept when the stack is removed.',
  });
  const identity =
    config.identity &&
    new IdentityStack(app, `${name}Identity`, {
      ...common,
      config,
      identity: config.identity,
      folder,
      description: 'Holdfast: the user pool, its clients and their tenants. Kept when the stack is removed.',
    });
  const service = new ServiceStack(app, name, {
    ...common,
    config: { ...config, ...identity?.tokens },
    trigger: identity?.trigger,
    table: data.table as ITable,
    archive: data.archive,
    folder,
    description: 'Holdfast: the API, its functions, the work queue, events and alarms.',
  });
  for (const stack of [data, service, ...(identity ? [identity] : [])]) {
    Tags.of(stack).add('application', 'holdfast');
    Tags.of(stack).add('stage', config.stage);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledge(service, data);
  acknowledgeData(data);
  if (identity) acknowledgeIdentity(identity);
  return { data, service, ...(identity && { identity }) };
};
