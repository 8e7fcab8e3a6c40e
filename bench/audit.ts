// `npm run bench -- audit`: how fast events are sealed, exported and verified, how much memory that takes, and whether sealing
// slows changes. Sealing and exporting share one process, verifying has another, and the engine a third, so the peak of
// each is its own. Prints a table; `--write` also writes it to docs/performance.md with a plot.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { main as auditMain } from '../clients/audit/main.ts';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { exportedFile } from '../shared/audit/names.ts';
import { idsFrom, type TenantId, type UserId } from '../shared/domain/base/ids.ts';
import { exportFolder } from '../shared/exports/folder.ts';
import { type PassTools, passOf } from '../shared/exports/pass.ts';
import { localNotary, newNotaryKey } from '../shared/http/signing/notary.ts';
import { documentClient } from '../shared/store/client.ts';
import { Db, type DocumentClient, type Item } from '../shared/store/db.ts';
import { eventItem } from '../shared/store/events.ts';
import { partitions } from '../shared/store/keys.ts';
import { sealSlice } from '../shared/store/sealing.ts';
import { Store } from '../shared/store/store.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { adminOf, call, newTenant, serveFrom } from './calls.ts';
import { Counting } from './counting.ts';
import { middle, number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { plotOf } from './plot.ts';

const table = 'bench';
const margin = 60_000;
/** Events in a second of a tenant's day, so that a million span two days. */
const eventsInSecond = 10;
const dayMs = 86_400_000;

/** What a process did, and the most memory that it ever had. */
interface Phase {
  readonly seconds: number;
  /** Seconds of the plainest thing that touches the same bytes. */
  readonly besideSeconds: number;
  readonly peakMB: number;
}

interface Round {
  readonly events: number;
  readonly sealed: Phase;
  readonly exported: Phase;
  readonly verified: Phase;
}

interface Slowdown {
  /** Milliseconds of a change in the middle. */
  readonly alone: number;
  readonly beside: number;
  /** Pairs of slots: time with passes beside, by time without. The middle one. */
  readonly ratio: number;
  readonly requestsAlone: number;
  readonly requestsBeside: number;
}

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

/** Tells that a step has ended, because a million events take half an hour. */
type Say = (text: string) => void;

/**
 * Megabytes that this process had at its peak. What the system says of a process includes what its parent had when it
 * started the process, so Linux is asked for the peak of this program.
 */
const peakMB = (): number => {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
    if (peak !== undefined) return Number(peak) / 1024;
  } catch {
    // Another system than Linux.
  }
  return process.resourceUsage().maxRSS / 1024;
};

/** Writes events of two days ago, as changes would have left them. */
const writeEvents = async (client: DocumentClient, tenant: TenantId, count: number): Promise<void> => {
  const ids = idsFrom(randomBytes);
  const begun = Date.now() - 2 * dayMs;
  const user = ids.next('user') as UserId;
  const event = (n: number): Item => {
    const now = begun + Math.floor((n * 1000) / eventsInSecond);
    const [role, member] = [ids.next('role'), ids.next('user')];
    return eventItem({
      tenant,
      id: ids.event(now),
      now,
      action: 'role.members.added',
      target: role,
      actor: { kind: 'person', id: user },
      requestId: `bench-${n}`,
      told: { members: [`${member}.${ids.life()}`], name: 'Help desk', version: n },
    });
  };
  const atOnce = 4;
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < count) {
      const some = Array.from({ length: Math.min(25, count - next) }, (_, i) => event(next + i));
      next += some.length;
      const RequestItems = { [table]: some.map((one) => ({ PutRequest: { Item: one } })) };
      const { UnprocessedItems } = await client.send(new BatchWriteCommand({ RequestItems }));
      if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('the engine has left items unwritten');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, writer));
};

