import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  calculateJwkThumbprint,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { expect, test } from 'vitest';
import {
  createIssuer,
  IssuerError,
  localIssuer,
  remembering,
  type Verify,
  verifier,
} from '../../infra/local/issuer.ts';
import { temporaryFolder } from './support.ts';

const issuer = await createIssuer();
const verify = verifier({ issuer: issuer.issuer, audience: 'holdfast', jwks: issuer.jwks() });
const claims = (): JWTPayload => ({
  iss: issuer.issuer,
  sub: 'u1',
  aud: 'holdfast',
  exp: Math.floor(Date.now() / 1000) + 60,
});

function header(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());
}

test('an access token carries what the handlers ask for', async () => {
  const token = await issuer.token({ subject: 'u1', tenant: 't1', scope: ['admin', 'check'], kind: 'person' });
  expect(header(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: issuer.jwks().keys[0]!.kid });
  const now = Math.floor(Date.now() / 1000);
  expect(await verify(token)).toEqual({
    claims: {
      iss: localIssuer,
      sub: 'u1',
      aud: 'holdfast',
      client_id: 'local',
      token_use: 'access',
      scope: 'admin check',
      tenant: 't1',
      kind: 'person',
      iat: expect.closeTo(now, -1),
      exp: expect.closeTo(now + 3600, -1),
      jti: expect.stringMatching(/^[\w-]{36}$/),
    },
  });
});

test('extra claims win, and undefined removes one', async () => {
  const token = await issuer.token({ subject: 'u1', scope: 'a', extra: { groups: ['x'], token_use: undefined } });
  const verified = await verify(token);
  expect(verified).toMatchObject({ claims: { groups: ['x'], scope: 'a' } });
  expect('claims' in verified && 'token_use' in verified.claims).toBe(false);
});

test('an ID token verifies, as it does on the service, and is visible as one', async () => {
  const token = await issuer.token({ subject: 'u1', tenant: 't1', scope: 'admin', idToken: true });
  expect(header(token)).toMatchObject({ typ: 'JWT' });
  const verified = await verify(token);
  expect(verified).toMatchObject({ claims: { token_use: 'id', tenant: 't1' } });
  expect('claims' in verified && 'scope' in verified.claims).toBe(false);
});

test('the published keys say nothing of the private one', () => {
  expect(Object.keys(issuer.jwks().keys[0]!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});

test('tokens are refused for the reason that is wrong with them', async () => {
  const other = await createIssuer();
  const elsewhere = await createIssuer({ issuer: 'http://127.0.0.1/another' });
  const good = await issuer.token({ subject: 'u1' });
  const [head, body, signature] = good.split('.') as [string, string, string];
  const forged = Buffer.from(JSON.stringify({ ...claims(), sub: 'admin' })).toString('base64url');
  const { keys } = issuer.jwks();
  const { kid, ...jwk } = keys[0]!;
  const publicPem = await exportSPKI(
    (await importJWK(jwk, 'ES256', { extractable: true })) as Parameters<typeof exportSPKI>[0],
  );
  const hs = (secret: string) =>
    new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: kid! }).sign(new TextEncoder().encode(secret));
  const none = new UnsecuredJWT(claims()).encode();
  const ownKey = await generateKeyPair('ES256');
  const embedded = new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', jwk }).sign(ownKey.privateKey);

  const cases: [string, string, string][] = [
    ['no token', '', 'malformed'],
    ['two parts', `${head}.${body}`, 'malformed'],
    ['no JSON', 'a.b.c', 'malformed'],
    ['another body', `${head}.${forged}.${signature}`, 'signature'],
    ['no signature', `${head}.${body}.`, 'signature'],
    ['another key', await other.token({ subject: 'u1' }), 'signature'],
    ['its own key in its header', await embedded, 'signature'],
    ['another issuer', await issuer.token({ subject: 'u1', extra: { iss: elsewhere.issuer } }), 'issuer'],
    ['no issuer', await issuer.token({ subject: 'u1', extra: { iss: undefined } }), 'issuer'],
    ['another audience', await issuer.token({ subject: 'u1', audience: 'other' }), 'audience'],
    ['another client', await issuer.token({ subject: 'u1', extra: { aud: undefined } }), 'audience'],
    ['no algorithm', none, 'algorithm'],
    ['the public key as HMAC secret', await hs(publicPem), 'algorithm'],
    ['the public JWK as HMAC secret', await hs(JSON.stringify(jwk)), 'algorithm'],
    ['expired', await issuer.token({ subject: 'u1', expiresIn: -31 }), 'expired'],
    ['no expiry', await issuer.token({ subject: 'u1', extra: { exp: undefined } }), 'malformed'],
    ['expiry as text', await issuer.token({ subject: 'u1', extra: { exp: 'never' } }), 'malformed'],
    ['from the future', await issuer.token({ subject: 'u1', extra: { iat: Date.now() / 1000 + 60 } }), 'not-yet-valid'],
    ['not before', await issuer.token({ subject: 'u1', extra: { nbf: Date.now() / 1000 + 60 } }), 'not-yet-valid'],
  ];
  const found = await Promise.all(cases.map(async ([name, token]) => [name, await verify(token)]));
  expect(found).toEqual(cases.map(([name, , reason]) => [name, { reason }]));
});

