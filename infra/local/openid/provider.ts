// The OpenID provider of one machine: whoever has the machine chooses who to be, and the console gets a code for it
// (authorisation code with PKCE, OpenID Connect Core 1.0). Access tokens are those of `npm run token`, so what a user is
// bound to stays the same whichever way somebody comes in. State is in memory: after a restart one signs in again.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { compactVerify, createLocalJWKSet } from 'jose';
import { isId } from '../../../shared/domain/base/ids.ts';
import { utf8 } from '../../../shared/text/text.ts';
import type { GatewayReply } from '../event.ts';
import type { Issuer } from '../issuer.ts';
import { jsonReply, notServed, type Site, type SiteRequest, seeOther, siteReply } from '../site.ts';
import { type CodeGrant, CodeGrants, type LocalSignIn, secret, signInMs } from './grants.ts';
import { type Choices, type Handed, languageOf, refusedPage, signedOutPage, signInPage, signOutPage } from './page.ts';
import {
  consoleClient,
  isConsolePage,
  requestOf,
  requestParameters,
  type SentBack,
  type SignInRequest,
  scopesOf,
  single,
  supportedScopes,
} from './request.ts';

/** Where the provider answers on the server's address. */
const place = '/issuer';

/** The seconds for which an access token is good. The console gets the next one with its refresh token. */
const tokenSeconds = 900;

interface ProviderOptions {
  readonly issuer: Issuer;
  /** Tenants and people to choose from, beginning with the tenant that is asked for by its id or name. */
  readonly choices: (tenant: string | undefined) => Promise<Choices>;
  /** Milliseconds since 1970. Tests move it. */
  readonly now?: () => number;
}

/**
 * The metadata of the provider (OpenID Connect Discovery 1.0) at this address. The issuer is no address of the server's,
 * because people stay bound to it when the port changes. So a client takes the metadata as it stands.
 */
