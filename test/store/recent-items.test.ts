// Bounded answers: what they may take from memory, and that they never mix a user from before a change with a book from
// after it.
import { beforeAll, describe, expect, it } from 'vitest';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import type { Item } from '../../shared/store/db.ts';
import { keys } from '../../shared/store/keys.ts';
import { RecentItems } from '../../shared/store/recent-items.ts';
import { Store } from '../../shared/store/store.ts';
import type { View } from '../../shared/store/view.ts';
import { boot, type Harness, service, type Tenant } from '../support/harness.ts';

const key = (n: number) => keys.access('t' as never, `u${n}` as never);
const item = (n: number): Item => ({ ...key(n), text: 'x'.repeat(100) });

describe('items that a process has read lately', () => {
  it('are those that were read since a time', () => {
    const recent = new RecentItems();
    recent.keep(key(1), item(1), 1_000);
    expect(recent.get(key(1), 1_000)).toMatchObject({ item: item(1), at: 1_000 });
    expect(recent.get(key(1), 1_001)).toBeUndefined();
    recent.keep(key(1), { ...item(1), text: 'new' }, 2_000);
    expect(recent.get(key(1), 1_001)?.item.text).toBe('new');
    expect(recent.get(key(2), 0)).toBeUndefined();
  });

  it('are the same one as long as what is read is equal, and are as new as the last read', () => {
    const recent = new RecentItems();
    const first = { ...item(1), groups: new Set(['a', 'b']), personal: [{ permission: 'pay' }] };
    expect(recent.keep(key(1), first, 1_000)).toBe(first);
    const again = { ...structuredClone(first) };
    expect(recent.keep(key(1), again, 2_000)).toBe(first);
    expect(recent.get(key(1), 2_000)?.item).toBe(first);
    for (const other of [
      { ...first, text: 'new' },
      { ...first, groups: new Set(['a', 'c']) },
      { ...first, groups: new Set(['a']) },
      { ...first, personal: [{ permission: 'pay', policies: ['p'] }] },
      { ...first, more: 1 },
    ]) {
      expect(recent.keep(key(1), other, 3_000)).toBe(other);
      expect(recent.get(key(1), 3_000)?.item).toBe(other);
      recent.keep(key(1), first, 3_000);
    }
    // One that is too large is given back, and not kept.
    const none = new RecentItems(1_000);
    expect(none.keep(key(1), first, 1_000)).toBe(first);
    expect(none.get(key(1), 0)).toBeUndefined();
  });

  it('are the newest of reads that overlap, whichever of them ends last', () => {
    const recent = new RecentItems();
    const [older, newer]: [Item, Item] = [
      { ...item(1), rev: 1 },
      { ...item(1), rev: 2 },
    ];
    recent.keep(key(1), newer, 2_000);
    // Who reads with strong consistency is answered by what was read.
    expect(recent.keep(key(1), older, 1_000)).toBe(older);
    // This one began later, and was carried out before, or by a copy that lags.
    expect(recent.keep(key(1), older, 3_000)).toBe(older);
    expect(recent.get(key(1), 0)).toMatchObject({ item: newer, at: 2_000 });
    expect(recent.keep(key(1), { ...newer }, 1_500)).toBe(newer);
    expect(recent.get(key(1), 2_000)?.item).toBe(newer);
    recent.keep(key(1), { ...newer, rev: 3 }, 1_500);
    expect(recent.get(key(1), 0)).toMatchObject({ item: { rev: 3 }, at: 1_500 });
  });

  it('are those of a table that was restored, and of a clock that was set back', () => {
    const recent = new RecentItems();
    const [older, newer]: [Item, Item] = [
      { ...item(1), rev: 1 },
      { ...item(1), rev: 2 },
    ];
    recent.keep(key(1), newer, 3_600_000);
    recent.keep(key(1), newer, 3_000);
    expect(recent.get(key(1), 0)?.at).toBe(3_000);
    recent.keep(key(1), older, 24_000);
    expect(recent.get(key(1), 0)).toMatchObject({ item: older, at: 24_000 });
  });

  it('take so many bytes together, and the oldest goes first', () => {
    const recent = new RecentItems(45_000);
    for (let n = 0; n < 10; n += 1) recent.keep(key(n), item(n), n);
    const left = Array.from({ length: 10 }, (_, n) => n).filter((n) => recent.get(key(n), 0));
    expect(left).toEqual([5, 6, 7, 8, 9].slice(-left.length));
    expect(left.length).toBeGreaterThan(2);
    // One that alone is larger pushes nobody out.
    recent.keep(key(20), { ...key(20), text: 'x'.repeat(10_000) }, 20);
    expect(recent.get(key(20), 0)).toBeUndefined();
    expect(recent.get(key(9), 0)).toBeDefined();
  });
});

