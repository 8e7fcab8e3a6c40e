// Many users share a transaction: each keeps an event of its own, what is refused costs only itself, and what others
// change meanwhile is not lost.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Directory, deleted, group, groupDn, modified, person, userDn } from '../support/directory.ts';
import { bootEngine, Harness, issuer } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { Protocol, statedGone, statedGroup, statedUser } from '../support/stated.ts';
import { type Command, nameOf, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let harness: Harness;
let wrapped: Wrapped;
beforeAll(async () => {
  const { engine, client, table } = await bootEngine();
  close = engine.close;
  wrapped = new Wrapped(client);
  harness = new Harness(wrapped, table);
});
afterAll(() => close());

const numbers = Array.from({ length: 30 }, (_, i) => i + 1);
const name = (n: number): string => `user${n}`;
const people = numbers.map((n) => person(name(n), n));
const itemsIn = (command: Command): number =>
  nameOf(command) === 'TransactWrite' ? (command.input.TransactItems as unknown[]).length : 0;

/** The sizes of the transactions of a run that a function sends. */
const sizesOf = async (run: () => Promise<unknown>): Promise<number[]> => {
  const sizes: number[] = [];
  wrapped.around = (command, send) => {
    if (itemsIn(command) > 0) sizes.push(itemsIn(command));
    return send();
  };
  await run().finally(() => wrapped.heal());
  return sizes;
};

describe('users who share a transaction', () => {
  it('are as many as fit 100 items, each with an event of its own', async () => {
    const d = await Directory.of(await harness.tenant());
    const sizes = await sizesOf(() => d.take(...people));
    // Access, profile, object, two names and the event of each; the outcome of all.
    expect(sizes.filter((size) => size > 50)).toEqual([91, 91]);
    const { body } = await d.tenant.ok('listEvents', { query: { limit: '200' } });
    const created = body.items.filter(({ action }: { action: string }) => action === 'user.created');
    expect(created.map(({ target }: { target: string }) => target).sort()).toEqual(
      numbers.map((n) => d.user(n)).sort(),
    );
    expect(new Set(created.map(({ id }: { id: string }) => id)).size).toBe(numbers.length);
    for (const n of [1, 17, 30]) {
      const { items } = (await d.tenant.ok('listEvents', { query: { target: d.user(n) } })).body;
      expect(items).toMatchObject([{ action: 'user.created', after: { state: 'active', source: d.source } }]);
    }
  });

  it('do not pay for one who is refused', async () => {
    const d = await Directory.of(await harness.tenant(), { issuer, claim: 'oid' });
    await d.take(...people, group('Keepers', 101), group('Readers', 102));
    await d.tenant.role('Key holders', [{ permission: 'manageAccessRights' }], [d.group(101)]);
    const members = (...some: number[]) => some.map((n) => userDn(name(n)));
    const run = await d.take(group('Readers', 102, ...members(...numbers)), group('Keepers', 101, ...members(7, 23)));
    expect(run.items).toMatchObject([
      { result: 'applied' },
      {
        result: 'rejected',
        code: 'keeper-needed',
        refused: [d.user(7), d.user(23)].sort().map((id) => ({ id, code: 'keeper-needed' })),
      },
    ]);
    for (const n of numbers) expect(await d.groupsOf(n)).toEqual([d.group(102)]);
  });

  it('keep what an administrator changes between the reading and the writing', async () => {
    const d = await Directory.of(await harness.tenant());
    await d.take(...people);
    const [first, last] = [d.user(1), d.user(30)];
    let meanwhile = true;
    wrapped.around = async (command, send) => {
      if (meanwhile && itemsIn(command) > 50) {
        meanwhile = false;
        await d.tenant.ok('updateUser', { params: { userId: first }, body: { state: 'disabled' } });
        await d.tenant.ok('deleteUser', { params: { userId: last } });
      }
      return send();
    };
    const run = await d.take(group('All', 101, ...numbers.map((n) => userDn(name(n))))).finally(() => wrapped.heal());
    expect(meanwhile).toBe(false);
    expect(run.counts).toEqual({ applied: 1, noop: 0, rejected: 0, ignored: 0 });
    expect(await d.access(first)).toMatchObject({ state: 'disabled' });
    expect(await d.groupsOf(1)).toEqual([d.group(101)]);
    expect(await d.access(last)).toMatchObject({ state: 'deleted' });
    expect(await d.groupsOf(29)).toEqual([d.group(101)]);
  });

  it('who need nothing by what was read for the plan are read again', async () => {
    const d = await Directory.of(await harness.tenant());
    await d.take(...people);
    let meanwhile = true;
    wrapped.around = async (command, send) => {
      const answer = await send();
      // The plan is stored, and nothing is applied yet.
      if (meanwhile && itemsIn(command) > 0 && JSON.stringify(command.input).includes('"#plan"')) {
        meanwhile = false;
        await d.tenant.ok('deleteUser', { params: { userId: d.user(30) } });
      }
      return answer;
    };
    const run = await d.take(...people).finally(() => wrapped.heal());
    expect(meanwhile).toBe(false);
    expect(run.counts).toMatchObject({ applied: 1, noop: 29, rejected: 0 });
    expect(await d.access(d.user(30))).toMatchObject({ state: 'active' });
  });

  it('are parted when they share a name, and when one has more groups than fit', async () => {
    const d = await Directory.of(await harness.tenant());
    const groups = Array.from({ length: 120 }, (_, i) => group(`G${i}`, 200 + i, userDn('user1'), userDn('user2')));
    await d.take(...people.slice(0, 3), ...groups);
    expect([(await d.groupsOf(1)).length, (await d.groupsOf(2)).length]).toEqual([120, 120]);
    const uid = (n: number, to: number) => modified(userDn(name(n)), 'replace: uid', `uid: ${name(to)}`, '-');
    expect((await d.take(uid(1, 2), uid(2, 3), uid(3, 1))).counts.applied).toBe(3);
    await d.take(`${group('By login', 500).replace('groupOfNames', 'posixGroup')}\nmemberUid: user1`);
    expect((await d.groupsOf(3)).includes(d.group(500))).toBe(true);
    const run = await d.take(...[1, 2, 3].map((n) => deleted(userDn(name(n)))), deleted(groupDn('By login')));
    expect(run.counts).toEqual({ applied: 4, noop: 0, rejected: 0, ignored: 0 });
  });

  it('are taken for new without being read, unless their records say otherwise', async () => {
    const p = new Protocol(await Directory.of(await harness.tenant()));
    const stated = numbers.map((n) => statedUser(name(n), n));
    expect((await p.take([...stated, statedGroup('All', 101, numbers)])).counts.applied).toBe(31);
    expect((await p.take(numbers.slice(0, 10).map((n) => statedGone('user', n)))).counts.applied).toBe(10);
    // Ten have been here before, so that the transactions in which they are refused at first are made anew.
    const back = await p.take([...stated, statedUser('late', 40), statedGroup('All', 101, numbers)]);
    expect(back.counts).toMatchObject({ applied: 12, noop: 20, rejected: 0 });
    for (const n of numbers) {
      expect(await p.d.access(p.d.user(n))).toMatchObject({ state: 'active' });
      expect(await p.d.groupsOf(n)).toEqual([p.d.group(101)]);
    }
  });
});
