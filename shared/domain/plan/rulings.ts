// What becomes of a planned run: it is held when it trips a guard, and a keeper approves exactly the plan that was looked
// at, or rejects it.
import { Refusal } from '../base/refusal.ts';
import type { Change, IdsAndTime, SideWrite, World } from '../change.ts';
import type { Run, RunPlan, Sync } from '../directory.ts';
import { mayBegin, noCounts, sourceOf } from './directory-runs.ts';
import { inWords } from './guards.ts';

/** True when a plan waits for a keeper: it trips a guard, or is another than the one that was approved. */
export const mustBeHeld = ({ planOnly, approved }: Pick<Run, 'planOnly' | 'approved'>, plan: RunPlan): boolean =>
  planOnly !== true && (approved === undefined ? plan.tripped.length > 0 : plan.differs === true);

/** Why a plan is held, in sentences. */
export const whyHeld = ({ tripped, differs }: RunPlan): string[] => [
  ...(differs ? ['The data have changed: the plan is another than the one that was approved.'] : []),
  ...tripped.map(inWords),
];

/** What a plan comes to, for the audit. */
const told = ({ digest, lost, managers }: RunPlan) => ({ digest, lost, managers });

/** The state of the source in which this run is held, or no longer held; nothing where there is nothing to write. */
const heldIn = (run: Run, sync: Sync | undefined, held: boolean): SideWrite[] => {
  const { heldRun, ...rest } = { losses: [], ...sync, rev: (sync?.rev ?? 0) + 1 } satisfies Sync;
  if ((heldRun === run.id) === held) return [];
  return [{ kind: 'sync', source: run.source, before: sync, after: { ...rest, ...(held && { heldRun: run.id }) } }];
};

/** Holds a run. */
export const holdRun = (run: Run, plan: RunPlan, sync: Sync | undefined): Change => {
  const { approved: _, ...rest } = run;
  return {
    book: [],
    users: [],
    side: [{ kind: 'run-ruled', before: run, after: { ...rest, state: 'held', plan } }, ...heldIn(run, sync, true)],
    audit: {
      action: 'directory.run.held',
      target: run.source,
      after: { run: run.id, ...told(plan), why: whyHeld(plan) },
    },
    result: undefined,
  };
};

const needHeld = ({ state }: Run): void => {
  if (state !== 'held') throw new Refusal('run-not-held', `The run is ${state}: only a held run can be decided about.`);
};

/**
 * Approves a held run. It is planned anew, on the data of then, and carried out if the plan is the same.
 * @throws Refusal run-not-held, plan-differs, and those of `mayBegin`
 */
export const approveRun = (
  { book }: World,
  run: Run,
  digest: string,
  sync: Sync | undefined,
  { now }: IdsAndTime,
): Change<Run> => {
  needHeld(run);
  // A full run is what a source waits for that needs one, so it may go on.
  const { epoch, baseCursor } = run;
  mayBegin(sourceOf(book, run.source), sync, { kind: run.kind === 'full' ? 'full' : 'delta', epoch, baseCursor });
  if (run.plan?.digest !== digest)
    throw new Refusal('plan-differs', {
      detail: 'This is not the digest of the plan: read the plan, and approve the digest that it has.',
      more: { digest: run.plan?.digest },
    });
  const { plan, planning: _, ...rest } = run;
  const begun = { planParts: 0, phase: 0, attempts: 0, touched: now, pages: 0, counts: noCounts };
  const after: Run = { ...rest, state: 'queued', approved: digest, ...begun };
  return {
    book: [],
    users: [],
    side: [{ kind: 'run-ruled', before: run, after }, ...heldIn(run, sync, false)],
    audit: { action: 'directory.run.approved', target: run.source, after: { run: run.id, ...told(plan) } },
    result: after,
  };
};

/** Rejects a held run. Rejecting it again changes nothing. @throws Refusal run-not-held */
export const rejectRun = (run: Run, sync: Sync | undefined, { now }: IdsAndTime): Change<Run> => {
  if (run.state === 'rejected') return { book: [], users: [], side: [], result: run };
  needHeld(run);
  const after: Run = { ...run, state: 'rejected', finishedAt: new Date(now).toISOString(), touched: now };
  return {
    book: [],
    users: [],
    side: [{ kind: 'run-ruled', before: run, after }, ...heldIn(run, sync, false)],
    audit: {
      action: 'directory.run.rejected',
      target: run.source,
      after: { run: run.id, ...(run.plan && told(run.plan)) },
    },
    result: after,
  };
};
