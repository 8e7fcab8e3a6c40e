// The runtime of a function for as long as its process lives: the store, the configuration and the log. It is made from
// the environment at first use; tests and the local server set their own.
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
  /** Signs snapshots for offline decisions. */
  readonly signer: Signer;
  /** Limits the rates of tenants and callers; absent for no limit. */
  readonly buckets?: Buckets;
  /** Signals the end of a request's time; the system's timer when absent. */
  readonly timer?: Timer;
  /** Writes one line of JSON, which never contains a token, a name, a login or a mail address. */
  readonly log: (level: 'info' | 'warn' | 'error', message: string, fields?: Record<string, unknown>) => void;
}

const log: Runtime['log'] = (level, message, fields = {}) => {
  if (process.env.LOG_LEVEL === 'silent' || (process.env.LOG_LEVEL === 'error' && level === 'info')) return;
  const timestamp = new Date().toISOString();
  process.stdout.write(`${JSON.stringify({ level, message, timestamp, ...fields })}\n`);
};

/** Logs states that the store never expects, and counts those that an alarm watches. */
export const alarmTo =
  (to: Runtime['log']) =>
  (what: string, about: object): void =>
    to('error', what, { ...about, ...(what === 'pin-mismatch' && pinMismatchMetric(Date.now())) });

/** The queue at a URL; without a URL, as in functions that never enqueue work, a queue that drops everything. */
const queueFrom = (url: string | undefined): Queue =>
  url ? sqsQueue(url) : { enqueue: async () => {}, postpone: async () => {} };

/** A signer with the named KMS key; with a local engine, a signer with a key of this process; else no signer. */
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