export const openIdMetadata = (issuer: string, origin: string) => ({
  issuer,
  authorization_endpoint: `${origin}${place}/authorize`,
  token_endpoint: `${origin}${place}/token`,
  jwks_uri: `${origin}${place}/jwks`,
  end_session_endpoint: `${origin}${place}/endsession`,
  scopes_supported: supportedScopes,
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  grant_types_supported: ['authorization_code', 'refresh_token'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: ['none'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce', 'at_hash', 'sid', 'name', 'tenant'],
  prompt_values_supported: ['none', 'login', 'select_account'],
  ui_locales_supported: ['en', 'fr'],
  authorization_response_iss_parameter_supported: true,
  claims_parameter_supported: false,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
});

const style = utf8(readFileSync(new URL('page.css', import.meta.url)));

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const tokenError = (error: string, description: string): GatewayReply =>
  jsonReply(400, { error, error_description: description });

export const openIdProvider = ({ issuer, choices, now = Date.now }: ProviderOptions): Site => {
  const grants = new CodeGrants(now);
  /** Who has signed in, by the browser's cookie. */
  const signIns = new Map<string, LocalSignIn>();
  const sealing = secret();
  const keys = createLocalJWKSet(issuer.jwks());
  const seconds = () => Math.floor(now() / 1000);

  // Cookies know no ports, so two servers on one machine would overwrite each other's.
  const cookieName = ({ origin }: SiteRequest) => `holdfast-sign-in-${new URL(origin).port || 80}`;
  const cookieOf = (request: SiteRequest): string | undefined =>
    (request.headers.cookie ?? '')
      .split(/; */)
      .map((pair) => pair.split('='))
      .find(([name]) => name === cookieName(request))?.[1];
  const setCookie = (request: SiteRequest, value: string) => ({
    'set-cookie': `${cookieName(request)}=${value}; Path=${place}; HttpOnly; SameSite=Lax`,
  });
  const signInOf = (request: SiteRequest): LocalSignIn | undefined => {
    for (const [cookie, { at }] of signIns) if (at * 1000 + signInMs <= now()) signIns.delete(cookie);
    return signIns.get(cookieOf(request) ?? '');
  };

  /** Proves that a form stood on a page which this server showed to this browser (CSRF). */
  const sealOf = (cookie: string): string => createHmac('sha256', sealing).update(cookie).digest('base64url');
  const isOwnForm = (request: SiteRequest, params: URLSearchParams): boolean => {
    const cookie = cookieOf(request);
    const from = request.headers['sec-fetch-site'];
    if (cookie === undefined || (from !== undefined && from !== 'same-origin')) return false;
    const [given, right] = [sha256(params.get('seal') ?? ''), sha256(sealOf(cookie))];
    return timingSafeEqual(given, right);
  };

  /** Back to the console with its state and the name of this issuer, by which it tells providers apart (RFC 9207). */
  const sendBack = (to: Pick<SentBack, 'redirectUri' | 'state'>, answer: Record<string, string>, headers = {}) => {
    const address = new URL(to.redirectUri);
    const all = { ...answer, ...(to.state !== undefined && { state: to.state }), iss: issuer.issuer };
    for (const [name, value] of Object.entries(all)) address.searchParams.set(name, value);
    return seeOther(address.href, headers);
  };

  const sendCode = (request: SignInRequest, signIn: LocalSignIn, headers = {}): GatewayReply => {
    const { redirectUri, challenge, nonce, scopes } = request;
    const may: readonly string[] = scopesOf[signIn.who.kind];
    const asked = may.filter((one) => scopes.has(one));
    // Who asked for a person's scope and became an operator gets what operators get (RFC 6749, 3.3), as if asked for.
    const scope = asked.length > 1 ? asked : may;
    const code = grants.code({ signIn, scope, redirectUri, challenge, nonce });
    return sendBack(request, { code }, headers);
  };

  /** Whether an earlier sign-in is good for a request. An operator's is for any, because the console tells by the token. */
  const serves = ({ who, at }: LocalSignIn, { scopes, maxAge, prompt }: SignInRequest): boolean =>
    !prompt.has('login') &&
    !prompt.has('select_account') &&
    (maxAge === undefined || at + maxAge > seconds()) &&
    (who.kind === 'operator' || scopes.has('holdfast/admin'));

  const showForm = async (
    request: SiteRequest,
    params: URLSearchParams,
    asked: SignInRequest,
    given: { tenant?: string | undefined; user?: string; fault?: 'tenantFault' | 'userFault' | 'stale' } = {},
  ): Promise<GatewayReply> => {
    const [hintedTenant, hintedUser] = asked.hint?.split(/:(.*)/s) ?? [];
    const offered = await choices(given.tenant ?? hintedTenant);
    const cookie = cookieOf(request) ?? secret();
    const handed: Handed = [
      ...requestParameters.flatMap((name) => params.getAll(name).map((value) => [name, value] as const)),
      ['seal', sealOf(cookie)],
    ];
    const reply = signInPage(languageFor(request, params), new URL(asked.redirectUri).origin, {
      ...offered,
      handed,
      user: given.user ?? hintedUser ?? offered.people[0]?.subject ?? '',
      operatorsOnly: !asked.scopes.has('holdfast/admin'),
      fault: given.fault,
    });
    return { ...reply, headers: { ...reply.headers, ...setCookie(request, cookie) } };
  };

  const authorize = async (request: SiteRequest, params: URLSearchParams): Promise<GatewayReply> => {
    const asked = requestOf(params);
    if ('refused' in asked) return refusedPage(languageFor(request, params), asked.refused);
    if ('back' in asked)
      return sendBack(asked.back, { error: asked.back.error, error_description: asked.back.description });
    if (request.method === 'POST' && params.has('seal')) return chosen(request, params, asked.request);
    const before = signInOf(request);
    if (before && serves(before, asked.request)) return sendCode(asked.request, before);
    if (asked.request.prompt.has('none'))
      return sendBack(asked.request, { error: 'login_required', error_description: 'nobody has signed in here' });
    return showForm(request, params, asked.request);
  };

  /** Somebody has said on the page who to be. */
  const chosen = async (request: SiteRequest, params: URLSearchParams, asked: SignInRequest) => {
    const operator = single(params, 'operator')?.trim();
    const user = single(params, 'user')?.trim() ?? '';
    const tenant = single(params, 'other')?.trim() ?? single(params, 'tenant');
    if (!isOwnForm(request, params)) return showForm(request, params, asked, { tenant, user, fault: 'stale' });
    if (!operator && !isId('tenant', tenant ?? ''))
      return showForm(request, params, asked, { user, fault: 'tenantFault' });
    if (!operator && user === '') return showForm(request, params, asked, { tenant, user, fault: 'userFault' });
    const who = operator
      ? ({ kind: 'operator', subject: operator } as const)
      : ({ kind: 'person', tenant: tenant as string, subject: user } as const);
    const signIn = { id: secret(), who, at: seconds() };
    // The cookie of before could be known to somebody else (session fixation).
    const cookie = secret();
    signIns.delete(cookieOf(request) ?? '');
    signIns.set(cookie, signIn);
    return sendCode(asked, signIn, setCookie(request, cookie));
  };

  const tokensOf = async (grant: CodeGrant, refreshToken: string): Promise<GatewayReply> => {
    const { signIn, scope, nonce } = grant;
    const { who, id: sid, at } = signIn;
    const tenant = who.kind === 'person' ? { tenant: who.tenant } : {};
    const common = { subject: who.subject, clientId: consoleClient, expiresIn: tokenSeconds, ...tenant };
    const rights = scope.filter((one) => one !== 'openid');
    const accessToken = await issuer.token({ ...common, scope: rights });
    const atHash = sha256(accessToken).subarray(0, 16).toString('base64url');
    const about = { sid, auth_time: at, at_hash: atHash, nonce, name: who.subject };
    const idToken = await issuer.token({ ...common, idToken: true, audience: consoleClient, extra: about });
    return jsonReply(200, {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      scope: scope.join(' '),
      refresh_token: refreshToken,
      id_token: idToken,
    });
  };

  const token = async (request: SiteRequest, params: URLSearchParams): Promise<GatewayReply> => {
    const twice = [...params.keys()].find((name, at, all) => all.indexOf(name) !== at);
    if (twice !== undefined) return tokenError('invalid_request', `${twice} is given twice`);
    if (request.headers.authorization !== undefined || params.has('client_secret'))
      return tokenError('invalid_client', 'the client is a public one, and has no secret');
    if (params.get('client_id') !== consoleClient)
      return tokenError('invalid_client', `client_id must be "${consoleClient}"`);
    const kind = params.get('grant_type');
    if (kind === 'refresh_token') {
      const taken = grants.take('refresh', params.get('refresh_token') ?? '');
      if (!taken) return tokenError('invalid_grant', 'the refresh token is unknown, expired or used before');
      const more = (params.get('scope') ?? '').split(' ').find((one) => one !== '' && !taken.grant.scope.includes(one));
      if (more !== undefined) return tokenError('invalid_scope', 'scope asks for more than was granted');
      // A nonce belongs to the one answer to its request (OpenID Connect Core 1.0, 12.2).
      return tokensOf({ ...taken.grant, nonce: undefined }, taken.next());
    }
    if (kind !== 'authorization_code')
      return tokenError('unsupported_grant_type', 'grant_type must be "authorization_code" or "refresh_token"');
    const taken = grants.take('code', params.get('code') ?? '');
    if (!taken) return tokenError('invalid_grant', 'the code is unknown, expired or used before');
    if (taken.grant.redirectUri !== params.get('redirect_uri'))
      return tokenError('invalid_grant', 'redirect_uri is not the one that the code was sent to');
    const verifier = params.get('code_verifier') ?? '';
    if (!/^[\w.~-]{43,128}$/.test(verifier) || sha256(verifier).toString('base64url') !== taken.grant.challenge)
      return tokenError('invalid_grant', 'code_verifier is not the one that the code was asked for with');
    return tokensOf(taken.grant, taken.next());
  };

  /** The sign-in of an ID token of ours, whether it has expired or not. */
  const hintedSignIn = async (hint: string | undefined): Promise<string | undefined> => {
    if (hint === undefined) return undefined;
    try {
      const { payload } = await compactVerify(hint, keys, { algorithms: ['ES256'] });
      const claims = JSON.parse(utf8(payload)) as Record<string, unknown>;
      return claims.token_use === 'id' && claims.aud === consoleClient ? String(claims.sid) : undefined;
    } catch {
      return undefined;
    }
  };

  const endSession = async (request: SiteRequest, params: URLSearchParams): Promise<GatewayReply> => {
    const language = languageFor(request, params);
    const to = single(params, 'post_logout_redirect_uri');
    if (to !== undefined && !isConsolePage(to)) return refusedPage(language, 'redirect');
    const hinted = await hintedSignIn(single(params, 'id_token_hint'));
    const before = signInOf(request);
    const isSure = request.method === 'POST' && params.has('seal') && isOwnForm(request, params);
    if (before && before.id !== hinted && !isSure) {
      const names = ['id_token_hint', 'post_logout_redirect_uri', 'state', 'client_id', 'ui_locales'];
      const given = names.flatMap((name) => params.getAll(name).map((value) => [name, value] as const));
      const leadsTo = to === undefined ? [] : [new URL(to).origin];
      return signOutPage(language, before.who.subject, leadsTo, [
        ...given,
        ['seal', sealOf(cookieOf(request) as string)],
      ]);
    }
    for (const id of [before?.id, hinted]) if (id !== undefined) grants.end(id);
    signIns.delete(cookieOf(request) ?? '');
    if (to === undefined) return signedOutPage(language);
    const address = new URL(to);
    const state = single(params, 'state');
    if (state !== undefined) address.searchParams.set('state', state);
    return seeOther(address.href);
  };

  return async (request) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const byForm = request.headers['content-type']?.split(';')[0]?.trim() === 'application/x-www-form-urlencoded';
    const params = async () =>
      isRead ? new URLSearchParams(request.query) : new URLSearchParams(utf8(await request.body()));
    if (!isRead && !(request.method === 'POST' && byForm)) return notServed();
    switch (request.path) {
      case '/authorize':
        return authorize(request, await params());
      case '/endsession':
        return endSession(request, await params());
      case '/token':
        return isRead ? notServed() : token(request, await params());
    }
    if (!isRead) return notServed();
    switch (request.path) {
      case '/.well-known/openid-configuration':
        return jsonReply(200, openIdMetadata(issuer.issuer, request.origin));
      case '/jwks':
        return jsonReply(200, issuer.jwks());
      case '/page.css':
        return siteReply(200, 'text/css; charset=utf-8', style);
      default:
        return notServed();
    }
  };
};

const languageFor = ({ headers }: SiteRequest, params: URLSearchParams) =>
  languageOf(single(params, 'ui_locales'), headers['accept-language']);
