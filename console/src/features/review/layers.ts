// Places the graph of an explanation in columns: the user, groups by their distance, roles, what is needed. Pure.

interface Node {
  readonly id: string;
  readonly type: 'user' | 'group' | 'role' | 'bit';
}
interface Edge {
  readonly from: string;
  readonly to: string;
}
interface Placed {
  readonly id: string;
  /** From 0 on the left. */
  readonly column: number;
  /** From 0 at the top of its column. */
  readonly row: number;
}

/** Where each node stands. Every edge that is no part of a circle leads to the right. */
export const placed = (nodes: readonly Node[], edges: readonly Edge[]): Placed[] => {
  const distance = new Map(nodes.filter(({ type }) => type === 'user').map(({ id }) => [id, 0]));
  const queue = [...distance.keys()];
  for (const id of queue)
    for (const { from, to } of edges)
      if (from === id && !distance.has(to)) {
        distance.set(to, distance.get(id)! + 1);
        queue.push(to);
      }
  const groups = nodes.filter(({ type }) => type === 'group').map(({ id }) => distance.get(id) ?? 1);
  const lastGroup = Math.max(0, ...groups);
  const columnOf = ({ id, type }: Node): number =>
    type === 'user' ? 0 : type === 'group' ? (distance.get(id) ?? 1) : type === 'role' ? lastGroup + 1 : lastGroup + 2;
  const rows = new Map<number, number>();
  return nodes.map((node) => {
    const column = columnOf(node);
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return { id: node.id, column, row };
  });
};
