// Objects of a directory as a file leaves them: their attributes, their names, and the pointers that lead from a name to
// an object.
import { DirectoryError } from '../../ldif/dn.ts';
import {
  type Dialect,
  modifyTexts,
  type TextChange,
  type Texts,
  type UserFacts,
  userFacts,
  userTexts,
} from '../../ldif/entries.ts';
import { groupNumbers, keysOfGroup, keysOfUser } from '../../ldif/primary.ts';
import type { GroupId, Life } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import {
  type DirectoryGroup,
  type DirectoryObject,
  type DirectoryUser,
  dnDigest,
  type ObjectId,
  type Pointer,
  primaryDigest,
  uidDigest,
} from '../directory.ts';

/** An object as a file leaves it. */
export interface Put {
  readonly dn: string;
  readonly immutableId?: string | undefined;
  /** Given when a new object takes the name: which one of those that only the name tells apart it is. */
  readonly incarnation?: number | undefined;
  /** Objects that have had the name and are to end. */
  readonly displaced?: readonly ObjectId[] | undefined;
  readonly moved?: DirectoryObject['moved'];
  readonly made?: string | undefined;
}
export interface UserPut extends Put {
  /** All of its attributes, or changes to those of `from`, or to its own. */
  readonly texts?: Texts | undefined;
  readonly changes?: readonly TextChange[] | undefined;
  readonly from?: DirectoryUser | undefined;
  /** True when the same file has another object give up a uid. */
  readonly givenUp?: ((by: ObjectId, uid: string) => boolean) | undefined;
}

export interface GroupPut extends Put {
  /** Absent when the file does not tell: then the name stays, or is that of `from`. */
  readonly name?: string | undefined;
  readonly from?: GroupId | undefined;
  /** The incarnation that the file ends before it creates the group again. */
  readonly renew?: Life | undefined;
  /** Its numbers, or changes to those of `base`, or to its own. */
  readonly texts?: Texts | undefined;
  readonly changes?: readonly TextChange[] | undefined;
  readonly base?: DirectoryGroup | undefined;
}

/** As many of a user's uids find it: one is the rule. */
const mostUids = 4;
export const uidsOf = (texts: Texts | undefined): string[] => [
  ...new Set((texts?.uid ?? []).slice(0, mostUids).map(uidDigest)),
];

/** The digests of all names that an object has, or will have. */
export const namesOf = (object: DirectoryUser | undefined, put: UserPut | undefined): string[] => [
  ...new Set([
    ...(object ? [dnDigest(object.dn), ...uidsOf(object.texts)] : []),
    ...(put ? [dnDigest(put.dn), ...uidsOf(textsAfter(object, put))] : []),
  ]),
];

/** The digests of the names that an object has after a put; none when that is refused. */
export const namesAfter = (object: DirectoryUser | undefined, put: UserPut): string[] => {
  try {
    return [...new Set([dnDigest(put.dn), ...uidsOf(textsAfter(object, put))])];
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
};

/** Attributes after changes. @throws Refusal when they cannot be made */
const modified = (texts: Texts, changes: readonly TextChange[] = []): Texts => {
  try {
    return modifyTexts(texts, changes);
  } catch (error) {
    if (error instanceof DirectoryError) throw new Refusal('invalid-request', error.message);
    throw error;
  }
};

/** What a put leaves of the attributes. Nothing when there is nothing to change. */
export const textsAfter = (object: DirectoryUser | undefined, put: UserPut): Texts | undefined => {
  if (put.texts) return put.texts;
  const base = put.from ?? object;
  return base && userTexts(modified(base.texts, put.changes));
};

/** The same of a group. */
export const numbersAfter = (object: DirectoryGroup | undefined, put: GroupPut): Texts => {
  if (put.texts) return put.texts;
  return groupNumbers(modified((put.base ?? object)?.texts ?? {}, put.changes));
};

/** The digests of the keys by which somebody has, or something is, a primary group. */
export const primaryKeysOf = (object: DirectoryObject): string[] =>
  object.kind === 'user'
    ? keysOfUser(object.texts, object.dn).map(primaryDigest)
    : keysOfGroup(object.texts ?? {}, object.dn).map(primaryDigest);

/** Larger, the attributes of one object would not fit where they are stored. */
export const mostTextBytes = 100_000;

/** @param now milliseconds since 1970: accounts expire */
export const factsOf = (texts: Texts, now: number, dialect: Dialect): UserFacts => {
  if (JSON.stringify(texts).length > mostTextBytes)
    throw new Refusal('invalid-request', `More than ${mostTextBytes} characters in the attributes of one entry.`);
  try {
    return userFacts(texts, now, dialect);
  } catch (error) {
    if (error instanceof DirectoryError) throw new Refusal('invalid-request', error.message);
    throw error;
  }
};

export const fitting = (text: string | undefined): string | undefined =>
  text !== undefined && text.length <= 320 ? text : undefined;

/** A pointer as it becomes; nothing is kept of a name that nobody has, unless ids have been made of it. */
const kept = (pointer: Pointer): Pointer | undefined =>
  pointer.id === undefined &&
  pointer.incarnation === 0 &&
  pointer.stale.size === 0 &&
  !pointer.awaited &&
  pointer.other !== true
    ? undefined
    : pointer;

/** The pointer of a DN once an object has it. */
export const taken = (before: Pointer | undefined, id: ObjectId, put: Put): Pointer => ({
  rev: (before?.rev ?? 0) + 1,
  id,
  incarnation: Math.max(before?.incarnation ?? 0, put.incarnation ?? 0),
  stale: new Set([...(before?.stale ?? []), ...(put.displaced ?? [])].filter((one) => one !== id)),
  awaited: before?.awaited ?? false,
});

/** The pointer of a name for which groups wait, or no longer. */
export const awaited = (before: Pointer | undefined, on: boolean): Pointer | undefined =>
  kept({ incarnation: 0, stale: new Set(), ...before, rev: (before?.rev ?? 0) + 1, awaited: on });

/** The pointer of a key of primary groups: to the group that has it, or else it waits for one. */
export const ofPrimary = (before: Pointer | undefined, id: GroupId | undefined): Pointer => {
  const { id: _, ...rest } = { incarnation: 0, stale: new Set<ObjectId>(), ...before };
  return { ...rest, rev: (before?.rev ?? 0) + 1, awaited: id === undefined, ...(id !== undefined && { id }) };
};

/** The pointer of a DN at which the directory has what is neither user nor group, or no longer. */
export const ofOther = (before: Pointer | undefined, on: boolean): Pointer | undefined => {
  const { other: _, ...rest } = { incarnation: 0, stale: new Set<ObjectId>(), awaited: false, ...before };
  return kept({ ...rest, rev: (before?.rev ?? 0) + 1, ...(on && { other: true }) });
};

/** The pointer of a DN without an object that had it, or had had it before another. */
export const left = (before: Pointer, id: ObjectId): Pointer | undefined => {
  const { id: at, ...rest } = before;
  const stale = new Set([...before.stale].filter((one) => one !== id));
  return kept({ ...rest, stale, rev: before.rev + 1, ...(at !== id && at !== undefined && { id: at }) });
};
