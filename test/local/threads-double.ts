// A thread whose function does what its event says.
import { parentPort } from 'node:worker_threads';
import type { Order, Told } from '../../infra/local/threads.ts';

interface Asked {
  readonly say?: string;
  readonly thenExit?: boolean;
  readonly fail?: string;
  readonly crash?: string;
  readonly exit?: number;
  readonly meet?: SharedArrayBuffer;
  readonly blockUntilOpen?: SharedArrayBuffer;
}

const tell = (told: Told): void => parentPort?.postMessage(told);

const done = ({ say, thenExit, fail, crash, exit, meet, blockUntilOpen }: Asked): unknown => {
  if (exit !== undefined) process.exit(exit);
  if (fail !== undefined) throw new Error(fail);
  if (crash !== undefined) {
    setImmediate(() => {
      throw new Error(crash);
    });
    return undefined;
  }
  if (meet) {
    const here = new Int32Array(meet);
    Atomics.add(here, 0, 1);
    Atomics.notify(here, 0);
    if (Atomics.load(here, 0) < 2) Atomics.wait(here, 0, 1);
    return 'met';
  }
  if (blockUntilOpen) {
    Atomics.wait(new Int32Array(blockUntilOpen), 0, 0);
    return 'open';
  }
  tell({ tell: 'log', line: ['info', String(say)] });
  const work = { tenant: 'a', kind: 'run', id: String(say) } as const;
  tell({ tell: 'enqueue', work });
  tell({ tell: 'enqueue', work, once: 'today' });
  tell({ tell: 'postpone', receipt: 'receipt', seconds: 5 });
  if (thenExit) setImmediate(() => process.exit(0));
  return say;
};

parentPort?.on('message', ({ event }: Order) => {
  try {
    const value = done(event as Asked);
    if (!(event as Asked).crash) tell({ tell: 'returned', value });
  } catch (error) {
    tell({ tell: 'threw', error });
  }
});
