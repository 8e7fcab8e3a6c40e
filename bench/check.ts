// `npm run bench -- check`: checks over HTTP, as `npm start` serves them, beside what else one would use. Strong checks read
// the table and check the token each time. Beside them: what the engine answers to the SDK for the same keys, Cerbos on
// the same questions, and the same HTTP server with a constant answer.
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { tableName } from '../infra/local/instance.ts';
import { idsFrom, type TenantId } from '../shared/domain/base/ids.ts';
import { documentClient } from '../shared/store/client.ts';
import { keys } from '../shared/store/keys.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { installBeside } from './beside.ts';
import { cerbosAllows, cerbosRequests, startCerbos } from './cerbos.ts';
import { answersTo, type Load, loaded, requestOf } from './load.ts';
import { middle, number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { type Parts, partNames, processorOf } from './parts.ts';
import { plotOf } from './plot.ts';
import type { Order, Report } from './serving.ts';
import { writeTenant } from './tenant.ts';
import { type BenchWorld, worldOf } from './world.ts';

/** Tenants that are asked in turns, because one alone, and one caller alone, may ask so often a second at most. */
const tenantCount = 40;

interface Server {
  readonly pid: number;
  tell(order: Order): Promise<Report>;
  close(): void;
}

const started = (endpoint: string): Server => {
  const env = { ...process.env, DYNAMODB_ENDPOINT: endpoint };
  const child: ChildProcess = fork(new URL('./serving.ts', import.meta.url), { env });
  return {
    pid: child.pid as number,
    tell: (order) =>
      new Promise((resolve, reject) => {
        const ended = () => reject(new Error('the server has ended'));
        child.once('exit', ended);
        child.once('message', (report: Report) => {
          child.off('exit', ended);
          resolve(report);
        });
        child.send(order);
      }),
    close: () => void child.kill('SIGKILL'),
  };
};

/** Something that is asked. */
interface Contender {
  readonly name: string;
  readonly port: number;
  readonly requests: readonly Buffer[];
  /** Questions of one request. */
  readonly questions: number;
  readonly pids: readonly (number | undefined)[];
}

/** What was measured of a contender, at one number of connections. */
interface Row extends Load {
  readonly name: string;
  readonly connections: number;
  /** Questions a second. */
  readonly questionRate: number;
  /** Milliseconds of processor for a request, in all processes that answer it. */
  readonly processor: number;
}

interface Sizes {
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly ms: number;
  readonly built: boolean;
}

interface Result {
  readonly rows: readonly Row[];
  /** Reads a second that the engine answers, by connections. */
  readonly engine: ReadonlyMap<number, number>;
  readonly parts: Parts;
}

const middleRow = (rows: readonly Row[]): Row => ({
  ...(rows[0] as Row),
  ...Object.fromEntries(
    (['rate', 'p50', 'p99', 'questionRate', 'processor'] as const).map((of) => [
      of,
      middle(rows.map((row) => row[of])),
    ]),
  ),
});

/** Questions of all tenants in turns, as requests to Holdfast. */
const requestsOf = (
  worlds: readonly BenchWorld[],
  tokens: readonly string[],
  more: object = {},
  inSession: readonly string[] = [],
): Buffer[] =>
  (worlds[0]?.asked ?? []).map((_, n) => {
    const at = n % worlds.length;
    const { asked, users, questions } = worlds[at] as BenchWorld;
    const user = users[asked[n]?.user ?? 0]?.id;
    const whose = inSession.length > 0 ? { session: inSession[at] } : { user };
    return requestOf('/v1/check', { authorization: `Bearer ${tokens[at]}` }, { ...whose, ...questions[n], ...more });
  });

const batchesOf = (worlds: readonly BenchWorld[], tokens: readonly string[]): Buffer[] =>
  worlds.map(({ asked, users, questions }, at) => {
    const checks = asked.slice(0, 100).map(({ user }, n) => ({ user: users[user]?.id, ...questions[n] }));
    return requestOf('/v1/check/batch', { authorization: `Bearer ${tokens[at]}` }, { checks });
  });

/** Logs a user of each tenant on. */
const sessionsOf = async (
  port: number,
  worlds: readonly BenchWorld[],
  tokens: readonly string[],
): Promise<string[]> => {
  const made = worlds.map(async ({ users }, at) => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens[at]}`, 'content-type': 'application/json' },
      body: JSON.stringify({ user: users[1]?.id }),
    });
    const body = (await answer.json()) as { id: string };
    if (!answer.ok) throw new Error(`no session: ${JSON.stringify(body)}`);
    return body.id;
  });
  return Promise.all(made);
};

/** Measures all contenders in turns. */
export const benchCheck = async ({ connections, rounds, ms, built }: Sizes): Promise<Result> => {
  const engine = await startEngine();
  const closing: (() => unknown)[] = [engine.close];
  try {
    await ensureTable(engineClient(engine.endpoint), tableName, tableDefinition as never);
    const client = documentClient(engine.endpoint);
    const ids = idsFrom(randomBytes);
    const worlds = Array.from({ length: tenantCount }, () => worldOf(ids.next('tenant') as TenantId));
    for (const { tenant, made, written } of worlds)
      await writeTenant(client, tableName, tenant, {
        records: made.records,
        users: written,
        witness: made.users[0] as never,
      });
    const [holdfast, constant, reader] = [1, 2, 3].map(() => started(engine.endpoint)) as [Server, Server, Server];
    closing.push(holdfast.close, constant.close, reader.close);
    const { port = 0, tokens = [] } = await holdfast.tell({
      order: 'holdfast',
      tenants: worlds.map(({ tenant }) => tenant),
      built,
    });
    const [world] = worlds as [BenchWorld];
    const strong = requestsOf(worlds, tokens);
    const [sample] = await answersTo(port, strong.slice(0, 1));
    const { port: constantPort = 0 } = await constant.tell({ order: 'constant', body: sample as string });
    const enginePid = engine.pid;
    const pids = [holdfast.pid, enginePid];
    const sessions = await sessionsOf(port, worlds, tokens);
    const contenders: Contender[] = [
      { name: 'strong', port, requests: strong, questions: 1, pids },
      { name: 'bounded', port, requests: requestsOf(worlds, tokens, { consistency: 'bounded' }), questions: 1, pids },
      { name: 'in a session', port, requests: requestsOf(worlds, tokens, {}, sessions), questions: 1, pids },
      { name: 'batch of 100', port, requests: batchesOf(worlds, tokens), questions: 100, pids },
      { name: 'a constant answer', port: constantPort, requests: strong, questions: 1, pids: [constant.pid] },
    ];
    const answers = await answersTo(port, strong);
    const wrong = answers.findIndex(
      (body, n) => (JSON.parse(body) as { allowed: boolean }).allowed !== worlds[n % worlds.length]?.answers[n],
    );
    if (wrong >= 0) throw new Error(`the server answers question ${wrong} in another way: ${answers[wrong]}`);
    const cerbos = await startCerbos(world);
    if (cerbos) {
      closing.push(cerbos.close);
      const requests = cerbosRequests(world);
      const other = (await answersTo(cerbos.port, requests)).findIndex(
        (body, n) => cerbosAllows(body) !== world.answers[n],
      );
      if (other >= 0) throw new Error(`Cerbos answers question ${other} in another way`);
      contenders.push({ name: 'Cerbos', port: cerbos.port, requests, questions: 1, pids: [cerbos.pid] });
    }
    const read = worlds.flatMap(({ tenant, users }) =>
      users.slice(0, 20).map(({ id }) => [keys.head(tenant), keys.access(tenant, id)]),
    );
    const measured = new Map<string, Row[]>();
    const engineRates = new Map(connections.map((count) => [count, [] as number[]]));
    // The first round compiles what all others run.
    for (let round = 0; round <= rounds; round += 1)
      for (const count of connections) {
        for (const { name, port: at, requests, questions, pids: busy } of contenders) {
          const before = busy.map(processorOf);
          const load = await loaded(at, requests, count, ms);
          const used = busy.reduce<number>((sum, pid, i) => sum + processorOf(pid) - (before[i] ?? 0), 0);
          const row = {
            ...load,
            name,
            connections: count,
            questionRate: load.rate * questions,
            processor: used / load.requests,
          };
          const key = `${count} ${name}`;
          if (round > 0) measured.set(key, [...(measured.get(key) ?? []), row]);
        }
        const { rate = 0 } = await reader.tell({ order: 'engine', keys: read, connections: count, ms });
        if (round > 0) engineRates.get(count)?.push(rate);
      }
    await holdfast.tell({ order: 'profile' });
    await loaded(port, strong, 16, Math.max(ms, 200));
    const { parts } = await holdfast.tell({ order: 'profiled' });
    return {
      rows: [...measured.values()].map(middleRow),
      engine: new Map([...engineRates].map(([count, rates]) => [count, middle(rates)])),
      parts: parts as Parts,
    };
  } finally {
    for (const close of closing.reverse()) await close();
  }
};

const sectionOf = ({ rows, engine, parts }: Result, { rounds, ms }: Sizes): Section => {
  const of = (name: string, count: number) => rows.find((row) => row.name === name && row.connections === count);
  const besides = (rate: number, other: number | undefined) => (other ? number(rate / other, 2) : '–');
  const lines = rows.map(
    ({ name, connections, rate, questionRate, p50, p99, processor }) =>
      `| ${name} | ${connections} | ${number(rate)} | ${number(questionRate)} | ${number(p50, 2)} | ${number(p99, 2)} | ${number(p99 / p50, 1)} | ${number(processor, 2)} | ${besides(rate, of('Cerbos', connections)?.rate)} | ${besides(rate, engine.get(connections))} |`,
  );
  const read = [...engine].map(
    ([count, rate]) =>
      `| the engine, by the SDK | ${count} | ${number(rate)} | | | | | | ${besides(rate, of('Cerbos', count)?.rate)} | 1.00 |`,
  );
  return {
    heading: 'Checks over HTTP',
    text: `How fast checks are answered by \`npm start\`, beside the engine alone, [Cerbos](https://www.cerbos.dev) and the same HTTP server with a constant answer. \`npm run bench -- check --write\` measures it and writes this section.

${measuredOn()} Callers, servers and the engine share the machine. Each row is the middle of ${rounds} rounds in turns of ${number(ms / 1_000, 1)} s each, on ${tenantCount} tenants of 5 roles, 10 groups and 1,000 rules, with the same questions for all: compare the rows with each other, and not with your own machine.

| check | connections | requests a second | questions a second | p50 ms | p99 ms | p99 / p50 | processor ms | beside Cerbos | beside the engine |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
${[...lines, ...read].join('\n')}

Where the processor of the server goes while 16 callers ask for strong checks:

| ${partNames.join(' | ')} |
|${partNames.map(() => '--:').join('|')}|
| ${partNames.map((name) => `${number(100 * parts[name])} %`).join(' | ')} |

- **Strong**: the token is checked, and the head and the user are read with strong consistency, for each check. **Bounded**: by data that is five seconds old at most. **In a session**: by the rights of a session.
- **The engine**: the SDK's client, as it comes, reads the same two items by one request, as often as the engine answers, without HTTP before it. **Cerbos** is told the user's roles and the rule's owner with each question, reads no database and checks no token.
- **Processor**: of all processes that answer, but not of the callers.`,
    plots: [
      [
        'check-rates',
        plotOf(
          'Checks over HTTP, 16 connections',
          'questions a second',
          rows
            .filter((row) => row.connections === 16 && row.name !== 'batch of 100')
            .map(({ name, questionRate: value }) => ({ name, value })),
        ),
      ],
      [
        'check-p50',
        plotOf(
          'Checks over HTTP, one connection',
          'milliseconds in the middle',
          rows
            .filter((row) => row.connections === 1 && row.name !== 'batch of 100')
            .map(({ name, p50: value }) => ({ name, value })),
        ),
      ],
    ],
  };
};

const main = async (): Promise<void> => {
  const { rounds, ms, connections, built, write } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      ms: { type: 'string', default: '2000' },
      connections: { type: 'string', default: '1,16,64' },
      built: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  }).values;
  installBeside();
  const sizes = { rounds: Number(rounds), ms: Number(ms), connections: connections.split(',').map(Number), built };
  const section = sectionOf(await benchCheck(sizes), sizes);
  console.log(section.text);
  if (write) await writeSection(section);
};

if (process.argv[1] === import.meta.filename) await main();
