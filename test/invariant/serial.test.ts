// Changes that share a transaction are as if they came one after the other. Of two equal tables, one gets requests at once,
// the other gets the same ones singly, in the order of the line: every answer and every item is the same.
import { AsyncLocalStorage } from 'node:async_hooks';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { Random, Scheduler } from '../../infra/local/model/index.ts';
import type { Ids, TenantId } from '../../shared/domain/base/ids.ts';
import { type Change, noChange } from '../../shared/domain/change.ts';
import { createRole } from '../../shared/domain/plan/roles.ts';
import { operation } from '../../shared/routes/operations.ts';
import { alone } from '../../shared/routes/sets.ts';
import type { DocumentClient } from '../../shared/store/db.ts';
import { Store } from '../../shared/store/store.ts';
import type { View } from '../../shared/store/view.ts';
import { long } from '../support/patience.ts';
import { call, type Reply, ready, withStore } from './calling.ts';
import { calmModel, seededIds, tableName } from './fire.ts';
import type { Raw } from './naive.ts';
import { prepareSites } from './sites.ts';
import { type CallStep, Draw, nextStep, type Site } from './steps.ts';
import { Watch } from './watch.ts';

/** The request that something is done for: each has ids of its own, in whichever order requests are planned. */
const requesting = new AsyncLocalStorage<string>();

const idsByRequest = (seed: number): Ids => {
  const known = new Map<string, Ids>();
  const of = (kind: string): Ids => {
    const name = `${requesting.getStore()} ${kind}`;
    const ids = known.get(name) ?? seededIds(new Random(seed).fork(name));
    known.set(name, ids);
    return ids;
  };
  return {
    next: (kind) => of(kind).next(kind),
    life: () => of('life').life(),
    event: (time) => of('event').event(time),
    secret: () => of('secret').secret(),
  };
};

/** One of the two tables, with the process that writes it. Its time stands still, so its line stays in use. */
class Table {
  readonly #scheduler: Scheduler;
  readonly #model: ReturnType<typeof calmModel>;
  readonly #store: Store;
  readonly site: Site;
  /** The requests in the order in which they came to the line. */
  readonly order: string[];
  /** How many changes each transaction was made of. */
  readonly sizes: number[];

  private constructor(
    parts: Pick<Table, 'site' | 'order' | 'sizes'>,
    scheduler: Scheduler,
    model: ReturnType<typeof calmModel>,
    store: Store,
  ) {
    this.#scheduler = scheduler;
    this.#model = model;
    this.#store = store;
    this.site = parts.site;
    this.order = parts.order;
    this.sizes = parts.sizes;
  }

  static async of(seed: number, catalogue: string): Promise<Table> {
    const scheduler = new Scheduler({ seed, maxSteps: 20_000_000 });
    const model = calmModel(scheduler);
    const watch = new Watch();
    model.onCommit((_, info) => {
      const [violation] = watch.commit(info.writes, info.at);
      if (violation) throw new Error(violation);
    });
    const [order, sizes]: [string[], number[]] = [[], []];
    const { document } = model.client('process');
    const client: DocumentClient = {
      send: (command, options) => {
        if (command instanceof TransactWriteCommand)
          sizes.push(
            command.input.TransactItems?.filter(({ Put }) => /#E#\d$/.test(String(Put?.Item?.PK))).length ?? 0,
          );
        return document.send(command, options);
      },
    };
    const now = Math.floor(scheduler.now());
    const clock = { now: () => now, sleep: scheduler.sleep, random: () => 0.5 };
    const store = new Store({ client, table: tableName, clock, ids: idsByRequest(seed), sharing: 1 });
    const mutate = store.mutate.bind(store);
    store.mutate = (mutation) => {
      order.push(mutation.requestId);
      return mutate(mutation);
    };
    const prepared = () => withStore(store, () => prepareSites(watch, new Random(seed), [catalogue]));
    const [site] = await scheduler.do(() => requesting.run('setup', prepared));
    const table = new Table({ site: site as Site, order, sizes }, scheduler, model, store);
    await table.#intoLine();
    return table;
  }

  /** Creates a role; the gate creates none. */
  #change(name: string, meanwhile: () => Promise<unknown>) {
    const mutation = {
      tenant: this.site.tenant as TenantId,
      operation: 'test',
      requestId: name,
      shares: true,
      authorise: () => ({ actor: { kind: 'system' as const }, keeper: true }),
      plan: async ({ world, tools }: View) => {
        await meanwhile();
        const made = { name, description: '' };
        const change: Change<unknown> = name === 'gate' ? noChange(undefined) : createRole(world, made, tools);
        return { change, body: undefined };
      },
    };
    return requesting.run(name, () => this.#store.mutate(mutation));
  }

  /** Who loses once goes into the line. */
  async #intoLine(): Promise<void> {
    let attempts = 0;
    const loses = async () => {
      attempts += 1;
      if (attempts === 1) await this.#change('wins', async () => {});
    };
    await this.#scheduler.do(() => this.#change('loses', loses));
  }

  #ask([name, { id, request }]: Named): Promise<Reply> {
    return requesting.run(name, () => withStore(this.#store, () => call(id, request, name)));
  }

  /** The answers to requests that stand in the line together. */
  async atOnce(steps: readonly Named[]): Promise<Map<string, Reply>> {
    this.order.length = 0;
    this.sizes.length = 0;
    const answers = await this.#scheduler.do(async () => {
      const open = Promise.withResolvers<void>();
      const gate = this.#change('gate', () => open.promise);
      const all = steps.map((step) => this.#ask(step));
      await this.#scheduler.sleep(1_000);
      open.resolve();
      await gate;
      return Promise.all(all);
    });
    return new Map(steps.map(([name], i) => [name, answers[i] as Reply]));
  }

