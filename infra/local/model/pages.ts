// Query and Scan: one page per request, of the table or of an index.
import { consumed, indexEntry, readUnits } from './capacity.ts';
import type { Delivery, Input, ModelEngine, Output, Prepared } from './engine.ts';
import { validation } from './errors.ts';
import { Bindings, evaluate } from './expression.ts';
import type { Condition, Operand } from './parse.ts';
import { type Look, look, readAll, shown } from './reads.ts';
import type { Cell, IndexConfig } from './table.ts';
import { compareStrings, itemSize, type ModelItem } from './values.ts';

const maxPage = 1024 * 1024;

interface KeyCondition {
  pk: string;
  matches: (sk: string) => boolean;
}

const unsupported = () => validation('Query key condition not supported');

/** The key names in a key condition, each with its condition. */
const keyTerms = (node: Condition, env: Bindings): { name: string; term: Condition }[] => {
  if (node.kind === 'and') return [...keyTerms(node.left, env), ...keyTerms(node.right, env)];
  let of: Operand | undefined;
  if (node.kind === 'compare') of = node.left;
  else if (node.kind === 'between') of = node.of;
  else if (node.kind === 'function' && node.name === 'begins_with') of = node.args[0];
  if (of?.kind !== 'path' || of.parts.length !== 1) throw unsupported();
  return [{ name: env.path(of)[0] as string, term: node }];
};

const keyText = (operand: Operand | undefined, env: Bindings): string => {
  if (operand?.kind !== 'value') throw unsupported();
  const value = env.value(operand.ref);
  if (typeof value !== 'string') {
    throw validation('One or more parameter values were invalid: Condition parameter type does not match schema type');
  }
  if (value === '') {
    throw validation(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value.',
    );
  }
  return value;
};

const keyCondition = (text: string, env: Bindings, pkName: string, skName: string): KeyCondition => {
  const terms = keyTerms(env.condition('KeyConditionExpression', text), env);
  if (terms.length > 2) throw validation('Conditions can be of length 1 or 2 only');
  const ofPk = terms.filter((term) => term.name === pkName);
  const first = ofPk[0]?.term;
  if (first === undefined) throw validation(`Query condition missed key schema element: ${pkName}`);
  if (ofPk.length > 1 || first.kind !== 'compare' || first.op !== '=') throw unsupported();
  const pk = keyText(first.right, env);
  const other = terms.find((term) => term.name !== pkName);
  if (other === undefined) return { pk, matches: () => true };
  if (other.name !== skName) throw validation(`Query condition missed key schema element: ${skName}`);
  const { term } = other;
  if (term.kind === 'compare') {
    if (term.op === '<>') throw unsupported();
    keyText(term.right, env);
  } else if (term.kind === 'between') {
    keyText(term.low, env);
    keyText(term.high, env);
  } else if (term.kind === 'function') keyText(term.args[1], env);
  return { pk, matches: (sk) => evaluate(term, { [skName]: sk }, env) };
};

/** A position in a listing: the key by which it is sorted. */
type Position = readonly string[];

const comparePositions = (a: Position, b: Position): number => {
  for (let i = 0; i < a.length; i += 1) {
    const order = compareStrings(a[i] as string, b[i] as string);
    if (order !== 0) return order;
  }
  return 0;
};

interface Entry {
  cell: Cell;
  item: ModelItem;
  position: Position;
}

/** The listing that a page reads. It is listed again for each read, because its entries depend on the moment. */
interface Source {
  entries: (see: Look) => Iterable<Entry>;
  /** The position of a start key, and the start key of a position. */
  startKeys: readonly string[];
  forward: boolean;
  projected: (item: ModelItem) => ModelItem;
}

const startPosition = (engine: ModelEngine, start: unknown, names: readonly string[]): string[] | undefined => {
  if (start === undefined) return undefined;
  const key = engine.take(start, 'exclusiveStartKey');
  const values = names.map((name) => key[name]);
  if (Object.keys(key).length !== names.length || values.some((value) => typeof value !== 'string' || value === '')) {
    throw validation('The provided starting key is invalid');
  }
  return values as string[];
};

const tableRange = (engine: ModelEngine, where: KeyCondition, input: Input): Source => {
  const names = ['PK', 'SK'];
  const start = startPosition(engine, input.ExclusiveStartKey, names);
  if (start !== undefined && start[0] !== where.pk) {
    throw validation('The provided starting key is outside query boundaries based on provided conditions');
  }
  const forward = input.ScanIndexForward !== false;
  return {
    startKeys: names,
    forward,
    projected: (item) => item,
    *entries(see) {
      for (const cell of engine.table.range(where.pk, start?.[1], forward)) {
        if (!where.matches(cell.sk)) continue;
        const item = see(cell);
        if (item !== undefined) yield { cell, item, position: [cell.pk, cell.sk] };
      }
    },
  };
};

