// What the console is built from, and whether what was built is still of it.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfPresent } from '../../shared/files/private.ts';
import { root } from '../root.ts';

export const consoleFolder = join(root, 'console');
/** The built console. */
export const consoleDist = join(consoleFolder, 'dist');
/** What the build remembers of itself; a dot keeps it from being served and uploaded. */
export const recordFile = '.built.json';

interface BuildRecord {
  /** Of the sources. */
  readonly digest: string;
  /** Folders of the packages with code in the console, relative to the repository. */
  readonly packages: readonly string[];
}

/** Folders and files that the build reads; of packages it reads what the lock file names. The build refuses any other. */
export const inputs = [
  'console',
  'clients/typescript',
  'shared/domain/base',
  'shared/text',
  'infra/console',
  'package-lock.json',
] as const;
const isInput = (path: string): boolean => !/(^|\/)(node_modules|dist|\.building)\//.test(path);

/**
 * The digest of everything that the console is built from. Contents count and not times, because a checkout gives every
 * file the time of the checkout.
 */
export const sourcesDigest = async (): Promise<string> => {
  const digest = createHash('sha256');
  for (const input of inputs) {
    const entries = input.endsWith('.json')
      ? [input]
      : (await readdir(join(root, input), { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
    for (const path of entries.filter(isInput).sort()) {
      const content = await readFile(join(root, path));
      digest.update(`${path}\0${content.length}\0`).update(content);
    }
  }
  return digest.digest('hex');
};

/** The record of the console that stands built; undefined when there is none. */
export const builtRecord = async (): Promise<BuildRecord | undefined> => {
  const text = await readIfPresent(join(consoleDist, recordFile));
  return text === undefined ? undefined : (JSON.parse(text) as BuildRecord);
};

/** True when the console stands built from the sources as they are now. */
export const isFresh = async (): Promise<boolean> => (await builtRecord())?.digest === (await sourcesDigest());
