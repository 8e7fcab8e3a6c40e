// The smallest set of removals that would end a right: a minimum cut of the granting graph (Ford and Fulkerson; shortest
// augmenting paths, as Edmonds and Karp). Exact wherever it is given; cuts of more than 100 removals are not looked for.

import { groupOf, userRef } from '../base/ids.ts';
import type { Book } from '../book/book.ts';
import type { Access, BookRecord, GroupRecord, MembersRecord, RoleRecord } from '../book/records.ts';
import { recordName } from '../book/records.ts';
import type { Change, World } from '../change.ts';
import { putRuleRights } from '../plan/rule-rights.ts';
import { type Branch, costOf, type Edge, end, type Removal, start } from './ways.ts';

/** More than these would not fit one transaction either. */
export const mostRemovals = 100;

interface Arc {
  readonly to: number;
  readonly back: Arc;
  left: number;
  readonly edge?: Edge;
}

/** The smallest cut between user and right, by cost; nothing when all cuts cost more than `most`. */
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
  /** How every node that has room left to it is reached from the user. */
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
 * The smallest set of removals that ends a right: where it needs several bits, the end of one of them is enough; where a
 * bit counts for a policy only because something widens it, the end of the widening is another way (FP-25).
 */
export const smallestRemoval = (branches: readonly Branch[]): Removal[] | undefined => {
  let best: Edge[] | undefined;
  for (const edges of branches.flatMap(({ edges, widening }) => (widening ? [edges, widening] : [edges]))) {
    const cut = smallestCut(edges, best ? total(best) : mostRemovals);
    if (cut && (!best || total(cut) < total(best))) best = cut;
  }
  return best?.map(({ removal }) => removal);
};

/** The change that these removals come to. */
export const without = (world: World, access: Access, removals: readonly Removal[]): Change<undefined> => {
  const { book } = world;
  const records = new Map<string, BookRecord>();
  const edit = <R extends BookRecord>(name: string, change: (record: R) => R) => {
    const record = (records.get(name) ?? book.records.get(name)) as R | undefined;
    if (record) records.set(name, change(record));
  };
  let after = access;
  const minus = <T>(set: ReadonlySet<T>, one: T) => new Set([...set].filter((other) => other !== one));
  for (const removal of removals) {
    if (removal.kind === 'roleMember') {
      const ref = userRef(access.id, access.life);
      for (const chunk of chunksWith(book, removal.role, ref))
        edit<MembersRecord>(recordName(chunk), (record) => ({ ...record, users: minus(record.users, ref) }));
    } else if (removal.kind === 'roleGroup')
      edit<RoleRecord>(`role#${removal.role}`, (r) => ({ ...r, groups: minus(r.groups, removal.group) }));
    else if (removal.kind === 'nestedGroup')
      edit<GroupRecord>(`group#${groupOf(removal.group)}`, (g) => ({
        ...g,
        parents: minus(g.parents, removal.parent),
      }));
    else if (removal.kind === 'groupMember') after = { ...after, groups: minus(after.groups, removal.group) };
    else if (removal.kind === 'ruleRight') {
      const { role, rule, right } = removal;
      for (const record of putRuleRights(world, role, { rules: [{ rule, [right]: false }] }).book)
        records.set(recordName(record), record);
    } else if (removal.via === 'personal') after = { ...after, personal: [...removal.rest] };
    else edit<RoleRecord>(`role#${removal.via}`, (role) => ({ ...role, grants: [...removal.rest] }));
  }
  return {
    book: [...records.values()],
    users: after === access ? [] : [{ before: access, after: { ...after, rev: access.rev + 1 } }],
    side: [],
    result: undefined,
  };
};

const chunksWith = (book: Book, role: Parameters<Book['roles']['get']>[0], ref: ReturnType<typeof userRef>) =>
  (book.roles.get(role)?.chunks ?? []).filter((chunk) => chunk.users.has(ref));
