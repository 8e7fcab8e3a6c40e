// Put, Update, Delete and TransactWrite, checked and applied to committed state at one moment.
import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { addUnits, consumed, readUnits, totalUnits, type WriteUnits, writeUnits } from './capacity.ts';
import { type Delivery, distinctKeys, type Input, type ModelEngine, type Output, type Prepared } from './engine.ts';
import {
  cancellationReason,
  conditionFailed,
  isValidation,
  tokenMismatch,
  transactionCancelled,
  transactionConflict,
  transactionInProgress,
  validation,
} from './errors.ts';
import { Bindings, type DocumentPath, evaluate, project } from './expression.ts';
import { tokenMemoryMs } from './faults.ts';
import type { Condition, UpdateAction } from './parse.ts';
import type { Cell, IndexConfig } from './table.ts';
import { applyUpdate } from './update.ts';
import { itemOut, itemSize, type ModelItem } from './values.ts';

const maxItem = 400 * 1024;
const maxTransaction = 4 * 1024 * 1024;

type Kind = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

interface Write {
  kind: Kind;
  cell: Cell;
  env: Bindings;
  condition: Condition | undefined;
  /** The whole item of a Put. */
  item: ModelItem | undefined;
  actions: UpdateAction[];
  returnOld: boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string';

const checkIndexKeys = (indexes: readonly IndexConfig[], item: ModelItem): void => {
  for (const index of indexes) {
    for (const name of [index.pk, index.sk]) {
      const value = item[name];
      if (value === undefined) continue;
      if (!isText(value)) {
        throw validation(
          `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: S IndexName: ${index.name}`,
        );
      }
      if (value === '') {
        throw validation(
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${index.name}, IndexKey: ${name}`,
        );
      }
    }
  }
};

const prepareOne = (engine: ModelEngine, kind: Kind, input: Input): Write => {
  engine.checkTable(input.TableName);
  engine.checkModern(input);
  const env = new Bindings(
    input.ExpressionAttributeNames as Record<string, string> | undefined,
    engine.takeOptional(input.ExpressionAttributeValues),
  );
  const text = input.ConditionExpression;
  const condition = isText(text) ? env.condition('ConditionExpression', text) : undefined;
  if (kind === 'ConditionCheck' && condition === undefined) {
    throw validation("Value null at 'conditionExpression' failed to satisfy constraint: Member must not be null");
  }
  const actions = kind === 'Update' && isText(input.UpdateExpression) ? env.update(input.UpdateExpression) : [];
  env.finish();
  const item = kind === 'Put' ? engine.take(input.Item, 'item') : undefined;
  const missing = 'One or more parameter values were invalid: Missing the key or a key of the wrong type in the item';
  const cell = item === undefined ? engine.key(input.Key) : engine.keyOf(item, missing);
  for (const action of actions) {
    const name = env.path(action.path)[0];
    if (name !== 'PK' && name !== 'SK') continue;
    throw validation(
      `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
    );
  }
  if (item !== undefined) {
    if (itemSize(item) > maxItem) throw validation('Item size has exceeded the maximum allowed size');
    checkIndexKeys(engine.table.indexes, item);
  }
  return {
    kind,
    cell,
    env,
    condition,
    item,
    actions,
    returnOld: input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
};

const passes = (write: Write, current: ModelItem | undefined): boolean =>
  write.condition === undefined || evaluate(write.condition, current, write.env);

/** The item after the write. @throws a validation error that depends on the stored item */
const outcome = (engine: ModelEngine, write: Write, current: ModelItem | undefined): ModelItem | undefined => {
  if (write.kind === 'Delete') return undefined;
  if (write.kind === 'Put') return write.item;
  if (write.kind === 'ConditionCheck') return current;
  const next = applyUpdate(write.actions, current ?? { PK: write.cell.pk, SK: write.cell.sk }, write.env);
  if (itemSize(next) > maxItem) throw validation('Item size to update has exceeded the maximum allowed size');
  checkIndexKeys(engine.table.indexes, next);
  return next;
};

const returnable: Record<string, readonly string[]> = {
  Put: ['NONE', 'ALL_OLD'],
  Delete: ['NONE', 'ALL_OLD'],
  Update: ['NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'],
};

const attributes = (
  asked: string,
  paths: DocumentPath[],
  before: ModelItem | undefined,
  after: ModelItem | undefined,
): Output => {
  const item = asked.endsWith('_OLD') ? before : after;
  if (asked === 'NONE' || item === undefined) return {};
  if (asked.startsWith('ALL')) return { Attributes: itemOut(item) };
  const part = project(item, paths);
  return Object.keys(part).length === 0 ? {} : { Attributes: itemOut(part) };
};

export const prepareWrite = (engine: ModelEngine, kind: 'Put' | 'Update' | 'Delete', input: Input): Prepared => {
  const write = prepareOne(engine, kind, input);
  const asked = (input.ReturnValues ?? 'NONE') as string;
  if (!returnable[kind]?.includes(asked))
    throw validation(`ReturnValues can only be ${returnable[kind]?.join(' or ')}`);
  const paths = write.actions.map((action) => write.env.path(action.path));
  const { cell } = write;
  const perform = async (delivery: Delivery): Promise<Output> => {
    if (cell.lock !== undefined) throw transactionConflict();
    const before = engine.table.committed(cell);
    if (!passes(write, before)) throw conditionFailed(write.returnOld ? before : undefined);
    const after = outcome(engine, write, before);
    const units = writeUnits(engine.table.indexes, before, after, false);
    engine.stats.writeUnits += totalUnits(units);
    engine.commit(delivery, kind, [{ cell, after }], true);
    const capacity = consumed(engine.tableName, input.ReturnConsumedCapacity, units);
    return {
      ...attributes(asked, paths, before, after),
      ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
    };
  };
  return { operation: kind, keys: [cell.id], conflicts: 'single', perform };
};

interface TokenEntry {
  items: unknown[];
  /** Undefined while the transaction is under way. */
  doneAt: number | undefined;
}

/** The client tokens that one table remembers. */
export type Tokens = Map<string, TokenEntry>;

/** Equal for equal content, whatever the order of attributes and members. */
const canonical = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
  if (value instanceof Set) return { set: [...value].map((m) => JSON.stringify(canonical(m))).sort() };
  if (Array.isArray(value)) return value.map(canonical);
  return Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, v]) => [name, canonical(v)]);
};

