// The one path of all changes: read, authorise, plan, judge, commit, and again after a conflict. Single operations, bulk,
// directory runs and sweeps pass here, so that one place keeps the keeper invariant.
import { randomUUID } from 'node:crypto';
import type { EventId, Ids, RunId, TenantId } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import { Book } from '../domain/book/book.ts';
import type { Head, Witness } from '../domain/book/records.ts';
import { type Audit, type Change, changes, type IdsAndTime } from '../domain/change.ts';
import { externalIdTaken, identityTaken } from '../domain/plan/sign-ins.ts';
import type { Authorised } from './authorised.ts';
import type { Books } from './books.ts';
import { mostItems, needRoom } from './bytes.ts';
import { type Db, type Item, isOver, patience, pause } from './db.ts';
import { repeatable } from './draws.ts';
import { type CommitOrder, type RequestIds, type StepEvent, toldWrites } from './events.ts';
import { failureOf } from './failures.ts';
import { type Once, type StoredEvent, toEvent, toOnce } from './items.ts';
import { Joined } from './joined.ts';
import { type Bench, judgeChange } from './judge.ts';
import { type Key, keys } from './keys.ts';
import { type Served, type Standing, WriterLine } from './line.ts';
import { anyKey, type Idempotency, onceWrite, replayed } from './replay.ts';
import { bookAfter, type Judged, type Writing, writesOf } from './transaction.ts';
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
  /**
   * True when the change may be written in one transaction with others that wait for the same book. All that its plan rests
   * on is in the view, and what it writes outside of the book is put or deleted, as in a change set.
   */
  readonly shares?: boolean;
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
  /** True once the change could not be written with others. */
  isAlone: boolean;
  /** How often it has been planned with others, and they were not written. */
  inVain: number;
}

/** The keys that one attempt reads. */
interface Asked {
  readonly number: number;
  readonly all: readonly Key[];
  /** Where the idempotency record, and the event, are among them. */
  readonly once: number | undefined;
  readonly happened: number | undefined;
}

/** What an attempt is planned on. */
interface Ground {
  readonly head: Head | undefined;
  readonly book: Book;
  /** The items at the keys of the attempt, in their order. */
  readonly items: readonly (Item | undefined)[];
  /** Items as changes leave them that are to be written in the same transaction. */
  readonly left?: Iterable<readonly [Key, Item | undefined]>;
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

/** Any mutation in the line, with the number of its next attempt. */
interface Job {
  readonly task: Task<Planned, Authorised>;
  number: number;
}

/** The end of any attempt; `undefined` when the tenant does not exist. */
type AnyEnd = End<Planned, Authorised> | undefined;

type EndOf<P extends Planned, A extends Authorised> = Promise<End<P, A> | undefined>;

type Ends = (PromiseSettledResult<AnyEnd> | undefined)[];

const tooLate = (): PromiseSettledResult<AnyEnd> => ({ status: 'rejected', reason: new Refusal('out-of-time') });

const settled = (value: AnyEnd): PromiseSettledResult<AnyEnd> => ({ status: 'fulfilled', value });

/** A change that is to be written with others, with its place among them. */
interface Member extends Standing<Job> {
  readonly i: number;
  readonly attempt: Attempt<Planned>;
  readonly version: number;
}

/** Changes that share a transaction at most: few of them take less than three of its hundred items. */
const mostTogether = 40;
/**
 * Milliseconds after which nobody else is planned: meanwhile somebody else may write, or time end, and all of it be in
 * vain. Each time it was it is half as long, because a short one is more likely to have its way.
 */
const longestPlanning = 250;

/** Attempts after which a constantly contended access item raises an alarm. */
const patientAttempts = 5;

export class Mutations {
  readonly #db: Db;
  readonly #books: Books;
  readonly #ids: Ids;
  /** Reports an unexpected state, such as a pin that does not match the head. */
  readonly #alarm: (what: string, about: object) => void;

  readonly #writing: Writing;
  /** Where writers of this process stand who change the book of a tenant at the same moment. */
  readonly #line: WriterLine<Job, AnyEnd>;

  constructor(db: Db, books: Books, ids: Ids, alarm: (what: string, about: object) => void, writing: Writing) {
    this.#db = db;
    this.#books = books;
    this.#ids = ids;
    this.#alarm = alarm;
    this.#writing = writing;
    this.#line = new WriterLine(
      (places, isAlone) => this.#serve(places, isAlone),
      () => db.clock.now(),
    );
  }

