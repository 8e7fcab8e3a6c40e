// The model breaks what the service does not promise: conflicts, throttles, torn, half-visible and stale reads can be
// seen, and none breaks more than it may.
import {
  BatchGetCommand,
  PutCommand,
  QueryCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import type { Faults } from '../../infra/local/model/index.ts';
import { longSuite } from '../support/patience.ts';
import { A, addOne, B, nameOf, read, type Sender, setBoth, setTo, start, TableName } from './fixture.ts';

vi.setConfig(longSuite);

describe('a naive counter', () => {
  const race = async (conditional: boolean) => {
    const { scheduler, model, stored } = start({});
    for (let i = 0; i < 8; i += 1) {
      const client = model.client(`w${i}`);
      scheduler.spawn(client.name, async () => {
        for (let done = 0; done < 10; ) {
          const n = await read(client, A);
          const input = {
            ...setTo(n + 1),
            ...(conditional && {
              ConditionExpression: 'n = :old OR attribute_not_exists(n)',
              ExpressionAttributeValues: { ':n': n + 1, ':old': n },
            }),
          };
          const failed = await client.send(new UpdateCommand(input)).then(
            () => false,
            (error) => nameOf(error) === 'ConditionalCheckFailedException',
          );
          if (!failed) done += 1;
        }
      });
    }
    await scheduler.run();
    return stored(A);
  };

  test('loses updates without a condition', async () => {
    expect(await race(false)).toBeLessThan(80);
  });

  test('counts right with one', async () => {
    expect(await race(true)).toBe(80);
  });
});

describe('conflicts', () => {
  test('an item of a transaction under way refuses writers, and lets readers see what was before', async () => {
    const { scheduler, model, stored } = start({});
    model.seed([
      { ...A, n: 1 },
      { ...B, n: 1 },
    ]);
    const gate = model.script().pauseAt('prepared', ({ operation }) => operation === 'TransactWrite');
    scheduler.spawn('first', () => setBoth(model, 2));
    scheduler.spawn('second', async () => {
      await gate.reached;
      expect(await model.send(new UpdateCommand(addOne())).catch(nameOf)).toBe('TransactionConflictException');
      const both = [{ Update: addOne({ PK: 'p', SK: 'c' }) }, { Update: addOne() }];
      const error = await model.send(new TransactWriteCommand({ TransactItems: both })).catch((e) => e);
      expect(error.CancellationReasons.map((r: { Code: string }) => r.Code)).toEqual(['None', 'TransactionConflict']);
      const get = new TransactGetCommand({ TransactItems: [{ Get: { TableName, Key: A } }] });
      expect(await model.send(get).catch(nameOf)).toBe('TransactionCanceledException');
      expect(await read(model, A)).toBe(1);
      gate.open();
    });
    await scheduler.run();
    expect([stored(A), stored(B)]).toEqual([2, 2]);
  });

  test('happen by themselves where writers meet, and nothing is half done', async () => {
    const { scheduler, model } = start({});
    model.onCommit((view) => expect(view.get('p', 'a')?.n).toBe(view.get('p', 'b')?.n));
    for (let i = 0; i < 10; i += 1) {
      scheduler.spawn(`w${i}`, () => setBoth(model, i).catch((error) => expect(nameOf(error)).toMatch(/Canceled/)));
    }
    await scheduler.run();
    expect(model.stats.failures.TransactionCanceledException).toBeGreaterThan(0);
    expect(model.stats.commits).toBeGreaterThan(0);
  });

  test('and throttling come uncalled for, without effect', async () => {
    const { scheduler, model, stored } = start({ conflict: 0.4, throttle: 0.4 });
    const seen = new Set<string>();
    let done = 0;
    await scheduler.do(async () => {
      for (let i = 0; i < 100; i += 1) {
        const write =
          i % 2 === 0
            ? new UpdateCommand(addOne())
            : new TransactWriteCommand({ TransactItems: [{ Update: addOne() }] });
        await model.send(write as UpdateCommand).then(
          () => {
            done += 1;
          },
          (error) => {
            seen.add(nameOf(error));
            for (const reason of error.CancellationReasons ?? []) seen.add(reason.Code);
          },
        );
      }
    });
    expect([...seen].sort()).toEqual([
      'ProvisionedThroughputExceededException',
      'RequestLimitExceeded',
      'ThrottlingError',
      'ThrottlingException',
      'TransactionCanceledException',
      'TransactionConflict',
      'TransactionConflictException',
    ]);
    expect(stored(A)).toBe(done);
  });
});

describe('readers', () => {
  /** One writer keeps both items equal by transactions; counts how often a reader sees them differ. */
  const differences = async (faults: Partial<Faults>, reader: (client: Sender) => Promise<unknown[]>) => {
    const { scheduler, model } = start(faults);
    model.seed([
      { ...A, n: 0 },
      { ...B, n: 0 },
    ]);
    let differ = 0;
    scheduler.spawn('writer', async () => {
      for (let n = 1; n <= 60; n += 1) await setBoth(model, n).catch(() => undefined);
    });
    scheduler.spawn('reader', async () => {
      for (let i = 0; i < 60; i += 1) {
        const [a, b] = await reader(model).catch(() => [0, 0]);
        if (a !== b) differ += 1;
      }
    });
    await scheduler.run();
    return differ;
  };
  const inOrder = (items: Record<string, unknown>[] | undefined) =>
    [...(items ?? [])].sort((x, y) => (String(x.SK) < String(y.SK) ? -1 : 1)).map((item) => item.n);
  const batch = async (client: Sender) => {
    const RequestItems = { [TableName]: { Keys: [A, B], ConsistentRead: true } };
    return inOrder((await client.send(new BatchGetCommand({ RequestItems }))).Responses?.[TableName]);
  };
  const query = async (client: Sender) => {
    const ExpressionAttributeValues = { ':p': 'p' };
    const KeyConditionExpression = 'PK = :p';
    const input = { TableName, KeyConditionExpression, ExpressionAttributeValues, ConsistentRead: true };
    return inOrder((await client.send(new QueryCommand(input))).Items);
  };
  const transaction = async (client: Sender) => {
    const TransactItems = [A, B].map((Key) => ({ Get: { TableName, Key } }));
    const { Responses } = await client.send(new TransactGetCommand({ TransactItems }));
    return (Responses ?? []).map((response) => response.Item?.n);
  };

  test('see a calm table whole', async () => {
    expect(await differences({}, batch)).toBe(0);
    expect(await differences({}, query)).toBe(0);
  });

  test('see torn reads', async () => {
    expect(await differences({ tornReads: 1 }, batch)).toBeGreaterThan(0);
    expect(await differences({ tornReads: 1 }, query)).toBeGreaterThan(0);
  });

  test('see half-visible commits', async () => {
    expect(await differences({ halfVisible: 1 }, batch)).toBeGreaterThan(0);
    expect(await differences({ halfVisible: 1 }, query)).toBeGreaterThan(0);
  });

  test('never see either through a transaction', async () => {
    expect(await differences({ tornReads: 1, halfVisible: 1, staleReads: 1 }, transaction)).toBe(0);
  });

  test('find writers refused while a commit is half visible', async () => {
    const { scheduler, model } = start({ halfVisible: 1 });
    const gate = model.script().pauseAt('halfway', () => true);
    const seen: number[] = [];
    scheduler.spawn('writer', () => setBoth(model, 1));
    scheduler.spawn('reader', async () => {
      await gate.reached;
      seen.push(await read(model, A), await read(model, B));
      expect(await model.send(new UpdateCommand(addOne())).catch(nameOf)).toBe('TransactionConflictException');
      expect(model.committed().size).toBe(2);
      gate.open();
    });
    await scheduler.run();
    expect(seen.sort()).toEqual([0, 1]);
  });

  test('see old versions unless they ask for consistency', async () => {
    const { scheduler, model } = start({ staleReads: 1 });
    const stale: number[] = [];
    await scheduler.do(async () => {
      for (let n = 1; n <= 30; n += 1) {
        await model.send(new UpdateCommand(setTo(n)));
        expect(await read(model, A)).toBe(n);
        stale.push(n - (await read(model, A, false)));
      }
    });
    expect(Math.min(...stale)).toBe(0);
    expect(Math.max(...stale)).toBeGreaterThan(1);
    // Staleness ends: after a while of quiet there is one answer.
    const last = await scheduler.do(async () => {
      await scheduler.sleep(10_000);
      return read(model, A, false);
    });
    expect(last).toBe(30);
  });

  test('find an index behind its table', async () => {
    const { scheduler, model } = start({ indexLag: 1 }, 3, { indexes: [{ name: 'GSI1', pk: 'GSI1PK', sk: 'GSI1SK' }] });
    const input = {
      TableName,
      IndexName: 'GSI1',
      KeyConditionExpression: 'GSI1PK = :g',
      ExpressionAttributeValues: { ':g': 'g' },
    };
    const counts: number[] = [];
    await scheduler.do(async () => {
      for (let i = 0; i < 20; i += 1) {
        await model.send(new PutCommand({ TableName, Item: { PK: 'p', SK: `${i}`, GSI1PK: 'g', GSI1SK: `${i}` } }));
        counts.push((await model.send(new QueryCommand(input))).Count ?? 0);
      }
      await scheduler.sleep(10_000);
      counts.push((await model.send(new QueryCommand(input))).Count ?? 0);
    });
    expect(counts.slice(0, 20).some((count, i) => count < i + 1)).toBe(true);
    expect(counts[20]).toBe(20);
  });

  test('get unprocessed keys and small pages, and lose nothing when they follow them', async () => {
    const { scheduler, model } = start({ unprocessed: 0.8, smallPages: 1, tornReads: 1 });
    const Keys = Array.from({ length: 30 }, (_, i) => ({ PK: 'p', SK: `k${i}` }));
    model.seed(Keys);
    let requests = 0;
    let pages = 0;
    const batched: unknown[] = [];
    const queried: unknown[] = [];
    await scheduler.do(async () => {
      let RequestItems: NonNullable<BatchGetCommand['input']['RequestItems']> = { [TableName]: { Keys } };
      while (Object.keys(RequestItems).length > 0) {
        const answer = await model.send(new BatchGetCommand({ RequestItems }));
        requests += 1;
        batched.push(...(answer.Responses?.[TableName] ?? []).map((item) => item.SK));
        RequestItems = answer.UnprocessedKeys ?? {};
      }
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await model.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'PK = :p',
            ExpressionAttributeValues: { ':p': 'p' },
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
          }),
        );
        pages += 1;
        queried.push(...(page.Items ?? []).map((item) => item.SK));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
    });
    expect(requests).toBeGreaterThan(1);
    expect(pages).toBeGreaterThan(5);
    const all = Keys.map((key) => key.SK).sort();
    expect(batched.sort()).toEqual(all);
    expect(queried).toEqual(all);
  });
});
