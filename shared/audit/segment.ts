// A segment: consecutive sealed events of one tenant and one day, and the hash that chains it to the one before.
import { createHash } from 'node:crypto';
import { canonical } from './canonical.ts';

/** What a segment says of itself. Hashes are lower-case hex, times ISO 8601 in UTC with milliseconds. */
interface SegmentContent {
  /** The form of its lines. */
  readonly form: number;
  /** The sequence of its first event. */
  readonly first: number;
  readonly last: number;
  /** The UTC day under which it is exported, YYYY-MM-DD. */
  readonly day: string;
  /** The earliest time in its events' ids. */
  readonly from: string;
  /** The latest time in its events' ids. */
  readonly to: string;
  /** When it was sealed. */
  readonly at: string;
  /** The hash of the segment before, or `noSegment`. */
  readonly previous: string;
  /** The root of the tenant's tree with `last` leaves. */
  readonly root: string;
  /** SHA-256 of its lines, each with its line feed. */
  readonly lines: string;
}

export interface Segment extends SegmentContent {
  /** SHA-256 of the canonical form of the content and the tenant. */
  readonly hash: string;
}

/** Stands for the segment before the first one. */
export const noSegment = '0'.repeat(64);

/** Most events of a segment. */
export const mostSegmentEvents = 4_096;
/** Most bytes of a segment's lines, except where a single event is larger. */
export const mostSegmentBytes = 4_000_000;

/** The hash over lines, each with its line feed. */
export const linesHash = (lines: Iterable<string>): string => {
  const hash = createHash('sha256');
  for (const line of lines) hash.update(line).update('\n');
  return hash.digest('hex');
};

/** The hash of a segment; a `hash` that it already has does not count. */
export const segmentHash = (tenant: string, segment: SegmentContent | Segment): string => {
  const { form, first, last, day, from, to, at, previous, root, lines } = segment;
  const content: SegmentContent = { form, first, last, day, from, to, at, previous, root, lines };
  return createHash('sha256')
    .update(canonical({ ...content, tenant }))
    .digest('hex');
};

/** The segment with its hash. */
export const hashedSegment = (tenant: string, content: SegmentContent): Segment => ({
  ...content,
  hash: segmentHash(tenant, content),
});