/** Reads every event, as any sealer must. */
const readEvents = async (db: Db, tenant: TenantId): Promise<void> => {
  const read = async (partition: string): Promise<void> => {
    for (let after: string | undefined, done = false; !done; ) {
      const page = await db.page({ partition, ...(after !== undefined && { after }), limit: 1_000 });
      [after, done] = [String(page.items.at(-1)?.SK), page.done];
    }
  };
  await Promise.all(partitions.events(tenant).map(read));
};

interface Place {
  readonly endpoint: string;
  readonly tenant: TenantId;
  readonly folder: string;
}

const toolsFor = async (db: Db, folder: string, pem: string): Promise<PassTools> => {
  const store = await exportFolder(folder);
  return { db, notary: localNotary(db, pem), margin, storeOf: async () => store };
};

/** Seals everything, then exports it, in this process. Returns the thumbprint of the key as well. */
const sealAndExport = async ({ endpoint, tenant, folder }: Place) => {
  const db = new Db(documentClient(endpoint), table);
  const tools = await toolsFor(db, folder, newNotaryKey());
  const besideSeconds = await secondsOf(() => readEvents(db, tenant));
  const sealing = await secondsOf(async () => {
    for (let lookBack = true, more = true; more; lookBack = false)
      ({ more } = await sealSlice(db, tenant, { margin, lookBack }));
  });
  const exporting = await secondsOf(async () => {
    while ((await passOf(tools, tenant)).more);
  });
  return {
    sealed: { seconds: sealing, besideSeconds, peakMB: peakMB() },
    exported: { seconds: exporting, besideSeconds, peakMB: peakMB() },
    key: (await tools.notary.key()).jwk.kid,
  };
};

/** Unpacks and hashes every file, as any verifier must. */
const hashFiles = async (folder: string): Promise<void> => {
  const store = await exportFolder(folder);
  for await (const name of store.list('')) {
    const bytes = await readFile(join(folder, name));
    createHash('sha256').update(bytes).digest();
    if (exportedFile(name)?.kind === 'part') createHash('sha256').update(gunzipSync(bytes)).digest();
  }
};

/** Verifies the export in this process, with the command of auditors. */
const verify = async ({ folder, key }: { readonly folder: string; readonly key: string }): Promise<Phase> => {
  const said: string[] = [];
  const out = { write: (text: string) => void said.push(text) };
  const words = ['verify', folder, '--key', key];
  const quiet = { write: () => {} };
  const seconds = await secondsOf(async () => {
    const code = await auditMain({ words, env: {}, out, err: quiet, signal: new AbortController().signal });
    if (code !== 0) throw new Error(`the export does not verify: ${said.join('')}`);
  });
  // Measured before the plain reading, which holds whole files.
  const peak = peakMB();
  return { seconds, besideSeconds: await secondsOf(() => hashFiles(folder)), peakMB: peak };
};

/** Megabytes of the heap of a phase, old and young. Without limits, V8 lets garbage lie while the machine has room. */
const heapMB = { old: 144, young: 8 };

/** Carries out a phase in a process of its own. */
const apart = async <T>(phase: string, given: object): Promise<T> => {
  const words = [
    `--max-old-space-size=${heapMB.old}`,
    `--max-semi-space-size=${heapMB.young}`,
    import.meta.filename,
    '--phase',
    phase,
    '--given',
    JSON.stringify(given),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 1e8 });
  return JSON.parse(stdout) as T;
};