const sorted = (entries: Entry[], start: Position | undefined, forward: boolean): Entry[] => {
  const sign = forward ? 1 : -1;
  const kept = start === undefined ? entries : entries.filter((e) => sign * comparePositions(e.position, start) > 0);
  return kept.sort((a, b) => sign * comparePositions(a.position, b.position));
};

const indexRange = (engine: ModelEngine, index: IndexConfig, where: KeyCondition | undefined, input: Input): Source => {
  const names = [index.pk, index.sk, 'PK', 'SK'];
  const start = startPosition(engine, input.ExclusiveStartKey, names);
  const forward = input.ScanIndexForward !== false;
  return {
    startKeys: names,
    forward,
    projected: (item) => indexEntry(index, item) as ModelItem,
    entries(see) {
      const cells = where === undefined ? engine.table.cells() : engine.table.indexed(index.name, where.pk);
      const out: Entry[] = [];
      for (const cell of cells) {
        const item = see(cell);
        const pk = item?.[index.pk];
        const sk = item?.[index.sk];
        if (item === undefined || typeof pk !== 'string' || typeof sk !== 'string') continue;
        if (where !== undefined && (pk !== where.pk || !where.matches(sk))) continue;
        out.push({ cell, item, position: [pk, sk, cell.pk, cell.sk] });
      }
      return sorted(out, start, forward);
    },
  };
};

const wholeTable = (engine: ModelEngine, input: Input): Source => {
  const names = ['PK', 'SK'];
  const key = startPosition(engine, input.ExclusiveStartKey, names);
  const start = key && { pk: key[0] as string, sk: key[1] as string };
  const segments = (input.TotalSegments ?? 1) as number;
  const segment = (input.Segment ?? 0) as number;
  return {
    startKeys: names,
    forward: true,
    projected: (item) => item,
    *entries(see) {
      for (const [cell, order] of engine.table.scanned(start)) {
        if (segments > 1 && Number.parseInt(order, 16) % segments !== segment) continue;
        const item = see(cell);
        if (item !== undefined) yield { cell, item, position: [order, cell.pk, cell.sk] };
      }
    },
  };
};

interface Page {
  entries: Entry[];
  /** The position where the next page starts; undefined at the end. */
  end: Position | undefined;
}

const readPage = async (
  engine: ModelEngine,
  source: Source,
  see: Look,
  limit: number,
  torn: boolean,
): Promise<Page> => {
  const entries: Entry[] = [];
  let more = false;
  let size = 0;
  for (const entry of source.entries(see)) {
    entries.push(entry);
    size += itemSize(entry.item);
    // As on the service, a page that stops at its limit says "more" even if nothing follows.
    more = entries.length >= limit || size >= maxPage;
    if (more) break;
  }
  if (entries.length === 0) return { entries, end: undefined };
  const last = (entries[entries.length - 1] as Entry).position;
  if (!torn) return { entries, end: more ? last : undefined };

  const known = new Set(entries.map((entry) => entry.cell));
  const seen = await readAll(engine, true, [...known], see);
  const read = entries.flatMap((entry) => {
    const item = seen.get(entry.cell);
    return item === undefined ? [] : [{ ...entry, item }];
  });
  // Items that appeared meanwhile may or may not be seen.
  for (const entry of source.entries(see)) {
    if (more && (source.forward ? 1 : -1) * comparePositions(entry.position, last) > 0) break;
    if (!known.has(entry.cell) && engine.random.chance(0.5)) read.push(entry);
  }
  const sign = source.forward ? 1 : -1;
  read.sort((a, b) => sign * comparePositions(a.position, b.position));
  if (read.length > limit) {
    const cut = read.slice(0, limit);
    return { entries: cut, end: (cut[limit - 1] as Entry).position };
  }
  // The page ends where it ended before, even if some of its items are gone by now.
  return { entries: read, end: more ? last : undefined };
};

const findIndex = (engine: ModelEngine, input: Input): IndexConfig | undefined => {
  if (input.IndexName === undefined) return undefined;
  const index = engine.table.indexes.find((i) => i.name === input.IndexName);
  if (index === undefined) throw validation(`The table does not have the specified index: ${String(input.IndexName)}`);
  if (input.ConsistentRead === true) {
    throw validation('Consistent reads are not supported on global secondary indexes');
  }
  return index;
};

