// Computes the net effect of a file on each object, for the caller to compare with the stored data.
// Records are read in file order, and a DN refers to the object that has it at that line. So renames chain, also those
// of a parent, and a member that is renamed later is named by its final DN. A deletion ends an object together with the
// memberships that name it, and an entry created later under its DN is another object.
// A record without a usable meaning is left out and reported with its line; the other records count. An entry that is
// neither user nor group is ignored, however broken it is.
import { type Ava, DirectoryError, type Dn, normalRdns, parseDn, parseRdn, rebaseDn } from './dn.ts';
import {
  classify,
  type Dialect,
  formerDn,
  groupName,
  immutableId,
  modifyTexts,
  type Nobody,
  nameAfter,
  nobodyByAttributes,
  nobodyByDn,
  type ObjectKind,
  type TextChange,
  textChanges,
  textsOf,
  type UserFacts,
  userFacts,
  userTexts,
  withNaming,
} from './entries.ts';
import {
  applyListChange,
  type GroupDelta,
  type GroupFacts,
  groupDelta,
  type ListDeltas,
  listChanges,
  listsOf,
  noDelta,
} from './members.ts';
import {
  type Attribute,
  type LdifEntry,
  type LdifError,
  type LdifIgnored,
  type LdifModify,
  type LdifRecord,
  type LdifRename,
  parseLdif,
  type Texts,
  textOf,
} from './parse.ts';
import { groupNumbers } from './primary.ts';
import { childOf, dnOf, isInside, type Node, newTree, type Ref, storedDnOf, type Tree, within } from './tree.ts';

/** A record that contributed to an entry, so that every record's fate can be reported. */
interface RecordMark {
  readonly line: number;
  readonly change: LdifRecord['change'];
}
interface Folded {
  /** Canonical DN after all renames of the file. */
  readonly dn: string;
  /**
   * Canonical DN before the file, under which the stored object is found. Absent if no stored object can be this one,
   * because the file shows that the place was free (its former object has moved away). An object stored under `dn` is
   * out of date if `storedDn` is absent or differs and no entry of this file claims that object, because the directory
   * has this object there now.
   */
  readonly storedDn?: string;
  /** The id, if the file gives one. It takes precedence over `storedDn` when the stored object is looked up. */
  readonly immutableId?: string;
  /**
   * The file deletes the former object and creates a new one, so the object stored under `storedDn` ends, whatever its
   * id.
   */
  readonly deletedBefore: boolean;
  readonly records: readonly RecordMark[];
  /**
   * Set for an entry that a client states: then the immutable id alone says which object it is about, and `dn` is empty
   * where the entry names none.
   */
  readonly stated?: { readonly type: 'user' | 'group'; readonly version?: string };
}
/** A user given in full, later changes of the file included. Values that are missing here are gone. */
interface FoldedUser extends Folded {
  readonly kind: 'user';
  readonly present: true;
  readonly replaced: true;
  readonly user: UserFacts;
  /** Attributes to store, from which `modifyTexts` computes later changes. */
  readonly attributes: Texts;
}
interface FoldedGroup extends Folded {
  readonly kind: 'group';
  readonly present: true;
  readonly replaced: true;
  readonly group: GroupFacts;
  /** Who comes and who goes, where the members in `group` are not the whole list. */
  readonly delta?: GroupDelta;
  /** To be stored for later changes, as those of a user are. */
  readonly attributes: Texts;
}
/** An entry that is neither user nor group: an organizational unit, a domain, a computer. */
interface FoldedOther extends Folded {
  readonly kind: 'other';
  readonly present: true;
  readonly replaced: true;
}
/** An object that the file deletes and does not create again. `kind` is known only if the file created it before. */
interface FoldedGone extends Folded {
  readonly kind: ObjectKind | 'unknown';
  readonly present: false;
  readonly replaced: false;
  /** The reason why an existing entry declares itself to be nobody. */
  readonly nobody?: Nobody;
  /**
   * Canonical DN, before the file, at which a deleted object lived. An object stored there without an id is this one,
   * because only its DN identified it.
   */
  readonly formerDn?: string;
}
/** An entry that the file only changes or renames. Only the store knows its kind, and whether it exists. */
interface FoldedChange extends Folded {
  readonly kind: 'unknown';
  readonly present: undefined;
  readonly replaced: false;
  /** Changes of a user, for `modifyTexts(stored, changes)`. Renames change the naming attribute and are included. */
  readonly changes: readonly TextChange[];
  /** Changes of a group. */
  readonly delta: GroupDelta;
}
export type FoldedEntry = FoldedUser | FoldedGroup | FoldedOther | FoldedGone | FoldedChange;

