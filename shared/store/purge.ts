// The purge of a tenant: every item of it is removed, in bounded slices that can be repeated. Items are found by a scan of
// the whole table, because only that finds all of them, those of other releases included. Each batch of removals moves the
// progress in the same transaction, so that the counts of the certificate are exact whatever dies on the way.
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Ids, TenantId } from '../domain/base/ids.ts';
import { lazy } from '../domain/base/lazy.ts';
import { invalid, Refusal } from '../domain/base/refusal.ts';
import { needPurgeable } from '../domain/plan/lifecycle.ts';
import { type Account, accountById } from './accounts.ts';
import { auditSettingsOf } from './audit-settings.ts';
import * as on from './conditions.ts';
import type { Db, TransactItem } from './db.ts';
import { type Actor, eventItem, operatorsWrite, type RequestIds } from './events.ts';
import { parsed, stored } from './items.ts';
import { type Key, keys, operatorsRoom, partitions, partOf } from './keys.ts';
import { writePatiently } from './patiently.ts';

const keySchema = lazy(() => z.object({ PK: z.string(), SK: z.string() }));
const actorSchema = lazy(() => z.object({ kind: z.literal('operator'), id: z.string() }));

/** The progress of a purge, and at its end the certificate. It stands outside of the tenant, and stays for good. */
const progressSchema = lazy(() =>
  z.object({
    /** Grows with every write, so that a slice that was overtaken writes nothing. */
    rev: z.int().positive(),
    done: z.boolean(),
    by: actorSchema(),
    reason: z.string(),
    requestId: z.string(),
    startedAt: z.string(),
    finishedAt: z.string().optional(),
    /** Where the scan goes on; absent at the start of a pass. */
    next: keySchema().optional(),
    /** Items found in this pass that do not expire soon. A pass that finds none ends the purge. */
    found: z.int().nonnegative(),
    /** Removed items by kind. */
    counts: z.record(z.string(), z.int().positive()),
    /** A chain of SHA-256 over the keys of the removed items, in the order of their removal. */
    digest: z.string(),
  }),
);
type Progress = z.infer<ReturnType<typeof progressSchema>>;

/** Words for the kinds of partitions, for readers of the certificate. */
const kinds: Readonly<Record<string, string>> = {
  BOOK: 'book',
  LOG: 'log',
  U: 'users',
  A: 'signIns',
  G: 'memberships',
  P: 'grants',
  E: 'audit',
  V: 'personalTexts',
  I: 'idempotency',
  R: 'rules',
  DRAFT: 'drafts',
  DRAFTS: 'drafts',
  X: 'sessions',
  SESSIONS: 'sessions',
  SWEEP: 'sweeps',
  WORD: 'words',
  WORDS: 'words',
  N: 'runs',
  RATE: 'rates',
  IMAGE: 'book',
  IMAGES: 'book',
  S: 'directories',
  SEAL: 'audit',
};
const kindOf = ({ PK }: Key): string => {
  const { kind } = partOf(PK);
  return kind === undefined ? 'tenant' : (kinds[kind] ?? 'other');
};

const readProgress = async (db: Db, tenant: TenantId): Promise<Progress | undefined> => {
  const [item] = await db.read([keys.purge(tenant)]);
  return item && parsed(progressSchema(), item);
};

interface Purger {
  readonly db: Db;
  readonly ids: Ids;
}

interface PurgeRequest extends RequestIds {
  readonly tenant: TenantId;
  readonly name: string;
  readonly reason: string;
  readonly actor: Actor;
  /** A dry run: refused like the real one, and nothing is written. */
  readonly dry: boolean;
}

/**
 * Begins the purge of a closed tenant: from then on the tenant answers as if it were gone. Does nothing when it has begun
 * already. Returns the tenant as it is then. @throws Refusal not-found, too-early, invalid-request, legal-hold
 */
export const startPurge = async (
  { db, ids }: Purger,
  { tenant, name, reason, actor, dry, requestId, traceId }: PurgeRequest,
): Promise<Account> => {
  const [account, { legalHold }] = await Promise.all([accountById(db, tenant), auditSettingsOf(db, tenant)]);
  if (!account) throw new Refusal('not-found', 'There is no such tenant.');
  const { head, record } = account;
  if (head.lifecycle?.state === 'purging') return account;
  const now = db.clock.now();
  needPurgeable(head.lifecycle, now);
  if (record?.name !== name.trim())
    throw invalid('/name', `is not the name of ${tenant}: look at the tenant before you purge it`);
  // Nobody changes the settings of a closed tenant, so what is read here still holds when the purge begins.
  if (legalHold)
    throw new Refusal(
      'legal-hold',
      'A legal hold keeps the whole audit: reopen the tenant, so that its access managers can end the hold.',
    );
  const since = new Date(now).toISOString();
  const id = ids.event(now);
  const progress: Progress = {
    rev: 1,
    done: false,
    by: { kind: 'operator', id: actor.id ?? '' },
    reason,
    requestId,
    startedAt: since,
    found: 0,
    counts: {},
    digest: '',
  };
  const lifecycle = { state: 'purging', since, reason } as const;
  const purging = { ...account, head: { ...head, guard: head.guard + 1, lifecycle } };
  if (dry) return purging;
  const begun = await writePatiently(db, [
    {
      Update: {
        Key: keys.head(tenant),
        TableName: '',
        UpdateExpression: 'SET guard = :next, lifecycle = :lifecycle',
        ConditionExpression: on.all(on.sameVersion, on.sameGuard),
        ExpressionAttributeValues: {
          ':next': head.guard + 1,
          ':lifecycle': lifecycle,
          ':version': head.version,
          ':guard': head.guard,
        },
      },
    },
    { Put: { Item: stored(keys.purge(tenant), progress), TableName: '', ConditionExpression: on.absent } },
    told(tenant, { id, now, action: 'tenant.purge.started', actor, requestId, traceId, told: { name, reason } }),
  ]);
  if (!begun) throw new Refusal('busy');
  return purging;
};

