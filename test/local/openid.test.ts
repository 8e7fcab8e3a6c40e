// The OpenID provider of one machine: the whole way of a sign-in, and each way in which it must not go.

import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from 'jose';
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from 'oidc-client-ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createIssuer, localAudience, localIssuer } from '../../infra/local/issuer.ts';
import { languageOf } from '../../infra/local/openid/page.ts';
import { openIdProvider } from '../../infra/local/openid/provider.ts';
import { consoleClient } from '../../infra/local/openid/request.ts';
import { derivedId } from '../../shared/domain/base/ids.ts';
import { asking, Browser, formsOf, type Pkce, pkce } from './browser.ts';
import { raw, testServer } from './support.ts';

const tenant = derivedId('tenant', 'demo');
const hostile = '"><script>alert(1)</script>';
const issuer = await createIssuer();
let clock = Date.now();
let server: Awaited<ReturnType<typeof testServer>>;
let url: string;
let browser: Browser;
let secrets: Pkce;

beforeAll(async () => {
  const choices = async (asked: string | undefined) => ({
    tenant: asked ?? tenant,
    tenants: [
      { id: tenant, name: 'Demo' },
      { id: derivedId('tenant', 'hostile'), name: hostile },
    ],
    people: [{ subject: 'admin', name: hostile }],
  });
  const site = openIdProvider({ issuer, choices, now: () => clock });
  server = await testServer([], { sites: new Map([['issuer', site]]), allowsOrigin: () => true });
  url = server.url;
});
afterAll(() => server.close());
beforeEach(() => {
  browser = new Browser(url);
  secrets = pkce();
});

const authorize = (changes: Record<string, string | undefined> = {}, who = browser) =>
  who.ask(`/issuer/authorize?${asking({ url, ...secrets }, changes)}`);
const formOf = async (answer: Promise<Response>, at = 0) => formsOf(await (await answer).text())[at]!;
/** What came back in the address of the console. */
const sentTo = (answer: Response) => {
  expect(answer.status).toBe(303);
  const address = new URL(answer.headers.get('location') as string);
  return { address: address.origin + address.pathname, ...Object.fromEntries(address.searchParams) } as Record<
    string,
    string
  >;
};
const signIn = async (changes: Record<string, string | undefined> = {}, who = browser) => {
  const { action, fields } = await formOf(authorize(changes, who));
  return sentTo(await who.post(action, fields));
};
const exchange = (fields: Record<string, string | undefined>, headers = {}) => {
  const all = {
    grant_type: 'authorization_code',
    client_id: consoleClient,
    redirect_uri: `${url}/console/signed-in`,
    code_verifier: secrets.verifier,
    ...fields,
  };
  const given = Object.entries(all).filter((one): one is [string, string] => one[1] !== undefined);
  return new Browser(url).post('/issuer/token', Object.fromEntries(given), headers);
};
const tokens = async (answer: Promise<Response>) => {
  const response = await answer;
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  return (await response.json()) as Record<'access_token' | 'id_token' | 'refresh_token' | 'scope', string>;
};
const refused = async (answer: Promise<Response>) => {
  const response = await answer;
  const { error } = (await response.json()) as { error: string };
  return [response.status, error];
};
const refresh = (token: string, more = {}) =>
  exchange({
    grant_type: 'refresh_token',
    refresh_token: token,
    redirect_uri: undefined,
    code_verifier: undefined,
    ...more,
  });

