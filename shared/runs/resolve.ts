// Resolves the entries of a file to stored objects. The decision is made once, before the first write, and stored with
// the run, because names move while a file is taken in and ids do not.

import type { GroupId, Life, SourceId, UserId } from '../domain/base/ids.ts';
import type { ProblemCode } from '../domain/base/refusal.ts';
import {
  type DirectoryObject,
  directoryGroupId,
  directoryUserId,
  dnDigest,
  type IgnoredCode,
  idByName,
  type ObjectId,
  type Pointer,
  type Run,
  type Swept,
} from '../domain/directory.ts';
import { classify } from '../ldif/entries.ts';
import { isOlder } from '../ldif/ndjson.ts';
import { type FoldedEntry, type FoldResult, movedDn, type SubtreeRename } from '../ldif/net-effect.ts';

/** The object that an entry is about. */
export interface Target {
  readonly id: ObjectId;
  /** Incarnation of a new object that only its DN identifies. */
  readonly incarnation?: number;
  /** The former object, which ends. Changes start from its attributes. */
  readonly from?: ObjectId;
  /** The incarnation that ends before the object is created again under the same id. */
  readonly renew?: Life;
  /** The former DN and the former object, if this file renames the object or puts it in another's place. */
  readonly moved?: { readonly from: string; readonly was?: ObjectId };
  readonly replaces?: boolean;
  /** Stored objects that had this DN and end. */
  readonly displaced?: readonly ObjectId[];
  /** True when no object of this id was stored. */
  readonly fresh?: boolean;
  /** The version that the entry states. */
  readonly seen?: DirectoryObject['seen'];
}
/** An object that ends, and the entry that ends it. */
export interface Ending {
  readonly id: ObjectId;
  readonly life: Life;
  readonly entry: number;
}
/** A stored object that no entry names, below a name that has changed. */
interface Carried extends Target {
  readonly dn: string;
  readonly entry: number;
}
export interface Resolution {
  /** Indexed like the file's entries. */
  readonly targets: readonly (Target | null)[];
  readonly endings: readonly Ending[];
  readonly carried: readonly Carried[];
  readonly refused: readonly { readonly entry: number; readonly code: ProblemCode }[];
  /** Entries that concern neither a user nor a group, with the reason. Absent in runs that an earlier release began. */
  readonly ignored?: readonly { readonly entry: number; readonly code: IgnoredCode }[];
  /** Entries that state an older version than the stored one. */
  readonly stale?: readonly number[];
  /** Memberships by a login that the user no longer has. */
  readonly leaves?: readonly Leave[];
  /** Memberships by a primary group. Absent in runs that an earlier release began. */
  readonly primary?: Primary;
}
/** What the run does about primary groups. */
export interface Primary {
  /** Digests of keys, and the group that has each afterwards: all keys that the run is about. */
  readonly holds: readonly (readonly [string, GroupId])[];
  /** Digests of the keys that such groups have had, and that none has now. */
  readonly free: readonly string[];
  readonly joins: readonly PrimaryMove[];
  readonly leaves: readonly PrimaryMove[];
}
export interface PrimaryMove {
  readonly group: GroupId;
  readonly entry: number;
  /** Absent when it is the one whom the entry describes. */
  readonly user?: UserId;
}
export interface Leave {
  readonly user: UserId;
  readonly group: GroupId;
  readonly entry: number;
}

type Pointers = ReadonlyMap<string, Pointer | undefined>;

/** The stored data that the file touches. */
export interface Known {
  readonly source: SourceId;
  /** Digest of the file. */
  readonly file: string;
  readonly objects: ReadonlyMap<ObjectId, DirectoryObject | undefined>;
  /** By the digest of a name. */
  readonly pointers: Pointers;
  /**
   * Renames that may carry stored objects along, because the renamed entry is no stored object; all objects if there
   * are such renames.
   */
  readonly renames: readonly SubtreeRename[];
  readonly all: readonly DirectoryObject[];
  /** The epoch of the run, in which versions count. */
  readonly epoch?: string;
  /** Of a full run: every object of the source. */
  readonly sweeps?: readonly Swept[];
}

const entriesByLine = (fold: FoldResult): Map<number, number> =>
  new Map(fold.entries.flatMap(({ records }, entry) => records.map(({ line }) => [line, entry] as const)));

/**
 * Renames of entries that are stored as neither user nor group. Only these carry others along, because users and groups
 * have nothing below them.
 */
