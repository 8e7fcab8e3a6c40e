// Pages of lists that are in memory already.
import type { Page } from '../store/lists.ts';

/** The items after a position, in the order of a key that no two of them share. */
export const pageOfSorted = <T>(
  items: Iterable<T>,
  key: (item: T) => string,
  limit: number,
  after: string | undefined,
): Page<T> => {
  const rest = [...items]
    .map((item) => ({ item, at: key(item) }))
    .filter(({ at }) => after === undefined || at > after)
    .sort((a, b) => (a.at < b.at ? -1 : 1));
  const shown = rest.slice(0, limit);
  const next = rest.length > limit ? shown.at(-1)?.at : undefined;
  return { items: shown.map(({ item }) => item), ...(next !== undefined && { next }) };
};
