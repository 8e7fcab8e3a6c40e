// What has changed since the last run: a listing compared with what is remembered. Pure.
import type { Listed } from './ldap/types.ts';
import type { Objects } from './state.ts';

export interface Difference {
  /** New, or changed, or perhaps changed: to be read whole. */
  readonly read: readonly Listed[];
  /** Those of `read` that were not there before. */
  readonly arrived: readonly Listed[];
  /** Moved, and otherwise as before. */
  readonly moved: readonly Listed[];
  /** No longer listed. */
  readonly missing: readonly Pick<Listed, 'kind' | 'id'>[];
}

/**
 * An account that has ended is sent again this much later, in milliseconds, because the clock of the service may be behind
 * and decides.
 */
export const clockSkew = 120_000;

/**
 * Compares a complete listing with what is remembered.
 * @param now milliseconds since 1970: an account that has ended since it was last sent is sent again, because time moves
 * no marker
 */
export const differences = (known: Objects, listing: ReadonlyMap<string, Listed>, now: number): Difference => {
  const read: Listed[] = [];
  const arrived: Listed[] = [];
  const moved: Listed[] = [];
  for (const one of listing.values()) {
    const before = known.get(one.id);
    if (before === undefined || before.kind !== one.kind) arrived.push(one);
    const isSame =
      before?.kind === one.kind &&
      one.marker !== undefined &&
      before.marker === one.marker &&
      !(before.ends !== undefined && before.ends + clockSkew <= now);
    if (!isSame) read.push(one);
    else if (before.dn !== one.dn) moved.push(one);
  }
  // An id whose entry has become one of the other kind is missing among its own.
  const missing = [...known]
    .filter(([id, { kind }]) => listing.get(id)?.kind !== kind)
    .map(([id, { kind }]) => ({ kind, id }));
  return { read, arrived, moved, missing };
};
