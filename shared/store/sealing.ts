// Sealing: a tenant's events get their sequences, their lines are hashed into the tenant's tree, and segments are chained.
// Events older than a margin are taken in the order of their ids, so that no writer can still add one before them; one
// that turns up behind the seal all the same is found by looking back, and sealed late. Nothing that writes events knows
// of sealing, with one exception: a refusal that is sealed is counted no more.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { sealingForm } from '../audit/line.ts';
import { leafHash } from '../audit/merkle.ts';
import { dayStart, nextDay, utcDay } from '../audit/names.ts';
import { hashedSegment, linesHash, mostSegmentBytes, mostSegmentEvents, type Segment } from '../audit/segment.ts';
import { tilesOfAppend } from '../audit/tiles.ts';
import { chunked } from '../domain/base/collections.ts';
import { type EventId, type TenantId, timeIn } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { tileReader } from './checkpoints.ts';
import * as on from './conditions.ts';
import { countedItems } from './day-counts.ts';
import { type Db, type Item, patience, pause, type TransactItem } from './db.ts';
import { failureOf } from './failures.ts';
import { keys, operatorsRoom, partitions } from './keys.ts';
import { mergedPages } from './lists.ts';
import { put, writePatiently } from './patiently.ts';
import { frontierOf, movedFrom, packedIds, placeAt, type SealState, sealStateOf, unsealedState } from './seal-state.ts';
import { SealedRange, sealable, sealedLine } from './sealed-events.ts';

/** Events read at a time from each of the partitions. */
const readAtOnce = mostSegmentEvents / 4;
/** Late events of a segment: each has an item of its own in the transaction. */
const mostLate = 60;
/** Reads of a day that is looked through again, before the place is noted. */
const sweepRounds = 8;
/** Refusals closed, and lines made, at a time. */
const preparedAtOnce = 25;

interface Sealing {
  /** Milliseconds after which no writer can still add an event. */
  readonly margin: number;
  /** False when this pass has looked back already. */
  readonly lookBack?: boolean;
}

interface Sealed {
  /** What was sealed; absent when there was nothing, or somebody else was faster. */
  readonly segment?: Segment;
  readonly lines?: string[];
  /** Number of events in it that had turned up behind the seal. */
  readonly late: number;
  /** True when there may be more to seal now. */
  readonly more: boolean;
}

/** Events that are to be sealed next. */
interface Batch {
  readonly items: readonly Item[];
  readonly late: boolean;
  /** True when other events are waiting. */
  readonly more: boolean;
  /** The place up to which ended days have been looked through. */
  readonly swept?: string;
}

const idOf = ({ SK }: Item): EventId => SK as EventId;
const dayOf = (id: string): string => utcDay(timeIn(id) ?? 0);

/**
 * Seals the next events of a tenant: one segment at most, written in one transaction. It can be repeated, and any number
 * may seal at the same time.
 * @throws Refusal busy
 */
export const sealSlice = async (db: Db, tenant: TenantId, { margin, lookBack = true }: Sealing): Promise<Sealed> => {
  const state = (await sealStateOf(db, tenant)) ?? unsealedState;
  const now = db.clock.now();
  const due = await dueIn(db, tenant, state, {
    until: placeAt(now - margin),
    lookedAt: lookBack ? placeAt(now - 2 * Math.abs(margin)) : undefined,
  });
  if (due) return sealed(db, tenant, state, due, now - margin);
  return swept(db, tenant, state, now - margin);
};

/** The next events to seal: late ones first, because nothing is read twice then when all is in order. */
const dueIn = async (
  db: Db,
  tenant: TenantId,
  state: SealState,
  { until, lookedAt = until }: { readonly until: string; readonly lookedAt?: string | undefined },
): Promise<Batch | undefined> => {
  const { through, closed } = state;
  const range = new SealedRange(db, tenant);
  for (let after = lookedAt < through ? lookedAt : through; ; ) {
    const { items, done } = await eventsAfter(db, tenant, after, until);
    const behind = items.filter((item) => idOf(item) <= through);
    const late = await range.unsealed(behind);
    if (late.length > 0) return { items: late, late: true, more: true };
    const fresh = items.slice(behind.length);
    // A day that is closed is told by its manifest, so what turns up for it is late.
    const isOver = (item: Item) => closed !== undefined && dayOf(idOf(item)) <= closed;
    const over = fresh.filter(isOver);
    if (over.length > 0) return { items: over, late: true, more: true };
    if (fresh.length > 0) return { items: fresh, late: false, more: !done };
    if (done) return undefined;
    after = idOf(items.at(-1) as Item);
  }
};

