// The client runs in a browser: it brings nothing of a server's, none of the schemas, and is small.
import { build } from 'esbuild';
import { expect, it } from 'vitest';

/** What a browser would load, and of which files it is made. */
const bundled = async (entry: string) => {
  const { outputFiles, metafile } = await build({
    entryPoints: [new URL(`../../clients/typescript/${entry}`, import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
  });
  const outside = Object.keys(metafile.inputs).filter((file) => !file.startsWith('clients/typescript/'));
  return { outside, bytes: outputFiles[0]?.contents.length };
};

it('bundles for browsers without anything from outside', async () => {
  const { outside, bytes } = await bundled('index.ts');
  expect(outside).toEqual([]);
  expect(bytes).toBeLessThan(13_200);
});

it('what decides offline brings the one function that decides, and nothing else', async () => {
  const { outside, bytes } = await bundled('snapshot.ts');
  expect(outside.sort()).toEqual([
    'shared/domain/base/includes.ts',
    'shared/domain/deciding/judge.ts',
    'shared/domain/deciding/offline.ts',
  ]);
  expect(bytes).toBeLessThan(12_000);
});