export const renamesAbove = (fold: FoldResult, pointers: Pointers): SubtreeRename[] => {
  const entries = entriesByLine(fold);
  const isStored = (dn: string | undefined) => dn !== undefined && pointers.get(dnDigest(dn))?.id !== undefined;
  return fold.subtreeRenames.filter(({ line }) => {
    const entry = fold.entries[entries.get(line) ?? -1];
    return !isStored(entry?.storedDn) && !isStored(entry?.dn);
  });
};

/** The DN of a stored object after renames above it. DNs are canonical, so comparing texts is nearly always enough. */
export const carriedTo = (dn: string, renames: readonly SubtreeRename[]): string => {
  let now = dn;
  for (const rename of renames)
    if (now === rename.from || now.endsWith(`,${rename.from}`)) now = movedDn(now, [rename]);
  return now;
};

const isUser = (id: ObjectId): boolean => id.startsWith('u');

/** The ids that an immutable id can give: a user's and a group's, because an object may change its kind. */
export const idsOf = (source: SourceId, immutableId: string): ObjectId[] => [
  directoryUserId(source, immutableId),
  directoryGroupId(source, immutableId),
];

/** Digests of the DNs at which the entries of a file may be stored. */
export const placesOf = (entries: readonly FoldedEntry[]): string[] => [
  ...new Set(
    entries.flatMap((entry) => {
      if (entry.stated && entry.dn === '') return [];
      const former = entry.present === false ? entry.formerDn : undefined;
      return [entry.dn, entry.storedDn, former].flatMap((dn) => (dn === undefined ? [] : [dnDigest(dn)]));
    }),
  ),
];

/** The id of the object that an entry states; undefined for an entry of LDIF. */
export const statedId = (source: SourceId, { stated, immutableId = '' }: FoldedEntry): ObjectId | undefined =>
  stated && (stated.type === 'user' ? directoryUserId(source, immutableId) : directoryGroupId(source, immutableId));

/** The target of an entry that states an object: its id and version follow from the entry. */
const statedTarget = (
  { source, epoch }: Pick<Run, 'source' | 'epoch'>,
  entry: FoldedEntry,
  rest: Omit<Target, 'id' | 'seen'>,
): Target | undefined => {
  const id = statedId(source, entry);
  const version = entry.stated?.version;
  const seen = version !== undefined && epoch !== undefined ? { seen: { epoch, version } } : {};
  return id && { ...rest, id, ...seen };
};

/** Targets without what follows from their entries, because the ids of very many objects would not fit the stored plan. */
export const packedTargets = (
  { entries }: FoldResult,
  run: Pick<Run, 'source' | 'epoch'>,
  targets: Resolution['targets'],
): (Partial<Target> | null)[] =>
  targets.map((target, i) => {
    if (!target || target.id !== statedId(run.source, entries[i] as FoldedEntry)) return target;
    const { id: _id, seen: _seen, ...rest } = target;
    return rest;
  });

/** The targets that `packedTargets` has packed. */
export const unpackedTargets = (
  { entries }: FoldResult,
  run: Pick<Run, 'source' | 'epoch'>,
  targets: readonly (Partial<Target> | null)[],
): Resolution['targets'] =>
  targets.map((target, i) => {
    if (!target || target.id !== undefined) return target as Target | null;
    return statedTarget(run, entries[i] as FoldedEntry, target) ?? null;
  });

class Resolver {
  readonly #known: Known;
  readonly #claimed = new Map<ObjectId, number>();
  readonly #ended = new Map<ObjectId, number>();
  readonly #refused: { entry: number; code: ProblemCode }[] = [];
  readonly #ignored: { entry: number; code: IgnoredCode }[] = [];
  /** Objects that the file declares to be nobody (tombstones, conflict copies). */
  readonly #nobodies = new Set<ObjectId>();
  readonly #stale: number[] = [];
  /** Objects and places that entries state, each by one entry. */
  readonly #statedIds = new Set<ObjectId>();
  readonly #statedDns = new Set<string>();
  readonly #targets: (Target | null)[];
  readonly #fold: FoldResult;

  constructor(fold: FoldResult, known: Known) {
    this.#known = known;
    this.#fold = fold;
    this.#targets = fold.entries.map(() => null);
  }

