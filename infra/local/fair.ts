// A fair share of this machine: a fixed number of requests run at once, no more than some of them for one tenant, and
// tenants with waiting requests take turns. On AWS, reserved concurrency and the limits of rates do this.

export class FairShare {
  readonly #most: number;
  readonly #mostOfOne: number;
  #running = 0;
  /** Running requests by tenant. */
  readonly #of = new Map<string, number>();
  /** Waiting requests by tenant. The tenants stand in the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>();

  /** @param mostOfOne requests of one tenant that run at once, because each slows down those beside it */
  constructor(most: number, mostOfOne = most) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** Runs the work at the tenant's turn. */
  async run<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    if (this.#mayRun(tenant)) this.#begin(tenant);
    else await this.#turn(tenant);
    try {
      return await work();
    } finally {
      this.#end(tenant);
    }
  }

  #mayRun(tenant: string): boolean {
    return this.#running < this.#most && (this.#of.get(tenant) ?? 0) < this.#mostOfOne;
  }

  #begin(tenant: string): void {
    this.#running += 1;
    this.#of.set(tenant, (this.#of.get(tenant) ?? 0) + 1);
  }

  #turn(tenant: string): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(tenant);
      if (queue) queue.push(resolve);
      else this.#waiting.set(tenant, [resolve]);
    });
  }

  /** Passes the place on to the first tenant in line that may run another, which then moves to the end of the line. */
  #end(ended: string): void {
    this.#running -= 1;
    const left = (this.#of.get(ended) ?? 1) - 1;
    if (left > 0) this.#of.set(ended, left);
    else this.#of.delete(ended);
    for (const [tenant, queue] of this.#waiting) {
      if (!this.#mayRun(tenant)) continue;
      const resolve = queue.shift();
      this.#waiting.delete(tenant);
      if (queue.length > 0) this.#waiting.set(tenant, queue);
      this.#begin(tenant);
      resolve?.();
      return;
    }
  }
}