/** An event of the operators' audit only, because the tenant's own audit is removed. */
const told = (tenant: TenantId, event: Omit<Parameters<typeof eventItem>[0], 'tenant' | 'target'>): TransactItem =>
  operatorsWrite(tenant, eventItem({ tenant: operatorsRoom, target: tenant, ...event })).item;

/** Items removed in one transaction, which has room for the progress as well. */
const removedAtOnce = 99;
const purgeMs = 20_000;

/** Purges for one slice of at most `ms` milliseconds. Returns true when more is left to do. */
export const purgeSlice = async (purger: Purger, tenant: TenantId, ms = purgeMs): Promise<boolean> => {
  const { db } = purger;
  const until = db.clock.now() + ms;
  let progress = await readProgress(db, tenant);
  while (progress && !progress.done) {
    if (db.clock.now() > until) {
      await writePatiently(db, [moving(tenant, progress, progress)]);
      return true;
    }
    progress = await stepped(purger, tenant, progress);
  }
  return false;
};

/**
 * One page further. The place of the scan is written with removals and at the end of a slice only, because most pages have
 * nothing of the tenant. Returns the progress as it stands in the table when another slice was faster.
 */
const stepped = async (purger: Purger, tenant: TenantId, progress: Progress): Promise<Progress | undefined> => {
  const { db } = purger;
  const { found, next } = await db.keysPage(partitions.tenant(tenant), progress.next);
  const rest = found.filter(({ SK }) => SK !== 'HEAD');
  let at = progress;
  for (let from = 0; from < rest.length; from += removedAtOnce) {
    const some = rest.slice(from, from + removedAtOnce);
    const after = removed(at, some);
    if (!(await writePatiently(db, [...some.map(deletion), moving(tenant, at, after)])))
      return readProgress(db, tenant);
    at = { ...after, rev: at.rev + 1 };
  }
  if (next) return { ...at, next };
  return at.found > 0 ? { ...at, next: undefined, found: 0 } : ended(purger, tenant, at);
};

const deletion = ({ PK, SK }: Key): TransactItem => ({ Delete: { Key: { PK, SK }, TableName: '' } });

/**
 * Kinds of items that requests write before they learn that the tenant is gone. They expire by themselves, and a pass
 * that finds nothing else ends the purge, because a product that goes on asking would put the end off for ever.
 */
const passing = new Set(['RATE', 'TURN']);

/** The progress after these removals. */
const removed = (progress: Progress, some: readonly Key[]): Progress => {
  const counts = { ...progress.counts };
  for (const key of some) counts[kindOf(key)] = (counts[kindOf(key)] ?? 0) + 1;
  const lasting = some.filter(({ PK }) => !passing.has(partOf(PK).kind ?? ''));
  const digest = createHash('sha256').update(JSON.stringify([progress.digest, some.map(({ PK, SK }) => [PK, SK])]));
  return { ...progress, counts, digest: digest.digest('base64url'), found: progress.found + lasting.length };
};

const moving = (tenant: TenantId, before: Progress, after: Progress): TransactItem => ({
  Put: {
    Item: stored(keys.purge(tenant), { ...after, rev: before.rev + 1 }),
    TableName: '',
    ConditionExpression: on.sameRev,
    ExpressionAttributeValues: { ':rev': before.rev },
  },
});

/** Removes the head at last, and writes the certificate into the operators' audit in the same transaction. */
const ended = async ({ db, ids }: Purger, tenant: TenantId, progress: Progress): Promise<Progress | undefined> => {
  const now = db.clock.now();
  const finishedAt = new Date(now).toISOString();
  const head = keys.head(tenant);
  const { by, reason, requestId, startedAt, counts, digest } = removed(progress, [head]);
  const items = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const certificate = { reason, startedAt, finishedAt, items, counts, digest };
  await writePatiently(db, [
    {
      Delete: {
        Key: head,
        TableName: '',
        ConditionExpression: '#lifecycle.#state = :purging',
        ExpressionAttributeNames: { '#lifecycle': 'lifecycle', '#state': 'state' },
        ExpressionAttributeValues: { ':purging': 'purging' },
      },
    },
    moving(tenant, progress, { ...progress, counts, digest, done: true, finishedAt }),
    told(tenant, { id: ids.event(now), now, action: 'tenant.purged', actor: by, requestId, told: certificate }),
  ]);
  return readProgress(db, tenant);
};
