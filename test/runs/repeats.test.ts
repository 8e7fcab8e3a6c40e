// A client that repeats itself: batches come twice, out of order and cut off, commits come again, and the worker dies before
// any of its writes. The end is that of a run which nothing has disturbed.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { Directory, drain } from '../support/directory.ts';
import { bootEngine, Harness, type Reply } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { ndjson, Protocol, statedGone, statedGroup, statedPresent, statedUser } from '../support/stated.ts';

vi.setConfig(longSuite);

let close: () => Promise<void>;
let client: DocumentClient;
let table: string;
beforeAll(async () => {
  const booted = await bootEngine();
  close = booted.engine.close;
  ({ client, table } = booted);
});
afterAll(() => close());

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
const seeded = (seed: number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** Dies before some of its writes, when the dice say so, and answers nothing until it is revived. */
class Mortal implements DocumentClient {
  dead = false;
  readonly #dice: () => number;
  readonly #chance: number;
  constructor(dice: () => number, chance: number) {
    this.#dice = dice;
    this.#chance = chance;
  }
  // biome-ignore lint/suspicious/noExplicitAny: as the client it stands for
  async send(command: any): Promise<any> {
    if (command.constructor.name === 'TransactWriteCommand') this.dead ||= this.#dice() < this.#chance;
    if (this.dead) throw new Error('died');
    return client.send(command);
  }
}

const people = 12;
const name = (n: number) => `user${n}`;

/** What the directory has after each of its changes, as runs of batches. */
const story = (dice: () => number) => {
  const pick = (most: number) => Math.floor(dice() * most);
  const some = () => Array.from({ length: people }, (_, i) => i + 1).filter(() => dice() < 0.5);
  const user = (n: number) => statedUser(`${name(n)}x${pick(3)}`, n, { enabled: dice() < 0.8 });
  const group = (n: number) => statedGroup(`Group ${n} ${pick(2)}`, n, [...some(), ...(dice() < 0.3 ? [22] : [])]);
  const run = () => {
    const chosen = some();
    const entries = [
      ...chosen.map((n) => (dice() < 0.2 ? statedGone('user', n) : user(n))),
      ...[21, 22, 23].filter(() => dice() < 0.7).map((n) => (dice() < 0.15 ? statedGone('group', n) : group(n))),
    ].sort(() => dice() - 0.5);
    const isFull = dice() < 0.3;
    const missing = [...Array(people).keys()].map((i) => i + 1).filter((n) => !chosen.includes(n));
    const rest = missing.filter(() => dice() < 0.8).map((n) => statedPresent('user', n));
    const whole = [...entries, ...(isFull ? [user(99), ...rest] : [])];
    const size = 1 + pick(6);
    const batches = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      ndjson(...whole.slice(i * size, (i + 1) * size)),
    );
    return { kind: isFull ? 'full' : 'delta', batches: batches.length > 0 ? batches : [''] };
  };
  const first = [...Array.from({ length: people }, (_, i) => user(i + 1)), ...[21, 22, 23].map(group)];
  return [{ kind: 'full', batches: [ndjson(...first)] }, run(), run(), run(), run()];
};

/** What the tenant must have, worked out from the lines alone. */
class Expected {
  readonly users = new Map<number, { name: string; state: string }>();
  readonly groups = new Map<number, { name: string; members: Set<number> }>();

  apply({ kind, batches }: ReturnType<typeof story>[number]): void {
    const lines = batches.flatMap((batch) => batch.split('\n').filter((line) => line !== ''));
    // biome-ignore lint/suspicious/noExplicitAny: lines of the story above
    const entries: any[] = lines.map((line) => JSON.parse(line));
    const number = ({ id }: { id: string }) => Number(id.slice(-12));
    const named = new Set(entries.map(number));
    const gone = new Set(entries.filter((one) => one.deleted).map(number));
    if (kind === 'full') for (const n of [...this.users.keys(), ...this.groups.keys()]) if (!named.has(n)) gone.add(n);
    for (const n of gone) {
      this.users.delete(n);
      this.groups.delete(n);
      for (const one of this.groups.values()) one.members.delete(n);
    }
    for (const one of entries) {
      const [known] = one.attributes?.cn ?? [];
      if (one.deleted || one.present) continue;
      if (one.type === 'user') this.users.set(number(one), { name: known, state: one.enabled ? 'active' : 'disabled' });
      else this.groups.set(number(one), { name: known, members: new Set(one.members.map(number)) });
    }
  }