describe('a sign-in', () => {
  it('leads back with the code, the state and the issuer, and the code is good for tokens as npm run token prints them', async () => {
    const { code, ...rest } = await signIn();
    expect(rest).toEqual({ address: `${url}/console/signed-in`, state: 'the state', iss: localIssuer });
    const got = await tokens(exchange({ code }));
    expect(got.scope).toBe('openid holdfast/admin');
    const keys = createLocalJWKSet((await (await browser.ask('/issuer/jwks')).json()) as JSONWebKeySet);
    const access = await jwtVerify(got.access_token, keys, { issuer: localIssuer, audience: localAudience });
    expect(access.protectedHeader.typ).toBe('at+jwt');
    expect(access.payload).toMatchObject({ sub: 'admin', tenant, scope: 'holdfast/admin', token_use: 'access' });
    const id = await jwtVerify(got.id_token, keys, { issuer: localIssuer, audience: consoleClient });
    expect(id.payload).toMatchObject({ sub: 'admin', tenant, nonce: 'the nonce', name: 'admin' });
    expect(id.payload).not.toHaveProperty('scope');
  });

  it('is remembered by the browser alone: the next request is answered without a question, that of another is not', async () => {
    await signIn();
    const silent = sentTo(await authorize({ prompt: 'none' }));
    expect(silent.code).toMatch(/^[\w-]{43}$/);
    expect((await authorize()).status).toBe(303);
    const stranger = new Browser(url);
    expect(sentTo(await authorize({ prompt: 'none' }, stranger))).toMatchObject({ error: 'login_required' });
    expect((await authorize({}, stranger)).status).toBe(200);
    for (const prompt of ['login', 'select_account']) expect((await authorize({ prompt })).status).toBe(200);
    expect((await authorize({ max_age: '0' })).status).toBe(200);
    expect((await authorize({ max_age: '60' })).status).toBe(303);
  });

  it('ends after half a day', async () => {
    await signIn();
    clock += 12 * 3_600_000;
    expect(sentTo(await authorize({ prompt: 'none' }))).toMatchObject({ error: 'login_required' });
  });

  it('of an operator has the operators’ scope and no tenant, whatever the console asked for', async () => {
    for (const [scope, given] of [
      ['openid holdfast/admin', 'holdfast/operator holdfast/recovery'],
      ['openid holdfast/operator', 'holdfast/operator'],
    ] as const) {
      const who = new Browser(url);
      const { action, fields } = await formOf(authorize({ scope }, who), scope.endsWith('admin') ? 1 : 0);
      const got = await tokens(exchange({ code: sentTo(await who.post(action, fields)).code }));
      expect(got.scope).toBe(`openid ${given}`);
      const claims = decodeJwt(got.access_token);
      expect(claims).toMatchObject({ sub: 'local-operator', scope: given });
      expect(claims).not.toHaveProperty('tenant');
      expect((await authorize({ scope: 'openid holdfast/admin', prompt: 'none' }, who)).status).toBe(303);
    }
  });

  it('of a person is no operator’s, so that somebody who asks for that chooses anew', async () => {
    await signIn();
    const operators = { scope: 'openid holdfast/operator' };
    expect(sentTo(await authorize({ ...operators, prompt: 'none' }))).toMatchObject({ error: 'login_required' });
    const page = await (await authorize(operators)).text();
    expect([page.includes('name="tenant"'), page.includes('name="operator"')]).toEqual([false, true]);
  });

  it('takes the tenant and the user of the hint, and any tenant by its id', async () => {
    const other = derivedId('tenant', 'other');
    const hinted = await formOf(authorize({ login_hint: `${other}:bo:b` }));
    expect([hinted.fields.get('tenant'), hinted.fields.get('user')]).toEqual([other, 'bo:b']);
    const third = derivedId('tenant', 'third');
    hinted.fields.set('other', third);
    const { code } = sentTo(await browser.post(hinted.action, hinted.fields));
    expect(decodeJwt((await tokens(exchange({ code }))).access_token)).toMatchObject({ tenant: third, sub: 'bo:b' });
  });

  it('of nobody, or in no tenant, is asked for again with the field at fault', async () => {
    const { action, fields } = await formOf(authorize());
    for (const [name, value, words] of [
      ['user', ' ', 'Say who signs in.'],
      ['other', 'demo', 'Choose a tenant'],
    ] as const) {
      const wrong = new URLSearchParams(fields);
      wrong.set(name, value);
      const answer = await browser.post(action, wrong);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(words);
    }
    expect(sentTo(await authorize({ prompt: 'none' }))).toMatchObject({ error: 'login_required' });
  });
});

