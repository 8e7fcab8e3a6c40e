// The phases of a run that change the book: groups are created and changed and put into groups; at the end, nestings
// are cut and groups deleted. Many operations share a transaction, because every write to the book waits for the one
// before it.

import { type GroupId, groupOf, groupRef } from '../domain/base/ids.ts';
import type { Book } from '../domain/book/book.ts';
import { type DirectoryGroup, dnDigest, type ObjectId, type Pointer, type Waiting } from '../domain/directory.ts';
import { GroupsDraft, type StoredGroups } from '../domain/plan/directory-groups.ts';
import { type GroupPut, idsAwaited } from '../domain/plan/directory-names.ts';
import { toObject, toPointer, waitingFor } from '../store/directory.ts';
import { keys } from '../store/keys.ts';
import type { View } from '../store/view.ts';
import type { From } from './intents.ts';
import {
  carriedOut,
  commit,
  inTransactions,
  isOfEntry,
  type LoadedRun,
  laid,
  type Op,
  readObjects,
  readPointers,
  type Slice,
  viewOf,
} from './slice.ts';

/** An operation on groups, with the groups whose items it touches. */
export interface GroupOp extends Op<GroupsDraft> {
  readonly touches: readonly { readonly id: GroupId; readonly dn?: string | undefined }[];
  /** Names whose pointers the operation also reads, by digest. */
  readonly digests?: readonly string[];
}

/** Writes of one transaction. The head, log, event, outcome and the actor's proof need room too. */
const mostWrites = 80;

const isGroup = (id: ObjectId | undefined): id is GroupId => id?.startsWith('g') === true;

const nestOp = (child: GroupId, parent: GroupId, entry: number, waiting?: Waiting): GroupOp => ({
  name: `in.${child}.${parent}`,
  entry,
  id: child,
  member: true,
  touches: [],
  weight: waiting ? 3 : 1,
  lay: (draft) => draft.nest(child, parent, waiting),
});

/** Creates, names and renames groups, and gives them to the groups that have waited for their names. */
export const putGroups = async (slice: Slice): Promise<boolean> => {
  const { after = '' } = slice.run;
  const rest = [...slice.intents.groups].filter(([id]) => id > after);
  const pointers = await readPointers(slice, [...new Set(rest.flatMap(([, { wish }]) => namesAwaited(wish)))]);
  return inBatches(slice, 'groups', putsOf(slice), (unit) => awaitedNests(slice, unit as GroupId, pointers));
};

export const putsOf = (slice: LoadedRun): BatchUnit[] =>
  [...slice.intents.groups].map(([id, { entry, wish }]) => ({
    unit: id as string,
    ops: [
      {
        name: `put.${id}`,
        entry,
        id,
        member: false,
        touches: [{ id, dn: wish.dn }],
        weight: 4,
        lay: (draft: GroupsDraft) => draft.put(id, wish),
      },
    ],
  }));

/**
 * Operations that put a group into the groups that have waited for its name.
 * @param known the pointers of its names, when they have been read
 */
export const awaitedNests = async (
  slice: LoadedRun,
  id: GroupId,
  known?: ReadonlyMap<string, Pointer | undefined>,
): Promise<GroupOp[]> => {
  const { entry, wish } = slice.intents.groups.get(id) as From<GroupPut>;
  const digests = namesAwaited(wish);
  const pointers = known ?? (await readPointers(slice, digests));
  const met = digests.filter((digest) => pointers.get(digest)?.awaited);
  return (await Promise.all(met.map((digest) => nestsFor(slice, id, entry, digest)))).flat();
};
export const namesAwaited = (wish: GroupPut): string[] => [dnDigest(wish.dn), ...idsAwaited(wish)];
const nestsFor = async (slice: LoadedRun, id: GroupId, entry: number, digest: string): Promise<GroupOp[]> => {
  const waiting = await waitingFor(slice.store.db, slice.key.tenant, slice.run.source, digest);
  const settle: GroupOp = {
    name: `met.${id}.${digest}`,
    entry,
    id,
    member: false,
    closing: true,
    touches: [],
    digests: [digest],
    weight: 1,
    lay: (draft) => draft.settle(digest),
  };
  return [...waiting.map((one) => nestOp(id, one.group, entry, one)), settle];
};

export const nestGroups = (slice: Slice): Promise<boolean> => inBatches(slice, 'nest', nestsOf(slice));

export const nestsOf = (slice: LoadedRun): BatchUnit[] =>
  slice.intents.memberships.flatMap(({ group, entry, add }) =>
    add.flatMap((digest) => {
      const id = slice.named(digest);
      return isGroup(id) ? [{ unit: `${id}.${group}`, ops: [nestOp(id, group, entry)] }] : [];
    }),
  );

/** Takes groups out of groups, then ends the groups that the directory no longer has. */
export const cutGroups = async (slice: Slice): Promise<boolean> =>
  inBatches(slice, 'cut', await cutsOf(slice, (await viewOf(slice)).book));

