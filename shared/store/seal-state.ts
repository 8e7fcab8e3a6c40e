// How far a tenant's events are sealed, and the segments that they are sealed in. One item says how far; whoever seals
// moves its `rev`, so that of two who seal at the same time one writes nothing.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod';
import { Frontier, hashBytes } from '../audit/merkle.ts';
import { dayStart, nextDay } from '../audit/names.ts';
import { noSegment, type Segment } from '../audit/segment.ts';
import { type EventId, type TenantId, timePrefix } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { utf8 } from '../text/text.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { parsed } from './items.ts';
import { keys, partitions } from './keys.ts';
import { writePatiently } from './patiently.ts';

const bytes = lazy(() => z.instanceof(Uint8Array));
const manifestSchema = lazy(() => z.object({ day: z.string(), sha256: z.string(), last: z.int().nonnegative() }));
const stateSchema = lazy(() =>
  z.object({
    /** Grows with everything that decides what may be sealed next. */
    rev: z.int().positive(),
    /** Number of sealed events. */
    size: z.int().nonnegative(),
    /** The peaks of the tree, one behind the other: see `Frontier`. */
    peaks: bytes(),
    /** The tree's root, and the hash of the last segment; hex. */
    root: z.string(),
    segment: z.string(),
    /** The day of the first segment, and of the last one. */
    firstDay: z.string(),
    day: z.string(),
    /** All events up to this id that were there in time are sealed. */
    through: z.string(),
    /** All events up to this id were looked through once more after the end of their day. */
    swept: z.string(),
    /** The last day that takes no more events: those that turn up for it are late. */
    closed: z.string().optional(),
    /** The closed day whose manifest is being written, and the time that the manifest says. */
    closing: z.object({ day: z.string(), at: z.string() }).optional(),
    /** The last day whose manifest is written, the hash of the manifest, and the sequence with which the day ends. */
    manifest: manifestSchema().optional(),
    /** The sequence through which events are exported, */
    exported: z.int().nonnegative(),
    /** and through which they have left the table. */
    expired: z.int().nonnegative(),
  }),
);
export type SealState = Readonly<z.infer<ReturnType<typeof stateSchema>>>;

/** Before everything that an id of an event can be. */
export const beforeAll = 'e';

/** The state before the first event is sealed, which no item holds. */
export const unsealedState: SealState = {
  rev: 0,
  size: 0,
  peaks: new Uint8Array(),
  root: '',
  segment: noSegment,
  firstDay: '',
  day: '',
  through: beforeAll,
  swept: beforeAll,
  exported: 0,
  expired: 0,
};

/** How far a tenant's events are sealed; `undefined` when none ever was. */
export const sealStateOf = async (db: Db, tenant: TenantId): Promise<SealState | undefined> => {
  const [item] = await db.read([keys.seal(tenant)]);
  return item && parsed(stateSchema(), item);
};

export const frontierOf = ({ size, peaks }: SealState): Frontier =>
  new Frontier(
    size,
    Array.from({ length: peaks.length / hashBytes }, (_, i) => peaks.subarray(i * hashBytes, (i + 1) * hashBytes)),
  );

/** The place before all events of a time. @param ms milliseconds since 1970 */
export const placeAt = (ms: number): string => `e${timePrefix(ms)}`;

/** Sets fields of the state, and removes those that are undefined. */
export const moved = (tenant: TenantId, fields: Partial<SealState>, condition: string, values: Item): TransactItem => {
  const entries = Object.entries(fields);
  const [sets, removes] = [true, false].map((isSet) => entries.filter(([, value]) => (value !== undefined) === isSet));
  const names = (of: typeof entries, text: (name: string) => string) => of.map(([name]) => text(name)).join(', ');
  const removing = removes?.length ? ` REMOVE ${names(removes, (name) => `#${name}`)}` : '';
  return {
    Update: {
      Key: keys.seal(tenant),
      TableName: '',
      UpdateExpression: `SET ${names(sets ?? [], (name) => `#${name} = :${name}`)}${removing}`,
      ConditionExpression: condition,
      ExpressionAttributeNames: {
        ...Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
        ...(condition === on.sameClosing && { '#day': 'day' }),
      },
      ExpressionAttributeValues: {
        ...Object.fromEntries((sets ?? []).map(([name, value]) => [`:${name}`, value])),
        ...values,
      },
    },
  };
};

/** The state moves on from this one, unless somebody was faster. */
export const movedFrom = (tenant: TenantId, { rev }: SealState, fields: Partial<SealState>): TransactItem =>
  rev === 0
    ? moved(tenant, { ...fields, rev: 1 }, on.absent, {})
    : moved(tenant, { ...fields, rev: rev + 1 }, on.sealedAs, { ':was': rev });

