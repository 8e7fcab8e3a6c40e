// The built console, built anew when it is not of the sources as they are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../root.ts';
import { consoleDist, isFresh } from './sources.ts';

/** The console could not be built. The message has what the build said. */
export class ConsoleBuildError extends Error {
  override name = 'ConsoleBuildError';
}

/**
 * Makes sure that the console is built from today's sources. @returns its folder
 * @param says is told in a sentence that a build begins
 * @throws ConsoleBuildError
 */
export const builtConsole = async (says: (line: string) => void = () => {}): Promise<string> => {
  if (await isFresh()) return consoleDist;
  says('The console is being built from its sources ...');
  const child = spawn(process.execPath, [join(root, 'infra/node.js'), join(root, 'infra/console/build.ts')], {
    cwd: root,
    // By any other value the libraries would be those for development.
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new ConsoleBuildError(`The console could not be built:\n${err.trim()}`);
  return consoleDist;
};
