// The chain around every handler, written once: problems, token, input, then the operation's own few lines.
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import * as z from 'zod';
import type { Change, Tools, World } from '../domain/change.ts';
import { applied } from '../domain/change.ts';
import type { TenantId } from '../domain/ids.ts';
import { type FieldFault, type ProblemCode, problems, Refusal } from '../domain/refusal.ts';
import { type InputOf, type Operation, type OperationId, operation as operationOf } from '../routes/operations.ts';
import { digestOf, type Key } from '../store/keys.ts';
import type { Authorised, Unit } from '../store/mutate.ts';
import { admitToken, authorise, firstLook, identityDigest, kindOf } from './authorise.ts';
import { cursorFor, etagOf, needMatch, positionIn } from './etag.ts';
import { requestMetrics, tenantClass, traceId } from './metrics.ts';
import { asRefusal, problemAnswer } from './problem.ts';
import { type Runtime, theRuntime } from './runtime.ts';
import { type Token, tokenOf } from './token.ts';

type Event = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { jwt?: { claims?: Record<string, unknown> } } };
  /** What the chain's parts hand on. */
  internal?: Internal;
};
type Result = APIGatewayProxyStructuredResultV2;

/** A request, as far as it is understood without reading a table. */
export interface Call<Id extends OperationId> {
  readonly id: Id;
  readonly operation: Operation;
  readonly token: Token;
  /** Of tokens that admit to a tenant; operators' operations do not look at it. */
  readonly tenant: TenantId;
  readonly input: InputOf<Id>;
  readonly requestId: string;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly runtime: Runtime;
}

/** What an operation's own lines are given. */
export interface OperationContext<Id extends OperationId> extends Call<Id> {
  readonly unit: Unit;
  readonly world: World;
  readonly book: World['book'];
  readonly by: Authorised;
  readonly tools: Tools;
}

