// The one path by which anything changes: read, authorise, plan, judge, commit, and again when somebody was faster.
// Single operations, bulk, directory runs, sweeps and repair all pass here, so the keeper invariant is kept in one place.
import { randomUUID } from 'node:crypto';
import { type EventId, type Ids, type RoleId, type TenantId, type UserId, userOf } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Book } from '../domain/book/book.ts';
import type { Access, BookRecord, Head } from '../domain/book/records.ts';
import { applied, type Change, changes, isOfSessions, type Tools, type World } from '../domain/change.ts';
import type { Rights } from '../domain/deciding/decide.ts';
import {
  type Exemption,
  endangersPin,
  refuseWayUp,
  touchesKeepers,
  witnessOf,
  witnessSurvives,
} from '../domain/keeper/keeper.ts';
import { refuseBorrowedPower, signInMoves } from '../domain/keeper/power.ts';
import { externalIdTaken, identityTaken } from '../domain/plan/users.ts';
import type { RuleRights } from '../domain/rules/rule-rights.ts';
import { needSessionsEnded } from '../domain/session.ts';
import type { Books } from './books.ts';
import { type Found, findHolder } from './candidates.ts';
import * as on from './conditions.ts';
import { type Db, type Item, patience, pause } from './db.ts';
import { type Actor, type RequestIds, type StepEvent, toldWrites } from './events.ts';
import { failureOf } from './failures.ts';
import { type Once, type StoredEvent, stored, toAccess, toEvent, toOnce } from './items.ts';
import { digestOf, type Key, keys } from './keys.ts';
import { seal, unseal } from './sealed.ts';
import { timeToLive } from './table.ts';
import { type Judged, leftBy, mostItems, needRoom, type Write, writesOf } from './transaction.ts';

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

  constructor(
    db: Db,
    tenant: TenantId,
    head: Head | undefined,
    book: Book,
    read: readonly (readonly [Key, Item | undefined])[],
    tools: Tools,
    seen = tools.now,
  ) {
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
    const next = new Unit(this.#db, this.tenant, this.#head, book, [], this.tools, Date.parse(this.asOf));
    next.#newest = this.#newest;
    for (const [at, item] of this.#items) next.#items.set(at, item);
    for (const [id, access] of this.#users) next.#users.set(id, access);
    for (const [key, item] of leftBy(this.tenant, change, this.tools.now)) next.#learn(key, item);
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

export interface Planned<B> {
  readonly change: Change;
  /** What the operation answers; computed on the world as it will be. */
  readonly body: B;
  /** The operations of a change set that change something: each has an event of its own. */
  readonly steps?: readonly StepEvent[];
}

export interface Idempotency {
  /** Digest of actor, operation and key. */
  readonly digest: string;
  /** Digest of the request's content. */
  readonly request: string;
  /** Known to the caller, and never stored: opens the answers that are kept sealed. */
  readonly secret: string;
  readonly status: number;
}

export interface Mutation<B> extends RequestIds {
  readonly tenant: TenantId;
  readonly operation: string;
  /** Read along with the head, in the same round trip. */
  readonly along?: readonly Key[];
  /** A key may come with it: one that does changes nothing about whether it fits one transaction. */
  readonly keyed?: boolean | undefined;
  readonly idempotency?: Idempotency | undefined;
  /** Everything but the writing: what would be refused is refused, and nothing is changed. */
  readonly dry?: boolean;
  /** Who acts, by what was read; throws a refusal when they may not. Asked anew at every attempt. */
  readonly authorise: (unit: Unit) => Promise<Authorised> | Authorised;
  /** Asked as well before an answer is given again; throws a refusal when they may no more. */
  readonly again?: (unit: Unit) => Promise<void>;
  readonly plan: (unit: Unit, by: Authorised) => Promise<Planned<B>> | Planned<B>;
}

export interface Authorised {
  readonly actor: Actor;
  /** The actor's own item, where the actor is a user. */
  readonly access?: Access | undefined;
  readonly rights?: Rights | undefined;
  /** Holds the keeper permission: bounded by the invariant only. */
  readonly keeper: boolean;
  /** The permission or role by which the actor may. */
  readonly authority?: string | undefined;
  readonly exempt?: Exemption;
  /** What they may do to which rule, where the operation is about rules: as it was before a change set. */
  readonly onRules?: RuleRights;
  /** The roles one of which can own a rule that they create: as it was before a change set, too. */
  readonly owners?: readonly RoleId[];
}

export interface Outcome<B> {
  readonly body: B;
  /** The version of the book after the change. */
  readonly version: number;
  readonly replayed: boolean;
  readonly changed: boolean;
}

/** Idempotency records are kept for a day. */
const onceSeconds = 86_400;

/**
 * What is drawn for a mutation is handed out again at every attempt, by kind and turn: an attempt that finds the world
 * otherwise may draw other kinds, or in another order.
 */
const repeatable = (ids: Ids, now: number): (() => Tools) => {
  const known = new Map<string, string>();
  return () => {
    const drawn: string[] = [];
    const turns = new Map<string, number>();
    const draw = (kind: string, make: () => string): string => {
      const turn = (turns.get(kind) ?? 0) + 1;
      turns.set(kind, turn);
      const one = known.get(`${kind} ${turn}`) ?? make();
      known.set(`${kind} ${turn}`, one);
      drawn.push(one);
      return one;
    };
    return {
      now,
      drawn: () => [...drawn],
      secretDrawn: () => turns.has('secret'),
      ids: {
        next: (kind) => draw(kind, () => ids.next(kind)) as never,
        life: () => draw('life', () => ids.life()) as never,
        event: (time) => draw('event', () => ids.event(time)) as never,
        secret: () => draw('secret', () => ids.secret()),
      },
    };
  };
};

export class Mutations {
  readonly #db: Db;
  readonly #books: Books;
  readonly #ids: Ids;
  /** Told what nobody expects: a pin that does not match. */
  readonly #alarm: (what: string, about: object) => void;

  constructor(db: Db, books: Books, ids: Ids, alarm: (what: string, about: object) => void = () => {}) {
    this.#db = db;
    this.#books = books;
    this.#ids = ids;
    this.#alarm = alarm;
  }

  /**
   * Carries out a mutation. @throws Refusal as the plan or the authorisation does; last-access-manager when nobody would
   * be left; busy when it cannot be settled in 20 s. `undefined` when there is no such tenant.
   */
  async run<B>(mutation: Mutation<B>): Promise<Outcome<B> | undefined> {
    const { clock } = this.#db;
    const { tenant, idempotency } = mutation;
    const end = clock.now() + patience;
    const now = clock.now();
    const tools = repeatable(this.#ids, now);
    // Fixed before the first attempt: whether it happened can be told by the event, and it cannot happen twice.
    const event = this.#ids.event(now);
    const bodies: B[] = [];
    for (let attempt = 0; ; attempt += 1) {
      if (attempt > 0) {
        if (clock.now() > end) throw new Refusal('busy');
        await pause(clock, attempt);
      }
      const along = [
        ...(mutation.along ?? []),
        ...(idempotency ? [keys.idempotency(tenant, idempotency.digest)] : []),
        // Whatever an earlier attempt was answered: a copy of it may have been carried out since.
        ...(attempt > 0 ? [keys.event(tenant, event)] : []),
      ];
      const snapshot = await this.#books.read(tenant, along);
      if (!snapshot) return undefined;
      const { head, book, items } = snapshot;
      const done = (by: number): Outcome<B> => ({
        body: bodies[by] as B,
        version: head.version,
        replayed: false,
        changed: true,
      });
      const happened = attempt > 0 ? toEvent(items.at(-1)) : undefined;
      if (happened) return done(happened.attempt);
      const unit = new Unit(
        this.#db,
        tenant,
        head,
        book,
        along.map((key, i) => [key, items[i]] as const),
        tools(),
      );
      let by: Authorised;
      let planned: Planned<B>;
      let judged: Judged | undefined;
      try {
        by = await mutation.authorise(unit);
        const once = idempotency ? toOnce(items[(mutation.along ?? []).length]) : undefined;
        if (once) {
          const answer = replayed<B>(once, idempotency as Idempotency);
          await mutation.again?.(unit);
          return { ...answer, version: head.version };
        }
        planned = await mutation.plan(unit, by);
        if (unit.torn) continue;
        if (!changes(planned.change)) {
          const own = attempt > 0 && (await this.#happened(tenant, event));
          if (own) return done(own.attempt);
          return { body: planned.body, version: head.version, replayed: false, changed: false };
        }
        const admitted = isOfSessions(planned.change) || by.exempt?.claim !== undefined;
        if (head.keeperless && !admitted) throw new Refusal('keeperless');
        judged = await this.#judged(unit, planned.change, by, end);
      } catch (error) {
        if (unit.torn && error instanceof Refusal) continue;
        // What is refused now may be what an earlier attempt of our own has done.
        const own = attempt > 0 && error instanceof Refusal && (await this.#happened(tenant, event));
        if (own) return done(own.attempt);
        throw error;
      }
      if (!judged) continue;
      const { change, body, steps } = planned;
      bodies[attempt] = body;
      const once = mutation.keyed ? [onceWrite(tenant, idempotency ?? anyKey, body, unit.tools)] : [];
      const judgedWrites = writesOf(judged);
      const room = mostItems - judgedWrites.length - once.length;
      const told = { audit: change.audit, steps, room };
      const changed = !change.guardsOnly;
      const events = changed ? toldWrites(tenant, event, now, attempt, mutation, by, told) : [];
      const own = [...judgedWrites, ...events];
      needRoom([...own, ...once]);
      const writes = idempotency ? [...own, ...once] : own;
      if (mutation.dry) return { body, version: head.version, replayed: false, changed };
      const failed = await this.#send(writes);
      if (failed === undefined) {
        const version = head.version + (change.book.length > 0 ? 1 : 0);
        if (change.book.length > 0) this.#books.keep(tenant, written(book, change, version));
        return { body, version, replayed: false, changed };
      }
      // Alone it means that somebody has it; along with others, that the plan was made on what is no longer so.
      const alias = failed.every((write) => write.purpose === 'alias') ? failed[0] : undefined;
      if (alias) {
        const own = await this.#happened(tenant, event);
        if (own) return done(own.attempt);
        throw taken(alias, change);
      }
      if (attempt >= 5 && failed.some((write) => write.purpose === 'access'))
        this.#alarm('contended-access', { tenant, witness: head.witness.user, operation: mutation.operation });
    }
  }

  /** The event of an earlier attempt, once nothing that might yet write it is half done. */
  async #happened(tenant: TenantId, event: EventId): Promise<StoredEvent | undefined> {
    return toEvent(await this.#db.settled(keys.event(tenant, event)));
  }

  /** What the change means for the witness and which proofs it needs. Nothing when it must be planned anew. */
  async #judged(unit: Unit, change: Change, by: Authorised, end: number): Promise<Judged | undefined> {
    const { tenant, head, book, world } = unit;
    needSessionsEnded(change);
    const after = applied(world, change);
    const moves = by.keeper ? [] : signInMoves(world, change, by.access, by.exempt);
    if (!by.keeper) {
      refuseWayUp(world, after, change, by.exempt);
      refuseBorrowedPower(world, after, moves, by.exempt);
    }
    const touches = touchesKeepers(world, after, change);
    // Groups are joined by those who are no keepers on the proof that the group does not lead to the keeper permission
    // meanwhile; and a pinned user who stays a holder, on the proof that the head still says so.
    const joins = !by.keeper && change.users.some((u) => [...u.after.groups].some((g) => !u.before?.groups.has(g)));
    // Who binds may be exempt by what the book says; who only loses an identity need not wait for the book.
    const binds = change.users.some(
      (u) => u.before && u.after.identity !== undefined && u.before.identity !== u.after.identity,
    );
    const stays = change.users.some((u) => u.before && endangersPin(u.before, u.after));
    const judged: Judged = {
      tenant,
      head,
      before: book,
      change,
      proofs: {
        // Whoever hands a sign-in on still holds what they held, and so does its user.
        actor: moves.length > 0 ? moves[0]?.by : touches ? by.access : undefined,
        book: touches || joins || binds || stays || moves.length > 0,
      },
      now: unit.tools.now,
    };
    for (const { before } of change.users) {
      if (!before) continue;
      const named = userOf(head.witness.user) === before.id;
      if (before.pinned !== undefined && (!named || before.pinned !== head.witness.entry))
        this.#alarm('pin-mismatch', { tenant, user: before.id });
    }
    const survives = witnessSurvives(after, change, head.witness);
    const { source } = head.witness;
    // Nobody is a holder where repair has found none: what is let in there takes nothing away.
    if (head.keeperless || (survives && source === undefined)) return judged;
    const preferred = [by.access && after.users.get(by.access.id)];
    // Only what the change itself makes of users is known; whoever else was read is read again, so that two scans differ
    // when the world does.
    const known = new Map(change.users.map((user) => [user.after.id, user.after] as const));
    const first = await findHolder(this.#db, tenant, after.book, known, preferred);
    if (first.found) return this.#moved(judged, first.found);
    // Whom only a source binds counts while nobody has proven a sign-in; not once somebody had, and gives it up.
    if (survives && !(await this.#hadHolder(tenant, book, change))) return judged;
    const second = await findHolder(this.#db, tenant, after.book, known);
    if (second.found) return this.#moved(judged, second.found);
    const [item] = await this.#db.read([keys.head(tenant)]);
    const same = item?.version === head.version && item?.guard === head.guard && first.saw === second.saw;
    if (!same) {
      if (this.#db.clock.now() > end) throw new Refusal('busy');
      return undefined;
    }
    const keeper = book.catalogue.permission.get(book.catalogue.data.keeper);
    throw new Refusal('last-access-manager', {
      detail: `${keeper?.title}: no active person who can sign in would be left with it. Give it to somebody else first.`,
      more: { wouldNotCount: second.near.slice(0, 20), others: Math.max(0, second.near.length - 20) },
    });
  }

  #moved(judged: Judged, { access, entry }: Found): Judged {
    return { ...judged, witness: { witness: witnessOf(access, entry), access } };
  }

  /** Was anybody a holder before the change? */
  async #hadHolder(tenant: TenantId, book: Book, { users }: Change): Promise<boolean> {
    const known = new Map(users.map(({ before, after }) => [after.id, before] as const));
    return (await findHolder(this.#db, tenant, book, known)).found !== undefined;
  }

  /** Nothing when it is written; else what stood in the way: no write at all where the service was busy, or did not answer. */
  async #send(writes: readonly Write[]): Promise<readonly Write[] | undefined> {
    try {
      await this.#db.transact(
        writes.map((write) => write.item),
        randomUUID(),
      );
      return undefined;
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'broken') throw error;
      return failure.kind === 'refused' ? failure.failed.map((i) => writes[i] as Write) : [];
    }
  }
}

const replayed = <B>(once: Once, idempotency: Idempotency) => {
  if (once.request !== idempotency.request)
    throw new Refusal('idempotency-mismatch', 'Use a new key for a new request.');
  const body = once.sealed ? JSON.parse(unseal(once.sealed, idempotency.secret)) : once.body;
  return { body: body as B, replayed: true, changed: false };
};

/** As large as any: stands for a key that has not been given. */
const anyKey: Idempotency = { digest: digestOf('any key'), request: digestOf('any request'), secret: '', status: 200 };

/** Of a secret only a digest is stored. Other answers are kept so that every release can read them. */
const onceWrite = (tenant: TenantId, once: Idempotency, answer: unknown, tools: Tools): Write => {
  const body = JSON.stringify(answer ?? null);
  const item = {
    request: once.request,
    status: once.status,
    ...(tools.secretDrawn?.() ? { sealed: seal(body, once.secret) } : { body }),
    [timeToLive]: Math.floor(tools.now / 1000) + onceSeconds,
  };
  const Item = stored(keys.idempotency(tenant, once.digest), item);
  return { purpose: 'once', item: { Put: { Item, TableName: '', ConditionExpression: on.absent } } };
};

/** The book after a commit, as the next reader would find it. */
const written = (book: Book, change: Change, version: number): Book => {
  const records = change.book.map((record): BookRecord => ({ ...record, rev: version }));
  const next = book.with(records);
  return next.at(version);
};

const taken = (alias: Write, change: Change): Refusal => {
  const mine = change.users.some((user) => user.after.identity === alias.of);
  return mine ? identityTaken() : externalIdTaken();
};
