// A fair share of this machine: a fixed number of requests run at once, and tenants with waiting requests take turns.
// On AWS, reserved concurrency and the gateway's throttling do this.

export class FairShare {
  readonly #most: number;
  #running = 0;
  /** Waiting requests by tenant. The tenants stand in the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Runs the work at the tenant's turn. */
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

  /** Passes the place on to the first tenant in line, which then moves to the end of the line. */
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
