// What the pages of rules compute without a browser.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { joined, readBack, type Step, written } from '../../console/src/changes/steps.ts';
import { holds, lacking, lackingToMove } from '../../console/src/features/rules/needs.ts';
import { ruleTexts } from '../../console/src/features/rules/texts.ts';
import {
  faultsIn,
  isSame,
  type Kind,
  kinds,
  propertiesIn,
  rowsOf,
  withKind,
  withText,
} from '../../console/src/features/rules/values.ts';
import {
  carriedTo,
  movedTo,
  type Place,
  placeAt,
  type RuleId,
  type RuleSummary,
  withoutCreated,
  withWaiting,
} from '../../console/src/features/rules/waiting.ts';
import { catalogue } from '../../shared/catalogues/index.ts';
import { inLanguage } from '../../shared/catalogues/translate.ts';
import { translationsOf } from '../../shared/catalogues/translations.ts';

test('a right on rules that the catalogue does not show to whoever lacks it is called as the catalogue calls it', () => {
  const { data } = catalogue('exchange-rules');
  for (const language of ['en', 'fr'] as const) {
    const { permissions } = inLanguage(data, translationsOf(data), language);
    for (const [id, title] of Object.entries(ruleTexts[language].permissions))
      expect(permissions.find((one) => one.id === id)?.title).toBe(title);
  }
});

const json = fc.jsonValue({ maxDepth: 4 });
const properties = fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), json, { maxKeys: 6 });

describe('values that a product keeps in a rule', () => {
  it('come back as they were when nobody touches them, whatever they are', () => {
    fc.assert(
      fc.property(properties, (before) => {
        const rows = rowsOf(before);
        expect(faultsIn(rows).size).toBe(0);
        expect(propertiesIn(rows)).toEqual(before);
      }),
    );
  });

  it('come back when their text is written again, in the kind that shows them', () => {
    fc.assert(
      fc.property(properties, (before) => {
        const rows = rowsOf(before).map((row) => withText(row, row.text));
        expect(isSame(propertiesIn(rows), JSON.parse(JSON.stringify(before)))).toBe(true);
      }),
    );
  });

  it.each<[unknown, Kind]>([
    ['a\r\nb', 'text'],
    [1.5, 'number'],
    [false, 'boolean'],
    [['a', 'b'], 'list'],
    [['a\nb'], 'json'],
    [['', 'b'], 'json'],
    [[1], 'json'],
    [null, 'json'],
    [{ a: { b: 1 } }, 'json'],
  ])('%j is edited as %s', (value, kind) => {
    expect(rowsOf({ value })[0]?.kind).toBe(kind);
  });

  it('are taken along when they are edited in another way', () => {
    const [row] = rowsOf({ value: ['a', 'b'] });
    const all = Object.fromEntries(kinds.map((kind) => [kind, propertiesIn([withKind(row!, kind)]).value]));
    expect(all).toMatchObject({ list: ['a', 'b'], json: ['a', 'b'], boolean: false });
    const [text] = rowsOf({ value: 'one\ntwo' });
    expect(propertiesIn([withKind(text!, 'list')])).toEqual({ value: ['one', 'two'] });
  });

  it('are refused with a reason beside the row', () => {
    const [a, b, c] = rowsOf({ a: 1, b: {}, c: 'x' });
    const rows = [withText(a!, 'many'), withText(b!, '{"a":}'), { ...c!, name: 'a' }];
    expect([...faultsIn(rows).values()]).toEqual([
      { name: 'twice', value: 'number' },
      { name: undefined, value: 'json' },
      { name: 'twice', value: undefined },
    ]);
    expect(faultsIn([{ ...c!, name: '' }]).get(c!.key)).toEqual({ name: 'missing', value: undefined });
  });
});

const summary = (id: string, more: Partial<RuleSummary> = {}): RuleSummary => ({
  id: id as RuleId,
  type: 'signatureRule',
  name: `Rule ${id}`,
  description: '',
  enabled: true,
  categories: [],
  owner: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  rights: { view: true, edit: true, delete: true },
  ...more,
});
const three = ['a', 'b', 'c'].map((id) => summary(id));
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).join('');
const move = (ruleId: string, body: object): Step => ({ operation: 'moveRule', params: { ruleId }, body });

