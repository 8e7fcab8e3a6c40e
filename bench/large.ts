// `npm run bench -- large`: what a book costs a process, by its size: a cold check with and without an image, the next
// version, a decision, and memory. It runs against the engine of this machine, in a process of its own, so that the
// processor time is that of Holdfast and the SDK alone. Prints a table; `--write` also writes docs/performance.md and its
// plots.
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { engineClient, ensureTable, startEngine } from '../infra/local/engine.ts';
import { type TenantId, type UserId, type UserRef, userOf } from '../shared/domain/base/ids.ts';
import { type BookRecord, recordName } from '../shared/domain/book/records.ts';
import { decide } from '../shared/domain/deciding/decide.ts';
import { documentClient } from '../shared/store/client.ts';
import type { DocumentClient } from '../shared/store/db.ts';
import { imaged } from '../shared/store/imaging.ts';
import { toAccess } from '../shared/store/items.ts';
import { keys } from '../shared/store/keys.ts';
import { Store } from '../shared/store/store.ts';
import { tableDefinition } from '../shared/store/table.ts';
import { Counting } from './counting.ts';
import { number } from './numbers.ts';
import { measuredOn, type Section, writeSection } from './page.ts';
import { type Bar, plotOf } from './plot.ts';
import { largeTenant, type Made, type Sizes, tenantOf, userOfBench, writeTenant } from './tenant.ts';

setFlagsFromString('--expose_gc');
const collect = runInNewContext('gc') as () => void;

/** What a piece of work took. */
interface Took {
  /** Processor time in milliseconds. */
  readonly cpu: number;
  readonly roundTrips: number;
  readonly readUnits: number;
}

const measured = async (client: Counting, run: () => Promise<unknown>): Promise<Took> => {
  client.reset();
  const began = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(began);
  return { cpu: (user + system) / 1000, roundTrips: client.roundTrips, readUnits: client.readUnits };
};

const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

const least = (all: readonly Took[]): Took => all.reduce((a, b) => (b.cpu < a.cpu ? b : a));

/** Puts a tenant of these sizes into the table, with its first user. */
const founded = async (client: DocumentClient, table: string, tenant: TenantId, made: Made) => {
  const ref = made.users[0] as UserRef;
  const role = made.records.find((record) => record.kind === 'role');
  const user = { ...userOfBench(ref, 0), pinned: `role:${role?.id}` };
  const bytes = await writeTenant(client, table, tenant, { records: made.records, users: [user], witness: ref });
  return { id: user.id, bytes };
};

/** Commits new versions of records, as any operation does. */
const commit = (store: Store, tenant: TenantId, records: readonly BookRecord[]) =>
  store.mutate({
    tenant,
    operation: 'bench',
    requestId: 'bench',
    authorise: () => ({ actor: { kind: 'system' }, keeper: true }),
    plan: () => ({
      change: { book: records, users: [], side: [], audit: { action: 'swept', target: 'tenant' }, result: undefined },
      body: undefined,
    }),
  });

interface Result {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  readonly whole: Took;
  readonly image: Took;
  readonly imageBytes: number;
  readonly next: Took;
  /** Processor time of a warm decision, in milliseconds. */
  readonly decision: number;
  /** Bytes of memory that the book takes with its indexes. */
  readonly heap: number;
}

/** Measures one size, the least of some rounds each. */
export const benchLarge = async (name: string, sizes: Sizes, rounds: number): Promise<Result> => {
  const engine = await startEngine();
  try {
    const table = 'bench';
    await ensureTable(engineClient(engine.endpoint), table, tableDefinition as never);
    const client = new Counting(documentClient(engine.endpoint));
    const tenant = 'tbench0000000' as TenantId;
    const made = tenantOf(sizes);
    const { id, bytes } = await founded(client, table, tenant, made);
    const fresh = () => new Store({ client, table });
    const question = { permission: 'billing' };
    const check = async (store: Store, user: UserId = id) => {
      const view = await store.view(tenant, [keys.access(tenant, user)]);
      if (!view) throw new Error('no such tenant');
      const [access] = await view.users([user]);
      return { view, access, decision: decide(view.book, access, question) };
    };
    await check(fresh());
    const cold = async () => {
      const all: Took[] = [];
      for (let n = 0; n < rounds; n += 1) {
        const store = fresh();
        collect();
        all.push(await measured(client, () => check(store)));
      }
      return least(all);
    };
    const whole = await cold();
    const writer = fresh();
    await imaged(writer, tenant);
    const groups = made.records.filter((record) => record.kind === 'group');
    let renamed = 0;
    const rename = async () => {
      const { view } = await check(writer);
      const group = groups[renamed % groups.length] as BookRecord;
      renamed += 1;
      await commit(writer, tenant, [
        { ...(view.book.records.get(recordName(group)) as never as object), name: `New ${renamed}` } as BookRecord,
      ]);
    };
    for (let n = 0; n < 10; n += 1) await rename();
    const image = await cold();
    const parts = (await writer.db.read([keys.head(tenant)]))[0]?.image as { id: string; parts: number } | undefined;
    const images = await writer.db.read(
      Array.from({ length: parts?.parts ?? 0 }, (_, n) => keys.imagePart(tenant, parts?.id ?? '', n)),
    );
    const imageBytes = images.reduce((sum, item) => sum + ((item?.book as Uint8Array | undefined)?.byteLength ?? 0), 0);
    const before = heap();
    const warm = fresh();
    const { view, access } = await check(warm);
    // As a process in use: with the roles of all users listed, the groups nested, the rules in order.
    for (let n = 0; n < 150; n += 1) view.book.rolesOfUser(made.users[n % made.users.length] as never);
    view.book.descendants(groups.slice(0, 1).map((group) => `${group.id}.${group.life}` as never));
    const ordered = view.book.rules.ordered.length;
    const grown = heap() - before;
    const nexts: Took[] = [];
    for (let n = 0; n < 3 * rounds; n += 1) {
      await rename();
      nexts.push(await measured(client, () => check(warm)));
    }
    const { book } = (await check(warm)).view;
    const decisions = 2_000;
    const began = process.cpuUsage();
    for (let n = 0; n < decisions; n += 1) {
      const user = access && { ...access, id: userOf(made.users[n % made.users.length] as never) };
      decide(book, user, question);
    }
    const used = process.cpuUsage(began);
    if (ordered !== sizes.rules || toAccess(undefined)) throw new Error('the book is not what was made');
    return {
      name,
      records: made.records.length,
      bytes,
      whole,
      image,
      imageBytes,
      next: least(nexts),
      decision: (used.user + used.system) / 1000 / decisions,
      heap: grown,
    };
  } finally {
    await engine.close();
  }
};

