// A run, a restoration and a request that die before each of their writes. Taken up again, they come to the same end and
// tell the same results as those that nothing has disturbed.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { runSlice } from '../../shared/runs/run.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { verify } from '../../shared/store/repair.ts';
import {
  added,
  Directory,
  deleted,
  drain,
  group,
  groupDn,
  modified,
  person,
  renamed,
  userDn,
} from '../support/directory.ts';
import { join, putGroup } from '../support/facts.ts';
import { bootEngine, Harness } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { Protocol, statedGroup, statedUser } from '../support/stated.ts';

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

const before = [
  person('ada', 1),
  person('bo', 2),
  person('cleo', 3),
  person('dan', 4),
  person('eve', 5),
  group('All', 11, userDn('ada'), userDn('bo'), userDn('cleo'), userDn('later')),
  group('Pilots', 12, userDn('dan'), groupDn('All')),
  group('Old', 13, userDn('eve')),
];
/** Every kind of thing that a file can say. */
const file = [
  person('later', 6),
  renamed(userDn('ada'), 'uid=tmp'),
  renamed(userDn('bo'), 'uid=ada'),
  renamed(userDn('tmp'), 'uid=bo'),
  deleted(userDn('cleo')),
  deleted(userDn('dan')),
  added(person('dan', 4)),
  person('eve', 5, 'nsAccountLock: TRUE', 'displayName: Eve Off'),
  modified(
    groupDn('All'),
    'delete: member',
    `member: ${userDn('ada')}`,
    '-',
    'add: member',
    `member: ${userDn('dan')}`,
    '-',
  ),
  group('New', 14, userDn('eve'), groupDn('All'), userDn('never')),
  deleted(groupDn('Old')),
  modified(groupDn('Pilots'), 'delete: member', `member: ${groupDn('All')}`, '-'),
];

/** Dies before the nth write, which is after the one before it, and answers nothing from then on. */
class Dying implements DocumentClient {
  writes = 0;
  dead = false;
  readonly #at: number;
  constructor(at: number) {
    this.#at = at;
  }
  // biome-ignore lint/suspicious/noExplicitAny: as the client it stands for
  async send(command: any): Promise<any> {
    if (command.constructor.name === 'TransactWriteCommand') {
      this.dead ||= this.writes === this.#at;
      this.writes += 1;
    }
    if (this.dead) throw new Error('died');
    return client.send(command);
  }
}

interface End {
  readonly crashed: boolean;
  readonly state: unknown;
  readonly results: unknown;
}
const taken = async (dying: Dying): Promise<End> => {
  const healthy = new Harness(client, table);
  const tenant = await healthy.tenant();
  const d = await Directory.of(tenant);
  await d.take(...before);
  const posted = await d.post(...file);
  const told = [...healthy.work];
  // Dies as a process does: its queue's message is delivered again.
  const worker = new Harness(dying, table);
  worker.work.push(...healthy.work.splice(0));
  const crashed = await drain(worker).then(
    () => false,
    () => true,
  );
  setRuntime(healthy.runtime);
  healthy.work.push(...(crashed ? told : worker.work));
  await drain(healthy);
  const run = await d.run(posted.body.id);
  expect(run.state).toBe('done');
  return {
    crashed,
    state: named(d, await d.seen()),
    results: run.items.map(({ line, result, code }: Record<string, unknown>) => [line, result, code]),
  };
};

/** Ids are those of the source, which every tenant has its own of. */
const named = (d: Directory, seen: Record<string, unknown>): unknown => {
  let text = JSON.stringify(seen);
  for (let n = 1; n <= 6; n += 1) text = text.replaceAll(d.user(n), `user ${n}`);
  for (let n = 11; n <= 14; n += 1) text = text.replaceAll(d.group(n), `group ${n}`);
  const sorted = (value: object): object =>
    Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.parse(JSON.stringify(sorted(JSON.parse(text))), (_, value) =>
    Array.isArray(value) ? value.sort() : value,
  );
};

const expected = {
  'user 1': { state: 'active', name: 'Ada', groups: ['group 11'] },
  'user 2': { state: 'active', name: 'Bo', groups: [] },
  'user 3': { state: 'deleted', groups: [] },
  'user 4': { state: 'active', name: 'Dan', groups: ['group 11'] },
  'user 5': { state: 'disabled', name: 'Eve Off', groups: ['group 14'] },
  'user 6': { state: 'active', name: 'Later', groups: ['group 11'] },
  'group 11': { name: 'All', confers: false, parents: ['group 14'] },
  'group 12': { name: 'Pilots', confers: false, parents: [] },
  'group 13': 'deleted',
  'group 14': { name: 'New', confers: false, parents: [] },
};

