// Capacity figures as the service bills them, by item size: a strong read costs full units and an eventually consistent
// one half; a transaction costs double on the table and single on its indexes.
import type { IndexConfig } from './table.ts';
import { equals, itemSize, type ModelItem } from './values.ts';

export const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);

const kilobytes = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1024));

export const indexEntry = (index: IndexConfig, item: ModelItem | undefined): ModelItem | undefined => {
  if (item === undefined || typeof item[index.pk] !== 'string' || typeof item[index.sk] !== 'string') return undefined;
  const projection = index.projection ?? 'ALL';
  if (projection === 'ALL') return item;
  const names = ['PK', 'SK', index.pk, index.sk, ...(projection === 'KEYS_ONLY' ? [] : projection.include)];
  const out: ModelItem = {};
  for (const name of names) if (Object.hasOwn(item, name)) out[name] = item[name] as ModelItem[string];
  return out;
};

const indexUnits = (index: IndexConfig, before: ModelItem | undefined, after: ModelItem | undefined): number => {
  const old = indexEntry(index, before);
  const next = indexEntry(index, after);
  if (old === undefined && next === undefined) return 0;
  if (old === undefined || next === undefined) return kilobytes(itemSize(old ?? next));
  if (old[index.pk] !== next[index.pk] || old[index.sk] !== next[index.sk]) {
    return kilobytes(itemSize(old)) + kilobytes(itemSize(next));
  }
  return equals(old, next) ? 0 : kilobytes(Math.max(itemSize(old), itemSize(next)));
};

export interface WriteUnits {
  table: number;
  indexes: Record<string, number>;
}

export const writeUnits = (
  indexes: readonly IndexConfig[],
  before: ModelItem | undefined,
  after: ModelItem | undefined,
  transactional: boolean,
): WriteUnits => {
  const table = kilobytes(Math.max(itemSize(before), itemSize(after))) * (transactional ? 2 : 1);
  const byIndex: Record<string, number> = {};
  for (const index of indexes) {
    const units = indexUnits(index, before, after);
    if (units > 0) byIndex[index.name] = units;
  }
  return { table, indexes: byIndex };
};

export const addUnits = (sum: WriteUnits, more: WriteUnits): void => {
  sum.table += more.table;
  for (const [name, units] of Object.entries(more.indexes)) sum.indexes[name] = (sum.indexes[name] ?? 0) + units;
};

export const totalUnits = (units: WriteUnits): number =>
  Object.values(units.indexes).reduce((sum, u) => sum + u, units.table);

/** The `ConsumedCapacity` of an answer, in the detail that the request asks for. */
export const consumed = (tableName: string, detail: unknown, units: WriteUnits): object | undefined => {
  if (detail !== 'TOTAL' && detail !== 'INDEXES') return undefined;
  const total = { TableName: tableName, CapacityUnits: totalUnits(units) };
  if (detail === 'TOTAL') return total;
  const indexes = Object.entries(units.indexes).map(([name, u]) => [name, { CapacityUnits: u }]);
  return {
    ...total,
    Table: { CapacityUnits: units.table },
    ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: Object.fromEntries(indexes) }),
  };
};
