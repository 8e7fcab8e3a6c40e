// Refusals as RFC 9457 problem documents. A 5xx says nothing of its inside to the caller.
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type ProblemCode, problems, Refusal } from '../domain/refusal.ts';

export const problemType = (code: ProblemCode): string => `urn:holdfast:problem:${code}`;

/** The answer to a refusal. */
export const problemAnswer = (refusal: Refusal, requestId: string): APIGatewayProxyStructuredResultV2 => {
  const [status, title] = problems[refusal.code];
  const { detail, errors, more } = refusal.details;
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 503 && { 'retry-after': '2' }),
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
    },
    body: JSON.stringify({
      type: problemType(refusal.code),
      title,
      status,
      code: refusal.code,
      ...(detail !== undefined && { detail }),
      ...(errors && { errors }),
      ...more,
      requestId,
    }),
  };
};

/** Whatever was thrown, as a refusal: what we did not mean to throw is an internal error. */
export const asRefusal = (error: unknown): Refusal => (error instanceof Refusal ? error : new Refusal('internal'));
