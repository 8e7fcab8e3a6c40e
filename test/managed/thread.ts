// A worker thread as Lambda's runtime makes them on managed instances: it loads a built function once, and gives it every
// request as soon as it comes, however many are under way.
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { Handler } from '../../shared/http/operation.ts';
import type { OperationId } from '../../shared/routes/operations.ts';

/** Built files by operation. */
export type ThreadData = Readonly<Record<string, string>>;
export interface Sent {
  readonly id: string;
  readonly operation: OperationId;
  readonly event: object;
}
export interface Returned {
  readonly id: string;
  readonly answer?: { readonly statusCode: number; readonly body?: string };
  readonly error?: string;
}

const files = workerData as ThreadData;
const handlers = new Map<string, Handler>();
for (const [operation, file] of Object.entries(files)) handlers.set(operation, (await import(file)).handler);

const seconds = 29;
parentPort?.on('message', async ({ id, operation, event }: Sent) => {
  const until = performance.now() + 1_000 * seconds;
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => until - performance.now() } as Context;
  const told: Returned = await (handlers.get(operation) as Handler)(event as never, context).then(
    (answer) => ({ id, answer: answer as never }),
    (error) => ({ id, error: String(error?.stack ?? error) }),
  );
  parentPort?.postMessage(told);
});
parentPort?.postMessage('ready');
