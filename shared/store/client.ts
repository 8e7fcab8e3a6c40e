// The service, or an engine that speaks like it.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** The service itself, named by its address: it looks at credentials, which other engines only want to see. */
export const isService = (endpoint: string): boolean =>
  /^https:\/\/[a-z0-9.-]+\.amazonaws\.com(\.cn)?\/?$/.test(endpoint);

const localEngine = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** A document client for the table: retries are the store's own, since it knows what may be repeated. */
export const documentClient = (endpoint: string | undefined): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      maxAttempts: 1,
      ...(endpoint && { ...(!isService(endpoint) && localEngine), endpoint }),
      ...(process.env.AWS_REGION && { region: process.env.AWS_REGION }),
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
