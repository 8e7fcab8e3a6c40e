// The protocol of a run: open it, put numbered batches, commit them by their digest, or abandon it. Each step may come
// twice: a repeated one is answered as before, and one that says something else is refused.
import { createHash } from 'node:crypto';
import type { SourceId } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import { type Change, type IdsAndTime, noChange, type World } from '../change.ts';
import { type Batch, type Run, runStateAt, type Sync } from '../directory.ts';
import { abandoned, mayBegin, needNoOther, newRun, sourceOf } from './directory-runs.ts';

/** Limits of a run. The worker holds the entries of a whole run, some nine bytes for each of their own. */
const mostBatches = 2_000;
const mostEntries = 250_000;
const mostBytes = 50_000_000;

/** Hexadecimal SHA-256 of a batch's content in UTF-8. */
export const batchDigest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The digest of a run: of the digests of its batches in their order, one a line. */
const runDigest = (batches: readonly Batch[]): string => batchDigest(batches.map(({ digest }) => digest).join('\n'));

interface Opening {
  readonly source: SourceId;
  readonly actor: Run['actor'];
  readonly requestId: string;
  readonly traceId?: string | undefined;
  readonly kind: 'delta' | 'full';
  readonly epoch: string;
  readonly baseCursor: string | null;
  readonly planOnly?: boolean | undefined;
}

/**
 * Opens a run. An open run of the source that has been silent for an hour ends as abandoned.
 * @throws Refusal run-active, run-held, and those of `mayBegin`
 */
export const openRun = (
  world: World,
  { kind, epoch, baseCursor, planOnly, ...about }: Opening,
  { active, sync }: { readonly active: Run | undefined; readonly sync: Sync | undefined },
  tools: IdsAndTime,
): Change<Run> => {
  const { source } = about;
  const record = sourceOf(world.book, source);
  mayBegin(record, sync, { kind, epoch, baseCursor });
  needNoOther(active, tools.now);
  const run: Run = {
    ...newRun(about, record.dialect, tools),
    state: 'open',
    kind,
    epoch,
    ...(baseCursor !== null && { baseCursor }),
    ...(planOnly && { planOnly }),
    batches: 0,
  };
  return {
    book: [],
    users: [],
    side: [
      { kind: 'run', before: undefined, after: run, body: [], ...(active && { over: abandoned(active, tools.now) }) },
      { kind: 'sync', source, before: sync, after: { ...following(sync), openRun: run.id } },
    ],
    audit: { action: 'directory.run.opened', target: source, after: { run: run.id, kind } },
    result: run,
  };
};

/** What the next version of a source's state starts from. */
const following = (sync: Sync | undefined): Sync => ({ losses: [], ...sync, rev: (sync?.rev ?? 0) + 1 });

/** The state of a source after one of its runs has ended. Only a run that was applied moves the cursor. */
export const syncAfter = (sync: Sync | undefined, run: Run, state: Run['state'], now: number): Sync => {
  const { openRun, ...rest } = following(sync);
  const after: Sync = { ...rest, ...(openRun !== undefined && openRun !== run.id && { openRun }), lastRun: run.id };
  // However far a restoration has come, the tenant is not what the cursor says.
  if (run.kind === 'restore') return { ...after, needsFull: 'restored' };
  if (state !== 'done' || run.planOnly) return after;
  const { cursor: before, needsFull, ...kept } = after;
  const isFull = run.kind === 'full';
  const cursor = run.cursor ?? (isFull ? undefined : before);
  return {
    ...kept,
    ...(cursor !== undefined && { cursor }),
    ...(run.epoch !== undefined && { epoch: run.epoch }),
    ...(isFull && { lastFullAt: new Date(now).toISOString() }),
    ...(needsFull !== undefined && !isFull && { needsFull }),
  };
};

const notOpen = ({ state }: Run, now: number, shown: Run['state'] = state): Refusal =>
  new Refusal(
    'run-not-open',
    shown === 'abandoned' && state === 'open'
      ? `The run was abandoned, because no request came for an hour since ${new Date(now).toISOString()}: open another.`
      : `The run is ${shown}: open another.`,
  );

const needOpen = (run: Run, now: number): void => {
  const shown = runStateAt(run, now);
  if (shown !== 'open') throw notOpen(run, run.touched, shown);
};

/** The content of a batch, read and packed. */
interface BatchContent {
  readonly bytes: number;
  readonly lines: number;
  readonly records: number;
  readonly body: readonly Uint8Array[];
}

/**
 * Stores a batch. The same batch again changes nothing, whatever has become of the run.
 * @param known the stored batch of this number
 * @param content reads the content, which may be refused
 * @throws Refusal run-not-open, batch-differs, batch-out-of-order, unsupported-media-type, payload-too-large
 */
