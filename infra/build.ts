// `npm run build`: builds all functions into dist/ and prints the bytes that each of them loads. `--of <operation>`
// prints where the bytes of one function come from.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, root } from './bundle/bundle.ts';

const { of } = parseArgs({ options: { of: { type: 'string' } } }).values;
const { loaded, from } = await bundle(join(root, 'dist'));
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
const largest = (by: ReadonlyMap<string, number>) => [...by].sort(([, a], [, b]) => b - a);

const chosen = of === undefined ? undefined : [...loaded.keys()].find((source) => source.endsWith(`/${of}.ts`));
if (of !== undefined && chosen === undefined) {
  process.stderr.write(`There is no function ${of}: name an operation, for example createRole.\n`);
  process.exitCode = 1;
}
if (chosen) for (const [name, bytes] of largest(from(chosen))) process.stdout.write(`${kilobytes(bytes)}  ${name}\n`);
else {
  const sizes = largest(loaded);
  const [most, least] = [sizes[0], sizes.at(-1)];
  process.stdout.write(`${sizes.length} functions in dist/\n`);
  for (const one of [most, least]) if (one) process.stdout.write(`${kilobytes(one[1])}  ${one[0]}\n`);
}