test('clocks may differ by half a minute', async () => {
  expect(await verify(await issuer.token({ subject: 'u1', expiresIn: -20 }))).toHaveProperty('claims');
  const ahead = await issuer.token({ subject: 'u1', extra: { iat: Math.floor(Date.now() / 1000) + 20 } });
  expect(await verify(ahead)).toHaveProperty('claims');
});

test('one of several audiences is enough, and client_id counts where there is none', async () => {
  const many = await issuer.token({ subject: 'u1', extra: { aud: ['other', 'holdfast'] } });
  expect(await verify(many)).toHaveProperty('claims');
  const client = await issuer.token({ subject: 'u1', clientId: 'holdfast', extra: { aud: undefined } });
  expect(await verify(client)).toHaveProperty('claims');
});

test('RS256 tokens of another issuer verify with its keys', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256' };
  const trust = verifier({ issuer: issuer.issuer, audience: ['holdfast'], jwks: { keys: [jwk] } });
  const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'RS256' }).sign(privateKey);
  expect(await trust(token)).toHaveProperty('claims');
});

test('another process signs with the same key file, which only its owner can read', async () => {
  await using folder = await temporaryFolder();
  const statePath = join(folder.path, 'new', 'issuer.json');
  // Both at once: neither may end up with a key of its own.
  const [one, two] = await Promise.all([createIssuer({ statePath }), createIssuer({ statePath })]);
  const check = verifier({ issuer: one.issuer, audience: 'holdfast', jwks: one.jwks() });
  expect(await check(await two.token({ subject: 'u1' }))).toHaveProperty('claims');
  await chmod(statePath, 0o644);
  const three = await createIssuer({ statePath });
  expect(await check(await three.token({ subject: 'u1' }))).toHaveProperty('claims');
  expect((await stat(statePath)).mode & 0o777).toBe(0o600);
  expect(three.jwks().keys[0]!.kid).toBe(await calculateJwkThumbprint(one.jwks().keys[0]!));
});

test('a key file that holds no private key is named', async () => {
  await using folder = await temporaryFolder();
  const statePath = join(folder.path, 'issuer.json');
  for (const text of ['', '{', 'null', '{"kty":"EC"}', JSON.stringify(issuer.jwks().keys[0])]) {
    await writeFile(statePath, text);
    const refused = await createIssuer({ statePath }).catch((error) => error);
    expect(refused, text).toBeInstanceOf(IssuerError);
    expect(refused.message).toContain(statePath);
  }
});

test('a good token is checked once until it expires, and a bad one each time', async () => {
  const at = Date.now();
  let now = at;
  const seen: string[] = [];
  const counted: Verify = (token) => {
    seen.push(token);
    return verify(token);
  };
  const checked = remembering(counted, () => now);
  const good = await issuer.token({ subject: 'u1', expiresIn: 60 });
  const other = await issuer.token({ subject: 'u2', expiresIn: 60 });
  const [head, body, signature] = good.split('.') as [string, string, string];
  const forged = [head, other.split('.')[1], signature].join('.');
  for (let n = 0; n < 3; n += 1) {
    expect(await checked(good)).toMatchObject({ claims: { sub: 'u1' } });
    expect(await checked(other)).toMatchObject({ claims: { sub: 'u2' } });
    expect(await checked(forged)).toEqual({ reason: 'signature' });
    expect(await checked([head, body, ''].join('.'))).toHaveProperty('reason');
  }
  expect(seen.filter((token) => token === good || token === other)).toEqual([good, other]);
  expect(seen.length).toBe(8);
  // The tolerance of clocks counts as in the check itself.
  now = at + 95_000;
  await checked(good);
  expect(seen.at(-1)).toBe(good);
});

test('so many tokens are remembered and no more, the oldest of them is checked again', async () => {
  const seen: string[] = [];
  const claims = { exp: Math.floor(Date.now() / 1000) + 60 };
  const checked = remembering(async (token) => {
    seen.push(token);
    return { claims };
  });
  for (let n = 0; n <= 10_000; n += 1) await checked(`token ${n}`);
  await checked('token 10000');
  expect(seen.length).toBe(10_001);
  await checked('token 0');
  expect(seen.at(-1)).toBe('token 0');
});
