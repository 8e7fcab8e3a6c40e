// Drafts as items: one with the whole draft, and a small one for the list. Neither is part of the book. Both expire when
// nobody has edited the draft for long.
import * as z from 'zod';
import type { DraftId, TenantId, UserId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import type { DraftWrite } from '../domain/change.ts';
import { type Draft, draftIdSchema, draftSchema } from '../domain/draft.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { parsed, stored } from './items.ts';
import { keys, partitions } from './keys.ts';
import { knownToEnd, type Placed } from './lists.ts';
import { timeToLive } from './table.ts';

const text = lazy(() => z.string().transform((json) => JSON.parse(json) as unknown));
const itemSchema = lazy(() => z.looseObject({ operations: text() }).pipe(draftSchema()));

const isAlive = ({ expires }: { readonly expires: number }, now: number) => expires * 1000 > now;

const inItem = (item: Item | undefined, now: number): Draft | undefined => {
  const draft = item && parsed(itemSchema(), item);
  return draft && isAlive(draft, now) ? draft : undefined;
};

/** The draft of an item; `undefined` when it was submitted or has expired, because the table removes expired items late. */
export const toDraft = (item: Item | undefined, now: number): Draft | undefined => {
  const draft = inItem(item, now);
  return draft?.submitted ? undefined : draft;
};

const entrySchema = lazy(() =>
  draftSchema()
    .omit({ operations: true, rev: true, submitted: true })
    .extend({ id: draftIdSchema, operations: z.int() }),
);
/** A draft as lists show it. */
export type DraftEntry = z.infer<ReturnType<typeof entrySchema>>;

export const draftWrites = (tenant: TenantId, { before, after }: DraftWrite): TransactItem[] => {
  const { id } = (after ?? before) as Draft;
  const condition = before
    ? { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': before.rev } }
    : { ConditionExpression: on.absent };
  const [Key, Entry] = [keys.draft(tenant, id), keys.draftEntry(tenant, id)];
  if (!after) return [{ Delete: { Key, TableName: '', ...condition } }, { Delete: { Key: Entry, TableName: '' } }];
  const { operations, rev: _, expires, submitted, ...rest } = after;
  const dated = { [timeToLive]: expires };
  const item = stored(Key, { ...after, ...dated, operations: JSON.stringify(operations) });
  const entry = stored(Entry, { ...rest, ...dated, operations: operations.length });
  const listing = submitted ? { Delete: { Key: Entry, TableName: '' } } : { Put: { Item: entry, TableName: '' } };
  return [{ Put: { Item: item, TableName: '', ...condition } }, listing];
};

const pageSize = 100;

async function* draftsKept(
  db: Db,
  tenant: TenantId,
  keep: (entry: DraftEntry) => boolean,
  after: string | undefined,
): AsyncGenerator<{ item: DraftEntry; at: string }> {
  for (let at = after; ; ) {
    const { items, done } = await db.page({ partition: partitions.drafts(tenant), after: at, limit: pageSize });
    for (const item of items) {
      const entry = parsed(entrySchema(), item);
      if (isAlive(entry, db.clock.now()) && keep(entry)) yield { item: entry, at: entry.id };
    }
    if (done) return;
    at = String(items.at(-1)?.SK ?? at);
  }
}

/**
 * The drafts that the caller may see, in the order of their ids. All are examined until enough are found (the quota
 * bounds them), and a position names a visible draft, so that neither betrays hidden ones.
 */
export const listDrafts = (
  db: Db,
  tenant: TenantId,
  keep: (entry: DraftEntry) => boolean,
  after?: string,
): AsyncGenerator<Placed<DraftEntry>> => knownToEnd(draftsKept(db, tenant, keep, after));

/** Number of drafts in all, of this author, and of the author with the most. */
export const countDrafts = async (
  db: Db,
  tenant: TenantId,
  author?: UserId,
): Promise<{ all: number; own: number; most: number }> => {
  const items = await db.all({ partition: partitions.drafts(tenant) });
  const alive = items.map((item) => parsed(entrySchema(), item)).filter((entry) => isAlive(entry, db.clock.now()));
  const by = Map.groupBy(alive, (entry) => entry.author);
  const own = author === undefined ? 0 : (by.get(author)?.length ?? 0);
  return { all: alive.length, own, most: Math.max(0, ...[...by.values()].map((list) => list.length)) };
};

/** One draft as it is now, or as it was submitted recently. */
export const readDraft = async (db: Db, tenant: TenantId, id: DraftId): Promise<Draft | undefined> => {
  const [item] = await db.read([keys.draft(tenant, id)]);
  return inItem(item, db.clock.now());
};
