/**
 * The two translations of an HTTP API with payload format 2.0: a request to the event that a Lambda function gets, and
 * what the function returns to a response.
 */
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

/** A Lambda function may return this much. */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;
/** How long a function may take. */
export const FUNCTION_MS = 29_000;

export interface Exchange {
  request: IncomingMessage;
  /** Still percent-encoded, as it came. */
  target: { path: string; query: string };
  route: { id: string; method: string; path: string };
  parameters: Record<string, string>;
  claims: JWTPayload | undefined;
  body: Buffer;
  requestId: string;
}

export function buildEvent(exchange: Exchange): LocalEvent {
  const { request, route, target, parameters, body, requestId } = exchange;
  const routeKey = `${route.method} ${route.path}`;
  const rawPath = decodeURIComponent(target.path);
  const now = new Date();
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const { cookie, ...headers } = request.headersDistinct;
  const cookies = cookie?.flatMap((line) => line.split(/; */)).filter((text) => text !== '');
  const joined = entriesToRecord(Object.entries(headers).map(([name, values]) => [name, values?.join(',') ?? '']));
  const text = isText(joined['content-type'], body);
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
      timeEpoch: now.getTime(),
      // A route without scopes of its own gets null here, whatever the token's scope says.
      ...(exchange.claims && { authorizer: { jwt: { claims: stringClaims(exchange.claims), scopes: null } } }),
    },
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body.length > 0 && { body: text ? utf8(body) : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
  // The published type wants an authorizer in every event; those of open routes have none.
  return event as LocalEvent;
}

export function buildContext(functionName: string): Context {
  const started = Date.now();
  const unsupported = () => {
    throw new Error('Handlers return their result.');
  };
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${functionName}`,
    memoryLimitInMB: '512',
    // Not the request id of the API, as on the service.
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, FUNCTION_MS - (Date.now() - started)),
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  };
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

/** Throws on what the service would answer with a 500: the caller logs why. */
export function buildReply(returned: unknown): Reply {
  const result = structured(returned);
  const status = Number(result.statusCode ?? 200);
  if (!Number.isInteger(status) || status < 200 || status > 599) throw new Error(`status code ${result.statusCode}`);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) throw new Error(`header ${name} is no text`);
    const key = name.toLowerCase();
    // How the bytes travel is the server's business.
    if (!['connection', 'content-length', 'keep-alive', 'transfer-encoding'].includes(key))
      headers[key] = String(value);
  }
  const cookies = result.cookies ?? [];
  if (!Array.isArray(cookies) || cookies.some((text) => typeof text !== 'string'))
    throw new Error('cookies are no texts');
  if (cookies.length > 0) headers['set-cookie'] = cookies;
  const given = result.body ?? '';
  if (typeof given !== 'string') throw new Error('the body is no text');
  const body = result.isBase64Encoded === true ? Buffer.from(given, 'base64') : Buffer.from(given);
  if (body.length > MAX_RESPONSE_BYTES) throw new Error(`the body has ${body.length} bytes`);
  if (body.length > 0) headers['content-type'] ??= 'text/plain;charset=UTF-8';
  return { status, headers, body };
}

/** Without a status code the service takes whatever a function returns for a JSON body. */
function structured(returned: unknown): APIGatewayProxyStructuredResultV2 {
  if (typeof returned === 'object' && returned !== null && 'statusCode' in returned) {
    // Every field is looked at before it is used.
    return returned as APIGatewayProxyStructuredResultV2;
  }
  const body = typeof returned === 'string' ? returned : (JSON.stringify(returned) ?? 'null');
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body };
}

/**
 * These types reach the function as text, everything else, a body without a type, and one in another charset than UTF-8
 * (as measured on the service) in base64. What the service does with bytes that are not UTF-8 under such a type is not
 * documented: here they stay bytes, and a handler refuses them as it refuses U+FFFD in their place.
 */
function isText(contentType: string | undefined, body: Buffer): boolean {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length);
  if (charset !== undefined && charset.replaceAll('"', '') !== 'utf-8') return false;
  return /^(text\/.+|application\/(json|javascript|xml|(x-)?ldif|.+\+(json|xml)))$/.test(type) && isUtf8(body);
}

function joinQuery(query: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return entriesToRecord(values);
}

/** As measured on the service: everything is text, lists become [a b], null disappears. */
function stringClaims(claims: JWTPayload): Record<string, string> {
  const text = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(text).join(' ')}]`;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  };
  const present = Object.entries(claims).filter(([, value]) => value !== null && value !== undefined);
  return entriesToRecord(present.map(([name, value]) => [name, text(value)]));
}

/** Own properties whatever they are called: a parameter `__proto__` is a parameter, as in parsed JSON. */
function entriesToRecord(entries: Iterable<readonly [string, string]>): Record<string, string> {
  return Object.fromEntries(entries);
}

function logTime(date: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
