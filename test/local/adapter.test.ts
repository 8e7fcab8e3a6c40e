/** The local server as a faithful HTTP API: routes, tokens, the event, the response, limits, start and end. */

import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Context } from 'aws-lambda';
import { afterAll, describe, expect, test } from 'vitest';
import { AdapterError, type LocalRoute, serve } from '../../infra/local/adapter.ts';
import type { LocalHandler } from '../../infra/local/event.ts';
import { createIssuer, localIssuer } from '../../infra/local/issuer.ts';
import { echo, raw, route, testServer } from './support.ts';

let handled = 0;
const whoAmI = echo('whoAmI', 'GET', '/v1/me', 'jwt');
const counted: LocalRoute = {
  ...whoAmI,
  handler: (event, context) => {
    handled += 1;
    return whoAmI.handler(event, context);
  },
};
const server = await testServer([
  echo('listRoles', 'GET', '/v1/roles'),
  echo('getRole', 'GET', '/v1/roles/{roleId}'),
  echo('searchRoles', 'GET', '/v1/roles/search'),
  echo('addMember', 'PUT', '/v1/roles/{roleId}/members/{userId}'),
  echo('exportMembers', 'GET', '/v1/roles/{roleId}/members'),
  echo('searchMembers', 'GET', '/v1/{any}/search/members'),
  echo('createRole', 'POST', '/v1/roles'),
  counted,
]);
afterAll(() => server.close());

describe('routes', () => {
  test.each([
    ['GET', '/v1/roles', 'listRoles', undefined],
    ['POST', '/v1/roles', 'createRole', undefined],
    ['GET', '/v1/roles/r1', 'getRole', { roleId: 'r1' }],
    ['GET', '/v1/roles/search', 'searchRoles', undefined],
    ['GET', '/v1/roles/searc', 'getRole', { roleId: 'searc' }],
    ['GET', '/v1/roles/search/members', 'exportMembers', { roleId: 'search' }],
    ['GET', '/v1/users/search/members', 'searchMembers', { any: 'users' }],
    ['PUT', '/v1/roles/r%20%C3%A9/members/u%2B1', 'addMember', { roleId: 'r é', userId: 'u+1' }],
    ['GET', '/v1/%72oles', 'listRoles', undefined],
  ])('%s %s is %s', async (method, path, id, pathParameters) => {
    const answer = await server.echo(path, { method });
    expect(answer.id).toBe(id);
    expect(answer.event.pathParameters).toEqual(pathParameters);
  });

  test.each([
    ['GET', '/'],
    ['GET', '/v1'],
    ['GET', '/v1/roles/'],
    ['GET', '/v1//roles'],
    ['GET', '/V1/roles'],
    ['GET', '/v1/roles/r1/members/'],
    ['GET', '/v1/roles/r1/members/u1', 'GET is no method of this path, which has PUT.'],
    ['DELETE', '/v1/roles/r1', 'DELETE is no method of this path, which has GET.'],
    ['OPTIONS', '/v1/roles', 'OPTIONS is no method of this path, which has GET and POST.'],
    ['PATCH', '/v1/me', 'PATCH is no method of this path, which has GET.'],
  ])(
    '%s %s is not found, as a problem',
    async (method, path, detail = 'There is no such operation: GET /v1/openapi.json lists all.') => {
      const response = await fetch(server.url + path, { method });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toEqual({
        type: 'urn:holdfast:problem:not-found',
        title: 'Not Found',
        status: 404,
        code: 'not-found',
        detail,
        requestId: response.headers.get('apigw-requestid'),
        message: 'Not Found',
      });
    },
  );

  test('HEAD is no GET, and has no body', async () => {
    const answer = await raw(server.url, '/v1/roles', {}, 'HEAD');
    expect(answer).toMatchObject({ status: 404, body: '' });
  });

  test('routes that cannot be told apart, or not be read, are refused at start', async () => {
    const start = (...paths: string[]) => testServer(paths.map((path, n) => echo(`op${n}`, 'GET', path)));
    await expect(start('/v1/{a}/x', '/v1/{b}/x')).rejects.toThrow(AdapterError);
    for (const path of ['v1', '/v1/{a}/{a}', '/v1/{proxy+}', '/v1/x{a}', '/v1/{}']) {
      await expect(start(path), path).rejects.toThrow(AdapterError);
    }
  });
});

