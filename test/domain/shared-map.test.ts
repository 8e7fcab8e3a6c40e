// Maps that share: what they answer is what a plain map answers, and an old one stays what it was.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Edit, Relation, SharedMap } from '../../shared/domain/base/shared-map.ts';

const key = fc.integer({ min: 0, max: 600 }).map((n) => `key#${n.toString(36)}`);
const edits = fc.array(fc.tuple(key, fc.option(fc.integer(), { nil: undefined })), { maxLength: 400 });

const plainly = (map: ReadonlyMap<string, number>, list: readonly Edit<string, number>[]) => {
  const copy = new Map(map);
  for (const [at, value] of list)
    if (value === undefined) copy.delete(at);
    else copy.set(at, value);
  return copy;
};

test('a shared map is a plain map, at every version', () => {
  fc.assert(
    fc.property(fc.array(edits, { maxLength: 6 }), (steps) => {
      const plain = [new Map<string, number>()];
      const shared = [SharedMap.of(new Map<string, number>())];
      for (const step of steps) {
        plain.push(plainly(plain.at(-1) ?? new Map(), step));
        shared.push((shared.at(-1) as SharedMap<string, number>).with(step));
      }
      for (const [i, map] of plain.entries()) {
        const one = shared[i] as SharedMap<string, number>;
        expect(one.size).toBe(map.size);
        expect(new Map([...one].sort())).toEqual(new Map([...map].sort()));
        expect([...one.keys()].sort()).toEqual([...map.keys()].sort());
        expect([...one.values()].sort()).toEqual([...map.values()].sort());
        for (let n = 0; n < 600; n += 1) {
          const at = `key#${n.toString(36)}`;
          expect([one.has(at), one.get(at)]).toEqual([map.has(at), map.get(at)]);
        }
      }
    }),
    { numRuns: 30 },
  );
});

describe('a large map', () => {
  const large = SharedMap.of(new Map(Array.from({ length: 50_000 }, (_, n) => [`group#${n * 7919}`, n])));

  test('keeps what does not change when something does', () => {
    const next = large.with([
      ['group#0', undefined],
      ['new', 1],
    ]);
    expect([large.size, next.size]).toEqual([50_000, 50_000]);
    expect([large.get('group#0'), next.get('group#0'), large.get('new'), next.get('new')]).toEqual([
      0,
      undefined,
      undefined,
      1,
    ]);
    expect(large.with([])).toBe(large);
    expect(SharedMap.of(large)).toBe(large);
  });

  test('takes in many one by one', () => {
    let map = SharedMap.of(new Map<string, number>());
    for (let n = 0; n < 5_000; n += 1) map = map.with([[`k${n}`, n]]);
    expect([map.size, map.get('k4999'), map.get('k0')]).toEqual([5_000, 4_999, 0]);
  });
});

test('a relation keeps each key’s values', () => {
  const one = new Relation<string, number>().with(
    [],
    [
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ],
  );
  const two = one.with(
    [
      ['a', 1],
      ['b', 3],
    ],
    [
      ['c', 4],
      ['a', 5],
    ],
  );
  expect([one.of('a'), one.of('b'), one.of('c')]).toEqual([[1, 2], [3], []]);
  expect([two.of('a'), two.of('b'), two.of('c')]).toEqual([[2, 5], [], [4]]);
});
