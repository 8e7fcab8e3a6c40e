/** Requests that no well-meaning client sends. */
import { connect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { echo, raw, testServer } from './support.ts';

const LIMIT = 10_000;
const routes = [
  echo('getRole', 'GET', '/v1/roles/{roleId}'),
  echo('members', 'GET', '/v1/roles/{roleId}/members'),
  echo('secret', 'GET', '/v1/secret', 'jwt'),
  echo('createRole', 'POST', '/v1/roles'),
  echo('guarded', 'POST', '/v1/guarded', 'jwt'),
];
const server = await testServer(routes, { maxBodyBytes: LIMIT });
afterAll(() => server.close());
const port = Number(new URL(server.url).port);

test.each([
  ['/v1/roles/%2e%2e%2fsecret', '../secret'],
  ['/v1/roles/..', '..'],
  ['/v1/roles/a%2Fmembers', 'a/members'],
  ['/v1/roles/a%23b', 'a#b'],
  ['/v1/roles/a%3Fb=1', 'a?b=1'],
  ['/v1/roles/%00', '\0'],
  ['/v1/roles/%252e', '%2e'],
  ['/v1/roles/__proto__', '__proto__'],
  ['/v1/roles/{roleId}', '{roleId}'],
  [`/v1/roles/${'x'.repeat(9_000)}`, 'x'.repeat(9_000)],
])('%s is one parameter, whatever is in it', async (target, roleId) => {
  const answer = await raw(server.url, target);
  expect(answer.status).toBe(200);
  const { id, event } = JSON.parse(answer.body);
  expect(id).toBe('getRole');
  expect(event.pathParameters).toEqual({ roleId });
});

test.each([
  ['/v1/roles/../secret', 404],
  ['/v1/roles/%2e%2e/secret', 404],
  ['//127.0.0.1/v1/roles/x', 404],
  ['/v1/roles/x#y', 400],
  ['/v1/roles/%', 400],
  ['/v1/roles/%zz', 400],
  ['/v1/roles/%ff', 400],
  ['/v1/roles/%c0%ae', 400],
  ['http://evil.example/v1/roles/x', 400],
  ['*', 400],
  ['/v1/roles/\u0001', 400],
  [`/v1/roles/${'x'.repeat(10_300)}`, 431],
  [`/v1/roles/${'x'.repeat(100_000)}`, 431],
  [`/v1/roles/x?q=${'y'.repeat(20_000)}`, 431],
])('%s is refused with %d', async (target, status) => {
  const answer = await raw(server.url, target);
  expect(answer.status).toBe(status);
  expect(answer.head).toContain('content-type: application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({ status, requestId: expect.any(String) });
});

test('headers above the limit of the service are refused', async () => {
  expect((await raw(server.url, '/v1/roles/x', { 'x-big': 'y'.repeat(9_000) })).status).toBe(200);
  expect((await raw(server.url, '/v1/roles/x', { 'x-big': 'y'.repeat(11_000) })).status).toBe(431);
});

test('names that resolve here but are not ours are refused before anything else', async () => {
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '']) {
    for (const target of ['/v1/roles/x', '/v1/secret', '/nothing']) {
      const answer = await raw(server.url, target, { host });
      expect(answer.status, host).toBe(421);
      expect(JSON.parse(answer.body).code).toBe('misdirected');
    }
  }
  const twice = await raw(server.url, '/v1/roles/x', { host: 'localhost', Host: 'evil.example' });
  expect([400, 421]).toContain(twice.status);
  for (const host of ['127.0.0.1', 'localhost', `LOCALHOST:${port}`, '[::1]:1']) {
    expect((await raw(server.url, '/v1/roles/x', { host })).status, host).toBe(200);
  }
});

test('a body at the limit passes, one above does not, said or unsaid', async () => {
  const send = (body: RequestInit['body'], path = '/v1/roles') =>
    fetch(server.url + path, {
      method: 'POST',
      body: body ?? null,
      headers: { 'content-type': 'text/plain' },
      ...{ duplex: 'half' },
    });
  const stream = (chunks: number) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < chunks; at++) controller.enqueue(new Uint8Array(1_000).fill(120));
        controller.close();
      },
    });
  expect((await send('x'.repeat(LIMIT))).status).toBe(200);
  expect((await send(stream(LIMIT / 1_000))).status).toBe(200);
  for (const body of [
    'x'.repeat(LIMIT + 1),
    'é'.repeat(LIMIT / 2 + 1),
    'x'.repeat(5_000_000),
    stream(11),
    stream(3_000),
  ]) {
    const response = await send(body);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'payload-too-large', status: 413 });
  }
  // The token comes first, and its refusal too is readable however much is on its way.
  expect((await send('x'.repeat(5_000_000), '/v1/guarded')).status).toBe(401);
  expect((await send('x')).status).toBe(200);
});

test('callers that leave in the middle, or speak no HTTP, do no harm', async () => {
  const speak = (text: string, leave: boolean) =>
    new Promise<string>((done) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () =>
        leave ? socket.end(text, () => socket.destroy()) : socket.write(text),
      );
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        answer += chunk;
      });
      socket.on('error', () => {}).once('close', () => done(answer));
    });
  const before = server.logged.length;
  await speak('POST /v1/roles HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nabc', true);
  await speak('GET /v1/ro', true);
  expect(await speak('hello\r\n\r\n', false)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"code":"bad-request"/);
  const both = 'POST /v1/roles HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n';
  expect(await speak(`${both}0\r\n\r\n`, false)).toMatch(/^HTTP\/1\.1 400 /);
  await speak('CONNECT evil.example:443 HTTP/1.1\r\nhost: localhost\r\n\r\n', false);
  expect((await server.echo('/v1/roles/x')).id).toBe('getRole');
  expect(server.logged.slice(before)).toEqual([]);
});
