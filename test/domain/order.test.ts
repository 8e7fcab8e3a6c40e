import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestPlace, placeBetween, spread } from '../../shared/domain/rules/order.ts';

describe('places in an ordered list', () => {
  it('a place lies strictly between its neighbours, wherever things are put', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 200 }), (spots) => {
        const list: string[] = [];
        for (const spot of spots) {
          const at = spot % (list.length + 1);
          const place = placeBetween(list[at - 1], list[at]);
          if (place === undefined) return;
          expect(place.length).toBeLessThanOrEqual(longestPlace);
          if (at > 0) expect(place > (list[at - 1] as string)).toBe(true);
          if (at < list.length) expect(place < (list[at] as string)).toBe(true);
          list.splice(at, 0, place);
        }
        expect([...list].sort()).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['at the end', (list: string[]) => [list.at(-1), undefined] as const, 20_000],
    ['at the beginning', (list: string[]) => [undefined, list[0]] as const, 20_000],
    ['right behind the first', (list: string[]) => [list[0], list[1]] as const, 150],
  ])('%s there is room for many', (_, where, times) => {
    let list = spread(10);
    for (let i = 0; i < times; i += 1) {
      const place = placeBetween(...where(list));
      expect(place).toBeDefined();
      const [after] = where(list);
      const at = after === undefined ? 0 : list.indexOf(after) + 1;
      // The next place depends on the three places at the edges only.
      list = list.toSpliced(at, 0, place as string);
      if (list.length > 12) list = [...list.slice(0, 3), ...list.slice(-3)];
    }
    expect([...list].sort()).toEqual(list);
  });

  it('says when there is none left, so that the list is spread anew', () => {
    let [after, before] = spread(2) as [string, string | undefined];
    let room = 0;
    for (let place = placeBetween(after, before); place !== undefined; place = placeBetween(after, before)) {
      before = place;
      room += 1;
    }
    expect(room).toBeGreaterThan(150);
    expect(after.length).toBe(4);
  });

  it('spreads any number evenly, in order, each in a place of its own', () => {
    for (const count of [0, 1, 2, 10_000, 100_000]) {
      const places = spread(count);
      expect(new Set(places).size).toBe(count);
      expect([...places].sort()).toEqual(places);
      for (const place of places) expect(place).toHaveLength(4);
    }
  });
});