/** A rename of an entry that may be neither user nor group: objects stored below `from` are below `to` afterwards. */
export interface SubtreeRename {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}
export interface FoldResult {
  /** In the order in which the file first touches the objects. */
  readonly entries: readonly FoldedEntry[];
  /**
   * In file order. They apply to stored objects that `entries` do not name, because named ones have their final DN: see
   * `movedDn`.
   */
  readonly subtreeRenames: readonly SubtreeRename[];
  /**
   * Members are given by their final DN. For each that had another DN before the file, this is the former one, or
   * undefined if no stored object can be that member.
   */
  readonly formerDns: ReadonlyMap<string, string | undefined>;
  /** Records left out, with at most one error each. */
  readonly errors: readonly LdifError[];
  /** Unreadable records that concern nobody. */
  readonly ignored: readonly LdifIgnored[];
}

/** The DN, after the renames of a file, of an object that the file does not name. @throws DirectoryError */
export const movedDn = (dn: string, renames: readonly SubtreeRename[]): string =>
  renames.reduce((now, { from, to }) => rebaseDn(now, from, to), dn);

/** The state of an object that the file has touched. */
interface State {
  readonly records: RecordMark[];
  /**
   * `full`: texts and lists are complete. `changes`: they are changes to the stored object. `gone`: the object is
   * deleted.
   */
  known: 'full' | 'changes' | 'gone';
  kind: ObjectKind | 'unknown';
  deletedBefore: boolean;
  nobody: Nobody | undefined;
  former: Node<State> | undefined;
  id: string | undefined;
  texts: Texts;
  readonly changes: TextChange[];
  lists: ListDeltas<Ref<State>>;
}
const noLists = (): ListDeltas<Ref<State>> => ({ members: noDelta(), uids: noDelta() });
const newState = (): State => ({
  records: [],
  known: 'changes',
  kind: 'unknown',
  deletedBefore: false,
  nobody: undefined,
  former: undefined,
  id: undefined,
  texts: {},
  changes: [],
  lists: noLists(),
});
const lastLine = (state: State): number => state.records.at(-1)?.line ?? 0;

/** The kind of a full entry by its texts. @throws DirectoryError when they lack a value that the kind must have */
const kindOf = (texts: Texts, { dialect, now }: Work): ObjectKind => {
  const kind = classify(texts.objectclass ?? [], dialect);
  if (kind === 'user') userFacts(texts, now, dialect);
  if (kind === 'group') groupName(texts);
  return kind;
};

/** The object classes of an entry, even if other attributes of it are broken. */
const classesOf = (attributes: readonly Attribute[]): string[] =>
  attributes.flatMap(({ name, values }) => (name === 'objectclass' ? values.map((value) => textOf(value) ?? '') : []));

/**
 * The result of `make`, or `otherwise` if a broken entry is neither user nor group. @throws DirectoryError for other
 * entries
 */
const ofNobody = <T>(kind: ObjectKind | 'unknown', make: () => T, otherwise: T): T => {
  try {
    return make();
  } catch (error) {
    if (kind === 'other' && error instanceof DirectoryError) return otherwise;
    throw error;
  }
};

/** The changes of the naming attributes by a rename (RFC 4511 section 4.9). */
const namingChanges = (oldRdn: readonly Ava[], newRdn: readonly Ava[], deleteOld: boolean): TextChange[] => {
  const naming = (op: 'add' | 'delete', avas: readonly Ava[]) =>
    textChanges(
      avas.filter(({ hex }) => !hex).map((ava) => ({ op, attribute: ava.type, options: [], values: [ava.value] })),
    );
  return [...(deleteOld ? naming('delete', oldRdn) : []), ...naming('add', newRdn)];
};

