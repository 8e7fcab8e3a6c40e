// Administrators and a directory at work at the same time: before each of a full run's commands, while it is planned, held,
// approved and applied, administrators may change roles, own grants, memberships by hand and suspensions. None of their
// work is lost, also that on people whom the run deletes and who are restored, and nobody of another source is touched.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Random } from '../../infra/local/model/index.ts';
import type { UserId } from '../../shared/domain/base/ids.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { verify } from '../../shared/store/repair.ts';
import { Directory, drain } from '../support/directory.ts';
import { bootEngine, Harness, type Reply } from '../support/harness.ts';
import { longSuite } from '../support/patience.ts';
import { ndjson, Protocol, statedGroup, statedUser } from '../support/stated.ts';
import { nameOf, SleepingClock, Wrapped } from '../support/wrapped.ts';

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

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const people = (from: number, to: number) => range(from, to).map((n) => statedUser(`p${n}`, n));
const before = [
  ...people(1, 20),
  statedGroup('All', 101, range(1, 20)),
  statedGroup('Some', 102, range(5, 15)),
  statedGroup('Few', 103, [1, 2, 3]),
];
/** Six people are gone, three are disabled, and each group has lost some and won some. */
const after = [
  ...people(1, 11),
  ...range(12, 14).map((n) => statedUser(`p${n}`, n, { enabled: false })),
  ...people(21, 22),
  statedGroup('All', 101, [...range(1, 8), 21]),
  statedGroup('Some', 102, [1, 2, 9, 10, 22]),
  statedGroup('Few', 103, [3, 4]),
];
const permissions = ['billing', 'logExport', 'manageEdgeDevices', 'viewAllReports'];

/** What administrators have done, as it must be in the end. */
class Admins {
  readonly #random: Random;
  readonly #healthy: Harness;
  readonly #p: Protocol;
  readonly users: readonly UserId[];
  readonly #groups: readonly string[];
  readonly #roles: readonly string[];
  readonly own = new Map<UserId, string[]>();
  readonly suspended = new Set<UserId>();
  readonly byHand = new Set<string>();
  readonly inRole = new Set<string>();
  done = 0;

  constructor(random: Random, healthy: Harness, p: Protocol, users: readonly UserId[], roles: readonly string[]) {
    this.#random = random;
    this.#healthy = healthy;
    this.#p = p;
    this.users = users;
    this.#groups = [101, 102, 103].map((n) => p.d.group(n));
    this.#roles = roles;
  }

  async #lives(id: UserId): Promise<boolean> {
    return ((await this.#healthy.store.access(this.#p.d.tenant.id, id))?.state ?? 'deleted') !== 'deleted';
  }

  /** Asks, and notes what was granted. Whoever is deleted has nothing more done to them. */
  async #moves(ask: () => Promise<Reply>, note: () => void): Promise<void> {
    let reply = await ask();
    // The run has changed the user between the reading of the tag and the write.
    for (let n = 0; reply.status === 412 && n < 20; n += 1) reply = await ask();
    if (reply.status >= 500) throw new Error(`answered ${reply.status}`);
    if (reply.status >= 300) return;
    note();
    this.done += 1;
  }

  /** Something that an administrator does. */
  async work(): Promise<void> {
    const random = this.#random;
    const { tenant } = this.#p.d;
    const id = random.pick(this.users);
    if (!(await this.#lives(id))) return;
    const kind = random.int(4);
    const adds = random.chance(0.65);
    const kept = (set: Set<string>, name: string) => () => {
      if (adds) set.add(name);
      else set.delete(name);
    };
    const body = { members: [id] };
    if (kind === 0) {
      const own = permissions.filter(() => random.chance(0.4));
      const grants = own.map((permission) => ({ permission }));
      return this.#moves(
        () => tenant.setGrants(id, grants),
        () => this.own.set(id, own),
      );
    }
    if (kind === 1) {
      const roleId = random.pick(this.#roles);
      const operation = adds ? 'addRoleMembers' : 'removeRoleMembers';
      return this.#moves(
        () => tenant.call(operation, { params: { roleId }, body }),
        kept(this.inRole, `${roleId} ${id}`),
      );
    }
    if (kind === 2) {
      const groupId = random.pick(this.#groups);
      const operation = adds ? 'addGroupMembers' : 'removeGroupMembers';
      return this.#moves(
        () => tenant.call(operation, { params: { groupId }, body }),
        kept(this.byHand, `${groupId} ${id}`),
      );
    }
    const request = { params: { userId: id }, headers: { 'if-match': '*' } };
    return this.#moves(
      () => tenant.call('updateUser', { ...request, body: { state: adds ? 'disabled' : 'active' } }),
      kept(this.suspended, id),
    );
  }

