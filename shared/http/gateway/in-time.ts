// A request that runs out of time is answered before its function is stopped: the gateway's own 503 or 504 names neither
// the request nor what to do.
import { setMaxListeners } from 'node:events';
import type { Context } from 'aws-lambda';
import { Refusal } from '../../domain/base/refusal.ts';
import { until } from '../../store/deadline.ts';

/** Milliseconds that are kept for the answer itself. */
const forTheAnswer = 1_000;

/** Calls back after so many milliseconds, unless what it returns is called before. */
export type Timer = (ms: number, run: () => void) => () => void;

const systemTimer: Timer = (ms, run) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/**
 * Runs a request within the time that its function has left. @throws Refusal out-of-time when that is over: what was being
 * sent is given up, and nothing more is sent.
 */
export const inTime = async <T>(
  context: Partial<Pick<Context, 'getRemainingTimeInMillis'>> | undefined,
  { timer = systemTimer }: { readonly timer?: Timer },
  run: () => Promise<T>,
): Promise<T> => {
  const left = context?.getRemainingTimeInMillis?.();
  if (left === undefined) return run();
  const stop = new AbortController();
  // Everything that is under way listens: a page may read many parts at once.
  setMaxListeners(0, stop.signal);
  let cancel = () => {};
  const late = new Promise<never>((_, fail) => {
    cancel = timer(Math.max(0, left - forTheAnswer), () => {
      stop.abort();
      fail(new Refusal('out-of-time'));
    });
  });
  try {
    return await Promise.race([until(stop.signal, run), late]);
  } finally {
    cancel();
  }
};
