// The sweep: removes what deletions leave behind. It takes no right away, because everything it removes names a life that
// is over and counts no more. It works in bounded slices that can repeat, and its access changes pass through the commit
// path.

import * as z from 'zod';
import { without } from '../domain/base/collections.ts';
import {
  type GroupId,
  type GroupRef,
  groupOf,
  groupRef,
  type TenantId,
  type UserId,
  userRef,
} from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { outOf } from '../domain/book/origins.ts';
import {
  type Access,
  type BookRecord,
  groupIdSchema,
  type Head,
  lifeSchema,
  roleIdSchema,
  userIdSchema,
} from '../domain/book/records.ts';
import type { Audit, Change } from '../domain/change.ts';
import { compacted, compactionIsDue } from './compaction.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { waitingOf } from './directory.ts';
import { erasuresSwept } from './erasure-sweep.ts';
import { imageIsDue } from './image.ts';
import { parsed, toAccess, toHead } from './items.ts';
import { type Key, keys, partitions, partOf } from './keys.ts';
import { writePatiently } from './patiently.ts';
import { sourcesSwept } from './source-sweep.ts';
import type { Store } from './store.ts';
import type { View } from './view.ts';
import { wordsAreDue, wordsFilled } from './words.ts';

const sweepSchema = lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('role'), id: roleIdSchema }),
    z.object({ kind: z.literal('group'), id: groupIdSchema, life: lifeSchema, after: userIdSchema.optional() }),
    z.object({
      kind: z.literal('user'),
      id: userIdSchema,
      life: lifeSchema,
      groups: z.array(groupIdSchema).default(() => []),
      permissions: z.array(z.string()).default(() => []),
    }),
  ]),
);
type Stored = z.infer<ReturnType<typeof sweepSchema>>;
type Of<K extends Stored['kind']> = Extract<Stored, { kind: K }>;

interface Sweeper {
  readonly store: Store;
  readonly tenant: TenantId;
  /** The key of the sweep item itself. */
  readonly key: Key;
  readonly spent: () => boolean;
}

/** Records and users per transaction or read. */
const recordsAtOnce = 80;
const usersAtOnce = 100;
const listingsAtOnce = 50;
const sweepMs = 20_000;

/** True when a sweep is waiting, something in the book can be compacted, or users may have no words to be searched by. */
export const needsSweep = async (store: Store, tenant: TenantId): Promise<boolean> =>
  (await waiting(store, tenant)) || (await upkeepIsDue(store, tenant));

const upkeepIsDue = async ({ db, now }: Store, tenant: TenantId): Promise<boolean> => {
  const [item] = await db.read([keys.head(tenant)]);
  const head = toHead(item);
  return compactionIsDue(head, now) || wordsAreDue(head, now);
};

const waiting = async ({ db }: Pick<Store, 'db'>, tenant: TenantId): Promise<boolean> => {
  const where = [partitions.sweeps(tenant), partitions.sourceSweeps(tenant), partitions.erasures(tenant)];
  const pages = await Promise.all(where.map((partition) => db.page({ partition, limit: 1 })));
  return pages.some(({ items }) => items.length > 0);
};

interface WorkLeft {
  readonly tenant: TenantId;
  readonly kind: 'run' | 'sweep';
  readonly id: string;
  /** The source of a run. */
  readonly source?: string | undefined;
}

/** The upkeep of a tenant that is due, though nothing waits to be swept: a compaction, words of users, a newer image. */
const upkeepOf = (tenant: TenantId, head: Head | undefined, now: number): WorkLeft | undefined => {
  if (compactionIsDue(head, now)) return { tenant, kind: 'sweep', id: 'compaction' };
  if (wordsAreDue(head, now)) return { tenant, kind: 'sweep', id: 'words' };
  return head && imageIsDue(head) ? { tenant, kind: 'sweep', id: 'image' } : undefined;
};

/**
 * What is due in a tenant: its upkeep, or sweeps that wait, because the message about them may be lost. Nothing depends on
 * them but what is still stored, such as texts of erased persons, so nobody would ask for them again.
 */
export const dueIn = async (
  store: Pick<Store, 'db' | 'now'>,
  tenant: TenantId,
  head: Head,
): Promise<WorkLeft | undefined> =>
  upkeepOf(tenant, head, store.now) ??
  ((await waiting(store, tenant)) ? { tenant, kind: 'sweep', id: 'waiting' } : undefined);

/**
 * The unfinished work of all tenants: runs under way, waiting sweeps, and books to be compacted. It costs a scan of the
 * whole table, for the start of a local server.
 */
