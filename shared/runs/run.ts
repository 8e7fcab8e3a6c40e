// Runs: the file of a directory is taken in by slices that can repeat. Grants come before revocations, so nobody is
// without rights that they keep. Every step compares with the stored data, so a slice that dies half way is simply run
// again.
import { Refusal } from '../domain/base/refusal.ts';
import type { Run, RunResult } from '../domain/directory.ts';
import type { FoldResult } from '../ldif/net-effect.ts';
import { finishRun, type RunKey, readDone, readRefused, readRun, saveRun } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { cutGroups, nestGroups, putGroups } from './groups.ts';
import { foldOf, load, resolveRun } from './load.ts';
import { noteOthers } from './others.ts';
import { notePrimaries } from './primary.ts';
import type { Resolution } from './resolve.ts';
import { RunFailed, RunOver, type Slice } from './slice.ts';
import { grantUsers, revokeUsers } from './users.ts';
import { awaitMembers, forgetMembers } from './waiting.ts';

/**
 * The phases in order. Each returns whether it is done. Stored runs name a phase by its index, so new phases go to the
 * end.
 */
const phases: readonly ((slice: Slice) => Promise<boolean>)[] = [
  forgetMembers,
  putGroups,
  nestGroups,
  grantUsers,
  awaitMembers,
  revokeUsers,
  cutGroups,
  noteOthers,
  notePrimaries,
];

/** Time limit of a slice, and the interval at which it stores its progress. */
const sliceMs = 20_000;
const noteMs = 1_000;
/** Slices without progress until the run is given up: two rounds of the queue's deliveries. */
const mostAttempts = 16;
const mostLines = 20;
const mostRefused = 20;

/**
 * Runs one slice of a run. `more` means that another slice is needed. @throws errors after which a later attempt may
 * succeed
 */
export const runSlice = async (store: Store, key: RunKey, ms = sliceMs): Promise<'more' | 'over'> => {
  const run = await readRun(store.db, key);
  if (!run || run.state === 'done' || run.state === 'failed') return 'over';
  try {
    return await sliceOf(store, key, run, store.db.clock.now() + ms);
  } catch (error) {
    if (error instanceof RunFailed) await failed(store, key, error.code);
    else if (!(error instanceof RunOver)) throw error;
    return 'over';
  }
};

const sliceOf = async (store: Store, key: RunKey, begun: Run, until: number): Promise<'more' | 'over'> => {
  const { clock } = store.db;
  if (begun.attempts >= mostAttempts) throw new RunFailed('internal');
  const startedAt = begun.startedAt ?? new Date(clock.now()).toISOString();
  const ours = await saveRun(store.db, key, { state: 'running', startedAt, attempts: begun.attempts + 1 });
  if (!ours) throw new RunOver();
  const fold = await foldOf({ store, key, run: begun });
  if (begun.planParts === 0) await resolveRun({ store, key, run: begun }, fold, 0);
  const run = await readRun(store.db, key);
  if (!run || run.planParts === 0) throw new RunOver();
  const loaded = await load(store, key, run, fold);

  const mark = marker(store, key);
  for (let phase = run.phase; phase < phases.length; phase += 1) {
    const after = phase === run.phase ? run.after : undefined;
    const slice: Slice = {
      store,
      key,
      fold,
      ...loaded,
      run: { ...run, phase, after },
      // A slice makes some progress even if it has hardly any time.
      spent: () => mark.moved && clock.now() > until,
      reached: (unit) => mark.reached(phase, unit),
    };
    if (!(await ended(slice, phase, mark))) {
      await mark.save();
      return 'more';
    }
    await mark.reached(phase + 1, undefined);
  }
  const done = await readDone(store.db, key);
  const results = await resultsOf(store, key, fold, loaded.resolution, done.entries, true);
  await finishRun(store.db, key, run, results, { state: 'done', ...warningsIn(done) });
  return 'over';
};

