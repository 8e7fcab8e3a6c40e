// Values as attributes of DynamoDB and back, held against the SDK's own conversion; and a client over a socket.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchGetCommand, GetCommand, PutCommand, QueryCommand, TransactGetCommand } from '@aws-sdk/lib-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { attributesOf, itemOf } from '../../shared/store/attributes.ts';
import { documentClient } from '../../shared/store/client.ts';
import { failureOf } from '../../shared/store/failures.ts';

/** As JSON carries it: bytes in base 64. */
const wire = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? Buffer.from(one).toString('base64') : one)),
  );
const sdk = (item: object) => marshall(item, { removeUndefinedValues: true });

/** The SDK takes an object with a field of such a name for one of a class, or loses it. */
const odd = ['__proto__', 'constructor'];
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((one) => !odd.includes(one));
const bytes = fc.uint8Array({ maxLength: 20 });
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.maxSafeInteger());
const set = (one: fc.Arbitrary<unknown>) => fc.array(one, { minLength: 1, maxLength: 4 }).map((list) => new Set(list));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    number,
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    fc.boolean(),
    fc.constant(null),
    bytes,
    set(fc.string()),
    set(number),
    set(bytes),
    fc.array(fc.oneof(tie('value'), fc.constant(undefined)), { maxLength: 4 }),
    fc.dictionary(name, fc.oneof(tie('value'), fc.constant(undefined)), { maxKeys: 4 }),
  ),
}));
const item = fc.dictionary(name, value, { maxKeys: 6 }) as fc.Arbitrary<Record<string, unknown>>;

describe('attributes', () => {
  test('are those of the SDK, and mean the same to it', () => {
    fc.assert(
      fc.property(item, (one) => {
        expect(wire(attributesOf(one))).toEqual(wire(sdk(one)));
        expect(itemOf(wire(sdk(one)) as never)).toEqual(unmarshall(sdk(one)));
      }),
      { numRuns: 2_000 },
    );
  });

  test('nothing is stored that the table cannot hold: no other number, no empty or mixed set, no object of a class', () => {
    for (const bad of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 60,
      new Set(),
      new Set(['a', 1]),
      new Date(0),
      new Map(),
      () => 1,
      Symbol('a'),
    ])
      expect(() => attributesOf({ bad }), String(bad)).toThrow(TypeError);
    expect(() => itemOf({ odd: { X: '1' } })).toThrow('no attribute of DynamoDB: X');
  });
});

describe.each([
  // Nobody checks a signature on this machine.
  { way: 'directly', direct: true, signed: /Signature=00$/ },
  { way: 'as to the service', direct: false, signed: /^AWS4-HMAC-SHA256 .*Signature=[0-9a-f]{64}$/ },
])('the client that sends $way', ({ direct, signed }) => {
  /** A service that notes requests and gives the same answer to each. */
  const serving = async (status: number, answer: object) => {
    const asked: { target: string | undefined; body: unknown; signature: string | undefined }[] = [];
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { authorization: signature, 'x-amz-target': target } = request.headers;
      asked.push({ target: String(target), body: JSON.parse(Buffer.concat(parts).toString()), signature });
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return { asked, client: documentClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { direct }) };
  };
  const key = { PK: 'a', SK: 'b' };
  const written = { PK: { S: 'a' }, SK: { S: 'b' } };

  test('writes keys and items, and reads items and keys, wherever a command has them', async () => {
    const { asked, client } = await serving(200, {
      Item: { n: { N: '1' } },
      Responses: { T: [{ ...written, tags: { SS: ['x'] } }] },
      UnprocessedKeys: { T: { Keys: [written], ConsistentRead: true } },
    });
    const got = await client.send(new GetCommand({ TableName: 'T', Key: key, ConsistentRead: true }));
    expect(got.Item).toEqual({ n: 1 });
    const batch = await client.send(new BatchGetCommand({ RequestItems: { T: { Keys: [key] } } }));
    expect(batch.Responses).toEqual({ T: [{ ...key, tags: new Set(['x']) }] });
    expect(batch.UnprocessedKeys).toEqual({ T: { Keys: [key], ConsistentRead: true } });
    await client.send(new PutCommand({ TableName: 'T', Item: { ...key, at: undefined, bytes: new Uint8Array([1]) } }));
    expect(asked.map(({ target, body }) => [target, body])).toEqual([
      ['DynamoDB_20120810.GetItem', { TableName: 'T', Key: written, ConsistentRead: true }],
      ['DynamoDB_20120810.BatchGetItem', { RequestItems: { T: { Keys: [written] } } }],
      ['DynamoDB_20120810.PutItem', { TableName: 'T', Item: { ...written, bytes: { B: 'AQ==' } } }],
    ]);
    expect(asked[0]?.signature).toMatch(signed);
  });

  test('writes and reads the places between pages', async () => {
    const { asked, client } = await serving(200, { Items: [written], LastEvaluatedKey: written });
    const query = {
      TableName: 'T',
      KeyConditionExpression: 'PK = :pk',
      ExpressionAttributeNames: { '#n': 'n' },
      ExpressionAttributeValues: { ':pk': 'a' },
      ExclusiveStartKey: key,
    };
    expect(await client.send(new QueryCommand(query))).toMatchObject({ Items: [key], LastEvaluatedKey: key });
    const body = { ...query, ExpressionAttributeValues: { ':pk': { S: 'a' } }, ExclusiveStartKey: written };
    expect(asked[0]?.body).toEqual(body);
  });

  test('reads the items of a transaction', async () => {
    const { client } = await serving(200, { Responses: [{ Item: written }, {}] });
    const { Responses } = await client.send(
      new TransactGetCommand({ TransactItems: [{ Get: { TableName: 'T', Key: key } }] }),
    );
    expect(Responses).toEqual([{ Item: key }, {}]);
  });

  test('tells errors as the SDK does', async () => {
    const { client } = await serving(400, {
      __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
      message: 'cancelled',
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
    });
    const error = await client.send(new PutCommand({ TableName: 'T', Item: key })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TransactionCanceledException', $metadata: { httpStatusCode: 400 } });
    expect(failureOf(error).kind).toBe('refused');
  });

  test('tells an error that the SDK does not know by its name', async () => {
    const { client } = await serving(400, { __type: 'com.amazon.coral.service#ThrottlingError', message: 'slow down' });
    const error = await client.send(new GetCommand({ TableName: 'T', Key: key })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ThrottlingError', message: 'slow down' });
    expect(failureOf(error).kind).toBe('contended');
  });

  test('ends a command with its signal, and tells an answer that is none', async () => {
    const { client } = await serving(200, {});
    const abortSignal = AbortSignal.abort();
    const command = new GetCommand({ TableName: 'T', Key: key });
    await expect(client.send(command, { abortSignal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const nobody = documentClient('http://127.0.0.1:1', { direct });
    const refused = await nobody.send(command).catch((thrown: unknown) => thrown);
    expect(failureOf(refused).kind).toBe('unclear');
  });

  test('refuses a command that it does not know', async () => {
    const { client } = await serving(200, {});
    await expect(client.send({ input: {} })).rejects.toThrow('the client does not know Object');
  });
});
