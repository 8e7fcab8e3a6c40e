// The plan for a directory's file: stores the file and begins the run that carries it out.

import type { SourceId } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import type { Book } from '../book/book.ts';
import type { SourceRecord } from '../book/records.ts';
import type { Change, IdsAndTime, World } from '../change.ts';
import type { Run } from '../directory.ts';

/** The source with this id. @throws Refusal not-found */
export const sourceOf = (book: Book, id: SourceId): SourceRecord => {
  const source = book.sources.get(id);
  if (!source) throw new Refusal('not-found', 'There is no such directory source.');
  return source;
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
