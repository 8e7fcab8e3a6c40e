// What people give to the command: its settings, secrets, tokens and words, and what it tells them.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandError, endOfApi } from '../../clients/command/ends.ts';
import { reportTo } from '../../clients/command/report.ts';
import { secretAt } from '../../clients/command/secrets.ts';
import { tokens } from '../../clients/command/token.ts';
import { argumentsOf } from '../../clients/directory-sync/arguments.ts';
import { exits } from '../../clients/directory-sync/exits.ts';
import { directoryConfig, readSettings } from '../../clients/directory-sync/settings.ts';
import { HoldfastUnreachable } from '../../clients/typescript/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const refusal = async (work: Promise<unknown>): Promise<CommandError> => {
  const error = await work.catch((one: unknown) => one);
  expect(error).toBeInstanceOf(CommandError);
  return error as CommandError;
};

const good = {
  source: 's0123456789abcdefghij',
  api: { url: 'https://access.example.com', token: { env: 'HOLDFAST_TOKEN' } },
  directory: {
    kind: 'openldap',
    url: 'ldaps://ldap.example.com',
    bindDn: 'cn=sync,dc=example,dc=com',
    secret: { file: 'secret' },
  },
  users: { bases: ['ou=people,dc=example,dc=com'] },
  groups: { bases: ['ou=groups,dc=example,dc=com'] },
};
const written = async (value: unknown): Promise<string> => {
  const path = join(folder, 'settings.jsonc');
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
};
const read = async (value: unknown) => readSettings(await written(value));
const file = async (name: string, text: string, mode = 0o600): Promise<string> => {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
};

describe('settings', () => {
  it('may have comments, and name files from their own folder', async () => {
    const text = `// who reads what\n{ /* the source */ "source": "s1//x", ${JSON.stringify(good)
      .slice(1)
      .replace(/"source":"[^"]*",/, '')}`;
    const settings = await read(text);
    expect(settings.source).toBe('s1//x');
    expect(settings.directory.secret).toEqual({ file: join(folder, 'secret') });
    expect(settings.state).toBe(join(folder, 'directory-sync.state'));
  });

  it('take everything that is documented', async () => {
    const oauth = {
      tokenUrl: 'https://login.example.com/token',
      clientId: 'sync',
      clientSecret: { env: 'S' },
      scope: 'x',
    };
    const settings = await read({
      ...good,
      state: '/var/lib/holdfast/state',
      api: { url: 'https://access.example.com/v1/', token: { oauth } },
      directory: {
        ...good.directory,
        ...{
          startTls: true,
          ca: 'ca.pem',
          serverName: 'dc1',
          insecure: false,
          ignoreReferrals: ['dc=x'],
          timeoutSeconds: 60,
        },
        pageSize: 500,
      },
      users: { bases: ['ou=a', 'ou=b'], filter: '(mail=*)' },
      attributes: { mail: 'otherMailbox', uid: 'employeeNumber' },
    });
    expect(settings.api.url).toBe('https://access.example.com');
    expect(settings.state).toBe('/var/lib/holdfast/state');
  });

  it('name every field at fault', async () => {
    const { groups: _, ...rest } = good;
    const error = await refusal(
      read({
        ...rest,
        sourc: 'x',
        api: { url: 'http://access.example.com', token: 'abc' },
        directory: { ...good.directory, kind: 'ldap', secret: { env: 'A', value: 'x' }, pageSize: 5000 },
        users: { bases: [] },
        attributes: { nothing: 'x', mail: 'not one' },
      }),
    );
    expect(error.exit).toBe(exits.usage);
    for (const field of [
      'sourc',
      'api.url: must be https://',
      'api.token: must be {"env"',
      'directory.kind',
      'directory.secret: Unrecognized key',
      'directory.pageSize',
      'users.bases',
      'attributes',
    ])
      expect(error.message).toContain(field);
  });

  it('that are missing must be given', async () => {
    const { source: _, ...rest } = good;
    const error = await refusal(read({ ...rest, users: {} }));
    expect(error.message).toMatch(/source: must be given\n {2}users\.bases: must be given$/);
  });

  it('that are no JSON, or not there, say so', async () => {
    expect((await refusal(read('{"a": 1,}'))).message).toMatch(/is not JSON: .*position|line/);
    expect((await refusal(readSettings(join(folder, 'nowhere')))).message).toContain('nowhere');
  });

  it('ask for everything anew when they read otherwise, and not when only the API has moved', async () => {
    const { reading } = await read(good);
    expect((await read({ ...good, api: { ...good.api, url: 'https://other.example.com' } })).reading).toBe(reading);
    for (const other of [{ users: { bases: ['ou=x'] } }, { attributes: { mail: 'x' } }, { groups: { bases: [] } }])
      expect((await read({ ...good, ...other })).reading).not.toBe(reading);
  });

  it('bring the certificates and the secret to who reads the directory', async () => {
    await file('secret', 'top\n');
    await file('ca.pem', '-----BEGIN CERTIFICATE-----\n', 0o644);
    const settings = await read({
      ...good,
      directory: { ...good.directory, ca: 'ca.pem', timeoutSeconds: 5 },
      attributes: { mail: 'x' },
    });
    const config = await directoryConfig(settings, {});
    expect(config).toMatchObject({
      secret: 'top',
      ca: '-----BEGIN CERTIFICATE-----\n',
      timeout: 5_000,
      attributes: ['x'],
    });
    for (const ca of ['missing.pem', 'secret']) {
      const broken = await read({ ...good, directory: { ...good.directory, ca } });
      expect((await refusal(directoryConfig(broken, {}))).message).toContain(`directory.ca: `);
    }
  });
});