export interface Answer {
  /** JSON of the answer; absent for 204. */
  readonly body?: unknown;
  /** The resource's own fields, over which its ETag is. */
  readonly own?: unknown;
  /** In place of JSON: a text that is sent as it is, with further headers. */
  readonly text?: {
    readonly type: string;
    readonly content: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

/** What middlewares hand on. */
interface Internal {
  call?: Call<OperationId>;
  token?: Token;
  actor?: Authorised['actor'];
  started?: number;
  /** Records in the tenant's book, once it has been read. */
  records?: number;
  /** Why the request was refused, when it was. */
  code?: ProblemCode;
}
type Middleware = MiddlewareObj<Event, Result, Error, Context>;

const internalOf = (event: Event): Internal => {
  event.internal ??= {};
  return event.internal;
};

/** Denials that an auditor wants to see. */
const audited = new Set<ProblemCode>([
  'forbidden',
  'insufficient-scope',
  'caller-kind',
  'unknown-user',
  'user-disabled',
  'access-token-needed',
  'keeper-needed',
  'not-held',
  'last-access-manager',
  'keeperless',
]);

/** Whatever is thrown becomes a problem document; denials are recorded, faults of ours logged. */
const answerProblems = (id: OperationId): Middleware => ({
  onError: async (request) => {
    const { error, event } = request;
    const internal = internalOf(event);
    const { requestId } = event.requestContext;
    const runtime = theRuntime();
    const refusal = asRefusal(error);
    internal.code = refusal.code;
    const [status] = problems[refusal.code];
    const tenant = internal.token?.tenant;
    if (status >= 500)
      runtime.log('error', 'failed', {
        operation: id,
        requestId,
        traceId: traceId(),
        tenant,
        code: refusal.code,
        error: describe(error),
      });
    if (tenant && audited.has(refusal.code)) {
      const target = targetOf(event);
      const actor = internal.actor ?? { kind: 'unknown' as const };
      const denial = { operation: id, target, actor, code: refusal.code, requestId };
      await recorded(runtime, tenant, denial);
    }
    request.response = problemAnswer(refusal, requestId);
  },
});

/** What the path names, when it is an id: whatever else a caller writes there is not ours to keep. */
const targetOf = (event: Event): string => {
  const [target = 'tenant'] = Object.values(event.pathParameters ?? {});
  return /^[a-z][0-9a-z]{0,31}$/.test(target) ? target : 'unknown';
};

/** Recording a denial must not turn it into another error. Of a tenant that does not exist nothing is kept. */
const recorded = async (runtime: Runtime, tenant: TenantId, denial: Parameters<Runtime['store']['deny']>[1]) => {
  try {
    if (await runtime.store.exists(tenant)) await runtime.store.deny(tenant, denial);
  } catch (error) {
    runtime.log('error', 'denial-not-recorded', { operation: denial.operation, tenant, error: describe(error) });
  }
};

const describe = (error: unknown): unknown =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack, cause: String(error.cause ?? '') }
    : String(error);

/** One line per request: what, how long, how it ended; the same line is its metrics. */
const logRequests = (id: OperationId): Middleware => {
  const line = (request: { event: Event; response: Result | null | undefined }) => {
    const { event, response } = request;
    const { token, started = 0, records, code } = internalOf(event);
    const status = response?.statusCode ?? 500;
    const ms = Math.round(performance.now() - started);
    theRuntime().log('info', 'request', {
      requestId: event.requestContext.requestId,
      traceId: traceId(event.headers?.['x-amzn-trace-id']),
      tenant: token?.tenant,
      status,
      code,
      ...requestMetrics({ operation: id, tenantClass: tenantClass(records), status, code, ms }, Date.now()),
    });
  };
  return {
    before: async (request) => {
      internalOf(request.event).started = performance.now();
    },
    after: async (request) => line(request),
    onError: async (request) => line(request),
  };
};

/** The token, and whether its kind and scope admit the operation at all. */
const readToken = (operation: Operation): Middleware => ({
  before: async (request) => {
    if (operation.callers.length === 0) return;
    const token = tokenOf(request.event.requestContext.authorizer?.jwt?.claims, theRuntime().token);
    internalOf(request.event).token = token;
    const kind = kindOf(token);
    if (kind !== 'user') internalOf(request.event).actor = { kind, id: token.client };
    admitToken(operation, token);
  },
});

const header = (event: Event, name: string): string | undefined => event.headers?.[name];

/** An unknown parameter is refused: one that asked for a rehearsal must not get the real thing. */
const noQuery = z.strictObject({});

/** Path, query, body and headers, parsed by the operation's schemas. */
const parseInput = (id: OperationId, operation: Operation): Middleware => ({
  before: async (request) => {
    const { event } = request;
    const internal = internalOf(event);
    const ifMatch = header(event, 'if-match');
    const idempotencyKey = header(event, 'idempotency-key');
    if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey))
      throw new Refusal('invalid-request', {
        detail: 'header.idempotency-key: give 1 to 200 visible ASCII characters',
        errors: [{ field: 'header.idempotency-key', message: 'give 1 to 200 visible ASCII characters' }],
      });
    const input = {
      params: operation.params && checked(operation.params, event.pathParameters ?? {}, 'path.', 'not-found'),
      query: checked(operation.query ?? noQuery, event.queryStringParameters ?? {}, 'query.'),
      body: operation.text
        ? textBody(event, operation.text)
        : operation.body && checked(operation.body, json(event), '/'),
    };
    if (operation.etag === 'required' && ifMatch === undefined)
      throw new Refusal('precondition-required', 'Read it first, then send its ETag as If-Match.');
    internal.call = {
      id,
      operation,
      token: internal.token as Token,
      tenant: internal.token?.tenant as TenantId,
      input: input as never,
      requestId: event.requestContext.requestId,
      ifMatch,
      idempotencyKey: operation.idempotent ? idempotencyKey : undefined,
      runtime: theRuntime(),
    };
  },
});

/** An id of the path that is none is not found, as one that nobody has. */
const checked = (schema: z.ZodType, value: unknown, at: string, code: ProblemCode = 'invalid-request'): unknown => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (code === 'not-found') throw new Refusal(code);
  const errors = result.error.issues.slice(0, 20).flatMap((issue): FieldFault[] => {
    const where = (path: readonly PropertyKey[]) => `${at}${path.map(String).join(at === '/' ? '/' : '.')}`;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.slice(0, 20).map((key) => ({
        field: where([...issue.path, key.slice(0, 100)]),
        message: 'is not known: remove it',
      }));
    return [{ field: where(issue.path), message: issue.message }];
  });
  throw new Refusal('invalid-request', { detail: `${errors[0]?.field}: ${errors[0]?.message}`, errors });
};

