// The work queue in this process. Like the FIFO queue on AWS, it does the work of one line in order and lines side by
// side, delivers a failed message again after a delay that grows, and sets it aside after as many deliveries. Work that
// is unfinished when the process ends is found again at the next start.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkEvent, WorkResult } from '../../functions/work/messages.ts';
import {
  delayAfter,
  lineOf,
  mostDeliveries,
  type Queue,
  type Reminder,
  type Work,
} from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';

interface LocalQueueOptions {
  /** Hands a message to the worker. */
  readonly deliver: (event: WorkEvent, work: Work) => Promise<WorkResult>;
  readonly log: Runtime['log'];
  /** Waits for so many milliseconds, or until the signal; the system's timer when absent. */
  readonly wait?: (ms: number, until: AbortSignal) => Promise<void>;
}

const systemWait = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => {});

export class LocalQueue implements Queue {
  readonly #lines = new Map<string, Promise<void>>();
  /** Seconds by receipt, for messages whose delivery has failed. */
  readonly #postponed = new Map<string, number>();
  readonly #closing = new AbortController();
  readonly #options: LocalQueueOptions;

  constructor(options: LocalQueueOptions) {
    this.#options = options;
  }

  async enqueue(work: Work, once?: string): Promise<void> {
    const name = lineOf(work);
    const before = this.#lines.get(name);
    // Messages of this process are not lost, so a reminder only serves a line in which nothing stands.
    if (before && once !== undefined) return;
    const line = (before ?? Promise.resolve()).then(() => this.#do(work));
    this.#lines.set(name, line);
    void line.then(() => {
      if (this.#lines.get(name) === line) this.#lines.delete(name);
    });
  }

  async enqueueAll(reminders: readonly Reminder[]): Promise<void> {
    for (const { work, once } of reminders) await this.enqueue(work, once);
  }

  async postpone(receipt: string, seconds: number): Promise<void> {
    this.#postponed.set(receipt, seconds);
  }

  async #do(work: Work): Promise<void> {
    const { wait = systemWait, log } = this.#options;
    for (let delivery = 1; !this.#closing.signal.aborted; delivery += 1) {
      const seconds = await this.#delivered(work, delivery);
      if (seconds === undefined) return;
      if (delivery === mostDeliveries) {
        log('error', 'work-set-aside', { ...work });
        return;
      }
      await wait(1_000 * seconds, this.#closing.signal);
    }
  }

  /** Delivers a message. Returns undefined, or when that has failed, the seconds until the next delivery. */
  async #delivered(work: Work, delivery: number): Promise<number | undefined> {
    const receipt = randomUUID();
    try {
      const attributes = { ApproximateReceiveCount: String(delivery) };
      const message = { messageId: receipt, receiptHandle: receipt, attributes, body: JSON.stringify(work) };
      const { batchItemFailures } = await this.#options.deliver({ Records: [message] }, work);
      if (batchItemFailures.length === 0) return undefined;
      return this.#postponed.get(receipt) ?? delayAfter(delivery, Math.random());
    } catch (error) {
      // The worker itself has died, and could not say so.
      this.#options.log('error', 'work-failed', { error: error instanceof Error ? error.stack : String(error) });
      return delayAfter(delivery, Math.random());
    } finally {
      this.#postponed.delete(receipt);
    }
  }

  /** Starts no further work and waits for running work. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#lines.values());
  }
}
