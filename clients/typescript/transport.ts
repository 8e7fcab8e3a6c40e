// Sends one request, and sends it again where that is safe.
import { type HoldfastProblem, HoldfastUnreachable, problemOf } from './problem.ts';
import { mayRepeat, pause, waitFor } from './retry.ts';
import type { Route } from './types.ts';

export interface ClientOptions {
  /** The address of the API without `/v1`. */
  readonly url: string;
  /** An access token, or a function that gets one and is called before every attempt. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** The most often that a request is sent again; 4 by default. */
  readonly retries?: number | undefined;
  /** The longest that one attempt may take, in milliseconds; 35,000 by default, longer than the service's own limit. */
  readonly timeout?: number | undefined;
  /** Told before each wait for another attempt: what the last one ended with, and the milliseconds. */
  readonly onWait?: ((error: HoldfastProblem | HoldfastUnreachable, ms: number) => void) | undefined;
}

/** A request of any operation. */
export interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AnyReply {
  readonly status: number;
  readonly body: unknown;
  readonly etag: string | undefined;
}

/** 128 random bits. `crypto.randomUUID` is not used because pages that are not served securely lack it. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const addressOf = (url: string, { path }: Route, { params = {}, query = {}, dryRun }: AnyRequest): string => {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    // An empty value would make the path of another operation.
    if (value === undefined || value === '') throw new TypeError(`params.${name} is missing`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  if (dryRun) search.set('dryRun', 'true');
  return `${url.replace(/\/+$/, '')}${filled}${search.size > 0 ? `?${search}` : ''}`;
};

const parsed = (text: string, type: string | null): unknown => {
  if (text === '') return undefined;
  if (!/[/+]json\b/i.test(type ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Sends a request. @throws HoldfastProblem, HoldfastUnreachable, or the reason with which the caller's signal was aborted */
export const send = async (
  options: ClientOptions,
  operation: string,
  route: Route,
  request: AnyRequest,
): Promise<AnyReply> => {
  const { retries = 4, timeout = 35_000, fetch: go = globalThis.fetch } = options;
  const { body, ifMatch, signal, dryRun = false } = request;
  const address = addressOf(options.url, route, request);
  // All attempts have one key, so that the service answers again what an earlier one has done.
  const key = route.idempotent && !dryRun ? (request.idempotencyKey ?? newKey()) : undefined;
  const repeatable = route.safe === true || dryRun || key !== undefined;

  const attempt = async () => {
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    const headers: Record<string, string> = {
      accept: 'application/json, application/problem+json, */*;q=0.1',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': route.text ?? 'application/json' }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      ...(key !== undefined && { 'idempotency-key': key }),
    };
    const late = AbortSignal.timeout(timeout);
    try {
      const response = await go(address, {
        method: route.method,
        headers,
        signal: signal ? AbortSignal.any([signal, late]) : late,
        ...(body !== undefined && { body: route.text ? String(body) : JSON.stringify(body) }),
      });
      // The body is read here, because an answer that breaks off is a failed attempt.
      return { response, text: await response.text() };
    } catch (error) {
      signal?.throwIfAborted();
      return { error };
    }
  };

  for (let n = 0; ; n += 1) {
    const { response, text, error } = await attempt();
    const status = response?.status ?? 0;
    if (response && status < 400) {
      const { headers } = response;
      return { status, body: parsed(text, headers.get('content-type')), etag: headers.get('etag') ?? undefined };
    }
    const again = n < retries && (response ? mayRepeat(status, repeatable) : repeatable);
    const wait = again ? waitFor(n, response?.headers.get('retry-after') ?? null) : undefined;
    const failure = response
      ? problemOf(status, parsed(text, response.headers.get('content-type')))
      : new HoldfastUnreachable(operation, error);
    if (wait === undefined) throw failure;
    options.onWait?.(failure, wait);
    await pause(wait, signal);
  }
};
