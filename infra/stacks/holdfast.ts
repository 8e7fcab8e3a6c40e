// The app: its stacks, their tags, and the checks at synthesis. Tests build the same app.
import { type App, PermissionsBoundary, Tags, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge, acknowledgeConsole, acknowledgeData, acknowledgeIdentity } from './acknowledged.ts';
import type { Config } from './config.ts';
import { ConsoleStack } from './console.ts';
import { DataStack } from './data.ts';
import { IdentityStack } from './identity.ts';
import { ServiceStack } from './service.ts';

export interface Holdfast {
  readonly data: DataStack;
  readonly service: ServiceStack;
  readonly identity?: IdentityStack;
  readonly console?: ConsoleStack;
}

/**
 * The stacks of a stage.
 * @param folder the built functions, with a folder for each area
 * @param site the built console, which a stage with a console needs
 */
export const holdfast = (app: App, config: Config, folder: string, site?: string): Holdfast => {
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
  const console =
    config.console &&
    new ConsoleStack(app, `${name}Console`, {
      ...common,
      config,
      settings: config.console,
      site: site as string,
      apiHost: service.frontDoor.host,
      identity,
      description: 'Holdfast: the console, and the API under the same name.',
    });
  for (const stack of [data, service, ...(identity ? [identity] : []), ...(console ? [console] : [])]) {
    Tags.of(stack).add('application', 'holdfast');
    Tags.of(stack).add('stage', config.stage);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledge(service, data);
  acknowledgeData(data);
  if (identity) acknowledgeIdentity(identity);
  if (console) acknowledgeConsole(console);
  return { data, service, ...(identity && { identity }), ...(console && { console }) };
};
