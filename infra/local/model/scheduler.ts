// Seeded virtual time. Nothing waits for a real clock: every wait is an event in a queue, and time jumps to the next
// event once all tasks are blocked. Two runs with one seed take the same steps.
import { WorkerDied } from './errors.ts';
import { Random } from './random.ts';

interface Event {
  at: number;
  /** Seeded, so that events of one instant have no favourite order. */
  tie: number;
  fire: () => void;
}

interface Task {
  name: string;
  settled: boolean;
  abandoned: boolean;
}

/** What the model needs of time and chance: a scheduler's, or the system's. */
export interface Time {
  readonly random: Random;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** Calls `fire` once that many milliseconds have passed. */
  after(ms: number, fire: () => void): void;
  /** The work of this name need not finish. */
  abandon(name: string): void;
  /** Something that must not be was seen at a commit. */
  fail(error: unknown): void;
}

export interface SchedulerOptions {
  seed?: number;
  maxSteps?: number;
  /** Where virtual time starts, ms. */
  startAt?: number;
}

/** A macrotask turn ends only when no microtask is left, so after one turn every task waits for an event, or is done. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Scheduler implements Time {
  readonly seed: number;
  readonly random: Random;
  readonly #ties: Random;
  readonly #maxSteps: number;
  readonly #tasks = new Set<Task>();
  readonly #heap: Event[] = [];
  /** Work that real time does: a real engine, a file. */
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

  /** Runs fn when the given virtual time has passed; for the model's background work. */
  after(ms: number, fire: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), tie: this.#ties.next(), fire });
  }

  /**
   * Work that happens outside virtual time: while it lasts, time stands still, however long it takes. Whatever a task
   * awaits of that kind passes here, for else it looks as if it waited for nothing.
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

  /** Starts a task; run() drives it. The first task that throws ends the run with its error. */
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

  /** Tasks of this name need not finish: their worker is dead. */
  abandon(name: string): void {
    for (const task of this.#tasks) if (task.name === name) task.abandoned = true;
  }

  /** Ends the run: used where a broken invariant is seen outside any task. The first failure wins. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** Until every task has settled and no event is left; late deliveries thus happen too. */
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

  /** Spawns one task, runs until all is quiet, and gives its result: for set-up and for checks between phases. */
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

  /** No event is left, no work outside is under way, and every task has had its turn: who is not done never will be. */
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
