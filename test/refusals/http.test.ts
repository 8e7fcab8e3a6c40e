// Over HTTP, behind the check that the gateway makes of tokens: without one, or with one that is not valid, every route
// answers 401 and its function never runs; only what the table opens to everybody is open.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadHandler } from '../../functions/index.ts';
import { type LocalServer, serve } from '../../infra/local/adapter.ts';
import type { LocalHandler } from '../../infra/local/event.ts';
import { createIssuer, type Issuer, localAudience, verifier } from '../../infra/local/issuer.ts';
import { setRuntime } from '../../shared/http/gateway/runtime.ts';
import { tokenConfig } from '../../shared/http/gateway/token.ts';
import { type OperationId, operation, operationIds } from '../../shared/routes/operations.ts';
import { implemented } from '../support/facts.ts';
import { boot, type Harness, operator, type Tenant } from '../support/harness.ts';
import { differing, momentOf } from '../support/problems.ts';

let harness: Harness;
let tenant: Tenant;
let server: LocalServer;
let issuer: Issuer;
let strange: Issuer;
let close: () => Promise<void>;
const ran: string[] = [];

const built = operationIds.filter(implemented);
const open = built.filter((id) => operation(id).callers.length === 0);
const guarded = built.filter((id) => operation(id).callers.length > 0);

beforeAll(async () => {
  const { engine, harness: made } = await boot();
  harness = made;
  issuer = await createIssuer();
  setRuntime({ ...harness.runtime, token: tokenConfig({ TRUSTED_ISSUERS: issuer.issuer }) });
  strange = await createIssuer();
  const routes = await Promise.all(
    built.map(async (id) => {
      const handler = (await loadHandler(id)) as unknown as LocalHandler;
      const spied: LocalHandler = (event, context) => {
        ran.push(id);
        return handler(event, context);
      };
      const { method, path, callers } = operation(id);
      return { id, method, path, auth: callers.length > 0 ? ('jwt' as const) : ('none' as const), handler: spied };
    }),
  );
  const verify = verifier({ issuer: issuer.issuer, audience: localAudience, jwks: issuer.jwks() });
  server = await serve({ routes, verify, port: 0, log: () => {} });
  const body = { name: 'By HTTP', firstUser: { name: 'Ada', identity: { issuer: issuer.issuer, subject: 'ada' } } };
  const created = await harness.ok('createTenant', { as: operator, body });
  tenant = { id: created.body.id } as Tenant;
  close = async () => {
    await server.close();
    await engine.close();
  };
});
afterAll(() => close());

/** A path that matches the operation's, whatever its parameters. */
const pathOf = (id: OperationId): string => operation(id).path.replaceAll(/\{\w+\}/g, 'x');

const send = (id: OperationId, token?: string): Promise<Response> =>
  fetch(server.url + pathOf(id), {
    method: operation(id).method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

describe('tokens that the gateway does not take', () => {
  it.each(guarded)('%s answers 401 and does not run', async (id) => {
    const claims = { subject: 'ada', tenant: tenant.id, scope: 'holdfast/admin' };
    const tokens = [
      undefined,
      '',
      'x',
      await issuer.token({ ...claims, expiresIn: -3600 }),
      await issuer.token({ ...claims, audience: 'another' }),
      await issuer.token({ ...claims, extra: { iss: 'http://127.0.0.1/another' } }),
      await strange.token(claims),
    ];
    ran.length = 0;
    const before = await momentOf(harness, tenant.id);
    for (const token of tokens) {
      const response = await send(id, token);
      const body = (await response.json()) as Record<string, unknown>;
      expect([response.status, body.code], `${id} ${token}`).toEqual([401, 'unauthenticated']);
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      expect(response.headers.get('content-type')).toBe('application/problem+json');
      expect(body).toMatchObject({ type: 'urn:holdfast:problem:unauthenticated', status: 401 });
      expect(body.requestId).toBe(response.headers.get('apigw-requestid'));
    }
    expect(ran).toEqual([]);
    const after = await momentOf(harness, tenant.id);
    expect([differing(before, after), after.refused.size]).toEqual([[], 0]);
  });

  it('opens health to everybody, and besides only public keys and what tells how to use the API', () => {
    expect(open).toContain('getHealth');
    expect(open.filter((id) => !['health', 'docs'].includes(operation(id).area))).toEqual(['getJwks']);
  });

  it('answers health with and without a token', async () => {
    for (const token of [undefined, 'x', await issuer.token({ subject: 'ada', expiresIn: -3600 })])
      expect([(await send('getHealth', token)).status, (await send('getReadiness', token)).status]).toEqual([200, 200]);
  });
});

it('takes an access token of the tenant, and no ID token', async () => {
  const claims = { subject: 'ada', tenant: tenant.id, scope: 'holdfast/admin' };
  expect((await send('getTenant', await issuer.token(claims))).status).toBe(200);
  const id = await send('getTenant', await issuer.token({ ...claims, idToken: true }));
  expect([id.status, ((await id.json()) as { code: string }).code]).toEqual([403, 'access-token-needed']);
});

it('answers other methods and paths with 404', async () => {
  for (const [method, path] of [
    ['DELETE', '/v1/tenant'],
    ['GET', '/v1/roles/'],
    ['GET', '/v2/tenant'],
    ['GET', '/V1/tenant'],
    ['GET', '/'],
  ] as const) {
    const response = await fetch(server.url + path, { method });
    expect([response.status, ((await response.json()) as { code: string }).code], path).toEqual([404, 'not-found']);
  }
});