  /**
   * Carries out a mutation. Returns `undefined` when the tenant does not exist.
   * @throws Refusal those of the plan and the authorisation; last-access-manager when no holder would be left; busy when
   * conflicts last for 20 s
   */
  async run<P extends Planned, A extends Authorised>(mutation: Mutation<P, A>): Promise<Outcome<P, A> | undefined> {
    const task = this.#taskOf(mutation);
    const { tenant, yields = false, shares = false, dry = false } = mutation;
    let hasLost = false;
    for (let number = 0; ; number += 1) {
      const begun = this.#db.clock.now();
      const stands: boolean = !yields && (hasLost || (shares && !dry && this.#line.isBusy(tenant)));
      // The line has mutations of all kinds, and gives each of them what is its own.
      const job = { task, number } as unknown as Job;
      const end = await ((stands ? this.#line.pass(tenant, job) : this.#try(task, number, true)) as EndOf<P, A>);
      number = job.number;
      if (!end) return undefined;
      if (end.kind === 'refused') throw end.refusal;
      if (end.kind === 'done') return end.outcome;
      hasLost = end.outrun === true;
      if (hasLost && !yields) await askForTurn(this.#db, tenant, this.#db.clock.now() - begun);
    }
  }

  /** One attempt by itself. @param pauses before a retry, because others of other processes try, too */
  async #try<P extends Planned, A extends Authorised>(
    task: Task<P, A>,
    number: number,
    pauses: boolean,
  ): Promise<End<P, A> | undefined> {
    if (number > 0) await this.#wait(task.until, pauses ? number : 0);
    const read = await (task.mutation.yields ? this.#afterOthers(task, number) : this.#readFor(task, number));
    return read && this.#attempt(task, read);
  }

  /** Serves those who stand first in the line of a tenant: as many as may share a transaction, else the first. */
  async #serve(places: readonly Standing<Job>[], isAlone: boolean): Promise<Served<AnyEnd>> {
    // Nobody waits for the answer of those any more, and what they would write would be planned anew without them.
    const over = places.slice(0, mostTogether).map(({ as }) => as(isOver));
    if (over.includes(true)) return over.map((one) => (one ? tooLate() : undefined));
    const other = places.findIndex(({ job }) => !job.task.mutation.shares || job.task.isAlone);
    const some = places.slice(0, Math.min(other < 0 ? places.length : other, mostTogether));
    if (some.length > 1) return this.#together(some);
    const [{ job, as }] = places as [Standing<Job>];
    return Promise.allSettled([as(() => this.#try(job.task, job.number, isAlone))]);
  }

  /**
   * Plans changes one on the other, each as if those before it were written, and writes all of them in one transaction. The
   * first that cannot be among them stays in the line, with all behind it.
   */
  async #together(places: readonly Standing<Job>[]): Promise<Served<AnyEnd>> {
    const { clock } = this.#db;
    const begun = clock.now();
    const asked = places.map(({ job }) => this.#askedBy(job.task, job.number));
    const [first] = places as [Standing<Job>];
    const { tenant } = first.job.task.mutation;
    const wanted = asked.flatMap(({ all }) => all);
    const snapshot = await this.#books.read(tenant, wanted);
    if (!snapshot) return places.map(() => settled(undefined));
    const joined = new Joined(tenant, snapshot.head, snapshot.book);
    const members: Member[] = [];
    /** Ends that hold, and those that hold only when the changes before them are written. */
    const [sure, resting]: [Ends, Ends] = [[], []];
    let from = 0;
    const end = clock.now() + longestPlanning / 2 ** first.job.task.inVain;
    for (const [i, { job, as }] of places.entries()) {
      if (i > 0 && clock.now() >= end) break;
      const own = asked[i] as Asked;
      const items = joined.itemsAt(own.all, snapshot.items.slice(from, from + own.all.length));
      from += own.all.length;
      if (as(isOver)) {
        sure[i] = tooLate();
        continue;
      }
      const read = this.#readOf(job.task, own, { head: joined.head, book: joined.book, items, left: joined.left });
      const [made] = await Promise.allSettled([as(() => this.#planned(job.task, read))]);
      if (made.status === 'fulfilled' && 'judged' in made.value) {
        const { attempt, judged, writes } = made.value;
        if (!joined.take(judged, writes, i)) break;
        members.push({ i, job, as, attempt, version: joined.head.version });
      } else if (made.status === 'fulfilled' && made.value.kind === 'again') {
        job.task.isAlone = true;
        break;
      } else (joined.isEmpty ? sure : resting)[i] = made as PromiseSettledResult<AnyEnd>;
    }
    // Nothing is written for a request whose time is over, nor what was planned on its change.
    const late = members.filter(({ as }) => as(isOver));
    for (const { i } of late) sure[i] = tooLate();
    for (const { job } of members) job.task.inVain += 1;
    if (members.length === 0 || late.length > 0) return sure;
    for (const { job, attempt } of members) {
      job.task.sent.set(job.number, attempt);
      job.number += 1;
    }
    if (!(await this.#sendJoined(joined, members, begun))) return sure;
    for (const { i, attempt, version } of members) sure[i] = settled(written(attempt, version));
    if (joined.book !== snapshot.book) this.#books.keep(tenant, joined.book);
    return Object.assign(resting, sure);
  }

  /**
   * Sends what several changes write. Returns false when it is not known to be written; then those come alone the next time
   * whose own conditions have failed, because the same may fail again.
   * @param begun when it was read, in milliseconds since 1970
   */
  async #sendJoined(joined: Joined, members: readonly Member[], begun: number): Promise<boolean> {
    try {
      const failed = await this.#send(joined.writes);
      if (failed === undefined) return true;
      const places = joined.placesOf(failed);
      for (const { i, job } of members) if (places.has(i)) job.task.isAlone = true;
      const { clock } = this.#db;
      if (failed.length === 0) await pause(clock, 1);
      else if (places.has(undefined)) await askForTurn(this.#db, joined.tenant, clock.now() - begun);
    } catch {
      // A fault belongs to one of them, which meets it again alone.
      for (const { job } of members) job.task.isAlone = true;
    }
    return false;
  }

  /** The writes of one change among others; its end, when it writes nothing; `again` when it has to come alone. */
  async #planned(
    task: Task<Planned, Authorised>,
    read: Read,
  ): Promise<(Ready<Planned, Authorised> & { readonly writes: readonly Write[] }) | End<Planned, Authorised>> {
    if (this.#db.clock.now() > task.until) return { kind: 'refused', refusal: new Refusal('busy') };
    if (read.happened) return earlier(task, read, read.happened);
    const decided = await this.#decide({ ...task, bench: { ...task.bench, rests: true } }, read);
    if (decided.kind !== 'ready') return this.#unlessHappened(task, read, decided);
    return { ...decided, writes: writesFor(task, read, decided, this.#writing) };
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
    const [sent, wanted] = [new Map(), new Map()];
    return { mutation, now, until: now + patience, tools, event, sent, wanted, bench, isAlone: false, inVain: 0 };
  }

  /** Pauses before a retry, longer with each number; not for 0. @throws Refusal busy when the time for retries is over */
  async #wait(until: number, number: number): Promise<void> {
    const { clock } = this.#db;
    if (clock.now() > until) throw new Refusal('busy');
    if (number > 0) await pause(clock, number);
  }

  /** Reads for one attempt. */
  async #readFor<P extends Planned, A extends Authorised>(task: Task<P, A>, number: number): Promise<Read | undefined> {
    const { tenant, founds = false } = task.mutation;
    const asked = this.#askedBy(task, number);
    const ground = founds
      ? { ...nothing, items: await this.#db.read(asked.all) }
      : await this.#books.read(tenant, asked.all);
    return ground && this.#readOf(task, asked, ground);
  }

  /**
   * The keys that an attempt reads. A retry also reads the event, because a delayed copy of an earlier attempt may have been
   * carried out.
   */
  #askedBy<P extends Planned, A extends Authorised>(
    { mutation, event, wanted, bench }: Task<P, A>,
    number: number,
  ): Asked {
    const { tenant, founds = false, idempotency, alsoRead = [], known = [], yields = false } = mutation;
    const isLater = number > 0;
    const record = idempotency && (isLater || !founds) ? [keys.idempotency(tenant, idempotency.digest)] : [];
    const own = [...alsoRead, ...record, ...(isLater ? [keys.event(tenant, event)] : [])];
    const found = bench.found ? [keys.access(tenant, bench.found)] : [];
    const fresh = isLater ? known.map(([key]) => key) : [];
    return {
      number,
      once: record.length > 0 ? alsoRead.length : undefined,
      happened: isLater ? own.length - 1 : undefined,
      all: [...own, ...fresh, ...wanted.values(), ...found, ...(yields ? [keys.turn(tenant)] : [])],
    };
  }

  /** What was read for an attempt. */
  #readOf<P extends Planned, A extends Authorised>(
    { mutation, tools, wanted }: Task<P, A>,
    { number, once, happened, all }: Asked,
    { head, book, items, left = [] }: Ground,
  ): Read {
    const { tenant, known = [], yields = false } = mutation;
    const read = [...(number > 0 ? [] : known), ...all.map((key, i) => [key, items[i]] as const), ...left];
    return {
      number,
      view: new View({ db: this.#db, tenant, head, book, read, tools: tools(), wanted }),
      version: book.version,
      once: once === undefined ? undefined : toOnce(items[once]),
      happened: happened === undefined ? undefined : toEvent(items[happened]),
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

const taken = (alias: Write, change: Change): Refusal => {
  const mine = change.users.some((user) => user.after.identity === alias.of);
  return mine ? identityTaken() : externalIdTaken();
};
