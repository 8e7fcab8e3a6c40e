// Requests of one process that read at the same moment share one read: none gets anything older than by a read alone,
// and none ends another's.
import { describe, expect, it } from 'vitest';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { Db, type Item, systemClock, TimeLimit, until } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';

/** A table of one number for each key, whose requests are carried out when the test says so. */
class Table {
  readonly values = new Map<string, number>();
  /** Keys of each request, in the order in which the requests came. */
  readonly asked: string[][] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly #open: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];

  readonly send = async (command: { input: Record<string, unknown> }, options?: { abortSignal?: AbortSignal }) => {
    const { Key, RequestItems } = command.input as { Key?: Item; RequestItems?: { table: { Keys: Item[] } } };
    const wanted = Key ? [Key] : (RequestItems?.table.Keys ?? []);
    this.asked.push(wanted.map(({ PK }) => String(PK)));
    this.signals.push(options?.abortSignal);
    await new Promise<void>((done, fail) => this.#open.push({ done, fail }));
    const items = wanted.map(({ PK, SK }) => ({ PK, SK, n: this.values.get(String(PK)) ?? 0 }));
    return Key ? { Item: items[0] } : { Responses: { table: items } };
  };

  /** Carries out the oldest open request. */
  async answer(error?: Error): Promise<void> {
    const { done, fail } = this.#open.shift() as { done: () => void; fail: (error: Error) => void };
    if (error) fail(error);
    else done();
    await new Promise(setImmediate);
  }
}

const head = (name: string) => keys.head(name as TenantId);
const n = ([item]: readonly (Item | undefined)[]) => item?.n;
const settle = () => new Promise(setImmediate);

const fresh = (sharing = 1) => {
  const table = new Table();
  return { table, db: new Db(table, 'table', systemClock, sharing) };
};

describe('reads that wait at the same moment', () => {
  it('share one request, in which no key is twice', async () => {
    const { table, db } = fresh();
    const all = ['a', 'b', 'c', 'b', 'c'].map((name) => db.readShared([head(name)]));
    expect(table.asked).toEqual([['T#a']]);
    await table.answer();
    expect(table.asked).toEqual([['T#a'], ['T#b', 'T#c']]);
    await table.answer();
    expect((await Promise.all(all)).flat().map((item) => item?.PK)).toEqual(['T#a', 'T#b', 'T#c', 'T#b', 'T#c']);
  });

  it('begin after each of them has come: a read that is under way is shared by nobody', async () => {
    const { table, db } = fresh();
    const first = db.readShared([head('a')]);
    await settle();
    const second = db.readShared([head('a')]);
    await table.answer();
    // What is written now, before the second read begins to be carried out, the second reader may see, and sees.
    table.values.set('T#a', 1);
    await table.answer();
    expect([n(await first), n(await second)]).toEqual([0, 1]);
  });

  it('take another request for more keys than one takes', async () => {
    const { table, db } = fresh();
    const all = Array.from({ length: 61 }, (_, i) => db.readShared([head(`a${i}`), head(`b${i}`)]));
    for (let i = 0; i < 3; i += 1) await table.answer();
    await Promise.all(all);
    expect(table.asked.map((keysOfOne) => keysOfOne.length)).toEqual([2, 100, 20]);
  });

  it('are as many under way at once as the process allows', async () => {
    const { table, db } = fresh(2);
    const all = ['a', 'b', 'c', 'd'].map((name) => db.readShared([head(name)]));
    expect(table.asked).toEqual([['T#a'], ['T#b']]);
    await table.answer();
    expect(table.asked).toEqual([['T#a'], ['T#b'], ['T#c', 'T#d']]);
    for (let i = 0; i < 2; i += 1) await table.answer();
    await Promise.all(all);
  });

  it('fail together, and those that come after them do not', async () => {
    const { table, db } = fresh();
    const all = ['a', 'b', 'c'].map((name) => db.readShared([head(name)]).then(n, (error: Error) => error.message));
    await table.answer();
    await table.answer(Object.assign(new Error('no'), { name: 'ValidationException' }));
    const after = db.readShared([head('d')]);
    await table.answer();
    expect(await Promise.all(all)).toEqual([0, 'no', 'no']);
    expect(n(await after)).toBe(0);
  });

  it('end with the time of none of them, and whose time is over gets no answer', async () => {
    const { table, db } = fresh();
    const limit = new TimeLimit();
    const first = db.readShared([head('z')]);
    const late = until(limit, () => db.readShared([head('a')])).then(n, (error) => error.code);
    const other = db.readShared([head('b')]);
    await table.answer();
    limit.abort();
    await table.answer();
    expect([n(await first), await late, n(await other)]).toEqual([0, 'out-of-time', 0]);
    expect(table.signals).toEqual([undefined, undefined]);
    expect(await until(limit, () => db.readShared([head('c')])).catch((error) => error.code)).toBe('out-of-time');
    expect(table.asked.length).toBe(2);
  });

  it('are not begun within the time of whoever came before them', async () => {
    const { table, db } = fresh();
    const limit = new TimeLimit();
    const first = until(limit, () => db.readShared([head('a')])).then(n, (error) => error.code);
    const next = db.readShared([head('b')]).then(n, (error) => error.code);
    limit.abort();
    await table.answer();
    await table.answer();
    expect([await first, await next]).toEqual(['out-of-time', 0]);
    expect(table.signals).toEqual([undefined, undefined]);
  });

  it('are no part of it when they ask for much', async () => {
    const { table, db } = fresh();
    const small = db.readShared([head('a')]);
    const large = db.readShared(Array.from({ length: 26 }, (_, i) => head(`b${i}`)));
    expect(table.asked.map((one) => one.length)).toEqual([1, 26]);
    for (let i = 0; i < 2; i += 1) await table.answer();
    await Promise.all([small, large]);
  });
});
