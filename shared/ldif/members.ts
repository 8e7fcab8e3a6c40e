// The members of groups: lists that are given in full, and changes to lists that need not be read in full.
import { DirectoryError } from './dn.ts';
import { type Attribute, type LdifChange, type LdifValue, neededText } from './parse.ts';

/**
 * A change of a list. `replace`, if present, is the new list; otherwise `remove` leaves the stored list and `add` joins
 * it.
 */
interface ListDelta<T> {
  replace?: Set<T>;
  readonly add: Set<T>;
  readonly remove: Set<T>;
}
/** Members by DN (or a reference that stands for it), and posixGroup's members by uid. */
export interface ListDeltas<T> {
  readonly members: ListDelta<T>;
  readonly uids: ListDelta<string>;
}
export const noDelta = <T>(): ListDelta<T> => ({ add: new Set(), remove: new Set() });

type ListOp = Exclude<LdifChange['op'], 'increment'>;
/** One change of one of the two lists, with resolved values. */
type ListChange<T> = { readonly op: ListOp } & (
  | { readonly list: 'members'; readonly values: readonly T[] }
  | { readonly list: 'uids'; readonly values: readonly string[] }
);

const listOf = (name: string): 'members' | 'uids' | undefined => {
  if (name === 'member' || name === 'uniquemember') return 'members';
  return name === 'memberuid' ? 'uids' : undefined;
};

/** A removed member that Samba still remembers (RMD_FLAGS, bit 1), which some tools list among the present ones. */
const removed = /^(?:<[^<>]*>;)*<RMD_FLAGS=\d*[13579]>;/i;

/** Empty values stand for no member if the schema requires at least one value. */
const texts = (name: string, values: readonly LdifValue[]): string[] =>
  values.flatMap((value) => {
    const text = neededText(name, value).trim();
    return text === '' || removed.test(text) ? [] : [text];
  });

/**
 * Removes the bit string that uniqueMember may carry behind the DN (RFC 4517 section 3.3.21). It tells re-used DNs
 * apart, but directories do not use it.
 */
const withoutUid = (text: string): string => text.replace(/#'[01]*'B$/, '');

/**
 * The changes that a modify makes to the lists of a group. Other attributes are ignored.
 * @param resolve returns the reference for a member's DN
 * @throws DirectoryError for a value that is not a DN
 */
export const listChanges = <T>(changes: readonly LdifChange[], resolve: (dn: string) => T): ListChange<T>[] =>
  changes.flatMap(({ op, attribute, options, values }): ListChange<T>[] => {
    const list = listOf(attribute);
    if (list === undefined) return [];
    // Active Directory cuts long lists into pieces. Taking the first piece for the whole list would remove every other
    // member.
    if (options.some((option) => option.startsWith('range=')))
      throw new DirectoryError(`${attribute} is a part of a list (${options.join(';')}): the whole list is needed`);
    if (op === 'increment') throw new DirectoryError(`${attribute} is a list of members and cannot be incremented`);
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
 * Adds one more change, at the cost of the change and not of the list. member and uniqueMember are one list here: if a
 * group uses both and one of them is replaced, only the replaced one's members stay.
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
  /** Canonical DNs of member and uniqueMember. */
  readonly members: readonly string[];
  /** As written, because memberUid is case-sensitive (RFC 2307). */
  readonly memberUids: readonly string[];
  /** Immutable ids of members. LDIF names none. */
  readonly memberIds?: readonly string[];
}

/** Changes to a group whose members are not read. Each list has either `replace…`, or `add…` and `remove…`. */
export interface GroupDelta {
  readonly name?: string;
  readonly addMembers: readonly string[];
  readonly removeMembers: readonly string[];
  readonly replaceMembers?: readonly string[];
  readonly addUids: readonly string[];
  readonly removeUids: readonly string[];
  readonly replaceUids?: readonly string[];
  readonly addIds?: readonly string[];
  readonly removeIds?: readonly string[];
}

/** @param dns returns the canonical DNs of references to members */
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
