// Token buckets limit the request rate of each tenant, and of each caller within it. They are checked before the table
// is read, so that a flood costs only the refusals. Each process has its own buckets, so n processes together admit n
// times the rate; the reserved concurrency of each group of functions bounds n.
import { Refusal } from '../../domain/base/refusal.ts';

interface Rate {
  /** Most requests at once. */
  readonly burst: number;
  /** Most requests per second in the long run. */
  readonly perSecond: number;
}

/** The rates by kind of operation, because checks are frequent and cheap, and changes are rare and costly. */
export const rates = {
  tenant: { check: { burst: 2_000, perSecond: 1_000 }, other: { burst: 400, perSecond: 100 } },
  caller: { check: { burst: 1_000, perSecond: 500 }, other: { burst: 200, perSecond: 50 } },
} as const satisfies Record<string, Record<'check' | 'other', Rate>>;

interface Bucket {
  tokens: number;
  /** The time at which `tokens` was computed, in milliseconds. */
  at: number;
}

/**
 * Buckets by key. The least recently used are dropped first: they are the fullest, and a full bucket equals a new one.
 */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;

  constructor(most = 20_000) {
    this.#most = most;
  }

  /** Takes a token. Returns 0, or the milliseconds until there is a token. */
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

  /** Gives back the token of a request that another bucket then refused. */
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
  /** The token's issuer and subject. */
  readonly caller: string;
  readonly kind: 'check' | 'other';
}

/**
 * Admits a request by the caller's bucket first, so that one greedy caller does not empty the tenant's bucket.
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
