// Tenants as operators see them. They are read without the book, so that a look at a large tenant costs no more than one
// at a small tenant.
import type { TenantId } from '../domain/base/ids.ts';
import type { Head, TenantRecord } from '../domain/book/records.ts';
import { currentRecovery } from '../domain/plan/recovery.ts';
import type { Recovery } from '../domain/recovery.ts';
import type { Db, Item } from './db.ts';
import { toHead, toRecord, toRecovery } from './items.ts';
import { keys, nameKey, operatorsRoom, partitions, partOf } from './keys.ts';
import { mergedPage, type Placed, readAlong } from './lists.ts';
import { indexes } from './table.ts';

/** A tenant with its settings; they are absent once a purge has removed them. */
export interface Account {
  readonly id: TenantId;
  readonly head: Head;
  readonly record: TenantRecord | undefined;
  readonly recovery?: Recovery | undefined;
}

const accountOf = (id: TenantId, head: Head, item: Item | undefined): Account => {
  const record = item && toRecord(item);
  return { id, head, record: record?.kind === 'tenant' ? record : undefined };
};

/** The tenants with these ids, in their order; `undefined` for a tenant that does not exist. */
const accountsById = async (db: Db, ids: readonly TenantId[]): Promise<(Account | undefined)[]> => {
  const items = await db.read(ids.flatMap((id) => [keys.head(id), keys.record(id, 'tenant')]));
  return ids.map((id, i) => {
    const head = toHead(items[2 * i]);
    return head && accountOf(id, head, items[2 * i + 1]);
  });
};

/** A tenant with the recovery that is under way; `undefined` when it does not exist. */
export const accountById = async (db: Db, id: TenantId): Promise<Account | undefined> => {
  const [item, record, recovery] = await db.read([keys.head(id), keys.record(id, 'tenant'), keys.recovery(id)]);
  const head = toHead(item);
  return head && { ...accountOf(id, head, record), recovery: currentRecovery(head, toRecovery(recovery)) };
};

/**
 * The tenants in the order of their names. The list follows an index, so a tenant appears within about a second of its
 * creation.
 * @param prefix beginning of the name, folded
 * @param size tenants read at a time
 */
export const listAccounts = (
  db: Db,
  prefix: string | undefined,
  size: number,
  after?: string,
): AsyncGenerator<Placed<Account>> => readAlong(named(db, prefix, size, after), size, (ids) => accountsById(db, ids));

/** The ids of all tenants, read from the index alone. */
export async function* tenantIds(db: Db): AsyncGenerator<TenantId> {
  for await (const { item } of named(db, undefined, idsAtOnce, undefined)) if (item) yield item;
}
const idsAtOnce = 500;

async function* named(
  db: Db,
  prefix: string | undefined,
  size: number,
  after: string | undefined,
): AsyncGenerator<Placed<TenantId>> {
  // Cut to the length of names in keys.
  const range = { index: indexes.byName, prefix: prefix ? nameKey(prefix, '').slice(0, -1) : undefined };
  for (let at = after; ; ) {
    const page = await mergedPage(
      db,
      partitions.names(operatorsRoom),
      { ...range, after: at },
      indexes.byName.sk,
      size,
    );
    for (const [i, { PK, NSK }] of page.items.entries())
      yield {
        item: partOf(String(PK)).tenant,
        at: String(NSK),
        more: i < page.items.length - 1 || !page.done,
      };
    if (page.done) return;
    at = String(page.items.at(-1)?.NSK ?? at);
  }
}
