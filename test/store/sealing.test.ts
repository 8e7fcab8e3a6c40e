// Sealing: every event of a tenant gets one sequence, in spite of crashes, of several who seal at a time, of clocks that
// differ and of events that turn up late; and what was sealed is read back byte for byte.
import { randomBytes } from 'node:crypto';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EventId, idsFrom, type TenantId } from '../../shared/domain/base/ids.ts';
import { Db } from '../../shared/store/db.ts';
import { readEvent } from '../../shared/store/event-content.ts';
import { countCommand, type Denial, eventItem } from '../../shared/store/events.ts';
import { keys, operatorsRoom } from '../../shared/store/keys.ts';
import { SealBroken } from '../../shared/store/seal-broken.ts';
import {
  closeDay,
  dayToClose,
  manifestWritten,
  markExported,
  sealStateOf,
  segmentsOfDay,
  segmentWith,
} from '../../shared/store/seal-state.ts';
import { sealedLines, sequenceOf } from '../../shared/store/sealed-events.ts';
import { sealSlice } from '../../shared/store/sealing.ts';
import { Store } from '../../shared/store/store.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { sealAll, sealFaults, unsealedIn } from '../support/sealed.ts';
import { nameOf, SleepingClock, serviceError, spentBy, Wrapped } from '../support/wrapped.ts';

vi.setConfig(longSuite);

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

const margin = 60_000;
const day = 86_400_000;
const noon = Date.UTC(2026, 2, 1, 12);
const ids = idsFrom(randomBytes);

let clock: SleepingClock;
let wrapped: Wrapped;
let h: Harness;
let t: Tenant;
let db: Db;
beforeEach(async () => {
  clock = new SleepingClock(noon);
  wrapped = new Wrapped(client);
  h = new Harness(wrapped, table, { clock });
  db = h.store.db;
  t = await h.tenant();
});

/** An event at a time, as another process writes it. */
const happens = async (at: number, told: object = { n: at }): Promise<EventId> => {
  const id = ids.event(at);
  const actor = { kind: 'person', id: 'u1' } as const;
  await db.put(
    eventItem({ tenant: t.id, id, now: at, action: 'role.updated', target: 'r1', actor, requestId: 'q', told }),
  );
  return id;
};
const many = async (n: number, from = clock.time, step = 10): Promise<EventId[]> => {
  const made: EventId[] = [];
  for (let i = 0; i < n; i += 1) made.push(await happens(from + i * step));
  return made;
};
const denial: Denial = {
  action: 'role.deleted',
  target: 'r1',
  actor: { kind: 'person', id: 'u1' },
  code: 'forbidden',
  requestId: 'q',
};
const later = (ms: number) => {
  clock.time += ms;
};
const whole = async (tenant: TenantId = t.id) => {
  const trail = await sealFaults(db, tenant);
  expect(trail.faults).toEqual([]);
  return trail;
};

