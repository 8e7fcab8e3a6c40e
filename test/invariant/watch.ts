// Watches commits: keeps the raw facts of every tenant, and says what is wrong with a commit the moment it happens.

import { operatorsRoom, partitions } from '../../shared/store/keys.ts';
import { issuer } from '../support/harness.ts';
import type { As } from './calling.ts';
import { type Fact, Facts, identityOf, type Raw, text } from './naive.ts';

const tenantOf = (pk: string): string => pk.split('#')[1] as string;
const idOf = (ref: string): string => ref.split('.')[0] as string;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const isOfSeal = ({ pk, sk }: Fact): boolean =>
  (pk.endsWith('#SEAL') && sk !== 'SETTINGS') || pk === partitions.auditKeys;
/** An event itself, none of the copies that tell of it elsewhere: to users and groups, and to operators. */
export const isEvent = ({ pk, sk }: Pick<Fact, 'pk' | 'sk'>): boolean => {
  const [, tenant, kind] = pk.split('#');
  return kind === 'E' && tenant !== operatorsRoom && !sk.includes('#');
};
const isDone = (event: Raw | undefined): boolean => event?.outcome === 'done';

/** The first sign-in by a claim comes along with a request, and is not what it asked for. A refused one has no difference. */
export const isSignIn = (event: Raw | undefined): boolean =>
  isDone(event) && event?.action === 'user.bound' && JSON.parse(String(event.difference)).after?.by === 'claim';

/** What a directory does at once has an event for each user and group. */
export const isOfDirectory = (event: Raw | undefined): boolean => {
  const { kind, id } = (event?.actor ?? {}) as { kind?: string; id?: string };
  return kind === 'system' && id !== undefined;
};

/** True when nothing is written but what ends a log-on that is under way: nobody can see that, so it is no event. */
const isGuard = ({ sk, before, after }: Fact): boolean => {
  if (sk !== 'ACCESS' || !before || !after || before.epoch === after.epoch) return false;
  const seen = ({ rev: _, epoch: __, stamp: ___, ...rest }: Raw) => text(rest);
  return seen(before) === seen(after);
};

/** What a run and its directory note: some of it is written along with a change, and some by itself without an event. */
const isNote = ({ pk }: Fact): boolean => ['N', 'S'].includes(pk.split('#')[2] as string);

/** What tells of a change: its events with what belongs to them, and the answer that is kept for its key. */
const isTold = ({ pk }: Fact): boolean => ['E', 'I', 'V'].includes(pk.split('#')[2] as string);

/** The changes that a transaction is made of: each writes what it changes, then what tells of it. */
const changesIn = (writes: readonly Fact[]): Fact[][] => {
  const parts: Fact[][] = [];
  for (const [i, write] of writes.entries()) {
    const before = writes[i - 1];
    if (!before || (isTold(before) && !isTold(write))) parts.push([]);
    parts.at(-1)?.push(write);
  }
  return parts;
};

/** How long a commit may be there without every reader seeing it, in virtual ms: its writer has had no answer yet. */
const visibleAfter = 100;
/** How long one attempt at a transaction may take from its reads to its commit, in virtual ms. */
const longestAttempt = 3_000;

/** Whoever ceases to be active ends all sessions in that very commit. */
const outlived = (before: ReadonlyMap<string, Raw>, after: ReadonlyMap<string, Raw>): string[] =>
  [...before].flatMap(([id, was]) => {
    const is = after.get(id);
    const ceases = was !== is && was.state === 'active' && is?.state !== 'active';
    return ceases && Number(is?.epoch ?? 0) <= Number(was.epoch ?? 0) ? [`the sessions of ${id} go on`] : [];
  });

export class Violation extends Error {
  override readonly name = 'Violation';
}

