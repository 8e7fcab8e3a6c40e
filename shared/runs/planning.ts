// The planning of a run: before anything is written, the run is worked out with the same drafts that will carry it out,
// and everything that somebody would lose is listed. Groups are worked out in memory, as one book before the run and one
// after it; users follow in the order of their ids, each read once. A slice that dies is run again from its last step.
import { createHash } from 'node:crypto';
import { chunked } from '../domain/base/collections.ts';
import { type GroupId, type GroupRef, groupOf, groupRef, type UserId } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import type { Access, BookRecord, GroupRecord } from '../domain/book/records.ts';
import { guardsOf } from '../domain/book/sources.ts';
import { applied, type Change, type World } from '../domain/change.ts';
import type { Numbers, PlannedLoss, RunPlan } from '../domain/directory.ts';
import { keeperPart, refuseWayUp } from '../domain/keeper/keeper.ts';
import { UserDraft } from '../domain/plan/directory.ts';
import { GroupsDraft, type StoredGroups } from '../domain/plan/directory-groups.ts';
import {
  type Lost,
  type Needed,
  neededFor,
  recentLosses,
  type Total,
  type Totals,
  trips,
} from '../domain/plan/guards.ts';
import { byGroupOf, gainsOf, lossesOf, managesAccess, noNumbers, numbersOf, plus } from '../domain/plan/losses.ts';
import { mustBeHeld } from '../domain/plan/rulings.ts';
import { candidates, directMembers, streamsOf } from '../store/candidates.ts';
import { toSync } from '../store/directory.ts';
import { keys } from '../store/keys.ts';
import {
  countMembers,
  countUsers,
  lossesPerPart,
  type PlannedOutcomes,
  readPlanning,
  savePlanned,
  savePlanning,
} from '../store/run-plans.ts';
import type { Refused } from '../store/runs.ts';
import type { View } from '../store/view.ts';
import { awaitedNests, cutsOf, type GroupOp, namesAwaited, nestsOf, putsOf, storedFor } from './groups.ts';
import { isOfEntry, type LoadedRun, type Op, RunFailed, RunOver, readPointers, together, viewOf } from './slice.ts';
import { grantsOf, joinsOf, type Read, readUsers, revocationsOf, type UserUnit, withWaiting } from './users.ts';

/** Users read at once; losses kept before a step is stored; milliseconds between two steps. */
const readAtOnce = 100;
const lossesAtOnce = 2_000;
const noteMs = 1_000;
/** How far everything is counted for a plan that somebody will read. */
const mostCounted = 20_000;
/** Most people named who lose access management through groups that the run ends or cuts. */
const mostManagers = 1_000;

/** What a step of the planning has found out about entries. */
interface Told {
  readonly entries: Set<number>;
  readonly refused: Refused[];
}

/** The books of the run, and what it does to groups. */
interface Books {
  readonly before: Book;
  /** The book with everything that the run gives: users are planned on it. */
  readonly granted: Book;
  readonly after: Book;
  readonly groups: readonly GroupRecord[];
}

/** What has been planned so far. All of it is stored with a step. */
interface Progress {
  /** Number of the planning's first step. */
  from: number;
  /** The last finished unit; units of groups come first. */
  after: string;
  /** Number of losses; the last ones, which do not fill a part yet, are in `tail`. */
  losses: number;
  tail: PlannedLoss[];
  digest: string;
  lost: Numbers;
  managers: number;
  gained: Numbers;
  /** Memberships that end with their group or with a nesting. */
  endWithGroups: number;
  byGroup: [GroupId, number][];
  done: number;
}
const begun: Omit<Progress, 'from'> = {
  after: '',
  losses: 0,
  tail: [],
  digest: '',
  lost: noNumbers,
  managers: 0,
  gained: noNumbers,
  endWithGroups: 0,
  byGroup: [],
  done: 0,
};

const none: StoredGroups = { objects: new Map(), pointers: new Map() };