export async function* workLeft(db: Db): AsyncGenerator<WorkLeft> {
  const left = {
    condition: 'SK = :active OR contains(PK, :sweep) OR SK = :head',
    values: { ':active': 'ACTIVE', ':sweep': '#SWEEP', ':head': 'HEAD' },
  };
  for await (const page of db.pages(partitions.all, left))
    for (const item of page) {
      const { tenant, kind, id: source } = partOf(String(item.PK));
      if (kind === 'SWEEP') yield { tenant, kind: 'sweep', id: String(item.SK) };
      else if (item.SK === 'ACTIVE') yield { tenant, kind: 'run', id: String(item.run), source };
      else {
        const due = upkeepOf(tenant, toHead(item), db.clock.now());
        if (due) yield due;
      }
    }
}

/** The unfinished work of one tenant. */
export const workOf = async (
  store: Store,
  tenant: TenantId,
): Promise<{ tenant: TenantId; kind: 'run' | 'sweep'; id: string }[]> => {
  const view = await store.view(tenant);
  const sources = [...(view?.book.sources.keys() ?? [])];
  const active = await store.db.read(sources.map((source) => keys.activeRun(tenant, source)));
  const runs = active.flatMap((item) => (item ? [{ tenant, kind: 'run' as const, id: String(item.run) }] : []));
  return (await needsSweep(store, tenant)) ? [...runs, { tenant, kind: 'sweep', id: tenant }] : runs;
};

/** Sweeps for one slice of at most `ms` milliseconds. Returns true when more is left to do. */
export const sweepSlice = async (store: Store, tenant: TenantId, ms = sweepMs): Promise<boolean> => {
  const until = store.now + ms;
  const spent = () => store.now > until;
  const { items, done } = await store.db.page({ partition: partitions.sweeps(tenant), limit: 25 });
  try {
    for (const item of items) {
      const key = { PK: String(item.PK), SK: String(item.SK) };
      if (!(await swept({ store, tenant, key, spent }, parsed(sweepSchema(), item)))) return true;
      await writePatiently(store.db, [{ Delete: { Key: key, TableName: '' } }]);
    }
    if (done && !(await sourcesSwept(store.db, tenant, spent))) return true;
    if (done && !(await erasuresSwept(store.db, tenant, spent))) return true;
    if (done && !(await wordsFilled(store.db, tenant, spent))) return true;
    if (done && !(await compacted(store, tenant, spent))) return true;
  } catch (error) {
    // A keeperless tenant is not changed: its sweeps wait until operators have recovered it.
    if (error instanceof Refusal && error.code === 'keeperless') return false;
    throw error;
  }
  return !done;
};

const swept = (sweeper: Sweeper, sweep: Stored): Promise<boolean> => {
  if (sweep.kind === 'role') return sweepRole(sweeper, sweep);
  return sweep.kind === 'group' ? sweepGroup(sweeper, sweep) : sweepUser(sweeper, sweep);
};

const commit = async (
  { store, tenant, key }: Sweeper,
  alsoRead: readonly Key[],
  plan: (view: View) => Change,
  yields = false,
) => {
  const outcome = await store.mutate({
    tenant,
    operation: 'sweep',
    requestId: key.SK,
    alsoRead,
    yields,
    authorise: () => ({ actor: { kind: 'system' }, keeper: false }),
    plan: (view) => ({ change: plan(view), body: undefined }),
  });
  return outcome?.changed ?? false;
};

/** Changes records of the book, as many at a time as fit, until none is left. Returns false when the time is up. */
const bookSwept = async (sweeper: Sweeper, target: string, cleaned: (record: BookRecord) => BookRecord | undefined) => {
  for (;;) {
    const cleaning = ({ book }: View): Change => {
      const records = [...book.records.values()].flatMap((record) => cleaned(record) ?? []).slice(0, recordsAtOnce);
      const audit: Audit = { action: 'swept', target, after: { records: records.length } };
      return { book: records, users: [], side: [], audit, result: undefined };
    };
    const changed = await commit(sweeper, [], cleaning, true);
    if (!changed) return true;
    if (sweeper.spent()) return false;
  }
};

/** Empties the members' items of a deleted role, which gives nobody anything. */
const sweepRole = (sweeper: Sweeper, { id }: Of<'role'>): Promise<boolean> =>
  bookSwept(sweeper, id, (record) =>
    record.kind === 'members' && record.role === id && record.users.size > 0
      ? { ...record, users: new Set() }
      : undefined,
  );

/** Removes a deleted user's ended life from roles and listings; quotas bound their number. */
const sweepUser = async (sweeper: Sweeper, { id, life, groups, permissions }: Of<'user'>): Promise<boolean> => {
  const { store, tenant } = sweeper;
  const ref = userRef(id, life);
  const cleaned = (record: BookRecord) =>
    record.kind === 'members' && record.users.has(ref) ? { ...record, users: without(record.users, ref) } : undefined;
  if (!(await bookSwept(sweeper, id, cleaned))) return false;
  const listings = [
    ...groups.map((group) => keys.edge(tenant, group, id)),
    ...permissions.map((permission) => keys.personal(tenant, permission, id)),
  ];
  for (let at = 0; at < listings.length; at += listingsAtOnce) {
    const some = listings.slice(at, at + listingsAtOnce).map((listing) => ofLife(listing, life));
    // A listing that is gone, or belongs to a later life, fails the whole transaction: then each is deleted alone.
    if (!(await writePatiently(store.db, some))) for (const one of some) await writePatiently(store.db, [one]);
  }
  return true;
};

