// Shared by all phases of a run: the file, its operations, the actor, and the call into the commit path.

import { Refusal } from '../domain/base/refusal.ts';
import type { Audit, Change } from '../domain/change.ts';
import { Rights } from '../domain/deciding/decide.ts';
import type { DirectoryObject, ObjectId, Pointer, Run } from '../domain/directory.ts';
import { endOfRun } from '../domain/plan/directory-runs.ts';
import { byGroupOf, lossesOf, numbersOf } from '../domain/plan/losses.ts';
import { undoOf } from '../domain/plan/undo.ts';
import type { Undo } from '../domain/undo.ts';
import type { FoldResult } from '../ldif/net-effect.ts';
import type { Authorised } from '../store/authorised.ts';
import { membersListed } from '../store/candidates.ts';
import { allEyes, crowdedBy } from '../store/crowded.ts';
import type { Item } from '../store/db.ts';
import { toObject, toPointer } from '../store/directory.ts';
import { type Key, keys } from '../store/keys.ts';
import { type RunKey, saveRefused } from '../store/runs.ts';
import type { Store } from '../store/store.ts';
import type { View } from '../store/view.ts';
import type { Intents } from './intents.ts';
import type { Resolution } from './resolve.ts';

/** The run cannot go on: the person who delivered the file has lost the right to, or the tenant is keeperless. */
export class RunFailed extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}
/** The run has ended already, because another worker was faster. */
export class RunOver extends Error {}

/** A run with its file and its operations, as every slice loads it. */
export interface LoadedRun {
  readonly store: Store;
  readonly key: RunKey;
  readonly run: Run;
  readonly fold: FoldResult;
  readonly resolution: Resolution;
  readonly intents: Intents;
  /** The object that a member's name refers to, as long as the file leaves it that name. */
  readonly named: (digest: string) => ObjectId | undefined;
}

export interface Slice extends LoadedRun {
  /** True when it is time to end this slice. */
  readonly spent: () => boolean;
  /** Stores the last finished unit of the present phase. */
  readonly reached: (unit: string) => Promise<void>;
}

/**
 * The actor: the caller who delivered the file, with the present rights. Never a keeper, because a directory is
 * bounded.
 */
export const deliverer = async ({ key, run }: LoadedRun, view: View): Promise<Authorised> => {
  const [active] = await view.items([keys.activeRun(key.tenant, run.source)]);
  if (active?.run !== run.id) throw new RunOver();
  const [access] = await view.users([run.actor.id]);
  const rights = Rights.of(view.book, access);
  const { governs, keeper } = view.book.catalogue.data;
  const authority = [...governs.directory, keeper].find((permission) => rights.holds(permission));
  const end = endOfRun(view.book.sources.get(run.source), run.actor.id, rights.holds(keeper));
  if (end) throw new RunFailed(end);
  if (access?.state !== 'active' || authority === undefined) throw new RunFailed('forbidden');
  return { actor: run.actor, access, rights, keeper: false, authority, exempt: { source: run.source } };
};

/** A plan's result: the change, and the entries of the file that it serves. */
interface Planned {
  readonly change: Change;
  readonly entries: readonly number[];
  /** The events of a change to several objects; else there is the change's own. */
  readonly audits?: readonly Audit[];
}

/** What a commit reads besides, and how it treats others. */
interface Manner {
  readonly alsoRead?: readonly Key[];
  /** Items read a moment ago: see `Mutation`. */
  readonly known?: readonly (readonly [Key, Item | undefined])[] | undefined;
  /** True to stand back for writers of the book. */
  readonly yields?: boolean;
}

/**
 * Commits one transaction, with the note that its entries were carried out. The note's name is its own, because a
 * repetition of the slice may put other changes together.
 * @throws Refusal, RunFailed or RunOver
 */
export const commit = async (
  slice: Slice,
  unit: string,
  { alsoRead = [], known, yields = false }: Manner,
  plan: (view: View) => Promise<Planned>,
): Promise<void> => {
  const { store, key, run } = slice;
  const own = [keys.activeRun(key.tenant, run.source), keys.access(key.tenant, run.actor.id)];
  const note = `${unit}.${store.ids.life()}`;
  await store.mutate({
    tenant: key.tenant,
    operation: 'directory.run',
    requestId: run.requestId,
    traceId: run.traceId,
    run: run.id,
    alsoRead: [...own, ...alsoRead],
    ...(known && { known }),
    yields,
    authorise: (read) => deliverer(slice, read),
    plan: async (read) => {
      const { change, entries, audits } = await plan(read);
      if (change.book.length + change.users.length + change.side.length === 0) return { change, body: undefined };
      const warnings = await crowdedBy(store.db, read, change, allEyes);
      const warned = warnings.length > 0 ? { warnings } : {};
      const undo = await withMembers(store, key, undoOf(read.book, change));
      const undone = undo.length > 0 ? { undo } : {};
      const done = {
        kind: 'outcome',
        run: run.id,
        unit: note,
        entries,
        ...warned,
        ...undone,
        ...lostBy(read, change),
      } as const;
      return { change: { ...change, side: [...change.side, done] }, body: undefined, ...(audits && { audits }) };
    },
  });
};

/** What a change takes away, in numbers, for the guards of later runs. */
const lostBy = ({ book }: View, change: Change) => {
  const losses = lossesOf(book, change);
  if (losses.length === 0) return {};
  return { lost: { numbers: numbersOf(losses), byGroup: Object.fromEntries(byGroupOf(losses)) } };
};

