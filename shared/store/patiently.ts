// Writes that may be repeated, for work that nobody waits for: nothing else writes the same items, or a condition says so.
import { randomUUID } from 'node:crypto';
import { Refusal } from '../domain/base/refusal.ts';
import { type Db, patience, pause, type TransactItem } from './db.ts';
import { failureOf } from './failures.ts';
import { stored } from './items.ts';
import type { Key } from './keys.ts';

/** The write of one item, perhaps on a condition. */
export const put = (key: Key, value: object, condition?: string): TransactItem => ({
  Put: { Item: stored(key, value), TableName: '', ...(condition && { ConditionExpression: condition }) },
});

/**
 * Makes repeatable writes, with retries until they succeed. Returns false when a condition does not hold.
 * @throws Refusal busy
 */
export const writePatiently = async (db: Db, items: TransactItem[]): Promise<boolean> => {
  const end = db.clock.now() + patience;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await db.transact(items, randomUUID());
      return true;
    } catch (error) {
      const { kind } = failureOf(error);
      if (kind === 'refused') return false;
      if (kind === 'broken') throw error;
      if (db.clock.now() > end) throw new Refusal('busy');
      await pause(db.clock, attempt);
    }
  }
};
