// Access tokens for the API: from the environment or a file, from a command, or from an OAuth server by the client's own
// secret.
import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { utf8 } from '../../shared/text/text.ts';
import { CommonError, networkSaid } from './ends.ts';
import { type SecretPlace, secretAt } from './secrets.ts';

/** The client credentials of OAuth 2.0 (RFC 6749 section 4.4). */
export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: SecretPlace;
  readonly scope?: string | undefined;
}

export type TokenPlace = SecretPlace | { readonly command: string } | { readonly oauth: ClientCredentials };

interface Tools {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The name of the token's place, for errors. */
  readonly field?: string;
}

/** A token is renewed this long before it ends, because a request may be under way for that long. Milliseconds. */
const early = 60_000;
const longestWait = 30_000;
/** Seconds for which a token is used that does not say how long it is good for. */
const kept = 300;
const ofApi = 'api.token';

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

const asked = async (
  credentials: ClientCredentials,
  { env, fetch: go, now, field = ofApi }: Tools,
): Promise<Granted> => {
  const { tokenUrl, clientId, clientSecret, scope } = credentials;
  const secret = await secretAt(clientSecret, `${field}.oauth.clientSecret`, env);
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
      { cause: error, detail: error instanceof Error ? networkSaid(error) : undefined },
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
    throw new CommonError('refused', `No token: ${tokenUrl} answers ${response.status}${code}: see ${field}.oauth.`);
  }
  return { token: body.access_token, until: at + (body.expires_in ?? kept) * 1000 - early };
};

const run = promisify(exec);

/** When a token ends, by its own word (RFC 7519 section 4.1.4), in seconds since 1970; undefined for one that is no JWT. */
const endIn = (token: string): number | undefined => {
  try {
    const { exp } = JSON.parse(utf8(Buffer.from(token.split('.')[1] ?? '', 'base64url')));
    return typeof exp === 'number' ? exp : undefined;
  } catch {
    return undefined;
  }
};

/** The token that a command prints. What it says of its own failure may be secret, so that only its exit code is told. */
const printed = async (line: string, { env, now }: Tools): Promise<Granted> => {
  const at = now();
  const { stdout } = await run(line, { env: { ...env }, timeout: longestWait, windowsHide: true }).catch((error) => {
    const how = error.killed ? `did not end within ${longestWait / 1000} s` : `ended with ${error.code}`;
    throw new CommonError('unavailable', `No token: its command ${how}.`, {
      detail: String(error.stderr).slice(0, 300),
    });
  });
  const token = stdout.trim();
  if (!/^[\w.~+/=-]+$/.test(token)) throw new CommonError('usage', 'No token: its command must print a token alone.');
  return { token, until: (endIn(token) ?? at / 1000 + kept) * 1000 - early };
};

/**
 * A function that the client calls before each attempt. What stands in a file is read each time, because whoever renews
 * it does so while the command runs.
 */
export const tokens = (place: TokenPlace, tools: Tools): (() => Promise<string>) => {
  if ('env' in place || 'file' in place) return () => secretAt(place, tools.field ?? ofApi, tools.env);
  const get = () => ('oauth' in place ? asked(place.oauth, tools) : printed(place.command, tools));
  let granted: Promise<Granted> | undefined;
  return async () => {
    const known = await granted?.catch(() => undefined);
    if (known === undefined || tools.now() >= known.until) granted = get();
    return (await (granted as Promise<Granted>)).token;
  };
};
