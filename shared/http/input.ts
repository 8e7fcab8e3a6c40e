// Reading a request: path, query, body and headers, by the operation's schemas.
import * as z from 'zod';
import type { TenantId } from '../domain/ids.ts';
import { once } from '../domain/once.ts';
import { type FieldFault, invalid, type ProblemCode, Refusal } from '../domain/refusal.ts';
import type { Operation, OperationId } from '../routes/operations.ts';
import type { Call, Event, Internal } from './call.ts';
import { namesState } from './etag.ts';
import { theRuntime } from './runtime.ts';
import type { Token } from './token.ts';

const header = (event: Event, name: string): string | undefined => event.headers?.[name];

/** An unknown parameter is refused: one that asked for a rehearsal must not get the real thing. */
const noQuery = once(() => z.strictObject({}));

/** Whether to rehearse only: a parameter that every operation has that may write. */
const rehearsal = once(() => z.object({ dryRun: z.enum(['true', 'false']).default('false') }));

/** A request's parts before they are understood. */
export interface RawInput {
  readonly params?: unknown;
  readonly query?: unknown;
  /** Read last, and only where the operation has one. */
  readonly body: () => unknown;
}

/** The parts as the operation's schemas read them. @throws Refusal invalid-request; as asked for a path that is none */
export const inputOf = (operation: Operation, raw: RawInput, badPath: ProblemCode): Call<OperationId>['input'] =>
  ({
    params: operation.params && checked(operation.params, raw.params ?? {}, 'path.', badPath),
    query: checked(operation.query ?? noQuery(), raw.query ?? {}, 'query.'),
    body: operation.text ? raw.body() : operation.body && checked(operation.body, raw.body(), '/'),
  }) as never;

/** The whole request of a token. @throws Refusal */
export const callOf = (id: OperationId, operation: Operation, event: Event, { token, traceId }: Internal) => {
  const ifMatch = header(event, 'if-match');
  const idempotencyKey = header(event, 'idempotency-key');
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(idempotencyKey))
    throw invalid('header.idempotency-key', 'give 1 to 200 visible ASCII characters');
  const { dryRun, ...query } = event.queryStringParameters ?? {};
  const rehearses = operation.data === 'write';
  const asked = dryRun === undefined ? {} : { dryRun };
  const raw: RawInput = {
    params: event.pathParameters,
    query: rehearses ? query : { ...query, ...asked },
    body: () => (operation.text ? textBody(event, operation.text) : json(event)),
  };
  const input = inputOf(operation, raw, 'not-found');
  const dry =
    rehearses && (checked(rehearsal(), asked, 'query.') as z.infer<ReturnType<typeof rehearsal>>).dryRun === 'true';
  needPrecondition(operation, ifMatch, input);
  const call: Call<OperationId> = {
    id,
    operation,
    token: token as Token,
    tenant: token?.tenant as TenantId,
    input,
    requestId: event.requestContext.requestId,
    traceId,
    ifMatch,
    idempotencyKey: operation.idempotent ? idempotencyKey : undefined,
    dryRun: dry,
    runtime: theRuntime(),
  };
  return call;
};

/**
 * What is carried out later than it was looked at names the state that was looked at: by its ETag, or by the digest of its
 * preview, because others may edit it until the last moment.
 * @throws Refusal precondition-required
 */
const needPrecondition = ({ etag }: Operation, ifMatch: string | undefined, { body }: { readonly body?: unknown }) => {
  if (etag === 'required' && ifMatch === undefined)
    throw new Refusal('precondition-required', 'Read it first, then send its ETag as If-Match.');
  const { digest } = (body ?? {}) as { readonly digest?: string };
  if (etag === 'spent' && digest === undefined && !namesState(ifMatch))
    throw new Refusal(
      'precondition-required',
      'Look at it first, then send its ETag as If-Match, or the digest of its preview: others may have edited it.',
    );
};

/** An id of the path that is none is not found, as one that nobody has. */
const checked = (schema: z.ZodType, value: unknown, at: string, code: ProblemCode = 'invalid-request'): unknown => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  if (code === 'not-found') throw new Refusal(code);
  const errors = result.error.issues.slice(0, 20).flatMap((issue): FieldFault[] => {
    const where = (path: readonly PropertyKey[]) =>
      `${at}${path.map((part) => String(part).slice(0, 100)).join(at === '/' ? '/' : '.')}`;
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
  if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
    throw new SyntaxError('half a character');
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
