// Loads of books in a process that serves many requests at once: each tenant's book is loaded once, and all loads together
// take no more memory than they may.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { heapOfBook } from '../../shared/store/book-cache.ts';
import { BookLoads } from '../../shared/store/book-loads.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { partitions } from '../../shared/store/keys.ts';
import { Store } from '../../shared/store/store.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';

const room = 100_000_000;
const settle = () => new Promise(setImmediate);

describe('loads of books', () => {
  /** Loads that end when the test says so. */
  class Loading {
    readonly #loads = new BookLoads(room);
    readonly running = new Map<number, () => void>();
    readonly begun: number[] = [];

    add(id: number, bytes: number | undefined, fails = false): Promise<unknown> {
      const load = () =>
        new Promise<void>((resolve, reject) => {
          this.begun.push(id);
          this.running.set(id, () => {
            this.running.delete(id);
            if (fails) reject(new Error('no'));
            else resolve();
          });
        });
      return this.#loads.within(bytes, load).catch(() => {});
    }
  }

  it('take no more than their room together, begin in the order in which they came, and leave it when they fail', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.option(fc.nat(30_000_000), { nil: undefined }), fc.boolean()), { maxLength: 20 }),
        fc.infiniteStream(fc.nat(20)),
        async (wanted, order) => {
          const loading = new Loading();
          const ends = wanted.map(([bytes, fails], i) => loading.add(i, bytes, fails));
          await settle();
          while (loading.running.size > 0) {
            const running = [...loading.running.keys()];
            const heaps = running.map((id) => wanted[id]?.[0]).map((bytes) => 2 * heapOfBook(bytes ?? 30_000_000));
            if (running.length > 1) expect(heaps.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(room);
            loading.running.get(running[order.next().value % running.length] as number)?.();
            await settle();
          }
          await Promise.all(ends);
          expect(loading.begun).toEqual(wanted.map((_, i) => i));
        },
      ),
      { numRuns: 200 },
    ));

  it('of little books do not wait for each other', async () => {
    const loading = new Loading();
    for (let i = 0; i < 100; i += 1) void loading.add(i, 20_000);
    await settle();
    expect(loading.running.size).toBe(100);
  });
});

describe('readers of one process', () => {
  let tenant: Tenant;
  let client: DocumentClient;
  let table: string;
  beforeAll(async () => {
    ({ client, table } = await bootEngine('memory'));
    tenant = await new Harness(client, table).tenant();
    await tenant.role('A role');
  });

  /** A store that nobody has used. `answered` stands between its reads of a whole book and their answers. */
  const fresh = (answered: () => Promise<void> = async () => {}) => {
    const asked: string[] = [];
    const send: DocumentClient['send'] = async (command, options) => {
      const partition = command.input.ExpressionAttributeValues?.[':pk'] ?? 'by key';
      asked.push(partition);
      const answer = await client.send(command, options);
      if (partition === partitions.book(tenant.id)) await answered();
      return answer;
    };
    const store = new Store({ client: { send }, table, sharing: 2 });
    const number = (partition: string) => asked.filter((one) => one === partition).length;
    const together = (readers: number, id = tenant.id) =>
      Promise.allSettled(Array.from({ length: readers }, () => store.view(id)));
    return { store, together, loads: () => number(partitions.book(tenant.id)), reads: () => number('by key') };
  };
  const booksOf = (views: Awaited<ReturnType<ReturnType<typeof fresh>['together']>>) =>
    views.map((one) => (one.status === 'fulfilled' ? one.value?.book : undefined));

  it('load a book once, however many of them come at once', async () => {
    const { together, loads } = fresh();
    const books = booksOf(await together(64));
    expect(loads()).toBe(1);
    expect(books[0]).toBeDefined();
    expect(new Set(books).size).toBe(1);
  });

  it('get what was written before they came, though they wait for a load that began earlier', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const { store, together, loads } = fresh(() => held);
    const first = store.view(tenant.id);
    await settle();
    await tenant.role('Written meanwhile');
    const later = together(8);
    await settle();
    release();
    const before = (await first)?.book;
    const books = booksOf(await later);
    expect(books.map((book) => (book?.version ?? 0) > (before?.version ?? 0))).toEqual(Array(8).fill(true));
    expect(books.map((book) => book?.roles.size)).toEqual(Array(8).fill((before?.roles.size ?? 0) + 1));
    expect(loads()).toBe(1);
  });

  it('load it themselves when the first of them fails', async () => {
    let failures = 1;
    const { together, loads } = fresh(async () => {
      failures -= 1;
      if (failures >= 0) throw Object.assign(new Error('no'), { name: 'ValidationException' });
    });
    const views = await together(8);
    expect(views.map(({ status }) => status)).toEqual(['rejected', ...Array(7).fill('fulfilled')]);
    expect(loads()).toBeGreaterThan(1);
  });

  it('share the reads of a tenant that does not exist, and wait for one of them only', async () => {
    const { together, reads } = fresh();
    const views = await together(64, 't_none' as TenantId);
    expect(views).toEqual(Array(64).fill({ status: 'fulfilled', value: undefined }));
    expect(reads()).toBeLessThan(8);
  });
});

describe('a tenant that was suspended', () => {
  it('stays so for bounded checks, though a reader who began before comes to an end afterwards', async () => {
    const { client, table } = await bootEngine('memory');
    const harness = new Harness(client, table);
    const tenant = await harness.tenant();
    const params = { tenantId: tenant.id };
    const as = { subject: 'operator', scope: 'holdfast/operator' };
    let hold: { readonly held: Promise<void>; readonly release: () => void } | undefined;
    const send: DocumentClient['send'] = async (command, options) => {
      const before = hold?.held;
      const answer = await client.send(command, options);
      await before;
      return answer;
    };
    const store = new Store({ client: { send }, table });
    await store.view(tenant.id);
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    hold = { held, release };
    const slow = store.view(tenant.id);
    hold = undefined;
    await settle();
    await harness.ok('updateTenantById', { as, params, body: { state: 'suspended', reason: 'For the test' } });
    expect((await store.view(tenant.id))?.head.lifecycle?.state).toBe('suspended');
    release();
    expect((await slow)?.head.lifecycle).toBeUndefined();
    expect((await store.boundedView(tenant.id, []))?.isCurrent).toBe(true);
    await harness.ok('updateTenantById', { as, params, body: { state: 'active', reason: 'For the test' } });
    await store.view(tenant.id);
    expect((await store.boundedView(tenant.id, []))?.isCurrent).toBe(false);
  });
});