/** Notes that parts are written up to a sequence. Returns false when somebody else has noted more or less meanwhile. */
export const markExported = (db: Db, tenant: TenantId, from: number, to: number): Promise<boolean> =>
  writePatiently(db, [moved(tenant, { exported: to }, on.sameExport, { ':from': from })]);

// Days

/**
 * The next day that can be closed, because its end is older than the margin; the day that is being closed, if there is
 * one.
 * @param now when the pass began to look for events, in milliseconds since 1970: a day may end while it looks
 */
export const dayToClose = (state: SealState, now: number, margin: number): string | undefined => {
  if (state.closing) return state.closing.day;
  const next = state.closed === undefined ? state.firstDay : nextDay(state.closed);
  return dayStart(nextDay(next)) <= now - margin ? next : undefined;
};

/**
 * Closes a day: it takes no more events, and its manifest says this time. Repeated, it returns the same. Returns
 * `undefined` when the state has moved: what is sealed meanwhile may belong to the day.
 */
export const closeDay = async (
  db: Db,
  tenant: TenantId,
  state: SealState,
  day: string,
): Promise<SealState['closing']> => {
  if (state.closing) return state.closing.day === day ? state.closing : undefined;
  const closing = { day, at: new Date(db.clock.now()).toISOString() };
  return (await writePatiently(db, [movedFrom(tenant, state, { closed: day, closing })])) ? closing : undefined;
};

/** Notes that the manifest of the day that is being closed is written. Returns false when somebody has noted it already. */
export const manifestWritten = (
  db: Db,
  tenant: TenantId,
  manifest: NonNullable<SealState['manifest']>,
): Promise<boolean> =>
  writePatiently(db, [moved(tenant, { manifest, closing: undefined }, on.sameClosing, { ':day': manifest.day })]);

// Segments

const segmentSchema = lazy(() =>
  z.object({
    form: z.int().positive(),
    first: z.int().positive(),
    last: z.int().positive(),
    day: z.string(),
    from: z.string(),
    to: z.string(),
    at: z.string(),
    previous: z.string(),
    root: z.string(),
    lines: z.string(),
    hash: z.string(),
  }),
);
export const toSegment = (item: Item): Segment => parsed(segmentSchema(), item);

const idsSchema = lazy(() => z.object({ ids: bytes().optional(), late: z.boolean().default(false) }));
interface SealedIds {
  /** In the order of their sequences; `undefined` when the events have left the table. */
  readonly ids: readonly EventId[] | undefined;
  /** True when the events had turned up behind the seal. */
  readonly late: boolean;
}

/** The events of a segment. They are random for the better half, so that packing them saves the other one. */
export const packedIds = (ids: readonly EventId[]): Uint8Array => deflateRawSync(ids.join(''));
const idLength = 21;
export const toSealedIds = (item: Item): SealedIds => {
  const { ids, late } = parsed(idsSchema(), item);
  if (!ids) return { ids: undefined, late };
  const text = utf8(inflateRawSync(ids));
  const at = (i: number) => text.slice(i * idLength, (i + 1) * idLength) as EventId;
  return { ids: Array.from({ length: text.length / idLength }, (_, i) => at(i)), late };
};

/** The segments whose events come after a sequence, in order. */
export async function* segmentsAfter(db: Db, tenant: TenantId, sequence: number): AsyncGenerator<Segment> {
  for (let after = sequence, done = false; !done; ) {
    const from = keys.segment(tenant, after + 1).SK;
    const page = await db.page({ partition: partitions.seal(tenant), from, to: 'SEGMENT$', limit: segmentsAtOnce });
    const segments = page.items.map(toSegment);
    yield* segments;
    after = segments.at(-1)?.last ?? after;
    done = page.done;
  }
}
const segmentsAtOnce = 20;

/** The segment with an event. @param sequence of the event; `undefined` is returned when it is not sealed yet */
export const segmentWith = async (db: Db, tenant: TenantId, sequence: number): Promise<Segment | undefined> => {
  const from = keys.segment(tenant, sequence).SK;
  const { items } = await db.page({ partition: partitions.seal(tenant), from, to: 'SEGMENT$', limit: 1 });
  return items[0] && toSegment(items[0]);
};

const firstOfDay = lazy(() => z.object({ after: z.int().nonnegative() }));
/** The segments of a day, in order. */
export const segmentsOfDay = async (db: Db, tenant: TenantId, day: string): Promise<Segment[]> => {
  const [item] = await db.read([keys.sealedDay(tenant, day)]);
  const segments: Segment[] = [];
  if (!item) return segments;
  for await (const segment of segmentsAfter(db, tenant, parsed(firstOfDay(), item).after)) {
    if (segment.day !== day) break;
    segments.push(segment);
  }
  return segments;
};
