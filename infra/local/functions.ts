// The functions that the local server runs: from source, or as they are built for a deployment.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { handlerFile, loadHandler } from '../../functions/index.ts';
import type { Handler } from '../../shared/http/operation.ts';
import { type OperationId, operationIds } from '../../shared/routes/operations.ts';

export interface Functions {
  /** What the server itself takes from among them. */
  readonly parts: typeof import('../../functions/local.ts');
  /** Where the built functions are. */
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

/** Functions that have been built into a folder. */
export const fromFolder = async (folder: string): Promise<Functions> => {
  // Loaded only here: who serves from source needs no bundler.
  const { builtFile } = await import('../bundle/bundle.ts');
  const load = (source: string) => import(pathToFileURL(join(folder, builtFile(source))).href);
  return {
    parts: (await load(local)) as Functions['parts'],
    folder,
    handler: async (id) => ((await load(handlerFile(id))) as { handler: Handler }).handler,
    close: async () => {},
  };
};

/** Builds all functions, with all settings of a deployment, into a folder that goes at the end. */
export const fromBuild = async (): Promise<Functions> => {
  const { backgroundFiles, bundle } = await import('../bundle/bundle.ts');
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-built-'));
  const built = join(folder, 'dist');
  await bundle(built, [...operationIds.map(handlerFile), ...backgroundFiles, local]);
  return { ...(await fromFolder(built)), close: () => rm(folder, { recursive: true, force: true }) };
};