describe('the library that the console uses', () => {
  const library = async () => {
    const metadata = (await (await browser.ask('/issuer/.well-known/openid-configuration')).json()) as object;
    return new OidcClient({
      authority: localIssuer,
      metadata,
      client_id: consoleClient,
      redirect_uri: `${url}/console/signed-in`,
      post_logout_redirect_uri: `${url}/console/`,
      scope: 'openid holdfast/admin',
      stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
    });
  };

  it('signs in, renews and signs out by the metadata', async () => {
    const client = await library();
    const asked = await client.createSigninRequest({ state: { path: '/console/roles' }, nonce: 'its own' });
    const { action, fields } = await formOf(browser.ask(asked.url));
    const answer = (await browser.post(action, fields)).headers.get('location') as string;
    const signedIn = await client.processSigninResponse(answer);
    expect(signedIn.userState).toEqual({ path: '/console/roles' });
    expect(signedIn.profile).toMatchObject({ sub: 'admin', tenant });
    await expect(client.processSigninResponse(answer)).rejects.toThrow('No matching state');
    const state = { ...signedIn, refresh_token: signedIn.refresh_token as string, session_state: null };
    const renewed = await client.useRefreshToken({ state });
    expect(decodeJwt(renewed.access_token)).toMatchObject({ sub: 'admin', tenant, scope: 'holdfast/admin' });
    const { url: out } = await client.createSignoutRequest({ id_token_hint: renewed.id_token as string });
    expect((await browser.ask(out)).headers.get('location')).toBe(`${url}/console/`);
    expect(sentTo(await authorize({ prompt: 'none' }))).toMatchObject({ error: 'login_required' });
  });

  it('is told what was wrong', async () => {
    const client = await library();
    const { url: silent } = await client.createSigninRequest({ prompt: 'none' });
    const { headers } = await browser.ask(silent);
    await expect(client.processSigninResponse(headers.get('location') as string)).rejects.toMatchObject({
      error: 'login_required',
    });
  });
});

describe('a request', () => {
  it.each([
    ['another client', { client_id: 'portal' }],
    ['no client', { client_id: undefined }],
    ['no address', { redirect_uri: undefined }],
    ['another host', { redirect_uri: 'http://attacker.example/console/' }],
    ['a host that begins like ours', { redirect_uri: 'http://127.0.0.1.attacker.example/console/' }],
    ['a user before the host', { redirect_uri: 'http://127.0.0.1@attacker.example/console/' }],
    ['a user of our host', { redirect_uri: 'http://a:b@127.0.0.1/console/' }],
    ['another path', { redirect_uri: 'http://127.0.0.1/other/' }],
    ['a path that climbs out', { redirect_uri: 'http://127.0.0.1/console/../v1/' }],
    ['a path that climbs out in disguise', { redirect_uri: 'http://127.0.0.1/console/%2e%2e/v1/' }],
    ['a fragment', { redirect_uri: 'http://127.0.0.1/console/#a' }],
    ['another scheme', { redirect_uri: 'javascript://127.0.0.1/console/%0aalert(1)' }],
    ['a relative address', { redirect_uri: '/console/' }],
  ])('of %s keeps the browser here (no open redirect)', async (_what, changes) => {
    const answer = await authorize(changes as Record<string, string | undefined>);
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    expect(await answer.text()).toContain('This sign-in cannot go on');
  });

  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['unsupported_response_type', { response_type: undefined }],
    ['invalid_request', { response_mode: 'fragment' }],
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge_method: undefined }],
    ['invalid_scope', { scope: 'holdfast/admin' }],
    ['invalid_scope', { scope: 'openid' }],
    ['invalid_scope', { scope: 'openid holdfast/everything' }],
    ['invalid_request', { prompt: 'none login' }],
    ['invalid_request', { max_age: 'soon' }],
    ['request_not_supported', { request: 'a.b.c' }],
    ['request_uri_not_supported', { request_uri: 'https://attacker.example/' }],
  ])('is refused with %s for %o, and the console is told', async (error, changes) => {
    const back = sentTo(await authorize(changes as Record<string, string | undefined>));
    expect(back).toMatchObject({
      address: `${url}/console/signed-in`,
      error,
      state: 'the state',
      iss: localIssuer,
      error_description: expect.stringMatching(/.{10}/),
    });
    expect(back).not.toHaveProperty('code');
  });

  it('that says something twice is refused, because two readers could take different ones', async () => {
    const twice = (name: string, value: string) => {
      const params = asking({ url, ...secrets });
      params.append(name, value);
      return browser.ask(`/issuer/authorize?${params}`);
    };
    expect(sentTo(await twice('scope', 'openid'))).toMatchObject({ error: 'invalid_request' });
    expect((await twice('redirect_uri', `${url}/console/`)).status).toBe(400);
  });

  it('of a console under development goes back to its own port, and the page’s policy lets the form lead there', async () => {
    const redirectUri = 'http://localhost:5173/console/signed-in';
    const answer = authorize({ redirect_uri: redirectUri });
    expect((await answer).headers.get('content-security-policy')).toContain(
      "form-action 'self' http://localhost:5173;",
    );
    const { action, fields } = await formOf(answer);
    const { address, code } = sentTo(await browser.post(action, fields));
    expect(address).toBe(redirectUri);
    expect(await refused(exchange({ code }))).toEqual([400, 'invalid_grant']);
  });
});

