// Holdfast's typed client: every operation of the API, with retries, idempotency keys, pages and safe updates built in.
// It needs nothing but fetch, in a browser as on a server.
export { type Client, createClient } from './client.ts';
export type * from './operations.ts';
export { HoldfastProblem, HoldfastUnreachable } from './problem.ts';
export type { ClientOptions } from './transport.ts';
export type {
  AnswerOf,
  Arguments,
  ItemOf,
  OperationId,
  PagedId,
  PreviewOf,
  ProblemCode,
  ProblemDocument,
  RehearsalOf,
  Reply,
  RequestOf,
  WriteId,
} from './types.ts';
