// The chain around every handler: request log, problem documents, token, rate limit and input, then the operation
// itself.
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { TenantId } from '../../domain/base/ids.ts';
import { lazy } from '../../domain/base/lazy.ts';
import { isNearlyUsed } from '../../domain/base/quotas.ts';
import { type ProblemCode, problems, Refusal } from '../../domain/base/refusal.ts';
import { isThere } from '../../domain/deciding/visible.ts';
import { auditActionOf } from '../../routes/actions.ts';
import type { Operation } from '../../routes/entry.ts';
import { type OperationId, operation as operationOf } from '../../routes/operations.ts';
import type { Actor } from '../../store/events.ts';
import { actorOf, admitToken, identityDigest, Unproven } from './authorise.ts';
import type { Due } from './buckets.ts';
import type { Call, Event, Handler, Internal, Result } from './call.ts';
import { authorised, callerKeys, noTenant } from './caller.ts';
import { inTime } from './in-time.ts';
import { callOf } from './input.ts';
import { requestMetrics, tenantClass, traceId } from './metrics.ts';
import { asRefusal, problemAnswer } from './problem.ts';
import { isFirst, memoryNow } from './process.ts';
import { type Runtime, theRuntime } from './runtime.ts';
import { signedIn } from './sign-in.ts';
import { tokenOf } from './token.ts';

/** The event with the state that the middlewares share. */
type Shared = Event & { readonly internal: Internal };
type Middleware = MiddlewareObj<Shared, Result, Error, Context>;

/** The problem codes of denials that are recorded in the audit log. */
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

/** Turns every thrown error into a problem document, records denials in the audit log, and logs our own faults. */
const answerProblems = (id: OperationId): Middleware => ({
  onError: async (request) => {
    const { error, event } = request;
    const { internal } = event;
    const { requestId } = event.requestContext;
    const { runtime, traceId } = internal;
    const refusal = asRefusal(error);
    internal.code = refusal.code;
    const [status] = problems[refusal.code];
    const tenant = internal.token?.tenant;
    if (status >= 500)
      runtime.log('error', 'failed', {
        operation: id,
        requestId,
        traceId,
        tenant,
        code: refusal.code,
        error: describe(error),
      });
    if (tenant && audited.has(refusal.code)) {
      // In a change set, the denial is recorded for the operation that was refused, as if it had come alone.
      const { operation, target } = refusal.details.step ?? {
        operation: id,
        target: Object.values(event.pathParameters ?? {})[0],
      };
      const action = auditActionOf(operation);
      const denial = { target: targetOf(internal, target, refusal.code), actor: actorIn(internal), code: refusal.code };
      if (action) await recorded(runtime, tenant, { ...denial, action, requestId, traceId });
    }
    request.response = problemAnswer(refusal, { requestId, traceId });
  },
});

/**
 * The target of a denial: the id in the path, when a known caller names a thing that exists. Every other text counts as
 * `unknown`, so that made-up ids do not flood the audit log. What would lock everybody out was read before it was judged,
 * so it exists, although a draft is neither in the book nor a user.
 */
const targetOf = ({ actor, view }: Internal, named: string | undefined, code: ProblemCode): string => {
  if (named === undefined) return 'tenant';
  const known = actor !== undefined && actor.kind !== 'unknown' && view !== undefined;
  return known && (code === 'last-access-manager' || isThere(view.world, named)) ? named : 'unknown';
};

/** The actor of a denial; a caller who is bound to no user is identified by a digest, and so counted separately. */
const actorIn = ({ actor, token }: Internal): Actor =>
  actor ?? { kind: 'unknown', ...(token && { id: identityDigest(token.issuer, token.subject) }) };

/**
 * Records a denial. A failure is only logged, so that it does not replace the refusal; an unknown tenant has no
 * records.
 */
const recorded = async (runtime: Runtime, tenant: TenantId, denial: Parameters<Runtime['store']['deny']>[1]) => {
  try {
    if (await runtime.store.exists(tenant)) await runtime.store.deny(tenant, denial);
  } catch (error) {
    runtime.log('error', 'denial-not-recorded', { action: denial.action, tenant, error: describe(error) });
  }
};

const describe = (error: unknown): unknown =>
  error instanceof Error
    ? { name: error.name, message: error.message, stack: error.stack, cause: String(error.cause ?? '') }
    : String(error);

/** Logs one line per request with operation, duration and status. The same line carries the request's metrics. */
const logRequests = (id: OperationId, operation: Operation): Middleware => {
  const line = (request: { event: Shared; response: Result | null | undefined }) => {
    const { event, response } = request;
    const { token, started = 0, traceId, records, code, runtime, view } = event.internal;
    const status = response?.statusCode ?? 500;
    const ms = Math.round(performance.now() - started);
    const [first, { rss, full }] = [isFirst(), memoryNow()];
    const bytes = view?.isCurrent ? view.head.bytes : undefined;
    const happened = [
      ...(code === 'last-access-manager' ? (['lockOutRefused'] as const) : []),
      ...(first && operation.scope === 'check' ? (['coldCheck'] as const) : []),
      ...(full ? (['memoryFull'] as const) : []),
      ...(isNearlyUsed('bookBytes', bytes) ? (['bookFull'] as const) : []),
    ];
    runtime.log('info', 'request', {
      requestId: event.requestContext.requestId,
      traceId,
      tenant: token?.tenant,
      status,
      code,
      ...(first && { cold: 1 }),
      rss,
      ...requestMetrics({ operation: id, tenantClass: tenantClass(records), status, ms, happened }, Date.now()),
    });
  };
  return {
    before: async (request) => {
      const { internal } = request.event;
      internal.started = performance.now();
      internal.traceId = traceId(request.event.headers);
    },
    after: async (request) => line(request),
    onError: async (request) => line(request),
  };
};

