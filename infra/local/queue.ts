// The work queue in this process, with one line per tenant like the FIFO queue on AWS: work of one tenant runs in
// order, work of different tenants side by side. Work that is unfinished when the process ends is found again at the
// next start.
import type { Queue, Work } from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';

export class LocalQueue implements Queue {
  readonly #lines = new Map<string, Promise<void>>();
  #open = true;
  readonly #work: (item: Work) => Promise<unknown>;
  readonly #log: Runtime['log'];

  constructor(work: (item: Work) => Promise<unknown>, log: Runtime['log']) {
    this.#work = work;
    this.#log = log;
  }

  async enqueue(item: Work): Promise<void> {
    const { tenant } = item;
    const line = (this.#lines.get(tenant) ?? Promise.resolve()).then(() => this.#do(item));
    this.#lines.set(tenant, line);
    void line.then(() => {
      if (this.#lines.get(tenant) === line) this.#lines.delete(tenant);
    });
  }

  async #do(item: Work): Promise<void> {
    if (!this.#open) return;
    try {
      await this.#work(item);
    } catch (error) {
      this.#log('error', 'work-failed', { error: error instanceof Error ? error.stack : String(error) });
    }
  }

  /** Starts no further work and waits for running work. */
  async close(): Promise<void> {
    this.#open = false;
    await Promise.all(this.#lines.values());
  }
}
