// What the store promises of audit events: newest first by time, actor, target and action, over shards and pages, each
// once; and differences of any size come back as they were.
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangeAction } from '../../shared/domain/base/actions.ts';
import type { EventId } from '../../shared/domain/base/ids.ts';
import { pageOf } from '../../shared/http/operations/pages.ts';
import { type EventFilter, listEvents } from '../../shared/store/event-lists.ts';
import { type StoredEvent, toEvent } from '../../shared/store/items.ts';
import { keys, partitions } from '../../shared/store/keys.ts';
import { seededBytes } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { SleepingClock } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());
const clock = new SleepingClock(Date.UTC(2026, 2, 1));
const harness = new Harness(client, table, { clock });

let tenant: Tenant;
const acts = ['role.updated', 'role.deleted', 'user.updated', 'user.deleted'] as const;
const targets = ['r1', 'r2', 'a#1', 'тест'];
beforeAll(async () => {
  tenant = await harness.tenant();
  // Several in one millisecond, several actors, targets and actions; refusals among them.
  for (let n = 0; n < 60; n += 1) {
    if (n % 3 === 0) clock.time += 1_000;
    await record(
      { action: acts[n % 4] as ChangeAction, target: targets[n % 4] as string, after: n },
      n % 5 === 0 ? 'client' : 'person',
      n,
    );
  }
  // Refusals that are counted over half a minute, between changes.
  for (let n = 0; n < 12; n += 1) {
    clock.time += 7_000;
    const actor = { kind: 'person', id: `u${n % 2}` } as const;
    await harness.store.deny(tenant.id, {
      action: 'role.updated',
      target: 'r2',
      actor,
      code: 'forbidden',
      requestId: 'q',
    });
    if (n % 3 === 0) await record({ action: 'role.updated', target: 'r2', after: n });
  }
  clock.time += 61_000;
  for (let n = 0; n < 7; n += 1)
    await harness.store.deny(tenant.id, {
      action: 'role.deleted',
      target: 'r1',
      actor: { kind: 'person', id: `u${n}` },
      code: 'forbidden',
      requestId: 'q',
    });
});

const record = (
  audit: { action: ChangeAction; target: string; after: unknown; before?: unknown },
  kind: 'person' | 'client' = 'person',
  n = 0,
) =>
  harness.store.mutate({
    tenant: tenant.id,
    operation: 'test',
    requestId: 'q',
    authorise: () => ({ actor: { kind, id: `u${n % 3}` }, keeper: true }),
    plan: () => ({
      change: {
        book: [],
        users: [],
        // Something must be written for an event to be: a note of a sweep that finds nothing.
        side: [{ kind: 'sweep', sweep: { kind: 'role', id: `r${'0'.repeat(12)}` as never } }],
        audit,
        result: undefined,
      },
      body: undefined,
    }),
  });

/** Every page, one after the other. */
const pages = async (filter: EventFilter, limit: number): Promise<StoredEvent[]> => {
  const all: StoredEvent[] = [];
  let after: string | undefined;
  for (let page = 0; page < 500; page += 1) {
    const { items, next } = await pageOf(listEvents(harness.store.db, tenant.id, filter, limit, after), limit);
    expect(items.length).toBeLessThanOrEqual(limit);
    all.push(...items);
    if (next === undefined) return all;
    after = next;
  }
  throw new Error('pages without end');
};

const newest = () => pageOf(listEvents(harness.store.db, tenant.id, {}, 1), 1);

/** Where an event stands in time: a counted one where it last happened. */
const placeOf = ({ id, at, last = at }: StoredEvent) => `${last} ${id.slice(11)}`;

/** What is there, read shard by shard. */
const everything = async (): Promise<StoredEvent[]> => {
  const shards = await Promise.all(
    partitions.events(tenant.id).map((partition) => harness.store.db.all({ partition })),
  );
  const events = shards.flat().flatMap((item) => toEvent(item) ?? []);
  return events.sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
};
const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id);

