// `npm run bench -- sync`: how fast directory runs are taken in, beside the engine's own rate for the items that they write.
// A run and the engine take turns: after some items the run is held while the client of the table writes the same
// items, in transactions of 100, to another table of the same engine. So both meet the same machine. Prints tables;
// `--write` also writes them to docs/performance.md with a plot.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { BatchGetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { chunked } from '../shared/domain/base/collections.ts';
import type { RunId, TenantId } from '../shared/domain/base/ids.ts';
import { batchDigest } from '../shared/domain/plan/run-protocol.ts';
import { runSlice } from '../shared/runs/run.ts';
import { documentClient } from '../shared/store/client.ts';
import { type DocumentClient, type Item, systemClock } from '../shared/store/db.ts';
import { Store } from '../shared/store/store.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { adminOf, call, newTenant, serveFrom } from './calls.ts';
import {
  changesOfOneKind,
  type DirectorySizes,
  largeDirectory,
  mixedDelta,
  type StatedEntry,
  wholeDirectory,
} from './directory.ts';
import { number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { plotOf } from './plot.ts';

const tables = { run: 'bench', engine: 'beside' } as const;
/** Items after which the engine has its turn, items of its transactions, and transactions at once. */
const itemsInTurn = 5_000;
const itemsInTransaction = 100;
const transactionsAtOnce = 4;

/** What the work on a file took. */
interface Spent {
  readonly entries: number;
  readonly items: number;
  readonly transactions: number;
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  /** Seconds of the run, and of the engine for the same items. */
  readonly seconds: number;
  readonly engineSeconds: number;
}

const nothing = { items: 0, transactions: 0, requests: 0, readUnits: 0, writeUnits: 0, engineSeconds: 0 };

interface Command {
  readonly input: Record<string, unknown>;
  readonly constructor: { readonly name: string };
}
/** The writes of a transaction, as the store sends them. */
interface Writes {
  readonly TransactItems: readonly {
    readonly Put?: { readonly Item: Item };
    readonly Update?: { readonly Key: Item };
    readonly Delete?: { readonly Key: Item };
  }[];
}

/** What the engine is to write: items by key, or `undefined` for one that is deleted. */
type Copy = Map<string, { readonly key: Item; readonly item: Item | undefined }>;

const noted = ({ PK, SK }: Item, item: Item | undefined) => [`${PK} ${SK}`, { key: { PK, SK }, item }] as const;

/** A client that counts, and gives the engine its turns. Its clock stands still meanwhile. */
class Paced implements DocumentClient {
  readonly #inner: DocumentClient;
  readonly now = (): number => Date.now() - this.#held;
  /** Milliseconds for which the run has been held. */
  #held = 0;
  #turn: Promise<void> | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #copy: Copy = new Map();
  readonly #updated: Copy = new Map();
  #spent = nothing;

  constructor(inner: DocumentClient) {
    this.#inner = inner;
  }

  async send(command: Command, options?: object) {
    while (this.#turn) await this.#turn;
    command.input.ReturnConsumedCapacity = 'TOTAL';
    this.#spent.requests += 1;
    const sent = this.#inner.send(command, options);
    this.#underWay.add(sent);
    const answer = await sent.finally(() => this.#underWay.delete(sent));
    const units = [answer.ConsumedCapacity ?? []].flat().reduce((sum, one) => sum + (one.CapacityUnits ?? 0), 0);
    if (command.constructor.name === 'TransactWriteCommand') {
      this.#spent.writeUnits += units;
      this.#wrote(command.input as unknown as Writes);
    } else this.#spent.readUnits += units;
    return answer;
  }

  #wrote({ TransactItems }: Writes): void {
    this.#spent.transactions += 1;
    for (const { Put, Update, Delete } of TransactItems) {
      if (Put) this.#copy.set(...noted(Put.Item, Put.Item));
      if (Update) this.#updated.set(...noted(Update.Key, undefined));
      if (Delete) this.#copy.set(...noted(Delete.Key, undefined));
    }
    if (this.#copy.size + this.#updated.size >= itemsInTurn) this.#turn ??= this.#giveTurn();
  }

  /** Lets the engine write what the run has written so far, once the run's requests have ended. */
  async #giveTurn(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    const began = Date.now();
    const copy: Copy = new Map(this.#copy);
    for (const some of chunked([...this.#updated.values()], 100)) {
      const Keys = some.map(({ key }) => key);
      const { Responses } = await this.#inner.send(new BatchGetCommand({ RequestItems: { [tables.run]: { Keys } } }));
      for (const item of Responses?.[tables.run] ?? []) copy.set(...noted(item, item));
    }
    this.#copy.clear();
    this.#updated.clear();
    this.#spent.items += copy.size;
    this.#spent.engineSeconds += await written(this.#inner, copy);
    this.#held += Date.now() - began;
    this.#turn = undefined;
  }

  /** Measures some work of a run. */
  async measured(entries: number, work: () => Promise<unknown>): Promise<Spent> {
    this.#spent = { ...nothing };
    const began = this.now();
    await work();
    while (this.#turn) await this.#turn;
    const seconds = (this.now() - began) / 1000;
    await this.#giveTurn();
    return { entries, seconds, ...this.#spent };
  }
}

/** Seconds that the engine takes to write the same. */
const written = async (client: DocumentClient, copy: Copy): Promise<number> => {
  const batches = chunked([...copy.values()], itemsInTransaction);
  const began = performance.now();
  const writer = async (): Promise<void> => {
    for (let some = batches.pop(); some; some = batches.pop()) {
      const TransactItems = some.map(({ key: Key, item: Item }) =>
        Item ? { Put: { TableName: tables.engine, Item } } : { Delete: { TableName: tables.engine, Key } },
      );
      await client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: randomUUID() }));
    }
  };
  await Promise.all(Array.from({ length: transactionsAtOnce }, writer));
  return (performance.now() - began) / 1000;
};

const anything = { number: 1_000_000, percent: 100 };
/** Deltas of one kind are what guards are to hold. They are judged here as well, and let through. */
const guards = { deletions: anything, disablings: anything, removals: anything, groupRemovals: anything };
/** Entries in a batch: some 2 MB. */
const entriesInBatch = 5_000;

/** A source of a new tenant, and the runs that a client sends to it. */
class Client {
  readonly #paced: Paced;
  readonly #store: Store;
  readonly #tenant: TenantId;
  readonly #source: string;
  #cursor: string | null = null;

  private constructor(paced: Paced, store: Store, tenant: TenantId, source: string) {
    this.#paced = paced;
    this.#store = store;
    this.#tenant = tenant;
    this.#source = source;
  }

  static async on(paced: Paced): Promise<Client> {
    const store = new Store({ client: paced, table: tables.run, clock: { ...systemClock, now: paced.now } });
    serveFrom(store);
    const tenant = await newTenant();
    const source = await call('createSource', adminOf(tenant), { body: { name: 'Office', guards } });
    return new Client(paced, store, tenant, source.id);
  }

  /** Sends a run and does its work, from the request that opens it to its end. */
  take(entries: readonly StatedEntry[], kind: 'full' | 'delta' = 'delta'): Promise<Spent> {
    return this.#paced.measured(entries.length, async () => {
      const admin = adminOf(this.#tenant);
      const opening = { kind, epoch: 'bench', baseCursor: this.#cursor };
      const { id } = await call('openRun', admin, { body: opening, params: { sourceId: this.#source } });
      const digests: string[] = [];
      for (const some of chunked(entries, entriesInBatch)) {
        const body = some.map((entry) => `${JSON.stringify(entry)}\n`).join('');
        digests.push(batchDigest(body));
        const params = { runId: id, number: String(digests.length) };
        await call('putBatch', admin, { body, params, type: 'application/x-ndjson' });
      }
      this.#cursor = id;
      const digest = batchDigest(digests.join('\n'));
      const content = { batches: digests.length, entries: entries.length, digest, cursor: id };
      await call('commitRun', admin, { body: content, params: { runId: id } });
      const key = { tenant: this.#tenant, id: id as RunId };
      while ((await runSlice(this.#store, key)) === 'more');
      const { state, counts } = await call('getRun', admin, { params: { runId: id } });
      if (state !== 'done' || counts.rejected !== 0) throw new Error(`the run is ${state}: ${JSON.stringify(counts)}`);
    });
  }
}

interface Round {
  readonly load: Spent;
  readonly delta: Spent;
  readonly kinds: readonly (readonly [string, Spent])[];
}

/** One round on a new engine: the whole directory, a mixed delta, and a delta of each kind. */
const benchRound = async (sizes: DirectorySizes, count: number): Promise<Round> => {
  const engine = await startEngine();
  try {
    for (const table of Object.values(tables))
      await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const client = await Client.on(new Paced(documentClient(engine.endpoint)));
    const load = await client.take(wholeDirectory(sizes), 'full');
    const kinds: [string, Spent][] = [];
    for (const [name, change] of Object.entries(changesOfOneKind))
      kinds.push([name, { ...(await client.take(change(sizes, count, 2 * sizes.users))), entries: count }]);
    return { load, delta: await client.take(mixedDelta(sizes, count, 4 * sizes.users)), kinds };
  } finally {
    await engine.close();
  }
};

const ratio = ({ seconds, engineSeconds }: Spent): number => engineSeconds / seconds;

/** The round in the middle by its ratio. */
const middleByRatio = (all: readonly Spent[]): Spent =>
  [...all].sort((a, b) => ratio(a) - ratio(b))[all.length >> 1] as Spent;

/** Measures some rounds: the load, a delta of so many entries, and one of each kind. */
export const benchSync = async (sizes: DirectorySizes, count: number, rounds: number): Promise<Round> => {
  const all: Round[] = [];
  for (let n = 0; n < rounds; n += 1) all.push(await benchRound(sizes, count));
  return {
    load: middleByRatio(all.map(({ load }) => load)),
    delta: middleByRatio(all.map(({ delta }) => delta)),
    kinds: Object.keys(changesOfOneKind).map((name, i) => [
      name,
      middleByRatio(all.map(({ kinds }) => kinds[i]?.[1] as Spent)),
    ]),
  };
};

const tableOf = ({ load, delta, kinds }: Round): string => {
  const head = [
    '| run | entries | entries a second | the engine alone | of that | items | transactions | requests | read units an entry | write units an entry |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
  ];
  const rows = ([['initial load', load], ['mixed delta', delta], ...kinds] as const).map(
    ([name, one]) =>
      `| ${[
        name,
        number(one.entries),
        number(one.entries / one.seconds),
        one.items > itemsInTransaction ? number(one.entries / one.engineSeconds) : '–',
        one.items > itemsInTransaction ? `${number(100 * ratio(one))} %` : '–',
        number(one.items),
        number(one.transactions),
        number(one.requests),
        number(one.readUnits / one.entries, 1),
        number(one.writeUnits / one.entries, 1),
      ].join(' | ')} |`,
  );
  return [...head, ...rows].join('\n');
};

const sectionOf = (round: Round, sizes: DirectorySizes): Section => ({
  heading: 'Directory runs',
  text: `How fast a directory is taken in, beside the engine alone: the client of the table writes the items that a run has written, in transactions of ${itemsInTransaction}, to another table of the same engine. \`npm run bench -- sync --write\` measures it and writes this section. The initial load has ${number(sizes.users)} users, ${number(sizes.groups)} groups and ${number(sizes.users * sizes.groupsOfEach)} memberships.

${measuredOn()} Run and engine take turns every ${number(itemsInTurn)} items, so both meet the same machine; each row is the middle one of several rounds by its ratio. Compare the columns with each other, and not with your own machine. Units are those of the service, as far as the engine counts as the service does.

${tableOf(round)}

**Entries** of the rows below the mixed delta are the users, or the memberships, that change.`,
  plots: [
    [
      'sync-rates',
      plotOf('Directory runs', 'entries a second', [
        { name: 'initial load', value: round.load.entries / round.load.seconds },
        { name: 'its items by the engine alone', value: round.load.entries / round.load.engineSeconds },
        { name: 'mixed delta', value: round.delta.entries / round.delta.seconds },
        { name: 'its items by the engine alone', value: round.delta.entries / round.delta.engineSeconds },
      ]),
    ],
  ],
});

const main = async (): Promise<void> => {
  const { users, groups, delta, rounds, write } = parseArgs({
    options: {
      users: { type: 'string', default: String(largeDirectory.users) },
      groups: { type: 'string', default: String(largeDirectory.groups) },
      delta: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
    },
  }).values;
  const sizes = { ...largeDirectory, users: Number(users), groups: Number(groups) };
  const round = await benchSync(sizes, Number(delta), Number(rounds));
  console.log(tableOf(round));
  if (write) await writeSection(sectionOf(round, sizes));
};

if (process.argv[1] === import.meta.filename) await main();
