// `npm run bench -- change`: changes by many writers at once, in this process and on the engine of this machine. A change of
// the book moves the tenant's version, so writers of one tenant meet; users are apart from it, so a crowd of them changes
// side by side.
import { parseArgs } from 'node:util';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { documentClient } from '../shared/store/client.ts';
import { Store } from '../shared/store/store.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { adminOf, call, newTenant, serveFrom } from './calls.ts';
import { middle, number, spread } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { processorOf } from './parts.ts';
import { plotOf } from './plot.ts';

const table = 'bench';

/** Something that a writer does again and again: the n-th time, in a tenant. */
type Deed = (tenant: string, writer: number, n: number) => Promise<unknown>;

interface Row {
  readonly name: string;
  readonly writers: number;
  readonly tenants: number;
  /** Operations a second. */
  readonly rate: number;
  /** Milliseconds of a request in the middle, and of the slowest in a hundred. */
  readonly p50: number;
  readonly p99: number;
  /** The share of the time that the engine's process worked. */
  readonly engine: number;
}

interface Sizes {
  readonly writers: readonly number[];
  readonly tenants: readonly number[];
  readonly sets: readonly number[];
  /** Requests of all writers together, in each round. */
  readonly requests: number;
  readonly rounds: number;
}

/** Requests a second when so many writers share so many requests. */
const measured = async (tenants: readonly string[], writers: number, requests: number, deed: Deed) => {
  const times: number[] = [];
  let left = requests;
  const writer = async (_: unknown, w: number): Promise<void> => {
    for (let n = 0; left > 0; n += 1) {
      left -= 1;
      const began = performance.now();
      await deed(tenants[w % tenants.length] as string, w, n);
      times.push(performance.now() - began);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: writers }, writer));
  const spent = performance.now() - began;
  return { rate: (1_000 * requests) / spent, ...spread(times) };
};

/** Measures each kind of change with each number of writers. */
export const benchChange = async ({ writers, tenants, sets, requests, rounds }: Sizes): Promise<Row[]> => {
  const engine = await startEngine();
  try {
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    serveFrom(new Store({ client: documentClient(engine.endpoint), table }));
    const all: string[] = [];
    for (let n = 0; n < Math.max(...tenants); n += 1) all.push(await newTenant());
    const most = Math.max(...writers);
    const create = async (id: 'createPolicy' | 'createUser', tenant: string, name: string) =>
      (await call(id, adminOf(tenant), { body: { name, ...(id === 'createUser' && { kind: 'person' }) } })).id;
    // Each writer has a policy of its own, so that writers meet at the version and at nothing else.
    const policies = new Map<string, string>();
    for (const count of tenants)
      for (let w = 0; w < most; w += 1) {
        const tenant = all[w % count] as string;
        if (!policies.has(`${tenant} ${w}`))
          policies.set(`${tenant} ${w}`, await create('createPolicy', tenant, `Policy ${w}`));
      }
    const renamed: Deed = (tenant, w, n) => {
      const params = { policyId: policies.get(`${tenant} ${w}`) as string };
      return call('updatePolicy', adminOf(tenant), {
        params,
        body: { name: `Policy ${w}, ${performance.now()} ${n}` },
      });
    };
    const rows: Row[] = [];
    const row = async (name: string, count: number, of: number, times: number, deeds: () => Promise<Deed>) => {
      const done: Awaited<ReturnType<typeof measured>>[] = [];
      let [worked, spent] = [0, 0];
      for (let round = 0; round < rounds; round += 1) {
        const deed = await deeds();
        const before = processorOf(engine.pid);
        const one = await measured(all.slice(0, of), count, requests, deed);
        worked += processorOf(engine.pid) - before;
        spent += (1_000 * requests) / one.rate;
        done.push(one);
      }
      const of100 = (key: 'rate' | 'p50' | 'p99') => middle(done.map((one) => one[key]));
      rows.push({
        name,
        writers: count,
        tenants: of,
        rate: times * of100('rate'),
        p50: of100('p50'),
        p99: of100('p99'),
        engine: worked / spent,
      });
    };
    for (const of of tenants)
      for (const count of writers) {
        await row('a policy is renamed', count, of, 1, async () => renamed);
        await row('a user is deleted', count, of, 1, async () => {
          // For each writer's tenant more than its share, because some writers are faster than others.
          const used = all.slice(0, Math.min(of, count));
          const crowd = new Map<string, string[]>();
          for (const tenant of used) {
            const people = Array.from(
              { length: Math.ceil((1.5 * requests) / used.length) + 5 },
              (_, n) => `Person ${n}`,
            );
            const made: string[] = [];
            for (const name of people) made.push(await create('createUser', tenant, name));
            crowd.set(tenant, made);
          }
          return async (tenant) => {
            const userId = crowd.get(tenant)?.pop();
            if (userId !== undefined) await call('deleteUser', adminOf(tenant), { params: { userId } });
          };
        });
      }
    const own = Array.from({ length: Math.max(...sets) }, (_, n) =>
      create('createPolicy', all[0] as string, `Set ${n}`),
    );
    const ofSets = await Promise.all(own);
    for (const size of sets)
      await row(`a change set of ${size}`, 1, 1, size, async () => (tenant) => {
        const operations = ofSets.slice(0, size).map((policyId) => ({
          operation: 'updatePolicy',
          params: { policyId },
          body: { name: `Set ${policyId} ${performance.now()}` },
        }));
        return call('submitChangeSet', adminOf(tenant), { body: { operations } });
      });
    return rows;
  } finally {
    await engine.close();
  }
};

