// One write of a transaction, and its purpose.
import type { TransactItem } from './db.ts';

/** The purpose of a write: it determines what a failed condition means. */
export type Purpose =
  | 'head'
  | 'record'
  | 'access'
  | 'actor'
  | 'profile'
  | 'alias'
  | 'rule'
  | 'directory'
  | 'event'
  | 'once'
  /** What is left of a purged tenant, whose id is never used again. */
  | 'purged'
  | 'free';

export interface Write {
  readonly purpose: Purpose;
  readonly item: TransactItem;
  /** The digest of an alias. */
  readonly of?: string;
}
