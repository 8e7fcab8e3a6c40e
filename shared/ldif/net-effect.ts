// Folds a file into the net intention per object, for the caller to compare with what is stored.
//
// Records are taken in file order, and every DN means what it means on its line: a name is looked up in the tree as it is
// there, so renames chain, also those of a parent, and a member that is renamed later is named by its final DN. An object
// ends with its deletion: memberships that name it end too, and what is created under its DN later is another object.
// A record that means nothing is left out and reported with its line; the others count. What is neither user nor group may
// be as broken as it likes: it is ignored.
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
  type Texts,
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
  textOf,
} from './parse.ts';
import { childOf, dnOf, isInside, type Node, newTree, type Ref, storedDnOf, type Tree, within } from './tree.ts';

/** A record that contributed, so that every record's fate can be reported. */
export interface RecordMark {
  readonly line: number;
  readonly change: LdifRecord['change'];
}
interface Folded {
  /** Canonical, after all renames of the file. */
  readonly dn: string;
  /**
   * Canonical DN before the file: look up here what is stored. Absent when nothing stored can be this object, because
   * the file shows the place to be free (what was there has moved away). What is stored under `dn`, when `storedDn` is
   * another or absent and no entry of this file claims it, is out of date: the directory has this object there.
   */
  readonly storedDn?: string;
  /** As far as the file tells; goes before `storedDn` when what is stored is looked up. */
  readonly immutableId?: string;
  /** The file deletes what was there and creates a new object: what is stored under `storedDn` goes, whatever its id. */
  readonly deletedBefore: boolean;
  readonly records: readonly RecordMark[];
}
/** Given in full, later changes of the file included: what is not in here is not so any more. */
export interface FoldedUser extends Folded {
  readonly kind: 'user';
  readonly present: true;
  readonly replaced: true;
  readonly user: UserFacts;
  /** To be stored for later changes, and given to `modifyTexts` then. */
  readonly attributes: Texts;
}
export interface FoldedGroup extends Folded {
  readonly kind: 'group';
  readonly present: true;
  readonly replaced: true;
  readonly group: GroupFacts;
}
/** Neither user nor group: an organizational unit, a domain, a computer. */
export interface FoldedOther extends Folded {
  readonly kind: 'other';
  readonly present: true;
  readonly replaced: true;
}
/** Deleted, and not created again. `kind` is known only when the file created it before. */
export interface FoldedGone extends Folded {
  readonly kind: ObjectKind | 'unknown';
  readonly present: false;
  readonly replaced: false;
  /** The entry is there and says itself that it is nobody. */
  readonly nobody?: Nobody;
  /**
   * Canonical DN before the file at which a deleted object lived: what is stored there without an id is this one, because
   * its DN is all that it was known by.
   */
  readonly formerDn?: string;
}
/** Only changed or renamed: what it is, and whether it is there, only the store knows. */
export interface FoldedChange extends Folded {
  readonly kind: 'unknown';
  readonly present: undefined;
  readonly replaced: false;
  /** If it is a user: for `modifyTexts(stored, changes)`. Renames change the naming attribute and are in here. */
  readonly changes: readonly TextChange[];
  /** If it is a group. */
  readonly delta: GroupDelta;
}
export type FoldedEntry = FoldedUser | FoldedGroup | FoldedOther | FoldedGone | FoldedChange;

/** A rename of what the file does not show to be a user or group: what is stored below `from` is below `to` afterwards. */
export interface SubtreeRename {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}
export interface FoldResult {
  /** In the order in which the file first touches them. */
  readonly entries: readonly FoldedEntry[];
  /** In file order. For stored objects that `entries` do not name (these have their final DN already): see `movedDn`. */
  readonly subtreeRenames: readonly SubtreeRename[];
  /**
   * Members are given by their final DN. Where that is not the DN before the file, this says which that was; undefined
   * when nothing stored can be that object.
   */
  readonly formerDns: ReadonlyMap<string, string | undefined>;
  /** Records left out, at most one error each. */
  readonly errors: readonly LdifError[];
  /** Records that concern nobody and cannot be read. */
  readonly ignored: readonly LdifIgnored[];
}

