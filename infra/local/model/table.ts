// The stored state. Each item has a short history of versions, so that a read can see an earlier moment, and a lock, so
// that a running transaction refuses other writers of its items.
import { compareStrings, type ModelItem } from './values.ts';

export interface IndexConfig {
  name: string;
  pk: string;
  sk: string;
  /** Attributes that a read of the index returns; all by default. */
  projection?: 'ALL' | 'KEYS_ONLY' | { include: string[] };
}

interface Version {
  item: ModelItem | undefined;
  /** Infinity until the commit is visible to ordinary readers. */
  visibleAt: number;
}

export interface Cell {
  readonly id: string;
  readonly pk: string;
  readonly sk: string;
  /**
   * Oldest first; the last one is committed. Only the last one can be invisible still, because its lock keeps other
   * writers away.
   */
  readonly versions: Version[];
  lock: object | undefined;
}

/** One string per primary key. Neither part may contain the separator. */
export const cellId = (pk: string, sk: string): string => `${pk}\u0000${sk}`;

const currentOf = (cell: Cell): Version => cell.versions[cell.versions.length - 1] as Version;

interface Partition {
  readonly cells: Map<string, Cell>;
  /** Sort keys in order. */
  readonly order: string[];
}

/** First position whose element is not below the key. */
const lowerBound = (order: readonly string[], key: string): number => {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareStrings(order[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** A partition's place in scans. */
interface Scattered {
  /** Eight digits, of base 16. */
  readonly order: string;
  readonly pk: string;
}

/** The order of partitions in scans is scattered but fixed, as on the service. */
const scatter = (pk: string): string => {
  let h = 2166136261;
  for (let i = 0; i < pk.length; i += 1) h = Math.imul(h ^ pk.charCodeAt(i), 16777619);
  return (h >>> 0).toString(16).padStart(8, '0');
};

const compareScattered = (a: Scattered, b: Scattered): number =>
  compareStrings(a.order, b.order) || compareStrings(a.pk, b.pk);

/** The committed state, for checks. Items are the model's own objects: read them, and never change them. */
export interface CommittedView {
  get(pk: string, sk: string): Readonly<ModelItem> | undefined;
  /** In sort-key order. */
  partition(pk: string): Iterable<Readonly<ModelItem>>;
  items(): Iterable<Readonly<ModelItem>>;
}

export class Table implements CommittedView {
  readonly indexes: readonly IndexConfig[];
  readonly #now: () => number;
  readonly #keepMs: number;
  readonly #partitions = new Map<string, Partition>();
  /** The partitions in the order of scans, as far as they were sorted: sorted again after new ones have come. */
  #scattered: readonly Scattered[] = [];
  /** Cells that have, or lately had, an entry in an index, by index and index partition. */
  readonly #entries = new Map<string, Map<string, Set<Cell>>>();

  constructor(indexes: readonly IndexConfig[], now: () => number, keepMs: number) {
    this.indexes = indexes;
    this.#now = now;
    this.#keepMs = keepMs;
    for (const index of indexes) this.#entries.set(index.name, new Map());
  }

  cell(pk: string, sk: string): Cell {
    let partition = this.#partitions.get(pk);
    if (partition === undefined) {
      partition = { cells: new Map(), order: [] };
      this.#partitions.set(pk, partition);
    }
    let cell = partition.cells.get(sk);
    if (cell === undefined) {
      const nothing = { item: undefined, visibleAt: Number.NEGATIVE_INFINITY };
      cell = { id: cellId(pk, sk), pk, sk, versions: [nothing], lock: undefined };
      partition.cells.set(sk, cell);
      partition.order.splice(lowerBound(partition.order, sk), 0, sk);
    }
    return cell;
  }

  committed(cell: Cell): ModelItem | undefined {
    return currentOf(cell).item;
  }

  /** The item as an ordinary consistent read sees it. */
  visible(cell: Cell): ModelItem | undefined {
    const current = currentOf(cell);
    if (current.visibleAt !== Number.POSITIVE_INFINITY) return current.item;
    return (cell.versions[cell.versions.length - 2] as Version).item;
  }

  /** The item as an ordinary read saw it at an earlier moment, as far back as the history goes. */
  visibleAt(cell: Cell, at: number): ModelItem | undefined {
    for (let i = cell.versions.length - 1; i > 0; i -= 1) {
      const version = cell.versions[i] as Version;
      if (version.visibleAt <= at) return version.item;
    }
    return (cell.versions[0] as Version).item;
  }

  write(cell: Cell, item: ModelItem | undefined, shown: boolean): void {
    const versions = cell.versions;
    const horizon = this.#now() - this.#keepMs;
    while (versions.length > 1 && (versions[1] as Version).visibleAt <= horizon) versions.shift();
    versions.push({ item, visibleAt: shown ? this.#now() : Number.POSITIVE_INFINITY });
    if (item === undefined) return;
    for (const index of this.indexes) {
      const pk = item[index.pk];
      if (typeof pk !== 'string' || typeof item[index.sk] !== 'string') continue;
      const byKey = this.#entries.get(index.name) as Map<string, Set<Cell>>;
      const cells = byKey.get(pk);
      if (cells === undefined) byKey.set(pk, new Set([cell]));
      else cells.add(cell);
    }
  }

  reveal(cell: Cell): void {
    const current = currentOf(cell);
    if (current.visibleAt === Number.POSITIVE_INFINITY) current.visibleAt = this.#now();
  }

  /** Cells of a partition in sort-key order, starting just after a sort key (or just before it, backwards). */
  *range(pk: string, after: string | undefined, forward: boolean): Generator<Cell> {
    const partition = this.#partitions.get(pk);
    if (partition === undefined) return;
    const { cells, order } = partition;
    if (forward) {
      let i = after === undefined ? 0 : lowerBound(order, after);
      if (i < order.length && order[i] === after) i += 1;
      for (; i < order.length; i += 1) yield cells.get(order[i] as string) as Cell;
      return;
    }
    let i = after === undefined ? order.length : lowerBound(order, after);
    for (i -= 1; i >= 0; i -= 1) yield cells.get(order[i] as string) as Cell;
  }

  /** Cells that may have an entry in an index partition. The caller checks the item at its own moment. */
  indexed(name: string, pk: string): Cell[] {
    const index = this.indexes.find((i) => i.name === name) as IndexConfig;
    const cells = this.#entries.get(name)?.get(pk);
    if (cells === undefined) return [];
    for (const cell of cells) {
      if (!cell.versions.some((v) => v.item?.[index.pk] === pk)) cells.delete(cell);
    }
    return [...cells];
  }

  /**
   * Cells of all partitions in the order of scans, starting just after a key. A page of a scan costs what it reads, and no
   * sorting of what it does not.
   */
  *scanned(after?: { readonly pk: string; readonly sk: string }): Generator<[cell: Cell, order: string]> {
    if (this.#scattered.length !== this.#partitions.size)
      this.#scattered = [...this.#partitions.keys()].map((pk) => ({ order: scatter(pk), pk })).sort(compareScattered);
    const all = this.#scattered;
    let low = 0;
    if (after) {
      const first = { order: scatter(after.pk), pk: after.pk };
      for (let high = all.length; low < high; ) {
        const middle = (low + high) >> 1;
        if (compareScattered(all[middle] as Scattered, first) < 0) low = middle + 1;
        else high = middle;
      }
    }
    for (; low < all.length; low += 1) {
      const { pk, order } = all[low] as Scattered;
      for (const cell of this.range(pk, pk === after?.pk ? after.sk : undefined, true)) yield [cell, order];
    }
  }

  *cells(): Generator<Cell> {
    for (const partition of this.#partitions.values()) yield* partition.cells.values();
  }

  get(pk: string, sk: string): Readonly<ModelItem> | undefined {
    const cell = this.#partitions.get(pk)?.cells.get(sk);
    return cell === undefined ? undefined : this.committed(cell);
  }

  *partition(pk: string): Generator<Readonly<ModelItem>> {
    for (const cell of this.range(pk, undefined, true)) {
      const item = this.committed(cell);
      if (item !== undefined) yield item;
    }
  }

  *items(): Generator<Readonly<ModelItem>> {
    for (const cell of this.cells()) {
      const item = this.committed(cell);
      if (item !== undefined) yield item;
    }
  }

  /** A copy of every committed item by `cellId(PK, SK)`, which later writes do not change. */
  snapshot(): Map<string, Readonly<ModelItem>> {
    const out = new Map<string, Readonly<ModelItem>>();
    for (const cell of this.cells()) {
      const item = this.committed(cell);
      if (item !== undefined) out.set(cell.id, item);
    }
    return out;
  }
}
