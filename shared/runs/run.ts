// Runs: the file of a directory is taken in by slices that can repeat. Grants come before revocations, so nobody is
// without rights that they keep. Every step compares with the stored data, so a slice that dies half way is simply run
// again.
import { Refusal } from '../domain/base/refusal.ts';
import { type Batch, isRunOver, type Run, type RunResult } from '../domain/directory.ts';
import type { Lost } from '../domain/plan/guards.ts';
import { mustBeHeld } from '../domain/plan/rulings.ts';
import type { FoldedEntry, FoldResult } from '../ldif/net-effect.ts';
import { storedState } from '../store/directory.ts';
import { CorruptItem } from '../store/failures.ts';
import { readPlanned } from '../store/run-plans.ts';
import {
  dropContent,
  finishRun,
  type Refused,
  type RunKey,
  readBatches,
  readDone,
  readRefused,
  readRun,
  runAfterWrites,
  saveRun,
} from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import { cutGroups, nestGroups, putGroups } from './groups.ts';
import { holdRun } from './holding.ts';
import { foldOf, load, resolveRun } from './load.ts';
import { noteOthers } from './others.ts';
import { planRun } from './planning.ts';
import { notePrimaries } from './primary.ts';
import { statedId } from './resolve.ts';
import { failRestoring, restoringSlice } from './restoring.ts';
import { type LoadedRun, RunFailed, RunOver, type Slice } from './slice.ts';
import { forgetPlanned, grantUsers, revokeUsers } from './users.ts';
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
export const runSlice = async (store: Store, key: RunKey, ms = sliceMs): Promise<'more' | 'over' | 'held'> => {
  /** The run as it was read last. */
  const known = { run: await readRun(store.db, key) };
  try {
    return await attempted(store, key, known, ms);
  } catch (error) {
    // Another worker has ended the run meanwhile, or gone on with it, so that what this one was about to read is gone.
    const run = await runAfterWrites(store.db, key);
    if (!run || !isUnderWay(run)) return 'over';
    if (error instanceof CorruptItem && progressOf(run) !== progressOf(known.run)) return 'more';
    throw error;
  }
};

/** How far a run has come, to be compared. */
const progressOf = (run: Run | undefined): string =>
  JSON.stringify([run?.approved, run?.planning, run?.plan?.digest, run?.planParts, run?.phase, run?.after]);

const attempted = async (
  store: Store,
  key: RunKey,
  known: { run: Run | undefined },
  ms: number,
): Promise<'more' | 'over' | 'held'> => {
  const { run } = known;
  if (!run || !isUnderWay(run)) {
    // What an abandoned run has received, and what a run that died at its very end has left.
    if (run && isRunOver(run.state) && (run.batches !== undefined || run.state === 'rejected'))
      await dropContent(store.db, key, run);
    return 'over';
  }
  try {
    const until = store.db.clock.now() + ms;
    if (run.restores === undefined) return await sliceOf(store, key, run, until, known);
    if (run.attempts >= mostAttempts) throw new RunFailed('internal');
    return await restoringSlice({ store, key, run }, until);
  } catch (error) {
    if (error instanceof RunFailed) await failed(store, key, error.code);
    else if (!(error instanceof RunOver)) throw error;
    return 'over';
  }
};

const sliceOf = async (
  store: Store,
  key: RunKey,
  begun: Run,
  until: number,
  known: { run: Run | undefined },
): Promise<'more' | 'over' | 'held'> => {
  const { clock } = store.db;
  if (begun.attempts >= mostAttempts) throw new RunFailed('internal');
  const startedAt = begun.startedAt ?? new Date(clock.now()).toISOString();
  const ours = await saveRun(store.db, key, {
    ...storedState(begun, 'running'),
    startedAt,
    attempts: begun.attempts + 1,
  });
  if (!ours) throw new RunOver();
  const fold = await foldOf({ store, key, run: begun });
  if (begun.kind === 'full') needWhole(fold);
  if (begun.planParts === 0) await resolveRun({ store, key, run: begun }, fold, 0);
  const run = await readRun(store.db, key);
  if (!run || run.planParts === 0) throw new RunOver();
  known.run = run;
  const loaded = await load(store, key, run, fold);

  const planned = { store, key, fold, ...loaded, run: { ...run } };
  if (run.guarded) {
    const plan = run.plan ?? (await planRun(planned, until));
    if (!plan) return 'more';
    planned.run = { ...run, plan };
    if (mustBeHeld(run, plan)) {
      await holdRun(planned, plan, await resultsOf(planned, await readPlanned(store.db, key), 'held'));
      return 'held';
    }
    if (run.planOnly) {
      await finished(planned);
      return 'over';
    }
  }
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
  forgetPlanned(planned);
  await finished(planned);
  return 'over';
};

