// Rates by a clock of the test's own: what passes, what waits, and that one tenant's flood is not another's.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { Buckets, rates } from '../../shared/http/gateway/buckets.ts';

/** Milliseconds to wait, in whole seconds as callers are told; 0 for a request that passes. */
const wait = (buckets: Buckets, tenant: string, caller: string, kind: 'check' | 'other', now: number): number => {
  try {
    buckets.admit({ tenant, caller, kind }, now);
    return 0;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'too-many-requests') return 1_000 * (error.details.retryAfter ?? 0);
    throw error;
  }
};
const passes = (...asked: Parameters<typeof wait>): boolean => wait(...asked) === 0;

describe('buckets', () => {
  it('let a burst pass, then as many as the rate says', () => {
    const buckets = new Buckets();
    const { burst, perSecond } = rates.caller.other;
    const at = (now: number, tries: number) =>
      Array.from({ length: tries }, () => passes(buckets, 't', 'c', 'other', now)).filter(Boolean).length;
    expect(at(1, burst + 50)).toBe(burst);
    expect(at(1_001, 2 * perSecond)).toBe(perSecond);
    expect(at(1_001, 1)).toBe(0);
  });

  it('never let more pass than burst and rate allow, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { maxLength: 40 }), (gaps) => {
        const buckets = new Buckets();
        const { burst, perSecond } = rates.caller.other;
        let now = 0;
        let passed = 0;
        for (const gap of gaps) {
          now += gap;
          for (let i = 0; i < 40; i += 1) if (passes(buckets, 't', 'c', 'other', now)) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(burst + (now * perSecond) / 1000);
      }),
    );
  });

  it('say how long to wait, and then it passes', () => {
    const buckets = new Buckets();
    const { burst, perSecond } = rates.caller.other;
    while (passes(buckets, 't', 'c', 'other', 1));
    expect(wait(buckets, 't', 'c', 'other', 1)).toBe(1_000);
    expect(passes(buckets, 't', 'c', 'other', 1 + 1_000 / perSecond - 1)).toBe(false);
    expect(passes(buckets, 't', 'c', 'other', 1 + 1_000 / perSecond)).toBe(true);
    // Another process has used the rate for ten seconds beyond the burst.
    const [due] = Array.from({ length: 20 }, () =>
      buckets.admit({ tenant: 'u', caller: 'c', kind: 'other' }, 1),
    ).flat();
    due?.told(1 + (1_000 * burst) / perSecond + 10_000);
    expect(wait(buckets, 'u', 'c', 'other', 1)).toBe(10_000);
    expect(passes(buckets, 'u', 'c', 'other', 10_001)).toBe(true);
  });

  it("a tenant's flood, by many callers, leaves another tenant's checks and its own other operations alone", () => {
    const buckets = new Buckets();
    let refused = 0;
    for (let i = 0; i < 10_000; i += 1) if (!passes(buckets, 'flood', `c${i % 50}`, 'check', 1)) refused += 1;
    expect(refused).toBe(10_000 - rates.tenant.check.burst);
    expect(passes(buckets, 'quiet', 'product', 'check', 1)).toBe(true);
    expect(passes(buckets, 'flood', 'c1', 'other', 1)).toBe(true);
  });

  it('a greedy caller leaves the rest of its tenant alone', () => {
    const buckets = new Buckets();
    for (let i = 0; i < 10_000; i += 1) passes(buckets, 't', 'greedy', 'check', 1);
    expect(passes(buckets, 't', 'modest', 'check', 1)).toBe(true);
  });

  it('count one request in so many, the first after a random part of them, and none that is refused', () => {
    const { sample, burst } = rates.tenant.check;
    const counted = (first: number) => {
      const buckets = new Buckets(100, () => first);
      const due = Array.from({ length: 100 }, () => buckets.admit({ tenant: 't', caller: 'c', kind: 'check' }, 1));
      return due.flatMap((one, i) => (one.some(({ rate }) => rate === 'check') ? [i + 1] : []));
    };
    expect([0, sample - 1, 9].map(counted)).toEqual([
      [1, 51],
      [50, 100],
      [10, 60],
    ]);
    const buckets = new Buckets();
    let count = 0;
    for (let i = 0; i < 10_000; i += 1)
      try {
        count += buckets.admit({ tenant: 't', caller: `c${i % 5}`, kind: 'check' }, 1).length;
      } catch {}
    expect(count).toBeLessThanOrEqual(burst / sample + burst / rates.caller.check.sample + 6);
  });

  it('keep no more than they may', () => {
    const buckets = new Buckets(100);
    const all = rates.caller.other.burst;
    for (let i = 0; i < all; i += 1) buckets.admit({ tenant: 'first', caller: 'c', kind: 'other' }, 1);
    expect(passes(buckets, 'first', 'c', 'other', 1)).toBe(false);
    for (let i = 0; i < 1_000; i += 1) passes(buckets, `t${i}`, 'c', 'other', 1);
    // The latest is remembered, the first forgotten.
    for (let i = 1; i < all; i += 1) passes(buckets, 't999', 'c', 'other', 1);
    expect(passes(buckets, 't999', 'c', 'other', 1)).toBe(false);
    expect(passes(buckets, 'first', 'c', 'other', 1)).toBe(true);
  });
});
