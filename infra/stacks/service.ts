// Everything that runs: the API with its functions, the queue with its worker, events, alarms, dashboard. None of it
// holds data, so it can be replaced, or removed and deployed again beside the table.
import { Stack, type StackProps } from 'aws-cdk-lib';
import { type ITable, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { type OperationId, operationIds, operations } from '../../shared/routes/operations.ts';
import { Alarms, type Checks } from './alarms.ts';
import { AreaStack } from './area.ts';
import { canaries } from './canary.ts';
import { reserveOf, workSeconds } from './concurrency.ts';
import type { Config } from './config.ts';
import { Overview } from './dashboard.ts';
import { ChangeEvents } from './events.ts';
import { type AuditArchive, Exports } from './exports.ts';
import type { HoldfastFunction } from './holdfast-function.ts';
import { FrontDoor } from './http.ts';
import { Metering } from './metering.ts';
import { Signing } from './signing.ts';
import { Worker, WorkQueue } from './work.ts';

interface ServiceProps extends StackProps {
  readonly config: Config;
  /** The stack's own table, or after a restore the table that replaces it. */
  readonly table: ITable;
  readonly archive: AuditArchive;
  /** Folder of the built functions, with a folder for each area. */
  readonly folder: string;
  /** The trigger of the user pool that the deployment brings along, for the alarms. */
  readonly trigger?: HoldfastFunction | undefined;
}

/** The page that shows the API, and the 1.7 MB that it loads. A stage may leave both out. */
const pages: readonly OperationId[] = ['getDocs', 'getDocsAsset'];

/** Operations by area, in the order of the table of operations. */
const byArea = ({ docsPage }: Config): Map<string, OperationId[]> => {
  const areas = new Map<string, OperationId[]>();
  for (const id of operationIds) {
    if (!docsPage && pages.includes(id)) continue;
    const { area } = operations[id];
    areas.set(area, [...(areas.get(area) ?? []), id]);
  }
  return areas;
};

/**
 * Areas that are made side by side. API Gateway limits how fast an account may change its APIs, and the first deployment
 * makes a route and an integration for every operation.
 */
const atOnce = 3;

export class ServiceStack extends Stack {
  readonly areas = new Map<string, AreaStack>();
  readonly frontDoor: FrontDoor;
  readonly worker: Worker;
  readonly events: ChangeEvents;
  readonly exports: Exports;

  constructor(
    scope: Construct,
    id: string,
    { config, table: ownTable, archive, folder, trigger, ...props }: ServiceProps,
  ) {
    super(scope, id, props);
    const table = this.#restored(config) ?? ownTable;
    const work = new WorkQueue(this, 'Work', { seconds: workSeconds });
    const alarms = new Alarms(this, 'Alarms', config);
    const foundation = { config, folder, table, queue: work.queue, alarms };
    this.frontDoor = new FrontDoor(this, 'Http', config);
    const { api, authorizer } = this.frontDoor;
    const signing = new Signing(this, 'Signing', config);
    for (const [area, ids] of byArea(config))
      this.areas.set(
        area,
        new AreaStack(this, `${area[0]?.toUpperCase()}${area.slice(1)}`, {
          ...foundation,
          api,
          authorizer,
          signing,
          ids,
        }),
      );
    this.#chain([...this.areas.values()]);
    this.frontDoor.throttle(this.areas.values());
    this.worker = new Worker(this, 'Worker', foundation);
    this.events = new ChangeEvents(this, 'Changes', foundation);
    const { meter } = new Metering(this, 'Metering', foundation, this.events.bus);
    const areas = new Map<string, LambdaFunction[]>(
      [...this.areas].map(([area, { functions }]) => [area, [...functions.values()].map((one) => one.lambda)]),
    );
    this.exports = new Exports(this, 'Exports', foundation, archive);
    const background = [this.worker, this.events.publisher, meter, this.exports.worker, this.exports.scheduler];
    areas.set(
      'work',
      background.map(({ lambda }) => lambda),
    );
    if (trigger) areas.set('identity', [trigger.lambda]);
    alarms.watchAll({
      api,
      throttleRate: config.throttleRate,
      accountConcurrency: config.reserveConcurrency ? config.accountConcurrency : undefined,
      checks: this.#checks(config),
      table,
      areas,
      publisher: this.events.publisher.lambda,
      meter: meter.lambda,
      work: work.queue,
      exports: {
        scheduler: this.exports.scheduler.lambda,
        work: this.exports.work.queue,
        everyMinutes: config.auditExportMinutes,
      },
      dead: [work.dead, this.events.dead, this.exports.work.dead, this.exports.missed],
    });
    new Overview(this, 'Overview', {
      api,
      table,
      work: [work.queue, this.exports.work.queue],
      alarms: alarms.all,
    });
  }

  /** What products wait for. */
  #checks(config: Config): Checks {
    return new Map(
      [...this.areas.values()].flatMap(({ functions, managed }) =>
        [...functions].flatMap(([id, { lambda }]) => {
          if (!canaries.includes(id)) return [];
          const reserve = config.reserveConcurrency && !managed ? reserveOf(id) : undefined;
          return [[id, { lambda, reserve, capacity: managed?.capacity.capacityProviderName }] as const];
        }),
      ),
    );
  }

  /** Makes each nested stack wait for the one `atOnce` before it. */
  #chain(areas: readonly AreaStack[]): void {
    for (const [i, area] of areas.entries()) {
      const before = areas[i - atOnce];
      if (before) area.addStackDependency(before);
    }
  }

  /** The restored table, under the name it got when the service restored it. */
  #restored({ restored }: Config): ITable | undefined {
    if (restored === undefined) return undefined;
    return TableV2.fromTableAttributes(this, 'Restored', {
      tableName: restored.table,
      tableStreamArn: restored.stream,
    });
  }
}
