// What lists and sets lack.

/** The list in pieces of at most this size. */
export const chunked = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

/** The set without the members of another. */
export const minus = <T>(set: ReadonlySet<T>, gone: ReadonlySet<T>): Set<T> =>
  new Set([...set].filter((one) => !gone.has(one)));

/** The set without one member. */
export const without = <T>(set: ReadonlySet<T>, gone: T): Set<T> => minus(set, new Set([gone]));
