// An HTTP server that plays API Gateway's HTTP API for the real handlers on one machine: routes, the JWT check, events
// in payload format 2.0, limits. A request that the service refuses before a function runs is refused here too.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { JWTPayload } from 'jose';
import { allowedHeaders, allowedMethods, exposedHeaders, preflightSeconds } from '../../shared/routes/cors.ts';
import {
  buildContext,
  buildEvent,
  buildReply,
  functionMs,
  type GatewayReply,
  type Headers,
  headersOf,
  type LocalHandler,
} from './event.ts';
import type { TokenProblem, Verify } from './issuer.ts';
import { isLoopbackHost } from './loopback.ts';
import type { Site } from './site.ts';

export interface LocalRoute {
  /** The id of the operation, which is also the name of its function. */
  id: string;
  method: string;
  /** `/v1/roles/{roleId}/members`. A parameter is a whole segment; greedy parameters are not supported. */
  path: string;
  auth: 'jwt' | 'none';
  handler: LocalHandler;
}

export interface ServeOptions {
  routes: readonly LocalRoute[];
  verify: Verify;
  host?: '127.0.0.1';
  /** Port 0 takes any free port. */
  port: number;
  maxBodyBytes?: number;
  /** Origins whose pages may call from a browser. By default no origin may. */
  allowsOrigin?: (origin: string) => boolean;
  /** Pages beside the operations, by the first segment of their paths. */
  sites?: ReadonlyMap<string, Site>;
  /** Path that `GET /` redirects to. By default `GET /` is not found. */
  home?: string;
  requestId?: () => string;
  /** Receives details of failures that callers must not see. */
  log?: (line: string) => void;
}

export interface LocalServer {
  url: string;
  /** Accepts no new requests, and lets running ones finish for at most five seconds. */
  close(): Promise<void>;
}

export class AdapterError extends Error {
  override name = 'AdapterError';
}

/** A form that somebody fills in. */
const formBytes = 64 * 1024;
const serviceBodyBytes = 6 * 1024 * 1024;
/** The service limits the request line and all headers together to this size. */
const maxHeadBytes = 10_240;
const drainMs = 5_000;

const problems = {
  'bad-request': { status: 400, title: 'Bad Request' },
  unauthenticated: { status: 401, title: 'Unauthorized' },
  'not-found': { status: 404, title: 'Not Found' },
  'payload-too-large': { status: 413, title: 'Request Entity Too Large' },
  misdirected: { status: 421, title: 'Misdirected Request' },
  'headers-too-large': { status: 431, title: 'Request Header Fields Too Large' },
  internal: { status: 500, title: 'Internal Server Error' },
  unavailable: { status: 503, title: 'Service Unavailable' },
} as const;
type ProblemCode = keyof typeof problems;

const tokenProblems: Record<TokenProblem, string> = {
  malformed: 'The bearer token is not a valid token.',
  algorithm: 'The bearer token is signed with an algorithm that is not accepted.',
  signature: 'The signature of the bearer token is not valid.',
  expired: 'The bearer token has expired.',
  'not-yet-valid': 'The bearer token is not valid yet.',
  issuer: 'The bearer token comes from another issuer.',
  audience: 'The bearer token is meant for another audience.',
};