/** Where an object that the file does not name is after its renames. @throws DirectoryError */
export const movedDn = (dn: string, renames: readonly SubtreeRename[]): string =>
  renames.reduce((now, { from, to }) => rebaseDn(now, from, to), dn);

/** What is known of an object that the file has touched. */
interface State {
  readonly records: RecordMark[];
  /** `full`: texts and lists are complete; `changes`: they are changes to what is stored; `gone`: deleted. */
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

/** The kind that the texts of a full entry tell, if they also hold what that kind must have. */
const kindOf = (texts: Texts, { dialect, now }: Work): ObjectKind => {
  const kind = classify(texts.objectclass ?? [], dialect);
  if (kind === 'user') userFacts(texts, now, dialect);
  if (kind === 'group') groupName(texts);
  return kind;
};

/** The object classes of an entry, whatever else is wrong with it. */
const classesOf = (attributes: readonly Attribute[]): string[] =>
  attributes.flatMap(({ name, values }) => (name === 'objectclass' ? values.map((value) => textOf(value) ?? '') : []));

/** What is made of an entry, or of nothing where it is broken and concerns nobody. @throws DirectoryError of others */
const ofNobody = <T>(kind: ObjectKind | 'unknown', make: () => T, otherwise: T): T => {
  try {
    return make();
  } catch (error) {
    if (kind === 'other' && error instanceof DirectoryError) return otherwise;
    throw error;
  }
};

/** What a rename does to the naming attributes (RFC 4511 section 4.9). */
const namingChanges = (oldRdn: readonly Ava[], newRdn: readonly Ava[], deleteOld: boolean): TextChange[] => {
  const naming = (op: 'add' | 'delete', avas: readonly Ava[]) =>
    textChanges(
      avas.filter(({ hex }) => !hex).map((ava) => ({ op, attribute: ava.type, options: [], values: [ava.value] })),
    );
  return [...(deleteOld ? naming('delete', oldRdn) : []), ...naming('add', newRdn)];
};

interface Work {
  readonly dialect: Dialect;
  /** In milliseconds since 1970: accounts expire. */
  readonly now: number;
  readonly tree: Tree<State>;
  /** Of live objects given in full. */
  readonly byId: Map<string, Node<State>>;
  readonly renames: SubtreeRename[];
}

const alive = (node: Node<State>): State => {
  const state = node.state ?? newState();
  if (state.known === 'gone') throw new DirectoryError(`deleted by the record in line ${lastLine(state)}`);
  return state;
};

const create = (work: Work, node: Node<State>, record: LdifEntry): State => {
  const { tree, byId, dialect } = work;
  const state = node.state ?? newState();
  if (record.change === 'add' && node.state !== undefined && state.known !== 'gone')
    throw new DirectoryError(`already there according to the record in line ${lastLine(state)}`);
  const dn = parseDn(record.dn);
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
  const lists = ofNobody(kind, () => listsOf(record.attributes, (name) => tree.node(name).ref), noLists());
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

/** Ends what is there. */
const end = ({ byId }: Work, node: Node<State>, state: State, nobody?: Nobody): State => {
  if (state.id !== undefined && byId.get(state.id) === node) byId.delete(state.id);
  // Whoever names this DN from here on means what is created under it later.
  node.ref.dead = true;
  node.ref = { node, dead: false };
  return Object.assign(state, { known: 'gone', lists: noLists(), nobody } satisfies Partial<State>);
};

/** An entry that says itself that it is nobody: whatever object it was ends, wherever the file or the store has it. */
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
  ofNobody('other', () => tree.node(dn), undefined);

const remove = (work: Work, node: Node<State>): State => {
  // What is kept of a deleted object goes at last; it has been nobody already.
  if (node.state?.nobody) return node.state;
  return end(work, node, alive(node));
};

/** Changes of kept attributes: applied where the object is known, else collected. Nothing happens when it throws. */
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

const modify = (work: Work, node: Node<State>, record: LdifModify): State => {
  const { tree, dialect } = work;
  // What becomes of somebody who is nobody does not matter.
  if (node.state?.nobody) return node.state;
  const state = alive(node);
  const isOther = state.known === 'full' && state.kind === 'other';
  const sets = record.changes.filter(({ op }) => op === 'add' || op === 'replace');
  const nobody =
    nobodyByDn(parseDn(record.dn)) ?? nobodyByAttributes(sets.map(({ attribute: name, values }) => ({ name, values })));
  if (nobody && !isOther) return end(work, node, state, nobody);
  const kind = isOther ? 'other' : 'unknown';
  const lists = ofNobody(kind, () => listChanges(record.changes, (dn) => tree.node(dn).ref), []);
  change(
    work,
    state,
    ofNobody(kind, () => textChanges(record.changes, dialect), []),
  );
  for (const one of lists) applyListChange(state.lists, one);
  return state;
};

/** Looking further than this for entries below a name would let a file make its reader slow. */
const maxLooks = 1000;
const checkFree = (place: Node<State>): void => {
  let looks = 0;
  for (const node of within(place)) {
    looks += 1;
    if (looks > maxLooks || (node.state !== undefined && node.state.known !== 'gone'))
      throw new DirectoryError(`the new DN is taken: this file has ${dnOf(node)}`);
  }
};

const rename = (work: Work, node: Node<State>, record: LdifRename): State => {
  const { tree, renames } = work;
  const state = node.state?.nobody ? node.state : alive(node);
  const newRdn = parseRdn(record.newRdn);
  const parent = record.newSuperior === undefined ? node.parent : tree.node(record.newSuperior);
  if (parent === undefined) throw new DirectoryError('the root cannot be renamed');
  if (isInside(parent, node)) throw new DirectoryError('an entry cannot move below itself');
  const rdn = normalRdns([newRdn])[0] as string;
  const taken = childOf(parent, rdn);
  if (taken !== undefined && taken !== node) checkFree(taken);

  if (!state.nobody) change(work, state, namingChanges(parseDn(record.dn)[0] ?? [], newRdn, record.deleteOldRdn));
  const from = dnOf(node);
  tree.move(node, rdn, parent);
  const nobody = nobodyByDn([newRdn, ...parseDn(dnOf(parent))]);
  // Deleted, or made way for another entry of its name, by being moved away.
  if (nobody && !(state.known === 'full' && state.kind === 'other')) return end(work, node, state, nobody);
  if (state.nobody) return state;
  const accessObject = state.known === 'full' && state.kind !== 'other';
  const to = dnOf(node);
  if (!accessObject && from !== to) renames.push({ from, to, line: record.line });
  return state;
};

const take = (work: Work, record: LdifRecord): Node<State> => {
  const node = work.tree.node(record.dn);
  if (node.parent === undefined) throw new DirectoryError('the DN is empty');
  let state: State;
  if (record.change === 'delete') state = remove(work, node);
  else if (record.change === 'modify') state = modify(work, node, record);
  else if (record.change === 'modrdn') state = rename(work, node, record);
  else state = create(work, node, record);
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
  return { ...full, kind, group };
};

/** True when a record says of itself that it is neither user nor group. */
const isOfOther = (record: LdifRecord, dialect: Dialect): boolean => {
  if (record.change !== 'content' && record.change !== 'add') return false;
  const classes = ofNobody('other', () => classesOf(record.attributes), []);
  return classes.length > 0 && classify(classes, dialect) === 'other';
};

/**
 * The net effect of the records, in file order.
 * @param now milliseconds since 1970: accounts expire
 */
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

/** A file read and folded: what it comes to, or why it does not parse. */
export type FoldedFile =
  | { readonly ok: true; readonly records: number; readonly fold: FoldResult }
  | { readonly ok: false; readonly errors: readonly LdifError[]; readonly more: boolean };

export const foldFile = (text: string, now: number, dialect: Dialect = {}): FoldedFile => {
  const parsed = parseLdif(text, (classes) => classify(classes, dialect) !== 'other');
  if (!parsed.ok) return parsed;
  const fold = foldRecords(parsed.records, now, dialect);
  return {
    ok: true,
    records: parsed.records.length + parsed.ignored.length,
    fold: { ...fold, ignored: [...parsed.ignored, ...fold.ignored] },
  };
};
