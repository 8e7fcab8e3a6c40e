// The end of a process in the middle of its work, as tests bring it about.

export class Killed extends Error {}

/** The process ends at a step, before or after what the step does. */
export class Kill {
  left: number;
  readonly after: boolean;
  dead = false;
  constructor(left: number, after: boolean) {
    this.left = left;
    this.after = after;
  }
  async step<T>(work: () => Promise<T>): Promise<T> {
    if (this.dead) throw new Killed();
    this.left -= 1;
    if (this.left > 0) return work();
    if (this.after) await work();
    this.dead = true;
    throw new Killed();
  }
}
export const never = () => new Kill(Number.POSITIVE_INFINITY, false);