  #at(dn: string | undefined): DirectoryObject | undefined {
    const id = dn === undefined ? undefined : this.#known.pointers.get(dnDigest(dn))?.id;
    return id && this.#known.objects.get(id);
  }

  #byId(immutableId: string | undefined): DirectoryObject[] {
    return immutableId === undefined ? [] : this.#stored(idsOf(this.#known.source, immutableId));
  }

  #stored(ids: readonly ObjectId[]): DirectoryObject[] {
    return ids.flatMap((id) => this.#known.objects.get(id) ?? []);
  }

  /** The object that an earlier slice of this file, or a file with the same rename, has moved here already. */
  #movedAlready({ dn, storedDn }: FoldedEntry, there: DirectoryObject | undefined): DirectoryObject | undefined {
    const here = storedDn === dn ? undefined : this.#at(dn);
    if (storedDn === undefined || here?.moved?.from !== dnDigest(storedDn)) return undefined;
    return here.moved.by === this.#known.file || !there || there.id === here.moved.was ? here : undefined;
  }

  #end(object: DirectoryObject | undefined, entry: number): void {
    if (object && !this.#ended.has(object.id)) this.#ended.set(object.id, entry);
  }

  #claim(entry: number, target: Target): void {
    if (this.#claimed.has(target.id)) {
      this.#refused.push({ entry, code: 'invalid-request' });
      return;
    }
    this.#claimed.set(target.id, entry);
    this.#targets[entry] = target;
  }

  /** Claims a new object that only its DN identifies. It may replace another. */
  #fresh(entry: number, kind: 'user' | 'group', from: DirectoryObject | undefined, replaces: boolean): void {
    const { dn, storedDn } = this.#fold.entries[entry] as FoldedEntry;
    const incarnation = (this.#known.pointers.get(dnDigest(dn))?.incarnation ?? 0) + 1;
    this.#end(from, entry);
    const moved = storedDn !== undefined && storedDn !== dn ? { from: dnDigest(storedDn) } : undefined;
    this.#claim(entry, {
      id: idByName(kind, this.#known.source, dn, incarnation),
      incarnation,
      ...(from && { from: from.id }),
      ...(moved && { moved: { ...moved, ...(from && { was: from.id }) } }),
      ...(replaces && { replaces }),
    });
  }

  #existing(entry: number, object: DirectoryObject, extra: Partial<Target> = {}): void {
    const { dn, storedDn } = this.#fold.entries[entry] as FoldedEntry;
    const moved = storedDn !== undefined && storedDn !== dn ? { moved: { from: dnDigest(storedDn) } } : {};
    this.#claim(entry, { id: object.id, ...moved, ...extra });
  }

  resolve(): Resolution {
    const { entries } = this.#fold;
    entries.forEach((entry, i) => {
      const id = statedId(this.#known.source, entry);
      if (id) this.#stated(entry, id, i);
    });
    // Entries with an immutable id go first, so that entries resolved by name cannot claim their objects.
    entries.forEach((entry, i) => {
      if (entry.stated) return;
      if (entry.present === true && entry.kind !== 'other' && entry.immutableId !== undefined)
        this.#identified(entry, i);
    });
    entries.forEach((entry, i) => {
      if (entry.present === false && entry.nobody) this.#nobody(entry, i, entry.nobody);
    });
    entries.forEach((entry, i) => {
      if (entry.stated) return;
      if (entry.present === undefined) this.#changed(entry, i);
      else if (entry.present === false || entry.kind === 'other') this.#gone(entry, i);
      else if (entry.immutableId === undefined) this.#named(entry, i);
    });
    const carried = this.#carried();
    const displaced = this.#displaced(carried);
    const endings = [...this.#ended].flatMap(([id, entry]) => {
      const object = this.#claimed.has(id) ? undefined : this.#known.objects.get(id);
      return object ? [{ id, life: object.life, entry }] : [];
    });
    const ending = new Set(endings.map(({ id }) => id));
    const targets = this.#targets.map((target, i) => {
      const here = displaced.get((entries[i] as FoldedEntry).dn)?.filter((id) => ending.has(id));
      return target && here && here.length > 0 ? { ...target, displaced: here } : target;
    });
    const stale = this.#stale.length > 0 ? { stale: this.#stale } : {};
    const gone = [...endings, ...this.#swept()];
    return { targets, endings: gone, carried, refused: this.#refused, ignored: this.#ignored, ...stale };
  }

  /** Resolves an entry that states an object by its immutable id. Nothing follows from who had its DN before. */
  #stated(entry: FoldedEntry, id: ObjectId, i: number): void {
    const { epoch, objects } = this.#known;
    const own = objects.get(id);
    if (this.#statedIds.has(id)) {
      this.#refused.push({ entry: i, code: 'invalid-request' });
      return;
    }
    this.#statedIds.add(id);
    const version = entry.stated?.version;
    if (version !== undefined && own?.seen?.epoch === epoch && own?.seen && isOlder(version, own.seen.version)) {
      this.#stale.push(i);
      return;
    }
    if (entry.present === false) {
      this.#end(own, i);
      return;
    }
    // The object is of another kind now: what it was ends.
    if (entry.present) for (const was of this.#byId(entry.immutableId)) if (was.id !== id) this.#end(was, i);
    const claim = (rest: Omit<Target, 'id' | 'seen'> = {}) =>
      this.#claim(i, statedTarget(this.#known, entry, rest) as Target);
    if (entry.present === undefined) {
      if (!own) this.#refused.push({ entry: i, code: 'not-found' });
      else if (entry.dn !== '' && entry.dn !== own.dn && this.#isFree(entry.dn, i)) claim();
      return;
    }
    if (this.#isFree(entry.dn, i)) claim(own ? {} : { fresh: true });
  }

  /** Notes the DN of an entry. A second entry with it is refused, because a DN has room for one. */
  #isFree(dn: string, entry: number): boolean {
    const isFree = !this.#statedDns.has(dn);
    this.#statedDns.add(dn);
    if (!isFree) this.#refused.push({ entry, code: 'invalid-request' });
    return isFree;
  }

  /** What a full run does not name ends. Each such object has a number behind those of the entries, for its result. */
  #swept(): Ending[] {
    const named = (id: ObjectId) => this.#claimed.has(id) || this.#ended.has(id) || this.#statedIds.has(id);
    const swept = (this.#known.sweeps ?? []).filter(({ id }) => !named(id));
    return swept.map(({ id, life }, i) => ({ id, life, entry: this.#fold.entries.length + i }));
  }

  /** Resolves an entry that is given in full and has an immutable id. */
  #identified(entry: FoldedEntry & { kind: 'user' | 'group' }, i: number): void {
    const { source, file } = this.#known;
    const [user, group] = idsOf(source, entry.immutableId as string) as [ObjectId, ObjectId];
    const id = entry.kind === 'user' ? user : group;
    const there = this.#at(entry.storedDn);
    for (const old of this.#stored([user, group])) if (old.id !== id) this.#end(old, i);
    if (there && there.id !== id) this.#end(there, i);
    const own = this.#known.objects.get(id);
    const renew = entry.deletedBefore && own && own.id === there?.id && own.made !== file ? { renew: own.life } : {};
    const replaces = entry.deletedBefore ? { replaces: true } : {};
    if (own) this.#existing(i, own, { ...renew, ...replaces });
    else this.#claim(i, { id, ...replaces });
  }

  /** Resolves an entry that is given in full and that only its DN identifies. */
  #named(entry: FoldedEntry & { kind: 'user' | 'group' }, i: number): void {
    const there = this.#at(entry.storedDn);
    const moved = this.#movedAlready(entry, there);
    if (moved && moved.kind === entry.kind) {
      if (there && there.id === moved.moved?.was) this.#end(there, i);
      this.#existing(i, moved);
      return;
    }
    const replaced = entry.deletedBefore && there?.made !== this.#known.file;
    const stays = there?.kind === entry.kind && !replaced && (there.immutableId !== undefined || there.dn === entry.dn);
    if (there && stays) this.#existing(i, there);
    else this.#fresh(i, entry.kind, there, entry.deletedBefore);
  }

  /** Ends every stored object of a tombstone or conflict copy. */
  #nobody(entry: FoldedEntry & { present: false }, i: number, code: IgnoredCode): void {
    const former = this.#at(entry.formerDn);
    const isFormer = former && (former.immutableId === undefined || former.immutableId === entry.immutableId);
    for (const object of [...this.#byId(entry.immutableId), this.#at(entry.storedDn), isFormer ? former : undefined]) {
      this.#end(object, i);
      if (object) this.#nobodies.add(object.id);
    }
    this.#ignored.push({ entry: i, code });
  }

  /** True when the DN is known to belong to neither a user nor a group. */
  #isOther({ dn, storedDn }: FoldedEntry): boolean {
    return isContainer(dn) || (storedDn !== undefined && this.#known.pointers.get(dnDigest(storedDn))?.other === true);
  }

  #gone(entry: FoldedEntry, i: number): void {
    if (entry.present === true || this.#isOther(entry))
      this.#ignored.push({ entry: i, code: 'neither-user-nor-group' });
    for (const object of [...this.#byId(entry.immutableId), this.#at(entry.storedDn)]) this.#end(object, i);
    // Objects that could not be removed when another took their place.
    const stale = entry.storedDn === undefined ? undefined : this.#known.pointers.get(dnDigest(entry.storedDn))?.stale;
    for (const id of stale ?? []) this.#end(this.#known.objects.get(id), i);
  }

  /** Resolves an entry that the file only changes or renames, so the object must be stored. */
  #changed(entry: FoldedEntry & { present: undefined }, i: number): void {
    const there = this.#at(entry.storedDn);
    const moved = this.#movedAlready(entry, there);
    if (there && this.#nobodies.has(there.id)) return;
    if (moved) {
      if (there && there.id === moved.moved?.was) this.#end(there, i);
      this.#existing(i, moved);
    } else if (!there) {
      if (this.#isOther(entry) && !becomesSomebody(entry))
        this.#ignored.push({ entry: i, code: 'neither-user-nor-group' });
      else if (hasEffect(entry)) this.#refused.push({ entry: i, code: 'not-found' });
    } else if (there.immutableId === undefined && there.dn !== entry.dn) this.#fresh(i, there.kind, there, false);
    else this.#existing(i, there);
  }

  /** Stored objects below names that have changed. */
  #carried(): Carried[] {
    const { source, file, all, renames, pointers } = this.#known;
    const carried: Carried[] = [];
    if (renames.length === 0) return carried;
    const entries = entriesByLine(this.#fold);
    const entryOf = (dn: string) => {
      const above = renames.find(({ from }) => dn === from || dn.endsWith(`,${from}`));
      return entries.get(above?.line ?? 0) ?? 0;
    };
    for (const object of all) {
      if (this.#claimed.has(object.id) || this.#ended.has(object.id) || object.moved?.by === file) continue;
      const dn = carriedTo(object.dn, renames);
      if (dn === object.dn) continue;
      const entry = entryOf(object.dn);
      const from = dnDigest(object.dn);
      if (object.immutableId !== undefined) {
        carried.push({ id: object.id, dn, entry, moved: { from } });
        this.#claimed.set(object.id, entry);
      } else {
        const incarnation = (pointers.get(dnDigest(dn))?.incarnation ?? 0) + 1;
        const id = idByName(object.kind, source, dn, incarnation);
        carried.push({ id, dn, entry, incarnation, from: object.id, moved: { from, was: object.id } });
        this.#claimed.set(id, entry);
        this.#end(object, entry);
      }
    }
    return carried;
  }

  /** Ends stored objects that are unclaimed and have the new DN of another object, because a DN has room for one. */
  #displaced(carried: readonly Carried[]): Map<string, ObjectId[]> {
    const found = new Map<string, ObjectId[]>();
    const look = (dn: string, id: ObjectId, entry: number, stated = false) => {
      const pointer = this.#known.pointers.get(dnDigest(dn));
      const others = [pointer?.id, ...(pointer?.stale ?? [])].filter((one) => one !== undefined && one !== id);
      for (const other of others as ObjectId[]) {
        if (this.#claimed.has(other)) continue;
        // An object with an immutable id is somewhere else now, and its own entry says where.
        if (stated && this.#known.objects.get(other)?.immutableId !== undefined) continue;
        this.#end(this.#known.objects.get(other), entry);
        found.set(dn, [...(found.get(dn) ?? []), other]);
      }
    };
    this.#targets.forEach((target, i) => {
      const entry = this.#fold.entries[i] as FoldedEntry;
      if (target) look(entry.dn, target.id, i, entry.stated !== undefined);
    });
    for (const { dn, id, entry } of carried) look(dn, id, entry);
    return found;
  }
}

/** True for names of organisations, domains and places: other entries stand below such names (RFC 4519 section 2). */
export const isContainer = (dn: string): boolean => /^(?:dc|ou|o|c|l|st)=/.test(dn);

/**
 * True when a change gives an unknown entry a class of users or groups. Such an entry is missing and must be reported.
 */
const becomesSomebody = ({ changes }: FoldedEntry & { present: undefined }): boolean =>
  changes.some(
    ({ attribute, op, values }) => attribute === 'objectclass' && op !== 'delete' && classify(values) !== 'other',
  );

/** True when the changes to an unknown entry would have an effect if it were a user or a group. */
const hasEffect = ({ changes, delta }: FoldedEntry & { present: undefined }): boolean =>
  // Increments count for nothing here: counters that hand out numbers are incremented, users and groups hardly ever.
  changes.some(({ op }) => op !== 'increment') ||
  delta.name !== undefined ||
  delta.replaceMembers !== undefined ||
  delta.replaceUids !== undefined ||
  [delta.addMembers, delta.removeMembers, delta.addUids, delta.removeUids].some((list) => list.length > 0);

export const resolve = (fold: FoldResult, known: Known): Resolution => new Resolver(fold, known).resolve();

export const isUserTarget = (target: { readonly id: ObjectId }): boolean => isUser(target.id);
