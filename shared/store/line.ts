// A line for each tenant, in which writers of one process stand who have lost the book to each other. Alone, each would try
// again after a pause, and lose again to all others who do the same.

export class WriterLine {
  /** The end of the last one in each line. */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Runs the work when all who came before have ended, however they ended.
   * @param work is told whether it stood in line with others
   */
  async run<T>(name: string, work: (isAlone: boolean) => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const mine = (async () => {
      await before;
      return work(before === undefined);
    })();
    const ended = mine.then(
      () => {},
      () => {},
    );
    this.#last.set(name, ended);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === ended) this.#last.delete(name);
    }
  }
}