describe('a code', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['another verifier', { code_verifier: pkce().verifier }],
    ['no verifier', { code_verifier: undefined }],
    ['the challenge in place of the verifier', {}],
    ['another address', { redirect_uri: 'http://127.0.0.1/console/signed-in' }],
    ['no address', { redirect_uri: undefined }],
  ])('is good for nothing with %s, not even afterwards', async (what, changes) => {
    const { code } = await signIn();
    const wrong = what.startsWith('the challenge') ? { code_verifier: secrets.challenge } : changes;
    expect(await refused(exchange({ code, ...wrong }))).toEqual([400, 'invalid_grant']);
    expect(await refused(exchange({ code }))).toEqual([400, 'invalid_grant']);
  });

  it('is good for a minute', async () => {
    const { code } = await signIn();
    clock += 59_999;
    await tokens(exchange({ code }));
    const { code: late } = await signIn({ prompt: 'login' });
    clock += 60_000;
    expect(await refused(exchange({ code: late }))).toEqual([400, 'invalid_grant']);
  });

  it('that comes a second time ends what the first one got', async () => {
    const { code } = await signIn();
    const { refresh_token } = await tokens(exchange({ code }));
    expect(await refused(exchange({ code }))).toEqual([400, 'invalid_grant']);
    expect(await refused(refresh(refresh_token))).toEqual([400, 'invalid_grant']);
  });

  it('is no refresh token, and a refresh token no code', async () => {
    const { code } = await signIn();
    expect(await refused(refresh(code!))).toEqual([400, 'invalid_grant']);
    const { code: next } = sentTo(await authorize());
    const { refresh_token } = await tokens(exchange({ code: next }));
    expect(await refused(exchange({ code: refresh_token }))).toEqual([400, 'invalid_grant']);
  });
});

describe('a refresh token', () => {
  const signedIn = async () => tokens(exchange({ code: (await signIn()).code }));

  it('gives the next tokens of the same person once, and another refresh token', async () => {
    const first = await signedIn();
    const second = await tokens(refresh(first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const same = ['sub', 'tenant', 'scope', 'aud', 'iss'] as const;
    const [one, two] = [first, second].map((got) => decodeJwt(got.access_token));
    for (const name of same) expect([name, two![name]]).toEqual([name, one![name]]);
    const [before, after] = [first, second].map((got) => decodeJwt(got.id_token));
    expect([after!.sub, after!.sid, after!.auth_time, after!.nonce]).toEqual([
      before!.sub,
      before!.sid,
      before!.auth_time,
      undefined,
    ]);
    await tokens(refresh(second.refresh_token));
  });

  it('that was used before ends the sign-in’s tokens, because somebody has copied it', async () => {
    const first = await signedIn();
    const second = await tokens(refresh(first.refresh_token));
    expect(await refused(refresh(first.refresh_token))).toEqual([400, 'invalid_grant']);
    expect(await refused(refresh(second.refresh_token))).toEqual([400, 'invalid_grant']);
  });

  it('ends with the sign-in, and asks for no more than was granted', async () => {
    const first = await signedIn();
    expect(await refused(refresh(first.refresh_token, { scope: 'openid holdfast/operator' }))).toEqual([
      400,
      'invalid_scope',
    ]);
    const { code } = sentTo(await authorize());
    const { refresh_token } = await tokens(exchange({ code }));
    clock += 12 * 3_600_000;
    expect(await refused(refresh(refresh_token))).toEqual([400, 'invalid_grant']);
  });
});

describe('the token endpoint', () => {
  it.each<[string, Record<string, string | undefined>]>([
    ['invalid_client', { client_id: 'portal' }],
    ['invalid_client', { client_id: undefined }],
    ['invalid_client', { client_secret: 'a' }],
    ['unsupported_grant_type', { grant_type: 'password' }],
    ['unsupported_grant_type', { grant_type: undefined }],
    ['invalid_grant', { code: 'a' }],
    ['invalid_grant', { code: undefined }],
    ['invalid_grant', { code: '__proto__' }],
  ])('answers %s to %o', async (error, fields) => {
    expect(await refused(exchange({ code: 'none', ...fields }))).toEqual([400, error]);
  });

  it('takes a form by POST, each field once, and no password of a client', async () => {
    const { code } = await signIn();
    expect((await browser.ask(`/issuer/token?code=${code}`)).status).toBe(404);
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await browser.ask('/issuer/token', json)).status).toBe(404);
    const basic = { authorization: `Basic ${Buffer.from(`${consoleClient}:`).toString('base64')}` };
    expect(await refused(exchange({ code }, basic))).toEqual([400, 'invalid_client']);
    const twice = new URLSearchParams({ grant_type: 'authorization_code', code: code! });
    twice.append('code', 'other');
    expect(await refused(browser.post('/issuer/token', twice))).toEqual([400, 'invalid_request']);
    await tokens(exchange({ code }));
  });
});