/** Lays each operation on the draft by itself, and notes those that it refuses. */
const layEach = <D>(draft: D, ops: readonly Op<D>[], { entries, refused }: Told): void => {
  for (const op of ops) {
    try {
      if (op.lay(draft)) entries.add(op.entry);
    } catch (error) {
      if (isOfEntry(error)) refused.push(refusedOf(op, error.code));
    }
  }
};
const refusedOf = <D>({ entry, id, member }: Op<D>, code: string): Refused => ({ entry, id, code, member });

/** Refuses what the commit path would refuse a directory. @throws Refusal keeper-needed */
const judge = (world: World, change: Change, source: string): void =>
  refuseWayUp(world, applied(world, change), change, { source });

/** Works out what the run does to groups. */
const booksOf = async (slice: LoadedRun, view: View, told: Told): Promise<Books> => {
  const { source } = slice.run;
  const before = view.book;
  const touched = new Set<GroupId>();
  const afterwards = (book: Book, draft: GroupsDraft): Book => {
    const records = draft.change().book as readonly BookRecord[];
    for (const record of records) if (record.kind === 'group') touched.add(record.id);
    return records.length > 0 ? book.with(records) : book;
  };

  const puts = putsOf(slice).flatMap(({ ops }) => ops) as GroupOp[];
  const stored = await allStored(slice, view, puts);
  const putting = new GroupsDraft(source, before, stored, view.tools);
  layEach(putting, puts, told);

  const waiting: GroupOp[] = [];
  for (const some of chunked([...slice.intents.groups], readAtOnce)) {
    const names = some.map(([id, { wish }]) => [id, namesAwaited(wish)] as const);
    const pointers = await readPointers(slice, [...new Set(names.flatMap(([, digests]) => digests))]);
    for (const [id, digests] of names)
      if (digests.some((digest) => pointers.get(digest)?.awaited))
        waiting.push(...(await awaitedNests(slice, id, pointers)));
  }
  const nested = (book: Book, ops: readonly GroupOp[]): Book => {
    const draft = new GroupsDraft(source, book, none, view.tools);
    const here: Told = { entries: new Set(), refused: [] };
    layEach(draft, ops, here);
    try {
      judge({ book, users: new Map() }, draft.change(), source);
    } catch (error) {
      const [only, ...more] = ops;
      if (!isOfEntry(error) || !only) return book;
      if (more.length === 0) {
        told.refused.push(refusedOf(only, error.code));
        return book;
      }
      const half = Math.ceil(ops.length / 2);
      return nested(nested(book, ops.slice(0, half)), ops.slice(half));
    }
    for (const entry of here.entries) told.entries.add(entry);
    told.refused.push(...here.refused);
    return afterwards(book, draft);
  };
  const nests = nestsOf(slice).flatMap(({ ops }) => ops);
  const granted = nested(afterwards(before, putting), [...waiting, ...nests]);

  const cutting = new GroupsDraft(source, granted, none, view.tools);
  const cuts = await cutsOf(slice, granted);
  layEach(
    cutting,
    cuts.flatMap(({ ops }) => ops),
    told,
  );
  const after = afterwards(granted, cutting);
  const groups = [...touched].flatMap((id) => {
    const record = after.records.get(`group#${id}`);
    return record?.kind === 'group' ? [record] : [];
  });
  return { before, granted, after, groups };
};

/** The stored items of all groups that operations touch, some at a time. */
const allStored = async (slice: LoadedRun, view: View, ops: readonly GroupOp[]): Promise<StoredGroups> => {
  const all = { objects: new Map(), pointers: new Map() };
  for (const some of chunked(ops, 500)) {
    const { objects, pointers } = await storedFor(slice, view, some);
    for (const [id, object] of objects) all.objects.set(id, object);
    for (const [digest, pointer] of pointers) all.pointers.set(digest, pointer);
  }
  return all;
};

