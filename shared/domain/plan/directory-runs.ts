// The plan for a directory's file: stores the file and begins the run that carries it out.

import type { SourceId, UserId } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { SourceRecord } from '../book/records.ts';
import { isEnabled, mayDeliver } from '../book/sources.ts';
import type { Change, IdsAndTime, World } from '../change.ts';
import type { FullRunReason, Run, Sync } from '../directory.ts';

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

/** A file that passed validation. */
export interface Delta {
  readonly source: SourceId;
  readonly actor: Run['actor'];
  readonly requestId: string;
  readonly traceId?: string | undefined;
  /** The file's digest, size and entry counts, and its content as stored. */
  readonly file: string;
  readonly bytes: number;
  readonly records: number;
  readonly entries: number;
  readonly body: readonly Uint8Array[];
}

export const receiveDelta = (world: World, delta: Delta, tools: IdsAndTime): Change<Run> => {
  const { body, ...about } = delta;
  const { dialect } = sourceOf(world.book, delta.source);
  const run: Run = {
    ...about,
    id: tools.ids.next('run'),
    state: 'queued',
    createdAt: new Date(tools.now).toISOString(),
    touched: tools.now,
    bodyParts: body.length,
    planParts: 0,
    phase: 0,
    attempts: 0,
    counts: { applied: 0, noop: 0, rejected: 0, ignored: 0 },
    ...(dialect && { dialect }),
    pages: 0,
  };
  const { id, bytes, records, entries } = run;
  return {
    book: [],
    users: [],
    side: [{ kind: 'run', run, body }],
    audit: { action: 'directory.delta.received', target: delta.source, after: { run: id, bytes, records, entries } },
    result: run,
  };
};
