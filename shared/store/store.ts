// The store as handlers see it: one object per process.
import { randomBytes } from 'node:crypto';
import { derivedId, type Ids, idsFrom, type TenantId, type UserId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Access, Witness } from '../domain/book/records.ts';
import type { IdsAndTime } from '../domain/change.ts';
import type { Authorised } from './authorised.ts';
import { Books } from './books.ts';
import { type Clock, Db, type DocumentClient, type Item, patience, pause, systemClock } from './db.ts';
import { type Actor, type BulkReading, countCommand, type Denial, type RequestIds } from './events.ts';
import { failureOf } from './failures.ts';
import { shareAccess, toAccess, toAlias, toHead } from './items.ts';
import { type Key, keys } from './keys.ts';
import { type Mutation, Mutations, type Outcome, type Planned } from './mutate.ts';
import { type Use, used } from './rates.ts';
import { RecentItems } from './recent-items.ts';
import type { Idempotency } from './replay.ts';
import { View } from './view.ts';

export interface StoreOptions {
  readonly client: DocumentClient;
  readonly table: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** False while a release is in use that cannot read packed grants. */
  readonly packs?: boolean;
  /** Shared reads under way at once, in a process that serves several requests; absent where it serves one. */
  readonly sharing?: number | undefined;
  /** Reports an unexpected state, such as a pin that does not match the head. */
  readonly alarm?: (what: string, about: object) => void;
}

/** Age in milliseconds of the oldest book that a check with `bounded` consistency uses. */
const boundedAge = 5_000;

export class Store {
  readonly db: Db;
  readonly books: Books;
  readonly ids: Ids;
  readonly #mutations: Mutations;
  readonly #recent = new RecentItems();
  /**
   * The tenants that were suspended or closed when their head was last read, by its guard, which moves when a tenant is
   * resumed: nothing old is answered of them, whatever a reader brings who began before the suspension.
   */
  readonly #resting = new Map<TenantId, number>();

  constructor({
    client,
    table,
    clock = systemClock,
    ids = idsFrom(randomBytes),
    alarm = () => {},
    packs = true,
    sharing,
  }: StoreOptions) {
    this.db = new Db(client, table, clock, sharing);
    this.books = new Books(this.db);
    this.ids = ids;
    this.#mutations = new Mutations(this.db, this.books, ids, alarm, { packs });
  }

  get now(): number {
    return this.db.clock.now();
  }

