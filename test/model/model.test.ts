// The model keeps the service's promises: requests, limits, errors, capacity, and transactions that are one moment.
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  ResourceNotFoundException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { type CommitInfo, cellId, ModelDynamo, Scheduler } from '../../infra/local/model/index.ts';

const TableName = 'holdfast';
const Key = { PK: 'p', SK: 'a' };
const INDEX = { name: 'GSI1', pk: 'GSI1PK', sk: 'GSI1SK' };

let scheduler: Scheduler;
let model: ModelDynamo;

beforeEach(() => {
  scheduler = new Scheduler({ seed: 5 });
  model = new ModelDynamo({ scheduler, indexes: [INDEX] });
});

const act = <T>(fn: () => Promise<T>): Promise<T> => scheduler.do(fn);
const failure = (fn: () => Promise<unknown>): Promise<Record<string, unknown>> =>
  act(async () => {
    try {
      await fn();
    } catch (error) {
      return error as Record<string, unknown>;
    }
    throw new Error('it should have failed');
  });
const transact = (TransactItems: TransactWriteCommandInput['TransactItems'], more: object = {}) =>
  model.send(new TransactWriteCommand({ TransactItems, ...more }));
const put = (SK: string, more: object = {}) => ({ Put: { TableName, Item: { PK: 'p', SK, ...more } } });

describe('single items', () => {
  test('what goes in comes out, as a copy both ways', async () => {
    const Item = { ...Key, tags: new Set(['x']), doc: { list: [1, new Uint8Array([1])] }, nil: null };
    await act(() => model.send(new PutCommand({ TableName, Item })));
    const original = structuredClone(Item);
    Item.tags.add('y');
    Item.doc.list.push(2);
    const first = await act(() => model.send(new GetCommand({ TableName, Key })));
    expect(first.Item).toEqual(original);
    (first.Item!.tags as Set<string>).add('z');
    expect((await act(() => model.send(new GetCommand({ TableName, Key })))).Item).toEqual(original);
    expect(first.$metadata.httpStatusCode).toBe(200);
  });

  test('an absent item is no Item; a projection shows a part', async () => {
    expect(await act(() => model.send(new GetCommand({ TableName, Key })))).not.toHaveProperty('Item');
    model.seed([{ ...Key, one: 1, two: 2 }]);
    const { Item } = await act(() => model.send(new GetCommand({ TableName, Key, ProjectionExpression: 'two' })));
    expect(Item).toEqual({ two: 2 });
  });

  test('update returns what is asked for, and creates', async () => {
    const update = (ReturnValues: 'ALL_OLD' | 'ALL_NEW' | 'UPDATED_OLD' | 'UPDATED_NEW' | 'NONE') =>
      act(() =>
        model.send(
          new UpdateCommand({
            TableName,
            Key,
            UpdateExpression: 'ADD hits :one SET kept = if_not_exists(kept, :one)',
            ExpressionAttributeValues: { ':one': 1 },
            ReturnValues,
          }),
        ),
      );
    expect((await update('ALL_OLD')).Attributes).toBeUndefined();
    expect((await update('ALL_OLD')).Attributes).toEqual({ ...Key, hits: 1, kept: 1 });
    expect((await update('ALL_NEW')).Attributes).toEqual({ ...Key, hits: 3, kept: 1 });
    expect((await update('UPDATED_OLD')).Attributes).toEqual({ hits: 3, kept: 1 });
    expect((await update('UPDATED_NEW')).Attributes).toEqual({ hits: 5, kept: 1 });
    expect((await update('NONE')).Attributes).toBeUndefined();
  });

  test('a failed condition changes nothing and shows the item in wire form', async () => {
    model.seed([{ ...Key, n: 1 }]);
    const error = await failure(() =>
      model.send(
        new DeleteCommand({
          TableName,
          Key,
          ConditionExpression: 'n = :n',
          ExpressionAttributeValues: { ':n': 2 },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    );
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', $fault: 'client' });
    expect(error.$metadata).toMatchObject({ httpStatusCode: 400 });
    expect(error.Item).toEqual({ PK: { S: 'p' }, SK: { S: 'a' }, n: { N: '1' } });
    expect(model.committed().get(cellId('p', 'a'))).toEqual({ ...Key, n: 1 });
  });

  test.each<[string, () => object, RegExp]>([
    [
      'a key that is not the schema',
      () => new GetCommand({ TableName, Key: { PK: 'p' } }),
      /does not match the schema/,
    ],
    ['a key with more', () => new GetCommand({ TableName, Key: { ...Key, x: 1 } }), /does not match the schema/],
    ['an empty key', () => new GetCommand({ TableName, Key: { PK: '', SK: 'a' } }), /empty string/],
    ['an item without key', () => new PutCommand({ TableName, Item: { PK: 'p' } }), /Missing the key/],
    ['an empty set', () => new PutCommand({ TableName, Item: { ...Key, s: new Set() } }), /may not be empty/],
    ['a mixed set', () => new PutCommand({ TableName, Item: { ...Key, s: new Set(['a', 1]) } }), /more than one type/],
    [
      'a large item',
      () => new PutCommand({ TableName, Item: { ...Key, s: 'x'.repeat(409_600) } }),
      /maximum allowed size/,
    ],
    [
      'an index key of another type',
      () => new PutCommand({ TableName, Item: { ...Key, GSI1PK: 1 } }),
      /Index Key GSI1PK/,
    ],
    [
      'a change of the key',
      () => new UpdateCommand({ TableName, Key, UpdateExpression: 'REMOVE SK' }),
      /part of the key/,
    ],
    [
      'ADD and DELETE of one attribute',
      () =>
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: 'ADD tags :a DELETE tags :a',
          ExpressionAttributeValues: { ':a': new Set(['a']) },
        }),
      /overlap/,
    ],
    ['101 keys', () => new BatchGetCommand({ RequestItems: { [TableName]: { Keys: keys(101) } } }), /Too many items/],
    ['a key twice', () => new BatchGetCommand({ RequestItems: { [TableName]: { Keys: [Key, Key] } } }), /duplicates/],
    [
      '101 writes',
      () => new TransactWriteCommand({ TransactItems: keys(101).map((k) => put(k.SK)) }),
      /less than or equal to 100/,
    ],
    [
      'one item twice',
      () => new TransactWriteCommand({ TransactItems: [put('a'), put('a')] }),
      /multiple operations on one item/,
    ],
    [
      '4 MB in one transaction',
      () => new TransactWriteCommand({ TransactItems: keys(11).map((k) => put(k.SK, { s: 'x'.repeat(400_000) })) }),
      /exceeds 4 MB/,
    ],
  ])('refuses %s', async (_, command, message) => {
    const error = await failure(() => model.send(command() as GetCommand));
    expect(error).toBeInstanceOf(DynamoDBServiceException);
    expect(error).toMatchObject({ name: 'ValidationException', $fault: 'client' });
    expect(error.message).toMatch(message);
    expect(model.committed().size).toBe(0);
  });

  test('an update that outgrows the limit is refused', async () => {
    model.seed([{ ...Key, s: 'x'.repeat(300_000) }]);
    const command = new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'SET t = :t',
      ExpressionAttributeValues: { ':t': 'x'.repeat(200_000) },
    });
    expect((await failure(() => model.send(command))).message).toMatch(/maximum allowed size/);
  });

  test('undefined is refused as the document client refuses it, or dropped if so configured', async () => {
    const command = new PutCommand({ TableName, Item: { ...Key, x: undefined } });
    expect((await failure(() => model.send(command))).message).toMatch(/removeUndefinedValues/);
    const lenient = new ModelDynamo({ scheduler, removeUndefinedValues: true });
    await act(() => lenient.send(command));
    expect(lenient.committed().get(cellId('p', 'a'))).toEqual(Key);
  });

  test('another table does not exist', async () => {
    const error = await failure(() => model.send(new GetCommand({ TableName: 'other', Key })));
    expect(error).toBeInstanceOf(ResourceNotFoundException);
  });
});

