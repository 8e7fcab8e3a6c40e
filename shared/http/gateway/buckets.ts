// Token buckets: how fast a tenant, and a caller within it, may ask. Taken from before any table is read, so that a
// flood costs nothing but the refusal. Each process has its own: with n of them running, n times as much passes, which
// the reserved concurrency of each group of functions bounds.
import { Refusal } from '../../domain/base/refusal.ts';

interface Rate {
  /** Requests that may come at once. */
  readonly burst: number;
  /** Requests per second in the long run. */
  readonly perSecond: number;
}

/** By kind of operation: checks are many and cheap, changes few and dear. */
export const rates = {
  tenant: { check: { burst: 2_000, perSecond: 1_000 }, other: { burst: 400, perSecond: 100 } },
  caller: { check: { burst: 1_000, perSecond: 500 }, other: { burst: 200, perSecond: 50 } },
} as const satisfies Record<string, Record<'check' | 'other', Rate>>;

interface Bucket {
  tokens: number;
  /** When `tokens` was right, in milliseconds. */
  at: number;
}

/** Buckets by key, the fullest forgotten first: a full bucket and none are the same. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;

  constructor(most = 20_000) {
    this.#most = most;
  }

  /** Takes a token; answers 0, or the milliseconds until there is one. */
  take(key: string, { burst, perSecond }: Rate, now: number): number {
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) * perSecond) / 1000);
    if (tokens < 1) {
      this.#keep(key, { tokens, at: now });
      return Math.ceil(((1 - tokens) * 1000) / perSecond);
    }
    this.#keep(key, { tokens: tokens - 1, at: now });
    return 0;
  }

  /** Gives back what was taken for a request that another bucket then refused. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens += 1;
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#most)
      for (const oldest of [...this.#buckets.keys()].slice(0, this.#most / 10)) this.#buckets.delete(oldest);
  }
}

interface Asking {
  readonly tenant: string;
  /** Whoever asks, by the token: unique within its issuer. */
  readonly caller: string;
  readonly kind: 'check' | 'other';
}

/**
 * Lets a request pass, or not: by the caller's bucket first, so that one greedy caller does not empty the tenant's.
 * @throws Refusal too-many-requests with the seconds to wait
 */
export const admit = (buckets: Buckets, { tenant, caller, kind }: Asking, now: number): void => {
  const own = `${kind} ${tenant} ${caller}`;
  const refuse = (wait: number, whose: string): never => {
    const seconds = Math.max(1, Math.ceil(wait / 1000));
    throw new Refusal('too-many-requests', {
      detail: `Too many requests of this ${whose}: wait ${seconds} s.`,
      retryAfter: seconds,
    });
  };
  const wait = buckets.take(own, rates.caller[kind], now);
  if (wait > 0) refuse(wait, 'caller');
  const tenantWait = buckets.take(`${kind} ${tenant}`, rates.tenant[kind], now);
  if (tenantWait > 0) {
    buckets.giveBack(own);
    refuse(tenantWait, 'tenant');
  }
};
