// A Merkle tree as tiles of height 8, as C2SP's tlog-tiles has them. A tile of level 0 holds up to 256 leaf hashes, and
// a tile of level n holds the roots of up to 256 complete tiles of level n - 1. The last tile of a level grows until it
// is full; a full tile never changes.
import { hashBytes, type NodeReader, nodeHash } from './merkle.ts';

/** Levels of the tree within a tile. */
const height = 8;
/** Hashes of a full tile. */
const width = 2 ** height;

export interface Tile {
  readonly level: number;
  /** From 0, within the level. */
  readonly index: number;
  /** The hashes one behind the other, 32 bytes each. */
  readonly hashes: Uint8Array;
}

/** Reads the hashes of a tile; a tile that has grown since may be longer than the reader needs. */
export type TileReader = (level: number, index: number) => Promise<Uint8Array | undefined>;

const inOrder = (hashes: Uint8Array): Uint8Array[] =>
  Array.from({ length: hashes.length / hashBytes }, (_, i) => hashes.subarray(i * hashBytes, (i + 1) * hashBytes));

/** The root over hashes whose number is a power of two. */
const rootOver = (hashes: readonly Uint8Array[]): Uint8Array => {
  let row = hashes;
  while (row.length > 1)
    row = Array.from({ length: row.length / 2 }, (_, i) =>
      nodeHash(row[2 * i] as Uint8Array, row[2 * i + 1] as Uint8Array),
    );
  return row[0] as Uint8Array;
};

/** The first `count` hashes of a tile. @throws Error for a tile that has fewer */
const startOf = async (read: TileReader, level: number, index: number, count: number): Promise<Uint8Array> => {
  const hashes = (await read(level, index)) ?? new Uint8Array();
  if (hashes.length < count * hashBytes)
    throw new Error(`tile ${index} of level ${level} has ${hashes.length} bytes, and ${count} hashes are needed`);
  return hashes.subarray(0, count * hashBytes);
};

/**
 * The tiles that change when leaves are appended to a tree of `size` leaves, whole. Only the last tile of each level is
 * read, and only when it is not full.
 */
export const tilesOfAppend = async (size: number, leaves: readonly Uint8Array[], read: TileReader): Promise<Tile[]> => {
  const tiles: Tile[] = [];
  for (let level = 0, before = size, added = leaves; added.length > 0; level += 1) {
    const first = Math.floor(before / width);
    const partial = before % width;
    const old = partial > 0 ? inOrder(await startOf(read, level, first, partial)) : [];
    const all = [...old, ...added];
    const full: Uint8Array[] = [];
    for (let from = 0; from < all.length; from += width) {
      const hashes = all.slice(from, from + width);
      tiles.push({ level, index: first + from / width, hashes: Buffer.concat(hashes) });
      if (hashes.length === width) full.push(rootOver(hashes));
    }
    [before, added] = [first, full];
  }
  return tiles;
};

/** A reader of nodes over tiles. It reads each tile once. */
export const nodeReader = (read: TileReader): NodeReader => {
  const tiles = new Map<string, ReturnType<TileReader>>();
  const once: TileReader = (level, index) => {
    const key = `${level}/${index}`;
    const tile = tiles.get(key) ?? read(level, index);
    tiles.set(key, tile);
    return tile;
  };
  return async (level, index) => {
    const count = 2 ** (level % height);
    const from = (index * count) % width;
    const at = Math.floor((index * count) / width);
    const hashes = await startOf(once, Math.floor(level / height), at, from + count);
    return rootOver(inOrder(hashes.subarray(from * hashBytes)));
  };
};
