// Get, BatchGet and TransactGet. Only a transactional read sees one moment; the others see each item at its own moment.
import { consumed, readUnits } from './capacity.ts';
import { type Delivery, distinctKeys, type Input, type ModelEngine, type Output, type Prepared } from './engine.ts';
import { cancellationReason, transactionCancelled, validation } from './errors.ts';
import { Bindings, type DocumentPath, project } from './expression.ts';
import type { Cell } from './table.ts';
import { itemOut, itemSize, type ModelItem } from './values.ts';

export type Look = (cell: Cell) => ModelItem | undefined;

/** The view of a read: consistent, or of a moment in the past. */
export const look = (engine: ModelEngine, delivery: Delivery, consistent: boolean): Look => {
  if (consistent || !engine.random.chance(delivery.faults.staleReads)) return (cell) => engine.table.visible(cell);
  return (cell) => {
    const age = engine.random.logBetween(engine.timing.stale);
    return engine.table.visibleAt(cell, engine.scheduler.now() - age);
  };
};

/** Reads cells at one moment, or (torn) in up to six groups, each at its own moment and in any order. */
export const readAll = async (engine: ModelEngine, torn: boolean, cells: readonly Cell[], see: Look) => {
  const seen = new Map<Cell, ModelItem | undefined>();
  if (!torn || cells.length < 2) {
    for (const cell of cells) seen.set(cell, see(cell));
    return seen;
  }
  const order = engine.random.shuffle(cells);
  const groups = Math.min(order.length, 6);
  const total = engine.random.between(engine.timing.spread);
  for (let group = 0; group < groups; group += 1) {
    if (group > 0) await engine.scheduler.sleep(total / groups);
    const from = Math.floor((group * order.length) / groups);
    const to = Math.floor(((group + 1) * order.length) / groups);
    for (const cell of order.slice(from, to)) seen.set(cell, see(cell));
  }
  return seen;
};

export const shown = (item: ModelItem, paths: DocumentPath[] | undefined): ModelItem =>
  itemOut(paths === undefined ? item : project(item, paths));

const projection = (input: Input): DocumentPath[] | undefined => {
  const env = new Bindings(input.ExpressionAttributeNames as Record<string, string> | undefined, undefined);
  const paths = typeof input.ProjectionExpression === 'string' ? env.projection(input.ProjectionExpression) : undefined;
  env.finish();
  return paths;
};

const bill = (engine: ModelEngine, input: Input, units: number): Output => {
  engine.stats.readUnits += units;
  const capacity = consumed(engine.tableName, input.ReturnConsumedCapacity, { table: units, indexes: {} });
  return capacity === undefined ? {} : { ConsumedCapacity: capacity };
};

export const prepareGet = (engine: ModelEngine, input: Input): Prepared => {
  engine.checkTable(input.TableName);
  engine.checkModern(input);
  const paths = projection(input);
  const cell = engine.key(input.Key);
  const consistent = input.ConsistentRead === true;
  const perform = async (delivery: Delivery): Promise<Output> => {
    const item = look(engine, delivery, consistent)(cell);
    const capacity = bill(engine, input, readUnits(itemSize(item), consistent));
    return { ...(item === undefined ? {} : { Item: shown(item, paths) }), ...capacity };
  };
  return { operation: 'Get', keys: [cell.id], conflicts: 'no', perform };
};

export const prepareBatchGet = (engine: ModelEngine, input: Input): Prepared => {
  const tables = Object.entries((input.RequestItems ?? {}) as Record<string, Input>);
  if (tables.length !== 1) throw validation('The model has one table: RequestItems must name it alone');
  const [tableName, request] = tables[0] as [string, Input];
  engine.checkTable(tableName);
  engine.checkModern(request);
  const paths = projection(request);
  const keys = request.Keys as unknown[];
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > 100) {
    throw validation('Too many items requested for the BatchGetItem call');
  }
  const cells = keys.map((key) => engine.key(key));
  distinctKeys(cells, 'Provided list of item keys contains duplicates');
  const consistent = request.ConsistentRead === true;

  const perform = async (delivery: Delivery): Promise<Output> => {
    const { random } = engine;
    const skip = cells.length > 1 && random.chance(delivery.faults.unprocessed) ? 1 + random.int(cells.length - 1) : 0;
    const order = random.shuffle(cells);
    const torn = random.chance(delivery.faults.tornReads);
    const seen = await readAll(engine, torn, order.slice(skip), look(engine, delivery, consistent));
    const items: ModelItem[] = [];
    let units = 0;
    for (const item of seen.values()) {
      units += readUnits(itemSize(item), consistent);
      if (item !== undefined) items.push(shown(item, paths));
    }
    const left = order.slice(0, skip).map((cell) => ({ PK: cell.pk, SK: cell.sk }));
    engine.stats.readUnits += units;
    const capacity = consumed(tableName, input.ReturnConsumedCapacity, { table: units, indexes: {} });
    return {
      Responses: { [tableName]: items },
      UnprocessedKeys: skip === 0 ? {} : { [tableName]: { ...request, Keys: left } },
      ...(capacity === undefined ? {} : { ConsumedCapacity: [capacity] }),
    };
  };
  return { operation: 'BatchGet', keys: cells.map((cell) => cell.id), conflicts: 'no', perform };
};

export const prepareTransactGet = (engine: ModelEngine, input: Input): Prepared => {
  const items = input.TransactItems as Input[] | undefined;
  if (!Array.isArray(items) || items.length < 1 || items.length > 100) {
    throw validation(
      "Value at 'transactItems' failed to satisfy constraint: Member must have length between 1 and 100",
    );
  }
  const gets = items.map((member) => {
    const get = (member.Get ?? {}) as Input;
    engine.checkTable(get.TableName);
    return { cell: engine.key(get.Key), paths: projection(get) };
  });
  distinctKeys(
    gets.map((get) => get.cell),
    'Transaction request cannot include multiple operations on one item',
  );
  const perform = async (): Promise<Output> => {
    if (gets.some(({ cell }) => cell.lock !== undefined)) {
      throw transactionCancelled(
        gets.map(({ cell }) => (cell.lock === undefined ? cancellationReason.none() : cancellationReason.conflict())),
      );
    }
    let units = 0;
    const responses = gets.map(({ cell, paths }) => {
      const item = engine.table.committed(cell);
      units += 2 * readUnits(itemSize(item), true);
      return item === undefined ? {} : { Item: shown(item, paths) };
    });
    engine.stats.readUnits += units;
    const capacity = consumed(engine.tableName, input.ReturnConsumedCapacity, { table: units, indexes: {} });
    return { Responses: responses, ...(capacity === undefined ? {} : { ConsumedCapacity: [capacity] }) };
  };
  return {
    operation: 'TransactGet',
    keys: gets.map((get) => get.cell.id),
    conflicts: 'transaction',
    perform,
  };
};