const rawBody = (event: Event): string =>
  event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');

const json = (event: Event): unknown => {
  const type = header(event, 'content-type') ?? '';
  if (!/^application\/json\b/i.test(type))
    throw new Refusal('unsupported-media-type', 'Send JSON with content-type application/json.');
  const text = rawBody(event);
  try {
    // Half a character can come as an escape only, and no table stores one.
    return /\\u[dD][89a-fA-F]/.test(text) ? JSON.parse(text, wholeCharacters) : JSON.parse(text);
  } catch {
    throw new Refusal('invalid-request', {
      detail: '/: is not JSON, or has half of a character (a lone surrogate)',
      errors: [{ field: '/', message: 'is not JSON, or has half of a character (a lone surrogate)' }],
    });
  }
};

const wholeCharacters = (key: string, value: unknown): unknown => {
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) throw new SyntaxError('half a character');
  return value;
};

const textBody = (event: Event, text: { readonly type: string; readonly limit: number }): string => {
  const type = (header(event, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== text.type) throw new Refusal('unsupported-media-type', `Send it with content-type ${text.type}.`);
  const body = rawBody(event);
  if (Buffer.byteLength(body) > text.limit)
    throw new Refusal('payload-too-large', `At most ${text.limit.toLocaleString('en')} bytes.`);
  return body;
};

const respond = (status: number, { body, own, text }: Answer): Result =>
  text === undefined ? respondJson(status, { body, own }) : respondText(status, text);

const respondText = (statusCode: number, { type, content, headers }: NonNullable<Answer['text']>): Result => ({
  statusCode,
  headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers, 'content-type': type },
  body: content,
});

const respondJson = (status: number, { body, own }: Answer): Result => ({
  statusCode: status,
  headers: {
    'cache-control': 'no-store',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(own !== undefined && { etag: etagOf(own) }),
  },
  ...(body !== undefined && { body: JSON.stringify(body) }),
});

export type Handler = (event: Event, context: Context) => Promise<Result>;

const chain = (id: OperationId, run: (call: Call<OperationId>, internal: Internal) => Promise<Result>): Handler => {
  const operation = operationOf(id);
  const handler = middy<Event, Result, Error, Context>()
    .use(logRequests(id))
    .use(answerProblems(id))
    .use(readToken(operation))
    .use(parseInput(id, operation))
    .handler(async (event: Event) => {
      const internal = internalOf(event);
      return run(internal.call as Call<OperationId>, internal);
    });
  return (event, context) => handler(event, context) as Promise<Result>;
};

const noTenant = () => new Refusal('unknown-user', 'The token names a tenant that does not exist.');

/** Where to look for the caller, along with the head. */
const callerKeys = (call: Call<OperationId>): Key[] => {
  const { operation, token, tenant } = call;
  if (admitToken(operation, token) !== 'user' || operation.callers.includes('guest')) return [];
  return [firstLook(tenant, identityDigest(token.issuer, token.subject))];
};

/** An operation that reads. `tenant` overrides the token's for operators. */
export const query = <Id extends OperationId>(
  id: Id,
  own: {
    readonly along?: (call: Call<Id>) => readonly Key[];
    readonly tenant?: (call: Call<Id>) => TenantId;
    /** True when a somewhat old state will do. */
    readonly bounded?: (call: Call<Id>) => boolean;
    readonly run: (context: OperationContext<Id>) => Promise<Answer> | Answer;
  },
): Handler =>
  chain(id, async (untyped, internal) => {
    const call = untyped as unknown as Call<Id>;
    const tenant = own.tenant?.(call) ?? call.tenant;
    const along = [...callerKeys(untyped), ...(own.along?.(call) ?? [])];
    const { store } = call.runtime;
    const unit = await (own.bounded?.(call) ? store.boundedView(tenant, along) : store.view(tenant, along));
    if (!unit) throw own.tenant ? new Refusal('not-found', 'There is no such tenant.') : noTenant();
    const by = await authorised(unit, untyped, internal);
    const { world, book, tools } = unit;
    return respond(call.operation.status, await own.run({ ...call, unit, world, book, by, tools }));
  });

