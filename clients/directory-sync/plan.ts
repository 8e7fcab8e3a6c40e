// What a run would do, by the plan of the service.
import { counted } from '../../shared/text/counted.ts';
import type { Loss, RunView, Share } from './api.ts';
import type { Context } from './context.ts';

/** So many losses are shown one by one. */
const shown = 20;

/** What the API counts. Its names are plurals, or adjectives such as "enabled", and are written together. */
const numbered = (n: number, what: string): string => {
  const words = what.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return counted(n, words.replace(/s$/, ''), words);
};

const share = ([what, { count, of, percent }]: readonly [string, Share]): string => {
  if (of === undefined) return numbered(count, what);
  const all = numbered(of, what).replace(String(of), percent === undefined ? `${of}` : `${of} (${percent} %)`);
  return `${count} of ${all}`;
};
const some = (parts: readonly string[]): string => parts.join(', ') || 'nothing';

const lossLine = ({ loss, user, group, from }: Loss): string => {
  const named = [user, group].flatMap((one) => (one ? [`${one.name ?? '?'} (${one.id})`] : []));
  const out = from ? [`out of ${from.name ?? '?'} (${from.id})`] : [];
  return `    ${[loss, ...named, ...out].join(' ')}`;
};

/** Tells what a planned run would do. The log of programs gets the numbers and no names. */
export const tellPlan = async ({ api, report }: Pick<Context, 'api' | 'report'>, run: RunView): Promise<void> => {
  const { losses = {}, gains = {}, tripped = [] } = run.plan ?? {};
  const lost = Object.entries(losses).filter(([, { count }]) => count > 0);
  const won = Object.entries(gains).filter(([, n]) => n > 0);
  const lines = [
    `Run ${run.id} is only planned: nothing is changed.`,
    `  gives       ${some(won.map(([what, n]) => numbered(n, what)))}`,
    `  takes away  ${some(lost.map(share))}`,
    ...(tripped.length === 0
      ? []
      : ['  It would be held, because it trips guards of the source:', ...tripped.map((one) => `    ${one}`)]),
  ];
  const all = lost.length === 0 ? [] : await api.losses(run.id, shown);
  const who =
    all === undefined
      ? [`  Who that is, somebody who manages access rights sees: GET /v1/directory/runs/${run.id}/plan`]
      : all.map(lossLine);
  report.say('planned', [...lines, ...who].join('\n'), {
    run: run.id,
    held: tripped.length > 0,
    ...Object.fromEntries(won.map(([what, n]) => [`gives.${what}`, n])),
    ...Object.fromEntries(lost.map(([what, { count }]) => [`takes.${what}`, count])),
  });
};
