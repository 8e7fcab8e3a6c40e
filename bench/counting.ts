// A client that counts what it sends.
import type { DocumentClient } from '../shared/store/db.ts';

export class Counting implements DocumentClient {
  readonly #inner: DocumentClient;
  requests = 0;
  /** Waves of requests that were under way at the same time. */
  roundTrips = 0;
  readUnits = 0;
  #underWay = 0;

  constructor(inner: DocumentClient) {
    this.#inner = inner;
  }

  /** Counts from nothing on. */
  reset(): void {
    [this.requests, this.roundTrips, this.readUnits] = [0, 0, 0];
  }

  async send(command: { input: Record<string, unknown> }, options?: object) {
    command.input.ReturnConsumedCapacity = 'TOTAL';
    this.requests += 1;
    if (this.#underWay === 0) this.roundTrips += 1;
    this.#underWay += 1;
    try {
      const answer = await this.#inner.send(command, options);
      for (const { CapacityUnits = 0 } of [answer.ConsumedCapacity ?? []].flat()) this.readUnits += CapacityUnits;
      return answer;
    } finally {
      await new Promise((done) => setImmediate(done));
      this.#underWay -= 1;
    }
  }
}
