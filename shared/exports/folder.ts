// Exported files in a folder of this machine. A file is written beside the others first, and then linked to its name:
// a link fails when the name is taken, and never shows half a file.
import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createPrivate, errorCode } from '../files/private.ts';
import { type ExportStore, fileName } from './port.ts';

/** Files on their way stand in this folder, so that who copies a tenant's folder never copies half a file. */
const drafts = '.drafts';
/** Age of a draft, in milliseconds, at which whoever was writing it has died. */
const abandoned = 24 * 3_600_000;

/** A folder in which exports cannot stand. The message is one sentence for the terminal. */
export class ExportFolderError extends Error {
  override name = 'ExportFolderError';
}

/** Makes what has been put into a folder last. Windows cannot, and does not need to. */
const syncFolder = async (path: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};

const entriesOf = async (path: string): Promise<Dirent[]> => {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
};

/** A folder's entries as they sort within whole names: of folders the slash counts. */
const sortable = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);

async function* filesIn(root: string, under: string, prefix: string): AsyncGenerator<string> {
  const entries = await entriesOf(join(root, under));
  for (const entry of entries.sort((one, other) => (sortable(one) < sortable(other) ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const name = under + entry.name;
    // A folder is entered when the prefix leads into it, or it stands below the prefix.
    if (entry.isDirectory()) {
      if (`${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`)) yield* filesIn(root, `${name}/`, prefix);
    } else if (entry.isFile() && name.startsWith(prefix)) yield name;
  }
}

/** Removes what processes that have died were writing. */
const clearDrafts = async (folder: string): Promise<void> => {
  for (const { name } of await entriesOf(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > abandoned) await rm(path, { force: true });
  }
};

const storeIn = (root: string): ExportStore => {
  const lasting = new Set<string>();
  /** Makes a folder, and makes it and the folders above it last. */
  const prepared = async (folder: string): Promise<void> => {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made === undefined && lasting.has(folder)) return;
    if (folder !== root) {
      await prepared(dirname(folder));
      await syncFolder(dirname(folder));
    }
    lasting.add(folder);
  };
  return {
    put: async (name, bytes) => {
      const path = join(root, fileName(name));
      await prepared(dirname(path));
      const created = await createPrivate(path, bytes, join(root, drafts, randomBytes(12).toString('hex')));
      // Also when somebody else has written it: they may have died before they could make it last.
      await syncFolder(dirname(path));
      return created ? 'written' : 'exists';
    },
    get: async (name) => {
      try {
        return await readFile(join(root, fileName(name)));
      } catch (error) {
        if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
        throw error;
      }
    },
    list: (prefix) => filesIn(root, '', prefix),
  };
};

/**
 * A store in a folder, which is made when it is missing. Its files are private to the user of this process.
 * @throws ExportFolderError when no file can be written there, or files there could be overwritten
 */
export const exportFolder = async (path: string): Promise<ExportStore> => {
  const root = resolve(path);
  const probe = join(root, drafts, `probe-${randomBytes(12).toString('hex')}`);
  try {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await clearDrafts(join(root, drafts));
    const tries = [await createPrivate(probe, ''), await createPrivate(probe, '')];
    if (tries.join() !== 'true,false') throw new Error('its file system replaces files');
    await syncFolder(root);
  } catch (error) {
    const why = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw new ExportFolderError(
      `Exports cannot be written into the folder ${path} (${why}): name a folder that this user may write, on a file system with hard links.`,
    );
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
  return storeIn(root);
};
