// Takes out of the book what counts for nothing any more. The log of a deletion is kept for seven days, and so is its
// tombstone: a reader whose book is older than the log reads everything anew, and a reader within it is told by the log
// which records are gone.
import type { TenantId } from '../domain/base/ids.ts';
import type { BookRecord, Head } from '../domain/book/records.ts';
import type { Audit } from '../domain/change.ts';
import { compactable, gone } from '../domain/plan/compaction.ts';
import { toHead } from './items.ts';
import { keys } from './keys.ts';
import type { Store } from './store.ts';
import { logSeconds, timeToLive } from './table.ts';

/** Records per transaction. */
const recordsAtOnce = 80;

/** True when something was deleted so long ago that its log is over. @param now milliseconds since 1970 */
export const compactionIsDue = (head: Head | undefined, now: number): boolean =>
  head?.deletedSince !== undefined && head.deletedSince + logSeconds <= now / 1000;

/** True when the tenant's book may have something to be compacted. Reads one item. */
const needsCompaction = async (store: Store, tenant: TenantId): Promise<boolean> => {
  const [item] = await store.db.read([keys.head(tenant)]);
  return compactionIsDue(toHead(item), store.now);
};

/**
 * Removes, in transactions of at most 80 records, what was deleted before the log begins. Returns false when time is up
 * and more is left.
 */
export const compacted = async (store: Store, tenant: TenantId, spent: () => boolean): Promise<boolean> => {
  if (!(await needsCompaction(store, tenant))) return true;
  const view = await store.view(tenant);
  if (!view) return true;
  const old = await beforeTheLog(store, tenant, compactable(view.book));
  for (let last = Math.max(0, ...old.map(({ rev }) => rev)); last > 0; ) {
    const outcome = await store.mutate({
      tenant,
      operation: 'compaction',
      requestId: store.ids.event(store.now),
      authorise: () => ({ actor: { kind: 'system' }, keeper: false }),
      plan: ({ book }) => {
        const records = compactable(book).filter(({ rev }) => rev <= last);
        const some = records.slice(0, recordsAtOnce);
        const audit: Audit = { action: 'swept', target: 'tenant', after: { records: some.length } };
        const change = { book: some.map(gone), users: [], side: [], audit, result: undefined };
        return { change, body: records.length > some.length };
      },
    });
    if (!outcome?.body) last = 0;
    else if (spent()) return false;
  }
  return true;
};

/**
 * Of these records those whose last change is no longer in the log. The log ends in the order of versions, so a few reads
 * find where it begins.
 */
const beforeTheLog = async (
  store: Store,
  tenant: TenantId,
  records: readonly BookRecord[],
): Promise<readonly BookRecord[]> => {
  const byAge = [...records].sort((a, b) => a.rev - b.rev);
  let [over, kept] = [-1, byAge.length];
  // The oldest is asked for first: mostly it is in the log, and so are all the others.
  for (let at = 0; kept - over > 1; at = (over + kept) >> 1) {
    const [entry] = await store.db.read([keys.log(tenant, (byAge[at] as BookRecord).rev)]);
    if (entry && Number(entry[timeToLive]) > store.now / 1000) kept = at;
    else over = at;
  }
  return byAge.slice(0, over + 1);
};