/** The change to one user, and the operations that make it. */
interface UserChange {
  readonly change: Change;
  readonly ops: readonly Op<UserDraft>[];
}

/** Works out what the run does to one user. What the commit path would refuse is left out. */
const changeOf = (slice: LoadedRun, view: View, unit: UserUnit, stored: Read, book: Book, told: Told): UserChange => {
  const { source, dialect } = slice.run;
  const world = { book, users: new Map([[unit.id, stored.access]]) };
  const fresh = () => new UserDraft(unit.id, source, world, stored, view.tools, dialect);
  const all = unit.ops.flat();
  const here: Told = { entries: new Set(), refused: [] };
  const draft = fresh();
  layEach(draft, all, here);
  const change = draft.change();
  try {
    judge(world, change, source);
    for (const entry of here.entries) told.entries.add(entry);
    told.refused.push(...here.refused);
    return { change, ops: all };
  } catch (error) {
    if (!isOfEntry(error)) throw error;
  }
  // One of them is refused: each is tried on what those before it leave.
  const kept: Op<UserDraft>[] = [];
  for (const op of all) {
    const trial = fresh();
    try {
      for (const one of kept) one.lay(trial);
      const changes = op.lay(trial);
      judge(world, trial.change(), source);
      kept.push(op);
      if (changes) told.entries.add(op.entry);
    } catch (error) {
      if (isOfEntry(error)) told.refused.push(refusedOf(op, error.code));
    }
  }
  const last = fresh();
  for (const op of kept) op.lay(last);
  return { change: last.change(), ops: kept };
};

/** Why somebody loses something, by what the run has resolved. */
const causesOf = ({ resolution, fold }: LoadedRun) => {
  const displaced = new Set(
    [...resolution.targets, ...resolution.carried].flatMap((target) => target?.displaced ?? []),
  );
  const logins = new Set(resolution.leaves?.map(({ user, group }) => `${user} ${group}`));
  const lineOf = (entry: number | undefined): number | undefined => {
    const lines = entry === undefined ? [] : (fold.entries[entry]?.records ?? []).map(({ line }) => line);
    return lines.length > 0 ? Math.min(...lines) : undefined;
  };
  return { displaced, logins, lineOf };
};
type Causes = ReturnType<typeof causesOf>;

/** A user's loss with the line that asks for it. */
const told = (
  slice: LoadedRun,
  { displaced, logins, lineOf }: Causes,
  ops: readonly Op<UserDraft>[],
  loss: PlannedLoss,
): PlannedLoss => {
  const named = (...names: string[]) => ops.find(({ name }) => names.includes(name));
  const by =
    loss.loss === 'user-deleted'
      ? named('end')
      : loss.loss === 'user-disabled'
        ? named('off')
        : (named(`out.${loss.from}`) ?? named(`left.${loss.from}`));
  const line = lineOf(by?.entry);
  const user = loss.user as UserId;
  const cause = (): PlannedLoss['cause'] => {
    if (slice.intents.renewed.has(user) && loss.loss === 'user-deleted') return 'renewed';
    if (displaced.has(user) && loss.loss === 'user-deleted') return 'displaced';
    if (loss.from && logins.has(`${user} ${loss.from}`)) return 'login';
    return by?.name.startsWith('left.') ? 'primary-group' : undefined;
  };
  const why = cause();
  return { ...loss, ...(line !== undefined && { line }), ...(why && { cause: why }) };
};

class Planner {
  readonly #slice: LoadedRun;
  readonly #step: { number: number };
  readonly #at: Progress;
  readonly #byGroup: Map<GroupId, number>;
  #notes: Told = { entries: new Set(), refused: [] };
  #saved: number;
  #first: number;

  constructor(slice: LoadedRun, at: Progress) {
    this.#slice = slice;
    this.#step = { number: slice.run.planStep ?? 0 };
    this.#at = at;
    this.#byGroup = new Map(at.byGroup);
    this.#saved = slice.store.db.clock.now();
    this.#first = at.losses - at.tail.length;
  }

