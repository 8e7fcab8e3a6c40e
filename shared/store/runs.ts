// The bookkeeping of a run: its file, its progress, its results. None of it changes anybody's access, so it is written
// outside of the commit path; the run's changes to users and groups pass through that path.
import { randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { RunId, TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { type Run, type RunResult, resultSchema } from '../domain/directory.ts';
import { utf8 } from '../text/text.ts';
import * as on from './conditions.ts';
import { type Db, type Item, patience, pause, type TransactItem } from './db.ts';
import { expiry, toRun } from './directory.ts';
import { CorruptItem, failureOf } from './failures.ts';
import { parsed, stored } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';
import type { Placed } from './lists.ts';
import { timeToLive } from './table.ts';

/** Bytes of a file per item, and in all, so that they fit the transaction that also begins the run. */
const partSize = 300_000;
const mostPackedBytes = 3_700_000;
/** Results per item. */
const pageSize = 100;

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

const unpacked = (keyed: readonly (readonly [Key, Item | undefined])[]): string => {
  const parts = keyed.map(([key, item]) => {
    if (!(item?.bytes instanceof Uint8Array)) throw new CorruptItem(key, 'a part of a run is missing');
    return item.bytes;
  });
  return utf8(gunzipSync(Buffer.concat(parts)));
};

/**
 * Makes repeatable writes, with retries until they succeed. Returns false when a condition does not hold.
 * @throws Refusal busy
 */
export const writePatiently = async (db: Db, items: TransactItem[]): Promise<boolean> => {
  const end = db.clock.now() + patience;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await db.transact(items, randomUUID());
      return true;
    } catch (error) {
      const { kind } = failureOf(error);
      if (kind === 'refused') return false;
      if (kind === 'broken') throw error;
      if (db.clock.now() > end) throw new Refusal('busy');
      await pause(db.clock, attempt);
    }
  }
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

const readParts = async (db: Db, { tenant, id }: RunKey, kind: 'BODY' | 'PLAN', count: number): Promise<string> => {
  const where = Array.from({ length: count }, (_, i) => keys.runPart(tenant, id, kind, i));
  const items = await db.read(where);
  return unpacked(where.map((key, i) => [key, items[i]]));
};
export const readBody = (db: Db, key: RunKey, run: Run) => readParts(db, key, 'BODY', run.bodyParts);
export const readPlan = (db: Db, key: RunKey, run: Run) => readParts(db, key, 'PLAN', run.planParts);

const put = (key: Key, value: object, condition?: string): TransactItem => ({
  Put: { Item: stored(key, value), TableName: '', ...(condition && { ConditionExpression: condition }) },
});

/** Sets fields of the run, on the condition that it has not ended. */
const updated = ({ tenant, id }: RunKey, fields: Partial<Run>, condition = ''): TransactItem => {
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
      ExpressionAttributeNames: { ...Object.fromEntries(name(entries)), '#state': 'state' },
      ExpressionAttributeValues: {
        ...Object.fromEntries(sets.map(([field, value]) => [`:${field}`, value])),
        ':queued': 'queued',
        ':running': 'running',
        ...(condition === on.unplanned && { ':none': 0 }),
      },
    },
  };
};

/** Sets fields of a run. Returns false when the run has ended meanwhile. */
export const saveRun = (db: Db, key: RunKey, fields: Partial<Run>): Promise<boolean> =>
  writePatiently(db, [updated(key, { ...fields, touched: db.clock.now() })]);

/** Stores the resolved names of the file, unless another slice has done so before. */
export const savePlan = async (db: Db, key: RunKey, text: string, next: number): Promise<void> => {
  const parts = packed(text);
  await writePatiently(db, [
    updated(key, { planParts: parts.length, phase: next, attempts: 0 }, on.unplanned),
    ...parts.map((bytes, i) => put(keys.runPart(key.tenant, key.id, 'PLAN', i), { bytes })),
  ]);
};

interface Refused {
  readonly entry: number;
  /** The user or group for which the entry was refused. */
  readonly id: string;
  readonly code: string;
  /** True for a member of the entry's group, false for the entry's own object. */
  readonly member: boolean;
}

const expiring = (now: number) => ({ [timeToLive]: expiry(now) });

export const saveRefused = async (db: Db, { tenant, id }: RunKey, unit: string, refused: Refused): Promise<void> => {
  await writePatiently(db, [
    put(keys.outcome(tenant, id, 'REFUSED', unit), { ...refused, ...expiring(db.clock.now()) }),
  ]);
};

const doneSchema = lazy(() => z.object({ entries: z.array(z.int()), warnings: z.array(z.string()).default([]) }));
const refusedItem = lazy(() => z.object({ entry: z.int(), id: z.string(), code: z.string(), member: z.boolean() }));

export const readRefused = async (db: Db, { tenant, id }: RunKey): Promise<Refused[]> =>
  (await db.all({ partition: partitions.run(tenant, id), prefix: 'REFUSED#' })).map((item) =>
    parsed(refusedItem(), item),
  );

/** The entries that changed something, and the warnings of these changes. */
export const readDone = async (
  db: Db,
  { tenant, id }: RunKey,
): Promise<{ entries: Set<number>; warnings: string[] }> => {
  const items = await db.all({ partition: partitions.run(tenant, id), prefix: 'DONE#' });
  const done = items.map((item) => parsed(doneSchema(), item));
  return {
    entries: new Set(done.flatMap(({ entries }) => entries)),
    warnings: [...new Set(done.flatMap(({ warnings }) => warnings))].sort(),
  };
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
  end: { readonly state: 'done' | 'failed'; readonly code?: string; readonly warnings?: string[] },
): Promise<void> => {
  const { tenant, id } = key;
  const now = db.clock.now();
  const pages = Math.ceil(results.length / pageSize);
  for (let page = 0; page < pages; page += 1) {
    const rows = results.slice(page * pageSize, (page + 1) * pageSize).map(storedResult);
    await writePatiently(db, [put(keys.runPart(tenant, id, 'RESULT', page), { rows, ...expiring(now) })]);
  }
  const count = (result: RunResult['result']) => results.filter((one) => one.result === result).length;
  const counts = {
    applied: count('applied'),
    noop: count('noop'),
    rejected: count('rejected'),
    ignored: count('ignored'),
  };
  const drop = (kind: 'BODY' | 'PLAN', parts: number): TransactItem[] =>
    Array.from({ length: parts }, (_, i) => ({ Delete: { Key: keys.runPart(tenant, id, kind, i), TableName: '' } }));
  await writePatiently(db, [
    updated(key, {
      ...end,
      counts,
      pages,
      finishedAt: new Date(now).toISOString(),
      after: undefined,
      ...expiring(now),
    }),
    { Delete: { Key: keys.activeRun(tenant, run.source), TableName: '' } },
    ...drop('BODY', run.bodyParts),
    ...drop('PLAN', run.planParts),
  ]);
};

/** Earlier releases know three results only, and to them an ignored entry is one that changed nothing. */
const storedResult = ({ result, ...rest }: RunResult) =>
  result === 'ignored' ? { ...rest, result: 'noop', ignored: true } : { ...rest, result };
const rowSchema = lazy(() =>
  resultSchema()
    .extend({ ignored: z.boolean().optional() })
    .transform(({ ignored, ...row }): RunResult => (ignored ? { ...row, result: 'ignored' } : row)),
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
