// Whether a list has something, where it is asked for each of a thousand policies.

const few = 16;
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** As `list.includes(one)`, for lists that never change: of a long one a set is made, once. */
export const includes = (list: readonly string[], one: string): boolean => {
  if (list.length <= few) return list.includes(one);
  const known = sets.get(list) ?? new Set(list);
  sets.set(list, known);
  return known.has(one);
};
