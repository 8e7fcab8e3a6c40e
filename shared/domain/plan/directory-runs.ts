// The plan for a directory's file: stores the file and begins the run that carries it out.

import type { SourceId, UserId } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { SourceRecord } from '../book/records.ts';
import { isEnabled, mayDeliver } from '../book/sources.ts';
import type { Change, IdsAndTime, World } from '../change.ts';
import { type FullRunReason, isRunOver, type Run, runStateAt, type Sync } from '../directory.ts';

/** The source with this id. @throws Refusal not-found */
export const sourceOf = (book: Book, id: SourceId): SourceRecord => {
  const source = book.sources.get(id);
  if (!source) throw new Refusal('not-found', 'There is no such directory source.');
  return source;
};

/** Refuses a user who is not the source's client. @throws Refusal forbidden */
export const needDeliverer = (source: SourceRecord, user: UserId | undefined, keeper: boolean): void => {
  if (!mayDeliver(source, user, keeper))
    throw new Refusal('forbidden', 'Only the client of this source, and who manages access rights, may deliver to it.');
};

/** Why a run may change nothing more; undefined while it may. It is asked before each change. */
export const endOfRun = (
  source: SourceRecord | undefined,
  user: UserId | undefined,
  keeper: boolean,
): 'not-found' | 'source-off' | 'forbidden' | undefined => {
  if (!source) return 'not-found';
  if (!isEnabled(source)) return 'source-off';
  return mayDeliver(source, user, keeper) ? undefined : 'forbidden';
};

const because: Readonly<Record<FullRunReason, string>> = {
  'switched-on': 'Synchronisation was off for a while, and what the directory changed meanwhile is in no delta.',
  'epoch-changed': 'The directory has begun to count its changes anew, so the last cursor says nothing.',
  restored: 'A run was undone, so the users and groups here are not what the last cursor says.',
};

/** A run that is to begin. A delta that names neither epoch nor base cursor continues whatever was delivered last. */
interface Beginning {
  readonly kind: 'delta' | 'full';
  readonly epoch?: string | undefined;
  /** The cursor at which the changes begin; `null` when there was none yet. */
  readonly baseCursor?: string | null | undefined;
}

/** Refuses a run that may not begin now. @throws Refusal source-off, full-run-needed, cursor-differs */
export const mayBegin = (
  source: SourceRecord,
  sync: Sync | undefined,
  { kind, epoch, baseCursor }: Beginning,
): void => {
  if (!isEnabled(source))
    throw new Refusal('source-off', `Somebody who manages access rights has switched ${source.name} off.`);
  if (kind === 'full') return;
  const isOtherEpoch = epoch !== undefined && sync?.epoch !== undefined && epoch !== sync.epoch;
  const reason = sync?.needsFull ?? (isOtherEpoch ? 'epoch-changed' : undefined);
  if (reason)
    throw new Refusal('full-run-needed', {
      detail: `${because[reason]} Deliver all users and groups of the directory as a run of the kind full.`,
      more: { reason },
    });
  const cursor = sync?.cursor ?? null;
  if (baseCursor !== undefined && baseCursor !== cursor)
    throw new Refusal('cursor-differs', {
      detail:
        'The last run that was applied ended at another cursor: begin there, or deliver everything as a full run.',
      more: { cursor },
    });
};

/** Refuses another run of a source while one has not ended. @throws Refusal run-active, run-held */
export const needNoOther = (active: Run | undefined, now: number): void => {
  const state = active && runStateAt(active, now);
  if (!active || !state || isRunOver(state)) return;
  const more = { run: active.id };
  if (state === 'held')
    throw new Refusal('run-held', {
      detail: 'Somebody who manages access rights must approve or reject the held run of this source first.',
      more,
    });
  const detail =
    state === 'open'
      ? 'Commit or abandon the open run of this source first; it is given up after an hour without a request.'
      : 'Wait until the run of this source has finished, then begin again.';
  throw new Refusal('run-active', { detail, more });
};

/** A run that is given up. */
export const abandoned = (run: Run, now: number): Run => ({
  ...run,
  state: 'abandoned',
  finishedAt: new Date(now).toISOString(),
});

/** The counts of a run that has no results. */
export const noCounts: Run['counts'] = { applied: 0, noop: 0, rejected: 0, ignored: 0 };

/** A run as it begins. */
export const newRun = (
  about: Pick<Run, 'source' | 'actor' | 'requestId' | 'traceId'>,
  dialect: Run['dialect'],
  tools: IdsAndTime,
): Run => ({
  ...about,
  id: tools.ids.next('run'),
  state: 'queued',
  file: '',
  bytes: 0,
  records: 0,
  entries: 0,
  createdAt: new Date(tools.now).toISOString(),
  touched: tools.now,
  bodyParts: 0,
  planParts: 0,
  phase: 0,
  attempts: 0,
  counts: noCounts,
  ...(dialect && { dialect }),
  pages: 0,
  guarded: true,
});

/** A file that passed validation. */
interface Delta
  extends Pick<Run, 'source' | 'actor' | 'requestId' | 'traceId' | 'file' | 'bytes' | 'records' | 'entries'>,
    Pick<Run, 'kind' | 'epoch' | 'baseCursor' | 'cursor' | 'form'> {
  /** The content as stored. */
  readonly body: readonly Uint8Array[];
}

/** Begins a run of one file: it is opened, takes in its content and is committed in one step. */
export const receiveDelta = (
  world: World,
  { body, ...about }: Delta,
  over: Run | undefined,
  tools: IdsAndTime,
): Change<Run> => {
  const { dialect } = sourceOf(world.book, about.source);
  const run: Run = { ...newRun(about, dialect, tools), ...about, bodyParts: body.length };
  const { id, bytes, records, entries } = run;
  return {
    book: [],
    users: [],
    side: [{ kind: 'run', before: undefined, after: run, body, ...(over && { over: abandoned(over, tools.now) }) }],
    audit: { action: 'directory.delta.received', target: about.source, after: { run: id, bytes, records, entries } },
    result: run,
  };
};
