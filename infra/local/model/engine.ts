// Parts that all operations share: the table, time, chance, the commit point, and the reading of a request.
import { type CopyOptions, copyItem } from './copy.ts';
import { noSuchTable, validation } from './errors.ts';
import type { Faults, Timing } from './faults.ts';
import type { Random } from './random.ts';
import type { Time } from './scheduler.ts';
import type { Phase } from './script.ts';
import { type Cell, type CommittedView, cellId, type IndexConfig, Table } from './table.ts';
import type { ModelItem } from './values.ts';

export type Input = Readonly<Record<string, unknown>>;
export type Output = Record<string, unknown>;

export interface CellChange {
  pk: string;
  sk: string;
  before: Readonly<ModelItem> | undefined;
  after: Readonly<ModelItem> | undefined;
}

export interface CommitInfo {
  worker: string;
  operation: string;
  /** Virtual milliseconds. */
  at: number;
  /** Everything that this commit wrote, in the order of the request. */
  writes: readonly CellChange[];
}

export type CommitHook = (view: CommittedView, info: CommitInfo) => void;

/** One delivery of a request: its sender, and the faults that may happen to it. */
export interface Delivery {
  worker: string;
  faults: Faults;
  pause(phase: Phase): Promise<void> | undefined;
}

/**
 * A request that the service accepts as well-formed. It may be performed more than once, because deliveries can repeat.
 */
export interface Prepared {
  operation: string;
  keys: string[];
  /** Whether another transaction can refuse this request. */
  conflicts: 'no' | 'single' | 'transaction';
  perform(delivery: Delivery): Promise<Output>;
}

export interface Stats {
  requests: Record<string, number>;
  failures: Record<string, number>;
  commits: number;
  readUnits: number;
  writeUnits: number;
}

interface EngineConfig {
  tableName: string;
  indexes: readonly IndexConfig[];
  scheduler: Time;
  timing: Timing;
  copy: CopyOptions;
}

const legacyParameters = [
  'AttributesToGet',
  'AttributeUpdates',
  'ConditionalOperator',
  'Expected',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
];

export class ModelEngine {
  readonly tableName: string;
  readonly table: Table;
  readonly scheduler: Time;
  readonly random: Random;
  readonly timing: Timing;
  readonly copy: CopyOptions;
  readonly hooks: CommitHook[] = [];
  readonly stats: Stats = { requests: {}, failures: {}, commits: 0, readUnits: 0, writeUnits: 0 };

  constructor(config: EngineConfig) {
    this.tableName = config.tableName;
    this.scheduler = config.scheduler;
    this.random = config.scheduler.random.fork('service');
    this.timing = config.timing;
    this.copy = config.copy;
    // No answer looks further back than this.
    const keep = Math.max(config.timing.stale[1], config.timing.indexLag[1]) + config.timing.spread[1];
    this.table = new Table(config.indexes, config.scheduler.now, keep);
  }

  wait(range: readonly [number, number]): Promise<void> {
    return this.scheduler.sleep(this.random.between(range));
  }

  checkTable(name: unknown): void {
    if (name !== this.tableName) throw noSuchTable();
  }

  checkModern(input: Input): void {
    for (const name of legacyParameters) {
      if (input[name] !== undefined) throw new Error(`the model has expressions only, not the legacy ${name}`);
    }
  }

  /** Copies an item, a key or a map of values out of the request. */
  take(value: unknown, what: string): ModelItem {
    if (typeof value !== 'object' || value === null)
      throw validation(`Value null at '${what}' failed to satisfy constraint`);
    return copyItem(value as Record<string, unknown>, this.copy);
  }

  takeOptional(value: unknown): ModelItem | undefined {
    return value === undefined ? undefined : copyItem(value as Record<string, unknown>, this.copy);
  }

  /** The cell that a `Key` names. */
  key(value: unknown): Cell {
    const key = this.take(value, 'key');
    if (Object.keys(key).length !== 2) throw validation('The provided key element does not match the schema');
    return this.keyOf(key, 'The provided key element does not match the schema');
  }

  keyOf(item: ModelItem, mismatch: string): Cell {
    const { PK: pk, SK: sk } = item;
    if (typeof pk !== 'string' || typeof sk !== 'string') throw validation(mismatch);
    for (const [name, value, limit] of [
      ['PK', pk, 2048],
      ['SK', sk, 1024],
    ] as const) {
      if (value === '') {
        throw validation(
          `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`,
        );
      }
      if (Buffer.byteLength(value) > limit) {
        throw validation(
          `One or more parameter values were invalid: Size of ${name} has exceeded the limit of ${limit} bytes`,
        );
      }
      if (value.includes('\u0000')) throw new Error('the model keeps U+0000 out of keys');
    }
    return this.table.cell(pk, sk);
  }

  /** The atomic point of every write: the new state is stored and the hooks see it before anything else happens. */
  commit(
    delivery: Delivery,
    operation: string,
    writes: { cell: Cell; after: ModelItem | undefined }[],
    shown: boolean,
  ): void {
    const changes = writes.map(({ cell, after }) => {
      const before = this.table.committed(cell);
      if (before !== undefined || after !== undefined) this.table.write(cell, after, shown);
      return { pk: cell.pk, sk: cell.sk, before, after };
    });
    this.stats.commits += 1;
    const info = { worker: delivery.worker, operation, at: this.scheduler.now(), writes: changes };
    try {
      for (const hook of this.hooks) hook(this.table, info);
    } catch (error) {
      // A broken invariant must end the run, even if the worker that broke it catches the error.
      this.scheduler.fail(error);
    }
  }
}

export const distinctKeys = (cells: Cell[], message: string): void => {
  if (new Set(cells.map((cell) => cellId(cell.pk, cell.sk))).size !== cells.length) throw validation(message);
};