const eventsAfter = (db: Db, tenant: TenantId, after: string, to: string) =>
  mergedPages(db, partitions.events(tenant), { after, to }, 'SK', readAtOnce);

/** The place up to which sealed events of ended days are to be looked through; `undefined` when they have been. */
const sweepEnd = ({ through, swept, firstDay }: SealState, until: number): string | undefined => {
  const day = utcDay(until);
  const start = placeAt(dayStart(day));
  const end = start < through ? start : through;
  return day > firstDay && end > swept ? end : undefined;
};

/**
 * Looks through the events of days that have ended once more, because their writers may have been later than the margin
 * says.
 */
const swept = async (db: Db, tenant: TenantId, state: SealState, until: number): Promise<Sealed> => {
  const end = sweepEnd(state, until);
  if (end === undefined) return { late: 0, more: false };
  const range = new SealedRange(db, tenant);
  let after = state.swept;
  for (let round = 0; round < sweepRounds; round += 1) {
    const { items, done } = await eventsAfter(db, tenant, after, end);
    const late = await range.unsealed(items);
    if (late.length > 0) return sealed(db, tenant, state, { items: late, late: true, more: true, swept: after }, until);
    after = done ? end : idOf(items.at(-1) as Item);
    if (done) break;
  }
  const noted = await writePatiently(db, [movedFrom(tenant, state, { swept: after })]);
  return { late: 0, more: !noted || after < end };
};

/** Seals events that were found behind the seal. Returns how many are sealed now; 0 when somebody else was faster. */
export const sealLate = async (db: Db, tenant: TenantId, state: SealState, items: readonly Item[]): Promise<number> =>
  (await sealed(db, tenant, state, { items, late: true, more: true }, db.clock.now())).late;

/** Writes the segment of these events, or of as many as fit. @param until milliseconds since 1970 */
const sealed = async (db: Db, tenant: TenantId, state: SealState, batch: Batch, until: number): Promise<Sealed> => {
  const { late } = batch;
  const [first] = batch.items as [Item];
  const ofDay = late ? batch.items : batch.items.filter((item) => dayOf(idOf(item)) === dayOf(idOf(first)));
  const some = ofDay.slice(0, late ? mostLate : mostSegmentEvents);
  const lines = await linesFor(db, tenant, state.size, some, late);
  const ids = some.slice(0, lines.length).map(idOf);
  const content = { ids, lines, late, swept: batch.swept, until };
  const { segment, next, writes } = await segmentFor(db, tenant, state, content);
  if (!(await writePatiently(db, writes))) return { late: 0, more: true };
  const more = batch.more || ids.length < batch.items.length || sweepEnd(next, until) !== undefined;
  return { segment, lines, late: late ? lines.length : 0, more };
};

/** The lines of events, of as many as fit a segment. */
const linesFor = async (db: Db, tenant: TenantId, size: number, items: readonly Item[], late: boolean) => {
  const lines: string[] = [];
  let bytes = 0;
  for (const some of chunked(items, preparedAtOnce)) {
    const closed = await Promise.all(some.map((item) => (item.count === undefined ? item : countClosed(db, item))));
    for (const item of closed) {
      const place = { form: sealingForm, sequence: size + lines.length + 1, late };
      const line = await sealedLine(db, tenant, sealable(item), place);
      bytes += Buffer.byteLength(line) + 1;
      if (lines.length > 0 && bytes > mostSegmentBytes) return lines;
      lines.push(line);
    }
  }
  return lines;
};

/**
 * Ends the counting of a refusal, and returns its item with the count that is sealed. The count is copied, because an
 * earlier release goes on counting; repeated, this changes nothing.
 */
