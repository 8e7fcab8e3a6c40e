// Cuts every list of the API into pages, by the number of items and by their bytes.
import { fold } from '../../domain/base/names.ts';
import { Room } from '../../domain/base/weight.ts';
import { type List, listOf, type Page, type Placed } from '../../store/lists.ts';

/** The form in which the items of a page are shown, and the room for them. */
export interface Showing<T, V = unknown> {
  readonly show?: (item: T) => V;
  /** Shows an item without its long parts, when it alone is larger than a page. */
  readonly brief?: (item: T) => V;
  readonly room?: Room;
}

/** A page of a list, which ends at `limit` items or when the bytes of an answer are used up. */
export const pageOf = async <T, V = T>(
  entries: List<T>,
  limit: number,
  { show = (item) => item as unknown as V, brief, room = new Room() }: Showing<T, V> = {},
): Promise<Page<V>> => {
  const items: V[] = [];
  let last: string | undefined;
  for await (const { at, item, more } of entries) {
    if (item === undefined) return { items, next: at };
    const shown = show(item);
    const fits = room.admits(shown);
    if (!fits && last !== undefined) return { items, next: last };
    const short = fits || !brief ? shown : brief(item);
    if (!fits) room.admits(short);
    items.push(short);
    last = at;
    if (items.length === limit) return { items, ...(more && { next: at }) };
  }
  return { items };
};

/** The items after a position, in the order of a key that is unique among them. */
export const sorted = <T>(
  items: Iterable<T>,
  key: (item: T) => string,
  after: string | undefined,
): Iterable<Placed<T>> =>
  listOf(
    [...items]
      .map((item) => ({ item, at: key(item) }))
      .filter(({ at }) => after === undefined || at > after)
      .sort((a, b) => (a.at < b.at ? -1 : 1)),
  );

/**
 * The items after a position in a list that is not ordered by its keys. A position is the key of the last item and its
 * number in the list. When that item is gone, the list goes on by the number.
 */
export const placedAfter = <T>(
  items: readonly T[],
  key: (item: T) => string,
  after: string | undefined,
): Iterable<Placed<T>> => {
  const [name, number] = after?.split(' ') ?? [];
  const count = Number(number) || 0;
  const isLast = (item: T | undefined) => item !== undefined && key(item) === name;
  const at = isLast(items[count - 1]) ? count - 1 : items.findIndex(isLast);
  const from = at < 0 ? count : at + 1;
  return listOf(items.slice(from).map((item, i) => ({ item, at: `${key(item)} ${from + i + 1}` })));
};

/** A thing that lists show by its name. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** Tells whether a name contains what is searched, by the form in which names are compared. */
export const nameFilter = (search = '') => {
  const part = fold(search.trim());
  return ({ name }: Named): boolean => fold(name).includes(part);
};