interface Work {
  readonly dialect: Dialect;
  /** Milliseconds since 1970, because accounts expire. */
  readonly now: number;
  readonly tree: Tree<State>;
  /** Living objects that are given in full, by immutable id. */
  readonly byId: Map<string, Node<State>>;
  readonly renames: SubtreeRename[];
}

const alive = (node: Node<State>): State => {
  const state = node.state ?? newState();
  if (state.known === 'gone')
    throw new DirectoryError(`this entry is deleted by the record in line ${lastLine(state)}`);
  return state;
};

const create = (work: Work, node: Node<State>, dn: Dn, record: LdifEntry): State => {
  const { tree, byId, dialect } = work;
  const state = node.state ?? newState();
  if (record.change === 'add' && node.state !== undefined && state.known !== 'gone')
    throw new DirectoryError(`this entry exists already by the record in line ${lastLine(state)}`);
  const classes = classesOf(record.attributes);
  const ofClasses = classify(classes, dialect);
  const nobody = nobodyByDn(dn) ?? nobodyByAttributes(record.attributes);
  if (nobody && (ofClasses !== 'other' || classes.length === 0))
    return endAs(work, node, nobody, dn, record.attributes);
  if (classes.length === 0) throw new DirectoryError('no objectClass: cannot tell whether this is a user or a group');

  const texts = ofNobody(ofClasses, () => textsOf(withNaming(record.attributes, dn[0] ?? []), dialect), {
    objectclass: classes,
  });
  const kind = kindOf(texts, work);
  const id = ofNobody(kind, () => immutableId(record.attributes), undefined);
  const lists = ofNobody(kind, () => listsOf(record.attributes, (name) => tree.node(parseDn(name)).ref), noLists());
  const other = id === undefined ? undefined : byId.get(id);
  if (other !== undefined && other !== node)
    throw new DirectoryError(`${id} is the id of ${dnOf(other)} already (line ${lastLine(other.state ?? state)})`);
  if (state.known === 'full' && (state.id !== id || state.kind !== kind))
    throw new DirectoryError(`the record in line ${lastLine(state)} has this DN for another object`);
  if (state.known === 'gone') state.deletedBefore = true;
  if (id !== undefined) byId.set(id, node);
  const fresh = { known: 'full', kind, id, texts, lists, nobody: undefined, former: undefined } as const;
  return Object.assign(state, fresh satisfies Partial<State>);
};

/** Ends the object at this node. */
const end = ({ byId }: Work, node: Node<State>, state: State, nobody?: Nobody): State => {
  if (state.id !== undefined && byId.get(state.id) === node) byId.delete(state.id);
  // From here on, this DN refers to an object that is created under it later.
  node.ref.dead = true;
  node.ref = { node, dead: false };
  return Object.assign(state, { known: 'gone', lists: noLists(), nobody } satisfies Partial<State>);
};

/** Ends the object of an entry that declares itself nobody, wherever the file or the store has that object. */
const endAs = (work: Work, node: Node<State>, nobody: Nobody, dn: Dn, attributes: readonly Attribute[]): State => {
  const state = node.state ?? newState();
  const id = immutableId(attributes) ?? state.id;
  const elsewhere = id === undefined ? undefined : work.byId.get(id);
  if (elsewhere?.state && elsewhere !== node) end(work, elsewhere, elsewhere.state);
  const former = nobody === 'tombstone' ? formerDn(dn, attributes) : undefined;
  end(work, node, state, nobody);
  return Object.assign(state, { id, former: former === undefined ? undefined : placeOf(work, former) });
};
const placeOf = ({ tree }: Work, dn: string): Node<State> | undefined =>
  ofNobody('other', () => tree.node(parseDn(dn)), undefined);

