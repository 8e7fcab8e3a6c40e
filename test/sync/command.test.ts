// The command as a whole: how it ends, with which code, and what it tells.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exits } from '../../clients/directory-sync/exits.ts';
import { main } from '../../clients/directory-sync/main.ts';
import { readSettings } from '../../clients/directory-sync/settings.ts';
import { root } from '../../infra/bundle/bundle.ts';
import { buildCommand, commandFolder } from '../../infra/client/build.ts';
import { fullRunReasons } from '../../shared/domain/directory.ts';
import { takeLock } from '../../shared/files/lock.ts';
import { parseLdif } from '../../shared/ldif/parse.ts';
import { describeOn } from '../support/ldap.ts';
import { longSuite } from '../support/patience.ts';
import { available, type Slapd, startSlapd } from '../support/slapd.ts';

vi.setConfig(longSuite);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-command-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settings = {
  source: 's0123456789ab',
  api: { url: 'https://api.test', token: { env: 'TOKEN' } },
  directory: {
    kind: 'openldap',
    url: 'ldaps://127.0.0.1:1',
    bindDn: 'cn=sync,dc=harbour,dc=example',
    secret: { env: 'SECRET' },
  },
  users: { bases: ['dc=harbour,dc=example'] },
  groups: { bases: ['dc=harbour,dc=example'] },
};
const written = async (more: object = {}): Promise<string> => {
  const path = join(folder, 'settings.json');
  await writeFile(path, JSON.stringify({ ...settings, ...more }));
  return path;
};

const problem = (status: number, code: string) => () =>
  Response.json({ code, status, detail: code }, { status, headers: { 'content-type': 'application/problem+json' } });
const source = { id: settings.source, name: 'Harbour', kind: 'ldap', enabled: true, guards: {} };

/** Calls the command in this process. */
const called = async (
  words: readonly string[],
  {
    answer = problem(404, 'not-found'),
    env = { TOKEN: 't', SECRET: 's' },
    signal = new AbortController().signal,
  }: {
    answer?: (address: string) => Response;
    env?: Record<string, string>;
    signal?: AbortSignal;
  } = {},
) => {
  let text = '';
  const sink = {
    write: (more: string) => {
      text += more;
    },
  };
  const go = async (address: unknown) => answer(String(address));
  const code = await main({ words, env, out: sink, err: sink, signal, fetch: go as typeof fetch });
  return { code, text };
};

it('tells each wait for an API that does not answer, in a line of its own where errors go', async () => {
  const words = ['status', '--config', await written({ state: join(folder, 'waiting.json') })];
  const calledOf = async (more: string[], answers: (() => Response)[]) => {
    const [told, wrong]: [string[], string[]] = [[], []];
    const sinkOf = (lines: string[]) => ({ write: (text: string) => void lines.push(text) });
    const go = async () => (answers.shift() ?? problem(404, 'not-found'))();
    const code = await main({
      words: [...words, ...more],
      env: { TOKEN: 't', SECRET: 's' },
      out: sinkOf(told),
      err: sinkOf(wrong),
      signal: new AbortController().signal,
      fetch: go as typeof fetch,
    });
    return { code, told, wrong };
  };
  const silent = () => {
    throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  };
  const answers = () => [silent, problem(503, 'busy'), silent, () => Response.json({ ...source, sync: {} })];
  const line = /^The API does not answer: .*fetch failed.* \(connect ECONNREFUSED\) The next attempt is in 1 s\.\n$/;
  const people = await calledOf([], answers());
  expect(people).toMatchObject({ code: exits.done, wrong: [expect.stringMatching(line), expect.stringMatching(line)] });
  expect(people.told.join('')).not.toContain('does not answer');
  const { told, wrong } = await calledOf(['--json'], answers());
  expect(wrong).toEqual([]);
  expect(told.map((one) => JSON.parse(one).event)).toEqual(['waiting', 'waiting', 'status']);
});

