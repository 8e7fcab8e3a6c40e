// Answers that get lost, requests that come twice, workers that die, scripted interleavings, and everything at once.
import { BatchGetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { cellId, type Faults, hostile, type ModelClient } from '../../infra/local/model/index.ts';
import { longSuite } from '../support/patience.ts';
import { A, addOne, nameOf, read, type Sender, setTo, start, TableName } from './fixture.ts';

vi.setConfig(longSuite);

describe('answers', () => {
  const attempts = async (faults: Partial<Faults>, write: (client: Sender, i: number) => Promise<unknown>) => {
    const { scheduler, model, stored } = start(faults);
    const errors = new Set<string>();
    let answered = 0;
    const atErrors: unknown[] = [];
    await scheduler.do(async () => {
      for (let i = 0; i < 20; i += 1) {
        await write(model, i).then(
          () => {
            answered += 1;
          },
          (error) => {
            errors.add(error.code ?? nameOf(error));
            atErrors.push(stored(A));
          },
        );
      }
    });
    return { answered, effects: stored(A), errors: [...errors].sort(), atErrors };
  };
  const plain = (client: Sender) => client.send(new UpdateCommand(addOne()));
  const withToken = (client: Sender, i: number) =>
    client.send(new TransactWriteCommand({ ClientRequestToken: `t${i}`, TransactItems: [{ Update: addOne() }] }));
  const UNCLEAR = ['ECONNRESET', 'InternalServerError', 'TimeoutError'];

  test('get lost after the effect', async () => {
    const { atErrors, ...seen } = await attempts({ lostAnswers: 1 }, plain);
    expect(seen).toEqual({ answered: 0, effects: 20, errors: UNCLEAR });
    expect(atErrors[0]).toBe(1);
  });

  test('get lost with the request', async () => {
    expect(await attempts({ lostRequests: 1 }, plain)).toMatchObject({
      answered: 0,
      effects: undefined,
      errors: UNCLEAR,
    });
  });

  test('get lost before the effect, which still comes', async () => {
    const { atErrors, ...seen } = await attempts({ lateEffects: 1 }, plain);
    expect(seen).toEqual({ answered: 0, effects: 20, errors: UNCLEAR });
    expect(atErrors[0]).toBeUndefined();
  });

  test('come once while requests come twice', async () => {
    expect(await attempts({ duplicates: 1 }, plain)).toMatchObject({ answered: 20, effects: 40 });
    // A duplicate that arrives while the first is under way, or before it, may take the answer; never the effect.
    const once = await attempts({ duplicates: 1 }, withToken);
    expect(once.effects).toBe(20);
    expect(once.errors.every((name) => /TransactionInProgress|TransactionCanceled/.test(name))).toBe(true);
  });
});

describe('workers', () => {
  test.each(['silent', 'throw'] as const)('die in between, %s', async (death) => {
    const { scheduler, model, stored } = start({ deaths: 0.2 }, 3, { death });
    const ended: string[] = [];
    const died: string[] = [];
    model.onDeath((name) => died.push(name));
    for (let i = 0; i < 10; i += 1) {
      const client = model.client(`w${i}`);
      scheduler.spawn(client.name, async () => {
        for (let n = 0; n < 5; n += 1) await client.send(new UpdateCommand(addOne()));
        ended.push(client.name);
      });
    }
    await scheduler.run();
    expect(died.length).toBeGreaterThan(2);
    expect(ended.length + died.length).toBe(10);
    expect(stored(A)).toBeGreaterThan(ended.length * 5);
    expect(stored(A)).toBeLessThan(50);
  });

  test('that are killed send nothing more; what they sent still happens', async () => {
    const { scheduler, model, stored } = start({});
    const client = model.client('victim');
    const gate = model.script().pauseBefore(({ worker }) => worker === 'victim');
    let answered = false;
    scheduler.spawn('victim', async () => {
      await client.send(new UpdateCommand(addOne()));
      answered = true;
    });
    scheduler.spawn('killer', async () => {
      await gate.reached;
      client.kill();
      gate.open();
    });
    await scheduler.run();
    expect({ answered, dead: client.dead, n: stored(A) }).toEqual({ answered: false, dead: true, n: 1 });
  });
});

test('a script forces an interleaving', async () => {
  const { scheduler, model, stored } = start({});
  const gate = model.script().pauseBefore(({ worker, operation }) => worker === 'slow' && operation === 'Update');
  const increment = async (client: ModelClient) => {
    const n = await read(client, A);
    await client.send(new UpdateCommand(setTo(n + 1)));
  };
  scheduler.spawn('slow', () => increment(model.client('slow')));
  scheduler.spawn('fast', async () => {
    const { keys } = await gate.reached;
    expect(keys).toEqual([cellId('p', 'a')]);
    expect(gate.waiting).toBe(1);
    const fast = model.client('fast');
    for (let i = 0; i < 5; i += 1) await increment(fast);
    expect(stored(A)).toBe(5);
    gate.open();
  });
  await scheduler.run();
  expect(stored(A)).toBe(1);
});

describe('a hostile run', () => {
  /** Workers move an amount between items by conditional transactions; the sum must never change. */
  const run = async (seed: number, workers: number, moves: number, trace: boolean) => {
    const { scheduler, model } = start(hostile, seed, { trace });
    const accounts = Array.from({ length: 20 }, (_, i) => ({ PK: 'bank', SK: `${i}`, n: 100, version: 0 }));
    model.seed(accounts);
    model.onCommit((view) => {
      let sum = 0;
      for (const account of view.partition('bank')) sum += account.n as number;
      if (sum !== 2_000) throw new Error(`the sum is ${sum}`);
    });
    const random = scheduler.random.fork('workload');
    for (let w = 0; w < workers; w += 1) {
      const client = model.client(`w${w}`);
      scheduler.spawn(client.name, async () => {
        for (let i = 0; i < moves; i += 1) {
          const [from, to] = random.shuffle(accounts) as [(typeof accounts)[0], (typeof accounts)[0]];
          const step = (SK: string, item: Record<string, unknown>, by: number) => ({
            Update: {
              TableName,
              Key: { PK: 'bank', SK },
              UpdateExpression: 'SET n = :n, version = version + :one',
              ConditionExpression: 'version = :v',
              ExpressionAttributeValues: { ':n': (item.n as number) + by, ':v': item.version, ':one': 1 },
            },
          });
          try {
            const RequestItems = { [TableName]: { Keys: [from, to].map(({ PK, SK }) => ({ PK, SK })) } };
            const items = (await client.send(new BatchGetCommand({ RequestItems }))).Responses?.[TableName] ?? [];
            const source = items.find((item) => item.SK === from.SK);
            const target = items.find((item) => item.SK === to.SK);
            if (source === undefined || target === undefined) continue;
            const TransactItems = [step(from.SK, source, -1), step(to.SK, target, 1)];
            await client.send(new TransactWriteCommand({ TransactItems }));
          } catch {
            await scheduler.sleep(random.between([1, 20]));
          }
        }
      });
    }
    await scheduler.run();
    return model;
  };

  test('is the same for the same seed', async () => {
    const [one, same, other] = [await run(11, 8, 20, true), await run(11, 8, 20, true), await run(12, 8, 20, true)];
    expect(one.trace.length).toBeGreaterThan(500);
    expect(one.trace).toEqual(same.trace);
    expect(one.committed()).toEqual(same.committed());
    expect(one.trace).not.toEqual(other.trace);
  });

  test('of 64 workers takes seconds of a processor', async () => {
    const started = process.cpuUsage();
    const model = await run(13, 64, 100, false);
    expect(model.stats.commits).toBeGreaterThan(300);
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(20_000);
  });
});
