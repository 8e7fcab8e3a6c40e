// Functions in groups, each with its own part of the account's concurrency, so that none can starve another: a flood of
// administration leaves checks their share. The service reserves by function: each gets its own number.
import type { OperationId } from '../../shared/routes/operations.ts';
import { operations } from '../../shared/routes/operations.ts';

/** Copies of one function that may run at once, by group. What a group's functions have is theirs alone, and no more. */
export const concurrency = {
  check: 120,
  admin: 6,
  directory: 8,
  audit: 20,
  sessions: 8,
  /** For everybody without a token: what little they may use of the account. */
  open: 4,
} as const;
export type ConcurrencyGroup = keyof typeof concurrency;

/** What an account has unless it has been raised, and what the service keeps unreserved of it. */
export const accountConcurrency = 1_000;
export const unreserved = 100;

export const groupOf = (id: OperationId): ConcurrencyGroup => {
  const { area, callers } = operations[id];
  if (callers.length === 0) return 'open';
  if (area === 'checks') return 'check';
  if (area === 'directory' || area === 'audit' || area === 'sessions') return area;
  return 'admin';
};

/** Megabytes, which also decide the share of a processor: 1,769 are a whole one. */
export const memoryOf = (id: OperationId): number => {
  const { area, data } = operations[id];
  if (area === 'checks') return 1_024;
  return data === 'none' ? 256 : 768;
};

/** Seconds. The gateway gives up after 30; the store itself answers 503 after 20. */
export const requestSeconds = 29;
export const workSeconds = 120;