describe('secrets', () => {
  it('come from the environment, or from a file that others cannot read', async () => {
    expect(await secretAt({ env: 'A' }, 'x', { A: 's' })).toBe('s');
    for (const mode of [0o600, 0o400, 0o640])
      expect(await secretAt({ file: await file('s', 's\n', mode) }, 'x', {})).toBe('s');
    for (const mode of [0o644, 0o660, 0o604]) {
      const error = await refusal(secretAt({ file: await file('s', 's', mode) }, 'directory.secret', {}));
      expect(error.message).toMatch(/directory\.secret\.file: .*chmod 600/);
    }
  });

  it('that are missing or empty are refused, and never told', async () => {
    for (const place of [
      { env: 'A' },
      { env: 'B' },
      { file: await file('empty', '\n') },
      { file: join(folder, 'none') },
    ]) {
      const error = await refusal(secretAt(place, 'directory.secret', { B: ' ' }));
      expect([error.exit, error.message]).toEqual([exits.usage, expect.stringContaining('directory.secret')]);
    }
  });
});

describe('tokens', () => {
  it('are read from a file at every attempt, because somebody renews it', async () => {
    const path = await file('token', 'one\n');
    const token = tokens({ file: path }, { env: {}, fetch, now: () => 0 });
    expect(await token()).toBe('one');
    await writeFile(path, 'two');
    expect(await token()).toBe('two');
  });

  const oauth = {
    tokenUrl: 'https://login.test/token',
    clientId: 'a b',
    clientSecret: { env: 'S' },
    scope: 'holdfast/directory',
  };
  const granting = (...answers: Response[]) => {
    const sent: { headers: Headers; body: string }[] = [];
    let now = 0;
    const go = async (_: unknown, init: RequestInit = {}) => {
      sent.push({ headers: new Headers(init.headers), body: String(init.body) });
      return answers[sent.length - 1] ?? Response.error();
    };
    const token = tokens({ oauth }, { env: { S: 'p:w' }, fetch: go as typeof fetch, now: () => now });
    return {
      sent,
      token,
      pass: (ms: number) => {
        now += ms;
      },
    };
  };

  it('of client credentials are asked for once, and again before they end', async () => {
    const { sent, token, pass } = granting(
      Response.json({ access_token: 'one', expires_in: 3600 }),
      Response.json({ access_token: 'two', expires_in: 3600 }),
    );
    expect([await token(), await token()]).toEqual(['one', 'one']);
    pass(3_541_000);
    expect(await token()).toBe('two');
    expect(sent).toHaveLength(2);
    expect(sent[0]?.body).toBe('grant_type=client_credentials&scope=holdfast%2Fdirectory');
    expect(Buffer.from(sent[0]?.headers.get('authorization')?.slice(6) ?? '', 'base64').toString()).toBe('a+b:p%3Aw');
  });

  it('that are refused say the code and nothing else; a server that is down may be up later', async () => {
    const refused = await refusal(
      granting(Response.json({ error: 'invalid_client', error_description: 'p:w' }, { status: 401 })).token(),
    );
    expect([refused.exit, refused.message]).toEqual([exits.refused, expect.stringContaining('(invalid_client)')]);
    expect(refused.message).not.toContain('p:w');
    expect((await refusal(granting(new Response('', { status: 503 })).token())).exit).toBe(exits.unavailable);
    expect((await refusal(granting(new Response('<html>')).token())).exit).toBe(exits.refused);
  });
});