const countClosed = async (db: Db, item: Item): Promise<Item> => {
  const { PK, SK, last } = item;
  const copied = ['sealedCount = if_not_exists(sealedCount, #count)'];
  // Earlier releases stored no last time.
  if (last !== undefined) copied.push('sealedLast = if_not_exists(sealedLast, #last)');
  const end = db.clock.now() + patience;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { Attributes } = await db.count(
        (TableName) =>
          new UpdateCommand({
            TableName,
            Key: { PK, SK },
            UpdateExpression: `SET ${copied.join(', ')}`,
            ConditionExpression: on.present,
            ExpressionAttributeNames: { '#count': 'count', ...(last !== undefined && { '#last': 'last' }) },
            ReturnValues: 'ALL_NEW',
          }),
      );
      return Attributes;
    } catch (error) {
      const { kind } = failureOf(error);
      // The tenant is being removed, so that nothing of it can be sealed either.
      if (kind === 'refused') return item;
      if (kind === 'broken') throw error;
      if (db.clock.now() > end) throw new Refusal('busy');
      await pause(db.clock, attempt);
    }
  }
};

interface Content {
  readonly ids: readonly EventId[];
  readonly lines: readonly string[];
  readonly late: boolean;
  readonly swept: string | undefined;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/** The segment, and everything that is written with it. */
const segmentFor = async (db: Db, tenant: TenantId, state: SealState, { ids, lines, late, swept, until }: Content) => {
  const [from, to] = [ids[0], ids.at(-1)] as [EventId, EventId];
  const leaves = lines.map((line) => leafHash(line));
  const tiles = await tilesOfAppend(state.size, leaves, tileReader(db, tenant));
  const counted = await countedItems(db, tenant, lines);
  const frontier = frontierOf(state);
  for (const leaf of leaves) frontier.append(leaf);
  const root = Buffer.from(frontier.root).toString('hex');
  const day = late ? dayOfLate(state) : dayOf(from);
  const time = (id: EventId) => new Date(timeIn(id) ?? 0).toISOString();
  const segment = hashedSegment(tenant, {
    form: sealingForm,
    first: state.size + 1,
    last: frontier.size,
    day,
    from: time(from),
    to: time(to),
    at: new Date(db.clock.now()).toISOString(),
    previous: state.segment,
    root,
    lines: linesHash(lines),
  });
  let { through } = state;
  if (to > through) through = to;
  // Events that are first read after the end of their day need not be looked through again.
  const isOver = !late && state.swept === state.through && day < utcDay(until);
  const next: SealState = {
    ...state,
    size: frontier.size,
    peaks: Buffer.concat(frontier.peaks),
    root,
    segment: segment.hash,
    day,
    through,
    ...(isOver ? { swept: through } : swept !== undefined ? { swept } : {}),
    ...(state.rev === 0 && { firstDay: day }),
  };
  const writes: TransactItem[] = [
    movedFrom(tenant, state, state.rev === 0 ? next : changedIn(state, next)),
    put(keys.segment(tenant, segment.last), { ...segment, ids: packedIds(ids), ...(late && { late }) }),
    ...(late
      ? ids.map((id, i) => put(keys.late(tenant, id), { sequence: segment.first + i }))
      : [put(keys.segmentAt(tenant, to), { last: segment.last })]),
    ...(day === state.day ? [] : [put(keys.sealedDay(tenant, day), { after: state.size })]),
    ...counted.map((Item): TransactItem => ({ Put: { Item, TableName: '' } })),
    ...tiles.map(({ level, index, hashes }) => put(keys.tile(tenant, level, index), { hashes })),
    ...(state.rev === 0 && tenant !== operatorsRoom ? [stillThere(tenant)] : []),
  ];
  return { segment, next, writes };
};

/** The fields that sealing has changed. All others may be changed by somebody else meanwhile. */
const changedIn = (before: SealState, after: SealState): Partial<SealState> =>
  Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name as keyof SealState] !== value));

/** The day that is being sealed, which takes late events: days follow each other as sequences do. */
const dayOfLate = ({ day, closed }: SealState): string =>
  closed !== undefined && closed >= day ? nextDay(closed) : day;

/** The first segment is written only while its tenant is there, because the seal of a purged one would stay for good. */
const stillThere = (tenant: TenantId): TransactItem => ({
  ConditionCheck: {
    Key: keys.head(tenant),
    TableName: '',
    ConditionExpression: on.notPurging,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':purging': 'purging' },
  },
});
