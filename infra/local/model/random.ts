// A small seeded generator. A run of the model must be reproducible from its seed alone, so Math.random is not used.

const hash = (text: string): number => {
  let h = 2166136261;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  return h >>> 0;
};

export class Random {
  #state: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = this.#seed;
  }

  /** Uniform in [0, 1) (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  between(range: readonly [number, number]): number {
    return range[0] + this.next() * (range[1] - range[0]);
  }

  /** Spreads values evenly over orders of magnitude, so that short waits and long waits are both common. */
  logBetween(range: readonly [number, number]): number {
    const low = Math.log(Math.max(range[0], 0.1));
    const high = Math.log(Math.max(range[1], 0.1));
    return Math.exp(low + this.next() * (high - low));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i -= 1) {
      const j = this.int(i + 1);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }

  /** An independent stream: drawing from it does not change this one. */
  fork(label: string): Random {
    return new Random((this.#seed ^ hash(label)) >>> 0);
  }
}
