// The evaluator, case by case: what a condition says of an item, what an update makes of it, and what is refused.
import { describe, expect, test } from 'vitest';
import { Bindings, evaluate, project } from '../../infra/local/model/expression.ts';
import { applyUpdate } from '../../infra/local/model/update.ts';
import type { ModelItem } from '../../infra/local/model/values.ts';

const ITEM: ModelItem = {
  PK: 'p',
  SK: 's',
  n: 5,
  txt: 'hello',
  flag: true,
  off: false,
  nil: null,
  bin: new Uint8Array([1, 2, 3]),
  tags: new Set(['a', 'b']),
  nums: new Set([1, 2]),
  bins: new Set([new Uint8Array([9]), new Uint8Array([8])]),
  arr: ['x', 7, { deep: 'y' }],
  doc: { nest: { x: 1 }, 'odd.name': 2 },
};

type Values = Record<string, ModelItem[string]>;
type Names = Record<string, string>;

const matches = (txt: string, values?: Values, names?: Names, item: ModelItem | undefined = ITEM): boolean => {
  const env = new Bindings(names, values);
  const condition = env.condition('ConditionExpression', txt);
  env.finish();
  return evaluate(condition, item, env);
};

const update = (txt: string, values?: Values, names?: Names, item: ModelItem = ITEM): ModelItem => {
  const env = new Bindings(names, values);
  const actions = env.update(txt);
  env.finish();
  return applyUpdate(actions, item, env);
};

