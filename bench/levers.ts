// `npm run bench -- levers`: what each of the ways by which requests of one process share work gives by itself: the same
// work without it and with it, in turns, on the engine of this machine and without HTTP.
import { randomBytes, randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { createIssuer, localAudience, remembering, verifier } from '../infra/local/issuer.ts';
import { idsFrom, type PolicyId, type TenantId } from '../shared/domain/base/ids.ts';
import { updatePolicy } from '../shared/domain/plan/policies.ts';
import { documentClient } from '../shared/store/client.ts';
import { Store } from '../shared/store/store.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { call, serveFrom } from './calls.ts';
import { middle, number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { plotOf } from './plot.ts';
import { type Made, tenantOf, userOfBench, writeTenant } from './tenant.ts';
import { type BenchWorld, worldOf } from './world.ts';

const table = 'bench';
/** Tenants that are asked in turns, because one alone may ask so often a second at most. */
const tenantCount = 8;

/** Work that is done again and again. */
interface Work {
  /** The n-th time. */
  readonly once: (n: number) => Promise<unknown>;
  /** So many at once. */
  readonly atOnce: number;
  /** Before each slot. */
  readonly prepare?: () => Promise<void>;
}

/** A lever: the same work without it, and with it. */
interface Lever {
  readonly name: string;
  readonly without: Work;
  readonly with: Work;
}

/** What a slot has taken: operations a second, and milliseconds of processor of each. */
interface Slot {
  readonly rate: number;
  readonly processor: number;
}

interface Row {
  readonly name: string;
  readonly without: Slot;
  readonly with: Slot;
}

const slotOf = async ({ once, atOnce, prepare }: Work, count: number): Promise<Slot> => {
  await prepare?.();
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await once(left);
    }
  };
  const [began, spent] = [performance.now(), process.cpuUsage()];
  await Promise.all(Array.from({ length: atOnce }, lane));
  const { user, system } = process.cpuUsage(spent);
  return { rate: (1_000 * count) / (performance.now() - began), processor: (user + system) / 1_000 / count };
};

/** Sizes of the measurement. */
interface Counts {
  /** Operations of a slot. */
  readonly requests: number;
  readonly rounds: number;
  /** Callers, and writers, at once. */
  readonly atOnce: number;
  readonly writers: number;
}

interface Ground {
  readonly worlds: readonly BenchWorld[];
  readonly busy: { readonly tenant: TenantId; readonly policies: readonly PolicyId[] };
  readonly storeOf: (sharing?: number) => Store;
  /** A store that asks the engine as the service is asked. */
  readonly distant: Store;
}

const checkLevers = ({ worlds, storeOf, distant }: Ground, { atOnce, requests }: Counts): Lever[] => {
  const ask = (n: number, user: number, more: object = {}) => {
    const { tenant, users, questions } = worlds[n % worlds.length] as BenchWorld;
    const body = { user: users[user % users.length]?.id, ...questions[n % questions.length], ...more };
    return call('check', { sub: 'product', tenant, scope: 'holdfast/check' }, { body });
  };
  const strong = (n: number) => ask(n, n);
  /** About another user each time. */
  const each = (n: number, more: object = {}) => ask(n, Math.floor(n / worlds.length), more);
  const bounded = (n: number) => each(n, { consistency: 'bounded' });
  const [plain, shared] = [storeOf(), storeOf(1)];
  /** Another process, which has asked for each tenant once. */
  const restarted = async (): Promise<void> => {
    serveFrom(storeOf());
    for (const [n] of worlds.entries()) await ask(n, 0);
  };
  const known = async (): Promise<void> => {
    await restarted();
    for (let n = 0; n < requests; n += 1) await each(n);
  };
  return [
    {
      name: `${atOnce} strong checks at once: one read for those that wait together`,
      without: { once: strong, atOnce, prepare: async () => serveFrom(plain) },
      with: { once: strong, atOnce, prepare: async () => serveFrom(shared) },
    },
    {
      name: "a strong check: past the SDK's middlewares",
      without: { once: strong, atOnce: 1, prepare: async () => serveFrom(distant) },
      with: { once: strong, atOnce: 1, prepare: async () => serveFrom(plain) },
    },
    {
      name: 'a strong check: what is known of a user who has not changed',
      without: { once: each, atOnce: 1, prepare: restarted },
      with: { once: each, atOnce: 1, prepare: known },
    },
    {
      name: 'a bounded check: the user from memory',
      without: { once: bounded, atOnce: 1, prepare: restarted },
      with: { once: bounded, atOnce: 1, prepare: known },
    },
  ];
};

const tokenLever = async (): Promise<Lever> => {
  const issuer = await createIssuer();
  const token = await issuer.token({ subject: 'product', scope: 'holdfast/check' });
  const verify = verifier({ issuer: issuer.issuer, audience: localAudience, jwks: issuer.jwks() });
  const remembered = remembering(verify);
  return {
    name: 'the same token again: remembered until it expires',
    without: { once: () => verify(token), atOnce: 1 },
    with: { once: () => remembered(token), atOnce: 1 },
  };
};

