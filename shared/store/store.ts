// The store as handlers see it: one object, made once per process.
import { randomBytes, randomUUID } from 'node:crypto';
import { derivedId, type Ids, idsFrom, type TenantId, type UserId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { Book } from '../domain/book/book.ts';
import type { Access, Head, Witness } from '../domain/book/records.ts';
import type { Change, Tools } from '../domain/change.ts';
import { Books } from './books.ts';
import * as on from './conditions.ts';
import { type Clock, Db, type DocumentClient, systemClock } from './db.ts';
import { type Actor, type Denial, denialCommand, eventWrites, type RequestIds } from './events.ts';
import { failureOf } from './failures.ts';
import { stored, toAccess, toAlias, toOnce } from './items.ts';
import { type Key, keys } from './keys.ts';
import { type Idempotency, type Mutation, Mutations, type Outcome, Unit } from './mutate.ts';
import { type Write, writesOf } from './transaction.ts';

export interface StoreOptions {
  readonly client: DocumentClient;
  readonly table: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Told what nobody expects: pins that do not match. */
  readonly alarm?: (what: string, about: object) => void;
}

/** How old the book may be that a check with `bounded` consistency uses, in milliseconds. */
export const boundedAge = 5_000;

export class Store {
  readonly db: Db;
  readonly books: Books;
  readonly ids: Ids;
  readonly #mutations: Mutations;

  constructor({ client, table, clock = systemClock, ids = idsFrom(randomBytes), alarm = () => {} }: StoreOptions) {
    this.db = new Db(client, table, clock);
    this.books = new Books(this.db);
    this.ids = ids;
    this.#mutations = new Mutations(this.db, this.books, ids, alarm);
  }

  get now(): number {
    return this.db.clock.now();
  }

  /** A consistent view to read from. `undefined` when there is no such tenant. */
  async view(tenant: TenantId, along: readonly Key[] = []): Promise<Unit | undefined> {
    const snapshot = await this.books.read(tenant, along);
    if (!snapshot) return undefined;
    const { head, book, items } = snapshot;
    const read = along.map((key, i) => [key, items[i]] as const);
    return new Unit(this.db, tenant, head, book, read, { ids: this.ids, now: this.now });
  }

  /** The same at a stated age: the head is not read when it was within the last seconds, and items may lag. */
  async boundedView(tenant: TenantId, along: readonly Key[]): Promise<Unit | undefined> {
    const cached = this.books.bounded(tenant, boundedAge);
    if (!cached) return this.view(tenant, along);
    const items = await this.db.read(along, { consistent: false });
    const newest = Math.max(0, ...items.map((item) => Number(item?.stamp ?? 0)));
    if (newest > cached.book.version) return this.view(tenant, along);
    const read = along.map((key, i) => [key, items[i]] as const);
    return new Unit(this.db, tenant, undefined, cached.book, read, { ids: this.ids, now: this.now }, cached.seen);
  }

  mutate<B>(mutation: Mutation<B>): Promise<Outcome<B> | undefined> {
    return this.#mutations.run(mutation);
  }

  /** True when the table answers. */
  async answers(): Promise<boolean> {
    try {
      await this.db.read([keys.nowhere()]);
      return true;
    } catch {
      return false;
    }
  }

  /** True when there is such a tenant. */
  async exists(tenant: TenantId): Promise<boolean> {
    const [head] = await this.db.read([keys.head(tenant)]);
    return head !== undefined;
  }

  /** Records a refusal worth keeping; a failure to do so is not the caller's concern. */
  async deny(tenant: TenantId, denial: Denial): Promise<void> {
    await this.db.count((table) => denialCommand(table, tenant, denial, this.now));
  }

  /** The user that an identity or external id stands for. */
  async aliased(tenant: TenantId, digest: string): Promise<UserId | undefined> {
    const [item] = await this.db.read([keys.alias(tenant, digest)]);
    return toAlias(item);
  }

  async access(tenant: TenantId, id: UserId, consistent = true): Promise<Access | undefined> {
    const [item] = await this.db.read([keys.access(tenant, id)], { consistent });
    return toAccess(item);
  }

  /**
   * Creates a tenant with everything that makes it safe, in one transaction. With an idempotency record the tenant's id
   * is derived from it, so that the same request finds the tenant it made.
   */
  async createTenant<B, R>(
    plan: (tools: Tools) => { change: Change<R>; witness: Witness },
    request: RequestIds & { operation: string; actor: Actor },
    answer: (tenant: TenantId, change: Change<R>) => B,
    once?: Idempotency,
  ): Promise<{ tenant: TenantId; body: B; replayed: boolean }> {
    const tenant = once ? derivedId('tenant', once.digest) : this.ids.next('tenant');
    const now = this.now;
    const { change, witness } = plan({ ids: this.ids, now });
    const body = answer(tenant, change);
    const event = this.ids.event(now);
    const writes = [
      ...creation(tenant, change, witness, now),
      ...eventWrites(tenant, event, now, 0, request, { actor: request.actor }, change.audit),
      ...(once ? [onceItem(tenant, once, body)] : []),
    ];
    const token = randomUUID();
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.db.transact(
          writes.map((write) => write.item),
          token,
        );
        return { tenant, body, replayed: false };
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'broken') throw error;
        if (failure.kind === 'refused') {
          const [item, own] = await this.db.read([
            keys.idempotency(tenant, once?.digest ?? ''),
            keys.event(tenant, event),
          ]);
          if (own) return { tenant, body, replayed: false };
          const record = toOnce(item);
          if (!record) throw error;
          if (record.request !== once?.request)
            throw new Refusal('idempotency-mismatch', 'Use a new key for a new request.');
          return { tenant, body: record.body as B, replayed: true };
        }
        if (attempt > 10) throw new Refusal('busy');
        await this.db.clock.sleep(this.db.clock.random() * 50 * 2 ** Math.min(attempt, 5));
      }
    }
  }
}

const onceItem = (tenant: TenantId, once: Idempotency, body: unknown): Write => ({
  purpose: 'once',
  item: {
    Put: {
      // Kept as long as the tenant: its id is derived from it.
      Item: stored(keys.idempotency(tenant, once.digest), {
        request: once.request,
        status: once.status,
        body: JSON.stringify(body),
      }),
      TableName: '',
      ConditionExpression: on.absent,
    },
  },
});

/** The first writes of a tenant: the head is put on the condition that there is none. */
const creation = (tenant: TenantId, change: Change, witness: Witness, now: number): Write[] => {
  const head: Head = {
    version: 1,
    sum: change.book.length,
    records: change.book.length,
    guard: 1,
    witness,
    keeperless: false,
  };
  const empty = new Book(0, new Map());
  const before: Head = { ...head, version: 0, sum: 0, records: 0 };
  const rest = writesOf({
    tenant,
    head: before,
    before: empty,
    change,
    proofs: { book: false },
    now,
  }).filter((write) => write.purpose !== 'head');
  const put: Write = {
    purpose: 'head',
    item: { Put: { Item: stored(keys.head(tenant), head), TableName: '', ConditionExpression: on.absent } },
  };
  return [put, ...rest];
};