describe('tokens', () => {
  const call = (authorization?: string) =>
    fetch(`${server.url}/v1/me`, { headers: authorization === undefined ? {} : { authorization } });

  test('the claims reach the handler as texts, as the service writes them', async () => {
    const token = await server.issuer.token({
      subject: 'u1',
      tenant: 't1',
      scope: 'admin check',
      extra: { groups: ['a', 'b'], n: 7, yes: true, nothing: null, deep: { a: [1] } },
    });
    for (const header of [`Bearer ${token}`, `bearer ${token}`, token]) {
      const { event } = await server.echo('/v1/me', { headers: { authorization: header } });
      const { claims, scopes } = event.requestContext.authorizer.jwt;
      expect(scopes).toBeNull();
      expect(claims).toMatchObject({
        iss: localIssuer,
        sub: 'u1',
        tenant: 't1',
        scope: 'admin check',
        groups: '[a b]',
      });
      expect(claims).toMatchObject({ n: '7', yes: 'true', deep: '{"a":[1]}', token_use: 'access' });
      expect(claims.exp).toMatch(/^\d{10}$/);
      expect(claims).not.toHaveProperty('nothing');
    }
  });

  test('an ID token comes through, and the handler can see what it is', async () => {
    const token = await server.issuer.token({ subject: 'u1', idToken: true });
    const { event } = await server.echo('/v1/me', { headers: { authorization: `Bearer ${token}` } });
    expect(event.requestContext.authorizer.jwt.claims).toMatchObject({ token_use: 'id' });
  });

  test('no or a bad token is 401 before the handler runs', async () => {
    const before = handled;
    const stranger = await createIssuer();
    const good = await server.issuer.token({ subject: 'u1' });
    const bad = [
      undefined,
      '',
      'Bearer',
      'Bearer x',
      `Basic ${good}`,
      `Bearer ${good}x`,
      `Bearer ${good}, Bearer ${good}`,
      `Bearer ${await stranger.token({ subject: 'u1' })}`,
      `Bearer ${await server.issuer.token({ subject: 'u1', expiresIn: -60 })}`,
      `Bearer ${await server.issuer.token({ subject: 'u1', audience: 'x' })}`,
    ];
    for (const authorization of bad) {
      const response = await call(authorization);
      expect(response.status, authorization).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(await response.json()).toMatchObject({ code: 'unauthenticated', status: 401, message: 'Unauthorized' });
    }
    expect(handled).toBe(before);
    expect((await call(`Bearer ${good}`)).status).toBe(200);
    expect(handled).toBe(before + 1);
  });

  test('a token on an open route is not looked at', async () => {
    const { event } = await server.echo('/v1/roles', { headers: { authorization: 'Bearer nonsense' } });
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });
});

