// Threads for functions that work on whole files. Like an instance of a Lambda function, each thread works on one event
// at a time, so parsing a large file blocks neither the server nor another tenant's run.
import { Worker } from 'node:worker_threads';
import type { Queue, Work } from '../../shared/http/gateway/queue.ts';
import type { Runtime } from '../../shared/http/gateway/runtime.ts';
import type { OperationId } from '../../shared/routes/operations.ts';
import { FairShare } from './fair.ts';

type FunctionName = OperationId | 'work' | 'export';

/** What the worker of exports needs on one machine. */
interface AuditSetup {
  /** The private key that signs checkpoints and manifests, as PEM. */
  readonly key: string;
  /** Milliseconds after which events are sealed. */
  readonly margin: number;
  /** Where files go; nothing is exported without one. */
  readonly folder?: string | undefined;
}

/** Settings by which a thread runs functions as this process does. */
export interface ThreadSetup {
  readonly endpoint: string;
  readonly table: string;
  /** Folder of the built functions; absent when they run from source. */
  readonly built?: string | undefined;
  /** Of threads that seal and export. */
  readonly audit?: AuditSetup | undefined;
}

/** A message from the process to a thread. */
export interface Order {
  readonly name: FunctionName;
  readonly event: unknown;
}

/** A message from a thread to the process: a call that its function makes on the runtime, or the function's end. */
export type Told =
  | { readonly tell: 'log'; readonly line: Parameters<Runtime['log']> }
  | { readonly tell: 'enqueue'; readonly work: Work; readonly once?: string | undefined }
  | { readonly tell: 'postpone'; readonly receipt: string; readonly seconds: number }
  | { readonly tell: 'returned'; readonly value: unknown }
  | { readonly tell: 'threw'; readonly error: unknown };

interface ThreadsOptions {
  readonly setup: ThreadSetup;
  /** Events that run at once. Further events wait, and their tenants take turns. */
  readonly most: number;
  readonly log: Runtime['log'];
  readonly queue: Queue;
  readonly module?: URL;
}

interface Job {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts threads when they are first needed and keeps them. A thread that dies loses its event, and a new one replaces
 * it.
 */
export class Threads {
  readonly #options: ThreadsOptions;
  readonly #share: FairShare;
  readonly #idle = new Set<Worker>();
  readonly #busy = new Map<Worker, Job>();

  constructor(options: ThreadsOptions) {
    this.#options = options;
    this.#share = new FairShare(options.most);
  }

  /**
   * The function's answer to the event. @throws the function's error, or Error when its thread ends before the answer
   */
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
    worker.on('exit', (code) => ended(new Error(`the thread ended with exit code ${code} before its answer`)));
    worker.on('message', (told: Told) => this.#hear(worker, told));
    return worker;
  }

  #hear(worker: Worker, told: Told): void {
    if (told.tell === 'log') this.#options.log(...told.line);
    else if (told.tell === 'enqueue') void this.#options.queue.enqueue(told.work, told.once);
    else if (told.tell === 'postpone') void this.#options.queue.postpone(told.receipt, told.seconds);
    else {
      const job = this.#busy.get(worker);
      this.#busy.delete(worker);
      this.#idle.add(worker);
      if (told.tell === 'returned') job?.resolve(told.value);
      else job?.reject(told.error);
    }
  }
}