  /**
   * A consistent view for reads; `undefined` when the tenant does not exist.
   * @param wanted keys that earlier views of this request have read besides, and where this one notes its own
   */
  async view(
    tenant: TenantId,
    own: readonly Key[] = [],
    wanted: Map<string, Key> = new Map(),
  ): Promise<View | undefined> {
    const alsoRead = [...own, ...wanted.values()];
    const began = this.now;
    const snapshot = await this.books.read(tenant, alsoRead);
    if (!snapshot) return undefined;
    const { head, book, items } = snapshot;
    if (head.lifecycle) this.#resting.set(tenant, head.guard);
    else if (head.guard > (this.#resting.get(tenant) ?? -1)) this.#resting.delete(tenant);
    const read = alsoRead.map((key, i) => [key, this.#known(key, items[i], began)] as const);
    return new View({ db: this.db, tenant, head, book, read, tools: { ids: this.ids, now: this.now }, wanted });
  }

  /** A view of a stated age: the head is not read again within that time, and items may lag. */
  async boundedView(
    tenant: TenantId,
    alsoRead: readonly Key[],
    wanted: Map<string, Key> = new Map(),
  ): Promise<View | undefined> {
    const cached = this.#resting.has(tenant) ? undefined : this.books.bounded(tenant, boundedAge);
    if (!cached) return this.view(tenant, alsoRead, wanted);
    const items = await this.#recently(alsoRead, cached.since);
    const newest = Math.max(0, ...items.map(({ item }) => Number(item?.stamp ?? 0)));
    if (newest > cached.book.version) return this.view(tenant, alsoRead, wanted);
    const read = alsoRead.map((key, i) => [key, items[i]?.item] as const);
    const tools = { ids: this.ids, now: this.now };
    return new View({
      db: this.db,
      tenant,
      head: undefined,
      book: cached.book,
      read,
      tools,
      seen: Math.min(cached.seen, ...items.map(({ at }) => at)),
      wanted,
    });
  }

  /**
   * Items of a state of a stated age. The items of users are kept for that time, unless the book has moved since: an item
   * from before a change, beside a book from after it, would be a state that never was.
   */
  async #recently(wanted: readonly Key[], since: number): Promise<{ item: Item | undefined; at: number }[]> {
    const at = this.now;
    const known = wanted.map((key) => this.#recent.get(key, Math.max(since, at - boundedAge)));
    const missing = wanted.filter((_, i) => !known[i]);
    const read = await this.db.read(missing, { consistent: false });
    const found = new Map(missing.map((key, i) => [key, this.#known(key, read[i], at)]));
    return wanted.map((key, i) => known[i] ?? { item: found.get(key), at });
  }

  /**
   * A user's item that was just read: the one that was read before, if they are equal, so that what is known of the user
   * serves again. @param at when the read began
   */
  #known(key: Key, item: Item | undefined, at: number): Item | undefined {
    if (!item || key.SK !== 'ACCESS') return item;
    const known = this.#recent.keep(key, item, at);
    if (known === item) shareAccess(item);
    return known;
  }

  /**
   * Answers from one state. An answer that mixes two, because the book moved between the reads, is made anew (torn read).
   * Each attempt reads with the head, in one round trip, all that the ones before it have read, so that a long answer
   * comes to its end though the tenant changes all the time.
   * @param next makes a view with these keys @throws Refusal busy after 20 seconds
   */
  async untorn<T>(
    next: (wanted: Map<string, Key>, attempt: number) => Promise<View>,
    answer: (view: View) => Promise<T>,
  ): Promise<T> {
    const until = this.now + patience;
    const wanted = new Map<string, Key>();
    for (let attempt = 0; ; attempt += 1) {
      const view = await next(wanted, attempt);
      try {
        const made = await answer(view);
        if (!view.torn) return made;
      } catch (error) {
        if (!view.torn || !(error instanceof Refusal)) throw error;
      }
      if (this.now > until) throw new Refusal('busy');
      await pause(this.db.clock, attempt);
    }
  }

  mutate<P extends Planned, A extends Authorised>(mutation: Mutation<P, A>): Promise<Outcome<P, A> | undefined> {
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

  /** True when background work of the tenant rests, because operators have suspended or closed it. */
  async rests(tenant: TenantId): Promise<boolean> {
    const [head] = await this.db.read([keys.head(tenant)]);
    return toHead(head)?.lifecycle !== undefined;
  }

  /** True when the tenant exists. */
  async exists(tenant: TenantId): Promise<boolean> {
    const [head] = await this.db.read([keys.head(tenant)]);
    return head !== undefined && toHead(head)?.lifecycle?.state !== 'purging';
  }

  /** Records a refusal worth keeping. A failure to do so does not fail the caller's request. */
  deny(tenant: TenantId, denial: Denial): Promise<void> {
    return this.#count(tenant, denial);
  }

  /** Records that somebody reads the audit in bulk. */
  countRead(tenant: TenantId, reading: BulkReading): Promise<void> {
    return this.#count(tenant, reading);
  }

  async #count(tenant: TenantId, told: Denial | BulkReading): Promise<void> {
    const count = (own: boolean) => this.db.count((table) => countCommand(table, tenant, told, this.now, own));
    try {
      await count(false);
    } catch (error) {
      // This process is so late that its period is sealed.
      if (failureOf(error).kind !== 'refused') throw error;
      await count(true);
    }
  }

  /** Counts the use of a rate for all processes: see `used`. */
  use(use: Use): Promise<number> {
    return used(this.db, use);
  }

  /** The user that the record of a sign-in or an external id names. */
  async aliased(tenant: TenantId, digest: string): Promise<UserId | undefined> {
    const [item] = await this.db.read([keys.alias(tenant, digest)]);
    return toAlias(item);
  }

  async access(tenant: TenantId, id: UserId, consistent = true): Promise<Access | undefined> {
    const [item] = await this.db.read([keys.access(tenant, id)], { consistent });
    return toAccess(item);
  }

  /**
   * Creates a tenant with its first holder and witness in one transaction. With an Idempotency-Key the tenant's id is
   * derived from the key, so that a repeated request finds the same tenant.
   */
  async createTenant<B>({ actor, plan, ...request }: Creation<B>): Promise<Outcome<Planned<B>>> {
    const once = request.idempotency?.digest;
    const outcome = await this.#mutations.run({
      ...request,
      tenant: once === undefined ? this.ids.next('tenant') : derivedId('tenant', once),
      founds: true,
      keyed: true,
      authorise: () => ({ actor, keeper: false }),
      plan: ({ tenant, tools }) => plan(tenant, tools),
    });
    if (!outcome) throw new Error('a creation reads no tenant');
    return outcome;
  }
}

/** A request to create a tenant. */
interface Creation<B> extends RequestIds {
  readonly operation: string;
  readonly actor: Actor;
  /** A dry run: refused like the real one, and nothing is written. */
  readonly dry?: boolean;
  readonly idempotency?: Idempotency | undefined;
  readonly plan: (tenant: TenantId, tools: IdsAndTime) => Planned<B> & { readonly witness: Witness };
}
