// Files in packed form beside themselves, made once by the build, so that no server packs anything while somebody waits.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Names of encodings, the better one first, and how the names of files in them end. */
export const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

const packed = /\.(css|html|js|json|svg|txt)$/;
/** Below this size a packed file saves no packet of the network. */
const leastBytes = 1_024;

const pack: Record<(typeof encodings)[number][0], (bytes: Buffer) => Promise<Buffer>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

/** Writes every file of a folder in both encodings beside it, where that makes it smaller. */
export const compress = async (folder: string): Promise<void> => {
  const names = await readdir(folder, { recursive: true, encoding: 'utf8' });
  const all = names.filter((name) => packed.test(name)).map((name) => join(folder, name));
  await Promise.all(
    all.map(async (path) => {
      const bytes = await readFile(path);
      if (bytes.length < leastBytes) return;
      for (const [name, end] of encodings) {
        const small = await pack[name](bytes);
        if (small.length < bytes.length) await writeFile(path + end, small);
      }
    }),
  );
};