/** Reads the token. */
const readToken = (operation: Operation): Middleware => ({
  before: async (request) => {
    if (operation.callers.length === 0) return;
    const { internal, requestContext } = request.event;
    const token = tokenOf(requestContext.authorizer?.jwt?.claims, internal.runtime.token);
    internal.token = token;
    if (token.kind !== 'user') internal.actor = actorOf(token);
  },
});

/**
 * Checks that the token's kind and scopes admit the operation. It comes after the rates, because a refusal reads and
 * writes the table: it is recorded in the audit log.
 */
const needAdmitted = (operation: Operation): Middleware => ({
  before: async ({ event }) => {
    const { token } = event.internal;
    if (token) admitToken(operation, token);
  },
});

/** Limits the rate of a tenant, and of a caller within it, before the table is read. */
const limitRates = (operation: Operation): Middleware => ({
  before: async (request) => {
    const { token, runtime } = request.event.internal;
    const { buckets, store } = runtime;
    // A token without a tenant is refused without a read or a record. It must not use up what operators share.
    if (!buckets || !token || (!token.tenant && token.kind !== 'operator')) return;
    const caller = identityDigest(token.issuer, token.subject);
    const kind = operation.scope === 'check' ? 'check' : 'other';
    const due = buckets.admit({ tenant: token.tenant ?? '', caller, kind }, store.now);
    if (due.length > 0 && token.tenant) request.event.internal.counted = counted(runtime, token.tenant, due);
  },
  // The function stands still after its answer, so the answer waits for the count, which began before the first read.
  after: async ({ event }) => event.internal.counted,
  onError: async ({ event }) => event.internal.counted,
});

/** Makes counts. A count that fails is left out, because a table that does not answer must not refuse anybody. */
const counted = async ({ store, log }: Runtime, tenant: TenantId, due: readonly Due[]): Promise<void> => {
  const one = async ({ told, ...use }: Due) => {
    try {
      told(await store.use({ tenant, ...use }));
    } catch (error) {
      log('warn', 'rate-not-counted', { tenant, error: error instanceof Error ? error.name : String(error) });
    }
  };
  await Promise.all(due.map(one));
};

/** Most characters of a small body: parsing it costs less than reading the table. */
const littleBody = 16_384;

/**
 * Parses path, query, body and headers by the operation's schemas. Before a large body is parsed, and before a fault is
 * answered, the caller is authorised, so that a token that is bound to no user causes no parsing and learns nothing.
 * Operations that admit guests refuse large bodies. A valid request with a small body needs no extra read, because its
 * caller is read with everything else.
 */
const parseInput = (id: OperationId, operation: Operation): Middleware => ({
  before: async (request) => {
    const { event } = request;
    const { internal } = event;
    const isLarge = (event.body?.length ?? 0) > littleBody;
    if (isLarge && operation.callers.includes('guest'))
      throw new Refusal('payload-too-large', `At most ${littleBody.toLocaleString('en')} bytes here.`);
    if (isLarge) await needCaller(operation, internal);
    try {
      internal.call = callOf(id, operation, event, internal);
    } catch (error) {
      if (!isLarge) await needCaller(operation, internal);
      throw error;
    }
  },
});

/** Authorises the caller, reading only the caller. @throws Refusal as the operation does; busy */
const needCaller = async (operation: Operation, internal: Internal): Promise<void> => {
  const { token, runtime } = internal;
  const tenant = token?.tenant;
  if (!token || !tenant) return;
  const call = { operation, token, tenant };
  const keys = callerKeys(call);
  if (keys.length === 0) return;
  const { store } = runtime;
  await store.untorn(
    async (wanted) => {
      const view = await store.view(tenant, keys, wanted);
      if (!view) throw noTenant();
      return view;
    },
    async (view) => {
      try {
        await authorised(view, call, internal);
      } catch (error) {
        // A first sign-in by a claim is admitted here, and bound when the request runs.
        if (!(error instanceof Unproven)) throw error;
      }
    },
  );
};

/**
 * A handler with its chain, which is made at the first request because a change set loads many handlers and runs one.
 */
export const chain = (id: OperationId, run: (call: Call, internal: Internal) => Promise<Result>): Handler => {
  const handler = lazy(() => {
    const operation = operationOf(id);
    return middy<Shared, Result, Error, Context>()
      .use(logRequests(id, operation))
      .use(answerProblems(id))
      .use(readToken(operation))
      .use(limitRates(operation))
      .use(needAdmitted(operation))
      .use(parseInput(id, operation))
      .handler(({ internal }: Shared, context: Context) => {
        const call = internal.call as Call;
        return inTime(context, internal.runtime, () => signedIn(call, () => run(call, internal)));
      });
  });
  return (event, context) => handler()({ ...event, internal: { runtime: theRuntime() } }, context) as Promise<Result>;
};
