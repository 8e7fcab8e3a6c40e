// What a directory's run costs: units for each user that changes, transactions, and requests for the run as a whole. Only
// calls and units are counted, so the numbers are the same on every machine.
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { RunId } from '../../shared/domain/base/ids.ts';
import { runSlice } from '../../shared/runs/run.ts';
import { Directory, deleted, group, modified, person, userDn } from '../support/directory.ts';
import { bootEngine, Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
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
      renamed: { reads: 9, writes: 11, requests: 39, transactions: 10 },
      joined: { reads: 3, writes: 7, requests: 45, transactions: 10 },
      left: { reads: 2, writes: 7, requests: 42, transactions: 10 },
      disabled: { reads: 9, writes: 13, requests: 45, transactions: 13 },
      deleted: { reads: 9, writes: 20, requests: 50, transactions: 16 },
    });
  });
});