const isUnderWay = ({ state }: Run): boolean => state === 'queued' || state === 'running';

/** Refuses a full run that cannot be the whole directory: everything would end. @throws RunFailed */
const needWhole = ({ entries, errors }: FoldResult): void => {
  if (errors.length > 0) throw new RunFailed('invalid-request');
  const isUser = ({ kind, present, stated }: FoldedEntry) =>
    (kind === 'user' && present === true) || (stated?.type === 'user' && present !== false);
  if (!entries.some(isUser)) throw new RunFailed('no-users');
};

/** Ends a run that has come to its end, with its results. */
const finished = async (loaded: LoadedRun): Promise<void> => {
  const { store, key, run } = loaded;
  if (run.planOnly) {
    const results = await resultsOf(loaded, await readPlanned(store.db, key), 'done');
    await finishRun(store.db, key, run, results, { state: 'done', ...told({ warnings: [] }, results) });
    return;
  }
  const done = await readDone(store.db, key);
  const results = await resultsOf(loaded, { ...done, refused: await readRefused(store.db, key) }, 'done');
  const about = told(done, results);
  await finishRun(store.db, key, run, results, { state: 'done', ...about, lost: lostIn(run, done.lost, about) });
};

/**
 * What the guards of later runs count of this one: what it took away, with the memberships that ended with groups and nestings. A plan
 * that a keeper has approved counts for nothing, because somebody has looked at it.
 */
const lostIn = ({ plan, approved }: Run, lost: Lost, { managerStays }: Pick<Run, 'managerStays'>): Lost | undefined => {
  if (approved !== undefined) return undefined;
  // The plan counts the last one as well, who stays.
  const managers = Math.max(0, (plan?.managers ?? 0) - (managerStays ? 1 : 0));
  const ended = lost.groups + lost.nestings > 0 ? (plan?.endWithGroups ?? 0) : 0;
  return { ...lost, memberships: lost.memberships + ended, managers };
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
  if (!run || !isUnderWay(run)) return;
  if (run.restores !== undefined) {
    await failRestoring({ store, key, run }, code);
    return;
  }
  let results: RunResult[] = [];
  const done = await readDone(store.db, key);
  if (run.planParts > 0 && code !== 'internal') {
    const fold = await foldOf({ store, key, run });
    const outcomes = { ...done, refused: await readRefused(store.db, key) };
    results = await resultsOf({ store, key, run, fold, ...(await load(store, key, run, fold)) }, outcomes, 'failed');
  }
  const about = told(done, results);
  await finishRun(store.db, key, run, results, {
    state: 'failed',
    code,
    ...about,
    lost: lostIn(run, done.lost, about),
  });
};

/** What the run says as a whole. */
const told = ({ warnings }: { readonly warnings: string[] }, results: readonly RunResult[]) => {
  const isLast = ({ code, refused = [] }: RunResult) =>
    code === 'last-access-manager' || refused.some((one) => one.code === 'last-access-manager');
  return { ...(warnings.length > 0 && { warnings }), ...(results.some(isLast) && { managerStays: true }) };
};

/** The batch of a line, and its line there, from the lines of all batches counted on. */
const placed = (batches: readonly Batch[], { line, lines, ...rest }: RunResult): RunResult => {
  let before = 0;
  for (const batch of batches) {
    const { number } = batch;
    if (line > 0 && line <= before + batch.lines)
      return { batch: number, line: line - before, ...(lines && { lines: lines.map((one) => one - before) }), ...rest };
    before += batch.lines;
  }
  return { line, ...(lines && { lines }), ...rest };
};