/**
 * True when the phase is done. A slice that has made progress and then meets a tenant that is too busy ends there, since
 * a failure would count against its message.
 */
const ended = async (slice: Slice, phase: number, mark: { readonly moved: boolean }): Promise<boolean> => {
  try {
    return (await phases[phase]?.(slice)) ?? true;
  } catch (error) {
    if (mark.moved && error instanceof Refusal && error.code === 'busy') return false;
    throw error;
  }
};

/**
 * Stores the progress now and then, and at the end of a slice. Work whose progress was not stored is found done when it
 * is repeated.
 */
const marker = (store: Store, key: RunKey) => {
  let at: { phase: number; after: string | undefined } | undefined;
  const { clock } = store.db;
  let saved = clock.now();
  const save = async () => {
    if (!at) return;
    saved = clock.now();
    if (!(await saveRun(store.db, key, { ...at, attempts: 0 }))) throw new RunOver();
  };
  return {
    get moved() {
      return at !== undefined;
    },
    save,
    reached: async (phase: number, after: string | undefined) => {
      at = { phase, after };
      if (clock.now() - saved >= noteMs) await save();
    },
  };
};

/** Ends a run as failed. Finished work stays done; entries that were not reached have no result. */
const failed = async (store: Store, key: RunKey, code: string): Promise<void> => {
  const run = await readRun(store.db, key);
  if (!run || run.state === 'done' || run.state === 'failed') return;
  let results: RunResult[] = [];
  const done = await readDone(store.db, key);
  if (run.planParts > 0 && code !== 'internal') {
    const fold = await foldOf({ store, key, run });
    const { resolution } = await load(store, key, run, fold);
    results = await resultsOf(store, key, fold, resolution, done.entries, false);
  }
  await finishRun(store.db, key, run, results, { state: 'failed', code, ...warningsIn(done) });
};

const warningsIn = ({ warnings }: { readonly warnings: string[] }) => (warnings.length > 0 ? { warnings } : {});

/** The outcome of each entry, in the order of the file. */
const resultsOf = async (
  store: Store,
  key: RunKey,
  fold: FoldResult,
  resolution: Resolution,
  done: ReadonlySet<number>,
  whole: boolean,
): Promise<RunResult[]> => {
  const refused = new Map<number, { id?: string; code: string; member: boolean }[]>();
  const all = [...resolution.refused.map((one) => ({ ...one, member: false })), ...(await readRefused(store.db, key))];
  for (const one of all) refused.set(one.entry, [...(refused.get(one.entry) ?? []), one]);
  const ignored = new Map(resolution.ignored?.map(({ entry, code }) => [entry, code]));
  const ended = new Map(resolution.endings.map(({ entry, id }) => [entry, id]));
  const results = fold.entries.flatMap(({ records }, entry): RunResult[] => {
    const faults = refused.get(entry);
    if (!whole && !faults && !done.has(entry)) return [];
    const lines = records.map(({ line }) => line).sort((a, b) => a - b);
    const id = resolution.targets[entry]?.id ?? ended.get(entry);
    const code = faults?.[0]?.code ?? (done.has(entry) ? undefined : ignored.get(entry));
    const members = (faults ?? []).flatMap((one) => (one.member && one.id ? [{ id: one.id, code: one.code }] : []));
    return [
      {
        line: lines[0] ?? 0,
        ...(lines.length > 1 && { lines: lines.slice(0, mostLines) }),
        ...(id !== undefined && { id }),
        result: faults ? 'rejected' : done.has(entry) ? 'applied' : ignored.has(entry) ? 'ignored' : 'noop',
        ...(code !== undefined && { code }),
        ...(members.length > 0 && { refused: members.slice(0, mostRefused) }),
      },
    ];
  });
  const others = whole ? fold.ignored.map((one): RunResult => ({ ...one, result: 'ignored' })) : [];
  return [...results, ...others].sort((a, b) => a.line - b.line);
};