const sectionOf = (rows: readonly Row[], { rounds, requests }: Sizes): Section => {
  const lines = rows.map(
    ({ name, writers, tenants, rate, p50, p99, engine }) =>
      `| ${name} | ${writers} | ${tenants} | ${number(rate)} | ${number(p50, 1)} | ${number(p99, 1)} | ${number(p99 / p50, 1)} | ${number(100 * engine)} % |`,
  );
  return {
    heading: 'Changes',
    text: `How many operations a second change a tenant, by the number of writers at once. \`npm run bench -- change --write\` measures it and writes this section.

${measuredOn()} Writers are in one process, without HTTP and without rates, and the engine in another. Each row is the middle of ${rounds} rounds of ${number(requests)} requests: compare the rows with each other, and not with your own machine.

| change | writers | tenants | operations a second | p50 ms | p99 ms | p99 / p50 | the engine works |
|---|--:|--:|--:|--:|--:|--:|--:|
${lines.join('\n')}

- **A policy is renamed**: a change of the book, which moves the tenant's version. Writers of one tenant meet there: who is first in the line takes those behind along, in one transaction.
- **A user is deleted**: a change of one user, who manages no access rights. Nobody waits for anybody.
- **A change set**: so many policies are renamed in one transaction; their rate counts each of them. A transaction has 100 items, of which each rename takes two, so 45 is nearly the most.
- **The engine works**: the processor time of the engine's process, as a part of the time. It writes one item after the other, so a single writer keeps it busy for half of the time already, and what many writers of one tenant can gain is what they save it.`,
    plots: [
      [
        'change-rates',
        plotOf(
          'Changes',
          'operations a second',
          rows.map(({ name, writers, tenants, rate }) => ({
            name: `${name}, ${writers} on ${tenants}`,
            value: rate,
          })),
        ),
      ],
    ],
  };
};

const numbers = (text: string): number[] => text.split(',').map(Number);

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      writers: { type: 'string', default: '1,8,64' },
      tenants: { type: 'string', default: '1,100' },
      sets: { type: 'string', default: '1,10,45' },
      requests: { type: 'string', default: '300' },
      rounds: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
    },
  });
  const sizes = {
    writers: numbers(values.writers),
    tenants: numbers(values.tenants),
    sets: numbers(values.sets),
    requests: Number(values.requests),
    rounds: Number(values.rounds),
  };
  const section = sectionOf(await benchChange(sizes), sizes);
  console.log(section.text);
  if (values.write) await writeSection(section);
};

if (process.argv[1] === import.meta.filename) await main();
