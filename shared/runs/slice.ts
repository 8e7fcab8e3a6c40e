// Shared by all phases of a run: the file, its operations, the actor, and the call into the commit path.

import { Refusal } from '../domain/base/refusal.ts';
import { isEnabled, mayDeliver } from '../domain/book/sources.ts';
import type { Change } from '../domain/change.ts';
import { Rights } from '../domain/deciding/decide.ts';
import type { DirectoryObject, ObjectId, Pointer, Run } from '../domain/directory.ts';
import type { FoldResult } from '../ldif/net-effect.ts';
import type { Authorised } from '../store/authorised.ts';
import { allEyes, crowdedBy } from '../store/crowded.ts';
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

export interface Slice {
  readonly store: Store;
  readonly key: RunKey;
  readonly run: Run;
  readonly fold: FoldResult;
  readonly resolution: Resolution;
  readonly intents: Intents;
  /** The object that a member's name refers to, as long as the file leaves it that name. */
  readonly named: (digest: string) => ObjectId | undefined;
  /** True when it is time to end this slice. */
  readonly spent: () => boolean;
  /** Stores the last finished unit of the present phase. */
  readonly reached: (unit: string) => Promise<void>;
}

/**
 * The actor: the caller who delivered the file, with the present rights. Never a keeper, because a directory is
 * bounded.
 */
const authorised = async ({ key, run }: Slice, view: View): Promise<Authorised> => {
  const [active] = await view.items([keys.activeRun(key.tenant, run.source)]);
  if (active?.run !== run.id) throw new RunOver();
  const [access] = await view.users([run.actor.id]);
  const rights = Rights.of(view.book, access);
  const { governs, keeper } = view.book.catalogue.data;
  const authority = [...governs.directory, keeper].find((permission) => rights.holds(permission));
  const source = view.book.sources.get(run.source);
  if (!source) throw new RunFailed('not-found');
  if (!isEnabled(source)) throw new RunFailed('source-off');
  if (!mayDeliver(source, run.actor.id, rights.holds(keeper))) throw new RunFailed('forbidden');
  if (access?.state !== 'active' || authority === undefined) throw new RunFailed('forbidden');
  return { actor: run.actor, access, rights, keeper: false, authority, exempt: { source: run.source } };
};

/** A plan's result: the change, and the entries of the file that it serves. */
interface Planned {
  readonly change: Change;
  readonly entries: readonly number[];
}

/**
 * Commits one unit, with the note that its entries were carried out. With `yields`, it stands back for writers of the book.
 * @throws Refusal, RunFailed or RunOver
 */
export const commit = async (
  slice: Slice,
  unit: string,
  alsoRead: readonly Key[],
  plan: (view: View) => Promise<Planned>,
  yields = false,
): Promise<void> => {
  const { store, key, run } = slice;
  const own = [keys.activeRun(key.tenant, run.source), keys.access(key.tenant, run.actor.id)];
  await store.mutate({
    tenant: key.tenant,
    operation: 'directory.run',
    requestId: run.requestId,
    traceId: run.traceId,
    alsoRead: [...own, ...alsoRead],
    yields,
    authorise: (read) => authorised(slice, read),
    plan: async (read) => {
      const { change, entries } = await plan(read);
      if (change.book.length + change.users.length + change.side.length === 0) return { change, body: undefined };
      const warnings = await crowdedBy(store.db, read, change, allEyes);
      const warned = warnings.length > 0 ? { warnings } : {};
      const done = { kind: 'outcome', run: run.id, unit, entries, ...warned } as const;
      return { change: { ...change, side: [...change.side, done] }, body: undefined };
    },
  });
};

/** True when a refusal concerns the single operation. @throws errors and refusals that concern the whole run */
export const isOfEntry = (error: unknown): error is Refusal => {
  if (!(error instanceof Refusal) || error.code === 'busy') throw error;
  if (error.code === 'keeperless') throw new RunFailed(error.code);
  return true;
};

/**
 * An operation that an entry of the file asks for. Operations are committed together, and each alone if they are
 * refused.
 */
export interface Op<D> {
  /** Name within its unit. */
  readonly name: string;
  readonly entry: number;
  /** The object that a refusal names: a member of the entry's group, or the entry's own object. */
  readonly id: string;
  readonly member: boolean;
  /** True if the operation depends on those before it, and is left out when one of them was refused. */
  readonly closing?: boolean;
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
 * Commits operations together. If they are refused, commits each alone, so that only the refused ones are left out.
 * True when none was.
 */
export const carriedOut = async <D>(
  slice: Slice,
  unit: string,
  ops: readonly Op<D>[],
  attempt: (unit: string, ops: readonly Op<D>[]) => Promise<void>,
): Promise<boolean> => {
  const [first] = ops;
  if (!first) return true;
  try {
    await attempt(`${unit}.${first.name}`, ops);
    return true;
  } catch (error) {
    if (!isOfEntry(error)) throw error;
    if (ops.length === 1) {
      const { entry, id, member, name } = first;
      await saveRefused(slice.store.db, slice.key, `${unit}.${name}`, { entry, id, code: error.code, member });
      return false;
    }
  }
  let clean = true;
  for (const op of ops) {
    if (op.closing && !clean) continue;
    clean = (await carriedOut(slice, unit, [op], attempt)) && clean;
  }
  return clean;
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
export const viewOf = async ({ store, key }: Slice): Promise<View> => {
  const view = await store.view(key.tenant);
  if (!view) throw new RunOver();
  return view;
};