describe('sealing', () => {
  it('takes what is older than the margin, in the order of the ids, once', async () => {
    const made = await many(30, noon + 1);
    later(10 * 10 + margin);
    expect(await sealAll(db, t.id, margin)).toBe(0);
    const first = await whole();
    // The tenant's own creation came before.
    expect(first.events.slice(1).map(({ id }) => id)).toEqual(made.slice(0, 10));
    later(20 * 10);
    await sealAll(db, t.id, margin);
    const second = await whole();
    expect(second.lines.slice(0, 11)).toEqual(first.lines);
    expect(second.segments).toHaveLength(2);
    expect(await unsealedIn(db, t.id)).toEqual([]);
  });

  it('cuts segments at 4,096 events and at the end of a day', async () => {
    clock.time = Date.UTC(2026, 2, 2) - 4_150;
    await Promise.all(Array.from({ length: 4_200 }, (_, i) => happens(clock.time + i)));
    later(4_200 + margin);
    await sealAll(db, t.id, margin);
    const { segments } = await whole();
    expect(Math.max(...segments.map(({ first, last }) => last - first + 1))).toBeLessThanOrEqual(4_096);
    const by = (name: string) =>
      segments.filter((one) => one.day === name).reduce((n, { first, last }) => n + last - first + 1, 0);
    expect([by('2026-03-01'), by('2026-03-02')]).toEqual([4_151, 50]);
    expect(await segmentsOfDay(db, t.id, '2026-03-02')).toEqual(segments.filter((one) => one.day === '2026-03-02'));
    expect(await segmentsOfDay(db, t.id, '2026-03-03')).toEqual([]);
    for (const { first, last } of segments) expect((await segmentWith(db, t.id, first))?.last).toBe(last);
    expect(await segmentWith(db, t.id, 4_202)).toBeUndefined();
  });

  it('cuts segments at 4 MB, and gives a larger event one of its own', async () => {
    const record = (text: string) =>
      h.store.mutate({
        tenant: t.id,
        operation: 'test',
        requestId: 'q',
        authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
        plan: () => ({
          change: {
            book: [],
            users: [],
            side: [{ kind: 'sweep', sweep: { kind: 'role', id: `r${'0'.repeat(12)}` as never } }],
            audit: { action: 'role.updated', target: 'r1', after: { text } },
            result: undefined,
          },
          body: undefined,
        }),
      });
    // Half a character at a part's end, and quotes, which take two characters of a line.
    for (const text of ['a'.repeat(1_500_000), '\ud83d\ude00"'.repeat(400_000), 'b'.repeat(3_500_000)]) {
      await record(text);
      later(1_000);
    }
    later(margin);
    await sealAll(db, t.id, margin);
    const { segments, events } = await whole();
    expect(segments.map(({ first, last }) => [first, last])).toEqual([
      [1, 3],
      [4, 4],
    ]);
    expect(events[2].difference.after.text).toBe('\ud83d\ude00"'.repeat(400_000));
  });

  it('costs an idle tenant one small read for its state and for each partition, and no write', async () => {
    await many(20);
    later(3 * margin);
    await sealAll(db, t.id, margin);
    const spent = await spentBy(wrapped, () => sealAll(db, t.id, margin));
    expect(spent.commands.toSorted()).toEqual(['Get', 'Query', 'Query', 'Query', 'Query']);
    expect(spent.writeUnits).toBe(0);
    // After the end of the last active day it is looked through once, and that is noted.
    later(day);
    await sealAll(db, t.id, margin);
    expect((await spentBy(wrapped, () => sealAll(db, t.id, margin))).commands).toHaveLength(5);
  });

  it('seals the operators’ room like a tenant', async () => {
    later(margin + 1);
    await sealAll(db, operatorsRoom, margin);
    const { events } = await whole(operatorsRoom);
    expect(events.map(({ target }) => target)).toContain(t.id);
  });

  it('never begins for a tenant that is being purged', async () => {
    await many(3);
    later(margin + 100);
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { ...keys.head(t.id) },
        UpdateExpression: 'SET lifecycle = :purging',
        ExpressionAttributeValues: { ':purging': { state: 'purging', since: '2026-03-01T12:00:00.000Z', reason: 'r' } },
      }),
    );
    expect(await sealSlice(db, t.id, { margin })).toEqual({ late: 0, more: true });
    expect(await sealStateOf(db, t.id)).toBeUndefined();
  });
});

