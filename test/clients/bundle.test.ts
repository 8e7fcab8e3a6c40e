// The client runs in a browser: it brings nothing of a server's, none of the schemas, and is small.
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('bundles for browsers without anything from outside', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [new URL('../../clients/typescript/index.ts', import.meta.url).pathname],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.filter((file) => !file.startsWith('clients/typescript/'))).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(12_000);
});
