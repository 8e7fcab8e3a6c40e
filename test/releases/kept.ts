// The release before this one, as it was built then: unpacked, its functions are loaded as any process would load them.

import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { LocalRoute } from '../../infra/local/adapter.ts';

/** What `npm run release:keep` writes. */
export interface Kept {
  readonly commit: string;
  readonly operations: Readonly<Record<string, KeptOperation>>;
  /** Built files by their paths, entries and chunks. */
  readonly files: Readonly<Record<string, string>>;
}
interface KeptOperation {
  readonly file: string;
  readonly method: string;
  readonly path: string;
  /** Asks for no token. */
  readonly open: boolean;
}

export type Worker = (event: { Records: { body: string }[] }, context: unknown) => Promise<unknown>;

const packed = new URL('./previous/release.json.br', import.meta.url);
export const previous = (): Kept => JSON.parse(brotliDecompressSync(readFileSync(packed)).toString()) as Kept;

/** Its routes and its worker, from a folder that lasts as long as they are used. What they work on, the environment says. */
export const unpacked = async ({ operations, files }: Kept) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-previous-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const load = (file: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, file)).href);
  const routes = await Promise.all(
    Object.entries(operations).map(async ([id, { file, method, path, open }]): Promise<LocalRoute> => {
      const { handler } = (await load(file)) as { handler: LocalRoute['handler'] };
      return { id, method, path, auth: open ? 'none' : 'jwt', handler };
    }),
  );
  const { handler: worker } = (await load('work/work.mjs')) as { handler: Worker };
  return { routes, worker, close: () => rm(folder, { recursive: true, force: true }) };
};
