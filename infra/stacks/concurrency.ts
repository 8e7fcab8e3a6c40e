// Groups of functions, each with its own part of the account's concurrency, so that no group can starve another: a
// flood of administration leaves checks their share. The service reserves per function, so each function has its own
// number.
import type { OperationId } from '../../shared/routes/operations.ts';
import { operations } from '../../shared/routes/operations.ts';

/** Concurrent executions of each function, by group. A function gets exactly its reserve, never more. */
export const concurrency = {
  check: 120,
  admin: 6,
  directory: 8,
  audit: 20,
  sessions: 8,
  /** Callers without a token get only this little of the account. */
  open: 4,
} as const;
export type ConcurrencyGroup = keyof typeof concurrency;

/** An account's concurrency unless AWS has raised it, and the part that the service keeps unreserved. */
export const accountConcurrency = 1_000;
export const unreserved = 100;

export const reserveOf = (id: OperationId): ConcurrencyGroup => {
  const { area, callers } = operations[id];
  if (callers.length === 0) return 'open';
  if (area === 'checks') return 'check';
  if (area === 'directory' || area === 'audit' || area === 'sessions') return area;
  return 'admin';
};

/** Megabytes. They also decide the share of a processor: 1,769 MB are a whole one. */
export const memoryOf = (id: OperationId): number => {
  const { area, data } = operations[id];
  if (area === 'checks') return 1_024;
  return data === 'none' ? 256 : 768;
};

/** Seconds. The gateway gives up after 30, and the store answers 503 after 20. */
export const requestSeconds = 29;
export const workSeconds = 120;
