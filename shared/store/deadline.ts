// The time that a request has. Whatever reads or writes on its behalf stops when it is over: nothing may still be sent for
// a request that has been answered, because a write that comes later would happen behind the caller's back.
import { AsyncLocalStorage } from 'node:async_hooks';
import { Refusal } from '../domain/base/refusal.ts';

const current = new AsyncLocalStorage<AbortSignal>();

/** Runs something that stops when the signal says so. */
export const until = <T>(signal: AbortSignal, run: () => T): T => current.run(signal, run);

/** Ends what is being sent; nothing outside of a request. */
export const deadline = (): AbortSignal | undefined => current.getStore();

/** @throws Refusal out-of-time */
export const needTime = (): void => {
  if (deadline()?.aborted) throw new Refusal('out-of-time');
};
