// What is known of a source, here and at the service.
import { counted } from '../../shared/text/counted.ts';
import { whyNeeded } from './api.ts';
import type { Context } from './context.ts';
import { exits } from './exits.ts';

export const status = async ({ api, files, settings, report }: Context): Promise<number> => {
  const { id, name, enabled = true, sync } = await api.source();
  const state = await files.applied();
  const last = sync.lastRun === undefined ? undefined : await api.run(sync.lastRun);
  const here =
    state === undefined
      ? `none in ${settings.state}: the next run sends everything`
      : `${counted(state.objects.size, 'user or group', 'users and groups')}, ${state.cursor === sync.cursor ? 'as the service has them' : 'of another run than the service has: the next run sends everything'}`;
  const lines = [
    `source      ${id} (${name})${enabled ? '' : ', switched off'}`,
    `cursor      ${sync.cursor ?? 'none: the first run is still to come'}`,
    `full run    ${sync.needsFull === undefined ? `last at ${sync.lastFullAt ?? 'never'}` : `needed: ${whyNeeded(sync.needsFull)}`}`,
    `last run    ${last === undefined ? 'none' : `${last.id}, ${last.state}${last.code ? ` (${last.code})` : ''}`}`,
    ...(sync.openRun === undefined ? [] : [`open run    ${sync.openRun}`]),
    `held run    ${sync.heldRun ?? 'none'}`,
    `state       ${here}`,
  ];
  report.say('status', lines.join('\n'), {
    source: id,
    enabled,
    ...{ cursor: sync.cursor, needsFull: sync.needsFull, openRun: sync.openRun, heldRun: sync.heldRun },
    ...{ lastRun: sync.lastRun, lastState: last?.state, objects: state?.objects.size ?? 0 },
    inStep: state !== undefined && state.cursor === sync.cursor,
  });
  return sync.heldRun === undefined ? exits.done : exits.held;
};
