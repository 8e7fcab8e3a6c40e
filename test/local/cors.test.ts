// Pages of other origins: what a browser lets them send and see. Asked of the real handlers behind the local server, whose
// lists the stack has, too.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { demoSubject, type Instance, scopes, startInstance } from '../../infra/local/instance.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { problemAnswer } from '../../shared/http/gateway/problem.ts';
import { allowedHeaders, allowedMethods } from '../../shared/routes/cors.ts';
import { longSuite } from '../support/patience.ts';
import { echo, route, temporaryFolder, testServer } from './support.ts';

vi.setConfig(longSuite);

let instance: Instance;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  instance = await startInstance({ port: 0, demo: true, folder: folder.path });
}, 60_000);
afterAll(async () => {
  await instance?.close();
  await folder?.[Symbol.asyncDispose]();
});

const portal = 'http://localhost:5173';
/** What a page of another origin sees without being told that it may (Fetch, "CORS-safelisted response-header name"). */
const safelisted = ['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'pragma'];
/** For the browser itself, or about the connection. */
const notForPages = [
  ...['connection', 'date', 'keep-alive', 'vary', 'x-content-type-options', 'referrer-policy'],
  ...['content-security-policy', 'x-frame-options', 'access-control-allow-origin', 'access-control-expose-headers'],
];

const names = (list: string | null) => (list ?? '').split(',').map((one) => one.trim().toLowerCase());

describe('a page of another origin', () => {
  it('sees every header that an answer has', async () => {
    const tenant = instance.tenants[0]!.id;
    const token = await instance.issuer.token({ subject: demoSubject, scope: scopes.person, tenant });
    const headers = { origin: portal, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const created = await fetch(`${instance.url}/v1/roles`, { method: 'POST', headers, body: '{"name":"Seen"}' });
    const tooMany = async () => problemAnswer(new Refusal('too-many-requests'), { requestId: 'q' });
    const flooded = await testServer([route('flooded', tooMany)], { allowsOrigin: () => true });
    const answers = [
      created,
      await fetch(`${instance.url}/v1/tenant`, { headers }),
      await fetch(`${instance.url}/v1/tenant`, { headers: { origin: portal } }),
      await fetch(`${instance.url}/v1/docs`, { headers: { origin: portal } }),
      await fetch(`${flooded.url}/v1/flooded`, { headers: { origin: portal } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 401, 200, 429]);
    await flooded.close();
    const seen = new Set<string>();
    for (const answer of answers) {
      expect(answer.headers.get('access-control-allow-origin')).toBe(portal);
      expect(answer.headers.get('vary')).toBe('origin');
      const exposed = names(answer.headers.get('access-control-expose-headers'));
      const hidden = [...answer.headers.keys()].filter(
        (name) => !exposed.includes(name) && !safelisted.includes(name) && !notForPages.includes(name),
      );
      expect([answer.status, hidden]).toEqual([answer.status, []]);
      for (const name of answer.headers.keys()) if (exposed.includes(name)) seen.add(name);
    }
    expect([...seen].sort()).toEqual(['apigw-requestid', 'etag', 'retry-after', 'www-authenticate']);
  });

  it('may send what operations take, as a preflight request says without a token', async () => {
    const preflight = await fetch(`${instance.url}/v1/roles`, {
      method: 'OPTIONS',
      headers: { origin: portal, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match' },
    });
    expect(preflight.status).toBe(204);
    expect(names(preflight.headers.get('access-control-allow-methods'))).toEqual(
      allowedMethods.map((method) => method.toLowerCase()),
    );
    expect(names(preflight.headers.get('access-control-allow-headers'))).toEqual([...allowedHeaders]);
    expect(preflight.headers.has('access-control-allow-credentials')).toBe(false);
  });

  it.each(['https://elsewhere.example', 'http://localhost.elsewhere.example', 'null'])(
    'of %s is not let in',
    async (origin) => {
      const headers = { origin, 'access-control-request-method': 'GET' };
      for (const method of ['GET', 'OPTIONS']) {
        const answer = await fetch(`${instance.url}/v1/health`, { method, headers });
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    },
  );

  it('gets nothing where no origin is allowed', async () => {
    const server = await testServer([echo('look', 'GET', '/v1/look')]);
    const headers = { origin: portal, 'access-control-request-method': 'GET' };
    const preflight = await fetch(`${server.url}/v1/look`, { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(404);
    const answer = await fetch(`${server.url}/v1/look`, { headers });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    await server.close();
  });
});
