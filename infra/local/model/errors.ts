// Every failure that the model can answer with, in the SDK's own error classes, so that code under test tells them
// apart as it does against the service.
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  InternalServerError,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ResourceNotFoundException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { type ModelItem, marshalItem } from './values.ts';

const metadata = (httpStatusCode: number) => ({
  httpStatusCode,
  requestId: 'MODEL',
  attempts: 1,
  totalRetryDelay: 0,
});

const badRequest = metadata(400);

/** The service's answer to a malformed request, for which the SDK has no class. */
export const validation = (message: string): DynamoDBServiceException =>
  new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', $metadata: badRequest, message });

export const isValidation = (error: unknown): error is DynamoDBServiceException =>
  error instanceof DynamoDBServiceException && error.name === 'ValidationException';

export const noSuchTable = (): Error =>
  new ResourceNotFoundException({ $metadata: badRequest, message: 'Requested resource not found' });

/**
 * The item is in wire form (`{ S: … }`) as in the SDK's error, because the document client does not translate errors.
 */
export const conditionFailed = (item: ModelItem | undefined): Error =>
  new ConditionalCheckFailedException({
    $metadata: badRequest,
    message: 'The conditional request failed',
    ...(item === undefined ? {} : { Item: marshalItem(item) }),
  });

export const transactionConflict = (): Error =>
  new TransactionConflictException({
    $metadata: badRequest,
    message: 'Transaction is ongoing for the item',
  });

export const transactionInProgress = (): Error =>
  new TransactionInProgressException({
    $metadata: badRequest,
    message: 'Transaction is already in progress for the given client token',
  } as ConstructorParameters<typeof TransactionInProgressException>[0]);

export const tokenMismatch = (): Error =>
  new IdempotentParameterMismatchException({
    $metadata: badRequest,
    message: 'Transaction was already run with the same client token and other parameters',
  } as ConstructorParameters<typeof IdempotentParameterMismatchException>[0]);

export const cancellationReason = {
  none: (): CancellationReason => ({ Code: 'None' }),
  conflict: (): CancellationReason => ({
    Code: 'TransactionConflict',
    Message: 'Transaction is ongoing for the item',
  }),
  throttled: (): CancellationReason => ({
    Code: 'ThrottlingError',
    Message: 'Throughput exceeds the current capacity of your table or index.',
  }),
  invalid: (message: string): CancellationReason => ({ Code: 'ValidationError', Message: message }),
  condition: (item: ModelItem | undefined): CancellationReason => ({
    Code: 'ConditionalCheckFailed',
    Message: 'The conditional request failed',
    ...(item === undefined ? {} : { Item: marshalItem(item) }),
  }),
};

export const transactionCancelled = (reasons: CancellationReason[]): Error =>
  new TransactionCanceledException({
    $metadata: badRequest,
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons
      .map((r) => r.Code)
      .join(', ')}]`,
    CancellationReasons: reasons,
  });

/** The three errors by which the service throttles. */
export const throttled = (which: number): Error => {
  const message = 'Rate exceeded';
  if (which === 0) return new ProvisionedThroughputExceededException({ $metadata: badRequest, message });
  if (which === 1) return new RequestLimitExceeded({ $metadata: badRequest, message });
  return new ThrottlingException({ $metadata: badRequest, message });
};

/** Errors that do not tell the caller whether the request took effect. */
export const unclear = (which: number): Error => {
  if (which === 0) return new InternalServerError({ $metadata: metadata(500), message: 'Internal server error' });
  const $metadata = { attempts: 1, totalRetryDelay: 0 };
  if (which === 1) {
    return Object.assign(new Error('The request timed out'), { name: 'TimeoutError', $metadata });
  }
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $metadata });
};

/** Thrown to a dead worker when the run asks for a throw instead of silence. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
  readonly worker: string;

  constructor(worker: string) {
    super(`worker ${worker} has died`);
    this.worker = worker;
  }
}
