// `npm run bench -- tenants`: checks on many tenants, of which few are asked often and most seldom, as the books come into
// the memory of a process and stay there or go.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { idsFrom, type TenantId } from '../shared/domain/base/ids.ts';
import { decide } from '../shared/domain/deciding/decide.ts';
import { documentClient } from '../shared/store/client.ts';
import { keys } from '../shared/store/keys.ts';
import { Store } from '../shared/store/store.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { Counting } from './counting.ts';
import { number, spread } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { plotOf } from './plot.ts';
import { tenantOf, userOfBench, writeTenant } from './tenant.ts';

const table = 'bench';

/** One of so many, where the n-th comes n times more seldom than the first: Zipf's law with the exponent 1. */
const zipf = (count: number): (() => number) => {
  const sums: number[] = [];
  for (let n = 1, sum = 0; n <= count; n += 1) {
    sum += 1 / n;
    sums.push(sum);
  }
  let state = 11;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    const wanted = (state / 2_147_483_647) * (sums.at(-1) ?? 0);
    let [low, high] = [0, count - 1];
    while (low < high) {
      const half = (low + high) >> 1;
      if ((sums[half] ?? 0) < wanted) low = half + 1;
      else high = half;
    }
    return low;
  };
};

interface Stretch {
  readonly name: string;
  readonly checks: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** Read units of a check. */
  readonly units: number;
  /** Megabytes of the process at its end. */
  readonly megabytes: number;
}

interface Sizes {
  readonly tenants: number;
  /** Checks of a stretch. */
  readonly checks: number;
}

/** Checks by a process that knows nothing at first, in three stretches. */
export const benchTenants = async ({ tenants, checks }: Sizes): Promise<Stretch[]> => {
  const engine = await startEngine();
  try {
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const client = new Counting(documentClient(engine.endpoint));
    const made = tenantOf({ users: 20, roles: 5, groups: 10, memberships: 40, rules: 50, policies: 5 });
    const ids = idsFrom(randomBytes);
    const users = made.users.map((ref, n) => userOfBench(ref, n));
    const all = Array.from({ length: tenants }, () => ids.next('tenant') as TenantId);
    const write = async (tenant: TenantId) =>
      writeTenant(client, table, tenant, { records: made.records, users, witness: made.users[0] as never });
    for (let n = 0; n < tenants; n += 8) await Promise.all(all.slice(n, n + 8).map(write));
    const store = new Store({ client, table });
    const draw = zipf(tenants);
    const stretch = async (name: string): Promise<Stretch> => {
      const times: number[] = [];
      client.reset();
      const began = performance.now();
      for (let n = 0; n < checks; n += 1) {
        const tenant = all[draw()] as TenantId;
        const { id } = users[n % users.length] as (typeof users)[0];
        const from = performance.now();
        const view = await store.view(tenant, [keys.access(tenant, id)]);
        const [access] = (await view?.users([id])) ?? [];
        if (view) decide(view.book, access, { permission: 'billing' });
        times.push(performance.now() - from);
      }
      const spent = performance.now() - began;
      const megabytes = process.memoryUsage.rss() / 2 ** 20;
      return {
        name,
        checks,
        rate: (1_000 * checks) / spent,
        ...spread(times),
        units: client.readUnits / checks,
        megabytes,
      };
    };
    const first = await stretch('cold');
    // So that most tenants of the long tail have come once.
    for (let n = 0; n < 4; n += 1) await stretch('between');
    return [first, await stretch('warm')];
  } finally {
    await engine.close();
  }
};

const sectionOf = (stretches: readonly Stretch[], { tenants, checks }: Sizes): Section => ({
  heading: 'Many tenants',
  text: `Strong checks on ${number(tenants)} tenants, of which the n-th is asked n times more seldom than the first (Zipf's law, exponent 1), by one process that keeps the books it has read. \`npm run bench -- tenants --write\` measures it and writes this section.

${measuredOn()} Each stretch has ${number(checks)} checks, one after the other, without HTTP; four stretches lie between the two.

| the process is | checks a second | p50 ms | p99 ms | read units a check | MB of the process |
|---|--:|--:|--:|--:|--:|
${stretches.map(({ name, rate, p50, p99, units, megabytes }) => `| ${name} | ${number(rate)} | ${number(p50, 2)} | ${number(p99, 2)} | ${number(units, 1)} | ${number(megabytes)} |`).join('\n')}

A warm check reads the head and the user. A cold one reads the tenant's book besides.`,
  plots: [
    [
      'tenants-units',
      plotOf(
        `Checks on ${number(tenants)} tenants`,
        'read units a check',
        stretches.map(({ name, units }) => ({ name, value: units })),
      ),
    ],
  ],
});

const main = async (): Promise<void> => {
  const { tenants, checks, write } = parseArgs({
    options: {
      tenants: { type: 'string', default: '5000' },
      checks: { type: 'string', default: '5000' },
      write: { type: 'boolean', default: false },
    },
  }).values;
  const sizes = { tenants: Number(tenants), checks: Number(checks) };
  const section = sectionOf(await benchTenants(sizes), sizes);
  console.log(section.text);
  if (write) await writeSection(section);
};

if (process.argv[1] === import.meta.filename) await main();
