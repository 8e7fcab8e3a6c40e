// The items of directories: objects, pointers, waiting groups and runs.

import { gzipSync } from 'node:zlib';
import type { GroupId, RunId, SourceId, TenantId } from '../domain/base/ids.ts';
import type { DirectoryWrite } from '../domain/change.ts';
import { restorableDays } from '../domain/deleted.ts';
import {
  type Batch,
  batchSchema,
  type DirectoryObject,
  directoryObject,
  type Pointer,
  pointerSchema,
  type Run,
  runSchema,
  type Sync,
  syncSchema,
  type Waiting,
  waitingSchema,
} from '../domain/directory.ts';
import * as on from './conditions.ts';
import type { Db, Item, TransactItem } from './db.ts';
import { parsed, stored } from './items.ts';
import { type Key, keys, partitions } from './keys.ts';
import { timeToLive } from './table.ts';
import type { Purpose } from './write.ts';

export const toObject = (item: Item | undefined): DirectoryObject | undefined =>
  item && parsed(directoryObject(), item);
export const toPointer = (item: Item | undefined): Pointer | undefined => item && parsed(pointerSchema(), item);
export const toBatch = (item: Item | undefined): Batch | undefined => item && parsed(batchSchema(), item);
/**
 * The state of a run as it is stored. Earlier releases know four states, and cannot carry out a run in batches: to them such a
 * run, and one that is held, has failed, so they leave it alone.
 */
export const storedState = (
  { kind }: Pick<Run, 'kind'>,
  state: Run['state'],
): { readonly state: Run['state']; readonly stage?: Run['state'] } => {
  const isKnown = state === 'queued' || state === 'running' || state === 'done' || state === 'failed';
  return kind === undefined && isKnown ? { state } : { state: 'failed', stage: state };
};
export const toRun = (item: Item | undefined): Run | undefined =>
  item && parsed(runSchema(), item.stage === undefined ? item : { ...item, state: item.stage });
export const toSync = (item: Item | undefined): Sync | undefined => item && parsed(syncSchema(), item);
const toWaiting = (item: Item): Waiting => parsed(waitingSchema(), item);

/** The groups that wait for the object of this name. */
export const waitingFor = async (db: Db, t: TenantId, s: SourceId, digest: string): Promise<Waiting[]> =>
  (await db.all({ partition: partitions.directory(t, s, digest), prefix: 'WAIT#' })).map(toWaiting);

/** The names that a group waits for. */
export const waitingOf = async (db: Db, t: TenantId, s: SourceId, g: GroupId): Promise<Waiting[]> =>
  (await db.all({ partition: partitions.waitingOf(t, s, g) })).map(toWaiting);

/** Every object of a source. */
export const allObjects = async (db: Db, t: TenantId, s: SourceId): Promise<DirectoryObject[]> => {
  const pages = await Promise.all(partitions.objects(t, s).map((partition) => db.all({ partition })));
  return pages.flat().map((item) => parsed(directoryObject(), item));
};

/** Every object of a source, page by page, for sources that are larger than memory. */
export async function* objectPages(db: Db, t: TenantId, s: SourceId): AsyncGenerator<DirectoryObject[]> {
  for (const partition of partitions.objects(t, s))
    for (let after: string | undefined, done = false; !done; ) {
      const page = await db.page({ partition, after });
      yield page.items.map((item) => parsed(directoryObject(), item));
      after = page.items.at(-1)?.SK as string | undefined;
      done = page.done;
    }
}

/** When the results of a run, a deleted user, or what is kept longer, are no longer kept, in seconds since 1970. */
export const expiry = (now: number, days = restorableDays): number => Math.floor(now / 1000) + days * 86_400;

type Purposed = readonly [Purpose, TransactItem];

const condition = (rev: number | undefined) =>
  rev === undefined
    ? { ConditionExpression: on.absent }
    : { ConditionExpression: on.sameRev, ExpressionAttributeValues: { ':rev': rev } };

/** Creates, replaces or removes an item, on the condition that it is still as read (against lost updates). */
const replaced = (key: Key, before: { rev: number } | undefined, after: object | undefined): Purposed =>
  after
    ? ['directory', { Put: { Item: stored(key, after), TableName: '', ...condition(before?.rev) } }]
    : ['directory', { Delete: { Key: key, TableName: '', ...condition(before?.rev) } }];

const free = (key: Key, value: object | undefined): Purposed => [
  'free',
  value ? { Put: { Item: stored(key, value), TableName: '' } } : { Delete: { Key: key, TableName: '' } },
];

/** The write of a pointer outside of the commit path, for pointers that change nobody's access. */
export const replacedPointer = (
  t: TenantId,
  { source, digest, before, after }: Omit<Extract<DirectoryWrite, { kind: 'pointer' }>, 'kind'>,
): TransactItem => replaced(keys.directory(t, source, digest), before, after)[1];

