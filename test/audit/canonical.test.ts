// RFC 8785: the published files, and what is refused.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../shared/audit/canonical.ts';
import { utf8 } from '../../shared/text/text.ts';

const [, ...published] = utf8(readFileSync(new URL('./data/jcs.ndjson', import.meta.url)))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { name: string; input: string; output: string });

it.each(published)('writes the published file $name byte for byte', ({ input, output }) => {
  expect(Buffer.from(canonical(JSON.parse(input))).toString('hex')).toBe(output);
});

it.each([
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', undefined],
  ['433fffffffffffff', '9007199254740991'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', undefined],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
])('writes the number %s of appendix B as %s, or refuses it', (hex, text) => {
  const number = Buffer.from(hex, 'hex').readDoubleBE();
  if (text === undefined) expect(() => canonical(number)).toThrow(/past 2\^53/);
  else expect(canonical(number)).toBe(text);
});

it('depends on the value alone, and reads back as it', () => {
  const shuffled = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(shuffled)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, one]) => [name, shuffled(one)]),
          )
        : value;
  const values = fc.jsonValue({ stringUnit: 'grapheme' }).filter((value) => !/[1-9]\d{15}/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(values, (value) => {
      const text = canonical(value);
      expect(canonical(shuffled(value))).toBe(text);
      expect(canonical(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 200 },
  );
});

describe('what has no canonical form is refused, with the name of its member', () => {
  class Instance {}
  it.each<[string, unknown, string]>([
    ['not a number', Number.NaN, 'n is NaN, which JSON cannot hold'],
    ['infinity', Number.NEGATIVE_INFINITY, 'n is -Infinity, which JSON cannot hold'],
    ['an integer past 2^53', 2 ** 53, 'n is an integer past 2^53, which readers round: hold it as a text'],
    ['a negative one', -(2 ** 60), 'n is an integer past 2^53, which readers round: hold it as a text'],
    ['undefined', undefined, 'n is undefined, which JSON cannot hold'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested.
    ['a hole', [1, , 2], 'n is undefined, which JSON cannot hold'],
    ['a bigint', 1n, 'n is bigint, which JSON cannot hold'],
    ['a function', () => 1, 'n is function, which JSON cannot hold'],
    ['a symbol', Symbol('s'), 'n is symbol, which JSON cannot hold'],
    ['a Map', new Map(), 'n is Map, and no plain object'],
    ['a Date', new Date(0), 'n is Date, and no plain object'],
    ['bytes', Buffer.from('a'), 'n is Buffer, and no plain object'],
    ['an instance', new Instance(), 'n is Instance, and no plain object'],
    ['half a character', 'a\ud800', 'n has half of a character (a lone surrogate)'],
    ['half a character in a name', { '\udc00': 1 }, 'a name has half of a character (a lone surrogate)'],
  ])('%s', (_, value, message) => {
    expect(() => canonical({ outer: [{ n: value }] })).toThrow(
      expect.objectContaining({ name: 'NotCanonical', message }),
    );
  });

  it('says "the value" of the value itself', () => {
    expect(() => canonical(undefined)).toThrow('the value is undefined, which JSON cannot hold');
  });
});
