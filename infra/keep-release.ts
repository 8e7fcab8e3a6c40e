// `npm run release:keep -- --commit REF`: builds the functions of a commit with that commit's own build, and keeps them
// together with their routes as one file under test/releases/previous. Tests run that release beside today's.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { counted } from '../shared/text/counted.ts';
import { utf8 } from '../shared/text/text.ts';
import type { Kept } from '../test/releases/kept.ts';
import { root } from './bundle/bundle.ts';

const run = promisify(execFile);
const { commit } = parseArgs({ options: { commit: { type: 'string', default: 'HEAD' } } }).values;

const folder = await mkdtemp(join(tmpdir(), 'holdfast-release-'));
try {
  const { stdout: id } = await run('git', ['rev-parse', `${commit}^{commit}`], { cwd: root });
  const archive = join(folder, 'archive.tar');
  await run('git', ['archive', '--output', archive, id.trim()], { cwd: root });
  await run('tar', ['-xf', archive, '-C', folder]);
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await run(process.execPath, ['infra/build.ts'], { cwd: folder });
  const table = (await import(pathToFileURL(join(folder, 'shared/routes/operations.ts')).href)) as {
    operations: Record<string, { area: string; method: string; path: string; callers: readonly string[] }>;
  };
  const operations = Object.entries(table.operations).map(
    ([name, { area, method, path, callers }]) =>
      [name, { file: `${area}/${name}.mjs`, method, path, open: callers.length === 0 }] as const,
  );
  const dist = join(folder, 'dist');
  const files = (await readdir(dist, { recursive: true })).filter((file) => file.endsWith('.mjs')).sort();
  const kept: Kept = {
    commit: id.trim(),
    operations: Object.fromEntries(operations),
    files: Object.fromEntries(
      await Promise.all(files.map(async (file) => [file, utf8(await readFile(join(dist, file)))])),
    ),
  };
  const packed = brotliCompressSync(JSON.stringify(kept));
  await writeFile(join(root, 'test/releases/previous/release.json.br'), packed);
  process.stdout.write(
    `${kept.commit}: ${counted(files.length, 'file')}, ${packed.length.toLocaleString('en')} bytes packed\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
