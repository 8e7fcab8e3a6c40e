// The headers and methods that pages of other origins may use (CORS), for the stack's API and the local server alike.
// Each deployment lists its own origins.
import { operationIds, operations } from './operations.ts';

/**
 * The response headers that scripts may read beyond the safelisted ones. A test compares real answers with this list.
 */
export const exposedHeaders = ['apigw-requestid', 'etag', 'retry-after', 'www-authenticate'] as const;

export const allowedHeaders = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'traceparent'] as const;

export const allowedMethods = [...new Set(operationIds.map((id) => operations[id].method))].sort();

/** Seconds for which a browser may cache the answer to a preflight request. */
export const preflightSeconds = 3_600;
