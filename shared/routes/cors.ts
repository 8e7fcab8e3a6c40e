// What pages of other origins may send and see (CORS): the stack's API and the local server both answer by this. Which
// origins those are, a deployment decides.
import { operationIds, operations } from './operations.ts';

/** The rest of what we send is readable anyway, or is for the browser itself. A test holds answers to this list. */
export const exposedHeaders = ['apigw-requestid', 'etag', 'retry-after', 'www-authenticate'] as const;

export const allowedHeaders = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'traceparent'] as const;

export const allowedMethods = [...new Set(operationIds.map((id) => operations[id].method))].sort();

/** How long a browser may remember the answer to a preflight request. */
export const preflightSeconds = 3_600;
