// Places in an ordered list as texts that sort as the places do: between any two there is a third, so that moving one
// thing writes one thing. A place is a number of four digits of base 62 with further digits behind the point; it never
// ends with a zero behind the point, so that equal places have one text.

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base = BigInt(digits.length);
const width = 4;
const end = base ** BigInt(width);

/** Longer than this, and the list is spread anew. */
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

/** How far from the last place a thing put behind it goes: room for others in between. */
const stride = 64n;

/**
 * A place after one and before another, as short as there is; `undefined` on either side is the list's end. Undefined
 * when the list must be spread anew first.
 */
export const placeBetween = (after: string | undefined, before: string | undefined): string | undefined => {
  for (let length = width; length <= longestPlace; length += 1) {
    const scale = base ** BigInt(length - width);
    const low = after === undefined ? 0n : numberOf(after, length);
    const high = before === undefined ? end * scale : numberOf(before, length);
    // What is cut off behind `before` lies below it, so the cut itself may be taken.
    const top = before !== undefined && before.length > length ? high : high - 1n;
    if (low + 1n > top) continue;
    if (after !== undefined && before === undefined && low + stride <= top) return placeOf(low + stride, length);
    if (after === undefined && before !== undefined && top - stride >= 1n) return placeOf(top - stride, length);
    return placeOf((low + 1n + top) / 2n, length);
  }
  return undefined;
};

/** Places for so many things, evenly over the whole range. */
export const spread = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => placeOf((end * BigInt(i + 1)) / BigInt(count + 1), width));
