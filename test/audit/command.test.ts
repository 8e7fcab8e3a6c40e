// The command of auditors as a whole: how it ends, what it tells, and how it is packed.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, folderIn } from '../../clients/audit/command.ts';
import { AuditError, exits } from '../../clients/audit/exits.ts';
import { root } from '../../infra/bundle/bundle.ts';
import { buildCommand } from '../../infra/client/build.ts';
import { checkpointName } from '../../shared/audit/names.ts';
import { called } from './called.ts';
import { type Files, type Making, madeExport, testNotary } from './made.ts';

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
    usage: 'usage: audit count FOLDER [--most N]',
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
      err: expect.stringMatching(/\n\nusage: audit count FOLDER/),
    });
  // A thumbprint may begin with hyphens, and another option is no value.
  for (const value of ['-Q0W7', '--3dK']) expect((await ends(['a', '--most', value])).out).toBe(`a has ${value}.\n`);
  for (const words of [
    ['--most', '--json', 'a'],
    ['a', '--most'],
    ['a', '--most=1', '-Q0W7'],
  ])
    expect((await ends(words)).code).toBe(exits.usage);
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

describe('verify', () => {
  let folder: string;
  const notary = testNotary();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-verify-'));
    await written(await madeExport({ notary, days: [[3, 2], []] }), folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Puts files into a folder. */
  const written = async (files: Files, into: string): Promise<void> => {
    for (const [name, bytes] of files) {
      await mkdir(join(into, dirname(name)), { recursive: true });
      await writeFile(join(into, name), bytes);
    }
  };
  const jwks = async (): Promise<string> => {
    const file = join(folder, '.jwks.json');
    await writeFile(file, JSON.stringify({ keys: [notary.jwk] }));
    return file;
  };

  it('says that nothing is wrong, of a folder and of one tenant in it', async () => {
    for (const where of [folder, join(folder, 'tenant=harbour')])
      expect(await called(['verify', where, '--key', notary.jwk.kid])).toMatchObject({
        code: exits.done,
        out: expect.stringContaining('Tenant harbour: nothing is wrong.'),
        err: '',
      });
    const { out } = await called(['verify', folder, '--key', await jwks(), '--json', '--tenant', 'harbour']);
    expect(JSON.parse(out)).toMatchObject({ event: 'verified', tenant: 'harbour', ok: true, findings: 0, covered: 5 });
  });

  it('names file, line and sequence of what is wrong, expected and found, and ends with 3', async () => {
    const other = await mkdtemp(join(tmpdir(), 'holdfast-verify-'));
    try {
      const files = await madeExport({ notary, days: [[3, 2], []] });
      const name = 'tenant=harbour/dt=2026-11-01/part-000000000004-000000000005.ndjson.gz';
      const [, line = ''] = gunzipSync(files.get(name) as Uint8Array)
        .toString()
        .split('\n');
      await written(new Map(files).set(name, gzipSync(`${line}\n`)), other);
      const told = await called(['verify', other, '--key', notary.jwk.kid]);
      expect(told.code).toBe(exits.wrong);
      expect(told.out).toContain(`${name}:1 (sequence 5): An event is missing before this line. [sequence]`);
      expect(told.out).toMatch(/ {2}expected 4\n {2}found {4}5\n/);
      expect(told.out).toContain('Tenant harbour: 3 findings.');
      const { out, code } = await called(['verify', other, '--key', notary.jwk.kid, '--json']);
      const lines = out
        .trimEnd()
        .split('\n')
        .map((one) => JSON.parse(one));
      expect(code).toBe(exits.wrong);
      expect(lines).toContainEqual(
        expect.objectContaining({ event: 'finding', code: 'sequence', file: name, line: 1, expected: 4, found: 5 }),
      );
      expect(lines.at(-1)).toMatchObject({ event: 'verified', ok: false, findings: 3 });
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it('compares with checkpoints that were kept, one a line', async () => {
    const kept = join(folder, '.kept.jws');
    const of = async (made: Making) => {
      const files = await madeExport(made);
      return [3, 5].map((size) => Buffer.from(files.get(checkpointName('harbour', size)) ?? '').toString());
    };
    await writeFile(kept, `${(await of({ notary, days: [[3, 2], []] })).join('\n')}\n`);
    const words = ['verify', folder, '--key', notary.jwk.kid, '--against', kept];
    expect((await called(words)).code).toBe(exits.done);
    await writeFile(kept, (await of({ notary, days: [[3, 2]], firstDay: '2026-10-31' })).join('\n'));
    const { code, out } = await called(words);
    expect([code, out.match(/\[fork\]/g)?.length]).toEqual([exits.wrong, 2]);
  });

  it('tells of a kept checkpoint whose tenant has no files among those of others', async () => {
    const several = await mkdtemp(join(tmpdir(), 'holdfast-several-'));
    const kept = join(several, '.kept.jws');
    try {
      for (const tenant of ['harbour', 'office'])
        for (const [name, bytes] of await madeExport({ notary, tenant, days: [[2]] })) {
          await mkdir(dirname(join(several, name)), { recursive: true });
          await writeFile(join(several, name), bytes);
        }
      const gone = await madeExport({ notary, tenant: 'quay', days: [[2]] });
      await writeFile(kept, Buffer.from(gone.get(checkpointName('quay', 2)) ?? ''));
      const { code, out } = await called(['verify', several, '--key', notary.jwk.kid, '--against', kept]);
      expect([code, out.match(/\[replayed\]/g)?.length]).toEqual([exits.wrong, 1]);
      expect(out).toContain('found    quay');
    } finally {
      await rm(several, { recursive: true, force: true });
    }
  });

  it('waits for no pipe, reads no device, and takes no link that leads nowhere for a file', async () => {
    const odd = await mkdtemp(join(tmpdir(), 'holdfast-odd-'));
    const part = 'tenant=harbour/dt=2026-11-01/part-000000000001-000000000002.ndjson.gz';
    try {
      for (const [name, bytes] of await madeExport({ notary, days: [[2]], manifests: false })) {
        await mkdir(dirname(join(odd, name)), { recursive: true });
        await writeFile(join(odd, name), bytes);
      }
      for (const make of [
        () => symlink('/dev/zero', join(odd, part)),
        () => promisify(execFile)('mkfifo', [join(odd, part)]),
        () => symlink('nowhere', join(odd, part)),
      ]) {
        await rm(join(odd, part));
        await make();
        const { code, out } = await called(['verify', odd, '--key', notary.jwk.kid]);
        expect(code).toBe(exits.wrong);
        expect(out).toContain(part);
        expect([exits.files, exits.wrong, exits.done]).toContain((await called(['search', odd])).code);
      }
    } finally {
      await rm(odd, { recursive: true, force: true });
    }
  });

  it('says which folder may have been meant: one below, or a tenant’s under another name', async () => {
    const above = await mkdtemp(join(tmpdir(), 'holdfast-above-'));
    try {
      await written(await madeExport({ notary, days: [[2]] }), join(above, 'copies', 'harbour'));
      const words = ['--key', notary.jwk.kid];
      const below = `name ${join(above, 'copies', 'harbour')}.`;
      for (const command of [
        ['verify', above, ...words],
        ['search', above],
        ['report', above, '--review', '--at', '2026-11-02'],
      ]) {
        const { code, out, err } = await called(command);
        expect([command[0], code, out]).toEqual([command[0], exits.files, '']);
        expect(err).toContain(below);
      }
      await rename(join(above, 'copies', 'harbour', 'tenant=harbour'), join(above, 'mine'));
      expect((await called(['verify', join(above, 'mine'), ...words])).err).toContain('rename it to tenant=ID');
      // Nothing of an export at all is no folder of one either.
      expect((await called(['verify', join(above, 'copies'), ...words])).err).toMatch(/has no exported files\.\n?$/);
    } finally {
      await rm(above, { recursive: true, force: true });
    }
  });

  it('refuses words that name no key, no folder, no checkpoint or no day', async () => {
    const none = join(folder, 'none');
    const { kid } = notary.jwk;
    const ends = async (...words: string[]) => (await called(['verify', ...words])).code;
    expect(await ends(folder)).toBe(exits.usage);
    expect(await ends('--key', kid)).toBe(exits.usage);
    expect(await ends(folder, '--key', none)).toBe(exits.usage);
    expect(await ends(folder, '--key', kid, '--against', none)).toBe(exits.usage);
    await writeFile(join(folder, '.notes'), '\nno checkpoint\n');
    expect((await called(['verify', folder, '--key', kid, '--against', join(folder, '.notes')])).err).toContain(
      `line 2 of ${join(folder, '.notes')} is no checkpoint`,
    );
    expect(await ends(folder, '--key', kid, '--day', 'monday')).toBe(exits.usage);
    expect(await ends(folder, '--key', kid, '--from', 'monday')).toBe(exits.usage);
    expect(await ends(folder, '--key', kid, '--from', '2026-11-01', '--day', '2026-11-01')).toBe(exits.usage);
    expect(await ends(folder, '--key', kid, '--from', '2026-11-02')).toBe(exits.done);
    expect(await ends(none, '--key', kid)).toBe(exits.files);
    expect(await ends(join(folder, 'tenant=harbour/dt=2026-11-01'), '--key', kid)).toBe(exits.files);
    expect(await ends(folder, '--key', kid, '--tenant', 'office')).toBe(exits.files);
  });
});