  /** The same, as the service has it. */
  async seen() {
    const { tenant } = this.#p.d;
    const own = new Map<UserId, string[]>();
    const suspended = new Set<UserId>();
    const [byHand, inRole] = [new Set<string>(), new Set<string>()];
    for (const id of this.users) {
      const access = await this.#healthy.store.access(tenant.id, id);
      const isLocal = access?.source === 'local' || access?.source === 'external';
      if (this.own.has(id)) own.set(id, access?.personal.map(({ permission }) => permission).sort() ?? []);
      if (access?.suspended || (isLocal && access.state === 'disabled')) suspended.add(id);
    }
    const query = { limit: '200' };
    for (const groupId of this.#groups)
      for (const { id, origins } of (await tenant.ok('listGroupMembers', { params: { groupId }, query })).body.items)
        if (origins?.includes('hand')) byHand.add(`${groupId} ${id}`);
    for (const roleId of this.#roles)
      for (const { id } of (await tenant.ok('listRoleMembers', { params: { roleId }, query })).body.items)
        inRole.add(`${roleId} ${id}`);
    return told({ own, suspended, byHand, inRole });
  }

  get expected() {
    return told(this);
  }
}

const told = ({ own, suspended, byHand, inRole }: Pick<Admins, 'own' | 'suspended' | 'byHand' | 'inRole'>) => ({
  own: Object.fromEntries([...own].map(([id, list]) => [id, [...list].sort()])),
  suspended: [...suspended].sort(),
  byHand: [...byHand].sort(),
  inRole: [...inRole].sort(),
});

describe('administrators who work while a full run is carried out', () => {
  it.each([1, 2, 3])('lose nothing, seed %i', async (seed) => {
    const random = new Random(seed);
    const clock = new SleepingClock(Date.now());
    const healthy = new Harness(client, table, { clock });
    const t = await healthy.tenant();
    const p = new Protocol(await Directory.of(t, undefined, {}));
    const { d } = p;
    await p.take(before, { kind: 'full' });
    const others: UserId[] = [];
    for (const source of ['local', 'external', 'local'])
      others.push((await t.ok('createUser', { body: { kind: 'person', source, name: `${source} user` } })).body.id);
    const roles = [await t.role('One', [{ permission: 'billing' }]), await t.role('Two')];
    const directory = range(1, 20).map((n) => d.user(n));
    const admins = new Admins(random.fork('admins'), healthy, p, [...directory, ...others], roles);
    for (let n = 0; n < 30; n += 1) await admins.work();

    // The run's own process: administrators come before some of its commands, one after the other.
    const strange = new Set<string>();
    const wrapped = new Wrapped(client);
    const worker = new Harness(wrapped, table, { clock });
    let [turn, left, pause] = [Promise.resolve(), 120, 0.3];
    wrapped.around = async (command, send) => {
      if (nameOf(command) === 'TransactWrite')
        for (const item of command.input.TransactItems as Record<
          string,
          { Key?: { PK: string }; Item?: { PK: string } }
        >[])
          for (const [kind, { Key, Item }] of Object.entries(item))
            for (const id of [...others, t.firstUser])
              if (kind !== 'ConditionCheck' && (Key ?? Item)?.PK.includes(`#U#${id}`)) strange.add(`${kind} of ${id}`);
      if (left > 0 && random.chance(pause)) {
        left -= 1;
        turn = turn.then(async () => {
          setRuntime(healthy.runtime);
          await admins.work();
          setRuntime(worker.runtime);
        });
        await turn;
      }
      return send();
    };
    const carryOn = async () => {
      worker.work.push(...healthy.work.splice(0).filter(({ kind }) => kind === 'run'));
      setRuntime(worker.runtime);
      await drain(worker);
      setRuntime(healthy.runtime);
    };
    const id = await p.send([ndjson(...after)], { kind: 'full' });
    await carryOn();
    let run = await d.run(id);
    expect(run.state).toBe('held');
    // A plan that the administrators have changed meanwhile is held again.
    for (let round = 0; run.state === 'held' && round < 20; round += 1) {
      if (round > 8) pause = 0;
      await t.ok('approveRun', { params: { runId: id }, body: { digest: run.plan.digest } });
      await carryOn();
      run = await d.run(id);
    }
    expect(run).toMatchObject({ state: 'done', counts: { rejected: 0 } });
    expect([...strange]).toEqual([]);
    expect(admins.done).toBeGreaterThan(40);
    await drain(healthy);

    for (const n of range(15, 20))
      for (let more = true; more; ) {
        const { body } = await t.ok('restoreUser', { params: { userId: d.user(n) } });
        expect((body.warnings ?? []).filter((one: string) => one !== 'more-to-restore')).toEqual([]);
        more = body.warnings?.includes('more-to-restore') ?? false;
      }
    await drain(healthy);
    expect(await admins.seen()).toEqual(admins.expected);
    // What the directory says stands beside it.
    for (const n of range(1, 14)) {
      const access = await d.access(d.user(n));
      const isOff = n > 11 || admins.suspended.has(d.user(n));
      expect([n, access?.state]).toEqual([n, isOff ? 'disabled' : 'active']);
    }
    expect((await verify(healthy.store.db, t.id))?.findings).toEqual([]);
  });
});
