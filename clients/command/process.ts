// A command as a process.
import { commonExits } from './ends.ts';
import type { Sink } from './report.ts';

/** What a process has, as far as a command needs it. */
export interface Process {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: Sink;
  readonly err: Sink;
  readonly signal: AbortSignal;
  readonly fetch?: typeof fetch;
}

/** Runs a command as this process. A first signal ends it cleanly, a second one at once. */
export const runProcess = async (main: (from: Process) => Promise<number>): Promise<void> => {
  const ending = new AbortController();
  const end = () => {
    if (ending.signal.aborted) process.exit(commonExits.interrupted);
    ending.abort(new Error('interrupted'));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  // Whoever reads may have enough, such as `head`: that is no defect.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(commonExits.done);
  });
  process.exitCode = await main({
    words: process.argv.slice(2),
    env: process.env,
    out: process.stdout,
    err: process.stderr,
    signal: ending.signal,
  });
};