describe('late events', () => {
  it('are found within twice the margin at the next pass, sealed late, and told', async () => {
    await many(10);
    later(100 + margin);
    await sealAll(db, t.id, margin);
    const late = await happens(noon + 35);
    expect(await sealAll(db, t.id, margin)).toBe(1);
    expect(await sealAll(db, t.id, margin)).toBe(0);
    const { events } = await whole();
    expect(events.at(-1)).toMatchObject({ id: late, late: true, sequence: 12 });
    expect(await sequenceOf(db, t.id, late)).toBe(12);
  });

  it('are found after the end of their day when they are later', async () => {
    await many(10);
    later(10 * margin);
    await sealAll(db, t.id, margin);
    const late = await happens(noon + 35);
    expect(await sealAll(db, t.id, margin)).toBe(0);
    await many(2);
    later(day);
    expect(await sealAll(db, t.id, margin)).toBe(1);
    const { events, segments } = await whole();
    expect(events.at(-1)).toMatchObject({ id: late, late: true });
    expect(await unsealedIn(db, t.id)).toEqual([]);
    expect(segments.at(-1)?.day).toBe('2026-03-01');
  });

  it('stand under the day after, once their day is closed, also when nothing of the day was sealed', async () => {
    await many(2);
    later(2 * day);
    await sealAll(db, t.id, margin);
    for (const expected of ['2026-03-01', '2026-03-02']) {
      const state = (await sealStateOf(db, t.id))!;
      const closing = dayToClose(state, clock.time, margin) as string;
      expect(closing).toBe(expected);
      const closed = await closeDay(db, t.id, state, closing);
      later(1_000);
      const again = (await sealStateOf(db, t.id))!;
      expect(await closeDay(db, t.id, again, closing)).toEqual(closed);
      expect(await manifestWritten(db, t.id, { day: closing, sha256: 'x', last: again.size })).toBe(true);
      expect(await manifestWritten(db, t.id, { day: closing, sha256: 'y', last: 0 })).toBe(false);
    }
    expect(dayToClose((await sealStateOf(db, t.id))!, clock.time, margin)).toBeUndefined();
    const late = await happens(noon + day);
    const onTime = await happens(clock.time - margin - 1);
    expect(await sealAll(db, t.id, margin)).toBe(1);
    const { events, segments } = await whole();
    expect(events.slice(-2).map(({ id, late }) => [id, late])).toEqual([
      [late, true],
      [onTime, undefined],
    ]);
    expect(segments.slice(-2).map((one) => one.day)).toEqual(['2026-03-03', '2026-03-03']);
  });

  it('never find their day closed on less than what is sealed: who closes it must have read all of that', async () => {
    await many(2);
    later(day);
    await sealAll(db, t.id, margin);
    const before = (await sealStateOf(db, t.id))!;
    const closing = dayToClose(before, clock.time, margin) as string;
    await many(1);
    later(2 * margin);
    await sealAll(db, t.id, margin);
    expect(await closeDay(db, t.id, before, closing)).toBeUndefined();
    const after = (await sealStateOf(db, t.id))!;
    expect([after.closed, after.closing]).toEqual([undefined, undefined]);
    expect(await closeDay(db, t.id, after, closing)).toMatchObject({ day: closing });
  });

  it('are all sealed, many at a time, and looked through without end neither twice', async () => {
    await many(5);
    later(margin + 1_000);
    await sealAll(db, t.id, margin);
    const late = await Promise.all(Array.from({ length: 150 }, (_, i) => happens(noon - 150 + i)));
    expect(await sealAll(db, t.id, margin)).toBe(150);
    const { events } = await whole();
    expect(events.slice(-150).map(({ id }) => id)).toEqual(late);
  });
});

describe('counted refusals', () => {
  const deny = () => h.store.deny(t.id, denial);
  const refusals = async () => (await whole()).events.filter(({ outcome }) => outcome === 'refused');

  it('are counted no more once they are sealed: a late one has an event of its own', async () => {
    await deny();
    later(20_000);
    await deny();
    const [sealedAt, minute] = [clock.time, 60_000];
    later(minute + margin);
    await sealAll(db, t.id, margin);
    expect(await refusals()).toEqual([
      expect.objectContaining({
        count: 2,
        firstAt: new Date(noon).toISOString(),
        at: new Date(sealedAt).toISOString(),
      }),
    ]);
    // A process whose clock is far behind: its minute is sealed.
    const slow = new Store({ client, table, clock: new SleepingClock(noon + 30_000) });
    await slow.deny(t.id, { ...denial, requestId: 'late-1' });
    await slow.deny(t.id, { ...denial, requestId: 'late-2' });
    expect(await sealAll(db, t.id, margin)).toBe(2);
    const all = await refusals();
    expect(all.map(({ count, late, requestId }) => [count, late, requestId]).toSorted()).toEqual([
      [1, true, 'late-1'],
      [1, true, 'late-2'],
      [2, undefined, 'q'],
    ]);
  });

  it('keep what was sealed when an earlier release goes on counting', async () => {
    await deny();
    later(60_000 + margin);
    await sealAll(db, t.id, margin);
    const before = await whole();
    const { ConditionExpression: _, ...input } = countCommand(table, t.id, denial, noon + 1_000).input;
    await client.send(new UpdateCommand(input));
    const after = await whole();
    expect(after.lines).toEqual(before.lines);
    const [sealed] = after.events.filter(({ outcome }) => outcome === 'refused');
    expect(await readEvent(db, t.id, sealed.id)).toMatchObject({ count: 2 });
  });

  it('are sealed with every count that was answered, however the two meet', async () => {
    for (let at = 0; at < 12; at += 1) {
      const room = (await h.tenant()).id;
      const own = new Wrapped(client);
      const sealing = new Db(own, table, new SleepingClock(noon + 61_000 + margin));
      const counting = new Store({ client, table, clock: new SleepingClock(noon) });
      await counting.deny(room, denial);
      let [sent, counted] = [0, 1];
      own.around = async (_, send) => {
        if (sent++ === at) {
          await counting.deny(room, { ...denial, requestId: `r${at}` });
          counted += 1;
        }
        return send();
      };
      await sealAll(sealing, room, margin);
      own.heal();
      await sealAll(sealing, room, margin);
      const { events, faults } = await sealFaults(sealing, room);
      expect(faults).toEqual([]);
      expect(events.reduce((sum, event) => sum + (event.outcome === 'refused' ? event.count : 0), 0)).toBe(counted);
    }
  });
});

