// The order of rules, and of the actions in a rule.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RuleId } from '../../shared/domain/base/ids.ts';
import type { RulesRecord } from '../../shared/domain/book/records.ts';
import { longestPlace } from '../../shared/domain/rules/order.ts';
import { boot, type Harness, type Reply } from '../support/harness.ts';
import { expectProblem, expectUntouched, momentOf } from '../support/problems.ts';
import { allOnRules, type Person, Rules, seedRules } from '../support/rules.ts';

let harness: Harness;
let close: () => Promise<void>;
beforeAll(async () => {
  const booted = await boot();
  harness = booted.harness;
  close = () => booted.engine.close();
});
afterAll(() => close());

const move = (rules: Rules, ruleId: string, body: object) => rules.author.ok('moveRule', { params: { ruleId }, body });
const letters = async (names: string): Promise<{ rules: Rules; id: Record<string, string> }> => {
  const rules = await Rules.of(harness);
  const id: Record<string, string> = {};
  for (const name of names) id[name] = (await rules.create({ name })).id;
  return { rules, id };
};

describe('the order of rules', () => {
  it('CT-65: is changed by those who manage it: before or after another rule, to the first or last place', async () => {
    const { rules, id } = await letters('abcde');
    const order = async () => (await rules.names()).join('');
    const steps: [string, object, string][] = [
      ['e', { to: 'first' }, 'eabcd'],
      ['a', { to: 'last' }, 'ebcda'],
      ['d', { before: id.b }, 'edbca'],
      ['e', { after: id.b }, 'dbeca'],
      ['c', { after: id.e }, 'dbeca'],
      ['a', { before: id.d }, 'adbec'],
    ];
    for (const [name, body, expected] of steps) {
      await move(rules, id[name] as string, body);
      expect(await order()).toBe(expected);
    }
    const orderer = await rules.person('Orders', [{ permission: 'manageRulesOrder' }]);
    await orderer.ok('moveRule', { params: { ruleId: id.c as string }, body: { to: 'first' } });
    expect(await order()).toBe('cadbe');
  });

  it('CT-65: without the right it stays, and nothing is written', async () => {
    const { rules, id } = await letters('ab');
    const other = await rules.person(
      'Others',
      allOnRules.filter(({ permission }) => permission !== 'manageRulesOrder'),
    );
    const before = await momentOf(harness, rules.tenant.id);
    const reply = await other.call('moveRule', { params: { ruleId: id.b as string }, body: { to: 'first' } });
    expectProblem(reply, 'forbidden');
    expect(reply.body.missing).toEqual([{ permission: 'manageRulesOrder' }]);
    expectUntouched(before, await momentOf(harness, rules.tenant.id), 'forbidden');
  });

  it('moves relative to no rule, to itself, or to two places are refused; staying in place writes nothing', async () => {
    const { rules, id } = await letters('ab');
    const at = (body: object) => rules.author.call('moveRule', { params: { ruleId: id.a as string }, body });
    for (const body of [{ before: 'l00000000000z' }, { after: id.a }, {}, { to: 'first', before: id.b }, { to: 'up' }])
      expectProblem(await at(body), 'invalid-request', JSON.stringify(body));
    const before = await momentOf(harness, rules.tenant.id);
    expect((await at({ before: id.b })).status).toBe(200);
    expect((await at({ to: 'first' })).status).toBe(200);
    expect((await momentOf(harness, rules.tenant.id)).facts).toEqual(before.facts);
  });

  it('two people who move rules at once lose nothing', async () => {
    const { rules, id } = await letters('abcdefghij');
    const second = await rules.person('Second', [{ permission: 'manageRulesOrder' }]);
    const steps = 'abcde'
      .split('')
      .flatMap((name, i) => [
        rules.author.ok('moveRule', { params: { ruleId: id[name] as string }, body: { to: 'last' } }),
        second.ok('moveRule', { params: { ruleId: id['fghij'[i] as string] as string }, body: { to: 'first' } }),
      ]);
    await Promise.all(steps);
    const order = (await rules.names()).join('');
    expect([...order].sort().join('')).toBe('abcdefghij');
    // In every order of arrival, rules moved to the end stand behind rules moved to the start.
    expect([...order.slice(0, 5)].sort().join('')).toBe('fghij');
    const events = await rules.tenant.ok('listEvents', { query: { action: 'rule.moved' } });
    expect(events.body.items.length).toBeGreaterThanOrEqual(9);
  });

  it('moves to the same place again and again spread the places anew when they get too long, and keep the order', async () => {
    const { rules, id } = await letters('abc');
    const expected = ['a', 'b', 'c'];
    for (let i = 0; i < 260; i += 1) {
      const [last] = expected.splice(2, 1) as [string];
      expected.splice(1, 0, last);
      await move(rules, id[last] as string, { after: id.a });
    }
    expect(await rules.names()).toEqual(expected);
    const chunks = (await harness.facts(rules.tenant.id)).filter(
      (item) => item.kind === 'rules',
    ) as unknown as RulesRecord[];
    const places = chunks.flatMap(({ entries }) => Object.values(entries).map(({ order }) => order));
    expect(places).toHaveLength(3);
    for (const place of places) expect(place.length).toBeLessThanOrEqual(longestPlace);
  }, 120_000);

  it('10,000 rules are spread anew in one transaction, and no rule more is created', async () => {
    const rules = await Rules.of(harness);
    const ids = await seedRules(rules.tenant, 10_000, rules.owner, true);
    const [first, ...rest] = ids as [RuleId, ...RuleId[]];
    for (let i = 0; i < 215; i += 1) await move(rules, rest[i] as string, { after: first });
    const chunks = (await harness.facts(rules.tenant.id)).filter(
      (item) => item.kind === 'rules',
    ) as unknown as RulesRecord[];
    const places = chunks.flatMap(({ entries }) =>
      Object.entries(entries).map(([id, { order }]) => [order, id] as const),
    );
    const ordered = places.sort().map(([, id]) => id);
    expect(ordered.slice(0, 220)).toEqual([first, ...rest.slice(0, 215).reverse(), ...rest.slice(215, 219)]);
    expect(ordered.slice(220)).toEqual(rest.slice(219));
    expect(Math.max(...places.map(([order]) => order.length))).toBeLessThanOrEqual(longestPlace);
    // Those moved before the places were spread anew have short ones again.
    expect(places.filter(([order]) => order.length > 4).length).toBeLessThan(60);
    const reply = await rules.author.call('createRule', { body: { type: 'routingRule', name: 'One too many' } });
    expectProblem(reply, 'quota-exceeded');
    expect(reply.body.quota).toBe('rules');
  }, 120_000);
});

