/** The embedded engine: real processes, started, ended and killed. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  connectEngine,
  type Engine,
  EngineError,
  type EngineOptions,
  engineClient,
  ensureTable,
  startEngine,
  type TableDefinition,
} from '../../infra/local/engine.ts';
import { longSuite } from '../support/patience.ts';
import { eventually, processLives, temporaryFolder } from './support.ts';

vi.setConfig(longSuite);

const definition: TableDefinition = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: ['pk', 'sk', 'gpk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'names',
      KeySchema: [{ AttributeName: 'gpk', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
};
const Key = { pk: { S: 'a' }, sk: { S: 'b' } };

async function started(options?: EngineOptions): Promise<{ engine: Engine; client: DynamoDBClient }> {
  const engine = await startEngine(options);
  const client = engineClient(engine.endpoint);
  onTestFinished(async () => {
    client.destroy();
    await engine.close();
  });
  return { engine, client };
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EngineError);
  return (error as EngineError).message;
}

async function processesWith(argument: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, at) => lines[at]!.split('\0').includes(argument)).map(Number);
}

describe('in memory', () => {
  test('it answers, keeps nothing, and is gone after close', async () => {
    const { engine, client } = await started();
    await ensureTable(client, 'holdfast', definition);
    expect(engine.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const other = await started();
    expect(await ensureTable(other.client, 'holdfast', definition)).toBe('created');
    await engine.close();
    await engine.close();
    await expect(fetch(engine.endpoint)).rejects.toThrow();
    // Neither the engine nor the shell that watches over it stays.
    const { port } = new URL(engine.endpoint);
    expect(await eventually(async () => (await processesWith(port)).length === 0)).toBe(true);
  });

  test('many start at once on ports of their own', async () => {
    const engines = await Promise.all(Array.from({ length: 12 }, () => started()));
    expect(new Set(engines.map(({ engine }) => engine.endpoint)).size).toBe(12);
  });

  test('an engine that dies says so to who wants to know', async () => {
    await using folder = await temporaryFolder();
    const script = join(folder.path, 'engine');
    const { engine: real } = await started();
    const { port } = new URL(real.endpoint);
    // A child that answers through another engine, and ends when it is asked to.
    const until = 'while [ ! -e "$0.end" ]; do sleep 0.05; done';
    await writeFile(script, `#!/bin/sh\necho listening >&2\n${until}\necho "disk on fire" >&2\nexit 3\n`);
    await chmod(script, 0o755);
    const engine = await startEngine({ port: Number(port), resolveBinary: () => script });
    await writeFile(`${script}.end`, '');
    expect((await engine.died).message).toBe('The database engine stopped: disk on fire');
    await engine.close();
  });
});

describe('in a folder', () => {
  test('data survives a restart', async () => {
    await using folder = await temporaryFolder();
    const where = { folder: join(folder.path, 'new', 'data') };
    const first = await started(where);
    expect(await ensureTable(first.client, 'holdfast', definition)).toBe('created');
    expect(await ensureTable(first.client, 'holdfast', definition)).toBe('existed');
    await first.client.send(new PutItemCommand({ TableName: 'holdfast', Item: { ...Key, n: { N: '1' } } }));
    await first.engine.close();
    expect(await readdir(where.folder)).toEqual(['holdfast.db']);
    const second = await started(where);
    expect(await ensureTable(second.client, 'holdfast', definition)).toBe('existed');
    const { Item } = await second.client.send(new GetItemCommand({ TableName: 'holdfast', Key }));
    expect(Item).toEqual({ ...Key, n: { N: '1' } });
  });

  test('a table made from another definition is refused', async () => {
    const { client } = await started();
    const [index] = definition.GlobalSecondaryIndexes!;
    await ensureTable(client, 'holdfast', definition);
    const renamed = { ...definition, GlobalSecondaryIndexes: [{ ...index!, IndexName: 'targets' }] };
    expect(await refusal(ensureTable(client, 'holdfast', renamed))).toContain('another index targets');
    const hash = { ...definition, KeySchema: definition.KeySchema!.slice(0, 1) };
    expect(await refusal(ensureTable(client, 'holdfast', hash))).toContain('another key');
  });

  test('two tables at once is one table', async () => {
    const { client } = await started();
    const outcomes = await Promise.all([1, 2, 3].map(() => ensureTable(client, 'holdfast', definition)));
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
  });

  test('a second instance is refused, and may start once the first has ended', async () => {
    await using folder = await temporaryFolder();
    const { engine } = await started({ folder: folder.path });
    expect(await refusal(startEngine({ folder: folder.path }))).toBe(
      `Another instance (process ${process.pid}) uses the data folder ${folder.path}: end it, or name another folder.`,
    );
    await engine.close();
    await started({ folder: folder.path });
  });

  test('a folder that cannot be written is named', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    for (const path of [file, join(file, 'below')]) {
      expect(await refusal(startEngine({ folder: path }))).toMatch(`The data folder ${path} cannot be written (`);
    }
  });

  test('an engine that dies at start gives its last words, and gives the folder back', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'holdfast.db'), 'no database at all'.repeat(100));
    expect(await refusal(startEngine({ folder: folder.path }))).toMatch(/^The database engine did not start: .*SQLite/);
    expect(await readdir(folder.path)).toEqual(['holdfast.db']);
  });
});

describe('where it cannot start', () => {
  test('a binary that is not there says so', async () => {
    expect(await refusal(startEngine({ resolveBinary: () => '/nowhere/dynoxide' }))).toMatch(
      /^The database engine did not start: .*\/nowhere\/dynoxide.*not found/,
    );
  });

  test('a port that is taken says so', async () => {
    const { engine } = await started();
    const port = Number(new URL(engine.endpoint).port);
    expect(await refusal(startEngine({ port }))).toContain(`port ${port} is already in use`);
  });
});

describe('another engine', () => {
  const web = createServer((_request, response) => response.end('<html>'));
  const silent = createTcpServer();
  const at = (listener: typeof web | typeof silent) => `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  beforeAll(async () => {
    for (const each of [web, silent]) await new Promise<void>((done) => each.listen(0, '127.0.0.1', done));
  });
  afterAll(() => {
    web.close();
    silent.close();
  });

  test('is used when it answers, and left running', async () => {
    const { engine, client } = await started();
    const connected = await connectEngine(engine.endpoint);
    expect(connected.endpoint).toBe(engine.endpoint);
    await connected.close();
    expect(await ensureTable(client, 'holdfast', definition)).toBe('created');
  });

  test('is refused in one sentence when it does not answer, or is something else', async () => {
    expect(await refusal(connectEngine('http://127.0.0.1:1'))).toBe(
      'No database engine answers at http://127.0.0.1:1 (DYNAMODB_ENDPOINT) within 5 seconds.',
    );
    expect(await refusal(connectEngine(at(silent), 200))).toContain('within 0.2 seconds');
    expect(await refusal(connectEngine(at(web)))).toContain('is not a DynamoDB-compatible engine');
    for (const none of ['', 'localhost:8000', 'file:///x']) {
      expect(await refusal(connectEngine(none))).toContain('must be an http or https address');
    }
  });
});

describe('the end of the process that started it', () => {
  /** A process of its own that starts an engine in a folder, says so, and throws or ends at a line on its standard input. */
  async function parent(
    folder: string,
    then: string,
  ): Promise<{ child: ChildProcessByStdio<Writable, Readable, null>; gone: Promise<void>; engine: number }> {
    const module = join(import.meta.dirname, '..', '..', 'infra', 'local', 'engine.ts');
    const code = `const { startEngine } = await import(${JSON.stringify(module)});
      await startEngine({ folder: ${JSON.stringify(folder)} }); console.log('up'); ${then}`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'ignore'] });
    const gone = new Promise<void>((done) => child.once('exit', () => done()));
    await new Promise((done) => child.stdout.once('data', done).once('end', done));
    const both = await processesWith(join(folder, 'holdfast.db'));
    // Its watcher has the same arguments, behind the shell's own.
    const names = await Promise.all(both.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8')));
    const engine = both[names.findIndex((name) => name.trim() === 'dynoxide')];
    return { child, gone, engine: engine! };
  }

  const wait = 'setInterval(() => {}, 1000);';
  const atLine = (then: string) => `process.stdin.once('data', () => { ${then} });`;
  const cases: [string, string, NodeJS.Signals | undefined][] = [
    ['Ctrl-C', wait, 'SIGINT'],
    ['SIGTERM', wait, 'SIGTERM'],
    ['SIGKILL', wait, 'SIGKILL'],
    ['a crash', atLine(`throw new Error('crash');`), undefined],
    ['nothing left to do', atLine('process.stdin.destroy();'), undefined],
  ];
  test.concurrent.for(cases)('%s ends the engine', async ([, then, signal]) => {
    await using folder = await temporaryFolder();
    const { child, gone, engine } = await parent(folder.path, then);
    expect(await processLives(engine)).toBe(true);
    if (signal) child.kill(signal);
    else child.stdin.write('\n');
    expect(await eventually(async () => !(await processLives(engine)))).toBe(true);
    await gone;
    // The lock that the ended process left does not keep the next one out.
    const next = await startEngine({ folder: folder.path });
    await next.close();
  });
});
