// Gates for scripted interleavings: a test holds a request at a named point until something else has happened.

/**
 * - `before`: the request has arrived at the service; nothing is read or locked.
 * - `prepared`: the transaction has locked its items, and has not checked its conditions.
 * - `halfway`: the transaction is committed, and ordinary readers see only part of it (needs `halfVisible`).
 * - `after`: the effect is complete, and the answer has not left.
 */
export type Phase = 'before' | 'prepared' | 'halfway' | 'after';

export interface RequestInfo {
  worker: string;
  /** `Get`, `BatchGet`, `Query`, `Scan`, `TransactGet`, `Put`, `Update`, `Delete`, `TransactWrite`. */
  operation: string;
  /** The command's input as it was sent. */
  input: Readonly<Record<string, unknown>>;
  /** `cellId` of each item that the request names; empty for Query and Scan. */
  keys: readonly string[];
  /** 1 for the first delivery, 2 for a duplicate. */
  delivery: number;
}

export type Predicate = (info: RequestInfo) => boolean;

export interface Gate {
  /** Resolves when the first request waits here. */
  readonly reached: Promise<RequestInfo>;
  /** Number of requests held now. */
  readonly waiting: number;
  /** Releases every held request, and holds no more. */
  open(): void;
}

class ClosedGate implements Gate {
  readonly phase: Phase;
  readonly predicate: Predicate;
  readonly reached: Promise<RequestInfo>;
  readonly #tell: (info: RequestInfo) => void;
  readonly #held: (() => void)[] = [];
  #left: number;

  constructor(phase: Phase, predicate: Predicate, times: number) {
    this.phase = phase;
    this.predicate = predicate;
    this.#left = times;
    const reached = Promise.withResolvers<RequestInfo>();
    this.reached = reached.promise;
    this.#tell = reached.resolve;
  }

  get waiting(): number {
    return this.#held.length;
  }

  get spent(): boolean {
    return this.#left <= 0 && this.#held.length === 0;
  }

  catches(phase: Phase, info: RequestInfo): boolean {
    return this.#left > 0 && phase === this.phase && this.predicate(info);
  }

  hold(info: RequestInfo): Promise<void> {
    this.#left -= 1;
    return new Promise((resolve) => {
      this.#held.push(resolve);
      this.#tell(info);
    });
  }

  open(): void {
    this.#left = 0;
    for (const release of this.#held.splice(0)) release();
  }
}

export class Script {
  #gates: ClosedGate[] = [];

  /** Holds the first matching request (or the first `times` of them) before it has any effect. */
  pauseBefore(predicate: Predicate, times = 1): Gate {
    return this.pauseAt('before', predicate, times);
  }

  /** Holds the answer of the first matching request. */
  pauseAfter(predicate: Predicate, times = 1): Gate {
    return this.pauseAt('after', predicate, times);
  }

  pauseAt(phase: Phase, predicate: Predicate, times = 1): Gate {
    const gate = new ClosedGate(phase, predicate, times);
    this.#gates.push(gate);
    return gate;
  }

  /** Called by the model. Returns undefined, without any wait, unless a gate is closed to this request. */
  at(phase: Phase, info: RequestInfo): Promise<void> | undefined {
    if (this.#gates.length === 0) return undefined;
    this.#gates = this.#gates.filter((gate) => !gate.spent);
    return this.#gates.find((gate) => gate.catches(phase, info))?.hold(info);
  }
}
