// The requests of the command, by the typed client.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { attempts, type OnWait, repeating } from '../command/repeating.ts';
import { createClient, HoldfastProblem } from '../typescript/index.ts';
import type { Batch } from './batches.ts';

export interface RunOpening {
  readonly kind: 'delta' | 'full';
  readonly epoch: string;
  readonly baseCursor: string | null;
  readonly planOnly?: boolean;
}
export interface RunCommit {
  readonly batches: number;
  readonly entries: number;
  readonly digest: string;
  readonly cursor: string;
}

/** A number of what a run takes away, and of how many. */
export interface Share {
  readonly count: number;
  readonly of?: number | undefined;
  readonly percent?: number | undefined;
}
/** What a run would do, by its numbers. */
interface Plan {
  readonly losses: Readonly<Record<string, Share>>;
  readonly gains: Readonly<Record<string, number>>;
  /** Why a run is held, in sentences. */
  readonly tripped?: readonly string[] | undefined;
}
interface Named {
  readonly id: string;
  readonly name?: string | undefined;
}
/** One loss of a plan. */
export interface Loss {
  readonly loss: string;
  readonly user?: Named | undefined;
  readonly group?: Named | undefined;
  readonly from?: Named | undefined;
}

/** A run, as far as the command looks at it. */
export interface RunView {
  readonly id: string;
  readonly state: string;
  readonly code?: string | undefined;
  readonly counts?: Readonly<Record<string, number | undefined>> | undefined;
  readonly plan?: Plan | undefined;
  readonly progress?: { readonly phase: string; readonly done: number; readonly of: number } | undefined;
}

export interface SourceView {
  readonly id: string;
  readonly name: string;
  readonly enabled?: boolean | undefined;
  /** The one client that delivers, besides who manages access rights. */
  readonly client?: string | undefined;
  readonly sync: {
    readonly cursor?: string | undefined;
    readonly epoch?: string | undefined;
    readonly needsFull?: string | undefined;
    readonly openRun?: string | undefined;
    readonly heldRun?: string | undefined;
    readonly lastRun?: string | undefined;
    readonly lastFullAt?: string | undefined;
  };
}

const needed: Readonly<Record<string, string>> = {
  'switched-on': 'the source was switched off for a while',
  'epoch-changed': 'the directory counts its changes anew',
  restored: 'a run was undone',
};

/** Why the service takes a full run alone, in words for people; a reason of a later release stays as it is. */
export const whyNeeded = (reason: string): string =>
  (Object.hasOwn(needed, reason) ? needed[reason] : undefined) ?? reason;

/** An entry that the service refused. */
export interface Rejected {
  /** From 1. */
  readonly batch?: number | undefined;
  /** Of the batch, from 1. */
  readonly line: number;
  /** False when it can never be taken in as it was sent. */
  readonly retry?: boolean | undefined;
}

export interface Api {
  source(): Promise<SourceView>;
  /** @param key of the attempt: the same one answers with the same run */
  open(body: RunOpening, key: string): Promise<RunView>;
  putBatch(run: string, batch: Batch): Promise<void>;
  commit(run: string, body: RunCommit): Promise<void>;
  /** Does nothing to a run that is not open. */
  abandon(run: string): Promise<void>;
  /** Undefined for a run that is forgotten. */
  run(id: string): Promise<RunView | undefined>;
  rejected(run: string): AsyncIterable<Rejected>;
  /** Who loses what by a run. Only who manages access rights may see it: others get undefined. */
  losses(run: string, most: number): Promise<readonly Loss[] | undefined>;
}

const zipped = promisify(gzip);

/** Packs batches on their way, which are mostly the same words again and again: a tenth of the bytes. */
const packing =
  (go: typeof fetch): typeof fetch =>
  async (address, init = {}) => {
    const headers = new Headers(init.headers);
    if (headers.get('content-type') !== 'application/x-ndjson' || typeof init.body !== 'string')
      return go(address, init);
    headers.set('content-encoding', 'gzip');
    return go(address, { ...init, headers, body: await zipped(init.body) });
  };

interface ApiOptions {
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly fetch?: typeof fetch;
  readonly source: string;
  readonly signal?: AbortSignal | undefined;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Told before each wait for an API that does not answer, or cannot take a request now. */
  readonly onWait?: OnWait | undefined;
}

export const apiOf = ({ url, token, source, signal, pause, onWait, fetch: go = globalThis.fetch }: ApiOptions): Api => {
  // The typed client repeats what has a key. The service takes the rest twice as it takes it once.
  const { fetch, again } = repeating({ fetch: go, pause, onWait });
  const client = createClient({ url, token, fetch: packing(fetch), retries: attempts, onWait });
  const unless = async <T>(codes: readonly string[], request: Promise<T>): Promise<T | undefined> =>
    request.catch((error: unknown) => {
      if (error instanceof HoldfastProblem && codes.includes(error.code)) return undefined;
      throw error;
    });
  return {
    source: async () => {
      const { sync = {}, ...found } = await client.getSource({ params: { sourceId: source }, signal });
      return { ...found, sync };
    },
    open: (body, idempotencyKey) => client.openRun({ params: { sourceId: source }, body, idempotencyKey, signal }),
    putBatch: async (runId, { number, text }) => {
      await again(() => client.putBatch({ params: { runId, number: String(number) }, body: text, signal }));
    },
    commit: async (runId, body) => {
      await again(() => client.commitRun({ params: { runId }, body, signal }));
    },
    // It is asked for when all else is given up, so it does not end with the signal.
    abandon: async (runId) => {
      await again(() => unless(['run-not-open', 'not-found'], client.abandonRun({ params: { runId } })));
    },
    run: (runId) => unless(['not-found'], client.getRun({ params: { runId }, query: { limit: 1 }, signal })),
    losses: async (runId, limit) => {
      const found = client.getRunPlan({ params: { runId }, query: { limit }, signal });
      const codes = ['keeper-needed', 'forbidden', 'caller-kind', 'insufficient-scope', 'not-found'];
      return (await unless(codes, found))?.items;
    },
    rejected: (runId) =>
      client.items('getRun', { params: { runId }, query: { result: 'rejected', limit: 200 }, signal }),
  };
};
