// `npm run build:client`: builds the client into clients/typescript/dist, one module and its declarations per entry, and
// each command into the dist of its folder.
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { utf8 } from '../../shared/text/text.ts';
import { root } from '../bundle/bundle.ts';
import { joined } from './declarations.ts';

const run = promisify(execFile);

export const clientFolder = join(root, 'clients/typescript');
const entries = ['index', 'snapshot'] as const;

/** The commands that are packages of their own, by their folder in clients; each begins in the file of its name. */
const commandNames = ['directory-sync', 'audit'] as const;
type CommandName = (typeof commandNames)[number];
export const commandFolder = (name: CommandName): string => join(root, 'clients', name);

/** Builds both entries into a folder, and empties the folder first. */
export const buildClient = async (folder: string): Promise<void> => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((entry) => join(clientFolder, `${entry}.ts`)),
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'warning',
  });
  const emitted = await mkdtemp(join(tmpdir(), 'holdfast-client-'));
  try {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '--project', join(root, 'infra/client'), '--outDir', emitted]);
    for (const entry of entries) {
      const text = await joined(join(emitted, 'clients/typescript', `${entry}.d.ts`));
      await writeFile(join(folder, `${entry}.d.ts`), text);
    }
  } finally {
    await rm(emitted, { recursive: true, force: true });
  }
};

/** Builds a command into a folder, as one file that takes what its package depends on from where it is installed. */
export const buildCommand = async (name: CommandName, folder: string): Promise<void> => {
  const about = JSON.parse(utf8(await readFile(join(commandFolder(name), 'package.json'))));
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: [join(commandFolder(name), `${name}.ts`)],
    outdir: folder,
    bundle: true,
    external: Object.keys(about.dependencies ?? {}),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  });
  await chmod(join(folder, `${name}.js`), 0o755);
};

if (process.argv[1] === import.meta.filename) {
  await buildClient(join(clientFolder, 'dist'));
  for (const name of commandNames) await buildCommand(name, join(commandFolder(name), 'dist'));
}
