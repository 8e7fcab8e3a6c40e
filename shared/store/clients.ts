// The table of an identity provider that Holdfast brings along: which machine client may ask for tokens of which tenant.
// It has its own table, because the main one has nothing without a tenant of Holdfast's own making.
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient } from './client.ts';
import type { DocumentClient } from './db.ts';

/** The two keys of an entry. An entry has no other attribute that is read. */
export const clientKeys = { client: 'client', tenant: 'tenant' } as const;

/** Tells whether a client may act for a tenant. */
export type Serves = (client: string, tenant: string) => Promise<boolean>;

/** Reads the table with strong consistency, so that an entry counts from the moment it is written. */
export const servesFrom =
  (table: string, db: DocumentClient): Serves =>
  async (client, tenant) => {
    const { Item } = await db.send(
      new GetCommand({
        TableName: table,
        Key: { [clientKeys.client]: client, [clientKeys.tenant]: tenant },
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
