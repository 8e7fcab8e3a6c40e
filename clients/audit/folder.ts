// A folder with exported files, only read: pulled by this command, copied from a bucket, or on a medium that cannot be
// written.
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AuditError } from './exits.ts';

/** Exported files by name, as shared/audit/names.ts spells names. Tests hold them in memory. */
export interface Trail {
  /** All names, in the order of their characters. */
  list(): AsyncIterable<string>;
  /** The bytes of a file; undefined when there is none. @throws NoExport */
  get(name: string): Promise<Uint8Array | undefined>;
}

/** Bytes of the largest file that is read, and of what it may unpack to: a part has 4 MB, except of a single event. */
export const mostBytes = 64 * 1024 * 1024;

/** What no export writes, because of its size or because it is no ordinary file. The message begins with its name. */
export class NoExport extends Error {
  override readonly name = 'NoExport';
}

async function* filesBelow(root: string, under: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, under), { withFileTypes: true });
  const named = entries.map((entry) => ({ entry, sorted: entry.isDirectory() ? `${entry.name}/` : entry.name }));
  for (const { entry } of named.sort((one, other) => (one.sorted < other.sorted ? -1 : 1))) {
    // What begins with a dot is somebody's own: the state of a pull, drafts of an export.
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) yield* filesBelow(root, `${under}${entry.name}/`);
    else yield under + entry.name;
  }
}

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException | undefined)?.code));

/**
 * Opens a folder that has `tenant=…` folders, or one of those, which stands for itself.
 * @throws AuditError when it is no folder
 */
export const trailIn = async (path: string): Promise<Trail> => {
  const found = await stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!found?.isDirectory()) throw new AuditError('files', `${path} is no folder.`);
  const whole = resolve(path);
  const isTenant = basename(whole).startsWith('tenant=');
  const [root, under] = isTenant ? [dirname(whole), `${basename(whole)}/`] : [whole, ''];
  return {
    list: () => filesBelow(root, under),
    get: async (name) => {
      try {
        const found = await stat(join(root, name));
        // A pipe would be waited for, and a device read, without an end.
        if (!found.isFile()) throw new NoExport(`${name} is no ordinary file`);
        const { size } = found;
        if (size > mostBytes) throw new NoExport(`${name} has ${size} bytes, and no exported file has so many`);
        return await readFile(join(root, name));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
};
