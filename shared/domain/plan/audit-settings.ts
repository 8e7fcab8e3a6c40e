// The plan for the settings of a tenant's audit.
import { type AuditDestination, type AuditSettings, noticeAt, retentionAt } from '../audit-settings.ts';
import { type Change, noChange } from '../change.ts';

/** Milliseconds between a shortening of the retention and its effect, in which anybody who reads of it can object. */
const noticeTime = 30 * 86_400_000;

/** What a tenant sets. */
type Wanted = Pick<AuditSettings, 'retentionDays' | 'legalHold' | 'destination'>;

const days = (retention: number | null): number => retention ?? Number.POSITIVE_INFINITY;

/**
 * The notice that a retention needs: none when it is no shorter than the one that counts now. A notice that runs goes on
 * for a retention that is no shorter than the one announced; anything shorter is announced anew.
 */
const noticeFor = (before: AuditSettings, wanted: number | null, now: number): AuditSettings['notice'] => {
  const counting = retentionAt(before, now);
  if (days(wanted) >= days(counting)) return undefined;
  const runs = noticeAt(before, now);
  if (runs && days(wanted) >= days(before.retentionDays)) return runs;
  return { until: new Date(now + noticeTime).toISOString(), retentionDays: counting };
};

/** The destination with its fields in one order, so that equal ones have the same JSON. */
const placeOf = ({ bucket, region, prefix, roleArn }: AuditDestination): AuditDestination => ({
  bucket,
  region,
  ...(prefix !== undefined && { prefix }),
  roleArn,
});

/** What an event says of the settings. */
const told = ({ retentionDays, legalHold, destination, notice }: AuditSettings) => ({
  retentionDays,
  legalHold,
  destination,
  ...(notice && { notice }),
});

/**
 * Replaces the settings. A longer retention, a hold and its end count at once; a shorter retention counts after 30 days,
 * and leaves nothing behind when it is taken back before. @param now milliseconds since 1970
 */
export const putAuditSettings = (before: AuditSettings, wanted: Wanted, now: number): Change<AuditSettings> => {
  const { retentionDays, legalHold, destination } = wanted;
  const notice = noticeFor(before, retentionDays, now);
  const after: AuditSettings = {
    rev: before.rev + 1,
    retentionDays,
    legalHold,
    destination: destination && placeOf(destination),
    ...(notice && { notice }),
  };
  const was = { ...before, notice: noticeAt(before, now) };
  if (JSON.stringify(told(was)) === JSON.stringify(told(after))) return noChange(before);
  return {
    book: [],
    users: [],
    side: [{ kind: 'audit-settings', before, after }],
    audit: { action: 'audit.settings.replaced', target: 'tenant', before: told(was), after: told(after) },
    result: after,
  };
};
