// One write of a transaction, and what it is for.
import type { TransactItem } from './db.ts';

/** What a write of the transaction is for: tells what its failed condition means. */
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
  | 'free';

export interface Write {
  readonly purpose: Purpose;
  readonly item: TransactItem;
  /** For an alias: what it stands for. */
  readonly of?: string;
}
