// Retention: events leave the table once they are old enough, exported and told by a manifest, with everything that
// belongs to them; never before, and whoever dies on the way.
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { EventId } from '../../shared/domain/base/ids.ts';
import { consistencyOf } from '../../shared/store/checkpoints.ts';
import { Db } from '../../shared/store/db.ts';
import { eventItem } from '../../shared/store/events.ts';
import { expireSlice } from '../../shared/store/retention.ts';
import { markExported, sealStateOf, segmentsAfter, segmentWith } from '../../shared/store/seal-state.ts';
import { EventsExpired, sealedLines, sequenceOf } from '../../shared/store/sealed-events.ts';
import { freshIds } from '../support/facts.ts';
import { bootEngine, Harness, type Tenant } from '../support/harness.ts';
import { expireAll, sealAll } from '../support/sealed.ts';
import { SleepingClock, serviceError, Wrapped } from '../support/wrapped.ts';

const { engine, client, table } = await bootEngine();
afterAll(() => engine.close());

const [margin, day] = [60_000, 86_400_000];
const noon = Date.UTC(2026, 2, 1, 12);
let clock: SleepingClock;
let h: Harness;
let t: Tenant;
let db: Db;
beforeEach(async () => {
  clock = new SleepingClock(noon);
  h = new Harness(client, table, { clock });
  db = h.store.db;
  t = await h.tenant();
});

/** Items of events, their parts, their copies and personal texts. */
const ofEvents = async () =>
  (await h.items(t.id)).filter(({ PK }) => /#(E|V)#/.test(String(PK))).map(({ PK, SK }) => `${PK} ${SK}`);

/** A tenant with events of every shape: personal texts, copies, a wide item, parts, a refusal; and one of today. */
const lived = async () => {
  const user = await t.user('Somebody');
  await t.ok('updateUser', { params: { userId: user }, body: { name: 'Another name' }, headers: { 'if-match': '*' } });
  await t.role('One', [], [user]);
  const many = await Promise.all(Array.from({ length: 22 }, (_, n) => t.user(`User ${n}`)));
  await t.role('Wide', [], many);
  const change = {
    book: [],
    users: [],
    side: [{ kind: 'sweep', sweep: { kind: 'role', id: `r${'0'.repeat(12)}` as never } }],
  };
  const audit = { action: 'role.updated', target: 'r1', after: { text: 'a'.repeat(200_000) } } as const;
  await h.store.mutate({
    ...{ tenant: t.id, operation: 'test', requestId: 'q' },
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: () => ({ change: { ...change, audit, result: undefined } as never, body: undefined }),
  });
  await t.call('createRole', { as: { ...t.admin, subject: 'stranger' }, body: { name: 'Refused' } });
  clock.time += day;
  await sealAll(db, t.id, margin);
  const old = await ofEvents();
  await t.role('Of today');
  clock.time += 2 * margin;
  await sealAll(db, t.id, margin);
  return old;
};

describe('events', () => {
  it('leave with all that belongs to them, and what is younger stays whole', async () => {
    const old = await lived();
    const all = await ofEvents();
    expect(old.length).toBeGreaterThan(35);
    expect(await expireAll(t, noon + day / 2)).toBeGreaterThan(25);
    const left = await ofEvents();
    expect(left).toEqual(all.filter((one) => !old.includes(one)));
    const { expired, size } = (await sealStateOf(db, t.id))!;
    expect(expired).toBeLessThan(size);
    const [gone, stays] = [await segmentWith(db, t.id, 1), await segmentWith(db, t.id, size)];
    await expect(sealedLines(db, t.id, gone!)).rejects.toThrow(EventsExpired);
    await expect(sealedLines(db, t.id, gone!)).rejects.toThrow(`dt=${gone!.day}`);
    expect(await sealedLines(db, t.id, stays!)).toHaveLength(size - expired);
    const id = old.find((one) => /#E#\d e/.test(one))?.split(' ')[1] as EventId;
    await expect(sequenceOf(db, t.id, id)).rejects.toThrow(EventsExpired);
    // What is left is still proven to follow what is gone.
    expect((await consistencyOf(db, t.id, expired, size)).toRoot).toBe(stays!.root);
    expect((await t.ok('listEvents')).body.items.map(({ action }: { action: string }) => action)).toEqual([
      'role.created',
    ]);
  });

  it('stay until they are exported, told by a manifest, and old enough', async () => {
    const old = await lived();
    const { size } = (await sealStateOf(db, t.id))!;
    const nothing = { expired: 0, late: 0, more: false };
    expect(await expireSlice(db, t.id, { before: clock.time })).toEqual(nothing);
    await markExported(db, t.id, 0, size);
    expect(await expireSlice(db, t.id, { before: clock.time })).toEqual(nothing);
    expect(await expireAll(t, noon)).toBe(0);
    expect((await ofEvents()).filter((one) => old.includes(one))).toEqual(old);
  });

  it('that were never sealed are sealed first, and stay until they are exported as well', async () => {
    await lived();
    const id = freshIds.event(noon - 1_000);
    const actor = { kind: 'system' } as const;
    const event = {
      tenant: t.id,
      id,
      now: noon,
      action: 'role.updated',
      target: 'r1',
      actor,
      requestId: 'q',
      told: {},
    } as const;
    await db.put(eventItem(event));
    await expireAll(t, noon + day / 2);
    const sequence = (await sequenceOf(db, t.id, id)) as number;
    const { exported, size } = (await sealStateOf(db, t.id))!;
    expect([sequence, exported]).toEqual([size, size - 1]);
    expect((await sealedLines(db, t.id, (await segmentWith(db, t.id, sequence))!))[0]).toContain(id);
    // Late ones leave in their turn.
    const before = (await ofEvents()).length;
    await expireAll(t);
    expect((await ofEvents()).length).toBe(0);
    expect(before).toBeGreaterThan(0);
  });

  it('leave though whoever removes them dies before or after any request', async () => {
    for (let at = 0; ; at += 23) {
      t = await h.tenant();
      await lived();
      const dying = new Wrapped(client);
      let sent = 0;
      dying.around = async (_, send) => {
        sent += 1;
        if (sent - 1 > at) throw serviceError('Died');
        const answer = await send();
        if (sent - 1 === at) throw serviceError('Died');
        return answer;
      };
      await markAll();
      const own = new Db(dying, table, clock);
      let died = false;
      try {
        for (let more = true; more; ) more = (await expireSlice(own, t.id, { before: Number.MAX_SAFE_INTEGER })).more;
      } catch {
        died = true;
      }
      // Nobody meets half an event.
      await t.ok('listEvents', { query: { limit: '200' } });
      await expireAll(t);
      expect(await ofEvents()).toEqual([]);
      let segments = 0;
      for await (const _ of segmentsAfter(db, t.id, 0)) segments += 1;
      expect(segments).toBeGreaterThan(1);
      if (!died) return;
    }
  });
});

/** Everything is exported and told, and nothing has left yet. */
const markAll = () => expireAll(t, 0);
