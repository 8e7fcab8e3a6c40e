// The authorisation request of OpenID Connect, as the one client of this machine makes it: a code by PKCE, and nothing
// else. What is not asked for right is refused before anybody signs in.
import { isLoopbackHost } from '../loopback.ts';

/** The console, a public client: it runs in a browser and can keep no secret. */
export const consoleClient = 'holdfast-console';

export interface SignInRequest {
  /** Where the code goes, exactly as the client wrote it. */
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly nonce: string | undefined;
  /** The hash of the secret that only the client knows (RFC 7636). */
  readonly challenge: string;
  readonly scopes: ReadonlySet<string>;
  readonly prompt: ReadonlySet<string>;
  /** Seconds since the sign-in after which somebody must sign in again. */
  readonly maxAge: number | undefined;
  /** `<tenant>:<user>`, to begin with on the page. */
  readonly hint: string | undefined;
}

/** An error that goes back to the client, because its address is known to be the console's. */
export interface SentBack {
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly error: string;
  readonly description: string;
}

type Asked =
  | { readonly request: SignInRequest }
  | { readonly back: SentBack }
  /** Nothing vouches for the address, so the browser stays here (open redirect). */
  | { readonly refused: 'client' | 'redirect' };

/** The parameters that count. The page hands them on in its form; every other is passed over (RFC 6749, 3.1). */
export const requestParameters = [
  ...['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'prompt', 'max_age', 'login_hint', 'ui_locales'],
] as const;

export const scopesOf = {
  person: ['openid', 'holdfast/admin'],
  operator: ['openid', 'holdfast/operator', 'holdfast/recovery'],
} as const satisfies Record<string, readonly string[]>;
/** Tolerated because clients ask for them by habit; they change nothing. */
const idleScopes = ['profile', 'offline_access'];
export const supportedScopes: readonly string[] = [...new Set([...scopesOf.person, ...scopesOf.operator])];

/**
 * True for a page of the console on this machine. The port is open, because a console under development is served by
 * another server than the API.
 */
export const isConsolePage = (address: string): boolean => {
  if (!URL.canParse(address) || address.includes('#')) return false;
  const { protocol, host, pathname, username, password } = new URL(address);
  return (
    protocol === 'http:' &&
    isLoopbackHost(host) &&
    pathname.startsWith('/console/') &&
    username === '' &&
    password === ''
  );
};

/** A parameter that is given once; absent when it is empty (RFC 6749, 3.1) or given twice. */
export const single = (params: URLSearchParams, name: string): string | undefined => {
  const all = params.getAll(name);
  return all.length === 1 && all[0] !== '' ? all[0] : undefined;
};

const words = (text = ''): string[] => text.split(' ').filter((word) => word !== '');

export const requestOf = (params: URLSearchParams): Asked => {
  const get = (name: (typeof requestParameters)[number]) => single(params, name);
  if (get('client_id') !== consoleClient) return { refused: 'client' };
  const redirectUri = get('redirect_uri');
  if (redirectUri === undefined || !isConsolePage(redirectUri)) return { refused: 'redirect' };
  const state = get('state');
  const back = (error: string, description: string): Asked => ({ back: { redirectUri, state, error, description } });
  const twice = requestParameters.find((name) => params.getAll(name).length > 1);
  if (twice) return back('invalid_request', `${twice} is given twice`);
  for (const name of ['request', 'request_uri'])
    if (params.has(name)) return back(`${name}_not_supported`, `${name} is not supported`);
  if (get('response_type') !== 'code') return back('unsupported_response_type', 'response_type must be "code"');
  if ((get('response_mode') ?? 'query') !== 'query') return back('invalid_request', 'response_mode must be "query"');
  const challenge = get('code_challenge') ?? '';
  if (get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge))
    return back('invalid_request', 'code_challenge must be the SHA-256 of a verifier, with the method S256');
  const scopes = new Set(words(get('scope')));
  const unknown = [...scopes].find((one) => !supportedScopes.includes(one) && !idleScopes.includes(one));
  if (unknown !== undefined) return back('invalid_scope', `there is no such scope: ${supportedScopes.join(' ')}`);
  if (!scopes.has('openid') || ![...scopes].some((one) => one.startsWith('holdfast/')))
    return back('invalid_scope', 'scope must have "openid", and "holdfast/admin" or "holdfast/operator"');
  const prompt = new Set(words(get('prompt')));
  if (prompt.has('none') && prompt.size > 1) return back('invalid_request', 'prompt "none" stands alone');
  const age = get('max_age');
  if (age !== undefined && !/^\d{1,9}$/.test(age))
    return back('invalid_request', 'max_age must be a number of seconds');
  const maxAge = age === undefined ? undefined : Number(age);
  const [nonce, hint] = [get('nonce'), get('login_hint')];
  return { request: { redirectUri, state, nonce, challenge, scopes, prompt, maxAge, hint } };
};