  get after(): string {
    return this.#at.after;
  }

  get progress(): Progress {
    return { ...this.#at, byGroup: [...this.#byGroup] };
  }

  get byGroup(): ReadonlyMap<GroupId, number> {
    return this.#byGroup;
  }

  gain(more: Numbers): void {
    this.#at.gained = plus(this.#at.gained, more);
  }

  /** Notes what a unit would do, for the results of a run that is not carried out. */
  note({ entries, refused }: Told): void {
    for (const entry of entries) this.#notes.entries.add(entry);
    this.#notes.refused.push(...refused);
  }

  /** Notes losses, in an order that does not depend on the slices. */
  lose(losses: readonly PlannedLoss[]): void {
    const rows = losses
      .map((loss) => [JSON.stringify(ordered(loss)), loss] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [text, loss] of rows) {
      this.#at.digest = sha256(`${this.#at.digest}\n${text}`);
      this.#at.tail.push(loss);
      this.#at.losses += 1;
      if (loss.loss === 'access-management-lost') this.#at.managers += 1;
    }
    // A membership that ends with its group is no loss of a group that goes on.
    for (const [group, number] of byGroupOf(losses.filter(({ cause }) => cause !== 'group')))
      this.#byGroup.set(group, (this.#byGroup.get(group) ?? 0) + number);
    const members = losses.reduce((sum, loss) => sum + (loss.members ?? 0), 0);
    const numbers = plus(numbersOf(losses), { ...noNumbers, memberships: members });
    this.#at.lost = plus(this.#at.lost, numbers);
    this.#at.endWithGroups += members;
  }

  async reached(unit: string, of: number, count = 1): Promise<void> {
    this.#at.after = unit;
    this.#at.done += count;
    const { clock } = this.#slice.store.db;
    if (this.#at.tail.length >= lossesAtOnce || clock.now() - this.#saved >= noteMs) await this.save(of);
  }

  /** Takes the parts of losses that are full; all that are left at the end. */
  #parts(all: boolean) {
    const { tail } = this.#at;
    const parts = chunked(tail, lossesPerPart).filter((part) => all || part.length === lossesPerPart);
    const first = this.#first / lossesPerPart;
    const taken = parts.reduce((sum, part) => sum + part.length, 0);
    tail.splice(0, taken);
    this.#first += taken;
    return { first, parts };
  }

  #outcomes(): PlannedOutcomes {
    const { entries, refused } = this.#notes;
    this.#notes = { entries: new Set(), refused: [] };
    return { from: this.#at.from, entries: [...entries], refused };
  }

  /** Stores what has been planned so far. @throws RunOver when another worker has gone on with it */
  async save(of: number): Promise<void> {
    const { store, key } = this.#slice;
    const losses = this.#parts(false);
    const outcomes = this.#outcomes();
    const text = JSON.stringify(this.progress);
    const progress = { done: Math.min(this.#at.done, of), of };
    if (!(await savePlanning(store.db, key, this.#step.number, text, progress, losses, outcomes))) throw new RunOver();
    this.#step.number += 1;
    this.#saved = store.db.clock.now();
  }

  /** Stores the finished plan. @throws RunOver as `save` */
  async finish(plan: RunPlan): Promise<void> {
    const { store, key, run } = this.#slice;
    const losses = this.#parts(true);
    // The results of a run that goes on are those of its writes.
    const isTold = run.planOnly === true || mustBeHeld(run, plan);
    const outcomes = isTold ? this.#outcomes() : { from: this.#at.from, entries: [], refused: [] };
    if (!(await savePlanned(store.db, key, run, this.#step.number, plan, losses, outcomes))) throw new RunOver();
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const ordered = ({ loss, user, group, from, line, cause, members }: PlannedLoss) => [
  loss,
  user ?? '',
  group ?? '',
  from ?? '',
  line ?? 0,
  cause ?? '',
  members ?? 0,
];

/**
 * Plans a run, from where an earlier slice has ended. `undefined` when time is up and more is to be planned.
 * @param until milliseconds since 1970
 * @throws RunOver when another worker has gone on with it
 */
export const planRun = async (slice: LoadedRun, until: number): Promise<RunPlan | undefined> => {
  const { store, key, run } = slice;
  const text = await readPlanning(store.db, key, run);
  const from = run.planStep ?? 0;
  const at = text === undefined ? { ...begun, from, tail: [] } : (JSON.parse(text) as Progress);
  const planner = new Planner(slice, at);
  const view = await viewOf(slice);
  const notes: Told = { entries: new Set(), refused: [] };
  const books = await booksOf(slice, view, notes);
  const causes = causesOf(slice);
  const [grants, revocations] = [grantsOf(slice), await revocationsOf(slice)];
  const users = [...new Set([...grants.ids, ...revocations.ids])].sort();
  const groups = groupLosses(books);
  const of = groups.length + users.length + 1;
  let moved = false;
  const isSpent = () => moved && store.db.clock.now() > until;

  if (planner.after === '') {
    planner.note(notes);
    planner.gain(gainsOf(books.before, books.granted, { book: books.groups, users: [] }));
  }
  for (const loss of groups) {
    const unit = `1 ${loss.group} ${loss.from ?? ''}`;
    if (unit <= planner.after) continue;
    if (isSpent()) return planner.save(of).then(() => undefined);
    planner.lose([await groupLoss(slice, books, causes, loss)]);
    await planner.reached(unit, of);
    moved = true;
  }

  const rest = users.filter((id) => `2 ${id}` > planner.after);
  for (const some of chunked(rest, readAtOnce)) {
    if (isSpent()) return planner.save(of).then(() => undefined);
    // Nobody's name decides what a user without an entry loses.
    const units = some.map(grants.unitOf).map((unit) => ({ ...unit, lean: unit.put === undefined }));
    const read = await readUsers(slice, units);
    for (const [i, unit] of units.entries()) {
      const stored = read[i] as Read;
      const here: Told = { entries: new Set(), refused: [] };
      const granted = withoutForgotten(slice, await withWaiting(slice, unit, stored));
      const whole = { ...granted, ops: [...granted.ops, ...revocations.unitOf(unit.id).ops] };
      const { change, ops } = changeOf(slice, view, whole, stored, books.granted, here);
      const losses = lossesOf(books.before, change).map((loss) => told(slice, causes, ops, loss));
      const after = change.users[0]?.after ?? stored.access;
      planner.lose([...losses, ...managerLost(books, stored.access, after)]);
      planner.gain(gainsOf(books.before, books.granted, change));
      planner.note(here);
    }
    await planner.reached(`2 ${some.at(-1)}`, of, some.length);
    moved = true;
  }

  planner.lose(await managersOfGroups(slice, books, new Set(users)));
  const plan = await judged(slice, view, planner);
  await planner.finish(plan);
  return plan;
};

/** A unit without the joins by names that the run forgets before users come. */
const withoutForgotten = ({ intents }: LoadedRun, unit: UserUnit): UserUnit => {
  const isForgotten = (name: string) =>
    intents.memberships.some(
      ({ group, whole, add, remove }) =>
        name.startsWith(`met.${group}.`) &&
        (whole
          ? !add.includes(name.slice(`met.${group}.`.length))
          : remove.includes(name.slice(`met.${group}.`.length))),
    );
  const isMet = ({ name }: Op<UserDraft>) => name.startsWith('met.') && isForgotten(name);
  return { ...unit, ops: unit.ops.map((ops) => ops.filter((op) => !isMet(op))) };
};

const managerLost = ({ before, after }: Books, was: Access | undefined, is: Access | undefined): PlannedLoss[] =>
  was && managesAccess(before, was) && !managesAccess(after, is)
    ? [{ loss: 'access-management-lost', user: was.id }]
    : [];

/** People who lose access management only because of what becomes of groups. */
const managersOfGroups = async (
  { store, key }: LoadedRun,
  { before, after }: Books,
  planned: ReadonlySet<UserId>,
): Promise<PlannedLoss[]> => {
  if (before === after) return [];
  const left = keeperPart(after).groups;
  const gone = [...keeperPart(before).groups].filter((ref) => !left.has(ref));
  const lost: PlannedLoss[] = [];
  if (gone.length === 0) return lost;
  for await (const access of candidates(store.db, key.tenant, streamsOf(before, [], gone, []), new Map())) {
    if (planned.has(access.id) || lost.length === mostManagers) continue;
    lost.push(
      ...managerLost({ before, after } as Books, access, access).map((one) => ({ ...one, cause: 'group' as const })),
    );
  }
  return lost;
};

/** The losses of groups, in the order in which they are planned. */
const groupLosses = ({ before, groups }: Books) =>
  lossesOf(before, { book: groups, users: [] }).sort((a, b) =>
    `1 ${a.group} ${a.from ?? ''}` < `1 ${b.group} ${b.from ?? ''}` ? -1 : 1,
  );

/**
 * A group's loss with its line. Its members are counted: of a group that ends, those that it has, and of one that leaves
 * another, the users within it whom the other loses, because a nesting that is cut takes from all of them.
 */
const groupLoss = async (
  slice: LoadedRun,
  { before, after }: Books,
  { displaced, lineOf }: Causes,
  loss: PlannedLoss,
): Promise<PlannedLoss> => {
  const { intents, store, key } = slice;
  const group = loss.group as GroupId;
  if (loss.from) {
    const members = await usersBelow(slice, after, refsOf(after, group), loss.from);
    const entry = intents.memberships.find((one) => one.group === loss.from)?.entry ?? intents.groups.get(group)?.entry;
    const line = lineOf(entry);
    // The group that it was in ends with this run, or lives on under a new life.
    const isOver = !after.isLive(groupRef(loss.from, before.groups.get(loss.from)?.life as never));
    return {
      ...loss,
      ...(members > 0 && !isOver && { members }),
      ...(line !== undefined && { line }),
      ...(isOver && { cause: 'group' }),
    };
  }
  const wish = intents.groups.get(group);
  const ending = intents.groupEndings.find(({ id }) => id === group);
  const line = lineOf(ending?.entry ?? wish?.entry);
  const record = before.groups.get(group) as GroupRecord;
  const users = await directMembers(store.db, key.tenant, group);
  const again = wish ? membersAgain(slice, group) : new Set<UserId>();
  const left = users.filter((id) => !again.has(id)).length;
  const inside = before.children(groupRef(group, record.life)).filter((ref) => {
    const child = after.groups.get(groupOf(ref));
    return !(child && [...child.parents].some((parent) => groupOf(parent) === group && after.isLive(parent)));
  });
  const cause = displaced.has(group) ? 'displaced' : wish ? 'renewed' : undefined;
  return {
    ...loss,
    members: left + inside.length + (await usersBelow(slice, after, inside, group)),
    ...(line !== undefined && { line }),
    ...(cause && { cause }),
  };
};

/**
 * How many users within these groups, at any depth, are no longer within the other one. Who is no longer within these
 * groups either is counted by the loss below that takes them out.
 */
const usersBelow = async (slice: LoadedRun, after: Book, refs: readonly GroupRef[], from: GroupId): Promise<number> => {
  const { store, key } = slice;
  const [still] = refsOf(after, from);
  const below = [...after.descendants(refs)].filter((ref) => still === undefined || !after.ancestors(ref).has(still));
  const users = new Set<UserId>();
  await together(below.map(groupOf), 8, async (id) => {
    for (const user of await directMembers(store.db, key.tenant, id)) users.add(user);
  });
  if (users.size === 0 || still === undefined) return users.size;
  for (const user of await directMembers(store.db, key.tenant, from)) users.delete(user);
  for (const user of membersAgain(slice, from)) users.delete(user);
  return users.size;
};

/** Users who are members again of a group that is deleted and created anew. */
const membersAgain = (slice: LoadedRun, group: GroupId): ReadonlySet<UserId> =>
  new Set([...joinsOf(slice)].flatMap(([user, groups]) => (groups.has(group) ? [user] : [])));

/** Judges the plan by the guards of the source. */
const judged = async (slice: LoadedRun, view: View, planner: Planner): Promise<RunPlan> => {
  const { store, run } = slice;
  const { lost, endWithGroups, managers, gained, digest, losses } = planner.progress;
  const all: Lost = { ...lost, byGroup: planner.byGroup };
  const source = view.book.sources.get(run.source);
  if (!source) throw new RunFailed('not-found');
  const guards = guardsOf(source);
  const [sync] = await store.db.read([keys.sync(slice.key.tenant, run.source)]);
  const recent = recentLosses(toSync(sync)?.losses ?? [], store.db.clock.now());
  const needed = neededFor(guards, all, recent);
  const totals = await totalsFor(slice, view, needed);
  const isRead = run.planOnly === true || trips(guards, all, totals, recent, managers).length > 0;
  const told = isRead ? await totalsFor(slice, view, wholly(needed, all)) : totals;
  const whole = sha256(`${digest}\n${JSON.stringify(gained)}`);
  const differs = run.approved !== undefined && run.approved !== whole;
  const { byGroup: _, ...of } = told;
  return {
    digest: whole,
    at: new Date(store.db.clock.now()).toISOString(),
    losses,
    lost,
    endWithGroups,
    managers,
    gained,
    of,
    tripped: trips(guards, all, told, recent, managers) as RunPlan['tripped'],
    ...(differs && { differs }),
  };
};

/** Counting of all that is lost, for a plan that somebody will read. */
const wholly = ({ byGroup, ...needed }: Needed, lost: Lost): Needed => {
  const far = (count: number, number: number) => (count === 0 ? 0 : Math.max(number, mostCounted));
  return {
    users: far(lost.users, needed.users),
    enabled: far(lost.enabled, needed.enabled),
    groups: 0,
    memberships: far(lost.memberships + lost.nestings, needed.memberships),
    byGroup: new Map([...byGroup].map(([group, number]) => [group, far(number, number)])),
  };
};

const refsOf = (book: Book, id: GroupId): GroupRef[] => {
  const group = book.groups.get(id);
  return group ? [groupRef(id, group.life)] : [];
};

/** Counts what is there, as far as is needed. */
const totalsFor = async ({ store, key, run }: LoadedRun, { book }: View, needed: Needed): Promise<Totals> => {
  const { db } = store;
  const { tenant } = key;
  const own = [...book.groups.values()].filter(({ source }) => source === run.source).map(({ id }) => id);
  const touched = new Set(needed.byGroup.keys());
  const byTouch = [...own.filter((id) => touched.has(id)), ...own.filter((id) => !touched.has(id))];
  const byGroup = new Map<GroupId, Total>();
  await together([...needed.byGroup], 8, async ([group, number]) => {
    // With the groups within it, because a nesting that is cut counts with all who are below.
    const within = [...book.descendants(refsOf(book, group))].map(groupOf);
    byGroup.set(group, await countMembers(db, tenant, book, within, number));
  });
  return {
    users: await countUsers(db, tenant, run.source, needed.users, false),
    enabled: await countUsers(db, tenant, run.source, needed.enabled, true),
    groups: { count: own.length },
    memberships: await countMembers(db, tenant, book, byTouch, needed.memberships),
    byGroup,
  };
};
