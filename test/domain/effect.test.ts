// What a change is said to do, against what the naive reference decides before and after it, for every user, permission
// and scope.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../shared/domain/base/refusal.ts';
import { applied, type World } from '../../shared/domain/change.ts';
import { heldBy } from '../../shared/domain/deciding/decide.ts';
import { thingsOf } from '../../shared/domain/previews/effect-on-things.ts';
import { effectOn, Holdings } from '../../shared/domain/previews/effect-on-users.ts';
import { expectEffect } from '../changesets/worlds.ts';
import { perCatalogue, rawOf, runs, tenantOf, worldOf } from './arbitraries.ts';
import { planned, stepOf, toolsOf } from './plans.ts';

const effectsOf = (before: World, after: World) => {
  const was = new Holdings(before.book, heldBy);
  const is = new Holdings(after.book, heldBy);
  const ids = new Set([...before.users.keys(), ...after.users.keys()]);
  return [...ids].flatMap((id) => effectOn(id, was.of(before.users.get(id)), is.of(after.users.get(id))) ?? []);
};

const scene = perCatalogue((catalogue) =>
  fc.record({ raw: tenantOf(catalogue), steps: fc.array(stepOf(catalogue), { minLength: 1, maxLength: 3 }) }),
);

describe('the effect of a change', () => {
  it('names exactly what every user gains and loses', () => {
    let seen = 0;
    fc.assert(
      fc.property(scene, ({ raw, steps }) => {
        const before = worldOf(raw);
        let after = before;
        for (const [i, step] of steps.entries()) {
          try {
            after = applied(after, planned(after, step, toolsOf(i * 10 + 1)));
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
        }
        const effects = effectsOf(before, after);
        seen += effects.length;
        expectEffect(raw, rawOf(after), effects);
      }),
      runs(160),
    );
    expect(seen).toBeGreaterThan(20);
  });

  it('names every record that is not what it was, and no other', () => {
    fc.assert(
      fc.property(
        perCatalogue((catalogue) => fc.record({ raw: tenantOf(catalogue), step: stepOf(catalogue) })),
        ({ raw, step }) => {
          const before = worldOf(raw);
          let change: ReturnType<typeof planned>;
          try {
            change = planned(before, step, toolsOf());
          } catch (error) {
            if (error instanceof Refusal) return;
            throw error;
          }
          const things = thingsOf(before.book, before.book.with(change.book), change, () => true);
          const ids = things.map(({ kind, id }) => `${kind} ${id}`);
          expect(new Set(ids).size).toBe(ids.length);
          const touched = new Set([
            ...change.book.map((r) =>
              r.kind === 'members' ? r.role : r.kind === 'tenant' ? 'tenant' : (r as { id?: string }).id,
            ),
            ...change.users.map((user) => user.after.id),
            ...change.side.flatMap((side) => (side.kind === 'profile' ? [(side.after ?? side.before)?.id] : [])),
          ]);
          for (const { id } of things) expect([...touched]).toContain(id);
        },
      ),
      runs(300),
    );
  });
});
