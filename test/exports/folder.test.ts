// A folder as a store of exported files: the contract, and what a crash or a hostile file system leaves.
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ExportFolderError, exportFolder } from '../../shared/exports/folder.ts';
import type { ExportStore } from '../../shared/exports/port.ts';
import { holdsExportContract } from './contract.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-exports-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

holdsExportContract('a folder', () => exportFolder(join(root, 'contract')));

const listed = async (store: ExportStore): Promise<string[]> => {
  const names: string[] = [];
  for await (const name of store.list('')) names.push(name);
  return names;
};

it('what a process that died has left is no file, and is removed once it is a day old', async () => {
  const folder = join(root, 'crashed');
  await mkdir(join(folder, '.drafts'), { recursive: true });
  const [old, young] = ['old', 'young'].map((name) => join(folder, '.drafts', name)) as [string, string];
  await writeFile(old, 'half of a file');
  await writeFile(young, 'half of a file');
  await utimes(old, new Date(0), new Date(Date.now() - 25 * 3_600_000));
  const store = await exportFolder(folder);
  expect(await readdir(join(folder, '.drafts'))).toEqual(['young']);
  expect(await listed(store)).toEqual([]);
  expect(await store.put('tenant=t/whole', Buffer.from('whole'))).toBe('written');
  expect(await listed(store)).toEqual(['tenant=t/whole']);
  // Its own draft is gone again.
  expect(await readdir(join(folder, '.drafts'))).toEqual(['young']);
});

it('files are private, and a folder that was there keeps its mode', async () => {
  const folder = join(root, 'private');
  await mkdir(folder);
  await chmod(folder, 0o755);
  const store = await exportFolder(folder);
  await store.put('tenant=t/file', Buffer.from('x'));
  const modes = await Promise.all(['', 'tenant=t', 'tenant=t/file'].map((name) => stat(join(folder, name))));
  expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['755', '700', '600']);
});

it('a write that fails leaves nothing, and a folder that is removed meanwhile is made again', async () => {
  const folder = join(root, 'failing');
  const store = await exportFolder(folder);
  await writeFile(join(folder, 'tenant=file'), 'a file where a folder is wanted');
  await expect(store.put('tenant=file/x', Buffer.from('x'))).rejects.toThrow(/ENOTDIR|EEXIST/);
  expect(await store.get('tenant=file/x')).toBeUndefined();
  expect(await readdir(join(folder, '.drafts'))).toEqual([]);
  await store.put('tenant=t/x', Buffer.from('x'));
  await rm(folder, { recursive: true });
  expect(await store.put('tenant=t/x', Buffer.from('x'))).toBe('written');
  expect(await readFile(join(folder, 'tenant=t/x'), 'utf8')).toBe('x');
});

it('a folder that cannot be written is refused with a sentence for the terminal', async () => {
  await writeFile(join(root, 'file'), '');
  const opening = exportFolder(join(root, 'file', 'below'));
  await expect(opening).rejects.toThrow(ExportFolderError);
  await expect(opening).rejects.toThrow(/file\/below \(ENOTDIR\): name a folder that this user may write/);
});
