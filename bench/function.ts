// `npm run bench -- function`: what a warm request costs the processor of a function as it is built for a deployment: one
// request at a time, as Lambda sends them, and many at once, as managed instances get them, on the engine of this machine.
// Time at the gateway is not in it.
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
import { managedEnvironment } from '../infra/stacks/managed.ts';
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
/** Tenants that are asked in turns, because one alone, and one caller alone, may ask so often a second at most. */
const tenantCount = 4;

type Built = (event: unknown, context: unknown) => Promise<{ statusCode: number; body: string }>;

/** What is asked, again and again. */
interface Asking {
  readonly name: string;
  readonly id: 'check' | 'checkBatch';
  /** The body of the n-th request. */
  readonly body: (n: number) => object;
  /** Requests at once, by a function with the environment of managed instances. */
  readonly atOnce?: number;
}

interface Row {
  readonly name: string;
  /** Milliseconds of processor for a request. */
  readonly processor: number;
  /** Bytes of the function and what it loads. */
  readonly bytes: number;
  /** Whether it runs where an environment has a whole processor. */
  readonly managed: boolean;
}

const questionsOf = (worlds: readonly BenchWorld[]): Asking[] => {
  const of = ({ asked, users, questions }: BenchWorld, n: number) => ({
    user: users[asked[n % asked.length]?.user ?? 0]?.id,
    ...questions[n % asked.length],
  });
  const at = (n: number) => worlds[n % worlds.length] as BenchWorld;
  const one = (n: number) => of(at(n), n);
  return [
    { name: 'a strong check', id: 'check', body: one },
    { name: 'a bounded check', id: 'check', body: (n) => ({ ...one(n), consistency: 'bounded' }) },
    {
      name: 'a batch of 100',
      id: 'checkBatch',
      body: (n) => ({ checks: Array.from({ length: 100 }, (_, i) => of(at(n), 100 * n + i)) }),
    },
    ...[4, 32].map((atOnce) => ({
      name: `a strong check, ${atOnce} at once with shared reads`,
      id: 'check' as const,
      body: one,
      atOnce,
    })),
  ];
};

const eventOf = (worlds: readonly BenchWorld[], { id, body }: Asking, n: number) => ({
  version: '2.0',
  routeKey: `POST ${operations[id].path}`,
  rawPath: operations[id].path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body(n)),
  isBase64Encoded: false,
  requestContext: {
    requestId: randomUUID(),
    authorizer: {
      jwt: {
        claims: {
          iss: issuer,
          sub: 'product',
          token_use: 'access',
          tenant: worlds[n % worlds.length]?.tenant,
          scope: 'holdfast/check',
        },
      },
    },
  },
});

/** Measures each kind of request, the middle of some rounds in turns. */
export const benchFunction = async (rounds: number, requests: number): Promise<Row[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  const engine = await startEngine();
  const environment = {
    // The engine is asked as the service is: the address is looked up, and each command is signed.
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    AWS_REGION: 'local',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TABLE_NAME: table,
    TRUSTED_ISSUERS: issuer,
    LOG_LEVEL: 'error',
  };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  try {
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const worlds = Array.from({ length: tenantCount }, () => worldOf(idsFrom(randomBytes).next('tenant') as TenantId));
    for (const { tenant, made, written } of worlds)
      await writeTenant(documentClient(engine.endpoint), table, tenant, {
        records: made.records,
        users: written,
        witness: made.users[0] as never,
      });
    Object.assign(process.env, environment);
    // Each build is loaded for itself, and takes its settings from the environment of its first request.
    const { loaded, folder: plain } = await bundle(join(folder, 'plain'));
    const { folder: managed } = await bundle(join(folder, 'managed'));
    const all = [];
    for (const asking of questionsOf(worlds)) {
      const file = join(asking.atOnce ? managed : plain, builtFile(handlerFile(asking.id)));
      const { handler } = (await import(pathToFileURL(file).href)) as { handler: Built };
      Object.assign(process.env, asking.atOnce && managedEnvironment);
      await handler(eventOf(worlds, asking, 0), {});
      for (const name of Object.keys(managedEnvironment)) delete process.env[name];
      all.push({ asking, handler });
    }
    const spent = all.map(() => [] as number[]);
    // The first round compiles what all others run.
    for (let round = 0; round <= rounds; round += 1)
      for (const [i, { asking, handler }] of all.entries()) {
        const events = Array.from({ length: requests }, (_, n) => eventOf(worlds, asking, n));
        const began = process.cpuUsage();
        const lane = async () => {
          for (let event = events.pop(); event; event = events.pop()) {
            const { statusCode, body } = await handler(event, {});
            if (statusCode !== 200) throw new Error(`${asking.name} answered ${statusCode}: ${body}`);
          }
        };
        await Promise.all(Array.from({ length: asking.atOnce ?? 1 }, lane));
        const { user, system } = process.cpuUsage(began);
        if (round > 0) spent[i]?.push((user + system) / 1_000 / requests);
      }
    return all.map(({ asking }, i) => ({
      name: asking.name,
      processor: middle(spent[i] ?? []),
      bytes: loaded.get(handlerFile(asking.id)) ?? 0,
      managed: asking.atOnce !== undefined,
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
    ({ name, processor, bytes, managed }) =>
      `| ${name} | ${number(processor, 2)} | ${managed ? '–' : number(processor / share, 2)} | ${number(bytes / 1_000)} |`,
  );
  return {
    heading: 'A warm request of a function',
    text: `What a request costs the processor of a function as it is deployed, one at a time and warm; and what it costs where a function serves several at once ([0071](decisions/0071-managed-instances.md)). \`npm run bench -- function --write\` measures it and writes this section.

${measuredOn()} Processor time of this process, the middle of ${rounds} rounds of ${number(requests)} requests in turns. A function of ${number(memoryOf('check'))} MB has ${number(share, 2)} of a processor on Lambda, so that much longer it takes there at least; on managed instances it has a whole one. The way to the table and back comes on top.

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
