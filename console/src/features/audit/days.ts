// Days, and counts of events by day. Pure.

/** The day that a text names, as `2026-11-30`; empty for an empty text, undefined for what is no day. */
export const dayIn = (text: string): string | undefined => {
  if (text.trim() === '') return '';
  const [, year = '', month = '', day = ''] = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(text.trim()) ?? [];
  const named = [year, month.padStart(2, '0'), day.padStart(2, '0')].join('-');
  const date = new Date(`${named}T00:00:00Z`);
  // The thirtieth of February is read as a day of March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(named) ? named : undefined;
};

/** The last days in UTC, the earliest first, as `2026-11-30`. */
const lastDays = (count: number, now: Date): string[] =>
  Array.from({ length: count }, (_, at) =>
    new Date(now.getTime() - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10),
  );

/** The days of a filter: up to `to` or today, and from `from` on or so many as are shown without it; at most `most`. */
export const daysOf = (
  { from = '', to = '' }: { readonly from?: string | undefined; readonly to?: string | undefined },
  now: Date,
  usual: number,
  most: number,
): string[] => {
  const [first, last] = [dayIn(from), dayIn(to)];
  const end = last ? new Date(`${last}T00:00:00Z`) : now;
  const days = lastDays(most, end);
  const found = first ? days.findIndex((day) => day >= first) : most - usual;
  return found < 0 ? [] : days.slice(found);
};

interface Count {
  readonly day: string;
  readonly outcome: 'done' | 'refused';
  readonly times: number;
}

/** One row for each of the days; counts of one day are added up, because an answer may name a day more than once. */
export const byDay = (days: readonly string[], counts: readonly Count[]) =>
  days.map((day) => {
    const of = (outcome: Count['outcome']) =>
      counts.filter((one) => one.day === day && one.outcome === outcome).reduce((sum, { times }) => sum + times, 0);
    return { day, done: of('done'), refused: of('refused') };
  });
