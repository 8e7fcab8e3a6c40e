// The client of DynamoDB, or of an engine with its protocol.
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand as QueryItemsCommand,
  ScanCommand as ScanItemsCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type DocumentClient, patience } from './db.ts';
import { ItemProtocol } from './protocol.ts';
import { timeOuts } from './time-outs.ts';

/** True for the service itself, by its address. Only the service checks credentials; other engines need any. */
export const isService = (endpoint: string): boolean =>
  /^https:\/\/[a-z0-9.-]+\.amazonaws\.com(\.cn)?\/?$/.test(endpoint);

/** Milliseconds. The service answers in some ten, and a page of 1 MB or a transaction of 100 items in some hundred. */
const toAnswer = 3_000;

/** What stands in the place of a signature where nobody checks it: engines demand the headers. */
const unsigned = {
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=00',
};

const localEngine = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** The commands of the client, by those whose items are values. */
const commands = new Map<unknown, new (input: never) => unknown>([
  [GetCommand, GetItemCommand],
  [BatchGetCommand, BatchGetItemCommand],
  [QueryCommand, QueryItemsCommand],
  [ScanCommand, ScanItemsCommand],
  [TransactGetCommand, TransactGetItemsCommand],
  [PutCommand, PutItemCommand],
  [UpdateCommand, UpdateItemCommand],
  [DeleteCommand, DeleteItemCommand],
  [BatchWriteCommand, BatchWriteItemCommand],
  [TransactWriteCommand, TransactWriteItemsCommand],
]);

/** Middlewares that take time and change nothing: a log that nobody keeps, and a header that names the SDK. */
const idle = ['loggerMiddleware', 'getUserAgentMiddleware'];

/** The names and schemas of an operation, as commands have them. */
type Operation = readonly [kind: number, namespace: string, name: string, traits: never, input: never, output: never];
type Options = Parameters<DynamoDBClient['config']['requestHandler']['handle']>[1];
type Send = (command: GetItemCommand, options?: Options) => Promise<unknown>;

/**
 * Sends commands to an engine on this machine: by the client's own protocol and connections, and past its middlewares,
 * which take half of the processor time of a small read. Those find the service, sign, and try again, and here the address
 * is known, nobody checks a signature, and the store tries again by itself.
 */
const directly = ({ config }: DynamoDBClient, endpoint: string): Send => {
  const protocol = config.protocol as ItemProtocol;
  const address = config.urlParser(endpoint);
  const context = { ...config, endpoint: async () => address } as never;
  return async ({ schema, input }, options) => {
    const [, namespace, name, traits, of, answer] = schema as unknown as Operation;
    const operation = { namespace, name, traits, input: of, output: answer };
    const request = await protocol.serializeRequest(operation, input, context);
    Object.assign(request.headers, unsigned);
    const { response } = await config.requestHandler.handle(request, options);
    return protocol.deserializeResponse(operation, context, response);
  };
};

/**
 * A client for the table, whose items are values. Its own retries are off, because the store knows which requests may be
 * repeated.
 * @param direct false to send commands to an engine on this machine as they are sent to the service, signed
 */
export const documentClient = (endpoint: string | undefined, { direct = true } = {}): DocumentClient => {
  const local = endpoint !== undefined && !isService(endpoint);
  const client = new DynamoDBClient({
    maxAttempts: 1,
    protocol: ItemProtocol,
    cacheMiddleware: true,
    // An engine on this machine shares the processor with its callers, so only a broken one is told by time.
    requestHandler: timeOuts(local ? patience : toAnswer),
    ...(endpoint && { ...(local && localEngine), endpoint }),
    ...(process.env.AWS_REGION && { region: process.env.AWS_REGION }),
  });
  for (const name of idle) client.middlewareStack.remove(name);
  const send: Send = local && direct ? directly(client, endpoint) : (command, options) => client.send(command, options);
  return {
    send: async (command, options) => {
      const Own = commands.get(command.constructor);
      if (!Own) throw new Error(`the client does not know ${command.constructor.name}`);
      return send(new Own(command.input as never) as GetItemCommand, options);
    },
  };
};
