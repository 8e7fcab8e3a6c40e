// Seeded virtual time. No task waits for a real clock: every wait is an event in a queue, and time jumps to the next
// event once all tasks are blocked. Two runs with one seed take the same steps.
import { WorkerDied } from './errors.ts';
import { Random } from './random.ts';

interface Event {
  at: number;
  /** Seeded, so that events of one instant run in a random but reproducible order. */
  tie: number;
  fire: () => void;
}

interface Task {
  name: string;
  settled: boolean;
  abandoned: boolean;
}

/** The model's source of time and chance: a scheduler, or the system. */
export interface Time {
  readonly random: Random;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls `fire` after that many milliseconds. */
  after(ms: number, fire: () => void): void;
  /** The work of this name need not finish. */
  abandon(name: string): void;
  /** Reports a violation seen at a commit. */
  fail(error: unknown): void;
}

export interface SchedulerOptions {
  seed?: number;
  maxSteps?: number;
  /** Start of virtual time, in milliseconds. */
  startAt?: number;
}

/** A macrotask turn ends only when no microtask is left. After one turn, every task is done or waits for an event. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Scheduler implements Time {
  readonly seed: number;
  readonly random: Random;
  readonly #ties: Random;
  readonly #maxSteps: number;
  readonly #tasks = new Set<Task>();
  readonly #heap: Event[] = [];
  /** Work in real time: a real engine, a file. */
  readonly #outside = new Set<Promise<unknown>>();
  #now: number;
  #steps = 0;
  #running = false;
  #failure: { error: unknown } | undefined;

  constructor(options: SchedulerOptions = {}) {
    this.seed = options.seed ?? 1;
    this.random = new Random(this.seed);
    this.#ties = this.random.fork('ties');
    this.#maxSteps = options.maxSteps ?? 5_000_000;
    this.#now = options.startAt ?? 1_700_000_000_000;
  }

  readonly now = (): number => this.#now;

  get steps(): number {
    return this.#steps;
  }

  readonly sleep = (ms: number): Promise<void> => new Promise((resolve) => this.after(ms, resolve));

  /** Runs `fire` after this much virtual time, for the model's background work. */
  after(ms: number, fire: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), tie: this.#ties.next(), fire });
  }

  /**
   * Runs work that happens outside virtual time. Virtual time stands still while the work lasts. Every real-time
   * promise that a task awaits must go through here, because otherwise the task looks stuck.
   */
  async outside<T>(work: Promise<T>): Promise<T> {
    const ended = work.then(
      () => undefined,
      () => undefined,
    );
    this.#outside.add(ended);
    try {
      return await work;
    } finally {
      this.#outside.delete(ended);
    }
  }

  /** Starts a task, which run() drives. The first task that throws ends the run with its error. */
  spawn<T>(name: string, fn: () => Promise<T>): Promise<T> {
    const task: Task = { name, settled: false, abandoned: false };
    this.#tasks.add(task);
    const result = this.sleep(0).then(fn);
    result.then(
      () => this.#settle(task),
      (error: unknown) => {
        this.#settle(task);
        if (!(error instanceof WorkerDied)) this.fail(error);
      },
    );
    return result;
  }

  /** Marks a worker as dead, so that tasks of this name need not finish. */
  abandon(name: string): void {
    for (const task of this.#tasks) if (task.name === name) task.abandoned = true;
  }

  /** Ends the run when a broken invariant is seen outside any task. The first failure wins. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Runs until every task has settled and no event is left, so late deliveries happen too. */
  async run(): Promise<void> {
    if (this.#running) throw new Error('run() is already driving this scheduler');
    this.#running = true;
    try {
      for (;;) {
        await turn();
        this.#throwFailure();
        if (this.#outside.size > 0) {
          await Promise.race(this.#outside);
          continue;
        }
        if (this.#heap.length === 0) {
          this.#needAllDone();
          break;
        }
        this.#steps += 1;
        if (this.#steps > this.#maxSteps) {
          throw new Error(`no end after ${this.#maxSteps} steps (seed ${this.seed}): ${this.#unfinished().join(', ')}`);
        }
        const event = this.#pop();
        this.#now = event.at;
        event.fire();
      }
    } finally {
      this.#running = false;
    }
  }

  /** Starts one task, runs until all is quiet, and returns its result: for set-up and for checks between phases. */
  async do<T>(fn: () => Promise<T>): Promise<T> {
    const result = this.spawn('do', fn);
    await this.run();
    return result;
  }

  #settle(task: Task): void {
    task.settled = true;
    this.#tasks.delete(task);
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    this.#failure = undefined;
    throw error;
  }

  #unfinished(): string[] {
    return [...this.#tasks].filter((t) => !t.abandoned).map((t) => t.name);
  }

  /**
   * Throws unless every task is done. No event is left and no outside work is under way, so an unfinished task never
   * ends.
   */
  #needAllDone(): void {
    const stuck = this.#unfinished();
    if (stuck.length > 0)
      throw new Error(`stuck at ${this.#now} (seed ${this.seed}), waiting for nothing: ${stuck.join(', ')}`);
  }

  #before(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.tie < b.tie);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(event, heap[parent] as Event)) break;
      heap[i] = heap[parent] as Event;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0] as Event;
    const last = heap.pop() as Event;
    if (heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!this.#before(heap[child] as Event, last)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