describe('the command ends', () => {
  it('with the usage when it is asked for help, or is called wrongly', async () => {
    expect(await called(['--help'])).toMatchObject({ code: exits.done, text: expect.stringContaining('usage:') });
    expect(await called(['what'])).toMatchObject({
      code: exits.usage,
      text: expect.stringContaining('no command "what"'),
    });
  });

  it('with one code for wrong settings and missing secrets', async () => {
    expect((await called(['--config', join(folder, 'none')])).code).toBe(exits.usage);
    const config = await written();
    expect(await called(['--config', config], { env: { TOKEN: 't' } })).toMatchObject({
      code: exits.usage,
      text: expect.stringContaining('SECRET'),
    });
    const filter = await written({ users: { bases: ['dc=x'], filter: '(mail=' } });
    expect(await called(['--config', filter])).toMatchObject({
      code: exits.usage,
      text: expect.stringContaining('users.filter'),
    });
  });

  it('with another while a second process runs on the same state', async () => {
    const release = await takeLock(join(folder, 'directory-sync.state.lock'));
    const config = await written();
    const locked = await called(['--config', config]);
    expect(locked).toMatchObject({ code: exits.locked, text: expect.stringContaining(`Process ${process.pid}`) });
    // Who only looks need not wait.
    expect((await called(['status', '--config', config])).code).toBe(exits.refused);
    await release();
  });

  it('with one for the API: what it refuses, and what may pass', async () => {
    const config = await written();
    const ends = async (status: number, code: string) =>
      (await called(['status', '--config', config], { answer: problem(status, code) })).code;
    expect([await ends(401, 'unauthenticated'), await ends(403, 'forbidden'), await ends(404, 'not-found')]).toEqual([
      exits.refused,
      exits.refused,
      exits.refused,
    ]);
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '60' } });
    expect((await called(['status', '--config', config], { answer: busy })).code).toBe(exits.unavailable);
  });

  it('with JSON and no names, where programs read', async () => {
    const config = await written();
    const { text, code } = await called(['status', '--config', config, '--json'], {
      answer: problem(401, 'unauthenticated'),
    });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({ event: 'ended', exit: code, end: 'refused', code: 'unauthenticated' }),
    ]);
  });

  it('with status of what both sides know', async () => {
    const config = await written();
    const sync = { cursor: 'c1', epoch: 'e', losses: [] };
    const { text, code } = await called(['status', '--config', config], {
      answer: () => Response.json({ ...source, sync }),
    });
    expect(code).toBe(exits.done);
    expect(text).toContain('cursor      c1');
    expect(text).toContain('the next run sends everything');
    for (const needsFull of [...fullRunReasons, 'later']) {
      const needing = await called(['status', '--config', config], {
        answer: () => Response.json({ ...source, sync: { ...sync, needsFull } }),
      });
      const [, why] = /^full run {4}needed: (.+)$/m.exec(needing.text) ?? [];
      expect(why, needsFull).toMatch(needsFull === 'later' ? /^later$/ : /^(the|a) \w+( \w+)+$/);
    }
    const held = { ...sync, heldRun: 'n1' };
    expect(
      (await called(['status', '--config', config], { answer: () => Response.json({ ...source, sync: held }) })).code,
    ).toBe(exits.held);
  });
});

describe('the examples', () => {
  it.each(['389', 'active-directory', 'entra-domain-services', 'freeipa', 'openldap'])(
    '%s can be read',
    async (kind) => {
      const read = await readSettings(join(commandFolder('directory-sync'), 'examples', `${kind}.jsonc`));
      expect(read.directory.kind).toBe(kind);
    },
  );

  it('are all of them', async () => {
    expect(await readdir(join(commandFolder('directory-sync'), 'examples'))).toHaveLength(5);
  });
});

