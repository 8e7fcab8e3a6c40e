// The app: its stacks, their tags, and the checks at synthesis. Tests build the same app.
import { Annotations, type App, Tags, Validations } from 'aws-cdk-lib';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledge } from './acknowledged.ts';
import { configFrom, isPlaceholder } from './config.ts';
import { DataStack } from './data.ts';
import { ServiceStack } from './service.ts';

export interface Holdfast {
  readonly data: DataStack;
  readonly service: ServiceStack;
}

/** @param folder the built functions */
export const holdfast = (app: App, folder: string): Holdfast => {
  const config = configFrom(app.node);
  const data = new DataStack(app, `Holdfast${config.stage}Data`, {
    config,
    description: 'Holdfast: the table with everything that tenants have. Kept when the stack is removed.',
  });
  const service = new ServiceStack(app, `Holdfast${config.stage}`, {
    config,
    table: data.table as ITable,
    folder,
    description: 'Holdfast: the API, its functions, the work queue, events and alarms.',
  });
  if (isPlaceholder(config))
    Annotations.of(service).addInfo('No identity provider is named: set the context value "issuer" before deploying.');
  for (const stack of [data, service]) {
    Tags.of(stack).add('application', 'holdfast');
    Tags.of(stack).add('stage', config.stage);
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledge(service);
  return { data, service };
};