/** Members of each group's entry that are not here yet. */
const parkedBy = ({ intents, named }: Pick<Slice, 'intents' | 'named'>, missing: ReadonlySet<string>) =>
  new Map(
    intents.memberships.flatMap(({ entry, add }) => {
      const isMissing = (id: string | undefined) => id === undefined || missing.has(id);
      const count = add.filter((digest) => !intents.uids.has(digest) && isMissing(named(digest))).length;
      return count > 0 ? [[entry, count] as const] : [];
    }),
  );

/**
 * The outcome of each entry, in the order of the content, and of each object that a full run does not name. Of a held run,
 * and of one that ends with its plan, it is what the plan says.
 */
const resultsOf = async (
  {
    store,
    key,
    run,
    fold,
    resolution,
    ...loaded
  }: Pick<Slice, 'store' | 'key' | 'run' | 'fold' | 'resolution' | 'intents' | 'named'>,
  { entries: done, refused: faulted }: { readonly entries: ReadonlySet<number>; readonly refused: readonly Refused[] },
  state: 'done' | 'failed' | 'held',
): Promise<RunResult[]> => {
  const whole = state !== 'failed';
  const refused = new Map<number, { id?: string; code: string; member: boolean }[]>();
  const all = [...resolution.refused.map((one) => ({ ...one, member: false })), ...faulted];
  for (const one of all) refused.set(one.entry, [...(refused.get(one.entry) ?? []), one]);
  const ignored = new Map(resolution.ignored?.map(({ entry, code }) => [entry, code]));
  const stale = new Set(resolution.stale);
  const batches = run.batches === undefined ? [] : await readBatches(store.db, key);
  const missing = new Set(all.filter(({ member }) => !member).flatMap((one) => ('id' in one ? [one.id] : [])));
  // Results that earlier releases do not know are told where a client has asked for them by opening a run.
  const parked = run.kind === undefined ? new Map<number, number>() : parkedBy(loaded, missing);
  const resultOf = (entry: number, faulty: boolean): RunResult['result'] => {
    if (faulty) return 'rejected';
    if (stale.has(entry)) return 'stale';
    if (state === 'held' && (parked.has(entry) || done.has(entry))) return 'held';
    if (parked.has(entry)) return 'parked';
    return done.has(entry) ? 'applied' : ignored.has(entry) ? 'ignored' : 'noop';
  };
  const ended = new Map(resolution.endings.map(({ entry, id }) => [entry, id]));
  const results = fold.entries.flatMap(({ records }, entry): RunResult[] => {
    const faults = refused.get(entry);
    if (!whole && !faults && !done.has(entry)) return [];
    const lines = records.map(({ line }) => line).sort((a, b) => a - b);
    const stated = statedId(run.source, fold.entries[entry] as FoldedEntry);
    const id = resolution.targets[entry]?.id ?? ended.get(entry) ?? stated;
    const waiting = parked.get(entry);
    const code = faults?.[0]?.code ?? (done.has(entry) ? undefined : ignored.get(entry));
    const members = (faults ?? []).flatMap((one) => (one.member && one.id ? [{ id: one.id, code: one.code }] : []));
    return [
      {
        line: lines[0] ?? 0,
        ...(lines.length > 1 && { lines: lines.slice(0, mostLines) }),
        ...(id !== undefined && { id }),
        result: resultOf(entry, faults !== undefined),
        ...(code !== undefined && { code }),
        ...(waiting !== undefined && state !== 'held' && { parked: waiting }),
        ...(members.length > 0 && { refused: members.slice(0, mostRefused) }),
      },
    ];
  });
  const others = whole ? fold.ignored.map((one): RunResult => ({ ...one, result: 'ignored' })) : [];
  const left = fold.errors.map(({ line }): RunResult => ({ line, result: 'rejected', code: 'invalid-request' }));
  const swept = resolution.endings.flatMap(({ entry, id }): RunResult[] => {
    const [fault] = refused.get(entry) ?? [];
    if (entry < fold.entries.length || (!whole && !fault && !done.has(entry))) return [];
    return [{ line: 0, id, result: resultOf(entry, fault !== undefined), ...(fault && { code: fault.code }) }];
  });
  const inOrder = [...results, ...others, ...left].sort((a, b) => a.line - b.line);
  return [...inOrder.map((one) => placed(batches, one)), ...swept];
};