const sameContent = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));

const writeKinds: readonly Kind[] = ['ConditionCheck', 'Put', 'Delete', 'Update'];

const members = (engine: ModelEngine, items: Input[]): Write[] =>
  items.map((member) => {
    const kinds = writeKinds.filter((kind) => member[kind] !== undefined);
    if (kinds.length !== 1) throw validation('TransactItems can only contain one of Check, Put, Update or Delete');
    return prepareOne(engine, kinds[0] as Kind, member[kinds[0] as Kind] as Input);
  });

export const prepareTransactWrite = (engine: ModelEngine, tokens: Tokens, input: Input, token: string): Prepared => {
  const items = input.TransactItems as Input[] | undefined;
  if (!Array.isArray(items) || items.length < 1 || items.length > 100) {
    throw validation(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to 100 and at least 1",
    );
  }
  if (token.length < 1 || token.length > 36) {
    throw validation("Value at 'clientRequestToken' failed to satisfy constraint: Member must have length at most 36");
  }
  // The caller may change its objects once the request is under way, so they are copied.
  const content = structuredClone(items) as unknown[];
  const writes = members(engine, items);
  distinctKeys(
    writes.map((write) => write.cell),
    'Transaction request cannot include multiple operations on one item',
  );
  if (writes.reduce((sum, write) => sum + itemSize(write.item), 0) > maxTransaction) {
    throw validation('The aggregate size of the items in the transaction exceeds 4 MB');
  }

  const answer = (units: WriteUnits): Output => {
    const capacity = consumed(engine.tableName, input.ReturnConsumedCapacity, units);
    return capacity === undefined ? {} : { ConsumedCapacity: [capacity] };
  };

  /** The answer to a known token; undefined when the request has to run. */
  const recall = (): Output | undefined => {
    const known = tokens.get(token);
    if (known === undefined) return undefined;
    if (known.doneAt !== undefined && engine.scheduler.now() - known.doneAt >= tokenMemoryMs) return undefined;
    if (!sameContent(known.items, content)) throw tokenMismatch();
    if (known.doneAt === undefined) throw transactionInProgress();
    const read = writes.reduce((sum, w) => sum + 2 * readUnits(itemSize(engine.table.committed(w.cell)), true), 0);
    engine.stats.readUnits += read;
    return answer({ table: read, indexes: {} });
  };

  const judge = (write: Write): CancellationReason =>
    passes(write, engine.table.committed(write.cell))
      ? cancellationReason.none()
      : cancellationReason.condition(write.returnOld ? engine.table.committed(write.cell) : undefined);

  /** The state after, if all conditions hold. @throws TransactionCanceledException otherwise */
  const decide = (): (ModelItem | undefined)[] => {
    const after: (ModelItem | undefined)[] = [];
    const reasons = writes.map((write) => {
      const verdict = judge(write);
      if (verdict.Code !== 'None') return verdict;
      try {
        after.push(outcome(engine, write, engine.table.committed(write.cell)));
      } catch (error) {
        if (!isValidation(error)) throw error;
        return cancellationReason.invalid(error.message);
      }
      return verdict;
    });
    if (reasons.some((r) => r.Code !== 'None')) throw transactionCancelled(reasons);
    if (after.reduce((sum, item) => sum + itemSize(item), 0) > maxTransaction) {
      throw validation('The aggregate size of the items in the transaction exceeds 4 MB');
    }
    return after;
  };

  /**
   * Shows a committed transaction to ordinary readers item by item. Its items stay locked until all of it is visible.
   */
  const reveal = async (cells: Cell[], delivery: Delivery): Promise<void> => {
    const order = engine.random.shuffle(cells);
    const steps = Math.min(order.length, 6);
    const middle = Math.floor(steps / 2);
    for (let step = 0; step < steps; step += 1) {
      if (step === middle) await delivery.pause('halfway');
      const total = engine.random.between(engine.timing.reveal);
      await engine.scheduler.sleep(total / steps);
      const from = Math.floor((step * order.length) / steps);
      const to = Math.floor(((step + 1) * order.length) / steps);
      for (const cell of order.slice(from, to)) engine.table.reveal(cell);
    }
  };

  const perform = async (delivery: Delivery): Promise<Output> => {
    const recalled = recall();
    if (recalled !== undefined) return recalled;
    if (writes.some((write) => write.cell.lock !== undefined)) {
      throw transactionCancelled(
        writes.map((write) => (write.cell.lock === undefined ? judge(write) : cancellationReason.conflict())),
      );
    }
    const lock = {};
    const entry: TokenEntry = { items: content, doneAt: undefined };
    tokens.set(token, entry);
    for (const write of writes) write.cell.lock = lock;
    try {
      if (engine.timing.prepare[1] > 0) await engine.wait(engine.timing.prepare);
      await delivery.pause('prepared');
      const before = writes.map((write) => engine.table.committed(write.cell));
      const after = decide();
      const units: WriteUnits = { table: 0, indexes: {} };
      for (let i = 0; i < writes.length; i += 1) {
        addUnits(units, writeUnits(engine.table.indexes, before[i], after[i], true));
      }
      engine.stats.writeUnits += totalUnits(units);
      const changed = writes
        .map((write, i) => ({ cell: write.cell, after: after[i], kind: write.kind }))
        .filter((write) => write.kind !== 'ConditionCheck');
      const hidden = changed.length > 1 && engine.random.chance(delivery.faults.halfVisible);
      entry.doneAt = engine.scheduler.now();
      engine.commit(delivery, 'TransactWrite', changed, !hidden);
      if (hidden) {
        await reveal(
          changed.map((write) => write.cell),
          delivery,
        );
      }
      return answer(units);
    } finally {
      if (entry.doneAt === undefined) tokens.delete(token);
      for (const write of writes) write.cell.lock = undefined;
    }
  };

  return {
    operation: 'TransactWrite',
    keys: writes.map((write) => write.cell.id),
    conflicts: 'transaction',
    perform,
  };
};
