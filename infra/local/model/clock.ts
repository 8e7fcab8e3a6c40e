// The system's time, for the model when people use it as an engine: nothing waits, and nothing is random.
import { Random } from './random.ts';
import type { Time } from './scheduler.ts';

/** Real time for a model without faults: a wait of zero ends at once. */
export const systemTime = (): Time => ({
  random: new Random(1),
  now: () => Date.now(),
  sleep: (ms) => (ms <= 0 ? Promise.resolve() : new Promise((done) => setTimeout(done, ms))),
  after: (ms, fire) => void setTimeout(fire, ms),
  abandon: () => {},
  fail: (error) => {
    throw error;
  },
});
