// The command of auditors as a whole: how it ends, what it tells, and how it is packed.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { command, folderIn } from '../../clients/audit/command.ts';
import { AuditError, exits } from '../../clients/audit/exits.ts';
import { root } from '../../infra/bundle/bundle.ts';
import { buildCommand } from '../../infra/client/build.ts';
import { called } from './called.ts';

it('ends with its usage when it is asked for help, or is called wrongly', async () => {
  expect(await called(['--help'])).toMatchObject({ code: exits.done, out: expect.stringContaining('usage: audit') });
  expect((await called([])).code).toBe(exits.usage);
  const unknown = await called(['what']);
  expect(unknown).toMatchObject({ code: exits.usage, out: '' });
  expect(unknown.err).toMatch(/no command "what"[\s\S]*usage: audit/);
});

it('hands a command its words, and ends as the command ends', async () => {
  const count = command({
    name: 'count',
    usage: 'count FOLDER [--most N]',
    options: { most: { type: 'string' } },
    run: async ({ report, signal }, { values, positionals }) => {
      const folder = folderIn(positionals, count.usage);
      signal.throwIfAborted();
      if (values.most === '0') throw new AuditError('files', 'The folder is too large.');
      if (values.most === '1') await readFile(folder);
      report.progress('counting', 1);
      report.say('counted', `${folder} has ${values.most}.`, { most: values.most });
      return exits.wrong;
    },
  });
  const ends = (words: readonly string[], signal?: AbortSignal) =>
    called(['count', ...words], { commands: [count], ...(signal && { signal }) });
  expect(await ends(['a', '--most', '2'])).toEqual({ code: exits.wrong, out: 'a has 2.\n', err: '' });
  const told = await ends(['a', '--most', '2', '--json']);
  expect(JSON.parse(told.out)).toMatchObject({ event: 'counted', most: '2' });
  expect(await ends(['a', '--most', '0'])).toMatchObject({ code: exits.files, err: 'The folder is too large.\n' });
  expect(await ends(['/none', '--most', '1'])).toMatchObject({
    code: exits.files,
    err: expect.stringContaining('/none'),
  });
  const misused = [[], ['a', 'b'], ['a', '--least', '1']];
  for (const words of misused)
    expect(await ends(words)).toMatchObject({
      code: exits.usage,
      out: '',
      err: expect.stringContaining('count FOLDER'),
    });
  expect(await ends(['--help'])).toMatchObject({ code: exits.done, out: 'usage: audit count FOLDER [--most N]\n' });
  expect((await ends(['a'], AbortSignal.abort())).code).toBe(exits.interrupted);
});

it('has the version of the service, and is one file without dependencies', async () => {
  const json = async (file: string) => JSON.parse(await readFile(join(root, file), 'utf8'));
  const own = await json('clients/audit/package.json');
  expect(own.version).toBe((await json('package.json')).version);
  expect(own.dependencies).toBeUndefined();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-audit-'));
  try {
    await buildCommand('audit', folder);
    expect(await readdir(folder)).toEqual(['audit.js']);
    const command = join(folder, 'audit.js');
    expect((await stat(command)).mode & 0o111).toBe(0o111);
    const text = await readFile(command, 'utf8');
    expect([...text.matchAll(/^import .* from "(?!node:)([^"]+)";$/gm)]).toEqual([]);
    const { stdout } = await promisify(execFile)(process.execPath, [command, '--help']);
    expect(stdout).toContain('usage: audit');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
