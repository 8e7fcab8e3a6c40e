// The use of a rate, as all processes count it: one item for a tenant or a caller, with the time up to which the rate is
// used up. A use of `ms` moves that time on; a rate that has not been used for a while begins at the present. Nothing
// depends on the item, so it is written outside of transactions and expires.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../domain/base/ids.ts';
import * as on from './conditions.ts';
import type { Db } from './db.ts';
import { failureOf } from './failures.ts';
import { keys } from './keys.ts';
import { timeToLive } from './table.ts';

/** Milliseconds after which a count is given up: a request must not wait for it. */
const countWithin = 300;
/** Seconds for which an unused item is kept: long enough for the meter to read the total of a quiet tenant. */
const keptSeconds = 8 * 86_400;

export interface Use {
  readonly tenant: TenantId;
  /** Names the rate within the tenant. */
  readonly rate: string;
  /** Milliseconds of the rate that are used. */
  readonly ms: number;
  /** Requests that the use stands for: they are added up for the meter. */
  readonly requests: number;
  /** True when the rate is known to be used beyond the present. This only decides which write is tried first. */
  readonly busy: boolean;
}

/**
 * Counts a use, and returns the time up to which the rate is used, in milliseconds since 1970. DynamoDB has no maximum
 * in expressions, so the two cases are two conditional writes, of which the likely one comes first.
 * @throws the service's errors; the use is then not counted, or counted without an answer
 */
export const used = async (db: Db, { tenant, rate, ms, requests, busy }: Use): Promise<number> => {
  const now = db.clock.now();
  const command = (more: boolean) => (TableName: string) =>
    new UpdateCommand({
      TableName,
      Key: keys.rate(tenant, rate),
      UpdateExpression: `SET #used = ${more ? '#used + :ms' : ':begun'}, #expires = :expires ADD #total :requests`,
      ConditionExpression: more ? on.usedBeyond : on.unused,
      ExpressionAttributeNames: { '#used': 'used', '#expires': timeToLive, '#total': 'total' },
      ExpressionAttributeValues: {
        ':now': now,
        ':requests': requests,
        ':expires': Math.floor(now / 1_000) + keptSeconds,
        ...(more ? { ':ms': ms } : { ':begun': now + ms }),
      },
      ReturnValues: 'UPDATED_NEW',
    });
  const write = async (more: boolean): Promise<number> =>
    Number((await db.count(command(more), countWithin)).Attributes?.used);
  try {
    return await write(busy);
  } catch (error) {
    if (failureOf(error).kind !== 'refused') throw error;
    return await write(!busy);
  }
};
