// The smallest set of removals that ends a right: it does end it, by the naive reference; nothing smaller does, by trying
// all smaller ones; and what it leaves of every set of grants would be accepted.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applied } from '../../shared/domain/change.ts';
import { mostRemovals, smallestCut, smallestRemoval, without } from '../../shared/domain/cut.ts';
import { decide } from '../../shared/domain/decide.ts';
import { branchesOf, costOf, type Edge, end, start } from '../../shared/domain/granting.ts';
import { checkedGrants } from '../../shared/domain/grants.ts';
import { Refusal } from '../../shared/domain/refusal.ts';
import { perCatalogue, questionOf, rawOf, runs, tenantOf, worldOf } from './arbitraries.ts';
import * as naive from './naive.ts';

const scene = perCatalogue((catalogue) => fc.record({ raw: tenantOf(catalogue), question: questionOf(catalogue) }));

const enforced = (raw: naive.Raw): naive.Raw => ({
  ...raw,
  records: raw.records.map((record) => (record.kind === 'tenant' ? { ...record, enforced: true } : record)),
});

it('CT-82 CT-83 CT-84: taking it away ends the right, whichever ways there were', () => {
  let ended = 0;
  fc.assert(
    fc.property(scene, ({ raw: drawn, question }) => {
      const raw = enforced(drawn);
      const world = worldOf(raw);
      for (const user of raw.users) {
        const branches = branchesOf(world.book, user, question);
        const { allowed, byGrants } = naive.may(raw, user, question);
        expect(branches.length > 0, 'there is a graph exactly where grants give the right').toBe(allowed && byGrants);
        if (branches.length === 0) continue;
        const removals = smallestRemoval(branches);
        expect(removals).toBeDefined();
        const after = applied(world, without(world, user, removals ?? []));
        const now = after.users.get(user.id);
        expect(naive.may(rawOf(after), now, question).allowed).toBe(false);
        expect(decide(after.book, now, question).allowed).toBe(false);
        ended += 1;
      }
    }),
    runs(250),
  );
  expect(ended).toBeGreaterThan(50);
});

/** Is the end still reached without these edges? */
const leads = (edges: readonly Edge[]): boolean => {
  const seen = new Set([start]);
  for (const at of seen) for (const { from, to } of edges) if (from === at) seen.add(to);
  return seen.has(end);
};

/** The cost of the cheapest cut, by trying every set of edges. */
const cheapest = (edges: readonly Edge[]): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let mask = 0; mask < 2 ** edges.length; mask += 1) {
    const cut = edges.filter((_, i) => mask & (1 << i));
    const cost = cut.reduce((sum, edge) => sum + costOf(edge), 0);
    if (cost < best && !leads(edges.filter((edge) => !cut.includes(edge)))) best = cost;
  }
  return best;
};

it('nothing smaller does', () => {
  const sizes = new Set<number>();
  fc.assert(
    fc.property(scene, ({ raw, question }) => {
      const world = worldOf(enforced(raw));
      for (const user of raw.users)
        for (const { edges } of branchesOf(world.book, user, question)) {
          if (edges.length > 12) continue;
          const cut = smallestCut(edges) ?? [];
          const cost = cut.reduce((sum, edge) => sum + costOf(edge), 0);
          expect(cost).toBe(cheapest(edges));
          expect(leads(edges.filter((edge) => !cut.includes(edge)))).toBe(false);
          sizes.add(cost);
        }
    }),
    runs(250),
  );
  expect(sizes.size).toBeGreaterThan(1);
});

it('leaves sets of grants that hold together', () => {
  fc.assert(
    fc.property(scene, ({ raw, question }) => {
      const world = worldOf(enforced(raw));
      const accepted = (grants: Parameters<typeof checkedGrants>[1]) => {
        try {
          checkedGrants(world.book, grants, grants, '/grants');
          return true;
        } catch (error) {
          if (error instanceof Refusal) return error.code !== 'permission-missing';
          throw error;
        }
      };
      for (const user of raw.users)
        for (const { edges } of branchesOf(world.book, user, question))
          for (const { removal } of edges) {
            if (removal?.kind !== 'grants') continue;
            const had = removal.via === 'personal' ? user.personal : world.book.roles.get(removal.via)?.record.grants;
            if (accepted(had ?? [])) expect(accepted(removal.rest)).toBe(true);
            expect(removal.taken.length).toBeGreaterThan(0);
          }
    }),
    runs(250),
  );
});

it('a cut of many is found as long as it is small enough to be carried out', () => {
  const wide = (width: number): Edge[] =>
    Array.from({ length: width }, (_, i) => [
      { from: start, to: `g${i}`, removal: { kind: 'groupMember', group: `g${i}`, user: 'u' } },
      { from: `g${i}`, to: end, removal: { kind: 'roleGroup', group: `g${i}`, role: 'r' } },
    ]).flat() as unknown as Edge[];
  expect(smallestCut(wide(mostRemovals))).toHaveLength(mostRemovals);
  expect(smallestCut(wide(mostRemovals + 1))).toBeUndefined();
});