/** The write of how far a source is synchronised. */
export const movedSync = (t: TenantId, s: SourceId, before: Sync | undefined, after: Sync): TransactItem =>
  replaced(keys.sync(t, s), before, after)[1];

/** The writes of a directory's items. */
export const directoryWrites = (t: TenantId, write: DirectoryWrite, now: number): Purposed[] => {
  switch (write.kind) {
    case 'object': {
      const { source, before, after } = write;
      return [replaced(keys.object(t, source, (after ?? before)?.id as never), before, after)];
    }
    case 'pointer':
      return [replaced(keys.directory(t, write.source, write.digest), write.before, write.after)];
    case 'sync':
      return [replaced(keys.sync(t, write.source), write.before, write.after)];
    case 'waiting': {
      const { source, waiting, ends } = write;
      const { digest, group } = waiting;
      return [keys.waiting(t, source, digest, group), keys.waitingOf(t, source, group, digest)].map((key) =>
        free(key, ends ? undefined : waiting),
      );
    }
    case 'outcome':
      return [
        free(keys.outcome(t, write.run, 'DONE', write.unit), {
          entries: write.entries,
          ...(write.warnings && { warnings: write.warnings }),
          ...(write.lost && { lost: write.lost }),
          ...(write.undo && { undo: new Uint8Array(gzipSync(JSON.stringify(write.undo))) }),
          [timeToLive]: expiry(now),
        }),
      ];
    case 'run-ruled':
      return ruledWrites(t, write.before, write.after, now);
    case 'run':
      return runWrites(t, write, now);
  }
};

/** Puts a run, on a condition that another step of the same run would break. */
const runPut = (t: TenantId, run: Run, condition: string, values: Record<string, unknown>): Purposed => [
  'directory',
  {
    Put: {
      Item: stored(keys.run(t, run.id), { ...run, ...storedState(run, run.state) }),
      TableName: '',
      ConditionExpression: condition,
      ...(condition !== on.absent && {
        ExpressionAttributeNames: { '#stage': 'stage' },
        ExpressionAttributeValues: { ':stage': 'open', ...values },
      }),
    },
  },
];

const runWrites = (t: TenantId, write: Extract<DirectoryWrite, { kind: 'run' }>, now: number): Purposed[] => {
  const { before, after: run, body, batch, over } = write;
  const ttl = { [timeToLive]: expiry(now) };
  const active = keys.activeRun(t, run.source);
  const activeIs = (id: RunId) => ({
    TableName: '',
    ConditionExpression: on.activeIs,
    ExpressionAttributeNames: { '#run': 'run' },
    ExpressionAttributeValues: { ':run': id },
  });
  const writes: Purposed[] = before
    ? [runPut(t, run, on.sameBatches, { ':batches': before.batches ?? 0 })]
    : [
        runPut(t, run, on.absent, {}),
        over
          ? ['directory', { Put: { Item: stored(active, { run: run.id }), ...activeIs(over.id) } }]
          : replaced(active, undefined, { run: run.id }),
        free(keys.runEntry(t, run.source, Date.parse(run.createdAt), run.id), { run: run.id, ...ttl }),
      ];
  if (over) writes.push(runPut(t, over, on.stillSilent, { ':touched': over.touched }));
  if (run.state === 'abandoned') writes.push(['directory', { Delete: { Key: active, ...activeIs(run.id) } }]);
  if (batch) writes.push(free(keys.runPart(t, run.id, 'BATCH', batch.number), { ...batch, ...ttl }));
  const from = before?.bodyParts ?? 0;
  return [...writes, ...body.map((bytes, i) => free(keys.runPart(t, run.id, 'BODY', from + i), { bytes, ...ttl }))];
};

/** A run about which somebody decides, as long as it has the state that was read. */
const ruledWrites = (t: TenantId, before: Run, after: Run, now: number): Purposed[] => {
  const ends = after.state === 'rejected';
  const { state, stage } = storedState(before, before.state);
  const again = Array.from({ length: before.planParts - after.planParts }, (_, i) =>
    free(keys.runPart(t, after.id, 'PLAN', after.planParts + i), undefined),
  );
  return [
    [
      'directory',
      {
        Put: {
          Item: stored(keys.run(t, after.id), {
            ...after,
            ...storedState(after, after.state),
            ...(ends && { [timeToLive]: expiry(now) }),
          }),
          TableName: '',
          ConditionExpression: stage === undefined ? on.sameState : on.sameStage,
          ExpressionAttributeNames: { '#stage': 'stage', ...(stage === undefined && { '#state': 'state' }) },
          ExpressionAttributeValues: { ':state': stage ?? state },
        },
      },
    ],
    ...(ends ? [free(keys.activeRun(t, after.source), undefined)] : again),
  ];
};