const remove = (work: Work, node: Node<State>): State => {
  // A directory finally removes the remains of a deleted object, which has been nobody already.
  if (node.state?.nobody) return node.state;
  return end(work, node, alive(node));
};

/**
 * Changes kept attributes: applies the changes if the object is known, and collects them otherwise. An error changes
 * nothing.
 */
const change = (work: Work, state: State, changes: readonly TextChange[]): void => {
  if (state.known !== 'full') {
    state.changes.push(...changes);
    return;
  }
  const remains = state.kind === 'other' && !changes.some(({ attribute }) => attribute === 'objectclass');
  const texts = ofNobody(remains ? 'other' : 'unknown', () => modifyTexts(state.texts, changes), state.texts);
  if (!remains) state.kind = kindOf(texts, work);
  state.texts = texts;
};

const modify = (work: Work, node: Node<State>, dn: Dn, record: LdifModify): State => {
  const { tree, dialect } = work;
  // Changes to an entry that is nobody have no effect.
  if (node.state?.nobody) return node.state;
  const state = alive(node);
  const isOther = state.known === 'full' && state.kind === 'other';
  const sets = record.changes.filter(({ op }) => op === 'add' || op === 'replace');
  const nobody = nobodyByDn(dn) ?? nobodyByAttributes(sets.map(({ attribute: name, values }) => ({ name, values })));
  if (nobody && !isOther) return end(work, node, state, nobody);
  const kind = isOther ? 'other' : 'unknown';
  const lists = ofNobody(kind, () => listChanges(record.changes, (name) => tree.node(parseDn(name)).ref), []);
  change(
    work,
    state,
    ofNobody(kind, () => textChanges(record.changes, dialect), []),
  );
  for (const one of lists) applyListChange(state.lists, one);
  return state;
};

/** Most entries below a name that are checked, so that a file cannot make its reader slow (denial of service). */
const maxLooks = 1000;
const checkFree = (place: Node<State>): void => {
  let looks = 0;
  for (const node of within(place)) {
    looks += 1;
    if (looks > maxLooks || (node.state !== undefined && node.state.known !== 'gone'))
      throw new DirectoryError(`the new DN is taken: this file has ${dnOf(node)}`);
  }
};

const rename = (work: Work, node: Node<State>, dn: Dn, record: LdifRename): State => {
  const { tree, renames } = work;
  const state = node.state?.nobody ? node.state : alive(node);
  const newRdn = parseRdn(record.newRdn);
  const parent = record.newSuperior === undefined ? node.parent : tree.node(parseDn(record.newSuperior));
  if (parent === undefined) throw new DirectoryError('the root cannot be renamed');
  if (isInside(parent, node)) throw new DirectoryError('an entry cannot move below itself');
  const rdn = normalRdns([newRdn])[0] as string;
  const taken = childOf(parent, rdn);
  if (taken !== undefined && taken !== node) checkFree(taken);

  if (!state.nobody) change(work, state, namingChanges(dn[0] ?? [], newRdn, record.deleteOldRdn));
  const from = dnOf(node);
  tree.move(node, rdn, parent);
  const nobody = nobodyByDn([newRdn, ...parseDn(dnOf(parent))]);
  // This move deletes the entry, or makes way for another entry of its name.
  if (nobody && !(state.known === 'full' && state.kind === 'other')) return end(work, node, state, nobody);
  if (state.nobody) return state;
  const accessObject = state.known === 'full' && state.kind !== 'other';
  const to = dnOf(node);
  if (!accessObject && from !== to) renames.push({ from, to, line: record.line });
  return state;
};

const take = (work: Work, record: LdifRecord): Node<State> => {
  const dn = parseDn(record.dn);
  const node = work.tree.node(dn);
  if (node.parent === undefined) throw new DirectoryError('the DN is empty');
  let state: State;
  if (record.change === 'delete') state = remove(work, node);
  else if (record.change === 'modify') state = modify(work, node, dn, record);
  else if (record.change === 'modrdn') state = rename(work, node, dn, record);
  else state = create(work, node, dn, record);
  state.records.push({ line: record.line, change: record.change });
  node.state = state;
  return node;
};