const indexLook = (engine: ModelEngine, delivery: Delivery): Look => {
  if (!engine.random.chance(delivery.faults.indexLag)) return (cell) => engine.table.visible(cell);
  return (cell) => {
    const lag = engine.random.logBetween(engine.timing.indexLag);
    return engine.table.visibleAt(cell, engine.scheduler.now() - lag);
  };
};

const names = (node: Condition, env: Bindings, out: Set<string>): void => {
  const operand = (of: Operand): void => {
    if (of.kind === 'path') out.add(env.path(of)[0] as string);
    if (of.kind === 'size') operand(of.of);
  };
  if (node.kind === 'and' || node.kind === 'or') {
    names(node.left, env, out);
    names(node.right, env, out);
  } else if (node.kind === 'not') names(node.of, env, out);
  else if (node.kind === 'compare') [node.left, node.right].forEach(operand);
  else if (node.kind === 'between') [node.of, node.low, node.high].forEach(operand);
  else if (node.kind === 'in') [node.of, ...node.options].forEach(operand);
  else if (node.kind === 'function') node.args.forEach(operand);
};

const preparePage = (engine: ModelEngine, operation: 'Query' | 'Scan', input: Input): Prepared => {
  engine.checkTable(input.TableName);
  engine.checkModern(input);
  const index = findIndex(engine, input);
  const env = new Bindings(
    input.ExpressionAttributeNames as Record<string, string> | undefined,
    engine.takeOptional(input.ExpressionAttributeValues),
  );
  const [pkName, skName] = [index?.pk ?? 'PK', index?.sk ?? 'SK'];
  const { KeyConditionExpression, FilterExpression, ProjectionExpression, Limit } = input;
  let where: KeyCondition | undefined;
  if (operation === 'Query') {
    if (typeof KeyConditionExpression !== 'string') {
      throw validation(
        'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
      );
    }
    where = keyCondition(KeyConditionExpression, env, pkName, skName);
  }
  const filter = typeof FilterExpression === 'string' ? env.condition('FilterExpression', FilterExpression) : undefined;
  if (filter !== undefined && operation === 'Query') {
    const used = new Set<string>();
    names(filter, env, used);
    for (const name of [pkName, skName]) {
      if (!used.has(name)) continue;
      throw validation(`Filter Expression can only contain non-primary key attributes: Primary key attribute: ${name}`);
    }
  }
  const paths = typeof ProjectionExpression === 'string' ? env.projection(ProjectionExpression) : undefined;
  env.finish();
  if (Limit !== undefined && (typeof Limit !== 'number' || Limit < 1)) {
    throw validation(
      "Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  }
  const consistent = input.ConsistentRead === true;
  let source: Source;
  if (index !== undefined) source = indexRange(engine, index, where, input);
  else if (where !== undefined) source = tableRange(engine, where, input);
  else source = wholeTable(engine, input);

  const perform = async (delivery: Delivery): Promise<Output> => {
    const { random } = engine;
    const small = random.chance(delivery.faults.smallPages) ? 1 + random.int(5) : Number.POSITIVE_INFINITY;
    const limit = Math.min(small, (Limit as number | undefined) ?? Number.POSITIVE_INFINITY);
    const torn = index === undefined && random.chance(delivery.faults.tornReads);
    const see = index === undefined ? look(engine, delivery, consistent) : indexLook(engine, delivery);
    const page = await readPage(engine, source, see, limit, torn);
    const items = page.entries.map((entry) => source.projected(entry.item));
    const kept = filter === undefined ? items : items.filter((item) => evaluate(filter, item, env));
    const bytes = items.reduce((sum, item) => sum + itemSize(item), 0);
    const units = readUnits(bytes, consistent);
    engine.stats.readUnits += units;
    const capacity = consumed(
      engine.tableName,
      input.ReturnConsumedCapacity,
      index === undefined ? { table: units, indexes: {} } : { table: 0, indexes: { [index.name]: units } },
    );
    const position = page.end?.slice(-source.startKeys.length);
    return {
      ...(input.Select === 'COUNT' ? {} : { Items: kept.map((item) => shown(item, paths)) }),
      Count: kept.length,
      ScannedCount: items.length,
      ...(position !== undefined
        ? { LastEvaluatedKey: Object.fromEntries(source.startKeys.map((name, i) => [name, position[i]])) }
        : {}),
      ...(capacity === undefined ? {} : { ConsumedCapacity: capacity }),
    };
  };
  return { operation, keys: [], conflicts: 'no', perform };
};

export const prepareQuery = (engine: ModelEngine, input: Input): Prepared => preparePage(engine, 'Query', input);
export const prepareScan = (engine: ModelEngine, input: Input): Prepared => preparePage(engine, 'Scan', input);
