// The audit on one machine: the schedule exports into the folder, by the queue and a thread as in a deployment, and the
// command goes on from there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startInstance } from '../../infra/local/instance.ts';
import { ExportFolderError } from '../../shared/exports/folder.ts';
import { exportedBy } from '../exports/independent.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const filesIn = async (folder: string): Promise<Map<string, Uint8Array>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && entry.parentPath.includes('tenant='))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path)] as const)),
  );
};

it('exports every tenant and the operators into the folder, and the command finds nothing more to do', async () => {
  const [data, folder] = [join(root, 'data'), join(root, 'exported')];
  const exported = new Set<string>();
  let wanted: readonly string[] = [];
  let tell = () => {};
  const all = new Promise<void>((resolve) => {
    tell = () => wanted.length > 0 && wanted.every((room) => exported.has(room)) && resolve();
  });
  const instance = await startInstance({
    folder: data,
    port: 0,
    demo: true,
    audit: { folder, every: 100, margin: 1 },
    log: (_, message, fields = {}) => {
      if (message === 'work' && Number(fields.exported) > 0) exported.add(String(fields.tenant));
      tell();
    },
  });
  try {
    const rooms = [...instance.tenants.map(({ id }) => id), 'operators'];
    wanted = rooms;
    tell();
    await all;
    const args = [join(import.meta.dirname, '../../infra/local/audit-export.ts'), '--to', folder, '--data', data];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => /^\w+ \d+ sealed, \d+ exported, 0 days$/.test(line)).length).toBe(5);
    for (const room of rooms) {
      const { faults, events } = exportedBy(await filesIn(folder), room);
      expect(faults).toEqual([]);
      expect(events.length).toBeGreaterThan(0);
    }
  } finally {
    await instance.close();
  }
});

it('refuses a folder that cannot be written before it starts anything', async () => {
  await writeFile(join(root, 'file'), '');
  const folder = join(root, 'file', 'below');
  const starting = startInstance({ port: 0, audit: { folder, every: 60_000, margin: 60_000 } });
  await expect(starting).rejects.toThrow(ExportFolderError);
});
