// The console's files on one machine: what is served, under which headers, and what is not.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compress } from '../../infra/console/compressed.ts';
import { createIssuer, localIssuer } from '../../infra/local/issuer.ts';
import { localSites } from '../../infra/local/pages.ts';
import { securityHeaders } from '../../shared/http/security-headers.ts';
import { bootEngine } from '../support/harness.ts';
import { raw, temporaryFolder, testServer } from './support.ts';

const script = `export const text = '${'long '.repeat(1_000)}';\n`;
const page = '<!doctype html><title>The console</title>';
let closing: (() => unknown)[] = [];
let url: string;
let folder: string;

beforeAll(async () => {
  const temporary = await temporaryFolder();
  closing.push(() => temporary[Symbol.asyncDispose]());
  folder = join(temporary.path, 'dist');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(temporary.path, 'secret.txt'), 'outside of the folder');
  for (const [name, text] of Object.entries({
    'index.html': page,
    'assets/main-1a2b3c4d.js': script,
    'assets/main-1a2b3c4d.css': 'body { margin: 0 }',
    'assets/font.woff2': '\0\0',
    'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'unknown.xyz': '<script>alert(1)</script>',
    '.built.json': 'a digest',
  }))
    await writeFile(join(folder, name), text);
  await compress(folder);
  const { engine, client, table } = await bootEngine();
  const { Store } = await import('../../shared/store/store.ts');
  const { db } = new Store({ client, table });
  const sites = await localSites({ issuer: await createIssuer(), db, demos: () => [], console: folder });
  const server = await testServer([], { sites, home: '/console/' });
  url = server.url;
  closing = [engine.close, server.close, ...closing];
});
afterAll(async () => {
  for (const close of closing) await close();
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${url}${path}`, { method, redirect: 'manual', headers: { 'accept-encoding': 'identity', ...headers } });

describe('a file', () => {
  it.each([
    ['/console/', 'text/html; charset=utf-8', 'no-store'],
    ['/console/index.html', 'text/html; charset=utf-8', 'no-store'],
    ['/console/config.json', 'application/json', 'no-store'],
    ['/console/assets/main-1a2b3c4d.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/console/assets/main-1a2b3c4d.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable'],
    ['/console/assets/font.woff2', 'font/woff2', 'public, max-age=31536000, immutable'],
    ['/console/icon.svg', 'image/svg+xml', 'no-cache'],
    ['/console/unknown.xyz', 'application/octet-stream', 'no-cache'],
  ])('%s is %s, kept as "%s"', async (path, type, kept) => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      type,
      kept,
    ]);
    const head = await get(path, {}, 'HEAD');
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
      200,
      String((await answer.arrayBuffer()).byteLength),
      '',
    ]);
  });

  it('is packed as the browser takes it, and as it is for one that takes nothing', async () => {
    const path = '/console/assets/main-1a2b3c4d.js';
    const unpack = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
    for (const [accepted, encoding] of [
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip', 'gzip'],
      ['br;q=0, gzip;q=0.5', 'gzip'],
      ['identity', 'identity'],
      ['BR', 'br'],
    ] as const) {
      const { head } = await raw(url, path, { 'accept-encoding': accepted });
      expect([accepted, /content-encoding: (\w+)/.exec(head)?.[1] ?? 'identity']).toEqual([accepted, encoding]);
      expect(head).toContain('vary: accept-encoding');
      const length = Number(/content-length: (\d+)/.exec(head)?.[1]);
      expect(length < script.length).toBe(encoding !== 'identity');
      // fetch unpacks by itself what it was sent.
      expect(await (await get(path, { 'accept-encoding': accepted })).text()).toBe(script);
      expect(unpack[encoding]).toBeTypeOf('function');
    }
    expect((await raw(url, `${path}.br`)).status).toBe(404);
    expect((await get('/console/', { 'accept-encoding': 'br' })).headers.get('content-encoding')).toBe(null);
  });

  it('that the browser has is not sent again', async () => {
    const { headers } = await get('/console/icon.svg');
    const tag = headers.get('etag') as string;
    for (const [known, status] of [
      [tag, 304],
      [`"other", ${tag}`, 304],
      ['"other"', 200],
    ] as const) {
      const again = await get('/console/icon.svg', { 'if-none-match': known });
      expect([known, again.status, again.headers.get('etag')]).toEqual([known, status, tag]);
    }
    expect((await get('/console/')).headers.get('etag')).toBe(null);
  });
});

describe('an address', () => {
  it.each(['/console/', '/console/roles', '/console/users/u1/rights', '/console/roles?a=b.c'])(
    '%s is answered by the page, which shows what it names',
    async (path) => {
      const answer = await get(path);
      expect([answer.status, await answer.text()]).toEqual([200, page]);
    },
  );

  it.each([
    '/console/assets/gone-12345678.js',
    '/console/.built.json',
    '/console/../secret.txt',
    '/console/..%2fsecret.txt',
    '/console/%2e%2e/secret.txt',
    '/console/assets/..%5c..%5c..%5csecret.txt',
    '/console//etc/passwd.txt',
    '/console/%00.txt',
    '/console/%zz.js',
    '/console/__proto__.js',
  ])('%s is no file of the console', async (path) => {
    const answer = await raw(url, path);
    expect(answer.body).not.toMatch(/outside of the folder|a digest|root:/);
    expect([path, answer.status]).toEqual([path, 404]);
  });

  it('of the server itself leads to the console', async () => {
    const lead = async (path: string) => {
      const { status, headers } = await get(path);
      return [status, headers.get('location')];
    };
    expect(await lead('/')).toEqual([302, '/console/']);
    expect(await lead('/console')).toEqual([303, '/console/']);
    expect((await get('/consoles')).status).toBe(404);
  });

  it('takes no other method', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await get('/console/', {}, method)).status).toBe(404);
  });
});

it('every kind of thing that is served has the headers of the one table', async () => {
  const kinds = [
    ...['/console', '/console/', '/console/roles', '/console/config.json', '/console/icon.svg', '/console/gone.js'],
    ...['/console/assets/main-1a2b3c4d.js', '/console/assets/main-1a2b3c4d.css', '/console/assets/font.woff2'],
    ...['/issuer/.well-known/openid-configuration', '/issuer/jwks', '/issuer/page.css', '/issuer/gone'],
    ...['/issuer/authorize', '/issuer/endsession'],
  ];
  for (const path of kinds) {
    const { headers } = await get(path);
    const seen = Object.keys(securityHeaders()).map((name) => [path, name, headers.get(name)]);
    expect(seen).toEqual(Object.entries(securityHeaders()).map(([name, value]) => [path, name, value]));
  }
  const { 'content-security-policy': policy } = securityHeaders();
  expect(policy).toBe(
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  );
  const elsewhere = securityHeaders({ connect: ['https://login.example.com'] })['content-security-policy'];
  expect(elsewhere).toContain("; connect-src 'self' https://login.example.com; ");
});

it('the settings name the provider under the address that the browser uses, and nothing that is secret', async () => {
  const settings = (await (await get('/console/config.json')).json()) as Record<string, unknown>;
  const metadata = await (await get('/issuer/.well-known/openid-configuration')).json();
  expect(settings).toEqual({
    authority: localIssuer,
    clientId: 'holdfast-console',
    scope: 'openid holdfast/admin',
    operatorScope: 'openid holdfast/operator holdfast/recovery',
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    metadata,
  });
});
