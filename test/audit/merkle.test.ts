// The tree of RFC 9162 against the published proofs, and against a second implementation of the root.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  consistencyPath,
  Frontier,
  hashBytes,
  inclusionPath,
  leafHash,
  type NodeReader,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from '../../shared/audit/merkle.ts';
import { nodeReader, type Tile, tilesOfAppend } from '../../shared/audit/tiles.ts';
import { utf8 } from '../../shared/text/text.ts';

type Case = readonly [string, number | string, number | string, number, number, readonly number[], boolean];
const [about, ...cases] = utf8(readFileSync(new URL('./data/merkle.ndjson', import.meta.url)))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line)) as [{ hashes: string[] }, ...Case[]];
const hash = (place: number): Uint8Array => Buffer.from(about.hashes[place] as string, 'base64');

describe('the published proofs', () => {
  const judged = cases.map(([name, first, second, a, b, places, holds]) => {
    const path = places.map(hash);
    const [from, to] = [Number(first), Number(second)];
    const found = name.includes('inclusion')
      ? verifyInclusion({ index: from, size: to, leaf: hash(a), root: hash(b), path })
      : verifyConsistency({ from, to, fromRoot: hash(a), toRoot: hash(b), path });
    return { name, holds, found };
  });

  it('hold and fail as they must, but for four of the empty tree and of empty hashes, which prove nothing', () => {
    expect(judged.length).toBe(502);
    expect(judged.filter(({ holds }) => holds).length).toBeGreaterThan(20);
    expect(judged.filter(({ holds, found }) => holds !== found).map(({ name }) => name)).toEqual([
      'consistency/additional/sizes-are-equal-one-and-proof-is-empty',
      'subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty',
      'subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-proof-is-empty',
      'subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-tree-root-random-proof-is-empty',
    ]);
  });
});

