// `npm run build:console`: builds the console into console/dist, if it is not there as its sources are. It is a process of
// its own, because the build takes seconds of a processor, and because React is built by the environment of its process.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build, type Plugin } from 'vite';
import { LockHeldError, takeLock } from '../../shared/files/lock.ts';
import { root } from '../root.ts';
import { compress } from './compressed.ts';
import { consoleDist, consoleFolder, inputs, isFresh, recordFile, sourcesDigest } from './sources.ts';

/**
 * Names the packages that the console takes code from, and refuses code of ours from outside the inputs, because a change of
 * it would not be seen, and an old console served.
 */
const taking = (packages: Set<string>): Plugin => ({
  name: 'taking',
  generateBundle() {
    for (const id of this.getModuleIds()) {
      const path = relative(root, id.replace(/[?#].*$/, ''))
        .split(sep)
        .join('/');
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
      if (folder !== undefined) packages.add(folder);
      else if (id.startsWith(root) && !inputs.some((one) => path.startsWith(`${one}/`)))
        this.error(`The console takes ${path}, which infra/console/sources.ts does not name.`);
    }
  },
});

/** Builds beside the folder that is served, and then puts it in its place: nobody is served half a console. */
const rebuild = async (): Promise<void> => {
  const workshop = join(consoleFolder, '.building');
  const outDir = join(workshop, 'dist');
  const digest = await sourcesDigest();
  const packages = new Set<string>();
  try {
    await build({
      root: consoleFolder,
      configFile: join(consoleFolder, 'vite.config.ts'),
      logLevel: 'warn',
      plugins: [taking(packages)],
      build: { outDir, emptyOutDir: true },
    });
    await compress(outDir);
    await writeFile(join(outDir, recordFile), JSON.stringify({ digest, packages: [...packages].sort() }));
    await rm(consoleDist, { recursive: true, force: true });
    await rename(outDir, consoleDist);
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
};

/** Waits for a build that another process has begun, because several tests and servers may start at once. */
const alone = async (): Promise<() => Promise<void>> => {
  for (;;)
    try {
      return await takeLock(join(root, 'node_modules/.cache/holdfast-console.lock'));
    } catch (error) {
      if (!(error instanceof LockHeldError)) throw error;
      await delay(100);
    }
};

const release = await alone();
try {
  if (!(await isFresh())) await rebuild();
} finally {
  await release();
}