const keys = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ PK: 'p', SK: `k${String(i).padStart(3, '0')}` }));

describe('transactions', () => {
  test('all or nothing, with a reason for each member in order', async () => {
    model.seed([{ PK: 'p', SK: 'b', n: 1 }]);
    const error = await failure(() =>
      transact([
        put('a'),
        {
          Update: {
            TableName,
            Key: { PK: 'p', SK: 'b' },
            UpdateExpression: 'SET n = :v',
            ConditionExpression: 'n = :v',
            ExpressionAttributeValues: { ':v': 2 },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        {
          ConditionCheck: {
            TableName,
            Key: { PK: 'p', SK: 'c' },
            ConditionExpression: 'attribute_exists(PK)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ]),
    );
    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect(error.message).toContain('[None, ConditionalCheckFailed, ConditionalCheckFailed]');
    expect(error.CancellationReasons).toEqual([
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: { PK: { S: 'p' }, SK: { S: 'b' }, n: { N: '1' } },
      },
      { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
    ]);
    expect([...model.committed().values()]).toEqual([{ PK: 'p', SK: 'b', n: 1 }]);
  });

  test('an update that cannot be applied cancels with ValidationError', async () => {
    const Update = { TableName, Key, UpdateExpression: 'SET x = y + :v', ExpressionAttributeValues: { ':v': 2 } };
    const error = await failure(() => transact([put('b'), { Update }]));
    expect((error.CancellationReasons as { Code: string }[]).map((r) => r.Code)).toEqual(['None', 'ValidationError']);
    expect(model.committed().size).toBe(0);
  });

  test('one commit, one call of the hooks, on the complete state', async () => {
    const seen: { info: CommitInfo; items: number }[] = [];
    model.onCommit((view, info) => seen.push({ info, items: [...view.items()].length }));
    model.setFaults({ halfVisible: 1 });
    await act(() => model.client('w').send(new TransactWriteCommand({ TransactItems: [put('a'), put('b')] })));
    await act(() => model.send(new DeleteCommand({ TableName, Key })));
    expect(seen.map((s) => s.items)).toEqual([2, 1]);
    expect(seen[0]?.info).toMatchObject({
      worker: 'w',
      operation: 'TransactWrite',
      writes: [
        { pk: 'p', sk: 'a', before: undefined, after: Key },
        { pk: 'p', sk: 'b', before: undefined },
      ],
    });
    expect(seen[1]?.info).toMatchObject({
      worker: 'main',
      operation: 'Delete',
      writes: [{ before: Key, after: undefined }],
    });
  });

  test('what a hook throws ends the run', async () => {
    model.onCommit((view) => {
      if (view.get('p', 'b') !== undefined) throw new Error('b must not be');
    });
    await act(() => model.send(new PutCommand({ TableName, Item: Key })));
    await expect(act(() => transact([put('b')]).catch(() => undefined))).rejects.toThrow('b must not be');
  });

  const counted = (ClientRequestToken: string, by = 1) =>
    transact(
      [
        {
          Update: {
            TableName,
            Key,
            UpdateExpression: 'ADD n :by, seen :who',
            ExpressionAttributeValues: { ':by': by, ':who': new Set(['x', 'y']) },
          },
        },
      ],
      { ClientRequestToken },
    );
  const n = () => model.committed().get(cellId('p', 'a'))?.n;

  test('a token makes it idempotent for ten minutes', async () => {
    await act(() => counted('t1'));
    await act(() => counted('t1'));
    expect(n()).toBe(1);
    expect(await failure(() => counted('t1', 2))).toBeInstanceOf(IdempotentParameterMismatchException);
    await act(() => scheduler.sleep(9 * 60_000));
    await act(() => counted('t1'));
    expect(n()).toBe(1);
    await act(() => scheduler.sleep(60_001));
    await act(() => counted('t1'));
    expect(n()).toBe(2);
  });

  test('the token of a cancelled transaction is free again', async () => {
    const conditional = (SK: string) =>
      transact([{ ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_exists(PK)' } }, put(SK)], {
        ClientRequestToken: 't2',
      });
    expect((await failure(() => conditional('b'))).name).toBe('TransactionCanceledException');
    model.seed([Key]);
    await act(() => conditional('c'));
    expect(model.committed().has(cellId('p', 'c'))).toBe(true);
  });

  test('the same token while the first is under way', async () => {
    const gate = model.script().pauseAt('prepared', () => true);
    scheduler.spawn('first', () => counted('t3'));
    const second = scheduler.spawn('second', async () => {
      await gate.reached;
      const error = await counted('t3').catch((e: Error) => e);
      gate.open();
      return error;
    });
    await scheduler.run();
    expect(await second).toMatchObject({ name: 'TransactionInProgressException' });
    expect(n()).toBe(1);
  });

  test('TransactGet answers in order, with a gap for what is not there', async () => {
    model.seed([{ PK: 'p', SK: 'b', n: 1 }]);
    const { Responses } = await act(() =>
      model.send(
        new TransactGetCommand({
          TransactItems: ['a', 'b'].map((SK) => ({ Get: { TableName, Key: { PK: 'p', SK } } })),
        }),
      ),
    );
    expect(Responses).toEqual([{}, { Item: { PK: 'p', SK: 'b', n: 1 } }]);
  });
});

describe('capacity', () => {
  const units = (answer: { ConsumedCapacity?: unknown }) => {
    const capacity = [answer.ConsumedCapacity].flat() as { CapacityUnits: number }[];
    return capacity[0]?.CapacityUnits;
  };
  const ReturnConsumedCapacity = 'TOTAL';

  test('reads are billed by 4 KB, half when not consistent, double in a transaction', async () => {
    model.seed([{ ...Key, s: 'x'.repeat(5_000) }]);
    const get = (ConsistentRead: boolean) =>
      act(() => model.send(new GetCommand({ TableName, Key, ConsistentRead, ReturnConsumedCapacity })));
    expect(units(await get(true))).toBe(2);
    expect(units(await get(false))).toBe(1);
    const Get = { TableName, Key };
    const transactional = new TransactGetCommand({ TransactItems: [{ Get }], ReturnConsumedCapacity });
    expect(units(await act(() => model.send(transactional)))).toBe(4);
    expect(model.stats.readUnits).toBe(7);
  });

  test('writes are billed by 1 KB, double in a transaction, and once more for each index entry', async () => {
    const item = (more: object) => new PutCommand({ TableName, ReturnConsumedCapacity, Item: { ...Key, ...more } });
    expect(units(await act(() => model.send(item({}))))).toBe(1);
    expect(units(await act(() => model.send(item({ s: 'x'.repeat(1_500) }))))).toBe(2);
    expect(units(await act(() => model.send(item({}))))).toBe(2);
    expect(units(await act(() => model.send(item({ GSI1PK: 'g', GSI1SK: 'h' }))))).toBe(2);
    expect(units(await act(() => model.send(item({ GSI1PK: 'g', GSI1SK: 'h', x: 1 }))))).toBe(2);
    expect(units(await act(() => model.send(item({ GSI1PK: 'g', GSI1SK: 'i', x: 1 }))))).toBe(3);
    expect(units(await act(() => transact([put('b'), put('c')], { ReturnConsumedCapacity })))).toBe(4);
  });
});
