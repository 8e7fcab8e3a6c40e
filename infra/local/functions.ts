// The functions that the local server runs, from source or as they are built for a deployment.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handlerFile, loadHandler } from '../../functions/index.ts';
import type { Handler } from '../../shared/http/operation.ts';
import { type OperationId, operationIds } from '../../shared/routes/operations.ts';

export interface Functions {
  /** Parts of the functions' code that the server itself uses. */
  readonly parts: typeof import('../../functions/local.ts');
  /** Folder of the built functions; absent when they run from source. */
  readonly folder?: string;
  handler(id: OperationId): Promise<Handler>;
  close(): Promise<void>;
}

export const fromSource = async (): Promise<Functions> => ({
  parts: await import('../../functions/local.ts'),
  handler: loadHandler,
  close: async () => {},
});

const local = 'functions/local.ts';

/** Loads functions that are built into a folder already. */
export const fromFolder = async (folder: string): Promise<Functions> => {
  // The bundler is loaded only here, because serving from source must not need it.
  const { builtFile } = await import('../bundle/bundle.ts');
  const load = (source: string) => import(pathToFileURL(join(folder, builtFile(source))).href);
  return {
    parts: (await load(local)) as Functions['parts'],
    folder,
    handler: async (id) => ((await load(handlerFile(id))) as { handler: Handler }).handler,
    close: async () => {},
  };
};

/** Builds all functions with all settings of a deployment, into a folder that `close` removes. */
export const fromBuild = async (): Promise<Functions> => {
  const { backgroundFiles, bundle } = await import('../bundle/bundle.ts');
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-built-'));
  const built = join(folder, 'dist');
  await bundle(built, [...operationIds.map(handlerFile), ...backgroundFiles, local]);
  return { ...(await fromFolder(built)), close: () => rm(folder, { recursive: true, force: true }) };
};
