// What Holdfast is compared with. It is installed beside the benchmarks when one of them needs it first, because nothing
// else does.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = import.meta.dirname;

/** Installs what is missing of `bench/package.json`. */
export const installBeside = (): void => {
  if (existsSync(join(folder, 'node_modules'))) return;
  process.stderr.write('Installing what Holdfast is compared with ...\n');
  execFileSync('npm', ['ci', '--silent'], { cwd: folder, stdio: 'inherit' });
};

const resolveFrom = createRequire(join(folder, 'package.json')).resolve;

/** A package of `bench/package.json`; undefined where it is not installed. */
export const beside = async <T>(name: string): Promise<T | undefined> => {
  try {
    return (await import(pathToFileURL(resolveFrom(name)).href)) as T;
  } catch {
    return undefined;
  }
};

/** The path of a file of a package; undefined where it is not installed. */
export const fileBeside = (path: string): string | undefined => {
  try {
    return resolveFrom(path);
  } catch {
    return undefined;
  }
};
