// A document client around another, which counts commands, fails them, or answers them differently; and a clock that
// advances only while somebody waits.
import type { Clock, DocumentClient } from '../../shared/store/db.ts';

export interface Command {
  readonly input: Record<string, unknown>;
  readonly constructor: { readonly name: string };
}

/** The command's name as in the SDK: Get, BatchGet, Query, Scan, Update, TransactWrite. */
export const nameOf = (command: Command): string => command.constructor.name.replace(/Command$/, '');

// biome-ignore lint/suspicious/noExplicitAny: answers follow their commands, as in the SDK
export type Answer = any;

export class Wrapped implements DocumentClient {
  readonly #inner: DocumentClient;
  /** Runs in place of sending; call `send` to go on. */
  around: (command: Command, send: () => Promise<Answer>) => Promise<Answer> = (_, send) => send();

  constructor(inner: DocumentClient) {
    this.#inner = inner;
  }

  send(command: Command, options?: object): Promise<Answer> {
    return this.around(command, () => this.#inner.send(command, options));
  }

  /** Makes every command of these names fail from now on. */
  fail(error: () => Error, ...names: string[]): void {
    this.around = (command, send) =>
      names.length === 0 || names.includes(nameOf(command)) ? Promise.reject(error()) : send();
  }

  heal(): void {
    this.around = (_, send) => send();
  }
}

/** An error as the SDK makes it, recognised by its name. */
export const serviceError = (name: string, more: object = {}) =>
  Object.assign(new Error(`${name} happened`), { name, ...more });

/** Time advances only for tasks that sleep. Random draws are always the largest. */
export class SleepingClock implements Clock {
  time: number;
  slept = 0;
  sleeps = 0;

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.time = time;
  }
  now(): number {
    return this.time;
  }
  async sleep(ms: number): Promise<void> {
    // Clocks show whole milliseconds.
    this.time += Math.ceil(ms);
    this.slept += ms;
    this.sleeps += 1;
  }
  random(): number {
    return 0.999;
  }
}

export interface Spent {
  /** Waves of requests, of which each follows from the answers to the one before. */
  readonly roundTrips: number;
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly commands: readonly string[];
}

const reads = new Set(['Get', 'BatchGet', 'Query', 'Scan', 'TransactGet']);

/**
 * Counts round trips and capacity units of all requests during `run`. All requests of a wave are answered together, as if
 * all of them took the same time: otherwise the faster of two chains of requests would hide or add a wave now and then.
 */
export const spentBy = async (client: Wrapped, run: () => Promise<unknown>): Promise<Spent> => {
  const spent = { roundTrips: 0, requests: 0, readUnits: 0, writeUnits: 0 };
  const commands: string[] = [];
  let underWay = 0;
  let wave = Promise.withResolvers<void>();
  client.around = async (command, send) => {
    command.input.ReturnConsumedCapacity = 'TOTAL';
    if (underWay === 0) {
      spent.roundTrips += 1;
      wave = Promise.withResolvers();
    }
    const { promise, resolve } = wave;
    spent.requests += 1;
    commands.push(nameOf(command));
    underWay += 1;
    try {
      const answer = await send();
      const units = [answer.ConsumedCapacity ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
      if (reads.has(nameOf(command))) spent.readUnits += units;
      else spent.writeUnits += units;
      return answer;
    } finally {
      underWay -= 1;
      if (underWay === 0) resolve();
      await promise;
    }
  };
  try {
    await run();
  } finally {
    client.heal();
  }
  return { ...spent, commands };
};
