// Whatever is written as LDIF is read back: with folds anywhere, comments anywhere, base64 or plain, either line end.
import * as fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { bytesOf, type LdifRecord, type LdifValue, parseLdif } from '../../shared/ldif/parse.ts';
import { longSuite } from '../support/patience.ts';

vi.setConfig(longSuite);

const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii' }),
  fc.constantFrom('', ' ', '#', ':', '<', '-', ' a ', '# a: b', 'dn: cn=x', 'é', '\uFEFF'),
);
const name = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,8}(;[a-z0-9-]{1,5}){0,2}$/)
  .filter((text) => !['dn', 'version', 'changetype', 'control'].includes(text));
/** Values of one attribute are written together, so that they come back in the same groups. */
const attributes = fc.uniqueArray(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), {
  minLength: 1,
  maxLength: 4,
  selector: ([key]) => key,
});
const record = fc.oneof(
  fc.record({ change: fc.constantFrom('content' as const, 'add' as const), dn: value, attributes }),
  fc.record({ change: fc.constant('delete' as const), dn: value }),
  fc.record({
    change: fc.constant('modify' as const),
    dn: value,
    changes: fc.array(fc.tuple(fc.constantFrom('add', 'delete', 'replace'), name, fc.array(value, { minLength: 1 })), {
      maxLength: 3,
    }),
  }),
  fc.record({
    change: fc.constant('modrdn' as const),
    dn: value,
    newRdn: value,
    deleteOldRdn: fc.boolean(),
    newSuperior: value,
  }),
);
type Written = typeof record extends fc.Arbitrary<infer T> ? T : never;
/** DNs must be texts. */
const isText = (text: string): boolean => text.isWellFormed() && !text.includes('\0');
const usable = (one: Written): boolean =>
  isText(one.dn) && (one.change !== 'modrdn' || (isText(one.newRdn) && isText(one.newSuperior)));

/** Turns of the writer's mind: each call takes the next number of an endless list. */
type Turn = (n: number) => number;
const turns = (seed: readonly number[]): Turn => {
  let i = 0;
  return (n) => (seed[i++ % seed.length] as number) % n;
};

const needsBase64 = (text: string): boolean => /^[ :<]|[\0\r\n]|^$/.test(text) && text !== '';
const fold = (line: string, turn: Turn): string[] => {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > 1 && turn(3) === 0) {
    const at = 1 + turn(rest.length - 1);
    parts.push(rest.slice(0, at));
    rest = rest.slice(at);
  }
  return [...parts, rest].map((part, i) => (i === 0 ? part : ` ${part}`));
};
const spec = (key: string, text: string, turn: Turn): string => {
  const cased = turn(2) === 0 ? key : key.toUpperCase();
  return needsBase64(text) || turn(3) === 0
    ? `${cased}::${' '.repeat(turn(3))}${Buffer.from(text).toString('base64')}`
    : `${cased}:${' '.repeat(turn(3))}${text}`;
};
const lines = (one: Written, turn: Turn): string[] => {
  const head = [spec('dn', one.dn, turn)];
  if (one.change !== 'content') head.push(spec('changetype', one.change, turn));
  if (one.change === 'delete') return head;
  if (one.change === 'modrdn')
    return [
      ...head,
      spec('newrdn', one.newRdn, turn),
      spec('deleteoldrdn', one.deleteOldRdn ? '1' : '0', turn),
      spec('newsuperior', one.newSuperior, turn),
    ];
  if (one.change === 'modify')
    return [
      ...head,
      ...one.changes.flatMap(([op, key, values]) => [
        spec(op, key, turn),
        ...values.map((text) => spec(key, text, turn)),
        '-',
      ]),
    ];
  return [...head, ...one.attributes.flatMap(([key, values]) => values.map((text) => spec(key, text, turn)))];
};
const write = (records: readonly Written[], turn: Turn): string => {
  const end = turn(2) === 0 ? '\n' : '\r\n';
  const commented = (line: string): string[] => [
    ...(turn(4) === 0 ? fold('# dn: cn=nobody', turn) : []),
    ...fold(line, turn),
  ];
  const text = records.map((one) => lines(one, turn).flatMap(commented).join(end)).join(end.repeat(2 + turn(2)));
  return `${turn(2) === 0 ? '\uFEFF' : ''}${turn(2) === 0 ? `version: 1${end}` : ''}${text}${end.repeat(turn(3))}`;
};

const hex = (text: string): string => Buffer.from(text).toString('hex');
const expected = (one: Written): unknown => {
  if ('attributes' in one) return [one.change, one.dn, one.attributes.map(([key, values]) => [key, values.map(hex)])];
  if (one.change === 'modify')
    return [one.change, one.dn, one.changes.map(([op, key, values]) => [op, key, values.map(hex)])];
  return one.change === 'delete'
    ? [one.change, one.dn]
    : [one.change, one.dn, one.newRdn, one.deleteOldRdn, one.newSuperior];
};
const hexes = (values: readonly LdifValue[]): string[] =>
  values.map((one) => Buffer.from(bytesOf(one)).toString('hex'));
const actual = (one: LdifRecord): unknown => {
  if ('attributes' in one)
    return [
      one.change,
      one.dn,
      one.attributes.map(({ name: key, options, values }) => [[key, ...options].join(';'), hexes(values)]),
    ];
  if (one.change === 'modify')
    return [
      one.change,
      one.dn,
      one.changes.map(({ op, attribute, options, values }) => [op, [attribute, ...options].join(';'), hexes(values)]),
    ];
  return one.change === 'delete'
    ? [one.change, one.dn]
    : [one.change, one.dn, one.newRdn, one.deleteOldRdn, one.newSuperior];
};

it('reads back what was written', () => {
  fc.assert(
    fc.property(
      fc.array(record.filter(usable), { maxLength: 4 }),
      fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
      (records, seed) => {
        const result = parseLdif(write(records, turns(seed)));
        expect(result.ok ? result.records.map(actual) : result).toEqual(records.map(expected));
      },
    ),
    { numRuns: 500 },
  );
});

it('answers any text with records or with errors on lines that the file has', () => {
  const fragment = fc.constantFrom(
    'dn:',
    ' ',
    '\n',
    'cn=x',
    ':',
    '<',
    '#',
    '-',
    'changetype: modify\n',
    'add: cn\n',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fragment, fc.string())), (fragments) => {
      const text = fragments.join('');
      const result = parseLdif(text);
      if (result.ok) return;
      const count = text.split('\n').length;
      for (const { line } of result.errors) expect(line >= 1 && line <= count).toBe(true);
    }),
    { numRuns: 500 },
  );
});