describe('a service that cannot be reached', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4799'), { code: 'ECONNREFUSED' });
  it.each([
    ['one address', refused, 'connect ECONNREFUSED 127.0.0.1:4799'],
    [
      'several addresses',
      Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' }),
      'ECONNREFUSED',
    ],
    ['no cause', undefined, undefined],
  ])('is told with what the network said: %s', async (_, cause, detail) => {
    const failed = new TypeError('fetch failed', { cause });
    expect(endOfApi(new HoldfastUnreachable('getSource', failed))).toMatchObject({
      exit: exits.unavailable,
      message: 'The API does not answer: getSource got no answer: fetch failed.',
      detail,
    });
    const oauth = { tokenUrl: 'https://login.test/token', clientId: 'a', clientSecret: { env: 'S' } };
    const token = tokens({ oauth }, { env: { S: 's' }, fetch: () => Promise.reject(failed), now: Date.now });
    expect(await refusal(token())).toMatchObject({ exit: exits.unavailable, detail });
  });
});

describe('the words behind the command', () => {
  it.each([
    [['--config', 'f'], { command: 'sync', dryRun: false, full: false, every: undefined }],
    [['sync', '--config', 'f', '--every', '5m', '--full', '--json'], { every: 300_000, full: true, json: true }],
    [['--config', 'f', '--dry-run', '--once'], { dryRun: true }],
    [['export', '--config', 'f', '--out', 'd'], { command: 'export', out: 'd' }],
    [['status', '--config', 'f'], { command: 'status' }],
  ])('%j', (words, expected) => {
    expect(argumentsOf(words)).toMatchObject(expected);
  });

  it.each([
    [['--config', 'f', 'x'], 'no command "x"'],
    [['sync'], '--config FILE is missing'],
    [['--config', 'f', '--every', '5'], '--every takes'],
    [['--config', 'f', '--every', '1s'], '10s or more'],
    [['--config', 'f', '--every', '1m', '--once'], 'exclude'],
    [['--config', 'f', '--every', '1m', '--dry-run'], 'runs once'],
    [['status', '--config', 'f', '--full'], 'an option of sync'],
    [['export', '--config', 'f'], '--out FOLDER is missing'],
    [['--config', 'f', '--out', 'd'], 'an option of export'],
    [['--config', 'f', '--nothing'], '--nothing'],
  ])('%j is refused', async (words, message) => {
    const error = await refusal(Promise.resolve().then(() => argumentsOf(words)));
    expect([error.exit, error.message]).toEqual([exits.usage, expect.stringContaining(message)]);
    expect(error.message).toContain('usage:');
  });
});

describe('the report', () => {
  const reported = (json: boolean, isTTY: boolean) => {
    let text = '';
    let now = 0;
    const sink = {
      isTTY,
      write: (more: string) => {
        text += more;
      },
    };
    const report = reportTo(sink, { json, now: () => now });
    const work = () => {
      for (let n = 0; n <= 100; n += 1, now += 200) report.progress('sending', n, 100);
      report.say('applied', 'Run n1 is applied.', { run: 'n1', applied: 100 });
      return text;
    };
    return work();
  };

  it('draws a bar on a terminal, and wipes it', () => {
    const text = reported(false, true);
    expect(text).toContain('\r\u001b[Ksending: [############            ] 50 of 100');
    expect(text.endsWith('\r\u001b[KRun n1 is applied.\n')).toBe(true);
  });

  it('writes a line now and then elsewhere', () => {
    expect(reported(false, false)).toBe(
      'sending: [############            ] 50 of 100\nsending: [########################] 100 of 100\nRun n1 is applied.\n',
    );
  });

  it('shows what a terminal would obey, and keeps lines and letters', () => {
    let text = '';
    const sink = {
      isTTY: true,
      write: (more: string) => {
        text += more;
      },
    };
    const name = 'Zoë 李 👩\u{1f3fd}\u001b]0;owned\u0007\u009b2J\u202egnp.exe\r\u0008\u007f\u2028';
    reportTo(sink, { json: false, now: () => 0 }).say('scope', `2 users\n    ${name}`);
    expect(text).toBe(
      '2 users\n    Zoë 李 👩\u{1f3fd}\\u{1b}]0;owned\\u{7}\\u{9b}2J\\u{202e}gnp.exe\\u{d}\\u{8}\\u{7f}\\u{2028}\n',
    );
  });

  it('writes JSON for programs, also on a terminal', () => {
    const lines = reported(true, true)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      { time: '1970-01-01T00:00:10.000Z', event: 'progress', what: 'sending', done: 50, of: 100 },
      { time: '1970-01-01T00:00:20.000Z', event: 'progress', what: 'sending', done: 100, of: 100 },
      { time: '1970-01-01T00:00:20.200Z', event: 'applied', run: 'n1', applied: 100 },
    ]);
  });
});