/** Members of ended groups that one transaction notes, so that the note fits its item. */
const mostMembers = 12_000;

/** Adds the members of ended groups, which the listing still names. */
const withMembers = async ({ db }: Store, { tenant }: RunKey, undo: readonly Undo[]): Promise<Undo[]> => {
  let room = mostMembers;
  const all: Undo[] = [];
  for (const one of undo) {
    const members = one.kind === 'group' && room > 0 ? await membersListed(db, tenant, one.id) : [];
    all.push(one.kind === 'group' ? { ...one, members: members.slice(0, room) } : one);
    room -= members.length;
  }
  return all;
};

/** True when a refusal concerns the single operation. @throws errors and refusals that concern the whole run */
export const isOfEntry = (error: unknown): error is Refusal => {
  if (!(error instanceof Refusal) || error.code === 'busy') throw error;
  if (error.code === 'keeperless') throw new RunFailed(error.code);
  return true;
};

/**
 * An operation that an entry of the file asks for. Operations are committed together, and in ever smaller parts if they
 * are refused.
 */
export interface Op<D> {
  /** Name among those on the same object in a phase. */
  readonly name: string;
  readonly entry: number;
  /** The object that a refusal names: a member of the entry's group, or the entry's own object. */
  readonly id: string;
  readonly member: boolean;
  /** True if the operation depends on those before it on the object, and is left out when one of them was refused. */
  readonly closing?: boolean;
  /** Items that the operation may write. */
  readonly weight: number;
  /** Applies the operation to a draft. True when that changes anything. */
  readonly lay: (draft: D) => boolean;
}

/** Applies operations to a draft, and returns the change with the entries that contribute to it. */
export const laid = <D extends { change(): Change }>(draft: D, ops: readonly Op<D>[]): Planned => {
  const entries = new Set<number>();
  for (const op of ops) if (op.lay(draft)) entries.add(op.entry);
  return { change: draft.change(), entries: [...entries] };
};

/**
 * Commits operations together. If they are refused, commits each half of them, and so on, so that only the refused ones
 * are left out. Returns the objects of which an operation was refused.
 * @param without objects of which an operation was refused before
 */
export const carriedOut = async <D>(
  slice: Slice,
  phase: string,
  ops: readonly Op<D>[],
  attempt: (unit: string, ops: readonly Op<D>[]) => Promise<void>,
  without: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<string>> => {
  const due = ops.filter(({ closing, id }) => !closing || !without.has(id));
  const [first] = due;
  if (!first) return without;
  const unit = `${phase}.${first.id}.${first.name}`;
  try {
    await attempt(unit, due);
    return without;
  } catch (error) {
    if (!isOfEntry(error)) throw error;
    if (due.length === 1) {
      const { entry, id, member } = first;
      await saveRefused(slice.store.db, slice.key, unit, { entry, id, code: error.code, member });
      return new Set([...without, id]);
    }
  }
  const half = middleOf(due);
  const refused = await carriedOut(slice, phase, due.slice(0, half), attempt, without);
  return carriedOut(slice, phase, due.slice(half), attempt, refused);
};

/** Where to part operations: between two objects near the middle, else within the only one. */
const middleOf = (ops: readonly Op<never>[]): number => {
  const middle = Math.ceil(ops.length / 2);
  const between = ops.flatMap(({ id }, i) => (i > 0 && ops[i - 1]?.id !== id ? [i] : []));
  return between.reduce((best, i) => (Math.abs(i - middle) < Math.abs(best - middle) ? i : best), between[0] ?? middle);
};

/** Operations in as many lists as transactions hold them. @param room items of one transaction */
export const inTransactions = <O extends { readonly weight: number }>(ops: readonly O[], room: number): O[][] => {
  const lists: O[][] = [];
  let left = 0;
  for (const op of ops) {
    if (left < op.weight || lists.length === 0) {
      lists.push([]);
      left = room;
    }
    lists.at(-1)?.push(op);
    left -= op.weight;
  }
  return lists;
};

/** Works on at most this many items at a time. All running items end even if one fails. */
export const together = async <T>(items: readonly T[], most: number, run: (item: T) => Promise<void>) => {
  const rest = [...items].reverse();
  const failed: unknown[] = [];
  const worker = async () => {
    for (let item = rest.pop(); item !== undefined && failed.length === 0; item = rest.pop())
      await run(item).catch((error: unknown) => failed.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  if (failed.length > 0) throw failed[0];
};

export const readPointers = async (
  { store, key, run }: Pick<Slice, 'store' | 'key' | 'run'>,
  digests: readonly string[],
): Promise<Map<string, Pointer | undefined>> => {
  const items = await store.db.read(digests.map((digest) => keys.directory(key.tenant, run.source, digest)));
  return new Map(digests.map((digest, i) => [digest, toPointer(items[i])]));
};

export const readObjects = async (
  { store, key, run }: Pick<Slice, 'store' | 'key' | 'run'>,
  ids: readonly ObjectId[],
): Promise<Map<ObjectId, DirectoryObject | undefined>> => {
  const items = await store.db.read(ids.map((id) => keys.object(key.tenant, run.source, id)));
  return new Map(ids.map((id, i) => [id, toObject(items[i])]));
};

/** A consistent view of the book, to find operations that need no write. */
export const viewOf = async ({ store, key }: LoadedRun): Promise<View> => {
  const view = await store.view(key.tenant);
  if (!view) throw new RunOver();
  return view;
};
