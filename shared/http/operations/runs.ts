// Directory runs: the form in which callers see them, the check of a delivered file, and forgotten work.

import type { TenantId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Run } from '../../domain/directory.ts';
import { mostTextBytes } from '../../domain/plan/directory-names.ts';
import type { Delta } from '../../domain/plan/directory-runs.ts';
import type { Dialect } from '../../ldif/entries.ts';
import { foldFile } from '../../ldif/net-effect.ts';
import { maxErrors } from '../../ldif/parse.ts';
import { digestOf } from '../../store/keys.ts';
import { packed } from '../../store/runs.ts';
import type { Reminder } from '../gateway/queue.ts';

export const runView = (run: Run) => ({
  id: run.id,
  source: run.source,
  state: run.state,
  records: run.records,
  entries: run.entries,
  counts: run.counts,
  createdAt: run.createdAt,
  ...(run.startedAt !== undefined && { startedAt: run.startedAt }),
  ...(run.finishedAt !== undefined && { finishedAt: run.finishedAt }),
  ...(run.code !== undefined && { code: run.code }),
});

/**
 * The numbers of records and entries in a file.
 * @throws Refusal invalid-request naming the lines of the first broken records
 */
const checkedFile = (text: string, now: number, dialect?: Dialect): { records: number; entries: number } => {
  const parsed = foldFile(text, now, dialect);
  const fold = parsed.ok ? parsed.fold : undefined;
  const large = (fold?.entries ?? []).flatMap((entry) =>
    entry.present && entry.kind === 'user' && JSON.stringify(entry.attributes).length > mostTextBytes
      ? [{ line: entry.records[0]?.line ?? 0, message: `more than ${mostTextBytes} characters in its attributes` }]
      : [],
  );
  const faults = parsed.ok ? [...(fold?.errors ?? []), ...large].sort((a, b) => a.line - b.line) : parsed.errors;
  if (parsed.ok && fold && faults.length === 0) return { records: parsed.records, entries: fold.entries.length };
  const errors = faults.slice(0, maxErrors).map(({ line, message }) => ({ field: `line ${line}`, message }));
  const more = faults.length > errors.length || (!parsed.ok && parsed.more);
  throw new Refusal('invalid-request', {
    detail: `${errors[0]?.field}: ${errors[0]?.message}. Nothing was taken in${more ? '; there are more errors' : ''}.`,
    errors,
  });
};

/**
 * A function that checks a delivered file and packs it as a run stores it; it does so only once for all attempts.
 * @throws Refusal invalid-request
 */
export const checkedOnce = (text: string) => {
  const kept = new Map<string, Pick<Delta, 'file' | 'bytes' | 'records' | 'entries' | 'body'>>();
  return (now: number, dialect?: Dialect) => {
    const read = JSON.stringify(dialect ?? {});
    const file = kept.get(read) ?? {
      file: digestOf('delta', text),
      bytes: Buffer.byteLength(text),
      ...checkedFile(text, now, dialect),
      body: packed(text),
    };
    kept.set(read, file);
    return file;
  };
};

/**
 * Milliseconds without progress after which a run is enqueued again, because its message may have been lost. A run whose
 * slice has begun and not ended has its message still, which the queue delivers again by itself.
 */
const quietMs = { before: 60_000, within: 900_000 };
export const forgottenWork = (tenant: TenantId, run: Run, now: number): Reminder | undefined => {
  const { id, source, state, attempts, touched } = run;
  const over = state === 'done' || state === 'failed';
  const quiet = attempts > 0 ? quietMs.within : quietMs.before;
  if (over || now - touched <= quiet) return undefined;
  return { work: { tenant, kind: 'run', id, source }, once: `${id}.${touched}` };
};