describe('the event', () => {
  test('has the shape of payload 2.0', async () => {
    const before = Date.now();
    const { event } = await server.echo('/v1/roles/r%2B1?a=1', { headers: { 'user-agent': 'test/1' } });
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /v1/roles/{roleId}',
      rawPath: '/v1/roles/r+1',
      rawQueryString: 'a=1',
      isBase64Encoded: false,
      requestContext: {
        accountId: '000000000000',
        http: {
          method: 'GET',
          path: '/v1/roles/r+1',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test/1',
        },
        routeKey: 'GET /v1/roles/{roleId}',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      },
    });
    expect(event.requestContext.timeEpoch).toBeGreaterThanOrEqual(before);
    for (const absent of ['body', 'cookies']) expect(event).not.toHaveProperty(absent);
  });

  test('query values are decoded, repeated ones joined, and the raw text is kept', async () => {
    const query = 'a=1&a=2&b=x%20y+z%2C&empty=&flag&a=3&__proto__=p&c=%zz';
    const { event } = await server.echo(`/v1/roles?${query}`);
    expect(event.rawQueryString).toBe(query);
    expect(event.queryStringParameters).toEqual(
      JSON.parse('{"a":"1,2,3","b":"x y z,","empty":"","flag":"","__proto__":"p","c":"%zz"}'),
    );
    for (const path of ['/v1/roles', '/v1/roles?']) {
      const none = (await server.echo(path)).event;
      expect(none).not.toHaveProperty('queryStringParameters');
      expect(none.rawQueryString).toBe('');
    }
  });

  test('headers are lower-case and joined, cookies are apart', async () => {
    const answer = await raw(server.url, '/v1/roles', {
      'X-Many': 'one',
      'x-many': 'two',
      Cookie: 'a=1; b=2',
      'X-Forwarded-For': '10.0.0.1',
    });
    const { event } = JSON.parse(answer.body);
    expect(event.headers).toMatchObject({ 'x-many': 'one,two', 'x-forwarded-for': '10.0.0.1, 127.0.0.1' });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.cookies).toEqual(['a=1', 'b=2']);
  });

  test.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['application/problem+json', false],
    ['Text/Plain', false],
    ['text/x-ldif', false],
    ['application/octet-stream', true],
    ['application/x-www-form-urlencoded', true],
    ['image/png', true],
    ['text/ldif', false],
    ['text/ldif; charset="UTF-8"', false],
    ['text/ldif; charset=iso-8859-1', true],
    ['text/ldif; charset=utf-16', true],
    ['application/json; charset=windows-1252', true],
    ['application/x-ndjson', true],
  ])('a body of %s is base64: %s', async (type, isBase64Encoded) => {
    const body = Buffer.from('{"é":1}');
    const { event } = await server.echo('/v1/roles', { method: 'POST', body, headers: { 'content-type': type } });
    expect(event.isBase64Encoded).toBe(isBase64Encoded);
    expect(event.body).toBe(body.toString(isBase64Encoded ? 'base64' : 'utf8'));
  });

  test('a body with a content-encoding is base64, whatever its type', async () => {
    const body = gzipSync('version: 1\n');
    const headers = { 'content-type': 'text/ldif', 'content-encoding': 'gzip' };
    const { event } = await server.echo('/v1/roles', { method: 'POST', body, headers });
    expect([event.isBase64Encoded, Buffer.from(event.body ?? '', 'base64')]).toEqual([true, body]);
  });

  test('bytes that are no UTF-8 reach the function as they are, whatever their type says', async () => {
    for (const type of ['text/ldif', 'application/json', 'text/ldif; charset=utf-8']) {
      const body = Buffer.from('dn: CN=Müller', 'latin1');
      const { event } = await server.echo('/v1/roles', { method: 'POST', body, headers: { 'content-type': type } });
      expect([event.isBase64Encoded, Buffer.from(event.body ?? '', 'base64')]).toEqual([true, body]);
    }
  });

  test.each(['%FF', 'M%FCller', 'a=1&b=%C3', '%ED%A0%80', '%'])('a query %s never has U+FFFD in it', async (query) => {
    const response = await fetch(`${server.url}/v1/roles?name=${query}`);
    const text = await response.text();
    expect(text).not.toContain('\ufffd');
    if (query !== '%') expect([response.status, JSON.parse(text).code]).toEqual([400, 'bad-request']);
    else expect(JSON.parse(text).event.queryStringParameters).toEqual({ name: '%' });
  });

  test('the context counts down, and names the function', async () => {
    const seen: Context[] = [];
    const left: number[] = [];
    const look: LocalHandler = async (_event, context) => {
      seen.push(context);
      left.push(context.getRemainingTimeInMillis());
      await delay(20);
      left.push(context.getRemainingTimeInMillis());
      return { statusCode: 204 };
    };
    const own = await testServer([route('look', look)], { requestId: () => 'id-1' });
    const response = await fetch(`${own.url}/v1/look`);
    await own.close();
    expect(response.headers.get('apigw-requestid')).toBe('id-1');
    expect(seen[0]).toMatchObject({ functionName: 'look', awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/) });
    expect(left[0]).toBeLessThanOrEqual(29_000);
    expect(left[0]! - left[1]!).toBeGreaterThanOrEqual(15);
  });
});

