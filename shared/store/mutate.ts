// The one path by which anything changes: read, authorise, plan, judge, commit, and again when somebody was faster.
// Single operations, bulk, directory runs, sweeps and repair all pass here, so the keeper invariant is kept in one place.
import { randomUUID } from 'node:crypto';
import type { EventId, Ids, TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { Book } from '../domain/book/book.ts';
import type { BookRecord, Head, Witness } from '../domain/book/records.ts';
import { type Change, changes, type Tools } from '../domain/change.ts';
import { externalIdTaken, identityTaken } from '../domain/plan/users.ts';
import type { Authorised } from './authorised.ts';
import type { Books } from './books.ts';
import { type Db, patience, pause } from './db.ts';
import { repeatable } from './draws.ts';
import { type RequestIds, type StepEvent, toldWrites } from './events.ts';
import { failureOf } from './failures.ts';
import { type Once, type StoredEvent, toEvent, toOnce } from './items.ts';
import { judge } from './judge.ts';
import { type Key, keys } from './keys.ts';
import { anyKey, type Idempotency, onceWrite, replayed } from './replay.ts';
import { type Judged, mostItems, needRoom, writesOf } from './transaction.ts';
import { Unit } from './unit.ts';
import type { Write } from './write.ts';

/** What a plan comes to. */
export interface Planned<B = unknown> {
  readonly change: Change;
  /** What the operation answers; computed on the world as it will be. */
  readonly body: B;
  /** The operations of a change set that change something: each has an event of its own. */
  readonly steps?: readonly StepEvent[];
  /** Of the creation of a tenant: its first witness. */
  readonly witness?: Witness;
}

/** A change that is asked for: what to read, who may, and the plan, which is made anew at every attempt. */
export interface Mutation<P extends Planned, A extends Authorised = Authorised> extends RequestIds {
  readonly tenant: TenantId;
  readonly operation: string;
  /** The change creates the tenant: nothing is there to be read. */
  readonly founds?: boolean;
  /** Read along with the head, in the same round trip. */
  readonly along?: readonly Key[];
  /** An Idempotency-Key may come with it: room for its record is reserved, so that a key never makes a change too large. */
  readonly keyed?: boolean | undefined;
  readonly idempotency?: Idempotency | undefined;
  /** Everything but the writing: what would be refused is refused, and nothing is changed. */
  readonly dry?: boolean;
  /** Who acts, by what was read; throws a refusal when they may not. Asked anew at every attempt. */
  readonly authorise: (unit: Unit) => Promise<A> | A;
  /** Asked as well before an answer is given again; throws a refusal when they may no more. */
  readonly again?: (unit: Unit, by: A) => Promise<void>;
  readonly plan: (unit: Unit, by: A) => Promise<P> | P;
}

/** What one attempt has found: who acts, and the plan. */
interface Attempt<P extends Planned, A extends Authorised = Authorised> {
  readonly unit: Unit;
  readonly by: A;
  readonly planned: P;
}

export interface Outcome<P extends Planned, A extends Authorised = Authorised> {
  readonly body: P['body'];
  /** The version of the book after the change. */
  readonly version: number;
  readonly replayed: boolean;
  readonly changed: boolean;
  /** The attempt that it came by; absent for an answer that is given again. */
  readonly attempt?: Attempt<P, A> | undefined;
}

/** A mutation with what is fixed before its first attempt. */
interface Task<P extends Planned, A extends Authorised> {
  readonly mutation: Mutation<P, A>;
  readonly now: number;
  /** When patience ends, in milliseconds since 1970. */
  readonly until: number;
  readonly tools: () => Tools;
  /** Whether the mutation happened can be told by its event, and it cannot happen twice. */
  readonly event: EventId;
  /** What was sent, by the number of the attempt. */
  readonly sent: Map<number, Attempt<P, A>>;
}

/** What one attempt starts from. */
interface Read {
  readonly number: number;
  readonly unit: Unit;
  /** The version of the book; 0 before the tenant is created. */
  readonly version: number;
  /** The record of the Idempotency-Key, when the request was carried out before. */
  readonly once: Once | undefined;
  /** The event of an earlier attempt that was carried out after all. */
  readonly happened: StoredEvent | undefined;
}

/** An attempt that may be written. */
interface Ready<P extends Planned, A extends Authorised> {
  readonly kind: 'ready';
  readonly attempt: Attempt<P, A>;
  readonly judged: Judged;
}

/** How an attempt ends. */
type End<P extends Planned, A extends Authorised> =
  | { readonly kind: 'done'; readonly outcome: Outcome<P, A> }
  | { readonly kind: 'again' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const again = { kind: 'again' } as const;

/** Attempts after which somebody's item that is never free is worth an alarm. */
const patientAttempts = 5;

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
  async run<P extends Planned, A extends Authorised>(mutation: Mutation<P, A>): Promise<Outcome<P, A> | undefined> {
    const task = this.#taskOf(mutation);
    for (let number = 0; ; number += 1) {
      if (number > 0) await this.#wait(task.until, number);
      const read = await this.#readFor(task, number);
      if (!read) return undefined;
      const end = await this.#attempt(task, read);
      if (end.kind === 'refused') throw end.refusal;
      if (end.kind === 'done') return end.outcome;
    }
  }

  #taskOf<P extends Planned, A extends Authorised>(mutation: Mutation<P, A>): Task<P, A> {
    const now = this.#db.clock.now();
    const [tools, event] = [repeatable(this.#ids, now), this.#ids.event(now)];
    return { mutation, now, until: now + patience, tools, event, sent: new Map() };
  }

  /** @throws Refusal busy when patience has ended */
  async #wait(until: number, number: number): Promise<void> {
    const { clock } = this.#db;
    if (clock.now() > until) throw new Refusal('busy');
    await pause(clock, number);
  }

  /** Reads for one attempt: whatever an earlier attempt was answered, a copy of it may have been carried out since. */
  async #readFor<P extends Planned, A extends Authorised>(
    { mutation, event, tools }: Task<P, A>,
    number: number,
  ): Promise<Read | undefined> {
    const { tenant, founds = false, idempotency, along = [] } = mutation;
    const isLater = number > 0;
    const record = idempotency && (isLater || !founds) ? [keys.idempotency(tenant, idempotency.digest)] : [];
    const all = [...along, ...record, ...(isLater ? [keys.event(tenant, event)] : [])];
    const snapshot = founds ? { ...nothing, items: await this.#db.read(all) } : await this.#books.read(tenant, all);
    if (!snapshot) return undefined;
    const { head, book, items } = snapshot;
    const read = all.map((key, i) => [key, items[i]] as const);
    return {
      number,
      unit: new Unit({ db: this.#db, tenant, head, book, read, tools: tools() }),
      version: book.version,
      once: record.length > 0 ? toOnce(items[along.length]) : undefined,
      happened: isLater ? toEvent(items.at(-1)) : undefined,
    };
  }

  /** One attempt: everything is decided on what was read, and then written on the condition that it is still so. */
  async #attempt<P extends Planned, A extends Authorised>(task: Task<P, A>, read: Read): Promise<End<P, A>> {
    if (read.happened) return earlier(task, read, read.happened);
    const decided = await this.#decide(task, read);
    if (decided.kind !== 'ready') return this.#unlessHappened(task, read, decided);
    const { attempt } = decided;
    const writes = writesFor(task, read, decided);
    if (task.mutation.dry) return written(attempt, read.version);
    task.sent.set(read.number, attempt);
    return this.#interpret(task, read, decided, await this.#send(writes));
  }

  /** Authorises, and replays or plans and judges. A refusal is an end like others, since it may not be the last word. */
  async #decide<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    read: Read,
  ): Promise<Ready<P, A> | End<P, A>> {
    const { mutation } = task;
    const { unit } = read;
    try {
      const by = await mutation.authorise(unit);
      return (await replay(mutation, read, by)) ?? (await this.#plan(task, read, by));
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return unit.torn ? again : { kind: 'refused', refusal };
    }
  }

  async #plan<P extends Planned, A extends Authorised>(
    { mutation, until }: Task<P, A>,
    { unit, version }: Read,
    by: A,
  ): Promise<Ready<P, A> | End<P, A>> {
    const planned = await mutation.plan(unit, by);
    const attempt = { unit, by, planned };
    if (unit.torn) return again;
    if (!changes(planned.change))
      return { kind: 'done', outcome: { body: planned.body, version, replayed: false, changed: false, attempt } };
    const judged = planned.witness
      ? founded(unit, planned.change, planned.witness)
      : await judge({ db: this.#db, alarm: this.#alarm, until }, unit, planned.change, by);
    return judged ? { kind: 'ready', attempt, judged } : again;
  }

  /** What is refused, or needs no change, now may be what an earlier attempt of our own has done. */
  async #unlessHappened<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    read: Read,
    end: End<P, A>,
  ): Promise<End<P, A>> {
    const isFinal = end.kind === 'refused' || (end.kind === 'done' && !end.outcome.replayed);
    const own = isFinal && read.number > 0 ? await this.#happened(task) : undefined;
    return own ? earlier(task, read, own) : end;
  }

  /** The event of an earlier attempt, once nothing that might yet write it is half done. */
  async #happened<P extends Planned, A extends Authorised>({ mutation, event }: Task<P, A>) {
    return toEvent(await this.#db.settled(keys.event(mutation.tenant, event)));
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

  /** What it means that the writes went through, or which of them stood in the way. */
  async #interpret<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    read: Read,
    { attempt, judged }: Ready<P, A>,
    failed: readonly Write[] | undefined,
  ): Promise<End<P, A>> {
    const { tenant, operation, founds = false } = task.mutation;
    const { change } = attempt.planned;
    if (failed === undefined) {
      const version = read.version + (change.book.length > 0 ? 1 : 0);
      if (change.book.length > 0 && !founds) this.#books.keep(tenant, bookAfter(attempt.unit.book, change, version));
      return written(attempt, version);
    }
    // Alone it means that somebody has it; along with others, that the plan was made on what is no longer so.
    const alias = failed.every((write) => write.purpose === 'alias') ? failed[0] : undefined;
    if (alias) {
      const own = await this.#happened(task);
      return own ? earlier(task, read, own) : { kind: 'refused', refusal: taken(alias, change) };
    }
    if (read.number >= patientAttempts && failed.some((write) => write.purpose === 'access'))
      this.#alarm('contended-access', { tenant, witness: judged.head.witness.user, operation });
    return again;
  }
}

/** What stands before a tenant is created. */
const nothing = { head: undefined, book: new Book(0, new Map()) };

/** The creation of a tenant: nobody is there who could lose anything. */
const founded = ({ tenant, book, tools }: Unit, change: Change, witness: Witness): Judged => {
  const head: Head = { version: 0, sum: 0, records: 0, guard: 1, witness, keeperless: false };
  return { tenant, founds: true, head, before: book, change, proofs: { book: false }, now: tools.now };
};

/** The answer to a request that was carried out before, for a caller who may still do it. */
const replay = async <P extends Planned, A extends Authorised>(
  { idempotency, again: still }: Mutation<P, A>,
  { once, unit, version }: Read,
  by: A,
): Promise<End<P, A> | undefined> => {
  if (!once || !idempotency) return undefined;
  const answer = replayed<P['body']>(once, idempotency);
  await still?.(unit, by);
  return { kind: 'done', outcome: { ...answer, version } };
};

const written = <P extends Planned, A extends Authorised>(attempt: Attempt<P, A>, version: number): End<P, A> => ({
  kind: 'done',
  outcome: {
    body: attempt.planned.body,
    version,
    replayed: false,
    changed: !attempt.planned.change.guardsOnly,
    attempt,
  },
});

/** The outcome of an earlier attempt, which was carried out although its answer was another, or none. */
const earlier = <P extends Planned, A extends Authorised>(
  { sent }: Task<P, A>,
  { version }: Read,
  { attempt }: StoredEvent,
): End<P, A> => written(sent.get(attempt) as Attempt<P, A>, version);

/** All writes of an attempt, its events among them. @throws Refusal quota-exceeded for more than fits one transaction */
const writesFor = <P extends Planned, A extends Authorised>(
  { mutation, event, now }: Task<P, A>,
  { number }: Read,
  { attempt: { unit, by, planned }, judged }: Ready<P, A>,
): readonly Write[] => {
  const { tenant, idempotency, keyed = false, founds = false } = mutation;
  const { change, body, steps } = planned;
  const once = keyed ? [onceWrite(tenant, idempotency ?? anyKey, body, { tools: unit.tools, forever: founds })] : [];
  const judgedWrites = writesOf(judged);
  const room = mostItems - judgedWrites.length - once.length;
  const deed = { tenant, id: event, now, attempt: number, request: mutation, by };
  const events = change.guardsOnly ? [] : toldWrites(deed, { audit: change.audit, steps, room });
  const own = [...judgedWrites, ...events];
  needRoom([...own, ...once]);
  return idempotency ? [...own, ...once] : own;
};

/** The book after a commit, as the next reader would find it. */
const bookAfter = (book: Book, change: Change, version: number): Book => {
  const records = change.book.map((record): BookRecord => ({ ...record, rev: version }));
  const next = book.with(records);
  return next.at(version);
};

const taken = (alias: Write, change: Change): Refusal => {
  const mine = change.users.some((user) => user.after.identity === alias.of);
  return mine ? identityTaken() : externalIdTaken();
};
