// A change: the writes that a plan asks for. It holds whole records before and after, so that plans can be applied in
// memory, merged and judged by their end state; the store derives the writes.
import type { AuditSettingsWrite } from './audit-settings.ts';
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
import { type Access, type BookRecord, type Lifecycle, recordName } from './book/records.ts';
import type { DeletedUser } from './deleted.ts';
import type { Batch, DirectoryObject, Numbers, Pointer, Run, Sync, Waiting } from './directory.ts';
import type { Draft } from './draft.ts';
import type { RecoveryWrite } from './recovery.ts';
import type { RuleContent } from './rules/content.ts';
import type { Session, Snapshot } from './session.ts';
import type { Undo } from './undo.ts';

/** The facts that a plan is made on: the book at one version, and the access items read with it. */
export interface World {
  readonly book: Book;
  /** By id; `undefined` for a user that was read and does not exist. */
  readonly users: ReadonlyMap<UserId, Access | undefined>;
}

/** Randomness and time, as arguments. They are fixed before the first attempt at a mutation: a retry plans the same. */
export interface IdsAndTime {
  readonly ids: Ids;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The random values drawn so far, in order: those that another plan of the same operation would draw differently. */
  readonly drawn?: () => readonly string[];
  /** True when a secret has been drawn: then the answer may be given to the caller only. */
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
  /** Issuer of the invitation that bound this sign-in; absent on sign-ins bound by earlier releases. */
  readonly invitedBy?: UserId | undefined;
  readonly createdAt: string;
  /** The form in which the words of the user are written, for searches; absent while they are not. */
  readonly words?: number | undefined;
}

export interface AccessChange {
  readonly before: Access | undefined;
  readonly after: Access;
}

/** Work that a deletion leaves for later, done in slices that may repeat. */
type Sweep =
  | { readonly kind: 'role'; readonly id: RoleId }
  | { readonly kind: 'group'; readonly id: GroupId; readonly life: Life }
  | { readonly kind: 'source'; readonly id: SourceId }
  /** The values of a person until this time, in milliseconds since 1970. */
  | { readonly kind: 'erasure'; readonly id: UserId; readonly at: number }
  | {
      readonly kind: 'user';
      readonly id: UserId;
      readonly life: Life;
      /** Groups and permissions under which the listings still name the user. */
      readonly groups: readonly GroupId[];
      readonly permissions: readonly string[];
    };

/** Writes to the records of a directory: see `DirectoryObject`, `Pointer` and `Run`. */
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
  /** How far the source is synchronised. */
  | {
      readonly kind: 'sync';
      readonly source: SourceId;
      readonly before: Sync | undefined;
      readonly after: Sync | undefined;
    }
  /** A group begins, or ends, to wait for a member that the directory has not delivered. */
  | { readonly kind: 'waiting'; readonly source: SourceId; readonly waiting: Waiting; readonly ends: boolean }
  /** The entries of a run's file that this transaction carries out. */
  | {
      readonly kind: 'outcome';
      readonly run: RunId;
      readonly unit: string;
      readonly entries: readonly number[];
      readonly warnings?: readonly string[];
      /** What the transaction takes away, and how many members single groups lose. */
      readonly lost?: { readonly numbers: Numbers; readonly byGroup: Readonly<Record<string, number>> };
      /** What the transaction takes away, so that the run can be undone. */
      readonly undo?: readonly Undo[];
    }
  /** A run is held, approved or rejected. */
  | { readonly kind: 'run-ruled'; readonly before: Run; readonly after: Run }
  /** A run begins, takes in a batch, is committed or is abandoned. */
  | {
      readonly kind: 'run';
      readonly before: Run | undefined;
      readonly after: Run;
      /** The parts of the content that it takes in. */
      readonly body: readonly Uint8Array[];
      readonly batch?: Batch;
      /** The silent run of the source in whose place it begins. */
      readonly over?: Run;
    };

/** The content of a rule; the book holds its order, owner and rights. */
export interface RuleWrite {
  readonly kind: 'rule';
  readonly before: RuleContent | undefined;
  readonly after: RuleContent | undefined;
}

/** A draft is created, replaced or deleted. */
export interface DraftWrite {
  readonly kind: 'draft';
  readonly before: Draft | undefined;
  readonly after: Draft | undefined;
}

/** A session begins, with the rights kept at log-on, or ends. */
export interface SessionWrite {
  readonly kind: 'session';
  readonly before: Session | undefined;
  readonly after: Session | undefined;
  readonly snapshot?: Snapshot | undefined;
}

/** Removes sessions that another write has ended from the list of their user's sessions. */
export interface SessionsWrite {
  readonly kind: 'sessions';
  readonly gone: readonly Session[];
}

/** A deleted user is kept for restoring, or no longer. */
export interface DeletedWrite {
  readonly kind: 'deleted';
  readonly id: UserId;
  readonly after: DeletedUser | undefined;
}

/** Items that decide nothing and are written in the same transaction. */
export type SideWrite =
  | { readonly kind: 'profile'; readonly before: Profile | undefined; readonly after: Profile | undefined }
  | { readonly kind: 'alias'; readonly digest: string; readonly before?: UserId | undefined; readonly after?: UserId }
  | { readonly kind: 'sweep'; readonly sweep: Sweep }
  | DeletedWrite
  | RuleWrite
  | DraftWrite
  | SessionWrite
  | SessionsWrite
  | RecoveryWrite
  | AuditSettingsWrite
  | DirectoryWrite;

