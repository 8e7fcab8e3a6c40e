// What the tests of the model's faults share: two items with a number each, and the requests that read and change it.
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import {
  cellId,
  type Faults,
  type ModelClient,
  ModelDynamo,
  type ModelOptions,
  Scheduler,
} from '../../infra/local/model/index.ts';

export const TableName = 'holdfast';
export const A = { PK: 'p', SK: 'a' };
export const B = { PK: 'p', SK: 'b' };

export const start = (faults: Partial<Faults>, seed = 3, options: Partial<ModelOptions> = {}) => {
  const scheduler = new Scheduler({ seed });
  const model = new ModelDynamo({ scheduler, faults, ...options });
  const stored = (key: { PK: string; SK: string }) => model.committed().get(cellId(key.PK, key.SK))?.n;
  return { scheduler, model, stored };
};

export type Sender = Pick<ModelClient, 'send'>;

export const read = async (client: Sender, Key: object, ConsistentRead = true): Promise<number> =>
  ((await client.send(new GetCommand({ TableName, Key: Key as typeof A, ConsistentRead }))).Item?.n ?? 0) as number;

export const setTo = (n: number, Key = A) => ({
  TableName,
  Key,
  UpdateExpression: 'SET n = :n',
  ExpressionAttributeValues: { ':n': n },
});

export const addOne = (Key = A) => ({
  TableName,
  Key,
  UpdateExpression: 'ADD n :one',
  ExpressionAttributeValues: { ':one': 1 },
});

export const setBoth = (client: Sender, n: number) =>
  client.send(new TransactWriteCommand({ TransactItems: [{ Update: setTo(n) }, { Update: setTo(n, B) }] }));

export const nameOf = (error: unknown): string => (error as Error).name;
