// What one attempt at a mutation, or one query, has read: plans are made on it.
import type { TenantId, UserId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import type { Access, Head } from '../domain/book/records.ts';
import type { Change, Tools, World } from '../domain/change.ts';
import type { Db, Item } from './db.ts';
import { toAccess } from './items.ts';
import { type Key, keys } from './keys.ts';
import { leftBy } from './transaction.ts';

/** What a unit starts from. */
interface Reading {
  readonly db: Db;
  readonly tenant: TenantId;
  /** Undefined for a bounded view, and before the tenant is created. */
  readonly head: Head | undefined;
  readonly book: Book;
  readonly read: readonly (readonly [Key, Item | undefined])[];
  readonly tools: Tools;
  /** When the book was confirmed to be the current one; now unless told. */
  readonly seen?: number;
}

/** What one attempt at a mutation has read. Plans are made on it, and may ask for more. */
export class Unit {
  readonly tenant: TenantId;
  readonly #head: Head | undefined;
  readonly book: Book;
  readonly tools: Tools;
  /** When the book was confirmed to be the current one. */
  readonly asOf: string;
  readonly #db: Db;
  readonly #users: Map<UserId, Access | undefined>;
  readonly #items: Map<string, Item | undefined>;
  /** The newest version that something read is of: in this attempt, whatever is planned on it. */
  #newest = { stamp: 0 };

  constructor({ db, tenant, head, book, read, tools, seen = tools.now }: Reading) {
    this.#db = db;
    this.tenant = tenant;
    this.#head = head;
    this.asOf = new Date(seen).toISOString();
    this.book = book;
    this.tools = tools;
    this.#users = new Map();
    this.#items = new Map();
    for (const [key, item] of read) this.#learn(key, item);
  }

  #learn(key: Key, item: Item | undefined): void {
    this.#items.set(`${key.PK}\n${key.SK}`, item);
    const id = key.SK === 'ACCESS' ? (key.PK.split('#U#')[1] as UserId) : undefined;
    if (!id) return;
    const access = toAccess(item);
    this.#users.set(id, access);
    this.#newest.stamp = Math.max(this.#newest.stamp, access?.stamp ?? 0);
  }

  /** True when something that was read later than the book belongs to a later one: what is made of both is void. */
  get torn(): boolean {
    return this.#newest.stamp > this.book.version;
  }

  /** What was found is of this version, or of one that a somewhat old state may not have yet. */
  needVersion(version: number): void {
    this.#newest.stamp = Math.max(this.#newest.stamp, version);
  }

  /** True when the book was confirmed by a head read with it; not for a bounded view. */
  get isCurrent(): boolean {
    return this.#head !== undefined;
  }

  /** The head as read; a bounded view has none, and nothing may be changed on it. */
  get head(): Head {
    if (!this.#head) throw new Error('a bounded view has no head');
    return this.#head;
  }

  /**
   * The same attempt after a change that is planned and not written: what the change leaves is what is read from here on,
   * so that the next operation of a change set is planned on it.
   */
  after(change: Change): Unit {
    const book = change.book.length > 0 ? this.book.with(change.book) : this.book;
    const { tenant, tools } = this;
    const next = new Unit({
      db: this.#db,
      tenant,
      head: this.#head,
      book,
      tools,
      read: [],
      seen: Date.parse(this.asOf),
    });
    next.#newest = this.#newest;
    for (const [at, item] of this.#items) next.#items.set(at, item);
    for (const [id, access] of this.#users) next.#users.set(id, access);
    for (const [key, item] of leftBy(tenant, change, tools.now)) next.#learn(key, item);
    return next;
  }

  /** The world that plans are made on: the book, and the access items read so far. */
  get world(): World {
    return { book: this.book, users: this.#users };
  }

  /** Items at these keys; what has been read in this attempt is not read again. */
  async items(wanted: readonly Key[]): Promise<(Item | undefined)[]> {
    const missing = wanted.filter((key) => !this.#items.has(`${key.PK}\n${key.SK}`));
    const read = await this.#db.read(missing);
    missing.forEach((key, i) => {
      this.#learn(key, read[i]);
    });
    return wanted.map((key) => this.#items.get(`${key.PK}\n${key.SK}`));
  }

  /** Access items, which from then on belong to the world. */
  async users(ids: readonly UserId[]): Promise<(Access | undefined)[]> {
    await this.items(ids.map((id) => keys.access(this.tenant, id)));
    return ids.map((id) => this.#users.get(id));
  }
}
