// The objects of a directory after a file: their attributes, their names, and the pointers from a name to an object.
import { DirectoryError } from '../../ldif/dn.ts';
import {
  type Dialect,
  modifyTexts,
  type TextChange,
  type UserFacts,
  userFacts,
  userTexts,
} from '../../ldif/entries.ts';
import type { Texts } from '../../ldif/parse.ts';
import { groupNumbers, keysOfGroup, keysOfUser } from '../../ldif/primary.ts';
import type { GroupId, Life } from '../base/ids.ts';
import { Refusal } from '../base/refusal.ts';
import {
  type DirectoryGroup,
  type DirectoryObject,
  type DirectoryUser,
  dnDigest,
  idDigest,
  type ObjectId,
  type Pointer,
  primaryDigest,
  uidDigest,
} from '../directory.ts';

/** An object's state after a file. */
interface Put {
  readonly dn: string;
  readonly immutableId?: string | undefined;
  /** Given when a new object takes the name: the number that tells it apart from earlier objects of the name. */
  readonly incarnation?: number | undefined;
  /** Objects that had the name before and are to end. */
  readonly displaced?: readonly ObjectId[] | undefined;
  readonly moved?: DirectoryObject['moved'];
  readonly made?: string | undefined;
  /** True when no object of this id was there before the run, so groups may wait for the id. */
  readonly fresh?: boolean | undefined;
  readonly seen?: DirectoryObject['seen'];
}
export interface UserPut extends Put {
  /** All attributes; absent when the file gives only changes to those of `from` or of the object itself. */
  readonly texts?: Texts | undefined;
  readonly changes?: readonly TextChange[] | undefined;
  readonly from?: DirectoryUser | undefined;
  /** True when the same file has another object give up a uid. */
  readonly givenUp?: ((by: ObjectId, uid: string) => boolean) | undefined;
}

export interface GroupPut extends Put {
  /** Absent when the file does not contain the name: then the name stays, or is that of `from`. */
  readonly name?: string | undefined;
  readonly from?: GroupId | undefined;
  /** The life that the file ends before it creates the group again. */
  readonly renew?: Life | undefined;
  /** All numbers; absent when the file gives only changes to those of `base` or of the group itself. */
  readonly texts?: Texts | undefined;
  readonly changes?: readonly TextChange[] | undefined;
  readonly base?: DirectoryGroup | undefined;
}

/** Most uids of one user that are looked up; one is usual. */
const mostUids = 4;
export const uidsOf = (texts: Texts | undefined): string[] => [
  ...new Set((texts?.uid ?? []).slice(0, mostUids).map(uidDigest)),
];

/** The digests of all names that an object has before or after a put. */
export const namesOf = (object: DirectoryUser | undefined, put: UserPut | undefined): string[] => [
  ...new Set([
    ...(object ? [dnDigest(object.dn), ...uidsOf(object.texts)] : []),
    ...(put ? [...idsAwaited(put), dnDigest(put.dn), ...uidsOf(textsAfter(object, put))] : []),
  ]),
];

/** The digest of a new object's immutable id. Only a new object is looked up by it, because ids lead to objects by themselves. */
export const idsAwaited = ({ fresh, immutableId }: Pick<UserPut, 'fresh' | 'immutableId'>): string[] =>
  fresh && immutableId !== undefined ? [idDigest(immutableId)] : [];

/** The digests of the names that an object has after a put; empty when the put is refused. */
export const namesAfter = (object: DirectoryUser | undefined, put: UserPut): string[] => {
  try {
    return [...new Set([...idsAwaited(put), dnDigest(put.dn), ...uidsOf(textsAfter(object, put))])];
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
};

/** Attributes after changes. @throws Refusal invalid-request when the changes do not fit the attributes */
const modified = (texts: Texts, changes: readonly TextChange[] = []): Texts => {
  try {
    return modifyTexts(texts, changes);
  } catch (error) {
    if (error instanceof DirectoryError) throw new Refusal('invalid-request', error.message);
    throw error;
  }
};

/** The attributes after a put; `undefined` when there are none to change. */
export const textsAfter = (object: DirectoryUser | undefined, put: UserPut): Texts | undefined => {
  if (put.texts) return put.texts;
  const base = put.from ?? object;
  return base && userTexts(modified(base.texts, put.changes));
};

/** A group's numbers after a put. */
export const numbersAfter = (object: DirectoryGroup | undefined, put: GroupPut): Texts => {
  if (put.texts) return put.texts;
  return groupNumbers(modified((put.base ?? object)?.texts ?? {}, put.changes));
};

/** The digests of the keys that lead to a user's primary group, or that make a group the primary one. */
export const primaryKeysOf = (object: DirectoryObject): string[] =>
  object.kind === 'user'
    ? keysOfUser(object.texts, object.dn).map(primaryDigest)
    : keysOfGroup(object.texts ?? {}, object.dn).map(primaryDigest);

/** Most bytes of attributes for one object, so that they fit its item. */
export const mostTextBytes = 100_000;

/** Reads a user's facts from the attributes. @param now milliseconds since 1970, because accounts expire */
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

/** A pointer to be stored; `undefined` when no object has the name and no ids were derived from it. */
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

/** The pointer of a name that groups wait for, or no longer wait for. */
export const awaited = (before: Pointer | undefined, on: boolean): Pointer | undefined =>
  kept({ incarnation: 0, stale: new Set(), ...before, rev: (before?.rev ?? 0) + 1, awaited: on });

/** The pointer of a primary group's key: it leads to the group that has the key, or waits for one. */
export const ofPrimary = (before: Pointer | undefined, id: GroupId | undefined): Pointer => {
  const { id: _, ...rest } = { incarnation: 0, stale: new Set<ObjectId>(), ...before };
  return { ...rest, rev: (before?.rev ?? 0) + 1, awaited: id === undefined, ...(id !== undefined && { id }) };
};

/** The pointer of a DN that belongs to an object that is neither user nor group, or no longer does. */
export const ofOther = (before: Pointer | undefined, on: boolean): Pointer | undefined => {
  const { other: _, ...rest } = { incarnation: 0, stale: new Set<ObjectId>(), awaited: false, ...before };
  return kept({ ...rest, rev: (before?.rev ?? 0) + 1, ...(on && { other: true }) });
};

/** The pointer of a DN without an object that has the name, or that another object has displaced. */
export const left = (before: Pointer, id: ObjectId): Pointer | undefined => {
  const { id: at, ...rest } = before;
  const stale = new Set([...before.stale].filter((one) => one !== id));
  return kept({ ...rest, stale, rev: before.rev + 1, ...(at !== id && at !== undefined && { id: at }) });
};
