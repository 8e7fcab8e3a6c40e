// Nobody waits for a service for as long as the function may run: every client has time-outs, and what a client gives up
// is unclear, never broken. A read of many pages has one patience for all of them.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../infra/bundle/bundle.ts';
import { documentClient } from '../../shared/store/client.ts';
import { type Clock, Db, patience } from '../../shared/store/db.ts';
import { failureOf } from '../../shared/store/failures.ts';
import { timeOuts } from '../../shared/store/time-outs.ts';

const sources = ['shared', 'functions'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, room, file)),
);

/** The text in the brackets that open at the end of the match. */
const argumentsOf = (text: string, from: number): string => {
  let depth = 1;
  let at = from;
  while (depth > 0) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    at += 1;
  }
  return text.slice(from, at - 1);
};

test('every client of a service that the functions make has time-outs', () => {
  const made = sources.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return [...text.matchAll(/new (\w+Client)\(/g)].map((match) => [
      match[1],
      /requestHandler: timeOuts\(/.test(argumentsOf(text, match.index + match[0].length)),
    ]);
  });
  expect(Object.fromEntries(made)).toEqual({
    DynamoDBClient: true,
    EventBridgeClient: true,
    KMSClient: true,
    S3Client: true,
    SQSClient: true,
    STSClient: true,
  });
});

describe('a service that takes a request and does not answer', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    silent.closeAllConnections();
    silent.close();
  });

  test('is given up, and the request counts as unclear', async () => {
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
      requestHandler: timeOuts(50),
    });
    const error = await client.send(new ListTablesCommand({})).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(failureOf(error)).toEqual({ kind: 'unclear' });
    client.destroy();
  });
});

describe('a service that is not reached', () => {
  const failureAt = (endpoint: string) =>
    documentClient(endpoint, { direct: false })
      .send(new GetCommand({ TableName: 'none', Key: { PK: 'a', SK: 'b' } }))
      .then(
        () => undefined,
        (reason: unknown) => failureOf(reason).kind,
      );

  test('counts as unclear while its name is not resolved, so that the store tries again', async () => {
    expect(await failureAt('http://nowhere.invalid')).toBe('unclear');
    for (const code of ['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])
      expect(failureOf(Object.assign(new Error('no way'), { code })).kind).toBe('unclear');
  });

  test.each([500, 502, 503, 504])('counts as unclear when something else answers %i with a page', async (status) => {
    const between = createServer((_, answer) => {
      answer.writeHead(status, { 'content-type': 'text/html' });
      answer.end('<html>Bad gateway</html>');
    });
    await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
    try {
      expect(await failureAt(`http://127.0.0.1:${(between.address() as AddressInfo).port}`)).toBe('unclear');
    } finally {
      between.closeAllConnections();
      between.close();
    }
  });
});

describe('a table that throttles', () => {
  /** Time passes only in pauses and requests. */
  const world = (answer: (n: number) => object | 'throttled') => {
    let now = 0;
    let asked = 0;
    const clock: Clock = {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
      random: () => 1,
    };
    const client = {
      send: async () => {
        now += 100;
        asked += 1;
        const given = answer(asked);
        if (given === 'throttled') throw Object.assign(new Error('slow'), { name: 'ThrottlingException' });
        return given;
      },
    };
    return { db: new Db(client, 'table', clock), passed: () => now };
  };
  /** Forty pages, each at the eighth attempt, after some five seconds. */
  const slow = (n: number): object | 'throttled' => {
    if (n % 8 !== 0) return 'throttled';
    const key = { PK: 'p', SK: String(n) };
    return { Items: [key], ...(n < 320 && { LastEvaluatedKey: key }) };
  };
  const range = { partition: 'p' };

  test('is asked for no longer than the patience of one read, however many pages the read has', async () => {
    const { db, passed } = world(slow);
    await expect(db.all(range)).rejects.toMatchObject({ code: 'busy' });
    expect(passed()).toBeGreaterThan(patience);
    expect(passed()).toBeLessThan(patience + 2_000);
  });

  test('that leaves keys unread likewise', async () => {
    const keys = [1, 2].map((n) => ({ PK: `p${n}`, SK: 's' }));
    const unread = { UnprocessedKeys: { table: { Keys: keys } } };
    const { db, passed } = world((n) => (n % 8 === 0 ? unread : 'throttled'));
    await expect(db.read(keys as never)).rejects.toMatchObject({ code: 'busy' });
    expect(passed()).toBeLessThan(patience + 2_000);
  });
});
