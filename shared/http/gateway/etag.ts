// Entity tags and cursors: values that callers send back to us.
import { createHash } from 'node:crypto';
import { invalid, Refusal } from '../../domain/base/refusal.ts';
import { utf8 } from '../../text/text.ts';

/**
 * A strong ETag of a resource's own fields, which changes with them and with nothing else (RFC 9110, section 8.8.3).
 */
export const etagOf = (own: unknown): string =>
  `"${createHash('sha256')
    .update(JSON.stringify(sortedKeys(own)))
    .digest('base64url')
    .slice(0, 22)}"`;

/** Turns sets into sorted lists and sorts keys, so that equal content has the same JSON. */
const sortedKeys = (value: unknown): unknown => {
  if (value instanceof Set) return [...value].sort();
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== 'object') return value ?? null;
  const fields: [string, unknown][] = [];
  for (const key of Object.keys(value).sort()) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    if (field !== undefined) fields.push([key, sortedKeys(field)]);
  }
  return Object.fromEntries(fields);
};

/** True when one of the tags in If-Match is `tag`. */
export const isNamed = (ifMatch: string, tag: string): boolean => ifMatch.split(',').some((one) => one.trim() === tag);

/** True when If-Match names a state that the caller has seen; `*` stands for any state. */
export const namesState = (ifMatch: string | undefined): boolean => ifMatch !== undefined && ifMatch.trim() !== '*';

/**
 * True for a tag without its quotes, and for a weak one (`W/"…"`), which a proxy that compresses may make of ours. Neither
 * can ever match (RFC 9110, section 8.8.3.2), so whoever is told to read again would read again for ever.
 */
const neverMatches = (tag: string): boolean => tag !== '' && tag !== '*' && !/^"[^"]*"$/.test(tag);

/** @throws Refusal precondition-failed when If-Match names none of the tags (RFC 9110, section 13.1.1) */
export const needMatch = (ifMatch: string | undefined, own: unknown): void => {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  if (isNamed(ifMatch, etagOf(own))) return;
  throw new Refusal(
    'precondition-failed',
    ifMatch.split(',').some((one) => neverMatches(one.trim()))
      ? 'If-Match is no ETag as it was answered: send it with its quotes, and without W/.'
      : 'The resource has changed since you read it: read it again, then repeat your change with its new ETag.',
  );
};

const stamp = (parts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(sortedKeys(parts)))
    .digest('base64url')
    .slice(0, 16);

/** A cursor for the next page: a position, bound to tenant, operation and filter. It contains no partition key. */
export const cursorFor = (bound: readonly unknown[], position: string): string =>
  Buffer.from(JSON.stringify([stamp(bound), position])).toString('base64url');

/** True for a text that DynamoDB accepts as a sort key. */
const isSortKey = (text: string): boolean => text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= 1024;

/**
 * The position in a cursor.
 * @throws Refusal invalid-request for a malformed cursor, and for the cursor of another list
 */
export const positionIn = (bound: readonly unknown[], cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined;
  try {
    const [made, position] = JSON.parse(utf8(Buffer.from(cursor, 'base64url'))) as unknown[];
    if (made === stamp(bound) && typeof position === 'string' && isSortKey(position)) return position;
  } catch {
    // Falls through, because a text that cannot be decoded is no cursor of ours.
  }
  throw invalid('query.cursor', 'is not a cursor of this list and filter: start again without one');
};
