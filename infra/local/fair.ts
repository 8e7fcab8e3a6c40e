// A fair share of this machine: as many requests at once as it can bear, and among those that wait, the tenants in turn.
// On AWS reserved concurrency and the gateway's throttling do this.

export class FairShare {
  readonly #most: number;
  #running = 0;
  /** Waiting requests by tenant; tenants in the order of their turn. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs the work when it is this tenant's turn. */
  async run<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await this.#turn(tenant);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(tenant: string): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(tenant);
      if (queue) queue.push(resolve);
      else this.#waiting.set(tenant, [resolve]);
    });
  }

  /** Hands the place over: to the first tenant in turn, which then goes to the end of the line. */
  #next(): void {
    const [first] = this.#waiting;
    if (!first) {
      this.#running -= 1;
      return;
    }
    const [tenant, queue] = first;
    const resolve = queue.shift();
    this.#waiting.delete(tenant);
    if (queue.length > 0) this.#waiting.set(tenant, queue);
    resolve?.();
  }
}
