// The names of a directory while a file is read, as a tree. A rename moves a node with everything below it in one step,
// and every node remembers its place before the file. So a name refers to the object that has it at its line.
import { DirectoryError, type Dn, normalRdns } from './dn.ts';

/**
 * The object that a mention of a name refers to. A reference follows renames and ends with the object's deletion,
 * because an object created later under the name is another one.
 */
export interface Ref<S> {
  readonly node: Node<S>;
  dead: boolean;
}

export interface Node<S> {
  rdn: string;
  parent: Node<S> | undefined;
  children: Map<string, Node<S>> | undefined;
  /** RDNs below this place, before the file, that are taken: by a node, or because nothing can be stored there. */
  claimed: Set<string> | undefined;
  /** The place before the file; undefined if no stored object can be this one. */
  readonly origin: { readonly parent: Node<S> | undefined; readonly rdn: string } | undefined;
  ref: Ref<S>;
  /** The reader's knowledge about the object. */
  state: S | undefined;
}

/** Bounds memory: only a file made to exhaust it (denial of service) has more names in 5 MB. */
const maxNames = 250_000;

export interface Tree<S> {
  /** The node of a DN, created if missing. @throws DirectoryError */
  node(dn: Dn): Node<S>;
  /**
   * Moves and renames a node. The caller has checked that `parent` is not inside `node`, and that the place is free.
   */
  move(node: Node<S>, rdn: string, parent: Node<S>): void;
}

const make = <S>(rdn: string, parent: Node<S> | undefined, origin: Node<S>['origin']): Node<S> => {
  const node = { rdn, parent, children: undefined, claimed: undefined, origin, state: undefined } as unknown as Node<S>;
  node.ref = { node, dead: false };
  return node;
};

const claim = <S>(node: Node<S>, rdn: string): boolean => {
  node.claimed ??= new Set();
  if (node.claimed.has(rdn)) return false;
  node.claimed.add(rdn);
  return true;
};

export const childOf = <S>(node: Node<S>, rdn: string): Node<S> | undefined => node.children?.get(rdn);

/** The node's present DN. */
export const dnOf = <S>(node: Node<S>): string => {
  const rdns: string[] = [];
  for (let at = node; at.parent !== undefined; at = at.parent) rdns.push(at.rdn);
  return rdns.join(',');
};

/** The node's DN before the file; undefined if no stored object can be this one. */
export const storedDnOf = <S>(node: Node<S>): string | undefined => {
  const rdns: string[] = [];
  let at: Node<S> | undefined = node;
  while (at !== undefined) {
    if (at.origin === undefined) return undefined;
    if (at.origin.parent !== undefined) rdns.push(at.origin.rdn);
    at = at.origin.parent;
  }
  return rdns.join(',');
};

export const isInside = <S>(node: Node<S>, ancestor: Node<S>): boolean => {
  for (let at: Node<S> | undefined = node; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
};

/** The node and everything below it. */
export function* within<S>(node: Node<S>): Generator<Node<S>, void> {
  const open = [node];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    yield at;
    if (at.children !== undefined) for (const below of at.children.values()) open.push(below);
  }
}

export const newTree = <S>(): Tree<S> => {
  const root = make<S>('', undefined, { parent: undefined, rdn: '' });
  let names = 0;

  const child = (parent: Node<S>, rdn: string): Node<S> => {
    const known = childOf(parent, rdn);
    if (known !== undefined) return known;
    names += 1;
    if (names > maxNames) throw new DirectoryError(`the file has more than ${maxNames} different names: split it`);
    const origin = parent.origin !== undefined && claim(parent, rdn) ? { parent, rdn } : undefined;
    const node = make(rdn, parent, origin);
    parent.children ??= new Map();
    parent.children.set(rdn, node);
    return node;
  };

  return {
    node(dn) {
      let at = root;
      for (const rdn of normalRdns(dn).reverse()) at = child(at, rdn);
      return at;
    },
    move(node, rdn, parent) {
      node.parent?.children?.delete(node.rdn);
      parent.children ??= new Map();
      // An object that was only mentioned under this name cannot exist, because then the directory would have refused
      // the move.
      const displaced = parent.children.get(rdn);
      for (const gone of displaced === undefined ? [] : within(displaced)) gone.ref.dead = true;
      parent.children.set(rdn, node);
      if (parent.origin !== undefined) claim(parent, rdn);
      node.parent = parent;
      node.rdn = rdn;
    },
  };
};