const entryOf = (
  { now, dialect }: Work,
  node: Node<State>,
  state: State,
  dns: (members: Iterable<Ref<State>>) => readonly string[],
): FoldedEntry => {
  const storedDn = storedDnOf(node);
  const { known, kind, id, deletedBefore, records, texts, lists, nobody, former } = state;
  const base: Folded = {
    dn: dnOf(node),
    ...(storedDn !== undefined && { storedDn }),
    ...(id !== undefined && { immutableId: id }),
    deletedBefore,
    records,
  };
  if (known === 'gone') {
    const formerDn = former && storedDnOf(former);
    const gone = { ...base, kind, present: false, replaced: false } as const;
    return { ...gone, ...(nobody && { nobody }), ...(formerDn !== undefined && { formerDn }) };
  }
  if (known === 'changes' || kind === 'unknown') {
    const delta = groupDelta(lists, nameAfter(state.changes), dns);
    return { ...base, kind: 'unknown', present: undefined, replaced: false, changes: state.changes, delta };
  }
  const full = { ...base, present: true, replaced: true } as const;
  if (kind === 'other') return { ...full, kind };
  if (kind === 'user') return { ...full, kind, user: userFacts(texts, now, dialect), attributes: userTexts(texts) };
  const members = dns(lists.members.replace ?? []);
  const group = { name: groupName(texts), members, memberUids: [...(lists.uids.replace ?? [])] };
  return { ...full, kind, group, attributes: groupNumbers(texts) };
};

/** True when a record declares itself to be neither user nor group. */
const isOfOther = (record: LdifRecord, dialect: Dialect): boolean => {
  if (record.change !== 'content' && record.change !== 'add') return false;
  const classes = ofNobody('other', () => classesOf(record.attributes), []);
  return classes.length > 0 && classify(classes, dialect) === 'other';
};

/** The net effect of the records, in file order. @param now milliseconds since 1970, because accounts expire */
export const foldRecords = (records: readonly LdifRecord[], now: number, dialect: Dialect = {}): FoldResult => {
  const work: Work = { dialect, now, tree: newTree(), byId: new Map(), renames: [] };
  const touched = new Set<Node<State>>();
  const errors: LdifError[] = [];
  const ignored: LdifIgnored[] = [];
  for (const record of records) {
    try {
      touched.add(take(work, record));
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      if (isOfOther(record, dialect)) ignored.push({ line: record.line, code: 'unreadable' });
      else errors.push({ line: error.line ?? record.line, message: error.message });
    }
  }

  const formerDns = new Map<string, string | undefined>();
  const dns = (members: Iterable<Ref<State>>): string[] => {
    const found: string[] = [];
    for (const { node, dead } of members) {
      if (dead) continue;
      const dn = dnOf(node);
      found.push(dn);
      const stored = storedDnOf(node);
      if (stored !== dn) formerDns.set(dn, stored);
    }
    return found;
  };
  const entries: FoldedEntry[] = [];
  for (const node of touched) if (node.state !== undefined) entries.push(entryOf(work, node, node.state, dns));
  return { entries, subtreeRenames: work.renames, formerDns, errors, ignored };
};

/** The net effect of a file, or the errors by which it does not parse. */
type FoldedFile =
  | { readonly ok: true; readonly records: number; readonly fold: FoldResult }
  | { readonly ok: false; readonly errors: readonly LdifError[]; readonly more: boolean };

/** The records of a file. Broken ones that concern nobody are left out. */
export const readFile = (text: string, dialect: Dialect = {}) =>
  parseLdif(text, (classes) => classify(classes, dialect) !== 'other');

export const foldFile = (text: string, now: number, dialect: Dialect = {}): FoldedFile => {
  const parsed = readFile(text, dialect);
  if (!parsed.ok) return parsed;
  const fold = foldRecords(parsed.records, now, dialect);
  return {
    ok: true,
    records: parsed.records.length + parsed.ignored.length,
    fold: { ...fold, ignored: [...parsed.ignored, ...fold.ignored] },
  };
};
