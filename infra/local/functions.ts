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
  handler(id: OperationId): Promise<Handler>;
  close(): Promise<void>;
}

export const fromSource = async (): Promise<Functions> => ({
  parts: await import('../../functions/local.ts'),
  handler: loadHandler,
  close: async () => {},
});

const local = 'functions/local.ts';

/** Builds all functions, with all settings of a deployment, into a folder that goes at the end. */
export const fromBuild = async (): Promise<Functions> => {
  // Loaded only here: who serves from source needs no bundler.
  const { backgroundFiles, builtFile, bundle } = await import('../bundle/bundle.ts');
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-built-'));
  const built = join(folder, 'dist');
  await bundle(built, [...operationIds.map(handlerFile), ...backgroundFiles, local]);
  const load = (source: string) => import(pathToFileURL(join(built, builtFile(source))).href);
  return {
    parts: (await load(local)) as Functions['parts'],
    handler: async (id) => ((await load(handlerFile(id))) as { handler: Handler }).handler,
    close: () => rm(folder, { recursive: true, force: true }),
  };
};