export class Watch {
  readonly tenants = new Map<string, Facts>();
  /** How often something was done for a request: never more than once. */
  readonly done = new Map<string, number>();
  readonly violations: string[] = [];
  commits = 0;
  /** Transactions that several changes have shared. */
  joined = 0;
  /** Commits that moved the witness: the edge that all of this is about. */
  moves = 0;
  /** When a request was sent, and by which sign-in. */
  readonly started = new Map<string, number>();
  /** The source of a file that was posted, by its request: all that its run changes bears the id of that request. */
  readonly runs = new Map<string, string>();
  /** The requests that began the restoration of a run, whose steps all bear their ids. */
  readonly restorations = new Set<string>();
  readonly #senders = new Map<string, string>();
  /** Who has committed a run, by the request that opened it: it is carried out as theirs. */
  readonly #committers = new Map<string, string>();
  /** The users that a sign-in has ever been of by its record, by tenant and digest. */
  readonly #owners = new Map<string, Set<string>>();
  readonly #events = new Set<string>();
  /** When somebody ceased to be allowed the keeper's operations. */
  readonly #fell = new Map<string, number>();
  /** When a request was carried out. */
  readonly doneAt = new Map<string, number>();
  /** Since when a source has been switched off, or deleted. */
  readonly #off = new Map<string, number>();
  /** Since when somebody has been a potential holder. */
  readonly #since = new Map<string, number>();

  facts(tenant: string): Facts {
    let facts = this.tenants.get(tenant);
    if (!facts) {
      facts = new Facts(tenant);
      this.tenants.set(tenant, facts);
    }
    return facts;
  }

  /** A request is about to be sent. */
  sends(requestId: string, as: As | undefined, at: number): void {
    this.started.set(requestId, at);
    if (as) this.#senders.set(requestId, identityOf(issuer, as.subject));
  }