/** The root as the definition has it (2.1.1), over the leaves' contents. It shares no line with the source. */
const naiveRoot = (leaves: readonly string[]): string => {
  const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const mth = (d: readonly string[]): Buffer => {
    if (d.length === 0) return sha(Buffer.alloc(0));
    if (d.length === 1) return sha(Buffer.concat([Buffer.of(0), Buffer.from(d[0] as string)]));
    const k = 2 ** (Math.ceil(Math.log2(d.length)) - 1);
    return sha(Buffer.concat([Buffer.of(1), mth(d.slice(0, k)), mth(d.slice(k))]));
  };
  return mth(leaves).toString('hex');
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const leavesTo = (size: number): string[] => Array.from({ length: size }, (_, i) => `event ${i}`);

/** The tiles of a tree whose leaves come in these numbers. */
const grown = async (chunks: readonly number[]) => {
  const tiles = new Map<string, Uint8Array>();
  const reads: string[] = [];
  const read = async (level: number, index: number) => {
    reads.push(`${level}/${index}`);
    return tiles.get(`${level}/${index}`);
  };
  let size = 0;
  const written: Tile[][] = [];
  for (const chunk of chunks) {
    const leaves = Array.from({ length: chunk }, (_, i) => leafHash(`event ${size + i}`));
    const changed = await tilesOfAppend(size, leaves, read);
    for (const { level, index, hashes } of changed) tiles.set(`${level}/${index}`, hashes);
    written.push(changed);
    size += chunk;
  }
  return { tiles, written, reads, size, node: nodeReader(read) };
};

describe('the root', () => {
  it('is the same by the frontier, from tiles and by the definition', async () => {
    const frontier = new Frontier();
    const { node } = await grown([600]);
    for (let size = 0; size <= 600; size += 1) {
      if (size > 0) frontier.append(leafHash(`event ${size - 1}`));
      if (size > 40 && ![255, 256, 257, 511, 512, 513, 600].includes(size)) continue;
      const root = naiveRoot(leavesTo(size));
      expect([size, hex(frontier.root), hex(await rootOf(node, size))]).toEqual([size, root, root]);
    }
    expect(hex(new Frontier().root)).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });

  it('goes on from a stored frontier, and from no broken one', () => {
    const frontier = new Frontier();
    for (let i = 0; i < 300; i += 1) {
      const stored = new Frontier(frontier.size, frontier.peaks);
      expect(hex(stored.root)).toBe(hex(frontier.root));
      for (const one of [stored, frontier]) one.append(leafHash(`event ${i}`));
      expect(hex(stored.root)).toBe(hex(frontier.root));
    }
    expect(() => new Frontier(3, frontier.peaks.slice(0, 1))).toThrow('a tree of size 3 has 2 peaks of 32 bytes');
    expect(() => new Frontier(1, [Buffer.alloc(31)])).toThrow('a tree of size 1 has 1 peaks of 32 bytes');
    expect(() => new Frontier(-1, [])).toThrow('a tree of size -1');
  });
});

describe('tiles', () => {
  const chunks = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 6 });

  it('are the same however the leaves come, and only the last of a level is read again', async () => {
    await fc.assert(
      fc.asyncProperty(chunks, async (numbers) => {
        const { tiles, size, written, reads } = await grown(numbers);
        const whole = await grown([size]);
        expect([...tiles].sort()).toEqual([...whole.tiles].sort());
        expect(whole.reads).toEqual([]);
        // A level 0 tile, and one of each level above that has grown.
        expect(reads.length).toBeLessThanOrEqual(2 * (numbers.length - 1));
        for (const [i, tile] of written.entries())
          expect(tile.length).toBeLessThanOrEqual(2 + Math.ceil((numbers[i] as number) / 256) + 1);
      }),
      { numRuns: 30 },
    );
  });

  it('are roots of the next level when they are full, and not before', async () => {
    const namesOf = async (numbers: number[]) => [...(await grown(numbers)).tiles.keys()].sort();
    expect(await namesOf([255])).toEqual(['0/0']);
    expect(await namesOf([256])).toEqual(['0/0', '1/0']);
    const { tiles } = await grown([255, 1, 255, 1]);
    expect(tiles.get('1/0')?.length).toBe(2 * 32);
    expect([...tiles].sort()).toEqual([...(await grown([512])).tiles].sort());
  });

  it('of three levels answer as the definition does', async () => {
    // Equal leaves make a large tree cheap: each complete subtree is hashed once.
    const size = 65_900;
    const leaf = leafHash('the same');
    const tiles = new Map<string, Uint8Array>();
    const read = async (level: number, index: number) => tiles.get(`${level}/${index}`);
    const frontier = new Frontier();
    for (let i = 0; i < size; i += 1) frontier.append(leaf);
    for (let from = 0; from < size; from += 16_000)
      for (const tile of await tilesOfAppend(from, Array(Math.min(16_000, size - from)).fill(leaf), read))
        tiles.set(`${tile.level}/${tile.index}`, tile.hashes);
    expect([...tiles.keys()].filter((key) => key.startsWith('2/'))).toEqual(['2/0']);
    const node = nodeReader(read);
    expect(hex(await rootOf(node, size))).toBe(hex(frontier.root));
    const path = await inclusionPath(node, 65_537, size);
    expect(verifyInclusion({ index: 65_537, size, leaf, path, root: frontier.root })).toBe(true);
    const fromRoot = await rootOf(node, 65_536);
    const between = await consistencyPath(node, 65_536, size);
    expect(verifyConsistency({ from: 65_536, to: size, fromRoot, toRoot: frontier.root, path: between })).toBe(true);
  });

  it('that are shorter than they must be are named, and read once', async () => {
    const { tiles } = await grown([300]);
    tiles.set('0/1', (tiles.get('0/1') as Uint8Array).subarray(0, 10 * hashBytes));
    const reads: string[] = [];
    const node = nodeReader(async (level, index) => {
      reads.push(`${level}/${index}`);
      return tiles.get(`${level}/${index}`);
    });
    await expect(rootOf(node, 300)).rejects.toThrow('tile 1 of level 0 has 320 bytes, and 32 hashes are needed');
    expect(new Set(reads).size).toBe(reads.length);
    await expect(tilesOfAppend(300, [leafHash('x')], async () => undefined)).rejects.toThrow('tile 1 of level 0 has 0');
  });
});

/** Every text that differs in one bit. */
const flips = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const changed = Uint8Array.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    return changed;
  });
