// The one path of all changes: read, authorise, plan, judge, commit, and again after a conflict. Single operations, bulk,
// directory runs and sweeps pass here, so that one place keeps the keeper invariant.
import { randomUUID } from 'node:crypto';
import type { EventId, Ids, RunId, TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { Book } from '../domain/book/book.ts';
import type { BookRecord, Head, Witness } from '../domain/book/records.ts';
import { type Audit, type Change, changes, type IdsAndTime } from '../domain/change.ts';
import { externalIdTaken, identityTaken } from '../domain/plan/users.ts';
import type { Authorised } from './authorised.ts';
import type { Books } from './books.ts';
import { mostItems, needRoom } from './bytes.ts';
import { type Db, type Item, patience, pause } from './db.ts';
import { repeatable } from './draws.ts';
import { type CommitOrder, type RequestIds, type StepEvent, toldWrites } from './events.ts';
import { failureOf } from './failures.ts';
import { type Once, type StoredEvent, toEvent, toOnce } from './items.ts';
import { type Bench, judgeChange } from './judge.ts';
import { type Key, keys } from './keys.ts';
import { WriterLine } from './line.ts';
import { anyKey, type Idempotency, onceWrite, replayed } from './replay.ts';
import { type Judged, type Writing, writesOf } from './transaction.ts';
import { askForTurn, longestTurn, turnIn } from './turns.ts';
import { View } from './view.ts';
import { wordForm } from './words.ts';
import type { Write } from './write.ts';

/** The result of a plan. */
export interface Planned<B = unknown> {
  readonly change: Change;
  /** The answer of the operation, computed on the world after the change. */
  readonly body: B;
  /** The operations of a change set that change something; each gets an event of its own. */
  readonly steps?: readonly StepEvent[];
  /** The events of a change to several objects, one for each, in place of the change's own. */
  readonly audits?: readonly Audit[];
  /** The first witness, when the plan creates a tenant. */
  readonly witness?: Witness;
}

/** A requested change: its reads, its authorisation, and its plan, which is made anew at every attempt. */
export interface Mutation<P extends Planned, A extends Authorised = Authorised> extends RequestIds {
  readonly tenant: TenantId;
  readonly operation: string;
  /** The directory run that the change is part of. */
  readonly run?: RunId;
  /** True when the change creates the tenant, so that there is nothing to read. */
  readonly founds?: boolean;
  /** Keys read with the head, in the same round trip. */
  readonly alsoRead?: readonly Key[];
  /**
   * Items read a moment ago, on which the first attempt plans. Only an attempt that is ready to be written may rest on
   * them, because its conditions prove them: after a refusal, or when nothing is left to change, they are read anew.
   */
  readonly known?: readonly (readonly [Key, Item | undefined])[];
  /**
   * True when the operation takes an Idempotency-Key: room for its record is reserved always, so that a key never makes a
   * change too large.
   */
  readonly keyed?: boolean | undefined;
  readonly idempotency?: Idempotency | undefined;
  /**
   * True for background work that changes the book: it stands back for writers who have asked for a turn. Others ask for
   * one when they have lost.
   */
  readonly yields?: boolean;
  /** A dry run: refused like the real one, and nothing is written. */
  readonly dry?: boolean;
  /**
   * Finds the actor and the actor's rights from the reads, at every attempt.
   * @throws Refusal when the actor may not do this
   */
  readonly authorise: (view: View) => Promise<A> | A;
  /** Further check before an earlier answer is given again. @throws Refusal when the actor may no longer do this */
  readonly again?: (view: View, by: A) => Promise<void>;
  readonly plan: (view: View, by: A) => Promise<P> | P;
}

/** The actor and the plan of one attempt. */
interface Attempt<P extends Planned, A extends Authorised = Authorised> {
  readonly view: View;
  readonly by: A;
  readonly planned: P;
}

export interface Outcome<P extends Planned, A extends Authorised = Authorised> {
  readonly body: P['body'];
  /** Version of the book after the change. */
  readonly version: number;
  readonly replayed: boolean;
  readonly changed: boolean;
  /** The attempt that was written; absent for an answer given again. */
  readonly attempt?: Attempt<P, A> | undefined;
}

/** A mutation with the values that are fixed before its first attempt. */
interface Task<P extends Planned, A extends Authorised> {
  readonly mutation: Mutation<P, A>;
  readonly now: number;
  /** When the retries end, in milliseconds since 1970. */
  readonly until: number;
  readonly tools: () => IdsAndTime;
  /**
   * The event's id, equal in all attempts: its presence shows that the mutation happened, and keeps it from happening
   * twice.
   */
  readonly event: EventId;
  /** The attempts that were sent, by number. */
  readonly sent: Map<number, Attempt<P, A>>;
  /**
   * The keys that earlier attempts have read. The next one reads all of them with the head, in one round trip, so that
   * it comes to its end though the data change all the time.
   */
  readonly wanted: Map<string, Key>;
  readonly bench: Bench;
}

/** The reads of one attempt. */
interface Read {
  readonly number: number;
  readonly view: View;
  /** Version of the book; 0 before the tenant is created. */
  readonly version: number;
  /** The idempotency record, when the request was carried out before. */
  readonly once: Once | undefined;
  /** The event of an earlier attempt that was carried out although its answer was unclear. */
  readonly happened: StoredEvent | undefined;
  /** Until when background work is to stand back. */
  readonly turn: number;
}

/** An attempt that is ready to be written. */
interface Ready<P extends Planned, A extends Authorised> {
  readonly kind: 'ready';
  readonly attempt: Attempt<P, A>;
  readonly judged: Judged;
}

/** The end of an attempt. */
type End<P extends Planned, A extends Authorised> =
  | { readonly kind: 'done'; readonly outcome: Outcome<P, A> }
  /** `outrun` when somebody else has changed the book that the change was planned on. */
  | { readonly kind: 'again'; readonly outrun?: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const again = { kind: 'again' } as const;
const outrun = { kind: 'again', outrun: true } as const;

/** Attempts after which a constantly contended access item raises an alarm. */
const patientAttempts = 5;

export class Mutations {
  readonly #db: Db;
  readonly #books: Books;
  readonly #ids: Ids;
  /** Reports an unexpected state, such as a pin that does not match the head. */
  readonly #alarm: (what: string, about: object) => void;

  readonly #writing: Writing;
  /** Where writers of this process stand who have lost the book of a tenant. */
  readonly #line = new WriterLine();

  constructor(db: Db, books: Books, ids: Ids, alarm: (what: string, about: object) => void, writing: Writing) {
    this.#db = db;
    this.#books = books;
    this.#ids = ids;
    this.#alarm = alarm;
    this.#writing = writing;
  }

  /**
   * Carries out a mutation. Returns `undefined` when the tenant does not exist.
   * @throws Refusal those of the plan and the authorisation; last-access-manager when no holder would be left; busy when
   * conflicts last for 20 s
   */
  async run<P extends Planned, A extends Authorised>(mutation: Mutation<P, A>): Promise<Outcome<P, A> | undefined> {
    const task = this.#taskOf(mutation);
    const { tenant, yields = false } = mutation;
    let hasLost = false;
    for (let number = 0; ; number += 1) {
      const begun = this.#db.clock.now();
      const attempt = async (pauses: boolean): Promise<End<P, A> | undefined> => {
        if (number > 0) await this.#wait(task.until, pauses ? number : 0);
        const read = await (yields ? this.#afterOthers(task, number) : this.#readFor(task, number));
        return read && this.#attempt(task, read);
      };
      const end: End<P, A> | undefined = await (hasLost && !yields ? this.#line.run(tenant, attempt) : attempt(true));
      if (!end) return undefined;
      if (end.kind === 'refused') throw end.refusal;
      if (end.kind === 'done') return end.outcome;
      hasLost = end.outrun === true;
      if (hasLost && !yields) await askForTurn(this.#db, tenant, this.#db.clock.now() - begun);
    }
  }

  /** Reads for an attempt of background work when no writer has a turn, or when it has stood back long enough. */
  async #afterOthers<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    number: number,
  ): Promise<Read | undefined> {
    const { clock } = this.#db;
    for (const end = clock.now() + longestTurn; ; ) {
      const read = await this.#readFor(task, number);
      const left = Math.min(read?.turn ?? 0, end) - clock.now();
      if (left <= 0) return read;
      await clock.sleep(left);
    }
  }

  #taskOf<P extends Planned, A extends Authorised>(mutation: Mutation<P, A>): Task<P, A> {
    const now = this.#db.clock.now();
    const [tools, event] = [repeatable(this.#ids, now), this.#ids.event(now)];
    const bench = { db: this.#db, alarm: this.#alarm };
    return { mutation, now, until: now + patience, tools, event, sent: new Map(), wanted: new Map(), bench };
  }

  /** Pauses before a retry, longer with each number; not for 0. @throws Refusal busy when the time for retries is over */
  async #wait(until: number, number: number): Promise<void> {
    const { clock } = this.#db;
    if (clock.now() > until) throw new Refusal('busy');
    if (number > 0) await pause(clock, number);
  }

  /**
   * Reads for one attempt. A retry also reads the event, because a delayed copy of an earlier attempt may have been
   * carried out.
   */
  async #readFor<P extends Planned, A extends Authorised>(
    { mutation, event, tools, wanted, bench }: Task<P, A>,
    number: number,
  ): Promise<Read | undefined> {
    const { tenant, founds = false, idempotency, alsoRead = [], known = [], yields = false } = mutation;
    const isLater = number > 0;
    const record = idempotency && (isLater || !founds) ? [keys.idempotency(tenant, idempotency.digest)] : [];
    const own = [...alsoRead, ...record, ...(isLater ? [keys.event(tenant, event)] : [])];
    const found = bench.found ? [keys.access(tenant, bench.found)] : [];
    const fresh = isLater ? known.map(([key]) => key) : [];
    const all = [...own, ...fresh, ...wanted.values(), ...found, ...(yields ? [keys.turn(tenant)] : [])];
    const snapshot = founds ? { ...nothing, items: await this.#db.read(all) } : await this.#books.read(tenant, all);
    if (!snapshot) return undefined;
    const { head, book, items } = snapshot;
    const read = [...(isLater ? [] : known), ...all.map((key, i) => [key, items[i]] as const)];
    return {
      number,
      view: new View({ db: this.#db, tenant, head, book, read, tools: tools(), wanted }),
      version: book.version,
      once: record.length > 0 ? toOnce(items[alsoRead.length]) : undefined,
      happened: isLater ? toEvent(items[own.length - 1]) : undefined,
      turn: yields ? turnIn(items.at(-1)) : 0,
    };
  }

  /** One attempt: decides on what was read, then writes on the condition that it is unchanged. */
  async #attempt<P extends Planned, A extends Authorised>(task: Task<P, A>, read: Read): Promise<End<P, A>> {
    if (read.happened) return earlier(task, read, read.happened);
    const decided = await this.#decide(task, read);
    if (decided.kind !== 'ready')
      return read.number === 0 && task.mutation.known ? again : this.#unlessHappened(task, read, decided);
    const { attempt } = decided;
    const writes = writesFor(task, read, decided, this.#writing);
    if (task.mutation.dry) return written(attempt, read.version);
    task.sent.set(read.number, attempt);
    return this.#interpret(task, read, decided, await this.#send(writes));
  }

  /**
   * Authorises, then replays, or plans and judges. A refusal is returned and not thrown, because an earlier attempt may
   * have succeeded.
   */
  async #decide<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    read: Read,
  ): Promise<Ready<P, A> | End<P, A>> {
    const { mutation } = task;
    const { view } = read;
    try {
      const by = await mutation.authorise(view);
      return (await replay(mutation, read, by)) ?? (await this.#plan(task, read, by));
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      return view.torn ? again : { kind: 'refused', refusal };
    }
  }

  async #plan<P extends Planned, A extends Authorised>(
    { mutation, bench }: Task<P, A>,
    { view, version }: Read,
    by: A,
  ): Promise<Ready<P, A> | End<P, A>> {
    const planned = await mutation.plan(view, by);
    const attempt = { view, by, planned };
    if (view.torn) return again;
    if (!changes(planned.change))
      return { kind: 'done', outcome: { body: planned.body, version, replayed: false, changed: false, attempt } };
    const judged = planned.witness
      ? founded(view, planned.change, planned.witness)
      : await judgeChange(bench, view, planned.change, by);
    return judged ? { kind: 'ready', attempt, judged } : again;
  }

  /** Checks whether an earlier attempt of this mutation caused the refusal, or left nothing to change. */
  async #unlessHappened<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    read: Read,
    end: End<P, A>,
  ): Promise<End<P, A>> {
    const isFinal = end.kind === 'refused' || (end.kind === 'done' && !end.outcome.replayed);
    const own = isFinal && read.number > 0 ? await this.#happened(task) : undefined;
    return own ? earlier(task, read, own) : end;
  }

  /** The event of an earlier attempt, read after open transactions that might still write it. */
  async #happened<P extends Planned, A extends Authorised>({ mutation, event }: Task<P, A>) {
    return toEvent(await this.#db.readAfterWrites(keys.event(mutation.tenant, event)));
  }

  /**
   * Sends the writes. Returns `undefined` on success, else the writes whose conditions failed: none when the service was
   * busy or did not answer.
   */
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

  /** Interprets the success, or the failed conditions, of a write. */
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
      if (change.book.length > 0 && !founds) this.#books.keep(tenant, bookAfter(attempt.view.book, change, version));
      return written(attempt, version);
    }
    if (failed.some((write) => write.purpose === 'purged'))
      return {
        kind: 'refused',
        refusal: new Refusal('idempotency-mismatch', 'The tenant of this key is purged: use a new key.'),
      };
    // An alias that fails alone belongs to another user. When other conditions failed, too, the plan is out of date.
    const alias = failed.every((write) => write.purpose === 'alias') ? failed[0] : undefined;
    if (alias) {
      const own = await this.#happened(task);
      return own ? earlier(task, read, own) : { kind: 'refused', refusal: taken(alias, change) };
    }
    if (read.number >= patientAttempts && failed.some((write) => write.purpose === 'access'))
      this.#alarm('contended-access', { tenant, witness: judged.head.witness.user, operation });
    return change.book.length > 0 || judged.proofs.book ? outrun : again;
  }
}

/** The state before a tenant is created. */
const nothing = { head: undefined, book: new Book(0, new Map()) };

/** Judges the creation of a tenant: there is no earlier holder to protect. */
const founded = ({ tenant, book, tools }: View, change: Change, witness: Witness): Judged => {
  const head: Head = {
    version: 0,
    sum: 0,
    records: 0,
    guard: 1,
    witness,
    keeperless: false,
    words: { form: wordForm },
  };
  return { tenant, founds: true, head, before: book, change, proofs: { book: false }, now: tools.now };
};

/** The earlier answer to a repeated request, for a caller who may still make it. */
const replay = async <P extends Planned, A extends Authorised>(
  { idempotency, again: still }: Mutation<P, A>,
  { once, view, version }: Read,
  by: A,
): Promise<End<P, A> | undefined> => {
  if (!once || !idempotency) return undefined;
  const answer = replayed<P['body']>(once, idempotency);
  await still?.(view, by);
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

/** The outcome of an earlier attempt that was carried out although its answer was a failure, or missing. */
const earlier = <P extends Planned, A extends Authorised>(
  { sent }: Task<P, A>,
  { version }: Read,
  { attempt }: StoredEvent,
): End<P, A> => written(sent.get(attempt) as Attempt<P, A>, version);

/** All writes of an attempt with its events. @throws Refusal quota-exceeded when they do not fit one transaction */
const writesFor = <P extends Planned, A extends Authorised>(
  { mutation, event, now }: Task<P, A>,
  read: Read,
  { attempt: { view, by, planned }, judged }: Ready<P, A>,
  writing: Writing,
): readonly Write[] => {
  const { tenant, idempotency, keyed = false, founds = false } = mutation;
  const { change, body, steps, audits = [change.audit] } = planned;
  const once = keyed ? [onceWrite(tenant, idempotency ?? anyKey, body, { tools: view.tools, forever: founds })] : [];
  const judgedWrites = writesOf(judged, writing);
  const room = mostItems - judgedWrites.length - once.length;
  const order = orderOf(change, read.version);
  const deed = { tenant, id: event, now, attempt: read.number, request: mutation, by, order };
  const events = change.guardsOnly ? [] : toldWrites(deed, { audits, steps, room });
  const own = [...judgedWrites, ...events];
  needRoom([...own, ...once]);
  return idempotency ? [...own, ...once] : own;
};

/** The place of a change among all others. @param version of the book that it was planned on */
const orderOf = ({ book, users }: Change, version: number): CommitOrder => ({
  ...(book.length > 0 ? { version: version + 1 } : { basis: version }),
  revs: new Map(users.map(({ after }) => [after.id, after.rev])),
});

/** The book after a commit, as the next reader would find it. */
const bookAfter = (book: Book, change: Change, version: number): Book => {
  const records = change.book.map(
    (record): BookRecord => (record.kind === 'gone' ? record : { ...record, rev: version }),
  );
  const next = book.with(records);
  return next.at(version);
};

const taken = (alias: Write, change: Change): Refusal => {
  const mine = change.users.some((user) => user.after.identity === alias.of);
  return mine ? identityTaken() : externalIdTaken();
};
