// The bookkeeping of a run: its file, its progress, its results. None of it changes anybody's access, so it is written
// outside of the commit path; the run's changes to users and groups pass through that path.
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { chunked } from '../domain/base/collections.ts';
import type { GroupId, RunId, SourceId, TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { Refusal } from '../domain/base/refusal.ts';
import {
  type Batch,
  isRunOver,
  numbersSchema,
  type Run,
  type RunResult,
  resultSchema,
  type Sync,
} from '../domain/directory.ts';
import { type Lost, withLosses } from '../domain/plan/guards.ts';
import { noNumbers, plus } from '../domain/plan/losses.ts';
import { syncAfter } from '../domain/plan/run-protocol.ts';
import { type Undo, undoSchema } from '../domain/undo.ts';
import { utf8 } from '../text/text.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { expiry, movedSync, storedState, toBatch, toRun, toSync } from './directory.ts';
import { CorruptItem } from './failures.ts';
import { parsed } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';
import { knownToEnd, type Placed, readAlong } from './lists.ts';
import { put, writePatiently } from './patiently.ts';
import { timeToLive } from './table.ts';

/** Bytes of a file per item, and in all, so that they fit the transaction that also begins the run. */
const partSize = 300_000;
const mostPackedBytes = 3_700_000;
/** Results per item, and items per transaction: results have some 100 bytes each. */
const pageSize = 100;
const pagesAtOnce = 20;

/** A text, compressed and cut into parts for items. @throws Refusal payload-too-large when too many bytes are left */
export const packed = (text: string): Uint8Array[] => {
  const bytes = gzipSync(text);
  if (bytes.length > mostPackedBytes)
    throw new Refusal(
      'payload-too-large',
      `Compressed, the file still has ${bytes.length.toLocaleString('en')} bytes; at most ` +
        `${mostPackedBytes.toLocaleString('en')} fit. Send it in several parts.`,
    );
  const count = Math.max(1, Math.ceil(bytes.length / partSize));
  return Array.from({ length: count }, (_, i) => new Uint8Array(bytes.subarray(i * partSize, (i + 1) * partSize)));
};

export const unpacked = (keyed: readonly (readonly [Key, Item | undefined])[]): string => {
  const parts = keyed.map(([key, item]) => {
    if (!(item?.bytes instanceof Uint8Array)) throw new CorruptItem(key, 'a part of a run is missing');
    return item.bytes;
  });
  return utf8(gunzipSync(Buffer.concat(parts)));
};

/** The key of a run. */
export interface RunKey {
  readonly tenant: TenantId;
  readonly id: RunId;
}

export const readRun = async (db: Db, { tenant, id }: RunKey): Promise<Run | undefined> => {
  const [item] = await db.read([keys.run(tenant, id)]);
  return toRun(item);
};

/** The run once no open transaction can still change it: of one that is half seen, parts may be gone already. */
export const runAfterWrites = async (db: Db, { tenant, id }: RunKey): Promise<Run | undefined> =>
  toRun(await db.readAfterWrites(keys.run(tenant, id)));

const readParts = async (db: Db, { tenant, id }: RunKey, kind: 'BODY' | 'PLAN', count: number): Promise<string> => {
  const where = Array.from({ length: count }, (_, i) => keys.runPart(tenant, id, kind, i));
  const items = await db.read(where);
  return unpacked(where.map((key, i) => [key, items[i]]));
};
export const readBody = (db: Db, key: RunKey, run: Run) => readParts(db, key, 'BODY', run.bodyParts);
export const readPlan = (db: Db, key: RunKey, run: Run) => readParts(db, key, 'PLAN', run.planParts);

/** Fields of a run as they are stored: its state by `storedState`. */
type RunFields = Partial<Omit<Run, 'state'> & ReturnType<typeof storedState>>;

/** Sets fields of the run, on the condition that it has not ended, and on a further one with its values. */
export const updated = ({ tenant, id }: RunKey, fields: RunFields, condition = '', values: Item = {}): TransactItem => {
  const entries = Object.entries(fields);
  const sets = entries.filter(([, value]) => value !== undefined);
  const removes = entries.filter(([, value]) => value === undefined);
  const name = (of: readonly (readonly [string, unknown])[]) => of.map(([field]) => [`#${field}`, field] as const);
  return {
    Update: {
      Key: keys.run(tenant, id),
      TableName: '',
      UpdateExpression:
        `SET ${sets.map(([field]) => `#${field} = :${field}`).join(', ')}` +
        (removes.length > 0 ? ` REMOVE ${removes.map(([field]) => `#${field}`).join(', ')}` : ''),
      ConditionExpression: on.all(on.unfinished, condition),
      ExpressionAttributeNames: { ...Object.fromEntries(name(entries)), '#state': 'state', '#stage': 'stage' },
      ExpressionAttributeValues: {
        ...Object.fromEntries(sets.map(([field, value]) => [`:${field}`, value])),
        ':queued': 'queued',
        ':running': 'running',
        ...values,
      },
    },
  };
};

/** Sets fields of a run. Returns false when the run has ended meanwhile. */
export const saveRun = (db: Db, key: RunKey, fields: RunFields): Promise<boolean> =>
  writePatiently(db, [updated(key, { ...fields, touched: db.clock.now() })]);

/** Stores the resolved names of the file, unless another slice has done so before. */
export const savePlan = async (db: Db, key: RunKey, text: string, next: number): Promise<void> => {
  const parts = packed(text);
  await writePatiently(db, [
    updated(key, { planParts: parts.length, phase: next, attempts: 0 }, on.unplanned, { ':none': 0 }),
    ...parts.map((bytes, i) => put(keys.runPart(key.tenant, key.id, 'PLAN', i), { bytes })),
  ]);
};

/** An operation of an entry that was refused. */
export interface Refused {
  readonly entry: number;
  /** The user or group for which the entry was refused. */
  readonly id: string;
  readonly code: string;
  /** True for a member of the entry's group, false for the entry's own object. */
  readonly member: boolean;
}

export const expiring = (now: number) => ({ [timeToLive]: expiry(now) });

export const saveRefused = async (db: Db, { tenant, id }: RunKey, unit: string, refused: Refused): Promise<void> => {
  await writePatiently(db, [
    put(keys.outcome(tenant, id, 'REFUSED', unit), { ...refused, ...expiring(db.clock.now()) }),
  ]);
};

const doneSchema = lazy(() =>
  z.object({
    entries: z.array(z.int()),
    warnings: z.array(z.string()).default([]),
    lost: z.object({ numbers: numbersSchema(), byGroup: z.record(z.string(), z.int()) }).optional(),
  }),
);
export const refusedItem = lazy(() =>
  z.object({ entry: z.int(), id: z.string(), code: z.string(), member: z.boolean() }),
);

export const readRefused = async (db: Db, { tenant, id }: RunKey): Promise<Refused[]> =>
  (await db.all({ partition: partitions.run(tenant, id), prefix: 'REFUSED#' })).map((item) =>
    parsed(refusedItem(), item),
  );

const undoItem = lazy(() => z.object({ undo: z.instanceof(Uint8Array).optional() }));

/** What a run has taken away, in no order. */
export const readUndo = async (db: Db, { tenant, id }: RunKey): Promise<Undo[]> =>
  (await db.all({ partition: partitions.run(tenant, id), prefix: 'DONE#' })).flatMap((item) => {
    const { undo } = parsed(undoItem(), item);
    return undo ? z.array(undoSchema()).parse(JSON.parse(utf8(gunzipSync(undo)))) : [];
  });

/** What the transactions of a run have noted. */
interface Done {
  /** The entries that changed something, and the warnings of these changes. */
  readonly entries: Set<number>;
  readonly warnings: string[];
  readonly lost: Lost;
}
export const readDone = async (db: Db, { tenant, id }: RunKey): Promise<Done> => {
  const items = await db.all({ partition: partitions.run(tenant, id), prefix: 'DONE#' });
  const done = items.map((item) => parsed(doneSchema(), item));
  const byGroup = new Map<GroupId, number>();
  let numbers = noNumbers;
  for (const { lost } of done) {
    if (!lost) continue;
    numbers = plus(numbers, lost.numbers);
    for (const [group, n] of Object.entries(lost.byGroup) as [GroupId, number][])
      byGroup.set(group, (byGroup.get(group) ?? 0) + n);
  }
  return {
    entries: new Set(done.flatMap(({ entries }) => entries)),
    warnings: [...new Set(done.flatMap(({ warnings }) => warnings))].sort(),
    lost: { ...numbers, byGroup },
  };
};

/** Writes the results of a run, page by page, and counts them. */
export const saveResults = async (
  db: Db,
  { tenant, id }: RunKey,
  results: readonly RunResult[],
): Promise<Pick<Run, 'counts' | 'pages'>> => {
  const now = db.clock.now();
  const written = chunked(results, pageSize).map((some, page) =>
    put(keys.runPart(tenant, id, 'RESULT', page), { rows: some.map(storedResult), ...expiring(now) }),
  );
  for (const some of chunked(written, pagesAtOnce)) await writePatiently(db, some);
  const count = (result: RunResult['result']) => results.filter((one) => one.result === result).length;
  const counts = {
    applied: count('applied'),
    noop: count('noop'),
    rejected: count('rejected'),
    ignored: count('ignored'),
    ...Object.fromEntries(laterResults.map((one) => [one, count(one)] as const).filter(([, many]) => many > 0)),
  };
  return { counts, pages: written.length };
};

/**
 * Ends a run. Results are written first; one transaction then sets the state, frees the source for another run, and
 * deletes the file, because it holds personal data.
 */
export const finishRun = async (
  db: Db,
  key: RunKey,
  run: Run,
  results: readonly RunResult[],
  end: { readonly state: 'done' | 'failed'; readonly code?: string; readonly lost?: Lost | undefined } & Pick<
    Run,
    'warnings' | 'managerStays'
  >,
): Promise<void> => {
  const { tenant } = key;
  const now = db.clock.now();
  const saved = await saveResults(db, key, results);
  const { state, lost, ...told } = end;
  const fields = {
    ...told,
    ...storedState(run, state),
    ...saved,
    finishedAt: new Date(now).toISOString(),
    after: undefined,
    ...expiring(now),
  };
  const free: TransactItem = { Delete: { Key: keys.activeRun(tenant, run.source), TableName: '' } };
  const isLost = lost !== undefined && Object.values(plus(lost, noNumbers)).some((number) => number > 0);
  if (run.kind === undefined && !isLost) {
    await writePatiently(db, [updated(key, fields), free, ...contentOf(key, run).map(dropped)]);
    return;
  }
  // Somebody may have changed the source's state since it was read.
  for (;;) {
    const sync = toSync((await db.read([keys.sync(tenant, run.source)]))[0]);
    const after = run.kind === undefined ? sameSync(sync) : syncAfter(sync, run, state, now);
    const losses = lost ? withLosses(after.losses, lost, now) : after.losses;
    const moved = movedSync(tenant, run.source, sync, { ...after, losses });
    if (await writePatiently(db, [updated(key, fields), free, moved])) break;
    const present = await readRun(db, key);
    // Another worker holds it: it goes on with its content when somebody approves it.
    if (present?.state === 'held') return;
    if (!present || isRunOver(present.state)) break;
  }
  await dropContent(db, key, run);
};

const sameSync = (sync: Sync | undefined): Sync => ({ losses: [], ...sync, rev: (sync?.rev ?? 0) + 1 });

/** The keys of a run's content and plan, which are personal. */
const contentOf = ({ tenant, id }: RunKey, { bodyParts, planParts, batches = 0 }: Run): Key[] => [
  ...Array.from({ length: bodyParts }, (_, i) => keys.runPart(tenant, id, 'BODY', i)),
  ...Array.from({ length: planParts }, (_, i) => keys.runPart(tenant, id, 'PLAN', i)),
  ...Array.from({ length: batches }, (_, i) => keys.runPart(tenant, id, 'BATCH', i + 1)),
];
/** Parts of a content that one transaction may touch, which the service counts with all their bytes. */
const keptAtOnce = 12;
const dropped = (Key: Key): TransactItem => ({ Delete: { Key, TableName: '' } });

/** Deletes the content of a run that has ended. What is left when the worker dies here expires by itself. */
export const dropContent = async (db: Db, key: RunKey, run: Run): Promise<void> => {
  for (const some of chunked(contentOf(key, run), 100)) await writePatiently(db, some.map(dropped));
};

/** Lets the content of a held run stay until somebody has decided. It goes when the run ends. */
export const keepContent = async (db: Db, key: RunKey, run: Run): Promise<void> => {
  const kept = contentOf(key, { ...run, planParts: 0 });
  for (const some of chunked(kept, keptAtOnce))
    await writePatiently(
      db,
      some.map((Key) => ({
        Update: {
          Key,
          TableName: '',
          UpdateExpression: 'REMOVE #ttl',
          ConditionExpression: on.present,
          ExpressionAttributeNames: { '#ttl': timeToLive },
        },
      })),
    );
};

/** The batches of a run in their order. */
export const readBatches = async (db: Db, { tenant, id }: RunKey): Promise<Batch[]> => {
  const items = await db.all({ partition: partitions.run(tenant, id), prefix: 'BATCH#' });
  return items.flatMap((item) => toBatch(item) ?? []);
};

/** The content of one batch. */
export const readBatch = async (db: Db, { tenant, id }: RunKey, { from, parts }: Batch): Promise<string> => {
  const where = Array.from({ length: parts }, (_, i) => keys.runPart(tenant, id, 'BODY', from + i));
  const items = await db.read(where);
  return unpacked(where.map((key, i) => [key, items[i]]));
};

const runEntry = lazy(() => z.object({ run: z.custom<RunId>((id) => typeof id === 'string'), SK: z.string() }));
/** Runs read at once for a list of them. */
const runsAtOnce = 25;
/** The runs of a source, the newest first. Those that ended long ago are gone. */
export const listRuns = (db: Db, tenant: TenantId, source: SourceId, after: string | undefined) =>
  readAlong(knownToEnd(runEntries(db, tenant, source, after)), runsAtOnce, async (ids: readonly RunId[]) =>
    (await db.read(ids.map((id) => keys.run(tenant, id)))).map(toRun),
  );
async function* runEntries(db: Db, tenant: TenantId, source: SourceId, start: string | undefined) {
  const partition = partitions.runs(tenant, source);
  for (let after = start, done = false; !done; ) {
    const page = await db.page({ partition, after, backwards: true, limit: runsAtOnce });
    for (const item of page.items) {
      const { run, SK } = parsed(runEntry(), item);
      after = SK;
      yield { item: run, at: SK };
    }
    done = page.done;
  }
}

/** Results that an earlier release does not know. */
const laterResults = ['stale', 'parked', 'held'] as const satisfies readonly RunResult['result'][];
const isLater = (result: string): boolean => (laterResults as readonly string[]).includes(result);

/** Earlier releases know three results only. To them an ignored entry, and what they do not know, changed nothing. */
const storedResult = ({ result, ...rest }: RunResult) => {
  if (result === 'ignored') return { ...rest, result: 'noop', ignored: true };
  return isLater(result) ? { ...rest, result: 'noop', later: result } : { ...rest, result };
};
const rowSchema = lazy(() =>
  resultSchema()
    .extend({ ignored: z.boolean().optional(), later: z.enum(laterResults).optional() })
    .transform(
      ({ ignored, later, result, ...row }): RunResult => ({ ...row, result: ignored ? 'ignored' : (later ?? result) }),
    ),
);
const pageSchema = lazy(() => z.object({ rows: z.array(rowSchema()) }));
/** Most pages read for one answer, when a filter rejects most results. */
const mostPages = 50;

/** Results of a finished run after a position. */
export async function* listResults(
  db: Db,
  { tenant, id }: RunKey,
  run: Run,
  keep: (result: RunResult) => boolean,
  after: string | undefined,
): AsyncGenerator<Placed<RunResult>> {
  let at = after !== undefined && /^\d{1,9}$/.test(after) ? Number(after) : 0;
  for (let looked = 0; looked < mostPages; looked += 1) {
    const page = Math.floor(at / pageSize);
    if (page >= run.pages) return;
    const [item] = await db.read([keys.runPart(tenant, id, 'RESULT', page)]);
    const rows = (item ? parsed(pageSchema(), item).rows : []).slice(at - page * pageSize);
    for (const [i, row] of rows.entries())
      if (keep(row)) yield { item: row, at: String(at + i + 1), more: i < rows.length - 1 || page + 1 < run.pages };
    at = (page + 1) * pageSize;
  }
  yield { at: String(at), more: true };
}
