// The embedded database engine on one machine: starts it, makes sure that it ends with the process that started it, and
// creates the table in it. Any other engine can take its place through DYNAMODB_ENDPOINT.
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
import { LockHeldError, takeLock } from '../../shared/files/lock.ts';
import { startInProcess } from './in-process.ts';

const startMs = 10_000;
const connectMs = 5_000;
/** An engine with a file may take this long to end. An engine in memory ends at once because it has nothing to save. */
const stopMs = 3_000;

export interface Engine {
  endpoint: string;
  close(): Promise<void>;
  /** Resolves when the engine ends without a call of `close`. */
  died: Promise<EngineError>;
  /** The engine's process, where it has one of its own that this process started. */
  pid?: number | undefined;
  /** True for the engine inside this process, which keeps its data only in memory. */
  inProcess?: boolean;
}

export interface EngineOptions {
  /** Folder of the data file. Without it, data lives in memory and ends with the engine. */
  folder?: string | undefined;
  port?: number | undefined;
  /**
   * Finds the engine's binary. Undefined means that the platform has none, and the engine inside this process serves.
   */
  resolveBinary?: () => string | undefined;
}

export type TableDefinition = Omit<CreateTableCommandInput, 'TableName'>;

export class EngineError extends Error {
  override name = 'EngineError';
}

/**
 * Children to end when this process exits normally. The watcher below ends them too, a moment later and after any
 * crash.
 */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/**
 * The child is this shell until it becomes the engine itself (same process id). The watcher left behind reads a pipe
 * that only the starting process holds. End of file means that this process is gone, however it ended, SIGKILL
 * included; a line means that the engine has ended already.
 */
const endsWithParent = `(
  if read -r _ <&3; then exit; fi
  kill -TERM $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 $$ || exit; sleep 0.2; done
  kill -KILL $$
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"`;

export const startEngine = async (options: EngineOptions = {}): Promise<Engine> => {
  const binary = (options.resolveBinary ?? embeddedBinary)();
  if (binary === undefined) return withoutBinary(options);
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const release = folder === undefined ? async () => {} : await lockFolder(folder);
  try {
    const file = folder && join(folder, 'holdfast.db');
    for (let attempt = 1; ; attempt++) {
      const launched = await launch(binary, options.port ?? (await freePort()), file);
      if (!('failure' in launched)) return withRelease(launched, release);
      // Another process may take the free port between our choice and the engine's listen (TOCTOU), so another port is
      // tried.
      const taken = /already in use/i.test(launched.failure);
      if (!taken || options.port !== undefined || attempt === 5) throw new EngineError(launched.failure);
    }
  } catch (error) {
    await release();
    throw error;
  }
};

/** Starts the model of the service, in memory, on platforms without an embedded binary. */
const withoutBinary = async ({ folder, port }: EngineOptions): Promise<Engine> => {
  if (folder !== undefined) {
    throw new EngineError(
      `A data folder needs the embedded database engine, and there is none for ${process.platform}-${process.arch}: ` +
        'leave the folder out to keep data in memory, or set DYNAMODB_ENDPOINT to the address of a DynamoDB-compatible engine.',
    );
  }
  const { endpoint, close } = await startInProcess(port);
  return { endpoint, close, died: new Promise(() => {}), inProcess: true };
};

/** Uses an engine that is running already; `close` leaves it running. */
export const connectEngine = async (endpoint: string, timeoutMs = connectMs): Promise<Engine> => {
  if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) {
    throw new EngineError(`DYNAMODB_ENDPOINT must be an http or https address, but is "${endpoint}".`);
  }
  const answer = await probe(endpoint, timeoutMs);
  if (answer === 'silent') {
    throw new EngineError(
      `No database engine answers at ${endpoint} (DYNAMODB_ENDPOINT) within ${timeoutMs / 1000} seconds.`,
    );
  }
  if (answer === 'other') {
    throw new EngineError(
      `The server at ${endpoint} (DYNAMODB_ENDPOINT) is not a DynamoDB-compatible engine: name another address.`,
    );
  }
  return { endpoint, close: async () => {}, died: new Promise(() => {}) };
};

/** Makes a client for a local engine. The SDK requires credentials and a region; the engine ignores them. */
export const engineClient = (endpoint: string): DynamoDBClient => {
  return new DynamoDBClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
};

/** Creates the table unless it exists, and waits until it can be used. */
export const ensureTable = async (
  client: DynamoDBClient,
  tableName: string,
  definition: TableDefinition,
): Promise<'created' | 'existed'> => {
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
};

