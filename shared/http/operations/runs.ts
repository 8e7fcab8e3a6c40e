// Directory runs: the form in which callers see them, the check of a delivered file, and forgotten work.

import type { RunId, TenantId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import { phaseCount, type Run, type RunResult, runStateAt } from '../../domain/directory.ts';
import { mostTextBytes } from '../../domain/plan/directory-names.ts';
import type { Dialect } from '../../ldif/entries.ts';
import { parseNdjson } from '../../ldif/ndjson.ts';
import { type FoldedEntry, foldFile } from '../../ldif/net-effect.ts';
import { maxErrors } from '../../ldif/parse.ts';
import { foldStated } from '../../ldif/stated.ts';
import { toRun } from '../../store/directory.ts';
import { keys } from '../../store/keys.ts';
import { packed } from '../../store/runs.ts';
import type { View } from '../../store/view.ts';
import type { Reminder } from '../gateway/queue.ts';
import { planSummary } from './run-plans.ts';

/** A run as callers see it. @param now milliseconds since 1970 */
export const runView = (run: Run, now: number) => {
  const { epoch, baseCursor, cursor, batches, committedAt, startedAt, finishedAt, code } = run;
  // The answer of getRun is a page as well, whose `cursor` is another.
  const told = { epoch, baseCursor, nextCursor: cursor, batches, committedAt, startedAt, finishedAt, code };
  const until = finishedAt === undefined ? now : Date.parse(finishedAt);
  return {
    id: run.id,
    source: run.source,
    kind: run.kind ?? 'delta',
    ...(run.restores !== undefined && { restores: run.restores }),
    state: runStateAt(run, now),
    bytes: run.bytes,
    records: run.records,
    entries: run.entries,
    counts: run.counts,
    createdAt: run.createdAt,
    ...(run.planOnly && { planOnly: true }),
    ...(run.managerStays && { accessManagerStays: true }),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
    ...(startedAt !== undefined && { workMs: Math.max(0, until - Date.parse(startedAt)) }),
    ...(run.state === 'running' && { progress: progressOf(run) }),
    ...(run.plan && { plan: planSummary(run.plan) }),
  };
};

/** An entry's result as callers see it. What was rejected for its content stays wrong; everything else may change. */
export const resultView = (row: RunResult) => ({
  ...row,
  ...(row.result === 'rejected' && { retry: row.code !== 'invalid-request' }),
});

/** Users and groups that have been planned, or phases of the application that are over. */
const progressOf = ({ guarded, plan, planning, planParts, phase, entries }: Run) =>
  planParts === 0 || (guarded && !plan)
    ? { phase: 'planning', done: planning?.done ?? 0, of: planning?.of ?? entries }
    : { phase: 'applying', done: phase, of: phaseCount };

/** The run of a request. @throws Refusal not-found */
export const runOf = async (view: View, tenant: TenantId, id: RunId): Promise<Run> => {
  const [item] = await view.items([keys.run(tenant, id)]);
  const run = toRun(item);
  if (!run) throw new Refusal('not-found', 'There is no such run, or it ended long ago.');
  return run;
};

interface Fault {
  readonly line: number;
  /** A JSON pointer into the line, for entries that are JSON. */
  readonly field?: string;
  readonly message: string;
}
/** The entries of a content, or the faults of its first broken lines. */
interface Read {
  readonly lines: number;
  readonly records: number;
  readonly entries: readonly FoldedEntry[];
  readonly faults: readonly Fault[];
  readonly more: boolean;
}

const readLdif = (text: string, now: number, dialect?: Dialect): Read => {
  const parsed = foldFile(text, now, dialect);
  const lines = text.split('\n').length;
  if (!parsed.ok) return { lines, records: 0, entries: [], faults: parsed.errors, more: parsed.more };
  const { entries, errors } = parsed.fold;
  return { lines, records: parsed.records, entries, faults: errors, more: false };
};

const readStated = (text: string, now: number, dialect?: Dialect): Read => {
  const parsed = parseNdjson(text);
  if (!parsed.ok) return { lines: 0, records: 0, entries: [], faults: parsed.errors, more: parsed.more };
  const { entries, errors } = foldStated(parsed.entries, 0, now, dialect);
  return { lines: parsed.lines, records: parsed.entries.length, entries, faults: errors, more: false };
};

/** The counts of a content. @throws Refusal invalid-request naming the lines of the first broken records */
const counted = ({ entries, faults, more, lines, records }: Read) => {
  const large = entries.flatMap((entry): Fault[] =>
    entry.present && entry.kind === 'user' && JSON.stringify(entry.attributes).length > mostTextBytes
      ? [{ line: entry.records[0]?.line ?? 0, message: `more than ${mostTextBytes} characters in its attributes` }]
      : [],
  );
  const all = [...faults, ...large].sort((a, b) => a.line - b.line);
  if (all.length === 0) return { lines, records, entries: entries.length };
  const errors = all
    .slice(0, maxErrors)
    .map(({ line, field = '', message }) => ({ field: `line ${line}${field && ` ${field}`}`, message }));
  const others = more || all.length > errors.length;
  throw new Refusal('invalid-request', {
    detail: `${errors[0]?.field}: ${errors[0]?.message}. Nothing was taken in${others ? '; there are more errors' : ''}.`,
    errors,
  });
};

/** The form of a content by its media type. */
export const formOf = (type: string | undefined): Run['form'] =>
  type === 'application/x-ndjson' ? 'ndjson' : undefined;

/** A delivered content, as a run stores it. */
interface Content {
  readonly bytes: number;
  readonly lines: number;
  readonly records: number;
  readonly entries: number;
  readonly body: readonly Uint8Array[];
}

/**
 * A function that checks a delivered content and packs it; it does so only once for all attempts.
 * @throws Refusal invalid-request, payload-too-large
 */
export const contentOnce = (text: string, form: Run['form']) => {
  const kept = new Map<string, Content>();
  return (now: number, dialect?: Dialect): Content => {
    const by = JSON.stringify(dialect ?? {});
    const read = form === 'ndjson' ? readStated : readLdif;
    const content = kept.get(by) ?? {
      bytes: Buffer.byteLength(text),
      ...counted(read(text, now, dialect)),
      body: packed(text),
    };
    kept.set(by, content);
    return content;
  };
};

/**
 * Milliseconds without progress after which a run is enqueued again, because its message may have been lost. A run whose
 * slice has begun and not ended has its message still, which the queue delivers again by itself.
 */
const quietMs = { before: 60_000, within: 900_000 };
export const forgottenWork = (tenant: TenantId, run: Run, now: number): Reminder | undefined => {
  const { id, source, state, attempts, touched } = run;
  const waits = state === 'queued' || state === 'running';
  const quiet = attempts > 0 ? quietMs.within : quietMs.before;
  if (!waits || now - touched <= quiet) return undefined;
  return { work: { tenant, kind: 'run', id, source }, once: `${id}.${touched}` };
};
