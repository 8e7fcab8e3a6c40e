// The tree of a tenant's events as it grows, held to every root that is signed.
import { Frontier, leafHash } from '../../../shared/audit/merkle.ts';
import type { Tell } from './findings.ts';

interface SignedRoot {
  readonly root: string;
  /** The file that says so. */
  readonly file: string;
}

const range = (first: number, last: number): string =>
  first === last ? `sequence ${first}` : `sequences ${first} to ${last}`;

export class Roots {
  readonly #tell: Tell;
  /** Undefined from the first event on that is missing or differs. */
  #tree: Frontier | undefined = new Frontier();
  #brokenAt: number | undefined;
  /** The last size whose root is the signed one. */
  #agreed = 0;
  /** Roots that are signed for sizes to come. */
  readonly #signed = new Map<number, SignedRoot[]>();
  /** The tree's roots at sizes that it has reached, until they are compared. */
  readonly #reached = new Map<number, string>();
  /** Sizes whose roots are wanted in the end, with the roots. */
  readonly #wanted: Map<number, string | undefined>;

  /** @param wanted sizes whose roots are asked for in the end */
  constructor(tell: Tell, wanted: Iterable<number>) {
    this.#tell = tell;
    this.#wanted = new Map([...wanted].map((size) => [size, undefined]));
  }

  /** The sequence from which on the tree is not known; undefined while it is. */
  get brokenAt(): number | undefined {
    return this.#brokenAt;
  }

  /** The last size whose root is the signed one. */
  get agreed(): number {
    return this.#agreed;
  }

  /** The root of a size that was wanted: of the tree, or else as it was signed; undefined when neither is known. */
  wanted(size: number): string | undefined {
    return this.#wanted.get(size);
  }

  /** A root that is signed for the size that the tree has, or will come to. */
  expect(size: number, root: string, file: string): void {
    // Where the tree is not known, what is signed of it stands in for it.
    if (this.#tree === undefined) {
      if (this.#wanted.has(size)) this.#wanted.set(size, this.#wanted.get(size) ?? root);
      return;
    }
    this.#signed.set(size, [...(this.#signed.get(size) ?? []), { root, file }]);
    this.#note(this.#tree);
  }

  append(line: string): void {
    if (this.#tree === undefined) return;
    this.#tree.append(leafHash(line));
    this.#note(this.#tree);
  }

  #note(tree: Frontier): void {
    if (this.#signed.has(tree.size) || this.#wanted.has(tree.size))
      this.#reached.set(tree.size, Buffer.from(tree.root).toString('hex'));
  }

  /** From this sequence on the tree is not known. What it has reached since the last comparison does not count. */
  breakAt(sequence: number): void {
    if (this.#tree === undefined) return;
    this.#tree = undefined;
    this.#brokenAt = sequence;
    this.#reached.clear();
    for (const [size, [first]] of this.#signed) if (this.#wanted.has(size)) this.#wanted.set(size, first?.root);
    this.#signed.clear();
  }

  /** Compares what the tree has reached. To be called when the lines up to here are known to be sound in themselves. */
  settle(): void {
    for (const [size, computed] of this.#reached) {
      const signed = this.#signed.get(size) ?? [];
      const other = signed.find(({ root }) => root !== computed);
      if (other) {
        const message = `The lines do not lead to the root that is signed: among ${range(this.#agreed + 1, size)}, something is not what was sealed.`;
        this.#tell('root', message, { file: other.file, sequence: size, expected: other.root, found: computed });
        this.breakAt(this.#agreed + 1);
        return;
      }
      if (signed.length > 0) this.#agreed = size;
      if (this.#wanted.has(size)) this.#wanted.set(size, computed);
      this.#signed.delete(size);
      this.#reached.delete(size);
    }
  }
}