  /** In the form of `seen`, of what lives. */
  told(): string {
    const above = (n: number) => [...this.groups].flatMap(([g, { members }]) => (members.has(n) && g !== n ? [g] : []));
    const list = (n: number) => above(n).map((g) => `group ${g}`);
    const users = [...this.users].map(([n, { name: of, state }]) => [`user ${n}`, of, state, ...list(n).sort()]);
    const groups = [...this.groups].map(([n, { name: of }]) => [`group ${n}`, of, ...list(n).sort()]);
    return JSON.stringify([...users, ...groups].map((one) => one.join(' ')).sort());
  }
}

const code = (reply: Reply) => (reply.status < 300 ? 'ok' : reply.body.code);

/** Sends a run as a client with a bad line does. */
const sendBadly = async (p: Protocol, run: ReturnType<typeof story>[number], cursor: string, dice: () => number) => {
  const { body } = await p.open({ kind: run.kind });
  for (let number = 1; number <= run.batches.length; ) {
    const batch = run.batches[number - 1] as string;
    const roll = dice();
    if (roll < 0.15) expect(code(await p.put(body.id, number + 1, batch))).toBe('batch-out-of-order');
    else if (roll < 0.3 && batch.length > 4)
      // The line broke within the batch: it is no entry, so nothing of it is taken in.
      expect(code(await p.put(body.id, number, batch.slice(0, -3)))).toBe('invalid-request');
    else if (roll < 0.45 && number > 1)
      expect(code(await p.put(body.id, number - 1, run.batches[number - 2] as string))).toBe('ok');
    else {
      expect(code(await (dice() < 0.5 ? p.put(body.id, number, batch) : p.putPacked(body.id, number, batch)))).toBe(
        'ok',
      );
      number += 1;
    }
  }
  if (dice() < 0.3) expect(code(await p.commit(body.id, [...run.batches, ''], cursor))).toBe('content-differs');
  expect(code(await p.commit(body.id, run.batches, cursor))).toBe('ok');
  if (dice() < 0.5) expect(code(await p.commit(body.id, run.batches, cursor))).toBe('ok');
  p.cursor = cursor;
  return body.id as string;
};

/** The directory's living users and groups by their numbers. */
const seen = async (d: Directory): Promise<string> => {
  let text = JSON.stringify(Object.entries(await d.seen()));
  for (const n of [...Array(people).keys(), people, 99]) text = text.replaceAll(d.user(n), `user ${n}`);
  for (const n of [21, 22, 23]) text = text.replaceAll(d.group(n), `group ${n}`);
  type One = { name: string; state?: string; groups?: string[]; parents?: string[] } | 'deleted';
  const entries = JSON.parse(text) as [string, One][];
  return JSON.stringify(
    entries
      .flatMap(([key, one]) => {
        if (one === 'deleted' || one.state === 'deleted') return [];
        return [
          [key, one.name, ...(one.state ? [one.state] : []), ...(one.groups ?? one.parents ?? []).sort()].join(' '),
        ];
      })
      .sort(),
  );
};
const told = (run: Reply['body']) =>
  run.items
    .map(({ batch, line, result, code: why, parked }: Record<string, unknown>) =>
      [batch, line, result, why, parked].join(' '),
    )
    .sort();

const seeds = (process.env.HOLDFAST_SEEDS ?? '1,2,3').split(',').map(Number);

describe('runs that are sent badly and carried out by a mortal worker', () => {
  it.each(seeds)('come to the same end (seed %i)', async (seed) => {
    const runs = story(seeded(seed));
    const healthy = new Harness(client, table);
    const good = new Protocol(await Directory.of(await healthy.tenant()));
    const bad = new Protocol(await Directory.of(await healthy.tenant()));
    const dice = seeded(seed * 7919);
    const expected = new Expected();
    let deaths = 0;
    for (const [i, run] of runs.entries()) {
      const about = `seed ${seed}, run ${i}`;
      setRuntime(healthy.runtime);
      const undisturbed = await good.send(run.batches, { kind: run.kind }, `c${i}`);
      await drain(healthy);
      const id = await sendBadly(bad, run, `c${i}`, dice);
      const work = healthy.work.splice(0);
      for (let dead = true; dead; ) {
        const mortal = new Mortal(dice, 0.15);
        const worker = new Harness(mortal, table);
        worker.work.push(...work);
        dead = await drain(worker).then(
          () => false,
          () => true,
        );
        if (dead) deaths += 1;
      }
      setRuntime(healthy.runtime);
      expected.apply(run);
      expect([about, await seen(good.d)]).toEqual([about, expected.told()]);
      expect([about, await seen(bad.d)]).toEqual([about, expected.told()]);
      const [theirs, ours] = [await bad.d.run(id), await good.d.run(undisturbed)];
      expect([about, theirs.state, told(theirs)]).toEqual([about, 'done', told(ours)]);
      expect([about, (await bad.sync()).cursor]).toEqual([about, `c${i}`]);
    }
    expect(deaths).toBeGreaterThan(0);
  });
});
