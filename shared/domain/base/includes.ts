// Fast look-up in long lists, because one answer may ask the same list about each of 1,000 policies.

const few = 16;
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** The same as `list.includes(one)`, for lists that never change: a long list is turned into a set once, and kept. */
export const includes = (list: readonly string[], one: string): boolean => {
  if (list.length <= few) return list.includes(one);
  const known = sets.get(list) ?? new Set(list);
  sets.set(list, known);
  return known.has(one);
};
