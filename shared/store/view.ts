// The reads of one attempt at a mutation, or of one query: plans are made on them.
import type { TenantId, UserId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import type { Access, Head } from '../domain/book/records.ts';
import type { Change, IdsAndTime, World } from '../domain/change.ts';
import type { Db, Item } from './db.ts';
import { toAccess } from './items.ts';
import { type Key, keys, nameOfKey } from './keys.ts';
import { leftBy } from './transaction.ts';

/** The inputs of a view. */
interface Reading {
  readonly db: Db;
  readonly tenant: TenantId;
  /** Undefined for a bounded view, and before the tenant is created. */
  readonly head: Head | undefined;
  readonly book: Book;
  readonly read: readonly (readonly [Key, Item | undefined])[];
  readonly tools: IdsAndTime;
  /** When the book was confirmed to be current, in milliseconds since 1970; now by default. */
  readonly seen?: number;
  /** Where the keys are noted that are read besides; those of all attempts when the caller gives the same map again. */
  readonly wanted?: Map<string, Key>;
}

/** The reads of one attempt at a mutation. Plans are made on them, and may read more. */
export class View {
  readonly tenant: TenantId;
  readonly #head: Head | undefined;
  readonly book: Book;
  /** The world for plans: the book, and the access items read so far. */
  readonly world: World;
  readonly tools: IdsAndTime;
  /** When the book was confirmed to be current, as an ISO date. */
  readonly asOf: string;
  readonly #db: Db;
  readonly #users: Map<UserId, Access | undefined>;
  readonly #items: Map<string, Item | undefined>;
  readonly #wanted: Map<string, Key>;
  /** The newest version that any read belongs to, shared by all views of the attempt. */
  #newest = { stamp: 0 };

  constructor({ db, tenant, head, book, read, tools, seen = tools.now, wanted = new Map() }: Reading) {
    this.#db = db;
    this.tenant = tenant;
    this.#head = head;
    this.asOf = new Date(seen).toISOString();
    this.book = book;
    this.tools = tools;
    this.#users = new Map();
    this.world = { book, users: this.#users };
    this.#items = new Map();
    this.#wanted = wanted;
    for (const [key, item] of read) this.#learn(key, item);
  }

  #learn(key: Key, item: Item | undefined): void {
    this.#items.set(nameOfKey(key), item);
    const id = key.SK === 'ACCESS' ? (key.PK.split('#U#')[1] as UserId) : undefined;
    if (!id) return;
    const access = toAccess(item);
    this.#users.set(id, access);
    this.#newest.stamp = Math.max(this.#newest.stamp, access?.stamp ?? 0);
  }

  /** True when an item read after the book belongs to a later version: a result from both would be a torn read. */
  get torn(): boolean {
    return this.#newest.stamp > this.book.version;
  }

  /** Notes that an item belongs to this version, so that an older view counts as torn. */
  needVersion(version: number): void {
    this.#newest.stamp = Math.max(this.#newest.stamp, version);
  }

  /** True when a head read confirmed the book; false for a bounded view. */
  get isCurrent(): boolean {
    return this.#head !== undefined;
  }

  /** The head as read. A bounded view has none, because no change may be made on it. */
  get head(): Head {
    if (!this.#head) throw new Error('a bounded view has no head');
    return this.#head;
  }

  /** The view as it would be after a planned change, so that the next operation of a change set is planned on it. */
  after(change: Change): View {
    const book = change.book.length > 0 ? this.book.with(change.book) : this.book;
    const { tenant, tools } = this;
    const next = new View({
      db: this.#db,
      tenant,
      head: this.#head,
      book,
      tools,
      read: [],
      seen: Date.parse(this.asOf),
      wanted: this.#wanted,
    });
    next.#newest = this.#newest;
    for (const [at, item] of this.#items) next.#items.set(at, item);
    for (const [id, access] of this.#users) next.#users.set(id, access);
    for (const [key, item] of leftBy(tenant, change, tools.now)) next.#learn(key, item);
    return next;
  }

  /** Takes items to be as they are given, without reading them. Only writes on that condition may rest on it. */
  assume(items: readonly (readonly [Key, Item | undefined])[]): void {
    for (const [key, item] of items) this.#learn(key, item);
  }

  /** Items at these keys. No item is read twice in one attempt. */
  async items(wanted: readonly Key[]): Promise<(Item | undefined)[]> {
    const missing = wanted.filter((key) => !this.#items.has(nameOfKey(key)));
    if (missing.length > 0) {
      for (const key of missing) this.#wanted.set(nameOfKey(key), key);
      const read = await this.#db.read(missing);
      for (const [i, key] of missing.entries()) this.#learn(key, read[i]);
    }
    return wanted.map((key) => this.#items.get(nameOfKey(key)));
  }

  /** Access items, which become part of the world. */
  async users(ids: readonly UserId[]): Promise<(Access | undefined)[]> {
    await this.items(ids.map((id) => keys.access(this.tenant, id)));
    return ids.map((id) => this.#users.get(id));
  }
}