export interface Audit {
  readonly action: ChangeAction;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  /** Users and groups that the event concerns besides its target, so that their audit lists include it. */
  readonly also?: readonly (UserId | GroupId)[];
  /** Personal texts, stored apart from the event so that they can be erased while the event stays whole. */
  readonly personal?: { readonly user: UserId; readonly before: NamedTexts; readonly after: NamedTexts };
}

/** Most users and groups, besides the targets, that get an index entry of their own for the events of one transaction. */
export const mostTold = 20;

/** Name, login, mail or external id, by field. */
export type NamedTexts = Readonly<Record<string, string | undefined>>;

const texts = ['name', 'login', 'mail', 'externalId'] as const;

/** The personal texts that differ between two profiles, for the event. */
export const personalIn = (before: Profile, after: Profile): Pick<Audit, 'personal'> => {
  const changed = texts.filter((field) => before[field] !== after[field]);
  const pick = (profile: Profile): NamedTexts => Object.fromEntries(changed.map((field) => [field, profile[field]]));
  return changed.length === 0 ? {} : { personal: { user: after.id, before: pick(before), after: pick(after) } };
};

export interface Change<R = unknown> {
  readonly book: readonly BookRecord[];
  readonly users: readonly AccessChange[];
  readonly side: readonly SideWrite[];
  /** The rules that the request moves. Other rules may get new order numbers without moving. */
  readonly moved?: readonly RuleId[];
  /** The lifecycle of the tenant after the change; absent when it stays. */
  readonly lifecycle?: Lifecycle | 'active';
  /** Absent when nothing changes: no event without a change. */
  readonly audit?: Audit;
  /**
   * True when the write has no effect that anybody can read and only guards against a concurrent mutation: it needs no
   * event and counts as no change.
   */
  readonly guardsOnly?: true;
  /** What the plan returns, for the answer. */
  readonly result: R;
}

/** A change that changes nothing. */
export const noChange = <R = undefined>(result: R): Change<R> => ({ book: [], users: [], side: [], result });

export const changes = (change: Change): boolean =>
  change.book.length > 0 || change.users.length > 0 || change.side.length > 0 || change.lifecycle !== undefined;

/**
 * True when a change gives and takes no right: it only begins or ends sessions, moves the lifecycle of the tenant, or
 * moves a recovery.
 */
export const givesNoRight = ({ book, users, side }: Change): boolean =>
  book.length === 0 && users.length === 0 && side.every(({ kind }) => kind === 'session' || kind === 'recovery');

/** The world after the change. */
export const applied = (world: World, change: Change): World => ({
  book: change.book.length > 0 ? world.book.with(change.book) : world.book,
  users:
    change.users.length > 0
      ? new Map([...world.users, ...change.users.map(({ after }) => [after.id, after] as const)])
      : world.users,
});

/** Key under which side writes to the same item are merged; `undefined` for kinds that are never written twice. */
const placeOf = (side: SideWrite): string | undefined => {
  if (side.kind === 'profile') return `profile ${(side.after ?? side.before)?.id}`;
  if (side.kind === 'alias') return `alias ${side.digest}`;
  if (side.kind === 'deleted') return `deleted ${side.id}`;
  if (side.kind === 'rule') return `rule ${(side.after ?? side.before)?.id}`;
  if (side.kind === 'sync') return `sync ${side.source}`;
  return side.kind === 'sweep' ? `sweep ${JSON.stringify(side.sweep)}` : undefined;
};

/** Merges side writes to the same item: the first `before` with the last `after`. */
const mergedSide = (list: readonly SideWrite[]): SideWrite[] => {
  const by = new Map<string, SideWrite>();
  list.forEach((side, i) => {
    const place = placeOf(side) ?? `${i}`;
    const first = by.get(place);
    if (first?.kind === 'profile' && side.kind === 'profile') by.set(place, { ...side, before: first.before });
    else if (first?.kind === 'rule' && side.kind === 'rule') by.set(place, { ...side, before: first.before });
    else if (first?.kind === 'sync' && side.kind === 'sync') by.set(place, { ...side, before: first.before });
    else if (first?.kind === 'alias' && side.kind === 'alias') {
      const { digest, before, after } = side;
      // A lost update otherwise: a later step that gives the alias away must have read the user that the earlier step
      // gave it to.
      if (first.after !== undefined && first.after !== before) throw new Error(`${first.after} keeps its alias`);
      by.set(place, { kind: 'alias', digest, before: first.before, ...(after && { after }) });
    } else by.set(place, side);
  });
  // Drops items whose end state equals their first state.
  return [...by.values()].filter(
    (side) => (side.kind !== 'profile' && side.kind !== 'rule' && side.kind !== 'alias') || side.before !== side.after,
  );
};

/** The groups and permissions under which the listings name a user. */
export const listedBy = (access: Access | undefined): { groups: GroupId[]; permissions: string[] } => ({
  groups: [...new Set([...(access?.groups ?? [])].map(groupOf))],
  permissions: [...new Set(access?.personal.map((grant) => grant.permission))],
});

/**
 * A deleted user's sweep by the listings as stored before the first change, because the changes between are never
 * written.
 */
const sweptWhole = (side: SideWrite, users: ReadonlyMap<UserId, AccessChange>): SideWrite => {
  if (side.kind !== 'sweep' || side.sweep.kind !== 'user') return side;
  const { id, life } = side.sweep;
  const before = users.get(id)?.before;
  return { kind: 'sweep', sweep: { ...side.sweep, ...listedBy(before?.life === life ? before : undefined) } };
};

/** Merges changes, each planned on the world that the ones before it leave, into one that writes every item once. */
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
