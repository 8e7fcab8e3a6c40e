// The credentials of built functions: those of the environment, or those at the address that it names.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  credentialsTreatedAsExpired,
  credentialsWillNeedRefresh,
  defaultProvider,
} from '../../infra/bundle/credentials.ts';

const end = '2031-01-31T12:00:00Z';
const given = { AccessKeyId: 'fetched', SecretAccessKey: 'its secret', Token: 'its token', Expiration: end };
let answer: { readonly status: number; readonly body: object };
let authorization: string | undefined;
const server = createServer((request, response) => {
  ({ authorization } = request.headers);
  response.writeHead(answer.status).end(JSON.stringify(answer.body));
});
let address: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`;
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});
beforeEach(() => {
  answer = { status: 200, body: given };
  vi.unstubAllEnvs();
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', address);
  vi.stubEnv('AWS_CONTAINER_AUTHORIZATION_TOKEN', 'a word');
});

test('the environment’s own come first, and last as long as the process', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'own');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'own secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'own token');
  const own = await defaultProvider()();
  expect(own).toEqual({ accessKeyId: 'own', secretAccessKey: 'own secret', sessionToken: 'own token' });
  expect([credentialsWillNeedRefresh(own), credentialsTreatedAsExpired(own)]).toEqual([false, false]);
});

test('those at the address are fetched with its word, and replaced before they end', async () => {
  const fetched = await defaultProvider()();
  expect(fetched).toEqual({
    accessKeyId: 'fetched',
    secretAccessKey: 'its secret',
    sessionToken: 'its token',
    expiration: new Date(end),
  });
  expect([authorization, credentialsWillNeedRefresh(fetched)]).toEqual(['a word', true]);
  const at = (ms: number) => credentialsTreatedAsExpired({ ...fetched, expiration: new Date(Date.now() + ms) });
  expect([at(290_000), at(310_000)]).toEqual([true, false]);
});

test('without any, or with an address that has none, the error says so', async () => {
  answer = { status: 403, body: {} };
  await expect(defaultProvider()()).rejects.toThrow('The address of the credentials answered 403.');
  answer = { status: 200, body: { ...given, Token: undefined } };
  await expect(defaultProvider()()).rejects.toThrow('answered without credentials');
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', undefined);
  await expect(defaultProvider()()).rejects.toThrow('The environment has no credentials');
});