/** @param book the book in which everything that the run gives is done */
export const cutsOf = async (slice: LoadedRun, book: Book): Promise<BatchUnit[]> => {
  const { intents, named } = slice;
  const cuts = new Map<string, { child: GroupId; parent: GroupId; entry: number }>();
  for (const { group, entry, whole, add, remove } of intents.memberships) {
    const stay = new Set(add.map(named));
    const record = book.groups.get(group);
    const inside = record && whole ? book.children(groupRef(group, record.life)).map(groupOf) : [];
    for (const child of [...inside, ...remove.map(named).filter(isGroup)])
      if (!stay.has(child)) cuts.set(`${child}.${group}`, { child, parent: group, entry });
  }
  const units: BatchUnit[] = [...cuts].map(([unit, { child, parent, entry }]) => ({
    unit: `1.${unit}`,
    ops: [
      {
        name: `out.${child}.${parent}`,
        entry,
        id: child,
        member: true,
        touches: [],
        weight: 1,
        lay: (draft) => draft.cut(child, parent),
      },
    ],
  }));
  const objects = await readObjects(
    slice,
    intents.groupEndings.map(({ id }) => id),
  );
  for (const { id, life, entry } of intents.groupEndings)
    units.push({
      unit: `2.${id}`,
      ops: [
        {
          name: `end.${id}`,
          entry,
          id,
          member: false,
          touches: [{ id, dn: objects.get(id)?.dn }],
          weight: 4,
          lay: (draft) => draft.end(id, life),
        },
      ],
    });
  return units;
};

/** Operations on groups that stand and fall together in the order of a phase. */
interface BatchUnit {
  readonly unit: string;
  readonly ops: readonly GroupOp[];
}

/** Carries out all units in their order, as many per transaction as fit. False when time is up. */
const inBatches = async (
  slice: Slice,
  phase: string,
  all: readonly BatchUnit[],
  more: (unit: string) => Promise<GroupOp[]> = async () => [],
): Promise<boolean> => {
  const { after = '' } = slice.run;
  const units = all.filter(({ unit }) => unit > after).sort((a, b) => (a.unit < b.unit ? -1 : 1));
  for (let at = 0; at < units.length; ) {
    if (slice.spent()) return false;
    const batch: BatchUnit[] = [];
    const ops: GroupOp[] = [];
    for (let room = mostWrites; at < units.length; at += 1) {
      const unit = units[at] as BatchUnit;
      const own = [...unit.ops, ...(await more(unit.unit))];
      room -= own.reduce((sum, { weight }) => sum + weight, 0);
      if (room < 0 && batch.length > 0) break;
      batch.push(unit);
      ops.push(...own);
    }
    // A group for which very many members wait needs several transactions.
    let refused: ReadonlySet<string> = new Set();
    for (const some of inTransactions(ops, mostWrites)) refused = await oneBatch(slice, phase, some, refused);
    await slice.reached((batch.at(-1) as BatchUnit).unit);
  }
  return true;
};

const oneBatch = async (
  slice: Slice,
  phase: string,
  ops: readonly GroupOp[],
  without: ReadonlySet<string>,
): Promise<ReadonlySet<string>> => {
  const view = await viewOf(slice);
  try {
    const draft = new GroupsDraft(slice.run.source, view.book, await storedFor(slice, view, ops), view.tools);
    const { change } = laid(draft, ops);
    if (change.book.length + change.side.length === 0) return without;
  } catch (error) {
    isOfEntry(error);
  }
  const attempt = (unit: string, some: readonly Op<GroupsDraft>[]) =>
    commit(slice, unit, { yields: true }, async (read) => {
      const stored = await storedFor(slice, read, some as readonly GroupOp[]);
      return laid(new GroupsDraft(slice.run.source, read.book, stored, read.tools), some);
    });
  return carriedOut(slice, phase, ops, attempt, without);
};

/** The stored items of the groups that the operations touch. */
export const storedFor = async (
  { key, run }: LoadedRun,
  read: View,
  ops: readonly GroupOp[],
): Promise<StoredGroups> => {
  const touched = ops.flatMap((op) => op.touches);
  const ids = [...new Set(touched.map(({ id }) => id))];
  const items = await read.items(ids.map((id) => keys.object(key.tenant, run.source, id)));
  const objects = new Map(ids.map((id, i) => [id, toObject(items[i]) as DirectoryGroup | undefined]));
  const dns = [...touched.map(({ dn }) => dn), ...[...objects.values()].map((object) => object?.dn)];
  const digests = [
    ...new Set([
      ...dns.flatMap((dn) => (dn === undefined ? [] : [dnDigest(dn)])),
      ...ops.flatMap((op) => op.digests ?? []),
    ]),
  ];
  const found = await read.items(digests.map((digest) => keys.directory(key.tenant, run.source, digest)));
  return { objects, pointers: new Map(digests.map((digest, i) => [digest, toPointer(found[i])])) };
};
