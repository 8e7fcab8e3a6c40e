// The order in which changes were committed. Sealed events stand in the order of their ids, and an id is drawn when a
// request begins: a request that lost to another one was planned anew under the same id, so two that contended may stand
// the wrong way round. Versions of the book and revs of users tell which came first.

/** A sealed event, as far as a replay reads it. */
export interface Told {
  readonly sequence: number;
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: string;
  readonly actor: { readonly kind: string; readonly id?: string | undefined };
  readonly difference?: { readonly before?: unknown; readonly after?: unknown } | undefined;
  /** The version of the book after the change; absent when it has not moved the book. */
  readonly version?: number | undefined;
  /** The version that a change was planned on which has not moved the book. */
  readonly basis?: number | undefined;
  /** The rev of the target's access item after the change. */
  readonly rev?: number | undefined;
}

/** Milliseconds within which two events may stand the wrong way round: retries of a request end after 20 seconds. */
const windowMs = 60_000;

type Fields = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A user whom an event names with a rev of the access item: as the change left the target, or as it met a member. */
interface Rev {
  readonly user: string;
  readonly rev: number;
  readonly isTarget: boolean;
}

const revsIn = ({ target, rev, difference }: Told): Rev[] => {
  const named = [difference?.before, difference?.after].flatMap((side) => {
    const { members, revs } = (side ?? {}) as Fields;
    return listOf(revs).map((one, i) => ({ user: String(listOf(members)[i]), rev: Number(one), isTarget: false }));
  });
  return rev === undefined ? named : [{ user: target, rev, isTarget: true }, ...named];
};

/** True when what made the one rev came before what names the other. */
const isEarlier = (its: Rev, own: Rev): boolean =>
  its.rev < own.rev || (its.rev === own.rev && its.isTarget && !own.isTarget);

interface Waiting {
  readonly event: Told;
  readonly time: number;
  readonly revs: readonly Rev[];
  out: boolean;
}

/**
 * The events in the order of their commits. It holds those of the last minute, by the events' own time.
 * @param events in the order of their ids
 */
export async function* inOrderOfCommits(events: AsyncIterable<Told> | Iterable<Told>): AsyncGenerator<Told> {
  const queue = new Queue();
  for await (const event of events) {
    queue.add(event);
    yield* queue.before(Date.parse(event.at) - windowMs);
  }
  yield* queue.before(Number.POSITIVE_INFINITY);
}

class Queue {
  #all: Waiting[] = [];
  /** By ascending version. */
  #versioned: Waiting[] = [];
  /** Those before this index are taken out. */
  #from = 0;
  readonly #byUser = new Map<string, Waiting[]>();

  add(event: Told): void {
    const one: Waiting = { event, time: Date.parse(event.at), revs: revsIn(event), out: false };
    this.#all.push(one);
    if (event.version !== undefined) {
      let at = this.#versioned.length;
      while (at > 0 && (this.#versioned[at - 1] as Waiting).event.version! > event.version) at -= 1;
      this.#versioned.splice(at, 0, one);
      this.#from = Math.min(this.#from, at);
    }
    for (const { user } of one.revs) {
      const list = this.#byUser.get(user);
      if (list) list.push(one);
      else this.#byUser.set(user, [one]);
    }
  }

  /** Takes out what is older, and everything that must come before that. Waits until the oldest is a minute over, so that it costs little. */
  *before(time: number): Generator<Told> {
    const [oldest] = this.#all;
    if (!oldest || oldest.time > time - windowMs) return;
    let taken = 0;
    for (const one of this.#all) {
      if (one.time > time) break;
      taken += 1;
      yield* this.#take(one);
    }
    this.#all = this.#all.slice(taken);
    this.#versioned = this.#versioned.filter(({ out }) => !out);
    this.#from = 0;
    for (const [user, list] of this.#byUser) {
      const left = list.filter(({ out }) => !out);
      if (left.length === 0) this.#byUser.delete(user);
      else if (left.length < list.length) this.#byUser.set(user, left);
    }
  }

  *#take(one: Waiting): Generator<Told> {
    if (one.out) return;
    one.out = true;
    const { version, basis } = one.event;
    // A change comes after all versions up to the one that it was planned on, and after those before it in its change set.
    const earlier = version ?? (basis === undefined ? undefined : basis + 1);
    while (earlier !== undefined) {
      const other = this.#versioned[this.#from];
      const its = other?.event.version as number;
      if (!other || its > earlier || (its === earlier && !(its === version && other.event.id < one.event.id))) break;
      this.#from += 1;
      yield* this.#take(other);
    }
    for (const own of one.revs)
      for (const other of this.#byUser.get(own.user) ?? [])
        if (other.revs.some((its) => its.user === own.user && isEarlier(its, own))) yield* this.#take(other);
    yield one.event;
  }
}
