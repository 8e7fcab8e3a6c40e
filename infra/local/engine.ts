/**
 * The embedded database engine on one machine: starts it, makes sure that it ends with the process that started it,
 * and creates the table in it. Any other engine can take its place through DYNAMODB_ENDPOINT.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { startInProcess } from './in-process.ts';
import { LockHeldError, takeLock } from './lock.ts';

const START_MS = 10_000;
const CONNECT_MS = 5_000;
/** How long an engine with a file may take to end; one in memory has nothing to put in order. */
const STOP_MS = 3_000;

export interface Engine {
  endpoint: string;
  close(): Promise<void>;
  /** Resolves when the engine ends without having been asked to. */
  died: Promise<EngineError>;
  /** True for the engine within this process, which keeps nothing over its end. */
  inProcess?: boolean;
}

export interface EngineOptions {
  /** Keeps the data in a file here; without it, data lives in memory and ends with the engine. */
  folder?: string | undefined;
  port?: number | undefined;
  /** Where the engine's binary is; undefined where this platform has none, and the engine in this process serves. */
  resolveBinary?: () => string | undefined;
}

export type TableDefinition = Omit<CreateTableCommandInput, 'TableName'>;

export class EngineError extends Error {
  override name = 'EngineError';
}

/** The watcher below would end them a moment later; this is for the ordinary case. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/**
 * The child is this shell until it becomes the engine itself (same process id). The watcher left behind reads
 * a pipe that only the starting process holds: end of file means that process is gone, however it went, SIGKILL
 * included; a line means that the engine has ended already.
 */