describe('moving actions', () => {
  const withActions = async (rules: Rules, type = 'signatureRule') =>
    rules.create({ type, actions: ['insertSignature', 'insertBanner', 'setHeader'].map((one) => ({ type: one })) });
  type Rule = { id: string; actions: { id: string; type: string }[] };
  const up = (by: Person | Rules['author'], rule: Rule): Promise<Reply> => {
    const params = { ruleId: rule.id, actionId: (rule.actions[2] as { id: string }).id };
    return by.call('moveAction', { params, body: { before: (rule.actions[0] as { id: string }).id } });
  };
  const typesOf = (reply: Reply) => reply.body.actions.map((action: { type: string }) => action.type);

  it('CT-52: with edit, add and delete on all types in all rules, actions move up and down', async () => {
    const rules = await Rules.of(harness);
    const rule = await withActions(rules);
    await withActions(rules, 'routingRule');
    const one = await rules.person('Moves', [{ permission: 'manageActions' }]);
    expect(typesOf(await up(one, rule))).toEqual(['setHeader', 'insertSignature', 'insertBanner']);
    const params = { ruleId: rule.id, actionId: rule.actions[2].id };
    expect(typesOf(await one.ok('moveAction', { params, body: { to: 'last' } }))).toEqual([
      'insertSignature',
      'insertBanner',
      'setHeader',
    ]);
    // The rights may come from several roles, each bit from one.
    const parts = await rules.person('Edits', [{ permission: 'editActions' }, { permission: 'addActions' }]);
    expectProblem(await up(parts, rule), 'forbidden');
    await rules.tenant.role('Deletes', [{ permission: 'editActions' }, { permission: 'deleteActions' }], [parts.id]);
    expect((await up(parts, rule)).status).toBe(200);
  });

  it.each([
    ['verb', [{ permission: 'editActions' }, { permission: 'addActions' }], 'deleteActions', 13],
    [
      'action type, even one that no rule has',
      [
        { permission: 'editActions', actionTypes: ['insertSignature', 'insertBanner', 'setHeader'] },
        { permission: 'addActions' },
        { permission: 'deleteActions' },
      ],
      'editActions',
      30,
    ],
    ['type of the configured rules', [{ permission: 'manageActions', ruleTypes: ['signatureRule'] }], 'addActions', 39],
  ])('CT-53: lacking one %s is enough to deny it', async (_, grants, permission, count) => {
    const rules = await Rules.of(harness);
    const rule = await withActions(rules);
    await withActions(rules, 'routingRule');
    const one = await rules.person('Almost', grants);
    const reply = await up(one, rule);
    expectProblem(reply, 'forbidden');
    expect(reply.body.missing).toContainEqual({ permission, actionType: 'blockMessage' });
    expect(reply.body.missing).toHaveLength(count);
    expect((await rules.author.ok('getRule', { params: { ruleId: rule.id } })).body.actions).toEqual(rule.actions);
  });

  it('CT-53: lacking Edit on one rule is enough, seen or not; the refusal does not name it', async () => {
    const rules = await Rules.of(harness);
    const [rule, other] = [await withActions(rules), await withActions(rules)];
    const one = await rules.person('Moves', [{ permission: 'manageActions' }]);
    await rules.rights(one.role, { rules: [{ rule: other.id, edit: false }] });
    const seen = await up(one, rule);
    await rules.rights(one.role, { rules: [{ rule: other.id, view: false }] });
    const hidden = await up(one, rule);
    for (const reply of [seen, hidden]) {
      expectProblem(reply, 'forbidden');
      expect(reply.body.missing).toEqual([{ right: 'edit', of: 'every-rule' }]);
      expect(JSON.stringify(reply.body)).not.toContain(other.id);
    }
    await rules.rights(one.role, { rules: [{ rule: other.id, view: true, edit: true }] });
    expect((await up(one, rule)).status).toBe(200);
  });

  it('CT-54: all rules are those at the time of the move: a new one that one cannot fully act on denies it', async () => {
    const rules = await Rules.of(harness);
    const rule = await withActions(rules);
    const one = await rules.person('Moves', [{ permission: 'manageActions', ruleTypes: ['signatureRule'] }]);
    expect((await up(one, rule)).status).toBe(200);
    const fresh = await rules.create({ type: 'routingRule' });
    expectProblem(await up(one, rule), 'forbidden');
    await rules.author.ok('deleteRule', { params: { ruleId: fresh.id } });
    const params = { ruleId: rule.id, actionId: rule.actions[2].id };
    expect((await one.ok('moveAction', { params, body: { to: 'last' } })).status).toBe(200);
    await rules.rights(one.role, { newRules: { edit: false } });
    await rules.create();
    expectProblem(await up(one, rule), 'forbidden');
  });

  it('CT-52: whoever replaces the list of actions moves them as well', async () => {
    const rules = await Rules.of(harness);
    const rule = await withActions(rules);
    await rules.create({ type: 'routingRule' });
    const one = await rules.person('Edits', [{ permission: 'manageActions', ruleTypes: ['signatureRule'] }]);
    const params = { ruleId: rule.id };
    const [a, b, c] = rule.actions;
    const fresh = { type: 'setHeader', properties: {} };
    for (const actions of [
      [b, a, c],
      [fresh, a, b, c],
    ]) {
      const reply = await one.call('updateRule', { params, body: { actions } });
      expectProblem(reply, 'forbidden', JSON.stringify(actions));
    }
    // To take some out, change some and add some at the end moves none.
    const body = { actions: [a, { ...c, properties: { changed: true } }, fresh] };
    expect(typesOf(await one.ok('updateRule', { params, body }))).toEqual([
      'insertSignature',
      'setHeader',
      'setHeader',
    ]);
    expectProblem(
      await one.call('updateRule', { params, body: { actions: [{ ...a, type: 'setHeader' }] } }),
      'invalid-request',
    );
    expectProblem(await one.call('updateRule', { params, body: { actions: [a, a] } }), 'invalid-request');
  });
});
