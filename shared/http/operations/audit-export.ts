// A page of the audit's export as clients pull it: lines of one segment as they were sealed, and a last line that says
// what they are part of. The last line shows that nothing was cut off on the way.
import { verifiedCheckpoint } from '../../audit/checkpoint.ts';
import type { PublicJwk } from '../../audit/jwk.ts';
import { sealedEvent } from '../../audit/line.ts';
import { type OcsfFormat, ocsfEvent, ocsfFormats } from '../../audit/ocsf.ts';
import type { Segment } from '../../audit/segment.ts';
import { chunked } from '../../domain/base/collections.ts';
import type { TenantId } from '../../domain/base/ids.ts';
import { invalid, Refusal } from '../../domain/base/refusal.ts';
import { mostBytes } from '../../domain/base/weight.ts';
import {
  auditKeys,
  consistencyOf,
  firstCheckpointFrom,
  newestCheckpoint,
  type StoredCheckpoint,
} from '../../store/checkpoints.ts';
import type { Db } from '../../store/db.ts';
import { erased, type PersonalTexts, personalTexts } from '../../store/personal-texts.ts';
import { sealStateOf, segmentWith } from '../../store/seal-state.ts';
import { EventsExpired, sealedLines } from '../../store/sealed-events.ts';
import { counted } from '../../text/counted.ts';

/** Personal values of an event, and the user whom they concern. */
type Values = PersonalTexts & { readonly user: string };

/** The last line of an answer. */
interface ExportPage {
  /** The sequences of the first and last line; absent when the page has no lines. */
  readonly first?: number;
  readonly last?: number;
  /** The `after` of the next page. */
  readonly next: number;
  /** The number of events that can be exported now: those that a signed checkpoint covers. */
  readonly size: number;
  /** The segment of which the lines are all, or a part. */
  readonly segment?: Segment;
  /** The first checkpoint at or after the segment's end, as a compact JWS. */
  readonly checkpoint?: string;
  /** The proof that the checkpoint's tree begins with the segment's (RFC 9162 section 2.1.4): hex, empty for equal sizes. */
  readonly consistency?: readonly string[];
  /** The public key that signed the checkpoint. */
  readonly key?: PublicJwk;
  /** Personal values by the ids of their events. */
  readonly values?: Readonly<Record<string, Values>>;
}

interface Wanted {
  readonly after: number;
  readonly format: 'holdfast' | OcsfFormat;
  /** True to tell personal values. */
  readonly values: boolean;
}

const beyond = (size: number): Refusal => {
  const { details } = invalid(
    'query.after',
    `is beyond the ${counted(size, 'event that is', 'events that are')} sealed: give ${size} or less`,
  );
  return new Refusal('invalid-request', { ...details, more: { size } });
};

const expired = (through: number): Refusal =>
  new Refusal('events-expired', {
    detail: `The events up to ${through} have left the table by the tenant's retention: go on with after=${through}, and take those before from the export that was pushed.`,
    more: { after: through },
  });

/** The lines after a sequence that fit an answer, and what they are part of. @throws Refusal */
export const exportPage = async (
  db: Db,
  tenant: TenantId,
  { after, format, values }: Wanted,
): Promise<{ readonly lines: readonly string[]; readonly page: ExportPage }> => {
  // The keys come along, so that the proof of a page makes no round trip of its own.
  const [state, segment, newest, keys] = await Promise.all([
    sealStateOf(db, tenant),
    segmentWith(db, tenant, after + 1),
    newestCheckpoint(db, tenant),
    auditKeys(db),
  ]);
  const size = newest?.size ?? 0;
  if (after > size) throw beyond(size);
  if (state && after < state.expired) throw expired(state.expired);
  if (after === size || !segment || !newest)
    return { lines: [], page: { next: after, size, ...(newest && signedBy(newest, keys)) } };
  const [lines, proof] = await Promise.all([
    linesOfSegment(db, tenant, segment),
    proofOf(db, tenant, segment, newest, keys),
  ]);
  const taken = await fitting(db, tenant, lines.slice(after + 1 - segment.first), { format, values });
  const last = after + taken.lines.length;
  return {
    lines: taken.lines,
    page: { first: after + 1, last, next: last, size, segment, ...proof, ...(values && { values: taken.values }) },
  };
};

/** @throws Refusal events-expired when retention has been faster */
const linesOfSegment = async (db: Db, tenant: TenantId, segment: Segment): Promise<string[]> => {
  try {
    return await sealedLines(db, tenant, segment);
  } catch (error) {
    if (error instanceof EventsExpired) throw expired(segment.last);
    throw error;
  }
};

/** A checkpoint's signature, with the key that made it. */
const signedBy = ({ jws }: StoredCheckpoint, keys: readonly PublicJwk[]) => ({
  checkpoint: jws,
  key: verifiedCheckpoint(jws, keys).key,
});

/** The first checkpoint that covers a segment. @param newest one that does */
const proofOf = async (
  db: Db,
  tenant: TenantId,
  { last }: Segment,
  newest: StoredCheckpoint,
  keys: readonly PublicJwk[],
) => {
  const covering = newest.size === last ? newest : await firstCheckpointFrom(db, tenant, last);
  if (!covering)
    throw new Error(`no checkpoint of ${tenant} covers the sequence ${last}, and one of ${newest.size} does`);
  const proven = covering.size === last ? undefined : await consistencyOf(db, tenant, last, covering.size);
  return { ...signedBy(covering, keys), consistency: proven?.path ?? [] };
};

/** Events of which personal values are read at a time. */
const valuesAtOnce = 100;

const asOcsf = (line: string, format: OcsfFormat): string =>
  JSON.stringify(ocsfEvent(sealedEvent(line), ocsfFormats[format]));

/** As many of the lines as fit an answer in their format and with their values; at least one. */
const fitting = async (
  db: Db,
  tenant: TenantId,
  lines: readonly string[],
  { format, values: isTold }: Omit<Wanted, 'after'>,
) => {
  const taken: string[] = [];
  const values: Record<string, Values> = {};
  let bytes = 0;
  for (const some of chunked(lines, valuesAtOnce)) {
    const texts = isTold ? await valuesOf(db, tenant, some) : [];
    for (const [i, line] of some.entries()) {
      const told = texts[i];
      const shown = format === 'holdfast' ? line : asOcsf(line, format);
      bytes += Buffer.byteLength(shown) + 1 + (told ? Buffer.byteLength(JSON.stringify(told)) : 0);
      if (bytes > mostBytes && taken.length > 0) return { lines: taken, values };
      taken.push(shown);
      if (told) values[told[0]] = told[1];
    }
  }
  return { lines: taken, values };
};

/** The personal values of each line's event that still exist, by the event's id. */
const valuesOf = async (
  db: Db,
  tenant: TenantId,
  lines: readonly string[],
): Promise<(readonly [string, Values] | undefined)[]> => {
  const events = lines.map(sealedEvent);
  const found = await personalTexts(db, tenant, events);
  return events.map(({ id, valuesOf: user }) => {
    const texts = found.get(id);
    return texts && texts !== erased && user !== undefined ? [id, { user, ...texts }] : undefined;
  });
};

/** The answer's text: NDJSON. */
export const exportText = (lines: readonly string[], page: ExportPage): string =>
  `${lines.map((line) => `${line}\n`).join('')}${JSON.stringify({ page })}\n`;
