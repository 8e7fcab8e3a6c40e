// The model's evaluator against the embedded engine: random conditional writes to a few items must end the same way in
// both. Two implementations that agree on hundreds of random cases are unlikely to share a mistake.
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Engine, engineClient, startEngine } from '../../infra/local/engine.ts';
import { type ItemValue, ModelDynamo, Random, Scheduler } from '../../infra/local/model/index.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

const BINARY = new URL('../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url).pathname;
const TABLE = 'differential';
const NAMES = ['aa', 'bb', 'cc', 'dd', 'ee'];

/** Random requests over few attributes and few values, so that conditions hold about as often as they fail. */
class Requests {
  readonly #random: Random;
  #values: Record<string, ItemValue> = {};

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  scalar(): ItemValue {
    const r = this.#random;
    return r.pick<() => ItemValue>([
      () => r.int(4),
      () => r.pick(['a', 'ab', 'b', '']),
      () => r.chance(0.5),
      () => null,
      () => new Uint8Array([r.int(2)]),
    ])();
  }

  set(): ItemValue {
    const r = this.#random;
    return r.chance(0.5)
      ? new Set(r.shuffle(['a', 'b', 'c']).slice(0, 1 + r.int(2)))
      : new Set(r.shuffle([0, 1, 2]).slice(0, 1 + r.int(2)));
  }

  value(): ItemValue {
    const r = this.#random;
    return r.pick<() => ItemValue>([
      () => this.scalar(),
      () => this.scalar(),
      () => this.set(),
      () => [this.scalar(), this.scalar()].slice(0, r.int(3)),
      () => ({ xx: this.scalar() }),
    ])();
  }

  #bind(value: ItemValue): string {
    const name = `:v${Object.keys(this.#values).length}`;
    this.#values[name] = value;
    return name;
  }

  #path(): string {
    const r = this.#random;
    const name = r.pick(NAMES);
    return r.chance(0.75) ? name : r.pick([`${name}.xx`, `${name}[0]`, `${name}[1]`]);
  }

  #number(): string {
    return this.#bind(this.#random.int(4));
  }

  #condition(depth: number): string {
    const r = this.#random;
    if (depth > 0 && r.chance(0.5)) {
      const left = this.#condition(depth - 1);
      if (r.chance(0.2)) return `NOT (${left})`.replace('((', '(').replace('))', ')');
      return `${left} ${r.pick(['AND', 'OR'])} ${this.#condition(depth - 1)}`;
    }
    const path = this.#path();
    return r.pick<() => string>([
      () => `${path} ${r.pick(['=', '<>'])} ${this.#bind(this.value())}`,
      () => `${path} ${r.pick(['<', '<=', '>', '>='])} ${this.#bind(r.pick<ItemValue>([r.int(4), 'ab', 'b']))}`,
      () => `attribute_exists(${path})`,
      () => `attribute_not_exists(${path})`,
      () => `attribute_type(${path}, ${this.#bind(r.pick(['S', 'N', 'SS', 'L', 'M', 'NULL', 'BOOL']))})`,
      () => `begins_with(${path}, ${this.#bind('a')})`,
      () => `contains(${path}, ${this.#bind(r.pick<ItemValue>(['a', 1, 'b']))})`,
      () => `size(${path}) ${r.pick(['=', '<', '>='])} ${this.#number()}`,
      () => `${path} BETWEEN ${this.#bind(r.int(2))} AND ${this.#bind(2 + r.int(2))}`,
      () => `${path} IN (${this.#bind(this.scalar())}, ${this.#bind(this.scalar())})`,
      () => `NOT ${path} = ${this.#bind(this.scalar())}`,
    ])();
  }

  #setValue(): string {
    const r = this.#random;
    const path = this.#path();
    return r.pick<() => string>([
      () => this.#bind(this.value()),
      () => this.#bind(this.value()),
      () => path,
      () => `${path} + ${this.#number()}`,
      () => `${path} - ${this.#number()}`,
      () => `if_not_exists(${path}, ${this.#bind(this.scalar())})`,
      () => `if_not_exists(${path}, ${this.#number()}) + ${this.#number()}`,
      () => `list_append(${path}, ${this.#bind([this.scalar()])})`,
    ])();
  }

  #update(): string {
    const r = this.#random;
    const sections: Record<string, string[]> = {};
    for (let i = 0; i < 1 + r.int(2); i += 1) {
      const path = this.#path();
      const kind = r.pick(['SET', 'SET', 'REMOVE', 'ADD', 'DELETE']);
      const text: Record<string, () => string> = {
        SET: () => `${path} = ${this.#setValue()}`,
        REMOVE: () => path,
        ADD: () => `${path} ${this.#bind(r.chance(0.5) ? r.int(4) : this.set())}`,
        DELETE: () => `${path} ${this.#bind(this.set())}`,
      };
      sections[kind] = [...(sections[kind] ?? []), text[kind]!()];
    }
    return Object.entries(sections)
      .map(([kind, actions]) => `${kind} ${actions.join(', ')}`)
      .join(' ');
  }

  next() {
    const r = this.#random;
    this.#values = {};
    const Key = { PK: 'p', SK: `s${r.int(3)}` };
    const condition = r.chance(0.7) ? { ConditionExpression: this.#condition(2) } : {};
    const common = { TableName: TABLE, ReturnValuesOnConditionCheckFailure: 'ALL_OLD', ...condition } as const;
    const values = () => (Object.keys(this.#values).length === 0 ? {} : { ExpressionAttributeValues: this.#values });
    const kind = r.pick(['Update', 'Update', 'Update', 'Update', 'Put', 'Put', 'Delete']);
    if (kind === 'Update') {
      const UpdateExpression = this.#update();
      return new UpdateCommand({ ...common, ...values(), Key, UpdateExpression, ReturnValues: 'ALL_NEW' });
    }
    if (kind === 'Delete') return new DeleteCommand({ ...common, ...values(), Key, ReturnValues: 'ALL_OLD' });
    const Item: Record<string, ItemValue> = { ...Key };
    for (const name of NAMES) if (r.chance(0.6)) Item[name] = this.value();
    return new PutCommand({ ...common, ...values(), Item, ReturnValues: 'ALL_OLD' });
  }
}

/** Brings the model's item to what the engine holds, which is asked first: it answers in real time. */
const align = async (from: Sender, to: Sender, command: PutCommand | UpdateCommand | DeleteCommand, on: Scheduler) => {
  const { PK, SK } = ('Item' in command.input ? command.input.Item : command.input.Key) as { PK: string; SK: string };
  const { Item } = await from.send(new GetCommand({ TableName: TABLE, Key: { PK, SK }, ConsistentRead: true }));
  await on.do(async () => {
    if (Item === undefined) await to.send(new DeleteCommand({ TableName: TABLE, Key: { PK, SK } }));
    else await to.send(new PutCommand({ TableName: TABLE, Item }));
  });
};

interface Sender {
  send: DynamoDBDocumentClient['send'];
}

/** What a caller can tell of a write, in a form that can be compared. */
const outcome = async (client: Sender, command: PutCommand | UpdateCommand | DeleteCommand) => {
  try {
    const answer = await client.send(command as UpdateCommand);
    return { attributes: answer.Attributes };
  } catch (error) {
    const { name, Item } = error as { name: string; Item?: object };
    return { error: name, item: Item };
  }
};

/**
 * Where the engine is known to be laxer than the service, whose rules the model follows: it lets updates write below a
 * missing parent, or treat one attribute as a map and a list at once, which the service refuses; and it pads a list that
 * is set beyond its end, which the service appends to.
 */
const engineIsLax = (update: string | undefined, refused: boolean): boolean => {
  if (update === undefined) return false;
  const target = String.raw`(^|,|SET|REMOVE|ADD|DELETE)\s*\w+`;
  return refused ? new RegExp(`${target}(\\.xx|\\[)`).test(update) : new RegExp(`${target}\\[1\\]`).test(update);
};

describe.skipIf(!existsSync(BINARY))('the model and the embedded engine agree', () => {
  let engine: Engine | undefined;
  let client: DynamoDBDocumentClient;

  beforeAll(async () => {
    engine = await startEngine();
    const raw = engineClient(engine.endpoint);
    client = DynamoDBDocumentClient.from(raw);
    await raw.send(
      new CreateTableCommand({
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'PK', AttributeType: 'S' },
          { AttributeName: 'SK', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'PK', KeyType: 'HASH' },
          { AttributeName: 'SK', KeyType: 'RANGE' },
        ],
      }),
    );
  });

  afterAll(() => engine?.close());

  test('on random conditional writes', async () => {
    const scheduler = new Scheduler();
    const model = new ModelDynamo({ scheduler, tableName: TABLE });
    const requests = new Requests(20_240_601);
    const seen: Record<string, number> = {};
    let lax = 0;
    for (let i = 0; i < 800; i += 1) {
      const command = requests.next();
      const engineSays = await outcome(client, command);
      const modelSays = await scheduler.do(() => outcome(model, command));
      const { input } = command;
      const update = (input as { UpdateExpression?: string }).UpdateExpression;
      const refused = modelSays.error === 'ValidationException';
      if (!isDeepStrictEqual(modelSays, engineSays) && engineIsLax(update, refused)) {
        lax += 1;
        await align(client, model, command, scheduler);
        continue;
      }
      expect({ i, input, ...modelSays }).toEqual({ i, input, ...engineSays });
      const name = engineSays.error ?? 'done';
      seen[name] = (seen[name] ?? 0) + 1;
    }
    expect(lax).toBeLessThan(50);
    // The comparison means something only if all three ends were reached often.
    expect(seen.done).toBeGreaterThan(100);
    expect(seen.ConditionalCheckFailedException).toBeGreaterThan(100);
    expect(seen.ValidationException).toBeGreaterThan(50);
    for (const SK of ['s0', 's1', 's2']) {
      const get = new GetCommand({ TableName: TABLE, Key: { PK: 'p', SK }, ConsistentRead: true });
      const { Item: ofEngine } = await client.send(get);
      const { Item: ofModel } = await scheduler.do(() => model.send(get));
      expect(ofModel).toEqual(ofEngine);
    }
  });
});
