// `npm run bench -- function`: what a warm request costs the processor of a function as it is built for a deployment: one
// request at a time, as Lambda sends them, on the engine of this machine. Time at the gateway is not in it.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { handlerFile } from '../functions/index.ts';
import { builtFile, bundle } from '../infra/bundle/bundle.ts';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { memoryOf } from '../infra/stacks/concurrency.ts';
import { idsFrom, type TenantId } from '../shared/domain/base/ids.ts';
import { operations } from '../shared/routes/operations.ts';
import { documentClient } from '../shared/store/client.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { middle, number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { plotOf } from './plot.ts';
import { writeTenant } from './tenant.ts';
import { type BenchWorld, worldOf } from './world.ts';

const table = 'bench';
const issuer = 'https://issuer.bench';

type Built = (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;

/** What is asked, again and again. */
interface Asking {
  readonly name: string;
  readonly id: 'check' | 'checkBatch';
  /** The body of the n-th request. */
  readonly body: (n: number) => object;
}

interface Row {
  readonly name: string;
  /** Milliseconds of processor for a request. */
  readonly processor: number;
  /** Bytes of the function and what it loads. */
  readonly bytes: number;
}

const questionsOf = ({ asked, users, questions }: BenchWorld): Asking[] => {
  const one = (n: number) => ({ user: users[asked[n % asked.length]?.user ?? 0]?.id, ...questions[n % asked.length] });
  return [
    { name: 'a strong check', id: 'check', body: one },
    { name: 'a bounded check', id: 'check', body: (n) => ({ ...one(n), consistency: 'bounded' }) },
    {
      name: 'a batch of 100',
      id: 'checkBatch',
      body: (n) => ({ checks: Array.from({ length: 100 }, (_, i) => one(100 * n + i)) }),
    },
  ];
};

const eventOf = (tenant: string, { id, body }: Asking, n: number) => ({
  version: '2.0',
  routeKey: `POST ${operations[id].path}`,
  rawPath: operations[id].path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body(n)),
  isBase64Encoded: false,
  requestContext: {
    requestId: randomUUID(),
    authorizer: {
      jwt: { claims: { iss: issuer, sub: 'product', token_use: 'access', tenant, scope: 'holdfast/check' } },
    },
  },
});

/** Measures each kind of request, the middle of some rounds in turns. */
export const benchFunction = async (rounds: number, requests: number): Promise<Row[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = await startEngine();
  const environment = {
    DYNAMODB_ENDPOINT: engine.endpoint,
    TABLE_NAME: table,
    TRUSTED_ISSUERS: issuer,
    LOG_LEVEL: 'error',
  };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  try {
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const world = worldOf(idsFrom(randomBytes).next('tenant') as TenantId);
    await writeTenant(documentClient(engine.endpoint), table, world.tenant, {
      records: world.made.records,
      users: world.written,
      witness: world.made.users[0] as never,
    });
    Object.assign(process.env, environment);
    const { loaded, folder: dist } = await bundle(join(folder, 'dist'));
    const load = async (id: Asking['id']): Promise<Built> =>
      ((await import(pathToFileURL(join(dist, builtFile(handlerFile(id)))).href)) as { handler: Built }).handler;
    const all = await Promise.all(
      questionsOf(world).map(async (asking) => ({ asking, handler: await load(asking.id) })),
    );
    const spent = all.map(() => [] as number[]);
    // The first round compiles what all others run.
    for (let round = 0; round <= rounds; round += 1)
      for (const [i, { asking, handler }] of all.entries()) {
        const events = Array.from({ length: requests }, (_, n) => eventOf(world.tenant, asking, n));
        const began = process.cpuUsage();
        for (const event of events) {
          const { statusCode, body } = await handler(event, {});
          if (statusCode !== 200) throw new Error(`${asking.name} answered ${statusCode}: ${body}`);
        }
        const { user, system } = process.cpuUsage(began);
        if (round > 0) spent[i]?.push((user + system) / 1_000 / requests);
      }
    return all.map(({ asking }, i) => ({
      name: asking.name,
      processor: middle(spent[i] ?? []),
      bytes: loaded.get(handlerFile(asking.id)) ?? 0,
    }));
  } finally {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
};

const sectionOf = (rows: readonly Row[], rounds: number, requests: number): Section => {
  // Lambda gives a whole processor for 1,769 MB.
  const share = memoryOf('check') / 1_769;
  const lines = rows.map(
    ({ name, processor, bytes }) =>
      `| ${name} | ${number(processor, 2)} | ${number(processor / share, 2)} | ${number(bytes / 1_000)} |`,
  );
  return {
    heading: 'A warm request of a function',
    text: `What a request costs the processor of a function as it is deployed, one at a time and warm. \`npm run bench -- function --write\` measures it and writes this section.

${measuredOn()} Processor time of this process, the middle of ${rounds} rounds of ${number(requests)} requests in turns. A function of ${number(memoryOf('check'))} MB has ${number(share, 2)} of a processor on Lambda, so that much longer it takes there at least; the way to the table and back comes on top.

| request | processor ms | at ${number(share, 2)} of one, ms | kB loaded |
|---|--:|--:|--:|
${lines.join('\n')}

Round trips, requests and units of each operation are the same everywhere: [costs](costs.md).`,
    plots: [
      [
        'function-processor',
        plotOf(
          'A warm request of a function',
          'milliseconds of processor',
          rows.map(({ name, processor: value }) => ({ name, value })),
        ),
      ],
    ],
  };
};

const main = async (): Promise<void> => {
  const { rounds, requests, write } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      requests: { type: 'string', default: '1000' },
      write: { type: 'boolean', default: false },
    },
  }).values;
  const section = sectionOf(await benchFunction(Number(rounds), Number(requests)), Number(rounds), Number(requests));
  console.log(section.text);
  if (write) await writeSection(section);
};

if (process.argv[1] === import.meta.filename) await main();