/** Every number of 20 bits that differs in one. */
const others = (n: number): number[] => Array.from({ length: 20 }, (_, bit) => n ^ (1 << bit));
const replaced = <T>(list: readonly T[], at: number, item: T): T[] => list.map((one, i) => (i === at ? item : one));

describe('proofs', () => {
  const sizes = fc.integer({ min: 1, max: 700 });
  const within = fc.tuple(sizes, fc.nat()).map(([size, n]) => ({ size, n: n % size }));
  let node: NodeReader;
  const tree = async () => {
    node ??= (await grown([700])).node;
    return node;
  };

  it('of inclusion hold for every leaf, and for no other leaf, index, root or path of the size', async () => {
    await fc.assert(
      fc.asyncProperty(within, async ({ size, n: index }) => {
        const read = await tree();
        const path = await inclusionPath(read, index, size);
        const root = await rootOf(read, size);
        const proof = { index, size, leaf: leafHash(`event ${index}`), path, root };
        expect(verifyInclusion(proof)).toBe(true);
        const changed = [
          ...others(index).map((other) => ({ ...proof, index: other })),
          ...flips(proof.leaf).map((leaf) => ({ ...proof, leaf })),
          ...flips(root).map((other) => ({ ...proof, root: other })),
          ...path.flatMap((one, at) => flips(one).map((other) => ({ ...proof, path: replaced(path, at, other) }))),
          { ...proof, path: [...path, root] },
          { ...proof, path: [root, ...path] },
          ...(path.length > 0
            ? [
                { ...proof, path: path.slice(1) },
                { ...proof, path: path.slice(0, -1) },
              ]
            : []),
        ];
        expect(changed.filter(verifyInclusion)).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });

  it('of consistency hold between any two sizes, and for no other size, root or path', async () => {
    await fc.assert(
      fc.asyncProperty(within, async ({ size: to, n }) => {
        const from = n + 1;
        const read = await tree();
        const path = await consistencyPath(read, from, to);
        const proof = { from, to, fromRoot: await rootOf(read, from), toRoot: await rootOf(read, to), path };
        expect(verifyConsistency(proof)).toBe(true);
        const changed = [
          ...flips(proof.fromRoot).map((fromRoot) => ({ ...proof, fromRoot })),
          ...flips(proof.toRoot).map((toRoot) => ({ ...proof, toRoot })),
          ...path.flatMap((one, at) => flips(one).map((other) => ({ ...proof, path: replaced(path, at, other) }))),
          { ...proof, path: [...path, proof.toRoot] },
          ...(path.length > 0
            ? [
                { ...proof, path: path.slice(1) },
                { ...proof, path: path.slice(0, -1) },
              ]
            : []),
          ...(from === to
            ? []
            : [
                { ...proof, fromRoot: proof.toRoot },
                { ...proof, from: to },
              ]),
        ];
        expect(changed.filter(verifyConsistency)).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });

  it('of inclusion say nothing of the size by themselves: a root is believed with the size that is signed with it', async () => {
    const read = await tree();
    const path = await inclusionPath(read, 0, 3);
    const proof = { index: 0, size: 3, leaf: leafHash('event 0'), path, root: await rootOf(read, 3) };
    expect([3, 4, 5].map((size) => verifyInclusion({ ...proof, size }))).toEqual([true, true, false]);
  });

  it.each([0, -1, 1.5, Number.NaN, 2 ** 53])('of a tree of size %s are neither made nor believed', async (size) => {
    const read = await tree();
    await expect(inclusionPath(read, 0, size)).rejects.toThrow(RangeError);
    await expect(consistencyPath(read, size, 700)).rejects.toThrow(RangeError);
    const { root } = new Frontier();
    expect(verifyInclusion({ index: 0, size, leaf: root, path: [], root })).toBe(false);
    expect(verifyConsistency({ from: size, to: size, fromRoot: root, toRoot: root, path: [] })).toBe(false);
  });

  it('of hashes that are none are not believed', () => {
    const none = new Uint8Array();
    expect(verifyInclusion({ index: 0, size: 1, leaf: none, path: [], root: none })).toBe(false);
    expect(verifyConsistency({ from: 1, to: 1, fromRoot: none, toRoot: none, path: [] })).toBe(false);
  });
});
