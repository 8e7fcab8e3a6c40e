// The commands of the README as a newcomer runs them: real processes, real HTTP.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type LocalState, readState } from '../../infra/local/state.ts';
import type { TenantId } from '../../shared/domain/base/ids.ts';
import { documentClient } from '../../shared/store/client.ts';
import { keys } from '../../shared/store/keys.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

const root = join(import.meta.dirname, '..', '..');
const running: ChildProcess[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const child of running.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'holdfast-commands-'));
  folders.push(made);
  return made;
};

/** Runs a command of infra/local; `until` is awaited in what it prints. */
const command = (file: string, args: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [join(root, 'infra', 'local', file), ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    err += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  const until = async (text: RegExp): Promise<string> => {
    while (!text.test(out)) {
      if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${err}`);
      await Promise.race([once(child.stdout as Readable, 'data'), ended]);
    }
    return out;
  };
  return { child, ended, until };
};

/** An instance as `npm start` serves it, with what it prints. */
const started = async (data: string) => {
  const instance = command('start.ts', ['--port', '0', '--data', data]);
  const text = await instance.until(/Ctrl-C ends it/);
  const value = (name: string) => new RegExp(`^export ${name}=(\\S+)$`, 'm').exec(text)?.[1] ?? '';
  return { ...instance, text, url: value('URL'), token: value('TOKEN') };
};

const get = async (url: string, token: string) => {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  // biome-ignore lint/suspicious/noExplicitAny: looked into freely
  return { status: response.status, body: (await response.json()) as any };
};

describe('npm start', () => {
  it('serves a demo tenant per catalogue, keeps its data over a restart, and ends with Ctrl-C', async () => {
    const data = await folder();
    const first = await started(data);
    for (const catalogue of ['complete', 'exchange-rules', 'email-security', 'secure-exchanges'])
      expect(first.text).toMatch(new RegExp(`${catalogue}\\s+t[0-9a-z]{12}`));
    expect((await get(`${first.url}/v1/tenant`, first.token)).status).toBe(200);
    const headers = { authorization: `Bearer ${first.token}`, 'content-type': 'application/json' };
    const made = await fetch(`${first.url}/v1/roles`, { method: 'POST', headers, body: '{"name":"Kept"}' });
    expect(made.status).toBe(201);
    first.child.kill('SIGINT');
    expect((await first.ended).code).toBe(0);
    await expect(fetch(`${first.url}/v1/health`)).rejects.toThrow();
    const second = await started(data);
    const roles = await get(`${second.url}/v1/roles`, second.token);
    expect(roles.body.items.map(({ name }: { name: string }) => name)).toContain('Kept');
  });

  it('prints tokens of the local issuer that are accepted, and says what is missing', async () => {
    const data = await folder();
    const { url } = await started(data);
    const printed = async (...args: string[]) =>
      (await command('token.ts', [...args, '--data', data]).ended).out.trim();
    const admin = await printed('--tenant', 'email-security', '--user', 'admin');
    expect((await get(`${url}/v1/tenant`, admin)).body.catalogue.id).toBe('email-security');
    const product = await printed('--tenant', 'complete', '--service');
    expect((await get(`${url}/v1/tenant`, product)).body.code).toBe('caller-kind');
    const stranger = await printed('--tenant', 'complete', '--user', 'stranger');
    expect((await get(`${url}/v1/tenant`, stranger)).body.code).toBe('unknown-user');
    const approver = await printed('--operator', '--user', 'second', '--scope', 'operator,recovery');
    expect((await get(`${url}/v1/tenants`, approver)).body.items).toHaveLength(4);
    expect(JSON.parse(Buffer.from(approver.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({
      sub: 'second',
      scope: 'holdfast/operator holdfast/recovery',
    });
    const person = ['--tenant', 'complete', '--user', 'admin'];
    for (const [args, said] of [
      [[...person, '--scope', 'admin,directroy'], 'there is no scope "directroy" with --user; known: admin, directory'],
      [['--operator', '--scope', 'admin'], 'there is no scope "admin" with --operator; known: operator, recovery.'],
      [['--service', '--tenant', 'complete', '--scope', 'admin'], 'with --service; known: check.'],
      [[...person, '--expires', 'soon'], '--expires takes whole seconds, such as 3600, not "soon".'],
      [[...person, '--claim', 'employee_id'], '--claim takes NAME=VALUE'],
    ] as const) {
      const { code, out, err } = await command('token.ts', [...args, '--data', data]).ended;
      expect([code, out, err]).toEqual([1, '', expect.stringContaining(said)]);
    }
    const wrong = await command('token.ts', ['--tenant', 'complete', '--data', data]).ended;
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/--user is missing/);
    const nobody = await command('token.ts', ['--tenant', 'nope', '--user', 'admin', '--data', data]).ended;
    expect([nobody.code, nobody.out, nobody.err.trim()]).toEqual([
      1,
      '',
      'There is no tenant "nope": name a tenant\'s id, or one of the demo tenants (complete, exchange-rules, email-security, secure-exchanges).',
    ]);
  });

  it('says at once that it starts, then where to read on and where data is; prints requests when asked to', async () => {
    const data = await folder();
    const exported = join(data, 'exported');
    const instance = command('start.ts', ['--port', '0', '--log', '--data', data, '--export', exported]);
    const text = await instance.until(/Ctrl-C ends it/);
    expect(text).toMatch(/^Holdfast is starting/);
    expect(text).toContain(`Data is kept in ${data}.`);
    expect(text).toContain(`npm run -s token -- --tenant complete --user admin --data ${data}\n`);
    const [, url, token] = /^export URL=(\S+)\nexport TOKEN=(\S+)$/m.exec(text) ?? [];
    const { keys } = (await get(`${url}/v1/audit/keys`, token as string)).body;
    expect(text).toContain(
      `exported to ${exported}, a minute or more after they happened, signed by the key ${keys[0].kid}.`,
    );
    const front = await fetch(`${url}/`, { redirect: 'manual' });
    expect([front.status, front.headers.get('location')]).toEqual([302, '/console/']);
    expect(text).toContain(`The console, in a browser: ${url}/console/\n`);
    expect((await fetch(`${url}/`)).headers.get('content-type')).toMatch('text/html');
    expect((await get(`${url}/v1/tenant`, 'no token')).status).toBe(401);
    await fetch(`${url}/v1/health`);
    await instance.until(/^\S+ 200 getHealth - \d+ ms$/m);
  });

  it('says in one sentence which Node it needs when this one is too old', async () => {
    const old = 'Object.defineProperty(process.versions, "node", { value: "18.20.0" }); await import(process.argv[1]);';
    const args = ['--input-type=module', '--eval', old, '--', join(root, 'infra', 'node.js'), 'infra/local/start.ts'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, err.trim().split('\n').length]).toEqual([1, 1]);
    expect(err).toContain('needs Node 24');
  });

  it('says in one sentence that its port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { code, err } = await command('start.ts', ['--port', String(port), '--data', await folder()]).ended;
    server.close();
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain(String(port));
  });

  it('says in one sentence that the engine it was told to use does not answer', async () => {
    const env = { DYNAMODB_ENDPOINT: 'http://127.0.0.1:9' };
    const { code, err } = await command('start.ts', ['--port', '0', '--data', await folder()], env).ended;
    expect(code).toBe(1);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(err).toContain('DYNAMODB_ENDPOINT');
  });

  it('refuses a port that is not a number', async () => {
    const { code, err } = await command('start.ts', ['--port', 'many']).ended;
    expect([code, err.trim()]).toEqual([1, '--port takes a number from 0 to 65535, not "many".']);
  });
});

describe('npm run repair', () => {
  it('verifies a tenant of the running instance', async () => {
    const data = await folder();
    await started(data);
    const good = await command('repair.ts', ['--tenant', 'complete', '--data', data]).ended;
    expect([good.code, good.out]).toEqual([0, expect.stringContaining('agree with a full scan')]);
    const none = await command('repair.ts', ['--tenant', 't000000000000', '--data', data]).ended;
    expect([none.code, none.err.trim()]).toEqual([
      1,
      'There is no tenant t000000000000: check the id, and that the engine is the right one.',
    ]);
  });

  it('says what is left where nobody manages access rights any more, and who ends that', async () => {
    const data = await folder();
    const { url, token } = await started(data);
    const { endpoint, tenants } = (await readState(data)) as LocalState;
    const { user } = (await get(`${url}/v1/me`, token)).body;
    await documentClient(endpoint).send(
      new UpdateCommand({
        TableName: 'holdfast',
        Key: keys.access(tenants[0]?.id as TenantId, user.id),
        UpdateExpression: 'SET #state = :gone',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':gone': 'disabled' },
      }),
    );
    const { code, out } = await command('repair.ts', ['--tenant', 'complete', '--fix', '--data', data]).ended;
    expect(code).toBe(1);
    expect(out).toMatch(
      /^repaired, but for what only people can do:\n( {2}.*\n)* {2}keeperless: nobody is a holder\n/m,
    );
    expect(out).toMatch(/Operators recover it now: see docs\/deploy\.md, When nobody can manage a tenant\.\n$/);
  });

  it('verifies all tenants, a line each, and says by its exit code how it ended', async () => {
    const data = await folder();
    await started(data);
    const all = (...args: string[]) => command('repair.ts', ['--all', ...args, '--data', data]).ended;
    const { code, out } = await all();
    expect([code, out.match(/^t\w+ sound$/gm)?.length]).toEqual([0, 4]);
    expect(out).toMatch(/^4 sound, 0 mended, 0 damaged, 0 unproven, 0 keeperless, 0 busy$/m);
    const { endpoint } = (await readState(data)) as LocalState;
    const [first, second] = [...out.matchAll(/^t\w+/gm)].map(([id]) => id as TenantId);
    const client = documentClient(endpoint);
    await client.send(
      new UpdateCommand({
        TableName: 'holdfast',
        Key: keys.head(second!),
        UpdateExpression: 'SET records = :wrong',
        ExpressionAttributeValues: { ':wrong': 4711 },
      }),
    );
    const damaged = await all('--after', first!);
    expect([damaged.code, damaged.out]).toEqual([1, expect.stringContaining(`${second} damaged records: `)]);
    expect(damaged.out).not.toContain(`${first} `);
    expect([(await all('--fix')).code, (await all('--memory', '1')).code]).toEqual([2, 0]);
    for (const args of [
      ['--all', '--memory', '0'],
      ['--tenant', 'complete', '--memory', '100'],
    ]) {
      const { code, err } = await command('repair.ts', [...args, '--data', data]).ended;
      expect([code, err]).toEqual([1, expect.stringMatching(/^--memory takes a whole number of megabytes/)]);
    }
    const wrong = await all('--tenant', 'complete');
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/^Name --tenant or --all, not both/)]);
  });
});

describe('npm run tour', () => {
  it('CT-45..48 CT-50: plays the main job to its end, five lock-outs refused', async () => {
    const { code, out, err } = await command('tour.ts', []).ended;
    expect([code, err]).toEqual([0, '']);
    expect(out.match(/409 \{"code":"last-access-manager"/g)).toHaveLength(6);
    expect(out).toContain('That was the tour.');
  });
});
