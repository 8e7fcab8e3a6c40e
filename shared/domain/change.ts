// A change: what a plan wants written. Whole records before and after, so that plans can be applied in memory, merged
// and judged by their end state; the store derives the writes.
import type { ChangeAction } from './base/actions.ts';
import {
  type GroupId,
  groupOf,
  type Ids,
  type Life,
  type RoleId,
  type RuleId,
  type RunId,
  type SourceId,
  type UserId,
} from './base/ids.ts';
import type { Book } from './book/book.ts';
import { type Access, type BookRecord, recordName } from './book/records.ts';
import type { DirectoryObject, Pointer, Run, Waiting } from './directory.ts';
import type { Draft } from './draft.ts';
import type { RuleContent } from './rules/content.ts';
import type { Session, Snapshot } from './session.ts';

/** What a plan is made on: the book at one version, and the access items read with it. */
export interface World {
  readonly book: Book;
  /** By id; `undefined` for a user that was looked for and is not there. */
  readonly users: ReadonlyMap<UserId, Access | undefined>;
}

/** Chance and time, as arguments. Fixed before the first attempt at a mutation, so that a retry plans the same. */
export interface Tools {
  readonly ids: Ids;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What has been drawn so far, in order: what of a plan another plan of the same would have otherwise. */
  readonly drawn?: () => readonly string[];
  /** Has a secret been drawn? Then what is answered is for the one who asked, and nobody else. */
  readonly secretDrawn?: () => boolean;
}

export interface Profile {
  readonly id: UserId;
  readonly rev: number;
  readonly name: string;
  readonly login?: string | undefined;
  readonly mail?: string | undefined;
  readonly dn?: string | undefined;
  readonly externalId?: string | undefined;
  readonly issuer?: string | undefined;
  readonly subject?: string | undefined;
  /** Who issued the invitation by which this sign-in was bound; earlier releases do not say. */
  readonly invitedBy?: UserId | undefined;
  readonly createdAt: string;
}

export interface AccessChange {
  readonly before: Access | undefined;
  readonly after: Access;
}

/** Work that is left behind by a deletion and done later, in slices that may repeat. */
export type Sweep =
  | { readonly kind: 'role'; readonly id: RoleId }
  | { readonly kind: 'group'; readonly id: GroupId; readonly life: Life }
  | {
      readonly kind: 'user';
      readonly id: UserId;
      readonly life: Life;
      /** What the listings by group and by permission still have of the user. */
      readonly groups: readonly GroupId[];
      readonly permissions: readonly string[];
    };

/** What is kept of a directory: see `DirectoryObject`, `Pointer` and `Run`. */
export type DirectoryWrite =
  | {
      readonly kind: 'object';
      readonly source: SourceId;
      readonly before: DirectoryObject | undefined;
      readonly after: DirectoryObject | undefined;
    }
  | {
      readonly kind: 'pointer';
      readonly source: SourceId;
      readonly digest: string;
      readonly before: Pointer | undefined;
      readonly after: Pointer | undefined;
    }
  /** A group begins, or ends, to wait for a member. */
  | { readonly kind: 'waiting'; readonly source: SourceId; readonly waiting: Waiting; readonly ends: boolean }
  /** The entries of a run's file that this very transaction is for. */
  | {
      readonly kind: 'outcome';
      readonly run: RunId;
      readonly unit: string;
      readonly entries: readonly number[];
      readonly warnings?: readonly string[];
    }
  | { readonly kind: 'run'; readonly run: Run; readonly body: readonly Uint8Array[] };

/** What stands in a rule; what decides over it is in the book. */
export interface RuleWrite {
  readonly kind: 'rule';
  readonly before: RuleContent | undefined;
  readonly after: RuleContent | undefined;
}

/** Operations gathered for later. */
export interface DraftWrite {
  readonly kind: 'draft';
  readonly before: Draft | undefined;
  readonly after: Draft | undefined;
}

/** A session begins, with what it has kept, or ends. */
export interface SessionWrite {
  readonly kind: 'session';
  readonly before: Session | undefined;
  readonly after: Session | undefined;
  readonly snapshot?: Snapshot | undefined;
}

/** Sessions that another write has ended leave the list of their user's. */
export interface SessionsWrite {
  readonly kind: 'sessions';
  readonly gone: readonly Session[];
}

/** Items that decide nothing, written along. */
export type SideWrite =
  | { readonly kind: 'profile'; readonly before: Profile | undefined; readonly after: Profile | undefined }
  | { readonly kind: 'alias'; readonly digest: string; readonly before?: UserId | undefined; readonly after?: UserId }
  | { readonly kind: 'sweep'; readonly sweep: Sweep }
  | RuleWrite
  | DraftWrite
  | SessionWrite
  | SessionsWrite
  | DirectoryWrite;

export interface Audit {
  readonly action: ChangeAction;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Users and groups that it concerns besides the target: they find it, too. */
  readonly also?: readonly (UserId | GroupId)[];
  /** Texts of a person, which are kept apart from the event, so that they can be erased and the event stays whole. */
  readonly personal?: { readonly user: UserId; readonly before: Texts; readonly after: Texts };
}

/** So many users and groups are told of one by one that the events of a transaction concern besides their targets. */
export const mostTold = 20;

