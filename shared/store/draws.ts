// Random ids, lives and secrets that are equal in every attempt at a mutation, so that a retry plans the same.
import type { Ids } from '../domain/base/ids.ts';
import type { IdsAndTime } from '../domain/change.ts';

/**
 * Returns a source of random values that repeats them at every attempt, by kind and number: an attempt that reads another
 * world may draw other kinds, or in another order.
 */
export const repeatable = (ids: Ids, now: number): (() => IdsAndTime) => {
  const known = new Map<string, string>();
  return () => {
    const drawn: string[] = [];
    const turns = new Map<string, number>();
    const draw = (kind: string, make: () => string): string => {
      const turn = (turns.get(kind) ?? 0) + 1;
      turns.set(kind, turn);
      const one = known.get(`${kind} ${turn}`) ?? make();
      known.set(`${kind} ${turn}`, one);
      drawn.push(one);
      return one;
    };
    return {
      now,
      drawn: () => [...drawn],
      secretDrawn: () => turns.has('secret'),
      ids: {
        next: (kind) => draw(kind, () => ids.next(kind)) as never,
        life: () => draw('life', () => ids.life()) as never,
        event: (time) => draw('event', () => ids.event(time)) as never,
        secret: () => draw('secret', () => ids.secret()),
      },
    };
  };
};