/** A refusal that the server itself makes, before or instead of a handler. */
class Refusal extends Error {
  readonly code: ProblemCode;
  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

export const serve = async (options: ServeOptions): Promise<LocalServer> => {
  const { maxBodyBytes = serviceBodyBytes, requestId = randomUUID, log = console.error, host = '127.0.0.1' } = options;
  const allowsOrigin = options.allowsOrigin ?? (() => false);
  const { find, methodsOf } = router(options.routes);
  let closing = false;

  const answer = async (request: IncomingMessage, id: string): Promise<GatewayReply> => {
    const headers = headersOf(request);
    checkHead(request, headers);
    const target = splitTarget(request.url ?? '');
    if (isPreflight(request) && options.allowsOrigin) return { status: 204, headers: {}, body: Buffer.alloc(0) };
    if (options.home && target.path === '/' && (request.method === 'GET' || request.method === 'HEAD'))
      return { status: 302, headers: { location: options.home }, body: Buffer.alloc(0) };
    const [, name = ''] = target.path.split('/', 2);
    const site = options.sites?.get(name);
    if (site)
      return site({
        method: request.method ?? '',
        path: target.path.slice(name.length + 1),
        query: target.query,
        headers: request.headers,
        origin: `http://${request.headers.host}`,
        body: () => readBody(request, formBytes),
      });
    const match = find(request.method ?? '', target.path);
    // The service has no 405, so a method that the path lacks is answered like a path that is not there.
    if (!match) throw new Refusal('not-found', noOperation(request.method ?? '', methodsOf(target.path)));
    const claims = match.route.auth === 'jwt' ? await authenticate(headers, options.verify) : undefined;
    const body = await readBody(request, maxBodyBytes);
    const event = buildEvent({ request, headers, target, ...match, claims, body, requestId: id });
    try {
      return buildReply(await inTime(match.route.handler(event, buildContext(match.route.id))));
    } catch (error) {
      if (error instanceof Refusal) throw error;
      log(`${id} ${match.route.id} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      throw new Refusal('internal', 'Something went wrong on our side; the request id names it in the log.');
    }
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const id = requestId();
    let reply: GatewayReply;
    try {
      reply = await answer(request, id);
    } catch (error) {
      // The caller has disconnected, so nobody is left to answer.
      if (request.destroyed && !request.complete) return;
      if (!(error instanceof Refusal)) log(`${id} adapter failed: ${error instanceof Error ? error.stack : error}`);
      reply = problem(error instanceof Refusal ? error : new Refusal('internal', 'Something went wrong.'), id);
    }
    try {
      for (const [name, value] of Object.entries(corsHeaders(request, allowsOrigin))) response.setHeader(name, value);
      send(response, reply, id, closing);
    } catch (error) {
      // HTTP does not allow some header name or value of the reply.
      log(`${id} bad response: ${error instanceof Error ? error.message : error}`);
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      send(response, problem(new Refusal('internal', 'Something went wrong.'), id), id, closing);
    }
  };

  const server = createServer({ maxHeaderSize: 64 * 1024, requestTimeout: 60_000 }, (request, response) => {
    // A caller that disconnects in the middle of its body is no error of ours.
    request.on('error', () => {});
    void respond(request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseRaw(error, socket as Socket, requestId()));
  await listen(server, host, options.port);
  let closed: Promise<void> | undefined;
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close() {
      closing = true;
      closed ??= drain(server);
      return closed;
    },
  };
};

interface Match {
  readonly route: LocalRoute;
  readonly parameters: Record<string, string>;
}

/** Static segments win over parameters, from left to right. Two routes may not have the same shape. */
const router = (routes: readonly LocalRoute[]) => {
  const table = routes.map((route) => ({ route, segments: route.path.split('/').slice(1) }));
  const seen = new Set<string>();
  for (const { route, segments } of table) {
    const parameters = segments.filter(isParameter);
    const shape = `${route.method} ${segments.map((segment) => (isParameter(segment) ? '{}' : segment)).join('/')}`;
    const readable = segments.every((segment) => isParameter(segment) || !/[{}]/.test(segment));
    if (!route.path.startsWith('/') || !readable || new Set(parameters).size !== parameters.length) {
      throw new AdapterError(
        `The path ${route.path} of ${route.id} is not valid: start it with "/", and give each parameter a whole segment and a name of its own.`,
      );
    }
    if (seen.has(shape)) throw new AdapterError(`Two operations have the path ${shape}: change the path of one.`);
    seen.add(shape);
  }
  // One sort puts the more specific route first: "a" < "b" at the first segment where only one route is static.
  table.sort((one, other) => rank(one.segments).localeCompare(rank(other.segments)));

  const shaped = Map.groupBy(table, ({ route, segments }) => `${route.method} ${segments.length}`);
  const find = (method: string, path: string): Match | undefined => {
    const given = path.split('/').slice(1).map(decodeSegment);
    for (const { route, segments } of shaped.get(`${method} ${given.length}`) ?? []) {
      // An empty segment matches no parameter, as on the service: "/v1/roles/" is another path than "/v1/roles".
      if (!segments.every((segment, at) => (isParameter(segment) ? given[at] !== '' : segment === given[at]))) continue;
      const named = segments.flatMap((segment, at) =>
        isParameter(segment) ? [[segment.slice(1, -1), given[at]!]] : [],
      );
      return { route, parameters: Object.fromEntries(named) };
    }
    return undefined;
  };
  const methods = [...new Set(table.map(({ route }) => route.method))].sort();
  return { find, methodsOf: (path: string) => methods.filter((method) => find(method, path) !== undefined) };
};

const noOperation = (method: string, methods: readonly string[]): string =>
  methods.length > 0
    ? `${method} is no method of this path, which has ${new Intl.ListFormat('en').format(methods)}.`
    : 'There is no such operation: GET /v1/openapi.json lists all.';

const isParameter = (segment: string) => /^\{[^{}+]+\}$/.test(segment);
const rank = (segments: string[]) => segments.map((segment) => (isParameter(segment) ? 'b' : 'a')).join('');

/** Segments are decoded one by one, so an encoded slash stays part of its parameter and never makes another path. */
const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new Refusal('bad-request', 'The path is not correctly encoded.');
  }
};

const splitTarget = (url: string): { path: string; query: string } => {
  if (!url.startsWith('/') || url.includes('#')) throw new Refusal('bad-request', 'The request target is not a path.');
  const mark = url.indexOf('?');
  if (mark >= 0) needUtf8(url.slice(mark + 1));
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
};

/** Refuses escapes that are not UTF-8, because URLSearchParams would silently read them as U+FFFD. */
const needUtf8 = (query: string): void => {
  try {
    // In a query, a percent sign that starts no escape stands for itself.
    decodeURIComponent(query.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    throw new Refusal('bad-request', 'The query is not correctly encoded: its escapes must be UTF-8.');
  }
};

const checkHead = (request: IncomingMessage, { host = '' }: Headers): void => {
  // DNS rebinding: a web page can make its own host name resolve to this machine, and its requests then carry that name
  // here.
  if (!isLoopbackHost(host)) {
    throw new Refusal('misdirected', 'This server answers on the loopback address only.');
  }
  const size = request.rawHeaders.reduce((sum, text) => sum + text.length + 2, (request.url ?? '').length + 12);
  if (size > maxHeadBytes) {
    throw new Refusal('headers-too-large', `The request line and the headers may have ${maxHeadBytes} bytes.`);
  }
};

const isPreflight = ({ method, headers }: IncomingMessage): boolean =>
  method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;

/** Headers that the service adds once an API allows origins. A page of another origin gets the answer without them. */
const corsHeaders = (request: IncomingMessage, allowsOrigin: (origin: string) => boolean): Record<string, string> => {
  const { origin } = request.headers;
  if (origin === undefined || !allowsOrigin(origin)) return {};
  const always = { 'access-control-allow-origin': origin, vary: 'origin' };
  if (!isPreflight(request)) return { ...always, 'access-control-expose-headers': exposedHeaders.join(',') };
  return {
    ...always,
    'access-control-allow-methods': allowedMethods.join(','),
    'access-control-allow-headers': allowedHeaders.join(','),
    'access-control-max-age': String(preflightSeconds),
  };
};

const authenticate = async ({ authorization }: Headers, verify: Verify): Promise<JWTPayload> => {
  const header = authorization?.trim();
  if (!header) throw new Refusal('unauthenticated', 'This operation needs a bearer token.');
  // The service accepts a token with or without `Bearer` in front.
  const outcome = await verify(header.replace(/^bearer +/i, ''));
  if ('reason' in outcome) throw new Refusal('unauthenticated', tokenProblems[outcome.reason]);
  return outcome.claims;
};

/** Listens for the chunks, because leaving a `for await` early would close the connection before the 413 is sent. */
const readBody = (request: IncomingMessage, limit: number): Promise<Buffer> => {
  return new Promise((done, fail) => {
    const tooLarge = () => fail(new Refusal('payload-too-large', `A request body may have ${limit} bytes.`));
    if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        // The rest is read and thrown away, so that the connection can carry the answer.
        chunks.length = 0;
        tooLarge();
      }
    });
    request.once('end', () => done(Buffer.concat(chunks)));
    request.once('error', fail);
    // Every request closes, and an error that nobody sees would take the time of its stack.
    request.once('close', () => void (request.complete || fail(new Error('The caller disconnected.'))));
  });
};

/** The service gives up on a function in the same way: the work goes on, and its answer is lost. */
const inTime = <T>(work: Promise<T>): Promise<T> =>
  new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Refusal('unavailable', 'The operation took too long.')), functionMs);
    late.unref();
    work.then(done, fail).finally(() => clearTimeout(late));
  });

const problem = (refusal: Refusal, requestId: string): GatewayReply => {
  const { status, title } = problems[refusal.code];
  const body = {
    type: `urn:holdfast:problem:${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.message,
    requestId,
    // The service's own error field, for clients that know no other.
    message: title,
  };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (status === 503) headers['retry-after'] = '2';
  return { status, headers, body: Buffer.from(JSON.stringify(body)) };
};

const send = (response: ServerResponse, reply: GatewayReply, requestId: string, last: boolean): void => {
  for (const [name, value] of Object.entries(reply.headers))
    if (name === 'vary') response.appendHeader(name, value);
    else response.setHeader(name, value);
  response.setHeader('apigw-requestid', requestId);
  if (last) response.setHeader('connection', 'close');
  const empty = reply.status === 204 || reply.status === 304;
  if (!empty) response.setHeader('content-length', Buffer.byteLength(reply.body));
  response.statusCode = reply.status;
  response.end(empty ? undefined : reply.body);
};

/** Answers bytes that the HTTP parser refuses, because they never become a request. */
const refuseRaw = (error: NodeJS.ErrnoException, socket: Socket, requestId: string): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const refusal = tooLarge
    ? new Refusal('headers-too-large', `The request line and the headers may have ${maxHeadBytes} bytes.`)
    : new Refusal('bad-request', 'This is not a request of HTTP.');
  const { status, headers, body } = problem(refusal, requestId);
  const lines = Object.entries({ ...headers, 'content-length': String(body.length), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${problems[refusal.code].title}\r\n${head}\r\n${body}`);
};

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  try {
    await new Promise<void>((done, fail) => server.once('error', fail).listen(port, host, done));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why = code === 'EADDRINUSE' ? 'is in use already' : `cannot be used (${code ?? error})`;
    throw new AdapterError(`Port ${port} ${why}: choose another one with --port.`);
  }
};

const drain = async (server: Server): Promise<void> => {
  const ended = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), drainMs);
  await ended;
  clearTimeout(timer);
};
