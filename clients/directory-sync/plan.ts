// What a run would do, by the plan of the service.
import type { RunView } from './api.ts';
import type { Context } from './context.ts';

export const tellPlan = async ({ report }: Context, run: RunView): Promise<void> => {
  report.say('planned', `Run ${run.id} would do this; nothing is changed.`, { run: run.id, ...run.counts });
};