const ENDS_WITH_PARENT = `(
  if read -r _ <&3; then exit; fi
  kill -TERM $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 $$ || exit; sleep 0.2; done
  kill -KILL $$
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const binary = (options.resolveBinary ?? embeddedBinary)();
  if (binary === undefined) return withoutBinary(options);
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const release = folder === undefined ? async () => {} : await lockFolder(folder);
  try {
    const file = folder && join(folder, 'holdfast.db');
    for (let attempt = 1; ; attempt++) {
      const launched = await launch(binary, options.port ?? (await freePort()), file);
      if (!('failure' in launched)) return withRelease(launched, release);
      // Between choosing a free port and listening on it, another process may take it.
      const taken = /already in use/i.test(launched.failure);
      if (!taken || options.port !== undefined || attempt === 5) throw new EngineError(launched.failure);
    }
  } catch (error) {
    await release();
    throw error;
  }
}

/** Where no embedded binary exists for the platform, the model of the service stands in, in memory. */
async function withoutBinary({ folder, port }: EngineOptions): Promise<Engine> {
  if (folder !== undefined) {
    throw new EngineError(
      `A data folder needs the embedded database engine, and there is none for ${process.platform}-${process.arch}: ` +
        'leave the folder out to keep data in memory, or set DYNAMODB_ENDPOINT to the address of a DynamoDB-compatible engine.',
    );
  }
  const { endpoint, close } = await startInProcess(port);
  return { endpoint, close, died: new Promise(() => {}), inProcess: true };
}

/** Uses an engine that runs already; `close` leaves it running. */
export async function connectEngine(endpoint: string, timeoutMs = CONNECT_MS): Promise<Engine> {
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw new EngineError(`DYNAMODB_ENDPOINT must be an http or https address, and "${endpoint}" is none.`);
  }
  const answer = await probe(endpoint, timeoutMs);
  if (answer === 'silent') {
    throw new EngineError(
      `No database engine answers at ${endpoint} (DYNAMODB_ENDPOINT) within ${timeoutMs / 1000} seconds.`,
    );
  }
  if (answer === 'other') {
    throw new EngineError(`What answers at ${endpoint} (DYNAMODB_ENDPOINT) is not a DynamoDB-compatible engine.`);
  }
  return { endpoint, close: async () => {}, died: new Promise(() => {}) };
}

/** A client for a local engine, which wants credentials and a region but does not look at them. */
export function engineClient(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}

/** Creates the table where it does not exist and waits until it can be used. */
export async function ensureTable(
  client: DynamoDBClient,
  tableName: string,
  definition: TableDefinition,
): Promise<'created' | 'existed'> {
  let outcome: 'created' | 'existed' = 'existed';
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    const difference = Table && differs(Table, definition);
    if (difference) {
      throw new EngineError(
        `The table ${tableName} exists with another ${difference}: use another data folder, or remove this one.`,
      );
    }
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    outcome = await createTable(client, { ...definition, TableName: tableName });
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { TableName: tableName });
  return outcome;
}

async function createTable(client: DynamoDBClient, input: CreateTableCommandInput): Promise<'created' | 'existed'> {
  try {
    await client.send(new CreateTableCommand(input));
    return 'created';
  } catch (error) {
    if (error instanceof ResourceInUseException) return 'existed';
    throw error;
  }
}

function differs(table: TableDescription, definition: TableDefinition): string | undefined {
  type Keys = TableDefinition['KeySchema'];
  const spell = (keys: Keys) => (keys ?? []).map((key) => `${key.KeyType} ${key.AttributeName}`).join();
  if (spell(table.KeySchema) !== spell(definition.KeySchema)) return 'key';
  const indexes = new Map(table.GlobalSecondaryIndexes?.map((index) => [index.IndexName, spell(index.KeySchema)]));
  const changed = definition.GlobalSecondaryIndexes?.find(
    (index) => indexes.get(index.IndexName) !== spell(index.KeySchema),
  );
  return changed && `index ${changed.IndexName}`;
}

function embeddedBinary(): string | undefined {
  try {
    const manifest = `@dynoxide/${process.platform}-${process.arch}/package.json`;
    return join(dirname(createRequire(import.meta.url).resolve(manifest)), 'dynoxide');
  } catch {
    return undefined;
  }
}

async function lockFolder(folder: string): Promise<() => Promise<void>> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return await takeLock(join(folder, 'engine.lock'));
  } catch (error) {
    if (error instanceof LockHeldError) {
      throw new EngineError(`Another instance (process ${error.pid}) uses the data folder ${folder}.`);
    }
    const why = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new EngineError(`The data folder ${folder} cannot be written${why}: name another one.`);
  }
}

async function launch(binary: string, port: number, file?: string): Promise<Engine | { failure: string }> {
  const endpoint = `http://127.0.0.1:${port}`;
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), ...(file ? ['--db-path', file] : [])];
  const child = spawn('/bin/sh', ['-c', ENDS_WITH_PARENT, 'sh', binary, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches the starting process only, which finishes its requests and then ends this one.
    detached: true,
    // No credentials, no proxy settings: the engine needs nothing of this environment.
    env: { PATH: process.env.PATH ?? '' },
  });
  // Not standard input: Node closes that before anybody hears of the end.
  const lifeline = child.stdio[3] as Socket;
  lifeline.on('error', () => {});
  let said = '';
  const stderr = child.stdio[2] as Socket;
  stderr.setEncoding('latin1').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => {
      said += `\n${error.message}`;
      done();
    });
    child.once('close', () => done());
  });
  child.once('exit', () => lifeline.end('\n', () => lifeline.destroy()));
  running.add(child);
  void ended.then(() => running.delete(child));

  const lastWords = () => said.trim().split('\n').at(-1)?.trim() || 'it said nothing';
  const ready = await Promise.race([
    ended.then(() => 'ended' as const),
    answers(endpoint, () => /listening/i.test(said)),
  ]);
  if (ready !== true) {
    await stop(child, ended, 0);
    if (ready === 'ended') return { failure: `The database engine did not start: ${lastWords()}` };
    return { failure: `The database engine did not answer within ${START_MS / 1000} seconds: ${lastWords()}` };
  }
  // A process that has nothing else to do may end; the engine then ends with it.
  child.unref();
  lifeline.unref();
  stderr.unref();

  let closing: Promise<void> | undefined;
  return {
    endpoint,
    close() {
      closing ??= stop(child, ended, file ? STOP_MS : 0);
      return closing;
    },
    died: new Promise((tell) => {
      void ended.then(() => closing ?? tell(new EngineError(`The database engine stopped: ${lastWords()}`)));
    }),
  };
}

function withRelease(engine: Engine, release: () => Promise<void>): Engine {
  return { ...engine, close: () => engine.close().finally(release) };
}

async function stop(child: ChildProcess, ended: Promise<void>, graceMs: number): Promise<void> {
  // The child was unreferenced: something must keep this process until it has ended.
  const hold = setInterval(() => {}, 1_000);
  // With open connections the engine takes its time to end. What it acknowledged is in its log already, so ending it
  // the hard way loses nothing.
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  if (graceMs > 0) child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
  clearInterval(hold);
}

async function answers(endpoint: string, listening: () => boolean): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    // Asking only once it says that it listens: before, another process may answer on this port.
    if (listening() && (await probe(endpoint, 1_000)) === 'engine') return true;
    await delay(5);
  }
  return false;
}

/** One real request. The signature is invalid: embedded engines do not look at it, and the service says so by name. */
async function probe(endpoint: string, timeoutMs: number): Promise<'engine' | 'other' | 'silent'> {
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.ListTables',
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, ' +
          'SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000',
        connection: 'close',
      },
      body: '{}',
    });
    const text = await response.text();
    try {
      const body: unknown = JSON.parse(text);
      const known = typeof body === 'object' && body !== null && ('TableNames' in body || '__type' in body);
      return known ? 'engine' : 'other';
    } catch {
      return 'other';
    }
  } catch {
    return 'silent';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
