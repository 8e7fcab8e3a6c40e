// The answer to an explanation: the granting graph, and a smallest set of removals that would end a right.

import { type GroupRef, groupOf, isId, type RoleId } from '../../domain/base/ids.ts';
import { Refusal } from '../../domain/base/refusal.ts';
import { Room } from '../../domain/base/weight.ts';
import type { Book } from '../../domain/book/book.ts';
import type { Access } from '../../domain/book/records.ts';
import type { Audit } from '../../domain/change.ts';
import { smallestRemoval } from '../../domain/deciding/smallest-removal.ts';
import { type Branch, type Edge, end, type Removal, start } from '../../domain/deciding/ways.ts';
import { changeWithout } from '../../domain/plan/removals.ts';
import type { Authorised } from '../../store/authorised.ts';
import type { RequestIds } from '../../store/events.ts';
import type { Call } from '../gateway/call.ts';
import { problemOf } from '../gateway/problem.ts';

/** Most edges that are shown, and most bytes of them and their nodes; a larger graph is marked as cut. */
const mostEdges = 2_000;
const mostGraph = 1_000_000;
/** Most bytes of the removals that are shown. */
const mostRemoved = 1_000_000;

/** The id of a node. A group's incarnation is left out, because callers know only ids. */
const idOf = (node: string): string => (node.startsWith('g') ? groupOf(node as GroupRef) : node);

/** The graph, with a node for each bit that the question needs; `names` adds the names of roles and groups. */
export const graphView = (book: Book, access: Access | undefined, branches: readonly Branch[], names: boolean) => {
  const nodes = new Map<string, object>();
  const edges = new Map<string, object>();
  const named = (name: string | undefined) => (names && name !== undefined ? { name } : {});
  const room = new Room(mostGraph);
  const nodeOf = (id: string): object[] => {
    if (nodes.has(id)) return [];
    if (isId('group', id)) return [{ id, type: 'group', ...named(book.groups.get(id)?.name) }];
    return isId('role', id) ? [{ id, type: 'role', ...named(book.roles.get(id)?.record.name) }] : [];
  };
  if (access && branches.length > 0) nodes.set(access.id, { id: access.id, type: 'user' });
  let more = false;
  branches.forEach(({ permissions, right, edges: all }, i) => {
    const bit = `bit${i}`;
    const asked = right === undefined ? { permissions } : { right };
    nodes.set(bit, { id: bit, type: 'bit', ...asked });
    for (const edge of all) {
      const from = edge.from === start ? (access?.id as string) : idOf(edge.from);
      const to = edge.to === end ? bit : idOf(edge.to);
      const [shown, needed] = [{ from, to, ...edgeView(edge) }, [...nodeOf(from), ...nodeOf(to)]];
      more ||= edges.size === mostEdges || !room.admits([shown, ...needed]);
      if (more) break;
      for (const node of needed) nodes.set((node as { id: string }).id, node);
      edges.set(`${from} ${to}`, shown);
    }
  });
  return { nodes: [...nodes.values()], edges: [...edges.values()], more };
};

const edgeView = ({ removal }: Edge) => ({
  kind: removal.kind,
  ...(removal.kind === 'grants' && { grants: removal.taken.map(({ grant }) => grant) }),
});

const removalView = (removal: Removal): object[] => {
  if (removal.kind === 'grants')
    return removal.taken.map(({ grant, policies }) => ({
      kind: 'grant',
      via: removal.via,
      grant: policies ? { ...grant, policies } : grant,
    }));
  const { kind } = removal;
  const ids = Object.entries(removal).filter(([key]) => key !== 'kind');
  return [{ kind, ...Object.fromEntries(ids.map(([key, id]) => [key, idOf(id as RoleId)])) }];
};

/**
 * One smallest set of removals that would end the right, with the problem if a dry run refuses that change. Undefined
 * when no set within the limits of the search exists. @throws Refusal busy
 */
export const endingOf = async (
  call: Pick<Call<'explain'>, 'runtime' | 'tenant' | keyof RequestIds | 'id'>,
  by: Authorised,
  access: Access,
  branches: readonly Branch[],
) => {
  const removals = smallestRemoval(branches);
  if (!removals) return undefined;
  const { runtime, tenant, requestId, traceId, id: operation } = call;
  const all = removals.flatMap(removalView);
  const named = new Room(mostRemoved).first(all);
  const shown = { removals: named, ...(named !== all && { more: true }) };
  try {
    await runtime.store.mutate({
      tenant,
      operation,
      requestId,
      traceId,
      dry: true,
      authorise: () => by,
      plan: async (view) => {
        const [now = access] = await view.users([access.id]);
        // The removals would be a change set, whose audit event counts towards the size of the transaction.
        const audit: Audit = { action: 'changes.submitted', target: 'tenant' };
        return { change: { ...changeWithout(view.world, now, removals), audit }, body: undefined };
      },
    });
    return shown;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'busy') throw error;
    return { ...shown, refused: problemOf(error, call) };
  }
};
