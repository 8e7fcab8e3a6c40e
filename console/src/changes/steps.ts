// The steps of a change, and how further ones join those that wait already. Pure.
import type { RequestOf } from '../../../clients/typescript/index.ts';

/** One operation in the list of a change set or a draft. */
export type Step = RequestOf<'submitChangeSet'>['body']['operations'][number];

const key = ({ operation, params = {}, query = {} }: Step): string =>
  JSON.stringify([operation, Object.entries(params).sort(), Object.entries(query).sort()]);

/** Whether a later step of the same operation on the same thing takes the place of an earlier one. */
const replaces = ({ operation }: Step): boolean => operation.startsWith('put') || operation.startsWith('replace');
/** Whether a later one adds its fields to those of an earlier one. */
const joins = ({ operation }: Step): boolean => operation.startsWith('update');

/** Whether it says again what the last step said, of a thing whose place in a list depends on the steps in between. */
const movesAgain = (all: readonly Step[], step: Step): boolean => {
  const last = all.at(-1);
  return step.operation.startsWith('move') && last !== undefined && key(last) === key(step);
};

/** The steps that wait, with further ones: what is set twice is set once, as it was last said. */
export const joined = (waiting: readonly Step[], more: readonly Step[]): Step[] => {
  const all = [...waiting];
  for (const step of more) {
    const at =
      step.as === undefined
        ? all.findIndex((one) => one.as === undefined && key(one) === key(step))
        : all.findIndex((one) => one.as === step.as);
    const earlier = all[at];
    if (earlier && step.as !== undefined) all[at] = step;
    else if (movesAgain(all, step)) all[all.length - 1] = step;
    else if (earlier && replaces(step)) all[at] = { ...step, ...(earlier.ifMatch && { ifMatch: earlier.ifMatch }) };
    else if (earlier && joins(step))
      all[at] = { ...earlier, body: { ...(earlier.body as object), ...(step.body as object) } };
    else all.push(step);
  }
  return all;
};

/** The body with which an operation on a thing waits; undefined when none does. */
export const waitingBody = <Body>(
  waiting: readonly Step[],
  operation: string,
  params: Readonly<Record<string, string>>,
): Body | undefined => waiting.findLast((step) => key(step) === key({ operation, params }))?.body as Body | undefined;

/** Whether a value says all that another one says. */
const covers = (whole: unknown, part: unknown): boolean => {
  if (part === null || typeof part !== 'object') return whole === part;
  if (whole === null || typeof whole !== 'object') return false;
  if (Array.isArray(part)) return part.every((one) => Object.values(whole).some((other) => covers(other, one)));
  return Object.entries(part).every(([name, one]) => covers((whole as Record<string, unknown>)[name], one));
};

/** Whether what a step does waits already. */
export const waitsAlready = (waiting: readonly Step[], step: Step): boolean =>
  waiting.some((one) => key(one) === key(step) && covers(one.body, step.body));

/** Steps that concern a thing: that name its id in their path, or create it. */
export const stepsOn = (waiting: readonly Step[], id: string): Step[] =>
  waiting.filter(({ params = {}, as }) => Object.values(params).includes(id) || `$${as}` === id);

/** A name for what a step creates that no other step has: `role1`, `role2`. */
export const freshName = (waiting: readonly Step[], kind: string): string => {
  const taken = new Set(waiting.map(({ as }) => as));
  let n = 1;
  while (taken.has(`${kind}${n}`)) n += 1;
  return `${kind}${n}`;
};

/** Whether an id stands for something that a waiting step creates. */
export const isWaiting = (id: string): boolean => id.startsWith('$');

const mapped = (value: unknown, text: (value: string) => string): unknown => {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((one) => mapped(one, text));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapped(one, text)]));
};

/**
 * Steps as they are sent: a text that begins with a dollar sign gets a second one, because `$name` stands for what the
 * step of that name creates.
 */
export const written = (steps: readonly Step[]): Step[] => {
  const names = new Set(steps.flatMap(({ as }) => (as === undefined ? [] : [`$${as}`])));
  const text = (value: string) => (value.startsWith('$') && !names.has(value) ? `$${value}` : value);
  return steps.map((step) => ('body' in step ? { ...step, body: mapped(step.body, text) } : step));
};

/** Steps as they were before they were sent. */
export const readBack = (steps: readonly Step[]): Step[] => {
  const text = (value: string) => (value.startsWith('$$') ? value.slice(1) : value);
  return steps.map((step) => ('body' in step ? { ...step, body: mapped(step.body, text) } : step));
};