const createTable = async (client: DynamoDBClient, input: CreateTableCommandInput): Promise<'created' | 'existed'> => {
  try {
    await client.send(new CreateTableCommand(input));
    return 'created';
  } catch (error) {
    if (error instanceof ResourceInUseException) return 'existed';
    throw error;
  }
};

const differs = (table: TableDescription, definition: TableDefinition): string | undefined => {
  type Keys = TableDefinition['KeySchema'];
  const spell = (keys: Keys) => (keys ?? []).map((key) => `${key.KeyType} ${key.AttributeName}`).join();
  if (spell(table.KeySchema) !== spell(definition.KeySchema)) return 'key';
  const indexes = new Map(table.GlobalSecondaryIndexes?.map((index) => [index.IndexName, spell(index.KeySchema)]));
  const changed = definition.GlobalSecondaryIndexes?.find(
    (index) => indexes.get(index.IndexName) !== spell(index.KeySchema),
  );
  return changed && `index ${changed.IndexName}`;
};

const embeddedBinary = (): string | undefined => {
  try {
    const manifest = `@dynoxide/${process.platform}-${process.arch}/package.json`;
    return join(dirname(createRequire(import.meta.url).resolve(manifest)), 'dynoxide');
  } catch {
    return undefined;
  }
};

const lockFolder = async (folder: string): Promise<() => Promise<void>> => {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.W_OK);
    return await takeLock(join(folder, 'engine.lock'));
  } catch (error) {
    if (error instanceof LockHeldError) {
      throw new EngineError(
        `Another instance (process ${error.pid}) uses the data folder ${folder}: end it, or name another folder.`,
      );
    }
    const why = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    throw new EngineError(`The data folder ${folder} cannot be written${why}: name another one.`);
  }
};

const launch = async (binary: string, port: number, file?: string): Promise<Engine | { failure: string }> => {
  const endpoint = `http://127.0.0.1:${port}`;
  const args = ['serve', '--host', '127.0.0.1', '--port', String(port), ...(file ? ['--db-path', file] : [])];
  const child = spawn('/bin/sh', ['-c', endsWithParent, 'sh', binary, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // The engine gets a process group of its own, so Ctrl-C reaches only the starting process, which finishes its
    // requests and then ends the engine.
    detached: true,
    // The engine needs no credentials and no proxy settings, so it gets no other variable of this environment.
    env: { PATH: process.env.PATH ?? '' },
  });
  // The lifeline is not standard input, because Node closes that before the watcher can see the end.
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
    return { failure: `The database engine did not answer within ${startMs / 1000} seconds: ${lastWords()}` };
  }
  // The engine does not keep this process alive. When this process ends, the engine ends with it.
  child.unref();
  lifeline.unref();
  stderr.unref();

  let closing: Promise<void> | undefined;
  return {
    endpoint,
    pid: child.pid,
    close() {
      closing ??= stop(child, ended, file ? stopMs : 0);
      return closing;
    },
    died: new Promise((tell) => {
      void ended.then(() => closing ?? tell(new EngineError(`The database engine stopped: ${lastWords()}`)));
    }),
  };
};

const withRelease = (engine: Engine, release: () => Promise<void>): Engine => {
  return { ...engine, close: () => engine.close().finally(release) };
};

const stop = async (child: ChildProcess, ended: Promise<void>, graceMs: number): Promise<void> => {
  // The child was unreferenced, so a timer keeps this process alive until the engine has ended.
  const hold = setInterval(() => {}, 1_000);
  // The engine takes its time to end while connections are open. SIGKILL loses nothing, because every acknowledged
  // write is in its log already.
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  if (graceMs > 0) child.kill('SIGTERM');
  await ended;
  clearTimeout(timer);
  clearInterval(hold);
};

const answers = async (endpoint: string, listening: () => boolean): Promise<boolean> => {
  const deadline = Date.now() + startMs;
  while (Date.now() < deadline) {
    // The engine is probed only after it says that it listens, because before that another process may answer on this
    // port.
    if (listening() && (await probe(endpoint, 1_000)) === 'engine') return true;
    await delay(5);
  }
  return false;
};

/**
 * Sends one real request with an invalid signature. Embedded engines ignore the signature; the service refuses it by
 * name.
 */
const probe = async (endpoint: string, timeoutMs: number): Promise<'engine' | 'other' | 'silent'> => {
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
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
};