export const putBatch = (
  run: Run,
  { number, digest, form }: { readonly number: number; readonly digest: string; readonly form: Run['form'] },
  known: Batch | undefined,
  content: () => BatchContent,
  tools: IdsAndTime,
): Change<Batch> => {
  if (known?.digest === digest) return noChange(known);
  needOpen(run, tools.now);
  if (known)
    throw new Refusal(
      'batch-differs',
      `Batch ${number} was received with other content: abandon the run and open another.`,
    );
  const expected = (run.batches ?? 0) + 1;
  if (number !== expected)
    throw new Refusal('batch-out-of-order', { detail: `Send batch ${expected} next.`, more: { expected } });
  if (expected > 1 && run.form !== form)
    throw new Refusal('unsupported-media-type', 'All batches of a run have one content type: that of the first.');
  const { body, bytes, lines, records } = content();
  const batch: Batch = { number, digest, entries: records, bytes, lines, from: run.bodyParts, parts: body.length };
  const after: Run = {
    ...run,
    batches: number,
    bytes: run.bytes + batch.bytes,
    records: run.records + batch.entries,
    entries: run.entries + batch.entries,
    bodyParts: run.bodyParts + batch.parts,
    touched: tools.now,
    ...(form && { form }),
  };
  needRoomInRun(after);
  return {
    book: [],
    users: [],
    side: [{ kind: 'run', before: run, after, body, batch }],
    audit: {
      action: 'directory.batch.received',
      target: run.source,
      after: { run: run.id, number, entries: batch.entries, bytes: batch.bytes },
    },
    result: batch,
  };
};

const needRoomInRun = ({ batches = 0, entries, bytes }: Run): void => {
  const over = (
    [
      ['batches', batches, mostBatches],
      ['entries', entries, mostEntries],
      ['bytes', bytes, mostBytes],
    ] as const
  ).find(([, has, most]) => has > most);
  if (!over) return;
  const [what, has, most] = over.map((one) => one.toLocaleString('en'));
  throw new Refusal('payload-too-large', `A run has ${most} ${what} at most; this would be ${has}.`);
};

interface Commit {
  readonly batches: number;
  readonly entries: number;
  readonly digest: string;
  readonly cursor: string;
}

/**
 * Commits a run, if what was received is what the client has sent. The same commit again changes nothing. The run is
 * carried out with the rights of who commits it. @throws Refusal run-not-open, content-differs
 */
export const commitRun = (
  run: Run,
  commit: Commit,
  batches: readonly Batch[],
  actor: Run['actor'],
  tools: IdsAndTime,
): Change<Run> => {
  const isSame =
    run.batches === commit.batches &&
    run.entries === commit.entries &&
    run.file === commit.digest &&
    run.cursor === commit.cursor;
  if (run.committedAt !== undefined && isSame) return noChange(run);
  needOpen(run, tools.now);
  const received = { batches: batches.length, entries: run.entries, digest: runDigest(batches) };
  if (
    received.batches !== commit.batches ||
    received.entries !== commit.entries ||
    received.digest !== commit.digest.toLowerCase()
  )
    throw new Refusal('content-differs', {
      detail:
        `${received.batches} ${received.batches === 1 ? 'batch' : 'batches'} with ${received.entries} ` +
        `${received.entries === 1 ? 'entry' : 'entries'} and the digest ${received.digest} were received: ` +
        'send what is missing, or abandon the run.',
      more: { received },
    });
  const after: Run = {
    ...run,
    state: 'queued',
    actor,
    file: received.digest,
    cursor: commit.cursor,
    committedAt: new Date(tools.now).toISOString(),
    touched: tools.now,
  };
  return {
    book: [],
    users: [],
    side: [{ kind: 'run', before: run, after, body: [] }],
    audit: {
      action: 'directory.run.committed',
      target: run.source,
      after: { run: run.id, batches: received.batches, entries: run.entries, bytes: run.bytes },
    },
    result: after,
  };
};

/** Gives up an open run. Giving it up again changes nothing. @throws Refusal run-not-open */
export const abandonRun = (run: Run, sync: Sync | undefined, tools: IdsAndTime): Change<Run> => {
  if (run.state === 'abandoned') return noChange(run);
  if (run.state !== 'open') throw notOpen(run, tools.now);
  const after = abandoned(run, tools.now);
  const { openRun: _, ...rest } = following(sync);
  return {
    book: [],
    users: [],
    side: [
      { kind: 'run', before: run, after, body: [] },
      ...(sync?.openRun === run.id ? [{ kind: 'sync', source: run.source, before: sync, after: rest } as const] : []),
    ],
    audit: { action: 'directory.run.abandoned', target: run.source, after: { run: run.id } },
    result: after,
  };
};

/**
 * Begins the inverse of a run that has ended: what it took away is put back, and what it gave stays.
 * @throws Refusal not-restorable, run-active, run-held
 */
export const restoreRun = (
  world: World,
  run: Run,
  about: Pick<Run, 'actor' | 'requestId' | 'traceId'> & { readonly issuers: readonly string[] },
  active: Run | undefined,
  tools: IdsAndTime,
): Change<Run> => {
  const { source } = run;
  sourceOf(world.book, source);
  if (run.kind === 'restore')
    throw new Refusal(
      'not-restorable',
      'This run put back what another one took away: there is nothing to undo in it.',
    );
  if ((run.state !== 'done' && run.state !== 'failed') || run.planOnly)
    throw new Refusal('not-restorable', 'Only a run that was carried out can be undone.');
  needNoOther(active, tools.now);
  const { issuers, ...by } = about;
  const after: Run = {
    ...newRun({ source, ...by }, undefined, tools),
    kind: 'restore',
    restores: run.id,
    issuers: [...issuers],
  };
  return {
    book: [],
    users: [],
    side: [{ kind: 'run', before: undefined, after, body: [], ...(active && { over: abandoned(active, tools.now) }) }],
    audit: { action: 'directory.run.restored', target: source, after: { run: after.id, restores: run.id } },
    result: after,
  };
};
