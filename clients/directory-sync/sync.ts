// The command that everything else is for: one pass, or pass after pass.
import { counted } from '../../shared/text/counted.ts';
import { inRounds } from '../command/repeating.ts';
import { type Context, endOf } from './context.ts';
import { exits } from './exits.ts';
import { type Outcome, pass } from './pass.ts';
import { tellPlan } from './plan.ts';

/** Results of entries whose names say little at a terminal. */
const worded = (result: string, n: number): string => {
  if (result === 'parked') return `${counted(n, 'group')} with members that are not here`;
  return `${n} ${result === 'noop' ? 'unchanged' : result}`;
};

const countsOf = (counts: Readonly<Record<string, number | undefined>> = {}): string => {
  const some = Object.entries(counts).filter(([, n = 0]) => n > 0);
  return some.map(([name, n = 0]) => worded(name, n)).join(', ') || 'nothing to do';
};

const told = async (context: Context, outcome: Outcome): Promise<number> => {
  const { report } = context;
  if (outcome.kind === 'planned') {
    const { run } = outcome;
    await tellPlan(context, run);
    return run.state === 'held' || (run.plan?.tripped ?? []).length > 0 ? exits.held : exits.done;
  }
  const { left } = outcome;
  const rejected = outcome.kind === 'applied' ? outcome.rejected : 0;
  if (outcome.kind === 'unchanged') report.say('unchanged', 'Nothing has changed.', { left });
  else {
    const { id, counts } = outcome.run;
    report.say('applied', `Run ${id} is applied: ${countsOf(counts)}.`, { run: id, ...counts, left });
    if (rejected > 0)
      report.say(
        'rejected',
        `${counted(rejected, 'entry was', 'entries were')} rejected: GET /v1/directory/runs/${id}?result=rejected says why. What may succeed later is sent again with the next run.`,
        { run: id, rejected },
      );
  }
  if (left > 0)
    report.say(
      'left',
      `${counted(left, 'entry was left out until it changes', 'entries were left out until they change')}.`,
      {
        left,
      },
    );
  return rejected + left > 0 ? exits.rejected : exits.done;
};

interface Options {
  readonly full: boolean;
  readonly dryRun: boolean;
  /** Milliseconds between the passes; undefined for a single one. */
  readonly every: number | undefined;
}

/** Runs once or again and again, and answers with the exit code. @throws what a single pass throws */
export const sync = async (context: Context, { full, dryRun, every }: Options): Promise<number> => {
  const { settings, report, signal, pause } = context;
  const options = { mapping: settings.attributes, reading: settings.reading, dryRun };
  if (every === undefined) return told(context, await pass(context, { ...options, full }));
  let wanted = full;
  // What is wrong with the settings does not change while the command runs. All else may, so it goes on.
  await inRounds({ every, signal, report, pause, endOf, lasting: [exits.usage] }, async () => {
    await told(context, await pass(context, { ...options, full: wanted }));
    wanted = false;
  });
  return exits.done;
};