describe('conditions', () => {
  const cases: [txt: string, expected: boolean, values?: Values | undefined, names?: Names][] = [
    ['n = :v', true, { ':v': 5 }],
    ['n = :v', false, { ':v': '5' }],
    ['n <> :v', true, { ':v': '5' }],
    ['n < :v', true, { ':v': 6 }],
    ['n <= :v', true, { ':v': 5 }],
    ['n > :v', false, { ':v': 5 }],
    ['n >= :v', true, { ':v': 5 }],
    [':v < n', true, { ':v': 4 }],
    ['txt < :v', true, { ':v': 'hellp' }],
    ['txt > :v', true, { ':v': 'Hello' }],
    ['txt < :v', false, { ':v': 9 }],
    ['bin = :v', true, { ':v': new Uint8Array([1, 2, 3]) }],
    ['bin < :v', true, { ':v': new Uint8Array([1, 3]) }],
    ['tags = :v', true, { ':v': new Set(['b', 'a']) }],
    ['bins = :v', true, { ':v': new Set([new Uint8Array([8]), new Uint8Array([9])]) }],
    ['arr = :v', true, { ':v': ['x', 7, { deep: 'y' }] }],
    ['doc.nest = :v', true, { ':v': { x: 1 } }],
    ['nil = :v', true, { ':v': null }],
    ['gone = :v', false, { ':v': 1 }],
    ['gone <> :v', true, { ':v': 1 }],
    ['gone < :v', false, { ':v': 1 }],
    ['NOT gone < :v', true, { ':v': 1 }],
    ['n BETWEEN :a AND :b', true, { ':a': 5, ':b': 9 }],
    ['n BETWEEN :a AND :b', false, { ':a': 6, ':b': 9 }],
    ['n BETWEEN :a AND :b AND flag = :t', true, { ':a': 1, ':b': 9, ':t': true }],
    ['n IN (:a, :b)', true, { ':a': 4, ':b': 5 }],
    ['n IN (:a)', false, { ':a': '5' }],
    ['flag = :t AND off = :t', false, { ':t': true }],
    ['flag = :t OR off = :t AND n = :n', true, { ':t': true, ':n': 0 }],
    ['(flag = :t OR off = :t) AND n = :n', false, { ':t': true, ':n': 0 }],
    ['NOT off = :t AND flag = :t', true, { ':t': true }],
    ['NOT (off = :t AND flag = :t)', true, { ':t': true }],
    ['not flag = :t oR n between :a aNd :b', true, { ':t': true, ':a': 1, ':b': 9 }],
    ['attribute_exists(nil)', true],
    ['attribute_exists(gone)', false],
    ['attribute_not_exists(gone)', true],
    ['attribute_not_exists(doc.nest.x)', false],
    ['attribute_not_exists(doc.nest.y)', true],
    ['attribute_exists(arr[2].deep)', true],
    ['attribute_exists(arr[3])', false],
    ['attribute_exists(txt.nest)', false],
    ['doc.nest.x = arr[9]', false],
    ['arr[1] = :v', true, { ':v': 7 }],
    ['doc.#o = :v', true, { ':v': 2 }, { '#o': 'odd.name' }],
    ['#d.#i.x = :v', true, { ':v': 1 }, { '#d': 'doc', '#i': 'nest' }],
    ['attribute_type(tags, :v)', true, { ':v': 'SS' }],
    ['attribute_type(nums, :v)', true, { ':v': 'NS' }],
    ['attribute_type(nil, :v)', true, { ':v': 'NULL' }],
    ['attribute_type(gone, :v)', false, { ':v': 'S' }],
    ['begins_with(txt, :v)', true, { ':v': 'hel' }],
    ['begins_with(n, :v)', false, { ':v': '5' }],
    ['begins_with(bin, :v)', true, { ':v': new Uint8Array([1, 2]) }],
    ['contains(txt, :v)', true, { ':v': 'ell' }],
    ['contains(tags, :v)', true, { ':v': 'b' }],
    ['contains(tags, :v)', false, { ':v': 'c' }],
    ['contains(nums, :v)', true, { ':v': 2 }],
    ['contains(nums, :v)', false, { ':v': '2' }],
    ['contains(bins, :v)', true, { ':v': new Uint8Array([8]) }],
    ['contains(arr, :v)', true, { ':v': { deep: 'y' } }],
    ['contains(arr, :v)', false, { ':v': 'y' }],
    ['contains(gone, :v)', false, { ':v': 'y' }],
    ['size(txt) = :v', true, { ':v': 5 }],
    ['size(tags) < :v', true, { ':v': 3 }],
    ['size(arr) = :v', true, { ':v': 3 }],
    ['size(doc) = :v', true, { ':v': 2 }],
    ['size(bin) >= :v', true, { ':v': 3 }],
    ['size(gone) < :v', false, { ':v': 100 }],
    ['size(n) < :v', false, { ':v': 100 }],
    ['(n) = (:v)', true, { ':v': 5 }],
    ['(size(txt)) > :v', true, { ':v': 4 }],
    ['(n = :v) AND (flag = :t)', true, { ':v': 5, ':t': true }],
  ];
  test.each(cases)('%s is %s (%#)', (txt, expected, values, names) => {
    expect(matches(txt, values, names)).toBe(expected);
  });

  test('an absent item has no attributes', () => {
    const env = new Bindings(undefined, undefined);
    const condition = env.condition('ConditionExpression', 'attribute_not_exists(PK)');
    expect(evaluate(condition, undefined, env)).toBe(true);
  });

  test('strings are ordered by their UTF-8 bytes', () => {
    expect(matches('txt < :v', { ':v': '\u{1F600}' }, undefined, { txt: '\uFF5E' })).toBe(true);
  });

  const refused: [txt: string, message: RegExp, values?: Values | undefined, names?: Names][] = [
    ['', /can not be empty/],
    ['n = ', /Syntax error/, { ':v': 1 }],
    ['n == :v', /Syntax error/, { ':v': 1 }],
    ['n = :v AND', /Syntax error/, { ':v': 1 }],
    ['n = 5', /Syntax error/],
    ['n', /Syntax error/],
    ['n = :v)', /Syntax error/, { ':v': 1 }],
    ["n = 'x'", /Syntax error/],
    ['((n = :v))', /redundant parentheses/, { ':v': 1 }],
    ['state = :v', /reserved keyword; reserved keyword: state/, { ':v': 1 }],
    ['n = :w', /not defined; attribute value: :w/, { ':v': 1 }],
    ['#x = :v', /not defined; attribute name: #x/, { ':v': 1 }],
    ['n = :v', /ExpressionAttributeValues unused in expressions: keys: \{:w\}/, { ':v': 1, ':w': 2 }],
    ['n = :v', /ExpressionAttributeNames unused in expressions: keys: \{#x\}/, { ':v': 1 }, { '#x': 'n' }],
    ['n = n', /must be distinct/],
    ['n = #n', /must be distinct/, undefined, { '#n': 'n' }],
    [
      'n < :v',
      /Incorrect operand type for operator or function; operator: <, operand type: SS/,
      { ':v': new Set(['a']) },
    ],
    ['n BETWEEN :a AND :b', /upper bound to be greater/, { ':a': 2, ':b': 1 }],
    ['n BETWEEN :a AND :b', /same data type/, { ':a': 2, ':b': 'x' }],
    ['attribute_exists(:v)', /requires a document path/, { ':v': 1 }],
    ['attribute_exists(n, flag)', /Incorrect number of operands/],
    ['attribute_type(n, :v)', /Invalid attribute type name/, { ':v': 'X' }],
    ['attribute_type(n, flag)', /Incorrect operand type/],
    ['begins_with(txt, :v)', /Incorrect operand type .* begins_with, operand type: N/, { ':v': 1 }],
    ['exists(n)', /Invalid function name; function: exists/],
    ['size(n)', /Syntax error/],
    ['contains(tags, begins_with(txt, :v))', /not allowed to be used this way/, { ':v': 'a' }],
    ['size(:v) > :v', /Incorrect operand type .* size/, { ':v': 1 }],
  ];
  test.each(refused)('refuses %j: %s', (txt, message, values, names) => {
    expect(() => matches(txt, values, names)).toThrow(message);
  });

  test('placeholders without an expression are refused', () => {
    expect(() => new Bindings(undefined, { ':v': 1 }).finish()).toThrow(/only be specified when using expressions/);
    expect(() => new Bindings({}, undefined)).toThrow(/must not be empty/);
    expect(() => new Bindings({ x: 'n' }, undefined)).toThrow(/invalid key/);
  });
});

describe('updates', () => {
  const cases: [txt: string, expected: Partial<ModelItem>, values?: Values | undefined, names?: Names][] = [
    ['SET n = :v', { n: 1 }, { ':v': 1 }],
    ['SET fresh = n, n = :v', { fresh: 5, n: 1 }, { ':v': 1 }],
    ['SET n = n + :v', { n: 7 }, { ':v': 2 }],
    ['SET n = n - :v', { n: 3 }, { ':v': 2 }],
    ['SET n = :v - n', { n: -3 }, { ':v': 2 }],
    ['SET n = n + :v', { n: 5.3 }, { ':v': 0.3 }],
    ['SET n = if_not_exists(n, :z) + :v', { n: 7 }, { ':v': 2, ':z': 0 }],
    ['SET fresh = if_not_exists(fresh, :z) + :v', { fresh: 2 }, { ':v': 2, ':z': 0 }],
    ['SET fresh = if_not_exists(nil, txt)', { fresh: null }],
    ['SET fresh = if_not_exists(gone, txt)', { fresh: 'hello' }],
    ['SET arr = list_append(arr, :v)', { arr: ['x', 7, { deep: 'y' }, 'z'] }, { ':v': ['z'] }],
    ['SET arr = list_append(:v, arr)', { arr: ['z', 'x', 7, { deep: 'y' }] }, { ':v': ['z'] }],
    ['SET fresh = list_append(if_not_exists(fresh, :e), :v)', { fresh: ['z'] }, { ':v': ['z'], ':e': [] }],
    ['SET arr[1] = :v', { arr: ['x', 8, { deep: 'y' }] }, { ':v': 8 }],
    ['SET arr[9] = :v, arr[5] = :w', { arr: ['x', 7, { deep: 'y' }, 'w', 'v'] }, { ':v': 'v', ':w': 'w' }],
    ['SET arr[2].deep = :v', { arr: ['x', 7, { deep: 'v' }] }, { ':v': 'v' }],
    ['SET doc.nest.y = doc.nest.x + :v', { doc: { nest: { x: 1, y: 3 }, 'odd.name': 2 } }, { ':v': 2 }],
    ['SET doc.#o = :v REMOVE doc.nest', { doc: { 'odd.name': 1 } }, { ':v': 1 }, { '#o': 'odd.name' }],
    ['REMOVE arr[0], arr[1]', { arr: [{ deep: 'y' }] }],
    ['REMOVE arr[7]', {}],
    ['REMOVE arr[0] SET arr[1] = :v', { arr: [8, { deep: 'y' }] }, { ':v': 8 }],
    ['remove gone', {}],
    ['ADD n :v', { n: 7 }, { ':v': 2 }],
    ['ADD fresh :v', { fresh: 2 }, { ':v': 2 }],
    ['ADD tags :v', { tags: new Set(['a', 'b', 'c']) }, { ':v': new Set(['b', 'c']) }],
    ['ADD fresh :v', { fresh: new Set(['c']) }, { ':v': new Set(['c']) }],
    ['ADD doc.nest.x :v', { doc: { nest: { x: 3 }, 'odd.name': 2 } }, { ':v': 2 }],
    ['DELETE tags :v', { tags: new Set(['b']) }, { ':v': new Set(['a', 'z']) }],
    ['DELETE gone :v', {}, { ':v': new Set(['a']) }],
    [
      'SET n = :n ADD tags :c DELETE nums :d REMOVE flag',
      {
        n: 0,
        tags: new Set(['a', 'b', 'c']),
        nums: new Set([2]),
      },
      { ':n': 0, ':c': new Set(['c']), ':d': new Set([1]) },
    ],
  ];
  test.each(cases)('%s (%#)', (txt, expected, values, names) => {
    const before = structuredClone(ITEM);
    const after = update(txt, values, names);
    const wanted: ModelItem = { ...structuredClone(ITEM), ...(expected as ModelItem) };
    if (/REMOVE flag/.test(txt)) delete wanted.flag;
    expect(after).toEqual(wanted);
    expect(ITEM).toEqual(before);
  });

  test('a set that loses its last member is no attribute any more', () => {
    expect(update('DELETE tags :v', { ':v': new Set(['a', 'b']) })).not.toHaveProperty('tags');
  });

  test('binary members are equal by content', () => {
    const after = update('ADD bins :v', { ':v': new Set([new Uint8Array([8]), new Uint8Array([7])]) });
    expect((after.bins as Set<unknown>).size).toBe(3);
    const less = update('DELETE bins :v', { ':v': new Set([new Uint8Array([8])]) });
    expect(less.bins).toEqual(new Set([new Uint8Array([9])]));
  });

  const refused: [txt: string, message: RegExp, values?: Values | undefined, names?: Names][] = [
    ['', /can not be empty/],
    ['PUT n = :v', /Syntax error/, { ':v': 1 }],
    ['SET n', /Syntax error/],
    ['SET n = :v,', /Syntax error/, { ':v': 1 }],
    ['SET n = :v SET txt = :v', /"SET" section can only be used once/, { ':v': 1 }],
    ['SET n = :v REMOVE n', /overlap with each other/, { ':v': 1 }],
    ['ADD tags :v DELETE tags :v', /overlap with each other/, { ':v': new Set(['a']) }],
    ['SET doc = :v, doc.nest = :v', /overlap with each other/, { ':v': 1 }],
    ['SET doc.nest = :v, doc[1] = :v', /conflict with each other/, { ':v': 1 }],
    ['SET #a = :v, #b = :v', /overlap with each other/, { ':v': 1 }, { '#a': 'n', '#b': 'n' }],
    ['SET status = :v', /reserved keyword: status/, { ':v': 1 }],
    ['SET n = n + :v', /Incorrect operand type/, { ':v': 'x' }],
    ['SET n = txt + :v', /incorrect data type/, { ':v': 1 }],
    ['SET n = gone + :v', /attribute that does not exist/, { ':v': 1 }],
    ['SET n = gone', /attribute that does not exist/],
    ['SET gone.deep = :v', /document path provided in the update expression is invalid/, { ':v': 1 }],
    ['SET txt.deep = :v', /document path provided in the update expression is invalid/, { ':v': 1 }],
    ['SET arr.deep = :v', /document path provided in the update expression is invalid/, { ':v': 1 }],
    ['SET doc[0] = :v', /document path provided in the update expression is invalid/, { ':v': 1 }],
    ['REMOVE gone.deep', /document path provided in the update expression is invalid/],
    ['ADD txt :v', /incorrect data type/, { ':v': 1 }],
    ['ADD n :v', /Incorrect operand type/, { ':v': 'x' }],
    ['ADD nums :v', /incorrect data type/, { ':v': new Set(['a']) }],
    ['DELETE tags :v', /Incorrect operand type/, { ':v': 1 }],
    ['DELETE txt :v', /incorrect data type/, { ':v': new Set(['a']) }],
    ['SET arr = list_append(arr, :v)', /Incorrect operand type/, { ':v': 'x' }],
    ['SET arr = list_append(arr, txt)', /incorrect data type/],
    ['SET n = if_not_exists(:v, n)', /requires a document path/, { ':v': 1 }],
    ['SET n = max(n, :v)', /Invalid function name/, { ':v': 1 }],
  ];
  test.each(refused)('refuses %j: %s', (txt, message, values, names) => {
    expect(() => update(txt, values, names)).toThrow(message);
  });
});

describe('projections', () => {
  const cases: [txt: string, expected: ModelItem, names?: Names][] = [
    ['n, txt', { n: 5, txt: 'hello' }],
    ['gone', {}],
    ['doc.nest.x', { doc: { nest: { x: 1 } } }],
    ['arr[2].deep, arr[0]', { arr: ['x', { deep: 'y' }] }],
    ['#d.#o', { doc: { 'odd.name': 2 } }, { '#d': 'doc', '#o': 'odd.name' }],
  ];
  test.each(cases)('%s', (txt, expected, names) => {
    const env = new Bindings(names, undefined);
    expect(project(ITEM, env.projection(txt))).toEqual(expected);
  });

  test('refuses paths that overlap', () => {
    expect(() => new Bindings(undefined, undefined).projection('doc, doc.nest')).toThrow(/overlap/);
  });
});
