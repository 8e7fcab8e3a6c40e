// Answers a request that runs out of time before its function is stopped, because the gateway's own 503 or 504 gives
// neither a request id nor advice.
import type { Context } from 'aws-lambda';
import { Refusal } from '../../domain/base/refusal.ts';
import { TimeLimit, until } from '../../store/db.ts';

/** Milliseconds that are reserved for sending the answer. */
const forTheAnswer = 1_000;

/** Calls `run` after `ms` milliseconds, unless the returned function is called before. */
export type Timer = (ms: number, run: () => void) => () => void;

const systemTimer: Timer = (ms, run) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

/**
 * Runs a request within the time that its function has left. When the time is over, commands under way are aborted and
 * no further ones are sent. @throws Refusal out-of-time
 */
export const inTime = async <T>(
  context: Partial<Pick<Context, 'getRemainingTimeInMillis'>> | undefined,
  { timer = systemTimer }: { readonly timer?: Timer },
  run: () => Promise<T>,
): Promise<T> => {
  const left = context?.getRemainingTimeInMillis?.();
  if (left === undefined) return run();
  const stop = new TimeLimit();
  let cancel = () => {};
  const late = new Promise<never>((_, fail) => {
    cancel = timer(Math.max(0, left - forTheAnswer), () => {
      stop.abort();
      fail(new Refusal('out-of-time'));
    });
  });
  try {
    return await Promise.race([until(stop, run), late]);
  } finally {
    cancel();
  }
};
