// Messages for fields that a schema refuses, in our own words, so that no text of the schema library reaches a caller.
import type * as z from 'zod';
import { counted } from '../../text/counted.ts';

type Issue = z.core.$ZodRawIssue;

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};
const formats: Readonly<Record<string, string>> = {
  email: 'a mail address',
  url: 'a URL, such as https://login.example.com',
  date: 'a day in the form YYYY-MM-DD, such as 2026-01-31',
  datetime: 'an instant as RFC 3339 writes it, such as 2026-01-31T12:00:00Z',
};

const listed = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(', ');

const size = (count: number | bigint, origin: string): string => {
  if (origin === 'string') return counted(Number(count), 'character');
  const isList = origin === 'array' || origin === 'set' || origin === 'object';
  return isList ? counted(Number(count), 'entry', 'entries') : `${count}`;
};

/** The message for a fault for which the schema has no message of its own. */
export const messageOf = (issue: Issue): string => {
  const isMissing = issue.input === undefined;
  switch (issue.code) {
    case 'invalid_type': {
      const expected = kinds[issue.expected] ?? 'of another kind';
      return isMissing ? `is missing: give ${expected}` : `must be ${expected}`;
    }
    case 'invalid_value':
      return `${isMissing ? 'is missing: give' : 'must be'} ${issue.values.length > 1 ? 'one of ' : ''}${listed(issue.values)}`;
    case 'too_small':
      return `must have at least ${size(issue.minimum, issue.origin)}`.replace(/have (at least [\d.]+)$/, 'be $1');
    case 'too_big':
      return `must have at most ${size(issue.maximum, issue.origin)}`.replace(/have (at most [\d.]+)$/, 'be $1');
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? 'of the form that the API document shows'}`;
    case 'invalid_union': {
      const options = (issue as { options?: readonly unknown[] }).options;
      return options ? `must be one of ${listed(options)}` : 'has none of the forms that the API document shows';
    }
    case 'unrecognized_keys':
      return 'is not known: remove it';
    case 'invalid_key':
      return 'is no name that can stand here';
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return isMissing ? 'is missing' : 'is not of the form that the API document shows';
  }
};
