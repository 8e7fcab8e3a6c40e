// The definition of the one table, for the stack and for the local engine.

/** Index of users by name, and of audit events by target. No decision ever reads an index. */
export const indexes = {
  byName: { name: 'byName', pk: 'NPK', sk: 'NSK' },
  byTarget: { name: 'byTarget', pk: 'TPK', sk: 'TSK' },
} as const;

/**
 * The attribute with an item's expiry, in seconds since 1970. Only items that nothing depends on have it: log entries,
 * idempotency records, finished runs.
 */
export const timeToLive = 'expires';

/** Seconds for which log entries are kept: far longer than any warm reader lives. */
export const logSeconds = 7 * 86_400;

/** A CreateTable request without the table's name. */
export const tableDefinition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['PK', 'SK', 'NPK', 'NSK', 'TPK', 'TSK'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S' as const,
  })),
  KeySchema: [
    { AttributeName: 'PK', KeyType: 'HASH' },
    { AttributeName: 'SK', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: Object.values(indexes).map((index) => ({
    IndexName: index.name,
    KeySchema: [
      { AttributeName: index.pk, KeyType: 'HASH' as const },
      { AttributeName: index.sk, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'KEYS_ONLY' as const },
  })),
} as const;