  /**
   * One transaction, whole. What it breaks is remembered and returned. Sealing changes nothing that anybody decides by.
   * Changes that share a transaction are commits of their own, each planned on the one before; only what all of them leave
   * can be seen.
   */
  commit(all: readonly Fact[], at = 0): string[] {
    const parts = changesIn(all.filter((write) => !isOfSeal(write)));
    if (parts.length > 1) this.joined += 1;
    return parts.flatMap((writes, i) => this.#commit(writes, at, i === parts.length - 1));
  }

  #commit(writes: readonly Fact[], at: number, isSeen: boolean): string[] {
    this.commits += 1;
    const facts = this.facts(tenantOf((writes[0] as Fact).pk));
    const born = facts.head === undefined;
    const before = born
      ? undefined
      : { potential: facts.potential(), users: new Map(facts.users), keepers: facts.keepers() };
    const marked = before && this.#within(facts);
    const guard = facts.head?.guard;
    let [changes, notes] = [0, 0];
    const events: Fact[] = [];
    for (const write of writes) {
      if (facts.take(write) && !isGuard(write)) {
        if (isNote(write)) notes += 1;
        else changes += 1;
      }
      if (isEvent(write)) events.push(write);
      this.#keepOwner(facts.tenant, write);
      this.#keepSwitch(write, at);
    }
    const found = changes > 0 && isSeen ? facts.faults() : [];
    for (const { after } of events) this.#keepCommitter(facts, after);
    for (const { after } of events)
      if (isDone(after) && !isSignIn(after)) this.doneAt.set(String(after?.requestId), at);
    if (facts.head?.guard !== guard) this.moves += 1;
    found.push(
      ...this.#eventFaults(changes + (events.length > 0 ? notes : 0), events, writes),
      ...this.#actorFaults(facts.tenant, events),
    );
    const event = events[0]?.after;
    if (changes > 0) {
      found.push(...this.#offFaults(event, at));
      const after = facts.potential();
      if (before) found.push(...outlived(before.users, facts.users));
      if (before && event) found.push(...this.#wayUp(facts, before, after, marked as Set<string>, event));
      for (const id of before?.keepers ?? []) this.#fell.set(id, at);
      for (const ref of before?.potential.keys() ?? []) if (!after.has(ref)) this.#since.delete(ref);
      for (const ref of after.keys()) if (!this.#since.has(ref)) this.#since.set(ref, at);
    }
    if (found.length > 0) {
      const by = event
        ? `${event.action} of ${event.target} by ${same(event.actor, undefined) ? '' : JSON.stringify(event.actor)}`
        : 'no event';
      this.violations.push(`${at} ${facts.tenant} ${by} (request ${event?.requestId}): ${found.join('; ')}`);
    }
    return found;
  }

  /** No change without its event, no event without a change, and no event twice. */
  #eventFaults(changes: number, events: readonly Fact[], writes: readonly Fact[]): string[] {
    const all = events.filter(({ after }) => isDone(after));
    const found: string[] = [];
    // A change set has one, which names those of its operations.
    const whole = all.find(({ after }) => after?.action === 'changes.submitted');
    const named = whole ? (JSON.parse(String(whole.after?.difference)).after.events as string[]) : [];
    const done = whole ? [whole] : all;
    const steps = all.filter((one) => one !== whole);
    if (whole && (same(steps.map(({ sk }) => sk).sort(), [...named].sort()) === false || steps.length === 0))
      found.push('a change set names other events than those of its operations');
    const several = done.some(({ after }) => this.#beganRun(String(after?.requestId)) || isOfDirectory(after));
    if (changes > 0 && (several ? done.length < 1 : done.length !== 1))
      found.push(`${done.length} events for one change`);
    if (changes === 0 && done.length > 0) found.push('an event without a change');
    for (const { sk, before } of whole ? steps : []) {
      if (before !== undefined || this.#events.has(sk)) found.push(`the event ${sk} is written twice`);
      this.#events.add(sk);
    }
    for (const { sk, before, after } of done) {
      if (before !== undefined || this.#events.has(sk)) found.push(`the event ${sk} is written twice`);
      this.#events.add(sk);
      // A user who is deleted and comes again meanwhile is bound by one request twice.
      if (isSignIn(after)) {
        const access = writes.find(({ after: item, sk: name }) => name === 'ACCESS' && item?.id === after?.target);
        if (access?.before?.identity !== undefined) found.push(`${after?.target} is bound, and bound again`);
        continue;
      }
      const request = String(after?.requestId);
      if (this.#beganRun(request) || (isOfDirectory(after) && after !== done[0]?.after)) continue;
      this.done.set(request, (this.done.get(request) ?? 0) + 1);
      if (this.done.get(request) !== 1) found.push(`${request} was carried out twice`);
    }
    return found;
  }

  #beganRun(request: string): boolean {
    return this.runs.has(request) || this.restorations.has(request);
  }

  #keepCommitter(facts: Facts, event: Raw | undefined): void {
    if (!isDone(event) || event?.action !== 'directory.run.committed') return;
    const { run } = JSON.parse(String(event.difference)).after;
    const { id } = event.actor as { id: string };
    this.#committers.set(String(facts.runs.get(run)?.requestId), id);
  }

  #keepSwitch({ after }: Fact, at: number): void {
    if (after?.kind !== 'source') return;
    const isOff = after.deleted === true || after.enabled === false;
    if (!isOff) this.#off.delete(String(after.id));
    else if (!this.#off.has(String(after.id))) this.#off.set(String(after.id), at);
  }

  /**
   * A directory changes nothing by a request that was sent once its source was off, nor a run by a transaction that was
   * planned then.
   */
  #offFaults(event: Raw | undefined, at: number): string[] {
    const { kind, id = '' } = (event?.actor ?? {}) as { kind?: string; id?: string };
    const request = String(event?.requestId);
    const posted = isSignIn(event) ? undefined : this.runs.get(request);
    const source = posted ?? (kind === 'system' ? id : undefined);
    const off = source === undefined ? undefined : this.#off.get(source);
    const planned = posted === undefined ? this.started.get(request) : at - longestAttempt;
    if (off === undefined || planned === undefined || off + visibleAfter > planned) return [];
    return [`the source ${source} is off, and its directory changes something`];
  }

  #keepOwner(tenant: string, { pk, after }: Fact): void {
    const [, , part, digest] = pk.split('#');
    if (part !== 'A' || !after) return;
    const key = `${tenant} ${digest}`;
    this.#owners.set(key, (this.#owners.get(key) ?? new Set()).add(String(after.user)));
  }

  /** What is done is done by a user that the record of the request's sign-in names, or has named. */
  #actorFaults(tenant: string, events: readonly Fact[]): string[] {
    return events.flatMap(({ after }) => {
      if (!isDone(after)) return [];
      const { kind, id } = (after?.actor ?? {}) as { kind?: string; id?: string };
      const digest = this.#senders.get(String(after?.requestId));
      if ((kind !== 'person' && kind !== 'client') || id === undefined || digest === undefined) return [];
      const committer = this.#committers.get(String(after?.requestId));
      if (committer !== undefined)
        return committer === id ? [] : [`a run that ${committer} has committed acts as ${id}`];
      const owners = this.#owners.get(`${tenant} ${digest}`);
      return owners?.has(id) ? [] : [`the sign-in of ${[...(owners ?? [])].join() || 'nobody'} acts as ${id}`];
    });
  }

  /** Groups in which a directory decides about the keeper permission: those marked, and what is in them. */
  #within(facts: Facts): Set<string> {
    const found = new Set<string>();
    for (const group of facts.of('group')) if (group.confersAccessManagement) found.add(`${group.id}.${group.life}`);
    return found;
  }

