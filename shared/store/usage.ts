// What a tenant uses, for billing. It is counted once a day from what is stored anyway, so that no request pays for it.
import type { TenantId, UserId } from '../domain/base/ids.ts';
import type { Lifecycle } from '../domain/book/records.ts';
import type { Account } from './accounts.ts';
import type { Db } from './db.ts';
import { toAccess } from './items.ts';
import { keys, partitions } from './keys.ts';
import { indexes } from './table.ts';

/** The use of a tenant on a day. */
export interface Usage {
  /** Tenant and day: a day that is told twice is told with the same id. */
  readonly id: string;
  readonly tenant: TenantId;
  /** The day in UTC, as `2026-03-02`. */
  readonly day: string;
  readonly state: 'active' | Lifecycle['state'];
  /** Users that are active at the time of counting. Those who join or leave during it may be missed. */
  readonly activePersons: number;
  readonly activeMachines: number;
  /** Users that are disabled. */
  readonly disabled: number;
  /**
   * Readings of two counters: requests for checks (a batch is one), and all others. A day's requests are the difference
   * to the reading of the day before. One request in fifty is counted, as fifty (others: in twenty); a counter begins
   * again at zero after eight days without a request.
   */
  readonly checksCounted: number;
  readonly othersCounted: number;
  /** Bytes of the records that decide access; absent while a release that does not count them has written last. */
  readonly bookBytes?: number;
}

/** Users read at a time, of each shard of the index. */
const usersAtOnce = 100;

/** Counts what a tenant uses. It costs half a read unit a user, and about as much for a hundred entries of the index. */
export const usageOf = async (db: Db, { id: tenant, head }: Account, day: string): Promise<Usage> => {
  const counts = { activePersons: 0, activeMachines: 0, disabled: 0 };
  const countShard = async (partition: string) => {
    for (let after: string | undefined; ; ) {
      const { items, done } = await db.page({ partition, index: indexes.byName, after, limit: usersAtOnce });
      const ids = items.map(({ PK }) => String(PK).split('#U#')[1] as UserId);
      const users = await db.read(
        ids.map((id) => keys.access(tenant, id)),
        { consistent: false },
      );
      for (const user of users.map(toAccess)) {
        if (user?.state === 'disabled') counts.disabled += 1;
        if (user?.state === 'active') counts[user.kind === 'person' ? 'activePersons' : 'activeMachines'] += 1;
      }
      if (done) return;
      after = String(items.at(-1)?.NSK ?? after);
    }
  };
  const [totals] = await Promise.all([
    db.read(['check', 'other'].map((rate) => keys.rate(tenant, rate))),
    ...partitions.names(tenant).map(countShard),
  ]);
  const [checksCounted, othersCounted] = totals.map((item) => Number(item?.total ?? 0)) as [number, number];
  const { bytes, weighed, version, lifecycle } = head;
  return {
    id: `${tenant}.${day}`,
    tenant,
    day,
    state: lifecycle?.state ?? 'active',
    ...counts,
    checksCounted,
    othersCounted,
    ...(bytes !== undefined && weighed === version && { bookBytes: bytes }),
  };
};
