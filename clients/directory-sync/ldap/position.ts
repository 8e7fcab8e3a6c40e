// How far a directory is, and which one it is. Pure.
import { createHash } from 'node:crypto';
import type { MarkerForm } from './kinds.ts';

/** GeneralizedTime (RFC 4517, section 3.3.13) in UTC, to the second. */
export const timeText = (at: number): string => `${new Date(at).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;

const timePattern = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})/;
/** Milliseconds since 1970, to the second; undefined for another text. */
const timeOf = (text: string): number | undefined => {
  const [, year, month, day, hour, minute, second] = timePattern.exec(text) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
};

/** How far clocks may be apart, as Kerberos has it by default. */
const skew = 300_000;

/** The server ids of a contextCSN with the time of their last change: `time#counter#id#mod`. */
const byServer = (cursor: string): ReadonlyMap<string, string> =>
  new Map(
    cursor.split(',').flatMap((csn) => (/^\d{14}\.\d+Z#\w+#\w+#\w+$/.test(csn) ? [[csn.split('#')[2]!, csn]] : [])),
  );

const usnOf = (text: string): bigint | undefined => (/^\d{1,19}$/.test(text) ? BigInt(text) : undefined);

/**
 * True when a marker may come from a change after the cursor was read, so that a listing which began then may lack the
 * entry for an honest reason.
 */
export const isLater = (form: MarkerForm, marker: string | undefined, cursor: string): boolean => {
  if (marker === undefined) return false;
  if (form === 'usn') return (usnOf(marker) ?? -1n) > (usnOf(cursor) ?? 0n);
  const servers = byServer(cursor);
  // A server that does not keep contextCSN gives the time as its cursor.
  if (form === 'time' || servers.size === 0) return (timeOf(marker) ?? 0) >= (timeOf(cursor) ?? 0) - skew;
  const known = servers.get(marker.split('#')[2] ?? '');
  return known === undefined || marker > known;
};

/**
 * True when the marker proves that an entry read now is as it was when it had the same marker. One of seconds does not
 * while its second may still go on, by either clock.
 */
export const isSettled = (form: MarkerForm, marker: string, now: number): boolean =>
  form !== 'time' || (timeOf(marker) ?? now) < now - skew;

/**
 * True when the directory is behind where it was: a replica that has not caught up answers, or a backup was restored.
 */
export const isBehind = (form: MarkerForm, cursor: string, before: string): boolean => {
  if (form === 'usn') {
    const [now, earlier] = [usnOf(cursor), usnOf(before)];
    return now !== undefined && earlier !== undefined && now < earlier;
  }
  const servers = byServer(cursor);
  return [...byServer(before)].some(([id, csn]) => (servers.get(id) ?? '') < csn);
};

/** The epoch, by what the directory says of itself. @param parts the ids of the server, or of the trees that are read */
export const epochOf = (parts: readonly string[]): string => {
  const joined = [...new Set(parts)].sort().join('.');
  return joined.length <= 128 ? joined : createHash('sha256').update(joined).digest('hex');
};
