// The meaning of the service's errors, matched by name and position and never by message.

/** A failed write. The kind decides what a caller of the store does next. */
type Failure =
  /** The service is loaded, or another transaction holds an item. Nothing was written. */
  | { readonly kind: 'contended' }
  /** The answer is missing: the write may have happened, or may yet happen. */
  | { readonly kind: 'unclear' }
  /** A condition did not hold. Nothing was written. `failed` lists positions of writes in the transaction. */
  | { readonly kind: 'refused'; readonly failed: readonly number[] }
  /** A fault of ours, or an unknown error. */
  | { readonly kind: 'broken' };

const contended = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'ThrottlingError',
  'LimitExceededException',
]);
const unclear = new Set([
  // A duplicate of the request is under way, and may have succeeded by now.
  'TransactionInProgressException',
  'InternalServerError',
  'InternalServerErrorException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
  'NetworkingError',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ECONNREFUSED',
  // The name of the service is not resolved, or no way leads there, for a moment.
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

interface Named {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

export const failureOf = (error: unknown): Failure => {
  const { name = '', code = '', $metadata, CancellationReasons: reasons } = (error ?? {}) as Named;
  if (name === 'TransactionCanceledException') {
    const failed = (reasons ?? []).flatMap((reason, i) => (reason.Code === 'ConditionalCheckFailed' ? [i] : []));
    if (failed.length > 0) return { kind: 'refused', failed };
    const broken = (reasons ?? []).some((reason) =>
      ['ValidationError', 'ItemCollectionSizeLimitExceeded'].includes(reason.Code ?? ''),
    );
    return broken ? { kind: 'broken' } : { kind: 'contended' };
  }
  if (name === 'ConditionalCheckFailedException') return { kind: 'refused', failed: [0] };
  if (contended.has(name)) return { kind: 'contended' };
  if (unclear.has(name) || unclear.has(code)) return { kind: 'unclear' };
  // What stands between us and the service answers with pages that have no name of an error.
  if (($metadata?.httpStatusCode ?? 0) >= 500) return { kind: 'unclear' };
  return { kind: 'broken' };
};

/** A stored item that does not match its schema: a fault on our side, never a caller's. */
export class CorruptItem extends Error {
  constructor(key: { PK: unknown; SK: unknown }, cause: unknown) {
    super(`the item ${String(key.PK)} / ${String(key.SK)} does not parse`, { cause });
    this.name = 'CorruptItem';
  }
}
