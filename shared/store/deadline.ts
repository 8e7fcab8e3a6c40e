// The time limit of a request. Its reads and writes stop when the time is over, because a write after the answer would
// happen behind the caller's back.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Refusal } from '../domain/base/refusal.ts';

const current = new AsyncLocalStorage<AbortSignal>();

/** Runs a function whose reads and writes stop at the signal. */
export const until = <T>(signal: AbortSignal, run: () => T): T => current.run(signal, run);

/**
 * The abort signal of the current request; `undefined` outside of a request.
 * @throws Refusal out-of-time when the time is over
 */
export const deadline = (): AbortSignal | undefined => {
  const signal = current.getStore();
  if (signal?.aborted) throw new Refusal('out-of-time');
  return signal;
};
