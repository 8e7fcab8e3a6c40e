// Query, Scan and indexes of the model: order, pages, filters, start keys, and what is refused.
import { paginateQuery, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, test } from 'vitest';
import { ModelDynamo, Scheduler } from '../../infra/local/model/index.ts';

const TableName = 'holdfast';
const INDEX = { name: 'GSI1', pk: 'GSI1PK', sk: 'GSI1SK' };

let scheduler: Scheduler;
let model: ModelDynamo;

beforeEach(() => {
  scheduler = new Scheduler({ seed: 5 });
  model = new ModelDynamo({ scheduler, indexes: [INDEX, { ...INDEX, name: 'KEYS', projection: 'KEYS_ONLY' }] });
});

const act = <T>(fn: () => Promise<T>): Promise<T> => scheduler.do(fn);
const failure = (fn: () => Promise<unknown>): Promise<Error> =>
  act(() =>
    fn().then(
      () => Promise.reject(new Error('it should have failed')),
      (error: Error) => error,
    ),
  );
const keys = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ PK: 'p', SK: `k${String(i).padStart(3, '0')}` }));

describe('listing', () => {
  const ask = (more: object) =>
    model.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'PK = :p',
        ConsistentRead: true,
        ...more,
        ExpressionAttributeValues: { ':p': 'p', ...(more as { values?: object }).values },
      }),
    );
  const query = (more: object) => act(() => ask(more));
  const sks = (items: Record<string, unknown>[] | undefined) => items?.map((item) => item.SK);

  test.each<[string, object, string[]]>([
    ['SK = :a', { ':a': 'k1' }, ['k1']],
    ['SK > :a', { ':a': 'k1' }, ['k2', 'm1']],
    ['SK <= :a', { ':a': 'k1' }, ['k0', 'k1']],
    ['SK BETWEEN :a AND :b', { ':a': 'k1', ':b': 'k9' }, ['k1', 'k2']],
    ['begins_with(SK, :a)', { ':a': 'k' }, ['k0', 'k1', 'k2']],
  ])('%s', async (condition, values, expected) => {
    model.seed(['k2', 'm1', 'k0', 'k1'].map((SK) => ({ PK: 'p', SK })));
    model.seed([{ PK: 'q', SK: 'k1' }]);
    const range = { KeyConditionExpression: `PK = :p AND ${condition}`, values };
    expect(sks((await query(range)).Items)).toEqual(expected);
    expect(sks((await query({ ...range, ScanIndexForward: false })).Items)).toEqual([...expected].reverse());
  });

  test('limits count before the filter; the last page may be empty', async () => {
    model.seed(keys(4).map((key, i) => ({ ...key, odd: i % 2 === 1 })));
    const filtered = { FilterExpression: 'odd = :t', values: { ':t': true }, Limit: 2 };
    const first = await query(filtered);
    expect(first).toMatchObject({ Count: 1, ScannedCount: 2, LastEvaluatedKey: { PK: 'p', SK: 'k001' } });
    const second = await query({ ...filtered, ExclusiveStartKey: first.LastEvaluatedKey });
    expect(sks(second.Items)).toEqual(['k003']);
    const third = await query({ ...filtered, ExclusiveStartKey: second.LastEvaluatedKey });
    expect(third).toMatchObject({ Count: 0 });
    expect(third).not.toHaveProperty('LastEvaluatedKey');
  });

  test('a megabyte is a page', async () => {
    model.seed(keys(5).map((key) => ({ ...key, s: 'x'.repeat(390_000) })));
    expect((await query({})).Count).toBe(3);
  });

  test('an index lists its entries by its own keys, and never consistently', async () => {
    model.seed(['b', 'a', 'c'].map((n, i) => ({ PK: `p${i}`, SK: 's', GSI1PK: 'names', GSI1SK: n, extra: i })));
    model.seed([{ PK: 'p9', SK: 's', GSI1PK: 'names' }]);
    const ofIndex = (more: object) =>
      model.send(
        new QueryCommand({
          TableName,
          IndexName: 'GSI1',
          KeyConditionExpression: 'GSI1PK = :n',
          ExpressionAttributeValues: { ':n': 'names' },
          ...more,
        }),
      );
    const { Items, LastEvaluatedKey } = await act(() => ofIndex({ Limit: 2 }));
    expect(Items?.map((item) => item.GSI1SK)).toEqual(['a', 'b']);
    expect(LastEvaluatedKey).toEqual({ GSI1PK: 'names', GSI1SK: 'b', PK: 'p0', SK: 's' });
    expect((await act(() => ofIndex({ ExclusiveStartKey: LastEvaluatedKey }))).Items).toMatchObject([{ GSI1SK: 'c' }]);
    const { Items: bare } = await act(() => ofIndex({ IndexName: 'KEYS', Limit: 1 }));
    expect(bare).toEqual([{ PK: 'p1', SK: 's', GSI1PK: 'names', GSI1SK: 'a' }]);
    expect((await failure(() => ofIndex({ ConsistentRead: true }))).message).toMatch(/Consistent reads/);
  });

  test.each<[object, RegExp]>([
    [{ KeyConditionExpression: 'SK = :p' }, /missed key schema element: PK/],
    [{ KeyConditionExpression: 'PK > :p' }, /not supported/],
    [{ KeyConditionExpression: 'PK = :p OR SK = :p' }, /not supported/],
    [{ KeyConditionExpression: 'PK = :p AND extra = :p' }, /missed key schema element: SK/],
    [{ values: { ':p': 1 } }, /does not match schema type/],
    [{ FilterExpression: 'SK = :p' }, /non-primary key attributes/],
    [{ IndexName: 'none', ConsistentRead: false }, /does not have the specified index/],
    [{ ExclusiveStartKey: { PK: 'p' } }, /starting key is invalid/],
    [{ ExclusiveStartKey: { PK: 'q', SK: 'a' } }, /outside query boundaries/],
  ])('refuses %j', async (more, message) => {
    expect((await failure(() => ask(more))).message).toMatch(message);
  });

  test('a scan sees every item once, page by page, in segments too', async () => {
    model.seed(Array.from({ length: 40 }, (_, i) => ({ PK: `p${i % 7}`, SK: `s${i}` })));
    model.setFaults({ smallPages: 1 });
    for (const TotalSegments of [1, 3]) {
      const seen = new Set<unknown>();
      for (let Segment = 0; Segment < TotalSegments; Segment += 1) {
        let ExclusiveStartKey: Record<string, unknown> | undefined;
        do {
          const page = await act(() =>
            model.send(
              new ScanCommand({ TableName, Segment, TotalSegments, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
            ),
          );
          for (const item of page.Items ?? []) {
            expect(seen.has(item.SK)).toBe(false);
            seen.add(item.SK);
          }
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
      }
      expect(seen.size).toBe(40);
    }
  });

  test('the SDK paginators accept a client of the model', async () => {
    model.seed(keys(20));
    model.setFaults({ smallPages: 1, tornReads: 1 });
    const { document } = model.client('lister');
    const found = await act(async () => {
      const items: unknown[] = [];
      const config = { client: document };
      const input = { TableName, KeyConditionExpression: 'PK = :p', ExpressionAttributeValues: { ':p': 'p' } };
      for await (const page of paginateQuery(config, input)) items.push(...(page.Items ?? []));
      return items;
    });
    expect(found).toEqual(keys(20));
  });
});
