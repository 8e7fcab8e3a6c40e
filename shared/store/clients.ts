// The table of an identity provider that Holdfast brings along: which machine client may ask for tokens of which tenant.
// It has its own table, because the main one has nothing without a tenant of Holdfast's own making.
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from './client.ts';
import type { DocumentClient } from './db.ts';
import type { Key } from './keys.ts';

/** The key of an entry, of which nothing else is read: the client's id, then the tenant's. */
const keyOf = (client: string, tenant: string): Key => ({ PK: client, SK: tenant });

/** Tells whether a client may act for a tenant. */
export type Serves = (client: string, tenant: string) => Promise<boolean>;

/** Reads the table with strong consistency, so that an entry counts from the moment it is written. */
export const servesFrom =
  (table: string, db: DocumentClient): Serves =>
  async (client, tenant) => {
    const { Item } = await db.send(
      new GetCommand({
        TableName: table,
        Key: keyOf(client, tenant),
        ConsistentRead: true,
      }),
    );
    return Item !== undefined;
  };

/** The table that the environment names, connected to at the first question. */
export const servesByEnvironment = (): Serves => {
  let serves: Serves | undefined;
  return (client, tenant) => {
    serves ??= servesFrom(process.env.TABLE_NAME ?? '', documentClient(process.env.DYNAMODB_ENDPOINT));
    return serves(client, tenant);
  };
};
