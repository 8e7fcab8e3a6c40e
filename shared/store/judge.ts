// Judges a change by the keeper invariant: refuses it, or finds the proofs that its writes must carry and the witness
// after it.
import { type UserId, userOf } from '../domain/base/ids.ts';
import { Refusal } from '../domain/base/refusal.ts';
import type { Book } from '../domain/book/book.ts';
import { applied, type Change, givesNoRight, type World } from '../domain/change.ts';
import {
  endangersPin,
  holderEntries,
  refuseMoreThanRecovery,
  refuseWayUp,
  touchesKeepers,
  witnessOf,
  witnessSurvives,
} from '../domain/keeper/keeper.ts';
import { refuseBorrowedPower, signInMoves } from '../domain/keeper/power.ts';
import { needSessionsEnded } from '../domain/session.ts';
import type { Authorised } from './authorised.ts';
import { agree, type Found, findHolder, type Search } from './candidates.ts';
import type { Db } from './db.ts';
import { keys } from './keys.ts';
import type { Judged } from './transaction.ts';
import type { View } from './view.ts';

/** What all attempts of one mutation are judged with. */
export interface Bench {
  readonly db: Db;
  /** Reports an unexpected state, such as a pin that does not match the head. */
  readonly alarm: (what: string, about: object) => void;
  /**
   * True for a change that is judged on others which are not written yet: nothing that is searched for in the table may
   * decide about it.
   */
  readonly rests?: boolean;
  /** The last complete scan for another holder, from which the next attempt goes on. */
  scanned?: Search | undefined;
  /** Whom an earlier attempt has found. The next one reads this user with the head, and so needs no search. */
  found?: UserId | undefined;
}

/**
 * Returns the change as it may be written; `undefined` when it must be planned anew, because the book or a holder changed
 * during the search, or because it must not rest on others.
 * @throws Refusal keeperless, keeper-needed, not-held, last-access-manager, busy
 */
export const judgeChange = async (
  bench: Bench,
  view: View,
  change: Change,
  by: Authorised,
): Promise<Judged | undefined> => {
  const { tenant, head, book, world, tools } = view;
  const admitted = givesNoRight(change) || by.exempt?.claim !== undefined;
  const after = applied(world, change);
  if (head.keeperless && !admitted && !cures(after, change, by)) throw new Refusal('keeperless');
  if (bench.rests && (head.keeperless || by.exempt)) return undefined;
  if (by.exempt?.recovers) await needNobody(bench, view);
  needSessionsEnded(change);
  const proofs = proofsOf(world, after, change, by);
  alarmStrayPins(bench, view, change);
  return witnessed(bench, { tenant, head, before: book, change, proofs, now: tools.now }, after, by);
};

/** Refuses a recovery where somebody is a holder, whatever the mark says. @throws Refusal has-access-manager */
const needNobody = async ({ db }: Bench, { tenant, head, book }: View): Promise<void> => {
  const isMarked = head.keeperless && (await findHolder(db, tenant, book, new Map())).found === undefined;
  if (!isMarked) throw new Refusal('has-access-manager', 'Verify the tenant with the command for repair.');
};

/** True for a change that ends the state of a keeperless tenant: an accepted invitation that makes a holder, a recovery. */
const cures = (after: World, change: Change, { exempt }: Authorised): boolean =>
  exempt?.recovers === true || (exempt?.invited === true && holderIn(after, change) !== undefined);

/** A user of the change who is a holder after it. */
const holderIn = (after: World, { users }: Change): Found | undefined => {
  for (const { after: access } of users) {
    const [entry] = holderEntries(after.book, access);
    if (entry) return { access, entry };
  }
  return undefined;
};

/**
 * The proofs of the actor and the book that the write must carry.
 * @throws Refusal when the caller would give more than the caller holds
 */
