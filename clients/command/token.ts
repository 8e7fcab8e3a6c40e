// Access tokens for the API: from the environment or a file, or from an OAuth server by the client's own secret.
import { utf8 } from '../../shared/text/text.ts';
import { CommonError } from './ends.ts';
import { type SecretPlace, secretAt } from './secrets.ts';

/** The client credentials of OAuth 2.0 (RFC 6749 section 4.4). */
interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: SecretPlace;
  readonly scope?: string | undefined;
}

type TokenPlace = SecretPlace | { readonly oauth: ClientCredentials };

interface Tools {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A token is renewed this long before it ends, because a request may be under way for that long. Milliseconds. */
const early = 60_000;
const longestWait = 30_000;

interface Granted {
  readonly token: string;
  readonly until: number;
}

/** RFC 6749 section 2.3.1: both are encoded before they are joined. */
const basic = (id: string, secret: string): string => {
  const encoded = [id, secret].map((one) => encodeURIComponent(one).replaceAll('%20', '+')).join(':');
  return `Basic ${Buffer.from(encoded).toString('base64')}`;
};

const isGrant = (value: unknown): value is { access_token: string; expires_in?: number } =>
  typeof value === 'object' && value !== null && 'access_token' in value && typeof value.access_token === 'string';

const asked = async (credentials: ClientCredentials, { env, fetch: go, now }: Tools): Promise<Granted> => {
  const { tokenUrl, clientId, clientSecret, scope } = credentials;
  const secret = await secretAt(clientSecret, 'api.token.oauth.clientSecret', env);
  const at = now();
  let response: Response;
  let text: string;
  try {
    response = await go(tokenUrl, {
      method: 'POST',
      headers: {
        accept: 'application/json',
        authorization: basic(clientId, secret),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
      signal: AbortSignal.timeout(longestWait),
    });
    text = utf8(new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    throw new CommonError(
      'unavailable',
      `No token: ${tokenUrl} does not answer (${error instanceof Error ? error.message : error}).`,
      { cause: error },
    );
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {}
  if (response.status >= 500 || response.status === 429)
    throw new CommonError('unavailable', `No token: ${tokenUrl} answers ${response.status}.`);
  if (!response.ok || !isGrant(body)) {
    // The error is a code of RFC 6749 section 5.2; the rest of an answer may repeat what was sent.
    const code =
      typeof body === 'object' && body !== null && 'error' in body ? ` (${String(body.error).slice(0, 60)})` : '';
    throw new CommonError('refused', `No token: ${tokenUrl} answers ${response.status}${code}: see api.token.oauth.`);
  }
  return { token: body.access_token, until: at + (body.expires_in ?? 300) * 1000 - early };
};

/**
 * A function that the client calls before each attempt. What stands in a file is read each time, because whoever renews
 * it does so while the command runs.
 */
export const tokens = (place: TokenPlace, tools: Tools): (() => Promise<string>) => {
  if (!('oauth' in place)) return () => secretAt(place, 'api.token', tools.env);
  let granted: Promise<Granted> | undefined;
  return async () => {
    const known = await granted?.catch(() => undefined);
    if (known === undefined || tools.now() >= known.until) granted = asked(place.oauth, tools);
    return (await (granted as Promise<Granted>)).token;
  };
};
