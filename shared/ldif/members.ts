// The members of groups: lists that are given in full, and changes to lists that nobody needs to have in full.
import { DirectoryError, normaliseDn } from './dn.ts';
import { groupName, nameAfter, textChanges, textsOf } from './entries.ts';
import { type Attribute, type LdifChange, neededText, type Value } from './parse.ts';

/** How a list changes: `replace`, when there, is all of it; otherwise what is stored loses `remove` and gains `add`. */
export interface ListDelta<T> {
  replace?: Set<T>;
  readonly add: Set<T>;
  readonly remove: Set<T>;
}
/** Members by DN (or what stands for it) and posixGroup's members by uid. */
export interface ListDeltas<T> {
  readonly members: ListDelta<T>;
  readonly uids: ListDelta<string>;
}
export const noDelta = <T>(): ListDelta<T> => ({ add: new Set(), remove: new Set() });

type ListOp = Exclude<LdifChange['op'], 'increment'>;
/** One change of one of the two lists, its values resolved. */
export type ListChange<T> = { readonly op: ListOp } & (
  | { readonly list: 'members'; readonly values: readonly T[] }
  | { readonly list: 'uids'; readonly values: readonly string[] }
);

const listOf = (name: string): 'members' | 'uids' | undefined => {
  if (name === 'member' || name === 'uniquemember') return 'members';
  return name === 'memberuid' ? 'uids' : undefined;
};

/** A member that Samba only remembers to have removed (RMD_FLAGS, bit 1), shown by some tools among those there are. */
const removed = /^(?:<[^<>]*>;)*<RMD_FLAGS=\d*[13579]>;/i;

/** Empty values stand in for no member where the schema wants at least one. */
const texts = (name: string, values: readonly Value[]): string[] =>
  values.flatMap((value) => {
    const text = neededText(name, value).trim();
    return text === '' || removed.test(text) ? [] : [text];
  });

/** uniqueMember may carry a bit string behind the DN (RFC 4517 section 3.3.21); it tells re-used DNs apart, for nobody. */
const withoutUid = (text: string): string => text.replace(/#'[01]*'B$/, '');

/**
 * What a modify does to the lists of a group; other attributes are passed over.
 * @param resolve makes of a member's DN what stands for it @throws DirectoryError from a value that is no DN
 */
export const listChanges = <T>(changes: readonly LdifChange[], resolve: (dn: string) => T): ListChange<T>[] =>
  changes.flatMap(({ op, attribute, options, values }): ListChange<T>[] => {
    const list = listOf(attribute);
    if (list === undefined) return [];
    // Active Directory cuts long lists into pieces; the first piece taken for the list would remove everybody else.
    if (options.some((option) => option.startsWith('range=')))
      throw new DirectoryError(`${attribute} is a part of a list (${options.join(';')}): the whole list is needed`);
    if (op === 'increment') throw new DirectoryError(`${attribute} is no number, and cannot be incremented`);
    const given = texts(attribute, values);
    if (op === 'delete' && given.length === 0 && values.length > 0) return [];
    if (list === 'uids') return [{ op, list, values: given }];
    const dns = attribute === 'uniquemember' ? given.map(withoutUid) : given;
    return [{ op, list, values: dns.map(resolve) }];
  });

const applyTo = <T>(delta: ListDelta<T>, op: ListOp, values: readonly T[]): void => {
  if (op === 'replace' || (op === 'delete' && values.length === 0)) {
    delta.replace = new Set(values);
    delta.add.clear();
    delta.remove.clear();
  } else if (op === 'add') {
    for (const value of values) {
      if (delta.replace !== undefined) delta.replace.add(value);
      else delta.add.add(value);
      delta.remove.delete(value);
    }
  } else {
    for (const value of values) {
      if (delta.replace !== undefined) delta.replace.delete(value);
      else delta.remove.add(value);
      delta.add.delete(value);
    }
  }
};

/**
 * Lays one more change on top, at the cost of the change and not of the list. member and uniqueMember are one list here: a
 * group that uses both and has one of them replaced keeps only that one's members.
 */
export const applyListChange = <T>(deltas: ListDeltas<T>, change: ListChange<T>): void => {
  if (change.list === 'members') applyTo(deltas.members, change.op, change.values);
  else applyTo(deltas.uids, change.op, change.values);
};

/** The lists of an entry given in full. */
export const listsOf = <T>(attributes: readonly Attribute[], resolve: (dn: string) => T): ListDeltas<T> => {
  const deltas: ListDeltas<T> = { members: noDelta<T>(), uids: noDelta<string>() };
  deltas.members.replace = new Set();
  deltas.uids.replace = new Set();
  const changes = attributes.map(
    ({ name, options, values }) => ({ op: 'add', attribute: name, options, values }) as const,
  );
  for (const change of listChanges(changes, resolve)) applyListChange(deltas, change);
  return deltas;
};

export interface GroupFacts {
  readonly name: string;
  /** Canonical DNs, of member and uniqueMember. */
  readonly members: readonly string[];
  /** As written: memberUid tells cases apart (RFC 2307). */
  readonly memberUids: readonly string[];
}

/** A group given in full. @throws DirectoryError when it has no name, or a member that is no DN */
export const groupFacts = (attributes: readonly Attribute[]): GroupFacts => {
  const lists = listsOf(attributes, normaliseDn);
  return {
    name: groupName(textsOf(attributes)),
    members: [...(lists.members.replace ?? [])],
    memberUids: [...(lists.uids.replace ?? [])],
  };
};

/** What changes to a group do, without the group: of each list either `replace…` is there, or `add…` and `remove…` hold. */
export interface GroupDelta {
  readonly name?: string;
  readonly addMembers: readonly string[];
  readonly removeMembers: readonly string[];
  readonly replaceMembers?: readonly string[];
  readonly addUids: readonly string[];
  readonly removeUids: readonly string[];
  readonly replaceUids?: readonly string[];
}

/** @param dns makes of what stands for members their canonical DNs */
export const groupDelta = <T>(
  deltas: ListDeltas<T>,
  name: string | undefined,
  dns: (members: Iterable<T>) => readonly string[],
): GroupDelta => {
  const { members, uids } = deltas;
  return {
    ...(name !== undefined && { name }),
    addMembers: dns(members.add),
    removeMembers: dns(members.remove),
    ...(members.replace !== undefined && { replaceMembers: dns(members.replace) }),
    addUids: [...uids.add],
    removeUids: [...uids.remove],
    ...(uids.replace !== undefined && { replaceUids: [...uids.replace] }),
  };
};

/** What a modify (RFC 4511 section 4.6) does to a group. @throws DirectoryError from a member that is no DN */
export const modifyGroup = (changes: readonly LdifChange[]): GroupDelta => {
  const deltas: ListDeltas<string> = { members: noDelta(), uids: noDelta() };
  for (const change of listChanges(changes, normaliseDn)) applyListChange(deltas, change);
  return groupDelta(deltas, nameAfter(textChanges(changes)), (members) => [...members]);
};