describe('a bounded check', () => {
  let h: Harness;
  let t: Tenant;
  /** This process and another one, whose changes this one does not see by itself. */
  let here: Store;
  let now = Date.now();
  beforeAll(async () => {
    h = (await boot()).harness;
    t = await h.tenant();
    const clock = { ...h.store.db.clock, now: () => now };
    here = new Store({ client: h.client, table: h.table, clock });
  });
  const ask = async (user: string, consistency: 'strong' | 'bounded') => {
    setRuntime({ ...h.runtime, store: here });
    try {
      const body = { user, permission: 'billing', consistency };
      return (await h.ok('check', { as: service(t.id), body })).body as { allowed: boolean; asOf: string };
    } finally {
      setRuntime(h.runtime);
    }
  };

  it('never has the user from before a change and the book from after it', async () => {
    const user = await t.user('Leaves');
    const role = await t.role('Paying', [], [user]);
    expect(await ask(user, 'strong')).toMatchObject({ allowed: false });
    expect(await ask(user, 'bounded')).toMatchObject({ allowed: false });
    // The user is disabled first. Then the role may pay: at no moment could the user.
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    await t.roleGrants(role, [{ permission: 'billing' }]);
    now += 1_000;
    // Another question brings this process the new book.
    await ask(t.firstUser, 'strong');
    expect(await ask(user, 'bounded')).toMatchObject({ allowed: false });
  });

  it('never has the user from after a change and the book from before it', async () => {
    const user = await t.user('Comes back');
    const role = await t.role('Pays no more', [{ permission: 'billing' }], [user]);
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    await ask(t.firstUser, 'strong');
    // The role loses its right before the user is enabled, so at no moment could the user pay. Only the user changes then.
    await t.roleGrants(role, []);
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'active' } });
    expect(await ask(user, 'bounded')).toMatchObject({ allowed: false });
  });

  it('takes the same user again, with what is known of them, and so does a strong check that reads the same', async () => {
    const user = (await t.user('Is known')) as never;
    const access = keys.access(t.id, user);
    const seen = async (view: Promise<View | undefined>) => (await (await view)?.users([user]))?.[0];
    await here.view(t.id);
    const first = await seen(here.boundedView(t.id, [access]));
    expect(first).toMatchObject({ id: user, state: 'active' });
    expect(await seen(here.boundedView(t.id, [access]))).toBe(first);
    expect(await seen(here.view(t.id, [access]))).toBe(first);
    await t.ok('updateUser', { params: { userId: user }, body: { state: 'disabled' } });
    const changed = await seen(here.view(t.id, [access]));
    expect(changed).toMatchObject({ id: user, state: 'disabled' });
    expect(await seen(here.view(t.id, [access]))).toBe(changed);
  });

  it('shares the user with those who read the item by the same request', async () => {
    const user = (await t.user('Is read once')) as never;
    const access = keys.access(t.id, user);
    const sharing = new Store({ client: h.client, table: h.table, sharing: 1 });
    await sharing.view(t.id);
    const [, ...views] = await Promise.all([sharing.view(t.id), ...[1, 2].map(() => sharing.view(t.id, [access]))]);
    const [one, other] = await Promise.all(views.map(async (view) => (await view?.users([user]))?.[0]));
    expect(one).toMatchObject({ id: user });
    expect(other).toBe(one);
    expect((await (await sharing.view(t.id, [access]))?.users([user]))?.[0]).toBe(one);
  });

  it('is as of the oldest thing that it took, and of five seconds ago at most', async () => {
    const user = await t.user('Is asked about');
    await ask(user, 'strong');
    const first = now;
    await ask(user, 'bounded');
    now += 3_000;
    await ask(t.firstUser, 'strong');
    expect(await ask(user, 'bounded')).toMatchObject({ allowed: false, asOf: new Date(first).toISOString() });
    await t.setGrants(user, [{ permission: 'billing' }]);
    now += 2_500;
    expect(await ask(user, 'bounded')).toMatchObject({ allowed: true });
  });
});
