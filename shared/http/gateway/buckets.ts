// Rates limit the requests of each tenant, and of each caller within it, before the table is read, so that a flood costs
// only the refusals. Each process keeps a bucket for each of them. A process that serves one request at a time never
// reaches a limit alone, and one of many that serve many has a part of the requests only, so the processes also share a
// count in the table: each counts one request in `sample` for all of them, while that request is under way, and is told
// how far the rate is used.
import { randomInt } from 'node:crypto';
import { Refusal } from '../../domain/base/refusal.ts';

export interface Rate {
  /** Most requests at once. */
  readonly burst: number;
  /** Most requests per second in the long run. */
  readonly perSecond: number;
  /** One request in so many is counted for all processes, as so many. It bounds the price, and the writes to one item. */
  readonly sample: number;
}

type Kind = 'check' | 'other';

/** The rates by kind of operation, because checks are frequent and cheap, and changes are rare and costly. */
export const rates = {
  tenant: {
    check: { burst: 2_000, perSecond: 1_000, sample: 50 },
    other: { burst: 400, perSecond: 100, sample: 20 },
  },
  caller: {
    check: { burst: 1_000, perSecond: 500, sample: 25 },
    other: { burst: 200, perSecond: 50, sample: 20 },
  },
} as const satisfies Record<string, Record<Kind, Rate>>;

/** Times up to which a rate is used, in milliseconds since 1970. */
interface Bucket {
  /** By the requests of this process. */
  own: number;
  /** By the requests of all processes, as the last count told. */
  all: number;
  /** Requests until the next one that is counted. */
  left: number;
}

/** A count to be made: so many milliseconds of a rate. */
export interface Due {
  readonly rate: string;
  readonly ms: number;
  /** Requests that the count stands for. */
  readonly requests: number;
  readonly busy: boolean;
  /** Notes the time up to which the rate is used, as the count told. */
  readonly told: (until: number) => void;
}

interface Asking {
  readonly tenant: string;
  /** The token's issuer and subject. */
  readonly caller: string;
  readonly kind: Kind;
}

const ofOne = ({ perSecond }: Rate): number => 1_000 / perSecond;

/**
 * Buckets by tenant and caller. The least recently used are dropped first: they are the fullest, and a full bucket
 * equals a new one.
 */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>();
  readonly #most: number;
  readonly #drawn: (below: number) => number;

  /** @param drawn a random number from 0 to below `below` */
  constructor(most = 20_000, drawn: (below: number) => number = randomInt) {
    this.#most = most;
    this.#drawn = drawn;
  }

  /**
   * Admits a request, and returns the counts that are due with it. A refused request uses nothing and is not counted, so
   * a flood writes no more than the rate lets through, and the callers and tenants who wait get through in their time.
   * @throws Refusal too-many-requests with the seconds to wait
   */
  admit({ tenant, caller, kind }: Asking, now: number): Due[] {
    const limits = [
      { whose: 'caller', rate: rates.caller[kind], name: `${kind}#${caller}` },
      { whose: 'tenant', rate: rates.tenant[kind], name: kind },
    ] as const;
    const asked = limits.map((limit) => ({ ...limit, bucket: this.#bucket(`${tenant} ${limit.name}`, limit.rate) }));
    for (const { whose, rate, bucket } of asked) {
      const wait = waitOf(bucket, rate, now);
      if (wait > 0) refuse(wait, whose);
    }
    return asked.flatMap(({ rate, name, bucket }) => taken(bucket, rate, now, name));
  }

  #bucket(key: string, { sample }: Rate): Bucket {
    // A new bucket counts after a random part of its first sample. So every request is counted once on average, however
    // few of them a process serves.
    const bucket = this.#buckets.get(key) ?? { own: 0, all: 0, left: 1 + this.#drawn(sample) };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#most)
      for (const oldest of [...this.#buckets.keys()].slice(0, this.#most / 10)) this.#buckets.delete(oldest);
    return bucket;
  }
}

/** Milliseconds until a request may pass; 0 when it may at once. */
const waitOf = ({ own, all }: Bucket, rate: Rate, now: number): number => {
  // The process knows its own use to the request, and that of all only as of the last count.
  const byOwn = own - now - (rate.burst - 1) * ofOne(rate);
  const byAll = all - now - rate.burst * ofOne(rate);
  return Math.max(0, Math.ceil(Math.max(byOwn, byAll)));
};

/** Uses the rate for one request, and returns the count that is due with it, if one is. */
const taken = (bucket: Bucket, rate: Rate, now: number, name: string): Due[] => {
  bucket.own = Math.max(bucket.own, now) + ofOne(rate);
  bucket.left -= 1;
  if (bucket.left > 0) return [];
  bucket.left = rate.sample;
  const told = (until: number) => {
    bucket.all = Math.max(bucket.all, until);
  };
  const { sample: requests } = rate;
  return [{ rate: name, ms: requests * ofOne(rate), requests, busy: bucket.all > now, told }];
};

const refuse = (wait: number, whose: string): never => {
  const seconds = Math.max(1, Math.ceil(wait / 1000));
  throw new Refusal('too-many-requests', {
    detail: `Too many requests of this ${whose}: wait ${seconds} s.`,
    retryAfter: seconds,
  });
};
