// The plan of a run as it is stored: its progress while it is being made, and the losses that it lists, in parts.
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import { chunked } from '../domain/base/collections.ts';
import { type GroupId, groupRef, type SourceId, type TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { Book } from '../domain/book/book.ts';
import { type PlannedLoss, plannedLossSchema, type Run } from '../domain/directory.ts';
import type { Total } from '../domain/plan/guards.ts';
import { utf8 } from '../text/text.ts';
import * as on from './conditions.ts';
import type { Db, Range, TransactItem } from './db.ts';
import { expiry, toObject } from './directory.ts';
import { parsed } from './items.ts';
import { keys, partitions } from './keys.ts';
import type { Placed } from './lists.ts';
import { put, writePatiently } from './patiently.ts';
import { expiring, packed, type Refused, type RunKey, refusedItem, unpacked, updated } from './runs.ts';
import { timeToLive } from './table.ts';

/** Losses per item. */
export const lossesPerPart = 100;

/** Outcomes per item: compressed, a refused one has some 25 bytes. */
const outcomesAtOnce = 10_000;

/** Days for which losses are kept: longer than a run waits for a decision. They name nobody but by ids. */
const lossDays = 400;

/** The progress of a planning, as a text; `undefined` before its first step. */
export const readPlanning = async (db: Db, { tenant, id }: RunKey, run: Run): Promise<string | undefined> => {
  const { parts = 0 } = run.planning ?? {};
  if (parts === 0) return undefined;
  const where = Array.from({ length: parts }, (_, i) => keys.runPart(tenant, id, 'PLANNING', i));
  const items = await db.read(where);
  return unpacked(where.map((key, i) => [key, items[i]]));
};

/** Full parts of losses, of which the first has this number. */
interface LossParts {
  readonly first: number;
  readonly parts: readonly (readonly PlannedLoss[])[];
}

/** What would become of entries: they change something, or are refused. It tells of a run that is not carried out. */
export interface PlannedOutcomes {
  /** Number of the first step of the planning, because a run that is planned again has other outcomes. */
  readonly from: number;
  readonly entries: readonly number[];
  readonly refused: readonly Refused[];
}

const lossWrites = ({ tenant, id }: RunKey, { first, parts }: LossParts, now: number): TransactItem[] =>
  parts.map((losses, i) =>
    put(keys.runPart(tenant, id, 'LOSS', first + i), { losses, [timeToLive]: expiry(now, lossDays) }),
  );

/**
 * Stores a step of the planning: its progress, and the parts of losses that are full.
 * @returns false when another worker has gone on with it, or the run has ended
 */
export const savePlanning = async (
  db: Db,
  key: RunKey,
  step: number,
  text: string,
  progress: { readonly done: number; readonly of: number },
  losses: LossParts,
  outcomes: PlannedOutcomes,
): Promise<boolean> => {
  const now = db.clock.now();
  const parts = packed(text);
  const { tenant, id } = key;
  return writePatiently(db, [
    updated(
      key,
      { planning: { parts: parts.length, ...progress }, planStep: step + 1, attempts: 0, touched: now },
      on.samePlanStep,
      { ':step': step },
    ),
    ...parts.map((bytes, i) => put(keys.runPart(tenant, id, 'PLANNING', i), { bytes, ...expiring(now) })),
    ...lossWrites(key, losses, now),
    ...outcomeWrites(key, step, outcomes, now),
  ]);
};

const outcomeWrites = ({ tenant, id }: RunKey, step: number, outcomes: PlannedOutcomes, now: number) => {
  const { from, entries, refused } = outcomes;
  const parts = [
    ...chunked(entries, outcomesAtOnce).map((some) => ({ entries: some, refused: [] })),
    ...chunked(refused, outcomesAtOnce).map((some) => ({ entries: [], refused: some })),
  ];
  return parts.map((part, i) =>
    put(keys.outcome(tenant, id, 'PLANNED', `${step}.${i}`), {
      from,
      bytes: gzipSync(JSON.stringify(part)),
      ...expiring(now),
    }),
  );
};

const plannedItem = lazy(() => z.object({ from: z.int(), bytes: z.instanceof(Uint8Array) }));
const plannedPart = lazy(() => z.object({ entries: z.array(z.int()), refused: z.array(refusedItem()) }));

/** What would become of the entries by the last planning of a run. */
export const readPlanned = async (
  db: Db,
  { tenant, id }: RunKey,
): Promise<{ readonly entries: ReadonlySet<number>; readonly refused: readonly Refused[] }> => {
  const found = await db.all({ partition: partitions.run(tenant, id), prefix: 'PLANNED#' });
  const items = found.map((item) => parsed(plannedItem(), item));
  const last = items.reduce((most, { from }) => Math.max(most, from), 0);
  const parts = items.flatMap(({ from, bytes }) =>
    from === last ? [plannedPart().parse(JSON.parse(utf8(gunzipSync(bytes))))] : [],
  );
  return {
    entries: new Set(parts.flatMap(({ entries }) => entries)),
    refused: parts.flatMap(({ refused }) => refused),
  };
};

/** Stores the finished plan, with the last losses. @returns as `savePlanning` */
export const savePlanned = async (
  db: Db,
  key: RunKey,
  run: Run,
  step: number,
  plan: Run['plan'],
  losses: LossParts,
  outcomes: PlannedOutcomes,
): Promise<boolean> => {
  const now = db.clock.now();
  const { tenant, id } = key;
  const drop = Array.from(
    { length: run.planning?.parts ?? 0 },
    (_, i): TransactItem => ({
      Delete: { Key: keys.runPart(tenant, id, 'PLANNING', i), TableName: '' },
    }),
  );
  return writePatiently(db, [
    updated(key, { plan, planning: undefined, planStep: step + 1, attempts: 0, touched: now }, on.samePlanStep, {
      ':step': step,
    }),
    ...lossWrites(key, losses, now),
    ...outcomeWrites(key, step, outcomes, now),
    ...drop,
  ]);
};

const partSchema = lazy(() => z.object({ losses: z.array(plannedLossSchema()) }));

/** The losses of a plan after a position. */
export async function* listLosses(
  db: Db,
  { tenant, id }: RunKey,
  total: number,
  after: string | undefined,
): AsyncGenerator<Placed<PlannedLoss>> {
  let at = after !== undefined && /^\d{1,9}$/.test(after) ? Number(after) : 0;
  while (at < total) {
    const part = Math.floor(at / lossesPerPart);
    const [item] = await db.read([keys.runPart(tenant, id, 'LOSS', part)]);
    const losses = (item ? parsed(partSchema(), item).losses : []).slice(at - part * lossesPerPart);
    for (const loss of losses) {
      at += 1;
      yield { item: loss, at: String(at), more: at < total };
    }
    at = Math.max(at, (part + 1) * lossesPerPart);
  }
}

const pageSize = 1_000;
/** Counts the items of ranges, one range after the other, no further than asked. */
const countOf = async (
  db: Db,
  ranges: readonly Range[],
  most: number,
  keep: (item: Record<string, unknown>) => boolean = () => true,
): Promise<Total> => {
  let count = 0;
  for (const range of ranges) {
    let after: string | undefined;
    for (let done = false; !done; ) {
      if (count >= most) return { count, more: true };
      const page = await db.page({ ...range, after, limit: Math.min(pageSize, Math.max(most - count, 100)) });
      count += page.items.filter(keep).length;
      after = page.items.at(-1)?.SK as string | undefined;
      done = page.done || after === undefined;
    }
  }
  return { count };
};

/** Counts the users of a source, or only those that the directory has enabled. */
export const countUsers = (db: Db, t: TenantId, s: SourceId, most: number, enabled: boolean): Promise<Total> =>
  countOf(
    db,
    partitions.objects(t, s).map((partition) => ({ partition, prefix: 'u' })),
    most,
    (item) => {
      if (!enabled) return true;
      const object = toObject(item);
      return object?.kind === 'user' && object.enabled;
    },
  );

/** Counts the members of groups: users and groups. */
export const countMembers = async (
  db: Db,
  t: TenantId,
  book: Book,
  groups: readonly GroupId[],
  most: number,
): Promise<Total> => {
  const nested = groups.reduce((sum, id) => {
    const group = book.groups.get(id);
    return sum + (group ? book.children(groupRef(group.id, group.life)).length : 0);
  }, 0);
  const { count, more } = await countOf(
    db,
    groups.map((group) => ({ partition: partitions.group(t, group) })),
    Math.max(0, most - nested),
  );
  return { count: count + nested, ...(more && { more }) };
};