const proofsOf = (world: World, after: World, change: Change, by: Authorised): Judged['proofs'] => {
  const moves = by.keeper || by.exempt?.recovers ? [] : signInMoves(world, change, by.access, by.exempt);
  if (by.exempt?.recovers) refuseMoreThanRecovery(world, after, change);
  else if (!by.keeper) {
    refuseWayUp(world, after, change, by.exempt);
    refuseBorrowedPower(world, after, moves, by.exempt);
  }
  const touches = touchesKeepers(world, after, change);
  // A TOCTOU guard: between plan and write the joined group could come to lead to the keeper permission, and the head
  // could cease to name a pinned user who stays a holder. Both need the version of the book as a proof.
  const joins = !by.keeper && change.users.some((u) => [...u.after.groups].some((g) => !u.before?.groups.has(g)));
  // A bound user may be exempt because of the book, so binding needs its version; losing a sign-in does not.
  const binds = change.users.some(
    (u) => u.before && u.after.identity !== undefined && u.before.identity !== u.after.identity,
  );
  const stays = change.users.some((u) => u.before && endangersPin(u.before, u.after));
  return {
    // A caller who hands on a sign-in must still hold the same rights at the write, and so must the sign-in's user.
    actor: moves.length > 0 ? moves[0]?.by : touches ? by.access : undefined,
    book: touches || joins || binds || stays || moves.length > 0,
  };
};

/** Alarms about pins that the head does not name. */
const alarmStrayPins = ({ alarm }: Bench, { tenant, head }: View, { users }: Change): void => {
  for (const { before } of users) {
    if (!before) continue;
    const named = userOf(head.witness.user) === before.id;
    if (before.pinned !== undefined && (!named || before.pinned !== head.witness.entry))
      alarm('pin-mismatch', { tenant, user: before.id });
  }
};

/**
 * The change with the witness that stands after it. It is refused when two complete scans agree, and the head was read
 * between them: at that moment nobody else was a holder. While the book moves, each attempt adds one scan to the one
 * before, so that a search comes to its end however often there are commits.
 * @throws Refusal last-access-manager when no holder would be left */
const witnessed = async (bench: Bench, judged: Judged, after: World, by: Authorised): Promise<Judged | undefined> => {
  const { db } = bench;
  const { tenant, head, before: book, change } = judged;
  const survives = witnessSurvives(after, change, head.witness);
  const { source } = head.witness;
  if (head.keeperless) {
    // It has no holder to lose. Whoever becomes one is the witness from then on, and ends the state.
    const first = holderIn(after, change);
    return first ? moved(judged, first) : judged;
  }
  if (survives && source === undefined) return judged;
  if (bench.rests) return undefined;
  const preferred = [by.access?.id, bench.found].map((id) => id && after.users.get(id));
  // Only the users that the change touches count as known. All others are read again, so that two scans differ when the
  // table has changed between them.
  const known = new Map(change.users.map((user) => [user.after.id, user.after] as const));
  const { scanned: earlier } = bench;
  const first = await findHolder(db, tenant, after.book, known, preferred);
  if (first.found) {
    bench.found = first.found.access.id;
    return moved(judged, first.found);
  }
  bench.scanned = first;
  // A witness bound by its source only counts while nobody has proven a sign-in, and not after the last holder with a
  // proven one is gone.
  if (survives && !(await hadHolder(db, judged))) return judged;
  // The head of this attempt was read after the earlier scan.
  if (earlier && agree(earlier, first)) throw lastManager(book, first.near);
  if (!(await isHead(db, judged))) return undefined;
  const second = await findHolder(db, tenant, after.book, known);
  if (second.found) return moved(judged, second.found);
  bench.scanned = second;
  if (agree(first, second)) throw lastManager(book, second.near);
  return undefined;
};

const moved = (judged: Judged, { access, entry }: Found): Judged => ({
  ...judged,
  witness: { witness: witnessOf(access, entry), access },
});

/** True when the tenant had a holder before the change. */
const hadHolder = async (db: Db, { tenant, before, change }: Judged): Promise<boolean> => {
  const known = new Map(change.users.map((user) => [user.after.id, user.before] as const));
  return (await findHolder(db, tenant, before, known)).found !== undefined;
};

/** True when the head is still as it was read. */
const isHead = async (db: Db, { tenant, head }: Judged): Promise<boolean> => {
  const [item] = await db.read([keys.head(tenant)]);
  return item?.version === head.version && item?.guard === head.guard;
};

const lastManager = ({ catalogue }: Book, near: readonly object[]): Refusal => {
  const keeper = catalogue.permission.get(catalogue.data.keeper);
  return new Refusal('last-access-manager', {
    detail: `${keeper?.title}: no active person who can sign in would be left with it. Give it to another person first, who counts once they have signed in.`,
    more: { wouldNotCount: near.slice(0, 20), others: Math.max(0, near.length - 20) },
  });
};
