// Runs as callers see them.

import type { TenantId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import type { Run } from '../../domain/directory.ts';
import { mostTextBytes } from '../../domain/plan/directory-names.ts';
import type { Dialect } from '../../ldif/entries.ts';
import { foldFile } from '../../ldif/net-effect.ts';
import { maxErrors } from '../../ldif/parse.ts';
import type { Runtime } from '../gateway/runtime.ts';

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

/** How many records and entries a file has. @throws Refusal invalid-request naming the lines of the first broken records */
export const checkedFile = (text: string, now: number, dialect?: Dialect): { records: number; entries: number } => {
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

/** A run that nobody has worked on for so long is told of again: the message may have been lost. */
const quietMs = 60_000;
export const nudge = async (runtime: Runtime, tenant: TenantId, run: Run): Promise<void> => {
  const over = run.state === 'done' || run.state === 'failed';
  if (!over && runtime.store.now - run.touched > quietMs)
    await runtime.queue.enqueue({ tenant, kind: 'run', id: run.id });
};
