// Times as they are given on the command line.
import { misused } from '../../command/words.ts';

const day = /^\d{4}-\d{2}-\d{2}$/;
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * The milliseconds since 1970 that a text of ISO 8601 means. A day means its end in UTC.
 * @throws CommonError for any other text, also for a time without its zone
 */
export const timeOf = (option: string, text: string, usage: string): number => {
  const ms = day.test(text) ? Date.parse(`${text}T23:59:59.999Z`) : moment.test(text) ? Date.parse(text) : Number.NaN;
  const isReal = !Number.isNaN(ms) && (!day.test(text) || new Date(ms).toISOString().startsWith(text));
  if (isReal) return ms;
  return misused(
    `${option} takes a day, such as 2026-11-29, which means its end in UTC, or a time with its zone, such as 2026-11-29T14:30:00Z or 2026-11-29T14:30:00+01:00.`,
    usage,
  );
};
