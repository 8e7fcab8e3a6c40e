// Counts of events by day. Pure.

/** The last days in UTC, the earliest first, as `2026-11-30`. */
export const lastDays = (count: number, now: Date): string[] =>
  Array.from({ length: count }, (_, at) =>
    new Date(now.getTime() - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10),
  );

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
