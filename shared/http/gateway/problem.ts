// Refusals as problem documents (RFC 9457). A 5xx tells the caller nothing about its cause.
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ProblemCode, problems, Refusal } from '../../domain/base/refusal.ts';
import { Room } from '../../domain/base/weight.ts';
import type { RequestIds } from '../../store/events.ts';

export const problemType = (code: ProblemCode): string => `urn:holdfast:problem:${code}`;

/** Advice for a refusal that has no detail of its own. */
const advice: Partial<Record<ProblemCode, string>> = {
  unauthenticated: 'Send a valid access token as a bearer token.',
  'caller-kind': 'Use a token of a kind of caller that this operation admits.',
  'user-disabled': 'Ask somebody who manages users to enable it again.',
  'second-operator-needed': 'Ask another operator, with a sign-in of their own, to approve the recovery.',
  'tenant-suspended': 'Ask the operators of this service: they can resume the tenant.',
  'tenant-closed': 'Ask the operators of this service: until the tenant is purged, they can reopen it.',
  'not-found': 'Nothing is known under this path.',
  keeperless: 'Ask the operators of this service to recover the tenant: until then nothing in it can be changed.',
  'too-many-requests': 'Wait as long as Retry-After says, then repeat the request.',
  internal: 'Try again later; the request id names what happened in our log.',
  'out-of-time':
    'A change was made as a whole or not at all: repeat the request with the same Idempotency-Key to learn which.',
  busy: 'Wait as long as Retry-After says, then repeat the request.',
};

/** Most bytes of the lists in a problem document, because one answer may have a hundred such documents. */
const mostListed = 20_000;

/** The further members of a problem document, with its lists cut to the bytes that fit. */
const shortened = (more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const room = new Room(mostListed);
  const short = Object.entries(more).map(([name, value]) => [name, Array.isArray(value) ? room.first(value) : value]);
  const cut = short.some(([name, value]) => value !== more[name as string]);
  return { ...Object.fromEntries(short), ...(cut && { more: true }) };
};

/** The problem document of a refusal. */
export const problemOf = (refusal: Refusal, { requestId, traceId }: RequestIds) => {
  const [status, title] = problems[refusal.code];
  const { detail = advice[refusal.code], errors, more } = refusal.details;
  return {
    type: problemType(refusal.code),
    title,
    status,
    code: refusal.code,
    ...(detail !== undefined && { detail }),
    ...(errors && { errors }),
    ...shortened(more),
    requestId,
    ...(traceId !== undefined && { traceId }),
  };
};

/** The answer to a refusal. */
export const problemAnswer = (refusal: Refusal, ids: RequestIds): APIGatewayProxyStructuredResultV2 => {
  const [status] = problems[refusal.code];
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 && { 'retry-after': '2' }),
      ...(status === 429 && { 'retry-after': String(refusal.details.retryAfter ?? 1) }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
    body: JSON.stringify(problemOf(refusal, ids)),
  };
};

/** A thrown value as a refusal; an unexpected error becomes `internal`. */
export const asRefusal = (error: unknown): Refusal => (error instanceof Refusal ? error : new Refusal('internal'));