/** One round on a new tenant. */
const benchRound = async (endpoint: string, events: number, say: Say): Promise<Round> => {
  const client = documentClient(endpoint);
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    serveFrom(new Store({ client, table }));
    const tenant = await newTenant();
    say(`wrote ${number(events)} events in ${number(await secondsOf(() => writeEvents(client, tenant, events)))} s`);
    const place: Place = { endpoint, tenant, folder };
    const { key, ...done } = await apart<Awaited<ReturnType<typeof sealAndExport>>>('seal', place);
    say(`sealed them in ${number(done.sealed.seconds)} s, exported them in ${number(done.exported.seconds)} s`);
    const verified = await apart<Phase>('verify', { folder, key });
    say(`verified them in ${number(verified.seconds)} s`);
    return { events, ...done, verified };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/**
 * Measures changes with and without a pass beside them, in turns: a slot alone, then a slot with the pass that seals and
 * exports what the slot alone has left. A pass between the pairs, which nobody measures, takes what the second slot left,
 * so each measured pass has the events of as many changes as it runs beside.
 */
const benchSlowdown = async (endpoint: string, slots: number, changes: number): Promise<Slowdown> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const client = new Counting(documentClient(endpoint));
    serveFrom(new Store({ client, table }));
    const tenant = await newTenant();
    const made = await call('createUser', adminOf(tenant), { body: { kind: 'person', name: 'Bo' } });
    // Another client and another store, as another function would have.
    const db = new Db(documentClient(endpoint), table);
    const tools = { ...(await toolsFor(db, folder, newNotaryKey())), margin: 1_000 };
    const change = (n: number) =>
      call('updateUser', adminOf(tenant), { params: { userId: made.id }, body: { name: `Bo ${n}` } });
    const slot = async (isBeside: boolean) => {
      const before = client.requests;
      const pass = isBeside ? passOf(tools, tenant) : undefined;
      const times: number[] = [];
      for (let n = 0; n < changes; n += 1) times.push(await secondsOf(() => change(n)));
      const requests = (client.requests - before) / changes;
      await pass;
      return { times, total: times.reduce((sum, one) => sum + one, 0), requests };
    };
    const pairs: { alone: Awaited<ReturnType<typeof slot>>; beside: Awaited<ReturnType<typeof slot>> }[] = [];
    for (let n = 0; n <= slots; n += 1) {
      pairs.push({ alone: await slot(false), beside: await slot(true) });
      await passOf(tools, tenant);
    }
    // The first pair has loaded and compiled what both use.
    pairs.shift();
    return {
      alone: 1000 * middle(pairs.flatMap(({ alone }) => alone.times)),
      beside: 1000 * middle(pairs.flatMap(({ beside }) => beside.times)),
      ratio: middle(pairs.map(({ alone, beside }) => beside.total / alone.total)),
      requestsAlone: middle(pairs.map(({ alone }) => alone.requests)),
      requestsBeside: middle(pairs.map(({ beside }) => beside.requests)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const ratio = ({ seconds, besideSeconds }: Phase): number => besideSeconds / seconds;
/** The phase in the middle by its ratio, with the highest peak of all. */
const middlePhase = (phases: readonly Phase[]): Phase => ({
  ...([...phases].sort((a, b) => ratio(a) - ratio(b))[phases.length >> 1] as Phase),
  peakMB: Math.max(...phases.map((phase) => phase.peakMB)),
});

interface Sizes {
  readonly events: number;
  readonly rounds: number;
  /** Pairs of slots, and changes in each. */
  readonly slots: number;
  readonly changes: number;
}

interface Measured extends Round {
  readonly slowdown: Slowdown;
}

/** Measures some rounds, and changes with and without passes beside them. */
export const benchAudit = async ({ events, rounds, slots, changes }: Sizes, say: Say = () => {}): Promise<Measured> => {
  const engine = await startEngine();
  try {
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const all: Round[] = [];
    for (let n = 0; n < rounds; n += 1) all.push(await benchRound(engine.endpoint, events, say));
    return {
      events,
      sealed: middlePhase(all.map(({ sealed }) => sealed)),
      exported: middlePhase(all.map(({ exported }) => exported)),
      verified: middlePhase(all.map(({ verified }) => verified)),
      slowdown: await benchSlowdown(engine.endpoint, slots, changes),
    };
  } finally {
    await engine.close();
  }
};

const tablesOf = ({ events, sealed, exported, verified, slowdown }: Measured): string => {
  const row = (name: string, beside: string, phase: Phase): string =>
    `| ${name} | ${number(events / phase.seconds)} | ${beside} | ${number(events / phase.besideSeconds)} | ${number(100 * ratio(phase))} % | ${number(phase.peakMB)} |`;
  return [
    '| what | events a second | beside it | events a second | of that | peak MB |',
    '|---|--:|---|--:|--:|--:|',
    row('sealed', 'read from the table', sealed),
    row('exported', 'read from the table', exported),
    row('verified', 'files unpacked and hashed', verified),
    '',
    '| a change | alone | with a pass beside it |',
    '|---|--:|--:|',
    `| milliseconds, the middle one | ${number(slowdown.alone, 1)} | ${number(slowdown.beside, 1)} |`,
    `| time of a slot, the middle pair | 100 % | ${number(100 * slowdown.ratio, 1)} % |`,
    `| requests to the table | ${number(slowdown.requestsAlone, 2)} | ${number(slowdown.requestsBeside, 2)} |`,
  ].join('\n');
};

const sectionOf = (measured: Measured, { rounds, slots, changes }: Sizes): Section => ({
  heading: 'The audit',
  text: `How fast events are sealed, exported and verified. \`npm run bench -- audit --write\` measures it and writes this section; \`--events 1000000\` names another number of events, here ${number(measured.events)} a round.

${measuredOn()} Rates are of the middle one of ${rounds} ${rounds === 1 ? 'round' : 'rounds'} by its ratio, the peak is the highest of all. Sealing and exporting share a process; its heap, as that of verifying, is limited to ${heapMB.old} MB. Compare the columns with each other, and not with your own machine.

${tablesOf(measured)}

**With a pass beside it**: every second slot of ${changes} changes has a pass beside it, in the same process and on the same engine, which seals and exports the events of as many changes; ${slots} pairs of slots. In a deployment a pass runs on another machine, once a minute. That a change sends as many requests with a pass as without says that it is never refused, and never tried again, because of one.`,
  plots: [
    [
      'audit-rates',
      plotOf('The audit', 'events a second', [
        { name: 'sealed', value: measured.events / measured.sealed.seconds },
        { name: 'exported', value: measured.events / measured.exported.seconds },
        { name: 'read from the table alone', value: measured.events / measured.sealed.besideSeconds },
        { name: 'verified', value: measured.events / measured.verified.seconds },
        { name: 'files unpacked and hashed alone', value: measured.events / measured.verified.besideSeconds },
      ]),
    ],
    [
      'audit-memory',
      plotOf(
        'Memory of the audit',
        'MB at the peak',
        [
          { name: 'sealing and exporting', value: measured.exported.peakMB },
          { name: 'verifying', value: measured.verified.peakMB },
        ],
        300,
      ),
    ],
  ],
});

const main = async (): Promise<void> => {
  const { phase, given, events, rounds, slots, changes, write } = parseArgs({
    options: {
      // A phase of a round, in a process of its own.
      phase: { type: 'string' },
      given: { type: 'string', default: '{}' },
      events: { type: 'string', default: '20000' },
      rounds: { type: 'string', default: '3' },
      slots: { type: 'string', default: '10' },
      changes: { type: 'string', default: '200' },
      write: { type: 'boolean', default: false },
    },
  }).values;
  if (phase === 'seal') return console.log(JSON.stringify(await sealAndExport(JSON.parse(given))));
  if (phase === 'verify') return console.log(JSON.stringify(await verify(JSON.parse(given))));
  const sizes = {
    events: Number(events),
    rounds: Number(rounds),
    slots: Number(slots),
    changes: Number(changes),
  };
  const measured = await benchAudit(sizes, (text) => process.stderr.write(`${text}\n`));
  console.log(tablesOf(measured));
  if (write) await writeSection(sectionOf(measured, sizes));
};

if (process.argv[1] === import.meta.filename) await main();
