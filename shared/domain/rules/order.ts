// Places in an ordered list, as texts that sort in the list's order (fractional indexing). Between any two places there
// is a third, so that a move writes the moved thing only. A place is a number in base 62 with four digits before the
// point and any after it; the point is not written. It never ends with a zero after the point, so that equal places are
// equal texts.

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base = BigInt(digits.length);
const width = 4;
const end = base ** BigInt(width);

/** The longest place in characters; when no shorter place is free, the list is spread anew. */
export const longestPlace = 32;

const numberOf = (place: string, length: number): bigint => {
  let value = 0n;
  for (let i = 0; i < length; i += 1) value = value * base + BigInt(Math.max(0, digits.indexOf(place[i] ?? '0')));
  return value;
};

const placeOf = (value: bigint, length: number): string => {
  let text = '';
  for (let rest = value, i = 0; i < length; i += 1, rest /= base) text = digits[Number(rest % base)] + text;
  let to = text.length;
  while (to > width && text[to - 1] === '0') to -= 1;
  return text.slice(0, to);
};

/** The distance from the last place to a thing that is put after it, which leaves room for others in between. */
const stride = 64n;

/**
 * The shortest place after `after` and before `before`; `undefined` on either side means the end of the list.
 * @returns `undefined` when there is no place of at most `longestPlace` characters: the list must be spread anew first
 */
export const placeBetween = (after: string | undefined, before: string | undefined): string | undefined => {
  for (let length = width; length <= longestPlace; length += 1) {
    const scale = base ** BigInt(length - width);
    const low = after === undefined ? 0n : numberOf(after, length);
    const high = before === undefined ? end * scale : numberOf(before, length);
    // A cut-off `before` is smaller than `before` itself, so the cut-off number may be taken.
    const top = before !== undefined && before.length > length ? high : high - 1n;
    if (low + 1n > top) continue;
    if (after !== undefined && before === undefined && low + stride <= top) return placeOf(low + stride, length);
    if (after === undefined && before !== undefined && top - stride >= 1n) return placeOf(top - stride, length);
    return placeOf((low + 1n + top) / 2n, length);
  }
  return undefined;
};

/** Places for `count` things, evenly over the whole range. */
export const spread = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => placeOf((end * BigInt(i + 1)) / BigInt(count + 1), width));
