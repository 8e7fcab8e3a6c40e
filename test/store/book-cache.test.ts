// The books that a process keeps: bounded by memory, and never all pushed out by one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { Book } from '../../shared/domain/book/book.ts';
import { BookCache, roomForBooks } from '../../shared/store/book-cache.ts';

const room = 400_000_000;
const tenants = (name: string, n: number) => Array.from({ length: n }, (_, i) => `${name}${i}` as TenantId);
const small = tenants('small', 200);
const large = tenants('large', 20);
const keep = (cache: BookCache, tenant: TenantId, bytes: number, version = 1) =>
  cache.keep(tenant, { book: new Book(version, new Map()), seen: 0, since: 0, bytes });
const there = (cache: BookCache, all: readonly TenantId[]) => all.filter((tenant) => cache.get(tenant)).length;

describe('the books that a process keeps', () => {
  it('stay within their room, whoever comes, and small ones are not pushed out by large ones', () => {
    const cache = new BookCache(room);
    for (const tenant of small) keep(cache, tenant, 90_000);
    for (const tenant of large) keep(cache, tenant, 18_800_000);
    expect(cache.used).toBeLessThanOrEqual(room);
    expect([there(cache, small), there(cache, large)]).toEqual([200, 3]);
    // Nor are large ones by many small ones, beyond what the small ones may take from all.
    for (const tenant of tenants('further', 2_000)) keep(cache, tenant, 90_000);
    expect(cache.used).toBeLessThanOrEqual(room);
  });

  it('leave in the order of their last use', () => {
    const cache = new BookCache(room);
    const [one, two, three, ...more] = large as [TenantId, TenantId, TenantId, ...TenantId[]];
    for (const tenant of [one, two, three]) keep(cache, tenant, 25_000_000);
    keep(cache, one, 25_000_000);
    keep(cache, more[0] as TenantId, 25_000_000);
    expect([one, two, three].map((tenant) => cache.get(tenant) !== undefined)).toEqual([true, false, true]);
  });

  it('do not include one that would fill all the room', () => {
    const cache = new BookCache(room);
    for (const tenant of small) keep(cache, tenant, 90_000);
    keep(cache, large[0] as TenantId, 150_000_000);
    expect([there(cache, small), there(cache, large)]).toEqual([200, 0]);
  });

  it('are never replaced by earlier versions', () => {
    const cache = new BookCache(room);
    keep(cache, small[0] as TenantId, 1_000, 7);
    keep(cache, small[0] as TenantId, 1_000, 6);
    expect(cache.get(small[0] as TenantId)?.book.version).toBe(7);
  });

  it('are counted right, however they come and go', () => {
    const step = fc.tuple(fc.constantFrom(...small.slice(0, 9)), fc.nat(60_000_000), fc.boolean());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const cache = new BookCache(room);
        for (const [tenant, bytes, goes] of steps) {
          if (goes) cache.delete(tenant);
          else keep(cache, tenant, bytes);
          expect(cache.used).toBeLessThanOrEqual(room);
        }
        for (const tenant of small) cache.delete(tenant);
        expect(cache.used).toBe(0);
      }),
    );
  });
});

describe('the room for books', () => {
  it('is a part of the function’s memory, or of the heap', () => {
    expect(roomForBooks({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' })).toBe(0.4 * 256 * 1_048_576);
    // Which all threads of the function share.
    const four = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256', AWS_LAMBDA_NODEJS_WORKER_COUNT: '4' };
    expect(roomForBooks(four)).toBe(0.1 * 256 * 1_048_576);
    expect(roomForBooks({})).toBeGreaterThan(100_000_000);
    expect(roomForBooks({ AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '999999' })).toBe(roomForBooks({}));
  });
});