describe('listing', () => {
  it('spreads events over several partitions, and lists them newest first, each once, for every page size', async () => {
    const all = await everything();
    expect(all.length).toBeGreaterThan(65);
    const used = await Promise.all(
      partitions.events(tenant.id).map((partition) => harness.store.db.all({ partition })),
    );
    expect(used.filter((items) => items.length > 0).length).toBeGreaterThan(1);
    for (const limit of [1, 10, 67, 68, 69]) expect(idsOf(await pages({}, limit)), `${limit}`).toEqual(idsOf(all));
    const times = (await pages({}, 10)).filter(({ outcome }) => outcome === 'done').map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
  });

  it.each(targets)('lists those of the target %s', async (target) => {
    const all = (await everything()).filter((event) => event.target === target);
    expect(all.length).toBeGreaterThan(10);
    for (const limit of [4, 50]) expect(idsOf(await pages({ target }, limit))).toEqual(idsOf(all));
  });

  it('lists those of an actor or action, wherever they lie', async () => {
    const all = await everything();
    const rare = (event: StoredEvent) => event.action === 'tenant.created';
    const mixed = (event: StoredEvent) => event.actor.id === 'u1' && event.action === acts[2];
    for (const keep of [rare, mixed])
      for (const limit of [2, 50]) expect(idsOf(await pages({ keep }, limit))).toEqual(idsOf(all.filter(keep)));
    expect(all.filter(mixed).length).toBeGreaterThan(2);
  });

  it('lists those of a time, both ends included to the millisecond', async () => {
    const all = await everything();
    const times = [...new Set(all.map(({ at }) => Date.parse(at)))].sort((a, b) => a - b);
    const [from, to] = [times[3] as number, times[9] as number];
    const within = (event: StoredEvent) => Date.parse(event.at) >= from && Date.parse(event.at) <= to;
    expect(idsOf(await pages({ from, to }, 4))).toEqual(idsOf(all.filter(within)));
    expect(idsOf(await pages({ from, to, target: 'r2' }, 2))).toEqual(
      idsOf(all.filter((event) => within(event) && event.target === 'r2')),
    );
    expect(await pages({ from: to + 1, to: from - 1 }, 4)).toEqual([]);
    expect(idsOf(await pages({ from: 0, to: Date.UTC(9999, 0) }, 50))).toEqual(idsOf(all));
    // Refusals are counted by the minute, and found by the time of the first.
    const last = times.at(-1) as number;
    const late = await pages({ from: last, to: last }, 3);
    expect(late.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 7 }, () => 'refused'));
    const earlier = await pages({ to: last - 1, target: 'r1' }, 50);
    expect(earlier.filter(({ outcome }) => outcome === 'refused')).toEqual([]);
  });

  it.each([undefined, ...targets])(
    'lists those of the target %s oldest first: the same, the other way round',
    async (target) => {
      const newest = await pages({ target }, 50);
      for (const limit of [1, 3, 50]) {
        const oldest = await pages({ target, order: 'oldest' }, limit);
        expect(idsOf(oldest), `${limit}`).toEqual(idsOf(newest).reverse());
        expect(oldest.map(placeOf)).toEqual(oldest.map(placeOf).sort());
      }
    },
  );

  it('finds the same in every part of the time, in both directions', async () => {
    const all = (await pages({}, 200)).map(({ at, last = at }) => Date.parse(last));
    const random = seededBytes(7);
    for (let n = 0; n < 8; n += 1) {
      const [a = 0, b = 0] = random(2);
      const times = [all[a % all.length] ?? 0, all[b % all.length] ?? 0].map((time) => time + (a % 3) - 1);
      const filter = { from: Math.min(...times), to: Math.max(...times), target: [undefined, 'r1', 'r2'][b % 3] };
      const [down, up] = [await pages(filter, 4), await pages({ ...filter, order: 'oldest' }, 1 + (a % 5))];
      expect(idsOf(up), JSON.stringify(filter)).toEqual(idsOf(down).reverse());
    }
  });

  it('does not confuse a target with the start or the shard of another', async () => {
    for (const target of ['r', 'r1#0', 'a', 'a#1#0', '']) {
      if (target !== '') expect(await pages({ target }, 10), target).toEqual([]);
    }
  });
});

describe('differences', () => {
  it.each([
    ['small ones', 10],
    ['as long as fits', 45_000],
    ['longer', 60_100],
    ['of several parts', 400_000],
  ])('%s come back as they were', async (_, length) => {
    clock.time += 1_000;
    const after = { list: Array.from({ length: length / 10 }, (_, i) => `item ${i}`.padEnd(8)) };
    await record({ action: 'rule.updated', target: 'r1', before: { list: [] }, after });
    const [event] = (await newest()).items;
    expect(event?.difference).toEqual({ before: { list: [] }, after });
    expect((event?.parts ?? 0) > 0).toBe(length > 60_000);
  });

  it('are cut so that no character is torn in two', async () => {
    for (let shift = 0; shift < 4; shift += 1) {
      clock.time += 1_000;
      // Every character takes two places: wherever the cut falls, one of these shifts has it within a character.
      const after = 'x'.repeat(shift) + '🙂'.repeat(65_000);
      await record({ action: 'rule.updated', target: 'r1', after });
      const [event] = (await newest()).items;
      const { after: read } = (event as { difference: { after: string } }).difference;
      expect(read === after, `shifted by ${shift}`).toBe(true);
      const parts = Array.from({ length: event?.parts ?? 0 }, (_, i) =>
        keys.eventPart(tenant.id, event?.id as EventId, i),
      );
      for (const part of await harness.store.db.read(parts)) expect(String(part?.text).isWellFormed()).toBe(true);
      expect(parts.length).toBeGreaterThan(2);
    }
  });

  it('a part that is missing is a fault of ours, named in the log', async () => {
    clock.time += 1_000;
    await record({ action: 'rule.updated', target: 'r9', after: 'x'.repeat(130_000) });
    const [event] = (await newest()).items;
    const Key = keys.eventPart(tenant.id, event?.id as EventId, 1);
    await client.send(new DeleteCommand({ TableName: table, Key }));
    await expect(newest()).rejects.toThrow(`${Key.PK} / ${Key.SK}`);
    await client.send(new DeleteCommand({ TableName: table, Key: keys.event(tenant.id, event?.id as EventId) }));
  });
});
