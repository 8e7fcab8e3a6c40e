// The lines of a tenant's background work: the runs of its sources and its sweeps go on side by side, and come to what
// they come to one after the other. A slice that fails lets its own line wait, and one that has got somewhere goes on.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as worker } from '../../functions/work/work.ts';
import type { RunId } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { lineOf, type Work } from '../../shared/http/gateway/queue.ts';
import { runSlice } from '../../shared/runs/run.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { readRun } from '../../shared/store/runs.ts';
import { Store } from '../../shared/store/store.ts';
import { Directory, deleted, drain, group, groupDn, openGuards, person, userDn } from '../support/directory.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let client: DocumentClient;
let harness: Harness;
beforeAll(async () => {
  const booted = await bootEngine();
  close = booted.engine.close;
  client = booted.client;
  harness = new Harness(client, booted.table);
});
afterAll(() => close());

/** Does all queued work, of each line one message at a time, and the lines at once. */
const drainSideBySide = async (): Promise<number> => {
  let widest = 0;
  while (harness.work.length > 0) {
    const first = new Map<string, Work>();
    const rest: Work[] = [];
    for (const work of harness.work.splice(0)) {
      if (first.has(lineOf(work))) rest.push(work);
      else first.set(lineOf(work), work);
    }
    widest = Math.max(widest, first.size);
    await Promise.all([...first.values()].map((work) => worker({ Records: [{ body: JSON.stringify(work) }] })));
    harness.work.push(...rest);
  }
  return widest;
};

const numbers = Array.from({ length: 12 }, (_, i) => i + 1);

/** Two sources with files to take in, and what deletions have left to sweep; then all of it is done. */
const worked = async (tenant: Tenant, work: () => Promise<unknown>) => {
  const { body } = await tenant.ok('createSource', { body: { name: 'Office', guards: openGuards } });
  const sources = [await Directory.of(tenant), new Directory(tenant, body.id)];
  for (const d of sources)
    await d.take(
      ...numbers.map((n) => person(`p${n}`, n)),
      group('Outer', 101, groupDn('Inner')),
      group('Inner', 102, ...numbers.map((n) => userDn(`p${n}`))),
    );
  const [left, right] = sources as [Directory, Directory];
  const role = await tenant.role('Mixed', [], [left.user(1), right.user(1), left.user(2)]);
  harness.work.splice(0);
  await tenant.ok('deleteRole', { params: { roleId: role } });
  await tenant.ok('deleteUser', { params: { userId: left.user(3) } });
  for (const d of sources)
    await d.post(
      ...numbers.map((n) => person(`p${n}`, n, `displayName: P ${n}`)),
      person('late', 20),
      group('Inner', 102, ...numbers.slice(4).map((n) => userDn(`p${n}`)), userDn('late')),
      group('New', 103, groupDn('Inner'), userDn('p2')),
      deleted(groupDn('Outer')),
    );
  await work();
  const names = new Map<string, string>();
  const seen = await Promise.all(sources.map((d) => d.seen()));
  for (const one of seen)
    for (const [id, value] of Object.entries(one)) names.set(id, (value as { name?: string }).name ?? 'gone');
  const items = await harness.items(tenant.id);
  const undone = items.filter((item) => /#SWEEP$/.test(String(item.PK)) || item.SK === 'ACTIVE');
  const named = (value: unknown) =>
    JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? (names.get(one) ?? one) : one));
  const outcome = (one: Record<string, unknown>) =>
    Object.values(one)
      .map((value) => JSON.stringify(named(value)))
      .sort();
  return { seen: seen.map(outcome), undone: undone.length };
};

describe('lines', () => {
  it('side by side come to the same as one after the other', async () => {
    const inTurn = await worked(await harness.tenant(), () => drain(harness));
    let widest = 0;
    const atOnce = await worked(await harness.tenant(), async () => {
      widest = await drainSideBySide();
    });
    expect(widest).toBe(3);
    expect(atOnce).toEqual(inTurn);
    expect(atOnce.undone).toBe(0);
    expect(inTurn.seen[0]?.length).toBeGreaterThan(numbers.length);
  });
});

describe('a slice in a tenant that is too busy', () => {
  /** The table as a client finds it that may write so many book changes, and then finds it busy; waiting costs no time. */
  const busyAfter = (most: number) => {
    let now = Date.now();
    let written = 0;
    const clock = {
      now: () => now,
      sleep: async () => {
        now += 5_000;
      },
      random: () => 0.5,
    };
    const touchesHead = (item: object) => JSON.stringify(item).includes('"SK":"HEAD"');
    const limited: DocumentClient = {
      send: async (command, options) => {
        const isBook =
          command.constructor.name === 'TransactWriteCommand' && command.input.TransactItems.some(touchesHead);
        if (isBook) written += 1;
        if (isBook && written > most) throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
        return client.send(command, options);
      },
    };
    return new Store({ client: limited, table: harness.table, clock });
  };

  it('goes on later when it has got somewhere, and fails when it has not', async () => {
    const tenant = await harness.tenant();
    const d = await Directory.of(tenant);
    const posted = await d.post(...Array.from({ length: 45 }, (_, i) => group(`G${i}`, 100 + i)));
    const key = { tenant: tenant.id, id: posted.body.id as RunId };
    expect(await runSlice(busyAfter(1), key)).toBe('more');
    expect(await readRun(harness.store.db, key)).toMatchObject({ state: 'running', attempts: 0 });
    const failed = await runSlice(busyAfter(0), key).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Refusal);
    expect(failed).toMatchObject({ code: 'busy' });
    expect(await readRun(harness.store.db, key)).toMatchObject({ state: 'running', attempts: 1 });
    expect(await runSlice(harness.store, key)).toBe('over');
    expect((await d.run(key.id)).counts).toEqual({ applied: 45, noop: 0, rejected: 0, ignored: 0 });
  });
});
