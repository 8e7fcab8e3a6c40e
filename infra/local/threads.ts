// Threads for the functions that work on whole files: each thread works on one event at a time, as an instance of a Lambda
// function does, so parsing a large file blocks neither the server nor another tenant's run.
import { Worker } from 'node:worker_threads';
import type { Queue, Work } from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { FairShare } from './fair.ts';

export type FunctionName = OperationId | 'work';

/** What a thread needs to run functions as this process does. */
export interface ThreadSetup {
  readonly endpoint: string;
  readonly table: string;
  /** Where the built functions are; from source without. */
  readonly built?: string | undefined;
}

/** What the process asks of a thread. */
export interface Order {
  readonly name: FunctionName;
  readonly event: unknown;
}

/** What a thread tells the process: what its function asks of the runtime, and in the end how it went. */
export type Told =
  | { readonly tell: 'log'; readonly line: Parameters<Runtime['log']> }
  | { readonly tell: 'enqueue'; readonly work: Work }
  | { readonly tell: 'returned'; readonly value: unknown }
  | { readonly tell: 'threw'; readonly error: unknown };

export interface ThreadsOptions {
  readonly setup: ThreadSetup;
  /** How many events are worked on at once; more wait, the tenants in turn. */
  readonly most: number;
  readonly log: Runtime['log'];
  readonly enqueue: Queue['enqueue'];
  /** The module that a thread runs. */
  readonly module?: URL;
}

interface Job {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads start when they are first needed, and stay. One that ends takes its work with it, and another takes its place. */
export class Threads {
  readonly #options: ThreadsOptions;
  readonly #share: FairShare;
  readonly #idle = new Set<Worker>();
  readonly #busy = new Map<Worker, Job>();

  constructor(options: ThreadsOptions) {
    this.#options = options;
    this.#share = new FairShare(options.most);
  }

  /** The function's answer to the event. @throws what the function throws; Error when its thread ends meanwhile */
  run(tenant: string, name: FunctionName, event: unknown): Promise<unknown> {
    return this.#share.run(tenant, () => {
      const [worker = this.#start()] = this.#idle;
      this.#idle.delete(worker);
      return new Promise((resolve, reject) => {
        this.#busy.set(worker, { resolve, reject });
        worker.postMessage({ name, event } satisfies Order);
      });
    });
  }

  readonly close = async (): Promise<void> => {
    await Promise.all([...this.#idle, ...this.#busy.keys()].map((worker) => worker.terminate()));
  };

  #start(): Worker {
    const { module = new URL('./thread.ts', import.meta.url), setup } = this.#options;
    const worker = new Worker(module, { workerData: setup });
    const ended = (error: unknown) => {
      this.#busy.get(worker)?.reject(error);
      this.#busy.delete(worker);
      this.#idle.delete(worker);
    };
    worker.on('error', ended);
    worker.on('exit', (code) => ended(new Error(`a thread ended with ${code}`)));
    worker.on('message', (told: Told) => this.#hear(worker, told));
    return worker;
  }

  #hear(worker: Worker, told: Told): void {
    if (told.tell === 'log') this.#options.log(...told.line);
    else if (told.tell === 'enqueue') void this.#options.enqueue(told.work);
    else {
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      this.#idle.add(worker);
      if (told.tell === 'returned') job?.resolve(told.value);
      else job?.reject(told.error);
    }
  }
}
