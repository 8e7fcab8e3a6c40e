// The database engine for platforms without an embedded binary: the tests' model of the service, with every fault
// turned off, behind the DynamoDB API's JSON over HTTP. Data lives in this process's memory and ends with it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { utf8 } from '../../shared/text/text.ts';
import { inputFrom, ModelDynamo, outputTo, systemTime } from './model/index.ts';

type Json = Record<string, unknown>;

const commands = {
  GetItem: (input: never) => new GetCommand(input),
  BatchGetItem: (input: never) => new BatchGetCommand(input),
  PutItem: (input: never) => new PutCommand(input),
  UpdateItem: (input: never) => new UpdateCommand(input),
  DeleteItem: (input: never) => new DeleteCommand(input),
  Query: (input: never) => new QueryCommand(input),
  Scan: (input: never) => new ScanCommand(input),
  TransactGetItems: (input: never) => new TransactGetCommand(input),
  TransactWriteItems: (input: never) => new TransactWriteCommand(input),
} as const;

/** Nothing waits: every request is answered from the current state. */
const instantly = {
  before: [0, 0],
  after: [0, 0],
  prepare: [0, 0],
  reveal: [0, 0],
  spread: [0, 0],
  stale: [0, 0],
  indexLag: [0, 0],
  timeout: [0, 0],
  late: [0, 0],
} as const;

/** An error answer of the API, with its name and message. */
class ApiError extends Error {
  readonly fields: Json;

  constructor(name: string, message: string, fields: Json = {}) {
    super(message);
    this.name = name;
    this.fields = fields;
  }
}

interface Table {
  readonly description: Json;
  readonly model: ModelDynamo;
}

/** The tables of one engine in this process's memory, and the operations that the API has for them. */
export class TablesInMemory {
  readonly #tables = new Map<string, Table>();

  async answer(operation: string, body: Json): Promise<unknown> {
    if (operation === 'ListTables') return { TableNames: [...this.#tables.keys()] };
    if (operation === 'CreateTable') return { TableDescription: this.create(body).description };
    if (operation === 'DescribeTable') return { Table: this.#named(String(body.TableName)).description };
    if (!Object.hasOwn(commands, operation))
      throw new ApiError('UnknownOperationException', `This engine does not know ${operation}.`);
    const command = commands[operation as keyof typeof commands](inputFrom(body) as never);
    return outputTo(await this.send(command as never));
  }

  /** Same as the document client's `send`, without HTTP between. */
  async send(command: { input: Json }): Promise<unknown> {
    // Timers fire between requests, because each takes a turn of the event loop as a request over HTTP does.
    await new Promise(setImmediate);
    return this.#named(tableOf(command.input)).model.send(command as never);
  }

  #named(name: string): Table {
    const table = this.#tables.get(name);
    if (!table) throw new ApiError('ResourceNotFoundException', 'Requested resource not found');
    return table;
  }

  create(body: Json): Table {
    const name = String(body.TableName);
    if (this.#tables.has(name)) throw new ApiError('ResourceInUseException', `Table already exists: ${name}`);
    const given = (body.GlobalSecondaryIndexes ?? []) as IndexDefinition[];
    const indexes = given.map((index) => ({
      name: index.IndexName,
      pk: keyOf(index.KeySchema, 'HASH'),
      sk: keyOf(index.KeySchema, 'RANGE'),
      projection: index.Projection.ProjectionType,
    }));
    const description = {
      TableName: name,
      TableStatus: 'ACTIVE',
      KeySchema: body.KeySchema,
      AttributeDefinitions: body.AttributeDefinitions,
      ...(given.length > 0 && { GlobalSecondaryIndexes: given.map((one) => ({ ...one, IndexStatus: 'ACTIVE' })) }),
    };
    const model = new ModelDynamo({
      scheduler: systemTime(),
      tableName: name,
      indexes,
      timing: instantly,
      removeUndefinedValues: true,
    });
    const table = { description, model };
    this.#tables.set(name, table);
    return table;
  }
}

interface IndexDefinition {
  readonly IndexName: string;
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: 'HASH' | 'RANGE' }[];
  readonly Projection: { readonly ProjectionType: 'ALL' | 'KEYS_ONLY' };
}

const keyOf = (keys: IndexDefinition['KeySchema'], type: 'HASH' | 'RANGE'): string =>
  keys.find((key) => key.KeyType === type)?.AttributeName ?? '';

/**
 * The table of a request, wherever the request names it. One table suffices because the model's requests are about one.
 */
const tableOf = (input: Json): string => {
  if (typeof input.TableName === 'string') return input.TableName;
  const [batch] = Object.keys((input.RequestItems as Json | undefined) ?? {});
  if (batch !== undefined) return batch;
  const [member = {}] = (input.TransactItems as Json[] | undefined) ?? [];
  const [action] = Object.values(member) as { TableName?: string }[];
  return action?.TableName ?? '';
};

const largestRequest = 16 * 1024 * 1024;

const bodyOf = async (request: IncomingMessage): Promise<Json> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > largestRequest) throw new ApiError('ValidationException', 'The request is larger than 16 MB.');
    chunks.push(chunk);
  }
  return JSON.parse(utf8(Buffer.concat(chunks)) || '{}') as Json;
};

const failure = (error: unknown): Json => {
  const { name, message, ...fields } = error as Error & Json;
  const told =
    error instanceof ApiError ? error.fields : { CancellationReasons: fields.CancellationReasons, Item: fields.Item };
  return { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...told };
};

interface InProcessEngine {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Starts the engine on the loopback interface; port 0 takes any free one. */
export const startInProcess = async (port = 0): Promise<InProcessEngine> => {
  const tables = new TablesInMemory();
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let status = 200;
    let answer: unknown;
    try {
      const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
      answer = await tables.answer(operation, await bodyOf(request));
    } catch (error) {
      status = 400;
      answer = failure(error);
    }
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
  const { port: bound } = server.address() as AddressInfo;
  // The server alone does not keep the process alive; a process that serves requests through it does that itself.
  server.unref();
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
};
