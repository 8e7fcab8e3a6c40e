// The smallest set of removals that ends a right: it does end it, by the naive reference; nothing smaller does, by trying
// all smaller ones; and what it leaves of every set of grants would be accepted.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupRef, type RoleId, userRef } from '../../shared/domain/base/ids.ts';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { type Book, isMember } from '../../shared/domain/book/book.ts';
import type { Access, GrantSet } from '../../shared/domain/book/records.ts';
import { applied } from '../../shared/domain/change.ts';
import { decide, type Question } from '../../shared/domain/deciding/decide.ts';
import { checkedGrants } from '../../shared/domain/deciding/grants.ts';
import { mostRemovals, smallestCut, smallestRemoval } from '../../shared/domain/deciding/smallest-removal.ts';
import { branchesOf, costOf, type Edge, end, type Removal, start } from '../../shared/domain/deciding/ways.ts';
import { changeWithout } from '../../shared/domain/plan/removals.ts';
import { columns } from '../../shared/domain/rules/rule-rights.ts';
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
        const after = applied(world, changeWithout(world, user, removals ?? []));
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

/** Every single removal from a user's rights; from a set of grants, one grant at a time. */
type Atom =
  | Exclude<Removal, { kind: 'grants' }>
  | { readonly kind: 'one'; readonly via: 'personal' | RoleId; at: number };
const atomsOf = (book: Book, user: Access, { rule }: Question): Atom[] => {
  const ref = userRef(user.id, user.life);
  const ofRoles = [...book.roles.values()].flatMap((role): Atom[] => {
    const { id, groups, grants } = role.record;
    return [
      ...(isMember(role, ref) ? [{ kind: 'roleMember', role: id, user: user.id } as const] : []),
      ...[...groups].map((group) => ({ kind: 'roleGroup', role: id, group }) as const),
      ...grants.map((_, at) => ({ kind: 'one', via: id, at }) as const),
      ...(rule ? columns.map((right) => ({ kind: 'ruleRight', role: id, rule, right }) as const) : []),
    ];
  });
  const nested = [...book.groups.values()].flatMap(({ id, life, parents }) =>
    [...parents].map((parent) => ({ kind: 'nestedGroup', group: groupRef(id, life), parent }) as const),
  );
  const own = [...user.groups].map((group) => ({ kind: 'groupMember', group, user: user.id }) as const);
  const personal = book.catalogue.data.personalGrants ? user.personal : [];
  return [...ofRoles, ...nested, ...own, ...personal.map((_, at) => ({ kind: 'one', via: 'personal', at }) as const)];
};

/** The removals, with the rest of each set of grants; undefined when such a rest would be refused. */
const joined = (book: Book, user: Access, atoms: readonly Atom[]): Removal[] | undefined => {
  const out = new Map<'personal' | RoleId, Set<number>>();
  for (const atom of atoms) if (atom.kind === 'one') out.set(atom.via, (out.get(atom.via) ?? new Set()).add(atom.at));
  const grants = [...out].map(([via, gone]): Removal => {
    const had = via === 'personal' ? user.personal : (book.roles.get(via)?.record.grants ?? []);
    return { kind: 'grants', via, taken: [], rest: had.filter((_, at) => !gone.has(at)) };
  });
  const whole = grants.every((one) => one.kind !== 'grants' || accepted(book, one.rest));
  return whole ? [...atoms.filter((atom) => atom.kind !== 'one'), ...grants] : undefined;
};

const accepted = (book: Book, grants: GrantSet): boolean => {
  try {
    checkedGrants(book, grants, grants, '/grants');
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
};

it('nor does anything else that could be taken away, one or two at a time', () => {
  let [tried, widened] = [0, 0];
  fc.assert(
    fc.property(scene, ({ raw: drawn, question }) => {
      const raw = enforced(drawn);
      const world = worldOf(raw);
      const { book } = world;
      // A set that would be refused already counts its faults together with the removal.
      const sound = [...book.roles.values()].every(({ record }) => accepted(book, record.grants));
      for (const user of sound ? raw.users : []) {
        const branches = branchesOf(book, user, question);
        const cost = (smallestRemoval(branches) ?? []).reduce((sum, removal) => sum + costOf({ removal }), 0);
        const atoms = atomsOf(book, user, question);
        if (cost < 2 || atoms.length > 40 || !accepted(book, user.personal)) continue;
        const ends = (set: readonly Atom[]) => {
          const removals = joined(book, user, set);
          const after = removals && applied(world, changeWithout(world, user, removals));
          return after !== undefined && !naive.may(rawOf(after), after.users.get(user.id), question).allowed;
        };
        tried += 1;
        widened += branches.some(({ widening }) => widening) ? 1 : 0;
        for (const [i, one] of atoms.entries()) {
          expect(ends([one])).toBe(false);
          for (const two of cost > 2 ? atoms.slice(i + 1) : []) expect(ends([one, two])).toBe(false);
        }
      }
    }),
    runs(400),
  );
  expect(tried).toBeGreaterThan(30);
  expect(widened).toBeGreaterThan(2);
});

it('leaves sets of grants that hold together', () => {
  fc.assert(
    fc.property(scene, ({ raw, question }) => {
      const world = worldOf(enforced(raw));
      for (const user of raw.users)
        for (const { edges } of branchesOf(world.book, user, question))
          for (const { removal } of edges) {
            if (removal?.kind !== 'grants') continue;
            const had = removal.via === 'personal' ? user.personal : world.book.roles.get(removal.via)?.record.grants;
            if (accepted(world.book, had ?? [])) expect(accepted(world.book, removal.rest)).toBe(true);
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