describe('the response', () => {
  const results: Record<string, unknown> = {
    text: 'just text',
    object: { a: 1 },
    list: [1],
    nothing: undefined,
    full: {
      statusCode: 201,
      headers: { ETag: '"1"', 'X-Number': 3, Connection: 'close', 'Content-Length': 999 },
      cookies: ['a=1', 'b=2; Secure'],
      body: 'é',
    },
    binary: { statusCode: 200, headers: { 'content-type': 'image/png' }, body: '/wAB', isBase64Encoded: true },
    empty: { statusCode: 204 },
    numeric: { statusCode: '202', body: '' },
    badStatus: { statusCode: 99 },
    noStatus: { statusCode: 'x' },
    badHeader: { statusCode: 200, headers: { early: 'x', a: 'x\r\ny: z' }, body: 'secret' },
    badName: { statusCode: 200, headers: { 'a b': 'x' } },
    deepHeader: { statusCode: 200, headers: { a: {} } },
    badBody: { statusCode: 200, body: { a: 1 } },
    badCookies: { statusCode: 200, cookies: 'a=1' },
    huge: { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024 + 1) },
  };
  const routes = Object.entries(results).map(([id, result]) => route(id, (async () => result) as LocalHandler));
  const throwing: LocalRoute[] = [
    route('throws', async () => Promise.reject(new Error('secret of the inside'))),
    route('throwsAtOnce', () => {
      throw 'secret of the inside';
    }),
  ];
  const started = testServer([...routes, ...throwing]);
  afterAll(async () => (await started).close());
  const get = async (id: string) => fetch(`${(await started).url}/v1/${id}`);

  test('without a status code, what is returned is the JSON body', async () => {
    for (const [id, body] of Object.entries({ text: 'just text', object: '{"a":1}', list: '[1]', nothing: 'null' })) {
      const response = await get(id);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
      expect(await response.text()).toBe(body);
    }
  });

  test('status, headers, cookies and body come through', async () => {
    const full = await get('full');
    expect(full.status).toBe(201);
    expect(Object.fromEntries(full.headers)).toMatchObject({
      etag: '"1"',
      'x-number': '3',
      'content-length': '2',
      'content-type': 'text/plain;charset=UTF-8',
    });
    expect(full.headers.getSetCookie()).toEqual(['a=1', 'b=2; Secure']);
    expect(await full.text()).toBe('é');
    expect([...new Uint8Array(await (await get('binary')).arrayBuffer())]).toEqual([255, 0, 1]);
    const empty = await get('empty');
    expect([empty.status, empty.headers.get('content-length'), await empty.text()]).toEqual([204, null, '']);
    expect((await get('numeric')).status).toBe(202);
  });

  test.each([
    'throws',
    'throwsAtOnce',
    'badStatus',
    'noStatus',
    'badHeader',
    'badName',
    'deepHeader',
    'badBody',
    'badCookies',
    'huge',
  ])('%s is a 500 that says nothing of the inside, and the log says why', async (id) => {
    const { logged } = await started;
    const before = logged.length;
    const response = await get(id);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(text)).toMatchObject({ code: 'internal', status: 500, type: 'urn:holdfast:problem:internal' });
    expect(response.headers.has('early')).toBe(false);
    expect(text).not.toMatch(/secret|adapter|event\.ts/);
    expect(logged.slice(before)).toHaveLength(1);
    expect(logged.at(-1)).toContain(JSON.parse(text).requestId);
    if (id.startsWith('throws')) expect(logged.at(-1)).toContain('secret of the inside');
  });
});

describe('start and end', () => {
  test('a port that is taken is named, with the flag', async () => {
    const port = Number(new URL(server.url).port);
    const second = await testServer([], { port }).catch((error) => error);
    expect(second).toBeInstanceOf(AdapterError);
    expect(second.message).toBe(`Port ${port} is in use already: choose another one with --port.`);
  });

  test('closing lets requests finish, ends idle connections, and takes no more', async () => {
    let entered = () => {};
    const inside = new Promise<void>((done) => {
      entered = done;
    });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const slow = route('slow', async () => {
      entered();
      await released;
      return { statusCode: 200, body: 'done' };
    });
    const own = await testServer([slow, echo('quick', 'GET', '/v1/quick')]);
    await own.echo('/v1/quick');
    const underWay = fetch(`${own.url}/v1/slow`);
    await inside;
    const started = performance.now();
    const closing = own.close();
    await expect(raw(own.url, '/v1/quick')).rejects.toThrow();
    release();
    const response = await underWay;
    expect([response.status, response.headers.get('connection'), await response.text()]).toEqual([
      200,
      'close',
      'done',
    ]);
    await closing;
    await own.close();
    // Five seconds later the server would have cut off the request.
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('it listens on the loopback address alone', async () => {
    const own = await serve({ routes: [], verify: async () => ({ reason: 'malformed' }), port: 0 });
    expect(new URL(own.url).hostname).toBe('127.0.0.1');
    await own.close();
  });
});
