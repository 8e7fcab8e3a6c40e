// The table as the rest of the store sees it: strongly consistent reads that complete, ranges, and one kind of write.
// Every wait is jittered and bounded, and ends with the time of the request. Nothing above the store knows the SDK.
import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';
import {
  BatchGetCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { chunked } from '../domain/base/collections.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { failureOf } from './failures.ts';
import { type Key, nameOfKey } from './keys.ts';
import { SharedReads } from './shared-reads.ts';

export type Item = Record<string, unknown>;
/** Items by the names of their keys. */
type FoundItems = ReadonlyMap<string, Item>;

export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Time and randomness: real in production, a seeded scheduler's in tests. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** A random number in [0, 1). */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

/** The part of a DynamoDBDocumentClient that the store uses. */
export interface DocumentClient {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own overloads are not expressible here
  send(command: any, options?: any): Promise<any>;
}

export interface Range {
  readonly partition: string;
  readonly index?: { readonly name: string; readonly pk: string; readonly sk: string };
  /** Sort keys strictly after this one. */
  readonly after?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly prefix?: string | undefined;
  readonly backwards?: boolean;
  readonly limit?: number;
}

/** Filter of a scan: other items are not returned. */
export interface Filter {
  readonly condition: string;
  readonly values: Item;
}

/** Items per page of a scan. Without a limit an engine may read all remaining items for every page. */
const scannedAtOnce = 2_000;

/** Milliseconds for which a request retries before it gives up with 503. */
export const patience = 20_000;

/** Most keys of a read that others share, so that none of them waits for much that it has not asked for. */
const mostShared = 25;

const longestPause = 1_000;

/** Sleeps with full jitter: up to 10 ms doubled with every attempt, at most one second. */
export const pause = (clock: Clock, attempt: number): Promise<void> =>
  clock.sleep(clock.random() * Math.min(longestPause, 10 * 2 ** attempt));

/** The end of a request's time. Its signal is made for the first command, because shared reads need none. */
export class TimeLimit {
  aborted = false;
  #stop: AbortController | undefined;

  get signal(): AbortSignal {
    if (this.#stop) return this.#stop.signal;
    this.#stop = new AbortController();
    // Every command under way listens to the signal, and a page may read many parts at once, so no limit warns.
    setMaxListeners(0, this.#stop.signal);
    if (this.aborted) this.#stop.abort();
    return this.#stop.signal;
  }

  abort(): void {
    this.aborted = true;
    this.#stop?.abort();
  }
}

/** The end of the present request's time. */
const timeLimit = new AsyncLocalStorage<TimeLimit>();

/**
 * Runs a function whose reads and writes stop at the end of its time, because a write after the answer would happen behind
 * the caller's back.
 */
export const until = <T>(limit: TimeLimit, run: () => T): T => timeLimit.run(limit, run);

/** True when the time of the present request is over. */
export const isOver = (): boolean => timeLimit.getStore()?.aborted === true;

export class Db {
  readonly clock: Clock;
  readonly #client: DocumentClient;
  readonly #table: string;
  readonly #shared: SharedReads<FoundItems> | undefined;

  /** @param sharing shared reads under way at once; by default no read is shared */
  constructor(client: DocumentClient, table: string, clock: Clock = systemClock, sharing?: number) {
    this.#client = client;
    this.#table = table;
    this.clock = clock;
    // A read of several requests ends with the time of none of them.
    const read = (some: Key[]) => timeLimit.exit(() => this.#found(some, true));
    if (sharing !== undefined) this.#shared = new SharedReads(sharing, read);
  }

  /** The items at these keys, in the keys' order; `undefined` where there is none. Up to 100 keys take one round trip. */
  async read(keys: readonly Key[], { consistent = true } = {}): Promise<(Item | undefined)[]> {
    if (keys.length === 0) return [];
    if (keys.length === 1) return [await this.#readOne(keys[0] as Key, consistent, this.#end())];
    const found = await this.#found(distinct(keys), consistent);
    return keys.map((key) => found.get(nameOfKey(key)));
  }

  /** The same with strong consistency for a few small items, by a request that others may share. */
  async readShared(keys: readonly Key[]): Promise<(Item | undefined)[]> {
    if (!this.#shared || keys.length > mostShared) return this.read(keys);
    if (isOver()) throw new Refusal('out-of-time');
    const found = await this.#shared.read(keys);
    if (isOver()) throw new Refusal('out-of-time');
    return keys.map((key) => found.get(nameOfKey(key)));
  }

  async #found(keys: readonly Key[], consistent: boolean): Promise<FoundItems> {
    const found = new Map<string, Item>();
    const end = this.#end();
    await Promise.all(chunked(keys, 100).map((some) => this.#readSome(some, consistent, found, end)));
    return found;
  }

  async #readOne(Key: Key, consistent: boolean, end: number): Promise<Item | undefined> {
    const get = new GetCommand({ TableName: this.#table, Key, ConsistentRead: consistent });
    const { Item } = await this.#reading(get, end);
    return Item;
  }

  async #readSome(keys: Key[], consistent: boolean, found: Map<string, Item>, end: number): Promise<void> {
    if (keys.length === 1) {
      const [key] = keys as [Key];
      const item = await this.#readOne(key, consistent, end);
      if (item) found.set(nameOfKey(key), item);
      return;
    }
    let missing = keys.map(({ PK, SK }) => ({ PK, SK }));
    for (let attempt = 0; missing.length > 0; attempt += 1) {
      if (attempt > 0) await pause(this.clock, attempt);
      if (attempt > 12) throw new Refusal('busy');
      const { Responses, UnprocessedKeys } = await this.#reading(
        new BatchGetCommand({ RequestItems: { [this.#table]: { Keys: missing, ConsistentRead: consistent } } }),
        end,
      );
      for (const item of Responses?.[this.#table] ?? []) found.set(nameOfKey(item as never), item);
      missing = UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
  }

  /** Reads one item in a transaction, and so waits for open transactions that could still change it. */
  async readAfterWrites({ PK, SK }: Key): Promise<Item | undefined> {
    const { Responses } = await this.#reading(
      new TransactGetCommand({ TransactItems: [{ Get: { TableName: this.#table, Key: { PK, SK } } }] }),
    );
    return Responses?.[0]?.Item;
  }

  /** One page of a range, empty only at the end. `done` is false when more items may follow. */
  async page(range: Range): Promise<{ items: Item[]; done: boolean }> {
    const end = this.#end();
    let page = await this.#page(range, undefined, end);
    while (page.items.length === 0 && page.last) page = await this.#page(range, page.last, end);
    return { items: page.items, done: page.last === undefined };
  }

  /** A whole range, page by page, for ranges that are bounded by design. */
  async all(range: Range): Promise<Item[]> {
    const items: Item[] = [];
    const end = this.#end();
    let last: Item | undefined;
    do {
      const page = await this.#page(range, last, end);
      items.push(...page.items);
      last = page.last;
    } while (last);
    return items;
  }

  async #page(range: Range, start: Item | undefined, end: number): Promise<{ items: Item[]; last: Item | undefined }> {
    if (isEmpty(range)) return { items: [], last: undefined };
    const { pk, sk } = range.index ?? { pk: 'PK', sk: 'SK' };
    const clauses = ['#pk = :pk'];
    const values: Item = { ':pk': range.partition };
    const clause = (text: string, name: string, value: string) => {
      clauses.push(text);
      values[name] = value;
    };
    // A key condition takes one clause for the sort key.
    const { after, from, to, prefix } = range;
    if (prefix !== undefined && after === undefined) clause('begins_with(#sk, :prefix)', ':prefix', prefix);
    else if (after !== undefined && range.backwards) {
      if (from === undefined) clause('#sk < :after', ':after', after);
      else {
        clause('#sk BETWEEN :from AND :after', ':after', after);
        values[':from'] = from;
      }
    } else if (after !== undefined) {
      const upTo = to ?? (prefix === undefined ? undefined : endOf(prefix));
      if (upTo === undefined) clause('#sk > :after', ':after', after);
      else {
        clause('#sk BETWEEN :after AND :end', ':after', after);
        values[':end'] = upTo;
      }
    } else if (from !== undefined && to !== undefined) {
      clause('#sk BETWEEN :from AND :to', ':from', from);
      values[':to'] = to;
    } else if (from !== undefined) clause('#sk >= :from', ':from', from);
    else if (to !== undefined) clause('#sk <= :to', ':to', to);
    const named = clauses.length > 1;
    const { Items, LastEvaluatedKey } = await this.#reading(
      new QueryCommand({
        TableName: this.#table,
        ...(range.index ? { IndexName: range.index.name } : { ConsistentRead: true }),
        KeyConditionExpression: clauses.join(' AND '),
        ExpressionAttributeNames: { '#pk': pk, ...(named && { '#sk': sk }) },
        ExpressionAttributeValues: values,
        ...(range.backwards && { ScanIndexForward: false }),
        ...(range.limit && { Limit: range.limit + (after !== undefined ? 1 : 0) }),
        ...(start && { ExclusiveStartKey: start }),
      }),
      end,
    );
    // BETWEEN includes both ends, but `after` excludes its own.
    const items = ((Items ?? []) as Item[]).filter((item) => after === undefined || item[sk] !== after);
    return { items, last: LastEvaluatedKey };
  }

  /**
   * Every item whose partition starts with the prefix, for repair and tests only, since it costs a scan of the whole
   * table.
   */
  async scan(prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.pages(prefix)) items.push(...page);
    return items;
  }

  /** The same scan page by page, for tables larger than memory, with an optional filter. */
  async *pages(prefix: string, only?: Filter): AsyncGenerator<Item[]> {
    let last: Item | undefined;
    do {
      const page: { Items?: Item[]; LastEvaluatedKey?: Item } = await this.#reading(
        new ScanCommand({
          TableName: this.#table,
          ConsistentRead: true,
          Limit: scannedAtOnce,
          FilterExpression: `begins_with(PK, :prefix)${only ? ` AND (${only.condition})` : ''}`,
          ExpressionAttributeValues: { ':prefix': prefix, ...only?.values },
          ...(last && { ExclusiveStartKey: last }),
        }),
      );
      yield page.Items ?? [];
      last = page.LastEvaluatedKey;
    } while (last);
  }

  /**
   * One page of the same scan, of keys only, after a place that an earlier page named. `next` is absent at the end of the
   * table.
   */
  async keysPage(prefix: string, after?: Key): Promise<{ readonly found: Key[]; readonly next: Key | undefined }> {
    const { Items, LastEvaluatedKey } = await this.#reading(
      new ScanCommand({
        TableName: this.#table,
        ConsistentRead: true,
        Limit: scannedAtOnce,
        ProjectionExpression: 'PK, SK',
        FilterExpression: 'begins_with(PK, :prefix)',
        ExpressionAttributeValues: { ':prefix': prefix },
        ...(after && { ExclusiveStartKey: after }),
      }),
    );
    return { found: Items ?? [], next: LastEvaluatedKey };
  }

  /**
   * Writes all items or none, in one attempt, because only the caller knows what may be retried. Throws the service's own
   * errors: see `failureOf`.
   */
  async transact(items: TransactItem[], token: string): Promise<void> {
    const named = items.map((item) => {
      const [kind, body] = Object.entries(item)[0] as [string, object];
      return { [kind]: { ...body, TableName: this.#table } } as TransactItem;
    });
    await this.#send(new TransactWriteCommand({ TransactItems: named, ClientRequestToken: token }));
  }

  /** Puts one item that nothing depends on until something names it, with retries. @throws Refusal busy */
  async put(Item: Item): Promise<void> {
    await this.#reading(new PutCommand({ TableName: this.#table, Item }));
  }

  /** Removes an item that nothing depends on, with retries. @throws Refusal busy */
  async remove({ PK, SK }: Key): Promise<void> {
    await this.#reading(new DeleteCommand({ TableName: this.#table, Key: { PK, SK } }));
  }

  /**
   * One update of a counter that nothing depends on, outside of transactions. With `within`, it is given up after so many
   * milliseconds. Returns the service's answer.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the answer's shape follows the command
  count(make: (table: string) => unknown, within?: number): Promise<any> {
    return this.#send(make(this.#table), within);
  }

  /** Sends a command, and aborts it when the time of the request is over. @throws Refusal out-of-time */
  // biome-ignore lint/suspicious/noExplicitAny: the answer's shape follows the command
  async #send(command: unknown, within?: number): Promise<any> {
    const limit = timeLimit.getStore();
    if (limit?.aborted) throw new Refusal('out-of-time');
    const abortSignal = within === undefined ? limit?.signal : AbortSignal.timeout(within);
    return abortSignal ? this.#client.send(command, { abortSignal }) : this.#client.send(command);
  }

  /** When a read that begins now gives up. A read of many pages has one end for all of them. */
  #end(): number {
    return this.clock.now() + patience;
  }

  // biome-ignore lint/suspicious/noExplicitAny: the answer's shape follows the command
  async #reading(command: unknown, end = this.#end()): Promise<any> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#send(command);
      } catch (error) {
        const { kind } = failureOf(error);
        if (kind === 'broken' || kind === 'refused') throw error;
        if (this.clock.now() > end) throw new Refusal('busy');
        await pause(this.clock, attempt);
      }
    }
  }
}

/** Order of sort keys: by UTF-8 bytes, which differs from the order of JavaScript strings. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The end of the range of keys with a prefix. */
const endOf = (prefix: string): string => `${prefix}\u{10ffff}`;

/** True when the range is empty. The service refuses a condition that ends before it begins. */
const isEmpty = ({ after, from, to, prefix, backwards }: Range): boolean => {
  const first = backwards ? from : (after ?? from);
  const last = backwards ? (after ?? to) : (to ?? (prefix === undefined ? undefined : endOf(prefix)));
  return first !== undefined && last !== undefined && byBytes(first, last) > 0;
};

/** The keys, each of them once. */
export const distinct = (keys: readonly Key[]): Key[] => [
  ...new Map(keys.map((key) => [nameOfKey(key), key])).values(),
];
