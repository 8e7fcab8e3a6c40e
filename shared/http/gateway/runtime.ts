// The runtime of a function for as long as its process lives: the store, the configuration and the log. It is made from
// the environment at first use; tests and the local server set their own.
import { randomUUID } from 'node:crypto';
import { lazy } from '../../domain/base/lazy.ts';
import { documentClient, isService } from '../../store/client.ts';
import { Store } from '../../store/store.ts';
import type { Signer } from '../signing/signer.ts';
import type { Vault } from '../signing/vault.ts';
import { Buckets } from './buckets.ts';
import type { Timer } from './in-time.ts';
import { countOf } from './metrics.ts';
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
  /** Milliseconds between the approval of a recovery and the invitation of its person; three days when absent. */
  readonly recoveryDelay?: number;
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
    to('error', what, {
      ...about,
      ...(what === 'pin-mismatch' && countOf('pinMismatch', Date.now())),
      ...(what === 'contended-access' && countOf('contendedAccess', Date.now())),
    });

/** The queue at a URL; without a URL, as in functions that never enqueue work, a queue that drops everything. */
const queueFrom = (url: string | undefined): Queue =>
  url ? sqsQueue(url) : { enqueue: async () => {}, enqueueAll: async () => {}, postpone: async () => {} };

/**
 * The vault of the named ring, whose KMS key is named to the function that signs only; with a local engine, a vault of
 * this process; else none.
 */
const vaultFrom = async ({
  SNAPSHOT_RING,
  SNAPSHOT_KEY = '',
  DYNAMODB_ENDPOINT,
}: NodeJS.ProcessEnv): Promise<Vault> => {
  if (SNAPSHOT_RING) return (await import('../signing/kms.ts')).kmsVault(SNAPSHOT_KEY, SNAPSHOT_RING);
  const { localVault, noVault } = await import('../signing/vault.ts');
  return DYNAMODB_ENDPOINT && !isService(DYNAMODB_ENDPOINT) ? localVault(randomUUID()) : noVault;
};

/** The signer, which is loaded at first use, because two functions have one. */
const signerFrom = (db: Store['db'], env: NodeJS.ProcessEnv): Signer => {
  const { SNAPSHOT_ISSUER: issuer = 'holdfast' } = env;
  const ring = lazy(async () => {
    const [{ RingSigner }, vault] = await Promise.all([import('../signing/signer.ts'), vaultFrom(env)]);
    return new RingSigner(db, () => vault, issuer);
  });
  return { alg: 'ES256', issuer, key: async () => (await ring()).key(), jwks: async () => (await ring()).jwks() };
};

/**
 * Shared reads under way at once. Only a function that is given several requests at a time has the variable
 * (`infra/stacks/managed.ts`); one that serves one request at a time has nobody to share with.
 */
const sharingFrom = ({ READS_AT_ONCE: reads }: NodeJS.ProcessEnv): number | undefined =>
  reads === undefined ? undefined : Number(reads);

const recoveryDelayFrom = ({ RECOVERY_DELAY_HOURS: hours }: NodeJS.ProcessEnv): Pick<Runtime, 'recoveryDelay'> =>
  hours === undefined ? {} : { recoveryDelay: Number(hours) * 3_600_000 };

let runtime: Runtime | undefined;

export const setRuntime = (given: Runtime): void => {
  runtime = given;
};

export const theRuntime = (): Runtime => {
  runtime ??= made();
  return runtime;
};

/** A runtime from the environment. */
const made = (): Runtime => {
  const store = new Store({
    client: documentClient(process.env.DYNAMODB_ENDPOINT),
    table: process.env.TABLE_NAME ?? 'holdfast',
    packs: process.env.PACKED_GRANTS !== 'off',
    sharing: sharingFrom(process.env),
    alarm: alarmTo(log),
  });
  return {
    store,
    token: tokenConfig(process.env),
    buckets: new Buckets(),
    ...recoveryDelayFrom(process.env),
    queue: queueFrom(process.env.QUEUE_URL),
    signer: signerFrom(store.db, process.env),
    log,
  };
};
