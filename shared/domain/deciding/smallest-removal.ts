// The smallest set of removals that ends a right: a minimum cut of the granting graph (Edmonds-Karp). The result is
// exact; there is no result when every cut has more than 100 removals.

import { type Branch, costOf, type Edge, end, type Removal, start } from './ways.ts';

/** The most removals of a result; more would not fit one transaction. */
export const mostRemovals = 100;

interface Arc {
  readonly to: number;
  readonly back: Arc;
  left: number;
  readonly edge?: Edge;
}

/** The cheapest cut between user and right; `undefined` when every cut costs more than `most` removals. */
export const smallestCut = (edges: readonly Edge[], most = mostRemovals): Edge[] | undefined => {
  const ids = new Map([start, end].map((name, i) => [name, i]));
  const arcs: Arc[][] = [[], []];
  const node = (name: string): number => {
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, arcs.length);
    return arcs.push([]) - 1;
  };
  for (const edge of edges) {
    const [from, to] = [node(edge.from), node(edge.to)];
    const there = { to, left: costOf(edge), edge } as Arc & { back: Arc };
    const back = { to: from, left: 0, back: there } as Arc;
    (there as { back: Arc }).back = back;
    arcs[from]?.push(there);
    arcs[to]?.push(back);
  }
  /**
   * The nodes reachable from the user by arcs with capacity left, each with the arc that reaches it (breadth first).
   */
  const reached = (): Map<number, Arc | undefined> => {
    const by = new Map<number, Arc | undefined>([[0, undefined]]);
    for (const [at] of by) for (const arc of arcs[at] ?? []) if (arc.left > 0 && !by.has(arc.to)) by.set(arc.to, arc);
    return by;
  };
  for (let flow = 0; ; ) {
    const by = reached();
    if (!by.has(1)) return edges.filter(({ from, to }) => by.has(node(from)) && !by.has(node(to)));
    const path: Arc[] = [];
    for (let arc = by.get(1); arc; arc = by.get(arc.back.to)) path.push(arc);
    const room = Math.min(...path.map(({ left }) => left));
    flow += room;
    if (flow > most) return undefined;
    for (const arc of path) {
      arc.left -= room;
      arc.back.left += room;
    }
  }
};

const total = (edges: readonly Edge[]): number => edges.reduce((sum, edge) => sum + costOf(edge), 0);

/**
 * The smallest set of removals that ends a right; `undefined` when there is none within `mostRemovals`. When the right
 * needs several bits, ending one bit is enough. When a bit counts for a policy only because another permission widens
 * it, ending the widening is an alternative (FP-25).
 */
export const smallestRemoval = (branches: readonly Branch[]): Removal[] | undefined => {
  let best: Edge[] | undefined;
  for (const edges of branches.flatMap(({ edges, widening }) => (widening ? [edges, widening] : [edges]))) {
    const cut = smallestCut(edges, best ? total(best) : mostRemovals);
    if (cut && (!best || total(cut) < total(best))) best = cut;
  }
  return best?.map(({ removal }) => removal);
};