  /** Whoever is no keeper lets nobody up, and leaves state, kind and binding of those alone who may hold the permission. */
  #wayUp(
    facts: Facts,
    before: { potential: Map<string, string[]>; users: Map<string, Raw>; keepers: string[] },
    after: Map<string, string[]>,
    marked: Set<string>,
    event: Raw,
  ): string[] {
    const actor = event.actor as { kind: string; id?: string };
    // A directory is bounded, even when a keeper has posted its file.
    const posted = isSignIn(event) ? undefined : this.runs.get(String(event.requestId));
    if (posted === undefined && actor.id !== undefined && before.keepers.includes(actor.id)) return [];
    const found: string[] = [];
    const started = (this.started.get(String(event.requestId)) ?? 0) - visibleAfter;
    const directory = posted ?? (actor.kind === 'system' ? actor.id : undefined);
    for (const ref of after.keys()) {
      if (before.potential.has(ref)) continue;
      if (directory !== undefined && this.#inMarked(facts, ref, marked)) continue;
      found.push(`WAY UP: ${ref} may hold the keeper permission now`);
    }
    // Who could when the request was sent might have been just before the one who put an end to that.
    if (actor.id !== undefined && (this.#fell.get(actor.id) ?? -1) >= started) return found;
    for (const ref of before.potential.keys()) {
      // Who became one while the request was under way: it might have been carried out just before.
      if ((this.#since.get(ref) ?? 0) > started) continue;
      const was = before.users.get(idOf(ref)) as Raw;
      const is = facts.users.get(idOf(ref)) as Raw;
      if (was === is) continue;
      if (was.state === is.state && was.kind === is.kind && was.identity === is.identity) continue;
      if (directory !== undefined && was.source === directory && was.state === 'active' && is.state !== 'active')
        continue;
      const accepted = event.action === 'user.bound' && (was.invitation as Raw | undefined)?.byKeeper === true;
      if (accepted && was.state === is.state && was.kind === is.kind) continue;
      found.push(`WAY UP: ${ref} may hold the keeper permission, and was changed by one who may not`);
    }
    return found;
  }

  #inMarked(facts: Facts, ref: string, marked: Set<string>): boolean {
    const seen = new Set<string>((facts.user(ref)?.groups as Set<string> | undefined) ?? []);
    for (const group of seen) {
      if (marked.has(group)) return true;
      for (const parent of (facts.records.get(`group#${idOf(group)}`)?.parents as Set<string> | undefined) ?? [])
        seen.add(parent);
    }
    return false;
  }
}
