// The shell blocks of a page, run as a reader pastes them: all in one shell, in order.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../infra/bundle/bundle.ts';

/** The shell blocks of a page. @param page its path within the project */
export const blocksOf = async (page: string): Promise<string[]> =>
  [...(await readFile(join(root, page), 'utf8')).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string);

interface Pasting {
  readonly shell?: string;
  /** A line before the first block. */
  readonly first: string;
  readonly env: Readonly<Record<string, string>>;
  /** `exit` for a page that starts servers, which keep the shell's output open. */
  readonly until?: 'close' | 'exit';
}

/** What each block prints, errors included. */
export const pasted = async (
  blocks: readonly string[],
  { shell = '/bin/bash', first, env, until = 'close' }: Pasting,
): Promise<string[]> => {
  const script = blocks.map((block, i) => `echo '=== block ${i}'\n${block}\n`).join('');
  const child = spawn(shell, ['-c', `${first}\n${script}`], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += chunk;
    });
  await new Promise((done) => child.once(until, done));
  return out.split(/=== block \d+\n/).slice(1);
};
