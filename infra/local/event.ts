// The two translations of an HTTP API with payload format 2.0: a request becomes the event that a Lambda function gets,
// and the value that the function returns becomes a response.
import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type {
  APIGatewayProxyEventV2WithJWTAuthorizer,
  APIGatewayProxyResultV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type { JWTPayload } from 'jose';
import { utf8 } from '../../shared/text/text.ts';

export type LocalEvent = APIGatewayProxyEventV2WithJWTAuthorizer;
export type LocalHandler = (event: LocalEvent, context: Context) => Promise<APIGatewayProxyResultV2 | undefined>;

/** A Lambda function may return at most this much. */
const maxResponseBytes = 6 * 1024 * 1024;
/** A function may take at most this long. */
export const functionMs = 29_000;

/** Headers by their names in lower case; one that comes several times is one list. */
export type Headers = Record<string, string>;

/** The headers of a request, from the bytes as they came: Node would drop some that come twice. */
export const headersOf = ({ rawHeaders }: IncomingMessage): Headers => {
  const headers: Headers = Object.create(null);
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = (rawHeaders[n] as string).toLowerCase();
    const before = headers[name];
    headers[name] = before === undefined ? (rawHeaders[n + 1] as string) : `${before},${rawHeaders[n + 1]}`;
  }
  return headers;
};

interface Exchange {
  request: IncomingMessage;
  headers: Headers;
  /** Path and query as they arrived, still percent-encoded. */
  target: { path: string; query: string };
  route: { id: string; method: string; path: string };
  parameters: Record<string, string>;
  claims: JWTPayload | undefined;
  body: Buffer;
  requestId: string;
}

export const buildEvent = (exchange: Exchange): LocalEvent => {
  const { request, route, target, parameters, body, requestId } = exchange;
  const routeKey = `${route.method} ${route.path}`;
  const rawPath = decodeURIComponent(target.path);
  const now = Date.now();
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const { cookie, ...joined } = exchange.headers;
  const cookies =
    cookie === undefined
      ? undefined
      : request.headersDistinct.cookie?.flatMap((line) => line.split(/; */)).filter((text) => text !== '');
  const text = joined['content-encoding'] === undefined && isText(joined['content-type'], body);
  const event = {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: target.query,
    ...(cookies && { cookies }),
    headers: {
      ...joined,
      'x-forwarded-for': [joined['x-forwarded-for'], sourceIp].filter(Boolean).join(', '),
      'x-forwarded-port': String(request.socket.localPort),
      'x-forwarded-proto': 'http',
    },
    ...(target.query !== '' && { queryStringParameters: joinQuery(target.query) }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: joined.host ?? '',
      domainPrefix: 'local',
      http: {
        method: request.method ?? route.method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: joined['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: logTime(now),
      timeEpoch: now,
      // A route without scopes of its own gets null here, whatever scope the token has.
      ...(exchange.claims && { authorizer: { jwt: { claims: stringClaims(exchange.claims), scopes: null } } }),
    },
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body.length > 0 && { body: text ? utf8(body) : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
  // The published type requires an authorizer in every event, but events of open routes have none.
  return event as LocalEvent;
};

export const buildContext = (functionName: string): Context => {
  const started = Date.now();
  const unsupported = () => {
    throw new Error('Handlers return their result: done, fail and succeed do not exist here.');
  };
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    // As on the service, this id differs from the API's request id.
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, functionMs - (Date.now() - started)),
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  };
};

export interface GatewayReply {
  status: number;
  headers: Record<string, string | string[]>;
  /** A text is sent together with the headers, in one write. */
  body: Buffer | string;
}

/**
 * Makes the response of a returned value. @throws Error where the service would answer 500; the caller logs the reason
 */
export const buildReply = (returned: unknown): GatewayReply => {
  const result = structured(returned);
  const status = Number(result.statusCode ?? 200);
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new Error(`the status code ${result.statusCode} is not one from 200 to 599`);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw new Error(`the header ${name} is not text`);
    const key = name.toLowerCase();
    // The server decides how the bytes travel, so these headers are dropped.
    if (!['connection', 'content-length', 'keep-alive', 'transfer-encoding'].includes(key))
      headers[key] = String(value);
  }
  const cookies = result.cookies ?? [];
  if (!Array.isArray(cookies) || cookies.some((text) => typeof text !== 'string'))
    throw new Error('the cookies are not a list of texts');
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  const given = result.body ?? '';
  if (typeof given !== 'string') throw new Error('the body is not text');
  const body = result.isBase64Encoded === true ? Buffer.from(given, 'base64') : given;
  const bytes = Buffer.byteLength(body);
  if (bytes > maxResponseBytes) throw new Error(`the body has ${bytes} bytes, more than ${maxResponseBytes}`);
  if (bytes > 0) headers['content-type'] ??= 'text/plain;charset=UTF-8';
  return { status, headers, body };
};

/** A value without a status code becomes the JSON body, as on the service. */
const structured = (returned: unknown): APIGatewayProxyStructuredResultV2 => {
  if (typeof returned === 'object' && returned !== null && 'statusCode' in returned) {
    // The cast is safe because every field is checked before it is used.
    return returned as APIGatewayProxyStructuredResultV2;
  }
  const body = typeof returned === 'string' ? returned : (JSON.stringify(returned) ?? 'null');
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
};

/**
 * Whether the body reaches the function as text. Everything else arrives in base64: other types, a body without a type,
 * and a charset other than UTF-8 (as measured on the service). The service does not document its treatment of bytes
 * that are not UTF-8 under a text type. Here they stay bytes, and a handler refuses them as it refuses U+FFFD in their
 * place.
 */
const isText = (contentType: string | undefined, body: Buffer): boolean => {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') return false;
  return /^(text\/.+|application\/(json|javascript|xml|(x-)?ldif|.+\+(json|xml)))$/.test(type) && isUtf8(body);
};

const joinQuery = (query: string): Record<string, string> => {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return entriesToRecord(values);
};

/** As measured on the service, every claim becomes text, a list becomes [a b], and null disappears. */
const stringClaims = (claims: JWTPayload): Record<string, string> => {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).join(' ')}]`;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  const present = Object.entries(claims).filter(([, value]) => value !== null && value !== undefined);
  return entriesToRecord(present.map(([name, value]) => [name, text(value)]));
};

/**
 * Makes own properties of all names (prototype pollution): a parameter `__proto__` is a parameter, as in parsed JSON.
 */
const entriesToRecord = (entries: Iterable<readonly [string, string]>): Record<string, string> => {
  return Object.fromEntries(entries);
};

let logged = { second: Number.NaN, text: '' };
/** The time as access logs write it, made once a second. */
const logTime = (now: number): string => {
  const second = Math.floor(now / 1_000);
  if (second === logged.second) return logged.text;
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(now).toUTCString()) ?? [];
  logged = { second, text: `${day}/${month}/${year}:${time} +0000` };
  return logged.text;
};