const scaled = (by: number): Sizes =>
  Object.fromEntries(Object.entries(largeTenant).map(([name, n]) => [name, Math.ceil(n * by)])) as never;

/** The results as a table. */
const tableOf = (results: readonly Result[]): string => {
  const head = [
    '| book | records | MB | cold, all of it: trips | units | ms | cold, by an image: trips | units | ms | image MB | next version ms | decision ms | memory MB | memory per byte |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
  ];
  const rows = results.map((one) => {
    const { whole, image } = one;
    return `| ${[
      one.name,
      number(one.records),
      number(one.bytes / 1e6, 2),
      whole.roundTrips,
      number(whole.readUnits),
      number(whole.cpu),
      one.imageBytes > 0 ? image.roundTrips : '–',
      one.imageBytes > 0 ? number(image.readUnits) : '–',
      one.imageBytes > 0 ? number(image.cpu) : '–',
      one.imageBytes > 0 ? number(one.imageBytes / 1e6, 2) : '–',
      number(one.next.cpu, 1),
      number(one.decision, 3),
      number(one.heap / 1e6, 1),
      number(one.heap / one.bytes, 1),
    ].join(' | ')} |`;
  });
  return [...head, ...rows].join('\n');
};

const plots = (results: readonly Result[]): readonly (readonly [string, string])[] => {
  const bars = (of: (one: Result) => number): Bar[] => results.map((one) => ({ name: one.name, value: of(one) }));
  const both = (of: (took: Took) => number): Bar[] =>
    results.flatMap((one) => [
      { name: `${one.name}, all of it`, value: of(one.whole) },
      ...(one.imageBytes > 0 ? [{ name: `${one.name}, by an image`, value: of(one.image) }] : []),
    ]);
  return [
    [
      'book-cold-units',
      plotOf(
        'A cold check',
        'read units',
        both(({ readUnits }) => readUnits),
        1_000,
      ),
    ],
    [
      'book-cold-cpu',
      plotOf(
        'A cold check',
        'milliseconds of processor',
        both(({ cpu }) => cpu),
        600,
      ),
    ],
    [
      'book-next',
      plotOf(
        'The next version',
        'milliseconds of processor',
        bars(({ next }) => next.cpu),
        10,
      ),
    ],
    [
      'book-decision',
      plotOf(
        'A warm decision',
        'milliseconds of processor',
        bars(({ decision }) => decision),
      ),
    ],
    [
      'book-memory',
      plotOf(
        'Memory of a book',
        'MB',
        bars(({ heap: bytes }) => bytes / 1e6),
      ),
    ],
  ];
};

const sectionOf = (results: readonly Result[]): Section => ({
  heading: 'The book of a tenant',
  text: `What the book of a tenant costs a process, by its size. \`npm run bench -- large --write\` measures it and writes this section; \`--sizes 0.1,1\` names other sizes, as parts of a large tenant (${Object.entries(
    largeTenant,
  )
    .map(([name, n]) => `${number(n)} ${name}`)
    .join(', ')}).

${measuredOn()} Times are processor time of this process, the least of several rounds on a machine that others use: compare them with each other, and not with your own. Round trips and read units are the same everywhere, as far as the engine counts as the service does.

${tableOf(results)}

- **Cold, all of it**: a check by a process that knows nothing, which reads every record. **By an image**: the same when the worker has made an [image](decisions/0040-images-of-large-books.md) of the book and ten versions came after it. A book below 1 MB has none.
- **Next version**: a check by a process that has the version before: reading head, log and one group, and carrying the indexes on.
- **Decision**: a check on a book in memory, with the roles of all users listed.
- **Memory**: what the book takes with all its indexes. The cache counts five bytes for each byte of a book.`,
  plots: plots(results),
});

const main = async (): Promise<void> => {
  const { sizes, rounds, write } = parseArgs({
    options: {
      sizes: { type: 'string', default: '0.001,0.1,0.5,1' },
      rounds: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
    },
  }).values;
  const results: Result[] = [];
  for (const size of sizes.split(','))
    results.push(await benchLarge(size === '1' ? 'large' : `large × ${size}`, scaled(Number(size)), Number(rounds)));
  console.log(tableOf(results));
  if (write) await writeSection(sectionOf(results));
};

if (process.argv[1] === import.meta.filename) await main();