/** Deletes a listing of this life. A listing that a later life has written meanwhile stays. */
const ofLife = (key: Key, life: string): TransactItem => ({
  Delete: {
    Key: key,
    TableName: '',
    ConditionExpression: on.sameLife,
    ExpressionAttributeValues: { ':life': life },
  },
});

/** Removes a deleted group from roles and from groups within it, then its members' items and the names it waited for. */
const sweepGroup = async (sweeper: Sweeper, sweep: Of<'group'>): Promise<boolean> => {
  const ref = groupRef(sweep.id, sweep.life);
  const cleaned = (record: BookRecord): BookRecord | undefined => {
    if (record.kind === 'role' && record.groups.has(ref)) return { ...record, groups: without(record.groups, ref) };
    if (record.kind === 'group' && record.parents.has(ref)) return { ...record, parents: without(record.parents, ref) };
    return undefined;
  };
  if (!(await bookSwept(sweeper, sweep.id, cleaned))) return false;
  if (!(await membersSwept(sweeper, sweep, ref))) return false;
  await waitingSwept(sweeper, sweep);
  return true;
};

const membersSwept = async (sweeper: Sweeper, { id, after }: Of<'group'>, ref: GroupRef): Promise<boolean> => {
  const { store, tenant, key, spent } = sweeper;
  let at = after;
  for (;;) {
    const page = await store.db.page({ partition: partitions.group(tenant, id), after: at, limit: usersAtOnce });
    const users = page.items.map((item) => item.SK as UserId);
    const read = await store.db.read(users.map((user) => keys.access(tenant, user)));
    for (const [i, user] of users.entries()) await memberSwept(sweeper, user, ref, page.items[i] as Item, read[i]);
    at = users.at(-1) ?? at;
    if (page.done) return true;
    if (at !== undefined) await writePatiently(store.db, [reached(key, at)]);
    if (spent()) return false;
  }
};

/** Keeps the position, since members of a later incarnation stay in the list and need not be passed again. */
const reached = (key: Key, after: UserId): TransactItem => ({
  Update: {
    Key: key,
    TableName: '',
    UpdateExpression: 'SET #after = :after',
    ConditionExpression: on.present,
    ExpressionAttributeNames: { '#after': 'after' },
    ExpressionAttributeValues: { ':after': after },
  },
});

const memberSwept = async (
  sweeper: Sweeper,
  user: UserId,
  ref: GroupRef,
  edge: Item,
  item: Item | undefined,
): Promise<void> => {
  const { store, tenant } = sweeper;
  const access = toAccess(item);
  const id = groupOf(ref);
  const key = keys.edge(tenant, id, user);
  if (!access || access.state === 'deleted' || access.life !== edge.life) {
    await writePatiently(store.db, [ofLife(key, String(edge.life))]);
    return;
  }
  if (access.groups.has(ref)) {
    await commit(sweeper, [keys.access(tenant, user)], ({ world }) => leaving(world.users.get(user), ref, id));
    return;
  }
  if ([...access.groups].some((one) => groupOf(one) === id)) return;
  // Deletes the listing of a user who is no member. A user who joins concurrently changes the access item's `rev`, and
  // this write fails.
  const unchanged: TransactItem = {
    ConditionCheck: {
      Key: keys.access(tenant, user),
      TableName: '',
      ConditionExpression: on.sameRev,
      ExpressionAttributeValues: { ':rev': access.rev },
    },
  };
  await writePatiently(store.db, [unchanged, ofLife(key, access.life)]);
};

const leaving = (before: Access | undefined, ref: GroupRef, id: GroupId): Change => {
  if (!before?.groups.has(ref)) return { book: [], users: [], side: [], result: undefined };
  const after = { ...outOf(before, ref), rev: before.rev + 1 };
  const audit: Audit = { action: 'swept', target: before.id, before: { groups: [id] } };
  return { book: [], users: [{ before, after }], side: [], audit, result: undefined };
};

/** Deletes the names that the ended life waited for; a later incarnation may wait for the same names. */
const waitingSwept = async ({ store, tenant }: Sweeper, { id, life }: Of<'group'>): Promise<void> => {
  const view = await store.view(tenant);
  const record = view?.book.records.get(`group#${id}`);
  if (record?.kind !== 'group') return;
  const waiting = await waitingOf(store.db, tenant, record.source, id);
  for (const one of waiting) {
    if (one.life !== life) continue;
    const where = [
      keys.waiting(tenant, record.source, one.digest, id),
      keys.waitingOf(tenant, record.source, id, one.digest),
    ];
    await writePatiently(
      store.db,
      where.map((key) => ofLife(key, life)),
    );
  }
};
