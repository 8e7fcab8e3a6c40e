// A seal held against the table, by a second implementation: every event under one sequence, chained, and the roots those
// of a naive tree.
import { createHash } from 'node:crypto';
import type { Notary } from '../../shared/audit/jws.ts';
import type { Segment } from '../../shared/audit/segment.ts';
import type { EventId, TenantId } from '../../shared/domain/base/ids.ts';
import { localNotary, newNotaryKey } from '../../shared/http/signing/notary.ts';
import { checkpointNow } from '../../shared/store/checkpoints.ts';
import type { Db } from '../../shared/store/db.ts';
import { toEvent } from '../../shared/store/items.ts';
import { partitions } from '../../shared/store/keys.ts';
import { expireSlice } from '../../shared/store/retention.ts';
import {
  closeDay,
  dayToClose,
  manifestWritten,
  markExported,
  sealStateOf,
  segmentsAfter,
  segmentWith,
} from '../../shared/store/seal-state.ts';
import { sealedLines } from '../../shared/store/sealed-events.ts';
import { sealSlice } from '../../shared/store/sealing.ts';
import type { Tenant } from './harness.ts';

const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The root over lines, straight from the definition (RFC 9162, section 2.1.1). */
const naiveRoot = (lines: readonly string[]): string => {
  const over = (hashes: readonly Buffer[]): Buffer => {
    if (hashes.length === 1) return hashes[0] as Buffer;
    let k = 1;
    while (k * 2 < hashes.length) k *= 2;
    return sha256(Buffer.of(1), over(hashes.slice(0, k)), over(hashes.slice(k)));
  };
  return over(lines.map((line) => sha256(Buffer.of(0), line))).toString('hex');
};

/** Seals all that can be sealed now. Returns the number of late events. */
export const sealAll = async (db: Db, tenant: TenantId, margin: number): Promise<number> => {
  let late = 0;
  for (let lookBack = true; ; ) {
    const slice = await sealSlice(db, tenant, { margin, lookBack });
    late += slice.late;
    if (!slice.more) return late;
    lookBack = slice.late > 0;
  }
};

const notaries = new WeakMap<Db, Notary>();
/** A notary of the tests: one key for each store. */
const testNotary = (db: Db): Notary => {
  const notary = notaries.get(db) ?? localNotary(db, newNotaryKey());
  notaries.set(db, notary);
  return notary;
};

/** Seals everything of a tenant that has happened, without a margin, and signs a checkpoint; the last sealed event. */
export const sealNow = async ({ id, harness }: Tenant): Promise<{ size: number; event: EventId }> => {
  const { db } = harness.store;
  await sealAll(db, id, -1);
  const checkpoint = await checkpointNow(db, id, testNotary(db));
  const last = checkpoint && (await segmentWith(db, id, checkpoint.size));
  const event = last && JSON.parse((await sealedLines(db, id, last)).at(-1) ?? '').id;
  return { size: checkpoint?.size ?? 0, event };
};

/** Lets all that is sealed be exported, told by manifests, and leave the table. Returns the number of events. */
export const expireAll = async ({ id, harness }: Tenant, before = Number.MAX_SAFE_INTEGER): Promise<number> => {
  const { db } = harness.store;
  const state = await sealStateOf(db, id);
  if (!state) return 0;
  await markExported(db, id, state.exported, state.size);
  for (let at = await sealStateOf(db, id); at && (at.closed ?? '') < at.day; at = await sealStateOf(db, id)) {
    const day = dayToClose(at, Number.MAX_SAFE_INTEGER, 0) as string;
    await closeDay(db, id, at, day);
    await manifestWritten(db, id, { day, sha256: '0'.repeat(64), last: state.size });
  }
  let expired = 0;
  for (let more = true; more; ) {
    const slice = await expireSlice(db, id, { before });
    expired += slice.expired;
    more = slice.more;
  }
  return expired;
};

/** The events that the table has of a tenant, by id. */
export const eventsIn = async (db: Db, tenant: TenantId) => {
  const found = await Promise.all(partitions.events(tenant).map((partition) => db.all({ partition })));
  return new Map(found.flat().map((item) => [String(item.SK), item]));
};

interface SealedTrail {
  readonly segments: readonly Segment[];
  readonly lines: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: lines are read freely
  readonly events: readonly any[];
}

/**
 * Reads everything that is sealed, and what is wrong with it: nothing twice, no gaps, no event that the table lacks, each
 * line true to its event, segments chained within days that never go back, and every root that of the naive tree.
 */
export const sealFaults = async (db: Db, tenant: TenantId): Promise<SealedTrail & { readonly faults: string[] }> => {
  const faults: string[] = [];
  const need = (holds: boolean, what: string) => {
    if (!holds) faults.push(what);
  };
  const table = await eventsIn(db, tenant);
  const segments: Segment[] = [];
  const lines: string[] = [];
  for await (const segment of segmentsAfter(db, tenant, 0)) {
    const before = segments.at(-1);
    need(segment.first === lines.length + 1, `segment ${segment.last} begins at ${segment.first}`);
    need(segment.previous === (before?.hash ?? '0'.repeat(64)), `segment ${segment.last} is not chained`);
    need(segment.day >= (before?.day ?? ''), `segment ${segment.last} goes back to ${segment.day}`);
    const own = await sealedLines(db, tenant, segment);
    const hash = sha256(own.map((line) => `${line}\n`).join('')).toString('hex');
    need(hash === segment.lines, `segment ${segment.last} has another hash of lines`);
    lines.push(...own);
    need(lines.length === segment.last, `segment ${segment.last} ends at ${lines.length}`);
    need(naiveRoot(lines) === segment.root, `segment ${segment.last} has another root`);
    const { hash: named, ...content } = segment;
    const sorted = Object.entries({ ...content, tenant }).sort(([a], [b]) => (a < b ? -1 : 1));
    need(sha256(JSON.stringify(Object.fromEntries(sorted))).toString('hex') === named, `segment ${segment.last} lies`);
    const ids = own.map((line) => JSON.parse(line).id as string);
    need(
      ids.every((id, i) => i === 0 || id > (ids[i - 1] as string)),
      `segment ${segment.last} is out of order`,
    );
    segments.push(segment);
  }
  const events = lines.map((line) => JSON.parse(line));
  need(new Set(events.map(({ id }) => id)).size === events.length, 'an event is sealed twice');
  for (const [i, event] of events.entries()) {
    const item = table.get(event.id);
    need(
      event.sequence === i + 1 && event.tenant === tenant,
      `line ${i + 1} says ${event.sequence} of ${event.tenant}`,
    );
    need(item !== undefined, `${event.id} is sealed, and not in the table`);
    if (!item) continue;
    const stored = toEvent(item);
    for (const field of ['action', 'target', 'outcome', 'requestId', 'code'] as const)
      need(event[field] === stored?.[field], `${event.id} has another ${field}`);
    need(
      event.count === (item.count === undefined ? undefined : (item.sealedCount ?? item.count)),
      `${event.id} counts`,
    );
  }
  const state = await sealStateOf(db, tenant);
  need((state?.size ?? 0) === lines.length, `the state says ${state?.size}`);
  return { segments, lines, events, faults };
};

/** The events of the table that are not sealed. */
export const unsealedIn = async (db: Db, tenant: TenantId): Promise<string[]> => {
  const { events } = await sealFaults(db, tenant);
  const known = new Set(events.map(({ id }) => id));
  return [...(await eventsIn(db, tenant)).keys()].filter((id) => !known.has(id));
};