describe('a run that dies', () => {
  it('comes to the same end, wherever it dies', async () => {
    const undisturbed = await taken(new Dying(Number.POSITIVE_INFINITY));
    expect(undisturbed.state).toEqual(expected);
    let at = 0;
    for (; ; at += 1) {
      const { crashed, state, results } = await taken(new Dying(at));
      expect([at, state]).toEqual([at, undisturbed.state]);
      expect([at, results]).toEqual([at, undisturbed.results]);
      if (!crashed) break;
    }
    expect(at).toBeGreaterThan(15);
  }, 600_000);

  it('comes to the same end in slices as short as can be', async () => {
    const harness = new Harness(client, table);
    const d = await Directory.of(await harness.tenant());
    const many = Array.from({ length: 120 }, (_, i) => person(`user${i}`, 100 + i));
    await d.take(...before, ...many);
    const posted = await d.post(...file, ...many.map((_, i) => deleted(userDn(`user${i}`))));
    harness.work.splice(0);
    const key = { tenant: d.tenant.id, id: posted.body.id };
    let slices = 1;
    while ((await runSlice(harness.store, key, -1)) === 'more') slices += 1;
    expect(slices).toBeGreaterThan(5);
    harness.work.push({ ...key, kind: 'run' });
    await drain(harness);
    const seen = named(d, await d.seen()) as Record<string, unknown>;
    for (const [name, state] of Object.entries(expected)) expect([name, seen[name]]).toEqual([name, state]);
    expect((await d.run(posted.body.id)).counts).toMatchObject({ applied: 130, rejected: 0 });
  }, 120_000);
});

describe('a restoration of a run that dies', () => {
  const right = [
    ...['ada', 'bo', 'cy'].map((name, i) => statedUser(name, i + 1)),
    statedGroup('All', 11, [1, 2, 3]),
    statedGroup('Few', 12, [1, 3]),
    statedGroup('Above', 13, [11]),
  ];
  /** Ada and All are gone, Bo is disabled, Cy leaves Few. */
  const mistake = [
    statedUser('bo', 2, { enabled: false }),
    statedUser('cy', 3),
    statedGroup('Few', 12, []),
    statedGroup('Above', 13, []),
  ];

  it('comes to the same end, wherever it dies', async () => {
    const healthy = new Harness(client, table);
    const p = new Protocol(await Directory.of(await healthy.tenant()));
    const { d } = p;
    await p.take(right, { kind: 'full' });
    await d.tenant.role('Of All', [{ permission: 'billing' }], [d.group(11)]);
    await d.tenant.role('Of Ada', [{ permission: 'logExport' }], [d.user(1)]);
    const rights = () =>
      Promise.all([1, 2, 3].map((n) => d.tenant.check(d.user(n), { permission: n === 1 ? 'logExport' : 'billing' })));
    const whole = [await d.seen(), await rights()];
    for (let at = 0, crashed = true; crashed; at += 1) {
      const run = await p.take(mistake, { kind: 'full' });
      expect(await rights()).toEqual([false, false, false]);
      const { body: back } = await d.tenant.ok('restoreRun', { params: { runId: run.id } });
      const told = healthy.work.splice(0);
      const worker = new Harness(new Dying(at), table);
      worker.work.push(...told);
      crashed = await drain(worker).then(
        () => false,
        () => true,
      );
      setRuntime(healthy.runtime);
      healthy.work.push(...(crashed ? told : worker.work));
      await drain(healthy);
      const { state, counts } = await d.run(back.id);
      expect([at, state, counts]).toMatchObject([at, 'done', { applied: 4, noop: 0, rejected: 0 }]);
      expect([at, ...[await d.seen(), await rights()]]).toEqual([at, ...whole]);
      if (!crashed) expect(at).toBeGreaterThan(5);
    }
    expect((await verify(healthy.store.db, d.tenant.id))?.findings).toEqual([]);
  }, 120_000);
});

describe('a request that restores a user and dies', () => {
  it('comes to the same end, once, wherever it dies', async () => {
    const healthy = new Harness(client, table);
    const t = await healthy.tenant();
    const userId = await t.user('Rich', 'rich');
    await t.setGrants(userId, [{ permission: 'billing' }, { permission: 'logExport' }]);
    const role = await t.role('Role', [{ permission: 'viewQuarantine' }], [userId]);
    // More than one transaction holds, so that the request is sent twice.
    for (let n = 0; n < 75; n += 1) await join(t, await putGroup(t, `Group ${n}`), [userId]);
    const { body: was } = await t.ok('getUser', { params: { userId } });
    const seen = async () => {
      const { personal, groups, identity } = (await healthy.store.access(t.id, userId)) ?? {};
      const { items } = (await t.ok('listRoleMembers', { params: { roleId: role } })).body;
      return { personal, identity, groups, items: items.map(({ id }: { id: string }) => id) };
    };
    const whole = await seen();
    for (let at = 0, crashed = true; crashed; at += 1) {
      await t.ok('deleteUser', { params: { userId } });
      await drain(healthy);
      const dying = new Dying(at);
      const worker = new Harness(dying, table);
      crashed = false;
      for (let part = 0, more = true; more; part += 1) {
        const request = { as: t.admin, params: { userId }, headers: { 'idempotency-key': `${at}.${part}` } };
        let answer = await (dying.dead ? healthy : worker).call('restoreUser', request);
        if (answer.status >= 500) {
          crashed = true;
          setRuntime(healthy.runtime);
          answer = await healthy.ok('restoreUser', request);
        }
        more = answer.body.warnings?.includes('more-to-restore') ?? false;
      }
      setRuntime(healthy.runtime);
      await drain(healthy);
      expect([at, (await t.ok('getUser', { params: { userId } })).body]).toEqual([at, was]);
      expect([at, await seen()]).toEqual([at, whole]);
      const query = { target: userId, action: 'user.restored', limit: '200' };
      expect((await t.ok('listEvents', { query })).body.items).toHaveLength(2 * (at + 1));
      if (!crashed) expect(at).toBe(2);
    }
    expect((await verify(healthy.store.db, t.id))?.findings).toEqual([]);
  }, 120_000);
});