/** Remembers who acts, so that a denial can say so. */
const authorised = async (unit: Unit, call: Call<OperationId>, internal: Internal): Promise<Authorised> => {
  internal.records = unit.book.records.size;
  const by = await authorise(unit, call.operation, call.token, (actor) => {
    internal.actor = actor;
  });
  internal.actor = by.actor;
  return by;
};

/** An operation that changes something. */
export const mutation = <Id extends OperationId, R>(
  id: Id,
  own: {
    readonly along?: (call: Call<Id>) => readonly Key[];
    readonly tenant?: (call: Call<Id>) => TenantId;
    /** The resource's own fields before the change, for If-Match; throws not-found. */
    readonly current?: (context: OperationContext<Id>) => Promise<unknown> | unknown;
    readonly plan: (context: OperationContext<Id>) => Promise<Change<R>> | Change<R>;
    /** The answer, on the world as it will be. */
    readonly answer?: (result: R, context: OperationContext<Id>) => Promise<Answer> | Answer;
    /** Further grounds on which the caller may, told by the operation. */
    readonly by?: (by: Authorised, context: { readonly unit: Unit; readonly call: Call<Id> }) => Authorised;
    /** Work to be told of once it is written. */
    readonly work?: (call: Call<Id>, answer: Answer) => Parameters<Runtime['queue']['enqueue']>[0] | undefined;
  },
): Handler =>
  chain(id, async (untyped, internal) => {
    const call = untyped as unknown as Call<Id>;
    const { runtime, operation, requestId } = call;
    const tenant = own.tenant?.(call) ?? call.tenant;
    let changed: Change<R> | undefined;
    const outcome = await runtime.store.mutate<Answer>({
      tenant,
      operation: id,
      requestId,
      along: [...callerKeys(untyped), ...(own.along?.(call) ?? [])],
      idempotency: idempotencyOf(untyped),
      authorise: async (unit) => {
        const by = await authorised(unit, untyped, internal);
        return own.by ? own.by(by, { unit, call }) : by;
      },
      plan: async (unit, by) => {
        const { world, book, tools } = unit;
        const context = { ...call, unit, world, book, by, tools };
        if (own.current) needMatch(call.ifMatch, await own.current(context));
        const change = await own.plan(context);
        changed = change;
        const after = applied(unit.world, change);
        const body = own.answer ? await own.answer(change.result, { ...context, world: after, book: after.book }) : {};
        return { change, body };
      },
    });
    if (!outcome) throw own.tenant ? new Refusal('not-found', 'There is no such tenant.') : noTenant();
    if (outcome.changed && changed?.side.some((side) => side.kind === 'sweep'))
      await runtime.queue.enqueue({ tenant, kind: 'sweep', id: requestId });
    const work = own.work?.(call, outcome.body);
    if (work && outcome.changed) await runtime.queue.enqueue(work);
    return respond(operation.status, outcome.body);
  });

/** Bound to tenant, actor, operation and content: the same key for another request is refused. */
export const idempotencyOf = (call: Call<OperationId>) => {
  const { idempotencyKey, token, id, input, ifMatch, operation } = call;
  if (idempotencyKey === undefined) return undefined;
  return {
    digest: digestOf('once', token.issuer, token.subject, id, idempotencyKey),
    request: digestOf(JSON.stringify([input, ifMatch ?? null])),
    status: operation.status,
  };
};

/** An operation that stands outside of any tenant. */
export const outside = <Id extends OperationId>(id: Id, run: (call: Call<Id>) => Promise<Answer>): Handler =>
  chain(id, async (call) => respond(call.operation.status, await run(call as unknown as Call<Id>)));

/** One page as answered, with a cursor that only this list takes. */
export const pageAnswer = <Id extends OperationId>(
  context: Pick<OperationContext<Id>, 'tenant' | 'id'>,
  filter: object,
  items: readonly unknown[],
  next: string | undefined,
): Answer => ({
  body: { items, ...(next !== undefined && { cursor: cursorFor([context.tenant, context.id, filter], next) }) },
});

/** Where a page starts, and the filter that its cursor is bound to. */
export const pageInput = <F extends object>(
  context: { readonly tenant: TenantId; readonly id: string },
  input: F & { readonly limit: number; readonly cursor?: string | undefined },
): { limit: number; after: string | undefined; filter: object } => {
  const { limit, cursor, ...filter } = input;
  return { limit, filter, after: positionIn([context.tenant, context.id, filter], cursor) };
};
