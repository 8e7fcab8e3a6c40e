// What a function has for the length of its life: the store, its configuration, its log. Made at cold start, from the
// environment; tests and the local server put their own in its place.
import { documentClient, isService } from '../../store/client.ts';
import { Store } from '../../store/store.ts';
import { kmsSigner } from '../signing/kms.ts';
import { localSigner, noSigner, type Signer } from '../signing/signer.ts';
import { Buckets } from './buckets.ts';
import type { Timer } from './in-time.ts';
import { pinMismatchMetric } from './metrics.ts';
import { type Queue, sqsQueue } from './queue.ts';
import { type TokenConfig, tokenConfig } from './token.ts';

export interface Runtime {
  readonly store: Store;
  readonly token: TokenConfig;
  readonly queue: Queue;
  /** Signs snapshots that are decided by offline. */
  readonly signer: Signer;
  /** How fast tenants and callers may ask; no limit without. */
  readonly buckets?: Buckets;
  /** Tells when the time of a request is over; the system's own unless another is given. */
  readonly timer?: Timer;
  /** One line of JSON. Never a token, a name, a login or a mail. */
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;
}

const log: Runtime['log'] = (level, message, fields = {}) => {
  if (process.env.LOG_LEVEL === 'silent' || (process.env.LOG_LEVEL === 'error' && level === 'info')) return;
  const timestamp = new Date().toISOString();
  process.stdout.write(`${JSON.stringify({ level, message, timestamp, ...fields })}\n`);
};

/** What the store expects of nobody: logged, and counted where an alarm watches. */
export const alarmTo =
  (to: Runtime['log']) =>
  (what: string, about: object): void =>
    to('error', what, { ...about, ...(what === 'pin-mismatch' && pinMismatchMetric(Date.now())) });

/** Without a queue of its own, as in functions that never tell of work, nothing is told. */
const queueFrom = (url: string | undefined): Queue => (url ? sqsQueue(url) : { enqueue: async () => {} });

/** With a key of KMS where one is named. Beside an engine of one's own there is none: a key for this process does. */
const signerFrom = (env: NodeJS.ProcessEnv): Signer => {
  const { SNAPSHOT_KEY, SNAPSHOT_FURTHER_KEYS, SNAPSHOT_ISSUER, DYNAMODB_ENDPOINT } = env;
  if (SNAPSHOT_KEY)
    return kmsSigner(SNAPSHOT_KEY, SNAPSHOT_ISSUER, undefined, SNAPSHOT_FURTHER_KEYS?.split(',').filter(Boolean));
  return DYNAMODB_ENDPOINT && !isService(DYNAMODB_ENDPOINT) ? localSigner() : noSigner;
};

let runtime: Runtime | undefined;

export const setRuntime = (made: Runtime): void => {
  runtime = made;
};

export const theRuntime = (): Runtime => {
  runtime ??= {
    store: new Store({
      client: documentClient(process.env.DYNAMODB_ENDPOINT),
      table: process.env.TABLE_NAME ?? 'holdfast',
      alarm: alarmTo(log),
    }),
    token: tokenConfig(process.env),
    buckets: new Buckets(),
    queue: queueFrom(process.env.QUEUE_URL),
    signer: signerFrom(process.env),
    log,
  };
  return runtime;
};