describe('the package', () => {
  it('has the version of the service, and names what it needs as it is locked', async () => {
    const json = async (file: string) => JSON.parse(await readFile(join(root, file), 'utf8'));
    const own = await json('clients/directory-sync/package.json');
    const { packages, version } = await json('package-lock.json');
    expect(own.version).toBe(version);
    for (const [name, wanted] of Object.entries(own.dependencies))
      expect([name, packages[`node_modules/${name}`].version]).toEqual([name, wanted]);
  });

  it('is one file that runs where its packages are installed', async () => {
    const project = join(folder, 'project');
    await buildCommand('directory-sync', join(project, 'dist'));
    expect(await readdir(join(project, 'dist'))).toEqual(['directory-sync.js']);
    await mkdir(join(project, 'node_modules'));
    for (const name of ['ldapts', 'zod', 'strict-event-emitter-types'])
      await symlink(join(root, 'node_modules', name), join(project, 'node_modules', name));
    await writeFile(join(project, 'package.json'), '{"type":"module"}');
    const command = join(project, 'dist/directory-sync.js');
    expect((await stat(command)).mode & 0o111).toBe(0o111);
    const { stdout } = await promisify(execFile)(process.execPath, [command, '--help']);
    expect(stdout).toContain('usage: directory-sync');
    const text = await readFile(command, 'utf8');
    const taken = [...text.matchAll(/^import .* from "(?!node:)([^"]+)";$/gm)].map(([, name]) => name);
    expect([...new Set(taken)].sort()).toEqual(['ldapts', 'zod']);
  });
});

describeOn(available(), 'the command on slapd', () => {
  const base = 'dc=harbour,dc=example';
  let d: Slapd;
  beforeAll(async () => {
    const person = (n: number) =>
      `dn: uid=u${n},${base}\nobjectClass: inetOrgPerson\nuid: u${n}\ncn: Usér ${n}\nsn: ${n}\nemployeeNumber: e${n}\nmail: u${n}@harbour.example`;
    d = await startSlapd([
      ...Array.from({ length: 30 }, (_, n) => person(n)),
      `dn: cn=Crew,${base}\nobjectClass: groupOfNames\ncn: Crew\nmember: uid=u1,${base}\nmember: uid=u2,${base}`,
    ]);
  });
  afterAll(() => d?.close());
  const config = (more: object = {}) =>
    written({
      directory: { ...settings.directory, url: d.url, ca: d.caFile, bindDn: d.sync.dn },
      attributes: { uid: 'employeeNumber' },
      ...more,
    });
  const env = (secret = d.sync.password) => ({ TOKEN: 't', SECRET: secret });

  it('checks both sides, and shows what would be sent', async () => {
    const { code, text } = await called(['check-config', '--config', await config()], {
      env: env(),
      answer: () => Response.json(source),
    });
    expect(code).toBe(exits.done);
    expect(text).toContain('It is: OpenLDAP');
    expect(text).toContain('30 users in scope');
    expect(text).toMatch(/Usér \d+, e\d+, u\d+@harbour\.example/);
    expect(text.match(/, u\d+@/g)).toHaveLength(3);
    expect(text).toContain('Crew, 2 direct members');
    expect(text).toContain('Source s0123456789ab is "Harbour", and takes runs from');
  });

  it('says which side fails, and of the other one all the same', async () => {
    const wrong = await called(['check-config', '--config', await config()], {
      env: env('wrong'),
      answer: () => Response.json(source),
    });
    expect(wrong.code).toBe(exits.directory);
    expect(wrong.text).toMatch(/the secret is wrong[\s\S]*Source s0123456789ab/);
    const refused = await called(['check-config', '--config', await config(), '--json'], {
      env: env(),
      answer: problem(403, 'forbidden'),
    });
    expect(refused.code).toBe(exits.refused);
    expect(refused.text).not.toMatch(/harbour|Usér|Crew/);
  });

  it('exports LDIF that the service reads, for nobody else to read', async () => {
    const out = join(folder, 'out');
    expect(await called(['export', '--config', await config(), '--out', out], { env: env() })).toMatchObject({
      code: exits.done,
    });
    expect(await readdir(out)).toEqual(['0001.ldif']);
    const path = join(out, '0001.ldif');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const read = parseLdif(await readFile(path, 'utf8'));
    expect(read).toMatchObject({ ok: true, records: { length: 31 } });
    expect(await called(['export', '--config', await config(), '--out', out], { env: env() })).toMatchObject({
      code: exits.usage,
      text: expect.stringContaining('is there already'),
    });
  });

  it('ends at a signal', async () => {
    const ending = new AbortController();
    ending.abort(new Error('interrupted'));
    expect(
      await called(['export', '--config', await config(), '--out', join(folder, 'no')], {
        env: env(),
        signal: ending.signal,
      }),
    ).toMatchObject({
      code: exits.interrupted,
      text: expect.stringContaining('Interrupted'),
    });
  });
});