describe('reading back', () => {
  it('gives each line as it was sealed, and each event its sequence, or says what differs', async () => {
    const [gone, changed] = await many(5);
    later(margin + 100);
    await sealAll(db, t.id, margin);
    const { segments, events } = await whole();
    const [segment] = segments as [(typeof segments)[number]];
    for (const { id, sequence } of events) expect(await sequenceOf(db, t.id, id)).toBe(sequence);
    expect(await sequenceOf(db, t.id, ids.event(noon + 20))).toBeUndefined();
    expect(await sequenceOf(db, t.id, ids.event(clock.time))).toBeUndefined();
    // An event among them that is not sealed is none of the segment's.
    await happens(noon + 15);
    expect(await sealedLines(db, t.id, segment)).toHaveLength(6);
    const key = { ...keys.event(t.id, changed as EventId) };
    const update = { TableName: table, Key: key, UpdateExpression: 'SET target = :t' };
    await client.send(new UpdateCommand({ ...update, ExpressionAttributeValues: { ':t': 'r2' } }));
    await expect(sealedLines(db, t.id, segment)).rejects.toThrow(SealBroken);
    await client.send(new UpdateCommand({ ...update, ExpressionAttributeValues: { ':t': 'r1' } }));
    expect(await sealedLines(db, t.id, segment)).toHaveLength(6);
    await client.send(new DeleteCommand({ TableName: table, Key: { ...keys.event(t.id, gone as EventId) } }));
    await expect(sealedLines(db, t.id, segment)).rejects.toThrow(`${gone} is not in the table`);
  });

  it('notes how far the export has come, once', async () => {
    await many(3);
    later(margin + 100);
    await sealAll(db, t.id, margin);
    expect(await Promise.all([markExported(db, t.id, 0, 4), markExported(db, t.id, 0, 4)])).toContain(false);
    expect((await sealStateOf(db, t.id))?.exported).toBe(4);
  });
});

describe('whatever happens', () => {
  /** A tenant with everything that sealing meets: several days, refusals, late events, a closed day. */
  const scene = async () => {
    const room = await h.tenant();
    t = room;
    await many(3, clock.time);
    await h.store.deny(room.id, denial);
    return room.id;
  };

  it('a death before or after any request leaves nothing that the next one does not finish', async () => {
    let deaths = 0;
    for (let at = 0; ; at += 1)
      for (const isSent of [false, true]) {
        clock.time = noon;
        const room = await scene();
        later(margin + 60_000);
        const dying = new Wrapped(client);
        const own = new Db(dying, table, clock);
        let sent = 0;
        dying.around = async (_, send) => {
          sent += 1;
          if (sent - 1 < at) return send();
          if (sent - 1 === at && isSent) await send();
          throw serviceError('Died');
        };
        const end = await sealAll(own, room, margin).catch((error) => error.name);
        await happens(noon + 5_000);
        later(1_000);
        await sealAll(db, room, margin);
        const { events } = await whole(room);
        expect(await unsealedIn(db, room)).toEqual([]);
        expect(events).toHaveLength(6);
        if (end !== 'Died') {
          expect(deaths).toBeGreaterThanOrEqual(14);
          return;
        }
        deaths += 1;
      }
  });

  it('a lost answer is no loss', async () => {
    const room = await scene();
    later(margin + 60_000);
    let lost = 0;
    wrapped.around = async (command, send) => {
      const answer = await send();
      if (nameOf(command) === 'TransactWrite' && lost++ === 0) throw serviceError('TimeoutError');
      return answer;
    };
    await sealAll(db, room, margin);
    wrapped.heal();
    expect((await whole(room)).events).toHaveLength(5);
  });
});
