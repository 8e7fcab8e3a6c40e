// A line for each tenant, in which writers of one process stand who change the same book. Alone, each would try again after
// a pause, and lose again to all others who do the same. Who stands first takes those behind along, as far as they may
// share a transaction.
import { AsyncLocalStorage } from 'node:async_hooks';

/** Milliseconds after which nobody expects others in a line that is empty. */
const rests = 200;
/** Milliseconds after which nobody stands behind one who takes so long: most changes need no line. */
const longest = 3_000;
/** Lines without anybody in them that are remembered, because others may come. */
const mostAtRest = 1_000;

/** A place in a line. */
export interface Standing<Job> {
  readonly job: Job;
  /** Runs something as the one who stands here: with the end of its time, and in its trace. */
  readonly as: <T>(run: () => T) => T;
}

/** What became of the places, in their order: those without an outcome stay first in the line. */
export type Served<End> = readonly (PromiseSettledResult<End> | undefined)[];

interface Waiting<Job, End> extends Standing<Job> {
  readonly done: (end: End) => void;
  readonly failed: (error: unknown) => void;
}

interface Line<Job, End> {
  waiting: Waiting<Job, End>[];
  isServed: boolean;
  /** Since when those are served who are, or nobody has been in it. */
  since: number;
}

export class WriterLine<Job, End> {
  readonly #serve: (places: readonly Standing<Job>[], isAlone: boolean) => Promise<Served<End>>;
  readonly #now: () => number;
  readonly #lines = new Map<string, Line<Job, End>>();
  /** Runs something as nobody in particular: a place is served beyond the time of the one before it. */
  readonly #asNobody = AsyncLocalStorage.snapshot();

  /**
   * @param serve serves some of these places, so that all have been served in the end; it is told whether the first was
   * alone in the line
   * @param now milliseconds since 1970
   */
  constructor(serve: (places: readonly Standing<Job>[], isAlone: boolean) => Promise<Served<End>>, now: () => number) {
    this.#serve = serve;
    this.#now = now;
  }

  /** True while others are in the line and it moves, or when they have been a moment ago. */
  isBusy(name: string): boolean {
    const line = this.#lines.get(name);
    return line !== undefined && this.#now() - line.since < (line.isServed ? longest : rests);
  }

  /** Waits until the job has been served. */
  pass(name: string, job: Job): Promise<End> {
    const line = this.#lines.get(name) ?? { waiting: [], isServed: false, since: 0 };
    this.#lines.delete(name);
    this.#lines.set(name, line);
    const as = AsyncLocalStorage.snapshot();
    return new Promise((done, failed) => {
      line.waiting.push({ job, as, done, failed });
      if (!line.isServed) this.#asNobody(() => this.#serveAll(line));
    });
  }

  async #serveAll(line: Line<Job, End>): Promise<void> {
    line.isServed = true;
    for (let isAlone = line.waiting.length === 1; line.waiting.length > 0; isAlone = false) {
      const some = line.waiting;
      line.waiting = [];
      line.since = this.#now();
      const served = await this.#serve(some, isAlone).catch((reason): Served<End> => [{ status: 'rejected', reason }]);
      line.waiting.unshift(...some.filter((_, i) => served[i] === undefined));
      for (const [i, end] of served.entries()) {
        if (end?.status === 'fulfilled') some[i]?.done(end.value);
        else if (end) some[i]?.failed(end.reason);
      }
    }
    line.isServed = false;
    line.since = this.#now();
    this.#forget();
  }

  /** Forgets the lines that have been empty longest. */
  #forget(): void {
    for (const [name, { isServed }] of this.#lines) {
      if (this.#lines.size <= mostAtRest) return;
      if (!isServed) this.#lines.delete(name);
    }
  }
}