const writerLevers = ({ busy, storeOf }: Ground, { writers }: Counts): Lever[] => {
  // Each writer has a policy of its own, so that writers meet at the version and at nothing else.
  const renaming = (stores: readonly Store[], shares: boolean): Work => ({
    atOnce: writers,
    once: (n) =>
      (stores[n % stores.length] as Store).mutate({
        tenant: busy.tenant,
        operation: 'updatePolicy',
        requestId: randomUUID(),
        shares,
        authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
        plan: ({ world }) => {
          const policy = busy.policies[n % busy.policies.length] as PolicyId;
          return { change: updatePolicy(world, policy, { name: randomUUID() }), body: undefined };
        },
      }),
  });
  const stores = Array.from({ length: writers }, () => storeOf());
  const one = stores.slice(0, 1);
  return [
    {
      name: `${writers} writers of one tenant: in one line`,
      without: renaming(stores, false),
      with: renaming(one, false),
    },
    {
      name: `${writers} writers of one tenant in line: in one transaction`,
      without: renaming(one, false),
      with: renaming(one, true),
    },
  ];
};

/** Measures each lever, without and with it in turns, and the other way round in every second round. */
export const benchLevers = async (counts: Counts): Promise<Row[]> => {
  const { requests, rounds, writers } = counts;
  const engine = await startEngine();
  try {
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const client = documentClient(engine.endpoint);
    const ids = idsFrom(randomBytes);
    const write = async (tenant: TenantId, { records, users: refs }: Made, users: readonly UserItem[]) =>
      writeTenant(client, table, tenant, { records, users, witness: refs[0] as never });
    const worlds = Array.from({ length: tenantCount }, () => worldOf(ids.next('tenant') as TenantId));
    for (const { tenant, made, written } of worlds) await write(tenant, made, written);
    const small = tenantOf({ users: 5, roles: 2, groups: 2, memberships: 2, rules: 10, policies: writers });
    const busy = ids.next('tenant') as TenantId;
    await write(
      busy,
      small,
      small.users.map((ref, n) => userOfBench(ref, n)),
    );
    const policies = small.records.flatMap((record) => (record.kind === 'policy' ? [record.id] : []));
    const storeOf = (sharing?: number) => new Store({ client, table, sharing });
    const distant = new Store({ client: documentClient(engine.endpoint, { direct: false }), table });
    const ground = { worlds, busy: { tenant: busy, policies }, storeOf, distant };
    const levers = [...checkLevers(ground, counts), await tokenLever(), ...writerLevers(ground, counts)];
    const rows: Row[] = [];
    for (const lever of levers) {
      const slots: Record<Side, Slot[]> = { without: [], with: [] };
      const sides: readonly Side[] = ['without', 'with'];
      // The first round compiles what all others run.
      for (let round = 0; round <= rounds; round += 1)
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
          const measured = await slotOf(lever[side], requests);
          if (round > 0) slots[side].push(measured);
        }
      const of = (side: Side): Slot => ({
        rate: middle(slots[side].map(({ rate }) => rate)),
        processor: middle(slots[side].map(({ processor }) => processor)),
      });
      rows.push({ name: lever.name, without: of('without'), with: of('with') });
    }
    return rows;
  } finally {
    await engine.close();
  }
};

type Side = 'without' | 'with';
type UserItem = ReturnType<typeof userOfBench>;

const sectionOf = (rows: readonly Row[], { requests, rounds }: Counts): Section => ({
  heading: 'Each lever alone',
  text: `What each of the ways by which requests of one process share work gives by itself ([0070](decisions/0070-requests-of-one-process.md), [0072](decisions/0072-changes-share-a-transaction.md)): the same work without it and with it. \`npm run bench -- levers --write\` measures it and writes this section.

${measuredOn()} The handlers, or the store, are called in this process, without HTTP. The middle of ${rounds} rounds of ${number(requests)} operations, in turns: compare the columns with each other, and not with your own machine. Processor is that of this process.

| lever | a second without | with | times | processor ms without | with |
|---|--:|--:|--:|--:|--:|
${rows.map(({ name, without, with: its }) => `| ${name} | ${number(without.rate)} | ${number(its.rate)} | ${number(its.rate / without.rate, 1)} | ${number(without.processor, 3)} | ${number(its.processor, 3)} |`).join('\n')}

- **One read for those that wait together** pays where a process serves several requests at once; a function on Lambda serves one.
- **In one line**: without it, each writer is a process of its own, as far as the store knows.`,
  plots: [
    [
      'levers',
      plotOf(
        'Each lever alone',
        'times as many operations a second',
        rows.map(({ name, without, with: its }) => ({ name, value: its.rate / without.rate })),
      ),
    ],
  ],
});

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '600' },
      rounds: { type: 'string', default: '7' },
      callers: { type: 'string', default: '16' },
      writers: { type: 'string', default: '16' },
      write: { type: 'boolean', default: false },
    },
  });
  const counts = {
    requests: Number(values.requests),
    rounds: Number(values.rounds),
    atOnce: Number(values.callers),
    writers: Number(values.writers),
  };
  const section = sectionOf(await benchLevers(counts), counts);
  console.log(section.text);
  if (values.write) await writeSection(section);
};

if (process.argv[1] === import.meta.filename) await main();
