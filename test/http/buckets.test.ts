// Token buckets by a clock of the test's own: what passes, what waits, and that one tenant's flood is not another's.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { admit, Buckets, rates } from '../../shared/http/gateway/buckets.ts';

const passes = (buckets: Buckets, tenant: string, caller: string, kind: 'check' | 'other', now: number): boolean => {
  try {
    admit(buckets, { tenant, caller, kind }, now);
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'too-many-requests') return false;
    throw error;
  }
};

describe('buckets', () => {
  it('let a burst pass, then as many as the rate says', () => {
    const buckets = new Buckets();
    const { burst, perSecond } = rates.caller.other;
    const at = (now: number, tries: number) =>
      Array.from({ length: tries }, () => passes(buckets, 't', 'c', 'other', now)).filter(Boolean).length;
    expect(at(0, burst + 50)).toBe(burst);
    expect(at(1_000, 2 * perSecond)).toBe(perSecond);
    expect(at(1_000, 1)).toBe(0);
  });

  it('never let more pass than burst and rate allow, whatever the times', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 200 }), (gaps) => {
        const buckets = new Buckets();
        const rate = { burst: 5, perSecond: 20 };
        let now = 0;
        let passed = 0;
        for (const gap of gaps) {
          now += gap;
          if (buckets.take('k', rate, now) === 0) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(rate.burst + (now * rate.perSecond) / 1000);
      }),
    );
  });

  it('say how long to wait, and then it passes', () => {
    const buckets = new Buckets();
    const rate = { burst: 1, perSecond: 2 };
    expect(buckets.take('k', rate, 0)).toBe(0);
    const wait = buckets.take('k', rate, 0);
    expect(wait).toBe(500);
    expect(buckets.take('k', rate, wait - 1)).toBeGreaterThan(0);
    expect(buckets.take('k', rate, wait)).toBe(0);
  });

  it("a tenant's flood, by many callers, leaves another tenant's checks and its own other operations alone", () => {
    const buckets = new Buckets();
    let refused = 0;
    for (let i = 0; i < 10_000; i += 1) if (!passes(buckets, 'flood', `c${i % 50}`, 'check', 0)) refused += 1;
    expect(refused).toBe(10_000 - rates.tenant.check.burst);
    expect(passes(buckets, 'quiet', 'product', 'check', 0)).toBe(true);
    expect(passes(buckets, 'flood', 'c1', 'other', 0)).toBe(true);
  });

  it('a greedy caller leaves the rest of its tenant alone', () => {
    const buckets = new Buckets();
    for (let i = 0; i < 10_000; i += 1) passes(buckets, 't', 'greedy', 'check', 0);
    expect(passes(buckets, 't', 'modest', 'check', 0)).toBe(true);
  });

  it('keep no more than they may', () => {
    const buckets = new Buckets(100);
    for (let i = 0; i < 1_000; i += 1) buckets.take(`k${i}`, { burst: 1, perSecond: 1 }, 0);
    // The latest is remembered, the first forgotten.
    expect(buckets.take('k999', { burst: 1, perSecond: 1 }, 0)).toBeGreaterThan(0);
    expect(buckets.take('k0', { burst: 1, perSecond: 1 }, 0)).toBe(0);
  });
});