describe('the sign-in form', () => {
  it('counts only from a page that this browser was shown (CSRF)', async () => {
    const { action, fields } = await formOf(authorize());
    const forged = new URLSearchParams(fields);
    forged.set('seal', 'x'.repeat(43));
    const attacker = new Browser(url);
    const theirs = await formOf(authorize({}, attacker));
    for (const send of [
      () => browser.post(action, forged),
      () => browser.post(theirs.action, theirs.fields),
      () => new Browser(url).post(action, fields),
      () => browser.post(action, fields, { 'sec-fetch-site': 'cross-site' }),
      () => browser.post(action, fields, { 'sec-fetch-site': 'same-site' }),
    ]) {
      const answer = await send();
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
      expect(await answer.text()).toContain('This page was too old. Sign in again.');
    }
    expect(sentTo(await authorize({ prompt: 'none' }))).toMatchObject({ error: 'login_required' });
    expect((await browser.post(action, fields, { 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  });

  it('changes the cookie, so that one which somebody planted is worth nothing (session fixation)', async () => {
    const { action, fields } = await formOf(authorize());
    const planted = new Map(browser.cookies);
    await browser.post(action, fields);
    expect([...browser.cookies.values()]).not.toEqual([...planted.values()]);
    const attacker = new Browser(url);
    for (const [name, value] of planted) attacker.cookies.set(name, value);
    expect(sentTo(await authorize({ prompt: 'none' }, attacker))).toMatchObject({ error: 'login_required' });
  });

  it('sets a cookie that no script reads, for the provider alone', async () => {
    const [line] = (await authorize()).headers.getSetCookie();
    expect(line).toMatch(/^holdfast-sign-in-\d+=[\w-]{43}; Path=\/issuer; HttpOnly; SameSite=Lax$/);
  });

  it('shows what others wrote as text', async () => {
    const page = await (
      await authorize({ state: hostile, login_hint: `${hostile}:${hostile}`, nonce: hostile })
    ).text();
    expect(page).not.toContain('<script');
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(5);
    const { fields } = formsOf(page)[0]!;
    expect([fields.get('state'), fields.get('user')]).toEqual([hostile, hostile]);
  });

  it('is in the language of the client or the browser, and has no inline style or script', async () => {
    const headers = { 'accept-language': 'de, fr-CA;q=0.9, en;q=0.5' };
    const path = `/issuer/authorize?${asking({ url, ...secrets })}`;
    const page = await (await browser.ask(path, { headers })).text();
    expect(page).toContain('<html lang="fr">');
    expect(page).toContain('Se connecter');
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
    const chosen = await (await browser.ask(`${path}&ui_locales=en`, { headers })).text();
    expect(chosen).toContain('<html lang="en">');
  });

  it.each([
    [undefined, '', 'en'],
    [undefined, 'fr', 'fr'],
    [undefined, 'fr;q=0, en;q=0.1', 'en'],
    [undefined, 'en;q=0.2, fr;q=0.8', 'fr'],
    [undefined, 'de, *', 'en'],
    ['fr-CA en', 'en', 'fr'],
    ['de', 'fr', 'fr'],
  ] as const)('by %s and "%s" is in %s', (locales, accepted, language) => {
    expect(languageOf(locales, accepted)).toBe(language);
  });
});

describe('signing out', () => {
  const signedOut = async () =>
    (await authorize({ prompt: 'none' })).headers.get('location')?.includes('login_required');
  const back = () => `${url}/console/`;

  it('with the ID token leads back at once, and ends the refresh token', async () => {
    const got = await tokens(exchange({ code: (await signIn()).code }));
    const params = new URLSearchParams({
      id_token_hint: got.id_token,
      post_logout_redirect_uri: back(),
      state: 'gone',
      client_id: consoleClient,
    });
    const answer = await browser.ask(`/issuer/endsession?${params}`);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${url}/console/?state=gone`]);
    expect(await signedOut()).toBe(true);
    expect(await refused(refresh(got.refresh_token))).toEqual([400, 'invalid_grant']);
  });

  it('without it is asked about first, because any page can lead here (CSRF)', async () => {
    const got = await tokens(exchange({ code: (await signIn()).code }));
    const stranger = await tokens(exchange({ code: (await signIn({}, new Browser(url))).code }));
    for (const hint of ['', stranger.id_token, got.access_token, `${got.id_token}x`, 'a.b.c']) {
      const params = new URLSearchParams({ post_logout_redirect_uri: back(), ...(hint && { id_token_hint: hint }) });
      const answer = await browser.ask(`/issuer/endsession?${params}`);
      expect([hint, answer.status]).toEqual([hint, 200]);
      expect(await answer.text()).toContain('You are signed in as admin.');
      expect([hint, await signedOut()]).toEqual([hint, false]);
    }
    const forged = new URLSearchParams({ seal: 'x' });
    expect((await browser.post('/issuer/endsession', forged)).status).toBe(200);
    expect(await signedOut()).toBe(false);
    const { action, fields } = await formOf(
      browser.ask(`/issuer/endsession?${new URLSearchParams({ post_logout_redirect_uri: back() })}`),
    );
    expect((await browser.post(action, fields)).headers.get('location')).toBe(back());
    expect(await signedOut()).toBe(true);
  });

  it('leads to no page but the console’s (open redirect)', async () => {
    await signIn();
    for (const to of ['https://attacker.example/', '//attacker.example/console/', 'http://127.0.0.1/v1/docs']) {
      const answer = await browser.ask(`/issuer/endsession?${new URLSearchParams({ post_logout_redirect_uri: to })}`);
      expect([to, answer.status, answer.headers.get('location')]).toEqual([to, 400, null]);
    }
    expect(await signedOut()).toBe(false);
  });
});

describe('what is served', () => {
  it('is described by its metadata, with addresses under the name that the caller uses', async () => {
    const named = await raw(url, '/issuer/.well-known/openid-configuration', { host: 'localhost:4600' });
    const metadata = JSON.parse(named.body);
    expect(metadata).toMatchObject({
      issuer: localIssuer,
      authorization_endpoint: 'http://localhost:4600/issuer/authorize',
      token_endpoint: 'http://localhost:4600/issuer/token',
      end_session_endpoint: 'http://localhost:4600/issuer/endsession',
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
    const { keys } = (await (await browser.ask('/issuer/jwks')).json()) as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']]);
  });

  it('answers to the names of this machine only (DNS rebinding)', async () => {
    for (const path of ['/issuer/authorize', '/issuer/token', '/issuer/jwks'])
      expect((await raw(url, path, { host: 'attacker.example' })).status).toBe(421);
  });

  it('is nothing else', async () => {
    for (const path of ['/issuer', '/issuer/', '/issuer/page', '/issuer/../package.json', '/issuer/%2e%2e/x'])
      expect([path, (await raw(url, path)).status]).toEqual([path, 404]);
    expect((await browser.ask('/issuer/jwks', { method: 'POST', body: new URLSearchParams() })).status).toBe(404);
    expect((await browser.ask('/issuer/authorize', { method: 'DELETE' })).status).toBe(404);
    const large = await browser.post('/issuer/token', { code: 'x'.repeat(70_000) });
    expect(large.status).toBe(413);
  });
});
