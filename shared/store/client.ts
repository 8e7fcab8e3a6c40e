// The client of DynamoDB, or of an engine with its protocol.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { patience } from './db.ts';
import { timeOuts } from './time-outs.ts';

/** True for the service itself, by its address. Only the service checks credentials; other engines need any. */
export const isService = (endpoint: string): boolean =>
  /^https:\/\/[a-z0-9.-]+\.amazonaws\.com(\.cn)?\/?$/.test(endpoint);

/** Milliseconds. The service answers in some ten, and a page of 1 MB or a transaction of 100 items in some hundred. */
const toAnswer = 3_000;

const localEngine = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** A document client for the table. Its own retries are off, because the store knows which requests may be repeated. */
export const documentClient = (endpoint: string | undefined): DynamoDBDocumentClient => {
  const client = new DynamoDBClient({
    maxAttempts: 1,
    // An engine on this machine shares the processor with its callers, so only a broken one is told by time.
    requestHandler: timeOuts(endpoint && !isService(endpoint) ? patience : toAnswer),
    ...(endpoint && { ...(!isService(endpoint) && localEngine), endpoint }),
    ...(process.env.AWS_REGION && { region: process.env.AWS_REGION }),
  });
  // It copies every answer for a log that nobody keeps, which takes a tenth of the processor time of reading.
  client.middlewareStack.remove('loggerMiddleware');
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
};
