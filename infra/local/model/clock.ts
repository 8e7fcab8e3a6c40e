// The system's time, for the model as an engine that people use: nothing waits, and nothing is drawn by chance.
import { Random } from './random.ts';
import type { Time } from './scheduler.ts';

/** Real time for a model without faults: a wait of nothing is over at once. */
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
