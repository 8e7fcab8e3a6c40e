// What a directory's run costs: units for each user that changes, transactions, and requests for the run as a whole. Only
// calls and units are counted, so the numbers are the same on every machine.
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { RunId } from '../../shared/domain/base/ids.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { Directory, deleted, drain, group, modified, person, userDn } from '../support/directory.ts';
import { bootEngine, Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { ndjson, Protocol, statedGone, statedGroup, statedUser } from '../support/stated.ts';
import { SleepingClock, spentBy, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const wrapped = new Wrapped(client);
/** No time passes, so no run notes its progress meanwhile. */
const harness = new Harness(wrapped, table, { clock: new SleepingClock() });

const users = Array.from({ length: 100 }, (_, i) => i);
const dn = (n: number): string => userDn(`user${n}`);
/** Each user is in three of ten groups. */
const membersOf = (g: number): string[] => users.filter((n) => [0, 3, 7].some((by) => (n + by) % 10 === g)).map(dn);
const all = [
  ...users.map((n) => person(`user${n}`, n + 1)),
  ...Array.from({ length: 10 }, (_, g) => group(`G${g}`, 1_000 + g, ...membersOf(g))),
];
const each = (...lines: string[]): string[] => users.map((n) => modified(dn(n), ...lines, '-'));

/**
 * The cost of the work on a file, planning included, which reads each user once more and writes one transaction, without that
 * of its delivery: units for each user, and the requests of the whole run.
 */
const costOf = async (d: Directory, ...records: string[]) => {
  const posted = await d.post(...records);
  harness.work.splice(0);
  const key = { tenant: d.tenant.id, id: posted.body.id as RunId };
  const { readUnits, writeUnits, requests, commands } = await spentBy(wrapped, async () => {
    while ((await runSlice(harness.store, key)) === 'more');
  });
  expect((await d.run(key.id)).counts).toMatchObject({ rejected: 0 });
  return {
    reads: Math.round(readUnits / users.length),
    writes: Math.round(writeUnits / users.length),
    requests,
    transactions: commands.filter((one) => one === 'TransactWrite').length,
  };
};

/** The work on a run that was sent, planning included, as `costOf` counts it, for each of so many entries. */
const costOfDelta = async (p: Protocol, entries: readonly object[]) => {
  const id = (await p.send([ndjson(...(entries as Record<string, unknown>[]))])) as RunId;
  harness.work.splice(0);
  const key = { tenant: p.d.tenant.id, id };
  const { readUnits, writeUnits, requests, commands } = await spentBy(wrapped, async () => {
    while ((await runSlice(harness.store, key)) === 'more');
  });
  expect((await p.d.run(id)).counts).toMatchObject({ applied: entries.length, rejected: 0 });
  // Ids are drawn, and their order decides where a transaction is full: one more or less says nothing.
  const tens = (count: number) => Math.ceil(count / 10) * 10;
  const each = (units: number) => Math.round((units / entries.length) * 10) / 10;
  return {
    reads: each(readUnits),
    writes: each(writeUnits),
    requests: tens(requests),
    transactions: tens(commands.filter((one) => one === 'TransactWrite').length),
  };
};

describe.skipIf(process.env.DYNAMODB_ENDPOINT !== undefined)('a delta of 1,000 entries', () => {
  it('costs so much, whoever else is in the directory', async () => {
    const p = new Protocol(await Directory.of(await harness.tenant()));
    const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
    const user = (n: number, more = {}) => statedUser(`user${n}`, n + 1, more);
    const groups = (more: readonly number[]) =>
      range(0, 10).map((g) =>
        statedGroup(
          `G${g}`,
          9_000 + g,
          [...range(g * 80, g * 80 + 80), ...more].map((n) => n + 1),
        ),
      );
    await p.send([ndjson(...range(0, 800).map((n) => user(n)), ...groups([]))]);
    await drain(harness);
    const delta = [
      ...range(0, 500).map((n) => user(n, { attributes: { uid: [`user${n}`], cn: ['Another name'] } })),
      ...range(500, 600).map((n) => user(n, { enabled: false })),
      ...range(600, 700).map((n) => statedGone('user', n + 1)),
      ...range(800, 1_090).map((n) => user(n)),
      ...groups(range(800, 830)).map(({ members, ...group }) => ({
        ...group,
        addMembers: (members as object[]).slice(80),
      })),
    ];
    expect(await costOfDelta(p, delta)).toEqual({
      reads: 7.3,
      writes: 15.6,
      requests: 260,
      transactions: 80,
    });
  });
});

describe.skipIf(process.env.DYNAMODB_ENDPOINT !== undefined)('a directory run of 100 users', () => {
  it('costs so much for each user and membership that changes', async () => {
    const d = await Directory.of(await harness.tenant());
    const late = group('Late', 2_000, ...users.map(dn));
    const costs = {
      created: await costOf(d, ...all),
      repeated: await costOf(d, ...all),
      renamed: await costOf(d, ...each('replace: cn', 'cn: Another name')),
      joined: await costOf(d, late),
      left: await costOf(d, group('Late', 2_000)),
      disabled: await costOf(d, ...each('add: nsAccountLock', 'nsAccountLock: TRUE')),
      deleted: await costOf(d, ...users.map((n) => deleted(dn(n)))),
    };
    expect(costs).toEqual({
      created: { reads: 10, writes: 21, requests: 89, transactions: 16 },
      repeated: { reads: 14, writes: 0, requests: 71, transactions: 5 },
      renamed: { reads: 9, writes: 15, requests: 43, transactions: 12 },
      joined: { reads: 3, writes: 7, requests: 45, transactions: 10 },
      left: { reads: 2, writes: 7, requests: 42, transactions: 10 },
      disabled: { reads: 9, writes: 13, requests: 45, transactions: 13 },
      deleted: { reads: 10, writes: 24, requests: 54, transactions: 18 },
    });
  });
});
