// Maps that never change, and whose changed copies share nearly everything with them. The entries lie in buckets, about
// the square root of their number; a copy makes only those buckets anew that its change concerns. So a new version of a
// large book costs what changed in it, and an old version stays as it was for whoever still reads it.

/** Entries up to which one bucket is enough. */
const oneBucket = 128;
/** How many times its planned size a bucket may grow before the map is laid out anew. */
const mostGrowth = 4;

const bucketsFor = (size: number): number => {
  let count = 1;
  while (size > oneBucket && count * count < size) count *= 2;
  return count;
};

/**
 * The bucket of a key, by its last characters, since ids are random at their end and names of chunks differ there.
 * @param key also of what a list does not have, as a plain map allows @param count a power of two
 */
const bucketOf = (key: string | undefined, count: number): number => {
  if (key === undefined) return 0;
  let hash = 0;
  for (let i = Math.max(0, key.length - 8); i < key.length; i += 1) hash = Math.imul(hash, 31) + key.charCodeAt(i);
  return (hash ^ (hash >>> 15)) & (count - 1);
};

/** An entry that is set, or removed when the value is `undefined`. */
export type Edit<K, V> = readonly [K, V | undefined];

export class SharedMap<K extends string, V> implements ReadonlyMap<K, V> {
  readonly size: number;
  readonly #buckets: readonly ReadonlyMap<K, V>[];

  private constructor(buckets: readonly ReadonlyMap<K, V>[], size: number) {
    this.#buckets = buckets;
    this.size = size;
  }

  /** A map with these entries; the map itself when it is one of these already. */
  static of<K extends string, V>(entries: ReadonlyMap<K, V>): SharedMap<K, V> {
    if (entries instanceof SharedMap) return entries;
    return SharedMap.made(entries.size, (bucket) => {
      for (const [key, value] of entries) bucket(key).set(key, value);
    });
  }

  /**
   * A map that is filled bucket by bucket, which is the fastest way to make a large one.
   * @param size about as many entries as there will be @param fill gets the bucket of a key, to read and to set it there
   */
  static made<K extends string, V>(size: number, fill: (bucket: (key: K) => Map<K, V>) => void): SharedMap<K, V> {
    const count = bucketsFor(size);
    const buckets = Array.from({ length: count }, () => new Map<K, V>());
    fill((key) => buckets[bucketOf(key, count)] as Map<K, V>);
    return new SharedMap(
      buckets,
      buckets.reduce((sum, bucket) => sum + bucket.size, 0),
    );
  }

  /** A copy with these edits, in their order. */
  with(edits: Iterable<Edit<K, V>>): SharedMap<K, V> {
    if (this.size === 0) return appliedTo(edits);
    const count = this.#buckets.length;
    const buckets: ReadonlyMap<K, V>[] = [...this.#buckets];
    const own = new Map<number, Map<K, V>>();
    let size = this.size;
    for (const [key, value] of edits) {
      const at = bucketOf(key, count);
      let bucket = own.get(at);
      if (!bucket) {
        bucket = new Map(buckets[at]);
        own.set(at, bucket);
        buckets[at] = bucket;
      }
      size -= bucket.size;
      if (value === undefined) bucket.delete(key);
      else bucket.set(key, value);
      size += bucket.size;
    }
    if (own.size === 0) return this;
    const copy = new SharedMap(buckets, size);
    return size > mostGrowth * count * Math.max(count, oneBucket / mostGrowth) ? SharedMap.of(new Map(copy)) : copy;
  }

  get(key: K): V | undefined {
    return this.#buckets[bucketOf(key, this.#buckets.length)]?.get(key);
  }

  has(key: K): boolean {
    return this.#buckets[bucketOf(key, this.#buckets.length)]?.has(key) ?? false;
  }

  *entries(): MapIterator<[K, V]> {
    for (const bucket of this.#buckets) for (const entry of bucket) yield entry;
  }

  *keys(): MapIterator<K> {
    for (const bucket of this.#buckets) yield* bucket.keys();
  }

  *values(): MapIterator<V> {
    for (const bucket of this.#buckets) for (const value of bucket.values()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(run: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this) run(value, key, this);
  }
}

/** A map of nothing but these edits. */
const appliedTo = <K extends string, V>(edits: Iterable<Edit<K, V>>): SharedMap<K, V> => {
  const list = [...edits];
  return SharedMap.made(list.length, (bucket) => {
    for (const [key, value] of list)
      if (value === undefined) bucket(key).delete(key);
      else bucket(key).set(key, value);
  });
};

/** Which values belong to each key: a map of lists, changed by pairs. A pair may be there several times. */
export class Relation<K extends string, V> {
  readonly #lists: SharedMap<K, readonly V[]>;

  constructor(lists: SharedMap<K, readonly V[]> = SharedMap.of(new Map<K, readonly V[]>())) {
    this.#lists = lists;
  }

  /**
   * The relation of each of these values with all of its keys.
   * @param size about as many keys as there are
   */
  static of<K extends string, V>(size: number, all: Iterable<readonly [ReadonlySet<K>, V]>): Relation<K, V> {
    const lists = SharedMap.made<K, V[]>(size, (bucket) => {
      for (const [keys, value] of all)
        for (const key of keys) {
          const at = bucket(key);
          const list = at.get(key);
          if (list) list.push(value);
          else at.set(key, [value]);
        }
    });
    return new Relation<K, V>(lists);
  }

  of(key: K): readonly V[] {
    return this.#lists.get(key) ?? [];
  }

  /** A copy without the first pairs, and then with the second ones. */
  with(gone: Iterable<readonly [K, V]>, come: Iterable<readonly [K, V]>): Relation<K, V> {
    const left = grouped(gone);
    const joined = grouped(come);
    const edits: Edit<K, readonly V[]>[] = [];
    for (const [key, values] of left) {
      if (joined.has(key)) continue;
      const rest = minusList(this.of(key), values);
      edits.push([key, rest.length > 0 ? rest : undefined]);
    }
    for (const [key, values] of joined) {
      const rest = minusList(this.of(key), left.get(key) ?? []);
      edits.push([key, rest.length > 0 ? [...rest, ...values] : values]);
    }
    return new Relation(this.#lists.with(edits));
  }
}

const grouped = <K, V>(pairs: Iterable<readonly [K, V]>): Map<K, V[]> => {
  const lists = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const list = lists.get(key);
    if (list) list.push(value);
    else lists.set(key, [value]);
  }
  return lists;
};

/** The list without these values, each taken away as often as it is named. */
const minusList = <V>(list: readonly V[], gone: readonly V[]): readonly V[] => {
  if (gone.length === 0) return list;
  const left = new Map<V, number>();
  for (const value of gone) left.set(value, (left.get(value) ?? 0) + 1);
  return list.filter((value) => {
    const times = left.get(value) ?? 0;
    left.set(value, times - 1);
    return times <= 0;
  });
};