/** Name, login or mail, by the field. */
export type Texts = Readonly<Record<string, string | undefined>>;

const texts = ['name', 'login', 'mail'] as const;

/** The texts of a person that differ, as an event tells them. */
export const personalIn = (before: Profile, after: Profile): Pick<Audit, 'personal'> => {
  const changed = texts.filter((field) => before[field] !== after[field]);
  const pick = (profile: Profile): Texts => Object.fromEntries(changed.map((field) => [field, profile[field]]));
  return changed.length === 0 ? {} : { personal: { user: after.id, before: pick(before), after: pick(after) } };
};

export interface Change<R = unknown> {
  readonly book: readonly BookRecord[];
  readonly users: readonly AccessChange[];
  readonly side: readonly SideWrite[];
  /** The rules that are put in another place; others may get new places as well, and stay where they are. */
  readonly moved?: readonly RuleId[];
  /** Absent when nothing changes: no event without a change. */
  readonly audit?: Audit;
  /** True when nobody can read what is written: it guards against what is under way, is no event and counts as no change. */
  readonly guardsOnly?: true;
  /** What the plan came to, for the answer. */
  readonly result: R;
}

/** A change that changes nothing. */
export const noChange = <R = undefined>(result: R): Change<R> => ({ book: [], users: [], side: [], result });

export const changes = (change: Change): boolean =>
  change.book.length > 0 || change.users.length > 0 || change.side.length > 0;

/** True when a change begins or ends sessions and does nothing else: it gives and takes no right. */
export const isOfSessions = ({ book, users, side }: Change): boolean =>
  book.length === 0 && users.length === 0 && side.every(({ kind }) => kind === 'session');

/** The world as it would be. */
export const applied = (world: World, change: Change): World => ({
  book: change.book.length > 0 ? world.book.with(change.book) : world.book,
  users:
    change.users.length > 0
      ? new Map([...world.users, ...change.users.map(({ after }) => [after.id, after] as const)])
      : world.users,
});

/** The place that a side write goes to; nothing for those that are never written twice. */
const placeOf = (side: SideWrite): string | undefined => {
  if (side.kind === 'profile') return `profile ${(side.after ?? side.before)?.id}`;
  if (side.kind === 'alias') return `alias ${side.digest}`;
  if (side.kind === 'rule') return `rule ${(side.after ?? side.before)?.id}`;
  return side.kind === 'sweep' ? `sweep ${JSON.stringify(side.sweep)}` : undefined;
};

/** Side writes with those to one place joined: what was there at first, and what is there at last. */
const mergedSide = (list: readonly SideWrite[]): SideWrite[] => {
  const by = new Map<string, SideWrite>();
  list.forEach((side, i) => {
    const place = placeOf(side) ?? `${i}`;
    const first = by.get(place);
    if (first?.kind === 'profile' && side.kind === 'profile') by.set(place, { ...side, before: first.before });
    else if (first?.kind === 'rule' && side.kind === 'rule') by.set(place, { ...side, before: first.before });
    else if (first?.kind === 'alias' && side.kind === 'alias') {
      const { digest, before, after } = side;
      // Whoever gives it to another user must have seen whose it was by then.
      if (first.after !== undefined && first.after !== before) throw new Error(`${first.after} keeps its alias`);
      by.set(place, { kind: 'alias', digest, before: first.before, ...(after && { after }) });
    } else by.set(place, side);
  });
  // What came and went within the changes, or is as it was, is not written.
  return [...by.values()].filter(
    (side) => (side.kind !== 'profile' && side.kind !== 'rule' && side.kind !== 'alias') || side.before !== side.after,
  );
};

/** By which groups and permissions the lists name a user. */
export const listedBy = (access: Access | undefined): { groups: GroupId[]; permissions: string[] } => ({
  groups: [...new Set([...(access?.groups ?? [])].map(groupOf))],
  permissions: [...new Set(access?.personal.map((grant) => grant.permission))],
});

/** A sweep of somebody deleted, by what the lists had before all of the changes: none of what follows has been written. */
const sweptWhole = (side: SideWrite, users: ReadonlyMap<UserId, AccessChange>): SideWrite => {
  if (side.kind !== 'sweep' || side.sweep.kind !== 'user') return side;
  const { id, life } = side.sweep;
  const before = users.get(id)?.before;
  return { kind: 'sweep', sweep: { ...side.sweep, ...listedBy(before?.life === life ? before : undefined) } };
};

/** Several changes, each planned on the world that the ones before it leave, as one. Every item is written once. */
export const merged = <R>(list: readonly Change<R>[]): Change<R[]> => {
  const book = new Map<string, BookRecord>();
  const users = new Map<UserId, AccessChange>();
  for (const change of list) {
    for (const record of change.book) book.set(recordName(record), record);
    for (const { before, after } of change.users)
      users.set(after.id, { before: users.has(after.id) ? users.get(after.id)?.before : before, after });
  }
  const audit = list.find((change) => change.audit)?.audit;
  const moved = list.flatMap((change) => change.moved ?? []);
  return {
    book: [...book.values()],
    users: [...users.values()],
    side: mergedSide(list.flatMap((change) => change.side)).map((side) => sweptWhole(side, users)),
    ...(moved.length > 0 && { moved }),
    ...(audit && { audit }),
    result: list.map((change) => change.result),
  };
};