describe('the order of rules (CT-65)', () => {
  it('says a place so that the move leads there, in a whole list and in a shortened one', () => {
    const at = fc.integer({ min: 0, max: 4 });
    const list = ['a', 'b', 'c', 'd', 'e'].map((id) => summary(id));
    fc.assert(
      fc.property(at, at, fc.boolean(), (from, to, whole) => {
        const id = list[from]!.id;
        const carried = carriedTo(list, id, to);
        expect(ids(movedTo(list, id, placeAt(carried, to, whole)))).toBe(ids(carried));
      }),
    );
  });

  it('shows what waits: created, moved, changed and deleted rules', () => {
    const listed = withWaiting(three, [
      { operation: 'createRule', as: 'rule1', body: { type: 'routingRule', name: 'New' } },
      move('$rule1', { before: 'b' }),
      move('c', { to: 'first' }),
      { operation: 'updateRule', params: { ruleId: 'a' }, body: { name: 'Renamed', options: {} } },
      { operation: 'deleteRule', params: { ruleId: 'b' } },
    ]);
    expect(listed.map(({ name, place, waits }) => [name, place, ...waits])).toEqual([
      ['Rule c', 1, 'moved'],
      ['Renamed', 2, 'changed'],
      ['New', 3, 'created', 'moved'],
      ['Rule b', 4, 'deleted'],
    ]);
  });

  it('stays as it is when a waiting move names a rule that is gone', () => {
    expect(ids(withWaiting(three, [move('a', { after: 'gone' }), move('gone', { to: 'last' })]))).toBe('abc');
  });

  it('takes back a rule that waits, with every step that names it', () => {
    const steps: Step[] = [
      { operation: 'createRule', as: 'rule1', body: {} },
      move('$rule1', { to: 'first' }),
      move('a', { after: '$rule1' }),
      move('b', { to: 'first' }),
    ];
    expect(withoutCreated(steps, '$rule1')).toEqual([steps[3]]);
  });
});

describe('the steps of a change', () => {
  it('replace a move of the same rule only when nothing came in between', () => {
    const [first, other, again] = [move('a', { to: 'last' }), move('b', { after: 'a' }), move('a', { to: 'first' })];
    expect(joined([first], [again])).toEqual([again]);
    expect(joined([first, other], [again])).toEqual([first, other, again]);
  });

  it('replace what waits to be created by what is to be created now', () => {
    const one: Step = { operation: 'createRule', as: 'rule1', body: { name: 'One' } };
    const two: Step = { operation: 'createRule', as: 'rule1', body: { name: 'Two' } };
    expect(joined([one, move('$rule1', { to: 'first' } as Place)], [two])).toEqual([
      two,
      move('$rule1', { to: 'first' } as Place),
    ]);
  });

  it('keep texts that begin with a dollar sign apart from references', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom('$5 off', '$$', '$', '$other', '$rule1 '), fc.string())),
        (texts) => {
          const steps: Step[] = [
            { operation: 'createRule', as: 'rule1', body: { texts } },
            { operation: 'moveRule', params: { ruleId: 'a' }, body: { after: '$rule1' } },
          ];
          expect(written(steps)[1]).toEqual(steps[1]);
          expect(readBack(written(steps))).toEqual(steps);
        },
      ),
    );
    expect(written([{ operation: 'createRule', body: { name: '$5 off', list: ['$$x'] } }])[0]?.body).toEqual({
      name: '$$5 off',
      list: ['$$$x'],
    });
  });
});

describe('what is lacking', () => {
  const scope = 'account' as const;
  const held = [
    { permission: 'manageConditions', scope },
    { permission: 'editActions', scope, actionTypes: ['insertDisclaimer'] },
    { permission: 'deleteActions', scope, actionTypes: ['insertDisclaimer'], ruleTypes: ['signatureRule'] },
  ];

  it('is told for the type of rule and of action (CT-72..77, Q-06)', () => {
    expect(holds(held, 'editActions', { actionType: 'insertDisclaimer', ruleType: 'routingRule' })).toBe(true);
    expect(holds(held, 'editActions', { actionType: 'setHeader' })).toBe(false);
    expect(holds(held, 'editActions')).toBe(false);
    expect(holds(held, 'deleteActions', { actionType: 'insertDisclaimer', ruleType: 'routingRule' })).toBe(false);
    expect(holds(held, 'deleteActions', { actionType: 'insertDisclaimer', ruleType: 'signatureRule' })).toBe(true);
  });

  it('is a permission, a right on the rule, or both (Q-08)', () => {
    const locked = summary('a', { rights: { view: true, edit: false, delete: false } });
    expect(lacking(held, [{ permission: 'manageConditions' }, { right: 'edit' }], locked)).toEqual([{ right: 'edit' }]);
    expect(lacking(held, [{ permission: 'manageOptions' }, { right: 'edit' }], locked)).toHaveLength(2);
    expect(lacking(held, [{ permission: 'manageConditions' }, { right: 'edit' }], summary('a'))).toEqual([]);
  });

  it('is one verb on one type in one rule for the move of actions (CT-52, CT-53)', () => {
    const types = [{ id: 'insertDisclaimer' }];
    const lines = ['editActions', 'addActions', 'deleteActions'].map((permission) => ({ permission, scope }));
    expect(lackingToMove(lines, three, types)).toEqual([]);
    expect(lackingToMove(lines.slice(0, 2), three, types)).toEqual([
      { permission: 'deleteActions', actionType: 'insertDisclaimer' },
    ]);
    const locked = summary('d', { rights: { view: true, edit: false, delete: true } });
    expect(lackingToMove(lines, [...three, locked], types)).toEqual([{ right: 'edit', of: 'every-rule' }]);
  });
});