  async singly(steps: readonly Named[]): Promise<Map<string, Reply>> {
    const answers = new Map<string, Reply>();
    for (const step of steps) answers.set(step[0], await this.#scheduler.do(() => this.#ask(step)));
    return answers;
  }

  /** All that is stored, without what tells how it came about: attempts, turns, counts of refusals, and salts. */
  stored(): Record<string, unknown> {
    const items = [...this.#model.committed().values()].map((item) => item as unknown as Raw);
    const kept = items.filter(({ SK, count }) => SK !== 'TURN' && count === undefined);
    const told = ({ PK, SK, attempt: _, sealed: __, requestId, ...item }: Raw) => [
      `${PK} ${SK}`,
      { ...item, requestId: String(requestId).startsWith('setup') ? 'setup' : requestId },
    ];
    return Object.fromEntries(kept.map(told).sort());
  }
}

type Named = readonly [string, CallStep];
const any = { 'if-match': '*' };

/** Requests that the fire does not send. */
const besides = (draw: Draw): Omit<CallStep, 'as'> | undefined => {
  const { random, facts } = draw;
  const policyId = draw.pick(facts.of('policy'))?.id as string | undefined;
  const rule = draw.pick([...facts.contents.values()]);
  const actionId = draw.pick(JSON.parse(String(rule?.actions ?? '[]')) as { id: string }[])?.id;
  const [groupId, roleId] = [draw.group(), draw.role()];
  const name = draw.name();
  const kind = random.int(10);
  if (kind < 2 || !policyId) return { id: 'createPolicy', request: { body: { name } } };
  if (kind < 3) return { id: 'updatePolicy', request: { params: { policyId }, body: { name }, headers: any } };
  if (kind < 4) return { id: 'deletePolicy', request: { params: { policyId }, headers: any } };
  if (kind < 5) return { id: 'putCategories', request: { body: { categories: [{ name }] }, headers: any } };
  if (kind < 6 && roleId) {
    const body = { permission: 'viewAllReports', policies: [policyId] };
    return { id: 'addRoleGrant', request: { params: { roleId }, body, headers: any } };
  }
  if (kind < 8 && groupId) {
    const body = { members: [draw.user()] };
    const id = random.chance(0.5) ? 'addGroupMembers' : 'removeGroupMembers';
    return { id, request: { params: { groupId }, body } };
  }
  if (!actionId) return undefined;
  const params = { ruleId: String(rule?.id), actionId };
  if (kind < 9) return { id: 'deleteAction', request: { params, headers: any } };
  return { id: 'updateAction', request: { params, body: { properties: { n: random.int(9) } }, headers: any } };
};

/** A request that may share a transaction. A first sign-in by a claim is bound by a change of its own, so none is drawn. */
const drawn = (random: Random, site: Site): CallStep => {
  for (;;) {
    const draw = new Draw(random, site);
    const more = random.chance(0.25) ? besides(draw) : undefined;
    const step = more
      ? { ...more, request: { as: draw.actor().as, ...more.request } }
      : nextStep(random, site, random.chance(0.5) ? 'wide' : 'edge');
    if (!('request' in step) || Object.hasOwn(alone, step.id) || operation(step.id).data !== 'write') continue;
    if (step.request.as?.claims === undefined) return step;
  }
};

/** Some requests, among them one that is sent twice under one key. */
const several = (random: Random, site: Site, label: string): Named[] => {
  const steps = Array.from({ length: 3 + random.int(12) }, () => drawn(random, site));
  const one = random.int(steps.length);
  const { id, request } = steps[one] as CallStep;
  if (operation(id).idempotent) {
    const twice = { id, request: { ...request, headers: { ...request.headers, 'idempotency-key': label } } };
    steps[one] = twice;
    steps.splice(random.int(steps.length + 1), 0, twice);
  }
  return steps.map((step, i) => [`${label}-${i}`, step]);
};

// Which of them see what a change before has left, and which see a lock-out, was found out by breaking both on purpose.
test.each([
  [14, 'exchange-rules'],
  [31, 'complete'],
  [40, 'complete'],
  [2, 'exchange-rules'],
  [3, 'email-security'],
])('requests at once are as the same ones singly, seed %i', { timeout: long }, async (seed, catalogue) => {
  await ready();
  const [joined, serial] = [await Table.of(seed, catalogue), await Table.of(seed, catalogue)];
  const random = new Random(seed).fork('requests');
  let shared = 0;
  for (let round = 0; round < 12; round += 1) {
    const steps = several(random, joined.site, `r${round}`);
    const answers = await joined.atOnce(steps);
    shared += joined.sizes.filter((size) => size > 1).length;
    const place = ([name]: Named) => (joined.order.includes(name) ? joined.order.indexOf(name) : steps.length);
    const inOrder = steps.toSorted((a, b) => place(a) - place(b));
    const expected = await serial.singly(inOrder);
    for (const [name, { id }] of inOrder) {
      const [{ headers: _, ...is }, { headers: __, ...was }] = [answers, expected].map(
        (all) => all.get(name) as Reply,
      ) as [Reply, Reply];
      expect(is, `${name} ${id}`).toEqual(was);
    }
    expect(joined.stored()).toEqual(serial.stored());
  }
  expect(shared).toBeGreaterThan(4);
});
