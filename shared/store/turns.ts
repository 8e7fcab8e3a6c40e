// Turns: background work commits one change of the book after the other, and somebody whose change takes longer to plan
// would lose every attempt to it. So a writer who has lost asks for a turn, and background work that reads the request
// stands back. Nothing depends on the item, so it is written outside of transactions, and losing it costs patience only.
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { TenantId } from '../domain/base/ids.ts';
import * as on from './conditions.ts';
import type { Db, Item } from './db.ts';
import { keys } from './keys.ts';
import { timeToLive } from './table.ts';

/** Milliseconds for which background work stands back at most, before each of its changes. */
export const longestTurn = 2_000;
/** Milliseconds after which the request is given up, so that the writer who asks is not kept by asking. */
const askWithin = 300;
const keptSeconds = 3_600;

/** How long a turn must last for a writer whose last attempt took so long: for two attempts, and a pause between. */
const lengthFor = (took: number): number => Math.min(longestTurn, 3 * took + 100);

/** Asks for a turn, unless somebody has asked for a longer one. A failure is no matter. */
export const askForTurn = async (db: Db, tenant: TenantId, took: number): Promise<void> => {
  const now = db.clock.now();
  const until = Math.ceil(now + lengthFor(took));
  const command = (TableName: string) =>
    new UpdateCommand({
      TableName,
      Key: keys.turn(tenant),
      UpdateExpression: 'SET #until = :until, #expires = :expires',
      ConditionExpression: on.earlierTurn,
      ExpressionAttributeNames: { '#until': 'until', '#expires': timeToLive },
      ExpressionAttributeValues: { ':until': until, ':expires': Math.floor(now / 1_000) + keptSeconds },
    });
  await db.count(command, askWithin).catch(() => {});
};

/** Until when a turn lasts that somebody has asked for, in milliseconds since 1970; 0 without one. */
export const turnIn = (item: Item | undefined): number => (typeof item?.until === 'number' ? item.until : 0);
