// The Merkle tree of RFC 9162, section 2.1: roots, inclusion proofs and consistency proofs with SHA-256. Hashes are 32
// bytes. A leaf's index is from 0. A node (level, index) is the root of the complete subtree over the leaves from
// index * 2^level to (index + 1) * 2^level - 1.
import { createHash } from 'node:crypto';

/** Bytes of a hash. */
export const hashBytes = 32;

const hashOf = (...parts: readonly (Uint8Array | string)[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

/** The hash of a leaf. @param content bytes, or a text as UTF-8 */
export const leafHash = (content: Uint8Array | string): Uint8Array => hashOf(leafPrefix, content);

export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array => hashOf(nodePrefix, left, right);

/** The root of the tree without leaves. */
const emptyRoot: Uint8Array = hashOf();

/** The largest power of two below n; n is 2 or more. */
const splitOf = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

/** The level of the complete subtree with n leaves; undefined when n is no power of two. Math.log2 rounds. */
const levelOf = (n: number): number | undefined => {
  let level = 0;
  for (let k = 1; k < n; k *= 2) level += 1;
  return 2 ** level === n ? level : undefined;
};

/** All that a growing tree needs to know of its leaves: the roots of its complete subtrees, the largest first. */
export class Frontier {
  #size: number;
  readonly #peaks: Uint8Array[];

  /** @param peaks one for each bit that is set in the size @throws Error for another number of peaks */
  constructor(size = 0, peaks: readonly Uint8Array[] = []) {
    const bits = [...size.toString(2)].filter((bit) => bit === '1').length;
    if (!Number.isSafeInteger(size) || size < 0 || peaks.length !== bits || peaks.some((p) => p.length !== hashBytes))
      throw new Error(`a tree of size ${size} has ${bits} peaks of ${hashBytes} bytes`);
    this.#size = size;
    this.#peaks = [...peaks];
  }

  get size(): number {
    return this.#size;
  }

  get peaks(): readonly Uint8Array[] {
    return [...this.#peaks];
  }

  append(leaf: Uint8Array): void {
    let hash = leaf;
    // Every bit that is set at the end of the size is a peak as large as what has grown so far.
    for (let size = this.#size; size % 2 === 1; size = Math.floor(size / 2))
      hash = nodeHash(this.#peaks.pop() as Uint8Array, hash);
    this.#peaks.push(hash);
    this.#size += 1;
  }

  get root(): Uint8Array {
    return this.#peaks.length === 0 ? emptyRoot : this.#peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** Reads the hash of a node of a complete subtree. */
export type NodeReader = (level: number, index: number) => Promise<Uint8Array>;

/** The root over `count` leaves from `first`, of which first is a multiple of the next power of two. */
const rangeRoot = async (node: NodeReader, first: number, count: number): Promise<Uint8Array> => {
  const level = levelOf(count);
  if (level !== undefined) return node(level, first / count);
  const k = splitOf(count);
  const [left, right] = await Promise.all([rangeRoot(node, first, k), rangeRoot(node, first + k, count - k)]);
  return nodeHash(left, right);
};

/** The root of the first `size` leaves. */
export const rootOf = async (node: NodeReader, size: number): Promise<Uint8Array> =>
  size === 0 ? emptyRoot : rangeRoot(node, 0, size);

const isSize = (value: number): boolean => Number.isSafeInteger(value) && value > 0;

/** A path's hashes, which are read at the same time. */
type Ranges = readonly (readonly [first: number, count: number])[];
const read = (node: NodeReader, ranges: Ranges): Promise<Uint8Array[]> =>
  Promise.all(ranges.map(([first, count]) => rangeRoot(node, first, count)));

const inclusionRanges = (first: number, index: number, count: number): Ranges => {
  if (count === 1) return [];
  const k = splitOf(count);
  return index < k
    ? [...inclusionRanges(first, index, k), [first + k, count - k]]
    : [...inclusionRanges(first + k, index - k, count - k), [first, k]];
};

/** The inclusion proof of a leaf in the tree of `size` leaves (2.1.3.1), the lowest hash first. @throws RangeError */
export const inclusionPath = async (node: NodeReader, index: number, size: number): Promise<Uint8Array[]> => {
  if (!isSize(size) || !isSize(index + 1) || index >= size)
    throw new RangeError(`a tree of size ${size} has no leaf ${index}`);
  return read(node, inclusionRanges(0, index, size));
};

/** @param whole true as long as the smaller tree is a complete subtree, whose root the verifier knows */
const consistencyRanges = (first: number, from: number, to: number, whole: boolean): Ranges => {
  if (from === to) return whole ? [] : [[first, to]];
  const k = splitOf(to);
  return from <= k
    ? [...consistencyRanges(first, from, k, whole), [first + k, to - k]]
    : [...consistencyRanges(first + k, from - k, to - k, false), [first, k]];
};

/** The proof that the tree of `to` leaves begins with the tree of `from` leaves (2.1.4.1). @throws RangeError */
export const consistencyPath = async (node: NodeReader, from: number, to: number): Promise<Uint8Array[]> => {
  if (!isSize(from) || !isSize(to) || from > to)
    throw new RangeError(`consistency is proven from a size of 1 or more to the same or a larger one`);
  return read(node, consistencyRanges(0, from, to, true));
};

const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;
const areEqual = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const areHashes = (...hashes: readonly Uint8Array[]): boolean => hashes.every(({ length }) => length === hashBytes);

interface Inclusion {
  /** From 0. */
  readonly index: number;
  readonly size: number;
  /** The leaf's hash. */
  readonly leaf: Uint8Array;
  readonly path: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/**
 * True when the path proves that the tree contains the leaf there (2.1.3.2). An empty tree contains nothing, and a hash
 * of another length proves nothing.
 */
export const verifyInclusion = ({ index, size, leaf, path, root }: Inclusion): boolean => {
  if (!isSize(size) || !isSize(index + 1) || index >= size || !areHashes(leaf, root, ...path)) return false;
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const next of path) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(next, hash);
      for (; !isOdd(fn) && fn !== 0; fn = half(fn)) sn = half(sn);
    } else hash = nodeHash(hash, next);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && areEqual(hash, root);
};

interface Consistency {
  /** The smaller size. */
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
}

/**
 * True when the path proves that the larger tree begins with the smaller one (2.1.4.2). Nothing is proven from the empty
 * tree, with which every tree begins.
 */
export const verifyConsistency = ({ from, to, fromRoot, toRoot, path }: Consistency): boolean => {
  if (!isSize(from) || !isSize(to) || from > to || !areHashes(fromRoot, toRoot, ...path)) return false;
  if (from === to) return path.length === 0 && areEqual(fromRoot, toRoot);
  if (path.length === 0) return false;
  // A complete subtree's root is left out of the path, because the verifier knows it.
  const [start, ...rest] = levelOf(from) !== undefined ? [fromRoot, ...path] : path;
  let [fn, sn] = [from - 1, to - 1];
  for (; isOdd(fn); fn = half(fn)) sn = half(sn);
  let [older, newer] = [start as Uint8Array, start as Uint8Array];
  for (const next of rest) {
    if (sn === 0) return false;
    if (isOdd(fn) || fn === sn) {
      [older, newer] = [nodeHash(next, older), nodeHash(next, newer)];
      for (; !isOdd(fn) && fn !== 0; fn = half(fn)) sn = half(sn);
    } else newer = nodeHash(newer, next);
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && areEqual(older, fromRoot) && areEqual(newer, toRoot);
};
