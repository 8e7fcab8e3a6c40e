// The canonical form of JSON (RFC 8785, JSON Canonicalization Scheme): equal values have equal bytes, so that hashes and
// signatures of them can be compared. ECMAScript writes texts and numbers as the RFC demands, because the RFC took its
// rules from there; what is left is the order of members and the refusal of what is no JSON.

/** A value that has no canonical form. */
class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

const refuse = (member: string, why: string): never => {
  throw new NotCanonical(`${member || 'the value'} ${why}`);
};

/** True for an integer past 2^53 that is written in digits, which readers round; from 10^21 on there is an exponent. */
export const isRounded = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;

const number = (value: number, member: string): string => {
  if (!Number.isFinite(value)) refuse(member, `is ${value}, which JSON cannot hold`);
  if (isRounded(value)) refuse(member, 'is an integer past 2^53, which readers round: hold it as a text');
  return JSON.stringify(value);
};

const text = (value: string, member: string): string => {
  if (!value.isWellFormed()) refuse(member, 'has half of a character (a lone surrogate)');
  return JSON.stringify(value);
};

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** @param member name of the member that holds the value, for errors */
const written = (value: unknown, member: string): string => {
  if (typeof value === 'string') return text(value, member);
  if (typeof value === 'number') return number(value, member);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return refuse(member, `is ${typeof value}, which JSON cannot hold`);
  // Unlike map, Array.from visits holes, which are undefined.
  if (Array.isArray(value)) return `[${Array.from(value, (item) => written(item, member)).join(',')}]`;
  if (!isPlain(value)) refuse(member, `is ${value.constructor?.name || 'an instance'}, and no plain object`);
  // Without an argument, sort compares UTF-16 code units, as section 3.2.3 demands.
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${text(name, 'a name')}:${written((value as never)[name], name)}`).join(',')}}`;
};

/**
 * The canonical form of a JSON value.
 * @throws NotCanonical for what JSON cannot hold or readers would round or repair: undefined members, numbers that are
 * not finite, integers past 2^53 that would be written in digits, lone surrogates, and objects that are not plain
 */
export const canonical = (value: unknown): string => written(value, '');
