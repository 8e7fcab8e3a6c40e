// The command of auditors, called in this process.
import type { Command } from '../../clients/audit/command.ts';
import { main } from '../../clients/audit/main.ts';

interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly fetch?: typeof fetch;
  /** In place of the table of commands. */
  readonly commands?: readonly Command[];
}

/** Calls the command, and answers with its exit code and what it has written. */
export const called = async (
  words: readonly string[],
  { env = {}, signal, fetch: go, commands }: Surroundings = {},
) => {
  const written = { out: '', err: '' };
  const sink = (name: 'out' | 'err') => ({
    write: (more: string) => {
      written[name] += more;
    },
  });
  const process = { words, env, out: sink('out'), err: sink('err'), signal: signal ?? new AbortController().signal };
  const code = await main({ ...process, ...(go && { fetch: go }) }, commands);
  return { code, ...written };
};
