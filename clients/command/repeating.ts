// Requests that are sent again while the service cannot take them, and rounds that follow each other.
import { HoldfastProblem, HoldfastUnreachable } from '../typescript/index.ts';
import { type CommandError, endOfApi, tellEnd } from './ends.ts';
import type { Report } from './report.ts';
import { misused } from './words.ts';

/** What the service answers when it cannot take a request now and may later. */
const passing: ReadonlySet<string> = new Set(['busy', 'too-many-requests']);

/** Attempts of one request. The waits between them double up to 5 seconds, so a restart of the service is waited out. */
export const attempts = 12;
/** Milliseconds. */
const firstWait = 100;
const longestWait = 5_000;
const longestAsked = 300_000;

/** Errors with which the service says that it may take the request later, and answers that were lost. */
const isPassing = (error: unknown): boolean =>
  error instanceof HoldfastUnreachable || (error instanceof HoldfastProblem && passing.has(error.code));

interface Means {
  readonly fetch: typeof fetch;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** Told before each wait. */
  readonly onWait?: OnWait | undefined;
}

export type OnWait = (error: unknown, ms: number) => void;

/** Shorter waits of a service that answers are usual, and are not told. Milliseconds. */
const noticed = 1_000;

/** Tells each wait for an API that does not answer, and the longer ones for one that refuses, in a line. */
export const tellingWaits =
  (report: Report): OnWait =>
  (error, ms) => {
    if (!(error instanceof HoldfastUnreachable) && ms < noticed) return;
    const { message = 'The answer broke off.', detail, code } = endOfApi(error) ?? {};
    const why = message + (detail ? ` (${detail})` : '');
    report.say('waiting', `${why} The next attempt is in ${Math.ceil(ms / 1000)} s.`, { code, ms: Math.round(ms) });
  };

/**
 * A fetch that heeds when the service wants to be asked again (RFC 9110 section 10.2.3), and a function that sends a
 * request again until it is taken. `passes` says which other errors pass.
 */
export const repeating = ({ fetch: go, pause, onWait }: Means) => {
  /** Milliseconds since 1970. */
  let until = 0;
  const heeding: typeof fetch = async (...request) => {
    const response = await go(...request);
    const after = response.headers.get('retry-after') ?? '';
    const at = /^\d+$/.test(after) ? Date.now() + Number(after) * 1000 : Date.parse(after);
    if (!response.ok && Number.isFinite(at)) until = at;
    return response;
  };
  const again = async <T>(request: () => Promise<T>, passes: (error: unknown) => boolean = () => false): Promise<T> => {
    for (let n = 0; ; n += 1)
      try {
        return await request();
      } catch (error) {
        if (n === attempts || !(isPassing(error) || passes(error))) throw error;
        const wanted = until - Date.now();
        // Who wants to be left alone for long is asked again by the next call.
        if (wanted > longestAsked) throw error;
        const ms = Math.max(0, wanted) + Math.min(longestWait, firstWait * 2 ** n) * Math.random();
        onWait?.(error, ms);
        await pause(ms);
      }
  };
  return { fetch: heeding, again };
};

interface Rounds {
  /** Milliseconds between the rounds. */
  readonly every: number;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Waits for so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** The end that an error means; undefined for a defect. */
  readonly endOf: (error: unknown) => CommandError | undefined;
  /** Exit codes of ends that do not pass while the command runs. */
  readonly lasting: readonly number[];
}

/** Carries out a round again and again until the signal, through every end that may pass. @throws what does not pass */
export const inRounds = async (
  { every, signal, report, pause, endOf, lasting }: Rounds,
  round: () => Promise<unknown>,
): Promise<void> => {
  do {
    try {
      await round();
    } catch (error) {
      const end = endOf(error);
      if (signal.aborted || end === undefined || lasting.includes(end.exit)) throw error;
      tellEnd(report, end);
    }
    await pause(every).catch(() => {});
  } while (!signal.aborted);
};

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** Rounds in a closer sequence would only be load. Milliseconds. */
const shortest = 10_000;

/** The milliseconds of `--every`. @throws CommonError */
export const pauseOf = (text: string, usage: string): number => {
  const [, number, unit = ''] = /^(\d{1,4})([smh])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit] ?? Number.NaN);
  if (Number.isNaN(ms)) return misused(`--every takes a number with s, m or h, such as 5m, not "${text}".`, usage);
  return ms < shortest ? misused('--every takes 10s or more.', usage) : ms;
};
